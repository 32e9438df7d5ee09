"""All rows of one database into another, whichever these are: in one transaction, so that a crash leaves nothing half.

Knows every table, and none of them by name.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, Table, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.dialect.transfers import count_on, hold_still, mark_older
from bot.store.engine import Database
from bot.store.schema import metadata

ROWS: Final = 1_000
"""As many go at a time."""


async def transfer(source: Database, target: Database, *, as_older: bool = False) -> int:
    """Returns how many rows. Both have the newest tables. `as_older`: the target is marked as an older copy.

    Raises StoreError where the target is not empty, or does not have all rows afterwards: then nothing was written.
    """
    total = 0
    async with source.read() as reading, target.write() as writing:
        await hold_still(reading)
        for table in metadata.sorted_tables:
            if await _size(writing, table):
                raise StoreError(f"{target.name} is not empty: it has rows in {table.name}. Name an empty database.")
        for table in metadata.sorted_tables:
            total += await _copy(reading, writing, table, target.name)
        if as_older:
            await mark_older(writing)
    return total


async def _copy(reading: AsyncConnection, writing: AsyncConnection, table: Table, name: str) -> int:
    """Columns that name another row of the same table are filled in last."""
    later = [column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
    wanted = await _size(reading, table)
    async for rows in _batches(reading, table):
        first = [{**row, **dict.fromkeys(column.name for column in later)} for row in rows]
        await writing.execute(table.insert(), first)
    for column in later:
        await _fill_in(reading, writing, table, column)
    await count_on(writing, table)
    if (there := await _size(writing, table)) != wanted:
        raise StoreError(f"{name} took {there:,} of {wanted:,} rows of {table.name}. Nothing was kept.")
    return wanted


async def _fill_in(reading: AsyncConnection, writing: AsyncConnection, table: Table, column: Column[Any]) -> None:
    (key,) = table.primary_key.columns
    put = table.update().where(key == bindparam("this")).values({column.name: bindparam("other")})
    found = await reading.execute(select(key.label("this"), column.label("other")).where(column.is_not(None)))
    for rows in found.mappings().partitions(ROWS):
        await writing.execute(put, [dict(row) for row in rows])


async def _batches(reading: AsyncConnection, table: Table) -> AsyncIterator[Sequence[dict[str, Any]]]:
    async with reading.stream(select(table).order_by(*table.primary_key.columns)) as found:
        async for rows in found.mappings().partitions(ROWS):
            yield [dict(row) for row in rows]


async def _size(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0
