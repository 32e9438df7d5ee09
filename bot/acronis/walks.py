"""How a list is read page by page, and where it ends, whatever the server sends (reference §7).

Knows no page's contents.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_PAGES = 2_000
"""Of one list: a million tasks. A longer one is taken to have no end."""
MOST_ITEMS = 250_000
"""Of one list of workloads, plans or alerts, however many are on a page."""
_ENDLESS = "Acronis's list has no end, so it ends here unfinished"
_REPEATED = "Acronis repeated a page, so the list ends here unfinished"


@dataclass(slots=True)
class Trail:
    """What was read of one list. It ends where the page token is missing, empty or repeated, and at an empty page.

    A page whose items came before, all in the same order, is an end too; so are as many pages, or items, as no list
    has. `partial` says in words why it ended unfinished, "" where it did not.
    """

    most_pages: int = MOST_PAGES
    most_items: int | None = None
    partial: str = ""
    _pages: int = 0
    _items: int = 0
    _seen: set[str | int] = field(default_factory=set)

    def ends(self, after: str, read: int, ids: Sequence[str], *, is_past: bool = False) -> bool:
        """Whether no page follows this one. `read` counts all of its items; `is_past`: later ones are not wanted."""
        self._pages += 1
        self._items += read
        whole = hash(tuple(ids))
        if after and (after in self._seen or (ids and whole in self._seen)):
            self.partial = _REPEATED
            return True
        if not after or not read or is_past:
            return True
        if self._pages >= self.most_pages or (self.most_items is not None and self._items >= self.most_items):
            self.partial = _ENDLESS
            return True
        self._seen |= {after, whole}
        return False


class ReadAhead(Generic[T]):
    """`pages` once more, in their order, with what they raise in its place. Whoever iterates it closes it.

    `go_on` has the next page read by a task of its own, which gets its turn where the caller waits for something else.
    """

    def __init__(self, pages: AsyncGenerator[T, None]) -> None:
        self._pages = pages
        self._next: asyncio.Task[T] | None = None

    def go_on(self) -> None:
        """Does nothing where the next page is being read already."""
        self._next = self._next or asyncio.create_task(self._read())

    def __aiter__(self) -> "ReadAhead[T]":
        return self

    async def __anext__(self) -> T:
        coming, self._next = self._next, None
        return await (coming or self._read())

    async def aclose(self) -> None:
        """What was read ahead, and the error that ended it, is of no use any more."""
        if self._next is not None:
            await give_up(self._next)
        await self._pages.aclose()

    async def _read(self) -> T:
        return await anext(self._pages)


async def give_up(task: "asyncio.Task[T]") -> None:
    """Nobody wants to know any more what comes of it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
