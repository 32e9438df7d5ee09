"""Tells the other processes that something may be to be done, and hears it of them. One connection listens.

It only shortens their wait: each looks for itself all the time. So what cannot be told is not told again, and after
each opening of the connection everything is looked at, for what was told meanwhile.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from bot.errors import StoreError
from bot.store.engine import Database

log = structlog.get_logger(__name__)

APART: Final = 0.2
"""Seconds from one notice to the next: what comes meanwhile is told in one."""
BACK_OFF: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds until the connection is opened again; the last one repeats. Each a little more or less."""


class Notices:
    """`heard` is called when another process than `owner` has told something, and after each opening."""

    def __init__(self, database: Database, owner: str, heard: Callable[[], None]) -> None:
        self._database = database
        self._owner = owner
        self._heard = heard
        self._is_owed = asyncio.Event()
        self._failures = 0

    def tell(self) -> None:
        self._is_owed.set()

    async def run(self) -> None:
        """Ends only when it is cancelled, or where no other process can be there."""
        if self._database.is_shared:
            await asyncio.gather(self._tell(), self._listen())

    async def _tell(self) -> None:
        while True:
            await self._is_owed.wait()
            self._is_owed.clear()
            try:
                await self._database.notify(self._owner)
            except StoreError as error:
                log.debug("other processes were not told", reason=error.told)
            await asyncio.sleep(APART)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except StoreError as error:
                log.warning("no notices of other processes", reason=error.told)
            except Exception:  # nobody would start this task again, and polls go on: logged, and tried again
                log.exception("listening to other processes broke")
            seconds = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
            self._failures += 1
            await asyncio.sleep(seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret

    async def _listen_once(self) -> None:
        async with self._database.notices() as notices:
            log.info("listening to other processes")
            self._failures = 0
            self._heard()  # what was told before
            async for teller in notices:
                if teller != self._owner:
                    self._heard()
