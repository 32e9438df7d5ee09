"""Workloads of which nothing is expected any more, until they run again. Works inside somebody else's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import is_known
from bot.alerting.lifecycle import opened
from bot.alerting.silences import missed
from bot.model import Alert, Cause, Kind, folded
from bot.store.copy.dimensions import Dimensions
from bot.store.dialect import among, upsert
from bot.store.excuses import note_retired
from bot.store.schema import micros, moment, retired, shapes, standings

_put = upsert(retired)
_PUT = _put.on_conflict_do_update(
    index_elements=[retired.c.subject], set_={"at": _put.excluded.at, "name": _put.excluded.name}
)


async def put(connection: AsyncConnection, subjects: Collection[str], at: datetime, name: str) -> None:
    if subjects:
        rows = [{"subject": subject, "at": micros(at), "name": name} for subject in sorted(subjects)]
        await connection.execute(_PUT, rows)
        await note_retired(connection, subjects, name)


async def workloads_called(connection: AsyncConnection, dimensions: Dimensions, name: str) -> Sequence[Alert]:
    """What the copy knows of this whole name, one for each plan, as if it had been missed; not stored."""
    await dimensions.refresh(connection)
    wanted = folded(name)
    numbers = [number for number, machine in dimensions.machines.rows.items() if folded(machine.name) == wanted]
    rows = await connection.execute(
        select(standings)
        .join(shapes, shapes.c.number == standings.c.run_shape)
        .where(among(standings.c.run_machine, numbers), shapes.c.kind == Kind.BACKUP.value)
    )
    found: list[Alert] = []
    for row in rows:
        customer, ended_at = dimensions.tenants.rows[row.run_tenant], moment(row.run_ended_at)
        task = dimensions.last_run(row, customer.account)
        run = missed(task, row.subject, ended_at, Cause(), ended_at) if is_known(task) else None
        if run is not None:
            found.append(opened(run))
    return found
