"""What is so of workloads, tenants and of each plan on each workload right now, and the runs they had last.

Nothing happens by itself in here: the world tells it of runs, control of events.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.acronis.catalog import TENANTS, Assignment, Catalog, Plan, Tenant, Workload
from bot.sandbox.acronis.runs import Run

_RUNS_KEPT: Final = 12
GOOD: Final = ("ok", "warning")


@dataclass(slots=True)
class Application:
    """A plan on a workload. Times are unix nanoseconds.

    `skips` starts to come make no run, `failures` runs fail before one succeeds, with `empty` runs save nothing.
    `due` is when the world starts it next; `last` and `good` are starts of runs that are no longer among `runs`.
    """

    one: Assignment
    created: int
    enabled: bool = True
    licensed: bool = True
    deployment: str = "deployed"
    enable_at: int | None = None
    deleted: int | None = None
    skips: int = 0
    failures: int = 0
    empty: bool = False
    due: int | None = None
    changed: int = 0
    last: int | None = None
    good: int | None = None
    good_end: int | None = None
    runs: dict[int, Run] = field(default_factory=dict[int, Run])

    def note(self, run: Run, now: int) -> None:
        """Takes a run in, or what has become of one."""
        if run.started is None or run.started > now:
            return
        self.runs[run.task.number] = run
        ended = run.completed if run.completed is not None and run.completed <= now else None
        self.changed = max(self.changed, run.started, ended or 0)
        for number in list(self.runs)[: max(len(self.runs) - _RUNS_KEPT, 0)]:
            if self.runs[number].state(now) == "completed":
                self._fold(self.runs.pop(number))

    def _fold(self, run: Run) -> None:
        started = run.started or run.enqueued
        self.last = max(self.last or 0, started)
        if run.result in GOOD:
            self.good = max(self.good or 0, started)
            self.good_end = max(self.good_end or 0, run.completed or 0)

    def seen(self, at: int) -> "Standing":
        """As it was at that moment, which lies less than a dozen runs back."""
        begun = [run for run in self.runs.values() if run.started is not None and run.started <= at]
        over = [run for run in begun if run.state(at) == "completed"]
        good = [run for run in over if run.result in GOOD]
        latest = max(begun, key=_place, default=None)
        return Standing(
            last=_started(latest) if latest else self.last,
            good=max(map(_started, good), default=self.good),
            good_end=max((run.completed or 0 for run in good), default=self.good_end),
            going=max((run for run in begun if run.state(at) != "completed"), key=_place, default=None),
            ended=max(over, key=_place, default=None),
            changed=max((self.created, *map(_started, begun), *(run.completed or 0 for run in over))),
        )

    def may_go_on(self, at: int) -> bool:
        """Whether a run may have been going on at that moment: sooner told than by `seen`."""
        return any(run.completed is None or run.completed > at for run in self.runs.values())

    @property
    def is_going(self) -> bool:
        return any(run.completed is None and not run.blocker for run in self.runs.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan stands on a workload: when it ran last and well last, the run that goes on, the last that is over."""

    last: int | None
    good: int | None
    good_end: int | None
    going: Run | None
    ended: Run | None
    changed: int


@dataclass(slots=True)
class Resource:
    """A workload. `offline` is since when its agent is away."""

    workload: Workload
    created: int
    changed: int = 0
    offline: int | None = None
    deleted: int | None = None
    applications: list[Application] = field(default_factory=list[Application])

    def plans(self) -> list[Application]:
        """Without those that are revoked."""
        return [one for one in self.applications if one.deleted is None]


@dataclass(slots=True)
class Customer:
    """A tenant. `blind`: we may not look into it."""

    tenant: Tenant
    enabled: bool = True
    blind: bool = False
    deleted: int | None = None
    changed: int = 0


class Fleet:
    """Holds all of it, by its keys. `since` is when it all began.

    `plans` has also those that lie on no workload, `changed` says when a plan was changed, `made` holds what the makers
    of policies sent, by the ids of these, `paused` the keys of plans; `waking` are paused for a while.
    """

    def __init__(self, catalog: Catalog, since: int) -> None:
        self.since = since
        self.applications: dict[str, Application] = {}
        self.resources: dict[str, Resource] = {}
        self.customers: dict[str, Customer] = {}
        self.plans: dict[str, Plan] = {}
        self.changed: dict[str, int] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self.paused: set[str] = set()
        self.waking: list[Application] = []
        self._off: list[str] = []
        self.revoked: list[Application] = []
        for workload in catalog.unprotected:
            self.enrol(workload, since)
        for one in catalog.assignments:
            self.apply(one, since)

    def enrol(self, workload: Workload, now: int) -> Resource:
        """A workload by itself."""
        found = self.resources.get(workload.key)
        if found is None:
            found = self.resources[workload.key] = Resource(workload, now, changed=now)
            self._settle(workload.tenant)
        return found

    def _settle(self, tenant: Tenant) -> None:
        """Takes in a tenant, and those above it that are known."""
        if tenant.number not in self.customers:
            above = (one for one in TENANTS if tenant.locator.startswith(one.locator))
            for each in (*above, tenant):
                self.customers.setdefault(each.number, Customer(each, changed=self.since))

    def apply(self, one: Assignment, now: int) -> Application:
        """Puts a plan on a workload; where it lies there already, that one."""
        found = self.applications.get(one.key)
        if found is None:
            resource = self.enrol(one.workload, now)
            found = Application(one, now, changed=now)
            resource.applications.append(found)
            resource.changed = now
            self.applications[one.key] = found
            self.plans.setdefault(one.plan.key, one.plan)
        return found

    def revoke(self, found: Application, now: int) -> None:
        """Takes a plan off a workload."""
        del self.applications[found.one.key]
        found.deleted = found.changed = now
        found.due = None
        self.resources[found.one.workload.key].changed = now
        self.revoked.append(found)

    def forget(self, resource: Resource, now: int) -> None:
        """The workload is deleted, and its plans revoked."""
        for one in resource.plans():
            self.revoke(one, now)
        resource.deleted = resource.changed = now

    def note(self, run: Run, now: int) -> None:
        if run.nature == "backup" and run.plan and run.workload:
            found = self.applications.get(f"{run.plan.key}:{run.workload.key}")
            if found:
                found.note(run, now)

    def expects(self, found: Application, at: int) -> bool:
        """Whether a start that comes makes a run, as far as plan, licence and tenant go."""
        is_deployed = found.licensed and found.deployment == "deployed"
        return is_deployed and self.is_on(found, at) and self.is_enabled(found.one.workload.tenant)

    def is_on(self, found: Application, at: int) -> bool:
        """Not paused, on this workload or altogether."""
        is_over = found.enable_at is not None and found.enable_at <= at
        return is_over or (found.enabled and found.one.plan.key not in self.paused)

    def wake(self, now: int) -> None:
        """Ends the pauses whose time is over."""
        over = [one for one in self.waking if one.enable_at is not None and one.enable_at <= now]
        for one in over:
            one.changed = one.enable_at or now
            one.enabled, one.enable_at = True, None
            self.paused.discard(one.one.plan.key)
        self.waking = [one for one in self.waking if one.enable_at is not None]

    def is_enabled(self, tenant: Tenant) -> bool:
        """A tenant is disabled with the one above it."""
        return not any(tenant.locator.startswith(locator) for locator in self._off)

    def mark(self, found: Customer, now: int, *, enabled: bool | None = None, deleted: bool | None = None) -> None:
        """Enables, disables or deletes a tenant; None leaves it as it is."""
        found.enabled = found.enabled if enabled is None else enabled
        if deleted is not None:
            found.deleted = now if deleted else None
        found.changed = now
        off = (one for one in self.customers.values() if not one.enabled or one.deleted is not None)
        self._off = [one.tenant.locator for one in off]

    def blind(self) -> tuple[str, ...]:
        """The locators of tenants into which we may not look."""
        return tuple(one.tenant.locator for one in self.customers.values() if one.blind)

    def next_run(self, found: Application, at: int) -> int | None:
        """What Acronis would say: none of what is not expected; stale while the agent is away."""
        if not self.expects(found, at):
            return None
        resource = self.resources[found.one.workload.key]
        away = resource.offline is not None and resource.offline <= at
        return found.one.next_start(resource.offline if away and resource.offline is not None else at)

    def on_plan(self, key: str) -> Iterable[Application]:
        return (one for one in self.applications.values() if one.one.plan.key == key)

    def visible(self, locator: str) -> Iterator[Resource]:
        """The workloads that a token bound to the tenant at `locator` sees, also deleted ones."""
        blind = self.blind()
        return (one for one in self.resources.values() if sees(locator, one.workload.tenant.locator, blind))


def sees(locator: str, tenant: str, blind: Iterable[str]) -> bool:
    """Whether a token bound to the tenant at `locator` sees one at `tenant`, past those who let nobody in."""
    return tenant.startswith(locator) and not any(
        tenant.startswith(one) and not locator.startswith(one) for one in blind
    )


def _started(run: Run) -> int:
    return run.started or run.enqueued


def _place(run: Run) -> tuple[int, int]:
    """Of two that start at once the later task is the later one."""
    return _started(run), run.task.number
