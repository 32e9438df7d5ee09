"""The bots of one seed: one, or several that share a database, each with its own way to it.

Who kills or stops one, or cuts it off, has that bot for itself until it lives and runs again.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

from tests.bot_process import BotProcess, Stage
from tests.chaos.books import Books
from tests.tcp_proxy import Proxy

AWAY = "cannot be used: its server"


class Bot:
    """One of them. `way` is what its connections to a server's database go through. Each may be ended, and begin anew.

    `environment` is what it is started with.
    """

    def __init__(self, here: Stage, environment: Callable[[], Mapping[str, str]], url: str, way: Proxy | None) -> None:
        self.way = way
        self.process: BotProcess | None = None
        self.turn = asyncio.Lock()
        self._here = here
        self._environment = environment
        self._url = url
        self._words: list[str] = []

    @property
    def log(self) -> list[str]:
        """All its processes'."""
        return [*self._words, *(self.process.words if self.process else ())]

    async def start(self) -> None:
        """Returns when it is ready. A bot whose database's server is away, or stands still, says so and ends; it is
        begun again, as whatever supervises it would."""
        while True:
            environment = self._here.environment(**{**self._environment(), "DATABASE_URL": self._url})
            started = await self._here.start("run", environment=environment)
            try:
                await started.ready()
            except AssertionError:
                if not started.words or AWAY not in started.words[-1]:
                    raise
                self._words += started.words
                await asyncio.sleep(1.0)
            else:
                self.process = started
                return

    async def kill(self) -> None:
        """kill -9, whatever it does."""
        if self.process is not None:
            self.process.kill()
            assert await self.process.ended() == -signal.SIGKILL, "\n".join(self.process.words)
            self._words += self.process.words
            self.process = None

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """SIGSTOP, and at the end SIGCONT."""
        async with self.turn:
            assert self.process is not None
            self.process.send(signal.SIGSTOP)
            try:
                yield
            finally:
                self.process.send(signal.SIGCONT)


class Bots:
    """All of them, `dice` choose one where it does not matter which. One task at a time has them."""

    def __init__(self, all_: Sequence[Bot], books: Books, dice: Random) -> None:
        self.all = tuple(all_)
        self._books = books
        self._dice = dice
        self._dead = list(self.all)

    @property
    def are_many(self) -> bool:
        return len(self.all) > 1

    def holder(self, doing: str = "") -> Bot:
        """The one that has this piece of work; else any. None to which something happens, where there is another."""
        left = [bot for bot in self.all if not bot.turn.locked()] or list(self.all)
        number = self._books.holder(doing) if doing and self.are_many else None
        held = [bot for bot in left if bot.process is not None and bot.process.pid == number]
        return (held or [self._dice.choice(left)])[0]

    async def kill(self, *bots: Bot) -> None:
        """They stay dead until `start`."""
        for bot in bots:
            if bot not in self._dead:
                await bot.turn.acquire()
                self._dead.append(bot)
                await bot.kill()

    async def start(self) -> None:
        """Starts those that are dead, and waits until they are ready."""
        starting, self._dead = self._dead, []
        try:
            await asyncio.gather(*(bot.start() for bot in starting))
        finally:
            for bot in starting:
                if bot.turn.locked():
                    bot.turn.release()

    async def close(self) -> None:
        for bot in self.all:
            if bot.way is not None:
                await bot.way.close()


async def bots_of(
    here: Stage, environment: Callable[[], Mapping[str, str]], url: str, count: int, books: Books, dice: Random
) -> Bots:
    """So many, none of them started. Each has a way of its own to a server."""
    made = []
    for _ in range(count):
        way = Proxy(port_of(url)) if count > 1 else None
        if way is not None:
            await way.accept()
        made.append(Bot(here, environment, url.replace(f":{port_of(url)}/", f":{way.port}/") if way else url, way))
    return Bots(made, books, dice)


def port_of(url: str) -> int:
    """Of a server on loopback."""
    return int(url.rpartition("/")[0].rpartition(":")[2])
