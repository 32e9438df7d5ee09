"""A clock that is wrong by days closes no alert, deletes nothing, and does not move the checkpoint out of reach."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.schedule import Schedule, TimeCheck
from tests.night import night

DAYS = [200, 15, -20]


@pytest.mark.parametrize("days", DAYS)
async def test_a_clock_that_is_wrong_by_days_is_not_believed_until_it_is_right(tmp_path: Path, days: int) -> None:
    async with night(tmp_path) as tonight:
        schedule = Schedule()
        check = TimeCheck([tonight.client], tonight.clock, schedule)
        tonight.clock.ahead = timedelta(days=days)
        assert not await check.is_sure()
        tonight.clock.ahead = timedelta(hours=3)
        assert await check.is_sure()
        tonight.clock.ahead = timedelta(days=days)
        assert await check.is_sure()  # nothing was set since
        schedule.steps += 1
        assert not await check.is_sure()


async def test_while_acronis_is_away_nobody_can_say_that_the_clock_is_right(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        check = TimeCheck([tonight.client], tonight.clock, Schedule())
        tonight.acronis.outage(mode="503")
        assert not await check.is_sure()
        tonight.acronis.outage(on=False)
        assert await check.is_sure()


@pytest.mark.parametrize("days", DAYS)
async def test_a_clock_that_was_wrong_at_the_first_start_makes_no_poll_deaf(tmp_path: Path, days: int) -> None:
    async with night(tmp_path) as tonight:
        tonight.clock.ahead = timedelta(days=days)
        await tonight.begins()
        tonight.clock.ahead = timedelta()
        await tonight.later(seconds=1)
        tonight.happens("error", ago=0.5)
        await tonight.poll()
        await tonight.later(seconds=4)
        assert len(tonight.cards) == 1


@pytest.mark.parametrize("days", DAYS)
async def test_a_clock_that_is_set_wrong_later_is_no_first_start(tmp_path: Path, days: int) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.clock.ahead = timedelta(days=days)
        tonight.acronis.add(tasks=[])
        before = (await tonight.recorder.checkpoint("default")).watched_from
        await tonight.poll()
        assert (await tonight.recorder.checkpoint("default")).watched_from == before


@pytest.mark.parametrize("days", [1 / 24, 0.1, 200])
async def test_a_lease_that_was_written_by_a_clock_that_was_ahead_stops_no_poll(tmp_path: Path, days: float) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.clock.ahead = timedelta(days=days)
        other = tonight.another_poll()
        leases = tonight.recorder.leases
        assert await leases.take(other._lease, tonight.clock.now())
        tonight.clock.ahead = timedelta()
        tonight.happens("error", ago=0.5)
        await tonight.poll()
        await tonight.later(seconds=4)
        assert len(tonight.cards) == 1
