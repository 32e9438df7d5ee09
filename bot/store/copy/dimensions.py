"""Numbers for what many tasks share: shapes, tenants, machines, plans, names. The writing side; `directory` reads.

Works on a connection inside somebody else's transaction.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import Prepared, row_among, upsert
from bot.store.engine import Database
from bot.store.schema import machines, names, plans, shapes, tenants

CACHED = 100_000

Key = tuple[Any, ...]


class Shared:
    """Numbers of one table's rows by what is in them. Remembers what it has seen, once it is kept."""

    def __init__(self, table: Table) -> None:
        number, *columns = table.c
        self._put = Prepared(upsert(table).on_conflict_do_nothing(), [column.name for column in columns])
        self._get = Prepared(select(number, *columns).where(row_among(columns, "wanted")))
        self._numbers: dict[Key, int] = {}

    async def numbers(self, connection: AsyncConnection, wanted: set[Key]) -> Mapping[Key, int]:
        """The number of each wanted row; new ones are written. Call `keep` once the transaction is through."""
        remembered = self._numbers
        missing = sorted(key for key in wanted if key not in remembered)
        known = {key: remembered[key] for key in wanted if key in remembered}
        if missing:
            await self._put.many(connection, missing)
            found = await self._get.rows(connection, wanted=[list(key) for key in missing])
            known.update({tuple(key): number for number, *key in found})
        return known

    def keep(self, numbers: Mapping[Key, int]) -> None:
        if len(self._numbers) > CACHED:
            self._numbers.clear()
        self._numbers.update(numbers)

    def forget(self) -> None:
        self._numbers.clear()


class Numbers:
    """All the tables that tasks share rows of. A row that was rolled back is never remembered, nor one that is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forgotten = database.forgotten
        self.shapes, self.tenants = Shared(shapes), Shared(tenants)
        self.machines, self.plans, self.names = Shared(machines), Shared(plans), Shared(names)

    def check(self) -> None:
        """To be called inside the transaction: drops what is remembered if some of it was pruned meanwhile."""
        if self._forgotten != self._database.forgotten:
            self._forgotten = self._database.forgotten
            for shared in (self.shapes, self.tenants, self.machines, self.plans, self.names):
                shared.forget()
