"""A schedule as text of JSON, and back. Only what differs from a schedule's defaults is written."""

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from bot.model.plans import Schedule, StartTimes

_DAYS = ("weekdays", "month_days", "months", "weeks")


def schedule_text(schedule: Schedule | None) -> str:
    """The same schedule has the same text. "" for None."""
    if schedule is None:
        return ""
    sets = [
        {"minutes": each.minutes} | {name: sorted(days) for name in _DAYS if (days := getattr(each, name))}
        for each in schedule.sets
    ]
    value: dict[str, Any] = {"sets": sets}
    if schedule.random_delay:
        value["delay"] = schedule.random_delay // timedelta(microseconds=1)
    if schedule.is_conditional:
        value["conditional"] = True
    return json.dumps(value, separators=(",", ":"))


def schedule_of(text: str) -> Schedule | None:
    if not text:
        return None
    value = json.loads(text)
    return Schedule(
        tuple(_start_times(each) for each in value["sets"]),
        timedelta(microseconds=value.get("delay", 0)),
        value.get("conditional", False),
    )


def _start_times(value: dict[str, Any]) -> StartTimes:
    return StartTimes(tuple(value["minutes"]), *(_days(tuple(value.get(name, ()))) for name in _DAYS))


@lru_cache(maxsize=256)
def _days(days: tuple[int, ...]) -> frozenset[int]:
    """Few sets of days are those of thousands of plans: each is kept once."""
    return frozenset(days)
