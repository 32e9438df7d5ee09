"""Cuts what a person typed into words that still know where they stood.

Owns what phones do to text: curly quotes, long dashes, non-breaking spaces, invisible marks, capitals, stray dots.
Knows no word of the language.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.errors import UsageError

ADVICE = "/tasks failed since yesterday"
"""The phrase shown where nothing better fits."""

_SHOWN = 40
_RAW = re.compile(r"[^\s,;—―]+")
_EDGES = "\"'`“”„‘’‚«»‹›.:!?…()[]{}<>*_~|"
_LOOK_ALIKES = dict.fromkeys(map(ord, "‐‑‒–−"), "-") | {ord("∶"): ":"}  # the colon is ours, in times said back


@dataclass(frozen=True, slots=True)
class Token:
    """One word in its plain form. `offset` and `length` point at it as it was typed."""

    word: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was typed, and its words in order."""

    text: str
    tokens: tuple[Token, ...]

    def word(self, at: int) -> str:
        """The word at this place; "" past the end."""
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def shown(self, first: int, until: int | None = None) -> str:
        """The word, or the words up to `until`, as typed, in quotes, cut where they are long; "" past the end."""
        offset, length = self._span(first, until)
        typed = self.text[offset : offset + length]
        return f"“{typed if length <= _SHOWN else typed[:_SHOWN] + '…'}”" if length else ""

    def fault(self, told: str, first: int, until: int | None = None, example: str = ADVICE) -> UsageError:
        """An error that points at the words from `first` up to, not including, `until`; or at the text's end."""
        offset, length = self._span(first, until)
        return UsageError(told, text=self.text, offset=offset, length=length, example=example)

    def _span(self, first: int, until: int | None) -> tuple[int, int]:
        if not 0 <= first < len(self.tokens):
            return len(self.text), 0
        last = self.tokens[min(max(first + 1, until or 0), len(self.tokens)) - 1]
        offset = self.tokens[first].offset
        return offset, last.offset + last.length - offset


def read(text: str) -> Sentence:
    """Words are parted by blanks of any sort, commas and semicolons. What is punctuation alone is no word."""
    tokens = (Token(plain(raw.group()), raw.start(), raw.end() - raw.start()) for raw in _RAW.finditer(text))
    return Sentence(text, tuple(token for token in tokens if token.word.strip("-")))


def plain(raw: str) -> str:
    """The word without capitals, look-alike characters, invisible marks and punctuation at its ends."""
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw).translate(_LOOK_ALIKES)
        raw = "".join(char for char in raw if unicodedata.category(char) not in {"Cf", "Mn"})
    return raw.casefold().strip(_EDGES)
