"""What a plan consists of, and running one now (plans §4, §5.1). No HTTP in here.

A plan is a root with two children, a backup and a scan.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import Assignment, Plan, guid_of
from bot.sandbox.acronis.causes import Cause
from bot.sandbox.acronis.errors import Refusal, forbidden, policy_error
from bot.sandbox.acronis.fleet import Application
from bot.sandbox.acronis.runs import PEOPLE, Run, ailing_cause
from bot.sandbox.acronis.world import World

ROOT: Final = "policy.protection.total"
BACKUP: Final = "policy.backup.machine"
SCAN: Final = "policy.security.antimalware_protection"
ACT_SCOPE: Final = "urn:acronis.com::policy_manager:{tenant}:admin"
DEPLOYMENTS: Final = ("deploying", "deployed", "error", "not_available")
_STATES: Final = ("running", "idle", "cancelling", "interaction_required")


@dataclass(frozen=True, slots=True)
class Part:
    """The root of a plan, or one of its children."""

    id: str
    type: str
    name: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """How runs go that somebody starts now. `length` and `delay`, before the task is there, are nanoseconds."""

    length: int | None = None
    result: str = ""
    cause: Cause | None = None
    delay: int = 0


@dataclass(slots=True)
class Plans:
    """Runs plans. `flat` lists applications as the guide's sample does."""

    world: World
    flat: bool = False
    course: Course = Course()

    def run(self, body: Any, locator: str) -> list[Run]:
        """Starts what a run-now asks for; without `context_ids` on every machine of the plan. Raises Refusal."""
        policy, contexts = _read_run(body)
        found = [
            (one, part)
            for resource in self.world.fleet.visible(locator)
            for one in resource.plans()
            if resource.workload.is_machine
            for part in parts_of(one.one.plan)
            if part.id == policy
        ]
        if not found:
            raise policy_error(404, "NotFoundError", f"policy {policy} not found")
        chosen = [(one, part) for one, part in found if contexts is None or one.one.workload.key in contexts]
        if not chosen:
            raise _issue("PolicyManagement", "NoApplicationsError", "the policy is not applied to these contexts")
        for one, _ in chosen:
            self._check(one)
        runs = [run for one, part in chosen for run in self._started(one.one, part)]
        self.world.begin_later(runs)
        return runs

    def _check(self, one: Application) -> None:
        if not one.licensed:
            raise _issue("Licensing", "NotLicensedError", "no quota is left for this workload")
        if not self.world.fleet.is_on(one, self.world.now()):
            raise _issue("PolicyManagement", "ValidationError", "the policy is disabled")

    def _started(self, one: Assignment, part: Part) -> Iterator[Run]:
        """The backup; of the root, the scan as well."""
        maker, dice = self.world.maker, Random(self.world.dice.random())
        at, course = self.world.now() + self.course.delay, self.course
        bare = maker.run(one.workload.tenant, one.workload, one.plan, at, dice)
        bare = replace(bare, by=PEOPLE[0], lot=bare.lot // 70 * 70 + 9, assigned=at, started=at)
        length = one.plan.typical if course.length is None else course.length
        ailing = ailing_cause(one)
        result = course.result or ("error" if ailing else "ok")
        if part.type != SCAN:
            yield replace(bare, completed=at + length, result=result, cause=course.cause or ailing)
        if part.type != BACKUP:
            scan = maker.run(one.workload.tenant, one.workload, one.plan, at, dice)
            yield replace(
                scan,
                nature="management",
                command="NGMP_FullScan",
                title="Full antimalware scan",
                child=None,
                assigned=at,
                started=at,
                completed=at + length,
            )


def parts_of(plan: Plan) -> tuple[Part, ...]:
    """The root, whose id tasks name, then its children: the backup and the scan, or what the plan's maker chose."""
    return _parts(plan.key, plan.name, plan.children)


@cache
def _parts(root: str, name: str, children: tuple[tuple[str, str], ...]) -> tuple[Part, ...]:
    own = ((guid_of("policy", root, "backup"), BACKUP), (guid_of("policy", root, "scan"), SCAN))
    return Part(root, ROOT, name), *(Part(key, kind, "", (root,)) for key, kind in children or own)


def _issue(domain: str, code: str, message: str) -> Refusal:
    error = {"domain": domain, "code": code, "message": message, "context": {}}
    return Refusal(422, {"issues": [{"severity": "error", "link": {}, "error": error}]})


REFUSALS: Final[Mapping[str, Callable[[], Refusal]]] = {
    "400": lambda: policy_error(400, "ValidationError", "the request is not valid"),
    "401": lambda: policy_error(401, "UnauthorizedRequest", "token is missing, expired or invalid"),
    "403": lambda: forbidden("66", ACT_SCOPE),
    "404": lambda: policy_error(404, "NotFound", "no such policy"),
    "422": lambda: _issue("Licensing", "NotLicensedError", "no quota is left for this workload"),
    "429": lambda: policy_error(429, "TooManyRequests", "try again later"),
    "500": lambda: policy_error(500, "InternalServerError", "Zmqgw: no answer"),
}
"""Answers to a run that may be ordered, by their HTTP status."""


def refusal_named(status: str) -> Refusal:
    return REFUSALS[status]()


def _read_run(body: Any) -> tuple[str, set[str] | None]:
    """The policy's id, and the workloads' or None for all. Raises Refusal (400)."""
    if not isinstance(body, dict) or body.get("state") not in _STATES:
        raise policy_error(400, "SchemaValidationError", f"state must be one of {', '.join(_STATES)}")
    policy, contexts = body.get("policy_id"), body.get("context_ids")
    if not isinstance(policy, str):
        raise policy_error(400, "SchemaValidationError", "policy_id is missing")
    if not isinstance(contexts, list | None):
        raise policy_error(400, "SchemaValidationError", "context_ids is not a list")
    return policy, {str(each) for each in contexts} if contexts else None
