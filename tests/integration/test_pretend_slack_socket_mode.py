"""The pretend Slack speaks Socket Mode as real clients expect it: Bolt's AsyncApp and the aiohttp client, unchanged."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, ControlError, Limits, Running, serve
from tests.patience import patient_limits

RETRIES = (0.0, 0.0, 0.0)
IMPATIENT = pytest.mark.parametrize("slack", [Limits(ack_seconds=1.0, event_retry_seconds=RETRIES)], indirect=True)
"""For tests in which nobody acks."""


@pytest.fixture
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    running = await serve(limits=getattr(request, "param", patient_limits(event_retry_seconds=RETRIES)))
    yield running
    await running.close()


@pytest.fixture
async def app(slack: Running) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(
        client=AsyncWebClient("xoxb-sandbox", base_url=slack.api_url), raise_error_for_unhandled_request=False
    )
    handler = AsyncSocketModeHandler(app, "xapp-sandbox", web_client=AsyncWebClient(base_url=slack.api_url))
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
    await slack.slack.sockets.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped


async def test_a_command_reaches_bolt_and_its_ack_comes_back(slack: Running, app: AsyncApp) -> None:
    heard: list[dict[str, Any]] = []

    @app.command("/tasks")
    async def _(ack: Any, command: dict[str, Any]) -> None:
        heard.append(command)
        await ack("Working")

    delivery = await slack.slack.command("U0MIA", ALERTS, "running")
    assert delivery.acked
    assert delivery.shown == ""
    assert heard[0]["text"] == "running"
    assert heard[0]["channel_id"] == ALERTS
    assert [message.text for message in slack.slack.whispers("U0MIA", ALERTS)] == ["Working"]


async def test_an_answer_by_response_url_is_seen_by_the_asker_alone(slack: Running, app: AsyncApp) -> None:
    @app.command("/tasks")
    async def _(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Two failed")

    await slack.slack.command("U0MIA", ALERTS, "failed")
    await slack.slack.until(lambda: slack.slack.whispers("U0MIA"))
    assert slack.slack.whispers("U0MIA")[0].text == "Two failed"
    assert slack.slack.whispers("U0NOAH") == []
    assert slack.slack.shown(ALERTS) == []


@IMPATIENT
async def test_a_command_nobody_acks_is_an_operation_timeout_and_is_not_sent_again(
    slack: Running, app: AsyncApp
) -> None:
    heard: list[str] = []

    @app.command("/tasks")
    async def _(command: dict[str, Any]) -> None:
        heard.append(command["text"])

    delivery = await slack.slack.command("U0MIA", ALERTS, "x")
    assert delivery.shown == "operation_timeout"
    assert len(delivery.attempts) == 1
    assert heard == ["x"]


async def test_without_a_connection_a_command_is_a_dispatch_failure(slack: Running) -> None:
    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "dispatch_failed"


@IMPATIENT
async def test_an_event_nobody_acks_comes_three_times_more(slack: Running, app: AsyncApp) -> None:
    """Each later try says its number and reason; the event id stays."""
    seen: list[tuple[str, list[str]]] = []

    @app.middleware
    async def _(body: dict[str, Any], request: Any) -> None:
        seen.append((body["event_id"], request.headers.get("x-slack-retry-num", [])))

    delivery = await slack.slack.event({"type": "app_mention", "user": "U0MIA", "text": "hi", "channel": ALERTS})
    await slack.slack.until(lambda: len(delivery.attempts) == 4 and delivery.attempts[3].error)
    assert len({event_id for event_id, _ in seen}) == 1
    assert [number for _, number in seen][1:] == [["1"], ["2"], ["3"]]


@IMPATIENT
async def test_an_event_acked_at_its_second_try_does_not_come_again(slack: Running, app: AsyncApp) -> None:
    seen: list[str] = []

    @app.middleware
    async def _(body: dict[str, Any], next_: Any) -> None:
        seen.append(body["event_id"])
        if len(seen) > 1:
            await next_()

    @app.event("app_mention")
    async def _() -> None:
        pass

    delivery = await slack.slack.event({"type": "app_mention", "user": "U0MIA", "text": "hi", "channel": ALERTS})
    await slack.slack.until(lambda: delivery.acked)
    assert [attempt.number for attempt in delivery.attempts] == [0, 1]
    assert delivery.shown == ""


async def test_a_command_delivered_twice_carries_one_trigger(slack: Running, app: AsyncApp) -> None:
    triggers: list[str] = []

    @app.command("/tasks")
    async def _(ack: Any, command: dict[str, Any]) -> None:
        triggers.append(command["trigger_id"])
        await ack("once")

    await slack.slack.command("U0MIA", ALERTS, "x", twice=True)
    assert len(triggers) == 2
    assert len(set(triggers)) == 1
    assert len(slack.slack.whispers("U0MIA")) == 1


async def test_a_button_of_a_message_is_tapped_and_replaced(slack: Running, app: AsyncApp) -> None:
    @app.action("take")
    async def _(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"Taken by {body['user']['id']}", replace_original=True)

    posted = await app.client.chat_postMessage(channel=ALERTS, text="Failed", blocks=[buttons("take", "Take")])
    delivery = await slack.slack.tap("U0MIA", label="Take", channel=ALERTS)
    assert delivery.payload["message"]["ts"] == posted["ts"]
    assert delivery.payload["container"]["is_ephemeral"] is False
    await slack.slack.until(lambda: slack.slack.shown(ALERTS)[0].edits)
    assert slack.slack.shown(ALERTS)[0].text == "Taken by U0MIA"
    assert slack.slack.shown(ALERTS)[0].blocks == ()


async def test_a_button_of_an_ephemeral_answer_can_be_tapped_by_its_reader_only(slack: Running, app: AsyncApp) -> None:
    @app.command("/tasks")
    async def _(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="1 of 2", blocks=[buttons("page", "Next")])

    @app.action("page")
    async def _(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="2 of 2", replace_original=True)

    await slack.slack.command("U0MIA", ALERTS, "all")
    await slack.slack.until(lambda: slack.slack.whispers("U0MIA"))
    delivery = await slack.slack.tap("U0MIA", action="page", channel=ALERTS)
    assert "message" not in delivery.payload
    await slack.slack.until(lambda: slack.slack.whispers("U0MIA")[0].text == "2 of 2")
    with pytest.raises(ControlError, match="no such button"):
        await slack.slack.tap("U0NOAH", action="page", channel=ALERTS)


@IMPATIENT
async def test_a_link_button_sends_an_action_too(slack: Running, app: AsyncApp) -> None:
    """And Slack shows a warning when nobody acks it."""
    link = {"type": "button", "text": plain("Open"), "url": "https://example.com", "action_id": "open"}
    await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [link]}])
    assert (await slack.slack.tap("U0MIA", action="open", channel=ALERTS)).shown == "operation_timeout"


async def test_a_client_asked_to_leave_connects_anew_and_answers_again(slack: Running, app: AsyncApp) -> None:
    @app.command("/tasks")
    async def _(ack: Any) -> None:
        await ack()

    await slack.slack.disconnect()
    await slack.slack.sockets.connected()
    assert [request["method"] for request in slack.slack.requests].count("apps.connections.open") == 2
    assert (await slack.slack.command("U0MIA", ALERTS)).acked


async def test_each_payload_goes_to_one_connection_and_hello_counts_them(slack: Running) -> None:
    async with aiohttp.ClientSession() as session:
        first, second = [await connect(session, slack) for _ in range(2)]
        assert (await first.receive_json())["num_connections"] == 1
        assert (await second.receive_json())["num_connections"] == 2
        deliveries = [asyncio.create_task(slack.slack.command("U0MIA", ALERTS)) for _ in range(2)]
        for socket in (first, second):
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert all(delivery.acked for delivery in await asyncio.gather(*deliveries))
        await first.close()
        await second.close()


async def test_a_ticket_works_once_and_the_eleventh_connection_is_refused(slack: Running) -> None:
    client = AsyncWebClient("xapp-sandbox", base_url=slack.api_url)
    async with aiohttp.ClientSession() as session:
        url = str((await client.apps_connections_open(app_token="xapp-sandbox"))["url"])
        sockets = [await session.ws_connect(url)]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
        sockets += [await connect(session, slack) for _ in range(10)]
        await slack.slack.sockets.connected(10)
        assert (await sockets[-1].receive_json())["reason"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def test_a_connection_is_retired_after_its_hour_with_a_warning() -> None:
    running = await serve(limits=Limits(connection_seconds=0.02, warning_seconds=0.01))
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, running)
        reasons = [(await socket.receive_json()).get("reason") for _ in range(3)]
        assert reasons == [None, "warning", "refresh_requested"]
        await socket.close()
    await running.close()


async def test_debug_reconnects_and_nonsense_frames_are_taken(slack: Running) -> None:
    """A connection asked for with debug_reconnects lives 360 seconds; what is no ack is ignored."""
    async with aiohttp.ClientSession() as session:
        opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token="xapp-sandbox")
        socket = await session.ws_connect(f"{opened['url']}&debug_reconnects=true")
        assert (await socket.receive_json())["debug_info"]["approximate_connection_time"] == 360
        delivery = asyncio.create_task(slack.slack.command("U0MIA", ALERTS))
        envelope = await socket.receive_json()
        for nonsense in ("hello", "[1]", '{"envelope_id": "other"}'):
            await socket.send_str(nonsense)
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Working"}})
        assert (await delivery).body == {"text": "Working"}
        await socket.close()


@IMPATIENT
async def test_an_ack_that_comes_too_late_is_recorded_and_changes_nothing(slack: Running) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, slack)
        await socket.receive_json()
        delivery = await slack.slack.command("U0MIA", ALERTS)
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "late"}})
        await slack.slack.until(lambda: delivery.attempts[0].seconds)
        assert (delivery.acked, delivery.shown) == (False, "operation_timeout")
        assert slack.slack.whispers("U0MIA") == []
        await socket.close()


async def test_cut_connections_end_without_a_word(slack: Running) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, slack)
        await socket.receive_json()
        slack.slack.cut()
        assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        assert slack.slack.sockets.open == []


async def test_a_bot_token_opens_no_connection(slack: Running) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token="xoxb-sandbox")


async def connect(session: aiohttp.ClientSession, slack: Running) -> aiohttp.ClientWebSocketResponse:
    client = AsyncWebClient(base_url=slack.api_url)
    opened = await client.apps_connections_open(app_token="xapp-sandbox")
    return await session.ws_connect(str(opened["url"]))


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def buttons(action: str, label: str) -> dict[str, Any]:
    return {"type": "actions", "elements": [{"type": "button", "text": plain(label), "action_id": action}]}
