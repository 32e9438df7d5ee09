"""German words of a question in the words of the language: `fehler seit montag` is `failed since monday`.

They stand in `german.toml`. Words in quotes and whole known names stay what they are. Each word keeps the place where
it was typed, so an error marks what the person wrote.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from sys import intern
from typing import Final

from bot.language.days import WEEKDAYS
from bot.language.lengths import UNITS, length_at
from bot.language.sentence import TO, Sentence, Token
from bot.language.whole_names import in_names

_TABLE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_LEAST_GUESSED: Final = 5  # letters: a slip in a shorter word makes another
_WITHOUT_UMLAUTS: Final[tuple[dict[int, str], ...]] = (
    {},
    str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}),
    str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"}),
)
_Words = tuple[str, ...]


def _meanings(table: str) -> dict[str, str]:
    """Each German word of a part of the table, with what it stands for; it may be typed without its umlauts."""
    given = {typed: meant for meant, words in _TABLE[table].items() for typed in words}
    return {typed.translate(plain): meant for plain in _WITHOUT_UMLAUTS for typed, meant in given.items()}


def _parts_of_days() -> dict[str, str]:
    """`montag abend` and `montagabend`."""
    days = _meanings("weekdays") | _meanings("near days")
    return {
        f"{day}{gap}{part}": f"{meant} {word}"
        for day, meant in days.items()
        for part, word in _meanings("parts").items()
        for gap in (" ", "")
    }


def _nights_between() -> dict[str, str]:
    """`nacht auf dienstag`: that of Monday."""
    days = _meanings("weekdays")
    before = {day: WEEKDAYS[place - 1] for place, day in enumerate(WEEKDAYS)}
    return {
        f"{night} {to} {day}": f"{before[meant]} night"
        for night in ("nacht", "der nacht", "die nacht")
        for to in ("auf", "auf den", "zum", "zu")
        for day, meant in days.items()
    }


def _ranges_of_days() -> dict[str, str]:
    """`mo-fr`, whose dash is read as `to`: alone these are other words too."""
    days = _meanings("short weekdays")
    return {f"{first} {TO} {last}": f"{days[first]} {TO} {days[last]}" for first in days for last in days}


def _split(meanings: Mapping[str, str]) -> Mapping[_Words, _Words]:
    return {tuple(map(intern, typed.split())): tuple(map(intern, meant.split())) for typed, meant in meanings.items()}


GERMAN: Final = _split(
    _meanings("parts")
    | _meanings("weekdays")
    | _parts_of_days()
    | _nights_between()
    | _ranges_of_days()
    | _meanings("words")
)
"""Words that are German and nothing else, and what they stand for."""
_BESIDE: Final = _split(_meanings("beside"))
_EVERY: Final = {**GERMAN, **_BESIDE}
GERMAN_UNITS: Final = frozenset(
    typed[0] for typed, meant in _EVERY.items() if len(typed) == 1 and meant and meant[0] in UNITS
)
"""Of a length: `stunden`."""
GERMAN_WORDS: Final = tuple(words[0] for words in GERMAN if len(words) == 1 and len(words[0]) >= _LEAST_GUESSED)
"""Those that may have been meant by a word that is not known."""
_BEGIN: Final = frozenset(words[0] for words in GERMAN)
_LONGEST: Final = max(map(len, GERMAN))
_VOR: Final = "vor"


def in_english(sentence: Sentence) -> Sentence:
    """The sentence in the words of the language; itself where no German word is in it."""
    if _BEGIN.isdisjoint([token.word for token in sentence.tokens]):
        return sentence
    named = in_names(sentence, 0)
    found, at = list[tuple[int, _Words]](), 0
    while at < sentence.end:
        words = _at(sentence, at, named)
        found.append((at, words))
        at += max(len(words), 1)
    if not any(words in GERMAN for _, words in found):
        return sentence
    tokens = tuple(token for at, words in found for token in _meant(sentence, at, words))
    return _with_ago(replace(sentence, tokens=tokens))


def _with_ago(sentence: Sentence) -> Sentence:
    """`vor 3 tagen` as `3 tagen ago`, `vor montag` as `before montag`."""
    tokens, at = list[Token](), 0
    while at < sentence.end:
        token, until = sentence.tokens[at], at + 1
        if token.word != _VOR:
            tokens.append(token)
        elif length := length_at(sentence, until):
            tokens += (*sentence.tokens[until : length.until], token._replace(word="ago"))
            until = length.until
        else:
            tokens.append(token._replace(word="before"))
        at = until
    return replace(sentence, tokens=tuple(tokens))


def _at(sentence: Sentence, at: int, named: frozenset[int]) -> _Words:
    """The German words that begin here, the most of them; none within a name."""
    for many in range(_LONGEST, 0, -1):
        words = tuple(sentence.word(at + n) for n in range(many))
        if words in _EVERY and named.isdisjoint(range(at, at + many)):
            return words
    return ()


def _meant(sentence: Sentence, at: int, words: _Words) -> tuple[Token, ...]:
    """The words that stand for these, where these were typed; what is no German word as it is."""
    token = sentence.tokens[at]
    if not words:
        return (token,)
    offset, length = sentence.span(at, at + len(words))
    return tuple(Token(word, offset, length, apart=token.apart and not n) for n, word in enumerate(_EVERY[words]))
