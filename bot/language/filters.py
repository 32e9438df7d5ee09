"""Reads filters: phrases in any order. Knows the terms, and nothing of verbs or of what phrases mean together.

    filters = { phrase | filler }
    phrase  = ["not"] (term [given] | time | quoted name) { "or" phrase of the same sort }

What a term is given is read in `times`, `names`, `lengths` and `shape`; the terms are in `table`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.lexicon import bare_terms, did_you_mean, name_term, nearest, nearest_time, term_at
from bot.language.names import names_at, needed
from bot.language.phrase import Phrase
from bot.language.sentence import Sentence
from bot.language.table import FILLERS
from bot.language.terms import NOTHING, Group, Term
from bot.language.times import Present
from bot.model import NameField

NAME_ADVICE: Final = " If it is a name, put it in quotes."
_BEFORE_NAMES = " If it is a name, say of what: “machine”, “tenant”."
_OR = "or"
_NOT_EXAMPLE = "/tasks failed not google"


def phrases_from(sentence: Sentence, first: int, present: Present) -> tuple[list[Phrase], int]:
    """What is understood from the first place on, and the place of the first word that is not, or the end."""
    phrases, at = list[Phrase](), first
    while at < len(sentence.tokens):
        phrase = _next(sentence, at, present, phrases)
        if phrase:
            phrases.append(phrase)
        elif sentence.word(at) not in FILLERS:
            break
        at = phrase.until if phrase else at + 1
    return phrases, at


def _next(sentence: Sentence, at: int, present: Present, before: Sequence[Phrase]) -> Phrase | None:
    """The phrase here. After `or` it has to be of the same sort as the last one, and is left out with it."""
    last = before[-1] if before else None
    if last and sentence.word(at) == _OR:
        phrase = _phrase(sentence, at + 1, present)
        goes_on = phrase and phrase.sort_of_word == last.sort_of_word and phrase.window is None
        return replace(phrase, leaves_out=last.leaves_out) if phrase and goes_on else None
    return _phrase(sentence, at, present)


def _phrase(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    found = term_at(sentence, at)
    if found is None:
        return _bare_name(sentence, at, present) or _bare(sentence, at, present)
    term, until = found
    if term.leaves_out:
        return _left_out(sentence, at, until, present)
    if term.names:
        return _with_name(sentence, at, until, term, term.names, present)
    if term.reads is None:
        return Phrase(term, None, at, until)
    given = term.reads(sentence, at, until, present)
    if given is None:
        raise _missing(sentence, at, until, term)
    return Phrase(term, given, at, given.until)


def _left_out(sentence: Sentence, first: int, at: int, present: Present) -> Phrase:
    while sentence.word(at) in FILLERS:
        at += 1
    again = term_at(sentence, at)
    phrase = None if again and again[0].leaves_out else _phrase(sentence, at, present)
    if phrase and phrase.can_be_left_out:
        return replace(phrase, first=first, leaves_out=True)
    if phrase:
        told = f"{sentence.shown(at, phrase.until)} cannot be left out. Say what you want instead."
        raise sentence.fault(told, first, phrase.until, phrase.term.example)
    if at >= len(sentence.tokens):
        raise sentence.fault(f"{sentence.shown(first)} needs what to leave out after it.", first, at, _NOT_EXAMPLE)
    near = "" if again else nearest(sentence.word(at))
    told = f"I do not know what to leave out by {sentence.shown(at)}.{did_you_mean(near)}{NAME_ADVICE}"
    raise sentence.fault(told, at, None, _NOT_EXAMPLE)


def _with_name(sentence: Sentence, first: int, at: int, term: Term, field: NameField, present: Present) -> Phrase:
    """A name, or what the term means without one."""
    found = names_at(sentence, at, field, present, optional=term.asks != NOTHING)
    if found:
        return Phrase(term, found, first, found.until)
    if term.asks == NOTHING:
        raise needed(sentence, first, at, field)
    return Phrase(term, None, first, at)


def _bare_name(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    """A name in quotes without a word before it."""
    if not sentence.tokens[at : at + 1] or not sentence.tokens[at].name:
        return None
    found = names_at(sentence, at, NameField.ANY, present)
    return Phrase(name_term(NameField.ANY), found, at, found.until) if found else None


def _bare(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    """A time without a word before it."""
    for term in bare_terms():
        given = term.reads(sentence, at, at, present) if term.reads else None
        if given:
            return Phrase(term, given, at, given.until)
    return None


def _missing(sentence: Sentence, first: int, at: int, term: Term) -> UsageError:
    if at >= len(sentence.tokens):
        return sentence.fault(f"{sentence.shown(first, at)} needs {term.needs} after it.", first, at, term.example)
    if term.group is not Group.TIME:
        told = f"{sentence.shown(first, at)} needs {term.needs} after it, not {sentence.shown(at)}."
        return sentence.fault(told, at, None, term.example)
    word = sentence.word(at)
    near = nearest_time(word)
    advice = did_you_mean(near) if near and near != word else "" if word[:1].isdigit() else _BEFORE_NAMES
    told = f"{sentence.shown(at)} is no time that I can read.{advice}"
    return sentence.fault(told, at, None, term.example)
