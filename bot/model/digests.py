"""Digests: a summary for a channel, at set times, and what it says."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.model.query import TaskQuery
from bot.model.tasks import Kind
from bot.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Digest:
    """`channel` gets one at `at` on each of `days` (Monday is 0), by the clock of `zone`, about what `match` admits.

    `about` says the same as `match`, in words, "" where it admits all.
    """

    channel: str
    at: time
    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(7))
    match: TaskQuery = TaskQuery()
    about: str = ""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One alert, as it was then. Names and cause may be hostile. `code` and `task_id` are of its latest run; the id is
    "" where no task is behind it."""

    alert_id: int
    name: str
    plan: str
    tenant: str
    kind: Kind
    code: str
    cause: str
    since: datetime
    is_critical: bool
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A workload whose last good backup gets too old, if the next run fails or where none is due. Names may be hostile.

    `due_at` is when that run is due, None where none is in time.
    """

    name: str
    plan: str
    tenant: str
    due_at: datetime | None
    misses_at: datetime | None


@dataclass(frozen=True, slots=True)
class DigestDay:
    """How backups ended on one day by the digest's clock."""

    day: date
    good: int
    failed: int


@dataclass(frozen=True, slots=True)
class DigestView:
    """What a digest says, as of `until`: what is so then, and what happened since `since`.

    `open` alerts, of which `critical`, `taken` and `snoozed`, which may be the same; `worst` are the first of them.
    Since then so many `failed`, `healed` by themselves, were `resolved` by hand, `missed` a run, or `hung`: they got
    stuck or wait for a person. `at_risk`: what is due in the next 12 h misses its target if that run fails, the first
    of `at_risk_size`. Of `workloads` of which a backup is expected so many are `within` their target. `unplanned` are
    the names of workloads without any plan that no digest of this channel told before, the first of `unplanned_size`;
    `told` has the keys of all that were told by now. `stale` says why the copy is behind, "" where it is not.
    """

    since: datetime
    until: datetime
    zone: str
    about: str
    open: int = 0
    critical: int = 0
    taken: int = 0
    snoozed: int = 0
    failed: int = 0
    healed: int = 0
    resolved: int = 0
    missed: int = 0
    hung: int = 0
    worst: tuple[DigestLine, ...] = ()
    at_risk: tuple[AtRisk, ...] = ()
    at_risk_size: int = 0
    within: int = 0
    workloads: int = 0
    days: tuple[DigestDay, ...] = ()
    unplanned: tuple[str, ...] = ()
    unplanned_size: int = 0
    told: tuple[str, ...] = ()
    stale: str = ""
