"""Things that can be made to happen: failures, recoveries, storms, stamps from the future.

Each starts now and goes its way as time passes. Answers say which task it became.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import ACME, ASSIGNMENTS, HOSTILE, MACHINE_RESTORE, MACHINE_RUN, Assignment, Workload
from bot.sandbox.acronis.causes import Cause, cause_named
from bot.sandbox.acronis.query import RESULTS
from bot.sandbox.acronis.runs import BY_SCHEDULE, PEOPLE, Run
from bot.sandbox.acronis.service import Service
from bot.sandbox.acronis.times import SECOND, write_stamp

KINDS: Final = ("backup", "restore")


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


class Scenarios:
    """`seconds` is how long a run takes from now; 0 is over at once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._world = service.world
        self._last: tuple[str, Assignment] | None = None

    def fail(
        self,
        resource: str | None = None,
        plan: str | None = None,
        kind: str = "backup",
        seconds: float = 5,
        cause: str = "storage_full",
        code: str | None = None,
        result: str = "error",
        child: bool = False,
    ) -> Begun:
        """The next backup (or a restore) of a resource starts now and ends badly.

        `resource` and `plan` are names or ids; without them one is chosen. `cause` is an entry of `causes.BOOK` or the
        text of a root cause, `code` the domainError's code, `result` any result code. `child` adds a child task that
        carries the same failure, for machines only. Raises LookupError, ValueError.
        """
        one_of("result", result, RESULTS)
        assignment = self._choose(resource, plan)
        why = cause_named(cause)
        why = replace(why, code=code) if code else why
        return self._start(kind, assignment, seconds, result, why, child=child)

    def recover(
        self, resource: str | None = None, plan: str | None = None, kind: str | None = None, seconds: float = 2
    ) -> Begun:
        """The next run of the same resource and plan starts now and is ok. Without a name: of what failed last."""
        last = self._last
        if resource is None:
            if last is None:
                raise LookupError("nothing has failed yet: name a resource")
            last_kind, assignment = last
        else:
            last_kind, assignment = "backup", self._choose(resource, plan)
        self._world.heal(assignment)
        begun = self._start(kind or last_kind, assignment, seconds, "ok", None)
        self._last = last
        return begun

    def storm(self, count: int = 8, cause: str = "cloud_storage", seconds: float = 3, apart: float = 0) -> list[Begun]:
        """`count` different resources fail by the same cause, each `apart` seconds after the one before."""
        why, chosen = cause_named(cause), _distinct(count)
        return [self._start("backup", one, seconds + place * apart, "error", why) for place, one in enumerate(chosen)]

    def future(self, seconds: float = 3600, resource: str | None = None, result: str = "error") -> Begun:
        """A backup that is over already, with stamps that lie `seconds` ahead of the server's time."""
        one_of("result", result, RESULTS)
        cause = None if result == "ok" else cause_named("internal")
        at = self._world.now() + _length(seconds)
        run = self._run("backup", self._choose(resource, None), at, 0, result, cause)
        self._world.show_ahead(run)
        return _begun(run)

    def add(self, tasks: Sequence[Any] = (), activities: Sequence[Any] = ()) -> dict[str, int]:
        """Puts raw objects down as they are, malformed ones too. One with a known id takes the other's place."""
        self._world.add(tasks, activities)
        return {"tasks": len(tasks), "activities": len(activities)}

    def grow(self, count: int) -> dict[str, int]:
        """Adds so many finished tasks, ten seconds apart up to now: for benchmarks."""
        self._world.grow(count)
        return {"tasks": len(self._world.tasks)}

    def delete(self, id: str | int, kind: str = "tasks") -> dict[str, str]:  # noqa: A002  (the API's own word)
        """Marks an object as deleted: only `allow_deleted=true` shows it. Raises KeyError."""
        self._world.table(kind).hide(int(id))
        return {"deleted": str(id)}

    def _choose(self, resource: str | None, plan: str | None) -> Assignment:
        found = [one for one in ASSIGNMENTS if _named(one, resource, plan)]
        if not found:
            raise LookupError(f"no resource {resource!r} with plan {plan!r}")
        if resource is not None:
            return found[0]
        calm = [one for one in found if one.workload.tenant is not HOSTILE]
        return self._world.dice.choice(calm or found)

    def _start(
        self, kind: str, one: Assignment, seconds: float, result: str, cause: Cause | None, *, child: bool = False
    ) -> Begun:
        run = self._run(kind, one, self._world.now(), _length(seconds), result, cause)
        # Child tasks come with every seventh lot
        run = replace(run, lot=run.lot + 40) if child else run
        self._world.begin([run])
        self._last = (kind, one)
        return _begun(run)

    def _run(self, kind: str, one: Assignment, at: int, length: int, result: str, cause: Cause | None) -> Run:
        one_of("kind", kind, KINDS)
        maker, dice = self._world.maker, Random(self._world.dice.random())
        if kind == "restore":
            run = replace(maker.restore(one.workload, at, dice, length), by=PEOPLE[0])
        else:
            run = replace(maker.run(one.workload.tenant, one.workload, one.plan, at, dice), by=BY_SCHEDULE)
        # All nine digits and no child task: what a scenario starts is found by exact times, and only once.
        run = replace(run, lot=run.lot // 70 * 70 + 9, result=result, cause=cause)
        return replace(run, assigned=at, started=at, completed=at + length)


def _begun(run: Run) -> Begun:
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


def _named(one: Assignment, resource: str | None, plan: str | None) -> bool:
    workload = resource is None or resource.casefold() in (one.workload.name.casefold(), one.workload.key)
    return workload and (plan is None or plan.casefold() in (one.plan.name.casefold(), one.plan.key))


def _distinct(count: int) -> list[Assignment]:
    """As many assignments of different workloads; past those of the catalog, machines are invented."""
    found = {one.workload.key: one for one in ASSIGNMENTS if one.workload.tenant is not HOSTILE}
    for number in range(count - len(found)):
        workload = Workload(ACME, f"VM-{number:05d}", "machine", MACHINE_RUN, MACHINE_RESTORE, 8 << 30)
        found[workload.key] = Assignment(ASSIGNMENTS[0].plan, workload, 0)
    return list(found.values())[:count]


def one_of(word: str, value: str, allowed: Sequence[str]) -> str:
    """Raises ValueError for any other."""
    if value not in allowed:
        raise ValueError(f"{word}: {value!r} is none of {', '.join(allowed)}")
    return value


def _length(seconds: float) -> int:
    return round(float(seconds) * SECOND)
