"""The names of something known, found whole: all words of the longest one that begins at a place.

What was typed is compared as typed, without punctuation at its ends, and without an 's.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.language.known import NOBODY, KnownName
from bot.language.sentence import Sentence, in_quotes, read
from bot.language.table import NAME_TERMS, term_at
from bot.language.terms import Names, Phrase
from bot.model import Mark, NameField, folded

_POSSESSIVE: Final = re.compile(r"['’`]s$", re.IGNORECASE)


def whole_at(sentence: Sentence, first: int) -> tuple[tuple[KnownName, ...], int]:
    """What bears the longest known name whose words begin here, and the place after them; nothing in quotes."""
    if sentence.names is NOBODY:
        return (), first
    if not (most := sentence.names.most_words(folded(sentence.word(first)))):
        return (), first
    for until in range(min(first + most, sentence.end), first, -1):
        for typed in _spellings(sentence, first, until):
            if found := sentence.names.called(typed):
                return found, until
    return (), first


def in_names(sentence: Sentence, first: int) -> frozenset[int]:
    """The places of the words of whole known names, from the first place on."""
    found, at = set[int](), first
    while at < sentence.end:
        until = whole_at(sentence, at)[1]
        found.update(range(at, until))
        at = max(until, at + 1)
    return frozenset(found)


def _spellings(sentence: Sentence, first: int, until: int) -> Iterator[str]:
    """As typed, without punctuation at its ends, without an 's."""
    if any(token.name for token in sentence.tokens[first:until]):
        return
    offset, length = sentence.span(first, until)
    typed = sentence.text[offset : offset + length]
    yield typed
    name = sentence.name(first, until)
    if name != typed:
        yield name
    if name[-1:] in "sS" and (owner := without_s(name)) != name:
        yield owner


def without_s(name: str) -> str:
    """A name without its 's."""
    return _POSSESSIVE.sub("", name)


def called(known: KnownName, sentence: Sentence, before: str = "") -> str:
    """A known name so that it is read back as this one: alone where that does, else with what stands `before` it."""
    alone = read(known.name.replace('"', " "), sentence.now, sentence.zone, sentence.names)
    found, until = whole_at(alone, 0)
    term = term_at(alone, 0)
    if found == (known,) and until == alone.end and not (term and term[1] >= until):
        return known.name
    return f"{before}{known.field} {in_quotes(known.name)}"


def settled(sentence: Sentence, phrase: Phrase) -> Phrase:
    """Behind a verb that is about a name: the whole name of one thing in quotes is that one."""
    if not isinstance(phrase.given, Names) or phrase.given.field is not NameField.ANY or len(phrase.given.marks) > 1:
        return phrase
    found = sentence.names.called(phrase.given.marks[0].pattern)
    if len(found) != 1:
        return phrase
    one = bare(sentence, phrase.given.until - 1, phrase.given.until, found[0])
    return replace(one, first=phrase.first, leaves_out=phrase.leaves_out)


def bare(sentence: Sentence, first: int, until: int, known: KnownName) -> Phrase:
    """A known name that stands alone from `first` up to `until`."""
    names = Names(known.field, (whole(sentence, first, until, known),), until)
    return Phrase(NAME_TERMS[known.field], names, first, until, is_bare=True)


def whole(sentence: Sentence, first: int, until: int, known: KnownName) -> Mark:
    """The mark of a known name that is meant whole."""
    offset, length = sentence.span(first, until)
    return Mark(known.field, known.name, offset, length, is_whole=True, ids=known.ids)
