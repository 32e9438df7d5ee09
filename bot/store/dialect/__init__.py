"""What hangs on which database it is: upserts, lists as parameters, partial indexes, and statements for the driver.

With `engine` the only place that knows. Statements are written as SQLite takes them; for a server `postgresql` says in
its own words what here is `json_each`, `json_extract`, and `max` of one row. Knows no table.
"""

import json
from collections.abc import Callable, Iterable, Sequence
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
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import sqlite
from bot.store.dialect.statement import DriverStatement, JsonList

CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""For a table whose rows lie in its primary key: one tree in place of two."""


def upsert(table: Table) -> Insert:
    """An insert that may say what happens where the row is there."""
    return insert(table)


async def current(connection: AsyncConnection, now: int) -> int:
    """What time it is for all processes that share the database, in microseconds since 1970: the server's time. One
    process alone goes by its own clock, `now`."""
    if connection.dialect.name == "sqlite":
        return now
    told = await connection.scalar(text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"))
    return int(told or now)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only for which `where` holds."""
    return Index(name, *columns, unique=unique, **only_where(where))


def only_where(where: str) -> dict[str, Any]:
    """What makes an index a partial one, for migrations too."""
    return {"sqlite_where": text(where)}


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column of text by whose indexes the rows are not looked for: SQLite takes one however much it finds there."""
    return column.concat("")


def never_changed(table: Table) -> None:
    """The database itself refuses to change a row of this table."""
    for dialect in ("sqlite", "postgresql"):
        for text_ in never_changed_texts(table.name, dialect):
            trigger: DDL = DDL(text_)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", trigger.execute_if(dialect=dialect))


def never_changed_texts(name: str, dialect: str) -> tuple[str, ...]:
    """The statements that make the triggers, for migrations too."""
    told = f"'rows of {name} are never changed'"
    if dialect == "sqlite":
        trigger = f"CREATE TRIGGER {name}_never_changed BEFORE UPDATE ON {name}"
        return (f"{trigger} BEGIN SELECT RAISE(ABORT, {told}); END",)
    function = f"{name}_never_changed()"
    raises = f"BEGIN RAISE integrity_constraint_violation USING MESSAGE = {told}; END"
    return (
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $${raises}$$",
        f"CREATE TRIGGER {name}_never_changed BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}",
    )


def greatest(*values: Any) -> ColumnElement[Any]:
    """The greatest of the values of one row, NULL where one of them is."""
    return func.max(*values)


def least(*values: Any) -> ColumnElement[Any]:
    """The least of the values of one row, NULL where one of them is."""
    return func.min(*values)


def listed(name: str) -> TableValuedAlias:
    """The list that the parameter `name` holds, as a table of `value`s."""
    return _table(bindparam(name, type_=Text))


def each_of(name: str) -> ScalarSelect[Any]:
    """The values of the list that the parameter `name` holds, for `in_`: one parameter, however long the list."""
    return select(listed(name).c.value).scalar_subquery()


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values: one parameter, and one text of the statement, however many."""
    return column.in_(select(_table(JsonList(json.dumps(list(values)))).c.value))


def row_among(columns: Sequence[ColumnElement[Any]], rows: str | Iterable[Sequence[Any]]) -> ColumnElement[bool]:
    """Whether the columns have one of the rows; text names a parameter that holds them."""
    table = listed(rows) if isinstance(rows, str) else _table(JsonList(json.dumps([list(row) for row in rows])))
    each = (func.json_extract(table.c.value, f"$[{place}]") for place in range(len(columns)))
    return tuple_(*columns).in_(select(*each))


def _table(values: Any) -> TableValuedAlias:
    return func.json_each(values).table_valued("value")


class Prepared:
    """A statement that every page of a poll runs: compiled once, handed straight to the driver.

    SQLAlchemy's own way costs each statement four hops to the driver's thread and each row a dict, which is more than
    SQLite's work. `statement` is called when it is run first: what makes 85 of them costs a start 25 ms. `columns` are
    the values that an insert takes; other statements name theirs with `bindparam`. Runs inside the transaction of
    `connection`. Raises SQLAlchemy's OperationalError as other statements do.
    """

    def __init__(self, statement: Callable[[], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        self._compiled: dict[str, DriverStatement] = {}  # by the dialect's name

    async def many(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Once for each row; a row is a tuple in the order of `columns`."""
        if rows:
            await self._for(connection).many(_driver(connection), rows)

    async def rows(self, connection: AsyncConnection, **values: Any) -> list[tuple[Any, ...]]:
        """Once, with `values`; a list goes to an `each_of`. Returns the rows, as the driver gives them."""
        return await self._for(connection).rows(_driver(connection), values)

    def _for(self, connection: AsyncConnection) -> DriverStatement:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            if dialect.name == "sqlite":
                make: type[DriverStatement] = sqlite.SqliteStatement
            else:
                from bot.store.dialect.postgresql import ServerStatement as make  # noqa: PLC0415, N813
            found = self._compiled[dialect.name] = make(self._statement(), dialect, self._columns)
        return found


def _driver(connection: AsyncConnection) -> Any:
    if connection.sync_connection is None:
        raise AssertionError("a statement outside of a transaction")
    return connection.sync_connection.connection.driver_connection
