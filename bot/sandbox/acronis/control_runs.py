"""What all of the control has: choosing a plan on a resource by names, and starting a run of it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bot.sandbox.acronis.catalog import HOSTILE, Assignment, Plan, Workload
from bot.sandbox.acronis.causes import Cause
from bot.sandbox.acronis.fleet import Application, Resource
from bot.sandbox.acronis.runs import BY_SCHEDULE, PEOPLE, Run
from bot.sandbox.acronis.service import Service
from bot.sandbox.acronis.times import SECOND, write_stamp
from bot.sandbox.acronis.world import World

_KINDS: Final = ("backup", "restore")


@dataclass(frozen=True, slots=True)
class Begun:
    """What a scenario has started. `completes_at` is RFC 3339."""

    task_id: str
    uuid: str
    activity_id: str
    resource: str
    resource_id: str
    plan: str
    tenant: str
    completes_at: str


class RunControl:
    """Names are of any case; an id does as well. What is due by now happens before anything is turned."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._last: tuple[str, Assignment] | None = None

    @property
    def _world(self) -> World:
        self._service.world.advance()
        return self._service.world

    def _assignments(self) -> list[Assignment]:
        return [found.one for found in self._world.fleet.applications.values()]

    def _application_of(self, resource: str, plan: str | None) -> Application:
        return self._world.fleet.applications[self._choose(resource, plan).key]

    def _plan_of(self, name: str) -> list[Application]:
        """All applications of a plan. Raises LookupError."""
        found = [one for one in self._world.fleet.applications.values() if is_called(one.one.plan, name)]
        if not found:
            raise LookupError(f"no plan {name!r} is on any resource")
        return found

    def _resource_of(self, name: str) -> Resource:
        """Raises LookupError."""
        for one in self._world.fleet.resources.values():
            if is_called(one.workload, name) and one.deleted is None:
                return one
        raise LookupError(f"no resource {name!r}")

    def _choose(self, resource: str | None, plan: str | None) -> Assignment:
        found = [one for one in self._assignments() if is_called(one.workload, resource) and is_called(one.plan, plan)]
        if not found:
            raise LookupError(f"no resource {resource!r} with plan {plan!r}")
        if resource is not None:
            return found[0]
        calm = [one for one in found if one.workload.tenant is not HOSTILE]
        return self._world.dice.choice(calm or found)

    def _start(
        self, kind: str, one: Assignment, seconds: float, result: str, cause: Cause | None, *, child: bool = False
    ) -> Begun:
        run = self._run(kind, one, self._world.now(), length(seconds), result, cause)
        # Child tasks come with every seventh lot
        run = replace(run, lot=run.lot + 40) if child else run
        self._world.begin([run])
        self._last = (kind, one)
        return begun(run)

    def _run(self, kind: str, one: Assignment, at: int, lasts: int, result: str, cause: Cause | None) -> Run:
        one_of("kind", kind, _KINDS)
        maker, dice = self._world.maker, Random(self._world.dice.random())
        if kind == "restore":
            run = replace(maker.restore(one.workload, at, dice, lasts), by=PEOPLE[0])
        else:
            run = replace(maker.run(one.workload.tenant, one.workload, one.plan, at, dice), by=BY_SCHEDULE)
        # All nine digits and no child task: what a scenario starts is found by exact times, and only once.
        run = replace(run, lot=run.lot // 70 * 70 + 9, result=result, cause=cause, is_empty=self._is_empty(one))
        return replace(run, assigned=at, started=at, completed=at + lasts)

    def _is_empty(self, one: Assignment) -> bool:
        found = self._world.fleet.applications.get(one.key)
        return found is not None and found.empty


def begun(run: Run) -> Begun:
    return Begun(
        task_id=str(run.task.number),
        uuid=run.task.uuid,
        activity_id=str(run.activity.number),
        resource=run.workload.name if run.workload else "",
        resource_id=run.workload.key if run.workload else "",
        plan=run.plan.name if run.plan else "",
        tenant=run.tenant.name,
        completes_at=write_stamp(run.completed or run.enqueued),
    )


def is_called(thing: Workload | Plan, name: str | None) -> bool:
    return name is None or name.casefold() in (thing.name.casefold(), thing.key)


def one_of(word: str, value: str, allowed: Sequence[str]) -> str:
    """Raises ValueError for any other."""
    if value not in allowed:
        raise ValueError(f"{word}: {value!r} is none of {', '.join(allowed)}")
    return value


def length(seconds: float) -> int:
    return round(float(seconds) * SECOND)
