"""Looks whether Slack can reach us, and says so where it cannot: to the vitals at once, to the channel after minutes.

Of several processes Slack asks any. That it can reach none of them is said by the last one; that it can again, by each
that it reaches: who said it may be gone.

Time is counted by a clock that never goes back: a wall clock that is set tells of no dead way in and hides none.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog

from bot.model import Clock
from bot.store.review import Reviewer
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=3)
"""Without a way in before it is said (design §4). Slack refreshes its connections in seconds."""

ASK_SECONDS = 60.0
"""Between two looks whether another process said that there is no way in."""


class WayIn(Protocol):
    @property
    def connected(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Company(Protocol):
    """The processes that share the work: how many they are, and whether Slack reaches another one than this."""

    size: int
    others_reached: bool


class WayInWatch:
    """The job. `way_in` is asked each time; `wake` is called when something is to be told."""

    def __init__(
        self,
        way_in: WayIn,
        reviewer: Reviewer,
        clock: Clock,
        company: Company,
        *,
        rate: float,
        wake: Callable[[], None],
        vitals: Vitals,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._way_in = way_in
        self._reviewer = reviewer
        self._clock = clock
        self._company = company
        self._rate = max(rate, 1.0)
        self._wake = wake
        self._vitals = vitals
        self._seconds = seconds
        self._lost_at: float | None = None
        self._is_told: bool | None = None  # not known after a start: the process before may have told of it
        self._asked_at = 0.0  # when it was last made sure that none told of it

    async def run(self) -> None:
        if self._way_in.connected:
            self._lost_at = None
            self._vitals.way_in(None)
            others_may_tell = self._company.size > 1 and self._seconds() - self._asked_at >= ASK_SECONDS
            if self._is_told is not False or others_may_tell:
                await self._reviewer.way_in_back(self._clock.now())
                self._is_told, self._asked_at = False, self._seconds()
                self._wake()
            return
        if self._lost_at is None:
            self._lost_at = self._seconds()
        lasted = timedelta(seconds=(self._seconds() - self._lost_at) * self._rate)
        self._vitals.way_in(self._way_in.reason, is_dead=lasted >= PATIENCE)
        if lasted >= PATIENCE and not self._is_told and not self._company.others_reached:
            now = self._clock.now()
            log.error("slack cannot reach the bot", reason=self._way_in.reason)
            await self._reviewer.way_in_dead(self._way_in.reason, now - lasted, now)
            self._is_told = True
            self._wake()
