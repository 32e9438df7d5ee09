"""What keeps the database from being used: files that are none, damage, locks, a second bot by another name."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import StoreInUse, StoreUnavailable
from bot.store import engine
from bot.store.engine import Database, migrate, migrate_locked
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
SECOND = """
import sys
from pathlib import Path
from bot.errors import StoreInUse
from bot.store.engine import Database
try:
    Database(Path(sys.argv[1])).lock()
except StoreInUse as error:
    sys.exit(error.told)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of this version that nobody has open."""
    migrate(tmp_path / "x.sqlite3")
    return tmp_path / "x.sqlite3"


def second(path: Path) -> str:
    """What another process is told that wants the file; "" where it gets it."""
    asked = [sys.executable, "-c", SECOND, str(path)]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stderr.strip()


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_text(path: Path) -> None:
    path.write_text("Dear diary,\n" * 500)


def is_short_text(path: Path) -> None:
    path.write_text("xyz")


def is_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def has_a_spoilt_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096)


def is_another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")


def has_a_folder_for_its_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").mkdir()


def has_a_pipe_for_its_lock(path: Path) -> None:
    os.mkfifo(f"{path}.lock")


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (is_text, "it is no SQLite database. Move it away"),
        (is_short_text, "it is no SQLite database. Move it away"),
        (is_cut, "it is damaged. Stop the bot and put back a good copy"),
        (has_a_spoilt_page, "it is damaged. Stop the bot and put back a good copy"),
        (is_another_programs, "is the database of another program. Name another file"),
        (has_a_folder_for_its_log, "it is no plain file. Move it away"),
        (has_a_pipe_for_its_lock, "it is no plain file. Move it away"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told_with_file_cause_and_next_step(
    path: Path, spoil: Callable[[Path], None], cause: str
) -> None:
    spoil(path)
    with pytest.raises(StoreUnavailable) as caught:
        await migrate_locked(path)
    assert str(path) in caught.value.told
    assert cause in caught.value.told


async def test_another_programs_database_is_left_as_it_was(path: Path) -> None:
    is_another_programs(path)
    with pytest.raises(StoreUnavailable):
        await migrate_locked(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


# ── one bot ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_a_hard_link(path: Path) -> Path:
    (path.parent / "elsewhere").mkdir()
    other = path.parent / "elsewhere" / "hard.sqlite3"
    other.hardlink_to(path)
    return other


def by_a_symbolic_link(path: Path) -> Path:
    other = path.with_name("soft.sqlite3")
    other.symlink_to(path)
    return other


def by_a_linked_folder(path: Path) -> Path:
    other = path.parent / "here"
    other.symlink_to(path.parent)
    return other / path.name


def where_the_lock_file_is_deleted(path: Path) -> Path:
    path.with_name(f"{path.name}.lock").unlink()
    return path


def where_the_database_is_deleted(path: Path) -> Path:
    path.unlink()
    return path


@pytest.mark.parametrize(
    "another_name",
    [
        by_a_hard_link,
        by_a_symbolic_link,
        by_a_linked_folder,
        where_the_lock_file_is_deleted,
        where_the_database_is_deleted,
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
async def test_no_second_bot_comes_in_by_another_name(
    path: Path, another_name: Callable[[Path], Path], *, is_open: bool
) -> None:
    first = Database(path)
    first.lock()
    if is_open:
        async with first.write() as connection:
            await connection.exec_driver_sql("DELETE FROM leases")
    other = another_name(path)
    assert "Another bot already runs" in await asyncio.to_thread(second, other)
    with pytest.raises(StoreInUse):
        Database(other).lock()
    await first.close()
    assert await asyncio.to_thread(second, other) == ""


async def test_a_second_bot_that_is_refused_leaves_sqlites_own_locks(path: Path) -> None:
    """A process that opens a file and closes it loses all its POSIX locks on it, SQLite's too."""
    first = Database(path)
    first.lock()
    async with first.write() as connection:
        await connection.exec_driver_sql("DELETE FROM leases")
        for other in (path, by_a_hard_link(path)):
            with pytest.raises(StoreInUse):
                Database(other).lock()
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode=DELETE')"
        asked = [sys.executable, "-c", code, str(path)]
        done = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, check=False)
    assert "database is locked" in done.stderr
    await first.close()


def test_the_lock_neither_empties_nor_follows_what_a_link_points_to(path: Path) -> None:
    precious = path.with_name("precious")
    precious.write_text("precious")
    path.with_name(f"{path.name}.lock").symlink_to(precious)
    with pytest.raises(StoreUnavailable, match=r"x\.sqlite3\.lock"):
        Database(path).lock()
    assert precious.read_text() == "precious"


def open_to_all(path: Path) -> None:
    """As an earlier version left it."""
    path.chmod(0o644)
    Path(f"{path}.lock").touch(0o644)


async def test_nobody_else_may_read_the_database_its_log_and_its_lock(path: Path) -> None:
    open_to_all(path)
    database = Database(path)
    database.lock()
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM leases")
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert {"x.sqlite3", "x.sqlite3.lock", "x.sqlite3-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}
    await database.close()


# ── locked by another program ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_lock_is_waited_for_and_then_told(path: Path) -> None:
    database = Database(path)
    with locked(path), pytest.raises(StoreUnavailable, match=r"x\.sqlite3 .* another program has locked it"):
        async with database.write():
            raise AssertionError
    assert database.trouble is not None
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM leases")
    await database.close()


async def test_a_transaction_that_waits_for_a_lock_can_be_cut_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM must not wait for another program."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 100 * PATIENCE)
    database = Database(path)

    async def write() -> None:
        async with database.write():
            raise AssertionError

    with locked(path):
        writing = asyncio.create_task(write())
        await asyncio.sleep(0.1)
        writing.cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(writing, return_exceptions=True)
            await database.close()
    assert writing.cancelled()
