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
