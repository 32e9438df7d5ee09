"""One statement for very many rows: compiled once, then handed to the driver with plain tuples.

SQLAlchemy's own `executemany` makes a dict of each row and takes it apart again, which costs more than SQLite's work.
Knows no table.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection


class Bulk:
    """`statement` names one value for each of `columns`; a row is a tuple in the order of `columns`."""

    def __init__(self, statement: Executable, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = tuple(columns)
        self._texts: dict[str, str] = {}

    async def run(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            await connection.exec_driver_sql(self._text(connection), list(rows))

    def _text(self, connection: AsyncConnection) -> str:
        name = connection.dialect.name
        if name not in self._texts:
            compiled: Any = self._statement.compile(dialect=connection.dialect, column_keys=list(self._columns))
            if tuple(compiled.positiontup) != self._columns:
                raise AssertionError(f"the statement takes {compiled.positiontup}, not {self._columns}")
            self._texts[name] = str(compiled)
        return self._texts[name]
