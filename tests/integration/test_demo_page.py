"""The page's line to the pretend Slack, without a browser and without a bot: who sees what, who may do what."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.sandbox.demo.page import Page
from bot.sandbox.slack import ALERTS, PretendSlack, serve
from bot.sandbox.slack.messages import Content


@dataclass
class Line:
    slack: PretendSlack
    session: aiohttp.ClientSession

    async def seen(self, name: str = "mia", since: str = "") -> list[dict[str, Any]]:
        """What a page gets at once: who reads it, then what has happened."""
        headers = {"Last-Event-ID": since}
        async with self.session.get(f"/demo/events?as={name}", headers=headers) as answer:
            assert answer.status == 200
            first = await answer.content.readuntil(b"\n\n")
        entries: list[dict[str, Any]] = json.loads(first.partition(b"data: ")[2])
        return entries

    async def post(self, path: str, sent: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        async with self.session.post(path, data=json.dumps(sent or {}), headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    running = await serve(add_routes=Page().add_routes)
    async with aiohttp.ClientSession(running.url) as session:
        yield Line(running.slack, session)
    await running.close()


async def test_each_sees_what_is_said_to_all_and_to_them_alone(line: Line) -> None:
    work = line.slack.workspace
    work.post(ALERTS, Content("to all"))
    work.whisper(ALERTS, "U0MIA", Content("to Mia"))
    work.post(work.direct("U0MIA").id, Content("direct to Mia"))
    assert [each["text"] for each in (await line.seen("mia"))[1:]] == ["to all", "to Mia", "direct to Mia"]
    assert [each["text"] for each in (await line.seen("noah"))[1:]] == ["to all"]


async def test_a_page_that_lost_its_line_goes_on_where_it_was(line: Line) -> None:
    line.slack.say("U0NOAH", ALERTS, "one")
    line.slack.say("U0NOAH", ALERTS, "two")
    hello, *both = await line.seen()
    assert [each["text"] for each in both] == ["one", "two"]
    assert [each["text"] for each in (await line.seen(since=f"{hello['run']}.1"))[1:]] == ["two"]
    for stale in ("anotherdemo.1", "1", f"{hello['run']}.-1", f"{hello['run']}.x"):
        assert (await line.seen(since=stale))[1:] == both
    assert (await line.seen(since=f"{hello['run']}.99"))[1:] == []


async def test_of_many_edits_a_late_page_gets_the_last(line: Line) -> None:
    message = line.slack.workspace.post(ALERTS, Content("a"))
    for text in "bcd":
        line.slack.workspace.edit(message, Content(text))
    assert [each["text"] for each in (await line.seen())[1:]] == ["a", "d"]


async def test_a_page_is_told_who_reads_it_and_no_secret(line: Line) -> None:
    line.slack.say("U0NOAH", ALERTS, "hello")
    hello = (await line.seen("noah"))[0]
    assert hello["me"] == {"id": "U0NOAH", "name": "noah", "real_name": "Noah Reed", "zone": "America/New_York"}
    assert hello["others"] == ["mia"]
    assert not {"xoxb", "xapp", "secret"} & set(json.dumps(hello).replace("-", " ").split())


async def test_words_without_a_bot_show_slacks_own_error(line: Line) -> None:
    sent = {"channel": ALERTS, "command": "/tasks", "text": "running"}
    assert await line.post("/demo/do/command?as=mia", sent) == (200, {"shown": "dispatch_failed"})
    assert await line.post("/demo/do/say?as=noah", {"channel": ALERTS, "text": "hello"}) == (200, {"shown": ""})
    assert line.slack.shown(ALERTS)[-1].user == "U0NOAH"


@pytest.mark.parametrize(
    ("path", "sent", "status", "words"),
    [
        ("/demo/do/revoke?as=mia", {}, 404, "People here can"),
        ("/demo/do/submit?as=mia", {}, 400, "no modal open"),
        ("/demo/do/tap?as=mia", {"channel": ALERTS, "action": "none"}, 400, "no such button"),
        ("/demo/do/say?as=mia", {"text": "no place"}, 400, "channel"),
        ("/demo/do/say?as=mia", {"channel": "nowhere", "text": "x"}, 400, "nowhere"),
        ("/demo/do/say?as=mia", ["no", "object"], 400, "object"),
        ("/demo/world/fail", {}, 503, "still being made"),
    ],
)
async def test_what_cannot_be_done_is_answered_in_words(
    line: Line, path: str, sent: Any, status: int, words: str
) -> None:
    answered, body = await line.post(path, sent)
    assert answered == status
    assert words in body["error"]


async def test_nobody_else_looks_and_no_other_page_acts(line: Line) -> None:
    async with line.session.get("/demo/events?as=guest") as answer:
        assert answer.status == 404
        assert "?as=mia" in await answer.text()
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        async with line.session.post("/demo/do/say?as=mia", data="{}", headers=headers) as refused:
            assert refused.status == 403


async def test_the_page_comes_with_its_files_and_a_policy(line: Line) -> None:
    for path, kind in (("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")):
        async with line.session.get(path) as answer:
            assert answer.status == 200
            assert answer.content_type == kind
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_menu_is_meant_by_its_block_where_two_have_the_same_name(line: Line) -> None:
    option = {"text": {"type": "plain_text", "text": "Until 08:00"}, "value": "second"}
    menus = [
        {
            "type": "actions",
            "block_id": block,
            "elements": [{"type": "static_select", "action_id": "snooze", "options": [{**option, "value": block}]}],
        }
        for block in ("first", "second")
    ]
    message = line.slack.workspace.post(ALERTS, Content("two", tuple(menus)))
    sent = {"channel": ALERTS, "ts": message.ts, "action": "snooze", "value": "second"}
    assert (await line.post("/demo/do/tap?as=mia", sent))[0] == 400
    assert (await line.post("/demo/do/tap?as=mia", {**sent, "block": "second"}))[0] == 200
    assert line.slack.deliveries[-1].payload["actions"][0]["block_id"] == "second"
