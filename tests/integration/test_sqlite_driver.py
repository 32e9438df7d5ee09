"""Statements of SQLAlchemy on a SQLite file: how often the driver's thread is visited, and what comes back."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store.dialect.compiled_cache import COMPILED_ONCE
from bot.store.engine import Database
from bot.store.schema import names

VISIT = "executing "  # aiosqlite notes each


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    opened = Database(file)
    for opens in (opened.write, opened.read):
        async with opens():
            pass  # connects
    yield opened
    await opened.close()


def visits(caplog: pytest.LogCaptureFixture) -> int:
    found = sum(record.name == "aiosqlite" and record.message.startswith(VISIT) for record in caplog.records)
    caplog.clear()
    return found


async def fails(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(delete(names))
        raise ZeroDivisionError


async def test_a_statement_is_one_visit_and_so_are_the_begin_and_the_end(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "aiosqlite"):
        async with database.write() as connection:
            await connection.execute(insert(names), [{"id": place, "name": f"n{place}"} for place in range(3)])
            await connection.execute(select(names))
            await connection.scalar(select(names.c.id).where(names.c.name == "n1"))
        assert visits(caplog) == len(["begin", "insert", "select", "select", "commit"])
        async with database.read() as connection:
            await connection.execute(select(names))
        assert visits(caplog) == len(["begin", "select", "commit"])
        with pytest.raises(ZeroDivisionError):
            await fails(database)
        assert visits(caplog) == len(["begin", "delete", "rollback", "rollback"])  # the pool makes sure
    async with database.read() as connection:
        assert len((await connection.execute(select(names))).all()) == 3


async def test_rows_counts_and_new_ids_are_what_sqlite_says(database: Database) -> None:
    async with database.write() as connection:
        made = await connection.execute(insert(names).values(name="a"))
        assert made.inserted_primary_key == (1,)
        rows = [{"name": each} for each in "bcd"]
        assert (await connection.execute(insert(names), rows)).rowcount == 3
        assert (
            await connection.execute(update(names).where(names.c.id > 2).values(name=names.c.name + "!"))
        ).rowcount == 2
        found = await connection.execute(select(names.c.name).order_by(names.c.id))
        assert (list(found.keys()), found.fetchone(), found.scalars().all()) == (["name"], ("a",), ["b", "c!", "d!"])
        back = insert(names).returning(names.c.id, names.c.name)
        assert (await connection.execute(back, [{"name": "x"}, {"name": "y"}])).all() == [(5, "x"), (6, "y")]
        async with connection.stream(select(names.c.id).order_by(names.c.id)) as streamed:
            assert [row[0] async for row in streamed] == [1, 2, 3, 4, 5, 6]


async def test_what_sqlite_refuses_is_raised_and_leaves_the_rest(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(names).values(id=1, name="a"))
        with pytest.raises(IntegrityError):
            await connection.execute(insert(names).values(id=1, name="b"))
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM nowhere"))
        assert (await connection.execute(select(names.c.name))).scalars().all() == ["a"]


async def test_what_was_compiled_for_one_engine_serves_the_others(database: Database, tmp_path: Path) -> None:
    asked = select(names.c.id).where(names.c.name == "nobody", names.c.id > 7)
    async with database.read() as connection:
        await connection.execute(asked)
    known = len(COMPILED_ONCE["compiled_cache"])
    (tmp_path / "other.sqlite3").write_bytes(database.path.read_bytes())
    other = Database(tmp_path / "other.sqlite3")
    async with database.write() as connection, other.read() as elsewhere:
        for each in (connection, elsewhere):
            await each.execute(asked)
    await other.close()
    assert len(COMPILED_ONCE["compiled_cache"]) == known
