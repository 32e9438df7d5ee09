"""What bounds a request and a list, whatever the other side does (bot/acronis/transport.py, http.py, client.py)."""

import asyncio
import contextlib
import gzip
import ssl
import subprocess
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.acronis import AcronisClient, Timeouts
from bot.acronis.kinds import Classifier
from bot.errors import AcronisUnavailable
from bot.model import TaskQuery
from tests.builders import NOW, raw_task
from tests.integration.acronis.server import Answer, Connect, Server, Sleeps, ids, page, pages, status
from tests.patience import PATIENCE

MIB = 2**20


@asynccontextmanager
async def raw_server(sends: bytes, **options: Any) -> AsyncIterator[int]:
    """It sends this, and then a blank now and then."""
    serving: set[asyncio.Task[None]] = set()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(sends)
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(trickle(reader, writer))
        serving.add(task)
        task.add_done_callback(lambda _: writer.close())

    server = await asyncio.start_server(accept, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        server.close()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Header: ",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 1000000\r\n\r\n",
    ],
)
async def test_an_answer_that_trickles_ends_after_the_total_time(sleeps: Sleeps, head: bytes) -> None:
    async with raw_server(head) as port:
        url, timeouts = f"http://127.0.0.1:{port}", Timeouts(total=0.2)
        client = AcronisClient("main", url, "i", "s", classifier=Classifier(), timeouts=timeouts, sleep=sleeps)
        with pytest.raises(AcronisUnavailable, match="took too long"):
            await asyncio.wait_for(client.check(), PATIENCE)
        await client.aclose()


def body(content: bytes, coding: str = "") -> Callable[[web.Request], web.Response]:
    headers = {"Content-Encoding": coding} if coding else {}
    return lambda request: web.Response(body=content, headers=headers, content_type="application/json")


@pytest.mark.parametrize(
    ("size", "pack", "coding"),
    [(5, bytes, ""), (5, gzip.compress, "gzip"), (5, zlib.compress, "deflate"), (400, gzip.compress, "gzip")],
    ids=["plain", "gzip", "deflate", "bomb"],
)
async def test_an_answer_that_is_too_large_is_not_read(
    served: Server, connect: Connect, size: int, pack: Any, coding: str
) -> None:
    served.answers = [body(pack(b" " * size * MIB), coding)]
    with pytest.raises(AcronisUnavailable, match="too large"):
        await connect(largest=4 * MIB).check()
    assert len(served.asked) == 1


async def test_a_token_answer_that_is_too_large_is_not_read(served: Server, connect: Connect) -> None:
    served.tokens, served.answers = [body(gzip.compress(bytes(5 * MIB)), "gzip")], [page()]
    with pytest.raises(AcronisUnavailable, match="too large"):
        await connect(largest=4 * MIB).check()


@pytest.mark.parametrize(
    "answer",
    [
        body(gzip.compress(gzip.compress(b"{}")), "gzip, gzip"),
        body(b"x", "br"),
        body(b"{}", "gzip"),
        body(gzip.compress(b'{"items": []}')[:-4], "gzip"),
    ],
)
async def test_an_answer_that_is_packed_otherwise_is_unreadable(
    served: Server, client: AcronisClient, answer: Any
) -> None:
    served.answers = [answer]
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        await client.check()


@pytest.mark.parametrize(("pack", "coding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate"), (bytes, "identity")])
async def test_an_answer_is_unpacked(served: Server, client: AcronisClient, pack: Any, coding: str) -> None:
    one = page(raw_task(id="1"))(None).body  # type: ignore[arg-type, union-attr]
    served.answers = [body(pack(one), coding)]
    assert await ids(client.find(TaskQuery())) == ["1"]
    assert served.asked[0].headers["Accept-Encoding"] == "gzip"


async def answered(raw: bytes, sleeps: Sleeps) -> list[str]:
    """What is read where the server sends this, whatever it is asked for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_token = (await reader.readuntil(b"\r\n\r\n")).startswith(b"POST")
        token = b'{"access_token":"t"}'
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + token if is_token else raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = AcronisClient("main", url, "i", "s", classifier=Classifier(), sleep=sleeps)
    try:
        return await ids(client.find(TaskQuery()))
    finally:
        await client.aclose()
        server.close()


@pytest.mark.parametrize("header", [b"Server: M\xfcller", b"X: \xff\xfe", "Via: 代理".encode(), b"Date: \xb2"])
async def test_a_header_may_hold_any_byte(sleeps: Sleeps, header: bytes) -> None:
    assert await answered(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + header + b'\r\n\r\n{"items":[]}', sleeps) == []


@pytest.mark.parametrize(
    "place", [b"mailto:x@y", b"\xff\xfe", b"http://[::1", b"http://999.1.1.1/", b"/" + b"a" * 70_000]
)
async def test_a_redirect_to_what_is_no_address_is_said(sleeps: Sleeps, place: bytes) -> None:
    with pytest.raises(AcronisUnavailable):
        await answered(b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: " + place + b"\r\n\r\n", sleeps)


@pytest.mark.parametrize("token", ["a" * 70_000, "ä" * 30_000, "%" * 40_000])
async def test_a_page_token_that_no_address_holds_is_said(served: Server, client: AcronisClient, token: str) -> None:
    served.answers = [page(raw_task(), after=token), page()]
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        await ids(client.find(TaskQuery()))


async def test_there_are_at_most_twenty_requests_a_second(served: Server, connect: Connect, sleeps: Sleeps) -> None:
    """The first twenty go at once; the next ones wait for the second to pass."""
    seconds = [0.0]
    served.answers, client = [page()], connect(elapsed=lambda: seconds[0])
    for _ in range(19):  # and one for a token
        await client.check()
    assert sleeps == []
    seconds[0] = 0.25
    await asyncio.gather(client.check(), client.check())
    assert sleeps == [0.75, 0.75]
    seconds[0] = 2.5
    await client.check()
    assert sleeps == [0.75, 0.75]


async def test_the_pace_is_kept_in_real_time(served: Server, connect: Connect) -> None:
    served.answers, client = [page()], connect(sleep=asyncio.sleep, per_second=2)
    started = time.monotonic()
    await asyncio.gather(client.check(), client.check(), client.check())
    assert time.monotonic() - started > 0.8


def endless(items: Callable[[int], list[dict[str, Any]]], served: Server) -> Answer:
    def answer(request: web.Request) -> web.StreamResponse:
        given = page(*items(len(served.asked)), after=f"token-{len(served.asked)}")(request)
        assert isinstance(given, web.StreamResponse)
        return given

    return answer


async def test_a_list_whose_pages_come_again_under_new_tokens_ends_and_says_so(
    served: Server, connect: Connect
) -> None:
    same = [raw_task(id="1"), raw_task(id="2")]
    served.answers = [endless(lambda number: same, served)]
    first, second = await pages(connect().find(TaskQuery()))
    assert (first.partial, second.is_last) == ("", True)
    assert "repeated a page" in second.partial


@pytest.mark.parametrize("malformed", [True, False])
async def test_a_list_without_an_end_ends_after_a_bound_and_says_so(
    served: Server, connect: Connect, malformed: bool
) -> None:
    served.answers = [endless(lambda n: [{}] if malformed else [raw_task(id=str(n))], served)]
    found = 0
    async for each in connect(most_pages=15).find(TaskQuery()):
        found += 1
        last = each
    assert (found, last.is_last) == (15, True)
    assert "has no end" in last.partial


@pytest.mark.parametrize("asked", ["999999", "1e15", "Fri, 31 Dec 9998 23:59:59 GMT", "3600"])
async def test_acronis_is_left_alone_as_long_as_it_asks_at_most_an_hour_then_there_is_one_try(
    served: Server, connect: Connect, sleeps: Sleeps, asked: str
) -> None:
    now = 0.0
    client = connect(elapsed=lambda: now)
    served.answers = [status(429, {}, **{"Retry-After": asked}), status(503, {}), page()]
    for _ in range(3):
        with pytest.raises(AcronisUnavailable) as told:
            await client.check()
    assert (told.value.retry_after, len(served.asked), sleeps) == (3600.0, 1, [])
    assert "60 more minutes" in told.value.told
    now = 3600.0
    with pytest.raises(AcronisUnavailable, match="503"):
        await client.check()
    assert (len(served.asked), sleeps) == (2, [])
    await client.check()


@pytest.mark.parametrize("asked", ["-7", "-1e99", "soon", "nan", "", "Fri, 31 Dec 99999 23:59:59 GMT"])
async def test_a_retry_after_that_says_nothing_is_none(
    served: Server, client: AcronisClient, sleeps: Sleeps, asked: str
) -> None:
    served.answers = [status(503, {}, **{"Retry-After": asked}), page()]
    await client.check()
    assert len(sleeps) == 1
    assert 1 <= sleeps[0] <= 2


@pytest.mark.parametrize("date", ["Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "x", ""])
async def test_a_date_that_no_clock_shows_is_none(served: Server, client: AcronisClient, date: str) -> None:
    answer = page(raw_task(id="1"))(None)  # type: ignore[arg-type]
    answer.headers["Date"] = date  # type: ignore[union-attr]
    served.answers = [lambda request: web.Response(body=answer.body, headers={"Date": date})]  # type: ignore[union-attr]
    (one,) = await pages(client.changes(NOW.replace(year=2020)))
    assert ([item.id for item in one.items], one.served_at) == (["1"], None)


async def test_a_certificate_that_is_not_trusted_does_not_pass_by_itself(tmp_path: Path, sleeps: Sleeps) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)  # noqa: ASYNC221
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with raw_server(b"", ssl=context) as port:
        client = AcronisClient("main", f"https://127.0.0.1:{port}", "i", "s", classifier=Classifier(), sleep=sleeps)
        with pytest.raises(AcronisUnavailable) as told:
            await client.check()
        await client.aclose()
    assert "certificate" in told.value.told
    assert "self-signed" in told.value.told
    assert "SSL_CERT_FILE" in told.value.told
    assert "may work again" not in told.value.told
    assert sleeps == []
