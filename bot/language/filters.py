"""Reads filters: phrases in any order, and the names in them.

    filters = { phrase | filler }
    phrase  = ["not"] (term [given] | time | quoted name) { "or" phrase of the same sort }
    given   = names | what the term's own reader reads
    names   = name { ("," | "or") name }
    name    = quoted | word { word }              up to the next known word, comma or quote

Known are the words of the table, and times that begin with a weekday, a month or a number. Words that change nothing
are part of a name (`Bank of America`) except at its end. A comma before `Inc.` and its like parts no names.

This file knows nothing of verbs, and nothing of what phrases mean together.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.bounds import Window
from bot.language.days import begins_day
from bot.language.sentence import Sentence, in_quotes
from bot.language.table import BARE, FILLERS, KNOWN_WORDS, NAME_TERMS, term_at
from bot.language.terms import NOTHING, Group, Names, Phrase, Term
from bot.language.times import TIME_WORDS
from bot.model import Mark, NameField

NAME_ADVICE: Final = " If it is a name, put it in quotes."
_BEFORE_NAMES = " If it is a name, say of what: “machine”, “tenant”."
_OR = "or"
_NOT_EXAMPLE = "/tasks failed not google"
_COMPARED = 40
_ALIKE = 0.6
_LONGEST_NAME = 256  # Acronis keeps no more characters
_LEGAL_FORM = re.compile("inc|ltd|limited|llc|llp|lp|corp|co|plc|pty|gmbh|ag|bv|nv|sa|srl|ab")
_NAME_EXAMPLE: Final = {
    NameField.TENANT: '/tasks tenant "Acme Corp"',
    NameField.MACHINE: '/tasks machine "SRV-SQL01"',
    NameField.PLAN: '/tasks plan "Nightly"',
    NameField.PERSON: '/tasks by "alice"',
    NameField.TYPE: '/tasks type "UserMailboxBackup"',
    NameField.ANY: '/tasks "SRV-SQL01"',
}


def phrases_from(sentence: Sentence, first: int) -> tuple[list[Phrase], int]:
    """The phrases from the first place on, and the place of the first word that is not understood, or the end."""
    phrases, at = list[Phrase](), first
    while at < sentence.end:
        phrase = _next(sentence, at, phrases)
        if phrase:
            phrases.append(phrase)
        elif sentence.word(at) not in FILLERS:
            break
        at = phrase.until if phrase else at + 1
    return phrases, at


def _next(sentence: Sentence, at: int, before: Sequence[Phrase]) -> Phrase | None:
    """The phrase here. After `or` it has to be of the same sort as the last one, and is left out with it."""
    if not before or sentence.word(at) != _OR:
        return _phrase(sentence, at)
    last, phrase = before[-1], _phrase(sentence, at + 1)
    if phrase is None or phrase.sort_of_word != last.sort_of_word or isinstance(phrase.given, Window):
        return None
    return replace(phrase, leaves_out=last.leaves_out)


def _phrase(sentence: Sentence, at: int) -> Phrase | None:
    found = term_at(sentence, at)
    if found is None:
        is_name = at < sentence.end and sentence.tokens[at].name
        return _with_name(sentence, at, at, NAME_TERMS[NameField.ANY]) if is_name else _bare(sentence, at)
    term, until = found
    if term.leaves_out:
        return _left_out(sentence, at, until)
    if term.names:
        return _with_name(sentence, at, until, term)
    if term.reads is None:
        return Phrase(term, None, at, until)
    given = term.reads(sentence, at, until)
    if given is None:
        raise _missing(sentence, at, until, term)
    return Phrase(term, given, at, given.until)


def _left_out(sentence: Sentence, first: int, at: int) -> Phrase:
    while sentence.word(at) in FILLERS:
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
    raise sentence.fault(told, at, None, _NOT_EXAMPLE)


def _with_name(sentence: Sentence, first: int, at: int, term: Term) -> Phrase:
    """The term with the names that begin at the place `at`, or what it means without a name."""
    field = term.names or NameField.ANY
    if found := names_at(sentence, at, field, optional=term.asks != NOTHING):
        return Phrase(term, found, first, found.until)
    if term.asks == NOTHING:
        raise name_needed(sentence, first, at, field)
    return Phrase(term, None, first, at)


def _bare(sentence: Sentence, at: int) -> Phrase | None:
    """A time without a word before it."""
    for term in BARE:
        given = term.reads(sentence, at, at) if term.reads else None
        if given:
            return Phrase(term, given, at, given.until)
    return None


def _missing(sentence: Sentence, first: int, at: int, term: Term) -> UsageError:
    """The error that what the term needs does not follow it."""
    told = f"{sentence.shown(first, at)} needs {term.needs} after it"
    if at >= sentence.end:
        return sentence.fault(f"{told}.", first, at, term.example)
    if term.group is not Group.TIME:
        return sentence.fault(f"{told}, not {sentence.shown(at)}.", at, None, term.example)
    word = sentence.word(at)
    near = nearest(word, TIME_WORDS)
    advice = did_you_mean(near) if near and near != word else "" if word[:1].isdigit() else _BEFORE_NAMES
    told = f"{sentence.shown(at)} is no time that I can read.{advice}"
    return sentence.fault(told, at, None, term.example)


def nearest(word: str, known: Sequence[str] = KNOWN_WORDS) -> str:
    """The known word most like this one; "" where none is alike."""
    from rapidfuzz import process  # noqa: PLC0415  only a word that is not known needs it
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = process.extractOne(word[:_COMPARED], known, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE)
    return found[0] if found else ""


def did_you_mean(near: str) -> str:
    """` Did you mean “running”?`, "" where nothing is near."""
    return f" Did you mean “{near}”?" if near else ""


def names_at(sentence: Sentence, at: int, field: NameField, *, optional: bool = False) -> Names | None:
    """The names that begin here, if any. A number begins one, unless it is `optional`: then a time is a time."""
    marks, place, until = list[Mark](), at, at
    while (end := _end_of_name(sentence, place, at_number=not optional and place == at)) > place:
        marks.append(_mark(sentence, place, end, field))
        until = place = end
        if sentence.word(end) == _OR:
            place = end + 1
        elif end >= sentence.end or not sentence.tokens[end].apart:
            break
    return Names(field, tuple(marks), until) if marks else None


def name_needed(sentence: Sentence, first: int, until: int, field: NameField) -> UsageError:
    """The error that no name follows the words from `first` up to `until`."""
    told = f"{sentence.shown(first, until)} needs a name after it."
    if not sentence.word(until):
        return sentence.fault(told, first, until, _NAME_EXAMPLE[field])
    told += f" {sentence.shown(until)} has a meaning of its own: put it in quotes if it is a name."
    words = " ".join(sentence.word(at) for at in range(first, until))
    return sentence.fault(told, first, until, f"/tasks {words} {in_quotes(sentence.name(until, until + 1))}")


def _mark(sentence: Sentence, first: int, until: int, field: NameField) -> Mark:
    pattern = sentence.name(first, until)
    told = ""
    if len(pattern) > _LONGEST_NAME:
        told = f"A name has at most {_LONGEST_NAME} characters."
    elif not pattern.strip("*"):
        told = "That fits every name." if pattern else "That is no name."
    if told:
        raise sentence.fault(told, first, until, _NAME_EXAMPLE[field])
    return Mark(field, pattern, *sentence.span(first, until))


def _end_of_name(sentence: Sentence, first: int, *, at_number: bool) -> int:
    """The place after the name that begins here; `first` itself where none does. A number begins one `at_number`."""
    if first < sentence.end and sentence.tokens[first].name:
        return first + 1
    at = first + (at_number and sentence.word(first)[:1].isdigit())
    while _is_in_name(sentence, first, at):
        at += 1
    while at > first and sentence.word(at - 1) in FILLERS:
        at -= 1
    return at


def _is_in_name(sentence: Sentence, first: int, at: int) -> bool:
    word, is_first = sentence.word(at), at == first
    if not word or (word == _OR and not is_first):
        return False
    if not is_first and sentence.tokens[at].apart and not _LEGAL_FORM.fullmatch(word):
        return False
    return not _is_known(sentence, at, is_first=is_first)


def _is_known(sentence: Sentence, at: int, *, is_first: bool) -> bool:
    """Whether what begins here has a meaning of its own. An impossible time has none, unless it looks like a time."""
    if term_at(sentence, at):
        return True
    word = sentence.word(at)
    if not begins_day(word):
        return False
    try:
        return _bare(sentence, at) is not None
    except UsageError:
        return not is_first and any(mark in word[1:] for mark in "/-:")
