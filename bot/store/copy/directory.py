"""What tasks share, held in memory to be searched: shapes, tenants, machines, plans, people. The reading side.

Names are compared here, in Python, as `model.pattern_fits` does it: without case in every language. What comes out are
numbers, which SQL then looks for. At 50,000 names a search takes a few milliseconds.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errorbook.book import Book, shipped
from bot.model import (
    Fault,
    Kind,
    NameField,
    Policy,
    Resource,
    Result,
    Task,
    TaskQuery,
    TaskState,
    Tenant,
    Workload,
    folded,
    pattern_fits,
)
from bot.store.dialect import Prepared
from bot.store.engine import Database
from bot.store.schema import EPOCH, machines, moment, moment_or_none, names, plans, shapes, tenants

AT_ONCE = 2_000
"""Rows that are read in without a pause."""


class Entries:
    """One table's rows by number. `name` and `ids` say which columns are compared with patterns."""

    def __init__(self, table: Table, name: str = "", *ids: str) -> None:
        number, *columns = table.c
        places = {column.name: place for place, column in enumerate(columns)}
        self._new = Prepared(select(table).where(number > bindparam("last")).order_by(number))
        self._name = places[name] if name else None
        self._ids = [places[each] for each in ids]
        self.rows: dict[int, tuple[Any, ...]] = {}
        self._last = 0
        self._folded: list[tuple[int, str, str]] = []
        self._by_id: defaultdict[str, set[int]] = defaultdict(set)

    async def refresh(self, connection: AsyncConnection) -> None:
        """Reads what is new: numbers only grow, until some are forgotten."""
        for place_of_row, (number, *row) in enumerate(await self._new.rows(connection, last=self._last), 1):
            if place_of_row % AT_ONCE == 0:
                await asyncio.sleep(0)  # others go on meanwhile
            self._last = number
            self.rows[number] = tuple(row)
            if self._name is not None:
                self._folded.append((number, row[self._name], folded(row[self._name])))
            for place in self._ids:
                self._by_id[row[place].casefold()].add(number)

    def fitting(self, patterns: Iterable[str], *, with_ids: bool = True) -> set[int]:
        """The numbers of the rows whose name fits one of the patterns, or whose whole id does."""
        found: set[int] = set()
        for pattern in patterns:
            wanted, id_ = folded(pattern), pattern.casefold()
            part = max(wanted.split("*"), key=len)  # is in the name, whatever the rest of the pattern says
            found.update(number for number, _, known in self._folded if part in known and pattern_fits(wanted, known))
            if with_ids and id_:
                found |= self._by_id.get(id_, set())
        return found

    def folded(self, number: int) -> str:
        """A row's name in folded case."""
        return str(self.rows[number][self._name or 0]).casefold()

    def names(self) -> set[str]:
        return {name for _, name, _ in self._folded if name}


class Directory:
    """Call `refresh` in the transaction of a question, before anything else is asked of it.

    `accounts` are those that are configured; None: whichever there are. The copy keeps a cause's sentence and code: the
    `book` knows what else belongs to it.
    """

    def __init__(self, database: Database, accounts: frozenset[str] | None = None, book: Book | None = None) -> None:
        self._database = database
        self._book = book or shipped()
        self._accounts = accounts
        self._forgotten = database.forgotten
        self.shapes = Entries(shapes)
        self.tenants = Entries(tenants, "name", "id", "uuid")
        self.machines = Entries(machines, "name", "id")
        self.plans = Entries(plans, "name", "id")
        self.names = Entries(names, "name")

    @property
    def is_outdated(self) -> bool:
        """Whether some of its rows were forgotten: then a new one is needed."""
        return self._forgotten != self._database.forgotten

    async def refresh(self, connection: AsyncConnection) -> None:
        for entries in (self.shapes, self.tenants, self.machines, self.plans, self.names):
            await entries.refresh(connection)

    def shapes_of(self, query: TaskQuery, *, ended: bool = False) -> list[int]:
        """The shapes that the query admits: by state, result, type, workload, kind and root. `ended`: over only."""
        types = tuple(each for each in query.names if each.field is NameField.TYPE)
        asked = replace(query, names=types, after=None, before=None, longer_than=None, shorter_than=None)
        return [
            number
            for number, row in self.shapes.rows.items()
            if (not ended or row[1] == TaskState.COMPLETED) and asked.admits(_of_shape(row))
        ]

    def open_shapes(self) -> list[int]:
        return [number for number, row in self.shapes.rows.items() if row[1] != TaskState.COMPLETED]

    def code(self, shape: int) -> str:
        return str(self.shapes.rows[shape][2])

    def kind(self, shape: int) -> Kind:
        return Kind(self.shapes.rows[shape][3])

    def workload(self, shape: int) -> Workload:
        return Workload(self.shapes.rows[shape][4])

    def accounts(self) -> set[str]:
        """Those that are configured and have tasks."""
        known = {str(row[0]) for row in self.tenants.rows.values()}
        return known if self._accounts is None else known & self._accounts

    def tenants_of(self, accounts: Collection[str]) -> list[int]:
        return [number for number, row in self.tenants.rows.items() if row[0] in accounts]

    def foreign_tenants(self) -> list[int]:
        """Those of accounts that are no longer configured."""
        if self._accounts is None:
            return []
        return [number for number, row in self.tenants.rows.items() if row[0] not in self._accounts]

    def account(self, tenant: int) -> str:
        return str(self.tenants.rows[tenant][0])

    def tenant(self, number: int) -> Tenant:
        _, *parts = self.tenants.rows[number]
        return Tenant(*parts)

    def machine_name(self, number: int) -> str:
        return str(self.machines.rows[number][1])

    def plan_name(self, number: int) -> str:
        return str(self.plans.rows[number][1])

    def name(self, number: int) -> str:
        return str(self.names.rows[number][0])

    def task(self, row: Any) -> Task:
        """`row` has the columns of `tasks` as attributes."""
        task = _of_shape(self.shapes.rows[row.shape])
        resource_id, name = self.machines.rows[row.machine]
        policy_id, plan = self.plans.rows[row.plan]
        cause = self._fault(self.name(row.cause), row.cause_code)
        return replace(
            task,
            account=row.account,
            id=row.id,
            uuid=row.uuid,
            updated_at=moment(row.updated_at),
            tenant=self.tenant(row.tenant),
            resource=Resource(id=resource_id, name=name),
            policy=Policy(id=policy_id, name=plan),
            name=name,
            plan=plan,
            result=replace(task.result, error=cause) if task.result and cause != Fault() else task.result,
            started_by=self.name(row.started_by),
            enqueued_at=moment_or_none(row.enqueued_at),
            started_at=moment_or_none(row.started_at),
            completed_at=moment_or_none(row.completed_at),
        )

    def _fault(self, sentence: str, code: str) -> Fault:
        known = self._book.by_text(sentence) if sentence else None
        return Fault(cause=sentence, code=code, explained=replace(known, code=code) if known else None)


def _of_shape(row: tuple[Any, ...]) -> Task:
    """A task that has nothing but this shape."""
    own_type, state, code, kind, workload, is_root = row
    return Task(
        account="",
        id="",
        type=own_type,
        state=state,
        updated_at=EPOCH,
        kind=Kind(kind),
        workload=Workload(workload),
        is_root=bool(is_root),
        result=Result(code) if code else None,
    )
