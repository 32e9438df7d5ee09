"""Starts and ends what the demo needs: both pretend servers, and the real bot by its environment. Prints nothing."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import acronis, slack
from bot.sandbox.acronis.world import World
from bot.sandbox.demo import supervisor
from bot.sandbox.demo.clock import DemoClock

ROOT = Path(__file__).parents[3]
ZONE = "Europe/Berlin"  # the pretend person's, so that cards, answers and the demo's own times agree
# What is missed is told soon, before the next hourly run
_CONFIG = "[missed]\ngrace_minutes = 5\n"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR")


@dataclass(slots=True)
class Processes:
    """What runs. `log` is the bot's log file; with `keep` it outlives the demo. `environ` is the bot's, but the clock.

    The bot stays the same one, with the same database, when it is ended and started again.
    """

    acronis: acronis.Running
    slack: slack.Running
    bot: asyncio.subprocess.Process
    log: Path
    clock: DemoClock
    environ: Mapping[str, str]
    keep: bool = False

    async def bot_listens(self) -> None:
        """Returns when the bot has opened its socket."""
        await self.slack.slack.until(lambda: self.slack.slack.sockets.open)

    async def start_bot(self) -> None:
        """Again, on the demo's clock as it is now."""
        self.bot = await _start_bot(self.log, {**self.environ, **self.clock.for_bot()})

    async def end_bot(self) -> None:
        """The end of its input is the bot's order to stop; the supervisor sees to it that it does."""
        if self.bot.stdin is not None:
            self.bot.stdin.close()
        await self.bot.wait()

    async def kill_bot(self) -> None:
        """Without a word (SIGKILL), and its supervisor with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.bot.pid, signal.SIGKILL)
        await self.bot.wait()


@asynccontextmanager
async def open_processes(
    port: int = 0, add_routes: slack.AddRoutes | None = None, opened: Callable[[str], None] = lambda url: None
) -> AsyncIterator[Processes]:
    """Everything runs inside, and nothing is left after it: no process, no port, no file but a kept log.

    The pretend Slack listens on `port`, 0 takes a free one. `opened` is told its URL as soon as it does, before the
    world's four weeks of history are made. Raises OSError where the port is taken.
    """
    folder = Path(tempfile.mkdtemp(prefix="nightshift-demo-"))
    processes: Processes | None = None
    try:
        async with AsyncExitStack() as ending:
            clock = DemoClock()
            slack_ = await slack.serve(port, now=clock.seconds, limits_now=time.time, add_routes=add_routes)
            ending.push_async_callback(slack_.close)
            opened(slack_.url)
            acronis_ = await acronis.serve(world=await asyncio.to_thread(World, 1, clock.nanoseconds))
            ending.push_async_callback(acronis_.close)
            log = folder / "bot.log"
            (folder / "nightshift.toml").write_text(_CONFIG, encoding="utf-8")
            environ = environment(os.environ, acronis_.url, slack_.api_url, folder)
            processes = Processes(acronis_, slack_, await _start_bot(log, environ), log, clock, environ)
            ending.push_async_callback(processes.end_bot)
            yield processes
    finally:
        if processes is None or not processes.keep:
            shutil.rmtree(folder, ignore_errors=True)


def environment(ours: Mapping[str, str], acronis_url: str, slack_url: str, folder: Path) -> dict[str, str]:
    """All that the bot gets. Of `ours` only what every program needs: no real token, no proxy gets through."""
    kept = {name: value for name, value in ours.items() if name in _KEPT or name.startswith("COVERAGE")}
    tokens = slack.Tokens()
    return kept | {
        "SLACK_BOT_TOKEN": tokens.bot,
        "SLACK_APP_TOKEN": tokens.app,
        "SLACK_API_URL": slack_url,
        "ACRONIS_URL": acronis_url,
        "ACRONIS_CLIENT_ID": "sandbox-client",
        "ACRONIS_CLIENT_SECRET": "sandbox-secret",
        "ALERT_CHANNEL": slack.ALERTS,
        "POLL_SECONDS": "1",
        "TIME_ZONE": ZONE,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "PYTHONPATH": str(ROOT),
    }


async def _start_bot(log: Path, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """In a session of its own: a Ctrl-C in the terminal is the demo's, which then ends the bot in good order."""
    command = (sys.executable, supervisor.__file__, sys.executable, "-m", "bot", "run")
    with log.open("ab") as written:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=log.parent,
            env=dict(environ),
            stdin=asyncio.subprocess.PIPE,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
