"""What a workload's past says: failures in a row, the usual length, the last good backup. Pure.

Each rule is stated once here; cards, answers and severity all ask it (design §5). Runs are given newest first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bot.model import FAILED, HEALING, LastGood, RunFact

LOOKED_AT: Final = 28
"""Runs that are looked at: two weeks of a plan that runs twice a day, four of a nightly one."""
RECENT: Final = 14
"""Runs from which the usual length is taken: two weeks of nightly backups, as many as a card's strip shows."""
_UNUSUAL: Final = 2  # times the usual length, and at least
_MICROSECOND: Final = timedelta(microseconds=1)
_SLACK: Final = timedelta(minutes=10)  # more than it


def failures_in_a_row(codes: Iterable[str]) -> int:
    """How many of the newest failed one after the other. Cancelled and unknown results break no row."""
    row = 0
    for code in codes:
        if code in HEALING:
            break
        row += code in FAILED
    return row


def usual_length(runs: Sequence[RunFact]) -> timedelta | None:
    """The median length of the recent runs that ended well; None where none of them has a length."""
    lengths = [run.length // _MICROSECOND for run in runs[:RECENT] if run.code in HEALING and run.length is not None]
    return timedelta(microseconds=median(lengths)) if lengths else None


def usual_spread(runs: Sequence[RunFact]) -> timedelta | None:
    """How far the lengths of the recent good runs usually lie from the usual one: the median of the distances (MAD)."""
    usual = usual_length(runs)
    if usual is None:
        return None
    far = [abs(run.length - usual) for run in runs[:RECENT] if run.code in HEALING and run.length is not None]
    return timedelta(microseconds=median(each // _MICROSECOND for each in far))


def is_unusual(length: timedelta | None, usual: timedelta | None) -> bool:
    """Whether a run that has taken so long takes unusually long; not so where either is not known."""
    if not usual or length is None:
        return False
    return length >= usual * _UNUSUAL and length >= usual + _SLACK


def last_good(ended_at: datetime | None, history_from: datetime | None, target: timedelta, now: datetime) -> LastGood:
    """The last good backup as far as it is known. `history_from`: all runs since then are known, None: no run is.

    That there was none is said only where the known history is as long as the target: then it is too old for certain.
    """
    if ended_at is not None:
        return LastGood(at=ended_at)
    if history_from is not None and now - history_from >= target:
        return LastGood(none_for=now - history_from)
    return LastGood()


def is_too_old(good_at: datetime, target: timedelta, now: datetime) -> bool:
    """Equal is too late."""
    return now - good_at >= target
