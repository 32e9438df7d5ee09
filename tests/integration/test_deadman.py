"""The dead-man ping at a real socket: sent while the bot is able, withheld while it is not, its address kept secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.jobs.deadman import DeadMan
from bot.measures import PINGS
from bot.model import SystemClock
from bot.settings import Mode, load
from bot.telemetry import Vitals
from tests.unit.test_settings import ENOUGH, faults

SECRET = "secret-3f9c"


@dataclass
class Monitor:
    status: str
    asked: list[str] = field(default_factory=list)
    address: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode().splitlines()[0])
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def monitor(status: str = "200 OK") -> AsyncIterator[Monitor]:
    made = Monitor(status)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ping/{SECRET}"
    async with server:
        yield made


def able() -> Vitals:
    vitals = Vitals(SystemClock(), timedelta(minutes=1))
    vitals.up()
    return vitals


async def test_who_is_able_asks_for_the_address() -> None:
    vitals = able()
    async with monitor() as there:
        await DeadMan(there.address, vitals).run()
    assert there.asked == [f"GET /ping/{SECRET} HTTP/1.1"]
    assert vitals.measures.counts[PINGS] == {("sent",): 1}


@pytest.mark.parametrize("trouble", ["queue", "polls", "store", "way in", "stopping"])
async def test_who_is_not_able_keeps_silent(trouble: str) -> None:
    vitals = able()
    match trouble:
        case "queue":
            vitals.queued(timedelta(hours=1), 3)
        case "polls":
            vitals.watch(["default"])
            vitals.poll_succeeded("default", vitals.since - timedelta(hours=1))
        case "store":
            vitals.store_failed("The disk is full.")
        case "way in":
            vitals.way_in("token_revoked", is_dead=True)
        case _:
            vitals.down()
    async with monitor() as there:
        await DeadMan(there.address, vitals).run()
    assert there.asked == []
    assert vitals.measures.counts[PINGS] == {("withheld",): 1}


@pytest.mark.parametrize("status", ["500 Oops", "404 Gone", "302 Found"])
async def test_a_refusal_is_counted_and_logged_without_the_address(status: str) -> None:
    vitals = able()
    async with monitor(status) as there:
        with capture_logs() as lines:
            await DeadMan(there.address, vitals).run()
    assert vitals.measures.counts[PINGS] == {("failed",): 1}
    assert [(line["event"], line["code"]) for line in lines] == [("the dead-man ping failed", f"http_{status[:3]}")]
    assert SECRET not in str(lines)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/{}", "https://[::1]:1/{}", "http://nowhere.invalid/{}"])
async def test_nobody_there_is_counted_and_raises_nothing(address: str) -> None:
    vitals = able()
    with capture_logs() as lines:
        await DeadMan(address.format(SECRET), vitals).run()
    assert vitals.measures.counts[PINGS] == {("failed",): 1}
    assert SECRET not in str(lines)


@pytest.mark.parametrize(
    "address",
    [f"http://hc.example/{SECRET}", f"ftp://hc.example/{SECRET}", SECRET, f"https://[bad/{SECRET}", "https:///x"],
)
def test_an_address_that_is_not_safe_is_a_fault_that_does_not_repeat_it(address: str) -> None:
    (fault,) = faults({**ENOUGH, "DEADMAN_URL": address})
    assert fault.startswith("DEADMAN_URL")
    assert SECRET not in fault


def test_the_address_is_among_the_secrets() -> None:
    settings = load({**ENOUGH, "DEADMAN_URL": f"https://hc.example/{SECRET}"}, Mode.RUN)
    assert f"https://hc.example/{SECRET}" in settings.secrets
    assert SECRET not in repr(settings)
