"""What goes wrong in the pretend world, by seed: each fault once or often, at random times, on workloads of its own.

A fault that is not about a plan's starts (an extra run, an outage) may fall on any time. The faults of the bot itself
and of Acronis as a whole are `Away`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import Assignment
from bot.sandbox.acronis.control import Control
from bot.sandbox.acronis.times import HOUR, MINUTE, SECOND
from tests.detectors.fleet import Fleet
from tests.detectors.world import RememberingWorld, time_of

Act = Callable[[Control, RememberingWorld], object]
PER: Final = 2_000
"""Workloads that the shares of faults are told of."""
_BEFORE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is done to the world then."""

    at: datetime
    act: Act


@dataclass(frozen=True, slots=True)
class Episode:
    """A fault as one would tell of it. `keys` are those of assignments, and of the workloads and agents it is about."""

    kind: str
    keys: frozenset[str]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which Acronis does not answer, or the bot does not run."""

    since: datetime
    until: datetime
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Faults:
    happenings: tuple[Happening, ...]
    episodes: tuple[Episode, ...]
    aways: tuple[Away, ...]


class Seeder:
    """Draws the faults of a fleet between two times. Workloads, plans and tenants have one fault each, at most."""

    def __init__(self, fleet: Fleet, since: datetime, until: datetime, seed: int) -> None:
        self._dice = Random(f"faults {seed}")
        self._since, self._until = since, until
        self._happenings: list[Happening] = []
        self._episodes: list[Episode] = []
        self._share = len(fleet.assignments) / PER
        customers = list(fleet.customers)
        self._dice.shuffle(customers)
        self._customers = customers
        self._plans: dict[str, list[Assignment]] = {}
        for one in fleet.assignments:
            self._plans.setdefault(one.plan.key, []).append(one)
        self._fleet = fleet
        self._single: list[Assignment] = []

    def faults(self) -> Faults:
        self._of_tenants()
        self._of_plans()
        self._single = [one for each in self._customers for one in each.assignments if one.plan.key in self._plans]
        self._dice.shuffle(self._single)
        self._of_starts()
        self._of_extra_runs()
        self._of_machines()
        self._of_runs()
        happenings = sorted(self._happenings, key=lambda each: each.at)
        return Faults(tuple(happenings), tuple(self._episodes), tuple(self._aways()))

    # ── whole tenants and plans ──

    def _of_tenants(self) -> None:
        for kind, share in (("tenant disabled", 2), ("tenant blind", 2)):
            for _ in range(self._count(share)):
                customer = self._customers.pop()
                name, (since, until) = customer.tenant.name, self._span(36, 120)
                if kind == "tenant disabled":
                    self._does(since, _calls("tenant", name, enabled=False))
                    self._does(until, _calls("tenant", name, enabled=True))
                else:
                    self._does(since, _calls("self_service", name, on=True))
                    self._does(until, _calls("self_service", name, on=False))
                self._tells(kind, customer.assignments, since, until)

    def _of_plans(self) -> None:
        for kind, share in (("plan switched off", 8), ("plan revoked", 4), ("plan moved", 6)):
            for _ in range(self._count(share)):
                theirs = self._plan(machines_only=kind != "plan moved")
                plan, (since, until) = theirs[0].plan.name, self._span(24, 96)
                if kind == "plan switched off":
                    self._does(since, _calls("pause", plan))
                    self._does(until, _calls("pause", plan, on=False))
                elif kind == "plan revoked":
                    self._does(since, _calls("withdraw", plan))
                else:
                    self._does(since, _calls("reschedule", plan, *self._moved(theirs[0])))
                lasts = until if kind == "plan switched off" else self._until
                self._tells(kind, theirs, since, lasts)

    def _plan(self, *, machines_only: bool) -> list[Assignment]:
        """A plan that no other fault is about; moved ones start once a day."""
        held = {one.plan.key for each in self._customers for one in each.assignments}
        keys = [
            key
            for key, theirs in self._plans.items()
            if key in held and (theirs[0].workload.is_machine or not machines_only)
            if machines_only or (len(theirs[0].plan.sets) == 1 and len(theirs[0].plan.sets[0].times) == 1)
        ]
        return self._plans.pop(self._dice.choice(keys))

    def _moved(self, one: Assignment) -> tuple[list[str], list[str]]:
        (old,) = one.plan.sets
        minute = (old.times[0] + self._dice.choice((-300, -180, 180, 300))) % 1440
        return [f"{minute // 60:02d}:{minute % 60:02d}"], list(old.weekdays)

    # ── single workloads ──

    def _of_starts(self) -> None:
        for one in self._take(300):
            count = self._dice.choice((1, 1, 1, 2, 3)) if _step(one) > HOUR else 3
            if (at := self._start_of(one)) is not None:
                self._does(at - _BEFORE, partial(_skip, one.key, count))
                self._tells("skipped", (one,), at, at + timedelta(days=count))
        for one in self._take(100):
            if (at := self._start_of(one)) is not None and one.plan.attempts > 1:
                failures = self._dice.randrange(1, one.plan.attempts)
                self._does(at - _BEFORE, partial(_fail, one.key, failures))
                self._tells("retries", (one,), at, at + timedelta(hours=12))

    def _of_extra_runs(self) -> None:
        for one in self._take(200):
            for _ in range(self._dice.choice((1, 1, 1, 5))):
                noon = self._any().replace(hour=self._dice.choice((11, 16)), minute=self._dice.randrange(60))
                self._does(noon, partial(_extra, one, self._length(one)))
        for one in self._take(40):
            if (at := self._start_of(one)) is not None:
                longer = timedelta(minutes=self._dice.choice((20, 70, 110)))
                self._does(at - longer / 2, partial(_extra, one, longer))
                self._tells("overrun", (one,), at - longer / 2, at + longer)

    def _of_machines(self) -> None:
        for one in self._take(60, machines_only=True):
            self._goes_offline(one)
        for one in self._take(80, machines_only=True):
            self._is_paused(one)
        for one in self._take(40, machines_only=True):
            since, _ = self._span(1, 2)
            self._does(since, _calls("withdraw", one.plan.name, one.workload.name))
            self._tells("revoked", (one,), since, self._until)
        for one in self._take(40, machines_only=True):
            since, until = self._span(12, 96)
            self._does(since, _calls("quota", one.workload.name, lost=True))
            self._does(until, _calls("quota", one.workload.name, lost=False))
            self._tells("quota lost", self._on(one), since, until)
        for one in self._take(30):
            since, _ = self._span(1, 2)
            self._does(since, _calls("delete_workload", one.workload.name))
            self._tells("deleted", self._on(one), since, self._until)

    def _goes_offline(self, one: Assignment) -> None:
        """Half of them run what they missed as soon as they are back."""
        since, until = self._span(4, 72)
        self._does(since, _calls("agent", one.workload.name, online=False))
        self._does(until, _calls("agent", one.workload.name, online=True))
        if self._dice.random() < 0.5:
            self._does(until + timedelta(minutes=3), partial(_catch_up, one.workload.agent))
        self._tells("agent offline", self._served(one), since, until, one.workload.agent)

    def _is_paused(self, one: Assignment) -> None:
        """A third of them until a time that is known."""
        names, (since, until) = (one.plan.name, one.workload.name), self._span(12, 96)
        if self._dice.random() < 0.3:
            self._does(since, _calls("pause", *names, seconds=(until - since).total_seconds()))
        else:
            self._does(since, _calls("pause", *names))
            self._does(until, _calls("pause", *names, on=False))
        self._tells("paused", (one,), since, until)

    def _of_runs(self) -> None:
        for kind, share in (("hang", 30), ("wait", 20)):
            for one in self._take(share):
                names, (since, until) = (one.workload.name, one.plan.name), self._span(5, 30)
                self._does(since, _calls(kind, *names))
                self._does(until, _calls("finish", *names))
                self._tells(kind, (one,), since, until)
        for one in self._take(30):
            names, (since, until) = (one.workload.name, one.plan.name), self._span(100, 240)
            self._does(since, _calls("zero_bytes", *names))
            self._does(until, _calls("zero_bytes", *names, on=False))
            self._tells("zero bytes", (one,), since, until)

    def _aways(self) -> Iterator[Away]:
        """In turns, a few days apart, and never in the first or the last day."""
        days = (self._until - self._since).days
        for number in range(max(2, days // 5)):
            began = self._since + (number + 1) * (self._until - self._since) / (max(2, days // 5) + 1)
            began += timedelta(hours=self._dice.uniform(-12, 12))
            yield Away(began, began + timedelta(hours=self._dice.uniform(2, 9)), is_bot=number % 2 == 1)

    # ── drawing ──

    def _count(self, share: float) -> int:
        return max(1, round(share * self._share))

    def _take(self, share: float, *, machines_only: bool = False) -> list[Assignment]:
        """Assignments of workloads that no other fault is about."""
        found: list[Assignment] = []
        while len(found) < self._count(share):
            place = next(
                (n for n, one in enumerate(self._single) if one.workload.is_machine or not machines_only), None
            )
            if place is None:
                break
            one = self._single[place]
            found.append(one)
            gone = {each.workload.key for each in self._served(one)}
            self._single = [each for each in self._single if each.workload.key not in gone]
        return found

    def _served(self, one: Assignment) -> list[Assignment]:
        """All that the same agent serves; of a mailbox it alone."""
        if not one.workload.is_machine:
            return self._on(one)
        theirs = next(each for each in self._fleet.customers if each.tenant == one.workload.tenant).assignments
        return [each for each in theirs if each.workload.agent == one.workload.agent]

    def _on(self, one: Assignment) -> list[Assignment]:
        theirs = next(each for each in self._fleet.customers if each.tenant == one.workload.tenant).assignments
        return [each for each in theirs if each.workload.key == one.workload.key]

    def _start_of(self, one: Assignment) -> datetime | None:
        since, until = (round(at.timestamp()) * SECOND for at in (self._since, self._until - timedelta(days=1)))
        starts = one.starts(since, until)
        return time_of(self._dice.choice(starts)) if starts else None

    def _length(self, one: Assignment) -> timedelta:
        """Of one of its runs, by hand or not."""
        return timedelta(seconds=one.plan.typical / SECOND) * self._dice.uniform(0.6, 1.5)

    def _any(self) -> datetime:
        return self._since + self._dice.random() * (self._until - self._since - timedelta(days=1))

    def _span(self, least: float, most: float) -> tuple[datetime, datetime]:
        """From any time on, so many hours."""
        since = self._any()
        return since, since + timedelta(hours=self._dice.uniform(least, most))

    def _does(self, at: datetime, act: Act) -> None:
        self._happenings.append(Happening(at, act))

    def _tells(
        self, kind: str, theirs: Sequence[Assignment], since: datetime, until: datetime, agent: str = ""
    ) -> None:
        keys = {key for one in theirs for key in (one.key, one.workload.key)} | ({agent} if agent else set())
        self._episodes.append(Episode(kind, frozenset(keys), since, until))


def _step(one: Assignment) -> int:
    return min((each.step * MINUTE or 24 * HOUR for each in one.plan.sets), default=24 * HOUR)


def _calls(name: str, *words: Any, **more: Any) -> Act:
    """One of the control's methods. What is not there any more has nothing happen to it."""

    def act(control: Control, _: RememberingWorld) -> None:
        with suppress(LookupError):
            getattr(control, name)(*words, **more)

    return act


def _skip(key: str, count: int, _: Control, world: RememberingWorld) -> None:
    if found := world.fleet.applications.get(key):
        found.skips = count


def _fail(key: str, failures: int, _: Control, world: RememberingWorld) -> None:
    if found := world.fleet.applications.get(key):
        found.failures = failures


def _extra(one: Assignment, length: timedelta, _: Control, world: RememberingWorld) -> None:
    """A run by hand that ends well."""
    if one.key in world.fleet.applications:
        run = world.maker.begun(one, world.now(), world.maker.dice("extra", one.key, world.now()))
        assert run.started is not None
        world.begin_later([replace(run, completed=run.started + round(length.total_seconds() * SECOND))])


def _catch_up(agent: str, control: Control, world: RememberingWorld) -> None:
    """What was missed while the agent was away is run when it is back."""
    for resource in world.fleet.resources.values():
        if resource.workload.is_machine and resource.workload.agent == agent:
            for found in resource.plans():
                _extra(found.one, timedelta(seconds=found.one.plan.typical / SECOND), control, world)
