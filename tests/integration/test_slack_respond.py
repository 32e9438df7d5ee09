"""An answer finds its way: the request's own URL, then an ephemeral message, then a direct one; with all its facts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.errors import SlackError
from bot.model import Message, Place
from bot.sandbox.slack import ALERTS, PretendSlack, Running, serve
from bot.slack.requests import ReplyTo
from bot.slack.respond import MAYBE_SHARED, SENT_DIRECTLY, Responder
from bot.slack.sign_in import make_client

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Two* failed"}}
ANSWER = Message("Two failed", (SECTION,))
BROKEN = Message("Two failed", ({"type": "section", "no": "text"},))


@dataclass
class Parts:
    slack: PretendSlack
    responder: Responder

    async def reply_to(self, channel: str = ALERTS) -> ReplyTo:
        """The ways to Mia after a command she typed; nobody acks it, and nobody has to."""
        payload = (await self.slack.command("U0MIA", channel, "x")).payload
        return ReplyTo("U0MIA", payload["channel_id"], payload["response_url"])

    def seen(self) -> dict[str, list[str]]:
        return {
            "ephemeral": [message.text for message in self.slack.whispers("U0MIA")],
            "channel": [message.text for message in self.slack.shown(ALERTS)],
            "direct": [message.text for message in self.slack.direct("U0MIA")],
        }

    def called(self) -> list[str]:
        return [request["method"] for request in self.slack.requests]


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve()
    yield running
    await running.close()


@pytest.fixture
async def parts(slack: Running) -> AsyncIterator[Parts]:
    async with aiohttp.ClientSession() as session:
        yield Parts(slack.slack, Responder(make_client("xoxb-sandbox", slack.api_url, session, timeout=2)))


async def test_an_answer_goes_to_the_asker_alone_by_its_url(parts: Parts) -> None:
    await parts.responder.send(ANSWER, await parts.reply_to())
    assert parts.seen() == {"ephemeral": ["Two failed"], "channel": [], "direct": []}
    assert parts.slack.whispers("U0MIA")[0].blocks[0]["type"] == "section"
    assert parts.called() == ["response_url"]


async def test_a_used_up_url_gives_way_to_an_ephemeral_message(parts: Parts) -> None:
    reply_to = await parts.reply_to()
    for _ in range(6):
        await parts.responder.send(ANSWER, reply_to)
    assert parts.called()[-2:] == ["response_url", "chat.postEphemeral"]
    assert parts.seen()["ephemeral"] == ["Two failed"] * 6


@pytest.mark.parametrize("kind", ["http", "ratelimited", "reset_before", "hang"])
async def test_a_url_that_fails_gives_way_too(parts: Parts, kind: str) -> None:
    parts.slack.fault(kind, "response_url", seconds=1)
    await parts.responder.send(ANSWER, await parts.reply_to())
    assert parts.seen()["ephemeral"] == ["Two failed"]
    parts.slack.clear_faults()


async def test_where_the_bot_may_not_speak_the_answer_is_a_direct_message(parts: Parts) -> None:
    parts.slack.fault("error", "response_url", error="expired_url")
    await parts.responder.send(ANSWER, await parts.reply_to("C0OUTSIDE"))
    assert parts.called() == ["response_url", "chat.postEphemeral", "chat.postMessage"]
    assert parts.seen()["direct"] == ["Two failed"]


async def test_an_answer_without_a_channel_is_a_direct_message(parts: Parts) -> None:
    await parts.responder.send(ANSWER, ReplyTo("U0MIA"))
    assert parts.seen()["direct"] == ["Two failed"]


async def test_an_answer_that_finds_no_way_is_an_error(parts: Parts) -> None:
    parts.slack.fault("error", "*", times=None, error="account_inactive")
    with pytest.raises(SlackError):
        await parts.responder.send(ANSWER, await parts.reply_to())


@pytest.mark.parametrize("place", list(Place))
async def test_blocks_slack_refuses_are_left_away(parts: Parts, place: Place) -> None:
    await parts.responder.send(Message(BROKEN.text, BROKEN.blocks, place), await parts.reply_to())
    where = {Place.ASKER: "ephemeral", Place.CHANNEL: "channel", Place.DIRECT: "direct"}[place]
    assert parts.seen()[where][0] == "Two failed"


async def test_blocks_refused_by_the_next_way_are_left_away_too(parts: Parts) -> None:
    parts.slack.fault("http", "response_url", times=1)
    await parts.responder.send(BROKEN, await parts.reply_to())
    assert parts.called() == ["response_url", "chat.postEphemeral", "chat.postEphemeral"]
    assert parts.seen()["ephemeral"] == ["Two failed"]


async def test_a_share_is_for_all_in_the_channel(parts: Parts) -> None:
    await parts.responder.send(Message("Two failed", place=Place.CHANNEL), await parts.reply_to())
    assert parts.seen() == {"ephemeral": [], "channel": ["Two failed"], "direct": []}


async def test_a_page_of_what_was_shared_goes_into_its_thread(parts: Parts) -> None:
    root = parts.slack.say("U0ASHA", ALERTS, "Shared")
    await parts.responder.send(Message("Page 2", place=Place.CHANNEL, thread_ts=root.ts), await parts.reply_to())
    assert [each.text for each in parts.slack.replies(ALERTS, root.ts)] == ["Page 2"]


async def test_a_share_whose_url_is_used_up_is_posted(parts: Parts) -> None:
    parts.slack.fault("error", "response_url", error="used_url")
    await parts.responder.send(Message("Two failed", place=Place.CHANNEL), await parts.reply_to())
    assert parts.seen()["channel"] == ["Two failed"]


@pytest.mark.parametrize("kind", ["late", "reset_after", "http"])
async def test_a_share_nobody_confirmed_is_not_posted_again(parts: Parts, kind: str) -> None:
    parts.slack.fault(kind, "response_url", seconds=30 if kind == "late" else 0)
    await parts.responder.send(Message("Two failed", place=Place.CHANNEL), await parts.reply_to())
    assert parts.called() == ["response_url", "response_url"]
    assert parts.seen()["ephemeral"] == [MAYBE_SHARED]
    parts.slack.clear_faults()


async def test_a_share_into_a_channel_that_refuses_is_told(parts: Parts) -> None:
    parts.slack.fault("error", "response_url", error="expired_url")
    await parts.responder.send(Message("Two failed", place=Place.CHANNEL), await parts.reply_to("C0OUTSIDE"))
    assert "nothing was shared" in parts.slack.whispers("U0MIA")[0].text


async def test_a_share_without_a_channel_is_told(parts: Parts) -> None:
    await parts.responder.send(Message("Two failed", place=Place.CHANNEL), ReplyTo("U0MIA"))
    assert "nothing was shared" in parts.seen()["direct"][0]


async def test_a_direct_message_is_confirmed_where_it_was_asked_for(parts: Parts) -> None:
    await parts.responder.send(Message("Two failed", place=Place.DIRECT), await parts.reply_to())
    assert parts.seen() == {"ephemeral": [SENT_DIRECTLY], "channel": [], "direct": ["Two failed"]}


async def test_a_direct_message_slack_refuses_is_told(parts: Parts) -> None:
    parts.slack.fault("error", "chat.postMessage", error="messages_tab_disabled")
    await parts.responder.send(Message("Two failed", place=Place.DIRECT), await parts.reply_to())
    assert "messages_tab_disabled" in parts.seen()["ephemeral"][0]


async def test_links_in_a_direct_message_are_not_unfurled(parts: Parts) -> None:
    await parts.responder.send(ANSWER, ReplyTo("U0MIA"))
    sent: dict[str, Any] = parts.slack.requests[-1]["arguments"]
    assert [str(sent[key]).casefold() for key in ("unfurl_links", "unfurl_media")] in (["0", "0"], ["false", "false"])
