"""What people wrote about workloads. Works on a connection inside somebody else's transaction."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import workload_of
from bot.model import Alert, Note, Run
from bot.store.codec import Codec
from bot.store.schema import micros, notes

NOTE = Codec(Note, notes)


async def put(connection: AsyncConnection, alert: Alert, note: Note) -> None:
    row = {"at": micros(note.at), "by": note.by, "name": note.name, "text": note.text}
    await connection.execute(insert(notes).values(workload=workload_of(alert.latest), alert_id=alert.id, **row))


async def of_workload(connection: AsyncConnection, run: Run, most: int) -> tuple[Note, ...]:
    """The last ones about what the run was of, the newest first."""
    wanted = select(*NOTE.columns).where(notes.c.workload == workload_of(run)).order_by(notes.c.id.desc()).limit(most)
    return tuple(map(NOTE.decode, await connection.execute(wanted)))
