"""A night in two minutes: each step says what it shows, does it, and waits until it stands on the page."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.sandbox import slack
from bot.sandbox.demo.bot_process import Processes
from bot.sandbox.demo.commands import TEXTS
from bot.sandbox.demo.orders import Orders

MIA, NOAH = "U0MIA", "U0NOAH"
PATIENCE = 20.0  # seconds until a step that shows nothing is left
READING = 9.0  # seconds for people to read what has come
STORM = 40
FASTEST = 240.0  # the bot polls once a second: faster, and the next hourly run has come before it looks
HURRIED_SECONDS, LATER = 10.0, 900.0  # so long the clock is hurried, to so many seconds after the start that is skipped

Step = Callable[[], Awaitable[object]]


class Tour:
    """One at a time. `stop` leaves the world as it is."""

    def __init__(self, orders: Orders, processes: Processes) -> None:
        self._orders = orders
        self._slack = processes.slack.slack
        self._processes = processes
        self._playing: asyncio.Task[None] | None = None
        self._name = ""

    async def start(self) -> str:
        await self.stop()
        self._playing = asyncio.create_task(self._play())
        return "The tour begins."

    async def stop(self) -> str:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
            self._playing = None
            self._say("")
        return "The tour is over."

    async def _play(self) -> None:
        steps: dict[str, Step] = {
            "failure": self._failure,
            "take": self._take,
            "snooze": self._snooze,
            "storm": self._storm,
            "missed": self._missed,
            "recovery": self._recovery,
            "handover": self._handover,
        }
        await self._processes.bot_listens()
        for name, step in steps.items():
            self._say(str(TEXTS["tour"][name]))
            with suppress(TimeoutError, slack.ControlError):
                async with asyncio.timeout(2 * PATIENCE):
                    await step()
            await asyncio.sleep(READING)
        self._say("")

    def _say(self, words: str) -> None:
        self._orders.tour = words
        self._orders.tell()

    async def _failure(self) -> None:
        await self._orders.fail()
        self._name = self._orders.failures.names[-1]
        await self._until(lambda: self._card() is not None)

    async def _take(self) -> None:
        await self._tap(MIA, "Take")

    async def _snooze(self) -> None:
        """Noah snoozes another failure."""
        await self._orders.fail()
        self._name = self._orders.failures.names[-1]
        await self._until(lambda: self._card() is not None)
        await asyncio.sleep(READING / 2)
        card = self._card()
        if card is not None:
            await self._slack.pick(NOAH, "2 hours", channel=slack.ALERTS, ts=card.ts)

    async def _storm(self) -> None:
        count = len(self._slack.shown(slack.ALERTS))
        await self._orders.storm(STORM)
        await self._until(lambda: len(self._slack.shown(slack.ALERTS)) > count)

    async def _missed(self) -> None:
        """The clock runs so fast that the run is due, and some minutes past, in a few seconds."""
        await self._orders.skip()
        fast = (self._orders.skipped_in() + LATER) / HURRIED_SECONDS
        await self._orders.hurry(True, min(fast, FASTEST))
        with suppress(TimeoutError):
            async with asyncio.timeout(1.5 * PATIENCE):
                await self._until(lambda: any(each.text.startswith("Missed") for each in self._cards()))
        await self._orders.hurry(False)
        await self._processes.bot_listens()

    async def _recovery(self) -> None:
        await self._orders.recover()

    async def _handover(self) -> None:
        await self._slack.command(MIA, slack.ALERTS, "handover")

    async def _tap(self, user: str, label: str) -> None:
        card = self._card()
        if card is not None:
            await self._slack.tap(user, label=label, channel=slack.ALERTS, ts=card.ts)

    def _card(self) -> slack.Message | None:
        """The newest message about what failed last."""
        return next(
            (each for each in reversed(self._cards()) if f": {self._name}" in each.text.partition("\n")[0]), None
        )

    def _cards(self) -> list[slack.Message]:
        return self._slack.shown(slack.ALERTS)

    async def _until(self, reached: Callable[[], bool]) -> None:
        await self._slack.until(reached)
