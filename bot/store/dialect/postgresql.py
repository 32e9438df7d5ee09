"""PostgreSQL: its connections, its faults, and how tables and values differ from SQLite's. Loaded for a server only.

Writers take turns: each writing transaction begins with one advisory lock of the transaction's own, as each of
SQLite's begins with BEGIN IMMEDIATE. So what is read in it stays true until it is committed, in however many
processes, at READ COMMITTED; and no rule needs a second statement for rows that two of them write at once. Who stops
in the middle of a transaction loses its connection, and with it the lock, after `IDLE_SECONDS`.

Nothing outlives a transaction on the server: no prepared statement, no session's setting. So pgbouncer may give each
transaction another connection.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.types.numeric import NumericLoader
from psycopg.types.string import StrDumper
from sqlalchemy import (
    ClauseElement,
    Connection,
    Dialect,
    Integer,
    Select,
    TableValuedAlias,
    Text,
    Tuple,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import StoreUnavailable
from bot.store.address import Server
from bot.store.dialect.statement import DriverStatement
from bot.store.faults import Fault, unavailable_server

READERS = 5
"""With the connection that writes, and two that others may open beside the pools, a process has eight."""
POOL_SECONDS = 30
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
LOCK_SECONDS = 20
"""How long a writer waits for its turn. Longer than one that was stopped holds it."""
IDLE_SECONDS = 15
"""How long a transaction may stand between two statements: who was stopped in it holds up nobody for longer."""
_TURN, _MIGRATING = 7_104_836_551_920_001, 7_104_836_551_920_002
"""The numbers of our advisory locks, drawn once at random: other programs use the same server."""
_LIMITS = (
    f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'; SET LOCAL lock_timeout = '{LOCK_SECONDS}s';"
    f" SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
_READ = f"BEGIN READ ONLY; {_LIMITS}"
_WRITE = f"BEGIN READ WRITE; {_LIMITS}; SELECT pg_advisory_xact_lock({_TURN})"
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
_REFUSALS = {
    "password authentication failed": Fault.REFUSED,
    "no password supplied": Fault.REFUSED,
    "no pg_hba.conf entry": Fault.REFUSED,
    'database "': Fault.NO_DATABASE,
    'role "': Fault.REFUSED,
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
        self._address = address
        self.writer = _engine(address.url, size=1, begin=_WRITE)
        self.reader = _engine(address.url, size=READERS, begin=_READ)

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

    def missing(self) -> Fault | None:
        return None

    async def beat(self, connection: AsyncConnection) -> None:
        """A number for the transaction is written to the log, and refused by a standby."""
        await connection.exec_driver_sql("SELECT pg_current_xact_id()")

    def mark(self) -> Fault | None:
        return None

    def doubt(self) -> Fault | None:
        self.is_older = True
        return None

    def accept(self) -> None:
        self.is_older = False

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Round pgbouncer, where there is a way."""
        url = self._address.direct

        def connected() -> psycopg.Connection[Any]:
            return psycopg.connect(url, autocommit=True, **_options())

        engine = create_engine("postgresql+psycopg://", creator=connected, poolclass=NullPool, use_native_hstore=False)
        _adapt(engine.dialect)
        _begin_with(engine, _MIGRATE)
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

    def _refuse_unfit(self, connection: Connection) -> None:
        """Raises StoreUnavailable where it could not take every text, or has no schema to put tables in."""
        encoding, schema = connection.execute(text("SELECT current_setting('server_encoding'), current_schema()")).one()
        if encoding != "UTF8":
            told = f"its encoding is {encoding}. Make one whose encoding is UTF8, and name it in DATABASE_URL."
            raise StoreUnavailable(f"The database {self.name} cannot be used: {told}")
        if schema is None:
            told = (
                "it has no schema that the bot's user may see. Make one, such as public, and give the user its rights."
            )
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
        found = {name: _json(value) if isinstance(value, list) else value for name, value in values.items()}
        try:
            async with driver.cursor() as cursor:
                await cursor.execute(self._text, {**self._given, **found})
                return await cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError as error:
            raise OperationalError(self._text, None, error) from error


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def fault_of(error: Exception) -> Fault | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate is None:  # the connection could not be made, or broke
        if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            return None
        return next((fault for words, fault in _REFUSALS.items() if words in str(cause)), Fault.UNREACHABLE)
    return _FAULTS.get(cause.sqlstate) or _FAULTS.get(cause.sqlstate[:2])


class _CleanText(StrDumper):
    """PostgreSQL takes no NUL, and no half of a surrogate pair. Acronis's are gone by now; here go all others."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "").encode("utf-8", "replace").decode())


class _WholeNumber(NumericLoader):
    """A sum of whole numbers is one."""

    def load(self, data: Any) -> Any:
        found = super().load(data)
        return int(found) if found == found.to_integral_value() else float(found)


def _adapters() -> AdaptersMap:
    made = AdaptersMap(psycopg.adapters)
    made.register_dumper(str, _CleanText)
    made.register_loader("numeric", _WholeNumber)
    return made


class _Adapters:
    """What psycopg takes as a `context`."""

    adapters = _adapters()
    connection = None


class _Statements(PGCompiler_psycopg):
    """What `dialect` writes for SQLite, in PostgreSQL's words. Lists are typed as what they are compared with."""

    def visit_json_each_func(self, function: Any, **given: Any) -> str:
        """The texts of a list, as a table."""
        return f"jsonb_array_elements_text({self._listed(function, given)})"

    def visit_max_func(self, function: Any, **given: Any) -> str:
        return self._of_row("greatest", function, given)

    def visit_min_func(self, function: Any, **given: Any) -> str:
        return self._of_row("least", function, given)

    def _on_conflict_target(self, clause: Any, **given: Any) -> str:
        """SQLite's own clause names columns, and no constraint."""
        names = [self.preparer.quote(getattr(each, "name", each)) for each in clause.inferred_target_elements or ()]
        return f"({', '.join(names)})" if names else ""

    def visit_in_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        return self._within(binary, given) or self._generate_generic_binary(binary, " IN ", **given)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        found = self._within(binary, given)
        if found:
            return f"(NOT {found})"
        return str(super().visit_not_in_op_binary(binary, operator, **given))  # type: ignore[no-untyped-call]

    def _within(self, binary: Any, given: dict[str, Any]) -> str:
        """Whether columns have one of the values of a list; "" where they are compared with something else."""
        function = _list_of(binary.right)
        if function is None:
            return ""
        listed, left = self._listed(function, given), self.process(binary.left, **given)
        if isinstance(binary.left, Tuple):
            each = [self._cast(f"value ->> {place}", column.type) for place, column in enumerate(binary.left.clauses)]
            return f"{left} IN (SELECT {', '.join(each)} FROM jsonb_array_elements({listed}))"  # noqa: S608
        each_ = f"SELECT {self._cast('value', binary.left.type)} FROM jsonb_array_elements_text({listed})"  # noqa: S608
        return f"{left} = ANY (ARRAY({each_}))"

    def _cast(self, text_: str, kind: Any) -> str:
        return f"CAST({text_} AS {self.dialect.type_compiler_instance.process(kind)})"

    def _listed(self, function: Any, given: dict[str, Any]) -> str:
        (values,) = function.clauses
        return f"CAST({self.process(values, **given)} AS JSONB)"

    def _of_row(self, name: str, function: Any, given: dict[str, Any]) -> str:
        """Of one row it is NULL where any value is, as SQLite's; an aggregate has one argument."""
        values: str = self.function_argspec(function, **given)
        if len(function.clauses) == 1:
            return f"{function.name}{values}"
        return f"CASE WHEN num_nulls{values} = 0 THEN {name}{values} END"


def _list_of(right: Any) -> Any:
    """The `json_each` of which it selects everything, None where it is something else."""
    while not isinstance(right, Select) and hasattr(right, "element"):
        right = right.element
    froms = right.get_final_froms() if isinstance(right, Select) else []
    if len(froms) != 1 or not isinstance(froms[0], TableValuedAlias):
        return None
    return froms[0].element if getattr(froms[0].element, "name", "") == "json_each" else None


class _Types(PGTypeCompiler):
    """A whole number has 64 bits, as SQLite's."""

    def visit_INTEGER(self, type_: Any, **_: Any) -> str:  # noqa: N802  SQLAlchemy's
        return "BIGINT"


class _Tables(PGDDLCompiler):
    """Text is compared byte by byte, as SQLite's is. Each row's own number has 64 bits.

    An index takes no text of more than 2,704 bytes. Rows that must differ as a whole, whatever customers named
    theirs, are told apart by the texts' sums. Partial indexes are stated in SQLite's words alone: to read PostgreSQL's
    SQLAlchemy loads all that it has for such servers.
    """

    def visit_create_index(self, create: Any, *given: Any, **named: Any) -> Any:
        of = create.element.dialect_options
        of["postgresql"]["where"] = of["sqlite"]["where"]
        return super().visit_create_index(create, *given, **named)  # type: ignore[no-untyped-call]

    def visit_unique_constraint(self, constraint: Any, **given: Any) -> Any:
        rest = [column for column in constraint.table.columns if column not in constraint.columns.values()]
        if not all(column.primary_key for column in rest):
            return super().visit_unique_constraint(constraint, **given)  # type: ignore[no-untyped-call]
        sums = (f"md5({name}::text) WITH =" for name in map(self.preparer.format_column, constraint.columns))
        return f"EXCLUDE USING btree ({', '.join(sums)})"

    def get_column_specification(self, column: Any, **given: Any) -> str:
        written: str = super().get_column_specification(column, **given)  # type: ignore[no-untyped-call]
        if isinstance(column.type, Text):
            return written.replace(" TEXT", ' TEXT COLLATE "C"', 1)
        return written.replace(" SERIAL", " BIGSERIAL", 1) if isinstance(column.type, Integer) else written


def _adapt(dialect: Dialect) -> None:
    ours = cast("Any", dialect)
    ours.statement_compiler, ours.ddl_compiler = _Statements, _Tables
    ours.type_compiler_instance = ours.type_compiler = _Types(dialect)


def _options() -> dict[str, Any]:
    return {
        "prepare_threshold": None,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "nightshift",
        "client_encoding": "UTF8",
        "context": _Adapters(),
        **_KEEPING,
    }


def _engine(url: str, *, size: int, begin: str) -> AsyncEngine:
    async def connected() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(url, autocommit=True, **_options())

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connected,
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        pool_pre_ping=True,
        hide_parameters=True,  # what customers typed stays out of the log
        use_native_hstore=False,
    )
    _adapt(engine.dialect)
    _begin_with(engine.sync_engine, begin)
    return engine


def _begin_with(engine: Any, begin: str) -> None:
    """One round trip opens a transaction; psycopg's own BEGIN is off with `autocommit`, its COMMIT is not."""

    def begun(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        cursor.execute(begin)
        cursor.close()

    event.listen(engine, "begin", begun)
