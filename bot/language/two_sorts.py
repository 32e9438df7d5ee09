"""Words about alerts (`critical`, `taken`) beside words about how restore points stand (`late`, `missed`).

No answer tells both. What both have words for is a question about alerts; where it is not, people choose.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.naming import AND, OR
from bot.language.periods import period_at
from bot.language.sentence import Sentence, Token
from bot.language.table import ALONE, LEADS_ALERTS, OF_ALERTS, term_at
from bot.language.unknown import verb_of
from bot.language.whole_names import in_names
from bot.model import Verb

_OURS: Final = "my"
_OF_EITHER: Final = LEADS_ALERTS | ALONE
_THAT_ARE: Final = ("that", "which", "are", "is", "with")
_BETWEEN: Final = AND | {OR}


def as_one(sentence: Sentence, verbs: Sequence[Verb]) -> Sentence | None:
    """The same as a question of one sort, None where it is one. Raises UsageError where words of both are in it.

    `my late servers` are late servers, `missed critical` are alerts, `alerts that are late` are late backups.
    """
    words = [token.word for token in sentence.tokens]
    if _OF_EITHER.isdisjoint(words):
        return None
    verb = verb_of(words[0], verbs)
    alerts = next((each for each in verbs if each.severities), None)
    if alerts is None or (verb and verb is not alerts and not verb.standings):
        return None
    named = in_names(sentence, 0)
    places = [at for at in range(sentence.end) if at not in named and sentence.word(at)]
    of_alerts = [at for at in places if words[at] in LEADS_ALERTS and not _is_named(sentence, at)]
    standing = [at for at in places if words[at] in ALONE and not period_at(sentence, at)]  # `late june`
    standing = standing or ([0] if verb and verb.standings else [])
    if alerts.name in words:
        standing = [at for at in standing if words[at] not in OF_ALERTS]
        if standing and not of_alerts:
            return _left_out(sentence, {at for at in places if words[at] in {alerts.name, *_THAT_ARE}})
    if not (of_alerts and standing):
        return None
    if ours := {at for at in of_alerts if words[at] == _OURS}:
        return _left_out(sentence, ours)
    if all(words[at] in OF_ALERTS for at in standing):
        return replace(sentence, tokens=(Token(alerts.name, 0, 0), *sentence.tokens))
    raise _both(sentence, standing[0], of_alerts[0])


def _left_out(sentence: Sentence, places: Collection[int]) -> Sentence:
    return replace(sentence, tokens=tuple(each for at, each in enumerate(sentence.tokens) if at not in places))


def _is_named(sentence: Sentence, at: int) -> bool:
    """`tenant critical`"""
    before = term_at(sentence, at - 1) if at else None
    return before is not None and before[0].names is not None


def _both(sentence: Sentence, standing: int, of_alerts: int) -> UsageError:
    """Each of the two is offered, with all other words."""
    first, last = sorted((standing, of_alerts))
    told = (
        f"{sentence.shown(standing)} is how a backup stands, {sentence.shown(of_alerts)} is said of alerts:"
        " no answer tells both. Ask for one of them."
    )
    meant = [_without(sentence, first, last, left_out) for left_out in (of_alerts, standing)]
    return sentence.fault(told, first, last + 1, f"/tasks {meant[0]}", meant)


def _without(sentence: Sentence, first: int, last: int, left_out: int) -> str:
    kept = [at for at in range(first, last + 1) if at != left_out and sentence.word(at) not in _BETWEEN]
    spans = (sentence.span(at, at + 1) for at in kept)
    return " ".join(sentence.text[offset : offset + length] for offset, length in spans)
