"""Draws the Home tabs anew when something changed: for those who looked lately, each at most every 30 s.

Where nothing changed nothing is published, whatever time passes. Delivery has its own limits and connections, so that
nothing here holds up an alert.
"""

import asyncio
from typing import Final

import structlog

from bot.errors import NotPosted, SlackError
from bot.model.pace import Pace
from bot.slack.home import Homes, Viewer
from bot.slack.web_api import RATE_LIMITED

log = structlog.get_logger(__name__)

AT_MOST_EVERY: Final = 30.0
"""Seconds between two Homes of one person, but for their own looks and presses."""
A_MINUTE: Final = 60.0
BURST: Final = 20.0
"""Together less than 100 a minute, which is tier 4, that of `views.publish`; the rest is for looks and presses."""
AT_ONCE: Final = 4
IN_A_RUN = 20
"""Homes that one run draws, each in some milliseconds: the others wait for the next second."""
LIMITED_FOR: Final = 30.0
"""Seconds without one after a 429 that names no time."""
LONGEST_LIMIT: Final = 300.0
AGAIN: Final = 10.0
"""Seconds until what changed is read again where the database could not be read."""


class HomeRedraw:
    """The job."""

    def __init__(self, homes: Homes, pace: Pace | None = None) -> None:
        self._homes = homes
        self._pace = pace or Pace(A_MINUTE, BURST)
        self._changes = 0
        self._read = 0
        self._closed_until = 0.0
        self._again_at = 0.0

    def change(self) -> None:
        """Something may have changed. Costs nothing where nobody looks."""
        self._changes += 1
        self._homes.change()

    async def look(self) -> None:
        """As `change`, as a job."""
        self.change()

    async def run(self) -> None:
        """Raises StoreUnavailable."""
        viewers = self._homes.viewers()
        now = self._homes.seconds()
        if not viewers or now < max(self._closed_until, self._again_at):
            return
        if self._changes != self._read:
            await self._look(now)
        due = [each for each in viewers if each.version < self._homes.version and now - each.drawn_at >= AT_MOST_EVERY]
        due = sorted(due, key=lambda viewer: viewer.drawn_at)[:IN_A_RUN]
        for start in range(0, len(due), AT_ONCE):
            few = [each for each in due[start : start + AT_ONCE] if self._pace.take(self._homes.seconds())]
            await asyncio.gather(*map(self._redraw, few))
            if len(few) < AT_ONCE or self._homes.seconds() < self._closed_until:
                return

    async def _look(self, now: float) -> None:
        """What changes while it is read is looked at the next time."""
        self._again_at, changes = now + AGAIN, self._changes
        if await self._homes.has_news():
            self._homes.version += 1
        self._again_at, self._read = 0.0, changes

    async def _redraw(self, viewer: Viewer) -> None:
        """One that failed is tried again after the pace, and nothing else is held up but by a 429."""
        try:
            if not await self._homes.redraw(viewer):
                self._pace.give_back()
        except SlackError as error:
            log.warning("a home was not drawn anew", code=error.code)
            if not isinstance(error, NotPosted):
                return
            if error.code == RATE_LIMITED:
                wait = LIMITED_FOR if error.retry_after is None else error.retry_after
                self._closed_until = self._homes.seconds() + min(wait, LONGEST_LIMIT)
        except Exception:  # the top of a job: one Home that cannot be drawn must not hold up the others
            viewer.drawn_at = self._homes.seconds()
            log.exception("a home cannot be drawn")
