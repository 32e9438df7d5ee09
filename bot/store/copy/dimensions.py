"""The small tables that many tasks share rows of: shapes, tenants, machines, plans, names of people and causes.

The writer is given the number of each row it needs. A question has all rows in memory, to be searched: names are
compared here, in Python, as `model.pattern_fits` does it, without case in every language. What comes out are numbers,
which SQL then looks for. At 50,000 names a search takes a few milliseconds.

Works on a connection inside somebody else's transaction.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errorbook.book import Book, shipped
from bot.model import (
    Fault,
    Kind,
    NameField,
    NameFilter,
    Policy,
    Resource,
    Result,
    Task,
    TaskQuery,
    Tenant,
    Workload,
    folded,
    glob_fits,
    words_fit,
)
from bot.model.values import dataclass
from bot.store.dialect import Prepared, row_among, upsert
from bot.store.engine import Database
from bot.store.schema import EPOCH, machines, moment, moment_or_none, names, plans, prunings, shapes, tenants

N = TypeVar("N")
Key = tuple[Any, ...]

_PRUNED = Prepared(lambda: select(prunings.c.count))

AT_ONCE = 2_000
"""Rows that are read in without a pause."""
NUMBERED = 100_000
"""Numbers that a writer remembers of one table. A page needs all of its own at once, so it is all of them or none."""


@cache
def _statements(table: Table) -> tuple[Prepared, Prepared, Prepared]:
    """What puts rows into a table, what gets the numbers of rows, and what gets the rows after a number."""
    number, *columns = table.c
    return (
        Prepared(lambda: upsert(table).on_conflict_do_nothing(), [column.name for column in columns]),
        Prepared(lambda: select(number, *columns).where(row_among(columns, "wanted"))),
        Prepared(lambda: select(table).where(number > bindparam("last")).order_by(number)),
    )


class Dimension(Generic[N]):
    """One table. `decode` makes a noun of a row; `name` and `ids` are the columns that are compared with patterns."""

    def __init__(self, table: Table, decode: Callable[..., N], name: str = "", ids: Sequence[str] = ()) -> None:
        places = {column.name: place for place, column in enumerate(table.c[1:])}
        self._put, self._get, self._new = _statements(table)
        self._decode = decode
        self._name = places.get(name)
        self._ids = [places[each] for each in ids]
        self._numbers: dict[Key, int] = {}
        self._last = 0
        self._names: dict[int, tuple[str, str]] = {}  # as they are, and folded
        self._by_id: dict[str, tuple[int, ...]] = {}
        self.rows: dict[int, N] = {}

    async def numbers(self, connection: AsyncConnection, keys: Sequence[Key]) -> list[int]:
        """The number of each row that is to be written; what is new is put into the table."""
        if len(self._numbers) > NUMBERED:
            self._numbers.clear()
        numbers = [self._numbers.get(key, 0) for key in keys]
        if all(numbers):
            return numbers
        missing = sorted(set(keys).difference(self._numbers))
        await self._put.many(connection, missing)
        found = await self._get.rows(connection, wanted=missing)
        self._numbers.update((tuple(key), number) for number, *key in found)
        return [self._numbers[key] for key in keys]

    def forget_numbers(self) -> None:
        self._numbers.clear()

    async def refresh(self, connection: AsyncConnection) -> None:
        """Reads what is new: numbers only grow, until some are forgotten."""
        for place, (number, *row) in enumerate(await self._new.rows(connection, last=self._last), 1):
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)  # others go on meanwhile
            self._last = number
            self.rows[number] = self._decode(*row)
            if self._name is not None:
                self._names[number] = (row[self._name], folded(row[self._name]))
            for each in self._ids:
                id_ = folded(row[each])
                self._by_id[id_] = (*self._by_id.get(id_, ()), number)

    def fitting(self, asked: NameFilter, *, with_ids: bool = True) -> set[int]:
        """The numbers of the rows whose name is meant, or whose whole id is."""
        wholes = set(map(folded, asked.wholes))
        found = {number for number, (_, name) in self._names.items() if name in wholes} if wholes else set[int]()
        for pattern in asked.patterns:
            wanted = folded(pattern)
            parts, known = wanted.split("*"), self._names.items()
            if asked.field is NameField.CAUSE:
                found.update(number for number, (_, name) in known if words_fit(wanted, name))
            elif len(parts) == 1:
                found.update(number for number, (_, name) in known if wanted in name)
            else:
                found.update(number for number, (_, name) in known if glob_fits(parts, name))
            if with_ids and wanted:
                found.update(self._by_id.get(wanted, ()))
        return found

    def sorted_as(self, number: int) -> str:
        """A row's name as lists are ordered by it."""
        return self._names[number][0].casefold()

    def names(self) -> set[str]:
        return {name for name, _ in self._names.values() if name}


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant of one account."""

    account: str
    tenant: Tenant


class Dimensions:
    """All of them. A question calls `refresh` in its transaction, before anything else is asked.

    `accounts` are those that are configured; None: whichever there are. The copy keeps a cause's sentence and code: the
    `book` knows what else belongs to it. Rows are found by their names and ids where `searched`, else by number alone.
    """

    def __init__(
        self,
        database: Database,
        accounts: frozenset[str] | None = None,
        book: Book | None = None,
        *,
        searched: bool = False,
    ) -> None:
        self._database = database
        self._book = book or shipped()
        self._accounts = accounts
        self._forgotten, self._undone = database.forgotten, database.undone
        self._pruned: list[tuple[int, ...]] = []
        name, id_, ids = ("name", ("id",), ("id", "uuid")) if searched else ("", (), ())
        self.shapes = Dimension(shapes, _of_shape)
        self.tenants = Dimension(tenants, lambda account, *row: Customer(account, Tenant(*row)), name, ids)
        self.machines = Dimension(machines, lambda id_, name: Resource(id=id_, name=name), name, id_)
        self.plans = Dimension(plans, lambda id_, name: Policy(id=id_, name=name), name, id_)
        self.names = Dimension(names, str, name)
        self._all = (self.shapes, self.tenants, self.machines, self.plans, self.names)

    @property
    def is_outdated(self) -> bool:
        """Whether rows were forgotten that may be in memory: then a question needs new dimensions."""
        return self._forgotten != self._database.forgotten

    async def forget_what_is_gone(self, connection: AsyncConnection) -> None:
        """A writer calls it in its transaction: rows that it was given numbers of may be pruned, or rolled back.

        What another process pruned it tells by a count in the database.
        """
        if self._database.is_shared:
            pruned = await _PRUNED.rows(connection)
            if pruned != self._pruned:
                self._pruned = pruned
                self._database.forgotten += 1
        gone = (self._database.forgotten, self._database.undone)
        if (self._forgotten, self._undone) != gone:
            self._forgotten, self._undone = gone
            for each in self._all:
                each.forget_numbers()

    async def refresh(self, connection: AsyncConnection) -> None:
        for each in self._all:
            await each.refresh(connection)

    def shapes_of(self, query: TaskQuery, *, ended: bool = False) -> list[int]:
        """The shapes that the query admits: by state, result, type, workload, kind and root. `ended`: over only."""
        types = tuple(each for each in query.names if each.field is NameField.TYPE)
        asked = replace(query, names=types, after=None, before=None, longer_than=None, shorter_than=None)
        shapes = self.shapes.rows.items()
        return [number for number, task in shapes if (task.is_over or not ended) and asked.admits(task)]

    def tenants_below(self, asked: NameFilter) -> set[int]:
        """The numbers of those that lie below a tenant which is meant."""
        return {number for number, each in self.tenants.rows.items() if asked.is_below(each.tenant)}

    def causes_fitting(self, asked: NameFilter) -> set[int]:
        """The numbers of the sentences that are meant, by their words, or by the name of their entry in the book."""
        entries = {entry for entry in self._book.names if asked.fits(entry)}
        known = ((number, self._book.by_text(sentence)) for number, sentence in self.names.rows.items())
        named = {number for number, cause in known if cause and cause.entry in entries} if entries else set[int]()
        return self.names.fitting(asked, with_ids=False) | named

    def open_shapes(self) -> list[int]:
        return [number for number, task in self.shapes.rows.items() if not task.is_over]

    def accounts(self) -> set[str]:
        """Those that are configured and have tasks."""
        known = {each.account for each in self.tenants.rows.values()}
        return known if self._accounts is None else known & self._accounts

    @property
    def configured(self) -> frozenset[str] | None:
        """None: whichever accounts there are."""
        return self._accounts

    def foreign_tenants(self) -> list[int]:
        """Those of accounts that are no longer configured."""
        if self._accounts is None:
            return []
        return [number for number, each in self.tenants.rows.items() if each.account not in self._accounts]

    def task(self, row: Any) -> Task:
        """`row` has the columns of `tasks` as attributes."""
        task = self.shapes.rows[row.shape]
        machine, plan = self.machines.rows[row.machine], self.plans.rows[row.plan]
        cause = self._fault(self.names.rows[row.cause], row.cause_code)
        return replace(
            task,
            account=row.account,
            id=row.id,
            uuid=row.uuid,
            updated_at=moment(row.updated_at),
            tenant=self.tenants.rows[row.tenant].tenant,
            resource=machine,
            policy=plan,
            name=machine.name,
            plan=plan.name,
            result=replace(task.result, error=cause) if task.result and cause != Fault() else task.result,
            started_by=self.names.rows[row.started_by],
            enqueued_at=moment_or_none(row.enqueued_at),
            started_at=moment_or_none(row.started_at),
            completed_at=moment_or_none(row.completed_at),
        )

    def last_run(self, row: Any, account: str) -> Task:
        """The last run of a subject, without what is that run's own. `row` has columns of `standings` as attributes."""
        machine, plan = self.machines.rows[row.run_machine], self.plans.rows[row.run_plan]
        return replace(
            self.shapes.rows[row.run_shape],
            account=account,
            tenant=self.tenants.rows[row.run_tenant].tenant,
            resource=machine,
            policy=plan,
            name=machine.name,
            plan=plan.name,
        )

    def _fault(self, sentence: str, code: str) -> Fault:
        known = self._book.by_text(sentence) if sentence else None
        return Fault(cause=sentence, code=code, explained=replace(known, code=code) if known else None)


def _of_shape(own_type: str, state: str, code: str, kind: str, workload: str, is_root: bool) -> Task:
    """A task that has nothing but this shape."""
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
