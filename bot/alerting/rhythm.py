"""When a workload's next run comes, learned from the starts of its runs. Pure.

What usually lies between two starts, or what followed the same weekday where that agrees with itself. A failed run that
was tried again soon is no start of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from bot.model import FAILED, RunFact

LOOKED_AT = 28
"""Runs that are looked at: two weeks of a plan that runs twice a day, four of a nightly one."""

_FEWEST = 3  # runs that show a rhythm
_SOON = 4  # a run that follows a failure in less than this part of the rhythm is a new try
_AGREES = 0.1


def next_run(runs: Sequence[RunFact], now: datetime) -> tuple[datetime | None, bool]:
    """When the next run comes, and whether it is a new try after the failure. None where there is no rhythm.

    `runs` are newest first.
    """
    oldest_first = tuple(reversed(runs))
    if len(oldest_first) < _FEWEST:
        return None, False
    soon = _usual_gap(oldest_first) / _SOON
    tries = [
        after.began_at - before.began_at for before, after in pairwise(oldest_first) if _is_new_try(before, after, soon)
    ]
    last = oldest_first[-1]
    failed = sum(run.code in FAILED for run in oldest_first[:-1])
    if last.code in FAILED and len(tries) > 1 and len(tries) * 2 > failed:
        again = last.began_at + median_low(tries)
        if again > now:
            return again, True
    return _next_start(_starts(oldest_first, soon), now), False


def _usual_gap(runs: Sequence[RunFact]) -> timedelta:
    """Between two runs of which the first one did not fail; where each failed, between any two."""
    gaps = [after.began_at - before.began_at for before, after in pairwise(runs) if before.code not in FAILED]
    return median_low(gaps or [after.began_at - before.began_at for before, after in pairwise(runs)])


def _is_new_try(before: RunFact, after: RunFact, soon: timedelta) -> bool:
    return before.code in FAILED and after.began_at - before.began_at < soon


def _starts(runs: Sequence[RunFact], soon: timedelta) -> list[datetime]:
    """When the plan began a run, without new tries after a failure."""
    first = [runs[0].began_at]
    return first + [after.began_at for before, after in pairwise(runs) if not _is_new_try(before, after, soon)]


def _next_start(starts: Sequence[datetime], now: datetime) -> datetime | None:
    gaps = [after - before for before, after in pairwise(starts)]
    if len(gaps) < _FEWEST - 1:
        return None
    usual = median_low(gaps)
    if usual <= timedelta():
        return None
    same_day = [gap for start, gap in zip(starts, gaps, strict=False) if start.weekday() == starts[-1].weekday()]
    agreed = len(same_day) > 1 and max(same_day) - min(same_day) <= usual * _AGREES
    expected = starts[-1] + (median_low(same_day) if agreed else usual)
    if expected <= now:  # it did not come: the next one is what can be hoped for
        expected += usual * ((now - expected) // usual + 1)
    return expected
