"""Local wall-clock times to moments and back, on the days when clocks are moved too.

A time that comes twice is its first coming. A time that never comes is the moment at which the clock jumps over it.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_DAY = timedelta(days=1)


def moment_of(local: datetime, zone: tzinfo) -> datetime:
    """The moment (UTC) at which clocks in `zone` show `local`, a time without a zone."""
    if zone is UTC:
        return local.replace(tzinfo=UTC, fold=0)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if local_of(first, zone) == local:
        return first
    return _jump(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def local_of(moment: datetime, zone: tzinfo) -> datetime:
    """What clocks in `zone` show at this moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=1_024)
def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment (UTC) of a day. The same few days are asked for again and again."""
    return moment_of(datetime.combine(day, time()), zone)


def whole_day(after: datetime, before: datetime, zone: tzinfo) -> date | None:
    """The day that begins at `after` and ends at `before`, if there is one."""
    day = local_of(after, zone).date()
    return day if midnight(day, zone) == after and midnight(day + _DAY, zone) == before else None


def comes_twice(moment: datetime, zone: tzinfo) -> bool:
    """Whether clocks show this moment's time twice, so that its offset has to be named."""
    local = local_of(moment, zone)
    return moment_of(local, zone) != local.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _jump(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first second after `low` that has the offset of `high`: where the clock is put forward."""
    seconds, wanted = int((high - low).total_seconds()), high.astimezone(zone).utcoffset()
    below, above = 0, seconds
    while above - below > 1:
        middle = (below + above) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == wanted:
            above = middle
        else:
            below = middle
    return low + timedelta(seconds=above)
