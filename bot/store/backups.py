"""Back-ups of the bot's own database: one is made while a bot runs, and one is put back while none does.

A back-up is one SQLite file, of mode 600, with everything in it, whichever database it is of. What is put back is
marked as an older copy: the bot then marks as possibly repeated what it may have told since
(`engine.Database.is_older`). A bot that moves from its file to a server takes all with it, and leaves an older copy.
"""

import os
import secrets
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bot.errors import StoreError, StoreUnavailable
from bot.store.address import Address, Server
from bot.store.database_file import PRIVATE, DatabaseFile
from bot.store.dialect.sqlite import fault_of
from bot.store.engine import Database, standing_still
from bot.store.faults import unavailable
from bot.store.transfer import transfer
from bot.store.versions import versions

BEFORE: Final = ".before-restore"
"""What a restore replaced lies beside it under the file's name with this."""
_SECONDS: Final = 30.0


async def backup(address: Address, into: Path) -> int:
    """Copies the database, as it is now, to the file `into`, and returns how many bytes that has. A bot may run on it
    meanwhile.

    An older back-up there is replaced at the end, in one step. Raises StoreError or StoreUnavailable, and OSError where
    nothing can be written.
    """
    _refuse_others(address, into)
    with _beside(into) as new:
        if isinstance(address, Path):
            _copy(address, new, _live)
        else:
            async with _opened(await standing_still(address, new.parent)) as source, _opened(Database(new)) as target:
                target.lock()
                await target.migrate()
                await transfer(source, target)
                await target.beat()  # so that it bears a number that an older copy is known by
        with closing(sqlite3.connect(new)) as made:
            made.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return _put(new, into)


async def restore(address: Address, file: Path) -> None:
    """Puts the back-up `file` in the place of the database: a file is kept beside the new one, a server's has to be
    empty.

    Raises StoreInUse while a bot runs on the file, StoreError where `file` is no back-up, StoreUnavailable and OSError.
    """
    _refuse_missing(file)
    if isinstance(address, Path):
        _restore_file(address, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "copy.sqlite3"
        _copy(file, copied, _reading)
        async with _opened(Database(copied)) as source, _opened(Database(address)) as target:
            await source.migrate()
            await target.migrate()
            await transfer(source, target, as_older=True)


async def move(path: Path, server: Server) -> int:
    """Copies all of the file to the empty database of a server, and returns how many rows. The file is marked as an
    older copy then: a bot that starts on it all the same marks what it may repeat.

    Raises StoreInUse while a bot runs on the file, StoreError, StoreUnavailable and OSError.
    """
    _refuse_missing(path)
    async with _opened(Database(path)) as source, _opened(Database(server)) as target:
        source.lock()
        if not await source.is_current():
            raise StoreError(
                f"{path} is of another version. Start the bot of this version on it, or run `migrate`, first."
            )
        await source.beat()
        if source.is_older:
            raise StoreError(
                f"{path} is an older copy that was put back. Let a bot run on it until it caught up, first."
            )
        await target.migrate()
        rows = await transfer(source, target)
        source.doubt()
    return rows


def _restore_file(path: Path, file: Path) -> None:
    path = Path(os.path.realpath(path))  # where it is a link, that stays one
    held = DatabaseFile(path)
    held.hold()
    try:
        if path.samefile(file):
            raise StoreError(f"{file} is the database itself.")
        with _beside(path) as new:
            _copy(file, new, _reading)
            held.replace(new, BEFORE)
    finally:
        held.release()


def _refuse_missing(file: Path) -> None:
    if not file.is_file():
        raise StoreError(f"{file} is not there.")


def _put(new: Path, into: Path) -> int:
    """How many bytes it has."""
    new.replace(into)
    return into.stat().st_size


@asynccontextmanager
async def _opened(database: Database) -> AsyncIterator[Database]:
    try:
        yield database
    finally:
        await database.close()


def _copy(path: Path, into: Path, opened: Callable[[Path], sqlite3.Connection]) -> None:
    with _told(path), closing(opened(path)) as source:
        _version(source, path)
        with closing(sqlite3.connect(into)) as target:
            source.backup(target)
            if target.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise StoreError(f"{path} is damaged. Nothing was replaced.")


def _live(path: Path) -> sqlite3.Connection:
    """The database itself: a bot may start on it meanwhile. Who may not write there can only read it."""
    may_write = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return _connect(path, "mode=rw") if may_write else _reading(path)


def _reading(path: Path) -> sqlite3.Connection:
    """Where nobody has the file open there is no log beside it, and opening it must not make one."""
    has_log = path.with_name(f"{path.name}-wal").exists()
    return _connect(path, "mode=ro" if has_log else "mode=ro&immutable=1")


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, timeout=_SECONDS)


def _refuse_others(address: Address, into: Path) -> None:
    """Nothing is replaced but a back-up."""
    if isinstance(address, Path) and not address.is_file():
        raise StoreUnavailable(f"{address} is not there. DATABASE_URL names the bot's file.")
    if not into.is_symlink() and not into.exists():
        return
    if isinstance(address, Path) and into.exists() and address.samefile(into):
        raise StoreError(f"{into} is the database itself. Name another file.")
    refusal = StoreError(f"{into} is there and is no back-up of Nightshift. Name another file.")
    if not stat.S_ISREG(into.lstat().st_mode):
        raise refusal
    try:
        with closing(_reading(into)) as found:
            _version(found, into)
    except (sqlite3.Error, StoreError):
        raise refusal from None


def _version(source: sqlite3.Connection, path: Path) -> str:
    """Of the tables. Raises StoreError where this Nightshift does not know it."""
    try:
        row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if fault_of(error) is not None:
            raise
        row = None
    if row is None:
        raise StoreError(f"{path} is no database of Nightshift.")
    if row[0] not in versions():
        raise StoreError(f"{path} was made by another version of Nightshift ({row[0]}). Use that version for it.")
    return str(row[0])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says, in words."""
    try:
        yield
    except sqlite3.Error as error:
        fault = fault_of(error)
        if fault is None:
            raise StoreError(f"{path} cannot be read: {error}.") from error
        raise unavailable(fault, str(path)) from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A new file in the folder of `path`, for nobody else to read. It is gone afterwards where nobody moved it."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))
    try:
        yield new
    finally:
        for suffix in ("", "-journal", "-wal", "-shm", ".lock", ".mark"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
