"""Turns the pretend Acronis from outside: everything that `/control/…` can do, as methods."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.apis import SCOPES
from bot.sandbox.acronis.catalog import ACME, ASSIGNMENTS, HOSTILE, Assignment, Plan, Workload, machine
from bot.sandbox.acronis.causes import Cause, cause_named
from bot.sandbox.acronis.events import SPELLINGS
from bot.sandbox.acronis.faults import FAULTS, OUTAGES, Fault
from bot.sandbox.acronis.fleet import Application
from bot.sandbox.acronis.plans import DEPLOYMENTS, REFUSALS, Course
from bot.sandbox.acronis.query import RESULTS
from bot.sandbox.acronis.runs import BY_SCHEDULE, PEOPLE, Run
from bot.sandbox.acronis.service import ENDS, ENVELOPES, Service
from bot.sandbox.acronis.shape import WORDS
from bot.sandbox.acronis.times import SECOND, write_stamp
from bot.sandbox.acronis.tokens import EXPIRIES

_SETTINGS: Final[dict[str, Sequence[str]]] = {
    "envelope": ENVELOPES,
    "end": ENDS,
    "unauthorised": ("json", "html"),
    "token_expiry": EXPIRIES,
    **WORDS,
    **dict.fromkeys(("max_page", "role", "acting_role", "token_lifetime"), ()),
    **dict.fromkeys(("lag", "moves", "timestamp", "page", "agents_page", "alerts_page", "wrapped"), ()),
}
"""Each with the words it takes, none where it takes a number or a truth."""
_KINDS: Final = ("backup", "restore")
RUN_ANSWERS: Final = (*REFUSALS, "202", "204", "reset", "500 after", "reset after", "hang after")
"""Statuses; `reset` comes before anything has started, what is `after` comes when the run has."""
_POISON: Final = "[" * 700 + "7" * 5000 + "]" * 700
_BROKEN_ITEMS: Final[tuple[Any, ...]] = (None, 17, "task", [], {}, {"id": "not a number", "state": 5, "tenant": "x"})


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


class Control:
    """Scenarios start a run now, which takes `seconds`; the rest turns the server. All answers can be JSON."""

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
        """The next backup (or a restore) of a resource starts now and ends badly. Raises LookupError, ValueError.

        Without `resource` and `plan`, names or ids, one is chosen. `cause` is an entry of `causes.BOOK` or a root
        cause's text; `code` is the domainError's. A `child` task carries the same failure, for machines only.
        """
        _one_of("result", result, RESULTS)
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
        why, chosen = cause_named(cause), _distinct(count, self._assignments())
        return [self._start("backup", one, seconds + place * apart, "error", why) for place, one in enumerate(chosen)]

    def future(self, seconds: float = 3600, resource: str | None = None, result: str = "error") -> Begun:
        """A backup that is over already, with stamps that lie `seconds` ahead of the server's time."""
        _one_of("result", result, RESULTS)
        cause = None if result == "ok" else cause_named("internal")
        at = self._world.now() + _length(seconds)
        run = self._run("backup", self._choose(resource, None), at, 0, result, cause)
        self._world.show([run], run.completed or run.enqueued)
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

    def application(
        self,
        resource: str,
        plan: str | None = None,
        enabled: bool | None = None,
        licensed: bool | None = None,
        deployment: str | None = None,
    ) -> dict[str, Any]:
        """What is so of a plan on a machine from now on. Raises LookupError, ValueError."""
        found = self._application_of(resource, plan)
        found.enabled = found.enabled if enabled is None else enabled
        found.licensed = found.licensed if licensed is None else licensed
        found.deployment = found.deployment if deployment is None else _one_of("deployment", deployment, DEPLOYMENTS)
        found.changed = self._world.now()
        return {"enabled": found.enabled, "licensed": found.licensed, "deployment": found.deployment}

    def applications(self, flat: bool = False) -> dict[str, bool]:
        """Whether applications are listed flat, as the guide's sample has them."""
        self._service.plans.flat = flat
        return {"flat": flat}

    def answer_run(self, kind: str, count: int = 1) -> dict[str, int]:
        """The next `count` requests to run are answered so (`RUN_ANSWERS`). Raises ValueError."""
        self._service.run_answers += [_one_of("kind", kind, RUN_ANSWERS)] * count
        return {"answers": len(self._service.run_answers)}

    def runs(
        self, seconds: float | None = None, result: str = "", cause: str | None = None, delay: float = 0
    ) -> dict[str, bool]:
        """How the runs go that are asked for from now on. Their task comes after `delay` seconds. Raises ValueError."""
        if result:
            _one_of("result", result, RESULTS)
        why = cause_named(cause) if cause else None
        self._service.plans.course = Course(None if seconds is None else _length(seconds), result, why, _length(delay))
        return {"runs": True}

    def events(
        self,
        *,
        lose_subscriptions: bool = False,
        lose_events: bool = False,
        flood: int = 0,
        offsets: str | None = None,
        **switches: Any,
    ) -> dict[str, Any]:
        """How the Event Manager is from now on: `api`, `topic`, `allowed` (true or false), `busy` (so many requests),
        `retry_after` (seconds), `offsets` (`SPELLINGS`). What is lost is lost once, and a `flood` is so many events.
        Raises ValueError, TypeError."""
        events = self._service.events
        if offsets is not None:
            switches["offsets"] = _one_of("offsets", offsets, SPELLINGS)
        events.switches = replace(events.switches, **switches)
        if lose_subscriptions:
            events.subscriptions.clear()
        if lose_events:
            events.lose()
        if flood:
            events.flood(flood)
        return asdict(events.switches) | {"subscriptions": [each.body for each in events.subscriptions.values()]}

    def slow(self, seconds: float, path: str = "/api/") -> dict[str, float]:
        """Each answer takes so long from now on; 0 ends it."""
        self._service.faults.slow, self._service.faults.slow_path = float(seconds), path
        return {"slow": seconds}

    def fault(
        self,
        kind: str,
        count: int | None = 1,
        path: str = "/api/task_manager",
        retry_after: int | None = None,
        as_date: bool = False,
        location: str = "http://elsewhere.example",
    ) -> dict[str, str]:
        """The next `count` requests under `path` go wrong (`FAULTS`); with null until `clear`. Raises ValueError."""
        _one_of("kind", kind, FAULTS)
        self._service.faults.pending.append(Fault(kind, path, retry_after, as_date, location, count))
        return {"fault": kind}

    def clear(self) -> dict[str, bool]:
        """No fault, no outage, no slowness, no malformed items, no poison."""
        self._service.faults.clear()
        self._service.malformed.clear()
        self._service.poison.clear()
        self._service.run_answers.clear()
        return {"clear": True}

    def outage(self, on: bool = True, mode: str = "502") -> dict[str, str]:
        """The whole service is away, its token endpoint too: `502`, `503` or `reset`. Raises ValueError."""
        _one_of("mode", mode, OUTAGES)
        self._service.faults.outage = mode if on else ""
        return {"outage": self._service.faults.outage}

    def malformed(self, items: list[Any] | None = None, count: int = 1) -> dict[str, int]:
        """The next `count` list answers hold these items besides the real ones; without any, one of each usual sort."""
        self._service.malformed += [list(_BROKEN_ITEMS) if items is None else items] * count
        return {"pages": count}

    def poison(self, text: str = _POISON, count: int = 1) -> dict[str, int]:
        """In the next `count` list answers that hold any, the first item's `argument` is this text, JSON or not."""
        self._service.poison += [text] * count
        return {"pages": count}

    def hold(self, path: str = "/api/task_manager") -> dict[str, int]:
        """The next request whose path begins so gets no answer until `release`."""
        return {"hold": self._service.faults.hold(path).number}

    def holds(self) -> dict[str, Any]:
        """Which holds there are, and whether each has caught a request by now."""
        holds = self._service.faults.holds.values()
        found = [{"hold": one.number, "path": one.path, "held": one.is_held.is_set()} for one in holds]
        return {"held": any(one["held"] for one in found), "holds": found}

    async def caught(self, hold: int) -> None:
        """In one process only: waits until the hold has caught a request."""
        await self._service.faults.holds[hold].is_held.wait()

    def release(self, hold: int | None = None) -> dict[str, int]:
        """Lets one hold go, or all. Raises KeyError for an unknown one."""
        return {"released": self._service.faults.release(hold)}

    def reset(self) -> dict[str, bool]:
        """Everything as it was at the start."""
        self._service.reset()
        self._last = None
        return {"reset": True}

    def now(self, offset: float | None = None, date_offset: int | None = None) -> dict[str, Any]:
        """The server's time. `offset` seconds move its whole clock, `date_offset` only the Date header."""
        if offset is not None:
            self._world.offset = round(float(offset) * SECOND)
        if date_offset is not None:
            self._service.settings.date_offset = date_offset
        return {"now": write_stamp(self._world.now()), "offset": self._world.offset / SECOND}

    def settings(self, **wanted: Any) -> dict[str, Any]:
        """What the reference leaves open: see README.md. `token_lifetime` in seconds. Raises ValueError, TypeError."""
        settings, tokens, shape = self._service.settings, self._service.tokens, self._service.shape
        for name, value in wanted.items():
            if name not in _SETTINGS:
                raise TypeError(f"Control.settings() got an unexpected keyword argument {name!r}")
            if value is None:
                continue
            if _SETTINGS[name]:
                _one_of(name, value, _SETTINGS[name])
            if name == "token_lifetime":
                tokens.lifetime = round(float(value) * SECOND)
            elif name == "token_expiry":
                tokens.expiry = value
            elif hasattr(shape, name):
                setattr(shape, name, value)
            else:
                setattr(settings, name, value)
        lasting = {"token_lifetime": tokens.lifetime / SECOND, "token_expiry": tokens.expiry}
        shown = asdict(shape) | {"forbidden": sorted(shape.forbidden)}
        return asdict(settings) | shown | lasting | {"tokens_issued": tokens.issued}

    def forbid(self, api: str, on: bool = True) -> dict[str, list[str]]:
        """One of the APIs beside the Task Manager (`SCOPES`) answers 403 from now on. Raises ValueError."""
        _one_of("api", api, tuple(SCOPES))
        forbidden = self._service.shape.forbidden
        (forbidden.add if on else forbidden.discard)(api)
        return {"forbidden": sorted(forbidden)}

    def revoke(self) -> dict[str, int]:
        """Every token is invalid from now on."""
        return {"revoked": self._service.tokens.revoke_all()}

    def requests(self, path: str = "/api/") -> list[dict[str, Any]]:
        """All requests so far whose path begins so, oldest first. No secrets in it."""
        return [asdict(seen) for seen in self._service.log if seen.path.startswith(path)]

    def resources(self) -> list[dict[str, str]]:
        """What can be made to fail: each resource with each of its plans."""
        return [
            {"resource": one.workload.name, "resource_id": one.workload.key}
            | {"plan": one.plan.name, "tenant": one.workload.tenant.name}
            for one in self._assignments()
        ]

    def _assignments(self) -> list[Assignment]:
        return [found.one for found in self._world.fleet.applications.values()]

    def _application_of(self, resource: str, plan: str | None) -> Application:
        return self._world.fleet.applications[self._choose(resource, plan).key]

    def _choose(self, resource: str | None, plan: str | None) -> Assignment:
        found = [
            one for one in self._assignments() if _is_called(one.workload, resource) and _is_called(one.plan, plan)
        ]
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
        _one_of("kind", kind, _KINDS)
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


def _is_called(thing: Workload | Plan, name: str | None) -> bool:
    return name is None or name.casefold() in (thing.name.casefold(), thing.key)


def _distinct(count: int, assignments: list[Assignment]) -> list[Assignment]:
    """As many assignments of different workloads; past those of the catalog, machines are invented."""
    found = {one.workload.key: one for one in assignments if one.workload.tenant is not HOSTILE}
    for number in range(count - len(found)):
        workload = machine(ACME, f"VM-{number:05d}")
        found[workload.key] = Assignment(ASSIGNMENTS[0].plan, workload)
    return list(found.values())[:count]


def _one_of(word: str, value: str, allowed: Sequence[str]) -> str:
    """Raises ValueError for any other."""
    if value not in allowed:
        raise ValueError(f"{word}: {value!r} is none of {', '.join(allowed)}")
    return value


def _length(seconds: float) -> int:
    return round(float(seconds) * SECOND)
