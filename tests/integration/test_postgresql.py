"""PostgreSQL as the store's database: its tables, who makes them, what it takes, and what keeps it from working."""

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StoreError, StoreUnavailable
from bot.model import Rules
from bot.store.address import Server
from bot.store.dialect import Prepared, among, each_of, postgresql
from bot.store.dialect.postgresql import READERS
from bot.store.engine import Database, migrate, standing_still
from bot.store.faults import Fault
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.store.schema import audit, machines, metadata, names, tasks
from tests import postgres
from tests.builders import ACME, NIGHTLY, NOW, SERVER, task

pytestmark = pytest.mark.needs("postgres")

ROOT = Path(__file__).parents[2]
LEASE = Lease("main", "main", "me", timedelta(minutes=2))


@pytest.fixture
async def database(server: Server) -> AsyncIterator[Database]:
    opened = Database(server)
    yield opened
    await opened.close()


@contextmanager
def empty(template: str = "template0") -> Iterator[Server]:
    """A database without tables."""
    url = postgres.shared().make(template)
    yield Server("night", url, url)
    postgres.shared().drop(url)


def asked(server: Server, statement: str) -> list[Any]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_TABLES = """
SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
FROM information_schema.columns WHERE table_schema = 'public'
"""
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
"""
_TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"


def written(server: Server) -> dict[str, set[Any]]:
    """All that was made there."""
    return {each: set(asked(server, each)) for each in (_TABLES, _INDEXES, _CONSTRAINTS, _TRIGGERS)}


@contextmanager
def old() -> Iterator[Server]:
    """A database that every migration ran on, as on one that is older than the first."""
    with empty() as server:
        asked(server, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        migrate(server)
        yield server


def test_a_new_database_is_what_the_migrations_make_of_an_old_one(server: Server) -> None:
    with old() as other:
        assert written(server) == written(other)
        assert asked(server, "TABLE alembic_version") == asked(other, "TABLE alembic_version")


def test_the_migrations_make_exactly_the_schema() -> None:
    with old() as server:
        url = server.url.replace("postgresql", "postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata)
        assert [each for each in found if not _is_of_sums(each)] == []
        engine.dispose()


def _is_of_sums(change: Any) -> bool:
    """It is there, in other words: see `test_names_of_any_length_are_taken`."""
    return change[0] == "add_constraint" and change[1].table.name in {"machines", "names", "plans", "shapes", "tenants"}


def test_text_is_compared_by_its_bytes_and_numbers_have_64_bits(server: Server) -> None:
    columns = asked(server, _TABLES)
    assert {column[5] for column in columns if column[2] == "text"} == {"C"}
    assert {column[2] for column in columns} == {"text", "bigint", "boolean", "character varying"}


def test_migrating_twice_changes_nothing(server: Server) -> None:
    before = written(server)
    migrate(server)
    assert written(server) == before


def test_two_that_migrate_at_once_wait_for_each_other() -> None:
    with empty() as server:
        failed: list[BaseException] = []

        def make() -> None:
            try:
                migrate(server)
            except BaseException as error:  # noqa: BLE001  what a thread raises is told nowhere
                failed.append(error)

        threads = [threading.Thread(target=make) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(asked(server, "TABLE alembic_version")) == 1


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_a_version_that_is_not_known_is_refused_in_words(server: Server, version: str) -> None:
    asked(server, f"UPDATE alembic_version SET version_num = '{version}'")
    with pytest.raises(StoreUnavailable, match=f"another version of Nightshift .{version}."):
        migrate(server)


def test_another_programs_database_is_refused_and_left_as_it_was() -> None:
    with empty() as server:
        asked(server, "CREATE TABLE songs (name TEXT)")
        before = written(server)
        with pytest.raises(StoreUnavailable, match=r"of another program\. Name another database"):
            migrate(server)
        assert written(server) == before


def test_a_database_of_another_encoding_is_refused() -> None:
    running, name = postgres.shared(), f"latin_{secrets.token_hex(4)}"
    running.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'")
    url = running.url(name)
    with pytest.raises(StoreUnavailable, match="its encoding is LATIN1"):
        migrate(Server(name, url, url))
    running.drop(url)


def test_a_server_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    with empty() as server, pytest.raises(StoreUnavailable, match="Use 99 or newer"):
        migrate(server)


def test_a_user_without_rights_is_told_so() -> None:
    with empty() as server:
        role = f"guest_{secrets.token_hex(4)}"
        asked(server, f"CREATE ROLE {role} LOGIN")
        url = server.url.replace(postgres.USER, role)
        with pytest.raises(StoreUnavailable, match="it may only be read"):
            migrate(Server("night", url, url))
        asked(server, f"DROP ROLE {role}")


# ── what it takes ────────────────────────────────────────────────────────────────────────────────────────────────────


async def record(database: Database, *page: Any) -> None:
    recorder = Recorder(database, Rules(), "C0ALERTS")
    await recorder.leases.take(LEASE, NOW)
    await recorder.record(LEASE, page, None, NOW, NOW)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d a pair", "\udc00", "plain", "🦉 ẞ \u202e"])
async def test_text_that_it_refuses_is_written_without_what_it_refuses(database: Database, text: str) -> None:
    async with database.write() as connection:
        await connection.execute(insert(names).values(name=text))
    async with database.read() as connection:
        kept = await connection.scalar(select(names.c.name))
    assert kept == text.replace("\0", "").encode("utf-8", "replace").decode()


@pytest.mark.parametrize("length", [700, 3_000, 20_000])
async def test_names_of_any_length_are_taken(database: Database, length: int) -> None:
    """Customers choose them, and PostgreSQL's indexes take 2,704 bytes."""
    long = "".join(chr(random.Random(place).randrange(0x4E00, 0x9F00)) for place in range(length))
    policy, tenant = replace(NIGHTLY, id=f"p{long}", name=f"P{long}"), replace(ACME, name=long, locator=long)
    resource = replace(SERVER, id=f"r{long}", name=f"R{long}")
    for _ in range(2):
        run = task(code="error", cause=long, tenant=tenant, resource=resource, policy=policy, name=long, plan=long)
        await record(database, run)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(machines)) == 1
        assert await connection.scalar(select(func.count()).select_from(tasks)) == 2


@pytest.mark.parametrize(
    "text", ["a\0b", "half \ud83d a pair", "\udc00\udc00", r"a\u0000b", "\\\0", "🦉", "\\", r"\ud83d"]
)
async def test_text_that_it_refuses_is_found_again_as_it_was_written(database: Database, text: str) -> None:
    some = Prepared(lambda: select(names.c.id).where(names.c.name.in_(each_of("wanted"))))
    async with database.write() as connection:
        await connection.execute(insert(names).values(id=7, name=text))
        assert await connection.scalar(select(names.c.id).where(among(names.c.name, ["x", text]))) == 7
        assert await some.rows(connection, wanted=["x", text]) == [(7,)]
        assert await connection.scalar(select(names.c.id).where(names.c.name == text)) == 7


async def test_ids_above_53_bits_and_32_bits_are_exact(database: Database) -> None:
    await record(database, task(id="1683887115599998977"))
    async with database.write() as connection:
        await connection.execute(insert(names).values(id=2**62 + 1, name="x"))
        assert await connection.scalar(select(names.c.id).where(names.c.id == 2**62 + 1)) == 2**62 + 1


async def test_a_row_of_the_audit_is_never_changed(database: Database) -> None:
    row = {column.name: 0 if column.type.python_type is int else "" for column in audit.c if column.name != "id"}
    async with database.write() as connection:
        await connection.execute(insert(audit).values(row))
    with pytest.raises(DBAPIError, match="rows of audit are never changed"):
        async with database.write() as connection:
            await connection.execute(audit.update().values(act="another"))


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_process_has_at_most_eight_connections(database: Database, server: Server) -> None:
    async def read() -> None:
        async with database.read() as connection:
            await connection.exec_driver_sql("SELECT pg_sleep(0.05)")

    async def write() -> None:
        async with database.write() as connection:
            await connection.exec_driver_sql("SELECT pg_sleep(0.05)")

    await asyncio.gather(*(read() for _ in range(3 * READERS)), *(write() for _ in range(3)))
    (count,) = asked(server, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")[0]
    assert count - 1 == READERS + 1 <= 8


async def test_nothing_outlives_a_transaction_on_its_connection(database: Database) -> None:
    """So that pgbouncer may give each transaction another one."""
    for _ in range(10):
        await record(database, task())
    async with database.read() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0
        driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.set_autocommit(True)
    assert (await (await driver.execute("SHOW statement_timeout")).fetchone())[0] == "0"


async def test_writers_of_two_processes_take_turns(database: Database, server: Server) -> None:
    other, log = Database(server), list[str]()

    async def write(whose: Database, name: str) -> None:
        async with whose.write() as connection:
            log.append(f"{name} begins")
            await connection.exec_driver_sql("SELECT pg_sleep(0.05)")
            log.append(f"{name} ends")

    await asyncio.gather(write(database, "a"), write(other, "b"))
    await other.close()
    assert log in (["a begins", "a ends", "b begins", "b ends"], ["b begins", "b ends", "a begins", "a ends"])


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable):
        async with database.read() as connection:
            await connection.execute(tasks.delete())


async def test_a_rolled_back_transaction_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(insert(names).values(name="x"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(names)) == 0


async def test_only_this_version_is_replayed(server: Server, tmp_path: Any) -> None:
    await (await standing_still(server, tmp_path)).close()
    asked(server, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="of a newer version"):
        await standing_still(server, tmp_path)


# ── what keeps it from working ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "fault", "words"),
    [
        (lambda url: url.replace("127.0.0.1", "127.0.0.2"), Fault.UNREACHABLE, "its server cannot be reached"),
        (lambda url: url + "_gone", Fault.NO_DATABASE, "its server has no such database"),
        (lambda url: url.replace(postgres.USER, "mallory"), Fault.REFUSED, "its server refuses the bot's user"),
    ],
)
async def test_what_keeps_it_from_being_opened_is_told_without_its_url(
    server: Server, change: Any, fault: Fault, words: str
) -> None:
    wrong = Server("night", change(server.url), change(server.url))
    with pytest.raises(StoreUnavailable, match=f"The database night cannot be used: {words}"):
        migrate(wrong)
    database = Database(wrong)
    with pytest.raises(StoreUnavailable, match=words):
        async with database.write():
            raise AssertionError
    assert database.trouble is not None
    assert database.trouble.fault is fault
    await database.close()


@contextmanager
def _a_server_of_its_own() -> Iterator[tuple[postgres.RunningServer, Server]]:
    """That may be stopped, and a database there that has the newest tables."""
    running = postgres.start()
    url = running.make()
    migrate(Server("night", url, url))
    try:
        yield running, Server("night", url, url)
    finally:
        running.end()


async def test_a_restarted_server_is_reached_again() -> None:
    with _a_server_of_its_own() as (running, server):
        database = Database(server)
        await database.beat()
        running.stop()
        for begin in (database.read, database.write):
            with pytest.raises(StoreUnavailable, match="its server cannot be reached"):
                async with begin():
                    raise AssertionError
        again = postgres.start(running.folder, running.port)
        await database.beat()
        await record(database, task())
        async with database.read() as connection:
            assert await connection.scalar(select(func.count()).select_from(tasks)) == 1
        await database.close()
        again.stop()


async def test_a_connection_that_is_cut_off_in_a_transaction_is_told_and_replaced(
    database: Database, server: Server
) -> None:
    async def lose() -> None:
        async with database.write() as connection:
            await connection.execute(insert(names).values(name="lost"))
            (pid,) = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).one()
            asked(server, f"SELECT pg_terminate_backend({pid})")
            await connection.execute(insert(names).values(name="x"))

    with pytest.raises(StoreUnavailable, match="its server cannot be reached"):
        await lose()
    async with database.write() as connection:
        await connection.execute(insert(names).values(name="kept"))
    async with database.read() as connection:
        assert (await connection.scalars(select(names.c.name))).all() == ["kept"]


async def test_a_server_that_stands_still_is_waited_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "TRANSACTION_SECONDS", 1)
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 2)
    with _a_server_of_its_own() as (running, server):
        database = Database(server)
        await database.beat()
        stopped = [
            running.process.pid,
            *(int(str(pid)) for (pid,) in asked(server, "SELECT pid FROM pg_stat_activity")),
        ]
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        for _ in range(2):  # on a connection that is there, and on a new one
            with pytest.raises(StoreUnavailable, match="its server cannot be reached"):
                await database.beat()
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        await database.beat()
        await database.close()


async def test_who_stands_still_in_a_transaction_loses_its_turn(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process that was stopped would."""
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 1)
    stopped, waits = Database(server), asyncio.Event()

    async def stand_still() -> None:
        async with stopped.write() as connection:
            await connection.execute(insert(names).values(name="lost"))
            await waits.wait()
            await connection.execute(insert(names).values(name="lost too"))

    standing = asyncio.create_task(stand_still())
    await asyncio.sleep(0.2)
    async with database.write() as connection:
        await connection.execute(insert(names).values(name="kept"))
    waits.set()
    with pytest.raises(StoreUnavailable):
        await standing
    async with database.read() as connection:
        assert (await connection.scalars(select(names.c.name))).all() == ["kept"]
    await stopped.close()


# ── a bot on SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bot_on_sqlite_loads_nothing_of_postgresql() -> None:
    loads = "import sys, bot.app, bot.checks, bot.replay; from pathlib import Path; bot.app.Database(Path('x.sqlite3'))"
    shown = "print(*(name for name in sys.modules if name.startswith(('psycopg', 'bot.store.dialect.postgresql'))))"
    command = [sys.executable, "-c", f"{loads}; {shown}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def told(url: str, *arguments: str, **more: str) -> tuple[int, str]:
    """The exit code of a command, and all that it said."""
    variables = {"DATABASE_URL": url, "PATH": "/usr/bin:/bin", "ALERT_CHANNEL": "C0ALERTS", **more}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_commands_make_it_read_it_and_say_what_is_wrong_with_it() -> None:
    with empty() as server:
        code, said = told(server.url, "audit", "--csv")
        assert (code, "is not there, or is of another version" in said) == (2, True), said
        code, said = told("postgres://mallory:hush-hush@127.0.0.1:9/night", "migrate", DATABASE_DIRECT_URL=server.url)
        assert (code, said.strip()) == (0, "night is up to date."), said
        code, said = told(server.url, "audit", "--csv")
        assert (code, said.count("\n")) == (0, 1), said
        code, said = told(server.url, "replay", "--since", "1d")
        assert (code, "Traceback" in said) == (0, False), said
        code, said = told("postgres://mallory:hush-hush@127.0.0.1:9/night", "audit", "--csv")
        assert (code, "hush" in said, "Traceback" in said) == (2, False, False), said


@pytest.mark.parametrize(("broke", "told"), [(True, False), (False, True)])
async def test_a_connection_that_breaks_as_it_is_given_back_is_no_error_of_the_pools(
    database: Database, caplog: pytest.LogCaptureFixture, broke: bool, told: bool
) -> None:
    """Who used it says so. What else the pool finds wrong is an error."""
    words = "Exception during reset or similar" if broke else "The garbage collector is trying to clean up"
    logger = database._backend.reader.sync_engine.pool.logger
    logger.error(words, exc_info=OSError())
    assert bool([record for record in caplog.records if record.message.startswith(words)]) is told
