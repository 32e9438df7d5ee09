"""The real bot on a clock that runs sixty times as fast: the canary goes all the way, and the dead man is told."""

import asyncio
import re
from datetime import UTC, datetime

import aiohttp

from bot.sandbox import slack
from tests.bot_process import Stage, free_port
from tests.night import CHANNEL

BIRDS = "C0GENERAL"


def birds(here: Stage) -> list[slack.Message]:
    return [each for each in here.slack.shown(BIRDS) if "anary" in each.text]


async def test_the_canary_and_the_dead_mans_ping_of_a_real_bot(here: Stage) -> None:
    pinged = asyncio.Event()

    async def ping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        pinged.set()

    (here.folder / "nightshift.toml").write_text(f'[canary]\nchannel = "{BIRDS}"\nat = "09:00"\n')
    port, since = free_port(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    server = await asyncio.start_server(ping, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ping/secret-3f9c"
        running = await here.started(
            "run", PORT=str(port), DEADMAN_URL=address, NIGHTSHIFT_CLOCK=f"2026-03-02T08:50Z {since} 60"
        )
        await pinged.wait()
        await here.seen(lambda: [each for each in birds(here) if each.text.startswith("Canary recovered")])
    (bird,) = birds(here)
    assert not re.search(r"<[!@]", bird.text)
    assert not [each for each in here.slack.posts(CHANNEL) if "anary" in each.text]
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        told = await answer.text()
    assert re.search(r"^nightshift_canary_age_seconds \d", told, re.MULTILINE)
    assert 'nightshift_deadman_pings_total{outcome="sent"} 1.0' in told
    running.terminate()
    assert await running.ended() == 0
    assert "secret-3f9c" not in "\n".join(running.words)
