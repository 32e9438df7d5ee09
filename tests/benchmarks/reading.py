"""Reading very many tasks from recorded pages into the store, against httpx, pydantic and SQLite by themselves.

Each side of each round is a process of its own, see `reading_work`; the sides take turns.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from tests.benchmarks import tape
from tests.benchmarks.measure import Line, child

RATIO = 2.0
PEAK = 150.0
GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Size:
    """Both counts are whole pages."""

    tasks: int
    page: int
    rounds: int


FULL = Size(tasks=100_000, page=500, rounds=3)  # the page size of settings by default
TINY = Size(tasks=200, page=100, rounds=1)


def run(size: Size) -> Iterator[Line]:
    with tape.served(2 * size.tasks, size.page) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half, whole = (tape.since(2 * size.tasks, read) for read in (size.tasks, 2 * size.tasks))
        took: dict[str, list[float]] = {"record": [], "fetch": [], "insert": []}
        peaks: list[float] = []
        for _ in range(size.rounds):
            for side, seconds in took.items():
                said = _side(side, url, folder, half, size)
                seconds.append(said["seconds"])
                if side == "record":
                    peaks.append(said["peak"])
        alone = median(took["fetch"]) + median(took["insert"])
        yield Line(f"reading {size.tasks:,} tasks into the store", median(took["record"]), RATIO, "s", alone)
        yield Line("  its peak memory", max(peaks), PEAK, "MiB")
        twice = _side("record", url, folder, whole, size)["peak"]
        yield Line("  its peak memory with twice the tasks", twice, GROWTH, "MiB", max(peaks))


def _side(side: str, url: str, folder: Path, since: datetime, size: Size) -> dict[str, float]:
    said: dict[str, float] = child("reading_work", side, url, folder, since.isoformat(), size.page)
    return said
