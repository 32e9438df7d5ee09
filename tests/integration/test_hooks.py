"""Web hooks at a real socket: what is sent, how long and how much is listened to, and what an answer means."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.errors import HookFailed
from bot.hooks import LARGEST, SECONDS, Hooks, host_of
from tests.patience import PATIENCE

DOCUMENT = {"version": 1, "where": {"name": "SRV <SQL> & “01”"}}
BRIEF = 3.0
"""Seconds for an answer that never ends."""
Answer = Callable[[asyncio.StreamWriter, asyncio.Event], Awaitable[None]]
"""The event comes at the end of the test."""


@dataclass
class Pager:
    """Keeps what it is asked."""

    answer: Answer
    requests: list[bytes] = field(default_factory=list)
    address: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    served: list[asyncio.Event] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served.append(served := asyncio.Event())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            self.requests.append(head + await reader.readexactly(int(length.split(b":")[1])))
            await self.answer(writer, self.ended)
        writer.close()
        served.set()


@asynccontextmanager
async def pager(answer: Answer) -> AsyncIterator[Pager]:
    made = Pager(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret-3f9c"
    async with server:
        yield made
        made.ended.set()
        await asyncio.gather(*(each.wait() for each in made.served))


def says(status: str, *headers: str, body: bytes = b"") -> Answer:
    async def answer(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
        head = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", "")
        writer.write("\r\n".join(head).encode() + body)
        await writer.drain()

    return answer


async def silent(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
    await ended.wait()


async def trickling(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
    """Each byte comes soon after the one before; the head never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    await endless(writer, ended)


async def without_an_end(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    await endless(writer, ended)


async def endless(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
    while not ended.is_set():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def failure(answer: Answer, *, seconds: float = PATIENCE) -> HookFailed:
    async with pager(answer) as there:
        with pytest.raises(HookFailed) as raised:
            await Hooks({"hook:1": there.address}, seconds).send("hook:1", DOCUMENT, "k")
        assert len(there.requests) == 1
        assert "secret" not in f"{raised.value!r} {raised.value.told} {raised.value.__cause__}"
    return raised.value


def test_a_hook_has_ten_seconds_and_is_read_for_64_kib() -> None:
    assert (SECONDS, LARGEST) == (10, 64 * 1024)


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content", "299 Odd"])
async def test_a_document_is_posted_once_with_its_key(status: str) -> None:
    async with pager(says(status)) as there:
        await Hooks({"hook:1": there.address}).send("hook:1", DOCUMENT, "climb:60m-1f:14>hook:1")
    (request,) = there.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /secret-3f9c HTTP/1.1\r\n")
    assert b"idempotency-key: climb:60m-1f:14>hook:1" in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body) == DOCUMENT


@pytest.mark.parametrize(
    ("status", "is_passing"),
    [
        ("500 Broken", True),
        ("503 Busy", True),
        ("599 Odd", True),
        ("408 Timeout", True),
        ("425 Early", True),
        ("429 Many", True),
        ("400 Bad", False),
        ("401 Who", False),
        ("403 No", False),
        ("404 Gone", False),
        ("410 Gone", False),
        ("304 Same", False),
    ],
)
async def test_whatever_is_no_2xx_is_a_failure_and_what_may_pass_is_told_apart(status: str, is_passing: bool) -> None:
    failed = await failure(says(status, body=b"see https://elsewhere.example/secret"))
    assert (failed.code, failed.is_passing) == (f"http_{status[:3]}", is_passing)
    assert status[:3] in failed.told


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_not_tried_again(status: int) -> None:
    async with pager(says("204 No Content")) as elsewhere:
        failed = await failure(says(f"{status} There", f"Location: {elsewhere.address}"))
        assert (failed.code, failed.is_passing, elsewhere.requests) == (f"http_{status}", False, [])


@pytest.mark.parametrize("answer", [silent, trickling, without_an_end])
async def test_an_answer_that_does_not_end_is_left_when_its_time_is_over(answer: Answer) -> None:
    failed = await failure(answer, seconds=BRIEF)
    assert (failed.code, failed.is_passing) == ("timeout", True)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"\x00\xff\r\n\r\n"])
async def test_what_is_no_answer_may_come_again(sent: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
        writer.write(sent)
        await writer.drain()

    assert (await failure(answer)).is_passing


async def test_of_an_endless_answer_so_much_is_read_and_its_status_counts() -> None:
    """The rest never comes, and is not waited for."""

    async def answer(writer: asyncio.StreamWriter, ended: asyncio.Event) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100)
        await writer.drain()
        await ended.wait()

    async with pager(answer) as there:
        await Hooks({"hook:1": there.address}, PATIENCE, largest=100).send("hook:1", DOCUMENT, "k")
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/secret", "http://nobody.invalid/secret", "http://[::1/secret", "ftp://x/secret", "secret"],
)
async def test_an_address_that_leads_nowhere_is_a_failure_in_words_without_it(address: str) -> None:
    with pytest.raises(HookFailed) as raised:
        await Hooks({"hook:1": address}, PATIENCE).send("hook:1", DOCUMENT, "k")
    assert raised.value.is_passing
    assert "secret" not in raised.value.told
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("name", ["hook:2", "", "hook:"])
async def test_a_hook_that_the_settings_no_longer_have_is_not_tried_again(name: str) -> None:
    with pytest.raises(HookFailed) as raised:
        await Hooks({"hook:1": "http://127.0.0.1:9/", "hook:": ""}).send(name, DOCUMENT, "k")
    assert (raised.value.code, raised.value.is_passing) == ("not_set", False)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Pager.example:8443/3f9c?key=1", "pager.example"),
        ("https://u:p@pager.example/x", "pager.example"),
        ("", ""),
    ],
)
def test_of_an_address_the_host_is_told_alone(address: str, host: str) -> None:
    assert host_of(address) == Hooks({"a": address}).host("a") == host


def test_an_address_that_cannot_be_read_has_no_host() -> None:
    assert host_of("http://[::1/secret") == ""
