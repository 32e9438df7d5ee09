"""Words to an Invocation. Pure and total: any text gives an Invocation or a UsageError, and nothing else.

    command  = "" | verb [argument] | filters
    argument = nothing, a word, an id, filters, a name and filters, or an alert and more: as the verb says

Filters are read in `filters`. The verbs are handed in; each says what it takes. This file cannot reach the network, and
decides nothing about answers. What follows the verb of an act is read in `acts`, once the alerts' names are known.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.act_phrases import in_order
from bot.language.acts import ACT_WORDS, NOT_HERE, act_verb, not_here, visible
from bot.language.dead_ends import other_words
from bot.language.filters import NAME_ADVICE, did_you_mean, name_needed, names_at, nearest, phrases_from
from bot.language.question import asked, last_day
from bot.language.sentence import ADVICE, Sentence, in_quotes, read
from bot.language.status import status_at
from bot.language.table import (
    ALONE,
    BY_WORDS,
    FILLERS,
    KNOWN_WORDS,
    LEADS_ALERTS,
    NAME_TERMS,
    OF_ALERTS,
    OF_STANDINGS,
    REFUSED,
    TERMS,
)
from bot.language.terms import Names, Phrase, Term
from bot.model import Invocation, NameField, ResultCode, Takes, Verb, folded

LONGEST: Final = 3_000  # characters of a command. Slack names no maximum; nobody types more
_FILTERS: Final = Verb("", "", Takes.FILTERS)  # of filters alone: nobody types it
_OVERVIEW: Final = "overview"  # the verb of the empty command
_BEFORE_NAMES = ("of", "for")
_UNPROTECTED: Final = "unprotected"
_NONE: Final = ("no", "without")
_BACKUP: Final = "backup"
_OK = frozenset[str]({ResultCode.OK})
_BETWEEN = frozenset(("doing", "going", "looking"))  # how is tenant Acme doing today?
_BEFORE_FILTERS = ("with", "for", "at")
_BEFORE_VERBS = FILLERS | frozenset(("any", "anything", "something", "what's", "whats", "there", "show", "me"))
_ID = re.compile(r"[0-9]{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG_NUMBER = re.compile(r"#?([0-9]{6,20})")
_OF_FILTERS: Final = frozenset(KNOWN_WORDS)
_LONGEST_EXAMPLE: Final = 100  # characters of a mended command: a screen's width or three
_NEEDED: Final = {
    Takes.NOTHING: "nothing",
    Takes.WORD: "a word",
    Takes.ID: "an id",
    Takes.ID_OR_FILTERS: "a task's id or filters",
    Takes.NAME_AND_FILTERS: "a name",
    Takes.FILTERS: "filters",
    Takes.ALERT: "an alert",
}


def parse(text: str, now: datetime, zone: ZoneInfo, verbs: Sequence[Verb]) -> Invocation:
    """What a person asks for with `text`, at `now`, in their `zone`. Raises UsageError and nothing else."""
    said = in_order(text)
    try:
        return _parsed(text, now, zone, verbs) if said == text else _in_order(said, text, now, zone, verbs)
    except UsageError:
        other = other_words(text, _OF_FILTERS) if any(verb.takes is Takes.ALERT for verb in verbs) else ""
        if not other:
            raise
    return _parsed(other, now, zone, verbs)


def _parsed(text: str, now: datetime, zone: ZoneInfo, verbs: Sequence[Verb]) -> Invocation:
    if invocation := _act(text, verbs):
        return invocation
    if len(text) > LONGEST:
        told = f"That is {len(text):,} characters; a question may have {LONGEST:,}."
        raise UsageError(told, text="", example=ADVICE)
    sentence = read(text, now, zone)
    if verb := _verb_of(sentence.word(0), verbs):
        return _used(verb, sentence, verbs)
    if invocation := _status(sentence, verbs) or _led(sentence, verbs):
        return invocation
    if all(sentence.word(at) in FILLERS for at in range(sentence.end)):
        return Invocation(_OVERVIEW, last_day(now), "", text)
    return _with_filters(_FILTERS, sentence, 0, verbs)


def _in_order(said: str, text: str, now: datetime, zone: ZoneInfo, verbs: Sequence[Verb]) -> Invocation:
    """What is said in other words than the grammar's; it keeps those that were typed."""
    try:
        return replace(_parsed(said, now, zone, verbs), text=visible(text))
    except UsageError as error:
        raise UsageError(str(error), text=text, length=len(text), example=error.example) from error


def _act(text: str, verbs: Sequence[Verb]) -> Invocation | None:
    """An act, whose words are kept as they were typed. Raises UsageError for one that cannot be done from here."""
    name, until = act_verb(text)
    if not name:
        return None
    if any(verb.name == name and verb.takes is Takes.ALERT for verb in verbs):
        return Invocation(name, None, "", visible(text))
    if verbs and name in NOT_HERE:
        raise not_here(name, text, until)
    return None


def _status(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A question about how things are is the overview's, unless it names states or results: then it asks for these."""
    found = status_at(sentence)
    overview = _verb_of(_OVERVIEW, verbs) if found else None
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
    named = any(phrase.asks.states or phrase.asks.results for phrase in phrases)
    return _invocation(_FILTERS if named else overview, within, phrases, ever=False)


def _led(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A verb by another word: `problems`, `any alerts?`, `critical tenant Acme`."""
    at = 0
    while folded(sentence.word(at)) in _BEFORE_VERBS:
        at += 1
    word = sentence.word(at)
    if protects := _protects(sentence, at, verbs):
        return protects
    if word in LEADS_ALERTS and (severe := next((verb for verb in verbs if verb.severities), None)):
        return _with_filters(severe, sentence, at, verbs)
    verb = next((verb for verb in verbs if verb.also and word in (*verb.also, verb.name)), None)
    return _with_filters(verb, sentence, at + 1, verbs) if verb else None


def _protects(sentence: Sentence, at: int, verbs: Sequence[Verb]) -> Invocation | None:
    """`missed`, `late or never`, `unprotected Acme`, `no backup`: how restore points stand."""
    verb = next((verb for verb in verbs if verb.standings and verb.names), None)
    is_whole = sentence.word(at) == _UNPROTECTED
    if sentence.word(at) in _NONE and sentence.word(at + 1) == _BACKUP and sentence.end == at + 2:
        is_whole, at = True, at + 1
    if verb is None or verb.names is None or not (is_whole or sentence.word(at) in ALONE):
        return None
    return _with_name(verb, verb.names, sentence, at + is_whole, verbs)


def look_up(text: str, verbs: Sequence[Verb]) -> Term | Verb:
    """The term or verb of this name. Raises UsageError with the nearest one where there is none."""
    sentence = read(text[:LONGEST])
    words = " ".join(sentence.word(at) for at in range(sentence.end))
    if found := _verb_of(ACT_WORDS.get(words, words), verbs) or BY_WORDS.get(words):
        return found
    if found := OF_STANDINGS.get(tuple(words.split())) or OF_ALERTS.get(words):
        return found
    near = nearest(sentence.word(0), _known(verbs))
    told = f"There is no word {sentence.shown(0)}.{did_you_mean(near)}"
    raise sentence.fault(told, 0, sentence.end, f"/tasks help {near or TERMS[0].name}")


def _verb_of(word: str, verbs: Sequence[Verb]) -> Verb | None:
    """The verb of this name, with or without its question mark."""
    bare = word.rstrip("?")
    names = (bare, f"{bare}?")
    return next((verb for verb in verbs if verb.name in names), None) if bare else None


def _known(verbs: Sequence[Verb]) -> Sequence[str]:
    return (*KNOWN_WORDS, *(verb.name.rstrip("?") for verb in verbs if verb.name))


def _used(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    if sentence.end == 1 and not verb.optional:
        raise sentence.fault(f"{sentence.shown(0)} needs {_NEEDED[verb.takes]}.", 0, 1, _example(verb))
    if verb.takes is Takes.NOTHING and sentence.end > 1:
        raise sentence.fault(f"{sentence.shown(0)} takes nothing after it.", 1, sentence.end, _example(verb))
    if verb.takes in (Takes.NOTHING, Takes.WORD):
        return Invocation(verb.name, None, " ".join(token.word for token in sentence.tokens[1:]), sentence.text)
    is_id = sentence.end == 2 and _ID.fullmatch(sentence.tokens[1].word.lstrip("#"))
    if verb.takes is Takes.ID or (is_id and verb.takes is Takes.ID_OR_FILTERS):
        return Invocation(verb.name, None, _only_id(verb, sentence), sentence.text)
    if verb.takes is Takes.NAME_AND_FILTERS and verb.names:
        return _with_name(verb, verb.names, sentence, 1, verbs)
    return _with_filters(verb, sentence, 1, verbs)


def _only_id(verb: Verb, sentence: Sentence) -> str:
    """The id without its number sign, "" where nothing follows the verb."""
    if sentence.end == 1:
        return ""
    if sentence.end > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, sentence.end, _example(verb))
    word = sentence.tokens[1].word.lstrip("#")
    if not _ID.fullmatch(word):
        told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
        raise sentence.fault(told, 1, 2, _example(verb))
    return word


def _with_filters(verb: Verb, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    if verb.severities:
        sentence = replace(sentence, has_severities=True)
    while verb.also and sentence.word(first) in (*verb.also, verb.name, *_BEFORE_FILTERS):
        first += 1
    while verb.also and first < sentence.end and sentence.word(sentence.end - 1) in (*verb.also, verb.name):
        sentence = replace(sentence, tokens=sentence.tokens[:-1])
    phrases, at = phrases_from(sentence, first)
    if at < sentence.end:
        raise unknown(sentence, at, first, verbs)
    return _invocation(verb, sentence, phrases, ever=verb.ever)


def _with_name(verb: Verb, field: NameField, sentence: Sentence, first: int, verbs: Sequence[Verb]) -> Invocation:
    """A name and filters; or filters alone, where one of them is the name or none is needed. No time means ever.

    Behind a standing the name may come too: `protected? late Berlin`.
    """
    sentence = replace(sentence, has_standings=verb.standings)
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
        raise error if _works(error.example, sentence, verbs) else name_needed(sentence, 0, 1, field)
    if found:
        phrases.insert(0, Phrase(NAME_TERMS[field], found, first, until))
    invocation = _invocation(verb, sentence, phrases, ever=True)
    named = invocation.query.names if invocation.query else ()
    if not verb.optional and not any(each.field is field and not each.leaves_out for each in named):
        raise name_needed(sentence, 0, 1, field)
    return invocation


def _invocation(verb: Verb, sentence: Sentence, phrases: Sequence[Phrase], *, ever: bool) -> Invocation:
    query = asked(sentence, phrases, ever=ever, time=verb.time)
    marks = tuple(mark for phrase in phrases if isinstance(phrase.given, Names) for mark in phrase.given.marks)
    return Invocation(verb.name, query, "", sentence.text, marks)


def _works(example: str, sentence: Sentence, verbs: Sequence[Verb]) -> bool:
    """Whether it can be typed: a word that is mended may leave the verb without its name."""
    try:
        parse(example.removeprefix("/tasks"), sentence.now, sentence.zone, verbs)
    except UsageError:
        return False
    return True


def unknown(sentence: Sentence, at: int, first: int, verbs: Sequence[Verb]) -> UsageError:
    """The error for a word that is not understood, with a command that works. Filters begin at `first`."""
    word, shown = sentence.word(at), sentence.shown(at)
    if refused := REFUSED.get(word):
        return sentence.fault(f"{shown} {refused}", at)
    if verb := _verb_of(word, verbs):
        return sentence.fault(f"{shown} is understood only as the first word.", at, None, _example(verb))
    show = next((verb for verb in verbs if verb.takes is Takes.ID), None)
    if show and (number := _LONG_NUMBER.fullmatch(word)):
        told = f"{shown} is a number alone. If it is a task's id, say so."
        return sentence.fault(told, at, None, f"/tasks {show.name} {number[1]}")
    near = nearest(word, _known(verbs) if at == 0 else KNOWN_WORDS)
    example = _mended(sentence, at, near or in_quotes(sentence.name(at, at + 1)), first) or _with_word(near, verbs)
    told = f"I do not know the word {shown}.{did_you_mean(near) or NAME_ADVICE}"
    return sentence.fault(told, at, None, example)


def _mended(sentence: Sentence, at: int, meant: str, first: int) -> str:
    """The whole command with what was probably meant; "" where it would not work, or is long."""
    text = ""
    for place, token in enumerate(sentence.tokens):
        word = in_quotes(token.name) if token.name else token.word
        text += (", " if token.apart else " ") + (meant if place == at else word)
    text = text.lstrip(" ,")
    if len(text) > _LONGEST_EXAMPLE:
        return ""
    try:
        mended = read(text, sentence.now, sentence.zone)
        phrases, end = phrases_from(mended, first)
        asked(mended, phrases)
    except UsageError:
        return ""
    return f"/tasks {text}" if end == mended.end else ""


def _with_word(word: str, verbs: Sequence[Verb]) -> str:
    """A command that works with this known word; any that works where the word is ""."""
    if verb := _verb_of(word, verbs):
        return _example(verb)
    if term := BY_WORDS.get(word):
        return term.example
    return f"/tasks since {word}" if word else ADVICE


def _example(verb: Verb) -> str:
    return verb.examples[0] if verb.examples else f"/tasks {verb.name}"
