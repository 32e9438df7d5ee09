"""Several real bots on one database of PostgreSQL: what one of them alone would do, and no more of it."""

from datetime import UTC, datetime

import pytest

from bot.sandbox import slack
from bot.store.address import Server
from tests.bot_process import BotProcess, Stage
from tests.builders import raw_task, rfc3339
from tests.night import CAUSE, CHANNEL

pytestmark = pytest.mark.needs("postgres")


def happens(here: Stage, code: str, name: str) -> None:
    """A nightly backup of this machine ended a moment ago."""
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt", "updatedAt"), rfc3339(datetime.now(UTC)))
    result = {"code": code, **({"error": CAUSE} if code == "error" else {})}
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    here.acronis.add(tasks=[raw_task(**stamps, result=result, resource=resource)])


def told(here: Stage, name: str) -> list[slack.Message]:
    """Every card ever posted about this machine."""
    return [each for each in here.slack.posts(CHANNEL) if name in each.text and not each.thread_ts]


def taken_from(bots: list[BotProcess], piece: str) -> list[str]:
    """When each of them took this piece of work."""
    return [
        str(line["timestamp"])
        for bot in bots
        for line in bot.lines
        if line.get("event") == "work taken" and piece in line["pieces"]
    ]


def holder(bots: list[BotProcess], piece: str) -> BotProcess:
    """Which of them last took this piece of work."""

    def when(bot: BotProcess) -> str:
        taken = [line for line in bot.lines if line.get("event") == "work taken" and piece in line["pieces"]]
        return str(taken[-1]["timestamp"]) if taken else ""

    return max(bots, key=when)


async def test_of_three_bots_one_tells_and_each_answers(reader: Stage, server: Server) -> None:
    bots = await reader.group(3, server.url)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    happens(reader, "error", "SRV-SQL01")
    await reader.seen(lambda: told(reader, "SRV-SQL01"))
    for _ in range(6):
        answer = await reader.answered("alerts")
        assert "SRV-SQL01" in answer.text
    happens(reader, "ok", "SRV-SQL01")
    await reader.seen(lambda: "Recovered" in told(reader, "SRV-SQL01")[-1].text)
    for bot in bots:
        bot.terminate()
    assert [await bot.ended() for bot in bots] == [0, 0, 0]
    assert len(told(reader, "SRV-SQL01")) == 1
    assert len([each for each in reader.slack.posts(CHANNEL) if each.text.startswith("Nightshift")]) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_one_that_does_the_work_and_is_no_more_is_followed_within_two_polls(
    reader: Stage, server: Server, number: signal.Signals
) -> None:
    bots = await reader.group(3, server.url, POLL_SECONDS="6")
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    for piece in (f"channel {CHANNEL}", "reading default"):
        gone = holder(bots, piece)
        gone.send(number)
        happens(reader, "error", f"SRV-{len(bots)}")
        began = datetime.now(UTC)
        left = [bot for bot in bots if bot is not gone]
        before = taken_from(left, piece)
        async with asyncio.timeout(60):
            while taken_from(left, piece) == before:  # noqa: ASYNC110  another process takes it
                await asyncio.sleep(0.1)
        assert datetime.now(UTC) - began < timedelta(seconds=12 + 5)  # this machine is busy
        await reader.seen(lambda: told(reader, f"SRV-{len(bots)}"))  # noqa: B023
        if number is signal.SIGSTOP:
            gone.send(signal.SIGCONT)
            happens(reader, "ok", f"SRV-{len(bots)}")
            await reader.seen(lambda: "Recovered" in told(reader, f"SRV-{len(bots)}")[-1].text)  # noqa: B023
        else:
            bots = left
    for name in ("SRV-2", "SRV-3"):
        assert len(told(reader, name)) <= 1


async def test_one_that_was_stopped_before_it_posted_does_not_post_what_another_took_over(
    reader: Stage, server: Server
) -> None:
    """It is stopped in the middle of its call: the request is there, and Slack has not taken it yet."""
    bots = await reader.group(2, server.url, POLL_SECONDS="2")
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    hold = reader.slack.hold("chat.postMessage")
    happens(reader, "error", "SRV-SQL01")
    await reader.slack.caught(hold)
    stopped = holder(bots, f"channel {CHANNEL}")
    stopped.send(signal.SIGSTOP)
    reader.slack.release(hold)
    await reader.seen(lambda: told(reader, "SRV-SQL01"))
    (other,) = (bot for bot in bots if bot is not stopped)
    async with asyncio.timeout(60):
        while not any(line.get("event") == "found" for line in other.lines):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    stopped.send(signal.SIGCONT)
    happens(reader, "ok", "SRV-SQL01")
    await reader.seen(lambda: "Recovered" in told(reader, "SRV-SQL01")[-1].text)
    assert len(told(reader, "SRV-SQL01")) == 1
    assert not any("lease lost" == line.get("event") and "shown" in str(line) for line in stopped.lines)
