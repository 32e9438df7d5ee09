"""Rhythms as the bot keeps them: built from plans and runs, moved on with time, never losing a start."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from bot.alerting.fingerprint import subject
from bot.alerting.targets import how_often
from bot.language import parse_zone_match
from bot.model import ClockZone, Routing, Rules, Task
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from bot.store import rhythms as store
from bot.store.engine import Database
from bot.store.learning import Learner
from bot.store.plans.schedules import schedule_text
from bot.store.recording import Recorder
from bot.store.schema import micros, policies, rhythms, workloads
from tests.builders import NIGHTLY, SERVER, task

HOUR, DAY, GRACE = timedelta(hours=1), timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
EVENING = MONDAY + 20 * HOUR
AT_NINE = Schedule((StartTimes((21 * 60,)),))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path / "store.sqlite3")
    await opened.migrate()
    yield opened
    await opened.close()


def runs(*began: datetime, **changes: Any) -> list[Task]:
    return [task(started_at=at, completed_at=at + HOUR / 2, updated_at=at + HOUR / 2, **changes) for at in began]


def nightly(nights: int = 14, hour: float = 21) -> list[Task]:
    """The last of them was last night."""
    return runs(*(MONDAY - ago * DAY + hour * HOUR for ago in range(nights, 0, -1)))


async def put(database: Database, table: Table, **values: Any) -> None:
    """A row of which all else is empty."""
    empty = {each.name: "" if each.type.python_type is str else 0 for each in table.columns if not each.nullable}
    async with database.write() as connection:
        await connection.execute(insert(table).values({**empty, **values}))


async def plan(database: Database, schedule: Schedule | None = AT_NINE, **changes: Any) -> None:
    """The backup part of the plan, whose root or own id is the runs' policy."""
    own = {"account": "main", "id": "child", "root_id": NIGHTLY.id.lower(), "type": "policy.backup.machine"}
    await put(database, policies, **{**own, "is_enabled": True, "schedule": schedule_text(schedule), **changes})


async def clock(database: Database, minutes: int) -> None:
    await put(database, workloads, account="main", id=SERVER.id.lower(), zone_minutes=minutes)


async def learned(
    database: Database, past: Sequence[Task], now: datetime = EVENING, routing: Routing | None = None
) -> Rhythm:
    await Recorder(database, Rules(), "").record_history(past)
    while not await Learner(database, routing or Routing(), GRACE).refresh(now, limit=10_000):
        pass
    async with database.read() as connection:
        return (await store.rhythms_of(connection, [subject(past[0])]))[subject(past[0])]


async def row(database: Database) -> Any:
    async with database.read() as connection:
        return (await connection.execute(select(rhythms))).one()


async def test_a_rhythm_is_read_from_the_plan_by_its_root_or_its_part(database: Database) -> None:
    await plan(database)
    rhythm = await learned(database, nightly(1))
    assert (rhythm.source, rhythm.schedule, rhythm.zone) == (RhythmSource.PLAN, AT_NINE, "UTC")
    async with database.write() as connection:
        await connection.execute(update(policies).values(id=NIGHTLY.id.lower(), root_id="other"))
        await connection.execute(delete(rhythms))
    assert (await learned(database, nightly(1))).source is RhythmSource.PLAN


async def test_a_plan_that_was_not_read_is_learned_and_of_what_shows_nothing_it_is_said(database: Database) -> None:
    rhythm = await learned(database, nightly())
    assert rhythm.schedule is not None
    assert (rhythm.source, how_often(rhythm.schedule)) == (RhythmSource.LEARNED, "daily")
    unknown = await learned(database, runs(MONDAY, account="other"))
    assert (unknown.schedule, unknown.why) == (None, "only 1 starts are known, and 5 show when it is due")


async def test_the_clock_is_the_machines_else_that_of_the_settings(database: Database) -> None:
    zones = (ClockZone(parse_zone_match("machine srv-*"), "America/New_York"),)
    routing = Routing(zone="Europe/Berlin", zones=zones)
    await plan(database)
    assert (await learned(database, nightly(1), routing=routing)).zone == "America/New_York"
    await clock(database, 60)
    assert (await learned(database, nightly(1), routing=routing)).zone == "Europe/Berlin"
    async with database.write() as connection:
        await connection.execute(update(workloads).values(zone_minutes=345))
    assert (await learned(database, nightly(1), routing=routing)).zone == "UTC+05:45"


async def test_each_start_is_awaited_once_until_its_deadline_and_then_looked_at(database: Database) -> None:
    await plan(database)
    await learned(database, nightly())
    async with database.write() as connection:
        assert await store.due(connection, EVENING + 1.9 * HOUR, GRACE, 10) == []
        upcoming = await store.upcoming(connection, EVENING + 12 * HOUR)
        assert list(upcoming.values()) == [(MONDAY + 21 * HOUR, MONDAY + 45 * HOUR)]
        assert await store.upcoming(connection, EVENING + HOUR / 2) == {}
        now = EVENING + 2 * HOUR
        (look,) = await store.due(connection, now, GRACE, 10)
        assert (look.due_at, look.last_run_at) == (MONDAY + 21 * HOUR, MONDAY - 3 * HOUR)
        await store.advance(connection, [look], now, GRACE, 1)
        assert await store.due(connection, now, GRACE, 10) == []
        (look,) = await store.due(connection, now + 5 * DAY, GRACE, 10)
        assert look.due_at == MONDAY + 5 * DAY - 3 * HOUR + DAY


async def test_what_was_due_before_the_rhythm_was_known_is_not_expected(database: Database) -> None:
    await plan(database)
    await learned(database, nightly(), now=MONDAY + 21.5 * HOUR)
    async with database.read() as connection:
        (look,) = await store.due(connection, MONDAY + 22 * HOUR, GRACE, 10)
    assert look.due_at is None


async def test_a_start_that_was_not_judged_yet_is_not_lost_when_the_rhythm_is_built_anew(database: Database) -> None:
    """A day later, or by a plan that tries again from now on; neither where the look was put off."""
    await plan(database)
    await learned(database, nightly())
    late = EVENING + 5 * DAY
    await learned(database, nightly(), now=late)
    async with database.read() as connection:
        (look,) = await store.due(connection, late, GRACE, 10)
    assert look.due_at == MONDAY + 4 * DAY + 21 * HOUR
    async with database.write() as connection:
        await store.look_again(connection, [look.subject], late + HOUR / 2)
        await connection.execute(update(policies).values(retry_interval=micros(EVENING), retry_most=3))
    await learned(database, nightly(), now=late)
    assert (await row(database)).next_look_at == micros(late + HOUR / 2)


async def test_a_plan_that_changed_is_expected_anew_and_one_that_did_not_is_not(database: Database) -> None:
    await plan(database)
    await learned(database, nightly())
    since = (await row(database)).since
    await learned(database, nightly(), now=EVENING + 2 * DAY)
    assert (await row(database)).since == since
    later = Schedule((StartTimes((23 * 60,)),))
    async with database.write() as connection:
        await connection.execute(update(policies).values(schedule=schedule_text(later), updated_at=micros(EVENING)))
    await learned(database, nightly(), now=EVENING + 2.5 * DAY)
    found = await row(database)
    assert (found.since, found.due_at) == (micros(EVENING + 2.5 * DAY), micros(MONDAY + 2 * DAY + 23 * HOUR + DAY))


async def test_a_learned_rhythm_that_moves_by_minutes_goes_on(database: Database) -> None:
    before = await learned(database, nightly(21))
    since = (await row(database)).since
    again = await learned(
        database, runs(*(MONDAY + day * DAY + 21.1 * HOUR for day in range(3))), now=EVENING + 4 * DAY
    )
    assert (again.schedule, (await row(database)).since) == (before.schedule, since)


async def test_the_target_stands_with_it_and_follows_the_last_good_backup(database: Database) -> None:
    workdays = Schedule((StartTimes((21 * 60,), frozenset(range(5))),))
    await plan(database, workdays)
    await learned(database, nightly())  # the last one on Sunday
    assert (await row(database)).target == (96 * HOUR + HOUR / 2) // timedelta(microseconds=1)
    await learned(database, runs(EVENING + HOUR), now=EVENING + 1.5 * DAY)
    assert (await row(database)).target == (48 * HOUR + HOUR / 2) // timedelta(microseconds=1)


async def test_what_is_unknown_is_no_subject_and_what_is_no_backup_neither(database: Database) -> None:
    past = [*runs(MONDAY, resource=type(SERVER)(), name=""), *runs(MONDAY, kind="restore")]
    await Recorder(database, Rules(), "").record_history(past)
    assert await Learner(database, Routing(), GRACE).refresh(EVENING)
    async with database.read() as connection:
        assert (await connection.execute(select(rhythms))).all() == []


async def test_many_are_built_in_steps_and_gone_through_to_the_end(database: Database) -> None:
    machines = [type(SERVER)(id=f"{place:04}", type="machine", name=f"M{place}") for place in range(450)]
    past = [each for machine in machines for each in runs(MONDAY, resource=machine, name=machine.name)]
    await Recorder(database, Rules(), "").record_history(past)
    learner = Learner(database, Routing(), GRACE)
    assert [await learner.refresh(EVENING, limit=150) for _ in range(4)] == [False, False, True, True]
    async with database.read() as connection:
        assert len((await connection.execute(select(rhythms))).all()) == 450
