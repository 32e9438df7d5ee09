"""How far an account was read, and the rules' numbers."""

from datetime import datetime, timedelta

from bot.model.values import dataclass

STALE_POLLS = 3
"""A copy that was read so many polls ago is behind."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an account has been read.

    `position` is None before the first start. `quiet_since` is set while the first 24 h are read, when nothing is
    posted one by one. `watched_from` is where that look began: what failed before it is history. `history_from` is the
    oldest moment from which the copy is complete; backfill moves it back. `read_at` is when the last poll came through.
    """

    account: str
    position: datetime | None = None
    quiet_since: datetime | None = None
    watched_from: datetime | None = None
    history_from: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of design §4 and §5. All are settings."""

    overlap: timedelta = timedelta(minutes=5)
    first_look: timedelta = timedelta(hours=24)
    history: timedelta = timedelta(days=90)
    sweep: timedelta = timedelta(hours=26)
    due_after: timedelta = timedelta(seconds=30)
    restore_closes: timedelta = timedelta(days=3)
    silent_closes: timedelta = timedelta(days=14)
    target: timedelta = timedelta(hours=48)
    missed_grace: timedelta = timedelta(hours=1)  # so long after it was due a run may begin without being missed
    keep_runs: timedelta = timedelta(days=100)
    keep_rest: timedelta = timedelta(days=7)
    storm_threshold: int = 5  # the so-manyth new alert of a channel within the window opens a storm
    storm_window: timedelta = timedelta(seconds=120)
    storm_restores: int = 3  # so many restores within the window fold too
    platform_tenants: int = 5  # so many tenants with one and the same fault of the platform's
    repeat_after: timedelta = timedelta(minutes=30)  # a critical card is raised again; zero: never
    repeat_factor: float = 2.0  # each next time waits so many times longer
    repeat_most: int = 6
