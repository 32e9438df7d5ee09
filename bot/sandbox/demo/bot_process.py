"""Starts and ends what the demo needs: both pretend servers, and the real bot by its environment. Prints nothing."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import acronis, slack
from bot.sandbox.demo import supervisor

ROOT = Path(__file__).parents[3]
ZONE = "Europe/Berlin"  # the pretend person's, so that cards, answers and the demo's own times agree
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR")


@dataclass(slots=True)
class Processes:
    """What runs. `log` is the bot's log file; with `keep` it outlives the demo."""

    acronis: acronis.Running
    slack: slack.Running
    bot: asyncio.subprocess.Process
    log: Path
    keep: bool = False

    async def bot_listens(self) -> None:
        """Returns when the bot has opened its socket."""
        await self.slack.slack.until(lambda: self.slack.slack.sockets.open)


@asynccontextmanager
async def open_processes() -> AsyncIterator[Processes]:
    """Everything runs inside, and nothing is left after it: no process, no port, no file but a kept log."""
    folder = Path(tempfile.mkdtemp(prefix="nightshift-demo-"))
    processes: Processes | None = None
    try:
        async with AsyncExitStack() as ending:
            acronis_ = await acronis.serve()
            ending.push_async_callback(acronis_.close)
            slack_ = await slack.serve()
            ending.push_async_callback(slack_.close)
            log = folder / "bot.log"
            bot = await _start_bot(log, environment(os.environ, acronis_.url, slack_.api_url, folder))
            ending.push_async_callback(_end, bot)
            processes = Processes(acronis_, slack_, bot, log)
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
    with log.open("wb") as written:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=log.parent,
            env=dict(environ),
            stdin=asyncio.subprocess.PIPE,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )


async def _end(bot: asyncio.subprocess.Process) -> None:
    """The end of its input is the bot's order to stop; the supervisor sees to it that it does."""
    if bot.stdin is not None:
        bot.stdin.close()
    await bot.wait()
