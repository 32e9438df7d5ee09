"""Lists that were shown. So another page needs no second question to Acronis, and no entry changes its page."""

from typing import Final, TypeVar

from cachetools import LRUCache

from bot.model import Listing, Steps

AnyList = Listing | Steps
L = TypeVar("L", Listing, Steps)

ROOM: Final = 2_000  # tasks and activities kept at most: some 4 MB. What does not fit is asked for again


class PageCache:
    """By answer id. What was used least recently goes first."""

    def __init__(self, room: int = ROOM) -> None:
        self._shown: LRUCache[str, AnyList] = LRUCache(room, getsizeof=_size)

    def put(self, answer_id: str, shown: AnyList) -> None:
        """Keeps nothing without an answer id, and nothing larger than the whole room."""
        if answer_id and _size(shown) <= self._shown.maxsize:
            self._shown[answer_id] = shown

    def get(self, answer_id: str, kind: type[L]) -> L | None:
        shown = self._shown.get(answer_id)
        return shown if isinstance(shown, kind) else None


def _size(shown: AnyList) -> int:
    """An empty list takes room too."""
    before = (shown.before or ()) if isinstance(shown, Listing) else ()
    return 1 + len(shown.found.items) + len(before)
