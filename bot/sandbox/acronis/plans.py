"""Policy Management of the living world: the plans of its machines as applications, and running them (plans §4, §5).

A plan is a root with two children, a backup and a scan. No HTTP in here.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import ASSIGNMENTS, Assignment, Plan, guid_of
from bot.sandbox.acronis.causes import Cause
from bot.sandbox.acronis.errors import Refusal
from bot.sandbox.acronis.query import Pairs
from bot.sandbox.acronis.runs import PEOPLE, Run, ailing_cause
from bot.sandbox.acronis.times import write_stamp
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

Raw = dict[str, Any]

ROOT: Final = "policy.protection.total"
BACKUP: Final = "policy.backup.machine"
SCAN: Final = "policy.security.antimalware_protection"
READ_SCOPE: Final = "urn:acronis.com::policy_management:{tenant}:read"
ACT_SCOPE: Final = "urn:acronis.com::policy_manager:{tenant}:admin"
DEPLOYMENTS: Final = ("deploying", "deployed", "error", "not_available")
_FILE: Final = Templates(__file__)
_STATES: Final = ("running", "idle", "cancelling", "interaction_required")
_MACHINES: Final = tuple(one for one in ASSIGNMENTS if one.workload.is_machine)
_LIMIT: Final = 250


@dataclass(frozen=True, slots=True)
class Part:
    """The root of a plan, or one of its children."""

    id: str
    type: str
    name: str
    parents: tuple[str, ...] = ()


@dataclass(slots=True)
class Facts:
    """What may be wrong with a plan on a machine."""

    enabled: bool = True
    licensed: bool = True
    deployment: str = "deployed"


@dataclass(frozen=True, slots=True)
class Course:
    """How runs go that somebody starts now. `length` and `delay`, before the task is there, are nanoseconds."""

    length: int | None = None
    result: str = ""
    cause: Cause | None = None
    delay: int = 0


@dataclass(slots=True)
class Plans:
    """`facts` are by the assignment's key. `flat` lists applications as the guide's sample does."""

    world: World
    flat: bool = False
    course: Course = Course()
    facts: dict[str, Facts] = field(default_factory=dict[str, Facts])

    def facts_of(self, one: Assignment) -> Facts:
        return self.facts.setdefault(one.key, Facts())

    # ── lists ──

    def resources(self, pairs: Pairs, locator: str) -> Raw:
        """Machines, each once."""
        known = {one.workload.key: one.workload for one in _MACHINES if _is_seen(one, locator)}
        wanted = _values(pairs, "type")
        items = [
            _FILE.fill("resource", workload=one, external=f"{key}@{one.tenant.number}", agent=_agent(one.name))
            for key, one in known.items()
            if not wanted or "resource.machine" in wanted
        ]
        return self._page(items, pairs)

    def policies(self, pairs: Pairs, locator: str) -> Raw:
        """Plans, each with its children."""
        context, wanted = _values(pairs, "applicable_to_context_id"), _values(pairs, "type") | _values(pairs, "types")
        plans = {
            one.plan.key: one.plan
            for one in _MACHINES
            if _is_seen(one, locator) and (not context or one.workload.key in context)
        }
        items = [
            {"policy": [_FILE.fill("policy", part=part, plan=plan) for part in parts_of(plan)]}
            for plan in plans.values()
            if not wanted or wanted & {ROOT, BACKUP, SCAN}
        ]
        return self._page(items, pairs)

    def applications(self, pairs: Pairs, locator: str) -> Raw:
        """A list for each plan on each machine; flat, with the guide's spelling, where that is set."""
        self.world.advance()
        groups = [self._group(one, pairs) for one in _MACHINES if _is_seen(one, locator)]
        found = [group for group in groups if group]
        if not self.flat:
            return self._page(found, pairs)
        items = [_as_in_guide(item) for group in found for item in group]
        return self._page(items, pairs)

    def _group(self, one: Assignment, pairs: Pairs) -> list[Raw]:
        """The applications of one plan on one machine that the filters let through."""
        filters: Mapping[str, Callable[[Raw], str]] = {
            "context_id": lambda raw: str(raw["context"]["id"]),
            "policy_id": lambda raw: str(raw["policy"]["id"]),
            "policy_type": lambda raw: str(raw["policy"]["type"]),
            "execution_state": lambda raw: str(raw.get("running", {}).get("state", "")),
            "deployment_state": lambda raw: str(raw.get("deployment", {}).get("state", "")),
        }
        wanted = {key: values for key in filters if (values := _values(pairs, key))}
        made = (self._application(one, part) for part in parts_of(one.plan))
        return [raw for raw in made if all(filters[key](raw).lower() in values for key, values in wanted.items())]

    def _application(self, one: Assignment, part: Part) -> Raw:
        agent, key = _agent(one.workload.name), guid_of("application", one.key, part.id)
        facts = self.facts_of(one)
        raw = _FILE.fill(
            "application", id=key, part=part, agent=agent, facts=facts, plan=one.plan, workload=one.workload
        )
        if part.type == ROOT:
            return raw
        runs = self._runs(one) if part.type == BACKUP else []
        state, progress = ("running", self._percent(runs[-1])) if runs else ("idle", 0)
        raw |= _FILE.fill("child", facts=facts, status="running" if runs else "ok", state=state, progress=progress)
        return raw | {"last_run_time": write_stamp(runs[-1].enqueued)} if runs else raw

    def _runs(self, one: Assignment) -> list[Run]:
        now = self.world.now()
        return [
            run
            for run in self.world.going_on()
            if run.nature == "backup"
            and (run.plan, run.workload) == (one.plan, one.workload)
            and run.state(now) in ("started", "paused")
        ]

    def _percent(self, run: Run) -> int:
        begun, now = run.started or run.enqueued, self.world.now()
        length = max((run.completed or now) - begun, 1)
        return min(100 * (now - begun) // length, 99)

    def _page(self, items: list[Any], pairs: Pairs) -> Raw:
        """`limit` and `after`, the filters are sent again with it; `total` is of the whole list."""
        (limit,), (after,) = _values(pairs, "limit") or {str(_LIMIT)}, _values(pairs, "after") or {""}
        offset, size = _offset(after), int(limit) if limit.isdecimal() else _LIMIT
        cursors: Raw = {"total": len(items)}
        if offset + size < len(items):
            cursors["after"] = base64.b64encode(f"offset={offset + size}".encode()).decode()
        page = items[offset : offset + size]
        return {"items": page, "paging": {"cursors": cursors}, "timestamp": write_stamp(self.world.now())}

    # ── running ──

    def run(self, body: Any, locator: str) -> list[Run]:
        """Starts what a run-now asks for; without `context_ids` on every machine of the plan. Raises Refusal."""
        policy, contexts = _read_run(body)
        found = [
            (one, part)
            for one in _MACHINES
            if _is_seen(one, locator)
            for part in parts_of(one.plan)
            if part.id == policy
        ]
        if not found:
            raise policy_error(404, "NotFoundError", f"policy {policy} not found")
        chosen = [(one, part) for one, part in found if contexts is None or one.workload.key in contexts]
        if not chosen:
            raise _issue("PolicyManagement", "NoApplicationsError", "the policy is not applied to these contexts")
        for one, _ in chosen:
            self._check(one)
        runs = [run for one, part in chosen for run in self._started(one, part)]
        self.world.begin_later(runs)
        return runs

    def _check(self, one: Assignment) -> None:
        facts = self.facts_of(one)
        if not facts.licensed:
            raise _issue("Licensing", "NotLicensedError", "no quota is left for this workload")
        if not facts.enabled:
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


def parts_of(plan: Plan) -> tuple[Part, Part, Part]:
    """The root, whose id tasks name, the backup and the scan."""
    parents = (plan.key,)
    return (
        Part(plan.key, ROOT, plan.name),
        Part(guid_of("policy", plan.key, "backup"), BACKUP, "", parents),
        Part(guid_of("policy", plan.key, "scan"), SCAN, "", parents),
    )


def policy_error(status: int, code: str, message: str, **context: str) -> Refusal:
    """A bare error object of Policy Management; 401 and 403 come from the domain of access."""
    domain = "Access" if status in (401, 403) else "PolicyManagement"
    return Refusal(status, _FILE.fill("error", domain=domain, code=code, message=message, context=context))


def forbidden(tenant: str, scope: str) -> Refusal:
    """Says which scope is missing."""
    given = READ_SCOPE.format(tenant=tenant)
    required = scope.format(tenant=tenant)
    return policy_error(403, "AccessDeniedError", "access denied", scope=given, required_scope=required)


def _issue(domain: str, code: str, message: str) -> Refusal:
    error = _FILE.fill("error", domain=domain, code=code, message=message, context={})
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


def _as_in_guide(raw: Raw) -> Raw:
    """Its sample has `last_runtime`, and progress as text."""
    renamed = {"last_runtime" if key == "last_run_time" else key: value for key, value in raw.items()}
    if "running" in renamed:
        renamed["running"] = renamed["running"] | {"progress": str(renamed["running"]["progress"])}
    return renamed


def _is_seen(one: Assignment, locator: str) -> bool:
    return one.workload.tenant.locator.startswith(locator)


def _agent(name: str) -> str:
    return guid_of("agent", name)


def _values(pairs: Pairs, key: str) -> set[str]:
    """The values of a filter: one, or those in `or(a,b)`."""
    texts: Iterable[str] = (value for name, value in pairs if name == key)
    split = (text[3:-1].split(",") if text.startswith("or(") and text.endswith(")") else [text] for text in texts)
    return {each for values in split for each in values}


def _offset(after: str) -> int:
    try:
        return int(base64.b64decode(after).decode().removeprefix("offset=")) if after else 0
    except ValueError:
        raise policy_error(400, "BadRequest", "after is not a cursor") from None
