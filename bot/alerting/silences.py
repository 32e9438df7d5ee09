"""Silences of runs that are known: one that hangs, one that waits for a person, runs that save nothing. Pure.

Each is told as a run of its own class, with a stable id and a code that no run of Acronis's bears (`Silence`), so that
it goes the way of a failure: fingerprint, lifecycle, severity, cards. What ends it is said in `lifecycle`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bot.alerting.fingerprint import run_of
from bot.errorbook.questions import question
from bot.model import (
    HEALING,
    Cause,
    Kind,
    Progress,
    Result,
    Run,
    RunFact,
    Silence,
    Task,
    TaskState,
    silence_id,
)

STILL_AFTER: Final = timedelta(hours=1)
"""Progress that has not changed for so long stands still."""
LONG_AFTER: Final = timedelta(hours=2)
"""A run is not too long before."""
EMPTY_ROW: Final = 3
"""So many runs in a row that saved nothing are no accident."""
_SPREADS: Final = 6
_LEAST_SPREAD: Final = timedelta(minutes=5)
_FEWEST: Final = 3  # lengths that show what is usual
_MICROSECOND: Final = timedelta(microseconds=1)

_CONSOLE: Final = "Look at the run in Acronis's console; it can only be stopped there."
TOO_LONG: Final = Cause("It has been running much longer than usual.", entry="too long", step=_CONSOLE)
STANDS_STILL: Final = Cause("Its progress has stood still for an hour.", entry="stands still", step=_CONSOLE)
SAVES_NOTHING: Final = Cause(
    "Its last three runs ended well and saved nothing.",
    entry="saves nothing",
    step="Check in the plan what it backs up, and whether that is still there.",
)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A run that is not over, as the copy has it. `still_since` is when its progress changed last, None where it has
    shown none, or where that it stands still has been told."""

    task: Task
    still_since: datetime | None = None


def silence_of(task: Task, code: Silence, id_: str, cause: Cause, at: datetime) -> Run | None:
    """What is told of `task` as if it were a run that ended so at that moment. None where the rules count none."""
    over = replace(task, id=id_, state=TaskState.COMPLETED, result=Result(code.value), completed_at=at)
    run = run_of(over)
    return run and replace(run, cause=cause, began_at=min(task.began_at, at))


def waiting(task: Task) -> Run | None:
    """A run that is paused until somebody answers a question."""
    if not waits(task):
        return None
    id_ = silence_id(Silence.WAITS, task.id, task.updated_at)
    return silence_of(task, Silence.WAITS, id_, question(task.blockers), task.updated_at)


def waits(task: Task) -> bool:
    return task.state == TaskState.PAUSED and bool(task.blockers)


def stuck(going: UnderWay, runs: Sequence[RunFact], now: datetime) -> Run | None:
    """A run that does not end, judged by earlier runs of the same, newest first. What is paused or queued hangs not."""
    task = going.task
    if task.state != TaskState.STARTED or task.started_at is None:
        return None
    if going.still_since is not None and now - going.still_since >= STILL_AFTER:
        id_ = silence_id(Silence.STUCK, task.id, going.still_since)
        return silence_of(task, Silence.STUCK, id_, STANDS_STILL, now)
    longest = longest_usual(runs)
    if longest is None or now - task.started_at <= longest:
        return None
    return silence_of(task, Silence.STUCK, silence_id(Silence.STUCK, task.id), TOO_LONG, now)


def longest_usual(runs: Sequence[RunFact]) -> timedelta | None:
    """A run that takes longer hangs: the median and six median deviations of those that went well, and not less than
    the longest of them. None where too few are known."""
    lengths = [run.length // _MICROSECOND for run in runs if run.code in HEALING and run.length is not None]
    if len(lengths) < _FEWEST:
        return None
    middle = median(lengths)
    spread = max(median(abs(each - middle) for each in lengths), _LEAST_SPREAD // _MICROSECOND)
    return max(timedelta(microseconds=max(middle + _SPREADS * spread, *lengths)), LONG_AFTER)


def saved(progress: Progress | None) -> int | None:
    """How many bytes a run has read or written, None where Acronis does not tell."""
    known = (progress.bytes_processed, progress.bytes_saved) if progress else ()
    return max((each for each in known if each is not None), default=None)


def empty(task: Task, row: Sequence[tuple[datetime, int | None]]) -> Run | None:
    """`row` has the last runs of the same that went well, newest first, `task` among them: when they began, and what
    they saved."""
    last = row[:EMPTY_ROW]
    if task.kind is not Kind.BACKUP or len(last) < EMPTY_ROW or any(size != 0 for _, size in last):
        return None
    run = silence_of(task, Silence.EMPTY, silence_id(Silence.EMPTY, task.id), SAVES_NOTHING, task.ended_at)
    return run and replace(run, began_at=min(began for began, _ in last))
