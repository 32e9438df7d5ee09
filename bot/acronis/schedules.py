"""A backup plan's settings → when it starts, and how it tries again (acronis-plans §4). Pure; never raises.

Acronis documents weekly schedules only. The names of the rest (`repeat_every`, `time_from`, `monthdays` and so on) are
those of the same settings at a reseller who publishes all of them (yandex-cloud/docs, backup/v1 Policy). A set of
backups holds `schedule` with `type`, `conditions` and `alarms.time`, or `time` at its top.

    hourly    repeat_every {type, count}, from time_from to time_to, or repeat_at
    daily     repeat_at [{hour, minute}, …]
    weekly    repeat_at, weekdays [mon, …]
    monthly   repeat_at, monthdays [1, …], include_last_day_of_month, or weekdays and weeks; months
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from bot.acronis.days import NOT_READABLE, Unreadable, month_days, months, numbers, weekdays, weeks
from bot.errorbook.explain import clean
from bot.model.plans import Retry, Schedule, StartTimes
from bot.model.values import dataclass

Raw = dict[str, Any]

_MOST_SETS = 50
_MOST_STARTS = 100
_TOO_MANY = "its schedule has too many parts"
_MOST_TIMES = 1440
_MINUTES_A_DAY = 1440
_MOST_REMEMBERED = 256
_LAST_HOUR, _LAST_MINUTE = 23, 59
_LONGEST = timedelta(days=366)
_MOST_TRIES = 10_000
_MOST_DAYS = 36_500
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_PERIODS = {"weekly": timedelta(weeks=1), "monthly": timedelta(days=31)}
_TYPES = {
    "hourly": "hourly",
    "interval": "hourly",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
}
_BY_HAND = frozenset({"manual", "manually", "none", "by_hand", "on_demand"})


@dataclass(frozen=True, slots=True)
class Timing:
    """`schedule` is None where there is none, or none that can be read; then `why_unknown` says why, for a person."""

    schedule: Schedule | None = None
    why_unknown: str = ""
    retry: Retry | None = None
    most_days: int | None = None


def timing_of(settings: Any) -> Timing:
    """Of a backup policy's `settings`."""
    if not isinstance(settings, dict) or not settings:
        return Timing(why_unknown="Acronis does not show its settings")
    scheduling = settings.get("scheduling")
    retry = _retry(_part(scheduling, "task_failure"))
    most_days = _most_days(_part(settings, "alerts"))
    try:
        return Timing(_schedule(scheduling), "", retry, most_days)
    except Unreadable as error:
        return Timing(None, str(error), retry, most_days)


def _schedule(scheduling: Any) -> Schedule | None:
    """None where it is run by hand."""
    if scheduling is None:
        return None
    if not isinstance(scheduling, dict):
        raise Unreadable(NOT_READABLE)
    if scheduling.get("enabled") is False or _word(scheduling.get("scheme")) in _BY_HAND:
        return None
    sets = scheduling.get("backup_sets")
    if not isinstance(sets, list) or not sets:
        raise Unreadable("its schedule is empty")
    if len(sets) > _MOST_SETS:
        raise Unreadable(_TOO_MANY)
    found = [_Set(each) for each in sets]
    timed = [each for each in found if each.kind not in _BY_HAND]
    if not timed:
        return None
    starts = list(islice((start for each in timed for start in each.starts()), _MOST_STARTS + 1))
    if len(starts) > _MOST_STARTS:
        raise Unreadable(_TOO_MANY)
    delays = [_delay(scheduling.get("rand_max_delay")), *(each.delay() for each in timed)]
    return Schedule(tuple(dict.fromkeys(starts)), max(delays), any(each.is_conditional for each in timed))


class _Set:
    """One set of backups. Raises Unreadable where it is of no shape that we know."""

    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, dict):
            raise Unreadable(NOT_READABLE)
        self._schedule = _dict_or(raw.get("schedule"), raw)
        self._alarms = list(_alarms(self._schedule))
        self._times = [time for alarm in self._alarms for time in _listed(alarm.get("time"))]
        own = "" if self._schedule is raw else self._schedule.get("type")
        self.kind = _word(own or next((time.get("type") for time in self._times if time.get("type")), ""))

    @property
    def is_conditional(self) -> bool:
        """Whether a condition is set. One that is switched off is none."""
        conditions = self._schedule.get("conditions")
        if isinstance(conditions, dict):
            return any(map(_is_set, conditions.values()))
        return any(map(_is_set, conditions)) if isinstance(conditions, list) else bool(conditions)

    def delay(self) -> timedelta:
        places = (self._schedule, *self._alarms, *self._times)
        return max((_delay(place.get("rand_max_delay")) for place in places), default=timedelta())

    def starts(self) -> Iterator[StartTimes]:
        if self.kind and self.kind not in _TYPES:
            raise Unreadable(f"its schedule is of a kind that the bot does not know ({clean(self.kind[:64])})")
        if not self._times:
            event = next((name for alarm in self._alarms for name in alarm if name != "time"), "")
            raise Unreadable(
                f"it does not start by the clock ({clean(event[:64])})"
                if event
                else "its schedule names no time of day"
            )
        for time in self._times:
            yield from _starts(time, _TYPES.get(self.kind, ""))


def _starts(time: Raw, kind: str) -> Iterator[StartTimes]:
    kind = kind or _guessed(time)
    on = weekdays(time.get("weekdays"))
    in_months = months(time.get("months"))
    if kind == "monthly":
        yield from _monthly(time, on, in_months)
    elif kind == "weekly" and not on:
        raise Unreadable("its schedule names no day of the week")
    else:
        for minutes, shift in _minutes(time, kind):
            yield StartTimes(minutes, frozenset((day + shift) % 7 for day in on), months=in_months)


def _monthly(time: Raw, on: frozenset[int], in_months: frozenset[int]) -> Iterator[StartTimes]:
    in_weeks, days = weeks(time), month_days(time)
    if not days and not (on and in_weeks):
        raise Unreadable("its schedule names no day of the month")
    for minutes, shift in _minutes(time, "monthly"):
        if shift:
            raise Unreadable("its schedule goes on past midnight")
        if days:
            yield StartTimes(minutes, month_days=days, months=in_months)
        if on and in_weeks:
            yield StartTimes(minutes, weekdays=on, months=in_months, weeks=in_weeks)


def _guessed(time: Raw) -> str:
    """What kind it is, where Acronis does not say."""
    if month_days(time) or weeks(time):
        return "monthly"
    if time.get("weekdays"):
        return "weekly"
    return "hourly" if time.get("repeat_every") and not time.get("repeat_at") else "daily"


def _minutes(time: Raw, kind: str) -> list[tuple[tuple[int, ...], int]]:
    """Minutes of a day, and by how many days they come after the day that is named: none or one."""
    at, every = time.get("repeat_at"), time.get("repeat_every")
    if every and (kind == "hourly" or not at):
        return _repeated(time, every)
    if not isinstance(at, list) or not at:
        raise Unreadable("its schedule names no time of day")
    if _skips(every, kind):
        raise Unreadable("its schedule leaves days out in a way that the bot cannot read")
    if len(at) > _MOST_TIMES:
        raise Unreadable("its schedule names too many times of day")
    return [(tuple(sorted({_clock(each) for each in at})), 0)]


def _skips(every: Any, kind: str) -> bool:
    """Whether it does not start each day, week or month, or that cannot be told."""
    if not isinstance(every, dict) or every.get("count") in (None, 0, "0", ""):
        return False
    step = _interval(every)
    return step is None or step > _PERIODS.get(kind, timedelta(days=1))


def _repeated(time: Raw, every: Any) -> list[tuple[tuple[int, ...], int]]:
    """Each day anew from `time_from` to `time_to`, which may be on the next day; without them all day long."""
    step = _interval(every)
    if step is None or step % timedelta(minutes=1) or not timedelta() < step <= timedelta(days=1):
        raise Unreadable("its schedule repeats in steps that the bot cannot read")
    begin, end = (_clock(time[name]) if time.get(name) is not None else None for name in ("time_from", "time_to"))
    first = begin or 0
    last = _MINUTES_A_DAY - 1 if end is None else end
    last += _MINUTES_A_DAY if last < first else 0
    if last - first >= _MINUTES_A_DAY:
        raise Unreadable(NOT_READABLE)
    today, tomorrow = _split(first, last, step // timedelta(minutes=1))
    return [(minutes, shift) for minutes, shift in ((today, 0), (tomorrow, 1)) if minutes]


@lru_cache(_MOST_REMEMBERED)
def _split(first: int, last: int, step: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The minutes of the day that is named, and those of the next day."""
    every = range(first, last + 1, step)
    today = tuple(minute for minute in every if minute < _MINUTES_A_DAY)
    return today, tuple(minute - _MINUTES_A_DAY for minute in every if minute >= _MINUTES_A_DAY)


def _clock(raw: Any) -> int:
    """Minutes from midnight, from `{hour, minute}` or `21:00`. Raises Unreadable for 24:00 and what is no time."""
    if isinstance(raw, str):
        hour, _, minute = raw.strip()[:8].partition(":")
        parts = [hour, minute.partition(":")[0]]
    elif isinstance(raw, dict) and not {"hour", "minute"}.isdisjoint(raw):
        parts = [raw.get("hour", 0), raw.get("minute", 0)]
    else:
        raise Unreadable("its schedule names a time of day that the bot cannot read")
    found = numbers(parts)
    if not (0 <= found[0] <= _LAST_HOUR and 0 <= found[1] <= _LAST_MINUTE):
        raise Unreadable("its schedule names a time that no day has")
    return found[0] * 60 + found[1]


def _delay(raw: Any) -> timedelta:
    """None is no delay. Raises Unreadable where there is one whose length is not known: it would be taken for late."""
    if raw in (None, "", {}) or (isinstance(raw, dict) and raw.get("enabled") is False):
        return timedelta()
    found = _interval(raw)
    if found is None:
        raise Unreadable("its random delay cannot be read")
    return found


def _interval(raw: Any) -> timedelta | None:
    """From `{type, count}`, of at most a year; None where it is none."""
    if not isinstance(raw, dict):
        return None
    unit = _UNITS.get(_word(raw.get("type")).removesuffix("s"))
    try:
        (count,) = numbers([raw.get("count")])
    except Unreadable:
        return None
    if unit is None or not 0 <= count <= _LONGEST // unit:
        return None
    return unit * count


def _retry(raw: Any) -> Retry | None:
    if not isinstance(raw, dict) or raw.get("enabled") is False:
        return None
    interval = _interval(raw.get("interval"))
    most = _counted(raw.get("max_attempts"), _MOST_TRIES)
    return Retry(interval, most) if interval and most else None


def _most_days(raw: Any) -> int | None:
    if not isinstance(raw, dict) or raw.get("enabled") is not True:
        return None
    return _counted(raw.get("max_days_without_backup"), _MOST_DAYS)


def _counted(raw: Any, most: int) -> int | None:
    try:
        (found,) = numbers([raw])
    except Unreadable:
        return None
    return found if 0 < found <= most else None


def _alarms(schedule: Raw) -> Iterator[Raw]:
    """What starts it: `alarms`, an object or a list of them; else the schedule itself."""
    alarms = schedule.get("alarms")
    if alarms is not None:
        return iter(_listed(alarms))
    return iter([schedule] if "time" in schedule else [{"time": schedule}] if "repeat_at" in schedule else [])


def _listed(raw: Any) -> list[Raw]:
    """The objects of a list, or the one object."""
    many = raw if isinstance(raw, list) else [raw]
    return [each for each in many[:_MOST_SETS] if isinstance(each, dict) and each]


def _is_set(condition: Any) -> bool:
    return bool(condition) and not (isinstance(condition, dict) and condition.get("enabled") is False)


def _dict_or(raw: Any, other: Raw) -> Raw:
    return raw if isinstance(raw, dict) else other


def _part(raw: Any, name: str) -> Any:
    return raw.get(name) if isinstance(raw, dict) else None


def _word(raw: Any) -> str:
    return raw.strip().lower() if isinstance(raw, str) else ""
