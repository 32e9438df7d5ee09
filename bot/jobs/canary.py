"""Each minute: has the canary of the day fail when it is due, recover once its card stands, and told where it does not.

page of Acronis → recorded, judged, planned (and undone) → card → its recovery the same way → the card says so
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.acronis.canary import canary_pages
from bot.alerting.canary import due_at, is_absent, key_of
from bot.errors import NightshiftError, StoreUnavailable
from bot.model import Clock
from bot.model.canary import Canary
from bot.store.canary import CanaryPosts
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

NOT_SHOWN = "Its card did not get through to its channel."


class CanaryJob:
    """`wake` is called when something is to be delivered."""

    def __init__(
        self, canary: Canary, posts: CanaryPosts, clock: Clock, vitals: Vitals, wake: Callable[[], None]
    ) -> None:
        self._canary = canary
        self._posts = posts
        self._clock = clock
        self._vitals = vitals
        self._wake = wake
        self._began_at = clock.now()
        self._done = ""
        self._told = ""

    async def run(self) -> None:
        """Raises StoreUnavailable."""
        now = self._clock.now()
        self._vitals.canary(await self._posts.last_through() or min(self._began_at, now))
        due = due_at(self._canary, now)
        if due is None or (key := key_of(self._canary, due)) == self._done:
            return
        reason = await self._walk(key, due, now)
        if not reason:
            self._done = key
            await self._posts.tell_back(now)
            self._vitals.canary(await self._posts.last_through() or now)
            log.info("the canary is through", due=due.isoformat())
        elif is_absent(due, now, is_through=False) and self._told != key:
            log.error("the canary is absent", due=due.isoformat(), reason=reason)
            await self._posts.tell_absent(reason, due, now)
            self._told = key
        self._wake()

    async def _walk(self, key: str, due: datetime, now: datetime) -> str:
        """One step further. Returns why it is not through yet, "" where it is."""
        try:
            view = await self._posts.find(key)
            failure, recovery = canary_pages(due)
            if view is None:
                await self._posts.fail(key, due, [failure], now)
            elif await self._posts.is_shown(key):
                if view.recovered_at is not None:
                    return ""
                await self._posts.recover(key, [failure, recovery], now)
        except StoreUnavailable:
            raise
        except NightshiftError as error:
            log.warning("the canary is lost", reason=error.told)
            return error.told
        return NOT_SHOWN
