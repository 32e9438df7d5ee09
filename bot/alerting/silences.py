"""What fails no run, told as a run: what did not start or is gone, hangs, waits for a person, or saves nothing. Pure.

Each is told as a run of its own class, with a stable id and a code that no run of Acronis's bears (`Silence`), so that
it goes the way of a failure: fingerprint, lifecycle, severity, cards. What ends it is said in `lifecycle`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bot.alerting.fingerprint import run_of
from bot.alerting.silence_causes import NEVER_RAN
from bot.errorbook.questions import question
from bot.model import (
    HEALING,
    Cause,
    Kind,
    Policy,
    Progress,
    Resource,
    Result,
    Run,
    RunFact,
    Silence,
    Task,
    TaskState,
    silence_id,
)
from bot.model.plans import KnownAgent
from bot.model.values import dataclass

STILL_AFTER: Final = timedelta(hours=1)
"""Progress that has not changed for so long stands still."""
LONG_AFTER: Final = timedelta(hours=2)
"""A run is not too long before."""
EMPTY_ROW: Final = 3
"""So many runs in a row that saved nothing are no accident."""
_SPREADS: Final = 6
_LEAST_SPREAD: Final = timedelta(minutes=5)
_FEWEST: Final = 5  # lengths that show what is usual: of fewer the median deviation says nothing
_MANY: Final = 15  # of which it says enough
_MICROSECOND: Final = timedelta(microseconds=1)

_CONSOLE: Final = "Look at the run in Acronis's console; it can only be stopped there."
TOO_LONG: Final = Cause("It has been running much longer than usual.", entry="too long", step=_CONSOLE)
STANDS_STILL: Final = Cause("Its progress has stood still for an hour.", entry="stands still", step=_CONSOLE)
SAVES_NOTHING: Final = Cause(
    "Its last three runs ended well and saved nothing.",
    entry="saves nothing",
    step="Check in the plan what it backs up, and whether that is still there.",
)

AWAY: Final = Cause(
    "Its agent does not reach Acronis.",
    entry="silence-offline",
    step="Check whether the machine is on, and whether it reaches Acronis.",
)
DELETED: Final = Cause(
    "It was deleted in Acronis.",
    entry="silence-deleted",
    step="If that was meant, retire it. Else register it in Acronis's console again.",
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


def missed(task: Task, subject: str, due_at: datetime, cause: Cause, now: datetime) -> Run | None:
    """A run of `subject` that was due then and did not start; `task` is what it would have been."""
    id_ = silence_id(Silence.MISSED, subject, due_at)
    run = silence_of(replace(task, started_at=due_at), Silence.MISSED, id_, cause, now)
    return run and replace(run, subject=subject)


def offline(task: Task, subject: str, agent: KnownAgent, now: datetime) -> Run | None:
    """The same where its agent is away: one problem of the agent's, whatever it would run. Each plan is told once."""
    id_ = silence_id(Silence.OFFLINE, f"{agent.id}/{subject}", agent.offline_since)
    own = replace(task, type="agent", resource=Resource(agent.id, "agent", agent.name), policy=Policy(), plan="")
    run = silence_of(replace(own, name=agent.name), Silence.OFFLINE, id_, AWAY, now)
    return run and replace(run, subject=subject)


def never_ran(task: Task, since: datetime, now: datetime) -> Run | None:
    """A plan is on a workload since then, and has not run once; `task` is what it would have been."""
    id_ = silence_id(Silence.NEVER, f"{task.resource.id}/{task.policy.id}", since)
    return silence_of(replace(task, started_at=since), Silence.NEVER, id_, NEVER_RAN, now)


def vanished(task: Task, subject: str, at: datetime) -> Run | None:
    """What ran as `task` before is deleted, as was seen then, whatever plans were on it."""
    id_ = silence_id(Silence.VANISHED, task.resource.id or task.name, at)
    own = replace(task, policy=Policy(), plan="", started_at=at)
    run = silence_of(own, Silence.VANISHED, id_, DELETED, at)
    return run and replace(run, subject=subject)


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
    the longest of them. None where too few are known. Of few lengths the deviation is too small by chance: of five it
    counts twice, of ten half as much again."""
    lengths = [run.length // _MICROSECOND for run in runs if run.code in HEALING and run.length is not None]
    if len(lengths) < _FEWEST:
        return None
    middle = median(lengths)
    spread = max(median(abs(each - middle) for each in lengths), _LEAST_SPREAD // _MICROSECOND)
    spread *= max(1 + (_MANY - len(lengths)) / (_MANY - _FEWEST), 1)
    return max(timedelta(microseconds=max(middle + _SPREADS * spread, *lengths)), LONG_AFTER)


def saved(progress: Progress | None) -> int | None:
    """How many bytes a run has read or written, None where Acronis does not tell."""
    if progress is None:
        return None
    read, written = progress.bytes_processed, progress.bytes_saved
    return max(read, written) if read is not None and written is not None else written if read is None else read


def empty(task: Task, row: Sequence[tuple[datetime, int | None]]) -> Run | None:
    """`row` has the last runs of the same that went well, newest first, `task` among them: when they began, and what
    they saved."""
    last = row[:EMPTY_ROW]
    if task.kind is not Kind.BACKUP or len(last) < EMPTY_ROW or any(size != 0 for _, size in last):
        return None
    run = silence_of(task, Silence.EMPTY, silence_id(Silence.EMPTY, task.id), SAVES_NOTHING, task.ended_at)
    return run and replace(run, began_at=min(began for began, _ in last))
