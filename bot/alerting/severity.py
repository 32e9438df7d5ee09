"""How severe an alert is: what it means for the restore point, not that something happened (design §5). Pure.

critical   a restore failed; the last good backup is older than the target, or will be before the next run; three
           failures in a row
warning    all else: what is not known makes nothing critical

When the next run comes is estimated from the runs' own starts: what usually lies between two of them, or what followed
the same weekday where that agrees with itself. A failed run that was tried again soon is no start of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from bot.model import FAILED, HEALING, Alert, Assessment, Kind, Reason, Severity

IN_A_ROW = 3
LOOKED_AT = 28
"""Runs that are looked at: two weeks of a plan that runs twice a day, four of a nightly one."""

_FEWEST = 3  # runs that show a rhythm
_SOON = 4  # a run that follows a failure in less than this part of the rhythm is a new try
_AGREES = 0.1
_CRITICAL = frozenset({Reason.RESTORE, Reason.MISSED, Reason.NEVER, Reason.IN_A_ROW, Reason.WILL_MISS})


@dataclass(frozen=True, slots=True)
class Start:
    """When a run that is over began, and how it ended."""

    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What an alert is judged by: the last runs of its subject, newest first, and when the last good one ended.

    `history_from`: all runs since then are known, None where nothing is.
    """

    runs: tuple[Start, ...] = ()
    last_good_at: datetime | None = None
    history_from: datetime | None = None


def judge(alert: Alert, facts: Facts, target: timedelta, now: datetime) -> Assessment:
    """What `alert` means at `now`. One that was critical stays so until it ends: nobody is told twice of one thing."""
    if alert.latest.code not in FAILED or alert.latest.kind not in (Kind.BACKUP, Kind.RESTORE):
        return Assessment(Severity.WARNING, Reason.MINOR, target, facts.last_good_at)
    if alert.latest.kind is Kind.RESTORE:
        return Assessment(Severity.CRITICAL, Reason.RESTORE, target, facts.last_good_at)
    next_run_at, retries = next_run(facts.runs, now)
    misses_at = None if facts.last_good_at is None else facts.last_good_at + target
    seen = Assessment(Severity.WARNING, Reason.UNKNOWN, target, facts.last_good_at, misses_at, next_run_at, retries)
    reason = _reason(seen, facts, now)
    if reason in _CRITICAL:
        return replace(seen, severity=Severity.CRITICAL, reason=reason)
    if alert.is_critical:
        return replace(seen, severity=Severity.CRITICAL, reason=alert.assessment.reason)
    return replace(seen, reason=reason)


def _reason(seen: Assessment, facts: Facts, now: datetime) -> Reason:
    if seen.misses_at is None:
        is_long = facts.history_from is not None and now - facts.history_from >= seen.target
        if is_long:
            return Reason.NEVER
        return Reason.IN_A_ROW if _row_of_failures(facts.runs) >= IN_A_ROW else Reason.UNKNOWN
    if seen.misses_at <= now:
        return Reason.MISSED
    if _row_of_failures(facts.runs) >= IN_A_ROW:
        return Reason.IN_A_ROW
    if seen.next_run_at is None:
        return Reason.NOT_YET
    return Reason.WILL_MISS if seen.next_run_at > seen.misses_at else Reason.IN_TIME


def _row_of_failures(runs: Sequence[Start]) -> int:
    """How many of the newest failed one after the other. What was cancelled neither counts nor breaks the row."""
    row = 0
    for run in runs:
        if run.code in HEALING:
            break
        row += run.code in FAILED
    return row


def next_run(runs: Sequence[Start], now: datetime) -> tuple[datetime | None, bool]:
    """When the next run comes, and whether it is a new try after the failure. None where there is no rhythm.

    `runs` are newest first.
    """
    oldest_first = tuple(reversed(runs))
    if len(oldest_first) < _FEWEST:
        return None, False
    soon = _usual_gap(oldest_first) / _SOON
    tries = [after.at - before.at for before, after in pairwise(oldest_first) if _is_new_try(before, after, soon)]
    last = oldest_first[-1]
    failed = sum(run.code in FAILED for run in oldest_first[:-1])
    if last.code in FAILED and len(tries) > 1 and len(tries) * 2 > failed:
        again = last.at + median_low(tries)
        if again > now:
            return again, True
    return _next_start(_starts(oldest_first, soon), now), False


def _usual_gap(runs: Sequence[Start]) -> timedelta:
    """Between two runs of which the first one did not fail; where each failed, between any two."""
    gaps = [after.at - before.at for before, after in pairwise(runs) if before.code not in FAILED]
    return median_low(gaps or [after.at - before.at for before, after in pairwise(runs)])


def _is_new_try(before: Start, after: Start, soon: timedelta) -> bool:
    return before.code in FAILED and after.at - before.at < soon


def _starts(runs: Sequence[Start], soon: timedelta) -> list[datetime]:
    """When the plan began a run, without new tries after a failure."""
    first = [runs[0].at]
    return first + [after.at for before, after in pairwise(runs) if not _is_new_try(before, after, soon)]


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
