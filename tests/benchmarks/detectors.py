"""Whether silence is told, and nothing else: sixty days of the pretend world with faults of each kind.

`python -m tests.benchmarks.detectors [WORKLOADS [DAYS]]`: two windows at a time, of half the days each. One lies over
the change of clocks in March, one over that in October and November, in Berlin and New York. See `tests/detectors` for
the world, its faults and the truth. For each half of the workloads, those whose schedules can be read and those whose
schedules are learned:

    recall           of the starts that were missed, how many were told of within two readings after their grace; one
                     hour more where a change of clocks hides which of them a mailbox follows
    false alerts     for a thousand workloads in a day: of anything that was not so
    after an outage  those of them that an absence of Acronis or of the bot has brought

What is told is listed behind the figures where it was wrong, late or not told at all.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measure import Line, child, say

WINDOWS = ("2026-03-05", "2026-10-11")
FALSE, LATEST, HIDDEN = 1.0, 30.0, 90.0
HALVES = {"known": "schedule known", "learned": "schedule learned"}


@dataclass(frozen=True, slots=True)
class Size:
    """Workloads, days of each window, and days of history before them."""

    workloads: int
    days: int
    behind: int = 42


FULL = Size(workloads=2_000, days=30)


def run(size: Size) -> Iterator[Line]:
    """Each window is a process of its own."""

    def window(seed: int, since: str) -> dict[str, Any]:
        found: dict[str, Any] = child("detectors_work", size.workloads, since, size.days, size.behind, seed)
        return found

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(window, range(1, len(WINDOWS) + 1), WINDOWS))
    for half, name in HALVES.items():
        yield from _lines(name, [each[half] for each in found])
    say(f"{sum(each['cpu'] for each in found):,.0f} s of CPU for both windows, the pretend servers' too")


def _lines(name: str, windows: list[dict[str, Any]]) -> Iterator[Line]:
    whole = {key: sum(each[key] for each in windows) for key in ("days", "missed", "told", "wrong", "after_outages")}
    days, missed = whole["days"], whole["missed"]
    say(f"{name}: recall {whole['told'] / missed if missed else 1.0:.4f} of {missed} missed starts")
    yield Line("  not told of in time", missed - whole["told"], 0.0, "")
    yield Line("  the latest of them, after its grace", max(each["latest"] for each in windows) / 60, LATEST, "min")
    if moved := sum(each["moved"] for each in windows):
        late = sum(each["moved_late"] for each in windows)
        say(f"  {moved} of them after a change of clocks that hides which one they follow: {late} after two readings")
        latest = max(each["moved_latest"] for each in windows) / 60
        yield Line("  the latest of these, after its grace", latest, HIDDEN, "min")
    yield Line(f"  false alerts of 1,000 in a day, in {days:,.0f} days", 1000 * whole["wrong"] / days, FALSE, "")
    yield Line("  false alerts after an outage", whole["after_outages"], 0.0, "")
    others: Counter[str] = sum((Counter(each["others"]) for each in windows), Counter())
    say(f"  told besides, and so: {', '.join(f'{kind} {n}' for kind, n in sorted(others.items())) or 'nothing'}")
    for line in (line for each in windows for line in (*each["lines"], *(f"late: {late}" for late in each["late"]))):
        say(f"    {line}")


def main() -> int:
    """0, or 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.detectors", description="Whether silence is told."
    )
    parser.add_argument("workloads", nargs="?", type=int, default=FULL.workloads)
    parser.add_argument("days", nargs="?", type=int, default=2 * FULL.days, help="of both windows")
    options = parser.parse_args()
    lines = list[Line]()
    for line in run(Size(options.workloads, max(options.days // 2, 1))):
        say(line)
        lines.append(line)
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
