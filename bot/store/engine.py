"""The database: transactions, migrations, a copy of it, what keeps it from working. Knows nothing of what is in it.

Which database it is, its backend knows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreUnavailable
from bot.store.address import Address
from bot.store.dialect.backend import Backend
from bot.store.dialect.sqlite import SqliteFile, copy_file
from bot.store.faults import Fault, Trouble
from bot.store.guard import check_guard
from bot.store.schema import metadata
from bot.store.versions import MIGRATIONS, newest_version, refuse_other_versions, versions

BUSY_SECONDS = 5.0
"""How long a transaction waits while another program writes to a SQLite file. It waits on the loop, so that a stop ends
the wait."""
BUSY_AGAIN = 0.5
"""As long where the last one waited in vain, and when the bot stops."""
_version_table = table("alembic_version", column("version_num"))


def _backend(address: Address, patience: Callable[[], float]) -> Backend:
    if isinstance(address, Path):
        return SqliteFile(address, patience)
    from bot.store.dialect.postgresql import ServerDatabase  # noqa: PLC0415  a bot on SQLite does without psycopg

    return ServerDatabase(address)


class Database:
    """`write()` and `read()` give a connection inside a transaction."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.forgotten = 0  # counts prunings of what tasks share: who remembers its numbers must look anew
        self.undone = 0  # counts transactions that were rolled back: so must who was given numbers in them
        self.written = 0  # counts those that were committed
        self.trouble: Trouble | None = None
        self.monotonic = time.monotonic  # the time of what fails
        self._is_hurried = False
        self._backend = _backend(address, self._patience)
        self._errors: tuple[type[Exception], ...] = (*self._backend.errors, PoolTimeout)

    @property
    def name(self) -> str:
        """What people are told."""
        return self._backend.name

    @property
    def path(self) -> Path:
        """Of a SQLite file."""
        if not isinstance(self.address, Path):
            raise TypeError(f"{self.name} is no file")
        return self.address

    @property
    def note(self) -> str:
        """What an operator should know of where it is."""
        return self._backend.note

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on it."""
        return self._backend.is_shared

    @property
    def is_older(self) -> bool:
        """An older copy was put back, until `accept`."""
        return self._backend.is_older

    def lock(self) -> None:
        """Holds the database for this process until `close`. Raises StoreInUse where another process has it, and
        StoreUnavailable where there can be no file."""
        self._backend.hold()

    async def is_current(self) -> bool:
        """Whether the database is there and has this version's tables. It is not made where it is not there.

        Raises StoreUnavailable where no bot could start on it.
        """
        if not self._backend.is_there():
            return False
        try:
            async with self.read() as connection:
                return await connection.run_sync(_version) == newest_version()
        except StoreUnavailable:
            if self.trouble and self.trouble.fault in (Fault.DAMAGED, Fault.NO_DATABASE, Fault.REFUSED):
                raise
            return False

    async def migrate(self) -> None:
        """Brings the tables up to date. Does nothing, and quickly, when they are."""
        await asyncio.to_thread(_migrate, self._backend, self.address)

    async def beat(self) -> None:
        """One write of the smallest kind, and the mark that an older copy is known by, where there is one. Only for who
        holds the lock. Raises StoreUnavailable, also where the database went away."""
        self._unless(self._backend.missing())
        async with self.write() as connection:
            await self._backend.beat(connection)
        self._unless(self._backend.mark())

    def doubt(self) -> None:
        """It turned out to be an older copy. Raises StoreUnavailable."""
        self._unless(self._backend.doubt())

    def accept(self) -> None:
        """What an older copy lacked was made good."""
        self._backend.accept()

    def hurry(self) -> None:
        """The bot stops: nothing waits long for another program any more."""
        self._is_hurried = True
        self._backend.hurry()

    def recover(self) -> None:
        """What kept failing does no longer."""
        self.trouble = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Raises StoreUnavailable where the database does not take it; then nothing was written. Raises LeaseLost where
        the job that runs may not write any more (`guarded`)."""
        async with self._writing(self._backend.writer) as connection:
            await check_guard(connection)
            yield connection

    @asynccontextmanager
    async def write_aside(self) -> AsyncIterator[AsyncConnection]:
        """As `write`, and of many processes none waits for its turn: for what no rule is about. No guard holds here."""
        async with self._writing(self._backend.aside) as connection:
            yield connection

    async def notify(self, text: str) -> None:
        """Tells it to every process that listens. Raises StoreUnavailable."""
        async with self.write_aside() as connection:
            await self._backend.notify(connection, text)

    @asynccontextmanager
    async def notices(self) -> AsyncIterator[AsyncIterator[str]]:
        """What processes tell from now on, by a connection of its own. Raises StoreUnavailable where that breaks, which
        says nothing of the others."""
        try:
            async with self._backend.notices() as told:
                yield told
        except self._errors as error:
            raise self._backend.unavailable(self._backend.fault_of(error) or Fault.UNREACHABLE) from error

    @asynccontextmanager
    async def _writing(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.connect() as connection:
                try:
                    async with connection.begin():
                        yield connection
                except BaseException:
                    self.undone += 1  # before anybody else can write
                    raise
        except self._errors as error:
            self._fail(error)
            raise
        self.written += 1

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Raises StoreUnavailable where the database cannot be read."""
        try:
            async with self._backend.reader.begin() as connection:
                yield connection
        except self._errors as error:
            self._fail(error)
            raise

    async def close(self) -> None:
        await self._backend.reader.dispose()
        await self._backend.writer.dispose()
        await self._backend.aside.dispose()
        self._backend.release()

    def _fail(self, error: Exception) -> None:
        """Raises StoreUnavailable where the database is to blame."""
        fault = Fault.LOCKED if isinstance(error, PoolTimeout) else self._backend.fault_of(error)
        if fault is not None:
            raise self._unavailable(fault) from error

    def _unless(self, fault: Fault | None) -> None:
        if fault is not None:
            raise self._unavailable(fault)

    def _unavailable(self, fault: Fault) -> StoreUnavailable:
        now, error = self.monotonic(), self._backend.unavailable(fault)
        self.trouble = Trouble(fault, error, now if self.trouble is None else self.trouble.since, now)
        return error

    def _patience(self) -> float:
        return BUSY_AGAIN if self.trouble or self._is_hurried else BUSY_SECONDS


async def migrate_locked(address: Address) -> None:
    """The `migrate` command. Raises StoreInUse while a bot runs on the file."""
    database = Database(address)
    try:
        database.lock()
        await database.migrate()
    finally:
        await database.close()


async def standing_still(address: Address, folder: Path) -> Database:
    """The database to be read as it is now: of a SQLite file a copy in `folder`, of a server its own, which is only
    read. A bot may run on it meanwhile. Raises StoreError where it is none of this version.
    """
    if isinstance(address, Path):
        copied = folder / "tape.sqlite3"
        copy_database(address, copied)
        return Database(copied)
    database = Database(address)
    try:
        async with database.read() as connection:
            found = await connection.run_sync(_version)
        refuse_other_versions(found or "", database.name)
    except BaseException:
        await database.close()
        raise
    return database


def copy_database(path: Path, into: Path) -> None:
    """Copies the file at `path`, as it is now, to `into`. Only reads it: a bot may run on it meanwhile.

    Raises StoreError where it is none of this version.
    """
    copy_file(path, into, lambda found: refuse_other_versions(found, path.name))


def migrate(address: Address) -> None:
    """Runs the migrations that are missing in the database; a SQLite file is made if it is not there.

    All in one transaction: a process that is killed meanwhile leaves no half of the tables. Raises StoreUnavailable
    where the database cannot be used, is damaged, or was made by something else or by a version that is not known.
    """
    _migrate(_backend(address, lambda: BUSY_SECONDS), address)


def _migrate(backend: Backend, address: Address) -> None:
    name, kind = (str(address), "file") if isinstance(address, Path) else (address.name, "database")
    with backend.migrating() as connection:
        version = _version(connection)
        if version is None and not inspect(connection).get_table_names():
            _make_new(connection)
        elif version is None and not inspect(connection).has_table("alembic_version"):
            raise StoreUnavailable(f"{name} is the database of another program. Name another {kind} in DATABASE_URL.")
        elif version is not None and version not in versions():
            raise StoreUnavailable(
                f"{name} was made by another version of Nightshift ({version}). Start that version on it, or"
                f" move the {kind} away to begin anew."
            )
        elif version != newest_version():
            _upgrade(connection)


def _make_new(connection: Connection) -> None:
    """The newest tables at once, and the note that no migration is missing (Alembic's cookbook, "from scratch")."""
    metadata.create_all(connection)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute(_version_table.insert().values(version_num=newest_version()))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  a quarter of a second that most starts do without
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """What Alembic has noted; None in a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(select(_version_table.c.version_num)).scalar()
    return version
