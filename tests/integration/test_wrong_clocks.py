"""The machine's clock is wrong against Slack's and Acronis's: nothing is lost or doubled by that."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox import slack
from tests.night import night


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
        assert len(tonight.told) == 1


async def test_a_clock_that_is_set_back_holds_up_no_card(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.deliver()
        await tonight.poll()
        tonight.clock.ahead = timedelta()
        await tonight.deliver()
        assert len(tonight.told) == 1


async def test_a_clock_that_was_set_back_before_a_start_holds_up_no_card(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=2)
        tonight.clock.ahead = timedelta(hours=1)
        await tonight.poll()
        tonight.clock.ahead = timedelta()
        await tonight.outbox.unfinished(tonight.clock.now())
        await tonight.deliver()
        assert len(tonight.told) == 1


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
        assert tonight.told[0].text.startswith("Recovered")
