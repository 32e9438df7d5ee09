"""What the copy knows: figures and histories."""

from datetime import datetime, timedelta

from bot.model.query import Origin
from bot.model.tasks import Kind, Tenant
from bot.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of one account the copy holds: runs since `runs_from`, everything since `rest_from`, as of `read_at`.

    `is_whole`: all the history that Acronis keeps has been read. None: nothing yet.
    """

    account: str
    read_at: datetime | None = None
    runs_from: datetime | None = None
    rest_from: datetime | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How runs of one tenant, workload or cause ended. `label` may be a customer's word; "" is said as *none named*."""

    label: str
    runs: int = 0
    failed: int = 0
    warnings: int = 0
    cancelled: int = 0

    @property
    def ok(self) -> int:
        """What ended well; results that nobody knows are not among them."""
        return self.runs - self.failed - self.warnings - self.cancelled

    @property
    def rate(self) -> float:
        """The share of its runs that failed."""
        return self.failed / self.runs if self.runs else 0.0


@dataclass(frozen=True, slots=True)
class Stats:
    """How the root runs that a question names ended, the highest rate of failures first.

    `more_…` counts what is not listed.
    """

    total: Tally
    tenants: tuple[Tally, ...] = ()
    workloads: tuple[Tally, ...] = ()
    causes: tuple[Tally, ...] = ()
    more_tenants: int = 0
    more_causes: int = 0
    plans: tuple[Tally, ...] = ()
    more_plans: int = 0


@dataclass(frozen=True, slots=True)
class RunFact:
    """What the rules ask of a run that is over. `length` is None where it is not known."""

    began_at: datetime
    code: str
    length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """The last runs of one subject, newest first, and when its last good run began and ended, None where none is known.

    The good run may be older than all of `runs`.
    """

    runs: tuple[RunFact, ...] = ()
    good_began_at: datetime | None = None
    good_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run in a history. `duration` is None where it is not known."""

    task_id: str
    code: str
    began_at: datetime
    ended_at: datetime
    duration: timedelta | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class LastGood:
    """The last good backup: a time (`at`), none for at least `none_for`, or unknown, where both are None."""

    at: datetime | None = None
    none_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The last runs of one machine under one plan, newest first. `usual`: median length of those that ended well.

    `in_a_row`: how many failures the last runs end with, those included that a question leaves out. `rhythm`: how often
    it runs, in words, and `next_run_at`, when it is due next; "" and None where that is not known.
    """

    account: str
    tenant: Tenant
    name: str
    plan: str
    kind: Kind
    runs: tuple[PastRun, ...]
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    in_a_row: int = 0
    rhythm: str = ""
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer that is no list rests on. `stale` and `partial` are sentences for a person, or "".

    `history_from`: the copy holds all runs since then. None: not known.
    """

    as_of: datetime
    origin: Origin = Origin.COPY
    stale: str = ""
    partial: str = ""
    history_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the copy adds to one task's details: `strip` are result codes of its last runs, oldest first.

    `is_unusual`: it runs, and takes unusually long.
    """

    strip: tuple[str, ...] = ()
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    is_unusual: bool = False
