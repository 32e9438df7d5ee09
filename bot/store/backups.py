"""Back-ups of the bot's own SQLite file: one is made while a bot runs, and one is put back while none does.

A back-up is one file, of mode 600, with everything in it. What is put back is marked as an older copy: the bot then
marks as possibly repeated what it may have told since (`engine.Database.is_older`).
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bot.errors import StoreError, StoreUnavailable
from bot.store.database_file import PRIVATE, DatabaseFile
from bot.store.dialect import fault_of
from bot.store.engine import versions
from bot.store.faults import unavailable

BEFORE: Final = ".before-restore"
"""What a restore replaced lies beside it under the file's name with this."""
_SECONDS: Final = 30.0


def backup(path: Path, into: Path) -> int:
    """Copies the file at `path`, as it is now, to `into`, and returns how many bytes that has. A bot may run meanwhile.

    An older back-up there is replaced at the end, in one step. Raises StoreError or StoreUnavailable, and OSError where
    nothing can be written.
    """
    if not path.is_file():
        raise StoreUnavailable(f"{path} is not there. DATABASE_URL names the bot's file.")
    _refuse_others(path, into)
    with _beside(into) as new:
        with _told(path), closing(_live(path)) as source:
            _version(source, path)
            with closing(sqlite3.connect(new)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
                _check(target, path)
        new.replace(into)
    return into.stat().st_size


def restore(path: Path, file: Path) -> None:
    """Puts the back-up `file` in the place of the database at `path`. What was there is kept beside it.

    Raises StoreInUse while a bot runs on it, StoreError where `file` is no back-up, StoreUnavailable and OSError.
    """
    if not file.is_file():
        raise StoreError(f"{file} is not there.")
    held = DatabaseFile(path)
    held.hold()
    try:
        if path.exists() and path.samefile(file):
            raise StoreError(f"{file} is the database itself.")
        with _beside(path) as new:
            with _told(file), closing(_reading(file)) as source:
                _version(source, file)
                with closing(sqlite3.connect(new)) as target:
                    source.backup(target)
                    _check(target, file)
            held.replace(new, BEFORE)
    finally:
        held.release()


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


def _refuse_others(path: Path, into: Path) -> None:
    """Nothing is replaced but a back-up."""
    if not into.is_symlink() and not into.exists():
        return
    if into.exists() and path.samefile(into):
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


def _check(copied: sqlite3.Connection, path: Path) -> None:
    if copied.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise StoreError(f"{path} is damaged. Nothing was replaced.")


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
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))
    try:
        yield new
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
