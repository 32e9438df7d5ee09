"""What the demo plays by itself, and how it ends: by its script, by people, by a signal, or because the bot died."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from bot.sandbox import slack
from bot.sandbox.demo.bot_process import ZONE, Processes, open_processes
from bot.sandbox.demo.commands import TEXTS, YOU, Commands, Failures
from bot.sandbox.demo.terminal import Screen, read_lines
from bot.sandbox.demo.transcript import Entry, Transcript, What, safe

READING_SECONDS = 6.0  # between a failure and its recovery, for people to read the card
PATIENCE = 30.0  # seconds the script waits for one thing to be seen


class Script:
    """`say` prints a sentence of the demo's own."""

    def __init__(
        self, transcript: Transcript, failures: Failures, commands: Commands, say: Callable[[str], None]
    ) -> None:
        self._transcript = transcript
        self._failures = failures
        self._commands = commands
        self._say = say

    async def opening(self) -> None:
        """A backup fails as soon as the bot's first summary stands in the channel, and the next one is ok."""
        name = await self._failure()
        await asyncio.sleep(READING_SECONDS)
        if name in self._failures.names:
            await self._recovery(name)

    async def play(self) -> str:
        """Plays the fixed script. Returns "" where all of it was seen, else a sentence about what was not."""
        steps: dict[str, Callable[[], Awaitable[object]]] = {
            "the bot's first summary": partial(self._transcript.until, _summary),
            "an answer to /tasks running": partial(self._asked, "running", "running"),
            "an answer to /tasks o365": partial(self._asked, "o365", "office 365"),
            "a failure and its recovery": self._failure_and_recovery,
            "help with a wrong word": partial(self._asked, "runing", "did you mean"),
        }
        for what, step in steps.items():
            try:
                async with asyncio.timeout(PATIENCE):
                    await step()
            except TimeoutError:
                return f"Not seen within {PATIENCE:.0f} s: {what}."
        return ""

    async def _failure_and_recovery(self) -> None:
        await self._recovery(await self._failure())

    async def _failure(self) -> str:
        """Makes one that the summary does not name, and returns the name when the card is there."""
        summary = await self._transcript.until(_summary)
        name = self._failures.fail(known=summary.text).resource
        self._say(f"The backup of {name} fails now.")
        await self._transcript.until(lambda each: _in_channel(each) and _tells(each.first_line, name))
        return name

    async def _recovery(self, name: str) -> None:
        """Returns when the card of the failure has been edited to tell that it is over."""
        self._say(f"The next backup of {name} goes well.")
        self._failures.recover(name)
        first_line = f"Recovered: {name}"
        await self._transcript.until(lambda each: each.what is What.EDITED and each.first_line.startswith(first_line))

    async def _asked(self, question: str, answer: str) -> None:
        """Asks, and waits for an answer to Mia alone that holds these words."""
        since = len(self._transcript.seen)
        await self._commands.ask("/tasks", question)
        await self._transcript.until(
            lambda each: each.shows and each.place == "only you" and answer in each.text.casefold(), since
        )


def _tells(first_line: str, name: str) -> bool:
    """Whether a card's first line says that this failed, critical or not."""
    return f": {name}" in first_line and first_line.startswith(("CRITICAL", "Backup failed"))


def _summary(each: Entry) -> bool:
    return _in_channel(each) and each.first_line.startswith("Nightshift is watching")


def _in_channel(each: Entry) -> bool:
    return each.shows and each.channel == slack.ALERTS and each.place != "only you"


def play(*, once: bool) -> int:
    """Runs the demo in the terminal. Returns 0, or 1 where the bot died or the script missed what it waited for."""
    return asyncio.run(_play(once))


def stopped_by_signal() -> asyncio.Event:
    """Set by the first signal that ends a program."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the last one: the terminal goes away
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _play(once: bool) -> int:
    stopped = stopped_by_signal()
    screen = Screen(sys.stdout, ZONE, gone=stopped.set)
    screen.say(TEXTS["greeting_once" if once else "greeting"])
    async with open_processes() as processes:
        transcript = Transcript(processes.slack.slack, YOU, screen.show)
        watching = asyncio.create_task(transcript.write())
        code = await until_over(processes, transcript, screen, stopped, once=once)
    await watching
    return code


async def until_over(
    processes: Processes, transcript: Transcript, screen: Screen, stopped: asyncio.Event, *, once: bool
) -> int:
    """Whatever comes first ends it."""
    failures = Failures(processes.acronis.control)
    commands = Commands(processes.slack.slack, failures, transcript, screen.say)
    script = Script(transcript, failures, commands, screen.say)
    part = _once(processes, script, screen) if once else _conversation(processes, script, commands, screen)
    playing = asyncio.create_task(part)
    stopping = asyncio.create_task(stopped.wait())
    dying = asyncio.create_task(processes.bot.wait())
    tasks = (playing, stopping, dying)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            return playing.result()
        if stopping.done():
            return 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    last = "\n".join(map(safe, processes.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]))
    screen.say(f"The bot ended by itself, with exit code {processes.bot.returncode}. Its log ends so:\n{last}")
    return 1


async def _once(processes: Processes, script: Script, screen: Screen) -> int:
    missed = await script.play()
    if missed:
        processes.keep = True
        screen.say(f"{missed} The bot's log may tell why: {processes.log}")
        return 1
    screen.say("That was all.")
    return 0


async def _conversation(processes: Processes, script: Script, commands: Commands, screen: Screen) -> int:
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(script.opening())
        async for line in read_lines(screen):
            await processes.bot_listens()
            if not await commands.obey(line):
                break
        opening.cancel()
    return 0
