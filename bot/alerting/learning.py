"""When a plan is due, learned from the starts of its runs: by their clock times and weekdays. Pure.

A run off that rhythm does not move it: one by hand at noon, a new try after a failure, one that came hours late. A
clock time counts where most of the last weekdays that it is for had a run then; a weekend that was never seen is not
expected. Nothing is learned from fewer than five starts.
"""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import Final, NamedTuple, TypeVar

from bot.alerting.rhythm import CHANGING, MOVED, gap_at, is_of, is_offset, next_due
from bot.alerting.schedule import zone_of
from bot.model import FAILED, RunFact
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from bot.model.zones import local_of

FEWEST: Final = 5
"""Starts that show a rhythm, and a clock time of it."""
LOOKED_BACK: Final = timedelta(days=56)
"""What lies further back counts only where there are fewer starts: plans are changed."""
CONTRADICTED: Final = timedelta(hours=1)
"""A start that lies further behind every one of a schedule is not of it."""

_SOON: Final = 3  # a run that follows a failure in less than this part of the usual gap is a new try
_APART: Final = 45  # minutes between clock times of two different starts
_MOST: Final = 0.6  # of the days that a clock time is for
_HALF: Final = 0.5  # of one weekday, where so many of it are known as are looked at
_LATELY: Final = 4  # so many of each weekday are looked at
_NEAR: Final = timedelta(minutes=15)
_DEAD: Final = 3  # a clock time that so many days in a row had no run is over
_BREAK: Final = 15  # days without a run after which what was before does not count
_DAY: Final = 1_440  # minutes
_STEP: Final = 5  # minutes, to which clock times are rounded
_SAME: Final = 20  # minutes
_WEEKEND: Final = frozenset({5, 6})
_MONTH: Final = range(27, 33)  # days between two monthly runs
_ALIKE: Final = 0.8
_AS_BAD: Final = timedelta(hours=10)  # of spread, as if no start fitted
_OF_LATE: Final = 0.3  # what the last ten starts weigh besides: the first after a change of clocks shows the zone
_CLEARLY: Final = 0.03  # so much better fits a zone that takes the place of the machine's
_K = TypeVar("_K")


class _Clock(NamedTuple):
    """Starts that have one clock time, `minute` of `_Local`'s day, and the days of it on which they came."""

    minute: int
    spread: int
    days: tuple[int, ...]


class _Local(NamedTuple):
    """Starts by a zone's clock, in order. Days begin at `cut`, a minute of the day at which none of them is near."""

    cut: int
    days: tuple[int, ...]  # ordinals
    minutes: tuple[int, ...]  # of the day


def learn(runs: Sequence[RunFact], zone: str) -> Rhythm:
    """The rhythm of these runs, which are newest first. `zone` is that of the machine's clock.

    What runs by another clock, as services do, is seen where clocks were changed meanwhile.
    """
    starts = first_tries(runs)
    if len(starts) < FEWEST:
        return Rhythm(zone=zone, why=f"only {len(starts)} of its starts known, {FEWEST} are needed")
    found = [each for name in _zones(zone, starts) if (each := _learned(starts, name)) is not None]
    if not found:
        return Rhythm(zone=zone, why="its runs come at no times that repeat")
    if len(found) == 1:
        return found[0]
    return min(found, key=lambda each: _misfit(each, starts) + (each.zone != zone) * _CLEARLY)


def first_tries(runs: Sequence[RunFact]) -> list[datetime]:
    """The starts, oldest first, without new tries soon after a failure. `runs` are newest first."""
    if len(runs) < 2:
        return [run.began_at for run in runs]
    oldest_first = runs[::-1]
    gaps = [after.began_at - before.began_at for before, after in pairwise(oldest_first) if before.code not in FAILED]
    soon = median_low(gaps or [after.began_at - before.began_at for before, after in pairwise(oldest_first)]) / _SOON
    return [oldest_first[0].began_at] + [
        after.began_at
        for before, after in pairwise(oldest_first)
        if before.code not in FAILED or after.began_at - before.began_at >= soon
    ]


def contradicts(runs: Sequence[RunFact], rhythm: Rhythm) -> bool:
    """Whether none of the last five or more starts is of the schedule, so that it is not what the runs follow."""
    starts = first_tries(runs)[-2 * FEWEST :]
    return len(starts) >= FEWEST and not any(is_of(rhythm, at, CONTRADICTED) for at in starts)


def clock_shown_at(rhythm: Rhythm, runs: Sequence[RunFact]) -> datetime | None:
    """The last of the runs, newest first, that came by the rhythm's clock. Where none did, the first that is known."""
    starts = [run.began_at for run in runs]
    return next((at for at in starts if is_of(rhythm, at, _NEAR)), starts[-1] if starts else None)


def is_same(one: Rhythm, other: Rhythm) -> bool:
    """Whether the same starts are expected, learned ones but for some minutes: then nothing begins anew.

    A zone that takes the place of an offset is the one that the offset was of.
    """
    if one.schedule is None or other.schedule is None:
        return one.schedule is other.schedule
    is_zone = one.zone == other.zone or (is_offset(one.zone) and not is_offset(other.zone))
    if one.source is not other.source or not is_zone:
        return False
    if one.source is not RhythmSource.LEARNED or len(one.schedule.sets) != len(other.schedule.sets):
        return one.schedule == other.schedule
    return all(map(_is_about, one.schedule.sets, other.schedule.sets))


def by_other_clock(one: Rhythm, other: Rhythm, due: datetime) -> datetime | None:
    """The start of the other learned rhythm that is the first one's, due then, by another clock; None where none is."""
    if not one.source is other.source is RhythmSource.LEARNED:
        return None
    gaps = [gap for each in (one, other) if (gap := gap_at(each, due)) is not None]
    start = next_due(other, due - MOVED - timedelta.resolution)
    is_it = start is not None and start <= due + MOVED and min(gaps, default=timedelta()) > 2 * MOVED
    return start if is_it else None


def _is_about(one: StartTimes, other: StartTimes) -> bool:
    days = [(each.weekdays, each.month_days, each.weeks) for each in (one, other)]
    if days[0] != days[1] or len(one.minutes) != len(other.minutes):
        return False
    return all(abs(a - b) <= _SAME for a, b in zip(one.minutes, other.minutes, strict=True))


def _zones(name: str, starts: Sequence[datetime]) -> Iterator[str]:
    """The zone, and of those whose clocks were changed otherwise between these starts one each.

    Weeks lie between the changes of two zones: what differs may differ for a few of the starts only.
    """
    seen = set[tuple[timedelta, ...]]()
    days = list(dict.fromkeys(at.toordinal() for at in starts))
    for each in (name, "UTC", *CHANGING):
        if zone_of(each) is None:
            continue
        offsets = [_offset(each, day) for day in days]
        changes = tuple(offset - offsets[0] for offset in offsets)
        if changes not in seen:
            yield each
        seen.add(changes)


@lru_cache(maxsize=8_192)
def _offset(name: str, day: int) -> timedelta:
    """Of a zone's clock at noon of that day."""
    noon = datetime.combine(date.fromordinal(day), time(12), UTC)
    return noon.astimezone(zone_of(name)).utcoffset() or timedelta()


def _learned(starts: Sequence[datetime], name: str) -> Rhythm | None:
    zone = zone_of(name)
    if zone is None:
        return None
    recent = [at for at in starts if at >= starts[-1] - LOOKED_BACK]
    local = _local(recent if len(recent) >= FEWEST else starts, zone)
    regular = _regular(local)
    clocks = regular or _split(local)
    times = [(each, days) for each in clocks if (days := _weekdays(each, local))]
    if times and _share(found := _rhythm(times, local.cut, name), starts[-2 * FEWEST :]) >= _HALF:
        return found
    if regular and (days := _pooled(regular, local)):
        return _rhythm([(each, days) for each in regular], local.cut, name)
    return _monthly(_local(starts, zone), name)


def _misfit(rhythm: Rhythm, starts: Sequence[datetime]) -> float:
    """How badly a zone fits: by the share of starts that are none of its rhythm, the last ones above all, and by how
    late they come. A wide spread takes in runs by hand too, in any zone."""
    strays, of_late = (1 - _share(rhythm, some) for some in (starts, starts[-2 * FEWEST :]))
    return strays + _OF_LATE * of_late + rhythm.spread / _AS_BAD


def _share(rhythm: Rhythm, starts: Sequence[datetime]) -> float:
    """How many of these are starts of the rhythm."""
    return sum(is_of(rhythm, at, _NEAR) for at in starts) / len(starts)


def _local(starts: Sequence[datetime], zone: tzinfo) -> _Local:
    local = [local_of(at, zone) for at in starts]
    minutes = sorted({at.hour * 60 + at.minute for at in local})
    gaps = [(after - before) % _DAY or _DAY for before, after in pairwise([*minutes, minutes[0]])]
    cut = minutes[(gaps.index(max(gaps)) + 1) % len(minutes)]
    moved = [at - timedelta(minutes=cut) for at in local]
    return _Local(cut, tuple(at.toordinal() for at in moved), tuple(at.hour * 60 + at.minute for at in moved))


# ── which clock times ──


def _split(local: _Local) -> list[_Clock]:
    """Clock times, each with a gap before it and after it."""
    in_order = sorted(zip(local.minutes, local.days, strict=True))
    groups = [[in_order[0]]]
    for before, after in pairwise(in_order):
        if after[0] - before[0] >= _APART:
            groups.append([])
        groups[-1].append(after)
    return [_clock([minute for minute, _ in group], {day for _, day in group}) for group in groups]


def _regular(local: _Local) -> list[_Clock]:
    """Clock times that lie as far apart as the starts usually do, a part of the day; none where they do not repeat."""
    moments = [day * _DAY + minute for day, minute in zip(local.days, local.minutes, strict=True)]
    gaps = [after - before for before, after in pairwise(moments)]
    usual = median_low(gaps)
    if not 0 < usual <= _DAY * 5 / 8:
        return []
    step = _DAY // round(_DAY / usual)
    near = max(step // 6, _STEP)
    if _DAY % step or sum(abs(gap - step) <= near for gap in gaps) < len(gaps) * _MOST:
        return []
    phase = _local_phase([minute % step for minute in local.minutes], step)
    slots = defaultdict[int, list[tuple[int, int]]](list)
    for moment in moments:
        day, minute = divmod(moment - phase, _DAY)
        slots[minute // step].append((day, minute % step))
    late = sorted(minute for slot in slots.values() for _, minute in slot)
    spread = _rounded_up(late[len(late) * 9 // 10])
    if spread > step // 2:
        return []
    return [
        _Clock(slot * step + phase, spread, tuple(sorted({day for day, _ in slots[slot]}))) for slot in sorted(slots)
    ]


def _local_phase(minutes: Sequence[int], step: int) -> int:
    """The minute of the step, rounded down, at which most starts begin: behind the largest gap."""
    in_order = sorted(set(minutes))
    gaps = [(after - before) % step or step for before, after in pairwise([*in_order, in_order[0]])]
    first = in_order[(gaps.index(max(gaps)) + 1) % len(in_order)]
    return first - first % _STEP


def _clock(minutes: Sequence[int], days: Collection[int]) -> _Clock:
    """Most starts lie between the clock time and its spread."""
    in_order = sorted(minutes)
    first, last = in_order[len(in_order) // 10], in_order[(len(in_order) * 9 - 1) // 10]
    minute = first - first % _STEP
    return _Clock(minute, _rounded_up(last - minute), tuple(sorted(days)))


def _rounded_up(minutes: int) -> int:
    return -(-minutes // _STEP) * _STEP


# ── on which days ──


def _weekdays(clock: _Clock, local: _Local) -> frozenset[int]:
    """The weekdays of `local`'s days that have this time; none where it is no rhythm."""
    days = _unbroken(clock.days)
    last = local.days[-1] - (clock.minute > local.minutes[-1])  # later today is still to come
    by_weekday = [range(last - (last - weekday - 1) % 7, days[0] - 1, -7)[:_LATELY] for weekday in range(7)]
    hits = set(days)
    share = [sum(day in hits for day in those) / (len(those) or 1) for those in by_weekday]
    found = {
        weekday
        for weekday, those in enumerate(by_weekday)
        if share[weekday] >= (_MOST if len(those) < _LATELY else _HALF)
    }
    expected = [day for day in range(last, days[0] - 1, -1) if (day - 1) % 7 in found]
    of_all = sum(share[weekday] for weekday in found) >= _MOST * len(found)
    if len(days) < FEWEST or not of_all or not any(day in hits for day in expected[:_DEAD]):
        return frozenset()
    return _with_unseen(found, {weekday for weekday, those in enumerate(by_weekday) if those})


def _pooled(clocks: Sequence[_Clock], local: _Local) -> frozenset[int]:
    """Where there is too little of each clock time: the weekdays that had most of all of them."""
    first, last = (
        day * _DAY + minute for day, minute in ((local.days[0], local.minutes[0]), (local.days[-1], local.minutes[-1]))
    )
    hits = Counter((day - 1) % 7 for each in clocks for day in each.days)
    slots = Counter(
        (day - 1) % 7
        for each in clocks
        for day in range(local.days[0], local.days[-1] + 1)
        if first <= day * _DAY + each.minute + each.spread and day * _DAY + each.minute <= last
    )
    found = {weekday for weekday, size in slots.items() if hits[weekday] >= _MOST * size}
    if sum(hits.values()) < FEWEST:
        return frozenset()
    return _with_unseen(found, set(slots))


def _with_unseen(found: set[int], seen: Collection[int]) -> frozenset[int]:
    """In the first week a day that did not come yet is taken for one like the others, a weekend only for another."""
    if not found:
        return frozenset()
    likely = {day for day in range(7) if day not in seen and (day not in _WEEKEND or found & _WEEKEND)}
    return frozenset(found | likely)


def _unbroken(days: Sequence[int]) -> Sequence[int]:
    """Those since the last long break."""
    for place in range(len(days) - 1, 0, -1):
        if days[place] - days[place - 1] > _BREAK:
            return days[place:]
    return days


# ── the rhythm ──


def _rhythm(times: Iterable[tuple[_Clock, frozenset[int]]], cut: int, zone: str) -> Rhythm:
    """By the clock's own days: a time past midnight is the next day's."""
    sets, spread = defaultdict[frozenset[int], set[int]](set), 0
    for clock, weekdays in times:
        over, minute = divmod((clock.minute + cut) // _STEP * _STEP, _DAY)
        days = frozenset((day + over) % 7 for day in weekdays)
        sets[days if len(days) < 7 else frozenset()].add(minute)
        spread = max(spread, clock.spread)
    in_order = sorted((tuple(sorted(minutes)), sorted(days)) for days, minutes in sets.items())
    schedule = Schedule(tuple(StartTimes(minutes, frozenset(days)) for minutes, days in in_order))
    return Rhythm(RhythmSource.LEARNED, schedule, zone, timedelta(minutes=spread))


def _monthly(local: _Local, zone: str) -> Rhythm | None:
    """By the day of the month, from its end too, or by its weekday."""
    gaps = [after - before for before, after in pairwise(local.days)]
    clock = _clock(local.minutes, local.days)
    if median_low(gaps) not in _MONTH or clock.spread > 3 * 60:
        return None
    over, minute = divmod((clock.minute + local.cut) // _STEP * _STEP, _DAY)
    dates = [datetime.fromordinal(day + over) for day in local.days]
    lasts = [monthrange(at.year, at.month)[1] for at in dates]
    weeks = [(at.weekday(), (at.day - 1) // 7 + 1) for at in dates]
    ends = [(at.weekday(), at.day + 7 > last) for at, last in zip(dates, lasts, strict=True)]
    times: StartTimes | None = None
    if all(at.day == last for at, last in zip(dates, lasts, strict=True)):
        times = StartTimes((minute,), month_days=frozenset({-1}))
    elif (day := _mode([at.day for at in dates])) is not None:
        times = StartTimes((minute,), month_days=frozenset({day}))
    elif (nth := _mode(weeks)) is not None:
        times = StartTimes((minute,), frozenset({nth[0]}), weeks=frozenset({nth[1]}))
    elif (end := _mode(ends)) is not None and end[1]:
        times = StartTimes((minute,), frozenset({end[0]}), weeks=frozenset({-1}))
    if times is None:
        return None
    return Rhythm(RhythmSource.LEARNED, Schedule((times,)), zone, timedelta(minutes=clock.spread))


def _mode(values: Sequence[_K]) -> _K | None:
    """The value that nearly all have."""
    ((value, size),) = Counter(values).most_common(1)
    return value if size >= _ALIKE * len(values) else None
