"""How restore points stand: what `protected?` answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.model.tasks import Tenant, Workload
from bot.model.values import dataclass


class Standing(StrEnum):
    """How a workload's restore point stands. The values are words people read, the worst first.

    `FAILING`: its last run failed, or its good runs save nothing. `NEVER`: there never was a good backup. `MISSED`: it
    was due and did not start. `LATE`: its last good backup is as old as its target, or older. `NO_PLAN`: nothing backs
    it up. `UNKNOWN`: what would tell is not known. `PAUSED` and `NOT_EXPECTED`: no backup is due.
    """

    FAILING = "failing"
    NEVER = "never"
    MISSED = "missed"
    LATE = "late"
    NO_PLAN = "without a plan"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    NOT_EXPECTED = "not expected"
    GOOD = "good"


AT_FAULT: Final = frozenset({Standing.FAILING, Standing.NEVER, Standing.MISSED, Standing.LATE})
"""What somebody has to do something about."""


class Due(StrEnum):
    """When a backup is due, as a question may ask. The values are words people type."""

    TONIGHT = "tonight"


@dataclass(frozen=True, slots=True)
class Protected:
    """One workload under one plan, and how it stands.

    `why` says so in words, without a full stop, "" where the standing says all; names in it may be hostile. `at` is
    when what was missed was due, and when what is paused goes on, where that is known.
    """

    account: str
    tenant: Tenant
    name: str
    plan: str
    workload: Workload
    standing: Standing
    last_good_at: datetime | None = None
    target: timedelta | None = None
    why: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TenantStanding:
    """How the workloads of one tenant stand. `good_at` is the last good backup that is oldest against its `target`, of
    what a backup is expected of; None where none is known."""

    account: str
    tenant: Tenant
    counts: Mapping[Standing, int]
    good_at: datetime | None = None
    target: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """Some `lines` of those that stand as `asked` (all, where it is empty), the worst first, from place `offset` on.

    `counts` are of all, however they stand. `tenants` are the worst of those of which any stands as asked, and
    `more_tenants` are not there.
    """

    lines: tuple[Protected, ...]
    counts: Mapping[Standing, int]
    offset: int = 0
    tenants: tuple[TenantStanding, ...] = ()
    more_tenants: int = 0
    asked: frozenset[Standing] = frozenset()

    @property
    def size(self) -> int:
        """How many stand as asked."""
        return sum(number for standing, number in self.counts.items() if not self.asked or standing in self.asked)

    @property
    def known(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class DueBackup:
    """A workload whose backup is due soon, or whose last good one gets too old before one is due.

    `misses_at` is when its last good backup is as old as its target, None where none is known. `is_at_risk`: that comes
    before another run can make it good, if the one that is due fails. `why` is what speaks against that run, or "".
    """

    account: str
    tenant: Tenant
    name: str
    plan: str
    due_at: datetime | None
    misses_at: datetime | None
    is_at_risk: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class DueSoon:
    """Some `lines` of what is due until `until`, from place `offset` on: first what is at risk, then what is late, then
    by time. `due` counts starts, `at_risk` and `late` lines; `size` is how many lines there are."""

    lines: tuple[DueBackup, ...]
    until: datetime
    due: int = 0
    at_risk: int = 0
    late: int = 0
    size: int = 0
    offset: int = 0
