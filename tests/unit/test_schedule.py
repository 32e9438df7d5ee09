"""The schedule counts in monotonic time: what the wall clock says changes nothing but what APScheduler is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pytest_mock import MockerFixture

from bot.schedule import Every, Schedule
from tests.patience import PATIENCE

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Clocks:
    """The operating system's two clocks, as the schedule reads them."""

    def __init__(self, mocker: MockerFixture) -> None:
        self.passed = 0.0
        self.ahead = 0.0
        time = mocker.patch("bot.schedule.time")
        time.monotonic = lambda: self.passed
        time.time = lambda: NOW.timestamp() + self.passed + self.ahead

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed + self.ahead)


@pytest.fixture
def clocks(mocker: MockerFixture) -> Clocks:
    return Clocks(mocker)


def test_it_comes_after_so_long_and_then_each_interval(clocks: Clocks) -> None:
    every = Every(60 * SECOND, 10 * SECOND)
    first = every.get_next_fire_time(None, clocks.now)
    assert first == NOW + 10 * SECOND
    clocks.passed = 10.5
    assert every.get_next_fire_time(first, clocks.now) == NOW + 70 * SECOND


def test_the_same_run_is_counted_once(clocks: Clocks) -> None:
    every = Every(SECOND, timedelta())
    first = every.get_next_fire_time(None, clocks.now)
    assert every.get_next_fire_time(first, clocks.now) == every.get_next_fire_time(first, clocks.now) == NOW + SECOND


@pytest.mark.parametrize("late", [1.5, 3600, 200 * 86_400])
def test_missed_runs_are_one_run_and_the_beat_is_kept(clocks: Clocks, late: float) -> None:
    every = Every(SECOND, timedelta())
    first = every.get_next_fire_time(None, clocks.now)
    clocks.passed = late
    following = every.get_next_fire_time(first, clocks.now)
    assert clocks.now < following <= clocks.now + SECOND
    assert (following - NOW) % SECOND == timedelta()


@pytest.mark.parametrize("ahead", [120, 3600, -120, -3600, 200 * 86_400, -2000 * 86_400])
def test_a_clock_that_was_set_changes_the_time_of_day_and_not_the_wait(clocks: Clocks, ahead: float) -> None:
    every = Every(60 * SECOND, timedelta())
    first = every.get_next_fire_time(None, clocks.now)
    clocks.passed, clocks.ahead = 20.0, ahead
    following = every.get_next_fire_time(first, clocks.now)
    assert following - clocks.now == 40 * SECOND


async def _nothing() -> None:
    """A job that does nothing."""


@pytest.mark.parametrize("ahead", [2, 3600, -2, -3600])
async def test_what_waits_is_worked_out_anew_after_a_step(ahead: float, mocker: MockerFixture) -> None:
    schedule = Schedule()
    schedule.every(HOUR, "sweep", _nothing, after=HOUR)
    schedule.start()
    before = schedule.get_job("sweep").next_run_time
    time = mocker.patch("bot.schedule._offset")
    time.return_value = datetime.now(UTC).timestamp() - asyncio.get_running_loop().time() + ahead
    mocker.patch("bot.schedule.datetime").now.side_effect = lambda _: datetime.now(UTC) + timedelta(seconds=ahead)
    schedule.wakeup()
    moved = schedule.get_job("sweep").next_run_time - before
    assert abs(moved - timedelta(seconds=ahead)) < SECOND / 2
    assert schedule.steps == 1
    schedule.shutdown(wait=False)
    await asyncio.sleep(0)


async def test_a_job_that_is_hastened_runs_at_once_and_then_at_its_interval() -> None:
    ran = asyncio.Event()

    async def run() -> None:
        ran.set()

    schedule = Schedule()
    schedule.every(HOUR, "deliver", run, after=HOUR)
    schedule.start()
    schedule.hasten("deliver")
    schedule.hasten("no such job")
    async with asyncio.timeout(PATIENCE):
        await ran.wait()
    wait = schedule.get_job("deliver").next_run_time - datetime.now(UTC)
    assert HOUR - SECOND < wait <= HOUR
    schedule.shutdown(wait=False)
    await asyncio.sleep(0)
