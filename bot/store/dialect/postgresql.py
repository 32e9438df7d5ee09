"""PostgreSQL: its connections, its faults, and how values differ from SQLite's. Loaded for a server only.

Writers take turns: each writing transaction begins with one advisory lock of the transaction's own, as each of
SQLite's begins with BEGIN IMMEDIATE. So what is read in it stays true until it is committed, in however many
processes, at READ COMMITTED; and no rule needs a second statement for rows that two of them write at once. A reader
sees one state from its first statement to its last, as SQLite's does: REPEATABLE READ. Who stops in the middle of a
transaction loses its connection, and with it the lock, after `IDLE_SECONDS`.

Nothing outlives a transaction on the server: no prepared statement, no session's setting. So pgbouncer may give each
transaction another connection.
"""

import asyncio
import json
import logging
import os
import re
import select
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.types.numeric import NumericLoader
from psycopg.types.string import StrDumper
from sqlalchemy import ClauseElement, Connection, Dialect, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import StoreUnavailable
from bot.store.address import Server
from bot.store.dialect.compiled_cache import COMPILED_ONCE
from bot.store.dialect.postgresql_compiler import adapt
from bot.store.dialect.statement import DriverStatement, JsonList
from bot.store.dialect.transfers import IS_OLDER, NEWEST, OLDER
from bot.store.faults import Fault, unavailable_server

OLDEST = 13
READERS = 5
"""With the two connections that write, and the one that listens, a process has eight."""
POOL_SECONDS = 30
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
LOCK_SECONDS, HURRIED_SECONDS = 20, 2
"""How long a writer waits for its turn, and once the bot stops. The first is longer than one that stands still has it.
"""
TRANSACTION_SECONDS = 90
"""How long the bot waits for a server that neither answers nor closes the connection."""
IDLE_SECONDS = 5
"""How long a transaction may stand between two statements: who was stopped in it holds up nobody for longer."""
TURN, _MIGRATING = 7_104_836_551_920_001, 7_104_836_551_920_002
"""The numbers of our advisory locks, drawn once at random: other programs use the same server."""
_NOTICES = "nightshift"
_NOTIFY = text(f"SELECT pg_notify('{_NOTICES}', :told)")
_TIMER = "nightshift timer"
_POOL_LOG = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}"
"""As of one moment, as SQLite's are: what tasks share is read before the tasks that share it."""
_ASIDE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}; SELECT pg_advisory_xact_lock({})"
_MIGRATE = f"BEGIN READ WRITE; SELECT pg_advisory_xact_lock({_MIGRATING})"
_KEEPING = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A connection whose other end is gone is known as dead in half a minute."""
_FAULTS = {
    "08": Fault.UNREACHABLE,
    "25006": Fault.READ_ONLY,  # a standby
    "25P03": Fault.UNREACHABLE,  # it stood too long in a transaction, and was cut off
    "28": Fault.REFUSED,
    "3D": Fault.NO_DATABASE,
    "40": Fault.LOCKED,
    "42501": Fault.READ_ONLY,
    "53100": Fault.FULL,
    "53": Fault.UNREACHABLE,
    "55P03": Fault.LOCKED,
    "57014": Fault.LOCKED,
    "57": Fault.UNREACHABLE,
    "58": Fault.UNREACHABLE,
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}
"""By SQLSTATE, or its first two characters (PostgreSQL's documentation, appendix A)."""
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_HALF = 6  # characters of one escape; a whole pair of surrogates has twice as many
_REFUSALS = {
    "authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist": Fault.REFUSED,
    "database .* does not exist": Fault.NO_DATABASE,
}
"""Of a connection that was never made there is no SQLSTATE, but libpq's words, in English mostly."""


class ServerDatabase:
    """The backend of one database on a server."""

    errors: tuple[type[Exception], ...] = (psycopg.Error, DBAPIError)
    note = "PostgreSQL"
    is_shared = True

    def __init__(self, address: Server) -> None:
        self.name = address.name
        self.is_older = False
        self._is_looked = False
        self._owed = ""
        self._address = address
        self._turn_seconds: float = LOCK_SECONDS
        self._waiting: set[Any] = set()  # the driver's connections that wait for their turn
        self.writer = _engine(address.url, size=1)
        self.aside = _engine(address.url, size=1)
        self.reader = _engine(address.url, size=READERS)
        event.listen(self.writer.sync_engine, "begin", self._begin_writing)
        for engine, begin in ((self.aside, _ASIDE), (self.reader, _READ)):
            event.listen(engine.sync_engine, "begin", partial(_begin_with, begin))

    def hold(self) -> None:
        """One database serves any number of processes."""

    def release(self) -> None:
        """Nothing is held."""

    def is_there(self) -> bool:
        return True

    def fault_of(self, error: Exception) -> Fault | None:
        return fault_of(error)

    def unavailable(self, fault: Fault) -> StoreUnavailable:
        return unavailable_server(fault, self.name)

    def hurry(self) -> None:
        """Who waits for its turn waits `HURRIED_SECONDS` more at most, and so does each that comes."""
        self._turn_seconds = HURRIED_SECONDS
        for driver in self._waiting:
            asyncio.get_running_loop().call_later(HURRIED_SECONDS, self._end_waiting, driver)

    def missing(self) -> Fault | None:
        return None

    async def beat(self, connection: AsyncConnection) -> None:
        """A number for the transaction is written to the log, and refused by a standby."""
        await connection.exec_driver_sql("SELECT pg_current_xact_id()")
        if not self._is_looked:
            self._is_looked = True
            self.is_older = bool((await connection.exec_driver_sql(IS_OLDER)).scalar_one())
        if self._owed:
            await connection.exec_driver_sql(self._owed)
            self._owed = ""

    async def notify(self, connection: AsyncConnection, text: str) -> None:
        await connection.execute(_NOTIFY, {"told": text})

    @asynccontextmanager
    async def notices(self) -> AsyncIterator[AsyncIterator[str]]:
        """Round pgbouncer, where there is a way."""
        connection = await psycopg.AsyncConnection.connect(self._address.direct, autocommit=True, **_options())
        try:
            await connection.execute(f"LISTEN {_NOTICES}")
            yield (notice.payload async for notice in connection.notifies())
        finally:
            await connection.close()

    def mark(self) -> Fault | None:
        return None

    def doubt(self) -> Fault | None:
        """The next beat marks it."""
        self.is_older, self._owed = True, OLDER
        return None

    def accept(self) -> None:
        """The next beat takes the mark away."""
        self.is_older, self._owed = False, NEWEST

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Round pgbouncer, where there is a way."""
        url = self._address.direct

        def connected() -> psycopg.Connection[Any]:
            return psycopg.connect(url, autocommit=True, **_options())

        engine = create_engine("postgresql+psycopg://", creator=connected, poolclass=NullPool, use_native_hstore=False)
        adapt(engine.dialect)
        event.listen(engine, "begin", lambda connection: _send(connection, _MIGRATE))
        try:
            with engine.begin() as connection:
                self._refuse_unfit(connection)
                yield connection
        except self.errors as error:
            if (fault := fault_of(error)) is None:
                raise
            raise self.unavailable(fault) from error
        finally:
            engine.dispose()

    def _begin_writing(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        self._waiting.add(driver)
        try:
            _send(connection, _WRITE.format(_limits(self._turn_seconds), TURN))
        finally:
            self._waiting.discard(driver)

    def _end_waiting(self, driver: Any) -> None:
        if driver in self._waiting:
            _cut(driver)

    def _refuse_unfit(self, connection: Connection) -> None:
        """Raises StoreUnavailable where it is too old, could not take every text, or has no place for tables."""
        asked = (
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), current_schema()"
        )
        version, encoding, schema = connection.execute(text(asked)).one()
        if version < OLDEST * 10_000:
            told = f"its server is of version {version // 10_000}. Use {OLDEST} or newer."
        elif encoding != "UTF8":
            told = f"its encoding is {encoding}. Make one whose encoding is UTF8, and name it in DATABASE_URL."
        elif schema is None:
            told = (
                "it has no schema that the bot's user may see. Make one, such as public, and give the user its rights."
            )
        else:
            return
        raise StoreUnavailable(f"The database {self.name} cannot be used: {told}")


class ServerStatement(DriverStatement):
    """Values go by their names; one that is used twice is sent once."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: list[str] | None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns, for_executemany=columns is not None)
        self._text = str(compiled)
        self._columns = columns or []
        self._given: dict[str, Any] = {
            name: value for name, value in compiled.params.items() if name not in self._columns
        }

    async def many(self, driver: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        values = [dict(zip(self._columns, row, strict=True), **self._given) for row in rows]
        try:
            async with driver.cursor() as cursor:
                await cursor.executemany(self._text, values)
        except psycopg.OperationalError as error:
            raise OperationalError(self._text, None, error) from error

    async def rows(self, driver: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        found = {
            name: JsonList(json.dumps(value)) if isinstance(value, list) else value for name, value in values.items()
        }
        try:
            async with driver.cursor() as cursor:
                await cursor.execute(self._text, {**self._given, **found})
                return await cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError as error:
            raise OperationalError(self._text, None, error) from error


def fault_of(error: Exception) -> Fault | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate is None:  # the connection could not be made, or broke
        if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            return None
        return next((fault for words, fault in _REFUSALS.items() if re.search(words, str(cause))), Fault.UNREACHABLE)
    return _FAULTS.get(cause.sqlstate) or _FAULTS.get(cause.sqlstate[:2])


class _CleanText(StrDumper):
    """PostgreSQL takes no NUL, and no half of a surrogate pair. Acronis's are gone by now; here go all others."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "").encode("utf-8", "replace").decode())


class _CleanList(StrDumper):
    """The same of the texts in a list."""

    def dump(self, obj: str) -> Any:
        return super().dump(_ESCAPE.sub(_fit_escape, obj) if "\\u" in obj else obj)


def _fit_escape(sign: re.Match[str]) -> str:
    written = sign.group().lower()
    if written == r"\u0000":
        return ""
    is_half = len(written) == _HALF and written.startswith(r"\ud") and written[3] in "89abcdef"
    return "?" if is_half else sign.group()


class _WholeNumber(NumericLoader):
    """A sum of whole numbers is one."""

    def load(self, data: Any) -> Any:
        found = super().load(data)
        return int(found) if found == found.to_integral_value() else float(found)


def _adapters() -> AdaptersMap:
    made = AdaptersMap(psycopg.adapters)
    made.register_dumper(str, _CleanText)
    made.register_dumper(JsonList, _CleanList)
    made.register_loader("numeric", _WholeNumber)
    return made


class _Adapters:
    """What psycopg takes as a `context`."""

    adapters = _adapters()
    connection = None


def _limits(lock_seconds: float = LOCK_SECONDS) -> str:
    """They end with the transaction: the connection may be another's then."""
    return (
        f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'; SET LOCAL lock_timeout = '{lock_seconds}s';"
        f" SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
    )


def _options() -> dict[str, Any]:
    return {
        "prepare_threshold": None,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "nightshift",
        "client_encoding": "UTF8",
        "context": _Adapters(),
        **_KEEPING,
    }


def _engine(url: str, *, size: int) -> AsyncEngine:
    async def connected() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(url, autocommit=True, **_options())

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connected,
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # what customers typed stays out of the log
        use_native_hstore=False,
        execution_options=COMPILED_ONCE,
    )
    adapt(engine.dialect)
    logging.getLogger(_POOL_LOG).addFilter(_is_news)
    event.listen(engine.sync_engine, "checkout", _checked_out)
    event.listen(engine.sync_engine, "checkin", _checked_in)
    return engine


def _is_news(record: logging.LogRecord) -> bool:
    """That a connection broke is said by who used it; the pool would say it again as an error, with a traceback."""
    return not str(record.msg).startswith("Exception during reset")


def _checked_out(connection: Any, record: Any, _: Any) -> None:
    """Gives out no connection whose other end is gone, and none for longer than `TRANSACTION_SECONDS`."""
    driver = connection.driver_connection
    if driver.closed or _has_word(driver.fileno()):  # nothing was asked: it can only be its end
        raise DisconnectionError
    record.info[_TIMER] = asyncio.get_running_loop().call_later(TRANSACTION_SECONDS, _cut, driver)


def _checked_in(_: Any, record: Any) -> None:
    if (timer := record.info.pop(_TIMER, None)) is not None:
        timer.cancel()


def _has_word(descriptor: int) -> bool:
    look = select.poll()
    look.register(descriptor, select.POLLIN)
    return bool(look.poll(0))


def _cut(driver: Any) -> None:
    """A server that stands still says nothing more, not even that it was asked to stop."""
    with suppress(OSError, psycopg.Error), closing(socket.socket(fileno=os.dup(driver.fileno()))) as other:
        other.shutdown(socket.SHUT_RDWR)


def _begin_with(begin: str, connection: Connection) -> None:
    _send(connection, begin.format(_limits()))


def _send(connection: Connection, begin: str) -> None:
    """One round trip opens a transaction; psycopg's own BEGIN is off with `autocommit`, its COMMIT is not."""
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    cursor.execute(begin)
    cursor.close()
