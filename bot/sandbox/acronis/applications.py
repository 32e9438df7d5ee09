"""Each plan on each machine, as Policy Management lists it, puts it there and takes it away (plans §5). No HTTP."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from bot.sandbox.acronis.catalog import Assignment, guid_of
from bot.sandbox.acronis.errors import policy_error
from bot.sandbox.acronis.fleet import Application, Standing
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.plans import BACKUP, ROOT, Part, Plans, parts_of
from bot.sandbox.acronis.resources import Resources, standing_word
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import HOUR, SECOND, write_stamp
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
_STATES: Final = {"running": "running", "interaction_required": "interaction_required"}
_Group = tuple[Application, tuple[Part, ...]]


class Applications:
    """A list of lists: one inner list for each plan on each machine."""

    def __init__(self, world: World, shape: Shape, plans: Plans, resources: Resources) -> None:
        self._world = world
        self._fleet = world.fleet
        self._shape = shape
        self._plans = plans
        self._resources = resources

    def listing(self, ask: Ask) -> Raw:
        self._world.advance()
        found = [group for one in self._candidates(ask) if (group := self._group(ask, one))[1]]
        stamp = {"timestamp": write_stamp(self._world.now())} if self._shape.timestamp else {}
        if not self._plans.flat:
            return page(ask, found, lambda group: self._written(*group), self._shape.page) | stamp
        items = [(one, (part,)) for one, parts in found for part in parts]
        return page(ask, items, lambda group: _as_in_guide(self._written(*group)[0]), self._shape.page) | stamp

    def _candidates(self, ask: Ask) -> Iterator[Application]:
        """What the filters on workload and plan let through."""
        for resource in self._fleet.visible(ask.locator):
            workload = resource.workload
            if workload.is_machine and ask.takes("context_id", workload.key):
                applications = resource.applications if ask.is_on("include_deleted") else resource.plans()
                yield from (one for one in applications if _is_wanted(ask, one))

    def _group(self, ask: Ask, one: Application) -> _Group:
        parts = tuple(part for part in parts_of(one.one.plan) if _is_part(ask, part))
        if "deployment_state" in ask.values:
            parts = tuple(each for each in parts if each.type != ROOT and ask.takes("deployment_state", one.deployment))
        if parts and ("execution_state" in ask.values or "status" in ask.values):
            is_asked = "status" in ask.values or one.may_go_on(self._at())
            word = standing_word(one.seen(self._at())) if is_asked else "idle"
            parts = tuple(part for part in parts if self._stands(ask, part, word))
        return one, parts

    def _stands(self, ask: Ask, part: Part, word: str) -> bool:
        """Only backups run; run fields of a root are not valid."""
        word = word if part.type == BACKUP else "idle"
        state = _STATES.get(word, "idle")
        return part.type != ROOT and ask.takes("execution_state", state) and ask.takes("status", word)

    def _at(self) -> int:
        return self._world.now() - round(self._shape.lag * SECOND)

    def _written(self, one: Application, parts: Iterable[Part]) -> list[Raw]:
        standing = one.seen(self._at())
        return [self._application(one, part, standing) for part in parts]

    def _application(self, one: Application, part: Part, standing: Standing) -> Raw:
        plan, workload = one.one.plan, one.one.workload
        deleted = "" if one.deleted is None else write_stamp(one.deleted)
        facts = {"enabled": self._fleet.is_on(one, self._world.now()), "origins": [workload.key]}
        key = guid_of("application", one.one.key, part.id)
        raw = _FILE.fill("application", id=key, part=part, plan=plan, workload=workload, deleted=deleted, **facts)
        if part.type == ROOT:
            return raw
        word = standing_word(standing) if part.type == BACKUP else "idle"
        progress = _percent(standing.going, self._at()) if standing.going and part.type == BACKUP else 0
        raw |= _FILE.fill("child", facts=one, status=word, state=_STATES.get(word, "idle"), progress=progress)
        return raw | self._times(one, standing) | self._worst(one) if part.type == BACKUP else raw

    def _worst(self, one: Application) -> Raw:
        """The alert that makes it red."""
        alert = self._world.alerts.worst(one)
        named = {"id": alert.id, "severity": alert.severity, "type": alert.type} if alert else {}
        return {"most_severe_status_event": named} if named else {}

    def _times(self, one: Application, standing: Standing) -> Raw:
        found = {
            "last_run_time": standing.last,
            "last_success_time": self._resources.good(standing),
            "next_run_time": self._resources.next_run(one, self._at()),
            "next_enable_time": one.enable_at,
        }
        return {name: write_stamp(at) for name, at in found.items() if at}

    # ── putting plans on workloads ──

    def apply(self, ask: Ask) -> Raw:
        """Raises Refusal: 400 for a wrong body, 404 for a plan or workload that is not there."""
        policy, contexts = _read_application(ask.body)
        plan = next((one for one in self._fleet.plans.values() if policy in _ids(one)), None)
        found = [one for one in self._fleet.visible(ask.locator) if one.workload.key in contexts]
        if plan is None or not found:
            raise policy_error(404, "NotFoundError", f"policy {policy} or its contexts not found")
        now = self._world.now()
        applied = [self._fleet.apply(Assignment(plan, one.workload), now) for one in found]
        self._world.expect(applied, now)
        return {"items": [self._written(one, parts_of(plan)) for one in applied]}

    def revoke(self, ask: Ask) -> None:
        """Raises Refusal (404) where no such plan lies on such a workload."""
        found = [one for one in self._candidates(ask) if "policy_id" in ask.values]
        if not found:
            raise policy_error(404, "NotFoundError", "no such application")
        for one in found:
            self._fleet.revoke(one, self._world.now())


def _is_wanted(ask: Ask, one: Application) -> bool:
    workload = one.one.workload
    return (
        ask.takes("policy_id", *_ids(one.one.plan))
        and ask.takes("agent_id", workload.agent)
        and ask.takes("context_type", workload.type)
        and ask.takes("tenant_id", workload.tenant.number, workload.tenant.uuid)
        and (one.enabled or not ask.is_on("enabled_only"))
    )


def _is_part(ask: Ask, part: Part) -> bool:
    return ask.takes("policy_id", part.id) and ask.takes("policy_type", part.type)


def _ids(plan: Any) -> tuple[str, ...]:
    return tuple(part.id for part in parts_of(plan))


def _read_application(body: Any) -> tuple[str, set[str]]:
    policy = body.get("policy_id") if isinstance(body, dict) else None
    context = body.get("context") if isinstance(body, dict) else None
    items = context.get("items") if isinstance(context, dict) else None
    if not isinstance(policy, str) or not isinstance(items, list):
        raise policy_error(400, "SchemaValidationError", "policy_id or context.items is missing")
    return policy, {str(each) for each in items}


def _percent(run: Run, now: int) -> int:
    """Stands still where the run's progress does."""
    begun = run.started or run.enqueued
    gone = now - begun if run.stands is None else min(now - begun, run.stands)
    return min(100 * gone // max((run.completed or begun + 6 * HOUR) - begun, 1), 99)


def _as_in_guide(raw: Raw) -> Raw:
    """Its sample has `last_runtime`, and progress as text."""
    renamed = {"last_runtime" if key == "last_run_time" else key: value for key, value in raw.items()}
    if "running" in renamed:
        renamed["running"] = renamed["running"] | {"progress": str(renamed["running"]["progress"])}
    return renamed
