"""The schedule: APScheduler, with intervals that are counted in monotonic time.

APScheduler compares wall-clock times and means it so (its issues 351, 526 and 1066): a clock that is set back holds up
all jobs, and of one that is set forward each missed run is listed. So a trigger of our own knows when its job is due by
a clock that nobody sets. What APScheduler holds is worked out anew whenever the machine's clock was set.

Acronis's servers say whether a clock is right. They are asked after a start, and again after the clock was set.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.acronis import AcronisClient
from bot.errors import AcronisError, LeaseLost, StoreUnavailable
from bot.imports import left_out
from bot.model import Clock
from bot.store.guard import guarded

with left_out("concurrent.futures.process"):  # for schedulers that run their jobs in processes
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]

STEP = 1.0
"""Seconds: by less the clock was not set. Time synchronization slows it down or speeds it up."""
WRONG = timedelta(days=1)
"""By less a clock may be off: nothing is deleted or closed after a shorter time."""


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler carries no types
    """Each `interval`, the first time `after` so long. Runs that were missed are one run."""

    def __init__(self, interval: timedelta, after: timedelta) -> None:
        self._seconds = interval.total_seconds()
        self._due_at = time.monotonic() + after.total_seconds()
        self._run: datetime | None = None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """APScheduler asks twice for the run that follows `previous_fire_time`; it is counted once."""
        if previous_fire_time is not None and previous_fire_time != self._run:
            self._run = previous_fire_time
            late = max(time.monotonic() - self._due_at, 0.0)
            self._due_at += self._seconds * (1 + late // self._seconds)
        return self.due_at(now)

    def due_at(self, now: datetime) -> datetime:
        """By a wall clock that says `now`."""
        return now + timedelta(seconds=self._due_at - time.monotonic())

    def hasten(self) -> None:
        """It is due now."""
        self._due_at = time.monotonic()


class Schedule(AsyncIOScheduler):  # type: ignore[misc]
    """`steps` counts how often the machine's clock was set."""

    def __init__(self) -> None:
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        super().__init__(timezone="UTC", job_defaults=defaults)
        self.steps = 0
        self._offset = _offset()

    def every(self, interval: timedelta, name: str, job: Job, *, after: timedelta = timedelta()) -> None:
        self.add_job(job, Every(interval, after), id=name, name=name)

    def hasten(self, name: str) -> None:
        """The job is due now. Does nothing where there is none of this name."""
        job = self.get_job(name)
        if job is not None:
            job.trigger.hasten()
            self._retime(job)

    def wakeup(self) -> None:
        """APScheduler calls this whenever it looks for jobs that are due: at least each time that one of them is."""
        offset = _offset()
        if abs(offset - self._offset) >= STEP:
            log.warning("the machine's clock was set", seconds=round(offset - self._offset, 1))
            self.steps += 1
            self._offset = offset
            for job in self.get_jobs():
                if isinstance(job.trigger, Every):  # else it runs once, at once
                    self._retime(job)
        super().wakeup()

    def _retime(self, job: Any) -> None:
        self.modify_job(job.id, next_run_time=job.trigger.due_at(datetime.now(UTC)))


class Running:
    """The jobs that are at work, as tasks."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_finishing = False

    async def run(self, job: Job, name: str) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine runs in a task
        task.set_name(name)
        self._tasks.add(task)
        try:
            with guarded(None):  # of whoever made it due
                await job()
        except LeaseLost as error:
            log.info("job left to another process", job=name, reason=error.told)
        except asyncio.CancelledError:
            if not self._is_finishing:
                raise
        except StoreUnavailable as error:  # the store's watch tells the channel
            log.warning("job could not use the database", job=name, reason=error.told)
        finally:
            self._tasks.discard(task)

    async def finish(self, seconds: float) -> None:
        """Waits at most so long for the last to end; cuts off the others and waits until they have let go."""
        self._is_finishing = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            log.warning("job was cut off", job=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class TimeCheck:
    """Whether the clock may be believed where a wrong one does harm: old rows are deleted, silent alerts closed."""

    def __init__(self, clients: Collection[AcronisClient], clock: Clock, schedule: Schedule) -> None:
        self._clients = clients
        self._clock = clock
        self._schedule = schedule
        self._sure_after: int | None = None

    async def is_sure(self) -> bool:
        """False where the clock is wrong, and until an account has answered."""
        steps = self._schedule.steps
        for client in self._clients:
            if self._sure_after == steps:
                break
            try:
                if self._agrees(client.account, await client.served_at()):
                    self._sure_after = steps
            except AcronisError:
                continue
        return self._sure_after == steps

    def _agrees(self, account: str, served_at: datetime | None) -> bool:
        """A server that does not say what time it is cannot tell."""
        ahead = self._clock.now() - served_at if served_at else timedelta()
        if abs(ahead) >= WRONG:
            log.error("the clock is wrong: nothing is closed or deleted for its age", account=account, ahead=str(ahead))
        return abs(ahead) < WRONG


def _offset() -> float:
    return time.time() - time.monotonic()
