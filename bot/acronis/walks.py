"""Where a list ends that is read page by page, whatever the server sends (reference §7). Knows no page's contents."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
