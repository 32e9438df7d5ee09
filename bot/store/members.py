"""The processes that share the work, and who of them holds which piece of it: which lease, with which fence.

    reading ACCOUNT     polls, sweeps, backfills and reads plans
    channel CHANNEL     delivers there
    job NAME            what only one of them does

A piece that changes hands gets a higher fence. Who held it before is refused by the fence, in its own transaction.
Whoever takes one ends what the other had begun: leases of single readings, and posts in flight. Pieces are taken in the
order of their names, so that no two processes wait for each other.
"""

import os
import secrets
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.balance import moves
from bot.errors import LeaseLost
from bot.store.cards.unfinished import settle
from bot.store.dialect import Prepared, among, current, upsert
from bot.store.engine import Database
from bot.store.guard import Guard
from bot.store.leases import end_readings
from bot.store.schema import leases, members, micros, posts

READING: Final = "reading"
CHANNEL: Final = "channel"
JOB: Final = "job"

_LATELY = 60_000_000
"""Microseconds. A channel to which nothing was sent for so long is no work that is shared."""
MICROSECOND = timedelta(microseconds=1)
_CHECK = Prepared(
    select(leases.c.name)
    .where(
        leases.c.name == bindparam("lease"),
        leases.c.holder == bindparam("mine"),
        leases.c.fence == bindparam("seen"),
    )
    .with_for_update(read=True)
)


def new_owner() -> str:
    """The name of this process: its machine, its number there, and a part that nothing before it had."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"


def piece(kind: str, name: str) -> str:
    """The name of a lease."""
    return f"{kind} {name}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a process holds, with the fence of each; what it is to leave; and how many processes share the work."""

    fences: Mapping[str, int]
    leaving: frozenset[str]
    members: int


class Members:
    """For the process `owner`. It counts as dead when nothing was heard of it for `length`, by the shared clock."""

    def __init__(self, database: Database, owner: str, length: timedelta) -> None:
        self._database = database
        self._owner = owner
        self._length = length

    @property
    def is_alone(self) -> bool:
        """Whether no other process can be there."""
        return not self._database.is_shared

    async def take_all(self) -> None:
        """Ends every lease and every other member. Only for the process that holds the database's lock: nobody else can
        be alive."""
        async with self._database.write() as connection:
            await connection.execute(leases.delete())
            await connection.execute(members.delete())

    async def beat(
        self,
        now: datetime,
        pieces: Collection[str],
        *,
        busy: Collection[str] = (),
        idle: Collection[str] = (),
        asked: Collection[str] = (),
    ) -> Assignment:
        """This process lives: what it holds stays its own. It takes and gives back until it holds its share of all
        `pieces`, and of those channels that are `asked` for. What is `idle` it gives back in any case."""
        async with self._database.write() as connection:
            at = await current(connection, micros(now))
            await self._live(connection, at)
            await self._free(connection, idle, at)
            rows = (await connection.execute(select(leases).where(_is_piece()).order_by(leases.c.name))).all()
            everybody = tuple((await connection.execute(select(members.c.owner))).scalars())
            fences = {row.name: row.fence for row in rows if row.holder == self._owner}
            leaving: set[str] = set()
            for kind in (READING, CHANNEL, JOB):
                of_kind = [row for row in rows if row.name.startswith(kind)]
                wanted = {name for name in (*pieces, *asked) if name.startswith(kind)}
                held = {row.name: row.holder for row in of_kind if row.holder and row.until >= at}
                lately = {row.name for row in of_kind if kind == CHANNEL and row.until >= at - _LATELY}
                known, free = wanted | held.keys() | lately, wanted - held.keys()
                step = moves(self._owner, held, everybody, pieces=known, free=free, busy=busy)
                await self._free(connection, step.give_back, at)
                fences = {name: fence for name, fence in fences.items() if name not in step.give_back}
                fences |= await self._take(connection, step.take, {row.name for row in of_kind}, at, now)
                leaving.update(step.leave)
        return Assignment(fences, frozenset(leaving), len(everybody))

    async def leave(self, now: datetime) -> None:
        """This process ends: others take its work at once."""
        async with self._database.write() as connection:
            at = await current(connection, micros(now))
            await connection.execute(update(leases).where(leases.c.holder == self._owner).values(_given_back(at)))
            await connection.execute(members.delete().where(members.c.owner == self._owner))

    def guard(self, name: str, fence: int) -> Guard | None:
        """Of what is written while this process holds `name` with `fence`. None where nobody can take it."""
        return None if self.is_alone else partial(self._check, name, fence)

    async def _check(self, name: str, fence: int, connection: AsyncConnection) -> None:
        """Whoever wants to take it waits for the end of this transaction. Raises LeaseLost."""
        if not await _CHECK.rows(connection, lease=name, mine=self._owner, seen=fence):
            raise LeaseLost(f"Another process has the {name} now.")

    async def _live(self, connection: AsyncConnection, at: int) -> None:
        until = {"until": at + self._length // MICROSECOND}
        me = upsert(members).values(owner=self._owner, **until)
        await connection.execute(me.on_conflict_do_update(index_elements=[members.c.owner], set_=until))
        await connection.execute(members.delete().where(members.c.until < at))
        mine = and_(leases.c.holder == self._owner, _is_piece())
        await connection.execute(select(leases.c.name).where(mine).order_by(leases.c.name).with_for_update())
        await connection.execute(update(leases).where(mine).values(until))

    async def _take(
        self, connection: AsyncConnection, names: Collection[str], known: Collection[str], at: int, now: datetime
    ) -> dict[str, int]:
        """With the fences that they have then. One that another process takes at this moment is left to it."""
        if not names:
            return {}
        free = leases.c.until < at
        unlocked = select(leases.c.name).where(among(leases.c.name, names), free).order_by(leases.c.name)
        left = set((await connection.execute(unlocked.with_for_update(skip_locked=True))).scalars())
        fences = {}
        for name in names:
            if name in known and name not in left:
                continue
            row = {"name": name, "holder": self._owner, "until": at + self._length // MICROSECOND, "fence": 1}
            taken = upsert(leases).values(row)
            taken = taken.on_conflict_do_update(
                index_elements=[leases.c.name], set_={**row, "fence": leases.c.fence + 1}, where=free
            )
            fence = await connection.scalar(taken.returning(leases.c.fence))
            if fence is not None:
                fences[name] = fence
                await _end_others(connection, name, now)
        return fences

    async def _free(self, connection: AsyncConnection, names: Collection[str], at: int) -> None:
        if names:
            mine = (leases.c.holder == self._owner, among(leases.c.name, names))
            await connection.execute(update(leases).where(*mine).values(_given_back(at)))


def _is_piece() -> ColumnElement[bool]:
    return or_(*(leases.c.name.startswith(f"{kind} ") for kind in (READING, CHANNEL, JOB)))


def _given_back(at: int) -> dict[str, Any]:
    """It may be taken at once."""
    return {"holder": "", "until": at - 1}


async def _end_others(connection: AsyncConnection, name: str, now: datetime) -> None:
    """Ends what the one who held it before had begun."""
    kind, _, of = name.partition(" ")
    if kind == READING:
        await end_readings(connection, of)
    elif kind == CHANNEL:
        await settle(connection, now, posts.c.channel == of)
