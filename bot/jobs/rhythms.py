"""Keeps known when each workload is due: a part of them each minute, and all of them every quarter of an hour."""

from datetime import datetime, timedelta
from typing import Final

from bot.model import Clock
from bot.store.learning import Learner

EVERY: Final = timedelta(minutes=15)
"""Between two times that all are gone through: as often as plans are read."""
AT_ONCE: Final = 1_000
"""Rhythms that are built in one minute: ten thousand of a new bot take ten, and nobody waits for them."""


class Rhythms:
    """`every` is the time between two readings of plans, where that is shorter than `EVERY`."""

    def __init__(self, learner: Learner, clock: Clock, every: timedelta = EVERY) -> None:
        self._learner = learner
        self._clock = clock
        self._every = min(every, EVERY)
        self._began_at: datetime | None = None  # the time that they are gone through now, or were last
        self._is_done = True

    async def run(self) -> None:
        now = self._clock.now()
        if self._is_done:
            if self._began_at is not None and self._began_at <= now < self._began_at + self._every:
                return
            self._began_at = now
        self._is_done = await self._learner.refresh(now, AT_ONCE)
