"""Control of what happens to machines, tenants and clocks, and to runs that do not end by themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.sandbox.acronis.alerts import KNOWN, OFFLINE, SEVERITIES
from bot.sandbox.acronis.catalog import Assignment, machine
from bot.sandbox.acronis.control_runs import Begun, RunControl, begun, is_called, length, one_of
from bot.sandbox.acronis.fleet import Customer
from bot.sandbox.acronis.query import RESULTS
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.schedules import zone_named
from bot.sandbox.acronis.times import HOUR, SECOND, write_stamp

_CHANGES: Final[dict[str, Callable[[timedelta], bool]]] = {
    "spring": lambda change: change > timedelta(0),
    "autumn": lambda change: change < timedelta(0),
}


class WorldControl(RunControl):
    """Each says what has become of the world."""

    def agent(self, resource: str, online: bool = False) -> dict[str, Any]:
        """The agent of a machine goes away or comes back, with all that it serves. What is due meanwhile is not run."""
        fleet, now = self._world.fleet, self._world.now()
        agent = self._resource_of(resource).workload.agent
        served = [one for one in fleet.resources.values() if one.workload.is_machine and one.workload.agent == agent]
        for one in served:
            one.offline, one.changed = None if online else one.offline or now, now
            for each in one.plans() if online else ():
                self._world.alerts.clear("BackupStatusUnknown", each.one.plan, one.workload, now)
            if online:
                self._world.alerts.clear(OFFLINE, None, one.workload, now)
        return {"online": online, "resources": [one.workload.name for one in served]}

    def tenant(self, name: str, enabled: bool | None = None, deleted: bool | None = None) -> dict[str, bool]:
        """A tenant is disabled, enabled, deleted: nothing of it is run but when it is enabled."""
        found = self._customer(name)
        self._world.fleet.mark(found, self._world.now(), enabled=enabled, deleted=deleted)
        return {"enabled": found.enabled, "deleted": found.deleted is not None}

    def self_service(self, tenant: str, on: bool = True) -> dict[str, bool]:
        """A customer lets nobody in from above: everything of it is gone from what the bot may see. Backups go on."""
        found = self._customer(tenant)
        found.blind, found.changed = on, self._world.now()
        return {"ancestral_access": not on}

    def workload(self, name: str, tenant: str) -> dict[str, str]:
        """A new machine without any plan."""
        found = self._world.fleet.enrol(machine(self._customer(tenant).tenant, name), self._world.now())
        return {"resource": name, "resource_id": found.workload.key}

    def protect(self, resource: str, plan: str) -> dict[str, str]:
        """A plan is put on a machine."""
        now, like = self._world.now(), self._plan_of(plan)[0].one.plan
        found = self._world.fleet.apply(Assignment(like, self._resource_of(resource).workload), now)
        self._world.expect([found], now)
        return {"resource": resource, "plan": like.name}

    def delete_workload(self, resource: str) -> dict[str, str]:
        """Its plans are revoked with it."""
        self._world.fleet.forget(self._resource_of(resource), self._world.now())
        return {"deleted": resource}

    def dst(self, change: str = "autumn", zone: str = "Europe/Vienna", hours: float = 3) -> dict[str, Any]:
        """Moves the clock to `hours` before the next change of clocks in spring or autumn."""
        one_of("change", change, tuple(_CHANGES))
        at = _next_change(self._world.now(), zone, _CHANGES[change])
        self._world.offset += at - round(hours * HOUR) - self._world.now()
        return {"now": write_stamp(self._world.now()), "change": write_stamp(at)}

    # ── runs ──

    def hang(
        self, resource: str, plan: str | None = None, percent: int = 40, ago: float = 0, alert: bool = False
    ) -> Begun:
        """A run that started `ago` seconds ago goes on without an end; at `percent` its progress stands still.

        It started after the run before it was over, where that was later: runs of a plan do not overlap.
        """
        one = self._choose(resource, plan)
        run = self._run("backup", one, self._free_since(one, self._world.now() - length(ago)), 0, "ok", None)
        run = replace(run, completed=None, stands=6 * HOUR * percent // 100)
        self._world.begin([run])
        if alert:
            activity = {"activityId": run.activity.uuid.upper()}
            self._world.alerts.raise_(
                "BackupNotResponding", self._world.now(), run.tenant, one.plan, one.workload, activity
            )
        return begun(run)

    def _free_since(self, one: Assignment, at: int) -> int:
        """That moment, or just after the last run of the same, where one of them came later."""
        found = self._world.fleet.applications.get(one.key)
        ends = [run.completed or at for run in found.runs.values()] if found else []
        return max([at, *(end + SECOND for end in ends if end <= self._world.now())])

    def wait(self, resource: str, plan: str | None = None, blocker: str = "EncryptionPasswordRequired") -> Begun:
        """A run starts now and waits for a person."""
        run = self._run("backup", self._choose(resource, plan), self._world.now(), 0, "ok", None)
        run = replace(run, completed=None, blocker=blocker)
        self._world.begin([run])
        return begun(run)

    def finish(self, resource: str, plan: str | None = None, result: str = "ok") -> dict[str, int]:
        """All runs of a resource (and plan) that go on end now. Raises LookupError where none does."""
        one_of("result", result, RESULTS)
        now = self._world.now()
        going = [run for run in self._world.going_on() if _is_of(run, resource, plan)]
        if not going:
            raise LookupError(f"nothing of {resource!r} is running")
        ended = [replace(run, completed=now, result=result, blocker="", stands=None) for run in going]
        self._world.show(ended, now)
        return {"ended": len(ended)}

    # ── alerts ──

    def alert(
        self,
        type: str,  # noqa: A002  (the API's own word)
        resource: str | None = None,
        plan: str | None = None,
        severity: str = "",
        details: dict[str, Any] | None = None,
        on: bool = True,
    ) -> dict[str, str]:
        """Acronis raises an alert of any type about a resource and a plan, or dismisses it."""
        one_of("severity", severity or KNOWN.get(type, "warning"), SEVERITIES)
        found = self._choose(resource, plan) if resource and plan else None
        workload = self._resource_of(resource).workload if resource else None
        tenant = workload.tenant if workload else self._world.home
        about, now = found.plan if found else None, self._world.now()
        if not on:
            self._world.alerts.clear(type, about, workload, now)
            return {"type": type}
        raised = self._world.alerts.raise_(type, now, tenant, about, workload, details, severity)
        return {"type": type, "id": raised.id}

    def _customer(self, name: str) -> Customer:
        """By name, number or UUID. Raises LookupError."""
        for one in self._world.fleet.customers.values():
            if name.casefold() in (one.tenant.name.casefold(), one.tenant.number, one.tenant.uuid):
                return one
        raise LookupError(f"no tenant {name!r}")


def _is_of(run: Run, resource: str, plan: str | None) -> bool:
    is_workload = run.workload is not None and is_called(run.workload, resource)
    return is_workload and (plan is None or (run.plan is not None and is_called(run.plan, plan)))


def _next_change(now: int, zone: str, is_it: Callable[[timedelta], bool]) -> int:
    """The hour in which the clocks change next, within two years. Raises LookupError where they never do so."""
    place, hour = zone_named(zone), now // HOUR * (HOUR // SECOND)
    for at in range(hour, hour + 2 * 366 * 24 * 3600, 3600):
        before, after = (datetime.fromtimestamp(each, UTC).astimezone(place).utcoffset() for each in (at - 1, at))
        if before is not None and after is not None and is_it(after - before):
            return at * SECOND
    raise LookupError(f"the clocks of {zone} do not change")
