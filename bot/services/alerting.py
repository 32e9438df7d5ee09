"""Questions about alerts: what is open, what a storm's card is about, why something was told or not.

Knows the book of alerts by what it does only. What the copy is worth is told with what is open.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final, Protocol

from bot.blocks.paging import ROWS
from bot.model import Basis, Clock, OpenAlerts, Reasons, TaskQuery, TaskState
from bot.services.covering import Covers
from bot.services.from_copy import Copy, start_of

_NOW: Final = TaskQuery(states=frozenset[str]({TaskState.STARTED}))
"""What is open is about now: the copy must be fresh, however far back it goes."""


class AlertBook(Protocol):
    """Where alerts and decisions are kept. An id is an alert's number or a task's id; None: neither is known."""

    async def open_alerts(self, query: TaskQuery, offset: int, rows: int, /) -> OpenAlerts: ...
    async def of_card(self, card_id: int, offset: int, rows: int, /) -> OpenAlerts: ...
    async def reasons(self, id: str, /) -> Reasons | None: ...  # noqa: A002 - the noun's own word


class Alerts:
    """`accounts` are those that a whole answer needs. A copy read longer than `stale_after` ago is behind."""

    def __init__(
        self, book: AlertBook, copy: Copy, accounts: Collection[str], clock: Clock, stale_after: timedelta
    ) -> None:
        self._book = book
        self._covers = Covers(copy, accounts, clock, stale_after)

    async def open_alerts(self, query: TaskQuery, page: int = 1) -> tuple[OpenAlerts, Basis]:
        """A page of what fires now, whatever was shown before; one that does not exist is the nearest."""
        basis = await self._covers.basis(_NOW)
        found = await self._book.open_alerts(query, _first(page), ROWS)
        if found.size and not found.alerts and page > 1:
            found = await self._book.open_alerts(query, start_of(page, found.size), ROWS)
        return found, basis

    async def of_card(self, card_id: int, page: int = 1) -> OpenAlerts:
        """A page of all alerts of a card, those that fire first."""
        found = await self._book.of_card(card_id, _first(page), ROWS)
        if found.size and not found.alerts and page > 1:
            found = await self._book.of_card(card_id, start_of(page, found.size), ROWS)
        return found

    async def reasons(self, id: str) -> Reasons | None:  # noqa: A002 - the noun's own word
        """What was decided about an alert, by its number or one of its tasks, or about a run that opened none."""
        return await self._book.reasons(id)


def _first(page: int) -> int:
    return (max(page, 1) - 1) * ROWS
