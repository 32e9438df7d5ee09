"""What moving all rows from one database into another asks of each. Knows no table."""

from sqlalchemy import Integer, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

OLDER = "COMMENT ON TABLE alembic_version IS 'an older copy'"
"""A server's database that was put back says so to each process that starts on it."""
NEWEST = "COMMENT ON TABLE alembic_version IS NULL"
IS_OLDER = "SELECT obj_description('alembic_version'::regclass, 'pg_class') IS NOT DISTINCT FROM 'an older copy'"


async def hold_still(connection: AsyncConnection) -> None:
    """What is read in this transaction is as it is at its first statement. SQLite's readers always see it so."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def count_on(connection: AsyncConnection, table: Table) -> None:
    """Numbers that the database gives from now on follow those that are there. SQLite sees to it itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None or not isinstance(column.type, Integer):
        return
    sequence = await connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    last = await connection.scalar(select(func.max(column)))
    if sequence is not None and last is not None:
        await connection.execute(select(func.setval(sequence, last)))


async def mark_older(connection: AsyncConnection) -> None:
    """Of a server's database. A file has its mark beside it."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(OLDER)
