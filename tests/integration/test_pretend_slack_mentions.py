"""Mentions, message shortcuts and threads in the pretend Slack: who is told what, and who sees what."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, BOT_USER, OTHER_TEAM, TEAM, ControlError, Delivery, Limits, PretendSlack, serve
from bot.sandbox.slack.messages import compose
from bot.sandbox.slack.workspace import Workspace

MIA = "U0MIA"


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    running = await serve(limits=Limits(metered=False, event_retry_seconds=(0.0, 0.0)))
    yield running.slack
    await running.close()


@pytest.fixture
def client(slack: PretendSlack) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=f"{slack.state.url}/api/", retry_handlers=[])


async def told(slack: PretendSlack, user: str = MIA, channel: str = ALERTS, **more: Any) -> dict[str, Any]:
    """The outer event of a mention, with its inner one."""
    delivery = await slack.mention(user, channel, "@nightshift failed", **more)
    assert isinstance(delivery, Delivery)
    return delivery.payload


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@nightshift failed", f"<@{BOT_USER}> failed"),
        ("failed, @nightshift!", f"failed, <@{BOT_USER}>!"),
        ("@nobody #nowhere", "@nobody #nowhere"),
        ("#backup-alerts", "<#C0ALERTS|backup-alerts>"),
        ("a&b <c>", "a&amp;b &lt;c&gt;"),
        ("tenant acme.com", "tenant <http://acme.com|acme.com>"),
        ("https://acme.com/x?a=1&b=2", "<https://acme.com/x?a=1&amp;b=2>"),
        ("by lena@acme.example", "by <mailto:lena@acme.example|lena@acme.example>"),
    ],
)
def test_slacks_client_makes_mentions_links_and_entities_of_what_is_typed(typed: str, sent: str) -> None:
    known = Workspace(lambda: 0.0, lambda *_, **__: None)
    assert compose(typed, known.people.values(), known.channels.values()) == sent


async def test_a_mention_is_a_message_and_an_event_that_tells_of_it(slack: PretendSlack) -> None:
    payload = await told(slack)
    [message] = slack.shown(ALERTS)
    assert payload["event"] == {
        "type": "app_mention",
        "user": MIA,
        "text": f"<@{BOT_USER}> failed",
        "ts": message.ts,
        "event_ts": message.ts,
        "team": TEAM,
        "channel": ALERTS,
    }
    assert abs(payload["event_time"] - float(message.ts)) < 2


async def test_a_mention_in_a_thread_names_the_thread(slack: PretendSlack) -> None:
    root = slack.say(MIA, ALERTS, "what is this?")
    payload = await told(slack, thread_ts=root.ts)
    assert payload["event"]["thread_ts"] == root.ts
    assert [reply.ts for reply in slack.replies(ALERTS, root.ts)] == [payload["event"]["ts"]]


async def test_an_event_may_come_late(slack: PretendSlack) -> None:
    payload = await told(slack, late=3600)
    assert payload["event_time"] < float(payload["event"]["ts"]) - 3590


async def test_people_of_other_companies_and_bots_are_marked(slack: PretendSlack) -> None:
    payload = await told(slack, "U0OTHER", "C0SHARED")
    assert (payload["event"]["user_team"], payload["is_ext_shared_channel"]) == (OTHER_TEAM, True)
    assert (await told(slack, "U0ROBOT"))["event"]["bot_id"]


async def test_the_bot_is_not_told_where_it_is_not_or_may_not_read_or_is_not_named(slack: PretendSlack) -> None:
    assert await slack.mention(MIA, "C0OUTSIDE", "@nightshift failed") is None
    assert await slack.mention(MIA, MIA, "@nightshift failed") is None
    assert await slack.mention(MIA, ALERTS, "nightshift failed") is None
    slack.set_scopes(["chat:write", "commands"])
    assert await slack.mention(MIA, ALERTS, "@nightshift failed") is None
    assert len(slack.shown(ALERTS)) == 2
    assert slack.deliveries == []


async def test_bolt_hears_a_mention_and_a_shortcut_and_opens_a_window_with_its_trigger(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    app, heard = AsyncApp(client=client), []

    @app.event("app_mention")
    async def _(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    @app.message_shortcut("what")
    async def _(ack: Any, shortcut: dict[str, Any]) -> None:
        await ack()
        heard.append(shortcut["message"]["text"])
        title = {"type": "plain_text", "text": "Task"}
        await client.views_open(trigger_id=shortcut["trigger_id"], view={"type": "modal", "title": title, "blocks": []})

    handler = AsyncSocketModeHandler(app, "xapp-sandbox")
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await slack.sockets.connected()
        mentioned = await slack.mention(MIA, ALERTS, "@nightshift hi")
        assert mentioned is not None
        assert mentioned.acked
        await slack.until(lambda: heard)
        assert (await slack.shortcut(MIA, ALERTS, slack.shown(ALERTS)[0].ts, "what")).acked
        assert await slack.until(lambda: slack.views.top(MIA))
        assert heard == [f"<@{BOT_USER}> hi"] * 2
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_shortcut_carries_the_message_its_place_and_a_way_back(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    ts = str((await client.chat_postMessage(channel=ALERTS, text="Backup failed"))["ts"])
    payload = (await slack.shortcut(MIA, ALERTS, ts, "what")).payload
    assert (payload["type"], payload["callback_id"], payload["message_ts"]) == ("message_action", "what", ts)
    assert (payload["channel"]["id"], payload["message"]["text"]) == (ALERTS, "Backup failed")
    assert (payload["user"]["id"], payload["team"]["id"]) == (MIA, TEAM)
    assert payload["response_url"].startswith(slack.state.url)


async def test_there_is_no_shortcut_on_what_is_not_there_or_only_for_one(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    answer = await client.chat_postEphemeral(channel=ALERTS, user=MIA, text="for Mia")
    for ts in ("1.000001", str(answer["message_ts"])):
        with pytest.raises(ControlError, match="message_not_found"):
            await slack.shortcut(MIA, ALERTS, ts, "what")


async def test_an_ephemeral_message_in_a_thread_is_seen_once_somebody_replied_there(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    root = slack.say(MIA, ALERTS, "what is this?")
    await client.chat_postEphemeral(channel=ALERTS, user=MIA, text="for Mia", thread_ts=root.ts)
    assert slack.whispers(MIA) == []
    slack.say("U0NOAH", ALERTS, "no idea", thread_ts=root.ts)
    assert [(message.text, message.thread_ts) for message in slack.whispers(MIA)] == [("for Mia", root.ts)]
    assert slack.whispers("U0NOAH") == []


async def test_who_is_not_in_the_channel_gets_no_ephemeral_message(slack: PretendSlack, client: AsyncWebClient) -> None:
    slack.leave(ALERTS, MIA)
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await client.chat_postEphemeral(channel=ALERTS, user=MIA, text="for Mia")
