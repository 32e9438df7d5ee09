"""The order of a list and how much of it: `sort duration`, `oldest`, `top 5`. Reads such words and writes them.

sort   = "sort" field ["backwards" | "ascending" | "descending"]
oldest = "oldest" ["first"] [number]                 so newest, longest, shortest
first  = "first" number
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.language.sentence import Sentence
from bot.language.times import Present, is_unit
from bot.model import Sort, TaskQuery

MOST: Final = 10_000
"""The most that can be asked for by number; more is counted by nobody."""

_SORTS: Final = {
    "time": Sort.TIME,
    "started": Sort.STARTED,
    "start": Sort.STARTED,
    "ended": Sort.COMPLETED,
    "end": Sort.COMPLETED,
    "completed": Sort.COMPLETED,
    "finished": Sort.COMPLETED,
    "duration": Sort.DURATION,
    "length": Sort.DURATION,
    "name": Sort.NAME,
    "machine": Sort.NAME,
    "tenant": Sort.TENANT,
    "customer": Sort.TENANT,
}
_NUMBER = re.compile(r"[0-9]{1,6}")
_BACKWARDS = ("backwards", "reversed", "reverse")
_DOWN, _UP = ("descending", "desc"), ("ascending", "asc")
_ALPHABETIC = frozenset({Sort.NAME, Sort.TENANT})
TIMED: Final = frozenset({Sort.TIME, Sort.STARTED, Sort.COMPLETED})


@dataclass(frozen=True, slots=True)
class Shape:
    """An order, a direction, a number: what is None is not named. `until` is the place after its last word.

    `of_times`: the direction goes with an order by time only (`oldest`).
    """

    until: int
    sort: Sort | None = None
    backwards: bool | None = None
    limit: int | None = None
    of_times: bool = False


def sort(sentence: Sentence, _first: int, at: int, _present: Present) -> Shape | None:
    wanted = _SORTS.get(sentence.word(at))
    if wanted is None:
        return None
    word = sentence.word(at + 1)
    if word in _BACKWARDS:
        return Shape(at + 2, wanted, backwards=True)
    if word in _DOWN or word in _UP:
        return Shape(at + 2, wanted, backwards=(word in _DOWN) is (wanted in _ALPHABETIC))
    return Shape(at + 1, wanted)


def first(sentence: Sentence, first: int, at: int, _present: Present) -> Shape | None:
    limit = _number(sentence, first, at)
    return Shape(at + 1, limit=limit) if limit else None


def order(
    wanted: Sort | None, *, backwards: bool, of_times: bool = False
) -> Callable[[Sentence, int, int, Present], Shape]:
    """Reads `oldest`, `oldest first`, `oldest 5`."""

    def read(sentence: Sentence, first: int, at: int, _present: Present) -> Shape:
        is_number = _NUMBER.fullmatch(sentence.word(at + 1))
        at += sentence.word(at) == "first" and not is_number
        limit = _number(sentence, first, at) if at == first + 1 else None
        return Shape(at + bool(limit), wanted, backwards, limit, of_times)

    return read


def reversed_(_sentence: Sentence, _first: int, at: int, _present: Present) -> Shape:
    return Shape(at, backwards=True)


def _number(sentence: Sentence, first: int, at: int) -> int | None:
    if not _NUMBER.fullmatch(sentence.word(at)):
        return None
    if is_unit(sentence.word(at + 1)):
        told = f"{sentence.shown(first, at + 2)} can be read as a number or as a time: say which."
        raise sentence.fault(told, first, at + 2, f"/tasks last {sentence.word(at)} {sentence.word(at + 1)}")
    number = int(sentence.word(at))
    if not 1 <= number <= MOST:
        raise sentence.fault(f"A number of tasks is from 1 to {MOST:,}.", at, None, "/tasks failed first 5")
    return number


def said(query: TaskQuery) -> Iterator[str]:
    """The order of a question and its number, in words that are read back as the same."""
    plain = {
        (Sort.TIME, False): "",
        (Sort.TIME, True): "oldest",
        (Sort.DURATION, False): "longest",
        (Sort.DURATION, True): "shortest",
    }
    backwards = f" {_BACKWARDS[0]}" if query.backwards else ""
    words = plain.get((query.sort, query.backwards), f"sort {query.sort}{backwards}")
    if words:
        yield words
    if query.limit is not None:
        yield f"first {query.limit}"
