"""What it costs to know what does not run: requests and CPU of reading plans, idle memory, and a review of rhythms.

Each in processes of its own, see `watching_work`. Requests and CPU are counted over a simulated day in which everything
runs; the memory is that of the real bot after it has read all, beside one that reads no plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.measure import Line, child

REQUESTS, CPU, GROWTH = 60.0, 20.0, 15.0
REVIEW, PAUSE = 200.0, 50.0


@dataclass(frozen=True, slots=True)
class Size:
    """Workloads, and hours of reading; `waits` are the seconds that an idle bot is given, in each of `rounds`."""

    workloads: int
    hours: int
    waits: float
    rounds: int


FULL = Size(workloads=10_000, hours=24, waits=150.0, rounds=2)
TINY = Size(workloads=40, hours=1, waits=0.0, rounds=1)


def run(size: Size) -> Iterator[Line]:
    read: dict[str, float] = child("watching_work", "read", size.workloads, size.hours)
    yield Line(f"plans of {size.workloads:,} workloads, requests in the worst hour", read["requests"], REQUESTS, "")
    yield Line("  requests in the mean hour", read["mean"], REQUESTS, "")
    yield Line("  CPU in the mean hour", read["cpu"], CPU, "s")
    looked: dict[str, float] = child("watching_work", "review", size.workloads)
    for name, what in (("idle", "nothing is due"), ("read", "plans were read"), ("due", "all were due and ran")):
        yield Line(f"a review of {size.workloads:,} rhythms, {what}, on the loop", looked[name], REVIEW, "ms")
        yield Line("  the longest pause of the loop", looked[f"{name}_pause"], PAUSE, "ms")
    held: dict[str, float] = child("watching_work", "idle", size.workloads, size.waits, size.rounds)
    yield Line("idle memory that reading plans adds", held["on"] - held["off"], GROWTH, "MiB")
