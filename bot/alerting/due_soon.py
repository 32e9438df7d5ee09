"""What is due within the next hours, and what of it is at risk. Pure."""

from datetime import datetime, timedelta
from typing import Final

from bot.alerting.rhythm import EARLY, next_due
from bot.model.plans import Rhythm
from bot.model.values import dataclass

AHEAD: Final = timedelta(hours=12)
"""So far ahead is *tonight*."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What is known of one workload. `due_at` is the start that is awaited: its run may have begun already. `misses_at`
    is when its last good backup is as old as its target. `usual` is how long its runs take."""

    rhythm: Rhythm
    due_at: datetime | None = None
    last_run_at: datetime | None = None
    misses_at: datetime | None = None
    usual: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`due_at` is None where no run is due in time; then the last good backup gets too old before one is."""

    due_at: datetime | None
    is_at_risk: bool


def due_soon(known: Coming, now: datetime, until: datetime) -> Upcoming | None:
    """None where nothing is due until then, and nothing gets too old. What is too old already is no risk any more."""
    due_at = _start(known)
    misses_at = known.misses_at if known.misses_at is not None and known.misses_at > now else None
    if due_at is None or due_at > until:
        is_soon = misses_at is not None and misses_at <= until
        return Upcoming(None, is_at_risk=True) if is_soon else None
    return Upcoming(due_at, misses_at is not None and _fails(known, due_at, misses_at))


def _start(known: Coming) -> datetime | None:
    """The start whose run has not begun."""
    due_at = known.due_at
    if due_at is not None and known.last_run_at is not None and known.last_run_at >= due_at - EARLY:
        return next_due(known.rhythm, due_at)
    return due_at


def _fails(known: Coming, due_at: datetime, misses_at: datetime) -> bool:
    """Whether the target is missed, if the run that is due fails: the one after it has to end before. Equal is late."""
    after = next_due(known.rhythm, due_at)
    return after is None or after + known.usual >= misses_at
