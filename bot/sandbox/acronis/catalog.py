"""Who and what there is in the living world: a tree of tenants, what they protect, and by which plans.

Always the same, whatever the seed, so that people can name things. Says nothing about runs, only when a plan is due.
The customer `HOSTILE` is made of names that try to break what shows them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from bot.sandbox.acronis.times import DAY, HOUR, MINUTE


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


MACHINE_RUN: Final = "D332948D-A7A9-4E07-B76C-253DCF6E17FB"
MACHINE_RESTORE: Final = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"
# kind of resource: its backup, its restore, its suite
_CLOUD: Final = {
    "MAILBOX": ("UserMailboxBackup", "UserMailboxRestore", "o365"),
    "SITE": ("SPBackup", "SPRestore", "o365"),
    "ONEDRIVE": ("ODBackup", "ODRestore", "o365"),
    "GMAIL": ("GSBackupGMail", "GSRestoreGMail", "google"),
    "GDRIVE": ("GSBackupGDrive", "GSRestoreGDrive", "google"),
}

PARTNER: Final = Tenant("66", "Northwind MSP", "/1/66/", "partner")
RETAIL: Final = Tenant("70", "Retail customers", "/1/66/70/", "folder")
ACME: Final = Tenant("120", "Acme Corp", "/1/66/120/")
ACME_BERLIN: Final = Tenant("121", "Acme Corp Berlin", "/1/66/120/121/", "unit")
BETA: Final = Tenant("12", "Beta GmbH", "/1/66/70/12/")
DENTAL: Final = Tenant("130", "Contoso Dental (Northwind MSP)", "/1/66/70/130/")
LEGACY: Final = Tenant("1496265", "john.doe@legacy.example", "/1/66/1496265/", shows_uuid=False)
HOSTILE: Final = Tenant("666", "Evil & Sons <!channel> *bold* `code` <@U0000001>", "/1/66/666/")
TENANTS: Final = (PARTNER, RETAIL, ACME, ACME_BERLIN, BETA, DENTAL, LEGACY, HOSTILE)

_HOSTILE_MACHINES: Final = (
    "SRV-🔥-日本-Ünï",
    "<https://evil.example|click me> <!here>",
    "\u202egnp.SRV\u202c-RTL",
    "A" * 256,
    "line\nbreak\tand | pipe",
    "_under_ ~strike~ &amp; ```fence```",
)
_PEOPLE: Final = ("mia", "omar", "lena", "finance", "reception", "dr.kim", "it", "warehouse")


def _machines(tenant: Tenant, names: Iterable[str]) -> Iterator[Workload]:
    for number, name in enumerate(names):
        size = (40 + 37 * number % 500) << 30
        yield Workload(tenant, name, "machine", MACHINE_RUN, MACHINE_RESTORE, size)


def _cloud(tenant: Tenant, kind: str, names: Iterable[str]) -> Iterator[Workload]:
    backup, restore, suite = _CLOUD[kind]
    for number, name in enumerate(names):
        yield Workload(tenant, name, kind, backup, restore, (1 + 7 * number % 30) << 30, suite)


def _assign(plan: Plan, workloads: Iterable[Workload], step: int = 3 * MINUTE) -> Iterator[Assignment]:
    for number, workload in enumerate(workloads):
        yield Assignment(plan, workload, number * step)


def _acme() -> Iterator[Assignment]:
    servers = list(_machines(ACME, ["SRV-SQL01", "SRV-SQL02", "SRV-FILE01", "SRV-DC01", "SRV-EXCH01", "SRV-WEB01"]))
    stations = list(_machines(ACME, (f"WS-{number:03d}" for number in range(1, 9))))
    yield from _assign(Plan(ACME, "Nightly servers", DAY, 21 * HOUR, 50 * MINUTE), servers)
    yield from _assign(Plan(ACME, "SQL every 4 hours", 4 * HOUR, 10 * MINUTE, 12 * MINUTE), servers[:2])
    yield from _assign(Plan(ACME, "Hourly file servers", HOUR, 5 * MINUTE, 7 * MINUTE), servers[2:4])
    yield from _assign(Plan(ACME, "Workstations noon", DAY, 12 * HOUR, 25 * MINUTE), stations)
    # Unix time began on a Thursday: three days later it is Sunday
    yield from _assign(Plan(ACME, "Weekly full", 7 * DAY, 3 * DAY + 2 * HOUR, 4 * HOUR), servers)
    nightly = Plan(ACME, "M365 nightly", DAY, 22 * HOUR, 15 * MINUTE)
    yield from _assign(nightly, _cloud(ACME, "MAILBOX", (f"{who}@acme.example" for who in _PEOPLE)))
    yield from _assign(nightly, _cloud(ACME, "SITE", ["Acme intranet", "Acme projects", "Acme sales"]))
    yield from _assign(nightly, _cloud(ACME, "ONEDRIVE", (f"{who} OneDrive" for who in _PEOPLE)))
    berlin = list(_machines(ACME_BERLIN, ["BER-SRV01", "BER-SRV02", "BER-NAS01"]))
    yield from _assign(Plan(ACME_BERLIN, "Berlin nightly", DAY, 23 * HOUR, 40 * MINUTE), berlin)


def _others() -> Iterator[Assignment]:
    beta = list(_machines(BETA, (f"beta-srv-{number}" for number in range(1, 7))))
    yield from _assign(Plan(BETA, "Daily", DAY, 20 * HOUR, 35 * MINUTE), beta)
    yield from _assign(Plan(BETA, "Every 6 hours", 6 * HOUR, 30 * MINUTE, 9 * MINUTE), beta[:3])
    google = Plan(BETA, "Google nightly", DAY, HOUR, 10 * MINUTE)
    yield from _assign(google, _cloud(BETA, "GMAIL", (f"{who}@beta.example" for who in _PEOPLE)))
    yield from _assign(google, _cloud(BETA, "GDRIVE", (f"{who} Drive" for who in _PEOPLE[:5])))
    dental = _machines(DENTAL, ["DENT-PC1", "DENT-PC2", "DENT-PC3", "DENT-XRAY"])
    yield from _assign(Plan(DENTAL, "Protect Win", DAY, 19 * HOUR, 30 * MINUTE), dental)
    mail = Plan(DENTAL, "Mail twice a day", DAY // 2, 6 * HOUR, 8 * MINUTE)
    yield from _assign(mail, _cloud(DENTAL, "MAILBOX", (f"{who}@dental.example" for who in _PEOPLE[3:7])))
    legacy = _machines(LEGACY, ["DESKTOP-GFT9S1R", "DESKTOP-2"])
    yield from _assign(Plan(LEGACY, "Entire PC to Cloud storage", DAY, 18 * HOUR, 20 * MINUTE), legacy)
    evil = _machines(HOSTILE, _HOSTILE_MACHINES)
    yield from _assign(Plan(HOSTILE, "gt(x), like(y) & <!everyone>", DAY, 17 * HOUR, 20 * MINUTE), evil)


ASSIGNMENTS: Final = (*_acme(), *_others())
