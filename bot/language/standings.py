"""How all of a kind stand: `which customers are late`, `servers not green`, `SRV-SQL01 no backup since monday`.

What says how they stand is moved to the front; which answer that is stands in `verbs`.
"""

from dataclasses import replace
from typing import Final

from bot.language.arguments import OF_ALL
from bot.language.moving import passed
from bot.language.sentence import NOT, Sentence, Token
from bot.language.table import ALONE, LEADS_ALERTS, lead_anywhere, lead_at, term_at
from bot.language.terms import Group
from bot.language.whole_names import in_names, whole_at

BEFORE_STATE: Final = frozenset(("is", "are", "was", "were", "has", "have", "had"))
_NONE: Final = ("no", "without")
_BACKUPS: Final = frozenset(("backup", "backups"))
OF_RUNS: Final = frozenset((Group.STATE, Group.RESULT, Group.KIND))
_OPEN: Final = frozenset(("open", "red", "all", "everything"))
_BEFORE_STANDING: Final = BEFORE_STATE | {"with", "that", "all"}
_ONE: Final = {
    "server": "servers",
    "machine": "machines",
    "mailbox": "mailboxes",
    **dict.fromkeys(("plan", "tenant", "customer", "client", "company", "workload"), ""),
}
"""What one thing is called whose standing is asked for, and the word that picks its kind; "" where none does."""
_ASKED: Final = {**dict.fromkeys(OF_ALL, ""), **{many: many for many in _ONE.values() if many}}
_OF_KINDS: Final = _ASKED.keys() | _ONE.keys() | {NOT, *_NONE}


def of_all_of_kind(sentence: Sentence) -> Sentence | None:
    """The same with what says how they stand in front; None where it is no such question."""
    words = [token.word for token in sentence.tokens]
    if _OF_KINDS.isdisjoint(words):
        return None
    if found := _which(sentence) or (_which_not(sentence, words.index(NOT)) if NOT in words else None):
        return found
    places = [at for at in range(sentence.end) if begins_without(sentence, at)]
    return _without_backup(sentence, places[0]) if len(places) == 1 and places[0] and NOT not in words else None


def begins_without(sentence: Sentence, at: int) -> bool:
    """`no backup`, `without backups`"""
    return sentence.word(at) in _NONE and sentence.word(at + 1) in _BACKUPS


def _which(sentence: Sentence) -> Sentence | None:
    """`which customers are late?`, `plans missed`: how all of a kind stand. What says so comes first."""
    at = passed(sentence, 0)
    at += sentence.word(at) == "all"
    word = sentence.word(at)
    kind = _ASKED.get(word, _ONE.get(word) if at else None)
    if kind is None or whole_at(sentence, at)[0]:
        return None
    if (led := lead_at(sentence, 0)) and led[1] > at + 1:  # `which plan fails most`
        return None
    first = at + 1
    while sentence.word(first) in _BEFORE_STANDING:
        first += 1
    if not (says_standing(sentence, first) or (not kind and lead_at(sentence, first))):
        return None
    _, offset, length, *_ = sentence.tokens[at]
    kinds = (Token(kind, offset, length),) if kind else ()
    return replace(sentence, tokens=(*sentence.tokens[first:], *kinds))


def _which_not(sentence: Sentence, at: int) -> Sentence | None:
    """`which servers are not green?`: how what comes before does not stand."""
    if not at or not says_standing(sentence, at) or whole_at(sentence, at + 1)[0]:
        return None
    left = (token for token in sentence.tokens[:at] if token.word != "everything")
    tokens = (*sentence.tokens[at : at + 2], *left, *sentence.tokens[at + 2 :])
    return replace(sentence, tokens=tokens)


def _without_backup(sentence: Sentence, at: int) -> Sentence | None:
    """`SRV-SQL01 no backup since monday`: how what comes before stands."""
    if (
        not in_names(sentence, 0).isdisjoint((at, at + 1))
        or asks_otherwise(sentence, at)
        or lead_anywhere(sentence) >= 0
    ):
        return None
    tokens = sentence.tokens
    return replace(sentence, tokens=(*tokens[at : at + 2], *tokens[:at], *tokens[at + 2 :]))


def says_standing(sentence: Sentence, at: int) -> bool:
    """`late`, `not green`"""
    return sentence.word(at + (sentence.word(at) == NOT)) in ALONE


def asks_otherwise(sentence: Sentence, at: int) -> bool:
    """Whether `no backup`, which begins here, stands beside a state, a result, another kind or a word about alerts."""
    beside = (place for place in range(sentence.end) if place not in (at, at + 1))
    found = [(term_at(sentence, place), sentence.word(place)) for place in beside]
    groups = {term[0].group for term, _ in found if term}
    return not OF_RUNS.isdisjoint(groups) or any(word in LEADS_ALERTS or word in _OPEN for _, word in found)


def asks_of_runs(sentence: Sentence, first: int) -> bool:
    """Whether a state or a result is asked for from this place on."""
    found = (term_at(sentence, at) for at in range(first, sentence.end))
    return any(each and each[0].group in (Group.STATE, Group.RESULT) for each in found)
