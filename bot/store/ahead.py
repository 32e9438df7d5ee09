"""What of the alerts comes next by the passing of time alone: when to look again, and what there is to look for.

Reads only. A replay asks it, so that it need not look at each minute of a month.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.model import AlertStatus, Reason, Severity
from bot.store.engine import Database
from bot.store.posting import PostState
from bot.store.schema import accounts, alerts, micros, moment_or_none, occurrences, posts, storms

_FIRES = alerts.c.status == AlertStatus.FIRING.value


class Ahead:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_subjects(self) -> frozenset[str]:
        """What a good run must be of to change anything."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(occurrences.c.subject).where(occurrences.c.healed_at.is_(None)))
            return frozenset(rows.scalars())

    async def fires(self) -> bool:
        async with self._database.read() as connection:
            return await connection.scalar(select(alerts.c.id).where(_FIRES).limit(1)) is not None

    async def delivery(self, now: datetime) -> datetime | None:
        """When the next post is due that is not due now."""
        at = func.max(posts.c.due_at, func.coalesce(posts.c.held_until, 0))
        owed = (posts.c.wanted > posts.c.shown, posts.c.state == PostState.WAITING, at > micros(now))
        return await self._least(select(func.min(at)).where(*owed))

    async def review(self, now: datetime, calm: int) -> datetime | None:
        """When a review finds something next: a target or a next run passes, a card is raised again, a storm is over.

        `calm` is how long a storm waits for more, in microseconds.
        """
        later = micros(now)
        judged = (_FIRES, alerts.c.severity != Severity.CRITICAL.value)
        known = alerts.c.account == accounts.c.account
        never = accounts.c.history_from + alerts.c.target
        moments = [
            select(func.min(alerts.c.misses_at)).where(*judged, alerts.c.misses_at > later),
            select(func.min(alerts.c.next_run_at)).where(*judged, alerts.c.next_run_at > later),
            select(func.min(never)).where(*judged, known, alerts.c.reason == Reason.UNKNOWN.value, never > later),
            select(func.min(posts.c.raise_at)).where(posts.c.raise_at > later, posts.c.state == PostState.WAITING),
            select(func.min(storms.c.last_at + calm)).where(storms.c.is_open, storms.c.last_at + calm >= later),
        ]
        found = [at for each in moments if (at := await self._least(each)) is not None]
        return min(found, default=None)

    async def _least(self, wanted: Any) -> datetime | None:
        async with self._database.read() as connection:
            return moment_or_none(await connection.scalar(wanted))
