"""Lists that were shown, so that turning a page neither asks Acronis again nor shifts the list under the reader."""

from collections import OrderedDict
from typing import Final

from bot.model import Listing, Steps

Shown = Listing | Steps

ROOM: Final = 10_000
"""Tasks and activities kept at most: some 20 MB. What does not fit is asked for again."""


class Shelf:
    """By answer id; what was used least recently goes first."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._shown: OrderedDict[str, Shown] = OrderedDict()

    def put(self, answer_id: str, shown: Shown) -> None:
        self._shown[answer_id] = shown
        while sum(_size(each) for each in self._shown.values()) > self._room:
            self._shown.popitem(last=False)

    def listing(self, answer_id: str) -> Listing | None:
        shown = self._take(answer_id)
        return shown if isinstance(shown, Listing) else None

    def steps(self, answer_id: str) -> Steps | None:
        shown = self._take(answer_id)
        return shown if isinstance(shown, Steps) else None

    def _take(self, answer_id: str) -> Shown | None:
        if answer_id in self._shown:
            self._shown.move_to_end(answer_id)
        return self._shown.get(answer_id)


def _size(shown: Shown) -> int:
    """An empty list takes room too."""
    before = (shown.before or ()) if isinstance(shown, Listing) else ()
    return 1 + len(shown.found.items) + len(before)
