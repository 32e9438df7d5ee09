"""The machine's clock is set while the real process runs: no poll, no card and no edit waits for the old time."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.test_kill import happens, told
from tests.bot_process import BotProcess, Stage
from tests.clock_shift import ShiftedClock
from tests.night import CHANNEL

pytestmark = pytest.mark.needs("cc")

HOUR = timedelta(hours=1)
MONTHS = timedelta(days=200)
STEPS = {
    "an hour ahead at the start, then right": (HOUR, timedelta()),
    "two minutes ahead at the start, then right": (timedelta(seconds=120), timedelta()),
    "months ahead at the start, then right": (MONTHS, timedelta()),
    "right, then months ahead": (timedelta(), MONTHS),
    "right, then an hour back": (timedelta(), -HOUR),
    "right, then years back": (timedelta(), -10 * MONTHS),
}
POLLS = 4
"""Polls that follow a step, at one a second."""
MOST_MEMORY = 120
"""MiB that a step may cost. Every missed second, kept in a list, would take 900."""


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    return ShiftedClock(tmp_path)


def polls(here: Stage) -> int:
    return sum("updatedAt" in each["query"] for each in here.acronis.requests())


async def polled(here: Stage, times: int) -> None:
    wanted = polls(here) + times
    await here.seen(lambda: polls(here) >= wanted)


@pytest.mark.parametrize("name", STEPS)
async def test_whatever_the_clock_is_set_to_polls_go_on_and_alerts_come(
    here: Stage, clock: ShiftedClock, name: str
) -> None:
    first, then = STEPS[name]
    clock.set(first)
    bot = await here.started("run", **clock.environment)
    await here.seen(lambda: here.slack.posts(CHANNEL))
    before = memory(bot)
    clock.set(then)
    await polled(here, POLLS)
    happens(here, "error")
    await here.seen(lambda: told(here))
    happens(here, "ok", name="SRV-SQL01")
    await here.seen(lambda: told(here)[-1].text.startswith("Recovered"))
    assert len(told(here)) == 1
    assert memory(bot) - before < MOST_MEMORY


def memory(bot: BotProcess) -> float:
    """MiB."""
    for line in Path(f"/proc/{bot.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no such process")
