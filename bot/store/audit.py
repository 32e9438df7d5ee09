"""The audit: every attempt to do something about alerts, allowed or refused. Rows are added, and deleted when old."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Act, Attempt
from bot.store.dialect import upsert
from bot.store.engine import Database
from bot.store.schema import alerts, audit, micros, micros_or_none, moment, moment_or_none

_TEXTS: Final = (
    *("user_id", "user_name", "team_id", "channel", "via", "target", "text"),
    *("to_id", "to_name", "end", "refused", "before", "after", "key"),
)


async def put(connection: AsyncConnection, attempt: Attempt) -> int | None:
    """Writes it down, inside somebody else's transaction, with the names that its alert bears now. Returns its number;
    None where an attempt with this key is there already."""
    names = {"tenant": "", "name": "", "plan": ""}
    if attempt.alert_id is not None:
        wanted = select(alerts.c.tenant_name.label("tenant"), alerts.c.name, alerts.c.plan)
        row = (await connection.execute(wanted.where(alerts.c.id == attempt.alert_id))).mappings().one_or_none()
        names = names if row is None else dict(row)
    written = {name: _storable(getattr(attempt, name)) for name in _TEXTS}
    about = {"alert_id": attempt.alert_id, "size": attempt.size, "until": micros_or_none(attempt.until)}
    values = {"at": micros(attempt.at), "act": attempt.act.value, **about, **written, **names}
    new = upsert(audit).values(values).on_conflict_do_nothing().returning(audit.c.id)
    number: int | None = (await connection.execute(new)).scalar_one_or_none()
    return number


async def of_ids(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Attempt]:
    """Attempts by their numbers."""
    rows = await connection.execute(select(audit).where(audit.c.id.in_(ids)))
    return {row.id: attempt_of(row) for row in rows}


def attempt_of(row: Row[Any]) -> Attempt:
    texts = {name: getattr(row, name) for name in _TEXTS}
    about = {"alert_id": row.alert_id, "size": row.size, "until": moment_or_none(row.until)}
    return Attempt(at=moment(row.at), act=Act(row.act), **about, **texts)


def _storable(text: str) -> str:
    """Half of a sign, which JSON can hold, is no text for a database."""
    return text.encode("utf-8", "replace").decode()


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, attempt: Attempt) -> int | None:
        """As `put`, for an attempt that changes nothing else."""
        async with self._database.write() as connection:
            return await put(connection, attempt)
