"""Odd arguments of the pretend Slack's methods are refused with Slack's own words."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, Limits, Running, serve

SCOPES = ["chat:write", "commands", "users:read", "channels:history", "channels:read", "groups:read", "im:write"]


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve(limits=Limits(metered=False), scopes=SCOPES)
    yield running
    await running.close()


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": ALERTS, "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": ALERTS, "attachments": "x"}, "invalid_attachments"),
        ("chat.postMessage", {"channel": ALERTS, "attachments": ["x"]}, "invalid_attachments"),
        ("chat.postMessage", {"channel": ALERTS, "attachments": [{}] * 101}, "too_many_attachments"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "metadata": "x"}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "metadata": [1]}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "U0GONE", "text": "x"}, "user_disabled"),
        ("chat.postEphemeral", {"channel": ALERTS, "text": "x"}, "user_not_found"),
        ("chat.update", {"channel": ALERTS, "text": "x"}, "message_not_found"),
        ("chat.getPermalink", {"channel": ALERTS, "message_ts": "1.2"}, "message_not_found"),
        ("conversations.history", {"channel": ALERTS, "limit": 0}, "invalid_limit"),
        ("conversations.history", {"channel": ALERTS, "limit": "many"}, "invalid_limit"),
        ("conversations.history", {"channel": ALERTS, "cursor": "???"}, "invalid_cursor"),
        ("conversations.history", {"channel": ALERTS, "cursor": "eDoz"}, "invalid_cursor"),
        ("conversations.replies", {"channel": ALERTS, "ts": "1.2"}, "thread_not_found"),
        ("conversations.info", {"channel": "G0SECRET"}, "channel_not_found"),
        ("conversations.open", {"users": "U0MIA,U0NOAH"}, "method_not_supported_for_channel_type"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("users.info", {}, "user_not_found"),
        ("views.open", {"view": {"type": "modal"}}, "invalid_trigger_id"),
        ("views.publish", {"user_id": "U0MIA"}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0MIA", "view": "{"}, "invalid_arguments"),
        ("views.update", {"view": {}}, "not_found"),
    ],
)
async def test_an_odd_argument_has_its_own_refusal(
    client: AsyncWebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.api_call(method, json=arguments)
    assert refusal.value.response["error"] == error


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[1]", "json_not_object")])
async def test_a_body_that_is_no_json_object_is_refused(slack: Running, body: str, error: str) -> None:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-sandbox"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "auth.test", data=body, headers=headers) as answer,
    ):
        assert (await answer.json())["error"] == error


async def test_odd_calls_of_a_response_url_are_plain_text(slack: Running) -> None:
    url = (await slack.slack.command("U0MIA", ALERTS)).payload["response_url"]
    calls = [(url, "{", (400, "invalid_json")), (url, "{}", (400, "no_text")), (url + "x", "{}", (404, "no_service"))]
    calls.append((url, '{"delete_original": true}', (404, "message_not_found")))
    async with aiohttp.ClientSession() as session:
        for target, body, expected in calls:
            async with session.post(target, data=body, headers={"Content-Type": "application/json"}) as answer:
                assert (answer.status, await answer.text()) == expected


async def test_attachments_are_kept_and_a_late_edit_may_drop_them(slack: Running, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="x", attachments=[{"text": "old", "color": "#f00"}])
    assert posted["message"]["attachments"] == [{"text": "old", "color": "#f00"}]
    await client.chat_update(channel=ALERTS, ts=posted["ts"], text="y")
    assert slack.slack.shown(ALERTS)[0].content.attachments == ()


async def test_an_edit_with_blocks_alone_keeps_the_text(slack: Running, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="Failed")
    await client.api_call("chat.update", json={"channel": ALERTS, "ts": posted["ts"], "blocks": [{"type": "divider"}]})
    assert slack.slack.shown(ALERTS)[0].text == "Failed"


async def test_every_block_and_element_gets_a_name(client: AsyncWebClient) -> None:
    """Also those that lie in others: a container's blocks, a carousel's cards."""
    button = {"type": "button", "text": {"type": "plain_text", "text": "Take"}}
    inside = {"type": "actions", "elements": [button]}
    container = {"type": "container", "title": {"type": "plain_text", "text": "Log"}, "child_blocks": [inside]}
    carousel = {"type": "carousel", "elements": [{"type": "card", "title": button["text"], "actions": [button]}]}
    posted = await client.chat_postMessage(channel=ALERTS, text="x", blocks=[container, carousel])
    first, second = posted["message"]["blocks"]
    assert first["child_blocks"][0]["block_id"]
    assert first["child_blocks"][0]["elements"][0]["action_id"]
    assert second["elements"][0]["block_id"]
    assert second["elements"][0]["actions"][0]["action_id"]


async def test_a_reader_of_a_private_channel_needs_the_groups_scope(slack: Running, client: AsyncWebClient) -> None:
    assert (await client.conversations_info(channel="G0PRIVATE"))["channel"]["is_private"]
    slack.slack.set_scopes(["channels:read"])
    with pytest.raises(SlackApiError) as refusal:
        await client.conversations_info(channel="G0PRIVATE")
    assert refusal.value.response["needed"] == "groups:read"
