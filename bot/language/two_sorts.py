"""Words about alerts (`critical`, `taken`) beside words about how restore points stand (`late`, `missed`).

No answer tells both. What both have words for is a question about alerts; where it is not, people choose.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.moving import passed, without
from bot.language.naming import AND, OR, names_at
from bot.language.periods import period_at
from bot.language.sentence import Sentence, Token
from bot.language.table import ALONE, LEADS_ALERTS, OF_ALERTS, term_at
from bot.language.times import moment_at
from bot.language.unknown import verb_of
from bot.language.whole_names import in_names
from bot.model import Verb

_OURS: Final = "my"
_PROTECTED: Final = "protected?"
_OF_EITHER: Final = LEADS_ALERTS | ALONE
_THAT_ARE: Final = frozenset(("that", "which", "are", "is", "with"))
_BETWEEN: Final = AND | {OR}


def alerts_verb(verbs: Sequence[Verb]) -> Verb | None:
    """The verb whose answers are alerts."""
    return next((verb for verb in verbs if verb.severities), None)


def of_one_sort(sentence: Sentence, verbs: Sequence[Verb]) -> Sentence | None:
    """The same as a question of one sort; None where it is one. Raises UsageError where words of both are in it.

    `my late servers` are late servers, `missed critical` are alerts, `alerts that are late` are late backups.
    """
    words = [token.word for token in sentence.tokens]
    if _OF_EITHER.isdisjoint(words):
        return None
    first, alerts = passed(sentence, 0), alerts_verb(verbs)
    verb = verb_of(sentence.word(first), verbs)
    if alerts is None or (verb and verb is not alerts and not verb.standings):
        return None
    places = _not_named(sentence)
    of_alerts = [at for at in places if words[at] in LEADS_ALERTS and not _is_in_part(sentence, at)]
    standing = [at for at in places if words[at] in ALONE and not _is_time(sentence, at)]
    standing = standing or ([first] if verb and verb.standings else [])
    asked = [at for at in places if words[at] == alerts.name]
    if asked:
        standing = [at for at in standing if words[at] not in OF_ALERTS]
        of_alerts = of_alerts or [at for at in places if words[at] in OF_ALERTS and words[at] not in ALONE]
        if standing and not of_alerts:
            return without(sentence, *asked, *(at for at in places if words[at] in _THAT_ARE))
    if not (of_alerts and standing):
        return None
    if all(words[at] in OF_ALERTS for at in standing):
        return None if asked else replace(sentence, tokens=(Token(alerts.name, 0, 0), *sentence.tokens[first:]))
    if ours := [at for at in of_alerts if words[at] == _OURS]:
        return without(sentence, *ours)
    raise _both(sentence, standing[0], of_alerts[0])


def _not_named(sentence: Sentence) -> Sequence[int]:
    """The places of words that are in no name: not in one that is known, not in quotes, not behind `tenant`."""
    named, found, at = in_names(sentence, 0), list[int](), 0
    while at < sentence.end:
        if at not in named and sentence.word(at):
            found.append(at)
        term = term_at(sentence, at)
        at += 1
        if term and term[0].names:
            with suppress(UsageError):
                names = names_at(sentence, term[1], term[0].names)
                at = names.until if names else at
    return found


def _is_in_part(sentence: Sentence, at: int) -> bool:
    """`late critical care`, where a tenant is called Critical Care GmbH."""
    parts = ((first, first + 2) for first in (at - 1, at) if first >= 0 and first + 2 <= sentence.end)
    return any(sentence.names.holding(sentence.name(first, until)) for first, until in parts)


def _is_time(sentence: Sentence, at: int) -> bool:
    """`late june`, `late yesterday`"""
    if period_at(sentence, at):
        return True
    with suppress(UsageError):
        return at + 1 < sentence.end and moment_at(sentence, at) is not None
    return False


def _both(sentence: Sentence, standing: int, of_alerts: int) -> UsageError:
    """Each of the two is offered, with everything else that was typed."""
    first, last = sorted((standing, of_alerts))
    told = (
        f"{sentence.shown(standing)} is how a backup stands, {sentence.shown(of_alerts)} is said of alerts:"
        " no answer tells both. Ask for one of them."
    )
    offset, length = sentence.span(first, last + 1)
    offers = tuple(_cut(sentence, each, first, last) for each in (of_alerts, standing))
    word = sentence.word(standing)
    example = f"/tasks {word if word in ALONE else _PROTECTED}"
    return UsageError(told, text=sentence.text, offset=offset, length=length, example=example, offers=offers)


def _cut(sentence: Sentence, at: int, first: int, last: int) -> str:
    """The text without one word, and without an `and` or `or` that stood between the two."""
    gone = [
        each for each in range(first, last + 1) if each == at or (sentence.word(each) in _BETWEEN and last - first == 2)
    ]
    text = sentence.text
    for each in sorted(gone, key=lambda place: sentence.tokens[place].offset, reverse=True):
        offset, length = sentence.span(each, each + 1)
        text = f"{text[:offset].rstrip(' ,')} {text[offset + length :].lstrip(' ,?')}"
    return text.strip()
