"""`DEMO_PORT=… python -m bot demo` as a process of its own, with the real bot: the panel's orders, and how it ends."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.demo.bot_process import ROOT
from tests.acceptance.test_demo import COMMAND, PATIENCE, left_in


@asynccontextmanager
async def demo(folder: Path, port: str = "0") -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder), "DEMO_PORT": port},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE)


class Panel:
    """What a page does and sees, by hand."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._news = asyncio.Event()
        self.entries: list[dict[str, Any]] = []

    async def order(self, what: str, /, **sent: Any) -> str:
        async with self._session.post(f"/demo/world/{what}", data=json.dumps(sent)) as answer:
            body = await answer.json()
            return str(body.get("said") or body["error"])

    async def follow(self) -> None:
        async with self._session.get("/demo/events?as=mia") as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    self.entries += json.loads(line.removeprefix(b"data: "))
                    self._news.set()

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Waits until an entry is so."""
        await self._until(lambda: any(map(wanted, self.entries)))

    async def until_bot(self, standing: str) -> None:
        """Waits until the newest word about the bot is this."""
        await self._until(lambda: [each["bot"] for each in self.entries if each["kind"] == "demo"][-1:] == [standing])

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._news.clear()
                await self._news.wait()


def tells(*words: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a message's first line has all of these."""
    return lambda entry: (
        entry["kind"] in ("posted", "edited") and all(word in entry["text"].partition("\n")[0] for word in words)
    )


async def first_that_fails(panel: Panel) -> str:
    """A machine whose backup fails now, and had not failed: chance decides that, and such a one gets no new card."""
    for name in ("DENT-PC1", "DENT-PC3", "WS-006", "WS-008"):
        told = await panel.order("fail", name=name)
        assert f"{name} fails now" in told
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE / 4):
                await panel.until(tells("Backup failed", name))
                return name
    raise AssertionError("no backup failed anew")


async def test_the_panel_drives_the_world_the_bot_and_the_clock(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().removeprefix("Open ").strip()
        async with aiohttp.ClientSession(url, read_bufsize=1 << 24) as session:
            panel = Panel(session)
            following = asyncio.create_task(panel.follow())
            await panel.until(tells("Nightshift is watching"))
            name = await first_that_fails(panel)
            assert "killed" in await panel.order("kill")
            await panel.until_bot("gone")
            assert f"goes well: {name}" in await panel.order("recover", name=name)
            assert "starts again" in await panel.order("start")
            assert "is running" in await panel.order("start")
            await panel.until(tells(f"Recovered: {name}"))
            await panel.until_bot("running")
            assert "hangs" in await panel.order("hang", name="WS-001")
            assert "will not start" in await panel.order("skip", name="SRV-DC01")
            assert "An hour takes 6 s" in await panel.order("hurry", on=True, rate=600)
            await panel.until(tells("Stuck", "WS-001"))
            assert "as usual" in await panel.order("hurry", on=False)
            assert "429" in await panel.order("limit")
            assert "20 backups" in await panel.order("storm", count=20)
            assert "away" in await panel.order("outage", on=True)
            assert "back" in await panel.order("outage", on=False)
            for name, sent, words in (
                ("fail", {"name": "nobody"}, "Nothing here is called 'nobody'"),
                ("storm", {"count": 501}, "from 1 to 500"),
                ("storm", {"count": "x"}, "from 1 to 500"),
                ("tell", {}, "no order"),
                ("kill", {"all": 1}, "not the words"),
            ):
                assert words in await panel.order(name, **sent)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    assert process.returncode == 0
    assert not left_in(tmp_path)


async def test_a_port_that_is_taken_or_none_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        for port, words, code in ((number, f"Port {number} cannot be taken", 1), ("0.0.0.0:80", "loopback only", 2)):
            async with demo(tmp_path, port) as process:
                said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
            assert process.returncode == code
            assert words in said.decode()
            assert "Traceback" not in said.decode()
    assert not left_in(tmp_path)
