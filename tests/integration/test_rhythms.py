"""Rhythms as the bot keeps them: built from plans and runs, moved on with time, never losing a start."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import Table, delete, insert, select, update

from bot.alerting.fingerprint import subject
from bot.alerting.targets import how_often
from bot.jobs.rhythms import Rhythms
from bot.language import parse_target, parse_zone_match
from bot.model import ClockZone, Policy, Reason, Routing, Rules, Standing, SystemClock, Target, Task, TaskQuery
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from bot.store import rhythms as store
from bot.store.address import Address
from bot.store.copy.search import Questions
from bot.store.engine import Database
from bot.store.learning import Learner
from bot.store.leases import Lease
from bot.store.plans.schedules import schedule_text
from bot.store.recording import Recorder
from bot.store.replay_source import Tape
from bot.store.schema import accounts, micros, policies, rhythms, workloads
from tests.builders import NIGHTLY, SERVER, task
from tests.records import Records

HOUR, DAY, GRACE = timedelta(hours=1), timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
EVENING = MONDAY + 20 * HOUR
AT_NINE = Schedule((StartTimes((21 * 60,)),))


class StoppedClock(SystemClock):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
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


@pytest.mark.parametrize(("known", "is_learned"), [(2, False), (8, True), (30, True)])
async def test_a_rhythm_is_learned_again_as_history_is_read(database: Database, known: int, is_learned: bool) -> None:
    await put(database, accounts, account="main", history_from=micros(EVENING - DAY))
    assert (await learned(database, nightly(1))).source is RhythmSource.UNKNOWN
    async with database.write() as connection:
        await connection.execute(update(accounts).values(history_from=micros(EVENING - known * DAY)))
    rhythm = await learned(database, nightly(8))
    assert (rhythm.source is RhythmSource.LEARNED) is is_learned


async def test_a_plan_that_was_not_read_is_learned_and_of_what_shows_nothing_it_is_said(database: Database) -> None:
    rhythm = await learned(database, nightly())
    assert rhythm.schedule is not None
    assert (rhythm.source, how_often(rhythm.schedule)) == (RhythmSource.LEARNED, "daily")
    unknown = await learned(database, runs(MONDAY, account="other"))
    assert (unknown.schedule, unknown.why) == (None, "only 1 of its starts known, 5 are needed")


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


async def test_a_start_that_is_awaited_by_another_clock_is_not_lost(database: Database) -> None:
    """A service runs at seven by UTC, and was taken for one by Berlin's clock, which was put back. That is seen
    after its first run since then, when its next one should have come."""
    routing = Routing(zone="Europe/Berlin")
    sunday = datetime(2026, 10, 25, 19, tzinfo=UTC)
    before = await learned(
        database, runs(*(sunday - ago * DAY for ago in range(28, 0, -1))), now=sunday - HOUR, routing=routing
    )
    assert (before.zone, before.clock_shown_at) == ("Europe/Berlin", sunday - DAY)
    known = await row(database)
    assert known.due_at == micros(sunday + HOUR)
    async with database.write() as connection:
        looks = await store.due(connection, sunday + 5 * HOUR, GRACE, 10)
        await store.advance(connection, looks, sunday + 5 * HOUR, GRACE, 1)
    assert (await row(database)).due_at == micros(sunday + DAY + HOUR)
    after = await learned(database, runs(sunday), now=sunday + DAY + 1.5 * HOUR, routing=routing)
    assert after.zone == "UTC"
    found = await row(database)
    assert (found.due_at, found.since) == (micros(sunday + DAY), known.since)
    async with database.read() as connection:
        (look,) = await store.due(connection, sunday + DAY + 1.5 * HOUR, GRACE, 10)
    assert (look.due_at, look.has_run) == (sunday + DAY, False)


async def test_after_clocks_were_changed_a_service_is_learned_anew_after_each_run(database: Database) -> None:
    """Three times a day by UTC: its first run after the change shows that, and the second is awaited by UTC."""
    routing, sunday = Routing(zone="Europe/Berlin"), datetime(2026, 10, 25, tzinfo=UTC)
    past = runs(*(sunday - 8 * ago * HOUR + 7 * HOUR for ago in range(60, 0, -1)))
    assert (await learned(database, past, now=sunday, routing=routing)).zone == "Europe/Berlin"
    await learned(database, runs(sunday + 7 * HOUR), now=sunday + 7.7 * HOUR, routing=routing)
    found = await row(database)
    assert (store.rhythm_of(found.rhythm).zone, found.next_due_at) == ("UTC", micros(sunday + 15 * HOUR))
    await learned(database, past[:1], now=sunday + 8 * HOUR, routing=routing)
    assert (await row(database)).learned_at == found.learned_at


async def test_a_machine_that_tells_its_clock_is_not_learned_anew_after_each_run(database: Database) -> None:
    sunday = datetime(2026, 10, 25, tzinfo=UTC)
    await clock(database, 0)
    await learned(database, nightly(), now=sunday)
    await learned(database, runs(sunday + 7 * HOUR), now=sunday + 8 * HOUR)
    assert (await row(database)).learned_at == micros(sunday)


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


async def test_a_replay_begins_with_what_is_known_of_when_plans_are_due(database: Database, tmp_path: Path) -> None:
    await plan(database)
    await learned(database, nightly())
    since = MONDAY - 3 * DAY
    simulated = Database(tmp_path / "simulated.sqlite3")
    try:
        await simulated.migrate()
        await Tape(database).rhythms(simulated, since, GRACE)
        there, here = await row(simulated), await row(database)
    finally:
        await simulated.close()
    assert (there.rhythm, there.target, there.since) == (here.rhythm, here.target, micros(since))
    assert there.due_at == micros(since + 21 * HOUR)


async def test_all_are_gone_through_every_quarter_of_an_hour(database: Database) -> None:
    clock = StoppedClock(EVENING)
    job = Rhythms(Learner(database, Routing(), GRACE), clock)
    await job.run()
    await Recorder(database, Rules(), "").record_history(nightly())

    async def known() -> int:
        async with database.read() as connection:
            return len((await connection.execute(select(rhythms))).all())

    for minutes, expected in ((14, 0), (1, 1)):
        clock.at += timedelta(minutes=minutes)
        await job.run()
        assert await known() == expected


async def test_a_job_that_did_not_come_to_the_end_goes_on_at_once(database: Database, mocker: MockerFixture) -> None:
    learner = mocker.create_autospec(Learner, instance=True)
    learner.refresh.side_effect = [False, True]
    job = Rhythms(learner, StoppedClock(EVENING))
    for _ in range(3):
        await job.run()
    assert learner.refresh.await_count == 2


async def test_each_workloads_own_target_counts_for_whether_it_is_protected(database: Database) -> None:
    """The same age is late for a plan that runs every four hours, and good for a weekly one."""
    each_four = Schedule((StartTimes(tuple(range(60, 1440, 240))),))
    weekly = Schedule((StartTimes((180,), frozenset({6})),))
    await plan(database, each_four, id="four", root_id="four")
    await plan(database, weekly, id="week", root_id="week")
    await plan(database, weekly, id="slow", root_id="slow")
    past = [
        *runs(EVENING - 10 * HOUR, policy=Policy(id="four", name="Four"), plan="Four"),
        *runs(EVENING - 10 * HOUR, policy=Policy(id="week", name="Week"), plan="Week"),
        *runs(EVENING - 10 * HOUR, policy=Policy(id="none", name="None"), plan="None"),
        *runs(EVENING - 50 * HOUR, policy=Policy(id="old", name="Old"), plan="Old"),
        *runs(EVENING - 10 * HOUR, policy=Policy(id="slow", name="Slow"), plan="Slow"),
    ]
    await learned(database, past)
    own = Target(parse_target("plan slow"), 9 * HOUR)
    questions = Questions(database, Rules(), targets=(own,))
    found = await questions.protected(TaskQuery(), EVENING, 48 * HOUR)
    assert {each.plan: (each.standing, each.target) for each in found.lines} == {
        "Four": (Standing.LATE, 8 * HOUR + HOUR / 2),
        "Old": (Standing.LATE, 48 * HOUR),
        "Slow": (Standing.LATE, 9 * HOUR),
        "None": (Standing.GOOD, 48 * HOUR),
        "Week": (Standing.GOOD, 14 * DAY + HOUR / 2),
    }
    assert found.counts[Standing.LATE] == 3
    second = await questions.protected(TaskQuery(), EVENING, 48 * HOUR, offset=3, rows=1)
    assert [each.plan for each in second.lines] == ["None"]


async def test_an_alert_is_judged_by_the_rhythm_of_what_failed(database: Database) -> None:
    """A weekly plan's first failure is a warning, though its last good backup is a week old."""
    weekly = Schedule((StartTimes((20 * 60,), frozenset({0})),))
    await plan(database, weekly, retry_interval=3_600_000_000, retry_most=12)
    await learned(database, runs(*(EVENING - week * 7 * DAY for week in (1, 2, 3))), now=EVENING - HOUR)
    recorder, lease = Recorder(database, Rules(), "C0ALERTS"), Lease("main", "main", "me", HOUR)
    await recorder.leases.take(lease, EVENING)
    await recorder.begin_quietly("main", EVENING - HOUR, EVENING - HOUR)
    await recorder.finish(lease, EVENING - HOUR)
    failed = runs(EVENING, code="error")
    await recorder.record(lease, failed, None, EVENING + HOUR / 2, EVENING + HOUR / 2)
    (found,) = await Records(database).alerts()
    assessment = found.assessment
    assert (assessment.reason, assessment.attempt, assessment.attempts) == (Reason.RETRYING, 1, 12)
    assert assessment.target == 14 * DAY + HOUR / 2
    assert assessment.target_why == "the plan runs weekly, one run may fail"
    assert assessment.next_run_at == EVENING + 1.5 * HOUR
