"""kill -9 of the real process at each step of a poll and of a delivery: nothing lost, nothing doubled but the marked.

A step is caught from outside: a pretend server holds the call, or the test holds SQLite's write lock; then the process
is killed and another one started on the same file.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, or_, select

from bot.model import PostState
from bot.sandbox import slack
from bot.store.address import Server
from bot.store.dialect.postgresql import TURN
from bot.store.engine import Database
from bot.store.schema import posts
from tests.bot_process import BOT_ON_A_FILE, BotProcess, Stage
from tests.builders import raw_task, rfc3339
from tests.night import CAUSE, CHANNEL
from tests.patience import PATIENCE

MARK = "possibly repeated"


def happens(here: Stage, code: str, *, seconds_ago: float = 0.0, name: str = "SRV-SQL01", **changes: object) -> None:
    ended = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt", "updatedAt"), rfc3339(ended))
    result = {"code": code, **({"error": CAUSE} if code == "error" else {})}
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    here.acronis.add(tasks=[raw_task(**stamps, result=result, resource=resource, **changes)])


def told(here: Stage) -> list[slack.Message]:
    """Every card ever posted about SRV-SQL01."""
    return [each for each in here.slack.posts(CHANNEL) if "SRV-SQL01" in each.text and not each.thread_ts]


def lines(here: Stage) -> list[slack.Message]:
    """Every reply ever posted."""
    return [each for each in here.slack.posts(CHANNEL) if each.thread_ts]


async def watching(here: Stage) -> BotProcess:
    """A bot whose first start is behind it."""
    bot = await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    return bot


async def killed(bot: BotProcess) -> None:
    bot.kill()
    assert await bot.ended() == -9


@contextmanager
def write_lock(here: Stage) -> Iterator[None]:
    """Nobody else can write to the bot's database meanwhile."""
    if isinstance(here.address, Server):
        with psycopg.connect(here.address.url) as holding:
            holding.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
            yield
        return
    connection = sqlite3.connect(here.address, isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


async def polling(here: Stage, bot: BotProcess) -> None:
    """Asked for a page, no answer yet."""
    hold = here.acronis.hold()["hold"]
    happens(here, "error")
    await here.acronis.caught(hold)
    await killed(bot)
    here.acronis.release()


async def before_record(here: Stage, bot: BotProcess) -> None:
    """The page has been read, and cannot be written."""
    hold = here.acronis.hold()["hold"]
    happens(here, "error")
    await here.acronis.caught(hold)
    with write_lock(here):
        here.acronis.release()
        await asyncio.sleep(0.5)
        await killed(bot)


async def between_pages(here: Stage, bot: BotProcess) -> None:
    """The first page is recorded, the second is on its way: its cards wait for a poll's end, or 30 s."""
    here.acronis.settings(max_page=1)
    first = here.acronis.hold()["hold"]
    happens(here, "error")
    happens(here, "ok", name="SRV-OTHER")
    await here.acronis.caught(first)
    second = here.acronis.hold()["hold"]
    here.acronis.release(first)
    await here.acronis.caught(second)
    await killed(bot)
    here.acronis.release()


async def before_acceptance(here: Stage, bot: BotProcess) -> None:
    """The card is claimed, the post is on its way, Slack has not taken it."""
    held = here.slack.hold("chat.postMessage", "before")
    happens(here, "error")
    await here.seen(lambda: held.held)
    await killed(bot)
    here.slack.release()


async def after_acceptance(here: Stage, bot: BotProcess) -> None:
    """Slack shows the card, the bot has no answer."""
    held = here.slack.hold("chat.postMessage", "after")
    happens(here, "error")
    await here.seen(lambda: held.held)
    await killed(bot)
    here.slack.release()


async def before_shown(here: Stage, bot: BotProcess) -> None:
    """Slack has answered, and the bot cannot write it down."""
    held = here.slack.hold("chat.postMessage", "after")
    happens(here, "error")
    await here.seen(lambda: held.held)
    with write_lock(here):
        here.slack.release()
        await asyncio.sleep(0.5)
        await killed(bot)


async def looking(here: Stage, bot: BotProcess) -> None:
    """The post was not confirmed, and the bot asks whether it is there."""
    held = here.slack.hold("conversations.history", "before")
    here.slack.fault("reset_after", "chat.postMessage")
    happens(here, "error")
    await here.seen(lambda: held.held)
    await killed(bot)
    here.slack.release()


async def editing(here: Stage, bot: BotProcess, when: str) -> None:
    happens(here, "error", seconds_ago=1)
    await here.seen(lambda: told(here))
    held = here.slack.hold("chat.update", when)
    happens(here, "ok")
    await here.seen(lambda: held.held)
    await killed(bot)
    here.slack.release()


async def before_edit(here: Stage, bot: BotProcess) -> None:
    await editing(here, bot, "before")


async def after_edit(here: Stage, bot: BotProcess) -> None:
    await editing(here, bot, "after")


async def replying(here: Stage, bot: BotProcess) -> None:
    """The line in the thread is stored, and not confirmed."""
    happens(here, "error", seconds_ago=1)
    await here.seen(lambda: told(here))
    held = here.slack.hold("chat.postMessage", "after")
    happens(here, "ok")
    await here.seen(lambda: held.held)
    await killed(bot)
    here.slack.release()


Step = Callable[[Stage, BotProcess], Awaitable[Any]]
UNPOSTED: tuple[Step, ...] = (polling, before_record, between_pages)
UNCERTAIN: tuple[Step, ...] = (before_acceptance, after_acceptance, before_shown)
POSTED: tuple[Step, ...] = (before_edit, after_edit, replying)


async def ends_well(here: Stage) -> None:
    """Another process takes over; at the end every card says that it recovered, and nothing is owed."""
    await here.started("run")
    await here.seen(lambda: told(here))
    happens(here, "ok")
    await here.seen(lambda: told(here)[-1].text.startswith("Recovered"))
    await _owes_nothing(here)


async def _owes_nothing(here: Stage) -> None:
    """What was withdrawn before it was posted is not owed any more."""
    is_open = or_(posts.c.state != PostState.WAITING, posts.c.version > posts.c.shown)
    owed = select(func.count()).where(posts.c.state != PostState.WITHDRAWN, is_open)
    database = Database(here.address)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with database.read() as connection:
                    if await connection.scalar(owed) == 0:
                        return
                await asyncio.sleep(0.1)
    finally:
        await database.close()


@BOT_ON_A_FILE
@pytest.mark.parametrize("step", UNPOSTED, ids=lambda step: step.__name__)
async def test_killed_before_anything_was_claimed_it_is_posted_once_and_unmarked(here: Stage, step: Step) -> None:
    await step(here, await watching(here))
    await ends_well(here)
    (card,) = told(here)
    assert MARK not in card.text.lower()


@BOT_ON_A_FILE
@pytest.mark.parametrize("step", UNCERTAIN, ids=lambda step: step.__name__)
async def test_killed_around_a_post_without_history_only_the_marked_one_is_doubled(here: Stage, step: Step) -> None:
    await step(here, await watching(here))
    await ends_well(here)
    marks = [MARK in card.text.lower() for card in told(here)]
    assert marks == ([True] if step is before_acceptance else [False, True])


@BOT_ON_A_FILE
@pytest.mark.parametrize("step", [*UNCERTAIN, looking], ids=lambda step: step.__name__)
async def test_killed_around_a_post_with_history_nothing_is_doubled(reader: Stage, step: Step) -> None:
    await step(reader, await watching(reader))
    await ends_well(reader)
    (card,) = told(reader)
    assert MARK not in card.text.lower()


@BOT_ON_A_FILE
@pytest.mark.parametrize("step", POSTED, ids=lambda step: step.__name__)
async def test_killed_around_an_edit_or_a_reply_with_history_each_is_there_once(reader: Stage, step: Step) -> None:
    await step(reader, await watching(reader))
    await ends_well(reader)
    assert (len(told(reader)), len(lines(reader))) == (1, 1)
