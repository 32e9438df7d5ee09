"""What people wrote about workloads. Works on a connection inside somebody else's transaction."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import workload_of
from bot.model import Alert, Note, Run, Task, Tenant
from bot.store.codec import Codec
from bot.store.schema import micros, notes

KEPT = timedelta(days=400)
"""As long as the audit: hardware that was ordered is a story of months."""
NOTE = Codec(Note, notes)


async def put(connection: AsyncConnection, alert: Alert, note: Note) -> None:
    run = alert.latest
    place = {"account": run.account, "tenant": _tenant(run.tenant), "machine": run.name}
    row = {"at": micros(note.at), "by": note.by, "name": note.name, "text": note.text}
    await connection.execute(insert(notes).values(workload=workload_of(run), alert_id=alert.id, **place, **row))


async def of_workload(connection: AsyncConnection, run: Task | Run, most: int) -> tuple[Note, ...]:
    """The last ones about what the run was of, the newest first."""
    return await _last(connection, notes.c.workload == workload_of(run), most)


async def of_machine(
    connection: AsyncConnection, account: str, tenant: Tenant, machine: str, most: int
) -> tuple[Note, ...]:
    """The last ones about the machine that was called so, the newest first."""
    same = and_(notes.c.machine == machine, notes.c.account == account, notes.c.tenant == _tenant(tenant))
    return await _last(connection, same, most) if machine else ()


async def _last(connection: AsyncConnection, where: ColumnElement[bool], most: int) -> tuple[Note, ...]:
    wanted = select(*NOTE.columns).where(where).order_by(notes.c.id.desc()).limit(most)
    return tuple(map(NOTE.decode, await connection.execute(wanted)))


def _tenant(tenant: Tenant) -> str:
    return tenant.id or tenant.uuid or tenant.name
