"""Whether a plan tries again by itself after a failure: by its own setting, else learned from its runs. Pure.

A plan tries again after a run that its schedule began, not after one by hand. Runs are newest first, and are over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Final, NamedTuple

from bot.alerting.history import usual_length
from bot.alerting.rhythm import EARLY, is_of, last_due
from bot.model import FAILED, RunFact
from bot.model.plans import Retry, Rhythm

BEGUN_LATE: Final = timedelta(hours=1)
"""A run that begins so long after its start, and later than it usually may, is by hand."""
_SLACK: Final = timedelta(minutes=15)
_SOON: Final = 4  # a run that follows a failure in less than this part of the usual gap is a new try
_FEWEST: Final = 3  # runs that show it


class Attempt(NamedTuple):
    """The new try that comes next, `number` of `most`. `gives_up_at` is about when the last one begins."""

    number: int
    most: int
    at: datetime
    gives_up_at: datetime


def next_attempt(runs: Sequence[RunFact], rhythm: Rhythm, now: datetime) -> Attempt | None:
    """None where the plan has no new tries of its own, gave up, or the last run did not fail, or was begun by hand."""
    retry = rhythm.retry
    if retry is None or not runs or runs[0].code not in FAILED:
        return None
    chain = _chain(runs, retry, rhythm)
    if rhythm.schedule is not None and not is_of(rhythm, chain[-1].began_at, BEGUN_LATE):
        return None
    left = retry.most - (len(chain) - 1)
    if left <= 0:
        return None
    length = chain[0].length or timedelta()
    at = chain[0].began_at + length + retry.interval
    attempt = Attempt(len(chain), retry.most, at, at + (retry.interval + length) * (left - 1))
    return attempt if now < ends_at(attempt.gives_up_at, runs) else None


def ends_at(gives_up_at: datetime, runs: Sequence[RunFact]) -> datetime:
    """Until when the last new try is believed to be under way."""
    return gives_up_at + (usual_length(runs) or timedelta()) + _SLACK


def _chain(runs: Sequence[RunFact], retry: Retry, rhythm: Rhythm) -> list[RunFact]:
    """The last run and the failed ones before it, back to the one that the schedule began."""
    due = last_due(rhythm, runs[0].began_at + EARLY)
    chain = [runs[0]]
    for before in runs[1:]:
        longest = retry.interval * 1.5 + (before.length or timedelta()) + _SLACK
        is_try = before.code in FAILED and chain[-1].began_at - before.began_at <= longest
        if not is_try or (due is not None and before.began_at < due - EARLY):
            break
        chain.append(before)
    return chain


def usual_try(runs: Sequence[RunFact], now: datetime) -> datetime | None:
    """When the next try comes, where most failed runs of the same were tried again soon; else None."""
    oldest_first = runs[::-1]
    if len(oldest_first) < _FEWEST or runs[0].code not in FAILED:
        return None
    soon = _usual_gap(oldest_first) / _SOON
    tries = [
        after.began_at - before.began_at
        for before, after in pairwise(oldest_first)
        if before.code in FAILED and after.began_at - before.began_at < soon
    ]
    failed = sum(run.code in FAILED for run in oldest_first[:-1])
    if len(tries) < 2 or len(tries) * 2 <= failed:
        return None
    again = runs[0].began_at + median_low(tries)
    return again if again > now else None


def _usual_gap(runs: Sequence[RunFact]) -> timedelta:
    """Between two runs of which the first one did not fail; where each failed, between any two."""
    gaps = [after.began_at - before.began_at for before, after in pairwise(runs) if before.code not in FAILED]
    return median_low(gaps or [after.began_at - before.began_at for before, after in pairwise(runs)])
