"""Reads filters: phrases in any order.

    filters = { phrase | filler }
    phrase  = ["not"] (term [given] | time | quoted name | known name) { "or" phrase of the same sort }
    given   = names | what the term's own reader reads

Names are read in `naming`. This file knows nothing of verbs, and nothing of what phrases mean together.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.bounds import Window
from bot.language.days import ends_with_dot
from bot.language.german import GERMAN_WORDS
from bot.language.guessing import did_you_mean, nearest
from bot.language.known import NOBODY
from bot.language.lengths import length_at
from bot.language.naming import AND, OR, alone_at, name_needed, names_at, part_at, time_at
from bot.language.sentence import Sentence
from bot.language.spans import NUMBER_WORDS
from bot.language.table import (
    BEFORE_NAMES,
    BEFORE_PHRASES,
    BY_WORDS,
    FILLERS,
    FILLERS_OF_MORE,
    NAME_TERMS,
    cause_at,
    filler_at,
    fillers_together_at,
    term_at,
)
from bot.language.terms import NOTHING, Group, Names, Phrase, Term
from bot.language.times import TIME_WORDS, moment_at
from bot.language.whole_names import whole_at
from bot.model import Mark, NameField, TaskState

NAME_ADVICE: Final = " If it is a name, put it in quotes."
_SAY_OF_WHAT = " If it is a name, say of what: “machine”, “tenant”."
_NOT_EXAMPLE = "/tasks failed not google"
_BUT: Final = "but"
_IS_ON: Final = BY_WORDS["running"]
_OF_RUNS: Final = frozenset((Group.STATE, Group.RESULT))
_ONES: Final = frozenset(("ones", "those", "that", "anything", "everything"))
"""`except the ones of beta`: words that say no more than what follows them."""
_LAST: Final = "last"
_FIRST: Final = "first"
_ORDERED: Final = (_LAST, _FIRST)
_RUNNING: Final = frozenset[str]({TaskState.STARTED})
_FOR: Final = "for"
_TROUBLES: Final = frozenset(
    ("error", "errors", "failure", "failures", "problem", "problems", "trouble", "troubles", "issue", "issues")
)
"""Behind a cause: then no name is meant that has the word too."""
_HOW_LONG: Final = frozenset(("since", "older"))
_HOUR: Final = re.compile("[01]?[0-9]|2[0-3]")
_ENDING: Final = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_MOST_DAYS: Final = 31
_THINGS: Final = frozenset((Group.WORKLOAD, Group.KIND, Group.SERVICE))
_PLAIN_GROUPS: Final = frozenset((Group.WORKLOAD, Group.KIND, Group.SERVICE, Group.NAME, Group.RESULT))


def phrases_from(sentence: Sentence, first: int) -> tuple[list[Phrase], int]:
    """The phrases from the first place on, and the place of the first word that is not understood, or the end."""
    phrases, at, end = list[Phrase](), first, sentence.end
    while at < end:
        if sentence.word(at) in FILLERS_OF_MORE and (until := fillers_together_at(sentence, at)) > at:
            at = until
            continue
        if phrases and phrases[-1].is_bare and (until := _after_name(sentence, at, phrases[-1])) > at:
            at = until
            continue
        phrase = _next(sentence, at, phrases)
        if phrase:
            _add(phrases, sentence, at, phrase)
        until = phrase.until if phrase else filler_at(sentence, at)
        if until == at:
            break
        at = until
    for phrase in phrases:
        if phrase.term.asks.states == _RUNNING and not phrase.leaves_out:
            return [_how_long(sentence, each) for each in phrases], at
    return phrases, at


def _add(phrases: list[Phrase], sentence: Sentence, at: int, phrase: Phrase) -> None:
    """To the others, or to the last one: nothing bears both names of `srv-* or vm-*`."""
    if phrases and _are_alternatives(sentence, phrases[-1], at, phrase):
        phrases[-1] = _either(phrases[-1], phrase)
    else:
        phrases.append(phrase)


def _are_alternatives(sentence: Sentence, last: Phrase, at: int, phrase: Phrase) -> bool:
    """`srv-* or vm-*`, `"SRV-SQL01" and "SRV-SQL02"`: nothing bears both names."""
    if not (isinstance(last.given, Names) and isinstance(phrase.given, Names)):
        return False
    if not last.given.field is phrase.given.field is NameField.ANY or last.leaves_out is not phrase.leaves_out:
        return False
    if last.until == at:
        is_listed = sentence.tokens[at].apart and term_at(sentence, at) is None  # `named "a", named "b"`: both
        return sentence.word(at) == OR or is_listed
    if last.until + 1 != at or sentence.word(last.until) not in AND:
        return False
    known = [sentence.names.called(mark.pattern) for mark in (*last.given.marks, *phrase.given.marks)]
    fields = [{each.field for each in found} for found in known]
    return all(fields) and bool(set.intersection(*fields))


def _either(last: Phrase, phrase: Phrase) -> Phrase:
    """Both as one, of which either name may fit."""
    marks = tuple(mark for each in (last, phrase) if isinstance(each.given, Names) for mark in each.given.marks)
    return replace(last, given=Names(NameField.ANY, marks, phrase.until), until=phrase.until)


def _how_long(sentence: Sentence, phrase: Phrase) -> Phrase:
    """Of what runs, `2h` and `since 2 hours` say for how long it has; `since 2 hours ago` says since when."""
    at, word = phrase.first, sentence.word(phrase.first)
    if not isinstance(phrase.given, Window) or not (word in _HOW_LONG or word in NUMBER_WORDS or word[:1].isdigit()):
        return phrase
    past = at + (word in _HOW_LONG) + (sentence.word(at + 1) == "than")
    length = length_at(sentence, past)
    is_length = length is not None and length.until == phrase.until
    return _with_given(sentence, at, past, BY_WORDS["longer than"]) if is_length else phrase


def _are_things(*phrases: Phrase) -> bool:
    """Whether all of them say what is backed up, not how or when."""
    return all(isinstance(phrase.given, Names) or phrase.term.group in _THINGS for phrase in phrases)


def _after_name(sentence: Sentence, at: int, named: Phrase) -> int:
    """The place after a word that says of what the known name before it is: `nightly servers plan`."""
    found = term_at(sentence, at)
    if found is None or not isinstance(named.given, Names) or found[0].names is not named.given.field:
        return at
    return at if found[0].asks != NOTHING or names_at(sentence, found[1], named.given.field) else found[1]


def _next(sentence: Sentence, at: int, before: Sequence[Phrase]) -> Phrase | None:
    """The phrase here. After `or` it has to be of the same sort as the last one, and is left out with it."""
    if before and before[-1].leaves_out:
        if sentence.word(at) in AND:  # `not beta and acme`: neither
            also = _phrase(sentence, at + 1)
            is_neither = also and (also.sort_of_word == before[-1].sort_of_word or _are_things(also, before[-1]))
            return replace(also, leaves_out=True) if also and is_neither else None
        if sentence.tokens[at].apart and before[-1].is_bare:  # `except beta, acme`: neither
            also = _phrase(sentence, at)
            return replace(also, leaves_out=also.is_bare) if also else None
    if sentence.word(at) == _BUT and before and _is_of_runs(before[-1]):  # `completed but failed`
        behind = term_at(sentence, at + 1)
        if behind and behind[0].group in _OF_RUNS and not _is_of(behind[0], before[-1].term):
            return _phrase(sentence, at + 1)
    if not before or sentence.word(at) != OR:
        return _phrase(sentence, at)
    last, phrase = before[-1], _phrase(sentence, at + 1)
    if phrase is None or phrase.sort_of_word != last.sort_of_word or isinstance(phrase.given, Window):
        return None
    return replace(phrase, leaves_out=last.leaves_out)


def _is_of(part: Term, whole: Term) -> bool:
    """`failed but timedout`: which would be all of the first."""
    return bool(part.asks.results) and part.asks.results <= whole.asks.results


def _is_of_runs(phrase: Phrase) -> bool:
    return phrase.term.group in _OF_RUNS or phrase.term.time_field is not None


def _phrase(sentence: Sentence, at: int) -> Phrase | None:
    found = term_at(sentence, at)
    if sentence.names is not NOBODY and (phrase := alone_at(sentence, at, found[1] if found else at)):
        return phrase
    if sentence.word(at) in BEFORE_NAMES and (phrase := _after_small_word(sentence, at, found)):
        return phrase
    if found is None:
        return _without_term(sentence, at)
    term, until = found
    if term is _IS_ON and (cause := _cause(sentence, at, least=2)):  # `running out of space`
        return cause
    if term.leaves_out:
        return _cause(sentence, at) or _left_out(sentence, at, until)
    if term.names:
        return _with_name(sentence, at, until, term)
    return _with_given(sentence, at, until, _in_order(sentence, until, term) if term.words[0] in _ORDERED else term)


def _with_given(sentence: Sentence, at: int, until: int, term: Term) -> Phrase:
    """The term with what its reader reads. Raises UsageError where that is missing."""
    if term.reads is None:
        return Phrase(term, None, at, until)
    given = term.reads(sentence, at, until)
    if given is None and term.group is not Group.TIME and (time := time_at(sentence, at)):
        return time  # `first quarter`
    if given is None:
        raise _missing(sentence, at, until, term)
    return Phrase(term, given, at, given.until)


def _in_order(sentence: Sentence, at: int, term: Term) -> Term:
    """`last failed backup`, `last 5 failures`, `first failure`: the newest or oldest of what follows, where that is no
    time."""
    is_number = sentence.word(at).isdigit() or sentence.word(at) in NUMBER_WORDS
    known = term_at(sentence, at + is_number)
    is_plain = known and (known[0].group in _PLAIN_GROUPS or sentence.word(at + is_number) in FILLERS)
    is_first = term.words[0] == _FIRST
    instead = BY_WORDS["oldest" if is_first else "first" if is_number else "newest"]
    return instead if is_plain and not (is_first and is_number) else term


def _without_term(sentence: Sentence, at: int) -> Phrase | None:
    """A name in quotes, a time, or a part of a name that is known."""
    if at < sentence.end and sentence.tokens[at].name:
        return _with_name(sentence, at, at, NAME_TERMS[NameField.ANY])
    if time := time_at(sentence, at):
        return time
    if filler_at(sentence, at) > at:
        return None
    cause = _cause(sentence, at)
    is_sure = cause and (cause.until > at + 1 or sentence.word(cause.until) in _TROUBLES)
    return cause if is_sure else part_at(sentence, at) or cause


def _cause(sentence: Sentence, at: int, *, least: int = 1) -> Phrase | None:
    """`storage errors`, `no space`: a cause by at `least` so many words that are always one."""
    found = cause_at(sentence, at)
    if found is None or found[1] < at + least:
        return None
    meant, until = found
    marks = tuple(Mark(NameField.CAUSE, words, *sentence.span(at, until)) for words in meant)
    return Phrase(NAME_TERMS[NameField.CAUSE], Names(NameField.CAUSE, marks, until), at, until)


def _after_small_word(sentence: Sentence, at: int, found: tuple[Term, int] | None) -> Phrase | None:
    """`on SRV-SQL01`, `for beta`, `at m365`: what follows a small word, where the word does not belong to a time."""
    word = sentence.word(at)
    if found and found[1] > at + 1:
        return None
    if word == _FOR and length_at(sentence, at + 1):
        is_on = any(before in BY_WORDS["running"].words for before in (sentence.word(at - 1), sentence.word(at - 2)))
        term = BY_WORDS["longer than" if is_on else _LAST]
        given = term.reads(sentence, at, at + 1) if term.reads else None
        return Phrase(term, given, at, given.until) if given else None
    past = at + 1 + (sentence.word(at + 1) == "the" and not _is_time(sentence, at + 1))  # `on the server SRV-SQL01`
    phrase = alone_at(sentence, past, past) or _cause(sentence, past, least=2)
    if phrase is None and (known := term_at(sentence, past)):
        group = known[0].group
        is_time = group is Group.TIME and word == _FOR
        is_plain = is_time or group is Group.NAME or (group in _PLAIN_GROUPS and word in BEFORE_PHRASES)
        phrase = _phrase(sentence, past) if is_plain and not known[0].leaves_out else None
    elif phrase is None and word == _FOR and (time := time_at(sentence, past)):
        phrase = time
    elif phrase is None and filler_at(sentence, past) == past and not _is_time(sentence, past):
        phrase = part_at(sentence, past) or _cause(sentence, past)
    return replace(phrase, first=at) if phrase else None


def _is_time(sentence: Sentence, at: int) -> bool:
    """Whether a time is meant, be it one that cannot be read."""
    word = sentence.word(at)
    if word[:1].isdigit() and not word[-1:].isalpha():
        return True
    try:
        return moment_at(sentence, at) is not None or length_at(sentence, at) is not None
    except UsageError:
        return True


def _left_out(sentence: Sentence, first: int, at: int) -> Phrase:
    while sentence.word(at) in FILLERS or (sentence.word(at) in _ONES and whole_at(sentence, at)[1] <= at + 1):
        at += 1
    again = term_at(sentence, at)
    phrase = None if again and again[0].leaves_out else _phrase(sentence, at)
    if phrase and (isinstance(phrase.given, Names) or phrase.asks != NOTHING):
        return replace(phrase, first=first, leaves_out=True)
    if phrase:
        told = f"{sentence.shown(at, phrase.until)} cannot be left out. Say what you want instead."
        raise sentence.fault(told, first, phrase.until, phrase.term.example)
    if at >= sentence.end:
        raise sentence.fault(f"{sentence.shown(first)} needs what to leave out after it.", first, at, _NOT_EXAMPLE)
    near = "" if again else nearest(sentence.word(at))
    told = f"I do not know what to leave out by {sentence.shown(at)}.{did_you_mean(near)}{NAME_ADVICE}"
    raise sentence.fault(told, at, None, _NOT_EXAMPLE, [near] if near else ())


def _with_name(sentence: Sentence, first: int, at: int, term: Term) -> Phrase:
    """The term with the names that begin at the place `at`, or what it means without a name."""
    field = term.names or NameField.ANY
    if field is NameField.PERSON and (until := _until_clock(sentence, at)):
        return Phrase(BY_WORDS["before"], until, first, until.until)
    if field is NameField.PERSON and at == first + 1 and (tenant := _of_tenant(sentence, at)):
        return replace(tenant, first=first)
    if found := names_at(sentence, at, field, optional=term.asks != NOTHING):
        return Phrase(term, found, first, found.until)
    if term.asks == NOTHING:
        raise name_needed(sentence, first, at, field)
    return Phrase(term, None, first, at)


def _of_tenant(sentence: Sentence, at: int) -> Phrase | None:
    """`failed by Beta`, as people say who think in German or French: a tenant that is known starts nothing."""
    try:
        phrase = alone_at(sentence, at, at) or part_at(sentence, at)
    except UsageError:
        return None
    is_tenant = phrase and isinstance(phrase.given, Names) and phrase.given.field is NameField.TENANT
    return phrase if is_tenant else None


def _until_clock(sentence: Sentence, at: int) -> Window | None:
    """`failed by 6am`: a time of day is no person."""
    if not sentence.word(at)[:1].isdigit():
        return None
    try:
        moment = moment_at(sentence, at)
    except UsageError:
        return None
    return Window(None, moment.start, moment.until) if moment and moment.start == moment.end else None


def _missing(sentence: Sentence, first: int, at: int, term: Term) -> UsageError:
    """The error that what the term needs does not follow it."""
    told = f"{sentence.shown(first, at)} needs {term.needs} after it"
    if at >= sentence.end:
        return sentence.fault(f"{told}.", first, at, term.example)
    if term.group is not Group.TIME:
        return _misspelt(sentence, first, at, term) or sentence.fault(
            f"{told}, not {sentence.shown(at)}.", at, None, term.example
        )
    word = sentence.word(at)
    if _HOUR.fullmatch(word) and not sentence.word(first - 1)[:1].isdigit():  # never of `20 to 22`
        meant = [f"{word}:00"]
        if int(word) and ends_with_dot(sentence, at):
            meant.insert(0, _ordinal(word))
        told = f"{sentence.shown(at)} is no time that I can read. Did you mean “{'” or “'.join(meant)}”?"
        return sentence.fault(told, at, None, term.example, meant)
    day = sentence.word(at + 1)
    if word == "the" and day.isdecimal() and 0 < int(day) <= _MOST_DAYS:
        told = f"{sentence.shown(at, at + 2)} is no time that I can read. Did you mean “the {_ordinal(day)}”?"
        return sentence.fault(told, at, at + 2, term.example, [f"the {_ordinal(day)}"])
    near = nearest(word, (*TIME_WORDS, *GERMAN_WORDS))
    near = "" if near == word else near
    advice = did_you_mean(near) if near else "" if word[:1].isdigit() else _SAY_OF_WHAT
    told = f"{sentence.shown(at)} is no time that I can read.{advice}"
    return sentence.fault(told, at, None, term.example, [near] if near else ())


def _ordinal(number: str) -> str:
    return f"{number}{_ENDING.get(int(number), 'th')}"


def _misspelt(sentence: Sentence, first: int, at: int, term: Term) -> UsageError | None:
    """`longer then`: the term's words with a slip in the second."""
    longer = [words for words in term.words if " " in words]
    near = nearest(f"{sentence.word(first)} {sentence.word(at)}", longer) if longer else ""
    if not near:
        return None
    told = f"I do not know the word {sentence.shown(at)}.{did_you_mean(near)}"
    return sentence.fault(told, first, at + 1, term.example, [near])
