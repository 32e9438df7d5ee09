"""Statements that every page of a poll runs: written with SQLAlchemy, compiled once, handed straight to the driver.

SQLAlchemy's own way costs each statement four hops to the driver's thread and each row a dict, which is more than
SQLite's work. Knows no table. The only place that knows the driver, aiosqlite.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ClauseElement, ScalarSelect, TableValuedAlias, Text, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["Prepared", "each_of", "listed", "upsert"]


def listed(name: str) -> TableValuedAlias:
    """The list that the parameter `name` holds, as a table of `value`s."""
    return func.json_each(bindparam(name, type_=Text)).table_valued("value")


def each_of(name: str) -> ScalarSelect[Any]:
    """The values of the list that the parameter `name` holds, for `in_`: one parameter, however long the list."""
    return select(listed(name).c.value).scalar_subquery()


class Prepared:
    """`columns` are the values that an insert takes; other statements name theirs with `bindparam`.

    Both ways run inside the transaction of `connection`. Raises SQLAlchemy's OperationalError as other statements do.
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
            self._compile(connection)
            try:
                await _driver(connection).executemany(self._text, rows)
            except sqlite3.OperationalError as error:
                raise OperationalError(self._text, None, error) from error

    async def rows(self, connection: AsyncConnection, **values: Any) -> list[tuple[Any, ...]]:
        """Once, with `values`; a list goes to an `each_of`. Returns the rows, as the driver gives them."""
        self._compile(connection)
        found = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        try:
            given = {**self._given, **found}
            rows = await _driver(connection).execute_fetchall(self._text, [given[name] for name in self._order])
        except sqlite3.OperationalError as error:
            raise OperationalError(self._text, None, error) from error
        return list(rows)

    def _compile(self, connection: AsyncConnection) -> None:
        if self._text:
            return
        compiled: Any = self._statement.compile(dialect=connection.dialect, column_keys=self._columns)
        self._text, self._order, self._given = str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params)
        if self._columns is not None and list(self._order) != self._columns:
            raise AssertionError(f"the statement takes {self._order}, not {self._columns}")


def _driver(connection: AsyncConnection) -> Any:
    if connection.sync_connection is None:
        raise AssertionError("a statement outside of a transaction")
    return connection.sync_connection.connection.driver_connection
