"""The clock that the pretend Acronis, the pretend Slack and the bot share. It can be hurried, and never goes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

VARIABLE = "NIGHTSHIFT_CLOCK"  # how a bot is told of a clock that is not the machine's
HURRY = 120.0  # two minutes in a second: an hour takes half a minute
_SECOND = 1_000_000_000


class DemoClock:
    """Says what the machine says until it is hurried; afterwards it stays ahead. `real` in nanoseconds since 1970."""

    def __init__(self, real: Callable[[], int] = time.time_ns) -> None:
        self._real = real
        self._since = self._start = real()
        self.rate = 1.0

    def nanoseconds(self) -> int:
        return self._start + round((self._real() - self._since) * self.rate)

    def seconds(self) -> float:
        return self.nanoseconds() / _SECOND

    @property
    def ahead(self) -> float:
        """Seconds by which it is ahead of the machine's."""
        return (self.nanoseconds() - self._real()) / _SECOND

    def run(self, rate: float) -> None:
        """From now on so many times as fast as the machine's."""
        self._start, self._since, self.rate = self.nanoseconds(), self._real(), rate

    @property
    def is_real(self) -> bool:
        return self._start == self._since and self.rate == 1.0

    def for_bot(self) -> dict[str, str]:
        """What the bot's environment says of it."""
        if self.is_real:
            return {}
        return {VARIABLE: f"{_moment(self._start)} {_moment(self._since)} {self.rate:g}"}


def _moment(nanoseconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds / 1000)).isoformat()
