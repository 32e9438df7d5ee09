"""The database: engines, pragmas, migrations, a copy of it, what keeps it from working. Knows nothing of what is in it.

SQLite: WAL, one connection that writes and a few that read. Every writing transaction is BEGIN IMMEDIATE, since with a
deferred one two writers read the same state and the second loses its update.
"""

import asyncio
import errno
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError, StoreUnavailable
from bot.store.database_file import DatabaseFile, Whereabouts
from bot.store.dialect import fault_of
from bot.store.faults import Fault, Trouble, unavailable
from bot.store.guard import check_guard
from bot.store.schema import metadata

READERS = 3
POOL_SECONDS = 30
BUSY_SECONDS = 5.0
"""How long a transaction waits while another program writes. It waits on the loop, so that a stop ends the wait."""
BUSY_AGAIN = 0.5
"""As long where the last one waited in vain, and when the bot stops."""
WRITER_SECONDS, READER_SECONDS = 0.2, 1.0
"""How long a connection waits in its own thread, which nothing ends."""
CHECK_SECONDS = 0.3
"""How long a start looks for damage. What it does not reach shows when it is read."""
_MOST = 2**31 - 1
_ERRORS = (sqlite3.Error, DBAPIError, PoolTimeout)
WRITING = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000", "cache_size=-8000")
"""How the connection that writes is set up. The log is copied back each 16 MB; the cache takes 8 MB: runs of many
resources touch the indexes all over."""
READING = ("query_only=ON", "cache_size=-16000", "temp_store=MEMORY")
"""How those that read are set up: the upper pages of the indexes stay in the cache from question to question."""
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The engines of one SQLite file. `write()` and `read()` give a connection inside a transaction."""

    is_shared = False
    """Whether other processes may work on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.forgotten = 0  # counts prunings of what tasks share: who remembers its numbers must look anew
        self.undone = 0  # counts transactions that were rolled back: so must who was given numbers in them
        self.written = 0  # counts those that were committed
        self.trouble: Trouble | None = None
        self.monotonic = time.monotonic  # the time of what fails
        self.is_older = False  # an older copy was put back, until `accept`
        self._file = DatabaseFile(path)
        self._id = self._generation = 0
        self._is_hurried = False
        self._writer = _engine(path, size=1, begin="BEGIN IMMEDIATE", pragmas=WRITING, patience=self._patience)
        self._reader = _engine(path, size=READERS, begin="BEGIN", pragmas=READING, patience=self._patience)

    def lock(self) -> None:
        """Holds the database for this process until `close`. Raises StoreInUse where another process has it, and
        StoreUnavailable where there can be no file."""
        self._file.hold()

    async def is_current(self) -> bool:
        """Whether the file is there and has this version's tables. It is not made where it is not there.

        Raises StoreUnavailable where no bot could start on it.
        """
        if not self.path.is_file():
            return False
        try:
            async with self.read() as connection:
                return await connection.run_sync(_version) == newest_version()
        except StoreUnavailable:
            if self.trouble and self.trouble.fault in (Fault.DAMAGED, Fault.NO_DATABASE):
                raise
            return False

    async def migrate(self) -> None:
        """Brings the tables up to date. Does nothing, and quickly, when they are."""
        await asyncio.to_thread(migrate, self.path)

    async def beat(self) -> None:
        """One write of the smallest kind, and the mark beside the file that an older copy is known by: it says how far
        this file has come. Only for who holds the lock. Raises StoreUnavailable, also where the file was deleted."""
        whereabouts = self._file.whereabouts()
        if whereabouts is not Whereabouts.THERE:
            raise self._unavailable(Fault(whereabouts))
        async with self.write() as connection:
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
        if not self.is_older:
            self._set_mark()

    def _set_mark(self) -> None:
        try:
            self._file.set_mark(self._id, self._generation)
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise self._unavailable(Fault.FULL if is_full else Fault.UNREACHABLE) from error

    def doubt(self) -> None:
        """It turned out to be an older copy, and stays one across a restart. Raises StoreUnavailable."""
        self.is_older = True
        self._generation += 1
        self._set_mark()

    def accept(self) -> None:
        """What an older copy lacked was made good: the next beat marks this file as the newest."""
        self.is_older = False

    def hurry(self) -> None:
        """The bot stops: nothing waits long for another program any more."""
        self._is_hurried = True

    def recover(self) -> None:
        """What kept failing does no longer."""
        self.trouble = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Raises StoreUnavailable where the database does not take it; then nothing was written. Raises LeaseLost where
        the job that runs may not write any more (`guarded`)."""
        try:
            async with self._writer.connect() as connection:
                try:
                    async with connection.begin():
                        await check_guard(connection)
                        yield connection
                except BaseException:
                    self.undone += 1  # before anybody else can write
                    raise
        except _ERRORS as error:
            self._fail(error)
            raise
        self.written += 1

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Raises StoreUnavailable where the database cannot be read."""
        try:
            async with self._reader.begin() as connection:
                yield connection
        except _ERRORS as error:
            self._fail(error)
            raise

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()
        self._file.release()

    def _fail(self, error: Exception) -> None:
        """Raises StoreUnavailable where the database is to blame."""
        fault = Fault.LOCKED if isinstance(error, PoolTimeout) else fault_of(error)
        if fault is not None:
            raise self._unavailable(fault) from error

    def _unavailable(self, fault: Fault) -> StoreUnavailable:
        now, error = self.monotonic(), unavailable(fault, self.path.name)
        self.trouble = Trouble(fault, error, now if self.trouble is None else self.trouble.since, now)
        return error

    def _patience(self) -> float:
        return BUSY_AGAIN if self.trouble or self._is_hurried else BUSY_SECONDS


async def migrate_locked(path: Path) -> None:
    """The `migrate` command. Raises StoreInUse while a bot runs on the file."""
    database = Database(path)
    try:
        database.lock()
        await database.migrate()
    finally:
        await database.close()


def copy_database(path: Path, into: Path) -> None:
    """Copies the file at `path`, as it is now, to `into`. Only reads it: a bot may run on it meanwhile.

    Raises StoreError where it is none of this version.
    """
    if not path.is_file():
        raise StoreError(f"{path.name} is not there. DATABASE_URL names the file of the bot whose copy is replayed.")
    # Where nobody has the file open there is no log beside it, and opening it must not make one.
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro{alone}", uri=True)) as source:
            _refuse_other_versions(source, path.name)
            with closing(sqlite3.connect(into)) as target:
                source.backup(target)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path.name} cannot be read: {error}.") from error


def _refuse_other_versions(source: sqlite3.Connection, name: str) -> None:
    try:
        row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    found, newest = row[0] if row else "", newest_version()
    if not found:
        raise StoreError(f"{name} is no database of Nightshift.")
    if found < newest:
        raise StoreError(
            f"{name} is of an older version. Start the bot of this version on it, or run `migrate`, first."
        )
    if found > newest:
        raise StoreError(f"{name} is of a newer version than this Nightshift. Replay it with that one.")


def migrate(path: Path) -> None:
    """Runs the migrations that are missing in the SQLite file at `path`, which is made if it is not there.

    All in one transaction: a process that is killed meanwhile leaves no half of the tables. Raises StoreUnavailable
    where the file cannot be used, is damaged, or was made by something else or by a version that is not known.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    _take_over(engine, "BEGIN IMMEDIATE", ())
    try:
        with engine.begin() as connection:
            _check(connection, path)
            version = _version(connection)
            if version is None and not inspect(connection).get_table_names():
                _make_new(connection)
            elif version is None and not inspect(connection).has_table("alembic_version"):
                raise StoreUnavailable(f"{path} is the database of another program. Name another file in DATABASE_URL.")
            elif version is not None and version not in _versions():
                raise StoreUnavailable(
                    f"{path} was made by another version of Nightshift ({version}). Start that version on it, or"
                    " move the file away to begin anew."
                )
            elif version != newest_version():
                _upgrade(connection)
    except (sqlite3.Error, DBAPIError) as error:
        if (fault := fault_of(error)) is None:
            raise
        raise unavailable(fault, str(path)) from error
    finally:
        engine.dispose()


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


def _make_new(connection: Connection) -> None:
    """The newest tables at once, and the note that no migration is missing (Alembic's cookbook, "from scratch")."""
    metadata.create_all(connection)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (newest_version(),))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  a quarter of a second that most starts do without
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """What Alembic has noted; None in a new file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version


def newest_version() -> str:
    return max(_versions())


def _versions() -> list[str]:
    """The versions' files begin with their numbers."""
    return [file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]


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
        connect_args={"timeout": WRITER_SECONDS if size == 1 else READER_SECONDS},
        hide_parameters=True,  # what customers typed stays out of the log
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
