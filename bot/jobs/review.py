"""Each minute: what became critical or ended by time, what still fails, storms that are over, missing polls.

Owns no rule: it asks the store to apply them. Time makes nothing critical while no poll comes through (after a start,
in an outage, behind a suspend): what failed may have gone well while nobody looked.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from bot.model import Clock
from bot.store.review import Reviewed, Reviewer

log = structlog.get_logger(__name__)

STALE_AFTER = 3
"""Polls that do not come through before the channel hears of it (design §7: `/readyz` turns red then too)."""
LEAST = timedelta(minutes=2)
"""However often the bot polls: a slow page is no news."""


class Review:
    """The job. `every` is the time between two polls of `accounts`; `wake` is called when something is to be told.

    `is_time_sure` says whether the clock may be believed; where it may not, time alone changes nothing.
    """

    def __init__(
        self,
        reviewer: Reviewer,
        clock: Clock,
        accounts: Collection[str],
        *,
        every: timedelta,
        wake: Callable[[], None],
        is_time_sure: Callable[[], Awaitable[bool]],
    ) -> None:
        self._reviewer = reviewer
        self._clock = clock
        self._accounts = accounts
        self._patience = max(STALE_AFTER * every, LEAST)
        self._began_at = clock.now()
        self._wake = wake
        self._is_time_sure = is_time_sure
        self._late: set[str] = set()

    async def run(self) -> None:
        now = self._clock.now()
        read_at = await self._reviewer.read_at()
        known = {account for account, at in read_at.items() if now - at <= self._patience}
        known = known if await self._is_time_sure() else set()
        reviewed = await self._reviewer.review(now, known)
        if reviewed != Reviewed():
            log.info("reviewed", **asdict(reviewed))
        await self._check_polls(read_at, now)
        self._wake()

    async def _check_polls(self, read_at: Mapping[str, datetime], now: datetime) -> None:
        """What was not read before this start is not held against it; nor is a clock that jumped, a minute later."""
        was_late, self._late = self._late, set()
        self._began_at = min(self._began_at, now)
        for account in self._accounts:
            last = max(read_at.get(account, self._began_at), self._began_at)
            if now - last <= self._patience:
                continue
            self._late.add(account)
            if account in was_late:
                log.error("no poll comes through", account=account, since=last.isoformat())
                await self._reviewer.tell_stale(account, last, now)
