"""How old the last good backup of a workload may get, and why (design §5). Pure.

`[[targets]]` where one is set; else so long that the next run, or the one after it, may still make a failed one good:
the gaps of the rhythm after the last good backup, and the usual length of a run; where the rhythm is unknown, the same
for all.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from bot.alerting.rhythm import gap_at
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from bot.model.values import dataclass

_WORKDAYS: Final = frozenset(range(5))
_WEEK: Final = 7
_DAY: Final = 1_440  # minutes
_NUMBERS: Final = ("no run", "one run", "two runs", "three runs", "four runs")


@dataclass(frozen=True, slots=True)
class Targets:
    """What the settings say: `own` is that of the first of `[[targets]]` that matches, `rest` is for what has no known
    rhythm, and `spare_runs` may fail of what has one."""

    own: timedelta | None = None
    rest: timedelta = timedelta(hours=48)
    spare_runs: int = 1


def target(targets: Targets, rhythm: Rhythm, at: datetime, usual: timedelta | None) -> timedelta:
    """`at` is when the last good backup began, or now where none is known; `usual` is the usual length of a run."""
    if targets.own is not None:
        return targets.own
    return by_rhythm(rhythm, at, usual, targets.spare_runs) or targets.rest


def by_rhythm(rhythm: Rhythm, at: datetime, usual: timedelta | None, spare_runs: int) -> timedelta | None:
    """None where the rhythm is unknown. A run may begin late: that is not the last good backup's fault."""
    gaps = gap_at(rhythm, at, 1 + spare_runs)
    if gaps is None or rhythm.schedule is None:
        return None
    return gaps + rhythm.schedule.random_delay + (usual or timedelta())


def why(targets: Targets, rhythm: Rhythm) -> str:
    """Where the target comes from, for a person: `the plan runs daily, one run may fail`."""
    if targets.own is not None:
        return "set for this in the settings"
    if rhythm.schedule is None:
        return f"when it is due is not known ({rhythm.why})" if rhythm.why else "when it is due is not known"
    spare = _NUMBERS[targets.spare_runs] if targets.spare_runs < len(_NUMBERS) else f"{targets.spare_runs} runs"
    because = f" ({rhythm.why})" if rhythm.why else ""
    return f"{in_words(rhythm)}, {spare} may fail{because}"


def in_words(rhythm: Rhythm) -> str:
    """`the plan runs daily`, `it usually runs daily`; "" where nobody knows."""
    if rhythm.schedule is None:
        return ""
    who = "the plan runs" if rhythm.source is RhythmSource.PLAN else "it usually runs"
    return f"{who} {how_often(rhythm.schedule)}"


def how_often(schedule: Schedule) -> str:
    """`daily`, `every 4 h`, `on working days`, `3 times a week`, `monthly`."""
    sets = [each for each in schedule.sets if each.minutes]
    if any(each.month_days or each.weeks or each.months for each in sets):
        is_one = len(sets) == 1 and len(sets[0].minutes) == 1 and not sets[0].months
        return "monthly" if is_one and _in_a_month(sets[0]) == 1 else "by the calendar"
    if len(sets) == 1:
        return _weekly(sets[0])
    return _times(sum(len(each.minutes) * _days(each) for each in sets), "a week")


def _in_a_month(times: StartTimes) -> int:
    return len(times.month_days) or len(times.weeks) * (len(times.weekdays) or _WEEK)


def _weekly(times: StartTimes) -> str:
    size, days = len(times.minutes), _days(times)
    a_day = _a_day(times.minutes)
    if days == _WEEK:
        return a_day or "daily"
    if times.weekdays == _WORKDAYS:
        return f"{a_day} on working days".lstrip()
    if size == 1:
        return "weekly" if days == 1 else _times(days, "a week")
    return f"{a_day} on {days} day{'s' if days > 1 else ''} a week"


def _a_day(minutes: Iterable[int]) -> str:
    """`every 4 h`, `hourly`, `every 30 min`, `3 times a day`; "" for once."""
    in_order = sorted(set(minutes))
    size = len(in_order)
    if size == 1:
        return ""
    step = _DAY // size
    if _DAY % size or any(after - before != step for before, after in pairwise(in_order)):
        return _times(size, "a day")
    if step == 60:
        return "hourly"
    return f"every {step // 60} h" if step % 60 == 0 else f"every {step} min"


def _days(times: StartTimes) -> int:
    return len(times.weekdays) or _WEEK


def _times(number: int, of: str) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times") + f" {of}"
