"""The HTTP port lets in what Slack signed, refuses the rest without a fault of ours, and tells health."""

import asyncio
import hashlib
import hmac
import io
import logging
import resource
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.connections import most_connections
from bot.slack.http import HttpIntake
from tests.patience import PATIENCE
from tests.slack_house import loaded

SECRET = "sandbox-signing-secret"
FORM = urlencode({"command": "/tasks", "text": "x", "team_id": "T1", "user_id": "U1"})
URL_CHECK = '{"type": "url_verification", "challenge": "said back"}'


@dataclass
class Condition:
    """What health says; a test changes it."""

    ill: str = ""
    unready: str = ""

    def alive(self) -> str:
        return self.ill

    def ready(self) -> str:
        return self.unready

    def metrics(self) -> bytes:
        return b"nightshift_polls_total 3\n"


@pytest.fixture
def condition() -> Condition:
    return Condition()


@pytest.fixture
async def port(condition: Condition) -> AsyncIterator[aiohttp.ClientSession]:
    """A session whose paths are those of an open intake."""
    nowhere = AsyncWebClient("xoxb-x", base_url="http://127.0.0.1:1/api/")
    app = AsyncApp(name="test", client=nowhere, signing_secret=SECRET, logger=logging.getLogger("slack_bolt"))

    @app.command("/tasks")
    async def _(ack: AsyncAck) -> None:
        await ack()

    async for session in opened(HttpIntake(loaded(app), "127.0.0.1", 0, condition, secret=SECRET)):
        yield session


async def opened(intake: HttpIntake) -> AsyncIterator[aiohttp.ClientSession]:
    await intake.open()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{intake.port}") as session:
        yield session
    await intake.close()


def signed(body: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/json" if body[0] in "{[" else "application/x-www-form-urlencoded",
    }


async def test_slacks_check_of_the_address_is_answered(port: aiohttp.ClientSession) -> None:
    async with port.post("/slack/events", data=URL_CHECK, headers=signed(URL_CHECK)) as answer:
        assert answer.status == 200
        assert "said back" in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(URL_CHECK, secret="another"),
        signed(URL_CHECK, at=time.time() - 3600),
        signed("other body"),
        {**signed(URL_CHECK), "X-Slack-Request-Timestamp": "soon"},
        {**signed(URL_CHECK), "X-Slack-Request-Timestamp": "-1"},
        {**signed(URL_CHECK), "X-Slack-Request-Timestamp": "1e9"},
        {**signed(URL_CHECK), "X-Slack-Request-Timestamp": "9" * 5000},
        {**signed(URL_CHECK), "X-Slack-Signature": ""},
        {**signed(URL_CHECK), "X-Slack-Signature": "v0=ünsigned"},
    ],
)
async def test_what_slack_did_not_sign_is_refused(port: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    async with port.post("/slack/events", data=URL_CHECK, headers=headers) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("body", ['{"type": ', "payload=%7B", "payload=%5B1%5D", "[1]"])
async def test_what_cannot_be_read_is_the_senders_fault(port: aiohttp.ClientSession, body: str) -> None:
    async with port.post("/slack/events", data=body, headers=signed(body)) as answer:
        assert answer.status == 400


async def test_a_body_that_is_no_text_is_the_senders_fault(port: aiohttp.ClientSession) -> None:
    async with port.post("/slack/events", data=b"\xff\xfe", headers=signed("x")) as answer:
        assert answer.status == 400


async def test_a_huge_body_is_not_read(port: aiohttp.ClientSession) -> None:
    body = "x" * (2 * 1024 * 1024)
    async with port.post("/slack/events", data=io.BytesIO(body.encode()), headers=signed(body)) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_says_why_it_is_bad(port: aiohttp.ClientSession, condition: Condition, path: str) -> None:
    async with port.get(path) as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    condition.ill = condition.unready = "three polls missed"
    async with port.get(path) as answer:
        assert (answer.status, await answer.text()) == (503, "three polls missed")


async def test_metrics_are_prometheus_text(port: aiohttp.ClientSession) -> None:
    async with port.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        assert await answer.read() == b"nightshift_polls_total 3\n"


async def test_beside_socket_mode_there_is_health_but_no_way_in(condition: Condition) -> None:
    async for session in opened(HttpIntake(None, "127.0.0.1", 0, condition)):
        async with session.post("/slack/events", data=FORM, headers=signed(FORM)) as answer:
            assert answer.status == 404
        async with session.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_port_that_is_taken_is_an_error(condition: Condition) -> None:
    first = HttpIntake(None, "127.0.0.1", 0, condition)
    await first.open()
    second = HttpIntake(None, "127.0.0.1", first.port, condition)
    with pytest.raises(OSError, match="address already in use"):
        await second.open()
    await second.close()
    await first.close()


# ── connections ──


LONG_LINE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100_000
MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x00\x01\x02\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slack-Signature: v0=a\r\nX-Slack-Request-Timestamp: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nX-Slack-Signature: v0=a\r\n"
    b"X-Slack-Request-Timestamp: 1\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: \xff;;=\r\nContent-Length: 2\r\n\r\n{}",
    LONG_LINE,
]


async def said(port: int, request: bytes) -> bytes:
    """What the port answers before it closes the connection, or in half a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.5):
            answer = await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer


async def listening(condition: Condition, **limits: Any) -> HttpIntake:
    nowhere = AsyncWebClient("xoxb-x", base_url="http://127.0.0.1:1/api/")
    app = AsyncApp(name="test", client=nowhere, signing_secret=SECRET, logger=logging.getLogger("slack_bolt"))
    intake = HttpIntake(loaded(app), "127.0.0.1", 0, condition, secret=SECRET, **limits)
    await intake.open()
    return intake


async def test_what_cannot_be_read_leaves_no_traceback(
    condition: Condition, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    intake = await listening(condition)
    for request in MALFORMED:
        assert b" 200 " not in await said(intake.port, request)
    await intake.close()
    assert not [record for record in caplog.records if record.exc_info or record.levelno > logging.WARNING]
    assert "Traceback" not in capsys.readouterr().err + caplog.text


async def test_who_sends_nothing_makes_room_for_who_does(condition: Condition) -> None:
    """More idle connections than places, and Slack's request is answered at once."""
    intake = await listening(condition, most=20)
    idle = [await asyncio.open_connection("127.0.0.1", intake.port) for _ in range(60)]
    half = [await asyncio.open_connection("127.0.0.1", intake.port) for _ in range(60)]
    for _, writer in half:
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{intake.port}") as session,
        session.post("/slack/events", data=URL_CHECK, headers=signed(URL_CHECK)) as answer,
    ):
        assert answer.status == 200
    assert len(intake.connections) <= 20
    for _, writer in (*idle, *half):
        writer.close()
    await intake.close()


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /heal",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Slack-Signature: v0=a\r\n"
        b"X-Slack-Request-Timestamp: 1\r\n\r\n{",
    ],
)
async def test_a_request_that_does_not_end_is_cut_off(condition: Condition, start: bytes) -> None:
    intake = await listening(condition, first_seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(start)
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            await reader.read()
    assert len(intake.connections) == 0
    writer.close()
    await intake.close()


@pytest.mark.parametrize("begun", [b"", b"{", b"{" + 99 * b" "])
async def test_a_body_that_does_not_end_is_refused_on_a_connection_that_was_of_use(
    condition: Condition, begun: bytes
) -> None:
    intake = await listening(condition, first_seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\nX-Slack-Signature: v0=a\r\n"
        writer.write(head + b"X-Slack-Request-Timestamp: 1\r\n\r\n" + begun)
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        await reader.read()
    assert len(intake.connections) == 0
    writer.close()
    await intake.close()


async def test_a_connection_of_use_may_be_used_again_after_a_pause(condition: Condition) -> None:
    """A proxy keeps connections for its next request, and does not repeat one that was cut off."""
    intake = await listening(condition, first_seconds=1.0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{intake.port}") as session:
        async with session.get("/healthz") as answer:
            assert answer.status == 200
        await asyncio.sleep(1.2)
        assert len(intake.connections) == 1
        async with session.get("/healthz") as answer:
            assert answer.status == 200
    await intake.close()


def test_a_quarter_of_the_files_is_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for files, most in ((1024, 200), (256, 64), (10, 4), (resource.RLIM_INFINITY, 200)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, files=files: (files, files))
        assert most_connections() == most
