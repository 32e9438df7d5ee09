"""Turns the pretend Acronis from outside: everything that `/control/…` can do, as methods."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from bot.sandbox.acronis.catalog import ACME, ASSIGNMENTS, HOSTILE, Assignment, machine
from bot.sandbox.acronis.causes import cause_named
from bot.sandbox.acronis.control_events import EventControl
from bot.sandbox.acronis.control_plans import PlanControl
from bot.sandbox.acronis.control_runs import Begun, begun, length, one_of
from bot.sandbox.acronis.control_world import WorldControl
from bot.sandbox.acronis.faults import FAULTS, OUTAGES, Fault
from bot.sandbox.acronis.query import RESULTS
from bot.sandbox.acronis.service import ENDS, ENVELOPES
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
_POISON: Final = "[" * 700 + "7" * 5000 + "]" * 700
_BROKEN_ITEMS: Final[tuple[Any, ...]] = (None, 17, "task", [], {}, {"id": "not a number", "state": 5, "tenant": "x"})


class Control(PlanControl, WorldControl, EventControl):
    """Scenarios start a run now, which takes `seconds`; the rest turns the server. All answers can be JSON."""

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
        why, chosen = cause_named(cause), _distinct(count, self._assignments())
        return [self._start("backup", one, seconds + place * apart, "error", why) for place, one in enumerate(chosen)]

    def future(self, seconds: float = 3600, resource: str | None = None, result: str = "error") -> Begun:
        """A backup that is over already, with stamps that lie `seconds` ahead of the server's time."""
        one_of("result", result, RESULTS)
        cause = None if result == "ok" else cause_named("internal")
        at = self._world.now() + length(seconds)
        run = self._run("backup", self._choose(resource, None), at, 0, result, cause)
        self._world.show([run], run.completed or run.enqueued)
        return begun(run)

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
        one_of("kind", kind, FAULTS)
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
        one_of("mode", mode, OUTAGES)
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
                one_of(name, value, _SETTINGS[name])
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


def _distinct(count: int, assignments: list[Assignment]) -> list[Assignment]:
    """As many assignments of different workloads; past those of the catalog, machines are invented."""
    found = {one.workload.key: one for one in assignments if one.workload.tenant is not HOSTILE}
    for number in range(count - len(found)):
        workload = machine(ACME, f"VM-{number:05d}")
        found[workload.key] = Assignment(ASSIGNMENTS[0].plan, workload)
    return list(found.values())[:count]
