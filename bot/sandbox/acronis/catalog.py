"""The tenants, workloads and plans, as in `world.toml` and `rhythm.toml`. Knows when a plan is due, and no run."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5

from bot.sandbox.acronis import schedules
from bot.sandbox.acronis.schedules import WEEKDAYS, BackupSet
from bot.sandbox.acronis.times import MINUTE


@cache
def guid_of(*words: str) -> str:
    """A GUID that is always the same for the same words."""
    return str(uuid5(NAMESPACE_DNS, "/".join(words)))


@dataclass(frozen=True, slots=True)
class Tenant:
    """`locator` is the path of numeric ids from the root, slashes around it. Old tenants show no uuid in tasks.

    `zone` is that of its machines.
    """

    number: str
    name: str
    locator: str
    kind: str = "customer"
    shows_uuid: bool = True
    zone: str = "UTC"

    @property
    def uuid(self) -> str:
        return guid_of("tenant", self.number)


@dataclass(frozen=True, slots=True)
class Workload:
    """A machine, mailbox, site or drive. `command` is the type of its backup runs, `restore` that of its restores.

    `host` is the machine whose agent serves it, itself where empty.
    """

    tenant: Tenant
    name: str
    kind: str
    command: str
    restore: str
    size: int
    suite: str = ""
    type: str = ""
    host: str = ""

    @property
    def key(self) -> str:
        return guid_of("workload", self.tenant.number, self.kind, self.name)

    @property
    def is_machine(self) -> bool:
        return not self.suite

    @property
    def agent(self) -> str:
        return guid_of("agent", self.host or self.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """Lasts `typical` nanoseconds. A plan has `sets`, in its machines' zones, or a beat, or starts nothing by itself.

    A beat: a run is due where the time modulo `every` is `offset`, both in nanoseconds; for machines in UTC. A run
    comes up to `delay` (nanoseconds) after it is due, at random. A run that failed is tried `attempts` times in all,
    `retry` minutes apart. `alert_days` is after how many days without a backup Acronis alerts; 0: never. `id` and
    `children`, each an id and a type, are those that the maker of the plan chose.
    """

    tenant: Tenant
    name: str
    every: int
    offset: int
    typical: int
    sets: tuple[BackupSet, ...] = ()
    delay: int = 0
    retry: int = 60
    attempts: int = 1
    alert_days: int = 0
    id: str = ""
    children: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        return self.id or guid_of("plan", self.tenant.number, self.name)

    def described(self) -> tuple[BackupSet, ...]:
        """The sets; a beat as sets in UTC."""
        if self.sets or not self.every:
            return self.sets
        every, at = self.every // MINUTE, self.offset // MINUTE
        if every == 60:
            return (BackupSet("hourly", step=60, first=at),)
        if every == 7 * 1440:
            return (BackupSet("weekly", (at % 1440,), (WEEKDAYS[(3 + at // 1440) % 7],)),)
        return (BackupSet("weekly", tuple(range(at % every, 1440, every))),)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A plan put on a workload. `stagger` nanoseconds after the plan's time, so that not all start at once."""

    plan: Plan
    workload: Workload
    stagger: int = 0

    @property
    def key(self) -> str:
        return f"{self.plan.key}:{self.workload.key}"

    def starts(self, after: int, until: int) -> Sequence[int]:
        """Every start in after..until, `after` itself not included."""
        plan = self.plan
        if plan.sets:
            found = schedules.starts(plan.sets, self.workload.tenant.zone, after - self.stagger, until - self.stagger)
            return [at + self.stagger for at in found]
        if not plan.every:
            return ()
        first, every = plan.offset + self.stagger, plan.every
        return range(first + ((after - first) // every + 1) * every, until + 1, every)

    def next_start(self, after: int) -> int | None:
        """None for a plan that starts nothing by itself."""
        if self.plan.sets:
            found = schedules.next_start(self.plan.sets, self.workload.tenant.zone, after - self.stagger)
            return None if found is None else found + self.stagger
        return self.starts(after, after + self.plan.every)[0] if self.plan.every else None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Who and what there is. `unprotected` workloads have no plan; `is_known` is for our own, with its stories."""

    assignments: tuple[Assignment, ...]
    unprotected: tuple[Workload, ...] = ()
    is_known: bool = False


_FOLDER: Final = Path(__file__).parent
CATALOG: Final = tomllib.loads((_FOLDER / "world.toml").read_text(encoding="utf-8"))
_RHYTHM: Final = tomllib.loads((_FOLDER / "rhythm.toml").read_text(encoding="utf-8"))
_tenants: Final = {name: Tenant(**entry) for name, entry in (CATALOG["tenants"] | _RHYTHM["tenants"]).items()}
TENANTS: Final = tuple(_tenants.values())
PARTNER: Final = _tenants["PARTNER"]
ACME: Final = _tenants["ACME"]
BETA: Final = _tenants["BETA"]
HOSTILE: Final = _tenants["HOSTILE"]
MACHINE_RUN: Final[str] = CATALOG["kinds"]["machine"]["command"]


def machine(tenant: Tenant, name: str, size: int = 8 << 30, kind: str = "machine", host: str = "") -> Workload:
    return Workload(tenant, name, kind, size=size, host=host, **CATALOG["kinds"][kind])


def _workloads(tenant: str, kind: str, names: Iterable[str], host: str = "") -> Iterator[Workload]:
    """Machines have 40 to 539 GiB, what lies in a cloud has 1 to 30."""
    for place, name in enumerate(names):
        size = 1 + 7 * place % 30 if CATALOG["kinds"][kind].get("suite") else 40 + 37 * place % 500
        yield machine(_tenants[tenant], name, size << 30, kind, host)


def _plan(entry: dict[str, Any]) -> Plan:
    times = (entry.get(key, 0) * MINUTE for key in ("every", "at", "lasts"))
    every, at, lasts = times
    rest = {key: entry[key] for key in ("retry", "attempts", "alert_days") if key in entry}
    sets, delay = tuple(map(_set, entry.get("sets", ()))), entry.get("delay", 0) * MINUTE
    return Plan(_tenants[entry["tenant"]], entry["name"], every, at, lasts, sets, delay, **rest)


def _set(entry: dict[str, Any]) -> BackupSet:
    words: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return BackupSet(**words)


def _assignments(file: dict[str, Any], lists: dict[str, list[Workload]]) -> Iterator[Assignment]:
    for entry in file["plans"]:
        plan = _plan(entry)
        for name, *part in entry["of"]:
            workloads = lists[name][slice(*part)] if part else lists[name]
            for place, workload in enumerate(workloads):
                yield Assignment(plan, workload, 0 if plan.delay else place * 3 * MINUTE)


def _lists(file: dict[str, Any]) -> dict[str, list[Workload]]:
    return {name: list(_workloads(**entry)) for name, entry in file["workloads"].items()}


ASSIGNMENTS: Final = tuple(_assignments(CATALOG, _lists(CATALOG)))
_more: Final = _lists(_RHYTHM)
LIVING: Final = Catalog(ASSIGNMENTS, is_known=True)
RHYTHM: Final = Catalog((*ASSIGNMENTS, *_assignments(_RHYTHM, _more)), tuple(_more["unprotected"]), is_known=True)
