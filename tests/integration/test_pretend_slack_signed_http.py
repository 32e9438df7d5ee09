"""The pretend Slack over signed HTTP: Bolt's aiohttp adapter takes it, and what goes wrong is seen by the person."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import ALERTS, Limits, Running, Tokens, serve
from tests.patience import patient_limits

RETRIES = (0.0, 0.0)
IMPATIENT = pytest.mark.parametrize("slack", [Limits(ack_seconds=1.0, event_retry_seconds=RETRIES)], indirect=True)
"""For tests in which nobody answers in time."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def clock() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
async def slack(request: pytest.FixtureRequest, clock: list[float]) -> AsyncIterator[Running]:
    limits = getattr(request, "param", patient_limits(event_retry_seconds=RETRIES))
    running = await serve(limits=limits, now=lambda: clock[0])
    yield running
    await running.close()


@pytest.fixture
async def listen(slack: Running) -> AsyncIterator[Callable[[Handler], Awaitable[None]]]:
    """Puts a handler where the pretend Slack sends to."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> None:
        app = web.Application()
        app.router.add_post("/slack/events", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.slack.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def app(slack: Running, listen: Callable[[Handler], Awaitable[None]]) -> AsyncApp:
    client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=Tokens().signing_secret, raise_error_for_unhandled_request=False)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    await listen(handle)
    return app


async def test_commands_taps_and_events_pass_bolts_signature_check(slack: Running, app: AsyncApp) -> None:
    heard: list[str] = []

    @app.command("/tasks")
    async def _(ack: Any) -> None:
        heard.append("command")
        await ack("Working")

    @app.action("take")
    async def _(ack: Any) -> None:
        heard.append("tap")
        await ack()

    @app.event("app_mention")
    async def _() -> None:
        heard.append("event")

    assert (await slack.slack.command("U0MIA", ALERTS, "failed")).acked
    take = {"type": "button", "text": {"type": "plain_text", "text": "Take"}, "action_id": "take"}
    await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [take]}])
    assert (await slack.slack.tap("U0MIA", action="take", channel=ALERTS)).acked
    assert (await slack.slack.event({"type": "app_mention", "user": "U0MIA", "text": "hi"})).acked
    assert sorted(heard) == ["command", "event", "tap"]
    assert slack.slack.whispers("U0MIA")[0].text == "Working"


async def test_a_wrong_secret_is_refused_by_bolt_and_seen_as_a_client_error(
    slack: Running, listen: Callable[[Handler], Awaitable[None]]
) -> None:
    app = AsyncApp(client=AsyncWebClient("xoxb-sandbox", base_url=slack.api_url), signing_secret="another")

    async def handle(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    await listen(handle)
    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "http_client_error"


@IMPATIENT
async def test_a_server_that_fails_hangs_or_is_away_is_told_apart(
    slack: Running, listen: Callable[[Handler], Awaitable[None]]
) -> None:
    never = asyncio.Event()

    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def hanging(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    await listen(broken)
    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "http_service_error"
    await listen(hanging)
    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "operation_timeout"
    never.set()
    slack.slack.set_request_url("http://127.0.0.1:1/slack/events")
    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "dispatch_failed"
    slack.slack.set_request_url(None)
    assert (await slack.slack.command("U0MIA", ALERTS)).attempts[0].via == "socket"


async def test_events_are_retried_with_number_and_reason_and_commands_are_not(
    slack: Running, listen: Callable[[Handler], Awaitable[None]]
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def broken(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=500)

    await listen(broken)
    delivery = await slack.slack.event({"type": "app_mention"})
    await slack.slack.until(lambda: len(delivery.attempts) == 3 and delivery.attempts[2].error)
    assert seen == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len((await slack.slack.command("U0MIA", ALERTS)).attempts) == 1


async def test_a_response_url_works_five_times_within_thirty_minutes(
    slack: Running, app: AsyncApp, clock: list[float]
) -> None:
    @app.command("/tasks")
    async def _(ack: Any) -> None:
        await ack()

    urls = [(await slack.slack.command("U0MIA", ALERTS)).payload["response_url"] for _ in range(2)]
    webhook = AsyncWebhookClient(urls[0])
    for number in range(5):
        answer = await webhook.send(text=str(number))
        assert (answer.status_code, answer.body) == (200, "ok")
    answer = await webhook.send(text="one more")
    assert (answer.status_code, answer.body) == (404, "used_url")
    clock[0] += 1801
    answer = await AsyncWebhookClient(urls[1]).send(text="late")
    assert (answer.status_code, answer.body) == (404, "expired_url")
    assert len(slack.slack.whispers("U0MIA", ALERTS)) == 5


async def test_an_answer_may_be_public_where_the_bot_is_no_member(slack: Running, app: AsyncApp) -> None:
    @app.command("/tasks")
    async def _(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="for all", response_type="in_channel")

    await slack.slack.command("U0MIA", "C0OUTSIDE")
    [message] = await slack.slack.until(lambda: slack.slack.shown("C0OUTSIDE"))
    assert message.text == "for all"


async def test_a_tapped_message_can_be_deleted_and_a_bad_answer_costs_no_use(slack: Running, app: AsyncApp) -> None:
    @app.action("take")
    async def _(ack: Any) -> None:
        await ack()

    take = {"type": "button", "text": {"type": "plain_text", "text": "Take"}, "action_id": "take"}
    await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [take]}])
    webhook = AsyncWebhookClient(
        (await slack.slack.tap("U0MIA", action="take", channel=ALERTS)).payload["response_url"]
    )
    for number in range(6):
        answer = await webhook.send(text=str(number), blocks=[{"type": "marquee"}])
        assert (answer.status_code, answer.body) == (400, "invalid_blocks")
    assert (await webhook.send(delete_original=True)).status_code == 200
    assert slack.slack.shown(ALERTS) == []


@IMPATIENT
async def test_an_event_that_was_not_answered_in_time_says_so_in_its_retry(
    slack: Running, listen: Callable[[Handler], Awaitable[None]]
) -> None:
    seen: list[str | None] = []
    never = asyncio.Event()

    async def slow_at_first(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("X-Slack-Retry-Reason"))
        if len(seen) == 1:
            await never.wait()
        return web.Response()

    await listen(slow_at_first)
    delivery = await slack.slack.event({"type": "app_mention"})
    await slack.slack.until(lambda: delivery.acked)
    never.set()
    assert seen == [None, "http_timeout"]


async def test_an_ack_with_words_slack_would_not_take_is_an_error_for_the_person(slack: Running, app: AsyncApp) -> None:
    @app.command("/tasks")
    async def _(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "marquee"}])

    assert (await slack.slack.command("U0MIA", ALERTS)).shown == "invalid_blocks"
    assert slack.slack.whispers("U0MIA") == []


async def test_commands_carry_who_typed_them_and_where_as_text(slack: Running, app: AsyncApp) -> None:
    """A direct message and a private channel have no name; a stranger brings their own team."""
    direct = await slack.slack.command("U0MIA", "U0MIA", "x", enterprise="E0X")
    assert direct.payload["channel_name"] == "directmessage"
    assert direct.payload["enterprise_id"] == "E0X"
    secret = await slack.slack.command("U0STRANGER", "G0PRIVATE")
    assert secret.payload["channel_name"] == "privategroup"
    assert secret.payload["team_id"] == "T0ELSEWHERE"
    assert all(isinstance(value, str) for value in secret.payload.values())
