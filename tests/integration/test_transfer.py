"""A bot moves from its file to PostgreSQL with all that it knows and tells nothing twice; a server is backed up too."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError, StoreInUse
from bot.model import Act
from bot.store.address import Server
from bot.store.backups import backup, move, restore
from bot.store.engine import Database
from bot.store.schema import metadata, names
from bot.store.transfer import ROWS
from tests.integration.test_backups import beside
from tests.integration.test_canary import birds, daily, goes
from tests.integration.test_canary import job as canary_job_of
from tests.night import CHANNEL, Night, machine, night

pytestmark = pytest.mark.needs("postgres")

MARK = "possibly repeated"
SOME = {"posts", "alerts", "storms", "tasks", "audit", "decisions"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        running.database.lock()
        await running.database.beat()
        yield running


async def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that is in it."""
    async with database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


async def all_in(address: Path | Server) -> dict[str, list[tuple[Any, ...]]]:
    database = Database(address)
    try:
        return await rows_of(database)
    finally:
        await database.close()


async def a_week(running: Night) -> None:
    """Cards, a storm, lines in threads, notes, a snooze, an owner, a message that is still owed, an outage's card."""
    await running.begins()
    for number in range(8):
        running.happens("error", **machine(f"SRV-{number}"))
    await running.reviewed(minutes=1)
    running.happens("error", **machine("SRV-“Ü”"), id="944455285181775999")
    await running.reviewed(minutes=5)
    await running.act(Act.TAKE, on="1")
    await running.act(Act.SNOOZE, on="2")
    running.happens("ok", ago=0.1, **machine("SRV-3"))
    await running.reviewed(minutes=30)
    running.slack.archive(CHANNEL)
    running.happens("error", ago=0.1, **machine("SRV-DEAD"))
    await running.reviewed(minutes=1)
    running.slack.archive(CHANNEL, archived=False)
    async with running.database.write() as connection:
        many = [{"name": f"name {number} ☃"} for number in range(2 * ROWS + 1)]
        await connection.execute(insert(names), many)


async def on(running: Night, address: Path | Server) -> None:
    """A bot that starts there."""
    running.database = Database(address)
    running.ends.append(running.database.close)
    running.database.lock()
    await running.database.migrate()
    await running.database.beat()
    running.follow(running.settings.routing)
    await running.outbox.unfinished(running.clock.now())
    running.delivery = running.another_delivery()


async def test_a_bot_moves_with_all_rows_and_tells_nothing_twice(running: Night, server: Server) -> None:
    await a_week(running)
    path = running.database.path
    before = await rows_of(running.database)
    assert {name for name, rows in before.items() if rows} >= SOME
    await running.database.close()
    assert await move(path, server) == sum(map(len, before.values()))
    assert await all_in(server) == before
    told = len(running.slack.posts(CHANNEL))
    await on(running, server)
    assert not running.database.is_older
    await running.poll()
    await running.deliver()
    new = running.slack.posts(CHANNEL)[told:]
    assert [each.text.count("SRV-DEAD") > 0 for each in new if not each.thread_ts] == [True]  # the one that was owed
    assert not [each for each in new if MARK in each.text.lower()]
    running.happens("ok", ago=0.05, **machine("SRV-4"))
    running.happens("error", ago=0.05, **machine("SRV-NEW"))
    await running.reviewed(minutes=2)
    after = [each.text for each in running.slack.posts(CHANNEL) if "SRV-NEW" in each.text and not each.thread_ts]
    assert len(after) == 1
    alerts = (await rows_of(running.database))["alerts"]
    assert len({row[0] for row in alerts}) == len(alerts) == len(before["alerts"]) + 1
    assert max(row[0] for row in alerts) > max(row[0] for row in before["alerts"])


async def test_the_file_that_a_bot_moved_away_from_is_an_older_copy(running: Night, server: Server) -> None:
    await running.begins()
    await running.database.close()
    await move(running.database.path, server)
    await on(running, running.database.path)
    assert running.database.is_older


async def test_nothing_is_copied_from_a_file_with_a_bot_on_it_or_to_a_database_with_rows(
    running: Night, server: Server
) -> None:
    await running.begins()
    path = running.database.path
    with pytest.raises(StoreInUse):
        await move(path, server)
    await running.database.close()
    there = Database(server)
    async with there.write() as connection:
        await connection.execute(insert(names).values(name="theirs"))
    with pytest.raises(StoreError, match="is not empty: it has rows in names"):
        await move(path, server)
    await there.close()
    found = await all_in(server)
    assert {name: len(rows) for name, rows in found.items() if rows} == {"names": 1}
    await on(running, path)
    assert not running.database.is_older  # nothing became of it


async def test_what_the_server_refuses_leaves_nothing_there(running: Night, server: Server) -> None:
    await running.begins()
    running.happens("error")
    await running.poll()
    await running.database.close()
    with closing(sqlite3.connect(running.database.path)) as file, file:
        file.execute("UPDATE posts SET version = 'many'")
    with pytest.raises(DBAPIError):
        await move(running.database.path, server)
    assert not any((await all_in(server)).values())


async def test_an_older_copy_does_not_move_before_it_caught_up(running: Night, tmp_path: Path, server: Server) -> None:
    await running.begins()
    await backup(running.database.path, tmp_path / "backup.sqlite3")
    await running.database.close()
    await restore(running.database.path, tmp_path / "backup.sqlite3")
    with pytest.raises(StoreError, match="older copy"):
        await move(running.database.path, server)
    assert not any((await all_in(server)).values())


async def moved(running: Night, server: Server) -> None:
    await running.database.close()
    await move(running.database.path, server)
    await on(running, server)


async def test_a_server_is_backed_up_while_it_is_written_to(running: Night, tmp_path: Path, server: Server) -> None:
    await a_week(running)
    await moved(running, server)
    into = tmp_path / "backup.sqlite3"
    before = await rows_of(running.database)
    async with running.database.write() as connection:  # not committed while the back-up is made
        await connection.execute(insert(names).values(name="too late"))
        size = await backup(server, into)
    assert await all_in(into) == before
    assert facts_of(into) == (size, 0o600, [into])
    await backup(server, into)
    assert len((await all_in(into))["names"]) == len(before["names"]) + 1


async def test_the_canary_goes_all_the_way_on_a_server_and_leaves_nothing_there(running: Night, server: Server) -> None:
    await running.begins()
    await moved(running, server)
    before = await rows_of(running.database)
    canary = canary_job_of(running, daily(running, in_minutes=2))
    await goes(running, canary, 6)
    assert "recovered" in birds(running)[0]
    after = await rows_of(running.database)
    assert {name: rows for name, rows in after.items() if rows != before[name]}.keys() == {"posts"}
    assert len(after["posts"]) == len(before["posts"]) + 1


@pytest.mark.parametrize("where", ["server", "file"])
async def test_what_a_server_was_backed_up_to_is_put_back_as_an_older_copy(
    running: Night, tmp_path: Path, server: Server, where: str
) -> None:
    await running.begins()
    await moved(running, server)
    await backup(server, tmp_path / "backup.sqlite3")
    running.happens("error", ago=0.5)
    await running.poll()
    await running.deliver()
    with pytest.raises(StoreError, match="is not empty"):
        await restore(server, tmp_path / "backup.sqlite3")
    await emptied(server)
    place = server if where == "server" else tmp_path / "new.sqlite3"
    await restore(place, tmp_path / "backup.sqlite3")
    await on(running, place)
    assert running.database.is_older
    await running.poll()
    await running.deliver()
    first, again = [each.text for each in running.slack.posts(CHANNEL) if "SRV-SQL01" in each.text]
    assert MARK not in first.lower()
    assert MARK in again.lower()
    for is_older in (True, False):
        again_ = Database(place if where == "server" else tmp_path / "new.sqlite3")
        if where == "file":
            await running.database.close()
            again_.lock()
        await again_.beat()
        assert again_.is_older == is_older
        again_.accept()
        await again_.beat()
        await again_.close()


def facts_of(file: Path) -> tuple[int, int, list[Path]]:
    """Its size, its mode, and what lies beside it, itself too."""
    return file.stat().st_size, file.stat().st_mode & 0o777, beside(file)


async def emptied(server: Server) -> None:
    database = Database(server)
    async with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
    await database.close()


async def test_the_server_of_an_older_version_is_not_backed_up(tmp_path: Path, server: Server) -> None:
    database = Database(server)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    await database.close()
    with pytest.raises(StoreError, match="older version"):
        await backup(replace(server), tmp_path / "backup.sqlite3")
    assert beside(tmp_path / "backup") == []
