"""Leases: who may do one thing to an account, and until when. Works on a connection inside the writer's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import LeaseLost
from bot.store.dialect import Prepared, upsert
from bot.store.schema import leases, micros

_RENEW = Prepared(
    update(leases)
    .where(leases.c.name == bindparam("lease"), leases.c.holder == bindparam("mine"))
    .values(until=bindparam("later"))
    .returning(leases.c.name)
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one thing to an account, `name`. Whoever lost it writes nothing more."""

    name: str
    account: str
    holder: str
    length: timedelta


async def take(connection: AsyncConnection, lease: Lease, now: datetime) -> bool:
    """True if the lease is ours now: it was free, ran out, or was ours already."""
    row = {"name": lease.name, "holder": lease.holder, "until": micros(now + lease.length)}
    statement = upsert(leases).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": lease.holder, "until": row["until"]},
        where=or_(leases.c.until < micros(now), leases.c.holder == lease.holder),
    )
    return (await connection.execute(statement)).rowcount == 1


async def renew(connection: AsyncConnection, lease: Lease, now: datetime) -> None:
    """Raises LeaseLost where somebody else has it now."""
    later = micros(now + lease.length)
    if not await _RENEW.rows(connection, lease=lease.name, mine=lease.holder, later=later):
        raise LeaseLost(f"Another process reads {lease.name} now.")


async def is_held(connection: AsyncConnection, name: str, now: datetime) -> bool:
    """Whether anybody has it."""
    held = select(leases.c.name).where(leases.c.name == name, leases.c.until >= micros(now))
    return await connection.scalar(held) is not None


async def give_back(connection: AsyncConnection, lease: Lease) -> None:
    await connection.execute(delete(leases).where(leases.c.name == lease.name, leases.c.holder == lease.holder))


async def end_all(connection: AsyncConnection) -> None:
    """Only for the process that holds the database's lock: nobody else can be alive."""
    await connection.execute(delete(leases))
