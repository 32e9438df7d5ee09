"""One task or activity: live, or the copy's row where Acronis does not give it; and what is known around a task."""

import asyncio
from datetime import datetime
from typing import Final

from bot.errors import AcronisError
from bot.model import Activity, Clock, Details, Found, Origin, Task, TaskQuery
from bot.services.covering import Covers
from bot.services.from_copy import Copy
from bot.services.live import Live
from bot.services.wording import away

STEPS_READ: Final = 300
STEPS_SECONDS: Final = 4.0
"""What the activities beside a task's details may cost: the rest of the details waits for them."""


class Single:
    def __init__(self, live: Live, copy: Copy, covers: Covers, clock: Clock) -> None:
        self._live = live
        self._copy = copy
        self._covers = covers
        self._clock = clock

    async def task_or_activity(self, id: str) -> Found[Task | Activity]:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. It alone is found; raises as `details`."""
        try:
            item = await self._live.task_or_activity(id, self._live.budget())
        except AcronisError as error:
            task = await self._kept(id, error)
            return Found((task,), await self._read_at(task), origin=Origin.COPY, stale=away(error))
        return Found((item,), self._clock.now())

    async def details(self, id: str) -> Details:  # noqa: A002 - the API's own word
        """By number or UUID. Raises NotFound, or another AcronisError where one account is silent.

        Either only where the copy does not know the task.
        """
        try:
            task = await self._live.task(id, self._live.budget())
        except AcronisError as error:
            task = await self._kept(id, error)
            return Details(task, await self._read_at(task), await self._copy.past(task), stale=away(error))
        past, steps = await asyncio.gather(self._copy.past(task), self._steps(task))
        return Details(task, self._clock.now(), past, steps)

    async def _kept(self, id: str, error: AcronisError) -> Task:  # noqa: A002 - the API's own word
        """The copy's row. Raises `error` where there is none."""
        task = await self._copy.task(id)
        if task is None:
            raise error
        return task

    async def _steps(self, task: Task) -> Found[Activity] | None:
        budget = self._live.budget(items=STEPS_READ, seconds=STEPS_SECONDS)
        try:
            return await self._live.activities(TaskQuery(backwards=True), task, budget)
        except AcronisError:
            return None

    async def _read_at(self, task: Task) -> datetime:
        return await self._covers.read_at(task.account) or task.updated_at
