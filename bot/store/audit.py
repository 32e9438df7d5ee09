"""The audit: every attempt to do something about alerts, allowed or refused. Rows are added, and deleted when old."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Act, Attempt, AuditEntry, AuditPage, AuditQuery, NameField, NameFilter, folded, pattern_fits
from bot.store.dialect import among, upsert
from bot.store.engine import Database
from bot.store.schema import alerts, audit, micros, micros_or_none, moment, moment_or_none

KEPT: Final = timedelta(days=400)

_STEP: Final = 500  # rows that are read at a time where all are wanted
_TEXTS: Final = (
    *("user_id", "user_name", "team_id", "channel", "via", "target", "text"),
    *("to_id", "to_name", "end", "refused", "before", "after", "key"),
)
_COLUMNS: Final = {
    NameField.TENANT: (audit.c.tenant,),
    NameField.MACHINE: (audit.c.name,),
    NameField.PLAN: (audit.c.plan,),
    NameField.ANY: (audit.c.tenant, audit.c.name, audit.c.plan),
}


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
    return {row.id: _attempt(row) for row in rows}


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, attempt: Attempt) -> int | None:
        """As `put`, for an attempt that changes nothing else."""
        async with self._database.write() as connection:
            return await put(connection, attempt)

    async def find(self, query: AuditQuery, offset: int, rows: int) -> AuditPage:
        """Those that the query asks for, the newest first."""
        async with self._database.read() as connection:
            where = await _where(connection, query)
            size = await connection.scalar(select(func.count()).select_from(audit).where(*where)) or 0
            found = await connection.execute(_newest(where).offset(offset).limit(rows))
            return AuditPage(tuple(map(_entry, found)), size, offset)

    async def every(self, query: AuditQuery) -> AsyncIterator[AuditEntry]:
        """All that the query asks for, the newest first, however many. What is written meanwhile is left out."""
        async with self._database.read() as connection:
            where = await _where(connection, query)
        last: AuditEntry | None = None
        while True:
            after = (_before(last),) if last else ()
            async with self._database.read() as connection:
                rows = (await connection.execute(_newest((*where, *after)).limit(_STEP))).all()
            for row in rows:
                last = _entry(row)
                yield last
            if len(rows) < _STEP:
                return


def _newest(where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(audit).where(*where).order_by(audit.c.at.desc(), audit.c.id.desc())


def _before(entry: AuditEntry) -> ColumnElement[bool]:
    """What comes after it in the order of `_newest`."""
    at = micros(entry.attempt.at)
    return or_(audit.c.at < at, (audit.c.at == at) & (audit.c.id < entry.number))


async def _where(connection: AsyncConnection, query: AuditQuery) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    for column, values in (
        (audit.c.user_id, query.people),
        (audit.c.act, query.acts),
        (audit.c.alert_id, query.alerts),
    ):
        if values:
            where.append(among(column, sorted(values)))
    if query.refused:
        where.append(audit.c.refused != "")
    if query.tasks.after is not None:
        where.append(audit.c.at > micros(query.tasks.after))
    if query.tasks.before is not None:
        where.append(audit.c.at < micros(query.tasks.before))
    return [*where, *[await _has_name(connection, names) for names in query.tasks.names]]


async def _has_name(connection: AsyncConnection, names: NameFilter) -> ColumnElement[bool]:
    """Names are compared in Python, as all names are: the audit has few different ones."""
    patterns = tuple(map(folded, names.patterns))
    fitting: list[ColumnElement[bool]] = []
    for column in _COLUMNS[names.field]:
        known = await connection.scalars(select(column).where(column != "").distinct())
        fits = [name for name in known if any(pattern_fits(pattern, name) for pattern in patterns)]
        fitting.append(among(column, fits))
    return ~or_(*fitting) if names.leaves_out else or_(*fitting)


def _storable(text: str) -> str:
    """Half of a sign, which JSON can hold, is no text for a database."""
    return text.encode("utf-8", "replace").decode()


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.id, _attempt(row), row.tenant, row.name, row.plan)


def _attempt(row: Row[Any]) -> Attempt:
    texts = {name: getattr(row, name) for name in _TEXTS}
    about = {"alert_id": row.alert_id, "size": row.size, "until": moment_or_none(row.until)}
    return Attempt(at=moment(row.at), act=Act(row.act), **about, **texts)
