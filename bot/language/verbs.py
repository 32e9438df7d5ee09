"""What the words of a question ask for: which verb is meant, if any, and what follows it.

    argument = nothing, a word, an id, filters, or a name and filters: as the verb says

A question is one sentence; the rules stand in the order in which they are tried. Filters are read in `filters`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.bounds import Window
from bot.language.filters import phrases_from
from bot.language.moving import courtesy, in_front, passed, verb_first, without
from bot.language.naming import in_names, name_needed, names_at, settled, whole_at
from bot.language.periods import period_at
from bot.language.question import asked, last_day
from bot.language.sentence import Sentence, Token, in_quotes
from bot.language.status import asks_how, status_at
from bot.language.table import (
    ALONE,
    LEADS_ALERTS,
    LEADS_END,
    NAME_TERMS,
    PASSED,
    lead_anywhere,
    lead_at,
    term_at,
)
from bot.language.terms import Group, Names, Phrase
from bot.language.unknown import example_of, unknown, verb_of
from bot.model import Invocation, NameField, ResultCode, Takes, Verb

_FILTERS: Final = Verb("", "", Takes.FILTERS)  # of filters alone: nobody types it
_OVERVIEW: Final = "overview"  # the verb of the empty command
_BEFORE_NAMES = ("of", "for")
_UNPROTECTED: Final = "unprotected"
_NONE: Final = ("no", "without")
_BACKUP: Final = "backup"
_OK = frozenset[str]({ResultCode.OK})
_BETWEEN = frozenset(("doing", "going", "looking"))  # how is tenant Acme doing today?
_BEFORE_FILTERS = ("with", "for", "at")
_BEFORE_VERBS = PASSED - {"doing"}
_ABOUT: Final = "about"
_HELP: Final = "help"
_BEFORE_IDS: Final = PASSED | {"alert", "id", "number", "no", "nr", "activity", "run", "details", "about", "tell"}
_OR_IDS: Final = (Takes.ID_OR_FILTERS, Takes.ID_OR_NAME)
_OF_ONE_ALERT: Final = ("alert",)
_OF_WHY: Final = frozenset(("alert", "red", "broken", "critical", "down", "open"))
_BESIDE_WHY: Final = (
    _BEFORE_IDS
    | _OF_WHY
    | {"does", "fail", "fails", "failed", "failing", "late", "so", "silent", "told", "posted", "again"}
)
_BEFORE_GROUPS: Final = frozenset(("by", "per"))
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
_WHO: Final = frozenset(("who", "who's", "who’s", "whos"))
_WHO_IS: Final = frozenset(("is", "are", "was", "has", "have", "had"))
_OF_RUNS: Final = frozenset((Group.STATE, Group.RESULT, Group.KIND))
_DID: Final = frozenset(("did", "has", "have", "do", "does"))
_RUN: Final = frozenset(("run", "ran", "work", "worked", "finish", "start"))
_OF_DID: Final = _DID | _RUN | {"everything", "all", "it"}
_OF_THINGS: Final = frozenset((NameField.TENANT, NameField.MACHINE, NameField.PLAN, NameField.ANY))
_WITH_NAME: Final = 2  # words: a verb and a name
_ID = re.compile(r"[0-9]{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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


def asked_of(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """What the words ask for, by the first rule that fits."""
    if polite := courtesy(sentence):
        return asked_of(replace(sentence, tokens=sentence.tokens[:-polite]), verbs)
    if sentence.end > 1 and whole_at(sentence, 0)[1] == sentence.end:
        return _with_filters(_FILTERS, sentence, 0, verbs)
    verb = verb_of(sentence.word(0), verbs)
    if verb and verb.takes is Takes.ALERT:
        if ran := _act_on_name(verb, sentence):
            return ran
        verb = None
    if verb and not (_is_filler(verb, sentence) or _begins_lead(sentence)):
        return _shortened(verb, sentence, verbs) or _used(verb, sentence, verbs)
    try:
        return _asked_without_verb(sentence, verbs)
    except UsageError as error:
        if verb is None or error.meant or sentence.end > len(("show", "SRV-SQL01")):
            raise
    return _used(verb, sentence, verbs)


def _act_on_name(verb: Verb, sentence: Sentence) -> Invocation | None:
    """`run SRV-SQL01`: an act on the one known name that follows. Its verb says something else before other words."""
    if sentence.end < _WITH_NAME or whole_at(sentence, 1)[1] < sentence.end:
        return None
    return Invocation(verb.name, None, "", f"{verb.name} {in_quotes(sentence.name(1, sentence.end))}")


def _shortened(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`about 14` shows alert 14, and `overview` alone is the empty command."""
    if verb.name == _OVERVIEW and verb.takes is Takes.FILTERS and sentence.end == 1:
        return Invocation(_OVERVIEW, last_day(sentence.now), "", sentence.text)
    return _of_id(sentence, verbs) if verb.name == _ABOUT else None


def _asked_without_verb(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    for rule in (_of_id, _who, _instead, _did_run, _status, _led, _by_group):
        if found := rule(sentence, verbs):
            return found
    if passed(sentence, 0) == sentence.end:
        help_ = None if sentence.end or "?" not in sentence.text else verb_of(_HELP, verbs)
        return Invocation(_HELP if help_ else _OVERVIEW, None if help_ else last_day(sentence.now), "", sentence.text)
    return _with_filters(_FILTERS, sentence, 0, verbs)


def _is_filler(verb: Verb, sentence: Sentence) -> bool:
    """`show failed`: the verb of one thing says nothing where no id follows."""
    is_id = _id_in(sentence, 1) or _ID.fullmatch(sentence.word(1).lstrip("#"))
    return verb.takes is Takes.ID and verb.name in PASSED and sentence.end > 1 and not is_id


def _begins_lead(sentence: Sentence) -> bool:
    """`why are backups failing`: words that a verb begins, and that stand for others."""
    found = lead_at(sentence, 0)
    return found is not None and found[1] > 1


def _id_in(sentence: Sentence, first: int, beside: frozenset[str] = _BEFORE_IDS) -> str:
    """The id, where nothing else is asked for from this place on: `14`, `#14`, `alert 14`. It stands `beside` these."""
    kept = [token for token in sentence.tokens[first:] if token.name or token.word not in beside]
    if len(kept) != 1 or kept[0].name:
        return ""
    word = kept[0].word.lstrip("#")
    return word if _ID.fullmatch(word) else ""


def _of_id(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """An id alone: what it belongs to is shown."""
    found = _id_in(sentence, 0)
    show = next((verb for verb in verbs if verb.takes is Takes.ID), None) if found else None
    return Invocation(show.name, None, found, sentence.text) if show and found else None


def _instead(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """Words at the beginning that stand for others: `stuck`, `all backed up?`, `last good backup of SRV-DC01`."""
    if (at := lead_anywhere(sentence)) > 0 and (moved := verb_first(sentence, at, verbs)):
        return asked_of(moved, verbs)
    if behind := _behind_name(sentence, verbs):
        return asked_of(behind, verbs)
    at = passed(sentence, 0)
    while at >= 0 and (found := lead_at(sentence, at)) is None:
        at = at - 1 if at else -1
    if at < 0 or found is None or whole_at(sentence, at)[1] > found[1]:
        return None
    lead, until = found
    moved = in_front(replace(sentence, tokens=sentence.tokens[at:]), 0, lead, until - at, verbs)
    return asked_of(moved, verbs) if moved else None


def _behind_name(sentence: Sentence, verbs: Sequence[Verb]) -> Sentence | None:
    """`SRV-DC01 last backup`: words that stand for others, behind a known name and nothing else."""
    if sentence.word(sentence.end - 1) not in LEADS_END:
        return None
    for at in range(1, sentence.end):
        if (found := lead_at(sentence, at)) and found[1] == sentence.end:
            is_named = in_names(sentence, 0).issuperset(range(at))
            return in_front(sentence, at, *found, verbs) if is_named else None
    return None


def _who(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`who failed?`, `who is late?`: the words behind it ask by themselves. Of who has an alert it is none."""
    if sentence.word(0) not in _WHO:
        return None
    at = 1 + (sentence.word(1) in _WHO_IS)
    asks = term_at(sentence, at)
    begins = sentence.word(at) in ALONE | LEADS_ALERTS or lead_at(sentence, at) or lead_at(sentence, 1)
    if not (begins or (asks and asks[0].group in _OF_RUNS)) or lead_at(sentence, 0):
        return None
    first = 1 if lead_at(sentence, 1) else at
    return asked_of(replace(sentence, tokens=sentence.tokens[first:]), verbs)


def _did_run(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`did SRV-SQL01 run last night?`: its runs then. Without a name it is asked how things are."""
    if sentence.word(0) not in _DID:
        return None
    named = in_names(sentence, 0)
    ran = [at for at in range(1, sentence.end) if sentence.word(at) in _RUN and at not in named]
    if not ran or lead_anywhere(sentence) >= 0:
        return None
    left = (token for at, token in enumerate(sentence.tokens) if at in named or token.word not in _OF_DID)
    within = replace(sentence, tokens=tuple(left))
    phrases, at = phrases_from(within, 0)
    if at < within.end:
        return None
    if about := _about(within, phrases, verbs):
        return about
    has_name = any(isinstance(phrase.given, Names) for phrase in phrases)
    overview = verb_of(_OVERVIEW, verbs)
    return _invocation(_FILTERS if has_name or not overview else overview, within, phrases, ever=False)


def _by_group(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`failed by tenant`: how runs ended, by a group of the verb that has groups."""
    if _BEFORE_GROUPS.isdisjoint([token.word for token in sentence.tokens]):
        return None
    verb = next((verb for verb in verbs if verb.groups), None)
    if verb is None or not any(_group_at(verb, sentence, at) for at in range(sentence.end)):
        return None
    first = int(sentence.word(0) == "group")
    return _grouped(verb, replace(sentence, tokens=(Token(verb.name, 0, 0), *sentence.tokens[first:])), verbs)


def _status(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A question about how things are is the overview's, unless it names states or results: then it asks for these."""
    found = status_at(sentence)
    overview = verb_of(_OVERVIEW, verbs) if found else None
    if overview is None or found is None:
        return None
    first, last = found
    if first == last:
        return Invocation(_OVERVIEW, last_day(sentence.now), "", sentence.text)
    left = tuple(token for token in sentence.tokens[first:last] if token.word not in _BETWEEN)
    within, first = replace(sentence, tokens=left), 0
    phrases, at = phrases_from(within, first)
    if at < within.end:
        raise unknown(within, at, first, verbs)
    phrases = [phrase for phrase in phrases if phrase.asks.results != _OK or phrase.leaves_out]
    if about := _about(within, phrases, verbs):
        return about
    named = any(phrase.asks.states or phrase.asks.results for phrase in phrases)
    return _invocation(_FILTERS if named else overview, within, phrases, ever=False)


def _about(sentence: Sentence, phrases: Sequence[Phrase], verbs: Sequence[Verb]) -> Invocation | None:
    """Known names and nothing else: what is known of them."""
    about = verb_of(_ABOUT, verbs)
    if about and phrases and all(phrase.is_bare and not phrase.leaves_out for phrase in phrases):
        return _invocation(about, sentence, phrases, ever=True)
    return None


def _led(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A verb by another word: `problems`, `any alerts?`, `critical tenant Acme`."""
    at = 0
    while (word := sentence.word(at)) in _BEFORE_VERBS:
        at += 1
    if whole_at(sentence, at)[1] > at + 1:
        return None
    if protects := _protects(sentence, at, verbs):
        return protects
    if word in LEADS_ALERTS and (severe := next((verb for verb in verbs if verb.severities), None)):
        return _with_filters(severe, sentence, at, verbs)
    for verb in verbs:
        if verb.also and (word in verb.also or word == verb.name):
            return _with_filters(verb, sentence, at + 1, verbs)
    return None


def _protects(sentence: Sentence, at: int, verbs: Sequence[Verb]) -> Invocation | None:
    """`missed`, `late or never`, `unprotected Acme`, `no backup`: how restore points stand."""
    is_whole = sentence.word(at) == _UNPROTECTED
    if sentence.word(at) in _NONE and sentence.word(at + 1) == _BACKUP and sentence.end == at + 2:
        is_whole, at = True, at + 1
    if not (is_whole or sentence.word(at) in ALONE) or period_at(sentence, at):  # `late june`
        return None
    verb = next((verb for verb in verbs if verb.standings and verb.names), None)
    if verb is None or verb.names is None:
        return None
    return _with_name(verb, verb.names, sentence, at + is_whole, verbs)


def _used(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
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
    if verb.takes is Takes.NAME_AND_FILTERS and (shown := _of_id(without(sentence, 0), verbs)):
        return shown
    if verb.takes in _OR_IDS and (found := _id_in(sentence, 1, beside)):
        return Invocation(verb.name, None, found, sentence.text)
    return _with_words(verb, sentence, verbs)


def _with_words(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    if verb.takes is not Takes.ID_OR_NAME and asks_how([sentence.word(at) for at in range(1, sentence.end)]):
        sentence = replace(sentence, tokens=sentence.tokens[:1])
    if verb.takes is Takes.ID_OR_NAME:
        sentence = replace(sentence, passed=_OF_WHY)
    if verb.takes in (Takes.NAME_AND_FILTERS, Takes.ID_OR_NAME) and verb.names:
        return _with_name(verb, verb.names, sentence, 1, verbs)
    return _grouped(verb, sentence, verbs)


def _grouped(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """`stats by plan`: by which of its groups an answer is."""
    for at in range(1, sentence.end if verb.groups else 0):
        if group := _group_at(verb, sentence, at):
            tokens = (*sentence.tokens[:at], *sentence.tokens[at + 2 :])
            return replace(_with_filters(verb, replace(sentence, tokens=tokens), 1, verbs), argument=group)
    return _with_filters(verb, sentence, 1, verbs)


def _group_at(verb: Verb, sentence: Sentence, at: int) -> str:
    """The group that is named here, "" where none is: a name may follow `by`."""
    if sentence.word(at) not in _BEFORE_GROUPS:
        return ""
    group = _GROUPS.get(sentence.word(at + 1), sentence.word(at + 1))
    return group if group in verb.groups else ""


def _only_id(verb: Verb, sentence: Sentence) -> str:
    """The id without its number sign, "" where nothing follows the verb."""
    if sentence.end == 1 or (found := _id_in(sentence, 1)):
        return found if sentence.end > 1 else ""
    if sentence.end > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, sentence.end, example_of(verb))
    told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
    raise sentence.fault(told, 1, 2, example_of(verb))


def _with_filters(verb: Verb, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    if verb.severities:
        passed = frozenset((verb.name, *_OF_ONE_ALERT, *verb.also))
        sentence = replace(sentence, has_severities=True, passed=passed)
    while verb.also and sentence.word(first) in (*verb.also, verb.name, *_BEFORE_FILTERS):
        first += 1
    while verb.also and first < sentence.end and sentence.word(sentence.end - 1) in (*verb.also, verb.name):
        sentence = replace(sentence, tokens=sentence.tokens[:-1])
    phrases, at = phrases_from(sentence, first)
    if at < sentence.end:
        if verb is _FILTERS and (moved := verb_first(sentence, at, verbs)):
            return asked_of(moved, verbs)
        raise unknown(sentence, at, first, verbs)
    about = _about(sentence, phrases, verbs) if verb is _FILTERS else None
    return about or _invocation(verb, sentence, phrases, ever=verb.ever)


def _with_name(verb: Verb, field: NameField, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    """A name and filters; or filters alone, where one of them is the name or none is needed. No time means ever.

    Behind a standing the name may come too: `protected? late Berlin`.
    """
    sentence = replace(sentence, has_standings=verb.standings)
    if sentence.names:
        phrases, at = phrases_from(sentence, first)
        if at == sentence.end and (phrases or verb.optional):
            return _named(verb, field, sentence, [settled(sentence, phrase) for phrase in phrases])
    first += sentence.word(first) in _BEFORE_NAMES
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
    return _named(verb, field, sentence, phrases)


def _named(verb: Verb, field: NameField, sentence: Sentence, phrases: Sequence[Phrase]) -> Invocation:
    invocation = _invocation(verb, sentence, phrases, ever=True)
    named = invocation.query.names if invocation.query else ()
    if not verb.optional and not any(each.field in _OF_THINGS and not each.leaves_out for each in named):
        if any(isinstance(phrase.given, Window) for phrase in phrases):
            raise sentence.fault(f"{sentence.shown(0)} needs a name.", 0, 1, example_of(verb))
        raise name_needed(sentence, 0, 1, field)
    return invocation


def _invocation(verb: Verb, sentence: Sentence, phrases: Sequence[Phrase], *, ever: bool) -> Invocation:
    query = asked(sentence, phrases, ever=ever, time=verb.time)
    marks = tuple(mark for phrase in phrases if isinstance(phrase.given, Names) for mark in phrase.given.marks)
    return Invocation(verb.name, query, "", sentence.text, marks)
