"""The machine's clock is wrong against Slack's and Acronis's: nothing is lost or doubled by that."""

import sqlite3
from contextlib import closing
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.model import Quiet, Route, Routing, Silence
from bot.sandbox import slack
from bot.store.learning import Learner
from tests.night import CHANNEL, machine, night


@pytest.mark.parametrize("hours", [1, 12, -1])
async def test_a_post_is_found_again_whatever_our_clock_says(tmp_path: Path, hours: int) -> None:
    async with night(tmp_path, scopes=(*slack.SCOPES, "channels:history")) as tonight:
        tonight.clock.ahead = timedelta(hours=hours)
        await tonight.begins()
        tonight.acronis.now(offset=hours * 3600)
        tonight.happens("error", ago=0.5)
        tonight.slack.fault("reset_after", "chat.postMessage")
        await tonight.poll()
        await tonight.deliver()
        await tonight.later(seconds=4)
        assert len(tonight.cards_ever) == 1


async def test_a_clock_that_is_set_back_holds_up_no_card(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.deliver()
        await tonight.poll()
        tonight.clock.ahead = timedelta()
        await tonight.deliver()
        assert len(tonight.cards_ever) == 1


async def test_a_clock_that_was_set_back_before_a_start_holds_up_no_card(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.poll()
        tonight.clock.ahead = timedelta()
        await tonight.outbox.unfinished(tonight.clock.now())
        await tonight.deliver()
        assert len(tonight.cards_ever) == 1


async def test_a_clock_that_is_set_back_holds_up_no_edit(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.poll()
        await tonight.deliver()
        tonight.clock.ahead = timedelta()
        tonight.happens("ok", ago=0.1)
        await tonight.poll()
        await tonight.deliver()
        assert tonight.cards_ever[0].text.startswith("Recovered")


async def test_a_clock_that_is_set_back_holds_no_card_past_the_quiet_hours(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.clock.ahead = timedelta(days=10)
        now = tonight.clock.now()
        quiet = Quiet(time(now.hour), time((now.hour + 2) % 24))
        tonight.follow(Routing(routes=(Route("quiet", CHANNEL, quiet=quiet),), target=timedelta(days=20)))
        tonight.happens("error", ago=0.5)
        await tonight.poll()
        await tonight.deliver()
        assert tonight.cards == []
        tonight.clock.ahead = timedelta()
        await tonight.deliver()
        await tonight.later(hours=3)
        assert len(tonight.cards) == 1


async def test_a_clock_that_is_set_back_keeps_no_storm_open(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.clock.ahead = timedelta(days=10)
        for number in range(6):
            tonight.happens("error", ago=0.5, **machine(f"SRV-{number}"))
        await tonight.poll()
        await tonight.deliver()
        tonight.clock.ahead = timedelta()
        await tonight.reviewed(minutes=5)
        tonight.happens("error", ago=0.5, **machine("SRV-7"))
        await tonight.poll()
        await tonight.later(seconds=5)
        assert [card.text[:13] for card in tonight.cards][-1] == "Backup failed"
        assert len(tonight.cards) == 6


@pytest.mark.parametrize("days", [91, 400, 3000])
async def test_a_clock_that_was_ahead_does_not_end_the_reading_of_history(tmp_path: Path, days: int) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.clock.ahead = timedelta(days=days)
        await tonight.backfill.run()
        tonight.clock.ahead = timedelta()
        assert not tonight.backfill.done
        before = (await tonight.recorder.checkpoint("default")).history_from
        for _ in range(4):
            await tonight.backfill.run()
        after = (await tonight.recorder.checkpoint("default")).history_from
        assert before is not None
        assert after is not None
        assert after < before


async def test_a_clock_that_is_set_back_hides_no_run_that_hangs(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        for ago in range(1, 9):
            tonight.happens("ok", ago=ago * 31 * 60, took=5)
        tonight.happens("ok", ago=0, took=5 * 60, state="started", result=None, completedAt=None)
        await tonight.begins()
        await tonight.reviewed(hours=20)  # it is not known yet how long it usually takes
        tonight.clock.ahead = timedelta()
        await tonight.backfill_all()
        await tonight.deliver()
        await tonight.reviewed(minutes=3)
        assert [alert.latest.code for alert in await tonight.alerts()] == [Silence.STUCK]


async def test_a_clock_that_is_set_back_hides_no_start_that_is_missed(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        for ago in range(1, 9):
            tonight.happens("ok", ago=ago * 24 * 60 - 30, took=5)
        await tonight.begins()
        await tonight.backfill_all()
        learner = Learner(tonight.database, Routing(), timedelta())
        tonight.clock.ahead = timedelta(hours=20)
        await learner.refresh(tonight.clock.now())
        tonight.clock.ahead = timedelta()
        await tonight.outbox.unfinished(tonight.clock.now())  # it was set back before a start
        await learner.refresh(tonight.clock.now())
        await tonight.reviewed(hours=3)
        assert [alert.latest.code for alert in await tonight.alerts()] == [Silence.MISSED]


async def test_a_clock_that_is_set_back_while_nothing_can_be_written_holds_up_no_card(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.delivery.tick()
        await tonight.poll()
        tonight.clock.ahead = timedelta()
        tonight.database.hurry()  # what is locked is not waited for
        with closing(sqlite3.connect(tonight.database.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable):
                await tonight.delivery.tick()
        await tonight.deliver()
        assert len(tonight.cards_ever) == 1
