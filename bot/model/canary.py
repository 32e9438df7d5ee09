"""The canary: a made-up failure each day, and what its card shows."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.model.values import dataclass

CANARY = "/canary/"
"""The `account` of the canary's card, and of an outage that is about it: no account's of Acronis."""


@dataclass(frozen=True, slots=True)
class Canary:
    """It is told in `channel` at `at` each day, by the clock of `zone`."""

    channel: str
    at: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class CanaryView:
    """A canary that was due at `due_at` and told at `told_at`.

    `recovered_at` is when it was recorded as recovered, None before.
    """

    due_at: datetime
    told_at: datetime
    recovered_at: datetime | None = None
