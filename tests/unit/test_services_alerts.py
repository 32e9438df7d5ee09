"""Questions about alerts: pages that are there, and what the copy is worth to them."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.model import Aim, Alert, OpenAlerts, Reasons, TaskQuery
from bot.services import Alerts
from bot.store.alerts.queries import AlertBook
from tests.services_house import FakeCopy, StandingClock, reach
from tests.unit.test_blocks_severity import FIRING

ALL = TaskQuery()
MINUTE = timedelta(minutes=1)


@dataclass
class Book(AlertBook):
    """`size` alerts; `asked` is from which place on."""

    size: int = 25
    asked: list[int] = field(default_factory=list[int])

    async def open_alerts(self, query: TaskQuery, offset: int, rows: int, me: str = "") -> OpenAlerts:
        self.asked.append(offset)
        return OpenAlerts((FIRING,) * min(rows, max(self.size - offset, 0)), self.size, 0, offset)

    async def of_card(self, card_id: int) -> tuple[Alert, ...]:
        return (FIRING,) * self.size

    async def reasons(self, id: str) -> Reasons | None:  # noqa: A002 - the noun's own word
        return Reasons(FIRING) if id == "7" else None


def alerts_of(book: Book, *, minutes: int = 1, days: int = 90) -> Alerts:
    copy = FakeCopy(known=(reach(minutes=minutes, days=days, is_whole=False),))
    return Alerts(book, copy, ["account-1"], StandingClock(), 3 * MINUTE)


@pytest.mark.parametrize(("page", "offset", "shown"), [(1, 0, 10), (3, 20, 5), (9, 20, 5), (0, 0, 10), (-4, 0, 10)])
async def test_a_page_that_is_not_there_is_the_nearest(page: int, offset: int, shown: int) -> None:
    alerts = alerts_of(Book())
    for found in ((await alerts.open_alerts(ALL, page))[0], (await alerts.of_storm(Aim(card_id=3), page)).found):
        assert (found.offset, len(found.alerts)) == (offset, shown)


async def test_nothing_is_asked_twice_where_there_is_nothing() -> None:
    book = Book(size=0)
    await alerts_of(book).open_alerts(ALL, 3)
    assert book.asked == [20]


async def test_what_is_open_is_of_a_fresh_copy_however_short() -> None:
    _, basis = await alerts_of(Book(), days=2).open_alerts(ALL)
    assert (basis.stale, basis.partial) == ("", "")


async def test_a_copy_that_is_behind_says_so() -> None:
    _, basis = await alerts_of(Book(), minutes=9).open_alerts(ALL)
    assert basis.stale


async def test_an_account_never_read_makes_it_partial() -> None:
    alerts = Alerts(Book(), FakeCopy(known=(reach(),)), ["account-1", "account-2"], StandingClock(), 3 * MINUTE)
    _, basis = await alerts.open_alerts(ALL)
    assert "account-2" in basis.partial


async def test_reasons_are_the_books() -> None:
    alerts = alerts_of(Book())
    assert await alerts.reasons("7") == Reasons(FIRING)
    assert await alerts.reasons("8") is None
