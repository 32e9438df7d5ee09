"""Deletes once an hour what is too old, a small step at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.model import Clock
from bot.store.pruning import STEP, Pruner

log = structlog.get_logger(__name__)

BETWEEN = 0.2
"""Seconds between two steps: polls and answers go first."""


class Prune:
    """`is_time_sure` says whether the clock may be believed."""

    def __init__(self, pruner: Pruner, clock: Clock, is_time_sure: Callable[[], Awaitable[bool]]) -> None:
        self._pruner = pruner
        self._clock = clock
        self._is_time_sure = is_time_sure

    async def run(self) -> None:
        if not await self._is_time_sure():
            return
        deleted = step = await self._pruner.prune(self._clock.now())
        while step == STEP:
            await asyncio.sleep(BETWEEN)
            step = await self._pruner.prune(self._clock.now())
            deleted += step
        if deleted:
            log.info("pruned", tasks=deleted)
