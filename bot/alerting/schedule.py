"""The starts of a plan's schedule as moments, in the zone of its clock. Pure.

A clock time that does not exist on a day (clocks are put forward) is the first moment after the gap; one that comes
twice is its first coming. So starts keep the order of their clock times.

Starts are kept by month: thousands of workloads share a schedule and a zone, and ask for the same few months.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import chain, groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from bot.model.plans import Schedule, StartTimes
from bot.model.zones import local_of, midnight, moment_of

_MOST_MONTHS: Final = 146
"""Between two starts: a day of the year is a Wednesday again after 12 years at most."""
_SCHEDULES: Final = 512  # that are remembered, and months of each
_MONTHS: Final = 6
_ZONES: Final = 1_024
_LAST_YEAR: Final = 9_998
_DAY: Final = timedelta(days=1)
_OFFSET: Final = re.compile(r"UTC([+-])([01]\d|2[0-3]):([0-5]\d)")


def offset_name(minutes: int) -> str:
    """`UTC+02:00`, for a clock that is so many minutes ahead of UTC. Raises ValueError where none is so far off."""
    if abs(minutes) >= 24 * 60:
        raise ValueError(f"{minutes} min")
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@lru_cache(maxsize=_ZONES)
def zone_of(name: str) -> tzinfo | None:
    """The zone of an IANA name or of `UTC+02:00`; None where nobody knows it."""
    if name == "UTC":
        return UTC
    if found := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def next_start(schedule: Schedule, zone: str, after: datetime) -> datetime | None:
    """The first start after that moment, in UTC; None where there is none."""
    return _calendar(schedule, zone).next(after)


def last_start(schedule: Schedule, zone: str, at: datetime) -> datetime | None:
    """The last start at that moment or before, in UTC; None where there is none."""
    return _calendar(schedule, zone).last(at)


def starts_between(schedule: Schedule, zone: str, since: datetime, until: datetime) -> list[datetime]:
    """Those from `since` on and before `until`."""
    calendar, found = _calendar(schedule, zone), list[datetime]()
    for year, month in calendar.months(since, 1):
        starts = calendar.starts(year, month)
        found += starts[bisect_left(starts, since) : bisect_left(starts, until)]
        if (starts and starts[-1] >= until) or datetime(year, month, 1, tzinfo=UTC) > until:
            break
    return found


class _Calendar:
    """The starts of one schedule in one zone, by month of the zone's clock."""

    def __init__(self, schedule: Schedule, zone: str) -> None:
        self._schedule = schedule
        self._zone = zone_of(zone)
        self._starts: dict[tuple[int, int], list[datetime]] = {}
        self._line: list[datetime] = []  # the starts round the moment that was asked for last
        self._is_empty = self._zone is None or not any(each.minutes for each in schedule.sets)

    def next(self, after: datetime) -> datetime | None:
        line = self._line_at(after)
        if line:
            return line[bisect_right(line, after)]
        for year, month in self.months(after, 1):
            starts = self.starts(year, month)
            place = bisect_right(starts, after)
            if place < len(starts):
                return starts[place]
        return None

    def last(self, at: datetime) -> datetime | None:
        line = self._line_at(at)
        if line:
            return line[bisect_right(line, at) - 1]
        for year, month in self.months(at, -1):
            starts = self.starts(year, month)
            place = bisect_right(starts, at)
            if place:
                return starts[place - 1]
        return None

    def months(self, at: datetime, step: int) -> Iterator[tuple[int, int]]:
        """From the month of that moment on. Going back, from the one after it: its clock may have shown that before."""
        if self._is_empty or self._zone is None or not 2 < at.year < _LAST_YEAR:
            return
        local = local_of(at, self._zone)
        first = local.year * 12 + local.month - 1 + (step < 0)
        for month in range(first, first + step * _MOST_MONTHS, step):
            if not 12 < month < _LAST_YEAR * 12:
                return
            yield month // 12, month % 12 + 1

    def starts(self, year: int, month: int) -> list[datetime]:
        """In order, each once."""
        known = self._starts.get((year, month))
        if known is None:
            if len(self._starts) >= _MONTHS:
                self._starts.clear()
            known = self._starts[year, month] = self._read(year, month)
        return known

    def _line_at(self, at: datetime) -> list[datetime]:
        """Starts in order, with one at that moment or before and one after it; none where they are further apart."""
        if _is_round(self._line, at):
            return self._line
        months = list(islice(self.months(at, -1), 3))
        for near in (months[1:2], months):  # mostly the month itself does
            ahead = [self.starts(*month) for month in reversed(near)]
            self._line = _each_once(chain.from_iterable(ahead))
            if _is_round(self._line, at):
                return self._line
        return []

    def _read(self, year: int, month: int) -> list[datetime]:
        if self._zone is None:
            return []
        starts = list[datetime]()
        for each in self._schedule.sets:
            clocks = [timedelta(minutes=minute) for minute in each.minutes]
            for day in _days(replace(each, minutes=()), year, month):
                starts += _starts(day, clocks, self._zone)
        return _each_once(sorted(starts))


def _each_once(in_order: Iterable[datetime]) -> list[datetime]:
    return [at for at, _ in groupby(in_order)]


def _is_round(line: list[datetime], at: datetime) -> bool:
    return bool(line) and line[0] <= at < line[-1]


@lru_cache(maxsize=_SCHEDULES)
def _calendar(schedule: Schedule, zone: str) -> _Calendar:
    return _Calendar(schedule, zone)


def _starts(day: date, clocks: list[timedelta], zone: tzinfo) -> list[datetime]:
    """A day of 24 hours has its clock times as far behind its midnight as they say; on others each is looked up."""
    first = midnight(day, zone)
    if midnight(day + _DAY, zone) - first == _DAY:
        return [first + clock for clock in clocks]
    return [moment_of(datetime.combine(day, time()) + clock, zone) for clock in clocks]


@lru_cache(maxsize=_SCHEDULES)
def _days(times: StartTimes, year: int, month: int) -> list[date]:
    """The days of a month that have these times, whatever they are: thousands of schedules share them."""
    return list(_read_days(times, year, month))


def _read_days(times: StartTimes, year: int, month: int) -> Iterator[date]:
    if times.months and month not in times.months:
        return
    last = monthrange(year, month)[1]
    for day in range(1, last + 1):
        weekday = date(year, month, day).weekday()
        if times.weekdays and weekday not in times.weekdays:
            continue
        if times.month_days and day not in times.month_days and not (day == last and -1 in times.month_days):
            continue
        week = (day - 1) // 7 + 1
        if times.weeks and week not in times.weeks and not (day + 7 > last and -1 in times.weeks):
            continue
        yield date(year, month, day)
