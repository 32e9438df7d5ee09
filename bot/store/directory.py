"""What tasks share, held in memory to be searched: shapes, tenants, machines, plans, people. The reading side.

Names are compared here, in Python, as `model.pattern_fits` does it: without case in every language. What comes out are
numbers, which SQL then looks for. At 50,000 names a search takes a few milliseconds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Kind, Policy, Resource, Task, TaskQuery, TaskState, Tenant, Workload, pattern_fits
from bot.store.engine import Database
from bot.store.schema import EPOCH, machines, names, plans, shapes, tenants


class Entries:
    """One table's rows by number, and each name in folded case."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._last = 0
        self.rows: dict[int, Any] = {}
        self._folded: list[tuple[str, str, tuple[str, ...], int]] = []

    async def refresh(self, connection: AsyncConnection) -> None:
        """Reads what is new: numbers only grow, until some are forgotten."""
        number = self._table.c[0]
        wanted = select(self._table).where(number > self._last).order_by(number)
        for row in (await connection.execute(wanted)).all():
            self.rows[row[0]] = row
            self._last = row[0]
            name = getattr(row, "name", "")
            ids = [f"={id_}" for id_ in (getattr(row, "id", ""), getattr(row, "uuid", "")) if isinstance(id_, str)]
            self._folded.append((name, name.casefold(), tuple(ids), row[0]))

    def forget(self) -> None:
        self._last = 0
        self.rows.clear()
        self._folded.clear()

    def fitting(self, patterns: Iterable[str], *, with_ids: bool) -> set[int]:
        """The numbers of the rows whose name fits one of the patterns, or whose whole id does."""
        found: set[int] = set()
        for pattern in patterns:
            folded = pattern.casefold()
            part = max(folded.split("*"), key=len)  # must be in the name, whatever the rest says
            found.update(
                number for name, known, _, number in self._folded if part in known and pattern_fits(pattern, name)
            )
            if with_ids:
                whole = f"={folded}"
                found.update(
                    number
                    for _, _, ids, number in self._folded
                    for id_ in ids
                    if len(id_) == len(whole) and pattern_fits(pattern, id_)
                )
        return found

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, *_ in self._folded if name}))


class Directory:
    """Call `refresh` in the transaction of a question, before anything else is asked of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forgotten = database.forgotten
        self.shapes, self.tenants = Entries(shapes), Entries(tenants)
        self.machines, self.plans, self.names = Entries(machines), Entries(plans), Entries(names)

    async def refresh(self, connection: AsyncConnection) -> None:
        every = (self.shapes, self.tenants, self.machines, self.plans, self.names)
        if self._forgotten != self._database.forgotten:
            self._forgotten = self._database.forgotten
            for entries in every:
                entries.forget()
        for entries in every:
            await entries.refresh(connection)

    def shapes_of(self, query: TaskQuery, *, ended: bool = False) -> list[int]:
        """The shapes that the query admits by state, result, type, workload, kind and root. `ended`: over only."""
        return [
            number
            for number, row in self.shapes.rows.items()
            if (not ended or row.state == TaskState.COMPLETED) and query.admits(_specimen(row))
        ]

    def open_shapes(self) -> list[int]:
        return [number for number, row in self.shapes.rows.items() if row.state != TaskState.COMPLETED]

    def tenant(self, number: int) -> Tenant:
        row = self.tenants.rows[number]
        return Tenant(row.id, row.uuid, row.name, row.locator)

    def resource(self, number: int) -> Resource:
        row = self.machines.rows[number]
        return Resource(id=row.id, name=row.name)

    def policy(self, number: int) -> Policy:
        row = self.plans.rows[number]
        return Policy(id=row.id, name=row.name)

    def ranks(self, entries: Entries, of: Mapping[int, int]) -> list[int]:
        """The numbers of `of` in the order of their names."""
        return sorted(of, key=lambda number: entries.rows[number].name.casefold())


def _specimen(row: Any) -> Task:
    """A task of this shape that has nothing else."""
    from bot.model import Result  # noqa: PLC0415

    return Task(
        account="",
        id="",
        type=row.type,
        state=row.state,
        updated_at=EPOCH,
        kind=Kind(row.kind),
        workload=Workload(row.workload),
        is_root=bool(row.is_root),
        result=Result(row.code) if row.code else None,
    )
