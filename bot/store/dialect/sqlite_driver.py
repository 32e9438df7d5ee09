"""SQLAlchemy's way to aiosqlite, with one visit to the driver's thread for each statement in place of four.

By itself it goes there for a cursor, to execute, for the rows, and to close: each time two threads wake each other,
which takes longer than SQLite's own work. Statements whose rows are streamed go its own way.

It reaches into both libraries, as their adapters do with each other: there is no other way in. Every test on SQLite
goes through here.
"""
# ruff: noqa: SLF001

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT


class _Said:
    """What is left of a cursor when its rows were fetched and it was closed."""

    __slots__ = ("arraysize", "description", "lastrowid", "rowcount")

    def __init__(self) -> None:
        self.arraysize = 1
        self.description: Any = None
        self.lastrowid: int | None = None
        self.rowcount = -1

    def end(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid, self.rowcount = cursor.description, cursor.lastrowid, cursor.rowcount
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _cursor: Any
    _connection: Any

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = _Said()
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        async with self._adapt_connection._execute_mutex:
            self._rows = deque(await self._connection._execute(self._fetch, operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        async with self._adapt_connection._execute_mutex:
            await self._connection._execute(self._repeat, operation, seq_of_parameters)

    async def _async_soft_close(self) -> None:
        """It was closed in the driver's thread."""

    def close(self) -> None:
        self._rows.clear()

    def _fetch(self, text: str, values: Sequence[Any]) -> list[Any]:
        """In the driver's thread."""
        cursor = self._connection._conn.execute(text, values)
        try:
            return cursor.fetchall() if cursor.description else []
        finally:
            self._cursor.end(cursor)

    def _repeat(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """In the driver's thread."""
        self._cursor.end(self._connection._conn.executemany(text, rows))


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_is_over",)
    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._is_over = False  # nothing was asked since a commit

    def cursor(self, server_side: bool = False) -> Any:
        self._is_over = False
        return super().cursor(server_side)

    def run_async(self, fn: Any) -> Any:
        self._is_over = False
        return super().run_async(fn)

    def commit(self) -> None:
        super().commit()
        self._is_over = True

    def rollback(self) -> None:
        """The pool asks for it whenever a connection comes back."""
        if not self._is_over:
            super().rollback()


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arg: Any, **kw: Any) -> _Connection:
        return _Connection(self, super().connect(*arg, **kw)._connection)


DRIVER = _Driver(aiosqlite, sqlite3)
"""For an engine's `module`."""
