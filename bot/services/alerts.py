"""Questions about alerts: what is open, what a storm's card is about, why something was posted or not."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial

from bot.alerting.shares import page_of
from bot.blocks.paging import ROWS, first_row, last_row
from bot.model import (
    Aim,
    Alert,
    Basis,
    Clock,
    History,
    HomePart,
    Note,
    OpenAlerts,
    OpenCount,
    Reasons,
    Shift,
    StormPage,
    Task,
    TaskQuery,
)
from bot.services.coverage import ABOUT_NOW, Coverage
from bot.store.alerts.queries import LONGEST_NUMBER, AlertBook
from bot.store.copy.search import Questions


class Alerts:
    def __init__(
        self, book: AlertBook, copy: Questions, accounts: Collection[str], clock: Clock, stale_after: timedelta
    ) -> None:
        self._book = book
        self._clock = clock
        self._coverage = Coverage(copy, accounts, clock, stale_after)

    async def open_alerts(self, query: TaskQuery, page: int = 1, me: str = "") -> tuple[OpenAlerts, Basis]:
        """A page of what is open now; the nearest where it does not exist. `me` is whose are the ones called mine."""
        basis = await self._coverage.basis(ABOUT_NOW)
        return await _page(partial(self._book.open_alerts, query, me=me), page), basis

    async def numbered(self, number: str) -> tuple[Alert | None, Basis]:
        """The alert of this number, open or not. An id of Acronis's is none."""
        basis = await self._coverage.basis(ABOUT_NOW)
        reasons = await self._book.reasons(number) if len(number) <= LONGEST_NUMBER and number.isdigit() else None
        alert = reasons.alert if reasons else None
        return (alert if alert and alert.id == int(number) else None), basis

    async def mine(self, me: str) -> tuple[tuple[Alert, ...], Basis]:
        """Open alerts that a person has or silenced, the oldest first."""
        basis = await self._coverage.basis(ABOUT_NOW)
        return await self._book.mine(me), basis

    async def shift(self, query: TaskQuery, since: datetime) -> tuple[Shift, Basis]:
        """What is handed over of a shift that began then."""
        basis = await self._coverage.basis(ABOUT_NOW)
        return await self._book.shift(query, since), basis

    async def count_open(self) -> OpenCount:
        """How many are open, whatever is asked for."""
        return await self._book.count_open()

    async def of_storm(self, aim: Aim, page: int = 1) -> StormPage:
        """A page of what a storm's card shows, or of the share of it; the nearest where it does not exist."""
        return page_of(await self._book.of_card(aim.card_id), aim, page, ROWS, self._clock.now())

    async def of_home(self, part: HomePart, user_id: str, page: int = 1) -> OpenAlerts:
        """A page of a whole part of a person's Home."""
        return await _page(partial(self._book.of_home, part, user_id), page)

    async def notes_of(self, task: Task) -> tuple[Note, ...]:
        """The last notes about what the task is of, the newest first."""
        return await self._book.notes_of(task)

    async def notes_on(self, histories: Collection[History]) -> Mapping[History, tuple[Note, ...]]:
        """The last notes about each machine, the newest first."""
        return await self._book.notes_on(histories)

    async def reasons(self, id: str) -> Reasons | None:  # noqa: A002 - the noun's own word
        """What was decided about an alert, by its number or one of its tasks, or about a run that opened none."""
        return await self._book.reasons(id)


async def _page(find: Callable[[int, int], Awaitable[OpenAlerts]], page: int) -> OpenAlerts:
    found = await find(first_row(page), ROWS)
    return await find(last_row(found.size), ROWS) if found.size and not found.alerts else found
