"""The database itself: migrations, the lock, the copy, kept answers, what is forgotten."""

import asyncio
import itertools
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.exc import OperationalError

from bot.alerting.lifecycle import Changes
from bot.errors import LeaseLost, StoreError, StoreInUse, StoreUnavailable
from bot.model import (
    Answer,
    Assessment,
    Kind,
    LeftOut,
    NameField,
    NameFilter,
    Owner,
    Reason,
    Routing,
    Rules,
    Severity,
    Snooze,
    SnoozeEnd,
    Sort,
    Task,
    TaskQuery,
    TimeField,
    Triage,
    Workload,
)
from bot.store.address import Address
from bot.store.alerts.rows import ALERT, write
from bot.store.answers import Answers
from bot.store.dialect.sqlite import READERS
from bot.store.engine import Database, migrate
from bot.store.leases import Lease
from bot.store.pruning import Pruner
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.store.schema import (
    alerts,
    counts,
    machines,
    metadata,
    moment,
    names,
    occurrences,
    plans,
    posts,
    shapes,
    standings,
    tasks,
    tenants,
)
from bot.store.schema import answers as answers_
from tests.builders import NOW, alert, task
from tests.postgres import ON_A_FILE

LEASE = Lease("main", "main", "me", timedelta(minutes=2))


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


@pytest.fixture
async def recorder(database: Database) -> Recorder:
    made = Recorder(database, Rules(), "C0ALERTS")
    await made.leases.take(LEASE, NOW)
    return made


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(select(table))).all())


async def counted(database: Database) -> dict[str, int]:
    codes = {row.number: row.code for row in await rows(database, shapes)}
    return {codes[row.shape]: row.runs for row in await rows(database, counts)}


async def record(recorder: Recorder, *page: Task) -> None:
    await recorder.record(LEASE, page, None, NOW, NOW)


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def migrated(path: Path) -> Path:
    """A database that every migration ran on, as on one that is older than the first."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.close()
    migrate(path)
    return path


def test_the_migrations_make_exactly_the_schema(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated(tmp_path / 'old.sqlite3')}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_new_database_is_what_the_migrations_make_of_an_old_one(tmp_path: Path) -> None:
    """A new file gets the newest tables at once: the two ways must end alike, partial indexes and all."""
    migrate(tmp_path / "new.sqlite3")
    assert written(tmp_path / "new.sqlite3") == written(migrated(tmp_path / "old.sqlite3"))


def written(path: Path) -> tuple[set[str], list[Any]]:
    """Every table and index in SQL, each clause a word; and the version that is noted."""
    with sqlite3.connect(path) as connection:
        texts = [text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    return {" ".join(sorted(re.findall(r"[\w.'=>]+", text))) for text in texts if "alembic" not in text}, version


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "twice.sqlite3"
    migrate(path)
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_a_file_of_a_version_that_is_not_known_is_refused_in_words(tmp_path: Path, version: str) -> None:
    migrate(tmp_path / "other.sqlite3")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    with pytest.raises(StoreError, match=f"another version of Nightshift .{version}."):
        migrate(tmp_path / "other.sqlite3")


def test_a_migration_that_is_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """As kill -9 would: else the next start finds half of the tables and can never make the others."""

    made = itertools.count(1)

    def cut_off(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "CREATE TABLE" in statement and next(made) == 6:
            raise InterruptedError

    event.listen(Engine, "before_cursor_execute", cut_off)
    try:
        with pytest.raises(InterruptedError):
            migrate(tmp_path / "new.sqlite3")
    finally:
        event.remove(Engine, "before_cursor_execute", cut_off)
    with sqlite3.connect(tmp_path / "new.sqlite3") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    migrate(tmp_path / "new.sqlite3")


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = Database(tmp_path / "x.sqlite3"), Database(tmp_path / "x.sqlite3")
    first.lock()
    with pytest.raises(StoreInUse, match=r"already runs on x\.sqlite3"):
        second.lock()
    asyncio.run(first.close())


async def test_a_closed_database_can_be_locked_again(tmp_path: Path) -> None:
    first = Database(tmp_path / "x.sqlite3")
    first.lock()
    await first.close()
    second = Database(tmp_path / "x.sqlite3")
    second.lock()
    await second.close()


@ON_A_FILE
async def test_it_writes_ahead_and_readers_cannot_write(database: Database) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM tasks")
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(tasks)) == 0
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
        with pytest.raises(OperationalError, match="readonly"):
            await connection.exec_driver_sql("DELETE FROM tasks")


@ON_A_FILE
async def test_questions_one_after_another_share_the_reader_that_is_warm(database: Database) -> None:
    at_once = asyncio.Barrier(READERS)

    async def reader(*, together: bool) -> int:
        async with database.read() as connection:
            if together:
                await at_once.wait()
            return id((await connection.get_raw_connection()).driver_connection)

    assert len(set(await asyncio.gather(*(reader(together=True) for _ in range(READERS))))) == READERS
    assert len({await reader(together=False) for _ in range(2 * READERS)}) == 1


@ON_A_FILE
async def test_a_full_disk_loses_nothing_that_was_there(database: Database, recorder: Recorder) -> None:
    await record(recorder, task())
    async with database.write() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnavailable, match=r"night\.sqlite3 .* its disk is full"):
        await record(recorder, *(task(name="x" * 200 + str(number), code="error") for number in range(300)))
    assert (len(await rows(database, tasks)), len(await rows(database, alerts))) == (1, 0)


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("os.open", side_effect=OSError(28, "No space left on device"))
    with pytest.raises(StoreUnavailable, match=r"x\.sqlite3.*No space left on device. Make room"):
        Database(tmp_path / "x.sqlite3").lock()


# ── the copy ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_older_copy_of_a_task_does_not_replace_a_newer_one(database: Database, recorder: Recorder) -> None:
    newer = task(id="1", code="ok", updated_at=NOW)
    await record(recorder, newer)
    await record(recorder, task(id="1", state="started", updated_at=NOW - timedelta(minutes=1)))
    (row,) = await rows(database, tasks)
    shape = {each.number: each for each in await rows(database, shapes)}[row.shape]
    assert (shape.state, shape.code) == ("completed", "ok")


async def test_what_is_over_replaces_what_was_not_though_its_stamp_is_older(
    database: Database, recorder: Recorder
) -> None:
    """An agent's clock was an hour ahead while the run went on, and was put right before it ended."""
    await record(recorder, task(id="1", state="started", updated_at=NOW + timedelta(hours=1)))
    await record(recorder, task(id="1", code="ok", updated_at=NOW))
    (row,) = await rows(database, tasks)
    shape = {each.number: each for each in await rows(database, shapes)}[row.shape]
    assert (shape.state, shape.code) == ("completed", "ok")
    await record(recorder, task(id="1", state="started", updated_at=NOW - timedelta(minutes=1)))
    assert (await rows(database, tasks))[0].shape == row.shape


async def test_ids_are_text_and_exact(database: Database, recorder: Recorder) -> None:
    await record(recorder, task(id="1683887115599998977"), task(id="activity-001"))
    assert {row.id for row in await rows(database, tasks)} == {"1683887115599998977", "activity-001"}


@pytest.mark.parametrize("pages", [1, 5])
async def test_what_tasks_share_is_kept_once(database: Database, recorder: Recorder, pages: int) -> None:
    each = [task() for _ in range(5)]
    for page in [each] if pages == 1 else [[one] for one in each]:
        await record(recorder, *page)
    kept = {table.name: [row.name for row in await rows(database, table)] for table in (tenants, machines, plans)}
    assert kept == {"tenants": ["Acme Corp"], "machines": ["SRV-SQL01"], "plans": ["Nightly"]}
    assert sorted(row.name for row in await rows(database, names)) == ["", "BY_SCHEDULE"]
    assert len(await rows(database, shapes)) == 1


async def test_a_run_is_counted_once_however_often_it_is_read(database: Database, recorder: Recorder) -> None:
    run = task(id="1", code="error", cause="Full.")
    for _ in range(3):
        await record(recorder, run)
    assert await counted(database) == {"error": 1}


async def test_a_run_whose_result_changes_moves_to_its_new_count(database: Database, recorder: Recorder) -> None:
    await record(recorder, task(id="1", code="error", updated_at=NOW))
    await record(recorder, task(id="1", code="ok", updated_at=NOW + timedelta(minutes=1)))
    assert await counted(database) == {"error": 0, "ok": 1}


async def test_names_of_a_page_that_was_rolled_back_are_not_believed(database: Database, recorder: Recorder) -> None:
    lost = Lease("main", "main", "somebody else", timedelta(minutes=2))
    with pytest.raises(Exception, match="Another process"):
        await recorder.record(lost, [task(name="SRV-GHOST")], None, NOW, NOW)
    await record(recorder, task(name="SRV-GHOST"))
    assert "SRV-GHOST" in {row.name for row in await rows(database, machines)}


async def test_what_a_page_starts_at_its_end_runs_before_it_is_committed(
    database: Database, recorder: Recorder
) -> None:
    seen = []

    async def look() -> None:
        seen.append(database.written)

    before = database.written
    started: list[asyncio.Task[None]] = []
    await recorder.record(LEASE, [task()], None, NOW, NOW, go_on=lambda: started.append(asyncio.create_task(look())))
    assert (seen, database.written) == ([before], before + 1)
    with pytest.raises(LeaseLost):
        await recorder.record(Lease("main", "main", "other", LEASE.length), [task()], None, NOW, NOW, go_on=seen.clear)
    assert seen == [before]  # nothing is started where nothing is written


# ── forgetting ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_runs_are_kept_100_days_and_everything_else_7(database: Database, recorder: Recorder) -> None:
    def old(days: int, **changes: Any) -> Task:
        at = NOW - timedelta(days=days)
        return task(started_at=at, completed_at=at, updated_at=at, id=f"{days}-{changes.get('kind', 'run')}", **changes)

    noise = {"kind": Kind.MANAGEMENT}
    await recorder.record_history([old(99), old(101), old(6, **noise), old(8, **noise)])
    assert await Pruner(database, Rules()).prune(NOW) == 2
    assert {row.id for row in await rows(database, tasks)} == {"99-run", "6-management"}


async def test_an_ended_alert_goes_with_its_card_and_a_firing_one_stays(database: Database, recorder: Recorder) -> None:
    at = NOW - timedelta(days=120)
    long_ago = {"started_at": at, "completed_at": at, "updated_at": at}
    later = {name: at + timedelta(hours=1) for name in long_ago}
    await recorder.leases.take(LEASE, at)
    await recorder.record(LEASE, [task(code="error", name="a", resource=_named("a"), **long_ago)], None, at, at)
    await recorder.record(LEASE, [task(name="a", resource=_named("a"), **later)], None, at, at)
    await recorder.record(LEASE, [task(code="error", name="b", resource=_named("b"), **long_ago)], None, at, at)
    pruner = Pruner(database, Rules())
    await pruner.prune(NOW)
    assert [row.name for row in await rows(database, alerts)] == ["b"]
    assert (len(await rows(database, posts)), len(await rows(database, occurrences))) == (1, 1)


async def test_what_still_runs_keeps_its_last_good_run_however_old(database: Database, recorder: Recorder) -> None:
    """Else a card would say that no good run was seen since a day on which there was one."""

    def at(days: int, code: str) -> Task:
        then = NOW - timedelta(days=days)
        return task(code=code, started_at=then, completed_at=then, updated_at=then)

    await recorder.record_history([at(110, "ok"), at(2, "error")])
    await Pruner(database, Rules()).prune(NOW)
    (standing,) = await rows(database, standings)
    assert moment(standing.good_ended_at) == NOW - timedelta(days=110)


async def test_history_reaches_no_further_back_than_what_is_kept(database: Database, recorder: Recorder) -> None:
    await recorder.begin_quietly("main", NOW, NOW)
    await recorder.history_reaches("main", NOW - timedelta(days=190))
    await Pruner(database, Rules()).prune(NOW)
    assert (await recorder.checkpoint("main")).history_from == NOW - Rules().keep_runs


def _named(name: str) -> Any:
    return type(task().resource)(f"id-{name}", "machine", name)


async def test_old_alerts_end_by_time_and_their_cards_follow(database: Database, recorder: Recorder) -> None:
    await record(recorder, task(code="error", completed_at=NOW, updated_at=NOW))
    reviewer = Reviewer(database, Rules(), Routing(), "C0A")
    assert (await reviewer.review(NOW + timedelta(days=13), {"main"})).ended == 0
    assert (await reviewer.review(NOW + timedelta(days=15), {"main"})).ended == 1
    (alert,) = await rows(database, alerts)
    (post, *_) = await rows(database, posts)
    assert (alert.status, alert.ending, post.version) == ("resolved", "no more runs", 2)


async def test_an_alert_is_read_as_it_was_written_triage_and_all(database: Database) -> None:
    assert ALERT.names == tuple(alerts.c.keys())
    assessment = Assessment(Severity.CRITICAL, Reason.WILL_MISS, timedelta(hours=48), NOW, None, NOW, is_in_time=False)
    triage = Triage(
        Owner("U0MIA", NOW),
        Snooze(NOW + timedelta(hours=2), "U0NOAH", NOW, "Noah", SnoozeEnd.NEXT_RUN, NOW, "Disk", 2, True),
    )
    for changes in ({}, {"triage": triage}, {"triage": Triage(owner=triage.owner)}, {"assessment": assessment}):
        item = alert(id=-1, fingerprint=f"f{len(changes)}{changes}", next_look_at=NOW, **changes)
        async with database.write() as connection:
            stored = (await write(connection, Changes((item,))))[-1]
            row = (await connection.execute(select(alerts).where(alerts.c.id == stored.id))).one()
        assert ALERT.decode(row) == stored == replace(item, id=stored.id)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

TIMES = st.none() | st.integers(0, 4_000_000_000_000_000).map(moment)
LENGTHS = st.none() | st.integers(1, 10**12).map(lambda amount: timedelta(microseconds=amount))
WORDS = st.frozensets(st.text(max_size=8), max_size=3)
QUERIES = st.builds(
    TaskQuery,
    states=WORDS,
    results=WORDS,
    types=WORDS,
    workloads=st.frozensets(st.sampled_from(Workload)),
    kinds=st.frozensets(st.sampled_from(Kind)),
    roots_only=st.booleans(),
    left_out=st.builds(LeftOut, results=WORDS, kinds=st.frozensets(st.sampled_from(Kind))),
    names=st.lists(
        st.builds(
            NameFilter,
            st.sampled_from(NameField),
            st.lists(st.text(max_size=8), max_size=3).map(tuple),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    time_field=st.sampled_from(TimeField),
    after=TIMES,
    before=TIMES,
    time_is_default=st.booleans(),
    longer_than=LENGTHS,
    shorter_than=LENGTHS,
    sort=st.sampled_from(Sort),
    backwards=st.booleans(),
    limit=st.none() | st.integers(1, 1000),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
async def test_a_kept_question_comes_back_as_it_was(database: Database, query: TaskQuery) -> None:
    answer = Answer(secrets.token_urlsafe(9), "", query, "U0MIA", NOW, "argument")
    answers = Answers(database)
    await answers.keep_answer(answer)
    assert await answers.answer(answer.id, NOW) == answer


async def test_an_answer_is_kept_a_day_then_neither_given_nor_kept(database: Database) -> None:
    answers = Answers(database)
    await answers.keep_answer(Answer("a", "", TaskQuery(), "U0MIA", NOW))
    assert await answers.answer("a", NOW + timedelta(hours=23)) is not None
    late = NOW + timedelta(hours=25)
    assert await answers.answer("a", late) is None
    await Pruner(database, Rules()).prune(late)
    assert await rows(database, answers_) == []


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"sort": "colour"}', '{"limit": "many"}', '{"names": [["who"]]}'])
async def test_an_answer_whose_question_cannot_be_read_is_none(database: Database, damaged: str) -> None:
    answers = Answers(database)
    await answers.keep_answer(Answer("a", "", TaskQuery(), "U0MIA", NOW))
    async with database.write() as connection:
        await connection.execute(answers_.update().values(query=damaged))
    assert await answers.answer("a", NOW) is None


async def test_an_answer_nobody_kept_is_none(database: Database) -> None:
    assert await Answers(database).answer("?", NOW) is None


# ── forgetting ───────────────────────────────────────────────────────────────────────────────────────────────────────


@ON_A_FILE
async def test_forgetting_walks_through_no_kept_run(database: Database, recorder: Recorder) -> None:
    """Each step is as quick on a long history as on a short one."""
    asked: set[str] = set()
    async with database.write() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.set_trace_callback(asked.add)
    await recorder.record_history([task() for _ in range(3)])
    await Pruner(database, Rules()).prune(NOW)
    looked = [text for text in asked if "FROM tasks" in text and text.startswith(("SELECT", "DELETE"))]
    assert len(looked) > 5
    async with database.write() as connection:
        plans_ = [await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}") for text in looked]
        assert [row.detail for plan in plans_ for row in plan if row.detail.startswith("SCAN tasks")] == []
