"""The tenants, workloads and plans that the detectors are tried on: as many as asked for, the same for the same seed.

Half of the tenants lie in Berlin, half in New York. Of half the bot can read the schedules; of the rest it has to learn
them: machines under plans whose settings say nothing that is known, and mailboxes, whose plans Acronis does not list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import Assignment, Catalog, Plan, Tenant, Workload, machine
from bot.sandbox.acronis.plans import BACKUP, parts_of
from bot.sandbox.acronis.schedules import BackupSet
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE

ZONES: Final = ("Europe/Berlin", "America/New_York")
OF_A_TENANT, TENANTS = 20, 12
"""So many workloads has a tenant, and fewer where there would be fewer tenants than that."""
ON_A_HOST: Final = 5
UNREADABLE: Final[dict[str, Any]] = {
    "settings": {"scheduling": {"enabled": True, "backup_sets": [{"type": "auto", "schedule": {"type": "by_events"}}]}}
}
_WORKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of plan: its share of the workloads, how long it takes and by how much it may be late, in minutes."""

    name: str
    share: int
    sets: tuple[BackupSet, ...]
    lasts: int = 30
    delay: int = 0
    attempts: int = 1


_KINDS: Final = (
    Kind("nightly", 38, (BackupSet("weekly", (22 * 60,)),), lasts=40, delay=30, attempts=4),
    Kind("half past two", 12, (BackupSet("daily", (150,)),), lasts=20),
    Kind("workdays", 18, (BackupSet("weekly", (21 * 60,), _WORKDAYS),), delay=60, attempts=3),
    Kind("twice a day", 10, (BackupSet("weekly", (6 * 60 + 15, 18 * 60 + 15)),), lasts=25),
    Kind("every four hours", 4, (BackupSet("weekly", tuple(range(60, 1440, 240))),), lasts=12),
    Kind("office hours", 5, (BackupSet("hourly", weekdays=_WORKDAYS, step=120, first=480, last=1080),), lasts=8),
    Kind("hourly", 2, (BackupSet("hourly", step=60, first=5),), lasts=6),
    Kind("weekly", 7, (BackupSet("weekly", (23 * 60,), ("sat",)),), lasts=150, delay=20, attempts=3),
    Kind("monthly", 2, (BackupSet("monthly", (22 * 60,), monthdays=(1, 15), last_day=True),), lasts=120),
    Kind("idle", 2, (BackupSet("weekly", (20 * 60,), conditions=("user_idle",)),)),
)
_IN_CLOUDS: Final = (
    Kind("mail", 70, (BackupSet("daily", (19 * 60,)),), lasts=20, delay=40),
    Kind("mail thrice", 30, (BackupSet("daily", (4 * 60, 12 * 60, 20 * 60)),), lasts=15, delay=10),
)
_BY_UTC: Final = Kind("mail by UTC", 1, (), lasts=15, delay=20)


@dataclass(frozen=True, slots=True)
class Customer:
    """`is_learned`: the bot cannot read its schedules."""

    tenant: Tenant
    is_learned: bool
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    customers: tuple[Customer, ...]

    @property
    def assignments(self) -> list[Assignment]:
        return [one for each in self.customers for one in each.assignments]

    @property
    def catalog(self) -> Catalog:
        return Catalog(tuple(self.assignments))

    @property
    def unreadable(self) -> dict[str, dict[str, Any]]:
        """What the makers of the plans of machines sent that are to be learned, by the ids of their backup parts."""
        learned = (each for each in self.customers if each.is_learned)
        plans = {one.plan for each in learned for one in each.assignments if one.workload.is_machine}
        return {part.id: UNREADABLE for plan in plans for part in parts_of(plan) if part.type == BACKUP}


def fleet(count: int, seed: int = 1) -> Fleet:
    """So many workloads, and some more plans on them."""
    dice = Random(f"fleet {seed}")
    each = max(min(OF_A_TENANT, count // TENANTS), 1)
    sizes = [min(each, count - first) for first in range(0, count, each)]
    return Fleet(tuple(_customer(number, size, dice) for number, size in enumerate(sizes)))


def _customer(number: int, size: int, dice: Random) -> Customer:
    tenant = Tenant(
        str(1000 + number), f"Customer {number:03d}", f"/1/66/{1000 + number}/", zone=ZONES[number % len(ZONES)]
    )
    is_learned, in_clouds = number // 2 % 2 == 1, number // 2 % 4 == 3
    workloads = list(_mailboxes(tenant, size) if in_clouds else _machines(tenant, size, on_hosts=number % 3 == 0))
    return Customer(tenant, is_learned, tuple(_assigned(tenant, workloads, dice, in_clouds=in_clouds)))


def _machines(tenant: Tenant, size: int, *, on_hosts: bool) -> Iterator[Workload]:
    """One agent on a host serves all its virtual machines."""
    for place in range(size):
        name = f"{tenant.number}-SRV-{place:02d}"
        if on_hosts:
            kind, host = "virtual_machine.mshyperv", f"{tenant.number}-HV-{place // ON_A_HOST}"
            yield machine(tenant, name, kind=kind, host=host)
        else:
            yield machine(tenant, name)


def _mailboxes(tenant: Tenant, size: int) -> Iterator[Workload]:
    return (machine(tenant, f"mail-{place:02d}@{tenant.number}.example", 4 << 30, "MAILBOX") for place in range(size))


def _assigned(tenant: Tenant, workloads: list[Workload], dice: Random, *, in_clouds: bool) -> Iterator[Assignment]:
    plans = dict[str, Plan]()
    kinds = _IN_CLOUDS if in_clouds else _KINDS
    for workload in workloads:
        kind = _BY_UTC if in_clouds and dice.random() < 0.3 else _drawn(kinds, dice)
        yield Assignment(_plan(tenant, kind, plans, dice), workload)
        if not in_clouds and kind.name != "weekly" and dice.random() < 0.1:
            yield Assignment(_plan(tenant, _named("weekly"), plans, dice), workload)


def _drawn(kinds: tuple[Kind, ...], dice: Random) -> Kind:
    return dice.choices(kinds, [kind.share for kind in kinds])[0]


def _named(name: str) -> Kind:
    return next(kind for kind in _KINDS if kind.name == name)


def _plan(tenant: Tenant, kind: Kind, plans: dict[str, Plan], dice: Random) -> Plan:
    """A tenant has one plan of a kind; its times differ from those of other tenants by up to three hours."""
    if kind.name not in plans:
        later = 0 if kind.name in ("half past two", "hourly") else 15 * dice.randrange(12)
        every, offset = (DAY, 3 * HOUR + later * MINUTE) if not kind.sets else (0, 0)
        name = f"{tenant.number} {kind.name}"
        sets = tuple(_moved(each, later) for each in kind.sets)
        lasts, delay = kind.lasts * MINUTE, kind.delay * MINUTE
        days = 5 if int(tenant.number) % 10 == 0 else 0  # the servers look at each such plan whenever they are asked
        plans[kind.name] = Plan(
            tenant, name, every, offset, lasts, sets, delay, retry=30, attempts=kind.attempts, alert_days=days
        )
    return plans[kind.name]


def _moved(one: BackupSet, minutes: int) -> BackupSet:
    """The same so much earlier, on the same day."""
    times = tuple(at - min(minutes, *one.times) for at in one.times)
    words = {name: getattr(one, name) for name in BackupSet.__dataclass_fields__}
    return BackupSet(**words | {"times": times})
