"""Trouble that the pretend Slack makes on order: what was accepted and what was not is exact."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import ALERTS, ControlError, Limits, Running, serve
from tests.patience import PATIENCE


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve(limits=Limits(metered=False))
    yield running
    await running.close()


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[], timeout=PATIENCE)


async def post(client: AsyncWebClient, channel: str = ALERTS) -> None:
    await client.chat_postMessage(channel=channel, text="x")


async def test_a_rate_limit_on_order_names_its_seconds_and_accepts_nothing(
    slack: Running, client: AsyncWebClient
) -> None:
    slack.slack.fault("ratelimited", "chat.postMessage", seconds=7)
    with pytest.raises(SlackApiError) as refusal:
        await post(client)
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "7"
    assert slack.slack.posts(ALERTS) == []
    await post(client)
    assert len(slack.slack.posts(ALERTS)) == 1


async def test_a_fault_stays_for_its_number_of_calls_or_until_cleared(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("error", "chat.postMessage", times=2, error="fatal_error")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await post(client)
    await post(client)
    slack.slack.fault("error", times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError, match="internal_error"):
            await client.auth_test()
    slack.slack.clear_faults()
    await client.auth_test()


async def test_a_fault_may_hit_one_channel_only(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("error", "chat.postMessage", channel=ALERTS, times=None, error="is_archived")
    await post(client, "C0GENERAL")
    with pytest.raises(SlackApiError, match="is_archived"):
        await post(client)


async def test_a_gateways_page_is_not_json(slack: Running) -> None:
    slack.slack.fault("http", "chat.postMessage", status=502)
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            slack.api_url + "chat.postMessage", json={"channel": ALERTS, "text": "x"}, headers=headers
        ) as answer,
    ):
        assert (answer.status, answer.content_type) == (502, "text/html")
    assert slack.slack.posts(ALERTS) == []


@pytest.mark.parametrize(("kind", "stored"), [("reset_before", 0), ("reset_after", 1), ("late", 1)])
async def test_a_connection_that_breaks_may_have_been_heard(
    slack: Running, client: AsyncWebClient, kind: str, stored: int
) -> None:
    slack.slack.fault(kind, "chat.postMessage")
    client.timeout = 2
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        await post(client)
    assert len(slack.slack.posts(ALERTS)) == stored


async def test_a_late_answer_still_comes(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("late", "chat.postMessage", seconds=0.05)
    await post(client)
    assert len(slack.slack.posts(ALERTS)) == 1


async def test_a_call_that_hangs_is_never_heard_and_ends_with_the_server(client: AsyncWebClient) -> None:
    running = await serve()
    running.slack.fault("hang", "chat.postMessage")
    call = asyncio.create_task(post(AsyncWebClient("xoxb-sandbox", base_url=running.api_url, retry_handlers=[])))
    await running.slack.until(lambda: running.slack.requests)
    await running.close()
    with pytest.raises(aiohttp.ClientError):
        await call
    assert running.slack.posts(ALERTS) == []


async def test_a_call_held_before_acceptance_is_stored_only_after_release(
    slack: Running, client: AsyncWebClient
) -> None:
    hold = slack.slack.hold("chat.postMessage", "before")
    call = asyncio.create_task(post(client))
    await slack.slack.until(lambda: hold.held)
    assert slack.slack.posts(ALERTS) == []
    assert slack.slack.trouble()["holds"][0]["arguments"]["channel"] == ALERTS
    slack.slack.release()
    await call
    assert len(slack.slack.posts(ALERTS)) == 1


async def test_a_call_held_after_acceptance_is_stored_and_waits_for_its_answer(
    slack: Running, client: AsyncWebClient
) -> None:
    hold = slack.slack.hold("chat.postMessage", "after")
    call = asyncio.create_task(post(client))
    await slack.slack.until(lambda: hold.held)
    assert len(slack.slack.posts(ALERTS)) == 1
    assert not call.done()
    slack.slack.release()
    await call


async def test_a_call_whose_client_died_before_acceptance_was_never_made(slack: Running) -> None:
    hold = slack.slack.hold("chat.postMessage", "before")
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    body = {"channel": ALERTS, "text": "x"}
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(slack.api_url + "chat.postMessage", json=body, headers=headers))
        await slack.slack.until(lambda: hold.held)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    await AsyncWebClient("xoxb-sandbox", base_url=slack.api_url).auth_test()
    slack.slack.release()
    await slack.slack.until(lambda: slack.slack.requests[0]["error"] == "client gone")
    assert slack.slack.posts(ALERTS) == []


async def test_a_response_url_can_be_troubled_too(slack: Running) -> None:
    delivery = await slack.slack.command("U0MIA", ALERTS)
    slack.slack.fault("http", "response_url", status=503)
    webhook = AsyncWebhookClient(delivery.payload["response_url"])
    assert (await webhook.send(text="x")).status_code == 503
    assert (await webhook.send(text="x")).status_code == 200


async def test_an_order_that_means_nothing_is_refused_in_words(slack: Running) -> None:
    with pytest.raises(ControlError, match="unknown kind of fault"):
        slack.slack.fault("earthquake")
    with pytest.raises(ControlError, match="before or after"):
        slack.slack.hold("chat.postMessage", "during")
    with pytest.raises(ControlError, match="no token"):
        slack.slack.revoke("user")
    with pytest.raises(ControlError, match="channel_not_found"):
        slack.slack.archive("C0NOWHERE")
    with pytest.raises(ControlError, match="user_not_found"):
        await slack.slack.command("U0NOBODY", ALERTS)
    with pytest.raises(ControlError, match="no modal open"):
        await slack.slack.submit("U0MIA")
