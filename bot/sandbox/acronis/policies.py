"""The plans of machines with their settings, and making one as the vendor's example does (plans §4). No HTTP."""

from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.acronis.catalog import Plan, Tenant
from bot.sandbox.acronis.errors import policy_error
from bot.sandbox.acronis.fleet import Application, sees
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.plans import BACKUP, Part, parts_of
from bot.sandbox.acronis.schedules import interval, read_sets
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import MINUTE, write_stamp
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
_MOST_CONTEXTS: Final = 100


@dataclass(slots=True)
class Found:
    """A plan, and where it lies."""

    plan: Plan
    applications: list[Application] = field(default_factory=list[Application])


class Policies:
    """Plans of Microsoft 365 and Google are not among them."""

    def __init__(self, world: World, shape: Shape) -> None:
        self._world = world
        self._fleet = world.fleet
        self._shape = shape

    def listing(self, ask: Ask) -> Raw:
        self._world.advance()
        found = [one for one in self._visible(ask) if self._is_wanted(ask, one)]
        stamp = {"timestamp": write_stamp(self._world.now())} if self._shape.timestamp else {}
        return page(ask, found, lambda one: self._written(ask, one), self._shape.page) | stamp

    def _visible(self, ask: Ask) -> list[Found]:
        found = dict[str, Found]()
        for resource in self._fleet.visible(ask.locator):
            for one in resource.plans() if resource.workload.is_machine else ():
                plan = self._fleet.plans[one.one.plan.key]
                found.setdefault(plan.key, Found(plan)).applications.append(one)
        blind, cloud = self._fleet.blind(), self._cloud()
        for plan in self._fleet.plans.values():
            if plan.key not in found and plan.key not in cloud and sees(ask.locator, plan.tenant.locator, blind):
                found[plan.key] = Found(plan)
        return list(found.values())

    def _cloud(self) -> set[str]:
        return {one.one.plan.key for one in self._fleet.applications.values() if not one.one.workload.is_machine}

    def _is_wanted(self, ask: Ask, one: Found) -> bool:
        plan, parts = one.plan, parts_of(one.plan)
        enabled = plan.key not in self._fleet.paused
        contexts = [each.one.workload.key for each in one.applications]
        return (
            not ask.is_on("templates_only")
            and ask.takes("type", *(part.type for part in parts))
            and ask.takes("types", *(part.type for part in parts))
            and ask.takes("policy_id", *(part.id for part in parts))
            and ask.takes("tenant_id", plan.tenant.number, plan.tenant.uuid)
            and ask.takes("enabled", str(enabled).lower())
            and ask.one("search").casefold() in plan.name.casefold()
            and ask.takes("applicable_to_context_id", *contexts)
        )

    def _written(self, ask: Ask, one: Found) -> Raw:
        parts = parts_of(one.plan)
        if "parent_ids" in ask.values:
            parts = tuple(each for each in parts if ask.takes("parent_ids", *(each.parents or ("",))))
        item: Raw = {"policy": [self._policy(ask, one, part) for part in parts]}
        if ask.is_on("include_applied_context"):
            item["context"] = {"items": [each.one.workload.key for each in one.applications][:_MOST_CONTEXTS]}
        return item

    def _policy(self, ask: Ask, one: Found, part: Part) -> Raw:
        fleet, plan = self._fleet, one.plan
        made = fleet.made.get(part.id, {})
        times = {"created": write_stamp(fleet.since), "updated": write_stamp(fleet.changed.get(plan.key, fleet.since))}
        raw = made | _FILE.fill("policy", part=part, plan=plan, enabled=plan.key not in fleet.paused, **times)
        if not ask.is_on("include_settings"):
            raw.pop("settings", None)
        elif part.type == BACKUP:
            raw |= {} if "settings" in made else _settings(plan, one.applications)
        if part.type == BACKUP and ask.is_on("include_settings") and ask.one("include_settings_constraints") != "false":
            raw["settings_constraints"] = _FILE.fill("constraints")
        return raw

    def make(self, ask: Ask) -> Raw:
        """A plan whose ids the caller chose; it lies nowhere yet. Raises Refusal (400)."""
        parts = _subject(ask.body)
        root = next((one for one in parts if not one.get("parent_ids")), None)
        if root is None:
            raise policy_error(400, "ValidationError", "no policy of the plan is its root")
        plan = _made(ask.grant.tenant, root, parts)
        self._fleet.plans[plan.key] = plan
        self._fleet.changed[plan.key] = self._world.now()
        self._fleet.made |= {str(one["id"]): one for one in parts}
        return {"policy": parts}


def _subject(body: Any) -> list[Raw]:
    subject = body.get("subject") if isinstance(body, dict) else None
    parts = subject.get("policy") if isinstance(subject, dict) else None
    if not isinstance(parts, list) or not all(isinstance(one, dict) and one.get("id") for one in parts):
        raise policy_error(400, "SchemaValidationError", "subject.policy is not a list of policies with ids")
    return parts


def _made(tenant: Tenant, root: Raw, parts: list[Raw]) -> Plan:
    children = tuple((str(one["id"]), str(one.get("type"))) for one in parts if one is not root)
    backup = next((one for one in parts if one.get("type") == BACKUP), {})
    sets = read_sets((backup.get("settings") or {}).get("scheduling"))
    name = str(root.get("name") or "New plan")
    return Plan(tenant, name, 0, 0, 30 * MINUTE, sets, id=str(root["id"]), children=children)


def _settings(plan: Plan, applications: list[Application]) -> Raw:
    """Those of the backup. What delays runs is a random delay, or what lies between one machine and the next."""
    sets = plan.described()
    delay = max([plan.delay, *(one.one.stagger for one in applications)]) // MINUTE
    facts: Raw = {"delay": {"type": "minutes", "count": delay}, "sets": [one.written() for one in sets]}
    facts |= {"retries": plan.attempts > 1, "retry": interval(plan.retry), "scheduled": bool(sets)}
    return _FILE.fill("settings", plan=plan, alerts=plan.alert_days > 0, days=plan.alert_days or 5, **facts)
