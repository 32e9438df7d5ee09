"""Several real bots on one database of PostgreSQL: what one of them alone would do, and no more of it."""

import asyncio
import signal
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bot.sandbox import slack
from bot.sandbox.slack.people import Channel
from tests import postgres
from tests.bot_process import MIA, BotProcess, Stage
from tests.builders import raw_task, rfc3339
from tests.night import CAUSE, CHANNEL

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


def happens(here: Stage, code: str, name: str, **more: Any) -> None:
    """A nightly backup of this machine ended a moment ago."""
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt", "updatedAt"), rfc3339(datetime.now(UTC)))
    result = {"code": code, **({"error": CAUSE} if code == "error" else {})}
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    here.acronis.add(tasks=[raw_task(**stamps, result=result, resource=resource, **more)])


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


async def test_of_three_bots_one_tells_and_each_answers(reader: Stage) -> None:
    bots = await reader.group(3)
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
async def test_one_that_does_the_work_and_is_no_more_is_followed(reader: Stage, number: signal.Signals) -> None:
    bots = await reader.group(3)
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


async def test_one_that_is_stopped_while_it_posts_is_followed_and_nothing_is_told_twice(reader: Stage) -> None:
    """Slack has taken the post, and the process that made it does not get the answer before another has its channel."""
    bots = await reader.group(2, POLL_SECONDS="2")
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    held = reader.slack.hold("chat.postMessage", "after")
    happens(reader, "error", "SRV-SQL01")
    await reader.seen(lambda: held.held)
    stopped = holder(bots, f"channel {CHANNEL}")
    stopped.send(signal.SIGSTOP)
    reader.slack.release()
    (other,) = (bot for bot in bots if bot is not stopped)
    # On a busy machine the channel had changed hands before: then the one that is stopped has found the other's post
    poster = other if any(line.get("event") == "found" for line in stopped.lines) else stopped
    if poster is stopped:
        await other.until_logged("found")
    stopped.send(signal.SIGCONT)
    happens(reader, "ok", "SRV-SQL01")
    await reader.seen(lambda: is_recovered(reader, "SRV-SQL01"))
    await poster.until_logged("lease lost")
    assert len(told(reader, "SRV-SQL01")) == 1
    assert not [line for line in poster.lines if line.get("event") == "shown" and "SRV" in str(line)]


async def test_a_press_works_on_whichever_process_gets_it(reader: Stage) -> None:
    """Slack asks any of them; one delivers to the channel, and the card shows each press in its order."""
    bots = await reader.group(3)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    happens(reader, "error", "SRV-SQL01")
    await reader.seen(lambda: told(reader, "SRV-SQL01"))
    for button, words in 3 * (("Take", "Taken by mia"), ("Release", "")):
        (card,) = told(reader, "SRV-SQL01")
        assert (await reader.slack.tap(MIA, label=button, channel=CHANNEL, ts=card.ts)).acked
        await reader.seen(partial(is_taken, reader, words))
    assert len(told(reader, "SRV-SQL01")) == 1
    assert len({bot.pid for bot in bots}) == 3


def is_taken(here: Stage, words: str) -> bool:
    (card,) = told(here, "SRV-SQL01")
    return words in card.text if words else "Taken by" not in card.text


async def test_each_process_has_eight_connections_at_most(reader: Stage, database_url: str) -> None:
    bots = await reader.group(2)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    await asyncio.gather(*(reader.answered("alerts") for _ in range(10)))
    name = database_url.rpartition("/")[2]
    open_ = postgres.shared().execute(f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'")
    assert len(bots) < len(open_) <= 8 * len(bots)


async def test_four_processes_share_the_posts_of_eight_channels(reader: Stage) -> None:
    """Each tenant has its channel, and as many failures as the others."""
    names = [CHANNEL, *(f"C0SHARE{number}" for number in range(7))]
    route = '[[routes]]\nname = "{0}"\nchannel = "{0}"\nmatch = "tenant {0}"\n'
    routes = "".join(route.format(name) for name in names)
    (reader.folder / "nightshift.toml").write_text(f"{routes}\n[storm]\nthreshold = 1000\n")
    for name in names[1:]:
        reader.slack.workspace.channels[name] = Channel(name, name.lower())
        reader.slack.workspace.messages[name] = {}
    bots = await reader.group(4)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    for at, name in enumerate(names):
        for number in range(8):
            tenant = {"id": str(200 + at), "name": name, "locator": f"/1/66/{200 + at}/"}
            happens(reader, "error", f"{name}-{number}", tenant=tenant)
    await reader.seen(lambda: all(len(reader.slack.posts(name)) >= 8 for name in names))
    shown = [sum(line.get("event") == "shown" for line in bot.lines) for bot in bots]
    mean = sum(shown) / len(shown)
    assert all(0.75 * mean <= each <= 1.25 * mean for each in shown), shown
