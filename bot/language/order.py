"""Reads the order of a list and how much of it is wanted: `sort duration`, `oldest`, `top 5`.

sort   = "sort" field ["backwards" | "ascending" | "descending"]
oldest = "oldest" ["first"] [number]                 so newest, longest, shortest
first  = "first" number
"""

import re
from collections.abc import Callable
from typing import Final

from bot.language.lengths import UNITS
from bot.language.sentence import Sentence
from bot.language.spans import NUMBER_WORDS
from bot.model import Sort
from bot.model.values import dataclass

MOST: Final = 10_000  # the highest number of tasks that may be asked for
BACKWARDS: Final = "backwards"
_FIELDS = (
    (Sort.TIME, "time date"),
    (Sort.STARTED, "started start"),
    (Sort.COMPLETED, "ended end completed finished"),
    (Sort.DURATION, "duration length runtime"),
    (Sort.NAME, "name machine machines server workload host device"),
    (Sort.TENANT, "tenant customer client company"),
)
_FIELD = {word: field for field, words in _FIELDS for word in words.split()}
_NUMBER = re.compile(r"[0-9]{1,6}")
_BACKWARDS = (BACKWARDS, "reversed", "reverse")
_DOWN, _UP = ("descending", "desc"), ("ascending", "asc")
_ALPHABETIC = frozenset({Sort.NAME, Sort.TENANT})


@dataclass(frozen=True, slots=True)
class Order:
    """None: not named. `until` is the place after the last word; `of_times`: the direction goes with times only."""

    until: int
    sort: Sort | None = None
    backwards: bool | None = None
    limit: int | None = None
    of_times: bool = False


def sort(sentence: Sentence, _first: int, at: int) -> Order | None:
    field = _FIELD.get(sentence.word(at))
    if field is None:
        return None
    word = sentence.word(at + 1)
    if word in _BACKWARDS:
        return Order(at + 2, field, backwards=True)
    if word in _DOWN or word in _UP:
        return Order(at + 2, field, backwards=(word in _DOWN) is (field in _ALPHABETIC))
    return Order(at + 1, field)


def first(sentence: Sentence, first: int, at: int) -> Order | None:
    limit = _number(sentence, first, at)
    return Order(at + 1, limit=limit) if limit else None


def by(field: Sort | None, *, backwards: bool) -> Callable[[Sentence, int, int], Order]:
    """Reads `oldest`, `oldest first`, `oldest 5`. Without a field the order is by time."""

    def read(sentence: Sentence, first: int, at: int) -> Order:
        is_number = _NUMBER.fullmatch(sentence.word(at + 1))
        at += sentence.word(at) == "first" and not is_number
        limit = _number(sentence, first, at) if at == first + 1 else None
        return Order(at + bool(limit), field, backwards, limit, of_times=field is None)

    return read


def backwards(_sentence: Sentence, _first: int, at: int) -> Order:
    return Order(at, backwards=True)


def _number(sentence: Sentence, first: int, at: int) -> int | None:
    typed = NUMBER_WORDS.get(sentence.word(at), sentence.word(at))
    if not _NUMBER.fullmatch(typed):
        return None
    if sentence.word(at + 1) in UNITS:
        told = f"{sentence.shown(first, at + 2)} can be read as a number or as a time: say which."
        raise sentence.fault(told, first, at + 2, f"/tasks last {sentence.word(at)} {sentence.word(at + 1)}")
    number = int(typed)
    if not 1 <= number <= MOST:
        raise sentence.fault(f"A number of tasks is from 1 to {MOST:,}.", at, None, "/tasks failed first 5")
    return number
