"""The real bot as a process of its own, by its environment, against pretend servers on sockets.

Every process is ended by its own handle; nothing is searched for by name.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import acronis, slack
from bot.settings import database
from bot.store.address import Address
from tests.builders import ENVIRONMENT
from tests.forked_bot import ForkedProcess, can_be_forked, fork
from tests.night import CHANNEL
from tests.patience import PATIENCE, patient_limits

ROOT = Path(__file__).parent.parent
BOT_ON_A_FILE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is about SQLite's file alone, or has nothing to do with the database."""
MIA = "U0MIA"


class BotProcess:
    """One run of `python -m bot …`. `lines` are its log's events so far, one JSON object each."""

    def __init__(self, process: asyncio.subprocess.Process | ForkedProcess) -> None:
        self._process = process
        self._grew = asyncio.Event()
        self.lines: list[dict[str, Any]] = []
        self.words: list[str] = []
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def until_logged(self, event: str) -> dict[str, Any]:
        """The first line with this event. Raises AssertionError where the process ends before, or does not say it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := [line for line in self.lines if line.get("event") == event]):
                    if self._reading.done():
                        raise AssertionError("\n".join(self.words))
                    self._grew.clear()
                    await asyncio.wait(
                        (asyncio.ensure_future(self._grew.wait()), self._reading), return_when="FIRST_COMPLETED"
                    )
        except TimeoutError:
            raise AssertionError("\n".join((f"{event!r} is not said:", *self.words))) from None
        return found[0]

    async def ready(self) -> None:
        await self.until_logged("ready")

    def kill(self) -> None:
        self._process.kill()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(PATIENCE):
            code = await self._process.wait()
            await self._reading
        return code

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        words = self._process.stderr or self._process.stdout
        assert words is not None
        async for raw in words:
            text = raw.decode(errors="replace").rstrip()
            self.words.append(text)
            try:
                line = json.loads(text)
            except ValueError:
                line = {"event": text}
            self.lines.append(line if isinstance(line, dict) else {"event": text})
            self._grew.set()


class Stage:
    """Both pretend servers, and a folder for the bot's database, which `database_url` may name elsewhere.

    Where it `forks`, a bot is started in a tenth of the time; else as people start it.
    """

    def __init__(
        self, folder: Path, acronis_: acronis.Running, slack_: slack.Running, database_url: str, *, forks: bool
    ) -> None:
        self.folder = folder
        self._forks = forks
        self.database_url = database_url or f"sqlite:///{folder / 'bot.sqlite3'}"
        self.acronis = acronis_.control
        self.slack = slack_.slack
        self.slack_server = slack_
        self.acronis_url = acronis_.url
        self.slack_url = slack_.api_url
        self._processes: list[BotProcess] = []

    def environment(self, **changes: str) -> dict[str, str]:
        """Everything the bot needs, and nothing else of this machine's. A value of "" takes one away."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "COVERAGE_PROCESS_START") if name in os.environ}
        ours = {
            **ENVIRONMENT,
            "SLACK_API_URL": self.slack_url,
            "ACRONIS_URL": self.acronis_url,
            "POLL_SECONDS": "1",
            "DATABASE_URL": self.database_url,
            "PYTHONPATH": str(ROOT),
        }
        return {name: value for name, value in {**kept, **ours, **changes}.items() if value}

    @property
    def address(self) -> Address:
        """Where the bot's database is."""
        return database({"DATABASE_URL": self.database_url})

    async def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, keep_words: bool = False
    ) -> BotProcess:
        """Starts `python -m bot` with `arguments`, and does not wait for it. `keep_words`: its output is in `words`."""
        given = self.environment() if environment is None else environment
        if self._forks and can_be_forked(given):
            return self._keep(await fork(arguments, given, self.folder, keep_words=keep_words))
        words = [sys.executable, "-m", "bot", *arguments]
        return await self.start_words(words, environment=given, keep_words=keep_words)

    async def start_words(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        keep_words: bool = False,
    ) -> BotProcess:
        """Starts a bot by a command line of one's own."""
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder or self.folder,
            env=dict(environment if environment is not None else self.environment()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if keep_words else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT if keep_words else asyncio.subprocess.PIPE,
        )
        return self._keep(process)

    def _keep(self, process: asyncio.subprocess.Process | ForkedProcess) -> BotProcess:
        started = BotProcess(process)
        self._processes.append(started)
        return started

    async def started(self, *arguments: str, **changes: str) -> BotProcess:
        """A bot that is ready."""
        running = await self.start(*arguments, environment=self.environment(**changes))
        await running.ready()
        return running

    async def group(self, count: int, *arguments: str, **changes: str) -> list[BotProcess]:
        """So many bots, all of them ready. They share the stage's database: one of PostgreSQL."""
        starting = (self.started(*(arguments or ("run",)), **changes) for _ in range(count))
        return list(await asyncio.gather(*starting))

    async def seen(self, what: Callable[[], object]) -> None:
        """Waits until something can be seen in Slack."""
        async with asyncio.timeout(PATIENCE):
            await self.slack.until(lambda: bool(what()))

    async def answered(self, text: str, command: str = "/tasks") -> slack.Message:
        """What Mia alone sees after she typed it into the alert channel. Where a busy machine stood still for
        so long that the bot gave its socket up, the command is lost, and she types it again."""
        before, sockets = len(self.slack.whispers(MIA)), self._sockets_opened
        delivery = await self.slack.command(MIA, CHANNEL, text, command=command)
        if not delivery.acked and self._sockets_opened > sockets:
            delivery = await self.slack.command(MIA, CHANNEL, text, command=command)
        assert delivery.acked
        await self.seen(lambda: len(self.slack.whispers(MIA)) > before)
        return self.slack.whispers(MIA)[-1]

    @property
    def _sockets_opened(self) -> int:
        return sum(entry["kind"] == "socket" and entry["open"] > 0 for entry in self.slack.journal.entries)

    async def close(self) -> None:
        for process in self._processes:
            await process.close()


@asynccontextmanager
async def stage(
    folder: Path, *, world: str = "empty", database_url: str = "", forks: bool = False, **slack_options: Any
) -> AsyncIterator[Stage]:
    acronis_ = await acronis.serve(world=world)
    slack_ = await slack.serve(**{"limits": patient_limits(metered=False), **slack_options})
    running = Stage(folder, acronis_, slack_, database_url, forks=forks)
    try:
        yield running
    finally:
        await running.close()
        await slack_.close()
        await acronis_.close()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
