"""Pages of a list: which one is shown, and where it stands in the whole."""

from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

from bot.model import Activity, Basis, Found, Origin, Task
from bot.model.values import dataclass

T = TypeVar("T")
Rests = Found[Task] | Found[Activity] | Basis  # what an answer rests on: when and where it was read
ROWS = 10


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """One page of `total` items: items `first` to `last`, counted from 1; 0 to 0 of nothing."""

    items: tuple[T, ...]
    page: int
    pages: int
    first: int
    last: int
    total: int

    def place(self, spec: str = "") -> str:
        """`11–20 of 42, page 2 of 5`; "" where there is one page. `spec` is the format of numbers."""
        if self.pages == 1:
            return ""
        if not self.items:
            return f"Nothing on this page, {self.total:,} in all"
        here = f"{self.first:{spec}}–{self.last:{spec}} of {self.total:,}"
        return f"{here}, page {self.page:{spec}} of {self.pages:,}"


def turn(items: Iterable[T], page: int, total: int, *, offset: int = 0, rows: int = ROWS) -> ListPage[T]:
    """Page `page` of `total` items, counted from 1; the nearest one where there is no such page.

    `items` begin at place `offset` of the whole, so they may be that page alone. None after the page is looked at.
    """
    pages = max(-(-total // rows), 1)
    start = max((min(max(page, 1), pages) - 1) * rows, offset)
    shown = tuple(islice(items, start - offset, start - offset + rows))
    return ListPage(shown, min(start // rows + 1, pages), pages, start + 1 if shown else 0, start + len(shown), total)


def first_row(page: int) -> int:
    """The place, counted from 0, at which a page begins."""
    return (max(page, 1) - 1) * ROWS


def last_row(total: int) -> int:
    """The place at which the last page begins. It is the nearest to a page that does not exist."""
    return max(-(-total // ROWS) - 1, 0) * ROWS


def place(shown: ListPage[T], rests: Rests) -> str:
    """`11–20 of 42, page 2 of 5`; `11–20, page 2, not all was read`."""
    least = least_of(rests)
    here = str(shown.last) if shown.first == shown.last else f"{shown.first}–{shown.last}"
    if not shown.total:
        return "None found, not all was read" if rests.partial else "None found"
    if not shown.items:
        return f"Nothing on this page, {least}{shown.total:,} in all"
    if rests.partial and rests.origin is Origin.LIVE:
        return f"{here}, page {shown.page}, not all was read"
    if isinstance(rests, Found) and rests.is_cut and shown.pages == 1:
        return f"the first {shown.total:,} only"
    if shown.pages == 1:
        return f"{least}{shown.total:,} in all"
    return f"{here} of {least}{shown.total:,}, page {shown.page} of {shown.pages:,}"


def least_of(rests: Rests) -> str:
    """The words before a number that was not counted to its end."""
    return "at least " if rests.partial else ""
