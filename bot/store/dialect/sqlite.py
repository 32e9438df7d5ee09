"""SQLite: its connections, its faults, and the file that it is.

WAL, one connection that writes and a few that read. Every writing transaction is BEGIN IMMEDIATE, since with a
deferred one two writers read the same state and the second loses its update.
"""

import asyncio
import errno
import json
import secrets
import sqlite3
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, ClauseElement, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError, StoreUnavailable
from bot.store.database_file import DatabaseFile, Whereabouts
from bot.store.dialect.compiled_cache import COMPILED_ONCE
from bot.store.dialect.sqlite_driver import DRIVER
from bot.store.dialect.statement import DriverStatement
from bot.store.faults import Fault, unavailable

READERS = 3
POOL_SECONDS = 30
WRITER_SECONDS, READER_SECONDS = 0.2, 1.0
"""How long a connection waits in its own thread, which nothing ends."""
MIGRATION_SECONDS = 5.0
"""How long a migration waits while another program writes."""
CHECK_SECONDS = 0.3
"""How long a start looks for damage. What it does not reach shows when it is read."""
_MOST = 2**31 - 1
WRITING = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000", "cache_size=-8000")
"""How the connection that writes is set up. The log is copied back each 16 MB; the cache takes 8 MB: runs of many
resources touch the indexes all over."""
READING = ("query_only=ON", "cache_size=-4000", "temp_store=MEMORY")
"""How those that read are set up. Four times the cache answers no question sooner: the machine keeps the file's pages
itself."""
_FAULTS = {
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Fault.LOCKED,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.NO_DATABASE,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Fault.UNREACHABLE,
    sqlite3.SQLITE_IOERR: Fault.UNREACHABLE,
}


class SqliteFile:
    """The backend of one file. `patience` is how many seconds a transaction waits while another program writes."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error, DBAPIError)
    note = "SQLite forgets where the disk is thrown away"
    is_shared = False

    def __init__(self, path: Path, patience: Callable[[], float]) -> None:
        self.name = path.name
        self.is_older = False
        self._path = path
        self._file = DatabaseFile(path)
        self._id = self._generation = 0
        self.writer = _engine(path, size=1, begin="BEGIN IMMEDIATE", pragmas=WRITING, patience=patience)
        self.aside = self.writer
        self.reader = _engine(path, size=READERS, begin="BEGIN", pragmas=READING, patience=patience)

    def hold(self) -> None:
        """Raises StoreInUse where another process has it, and StoreUnavailable where there can be no file."""
        self._file.hold()

    def release(self) -> None:
        self._file.release()

    def is_there(self) -> bool:
        return self._path.is_file()

    def fault_of(self, error: Exception) -> Fault | None:
        return fault_of(error)

    def unavailable(self, fault: Fault) -> StoreUnavailable:
        return unavailable(fault, self.name)

    def hurry(self) -> None:
        """`patience` says it."""

    def missing(self) -> Fault | None:
        whereabouts = self._file.whereabouts()
        return None if whereabouts is Whereabouts.THERE else Fault(whereabouts)

    async def beat(self, connection: AsyncConnection) -> None:
        """Counts the file's generation, which an older copy of it is known by. Only for who holds the lock."""
        self._id = id_ = await _pragma(connection, "application_id") or 1 + secrets.randbelow(_MOST)
        found = await _pragma(connection, "user_version")
        if not self._generation:
            mark = self._file.mark()
            self.is_older = mark is not None and mark.id == id_ and mark.generation > found
            self._generation = mark.generation if mark and self.is_older else found
        if not self.is_older:
            self._generation += 1
            await connection.exec_driver_sql(f"PRAGMA user_version = {self._generation}")
        await connection.exec_driver_sql(f"PRAGMA application_id = {id_}")

    async def notify(self, connection: AsyncConnection, text: str) -> None:
        """No other process is there."""

    @asynccontextmanager
    async def notices(self) -> AsyncIterator[AsyncIterator[str]]:
        """Nobody is there who could tell anything."""
        yield _nothing()

    def mark(self) -> Fault | None:
        """An older copy leaves the newer one's mark."""
        return None if self.is_older else self._set_mark()

    def doubt(self) -> Fault | None:
        """It stays an older copy across a restart."""
        self.is_older = True
        self._generation += 1
        return self._set_mark()

    def accept(self) -> None:
        """The next beat marks this file as the newest."""
        self.is_older = False

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Makes the file if it is not there."""
        engine = create_engine(f"sqlite:///{self._path}", connect_args={"timeout": MIGRATION_SECONDS})
        _take_over(engine, "BEGIN IMMEDIATE", ())
        try:
            with engine.begin() as connection:
                _check(connection, self._path)
                yield connection
        except self.errors as error:
            if (fault := fault_of(error)) is None:
                raise
            raise unavailable(fault, str(self._path)) from error
        finally:
            engine.dispose()

    def _set_mark(self) -> Fault | None:
        try:
            self._file.set_mark(self._id, self._generation)
        except OSError as error:
            return Fault.FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Fault.UNREACHABLE
        return None


class _Connection(sqlite3.Connection):
    """Its close ends every statement, also one whose rows nobody has read.

    SQLite keeps a closed connection, its transaction and its locks until the last statement of it ends. The traceback
    of a cancelled task refers to the cursor, and so to the statement, for as long as anybody keeps the exception.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cursors: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()

    def cursor(self, *args: Any, **options: Any) -> Any:
        made = super().cursor(*args, **options)
        self._cursors.add(made)
        return made

    def close(self) -> None:
        """May be called again."""
        for cursor in list(self._cursors):
            cursor.close()
        self._cursors.clear()
        super().close()


class SqliteStatement(DriverStatement):
    """Values go by their places."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: list[str] | None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self._text = str(compiled)
        self._order: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._given: dict[str, Any] = dict(compiled.params)
        if columns is not None and list(self._order) != columns:
            raise AssertionError(f"the statement takes {self._order}, not {columns}")

    async def many(self, driver: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        await self._call(driver.executemany, rows)

    async def rows(self, driver: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        found = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        given = {**self._given, **found}
        return list(await self._call(driver.execute_fetchall, [given[name] for name in self._order]))

    async def _call(self, method: Any, values: Sequence[Any]) -> Any:
        try:
            return await method(self._text, values)
        except sqlite3.OperationalError as error:
            raise OperationalError(self._text, None, error) from error


async def _nothing() -> AsyncIterator[str]:
    nobody: tuple[str, ...] = ()
    for text in nobody:
        yield text


def fault_of(error: Exception) -> Fault | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)  # none on errors of Python's own module
    return None if code is None else _FAULTS.get(code & 0xFF)


def copy_file(path: Path, into: Path, check: Callable[[str], None]) -> None:
    """Copies the file at `path`, as it is now, to `into`. Only reads it: a bot may run on it meanwhile.

    `check` is given the version of its tables, "" where it has none. Raises StoreError where it cannot be read.
    """
    if not path.is_file():
        raise StoreError(f"{path.name} is not there. DATABASE_URL names the file of the bot whose copy is replayed.")
    # Where nobody has the file open there is no log beside it, and opening it must not make one.
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro{alone}", uri=True)) as source:
            check(_version(source))
            with closing(sqlite3.connect(into)) as target:
                source.backup(target)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path.name} cannot be read: {error}.") from error


def _version(source: sqlite3.Connection) -> str:
    try:
        row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    return row[0] if row else ""


def _check(connection: Connection, path: Path) -> None:
    """Looks for damage, `CHECK_SECONDS` at most."""
    driver: Any = connection.connection.dbapi_connection
    ends_at = time.monotonic() + CHECK_SECONDS
    driver.set_progress_handler(lambda: time.monotonic() > ends_at, 10_000)
    try:
        found = driver.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    else:
        if found != ("ok",):
            raise unavailable(Fault.DAMAGED, str(path))
    finally:
        driver.set_progress_handler(None, 0)


async def _pragma(connection: AsyncConnection, name: str) -> int:
    return int((await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one())


def _engine(
    path: Path, *, size: int, begin: str, pragmas: tuple[str, ...], patience: Callable[[], float]
) -> AsyncEngine:
    """Its connections never make the file: one that was deleted would be there again, and empty."""
    file = {"uri": "true", "mode": "rw"}
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path.absolute()))}", query=file),
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,  # the reader that was used last is warm; the others hold little until two are needed
        connect_args={"timeout": WRITER_SECONDS if size == 1 else READER_SECONDS, "factory": _Connection},
        hide_parameters=True,  # what customers typed stays out of the log
        execution_options=COMPILED_ONCE,
        module=DRIVER,
    )
    _take_over(engine.sync_engine, begin, ("foreign_keys=ON", *pragmas), patience)
    return engine


def _take_over(
    engine: Engine, begin: str, pragmas: tuple[str, ...], patience: Callable[[], float] = lambda: 0.0
) -> None:
    """`begin` opens each transaction, in place of the driver's own BEGIN, which would leave out DDL."""

    def connected(connection: DBAPIConnection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN off
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        lower: Any = connection.connection.dbapi_connection
        if connection.dialect.is_async:  # one hop to the driver's thread in place of four
            lower.run_async(partial(_begin, begin, patience))
        else:
            lower.execute(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


async def _begin(begin: str, patience: Callable[[], float], driver: Any) -> None:
    began_at = time.monotonic()
    while True:
        try:
            await driver.execute(begin)
        except sqlite3.OperationalError as error:
            if fault_of(error) is not Fault.LOCKED or time.monotonic() - began_at >= patience():
                raise
            await asyncio.sleep(0.05)
        else:
            return
