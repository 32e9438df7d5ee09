"""Which deliveries were seen already. Owns the memory, bounded in number and time; what a delivery is, is not known."""

import time
from collections.abc import Callable


class Seen:
    """Remembers keys for `seconds`, at most `capacity` of them.

    An hour outlives Slack's last repetition of an event, 6 minutes after the first (slack-platform.md §4.3).
    """

    def __init__(
        self, *, seconds: float = 3600.0, capacity: int = 20_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._monotonic = monotonic
        self._until: dict[str, float] = {}

    def first(self, key: str) -> bool:
        """Whether `key` is new; from now on it is not. An empty key is always new: it tells nothing apart."""
        if not key:
            return True
        now = self._monotonic()
        self._forget(now)
        if key in self._until:
            return False
        self._until[key] = now + self._seconds
        return True

    def _forget(self, now: float) -> None:
        # Keys lie in the order they came, so the oldest are first.
        while self._until:
            oldest = next(iter(self._until))
            if self._until[oldest] > now and len(self._until) < self._capacity:
                return
            del self._until[oldest]
