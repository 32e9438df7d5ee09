"""Finds terms in a sentence, and the nearest one to a word that is none. Knows the table, not the rules."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.days import WEEKDAYS
from bot.language.sentence import Sentence
from bot.language.table import TERMS
from bot.language.terms import Term
from bot.language.times import TIME_WORDS
from bot.model import NameField, Verb

_COMPARED = 40
_ALIKE = 0.6

_BY_FIRST: Final[dict[str, list[tuple[tuple[str, ...], Term]]]] = {}
for _term in TERMS:
    for _phrase in _term.words:
        _BY_FIRST.setdefault(_phrase.split()[0], []).append((tuple(_phrase.split()), _term))
for _rows in _BY_FIRST.values():
    _rows.sort(key=lambda row: -len(row[0]))

_WORDS: Final = (*(name for term in TERMS for name in term.words), *WEEKDAYS)
_BARE: Final = tuple(term for term in TERMS if term.bare)
_NAMED: Final = {term.names: term for term in TERMS if term.names}


def terms() -> tuple[Term, ...]:
    """The whole table, in the order in which it is explained."""
    return TERMS


def term_at(sentence: Sentence, at: int) -> tuple[Term, int] | None:
    """The term whose words begin here, the longest first, and the place after them."""
    for words, term in _BY_FIRST.get(sentence.word(at), ()):
        until = at + len(words)
        if all(sentence.word(at + n) == word for n, word in enumerate(words)):
            return term, until
    return None


def bare_terms() -> tuple[Term, ...]:
    return _BARE


def verb_of(word: str, verbs: Sequence[Verb]) -> Verb | None:
    """The verb of this name, with or without its question mark."""
    return next((verb for verb in verbs if verb.name and verb.name.rstrip("?") == word.rstrip("?")), None)


def nearest(word: str, verbs: Sequence[Verb] = ()) -> str:
    """The known word most like this one; "" where none is alike."""
    return _nearest(word, (*_WORDS, *(verb.name.rstrip("?") for verb in verbs if verb.name)))


def nearest_time(word: str) -> str:
    """The word of times most like this one; "" where none is alike."""
    return _nearest(word, TIME_WORDS)


def _nearest(word: str, known: Sequence[str]) -> str:
    found = process.extractOne(word[:_COMPARED], known, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE)
    return found[0] if found else ""


def did_you_mean(near: str) -> str:
    """` Did you mean “running”?`, "" where nothing is near."""
    return f" Did you mean “{near}”?" if near else ""


def name_term(field: NameField) -> Term:
    """The term that this kind of name stands after."""
    return _NAMED[field]
