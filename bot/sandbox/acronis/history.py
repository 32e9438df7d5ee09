"""Makes the runs of the living world: scheduled ones, what people and agents do besides, and what goes on right now.

A scheduled run is drawn from the seed, the assignment and its time alone: it comes out the same whenever one asks.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final
from uuid import UUID

from bot.sandbox.acronis.causes import BOOK, Cause
from bot.sandbox.acronis.instants import DAY, HOUR, MINUTE, SECOND
from bot.sandbox.acronis.runs import Identity, Numbers, Run
from bot.sandbox.acronis.scenery import ASSIGNMENTS, Assignment, Plan, Tenant, Workload

BY_SCHEDULE: Final = "BY_SCHEDULE"
PEOPLE: Final = ("jane.admin@msp.example", "DESKTOP\\AMS User", "alice.ops@msp.example", "Mia <mia@acme.example>")
# Of a thousand scheduled runs so many end like this; the rest is ok.
_ENDS: Final = (("error", 14), ("warning", 12), ("cancelled", 4), ("abandoned", 2), ("timedout", 1))
_CLOUD_CAUSES: Final = ("consent", "quota", "network", "bare")
_MACHINE_CAUSES: Final = tuple(name for name in BOOK if name != "consent")
AILING: Final = {
    ("beta-srv-2", "Daily"): BOOK["storage_full"],
    ("dr.kim@dental.example", "Mail twice a day"): BOOK["consent"],
}
"""Resource and plan that have failed for days and go on failing until somebody says `recover`."""
_AILING_SINCE: Final = 3 * DAY + 6 * HOUR

# type, title, whether it concerns a plan
_CHORES: Final = (
    ("policy.apply", "Applying plan '{plan}' to resource '{name}'", True),
    ("44328016-20D7-4799-A357-CF152C904ED0", "Revoking plan '{plan}' from the resource '{name}'", True),
    ("F5CD89C9-3CD1-4DBC-97F3-82BF93687B46", "Editing plan '{plan}'", True),
    ("agent.add", "Adding agent '{name}' to the management server", False),
    ("A59E8BF2-39C3-42C4-B667-CB672381A214", "Adding agent '{name}' to the management server", False),
    ("Download", "Downloading components", False),
    ("AutoUpdateStandby", "Updating the agent", False),
    ("AddFeatures", "Adding components", False),
    ("WinScan", "Vulnerability assessment", False),
    ("NGMP_FullScan", "Full antimalware scan", False),
)
_OWN_ACTIVITY: Final = frozenset({"Download", "AutoUpdateStandby", "AddFeatures"})


class Maker:
    """Makes runs; holds the seed and the ids that are taken."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = Numbers()

    def dice(self, *words: object) -> Random:
        """A random source of its own for these words."""
        return Random(f"{self._seed}:" + ":".join(map(str, words)))

    def identity(self, at: int, dice: Random) -> Identity:
        return Identity(self._numbers.next(at), str(UUID(int=dice.getrandbits(128), version=4)))

    def run(self, tenant: Tenant, workload: Workload | None, plan: Plan | None, at: int, dice: Random) -> Run:
        """A bare backup that is queued at `at`; callers replace what is different."""
        task = self.identity(at, dice)
        is_machine = workload is not None and workload.is_machine
        activity = task if is_machine or workload is None else self.identity(at + SECOND, dice)
        return Run(
            task=task,
            activity=activity,
            child=self.identity(at + SECOND // 2, dice) if is_machine else None,
            nature="backup",
            command=workload.command if workload else "",
            tenant=tenant,
            workload=workload,
            plan=plan,
            by=BY_SCHEDULE,
            enqueued=at,
            assigned=None,
            started=None,
            completed=None,
            lot=dice.randrange(10_000),
        )

    def scheduled(self, assignment: Assignment, at: int, ailing: Cause | None = None) -> Run:
        """The run that a plan starts at `at`. With `ailing` it fails by that."""
        dice = self.dice(assignment.key, at)
        jitter = dice.randrange(2 * SECOND)
        run = self.run(assignment.workload.tenant, assignment.workload, assignment.plan, at + jitter, dice)
        length = assignment.plan.typical * dice.randrange(60, 150) // 100
        end, cause = ("error", ailing) if ailing else _end(dice, assignment.workload)
        length = length // 9 if end in ("error", "cancelled") else length
        started = run.enqueued + SECOND + dice.randrange(3 * SECOND)
        return replace(
            run, assigned=run.enqueued + SECOND, started=started, completed=started + length, result=end, cause=cause
        )

    def restore(self, workload: Workload, at: int, dice: Random, length: int) -> Run:
        """What a person started; no plan belongs to it. Takes `length` nanoseconds."""
        run = self.run(workload.tenant, workload, None, at, dice)
        run = replace(run, nature="restore", command=workload.restore, child=None, by=dice.choice(PEOPLE))
        started = at + 2 * SECOND
        return replace(run, assigned=at + SECOND, started=started, completed=started + length)

    def chore(self, assignment: Assignment, at: int, dice: Random) -> Run:
        """Something of the management plane. Mostly task and activity are one record there, and take no time."""
        command, title, planned = dice.choice(_CHORES)
        workload, plan = assignment.workload, assignment.plan
        run = self.run(workload.tenant, workload, plan if planned else None, at, dice)
        own = command in _OWN_ACTIVITY
        length = dice.randrange(90 * SECOND) if own else 0
        return replace(
            run,
            nature="management",
            command=command,
            activity=self.identity(at + SECOND, dice) if own else run.task,
            child=None,
            by="" if own else dice.choice((*PEOPLE, workload.tenant.name)),
            started=at,
            completed=at + length,
            title=title.format(plan=plan.name, name=workload.name),
            result="error" if dice.random() < 0.02 else "ok",
        )


def _end(dice: Random, workload: Workload) -> tuple[str, Cause | None]:
    causes = _MACHINE_CAUSES if workload.is_machine else _CLOUD_CAUSES
    throw = dice.randrange(1000)
    for end, share in _ENDS:
        if throw < share:
            return end, BOOK[dice.choice(causes)] if end in ("error", "warning") else None
        throw -= share
    return "ok", None


def ailing_cause(assignment: Assignment) -> Cause | None:
    return AILING.get((assignment.workload.name, assignment.plan.name))


def past(maker: Maker, now: int, days: int) -> Iterator[Run]:
    """Everything that began in the `days` before `now`; what is not over yet is among it."""
    since = now - days * DAY
    for assignment in ASSIGNMENTS:
        cause = ailing_cause(assignment)
        for at in assignment.starts(since, now):
            yield maker.scheduled(assignment, at, cause if at > now - _AILING_SINCE else None)
    dice = maker.dice("besides")
    for _ in range(days * 14):
        yield maker.chore(dice.choice(ASSIGNMENTS), since + dice.randrange(days * DAY), dice)
    for _ in range(days):
        workload = dice.choice(ASSIGNMENTS).workload
        yield maker.restore(
            workload, since + dice.randrange(days * DAY - 2 * HOUR), dice, 10 * MINUTE + dice.randrange(HOUR)
        )


# resource, plan, hours ago, how it ended, why
_RECENT: Final = (
    ("SRV-DC01", "Nightly servers", 5, "error", "vss"),
    ("SRV-WEB01", "Nightly servers", 3, "error", "cloud_storage"),
    ("BER-NAS01", "Berlin nightly", 7, "error", "credentials"),
    ("DENT-PC2", "Protect Win", 9, "abandoned", ""),
    ("beta-srv-5", "Daily", 11, "timedout", ""),
    ("SRV-🔥-日本-Ünï", "gt(x), like(y) & <!everyone>", 2, "error", "internal"),
    ("WS-003", "Workstations noon", 13, "error", "bare"),
    ("WS-004", "Workstations noon", 4, "warning", "vss"),
    ("omar@acme.example", "M365 nightly", 6, "cancelled", ""),
)
# resource, plan, minutes since the start, minutes until the end
_RUNNING: Final = (
    ("SRV-EXCH01", "Weekly full", 95, 160),
    ("DENT-XRAY", "Protect Win", 20, 45),
    ("BER-SRV01", "Berlin nightly", 400, 300),
    ("mia@acme.example", "M365 nightly", 12, 30),
    ("finance OneDrive", "M365 nightly", 33, 85),
    ("lena Drive", "Google nightly", 8, 55),
)


def present(maker: Maker, now: int) -> Iterator[Run]:
    """What a world needs to be worth looking at: fresh failures, running, waiting and blocked runs, restores."""
    dice = maker.dice("present")
    for name, plan, hours, end, cause in _RECENT:
        run = _begun(maker, _assignment(name, plan), now - hours * HOUR, dice)
        yield replace(run, completed=run.enqueued + 11 * MINUTE, result=end, cause=BOOK.get(cause))
    for name, plan, gone, left in _RUNNING:
        run = _begun(maker, _assignment(name, plan), now - gone * MINUTE, dice)
        yield replace(run, completed=now + left * MINUTE)
    yield from _waiting(maker, now, dice)
    sql, drive = _assignment("SRV-SQL02", "Nightly servers"), _assignment("it OneDrive", "M365 nightly")
    failed = maker.restore(sql.workload, now - 70 * MINUTE, dice, 13 * MINUTE)
    yield replace(failed, result="error", cause=BOOK["network"])
    yield maker.restore(drive.workload, now - 6 * MINUTE, dice, 40 * MINUTE)


def _waiting(maker: Maker, now: int, dice: Random) -> Iterator[Run]:
    """Queued behind an agent that is away, just assigned, and one that waits for a person."""
    for name, minutes in (("beta-srv-4", 190), ("beta-srv-6", 15)):
        run = _begun(maker, _assignment(name, "Daily"), now - minutes * MINUTE, dice)
        yield replace(run, assigned=None, started=None)
    run = _begun(maker, _assignment("DENT-PC3", "Protect Win"), now - 2 * MINUTE, dice)
    yield replace(run, started=None)
    blocked = _begun(maker, _assignment("BER-SRV02", "Berlin nightly"), now - 3 * HOUR, dice)
    yield replace(blocked, blocker="EncryptionPasswordRequired")


def _begun(maker: Maker, assignment: Assignment, at: int, dice: Random) -> Run:
    run = maker.run(assignment.workload.tenant, assignment.workload, assignment.plan, at, dice)
    return replace(run, assigned=at + SECOND, started=at + 2 * SECOND)


def _assignment(name: str, plan: str) -> Assignment:
    return next(one for one in ASSIGNMENTS if (one.workload.name, one.plan.name) == (name, plan))
