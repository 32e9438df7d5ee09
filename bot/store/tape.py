"""A copy of the bot's own file, read to be played again. Knows nothing of replaying."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Checkpoint, Task
from bot.store.copy.dimensions import Dimensions
from bot.store.engine import Database
from bot.store.schema import accounts, micros, moment, moment_or_none, outages, tasks

PAGE = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which an account was not read; `until` is None where it lasts."""

    account: str
    since: datetime
    until: datetime | None = None

    def holds(self, account: str, at: datetime) -> bool:
        return account == self.account and self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Size:
    """How many root runs that are over, and of how many workloads and plans."""

    runs: int
    subjects: int


class Tape:
    """A copy of a bot's file. Everything is read from it, page by page."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._dimensions = Dimensions(database)

    async def accounts(self) -> tuple[Checkpoint, ...]:
        """How far each account was read, by name."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(accounts).order_by(accounts.c.account))
            return tuple(_checkpoint(row) for row in rows)

    async def gaps(self) -> tuple[Gap, ...]:
        """When Acronis could not be read."""
        async with self.database.read() as connection:
            rows = (await connection.execute(select(outages).order_by(outages.c.began_at))).all()
        return tuple(Gap(row.account, moment(row.began_at), moment_or_none(row.ended_at)) for row in rows)

    async def size(self, since: datetime, until: datetime) -> Size:
        window = (tasks.c.updated_at >= micros(since), tasks.c.updated_at <= micros(until))
        counted = select(func.count(), func.count(tasks.c.subject.distinct()))
        async with self.database.read() as connection:
            runs, subjects = (await connection.execute(counted.where(tasks.c.subject.is_not(None), *window))).one()
        return Size(runs, subjects)

    async def pages(self, since: datetime | None, until: datetime) -> AsyncIterator[list[Task]]:
        """Every task that changed last after `since` and not after `until`, in the order of these changes."""
        last = (micros(since) if since else -1, _LAST)
        while True:
            async with self.database.read() as connection:
                await self._dimensions.refresh(connection)
                rows = await _page(connection, last, until)
            if not rows:
                return
            yield [self._dimensions.task(row) for row in rows]
            last = (rows[-1].updated_at, rows[-1].number)


_LAST = 2**62
"""Above every row's number: of the moment itself nothing is read."""


async def _page(connection: AsyncConnection, last: tuple[int, int], until: datetime) -> list[Any]:
    at, number = tasks.c.updated_at, tasks.c.number
    later = or_(at > last[0], tuple_(at, number) > tuple_(*last))
    wanted = select(tasks).where(at >= last[0], later, at <= micros(until)).order_by(at, number).limit(PAGE)
    return list((await connection.execute(wanted)).all())


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(
        row.account,
        moment_or_none(row.position),
        moment_or_none(row.quiet_since),
        moment_or_none(row.watched_from),
        moment_or_none(row.history_from),
        moment_or_none(row.read_at),
    )
