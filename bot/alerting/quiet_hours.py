"""Quiet hours: whether it is quiet at a moment, and until when. By the clock on the wall, also on days it is moved."""

from datetime import datetime, timedelta

from bot.model import Quiet
from bot.model.zones import local_of, moment_of

_DAY = timedelta(days=1)
_MOST = 8  # hours that follow each other without a gap: all of a week, and no more


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """When the quiet that `now` lies in ends (UTC); None where it is not quiet.

    Hours that begin where others end are one quiet. A clock time that comes twice is its first coming, one that never
    comes is the moment at which the clock jumps over it.
    """
    until = _end(quiet, now)
    for _ in range(_MOST):
        later = _end(quiet, until) if until else None
        if later is None:
            break
        until = later
    return until


def _end(quiet: Quiet, now: datetime) -> datetime | None:
    """The end of the hours that hold `now`, the latest where two do."""
    today = local_of(now, quiet.zone).date()
    ends = list[datetime]()
    for day in (today - _DAY, today):
        last = day if quiet.end > quiet.start else day + _DAY
        begins, ends_at = (
            moment_of(datetime.combine(on, at), quiet.zone) for on, at in ((day, quiet.start), (last, quiet.end))
        )
        if day.weekday() in quiet.days and begins <= now < ends_at:
            ends.append(ends_at)
    return max(ends, default=None)
