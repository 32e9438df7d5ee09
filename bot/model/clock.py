"""What time it is: the system's clock, and a simulated one that processes agree about.

    NIGHTSHIFT_CLOCK = START SINCE [RATE]

The clock said START at the real moment SINCE, and runs RATE times as fast as the real one. Both moments are ISO 8601
with a zone; all processes that are given the same text tell the same time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from bot.model.values import dataclass

VARIABLE = "NIGHTSHIFT_CLOCK"
FASTEST = 100_000.0
_FORM = f"{VARIABLE} must be START SINCE [RATE], such as 2026-03-02T09:00Z 2026-11-25T14:30Z 60"


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""


class SystemClock:
    rate = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """Said `start` when the real time was `since`, and runs `rate` times as fast."""

    start: datetime
    since: datetime
    rate: float = 1.0

    def now(self) -> datetime:
        return self.start + (datetime.now(UTC) - self.since) * self.rate


def clock_from(environment: Mapping[str, str]) -> SystemClock | SimulatedClock:
    """The clock that the environment asks for, else the system's. Raises ValueError with a sentence for a person."""
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return SystemClock()
    start, since, rate = _parts(text)
    if start.tzinfo is None or since.tzinfo is None:
        raise ValueError(f"{_FORM}. A zone is missing: Z stands for UTC.")
    if not 0 < rate <= FASTEST:
        raise ValueError(f"{_FORM}. The rate must be above 0 and at most {FASTEST:,.0f}.")
    return SimulatedClock(start.astimezone(UTC), since.astimezone(UTC), rate)


def _parts(text: str) -> tuple[datetime, datetime, float]:
    words = text.split()
    try:
        start, since, rate = (*words, "1")[:3] if len(words) == 2 else words
        return datetime.fromisoformat(start), datetime.fromisoformat(since), float(rate)
    except ValueError:
        raise ValueError(f"{_FORM}.") from None
