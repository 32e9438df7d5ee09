"""The control API: what the object can do in a test, a terminal can do over HTTP."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, Limits, PretendSlack, Running, serve
from bot.sandbox.slack.control import ORDERS
from bot.sandbox.slack.operations import Operations

MANUAL = (Path(__file__).parents[2] / "bot/sandbox/slack/README.md").read_text()


class Terminal:
    """A client of the control API."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def order(self, name: str, **arguments: Any) -> tuple[int, Any]:
        async with self._session.post(f"{self._url}/control/{name}", json=arguments) as answer:
            return answer.status, await answer.json()

    async def read(self, name: str) -> Any:
        async with self._session.get(f"{self._url}/control/{name}") as answer:
            return await answer.json()


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve(limits=Limits(metered=False))
    yield running
    await running.close()


@pytest.fixture
async def terminal(slack: Running) -> AsyncIterator[Terminal]:
    async with aiohttp.ClientSession() as session:
        yield Terminal(session, slack.url)


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


async def test_a_command_typed_in_the_terminal_answers_with_its_delivery(terminal: Terminal) -> None:
    status, answer = await terminal.order("command", user="U0MIA", channel="#backup-alerts", text="failed", team="T0X")
    assert status == 200
    assert answer["result"]["shown"] == "dispatch_failed"
    assert answer["result"]["payload"]["channel_id"] == ALERTS
    assert answer["result"]["payload"]["team_id"] == "T0X"
    assert [delivery["kind"] for delivery in await terminal.read("deliveries")] == ["slash_commands"]


async def test_menus_forms_and_the_home_are_used_from_the_terminal(
    slack: Running, terminal: Terminal, client: AsyncWebClient
) -> None:
    """Nobody listens, so each answer says what the person saw."""

    def plain(words: str) -> dict[str, str]:
        return {"type": "plain_text", "text": words}

    menu = {"type": "overflow", "action_id": "more", "options": [{"text": plain("Why"), "value": "alert.why 7"}]}
    await client.chat_postMessage(channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [menu]}])
    _, picked = await terminal.order("pick", user="U0MIA", channel=ALERTS, option="Why")
    assert picked["result"]["payload"]["actions"][0]["selected_option"]["value"] == "alert.why 7"
    note = {"type": "input", "block_id": "note", "label": plain("Note"), "element": {"type": "plain_text_input"}}
    view = {"type": "modal", "title": plain("Note"), "submit": plain("Save"), "blocks": [note]}
    await client.views_open(trigger_id=slack.slack.state.triggers.issue("U0MIA"), view=view)
    _, sent = await terminal.order("submit", user="U0MIA", values={"note": "disk ordered"})
    assert "disk ordered" in json.dumps(sent["result"]["payload"]["view"]["state"])
    assert sent["result"]["shown"] == "dispatch_failed"
    _, again = await terminal.order("redeliver", delivery=sent["result"]["id"])
    assert again["result"]["payload"] == sent["result"]["payload"]
    _, opened = await terminal.order("open_home", user="U0MIA")
    assert opened["result"]["payload"]["event"]["tab"] == "home"
    assert (await terminal.order("set_group", group="S0ONCALL", users=["U0ASHA"]))[0] == 200


async def test_a_channel_tells_what_it_shows_and_its_whole_history(terminal: Terminal, client: AsyncWebClient) -> None:
    ts = str((await client.chat_postMessage(channel=ALERTS, text="Failed"))["ts"])
    await client.chat_postMessage(channel=ALERTS, text="note", thread_ts=ts)
    await client.chat_update(channel=ALERTS, ts=ts, text="Recovered")
    told = await terminal.read(f"channel/{ALERTS}")
    assert [message["text"] for message in told["shown"]] == ["Recovered"]
    assert [message["text"] for message in told["posts"]] == ["Recovered", "note"]
    assert told["posts"][0]["edits"] == 1
    assert [version["text"] for version in told["posts"][0]["versions"]] == ["Failed", "Recovered"]
    assert "error" in await terminal.read("channel/C0NOWHERE")


async def test_a_user_tells_what_they_alone_see(slack: Running, terminal: Terminal, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=ALERTS, user="U0MIA", text="only you")
    await client.chat_postMessage(channel="U0MIA", text="direct")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Task"}, "blocks": []}
    await client.views_open(trigger_id=slack.slack.state.triggers.issue("U0MIA"), view=view)
    told = await terminal.read("user/U0MIA")
    assert told["whispers"][0]["text"] == "only you"
    assert told["direct"][0]["text"] == "direct"
    assert told["modals"][0]["title"]["text"] == "Task"
    assert told["home"] is None
    assert "error" in await terminal.read("user/U0NOBODY")


async def test_requests_are_told_without_tokens(terminal: Terminal, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ALERTS, text="x")
    [request] = await terminal.read("requests")
    assert (request["method"], request["ok"], request["arguments"]["text"]) == ("chat.postMessage", True, "x")
    assert "xoxb" not in json.dumps(request)


async def test_trouble_is_ordered_and_seen_over_http(terminal: Terminal, client: AsyncWebClient) -> None:
    await terminal.order("fault", kind="late", method="chat.update", times=None, seconds=1.5)
    await terminal.order("hold", method="chat.postMessage", when="after")
    call = asyncio.create_task(client.chat_postMessage(channel=ALERTS, text="x"))
    cursor, kinds = 0, set()
    while "held" not in kinds:
        told = await terminal.read(f"stream?since={cursor}&wait=5")
        cursor = told["cursor"]
        kinds |= {entry["kind"] for entry in told["entries"]}
    trouble = await terminal.read("trouble")
    assert trouble["holds"][0]["held"]
    assert trouble["faults"][0]["seconds"] == 1.5
    await terminal.order("release")
    assert (await call)["ok"]


async def test_the_stream_tells_each_thing_as_it_comes(slack: Running, client: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{slack.url}/control/stream") as stream:
        await client.chat_postMessage(channel=ALERTS, text="Failed")
        entry = json.loads(await stream.content.readline())
        assert (entry["kind"], entry["channel"], entry["text"]) == ("posted", ALERTS, "Failed")
        assert json.loads(await stream.content.readline())["kind"] == "call"
        await client.chat_postEphemeral(channel=ALERTS, user="U0MIA", text="only you")
        entry = json.loads(await stream.content.readline())
        assert (entry["only_for"], entry["text"]) == ("U0MIA", "only you")
        await slack.close()
        while await stream.content.readline():
            pass


async def test_a_long_poll_without_news_comes_back_empty(terminal: Terminal) -> None:
    assert await terminal.read("stream?since=0&wait=0.01") == {"cursor": 0, "entries": []}
    assert "error" in await terminal.read("stream?since=then")


async def test_what_cannot_be_done_is_said_in_words(terminal: Terminal) -> None:
    assert (await terminal.order("dance"))[0] == 404
    status, answer = await terminal.order("tap", user="U0MIA", channel=ALERTS, label="Take")
    assert (status, answer["error"].split(";")[0]) == (400, "no such button")
    status, answer = await terminal.order("archive", chanel=ALERTS)
    assert status == 400
    assert "wrong arguments" in answer["error"]


async def test_people_channels_and_sockets_can_be_read(terminal: Terminal) -> None:
    people = {person["id"]: person for person in await terminal.read("people")}
    assert people["U0STRANGER"]["is_stranger"]
    assert ALERTS in {channel["id"] for channel in await terminal.read("channels")}
    assert await terminal.read("sockets") == {"open": 0}


async def test_the_rest_of_the_orders_reach_the_workspace(slack: Running, terminal: Terminal) -> None:
    await terminal.order("set_scopes", scopes=["commands"])
    await terminal.order("invite", channel="C0OUTSIDE")
    await terminal.order("archive", channel=ALERTS)
    await terminal.order("say", user="U0MIA", channel="C0GENERAL", text="hello")
    assert slack.slack.access.scopes == {"commands"}
    assert slack.slack.place("C0OUTSIDE").member
    assert slack.slack.place(ALERTS).archived
    assert [message.text for message in slack.slack.shown("C0GENERAL")] == ["hello"]


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_is_a_documented_method(name: str) -> None:
    assert inspect.getdoc(getattr(PretendSlack, name))
    assert f"    {name} " in MANUAL or f"    {name}\n" in MANUAL


def test_the_orders_are_all_that_can_be_ordered() -> None:
    """Whatever changes something without a test's own objects can be done over HTTP too."""
    reading = {"until", "trouble", "place"}
    ordered = {
        name for name, value in vars(Operations).items() if inspect.isfunction(value) and not name.startswith("_")
    }
    assert ordered - reading <= set(ORDERS)
