"""The processes that share the work, and who of them holds which piece of it: which lease, with which fence.

    reading ACCOUNT     polls, sweeps, backfills and reads plans
    channel CHANNEL     delivers there
    job NAME            what only one of them does

A piece that changes hands gets a higher fence. Who held it before is refused by the fence, in its own transaction: one
of those that take turns, as that is in which the piece changed hands. Whoever takes one ends what the other had begun:
leases of single readings, and posts in flight. To say that it lives, and to give back, a process waits for no turn.
"""

import os
import secrets
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.balance import Moves, moves
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

_LATELY = 10_000_000
"""Microseconds. A channel to which nothing was sent for so long is no work that is shared."""
MICROSECOND = timedelta(microseconds=1)
_CHECK = Prepared(
    lambda: select(leases.c.name).where(
        leases.c.name == bindparam("lease"),
        leases.c.holder == bindparam("mine"),
        leases.c.fence == bindparam("seen"),
    )
)


def new_owner() -> str:
    """The name of this process: its machine, its number there, and a part that nothing before it had."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"


def piece(kind: str, name: str) -> str:
    """The name of a lease."""
    return f"{kind} {name}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a process holds, with the fence of each, what it is to take, what to leave, and what others hold.

    `members` is how many processes share the work, `rank` the how manieth of them this one is, from 0 on.
    """

    fences: Mapping[str, int]
    wanted: tuple[str, ...]
    leaving: frozenset[str]
    elsewhere: frozenset[str]
    members: int
    rank: int
    others_reached: bool


class Members:
    """For the process `owner`. It counts as dead when nothing was heard of it for `length`, by the shared clock."""

    def __init__(self, database: Database, owner: str, length: timedelta) -> None:
        self._database = database
        self.owner = owner
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
        is_reached: bool = True,
    ) -> Assignment:
        """This process lives, and Slack reaches it or does not: what it holds stays its own.

        It is to hold its share of all `pieces`, and of those channels that are `asked` for: it gives back what is too
        much, and is told what to take. What is `idle` it gives back in any case.
        """
        async with self._database.write_aside() as connection:
            at = await current(connection, micros(now))
            await self._live(connection, at, is_reached=is_reached)
            await self._free(connection, idle, at)
            rows = (await connection.execute(select(leases).where(_is_piece()).order_by(leases.c.name))).all()
            reached = {row.owner: row.is_reached for row in await connection.execute(select(members))}
            steps = [self._moves(kind, rows, reached, (*pieces, *asked), busy, at) for kind in (READING, CHANNEL, JOB)]
            given_back = {name for step in steps for name in step.give_back}
            await self._free(connection, given_back, at)
        fences = {row.name: row.fence for row in rows if row.holder == self.owner and row.name not in given_back}
        leaving = frozenset(name for step in steps for name in step.leave)
        elsewhere = frozenset(row.name for row in rows if row.holder not in ("", self.owner) and row.until >= at)
        others = any(is_reached for owner, is_reached in reached.items() if owner != self.owner)
        wanted = tuple(name for step in steps for name in step.take)
        rank = sorted(reached).index(self.owner)
        return Assignment(fences, wanted, leaving, elsewhere, len(reached), rank, others)

    async def take(self, names: Collection[str], now: datetime) -> dict[str, int]:
        """With the fences that they have then. One that another process has by now is left to it. Whoever writes comes
        before."""
        async with self._database.write() as connection:
            at, fences = await current(connection, micros(now)), {}
            free = leases.c.until < at
            for name in names:
                row = {"name": name, "holder": self.owner, "until": self._end(at), "fence": 1}
                taken = upsert(leases).values(row)
                again = {**row, "fence": leases.c.fence + 1}
                taken = taken.on_conflict_do_update(index_elements=[leases.c.name], set_=again, where=free)
                fence = await connection.scalar(taken.returning(leases.c.fence))
                if fence is not None:
                    fences[name] = fence
                    await _end_others(connection, name, now)
        return fences

    def _moves(
        self,
        kind: str,
        rows: Sequence[Any],
        everybody: Collection[str],
        pieces: Collection[str],
        busy: Collection[str],
        at: int,
    ) -> Moves:
        of_kind = [row for row in rows if row.name.startswith(f"{kind} ")]
        wanted = {name for name in pieces if name.startswith(f"{kind} ")}
        held = {row.name: row.holder for row in of_kind if row.until >= at}
        lately = {row.name for row in of_kind if kind == CHANNEL and row.until >= at - _LATELY}
        known, free = wanted | held.keys() | lately, wanted - held.keys()
        return moves(self.owner, held, everybody, pieces=known, free=free, busy=busy)

    async def leave(self, now: datetime) -> None:
        """This process ends: others take its work at once."""
        async with self._database.write_aside() as connection:
            at = await current(connection, micros(now))
            await connection.execute(update(leases).where(leases.c.holder == self.owner).values(_given_back(at)))
            await connection.execute(members.delete().where(members.c.owner == self.owner))

    def guard(self, name: str, fence: int) -> Guard | None:
        """Of what is written while this process holds `name` with `fence`. None where nobody can take it."""
        return None if self.is_alone else partial(self._check, name, fence)

    async def _check(self, name: str, fence: int, connection: AsyncConnection) -> None:
        """Nobody takes it before the end of this transaction. Raises LeaseLost."""
        if not await _CHECK.rows(connection, lease=name, mine=self.owner, seen=fence):
            raise LeaseLost(f"Another process has the {name} now.")

    async def _live(self, connection: AsyncConnection, at: int, *, is_reached: bool) -> None:
        until = {"until": self._end(at)}
        row = {**until, "is_reached": is_reached}
        me = upsert(members).values(owner=self.owner, **row)
        await connection.execute(me.on_conflict_do_update(index_elements=[members.c.owner], set_=row))
        await connection.execute(members.delete().where(members.c.until < at))
        await connection.execute(update(leases).where(leases.c.holder == self.owner, _is_piece()).values(until))

    def _end(self, at: int) -> int:
        return at + self._length // MICROSECOND

    async def _free(self, connection: AsyncConnection, names: Collection[str], at: int) -> None:
        if names:
            mine = (leases.c.holder == self.owner, among(leases.c.name, names))
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
