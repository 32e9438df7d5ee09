"""The database: engines, pragmas, the lock beside the file, migrations, a copy of it. Knows nothing of what is in it.

SQLite: WAL, one connection that writes and a few that read. Every writing transaction is BEGIN IMMEDIATE, since with a
deferred one two writers read the same state and the second loses its update.
"""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError, StoreInUse
from bot.store.schema import metadata

READERS = 3
BUSY_SECONDS = 30
WRITING = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000", "cache_size=-8000")
"""How the connection that writes is set up. The log is copied back each 16 MB; the cache takes 8 MB: runs of many
resources touch the indexes all over."""
READING = ("query_only=ON", "cache_size=-16000", "temp_store=MEMORY")
"""How those that read are set up: the upper pages of the indexes stay in the cache from question to question."""
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The engines of one SQLite file. `write()` and `read()` give a connection inside a transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.forgotten = 0  # counts prunings of what tasks share: who remembers its numbers must look anew
        self.undone = 0  # counts transactions that were rolled back: so must who was given numbers in them
        self._lock: TextIO | None = None
        self._writer = _engine(path, size=1, begin="BEGIN IMMEDIATE", pragmas=WRITING)
        self._reader = _engine(path, size=READERS, begin="BEGIN", pragmas=READING)

    def lock(self) -> None:
        """Holds the database for this process until `close`. Raises StoreInUse where another process has it."""
        handle = self.path.with_name(self.path.name + ".lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise StoreInUse(
                f"Another bot already runs on {self.path.name}. Stop it first: one database serves one process."
            ) from None
        self._lock = handle

    async def is_current(self) -> bool:
        """Whether the file is there and has this version's tables. It is not made where it is not there."""
        if not self.path.is_file():
            return False
        try:
            async with self.read() as connection:
                return await connection.run_sync(_version) == newest_version()
        except DBAPIError:
            return False

    async def migrate(self) -> None:
        """Brings the tables up to date. Does nothing, and quickly, when they are."""
        await asyncio.to_thread(migrate, self.path)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._writer.connect() as connection:
            try:
                async with connection.begin():
                    yield connection
            except BaseException:
                self.undone += 1  # before anybody else can write
                raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._reader.begin() as connection:
            yield connection

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


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

    All in one transaction: a process that is killed meanwhile leaves no half of the tables. Raises StoreError where the
    file was made by a version that this one does not know.
    """
    engine = create_engine(f"sqlite:///{path}")
    _take_over(engine, "BEGIN IMMEDIATE", ())
    try:
        with engine.begin() as connection:
            version = _version(connection)
            if version is None and not inspect(connection).get_table_names():
                _make_new(connection)
            elif version is not None and version not in _versions():
                raise StoreError(
                    f"{path.name} was made by another version of Nightshift ({version}). Start that version on it, or"
                    " move the file away to begin anew."
                )
            elif version != newest_version():
                _upgrade(connection)
    finally:
        engine.dispose()


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


def _engine(path: Path, *, size: int, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        pool_size=size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,  # what customers typed stays out of the log
    )
    _take_over(engine.sync_engine, begin, ("foreign_keys=ON", *pragmas))
    return engine


def _take_over(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
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
            lower.run_async(lambda driver: driver.execute(begin))
        else:
            lower.execute(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
