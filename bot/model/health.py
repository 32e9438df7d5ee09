"""How the bot itself is."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.history import Reach
from bot.model.values import dataclass

if TYPE_CHECKING:
    from bot.model.plans import ApiAccess, PlanPolicy


@dataclass(frozen=True, slots=True)
class WayInState:
    """How Slack reaches the bot: `kind` is said to people. `trouble` is why it cannot now, "" where it can."""

    kind: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class PlanHealth:
    """How reading plans stands: `every` is the time between two readings. `unread` are policies in use, by the names of
    their plans, whose schedules cannot be read."""

    every: timedelta
    accesses: "tuple[ApiAccess, ...]" = ()
    unread: "tuple[PlanPolicy, ...]" = ()


@dataclass(frozen=True, slots=True)
class HealthReport:
    """`late` are the accounts that no poll came through for lately. `waiting` messages are owed to Slack, the oldest
    for `oldest`. `may_read` and `versions` are phrases for a person. `store_trouble` says why the database cannot be
    used, "" where it can. `unfinished` has accounts whose last list was not read to the end, and why. `plans` is None
    where plans are not read. `events`: whether events have an account polled."""

    at: datetime
    up_since: datetime
    open: int
    critical: int
    accounts: tuple[Reach, ...]
    late: frozenset[str]
    waiting: int
    oldest: timedelta
    way_in: WayInState
    may_read: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    store_trouble: str = ""
    unfinished: Mapping[str, str] = field(default_factory=dict[str, str])
    plans: PlanHealth | None = None
    events: Mapping[str, str] = field(default_factory=dict[str, str])
