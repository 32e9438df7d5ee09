"""How soon a failure is told: one at rest, and thousands at once while a critical restore must not wait.

Real processes, and time stamps taken at the pretend servers; see `alerting_work`. What did not come within twice its
bound is endless.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.measure import Line, child

AT_REST = 1.0
BARE = 100.0
"""Times what a bare client needs: it neither writes anything down nor draws anything."""
FLOOD, RESTORE, MESSAGES, PEAK = 15.0, 2.0, 5, 200.0


@dataclass(frozen=True, slots=True)
class Size:
    """Failures one at a time; failures at once, and of how many tenants."""

    singly: int
    at_once: int
    tenants: int


FULL = Size(singly=20, at_once=5_000, tenants=60)
TINY = Size(singly=1, at_once=12, tenants=6)


def run(size: Size) -> Iterator[Line]:
    rest: dict[str, float] = child("alerting_work", "singly", size.singly)
    yield Line("from the poll's last byte to the card, at rest", rest["card"], AT_REST, "s")
    yield Line("  beside a bare read and post", rest["card"] * 1000, BARE, "ms", rest["bare"] * 1000)
    flood: dict[str, float] = child("alerting_work", "at_once", size.at_once, size.tenants)
    yield Line(f"{size.at_once:,} failures of {size.tenants} tenants, all told", flood["seconds"], FLOOD, "s")
    yield Line("  in so many messages", flood["messages"], MESSAGES, "")
    yield Line("  a critical restore meanwhile", flood["restore"], RESTORE, "s")
    yield Line("  its peak memory", flood["peak"], PEAK, "MiB")
