"""Runs from the queue to their end, and who makes them. A scheduled run depends on seed, assignment and time alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final
from uuid import UUID

from bot.sandbox.acronis.catalog import ASSIGNMENTS, CATALOG, Assignment, Plan, Tenant, Workload
from bot.sandbox.acronis.causes import BOOK, Cause
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE, SECOND

HEARTBEAT: Final = 5 * SECOND  # a running run reports this often; `updatedAt` moves with it
BY_SCHEDULE: Final = "BY_SCHEDULE"
_TABLES: Final = CATALOG["runs"]
PEOPLE: Final[list[str]] = _TABLES["people"]
# id = (nanoseconds - epoch) * 4: measured on public ids of 2020 to 2025 (reference §8.9)
_ID_EPOCH: Final = 1_351_441_422 * SECOND
_AILING_SINCE: Final = 3 * DAY + 6 * HOUR
_MACHINE_CAUSES: Final = tuple(name for name in BOOK if name != "consent")
_OWN_ACTIVITY: Final = frozenset({"Download", "AutoUpdateStandby", "AddFeatures"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Number and uuid of one object."""

    number: int
    uuid: str


class Numbers:
    """Hands out ids that carry the time, grow with it, and are odd, so that none of them is exact as a double."""

    def __init__(self) -> None:
        self._used: set[int] = set()

    def next(self, at: int) -> int:
        number = (at - _ID_EPOCH) * 4 | 1
        while number in self._used:
            number += 2
        self._used.add(number)
        return number


@dataclass(frozen=True, slots=True)
class Run:
    """Times are unix nanoseconds; one that is None never comes. `lot`, from 0 to 9999, varies the looks.

    `nature` is `backup`, `restore` or `management`, `command` the type, `blocker` why it waits for a person. After
    `stands` nanoseconds its progress stands still. An `is_empty` run saves nothing.
    """

    task: Identity
    activity: Identity
    child: Identity | None
    nature: str
    command: str
    tenant: Tenant
    workload: Workload | None
    plan: Plan | None
    by: str
    enqueued: int
    assigned: int | None = None
    started: int | None = None
    completed: int | None = None
    result: str = "ok"
    cause: Cause | None = None
    title: str = ""
    blocker: str = ""
    lot: int = 0
    stands: int | None = None
    is_empty: bool = False

    def state(self, now: int) -> str:
        if self.completed is not None and now >= self.completed:
            return "completed"
        if self.started is not None and now >= self.started:
            return "paused" if self.blocker else "started"
        return "assigned" if self.assigned is not None and now >= self.assigned else "enqueued"

    def changed(self, now: int) -> int:
        """When it last changed, as seen at `now`: an end, a heartbeat, an assignment."""
        at: int | None = self.enqueued
        match self.state(now):
            case "completed":
                at = self.completed
            case "started" if self.started is not None:
                at = now - (now - self.started) % HEARTBEAT
            case "paused":
                at = self.started
            case "assigned":
                at = self.assigned
        return at or self.enqueued

    @property
    def is_cloud(self) -> bool:
        return self.workload is not None and not self.workload.is_machine


class Maker:
    """Makes runs; holds the seed and the ids that are taken."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = Numbers()

    def dice(self, *words: object) -> Random:
        """A random source of its own for these words."""
        return Random(f"{self._seed}:" + ":".join(map(str, words)))

    def _identity(self, at: int, dice: Random) -> Identity:
        return Identity(self._numbers.next(at), str(UUID(int=dice.getrandbits(128), version=4)))

    def run(self, tenant: Tenant, workload: Workload | None, plan: Plan | None, at: int, dice: Random) -> Run:
        """A bare backup that is queued at `at`; callers replace what is different."""
        task = self._identity(at, dice)
        is_machine = workload is not None and workload.is_machine
        return Run(
            task=task,
            activity=task if is_machine or workload is None else self._identity(at + SECOND, dice),
            child=self._identity(at + SECOND // 2, dice) if is_machine else None,
            nature="backup",
            command=workload.command if workload else "",
            tenant=tenant,
            workload=workload,
            plan=plan,
            by=BY_SCHEDULE,
            enqueued=at,
            lot=dice.randrange(10_000),
        )

    def begun(self, assignment: Assignment, at: int, dice: Random) -> Run:
        """The run of a plan that is queued at `at` and starts two seconds later."""
        run = self.run(assignment.workload.tenant, assignment.workload, assignment.plan, at, dice)
        return replace(run, assigned=at + SECOND, started=at + 2 * SECOND)

    def scheduled(
        self,
        assignment: Assignment,
        at: int,
        ailing: Cause | None = None,
        *,
        delay: int | None = None,
        is_good: bool = False,
    ) -> Run:
        """The run that a plan starts at `at`. With `ailing` it fails by that. `delay` is the plan's where None."""
        dice = self.dice(assignment.key, at)
        delay = assignment.plan.delay if delay is None else delay
        run = self.begun(assignment, at + dice.randrange(delay + 2 * SECOND), dice)
        length = assignment.plan.typical * dice.randrange(60, 150) // 100
        end, cause = ("error", ailing) if ailing else ("ok", None) if is_good else _end(dice, assignment.workload)
        length = length // 9 if end in ("error", "cancelled") else length
        started = run.enqueued + SECOND + dice.randrange(3 * SECOND)
        return replace(run, started=started, completed=started + length, result=end, cause=cause)

    def attempts(
        self, assignment: Assignment, at: int, ailing: Cause | None = None, failures: int = 0
    ) -> Iterator[Run]:
        """The run that a plan starts at `at`, and those that it tries again by itself until one succeeds.

        At least `failures` of them fail. The last one comes before the plan is due again.
        """
        plan, until = assignment.plan, assignment.next_start(at)
        run = self.scheduled(assignment, at, ailing or (BOOK["network"] if failures else None))
        yield run
        for attempt in range(1, plan.attempts):
            at = (run.completed or run.enqueued) + plan.retry * MINUTE
            if run.result != "error" or (until is not None and at >= until):
                return
            cause = ailing or (BOOK["network"] if attempt < failures else None)
            run = self.scheduled(assignment, at, cause, delay=0, is_good=attempt >= failures > 0)
            yield run

    def restore(self, workload: Workload, at: int, dice: Random, length: int) -> Run:
        """What a person started; no plan belongs to it. Takes `length` nanoseconds."""
        run = self.run(workload.tenant, workload, None, at, dice)
        run = replace(run, nature="restore", command=workload.restore, child=None, by=dice.choice(PEOPLE))
        started = at + 2 * SECOND
        return replace(run, assigned=at + SECOND, started=started, completed=started + length)

    def chore(self, assignment: Assignment, at: int, dice: Random) -> Run:
        """Something of the management plane. Mostly task and activity are one record there, and take no time."""
        command, title, planned = dice.choice(_TABLES["chores"])
        workload, plan = assignment.workload, assignment.plan
        run = self.run(workload.tenant, workload, plan if planned else None, at, dice)
        own = command in _OWN_ACTIVITY
        length = dice.randrange(90 * SECOND) if own else 0
        return replace(
            run,
            nature="management",
            command=command,
            activity=self._identity(at + SECOND, dice) if own else run.task,
            child=None,
            by="" if own else dice.choice((*PEOPLE, workload.tenant.name)),
            started=at,
            completed=at + length,
            title=title.format(plan=plan.name, name=workload.name),
            result="error" if dice.random() < 0.02 else "ok",
        )


def _end(dice: Random, workload: Workload) -> tuple[str, Cause | None]:
    causes = _MACHINE_CAUSES if workload.is_machine else _TABLES["cloud_causes"]
    throw = dice.randrange(1000)
    for end, share in _TABLES["ends"].items():
        if throw < share:
            return end, BOOK[dice.choice(causes)] if end in ("error", "warning") else None
        throw -= share
    return "ok", None


def ailing_cause(assignment: Assignment) -> Cause | None:
    """Why this resource has failed by this plan for days, and goes on failing until somebody says `recover`."""
    names = [assignment.workload.name, assignment.plan.name]
    return next((BOOK[cause] for *ailing, cause in _TABLES["ailing"] if ailing == names), None)


def past(maker: Maker, now: int, days: int, assignments: Sequence[Assignment] = ASSIGNMENTS) -> Iterator[Run]:
    """Everything that began in the `days` before `now`; what is not over yet is among it."""
    since = now - days * DAY
    for assignment in assignments:
        cause = ailing_cause(assignment)
        for at in assignment.starts(since, now):
            yield from maker.attempts(assignment, at, cause if at > now - _AILING_SINCE else None)
    dice = maker.dice("besides")
    for _ in range(days * 14 if assignments else 0):
        yield maker.chore(dice.choice(assignments), since + dice.randrange(days * DAY), dice)
    for _ in range(days if assignments else 0):
        workload = dice.choice(assignments).workload
        at = since + dice.randrange(days * DAY - 2 * HOUR)
        yield maker.restore(workload, at, dice, 10 * MINUTE + dice.randrange(HOUR))


def present(maker: Maker, now: int) -> Iterator[Run]:
    """What a world needs to be worth looking at: fresh failures, running, waiting and blocked runs, restores."""
    dice = maker.dice("present")

    def begun(name: str, plan: str, ago: int) -> Run:
        return maker.begun(_assignment(name, plan), now - ago, dice)

    for name, plan, hours, end, cause in _TABLES["recent"]:
        run = begun(name, plan, hours * HOUR)
        yield replace(run, completed=run.enqueued + 11 * MINUTE, result=end, cause=BOOK.get(cause))
    for name, plan, gone, left in _TABLES["running"]:
        yield replace(begun(name, plan, gone * MINUTE), completed=now + left * MINUTE)
    # Two queued behind an agent that is away, one just assigned, one that waits for a person
    yield replace(begun("beta-srv-4", "Daily", 190 * MINUTE), assigned=None, started=None)
    yield replace(begun("beta-srv-6", "Daily", 15 * MINUTE), assigned=None, started=None)
    yield replace(begun("DENT-PC3", "Protect Win", 2 * MINUTE), started=None)
    yield replace(begun("BER-SRV02", "Berlin nightly", 3 * HOUR), blocker="EncryptionPasswordRequired")
    sql, drive = _assignment("SRV-SQL02", "Nightly servers"), _assignment("it OneDrive", "M365 nightly")
    failed = maker.restore(sql.workload, now - 70 * MINUTE, dice, 13 * MINUTE)
    yield replace(failed, result="error", cause=BOOK["network"])
    yield maker.restore(drive.workload, now - 6 * MINUTE, dice, 40 * MINUTE)


def _assignment(name: str, plan: str) -> Assignment:
    return next(one for one in ASSIGNMENTS if (one.workload.name, one.plan.name) == (name, plan))
