"""When a plan is due by its schedule, in the machine's own clock time, and how that is written (plans §4).

Where a clock time does not exist, in spring, the run comes as much later as the clock jumps; where it comes twice, in
autumn, the first one counts. Hourly sets go by time that has passed.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.sandbox.acronis.times import DAY, MINUTE, SECOND

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TYPES: Final = ("hourly", "daily", "weekly", "monthly")
MONTHS: Final = tuple(range(1, 13))
_HORIZON: Final = 400  # days; a monthly set is due earlier


@dataclass(frozen=True, slots=True)
class BackupSet:
    """`times`, `first`, `last` and `step` are minutes of the day; `type` is hourly, daily, weekly or monthly."""

    type: str
    times: tuple[int, ...] = ()
    weekdays: tuple[str, ...] = WEEKDAYS
    monthdays: tuple[int, ...] = ()
    last_day: bool = False
    months: tuple[int, ...] = MONTHS
    step: int = 0
    first: int = 0
    last: int = 1439
    conditions: tuple[str, ...] = ()

    def starts_on(self, day: date, zone: tzinfo) -> list[int]:
        """Every start on that day, as unix nanoseconds."""
        if not self._is_on(day):
            return []
        if self.type == "hourly":
            return list(range(_at(day, self.first, zone), _at(day, self.last, zone) + 1, self.step * MINUTE))
        return [_at(day, minutes, zone) for minutes in self.times]

    def _is_on(self, day: date) -> bool:
        if self.type == "monthly":
            is_last = self.last_day and day.day == monthrange(day.year, day.month)[1]
            return day.month in self.months and (is_last or day.day in self.monthdays)
        return self.type == "daily" or WEEKDAYS[day.weekday()] in self.weekdays

    def written(self) -> dict[str, Any]:
        """As in `scheduling.backup_sets`."""
        alarm: dict[str, Any] = {"repeat_at": [_clock(minutes) for minutes in self.times]}
        if self.type == "hourly":
            window = {"time_from": _clock(self.first), "time_to": _clock(self.last)}
            alarm = {"repeat_every": interval(self.step), "weekdays": list(self.weekdays)} | window
        elif self.type == "weekly":
            alarm = {"weekdays": list(self.weekdays)} | alarm
        elif self.type == "monthly":
            days = {"monthdays": list(self.monthdays), "include_last_day_of_month": self.last_day}
            alarm = {"months": list(self.months)} | days | alarm
        schedule = {"type": self.type, "prevent_sleep": True, "alarms": {"time": alarm}}
        return {"type": "auto", "schedule": schedule | {"conditions": dict.fromkeys(self.conditions, True)}}


def starts(sets: Sequence[BackupSet], zone: str, after: int, until: int) -> list[int]:
    """Every start in after..until, `after` itself not included, oldest first."""
    days = (until - after) // DAY + 2
    return list(takewhile(lambda at: at <= until, _coming(sets, zone, after, days)))


def next_start(sets: Sequence[BackupSet], zone: str, after: int) -> int | None:
    """None where none comes within a year."""
    return next(_coming(sets, zone, after, _HORIZON), None)


def read_sets(scheduling: object) -> tuple[BackupSet, ...]:
    """The sets of a plan that somebody creates. What is not understood is left out: such a plan starts nothing."""
    found = scheduling.get("backup_sets") if isinstance(scheduling, dict) and scheduling.get("enabled", True) else None
    try:
        return tuple(_read(each["schedule"]) for each in found or ())
    except (KeyError, TypeError, ValueError):
        return ()


def interval(minutes: int) -> dict[str, Any]:
    """A length of time as settings have it."""
    hours, rest = divmod(minutes, 60)
    return {"type": "minutes", "count": minutes} if rest or not hours else {"type": "hours", "count": hours}


@cache
def zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _coming(sets: Sequence[BackupSet], zone: str, after: int, days: int) -> Iterator[int]:
    if not sets:
        return
    place = zone_named(zone)
    first = datetime.fromtimestamp(after // SECOND, place).date()
    for day in (first + timedelta(days=number) for number in range(days + 1)):
        yield from sorted({at for one in sets for at in one.starts_on(day, place) if at > after})


def _at(day: date, minutes: int, zone: tzinfo) -> int:
    """24:00 is midnight at the end of the day."""
    later, minutes = divmod(minutes, 1440)
    moment = datetime.combine(day + timedelta(days=later), time(minutes // 60, minutes % 60), zone)
    return int(moment.timestamp()) * SECOND


def _clock(minutes: int) -> dict[str, int]:
    return {"hour": minutes // 60, "minute": minutes % 60}


def _minutes(clock: Mapping[str, int]) -> int:
    return int(clock.get("hour", 0)) * 60 + int(clock.get("minute", 0))


def _read(schedule: Mapping[str, Any]) -> BackupSet:
    alarm, kind = schedule["alarms"]["time"], str(schedule["type"]).lower()
    if kind not in TYPES:
        raise ValueError(kind)
    every = alarm.get("repeat_every") or {}
    return BackupSet(
        kind,
        tuple(_minutes(each) for each in alarm.get("repeat_at") or ()),
        tuple(alarm.get("weekdays") or WEEKDAYS),
        tuple(alarm.get("monthdays") or ()),
        last_day=bool(alarm.get("include_last_day_of_month")),
        months=tuple(alarm.get("months") or MONTHS),
        step=int(every.get("count", 1)) * (60 if every.get("type", "hours") == "hours" else 1),
        first=_minutes(alarm.get("time_from") or {}),
        last=_minutes(alarm.get("time_to") or {"hour": 23, "minute": 59}),
    )
