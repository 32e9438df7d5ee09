"""The questions of experience.md §1, asked of a copy with very many tasks, beside the same question asked of Acronis.

The copy is made and asked in a process of its own, see `asking_work`; Acronis is the recorded pages of `tape`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.measure import Line, child

BOUNDS = {"find": 50.0, "protected": 100.0, "tonight": 300.0, "stats": 100.0}
LIVE = 1.0
PEAK = 200.0


@dataclass(frozen=True, slots=True)
class Size:
    """Tasks in the copy, how often each question is asked, and the tasks of a day that a live answer reads."""

    tasks: int
    rounds: int
    live: int


FULL = Size(tasks=1_000_000, rounds=7, live=5_000)  # a live answer reads no more
TINY = Size(tasks=2_000, rounds=1, live=100)


def run(size: Size) -> Iterator[Line]:
    said: dict[str, float] = child("asking_work", size.tasks, size.rounds, size.live)
    yield Line(f"a list from {size.tasks:,} tasks, p95", said["find"], BOUNDS["find"], "ms")
    yield Line(f"  the slowest of its questions: {said['slowest']}"[:52], said["slowest_p95"], BOUNDS["find"], "ms")
    yield Line("  failed in the last day, and live from Acronis", said["copied"], LIVE, "ms", said["live"])
    yield Line("  protected, p95", said["protected"], BOUNDS["protected"], "ms")
    yield Line("  due tonight, of 10,000 workloads, p95", said["tonight"], BOUNDS["tonight"], "ms")
    yield Line("  stats, p95", said["stats"], BOUNDS["stats"], "ms")
    yield Line("  its peak memory", said["peak"], PEAK, "MiB")
