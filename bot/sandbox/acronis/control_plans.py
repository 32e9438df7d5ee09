"""Control of plans: what is so of one on a resource, how it goes on, and how running it is answered."""

from dataclasses import replace
from typing import Any, Final

from bot.sandbox.acronis.alerts import QUOTA
from bot.sandbox.acronis.apis import SCOPES
from bot.sandbox.acronis.causes import cause_named
from bot.sandbox.acronis.control_runs import Begun, RunControl, begun, length, one_of
from bot.sandbox.acronis.fleet import Application
from bot.sandbox.acronis.plans import DEPLOYMENTS, REFUSALS, Course
from bot.sandbox.acronis.query import RESULTS
from bot.sandbox.acronis.schedules import TYPES, WEEKDAYS, BackupSet
from bot.sandbox.acronis.times import MINUTE

RUN_ANSWERS: Final = (*REFUSALS, "202", "204", "reset", "500 after", "reset after", "hang after")
"""Statuses; `reset` comes before anything has started, what is `after` comes when the run has."""


class PlanControl(RunControl):
    """A plan by its name; without a resource all of it is meant."""

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
        found.deployment = found.deployment if deployment is None else one_of("deployment", deployment, DEPLOYMENTS)
        found.changed = self._world.now()
        self._alert(found, "PlanDeploymentFailed", is_so=found.deployment == "error")
        return {"enabled": found.enabled, "licensed": found.licensed, "deployment": found.deployment}

    def applications(self, flat: bool = False) -> dict[str, bool]:
        """Whether applications are listed flat, as the guide's sample has them."""
        self._service.plans.flat = flat
        return {"flat": flat}

    def answer_run(self, kind: str, count: int = 1) -> dict[str, int]:
        """The next `count` requests to run are answered so (`RUN_ANSWERS`). Raises ValueError."""
        self._service.run_answers += [one_of("kind", kind, RUN_ANSWERS)] * count
        return {"answers": len(self._service.run_answers)}

    def runs(
        self, seconds: float | None = None, result: str = "", cause: str | None = None, delay: float = 0
    ) -> dict[str, bool]:
        """How the runs go that are asked for from now on. Their task comes after `delay` seconds. Raises ValueError."""
        if result:
            one_of("result", result, RESULTS)
        why = cause_named(cause) if cause else None
        self._service.plans.course = Course(None if seconds is None else length(seconds), result, why, length(delay))
        return {"runs": True}

    def forbid(self, api: str, on: bool = True) -> dict[str, list[str]]:
        """One of the APIs beside the Task Manager (`SCOPES`) answers 403 from now on. Raises ValueError."""
        one_of("api", api, tuple(SCOPES))
        forbidden = self._service.shape.forbidden
        (forbidden.add if on else forbidden.discard)(api)
        events = self._service.events
        events.switches = replace(events.switches, allowed="topics" not in forbidden)
        return {"forbidden": sorted(forbidden)}

    # ── what happens to plans ──

    def pause(
        self, plan: str, resource: str | None = None, on: bool = True, seconds: float | None = None
    ) -> dict[str, bool]:
        """A plan starts nothing, on one resource or on all, for so many seconds or until it goes `on` again."""
        now, found = self._world.now(), self._found(plan, resource)
        until = now + length(seconds) if on and seconds is not None else None
        for one in found:
            one.changed, one.enable_at = now, until
            one.enabled = one.enabled if resource is None else not on
        fleet, key = self._world.fleet, found[0].one.plan.key
        fleet.waking += found if until is not None else ()
        if resource is None:
            fleet.changed[key] = now
            (fleet.paused.add if on else fleet.paused.discard)(key)
        return {"paused": on}

    def withdraw(self, plan: str, resource: str | None = None) -> dict[str, int]:
        """A plan is revoked, from one resource or from all."""
        found = self._found(plan, resource)
        for one in found:
            self._world.fleet.revoke(one, self._world.now())
        return {"revoked": len(found)}

    def skip(self, resource: str, plan: str | None = None, count: int = 1) -> dict[str, int]:
        """The next `count` starts make no run, without a reason; an alert says so."""
        found = self._application_of(resource, plan)
        found.skips = count
        return {"skips": count}

    def quota(self, resource: str, lost: bool = True) -> dict[str, int]:
        """A resource has no licence any longer: none of its plans runs."""
        found = self._resource_of(resource).plans()
        for one in found:
            one.licensed, one.changed = not lost, self._world.now()
            self._alert(one, QUOTA, is_so=lost)
        return {"plans": len(found)}

    def retries(
        self,
        resource: str,
        plan: str | None = None,
        failures: int = 3,
        seconds: float = 5,
        apart: float | None = None,
        cause: str = "network",
    ) -> list[Begun]:
        """A run starts now and fails, is tried again `apart` seconds after each end, and succeeds after `failures`.

        Without `apart` as the plan's settings say. Where it may not be tried so often, the last one fails too.
        """
        one, why = self._choose(resource, plan), cause_named(cause)
        every = one.plan.retry * MINUTE if apart is None else length(apart)
        at, lasts = self._world.now(), length(seconds)
        tries = range(min(failures + 1, max(one.plan.attempts, 1 if apart is None else failures + 1)))
        runs = [
            self._run(
                "backup",
                one,
                at + number * (lasts + every),
                lasts,
                *(("error", why) if number < failures else ("ok", None)),
            )
            for number in tries
        ]
        self._world.begin_later(runs)
        return [begun(run) for run in runs]

    def fail_next(self, resource: str, plan: str | None = None, failures: int = 1) -> dict[str, int]:
        """The next scheduled run fails; what its plan tries again by itself fails too, so many runs in all."""
        self._application_of(resource, plan).failures = failures
        return {"failures": failures}

    def reschedule(
        self,
        plan: str,
        times: list[str] | None = None,
        weekdays: list[str] | None = None,
        type: str = "weekly",  # noqa: A002  (the API's own word)
        every: int = 60,
    ) -> dict[str, Any]:
        """A plan's schedule is another from now on: clock times such as "21:30"; `every` so many minutes if hourly."""
        one_of("type", type, TYPES)
        minutes = tuple(_minutes(text) for text in times or ())
        days = tuple(one_of("weekdays", day, WEEKDAYS) for day in weekdays or WEEKDAYS)
        step = every if type == "hourly" else 0
        if type == "monthly":
            raise ValueError("type: monthly cannot be set here")
        found, now = self._found(plan, None), self._world.now()
        old = found[0].one.plan
        new = replace(old, every=0, offset=0, sets=(BackupSet(type, minutes, days, step=step),))
        for one in found:
            one.one, one.changed = replace(one.one, plan=new, stagger=0), now
        self._world.fleet.plans[old.key] = new
        self._world.fleet.changed[old.key] = now
        self._world.expect(found, now)
        return {"sets": [each.written() for each in new.sets]}

    def zero_bytes(self, resource: str, plan: str | None = None, on: bool = True) -> dict[str, bool]:
        """Runs save nothing from now on, however they end."""
        self._application_of(resource, plan).empty = on
        return {"empty": on}

    def _found(self, plan: str, resource: str | None) -> list[Application]:
        return self._plan_of(plan) if resource is None else [self._application_of(resource, plan)]

    def _alert(self, one: Application, kind: str, *, is_so: bool) -> None:
        alerts, now = self._world.alerts, self._world.now()
        if is_so:
            alerts.raise_of(one, kind, now)
        else:
            alerts.clear(kind, one.one.plan, one.one.workload, now)


def _minutes(text: str) -> int:
    """Of the day. Raises ValueError."""
    hours, _, minutes = text.partition(":")
    found = int(hours) * 60 + int(minutes)
    if not 0 <= found <= 1440:
        raise ValueError(f"times: {text!r} is no time of the day")
    return found
