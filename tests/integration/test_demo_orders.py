"""What people type in the demo about threads and messages, over a pretend Slack without a bot."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from unittest.mock import create_autospec

import pytest

from bot.sandbox.demo.happenings import Transcript, What
from bot.sandbox.demo.orders import YOU, Orders
from bot.sandbox.demo.trouble import Trouble
from bot.sandbox.slack import ALERTS, PretendSlack, serve


@dataclass
class Seat:
    """Where Mia sits; `said` are the demo's own sentences."""

    slack: PretendSlack
    transcript: Transcript
    orders: Orders
    said: list[str]


@pytest.fixture
async def seat() -> AsyncIterator[Seat]:
    running = await serve()
    transcript, said = Transcript(running.slack, YOU), list[str]()
    following = asyncio.create_task(transcript.write())
    orders = Orders(running.slack, create_autospec(Trouble, instance=True), transcript, said.append)
    yield Seat(running.slack, transcript, orders, said)
    await running.close()
    await following


async def test_a_mention_is_typed_below_the_newest_message(seat: Seat) -> None:
    card = seat.slack.say("U0NOAH", ALERTS, "Backup failed")
    assert await seat.orders.obey("@nightshift failed today")
    [mention] = seat.slack.replies(ALERTS, card.ts)
    assert mention.text == "<@U0NIGHTSHIFT> failed today"
    typed = [each.text for each in seat.transcript.seen if each.what is What.TYPED]
    assert typed == ["@nightshift failed today"]


async def test_a_mention_in_an_empty_channel_stands_in_the_channel(seat: Seat) -> None:
    assert await seat.orders.obey("@Nightshift")
    assert [message.text for message in seat.slack.shown(ALERTS)] == ["<@U0NIGHTSHIFT>"]


@pytest.mark.parametrize(("line", "chosen"), [("what", "two"), ("what ONE", "one")])
async def test_what_chooses_the_shortcut_of_the_newest_message_with_these_words(
    seat: Seat, line: str, chosen: str
) -> None:
    for text in ("one", "two"):
        seat.slack.say("U0NOAH", ALERTS, text)
    assert await seat.orders.obey(line)
    [delivery] = seat.slack.deliveries
    assert delivery.payload["callback_id"] == "what_is_this_task"
    assert delivery.payload["message"]["text"] == chosen


async def test_what_says_where_there_is_no_such_message(seat: Seat) -> None:
    assert await seat.orders.obey("what")
    assert await seat.orders.obey("what zebra")
    assert seat.said == ["The channel is still empty.", "No message in the channel has “zebra”."]
    assert seat.slack.deliveries == []


async def test_what_was_waited_for_is_shown_before_anything_follows(seat: Seat) -> None:
    """Even to a reader who began later than the one who waits."""
    shown = list[str]()

    async def follow() -> None:
        await seat.transcript.until(lambda each: each.text == "answer")
        shown.append("next question")

    async def read() -> None:
        async for each in seat.transcript.read():
            shown.append(each.text)

    readers = []
    for reader in (follow(), read()):
        readers.append(asyncio.create_task(reader))
        await asyncio.sleep(0)
    seat.slack.say("U0NOAH", ALERTS, "answer")
    await readers[0]
    readers[1].cancel()
    assert shown == ["answer", "next question"]
