"""What time brings of silence: runs that hang, starts that were missed, what is gone, has never run, or is over.

Each step is one transaction. Nothing here awaits Slack or Acronis.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.lifecycle import Changes, Page, judge_page
from bot.alerting.plan import Situation
from bot.model import Ending, Routing, Rules, Run
from bot.store import excuses
from bot.store.alerts import rows as alert_rows
from bot.store.bound_names import bound
from bot.store.cards.apply import due_now
from bot.store.copy.dimensions import Dimensions
from bot.store.engine import Database
from bot.store.judging import judge_open
from bot.store.leases import is_held
from bot.store.schema import api_access
from bot.store.silences import endings, gone, running, starts

EVERY: Final = timedelta(minutes=5)
"""How often what Acronis says of plans is looked at, beside whenever it was read."""


class SilenceReviewer:
    def __init__(self, database: Database, rules: Rules, routing: Routing) -> None:
        self._database = database
        self._rules = rules
        self._routing = routing
        self._dimensions = Dimensions(database)
        self._facts_at: int | None = None
        self._has_news = False
        self._looked_at: datetime | None = None
        self._began_at: datetime | None = None

    async def tell(self, silent: Sequence[Run], now: datetime) -> int:
        """What is known to be silent, in one transaction. Returns how many alerts that opens."""
        async with self._database.write() as connection:
            opened = await self._tell(connection, silent, now)
            await self._due(connection, {run.account for run in silent}, now)
        return opened

    async def end(self, fingerprint: str, ending: Ending, now: datetime) -> None:
        """The open alert of this problem is over, and no run ended it."""
        async with self._database.write() as connection:
            await self._apply(connection, await endings.ended(connection, fingerprint, ending, now), now)

    async def review(self, now: datetime, known: Collection[str]) -> int:
        """Looks at all whose time has come, of the accounts of which it is `known` how they stand. Returns how many
        alerts that opens."""
        self._began_at = min(self._began_at or now, now)
        if not known:
            return 0
        opened = 0
        if await self._is_due(now):
            await excuses.refresh(self._database, now, excused_alone=not self._has_news)
            await self._over(now, known)
            opened += await self._gone(now, known)
            self._looked_at = now
        opened += await self._hanging(now, known) + await self._missed(now, known)
        if opened:
            async with self._database.write() as connection:
                await self._due(connection, known, now)
        return opened

    async def _due(self, connection: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
        """What was found together is posted together, so that it folds; where a poll is at work, when it is through."""
        for account in accounts:
            if not await is_held(connection, account, now):
                await due_now(connection, account, now)

    async def _is_due(self, now: datetime) -> bool:
        """Whether what Acronis says may have changed."""
        async with self._database.read() as connection:
            read_at = await connection.scalar(select(func.max(api_access.c.read_at)))
        self._has_news, self._facts_at = read_at != self._facts_at, read_at
        is_old = self._looked_at is None or not timedelta() <= now - self._looked_at < EVERY
        return self._has_news or is_old

    async def _hanging(self, now: datetime, known: Collection[str]) -> int:
        opened = 0
        while True:
            async with self._database.write() as connection:
                found = await running.hanging(connection, self._dimensions, now, known)
                opened += await self._tell(connection, found.runs, now)
            if found.looked_at < running.AT_ONCE:
                return opened

    async def _missed(self, now: datetime, known: Collection[str]) -> int:
        opened = 0
        while True:
            async with self._database.write() as connection:
                due = await starts.overdue(
                    connection,
                    self._dimensions,
                    self._rules,
                    now,
                    known,
                    self._routing.spare_runs,
                    self._began_at,
                )
                opened += await self._tell(connection, due.runs, now)
            if due.looked_at < starts.STEP:
                return opened

    async def _gone(self, now: datetime, known: Collection[str]) -> int:
        async with self._database.write() as connection:
            await gone.note_untried(connection, now)
            silent = await gone.deleted(connection, self._dimensions, self._rules, now, known)
            silent += await gone.untried_plans(connection, self._dimensions, self._rules, self._routing, now, known)
            return sum(
                [
                    await self._tell(connection, silent[at : at + starts.STEP], now)
                    for at in range(0, len(silent), starts.STEP)
                ]
            )

    async def _over(self, now: datetime, known: Collection[str]) -> None:
        after = 0
        while True:
            async with self._database.write() as connection:
                looked = await endings.over(connection, now, known, after)
                await self._apply(connection, looked.changes, now)
            if not (after := looked.after):
                return

    async def _tell(self, connection: AsyncConnection, silent: Sequence[Run], now: datetime) -> int:
        """Silences are judged as a page's runs are. Returns how many alerts that opens."""
        if not silent:
            return 0
        snapshot = await alert_rows.snapshot(connection, silent, set())
        before = {alert.id for alert in snapshot.alerts}
        changes = judge_page(Page(silences=tuple(silent)), snapshot)
        await self._apply(connection, changes, now, silent)
        return sum(alert.is_open and alert.id not in before for alert in changes.alerts)

    async def _apply(
        self, connection: AsyncConnection, changes: Changes, now: datetime, silent: Sequence[Run] = ()
    ) -> None:
        if changes.alerts:
            self._routing = await bound(connection, self._routing, (run.tenant for run in silent))
            due_at = now + self._rules.due_after
            await judge_open(connection, changes, Situation(self._routing, self._rules, now, due_at))
