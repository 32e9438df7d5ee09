"""Each minute: writes down the digests that are due, for delivery to send.

Where the copy is behind, a digest waits for an hour: then it is sent, and says so.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from bot.alerting.digests import begins, key_of, last_due, series_of
from bot.model import Clock
from bot.model.digests import Digest
from bot.services.digests import Digests
from bot.store.cards.digests import DigestPosts

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)


class DigestJob:
    """`wake` is called when something is to be delivered."""

    def __init__(
        self,
        digests: Sequence[Digest],
        reading: Digests,
        posts: DigestPosts,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._digests = digests
        self._reading = reading
        self._posts = posts
        self._clock = clock
        self._wake = wake
        self._done: dict[Digest, str] = {}

    async def run(self) -> None:
        """Raises StoreUnavailable."""
        for digest in self._digests:
            await self._look(digest)

    async def _look(self, digest: Digest) -> None:
        now = self._clock.now()
        due = last_due(digest, now)
        if due is None or self._done.get(digest) == (key := key_of(digest, due)):
            return
        if not await self._posts.is_there(key):
            if now - due < PATIENCE and await self._reading.is_behind():
                return
            told = await self._posts.told(series_of(digest))
            view = await self._reading.view(digest, begins(digest, due), now, told)
            await self._posts.add(digest.channel, key, view, now)
            log.info("a digest is due", channel=digest.channel, at=due.isoformat())
            self._wake()
        self._done[digest] = key
