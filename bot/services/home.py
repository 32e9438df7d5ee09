"""What the Home tabs are drawn from. It is read once for all who look at theirs, until something changes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.blocks.home import steady
from bot.language import last_day
from bot.model import Basis, Clock, HealthReport, Kind, OpenOverview, Overview, ResultCode, TaskQuery, WayInState
from bot.services.coverage import ABOUT_NOW, Coverage
from bot.services.health import Health
from bot.store.alerts.overview import open_overview
from bot.store.copy.search import Questions
from bot.store.engine import Database

KEPT_SECONDS: Final = 5.0
"""What was read is good for so long, where nothing is known to have changed."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_HEALTH: Final = HealthReport(_NEVER, _NEVER, 0, 0, (), frozenset(), 0, timedelta(), WayInState(""))


async def nothing_known() -> Overview:
    """Where there is no database."""
    return Overview(OpenOverview(), _NO_HEALTH, Basis(_NEVER, partial="there is no copy"))


class OverviewReading:
    """Reads one from the database."""

    def __init__(
        self,
        database: Database,
        health: Health,
        copy: Questions,
        accounts: Collection[str],
        clock: Clock,
        stale_after: timedelta,
    ) -> None:
        self._database = database
        self._health = health
        self._copy = copy
        self._coverage = Coverage(copy, accounts, clock, stale_after)
        self._clock = clock

    async def read(self) -> Overview:
        """How well the bot ended is counted only where nothing is open: elsewhere nobody says it."""
        now = self._clock.now()
        async with self._database.read() as connection:
            found = await open_overview(connection, now)
        basis = await self._coverage.basis(ABOUT_NOW)
        overview = Overview(found, await self._health.report(), basis)
        if found.count.size or basis.stale or basis.partial:
            return overview
        ran, newest = await self._copy.count(_ended_well(now), now)
        return replace(overview, ran=ran, newest=newest)


class Overviews:
    """Shares one overview among all who ask for it at a time. `seconds` is a clock that never goes back."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Overview]] = nothing_known,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._reading = asyncio.Lock()
        self._changes = 0
        self._kept: tuple[int, float, Overview] | None = None
        self._known: Overview | None = None

    def change(self) -> None:
        """Something may have changed: what was read before is of no use."""
        self._changes += 1

    async def read(self) -> Overview:
        """Raises StoreUnavailable."""
        async with self._reading:
            if self._kept is not None:
                changes, until, overview = self._kept
                if changes == self._changes and self._seconds() < until:
                    return overview
            changes = self._changes
            overview = await self._read()
            self._kept = changes, self._seconds() + KEPT_SECONDS, overview
            return overview

    async def has_news(self) -> bool:
        """Whether any Home may say something else than when this was asked last. Raises StoreUnavailable."""
        before, self._known = self._known, steady(await self.read())
        return self._known != before


def _ended_well(now: datetime) -> TaskQuery:
    return replace(last_day(now), kinds=frozenset({Kind.BACKUP}), results=frozenset[str]({ResultCode.OK}))
