"""Events in the real process: a card long before the next poll, polls that go on at their pace, an end at once."""

import asyncio

import pytest

from bot.jobs.events import HELD
from tests.acceptance.test_check import checked
from tests.acceptance.test_kill import happens, told
from tests.bot_process import BOT_ON_A_FILE, BotProcess, Stage
from tests.night import CHANNEL
from tests.patience import PATIENCE

pytestmark = BOT_ON_A_FILE

API = "/api/event_manager/v1"
RARELY = "600"


def polls(here: Stage) -> int:
    return sum("updatedAt" in each["query"] for each in here.acronis.requests("/api/task_manager"))


def asked(here: Stage, path: str = "/events") -> int:
    return len(here.acronis.requests(API + path))


async def until_asked(here: Stage, path: str = "/events", times: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while asked(here, path) < times:  # noqa: ASYNC110  another process asks
            await asyncio.sleep(0.05)


async def listening(here: Stage, mode: str = "run", **changes: str) -> BotProcess:
    """A bot that polls each ten minutes, and has begun to listen."""
    bot = await here.started(mode, **{"POLL_SECONDS": RARELY, **changes})
    await until_asked(here)
    return bot


async def test_a_failure_is_told_long_before_the_next_poll(here: Stage) -> None:
    bot = await listening(here)
    started = asyncio.get_running_loop().time()
    here.acronis.fail("SRV-SQL01", seconds=1)
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if "SRV-SQL01" in each.text])
    here.acronis.recover("SRV-SQL01", seconds=1)
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if each.text.startswith("Recovered")])
    assert asyncio.get_running_loop().time() - started < float(RARELY) / 4
    bot.terminate()
    assert await bot.ended() == 0


async def test_with_wake_off_nothing_is_asked_and_polls_find_it(here: Stage) -> None:
    (here.folder / "nightshift.toml").write_text("[events]\nwake = false\n")
    await here.started("run")
    happens(here, "error")
    await here.seen(lambda: told(here))
    assert "[events] wake is false" in (await here.answered("health")).text
    assert asked(here, "") == 0


@pytest.mark.parametrize("switches", [{"api": False}, {"topic": False}, {"allowed": False}])
async def test_without_events_polls_find_it(here: Stage, switches: dict[str, bool]) -> None:
    here.acronis.events(offsets=None, **switches)
    bot = await here.started("run")
    await until_asked(here, "/topics")
    happens(here, "error")
    await here.seen(lambda: told(here))
    await bot.until_logged("no events")
    text = (await here.answered("health")).text
    assert "Account default, polled at its pace only" in text
    assert ("it lacks the scope urn" in text) == (not switches.get("allowed", True))


async def test_health_and_check_say_that_events_have_the_account_polled(here: Stage) -> None:
    await listening(here)
    assert "Account default, polled at once when tasks change" in (await here.answered("health")).text
    code, said = await checked(here, DATABASE_URL="sqlite:///other.sqlite3")
    assert (code, "Acronis: account default is polled at once when tasks change." in said) == (0, True)
    here.acronis.events(allowed=False)
    code, said = await checked(here, DATABASE_URL="sqlite:///other.sqlite3")
    assert (code, "lacks the scope urn:acronis.com:event_manager:" in said) == (0, True)


async def test_the_end_does_not_wait_for_a_question_that_is_held(here: Stage) -> None:
    bot = await listening(here)
    loop = asyncio.get_running_loop()
    started = loop.time()
    bot.terminate()
    assert await bot.ended() == 0
    assert loop.time() - started < HELD / 2
    assert not [each for each in bot.lines if each.get("event") == "job was cut off"]


async def test_a_bot_that_was_killed_listens_again_under_the_same_subscription(here: Stage) -> None:
    first = await listening(here)
    first.kill()
    await first.ended()
    await here.started("run", POLL_SECONDS=RARELY)
    await until_asked(here, times=2)
    here.acronis.fail("SRV-SQL01", seconds=1)
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if "SRV-SQL01" in each.text])
    assert len(here.acronis.events()["subscriptions"]) == 1
    assert {each["status"] for each in here.acronis.requests(f"{API}/events")} <= {200, 202, None}
