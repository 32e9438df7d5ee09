"""What the page's panel does to the world: backups, Acronis, Slack, the bot's process, the clock. Says what it did."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import slack
from bot.sandbox.acronis.fleet import Application
from bot.sandbox.demo.bot_process import Processes
from bot.sandbox.demo.clock import HURRY
from bot.sandbox.demo.commands import TEXTS, Failures
from bot.sandbox.demo.transcript import safe

STORM = 500
HUNG_HOURS = 9
REFUSALS, REFUSED_SECONDS = 6, 2
_FASTEST = 600.0


class WorldError(Exception):
    """What was ordered cannot be done; the words are for a person."""


class Orders:
    """Every public method of `NAMES` is an order: it returns a sentence. What it changed is in the journal."""

    NAMES = ("fail", "recover", "skip", "hang", "storm", "outage", "limit", "kill", "start", "hurry")

    def __init__(self, processes: Processes) -> None:
        self.failures = Failures(processes.acronis.control)
        self.tour = ""
        self._processes = processes
        self._is_away = False
        self._wanted = True  # whether the bot shall run
        self._change = asyncio.Lock()

    @property
    def _control(self) -> Any:
        return self._processes.acronis.control

    def tell(self, **more: Any) -> None:
        """Writes down how things stand, and `said`, for everyone who looks at the page."""
        process, clock = self._processes.bot, self._processes.clock
        bot = "running" if self._processes.slack.slack.sockets.open else "starting"
        standing = {
            "bot": "gone" if process.returncode is not None else bot,
            "away": self._is_away,
            "rate": clock.rate,
            "ahead": round(clock.ahead),
            "tour": self.tour,
        }
        self._processes.slack.slack.journal.add("demo", **standing, **more)

    async def watch(self) -> None:
        """Tells whenever the bot comes or goes."""
        told = ""
        while True:
            await self._processes.slack.slack.journal.after(len(self._processes.slack.slack.journal.entries), 0.5)
            open_, code = bool(self._processes.slack.slack.sockets.open), self._processes.bot.returncode
            now = f"{open_} {code}"
            if now != told:
                told = now
                self.tell()

    async def obey(self, name: str, arguments: dict[str, Any]) -> str:
        """Raises WorldError."""
        if name not in self.NAMES:
            raise WorldError(f"There is no order {safe(name)!r}.")
        order: Callable[..., Awaitable[str]] = getattr(self, name)
        try:
            said = await order(**arguments)
        except LookupError as error:
            raise WorldError(f"Nothing here is called {safe(str(arguments.get('name', '')))!r}.") from error
        except TypeError as error:
            raise WorldError("These are not the words of this order.") from error
        self.tell(said=said)
        return said

    async def fail(self, name: str = "") -> str:
        known = "\n".join(each.text for each in self._processes.slack.slack.shown(slack.ALERTS))
        begun = self.failures.fail(name, known=known)
        return f"The backup of {begun.resource} fails now. The bot hears of it by its next poll."

    async def recover(self, name: str = "") -> str:
        names = self.failures.recover(name)
        if not names:
            return "Nothing that you made fail is failing."
        shown = ", ".join(names[:3])
        return f"The next backup goes well: {shown}{f' and {len(names) - 3} more' if len(names) > 3 else ''}."

    async def skip(self, name: str = "") -> str:
        """Of `name`, else of the run that is due next."""
        found = self._due_next(name)
        self._control.skip(found.one.workload.key, found.one.plan.key)
        minutes = self._minutes_until(found)
        return (
            f"The next backup of {found.one.workload.name} will not start. It is due in {minutes} min. Hurry the clock."
        )

    async def hang(self, name: str = "") -> str:
        free = [each for each in TEXTS["hanging"] if self._is_free(each)] or TEXTS["hanging"]
        begun = self._control.hang(name or free[0], percent=40, ago=HUNG_HOURS * 3600, alert=True)
        return f"The backup of {begun.resource} hangs: it gets nowhere. Hurry the clock to see it told."

    async def storm(self, count: Any = STORM) -> str:
        if not isinstance(count, int) or not 0 < count <= STORM:
            raise WorldError(f"A storm takes a number from 1 to {STORM}.")
        begun = self.failures.storm(count)
        return f"{len(begun)} backups fail now, by one cause."

    async def outage(self, on: bool = True) -> str:
        self._is_away = bool(on)
        self._control.outage(self._is_away)
        return "Acronis is away now. The bot says so when it is sure." if on else "Acronis is back."

    async def limit(self) -> str:
        self._processes.slack.slack.fault("ratelimited", "chat.postMessage", times=REFUSALS, seconds=REFUSED_SECONDS)
        return f"Slack refuses the next {REFUSALS} posts with 429. They come later; none is lost."

    async def kill(self) -> str:
        async with self._change:
            await self._processes.kill_bot()
        return "The bot is killed (SIGKILL). What fails now is told when it is back."

    async def start(self) -> str:
        async with self._change:
            if self._processes.bot.returncode is None:
                return "The bot is running."
            await self._processes.start_bot()
        return "The bot starts again, with the same database."

    async def hurry(self, on: bool = True, rate: float = HURRY) -> str:
        """The bot learns of a clock only when it starts: it ends in good order and starts again."""
        if not 1.0 <= rate <= _FASTEST:
            raise WorldError(f"The clock runs up to {_FASTEST:.0f} times as fast.")
        async with self._change:
            was_running = self._processes.bot.returncode is None
            if was_running:
                await self._processes.end_bot()
            self._processes.clock.run(rate if on else 1.0)
            if was_running:
                await self._processes.start_bot()
        return f"An hour takes {3600 / rate:.0f} s now." if on else "The clock runs as usual again, from where it is."

    def skipped_in(self) -> float:
        """Seconds until what is skipped is due; 0 where nothing is."""
        world = self._processes.acronis.world
        due = [each.due for each in world.fleet.applications.values() if each.skips and each.due]
        return max((min(due) - world.now()) / 1_000_000_000, 0) if due else 0.0

    def _due_next(self, name: str) -> Application:
        """What is due next, of `name` or of the machines that are backed up often. Raises LookupError."""
        world = self._processes.acronis.world
        wanted = [name.casefold()] if name else [each.casefold() for each in TEXTS["often"]]
        due = [each for each in world.fleet.applications.values() if each.due and not each.skips]
        found = [each for each in due if each.one.workload.name.casefold() in wanted]
        if not found:
            raise LookupError(name)
        return min(found, key=lambda each: each.due or 0)

    def _minutes_until(self, found: Application) -> int:
        seconds = ((found.due or 0) - self._processes.acronis.world.now()) / 1_000_000_000
        return max(1, round(seconds / 60))

    def _is_free(self, name: str) -> bool:
        return all(
            run.workload is None or run.workload.name != name for run in self._processes.acronis.world.going_on()
        )
