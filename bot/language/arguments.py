"""What follows a verb: nothing, a word, an id, filters, or a name and filters, as the verb says.

Filters are read in `filters`. Which verb is meant is found in `verbs`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.language.bounds import Window
from bot.language.filters import phrases_from
from bot.language.known import OF_THINGS
from bot.language.moving import without
from bot.language.naming import AND, OR, name_needed, names_at
from bot.language.question import asked
from bot.language.sentence import NOT, Sentence
from bot.language.status import asks_how
from bot.language.table import BY_WORDS, NAME_TERMS, PASSED, lead_at, term_at
from bot.language.terms import Names, Phrase
from bot.language.unknown import example_of, unknown, verb_of
from bot.language.whole_names import in_names, settled
from bot.model import Invocation, NameField, ResultCode, Takes, Verb

_BEFORE_NAMES = ("of", "for")
_BEFORE_FILTERS = ("with", "for", "at")
_BEFORE_IDS: Final = PASSED | {
    *("alert", "incident", "ticket", "case", "problem", "issue", "failure"),
    *("for", "id", "number", "no", "nr", "activity", "run", "details", "about", "tell"),
}
_OR_IDS: Final = (Takes.ID_OR_FILTERS, Takes.ID_OR_NAME)
_OF_ONE_ALERT: Final = ("alert",)
_OF_WHY: Final = frozenset(
    (
        *("alert", "red", "broken", "critical", "down", "open", "is", "are", "was", "late", "stuck", "slow", "hanging"),
        *("unprotected", "missed", "offline", "overdue", "missing", "still", "so"),
    )
)
_ASKS_WHY: Final = frozenset(
    ("does", "do", "did", "has", "have", "isnt", "isn't", "wasnt", "wasn't", "is", "are", "was")
)
_BESIDE_WHY: Final = (
    _BEFORE_IDS
    | _OF_WHY
    | {
        "does",
        "did",
        "fail",
        "fails",
        "failed",
        "failing",
        "silent",
        "told",
        "posted",
        "again",
        "fire",
        "fired",
        "sent",
    }
    | {"raised", "created", "opened", "happen", "happened", "page", "paged"}
)
_STATES_OF_WHY: Final = frozenset(
    ("not", "ok", "okay", "good", "fine", "green", "running", "paused", "queued", "still", "working", "back", "up")
)
WITH_NAME: Final = 2  # words: a verb and a name
RUN: Final = frozenset(
    (
        *("run", "ran", "work", "worked", "finish", "finished", "start", "started", "go", "went", "happen"),
        *("succeed", "succeeded", "complete", "completed", "pass", "passed"),
    )
)
"""What a run is asked to have done."""
BEFORE_GROUPS: Final = frozenset(("by", "per"))
_BETWEEN_GROUPS: Final = BEFORE_GROUPS | AND | {OR}
_BEFORE_ORDERS: Final = frozenset(words.split()[0] for words in BY_WORDS["sort"].words)
_NO_GROUPS: Final = frozenset(
    ("day", "days", "date", "weekday", "hour", "hours", "week", "weeks", "month", "months", "time")
)
_GROUPS: Final = {
    "plans": "plan",
    "tenants": "tenant",
    "customers": "tenant",
    "customer": "tenant",
    "causes": "cause",
    "reason": "cause",
    "error": "cause",
    "errors": "cause",
    "client": "tenant",
    "company": "tenant",
    **dict.fromkeys(("workloads", "machine", "machines", "server", "servers", "kind"), "workload"),
}
_NAMED: Final = frozenset((*OF_THINGS, NameField.ANY))
ID = re.compile(r"[0-9]{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NEEDED: Final = {
    Takes.NOTHING: "nothing",
    Takes.WORD: "a word",
    Takes.ID: "an id",
    Takes.ID_OR_FILTERS: "a task's id or filters",
    Takes.ID_OR_NAME: "an alert's number, or a name",
    Takes.NAME_AND_FILTERS: "a name",
    Takes.FILTERS: "filters",
    Takes.ALERT: "an alert",
}
OF_ALL: Final = frozenset(("plans", "tenants", "customers", "clients", "companies", "workloads"))
"""Words that pick none where it is asked how all stand."""
_OF_STANDINGS: Final = OF_ALL | {"their", "its", "our"}
FILTERS: Final = Verb("", "", Takes.FILTERS)  # of filters alone: nobody types it
ABOUT: Final = "about"
OVERVIEW: Final = "overview"
OK = frozenset[str]({ResultCode.OK})


def used(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """The verb, which is the first word, with what it takes. Raises UsageError where something else follows."""
    if sentence.end == 1 and not verb.optional:
        raise sentence.fault(f"{sentence.shown(0)} needs {_NEEDED[verb.takes]}.", 0, 1, example_of(verb))
    if verb.takes is Takes.NOTHING and sentence.end > 1:
        raise sentence.fault(f"{sentence.shown(0)} takes nothing after it.", 1, sentence.end, example_of(verb))
    if verb.takes in (Takes.NOTHING, Takes.WORD):
        lead, first = lead_at(sentence, 0) or (None, 1)
        dropped = lead.dropped if lead else frozenset[str]()
        words = " ".join(token.word for token in sentence.tokens[first:] if token.word not in dropped)
        return Invocation(verb.name, None, words, sentence.text)
    if verb.takes is Takes.ID:
        return Invocation(verb.name, None, _only_id(verb, sentence), sentence.text)
    beside = _BESIDE_WHY if verb.takes is Takes.ID_OR_NAME else _BEFORE_IDS
    if verb.takes is Takes.NAME_AND_FILTERS and (shown := of_id(without(sentence, 0), verbs)):
        return shown
    if verb.takes in _OR_IDS and (found := id_in(sentence, 1, beside)):
        return Invocation(verb.name, None, found, sentence.text)
    return _with_words(verb, sentence, verbs)


def _with_words(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    if verb.takes is not Takes.ID_OR_NAME and asks_how([sentence.word(at) for at in range(1, sentence.end)]):
        sentence = replace(sentence, tokens=sentence.tokens[:1])
    if verb.takes is Takes.ID_OR_NAME:
        is_late = sentence.word(sentence.end - 2) == NOT and sentence.word(sentence.end - 1) in RUN
        tokens = sentence.tokens[:-2] if is_late else sentence.tokens  # `why did nightly not run`
        sentence = _without_state(replace(sentence, tokens=tokens, passed=_OF_WHY))
    if verb.takes in (Takes.NAME_AND_FILTERS, Takes.ID_OR_NAME) and verb.names:
        return with_name(verb, verb.names, sentence, 1, verbs)
    return grouped(verb, sentence, verbs)


def _without_state(sentence: Sentence) -> Sentence:
    """`why is SRV-SQL01 not ok`, `why is it still running`: an alert is of runs that are over, and not ok."""
    named = in_names(sentence, 0)
    until = sentence.end
    while until > WITH_NAME and until - 1 not in named and sentence.word(until - 1) in _STATES_OF_WHY:
        until -= 1
    return replace(sentence, tokens=sentence.tokens[:until])


def grouped(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """`stats by plan`: by which of its groups an answer is."""
    for at in range(1, sentence.end if verb.groups else 0):
        if group := group_at(verb, sentence, at):
            _refuse_second_group(verb, sentence, at, group)
            return replace(with_filters(verb, without(sentence, at, at + 1), 1, verbs), argument=group)
    return with_filters(verb, sentence, 1, verbs)


def _refuse_second_group(verb: Verb, sentence: Sentence, at: int, first: str) -> None:
    """Raises UsageError at `stats by tenant and cause`, `stats by plan, tenant`: figures are told by one of them. A
    word that begins a filter (`stats by tenant and cause storage`) is no second group."""
    last = at + 2
    while sentence.word(last) in _BETWEEN_GROUPS:
        last += 1
    is_apart = last > at + 2 or (last < sentence.end and sentence.tokens[last].apart)
    second = _group_of(sentence.word(last))
    term = term_at(sentence, last)
    if not is_apart or second not in verb.groups or (term and not term[0].names):
        return
    if term and term[0].names and names_at(sentence, term[1], term[0].names, optional=True):
        return
    told = f"Figures are told by one thing at a time, not {sentence.shown(at, last + 1)}."
    raise sentence.fault(told, at, last + 1, f"/tasks {verb.name} by {first}", (f"by {first}", f"by {second}"))


def _group_of(word: str) -> str:
    return _GROUPS.get(word, word)


def group_at(verb: Verb, sentence: Sentence, at: int) -> str:
    """The group that is named here, "" where none is: a name may follow `by`. Raises UsageError at a time."""
    if sentence.word(at) not in BEFORE_GROUPS or sentence.word(at - 1) in _BEFORE_ORDERS:
        return ""
    if sentence.word(at + 1) in _NO_GROUPS:
        told = f"Figures are not told {sentence.shown(at, at + 2)}, but by {', '.join(verb.groups)}."
        raise sentence.fault(told, at, at + 2, f"/tasks {verb.name} by {verb.groups[0]}")
    group = _group_of(sentence.word(at + 1))
    return group if group in verb.groups else ""


def _only_id(verb: Verb, sentence: Sentence) -> str:
    """The id without its number sign, "" where nothing follows the verb."""
    if sentence.end == 1 or (found := id_in(sentence, 1)):
        return found if sentence.end > 1 else ""
    if sentence.end > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, sentence.end, example_of(verb))
    told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
    raise sentence.fault(told, 1, 2, example_of(verb))


def of_id(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """An id alone: what it belongs to is shown."""
    found = id_in(sentence, 0)
    show = next((verb for verb in verbs if verb.takes is Takes.ID), None) if found else None
    return Invocation(show.name, None, found, sentence.text) if show and found else None


def id_in(sentence: Sentence, first: int, beside: frozenset[str] = _BEFORE_IDS) -> str:
    """The id, where nothing else is asked for from this place on: `14`, `#14`, `alert 14`. It stands `beside` these."""
    kept = [token for token in sentence.tokens[first:] if token.name or token.word not in beside]
    if len(kept) != 1 or kept[0].name:
        return ""
    word = kept[0].word.lstrip("#")
    return word if ID.fullmatch(word) else ""


def with_filters(verb: Verb, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    """The verb with the filters from the place `first` on. Raises UsageError at a word that is none."""
    if verb.severities:
        passed = frozenset((verb.name, *_OF_ONE_ALERT, *verb.also))
        sentence = replace(sentence, has_severities=True, passed=passed)
    while verb.also and sentence.word(first) in (*verb.also, verb.name, *_BEFORE_FILTERS):
        first += 1
    while verb.also and first < sentence.end and sentence.word(sentence.end - 1) in (*verb.also, verb.name):
        sentence = replace(sentence, tokens=sentence.tokens[:-1])
    phrases, at = phrases_from(sentence, first)
    if at < sentence.end:
        raise unknown(sentence, at, first, verbs)
    return invocation_of(verb, sentence, phrases, ever=verb.ever)


def with_name(verb: Verb, field: NameField, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    """A name and filters; or filters alone, where one of them is the name or none is needed. No time means ever.

    Behind a standing the name may come too: `protected? late Berlin`.
    """
    if verb.standings:
        sentence = _of_standings(sentence)
    if sentence.names:
        phrases, at = phrases_from(sentence, first)
        if at == sentence.end and (phrases or verb.optional):
            return _of_name(verb, field, sentence, [settled(sentence, phrase) for phrase in phrases], verbs)
    while sentence.word(first) in (*_BEFORE_NAMES, *(_ASKS_WHY if verb.takes is Takes.ID_OR_NAME else ())):
        first += 1
    found = names_at(sentence, first, field)
    until = found.until if found else first
    phrases, at = phrases_from(sentence, until)
    if found is None and at < sentence.end and any(each.asks.standings or each.asks.due for each in phrases):
        first = at + (sentence.word(at) in _BEFORE_NAMES)
        found = names_at(sentence, first, field)
        until = found.until if found else at
        more, at = phrases_from(sentence, until)
        phrases += more
    if at < sentence.end:
        error = unknown(sentence, at, until, verbs)
        raise error if error.meant or found else name_needed(sentence, 0, 1, field)
    if found:
        phrases.insert(0, Phrase(NAME_TERMS[field], found, first, until))
    return _of_name(verb, field, sentence, phrases, verbs)


def _of_name(
    verb: Verb, field: NameField, sentence: Sentence, phrases: Sequence[Phrase], verbs: Sequence[Verb]
) -> Invocation:
    """What is known of a name is all of it: where its results or a time are asked for, it is lists that tell."""
    if verb.name != ABOUT:
        return _named(verb, field, sentence, phrases)
    kept = [each for each in phrases if each.asks.results != OK or each.leaves_out]  # `last backup SRV-SQL01 ok?`
    invocation = _named(verb, field, sentence, kept)
    is_timed = any(isinstance(each.given, Window) for each in kept)
    if any(each.asks.results or each.asks.states for each in kept):
        return invocation_of(FILTERS, sentence, kept, ever=not is_timed)
    overview = verb_of(OVERVIEW, verbs) if is_timed else None
    return invocation_of(overview, sentence, kept, ever=False) if overview else invocation


def _of_standings(sentence: Sentence) -> Sentence:
    """The sentence where standings are known, without `by customer` at its end: the answer is so anyway."""
    last = sentence.end - 1
    is_by = last > 0 and sentence.word(last - 1) in BEFORE_GROUPS
    by = is_by and _group_of(sentence.word(last))
    kept = sentence.tokens[: last - 1] if by == "tenant" else sentence.tokens
    return replace(sentence, tokens=kept, has_standings=True, passed=_OF_STANDINGS)


def _named(verb: Verb, field: NameField, sentence: Sentence, phrases: Sequence[Phrase]) -> Invocation:
    invocation = invocation_of(verb, sentence, phrases, ever=True)
    named = invocation.query.names if invocation.query else ()
    if not verb.optional and not any(each.field in _NAMED and not each.leaves_out for each in named):
        if any(isinstance(phrase.given, Window) for phrase in phrases):
            raise sentence.fault(f"{sentence.shown(0)} needs a name.", 0, 1, example_of(verb))
        raise name_needed(sentence, 0, 1, field)
    return invocation


def about_names(sentence: Sentence, phrases: Sequence[Phrase], verbs: Sequence[Verb]) -> Invocation | None:
    """Known names and nothing else: what is known of them."""
    about = verb_of(ABOUT, verbs)
    if about and phrases and all(phrase.is_bare and not phrase.leaves_out for phrase in phrases):
        return invocation_of(about, sentence, phrases, ever=True)
    return None


def invocation_of(verb: Verb, sentence: Sentence, phrases: Sequence[Phrase], *, ever: bool) -> Invocation:
    """The verb with what the phrases ask for; `ever`: no time means ever. Raises UsageError where they clash."""
    query = asked(sentence, phrases, ever=ever, time=verb.time)
    marks = tuple(mark for phrase in phrases if isinstance(phrase.given, Names) for mark in phrase.given.marks)
    return Invocation(verb.name, query, "", sentence.text, marks)
