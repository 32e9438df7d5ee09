"""The tenants, workloads and plans of the living world, as in `world.toml`. Knows when a plan is due, and no run."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from bot.sandbox.acronis.times import MINUTE


@cache
def guid_of(*words: str) -> str:
    """A GUID that is always the same for the same words."""
    return str(uuid5(NAMESPACE_DNS, "/".join(words)))


@dataclass(frozen=True, slots=True)
class Tenant:
    """`locator` is the path of numeric ids from the root, slashes around it. Old tenants show no uuid in tasks."""

    number: str
    name: str
    locator: str
    kind: str = "customer"
    shows_uuid: bool = True

    @property
    def uuid(self) -> str:
        return guid_of("tenant", self.number)


@dataclass(frozen=True, slots=True)
class Workload:
    """A machine, mailbox, site or drive. `command` is the type of its backup runs, `restore` that of its restores."""

    tenant: Tenant
    name: str
    kind: str
    command: str
    restore: str
    size: int
    suite: str = ""

    @property
    def key(self) -> str:
        return guid_of("workload", self.tenant.number, self.kind, self.name)

    @property
    def is_machine(self) -> bool:
        return not self.suite


@dataclass(frozen=True, slots=True)
class Plan:
    """`every` and `offset` in nanoseconds: a run is due where time modulo `every` is `offset`. Lasts `typical`."""

    tenant: Tenant
    name: str
    every: int
    offset: int
    typical: int

    @property
    def key(self) -> str:
        return guid_of("plan", self.tenant.number, self.name)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A plan put on a workload. `stagger` nanoseconds after the plan's time, so that not all start at once."""

    plan: Plan
    workload: Workload
    stagger: int

    @property
    def key(self) -> str:
        return f"{self.plan.key}:{self.workload.key}"

    def starts(self, after: int, until: int) -> range:
        """Every start in after..until, `after` itself not included."""
        first, every = self.plan.offset + self.stagger, self.plan.every
        return range(first + ((after - first) // every + 1) * every, until + 1, every)

    def next_start(self, after: int) -> int:
        return self.starts(after, after + self.plan.every)[0]


CATALOG: Final = tomllib.loads(Path(__file__).with_name("world.toml").read_text(encoding="utf-8"))
_tenants: Final = {name: Tenant(**entry) for name, entry in CATALOG["tenants"].items()}
TENANTS: Final = tuple(_tenants.values())
PARTNER: Final = _tenants["PARTNER"]
ACME: Final = _tenants["ACME"]
BETA: Final = _tenants["BETA"]
HOSTILE: Final = _tenants["HOSTILE"]
MACHINE_RUN: Final[str] = CATALOG["kinds"]["machine"]["command"]


def _workloads(tenant: str, kind: str, names: Iterable[str]) -> Iterator[Workload]:
    """Machines have 40 to 539 GiB, what lies in a cloud has 1 to 30."""
    for place, name in enumerate(names):
        size = 40 + 37 * place % 500 if kind == "machine" else 1 + 7 * place % 30
        yield Workload(_tenants[tenant], name, kind, size=size << 30, **CATALOG["kinds"][kind])


def _assignments() -> Iterator[Assignment]:
    lists = {name: list(_workloads(**entry)) for name, entry in CATALOG["workloads"].items()}
    for entry in CATALOG["plans"]:
        times = (entry[key] * MINUTE for key in ("every", "at", "lasts"))
        plan = Plan(_tenants[entry["tenant"]], entry["name"], *times)
        for name, *part in entry["of"]:
            workloads = lists[name][slice(*part)] if part else lists[name]
            for place, workload in enumerate(workloads):
                yield Assignment(plan, workload, place * 3 * MINUTE)


ASSIGNMENTS: Final = tuple(_assignments())
