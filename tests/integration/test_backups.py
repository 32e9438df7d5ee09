"""Back-ups of the bot's own file: whole while it is written to, put back as an older copy, nothing else replaced."""

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreError, StoreInUse, StoreUnavailable
from bot.store.backups import BEFORE, backup, restore
from bot.store.engine import Database
from tests.night import CHANNEL, Night, night

MARK = "possibly repeated"
NAMES = "SELECT count(*) FROM names"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        running.database.lock()
        await running.database.beat()
        yield running


def numbers_in(path: Path) -> tuple[str, int]:
    """What SQLite finds wrong, and how many names there are."""
    with closing(sqlite3.connect(path)) as file:
        (wrong,), (names,) = (file.execute(each).fetchone() for each in ("PRAGMA integrity_check", NAMES))
        return wrong, names


def beside(path: Path) -> list[Path]:
    return [each for each in path.parent.iterdir() if path.name in each.name]


async def writes(database: Database, number: int = 1) -> None:
    for _ in range(number):
        async with database.write() as connection:
            await connection.exec_driver_sql("INSERT INTO names (name) VALUES (hex(randomblob(2000)))")
    await database.beat()


async def restarted(running: Night) -> None:
    """A bot that starts on what lies there now."""
    running.database = Database(running.database.path)
    running.ends.append(running.database.close)
    running.database.lock()
    await running.database.migrate()
    await running.database.beat()
    running.follow(running.settings.routing)
    running.delivery = running.another_delivery()


async def test_a_back_up_is_one_whole_file_while_the_bot_writes(running: Night, tmp_path: Path) -> None:
    into, path = tmp_path / "backup.sqlite3", running.database.path
    await writes(running.database, 3)
    writing = asyncio.create_task(writes(running.database, 200))
    size = await backup(path, into)
    await writing
    wrong, names = numbers_in(into)
    assert (wrong, names >= 3, size) == ("ok", True, into.stat().st_size)
    assert stat.S_IMODE(into.stat().st_mode) == 0o600
    assert beside(into) == [into]


async def test_a_back_up_replaces_an_older_one_and_holds_what_is_only_in_the_log(
    running: Night, tmp_path: Path
) -> None:
    into = tmp_path / "backup.sqlite3"
    await backup(running.database.path, into)
    await writes(running.database, 2)
    await backup(running.database.path, into)
    assert numbers_in(into) == ("ok", 2)


async def test_what_is_restored_is_an_older_copy_and_what_it_repeats_is_marked(running: Night, tmp_path: Path) -> None:
    await running.begins()
    await backup(running.database.path, tmp_path / "backup.sqlite3")
    running.happens("error", ago=0.5)
    await running.poll()
    await running.deliver()
    await running.database.close()
    await restore(running.database.path, tmp_path / "backup.sqlite3")
    await restarted(running)
    assert running.database.is_older
    await running.poll()
    await running.deliver()
    first, again = [each.text for each in running.slack.posts(CHANNEL) if "SRV-SQL01" in each.text]
    assert MARK not in first.lower()
    assert MARK in again.lower()


async def other_machine(running: Night, elsewhere: Path) -> Path:
    """Where the bot never ran."""
    return elsewhere / "fresh.sqlite3"


async def same_place(running: Night, elsewhere: Path) -> Path:
    return running.database.path


async def emptied(running: Night, elsewhere: Path) -> Path:
    """The file and all beside it were lost."""
    for path in running.database.path.parent.glob(f"{running.database.path.name}*"):
        path.unlink()
    return running.database.path


@pytest.mark.parametrize("place", [other_machine, same_place, emptied])
async def test_wherever_it_is_restored_it_is_known_for_an_older_copy_until_it_caught_up(
    running: Night, tmp_path: Path, place: Callable[[Night, Path], "asyncio.Future[Path]"]
) -> None:
    await writes(running.database, 2)
    await backup(running.database.path, file := tmp_path / "backup.sqlite3")
    await writes(running.database, 1)
    await running.database.close()
    (tmp_path / "elsewhere").mkdir()
    path = await place(running, tmp_path / "elsewhere")
    await restore(path, file)
    assert numbers_in(path) == ("ok", 2)
    for is_older in (True, True, False):
        database = Database(path)
        database.lock()
        await database.migrate()
        await database.beat()
        assert database.is_older == is_older
        if database.is_older:
            await writes(database)  # what it writes meanwhile stays
        if numbers_in(path)[1] == 4:
            database.accept()
            await database.beat()
        await database.close()
    assert numbers_in(path) == ("ok", 4)


async def test_a_killed_bots_log_is_not_mixed_with_what_is_restored_and_is_kept(running: Night, tmp_path: Path) -> None:
    await writes(running.database, 2)
    await backup(running.database.path, file := tmp_path / "backup.sqlite3")
    await writes(running.database, 5)
    (tmp_path / "crashed").mkdir()
    for each in running.database.path.parent.glob(f"{running.database.path.name}*"):
        shutil.copy(each, tmp_path / "crashed")
    path = tmp_path / "crashed" / running.database.path.name
    await restore(path, file)
    assert numbers_in(path) == ("ok", 2)
    assert numbers_in(path.with_name(path.name + BEFORE)) == ("ok", 7)
    await restore(path, file)  # again: what is kept is now the first restore's, without the old log
    assert numbers_in(path.with_name(path.name + BEFORE)) == ("ok", 2)


async def test_where_the_database_is_a_link_what_it_leads_to_is_restored(running: Night, tmp_path: Path) -> None:
    await writes(running.database, 2)
    await backup(running.database.path, file := tmp_path / "backup.sqlite3")
    await writes(running.database, 1)
    await running.database.close()
    (tmp_path / "elsewhere").mkdir()
    (link_ := tmp_path / "elsewhere" / "linked.sqlite3").symlink_to(running.database.path)
    await restore(link_, file)
    assert numbers_in(running.database.path) == ("ok", 2)
    assert link_.readlink() == running.database.path
    again = Database(link_)
    again.lock()
    await again.beat()
    assert again.is_older
    await again.close()


async def test_back_ups_to_one_file_at_a_time_leave_a_whole_one(running: Night, tmp_path: Path) -> None:
    await writes(running.database, 20)
    into = tmp_path / "backup.sqlite3"
    making = [asyncio.to_thread(asyncio.run, backup(running.database.path, into)) for _ in range(3)]
    assert len(set(await asyncio.gather(*making))) == 1
    assert numbers_in(into) == ("ok", 20)
    assert beside(into) == [into]


async def test_a_restore_is_refused_while_a_bot_runs(running: Night, tmp_path: Path) -> None:
    await backup(running.database.path, file := tmp_path / "backup.sqlite3")
    await writes(running.database, 1)
    with pytest.raises(StoreInUse):
        await restore(running.database.path, file)
    assert numbers_in(running.database.path) == ("ok", 1)


def text(path: Path) -> None:
    path.write_text("what")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE theirs (id)")


def newer(path: Path) -> None:
    another_program(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("CREATE TABLE alembic_version (version_num)")
        file.execute("INSERT INTO alembic_version VALUES ('9999')")


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/nowhere")


@pytest.mark.parametrize("make", [text, another_program, newer, folder, pipe, link])
async def test_a_back_up_replaces_nothing_else(running: Night, tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(into := tmp_path / "other")
    before = into.lstat()
    with pytest.raises(StoreError, match="no back-up of Nightshift"):
        await backup(running.database.path, into)
    assert (into.lstat().st_ino, into.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_a_back_up_does_not_replace_the_database_by_any_of_its_names(running: Night, tmp_path: Path) -> None:
    path = running.database.path
    (tmp_path / "hard").hardlink_to(path)
    for into in (path, path.parent / "." / path.name, tmp_path / "hard"):
        with pytest.raises(StoreError, match="the database itself"):
            await backup(path, into)
    await running.database.close()
    with pytest.raises(StoreError, match="the database itself"):
        await restore(path, tmp_path / "hard")
    assert numbers_in(path)[0] == "ok"


@pytest.mark.parametrize("make", [text, another_program, newer])
async def test_what_is_no_back_up_is_not_restored(running: Night, tmp_path: Path, make: Callable[[Path], None]) -> None:
    await writes(running.database, 1)
    await running.database.close()
    make(file := tmp_path / "other")
    with pytest.raises((StoreError, StoreUnavailable)):
        await restore(running.database.path, file)
    assert numbers_in(running.database.path) == ("ok", 1)
    assert not running.database.path.with_name(running.database.path.name + BEFORE).exists()


@pytest.mark.parametrize("spoil", ["cut", "scribbled"])
async def test_a_damaged_back_up_is_not_restored(running: Night, tmp_path: Path, spoil: str) -> None:
    await writes(running.database, 50)
    await backup(running.database.path, file := tmp_path / "backup.sqlite3")
    await running.database.close()
    content = file.read_bytes()
    half = len(content) // 2
    file.write_bytes(content[:half] if spoil == "cut" else content[:half] + bytes(4096) + content[half + 4096 :])
    with pytest.raises((StoreError, StoreUnavailable)):
        await restore(running.database.path, file)
    assert numbers_in(running.database.path) == ("ok", 50)


async def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="DATABASE_URL"):
        await backup(tmp_path / "none", tmp_path / "backup")
    with pytest.raises(StoreError, match="is not there"):
        await restore(tmp_path / "bot", tmp_path / "none")
    assert [each for name in ("none", "backup", "bot") for each in beside(tmp_path / name)] == []


async def test_a_folder_that_takes_nothing_is_told_and_nothing_is_left(running: Night, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await backup(running.database.path, tmp_path / "no folder" / "backup")
