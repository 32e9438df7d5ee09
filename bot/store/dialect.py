"""What hangs on which database it is: upserts, lists as parameters, partial indexes, and statements for the driver.

With `engine` the only file that knows that it is SQLite. Knows no table.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    DDL,
    ClauseElement,
    ColumnElement,
    Index,
    ScalarSelect,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    event,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.faults import Fault

CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""For a table whose rows lie in its primary key: one tree in place of two."""

_FAULTS = {
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Fault.LOCKED,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.NO_DATABASE,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Fault.UNREACHABLE,
    sqlite3.SQLITE_IOERR: Fault.UNREACHABLE,
}


def fault_of(error: Exception) -> Fault | None:
    """What is wrong with the database, None where the fault is another one: a statement's, or ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)  # none on errors of Python's own module
    return None if code is None else _FAULTS.get(code & 0xFF)


def upsert(table: Table) -> Insert:
    """An insert that may say what happens where the row is there."""
    return insert(table)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column of text by whose indexes the rows are not looked for: SQLite takes one however much it finds there."""
    return column.concat("")


def never_changed(table: Table) -> None:
    """The database itself refuses to change a row of this table."""
    name = table.name
    told = f"RAISE(ABORT, 'rows of {name} are never changed')"
    trigger: DDL = DDL(f"CREATE TRIGGER {name}_never_changed BEFORE UPDATE ON {name} BEGIN SELECT {told}; END")  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", trigger.execute_if(dialect="sqlite"))


def greatest(*values: Any) -> ColumnElement[Any]:
    """The greatest of the values of one row."""
    return func.max(*values)


def least(*values: Any) -> ColumnElement[Any]:
    """The least of the values of one row, none where one of them is none."""
    return func.min(*values)


def listed(name: str) -> TableValuedAlias:
    """The list that the parameter `name` holds, as a table of `value`s."""
    return _table(bindparam(name, type_=Text))


def each_of(name: str) -> ScalarSelect[Any]:
    """The values of the list that the parameter `name` holds, for `in_`: one parameter, however long the list."""
    return select(listed(name).c.value).scalar_subquery()


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values: one parameter, and one text of the statement, however many."""
    return column.in_(select(_table(json.dumps(list(values))).c.value))


def row_among(columns: Sequence[ColumnElement[Any]], rows: str | Iterable[Sequence[Any]]) -> ColumnElement[bool]:
    """Whether the columns have one of the rows; text names a parameter that holds them."""
    table = listed(rows) if isinstance(rows, str) else _table(json.dumps([list(row) for row in rows]))
    each = (func.json_extract(table.c.value, f"$[{place}]") for place in range(len(columns)))
    return tuple_(*columns).in_(select(*each))


def _table(values: Any) -> TableValuedAlias:
    return func.json_each(values).table_valued("value")


class Prepared:
    """A statement that every page of a poll runs: compiled once, handed straight to the driver.

    SQLAlchemy's own way costs each statement four hops to the driver's thread and each row a dict, which is more than
    SQLite's work. `columns` are the values that an insert takes; other statements name theirs with `bindparam`. Runs
    inside the transaction of `connection`. Raises SQLAlchemy's OperationalError as other statements do.
    """

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        self._text = ""
        self._order: tuple[str, ...] = ()
        self._given: dict[str, Any] = {}

    async def many(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Once for each row; a row is a tuple in the order of `columns`."""
        if rows:
            await self._call(connection, "executemany", rows)

    async def rows(self, connection: AsyncConnection, **values: Any) -> list[tuple[Any, ...]]:
        """Once, with `values`; a list goes to an `each_of`. Returns the rows, as the driver gives them."""
        self._compile(connection)
        found = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        given = {**self._given, **found}
        return list(await self._call(connection, "execute_fetchall", [given[name] for name in self._order]))

    async def _call(self, connection: AsyncConnection, method: str, values: Sequence[Any]) -> Any:
        self._compile(connection)
        if connection.sync_connection is None:
            raise AssertionError("a statement outside of a transaction")
        driver: Any = connection.sync_connection.connection.driver_connection
        try:
            return await getattr(driver, method)(self._text, values)
        except sqlite3.OperationalError as error:
            raise OperationalError(self._text, None, error) from error

    def _compile(self, connection: AsyncConnection) -> None:
        if self._text:
            return
        compiled: Any = self._statement.compile(dialect=connection.dialect, column_keys=self._columns)
        self._text, self._order, self._given = str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params)
        if self._columns is not None and list(self._order) != self._columns:
            raise AssertionError(f"the statement takes {self._order}, not {self._columns}")
