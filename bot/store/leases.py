"""Leases: who may do what to an account, and until when. Whoever lost one writes nothing more."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import LeaseLost
from bot.model.values import dataclass
from bot.store.dialect import Prepared, upsert
from bot.store.engine import Database
from bot.store.schema import leases, micros

READINGS = ("sweep", "plans", "events")
"""The ways to read an account that have a lease of their own beside the poll's, which bears the account's name."""

_RENEW = Prepared(
    lambda: (
        update(leases)
        .where(leases.c.name == bindparam("lease"), leases.c.holder == bindparam("mine"))
        .values(until=bindparam("later"))
        .returning(leases.c.name)
    )
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `holder` to do one thing, `name`, to an account, for `length` from when it is taken or renewed."""

    name: str
    account: str
    holder: str
    length: timedelta


class Leases:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, lease: Lease, now: datetime) -> bool:
        """True if the lease is ours now: it was free, ran out, or was ours already.

        One that would last longer than from now on was written by a clock that was ahead.
        """
        too_long = leases.c.until > micros(now + lease.length)
        row = {"name": lease.name, "holder": lease.holder, "until": micros(now + lease.length)}
        statement = (
            upsert(leases)
            .values(row)
            .on_conflict_do_update(
                index_elements=[leases.c.name],
                set_=row,
                where=or_(leases.c.until < micros(now), too_long, leases.c.holder == lease.holder),
            )
            .returning(leases.c.name)
        )
        async with self._database.write() as connection:
            return await connection.scalar(statement) is not None

    async def give_back(self, lease: Lease) -> None:
        mine = (leases.c.name == lease.name, leases.c.holder == lease.holder)
        async with self._database.write() as connection:
            await connection.execute(leases.delete().where(*mine))


async def end_readings(connection: AsyncConnection, account: str) -> None:
    """Whoever reads the account, in whatever way, writes nothing more."""
    names = (account, *(f"{way} {account}" for way in READINGS))
    await connection.execute(leases.delete().where(leases.c.name.in_(names)))


async def renew(connection: AsyncConnection, lease: Lease, now: datetime) -> None:
    """In the transaction of what the lease allows. Raises LeaseLost where another has it."""
    later = micros(now + lease.length)
    if not await _RENEW.rows(connection, lease=lease.name, mine=lease.holder, later=later):
        raise LeaseLost(f"Another process reads {lease.name} now.")


async def is_held(connection: AsyncConnection, name: str, now: datetime) -> bool:
    """Whether anybody has it."""
    held = select(leases.c.name).where(leases.c.name == name, leases.c.until >= micros(now))
    return await connection.scalar(held) is not None
