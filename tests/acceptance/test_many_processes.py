"""Several real bots on one database of PostgreSQL: what one of them alone would do, and no more of it."""

import signal
from datetime import UTC, datetime
from functools import partial

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


def is_recovered(here: Stage, name: str) -> bool:
    return "Recovered" in told(here, name)[-1].text


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
    await reader.seen(lambda: is_recovered(reader, "SRV-SQL01"))
    for bot in bots:
        bot.terminate()
    assert [await bot.ended() for bot in bots] == [0, 0, 0]
    assert len(told(reader, "SRV-SQL01")) == 1
    assert len([each for each in reader.slack.posts(CHANNEL) if each.text.startswith("Nightshift")]) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_one_that_does_the_work_and_is_no_more_is_followed(
    reader: Stage, server: Server, number: signal.Signals
) -> None:
    bots = await reader.group(3, server.url)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    pieces = {"SRV-1": f"channel {CHANNEL}", "SRV-2": "reading default"}
    for name, piece in pieces.items():
        gone = holder(bots, piece)
        gone.send(number)
        happens(reader, "error", name)
        await reader.seen(partial(told, reader, name))
        if number is signal.SIGSTOP:
            gone.send(signal.SIGCONT)
        else:
            bots.remove(gone)
        happens(reader, "ok", name)
        await reader.seen(partial(is_recovered, reader, name))
    for name in pieces:
        assert len(told(reader, name)) == 1


async def test_one_that_is_stopped_while_it_posts_is_followed_and_nothing_is_told_twice(
    reader: Stage, server: Server
) -> None:
    """Slack has taken the post, and the process that made it does not get the answer before another has its channel."""
    bots = await reader.group(2, server.url, POLL_SECONDS="2")
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    held = reader.slack.hold("chat.postMessage", "after")
    happens(reader, "error", "SRV-SQL01")
    await reader.seen(lambda: held.held)
    stopped = holder(bots, f"channel {CHANNEL}")
    stopped.send(signal.SIGSTOP)
    reader.slack.release()
    (other,) = (bot for bot in bots if bot is not stopped)
    await other.until_logged("found")
    stopped.send(signal.SIGCONT)
    happens(reader, "ok", "SRV-SQL01")
    await reader.seen(lambda: is_recovered(reader, "SRV-SQL01"))
    await stopped.until_logged("lease lost")
    assert len(told(reader, "SRV-SQL01")) == 1
    assert not [line for line in stopped.lines if line.get("event") == "shown" and "SRV" in str(line)]
