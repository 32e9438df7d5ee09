"""Lists of tasks, from where the answer is best: the copy where it covers the question, else Acronis, else the copy.

A page of a kept answer comes from where its first page came, as of then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.errors import AcronisError
from bot.model import Listing, Origin, TaskQuery
from bot.services import coverage as choosing
from bot.services import from_copy as copied
from bot.services import listings
from bot.services.coverage import Cover
from bot.services.covering import Covers
from bot.services.from_copy import Copy
from bot.services.live import Live
from bot.services.page_cache import Shelf
from bot.services.wording import away, words

NOW_SECONDS: Final = 5.0
"""How long the overview waits for what runs now; all else in it comes from the copy."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and which page of its answer is wanted. `kept` is the answer's id, `as_of` its moment."""

    query: TaskQuery
    page: int = 1
    as_of: datetime | None = None
    kept: str = ""


class _FromCopy(Protocol):
    """Draws a page of a list from the copy; the last argument says why it is stale, or nothing."""

    async def __call__(self, asked: Asked, cover: Cover, stale: str, /) -> Listing: ...


class Lists:
    def __init__(self, live: Live, copy: Copy, covers: Covers, shelf: Shelf) -> None:
        self._live = live
        self._copy = copy
        self._covers = covers
        self._shelf = shelf

    async def listing(self, asked: Asked) -> Listing:
        """Raises AcronisError where neither Acronis nor the copy has anything."""
        return await self._shown(asked, listings.listing, self._copied_listing)

    async def overview(self, asked: Asked) -> Listing:
        """Raises as `listing`."""
        return await self._shown(asked, listings.overview, self._copied_overview)

    async def _shown(self, asked: Asked, look: listings.Look, from_copy: _FromCopy) -> Listing:
        shown = self._shelf.listing(asked.kept)
        if shown is not None and shown.found.origin is Origin.COPY:
            return await copied.turned(self._copy, asked.query, shown, asked.page)
        if shown is not None:
            return shown
        listing = await self._answered(asked, look, from_copy)
        if asked.kept:
            self._shelf.put(asked.kept, listing)
        return listing

    async def _answered(self, asked: Asked, look: listings.Look, from_copy: _FromCopy) -> Listing:
        cover = await self._covers.of(asked.query, asked.as_of)
        if cover.answers and not choosing.asks_now(asked.query):
            return await from_copy(asked, cover, cover.stale)
        try:
            return await look(self._live.find, asked.query, self._live.budget())
        except AcronisError as error:
            if cover.has_nothing:
                raise
            return await from_copy(asked, cover, away(error))

    async def _copied_listing(self, asked: Asked, cover: Cover, stale: str) -> Listing:
        return await copied.listing(self._copy, asked.query, cover, asked.page, stale)

    async def _copied_overview(self, asked: Asked, cover: Cover, stale: str) -> Listing:
        """What runs now is asked live even so; without an answer in a few seconds the copy's word is taken for it."""
        now = listings.current_of(asked.query)
        try:
            if stale:
                current = await copied.last_seen(self._copy, now, cover)
            else:
                current = await self._live.find(now, self._live.budget(seconds=NOW_SECONDS))
        except AcronisError as error:
            current = await copied.last_seen(self._copy, now, cover, words(error))
        return await copied.overview(self._copy, asked.query, cover, asked.page, current, stale)
