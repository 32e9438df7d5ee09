"""A poll that brings 100 new tasks, on a short and on a long history: what is stored must not make it dearer."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.measure import Line, child

RATIO = 1.5


@dataclass(frozen=True, slots=True)
class Size:
    """Tasks of the two histories, new tasks of a poll, polls on each side."""

    short: int
    long: int
    new: int
    rounds: int


FULL = Size(short=10_000, long=200_000, new=100, rounds=21)
TINY = Size(short=100, long=300, new=10, rounds=2)


def run(size: Size) -> Iterator[Line]:
    took: dict[str, list[float]] = child("polling_work", size.short, size.long, size.new, size.rounds)
    name = f"a poll with {size.new} new tasks, on {size.long:,} and {size.short:,}"
    yield Line(name, median(took["long"]) * 1000, RATIO, "ms", median(took["short"]) * 1000)
