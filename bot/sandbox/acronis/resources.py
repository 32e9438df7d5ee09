"""Resource Management: the workloads, and how each stands by all that protects it (plans §2, §3). No HTTP in here.

Microsoft 365 and Google workloads are in the lists, but without a row for their backups, as in the field.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.acronis.catalog import Tenant, guid_of
from bot.sandbox.acronis.errors import policy_error
from bot.sandbox.acronis.fleet import Application, Resource, Standing
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.plans import BACKUP, SCAN, parts_of
from bot.sandbox.acronis.search import is_search, search
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import SECOND, write_stamp
from bot.sandbox.acronis.workload_facts import AGENT_VERSION, FIELDS, WorkloadFacts, offset_of
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
GROUP: Final = "resource.group.computers"
# What each spelling calls times and standings
_TIMES: Final = {
    "guide": ("last_run", "last_success_run", "next_run"),
    "openapi": ("last_run_time", "last_success_run_time", "next_run_time"),
}
_WORDS: Final = {"openapi": {"ok": "idle", "not_protected": "no_policies_applied"}}
_WORST: Final = ("interaction_required", "running", "error", "warning", "idle", "ok")


@dataclass(frozen=True, slots=True)
class Group:
    """All machines of a customer."""

    tenant: Tenant

    @property
    def key(self) -> str:
        return guid_of("group", self.tenant.number)


class Resources:
    """`shape` says how answers are spelled, and how far statuses lag."""

    def __init__(self, world: World, shape: Shape) -> None:
        self._world = world
        self._fleet = world.fleet
        self._shape = shape

    # ── workloads ──

    def listing(self, ask: Ask) -> Raw:
        return page(ask, self.found(ask), lambda one: self._written(ask, one), self._shape.page) | self._timestamp()

    def count(self, ask: Ask) -> Raw:
        return {"count": len(self.found(ask))}

    def single(self, ask: Ask) -> Raw:
        """By its UUID, or `uuid@type!tenant`. Raises Refusal (404)."""
        return self._written(ask, self._named(ask))

    def attributes(self, ask: Ask) -> Raw:
        return {"items": self.attributes_of(self._named(ask))}

    def attributes_of(self, one: Resource) -> list[Raw]:
        """Those of the agent: a mailbox has none."""
        if not one.workload.is_machine:
            return []
        facts = {"minutes": offset_of(one, self._world.now()), "version": AGENT_VERSION}
        return [_FILE.fill("agent", online=int(one.offline is None), **facts)]

    def aggregate_of(self, one: Resource) -> Raw:
        """How it stands by all of its plans."""
        at = self._world.now()
        return self._aggregate(one, [(each, each.seen(at)) for each in one.plans()])

    def _named(self, ask: Ask) -> Resource:
        key = ask.key.partition("@")[0].lower()
        for one in self._fleet.visible(ask.locator):
            if one.workload.key == key and (one.deleted is None or ask.is_on("include_deleted")):
                return one
        raise policy_error(404, "ResourceNotFound", f"resource {ask.key} not found")

    def found(self, ask: Ask, changed: Any = None) -> list[Resource | Group]:
        """What the filters let through. `changed` says when a workload has changed."""
        tests, holds = _tests(ask) + self._searches(ask), ask.bounds("updated_at")
        seen = list(self._fleet.visible(ask.locator))
        changed = changed or (lambda one: one.changed)
        found: list[Resource | Group] = [
            one for one in seen if all(test(one) for test in tests) and holds(changed(one))
        ]
        is_plain = not any(key in ask.values for key in _ONLY_WORKLOADS)
        if is_plain and ask.one("is_group") != "false" and ask.takes("type", GROUP):
            tenants = {one.workload.tenant.number: one.workload.tenant for one in seen if one.workload.is_machine}
            found += [Group(one) for one in tenants.values() if ask.takes("tenant_id", one.number, one.uuid)]
        if "updated_at" in ask.one("order"):
            found.sort(key=lambda one: changed(one) if isinstance(one, Resource) else 0)
        return [one for one in found if isinstance(one, Group)] if ask.is_on("is_group") else found

    def _searches(self, ask: Ask) -> list[Callable[[Resource], bool]]:
        """The test of a search: in the console's language, or a part of a name. Raises Refusal (400)."""
        text = ask.one("search")
        if not text:
            return []
        try:
            test = search(text, FIELDS) if is_search(text) else None
        except ValueError as error:
            raise policy_error(400, "ValidationError", f"search: {error}") from None
        if test is None:
            part = text.casefold()
            return [lambda one: part in one.workload.name.casefold()]
        facts, fits = WorkloadFacts(self._world.now(), standing_word, self.next_run), test
        return [lambda one: fits(facts.of(one))]

    def _written(self, ask: Ask, one: Resource | Group) -> Raw:
        raw = self.context(one)
        if isinstance(one, Resource) and (ask.is_on("include_attributes") or "include_attributes" in ask.values):
            raw["attributes"] = self.attributes_of(one)
        return raw

    def context(self, one: Resource | Group, changed: int | None = None) -> Raw:
        """The object itself, without attributes."""
        created = write_stamp(self._fleet.since)
        if isinstance(one, Group):
            external = f"{one.key}@{one.tenant.number}"
            return _FILE.fill("group", group=one, external=external, type=GROUP, created=created)
        facts = {"agent": one.workload.agent if one.workload.is_machine else "", "created": write_stamp(one.created)}
        facts |= {"external": f"{one.workload.key}@{one.workload.tenant.number}"}
        facts |= {"deleted": "" if one.deleted is None else write_stamp(one.deleted)}
        return _FILE.fill("resource", workload=one.workload, updated=write_stamp(changed or one.changed), **facts)

    def _timestamp(self) -> Raw:
        return {"timestamp": write_stamp(self._world.now())} if self._shape.timestamp else {}

    # ── statuses ──

    def statuses(self, ask: Ask) -> Raw:
        self._world.advance()
        changed = self._changed if self._shape.moves else None
        return page(ask, self.found(ask, changed), self._status, self._shape.page) | self._timestamp()

    def _changed(self, one: Resource) -> int:
        """When its status has changed, seen from where the status is."""
        lag = round(self._shape.lag * SECOND)
        if not lag:
            return max((one.changed, *(each.changed for each in one.applications)))
        at = self._world.now() - lag
        return max((one.changed, *(max(each.seen(at).changed, each.created) + lag for each in one.applications)))

    def _status(self, one: Resource | Group) -> Raw:
        if isinstance(one, Group):
            return {"context": self.context(one), "aggregate": {"status": self._word("ok")}}
        at = self._world.now() - round(self._shape.lag * SECOND)
        context = self.context(one, self._changed(one) if self._shape.moves else None)
        found = [(each, each.seen(at)) for each in one.plans()]
        rows = self._rows(found, at) if one.workload.is_machine else []
        return {"context": context, "aggregate": self._aggregate(one, found)} | ({"policies": rows} if rows else {})

    def _aggregate(self, one: Resource, found: list[tuple[Application, Standing]]) -> Raw:
        if not found:
            return {"status": self._word("not_protected")}
        if not one.workload.is_machine:
            return {"status": "idle"}
        words = {standing_word(standing) for _, standing in found}
        worst = next(word for word in _WORST if word in words)
        running = next((standing.going for _, standing in found if standing.going), None)
        state: Raw = {"state": worst, "activities": ["backup"]} if running else {"state": "idle"}
        names = ", ".join(each.one.plan.name for each, _ in found)
        return {"status": self._word(worst), "names": names, "running": state}

    def _word(self, word: str) -> str:
        return _WORDS.get(self._shape.spelling, {}).get(word, word)

    def _rows(self, found: Iterable[tuple[Application, Standing]], at: int) -> list[Raw]:
        """One row of all backups, and one of all scans, which only run when somebody asks."""
        found = list(found)
        if not found:
            return []
        names = _TIMES[self._shape.spelling]
        runs = [standing.last for _, standing in found if standing.last]
        good = [self.good(standing) for _, standing in found if standing.good]
        coming = list(self._coming(found, at))
        values = (max(runs, default=0), max(good, default=0), min(coming, default=0))
        times = {name: write_stamp(value) for name, value in zip(names, values, strict=True) if value}
        waking = [each.enable_at for each, _ in found if each.enable_at]
        pause = {"next_enable_time": write_stamp(min(waking))} if waking else {}
        return [{"type": BACKUP} | times | pause, {"type": SCAN}]

    def _coming(self, found: Iterable[tuple[Application, Standing]], at: int) -> Iterator[int]:
        for each, _ in found:
            coming = self.next_run(each, at)
            if coming is not None:
                yield coming

    def next_run(self, one: Application, at: int) -> int | None:
        """Stale where the agent is away; absent where the shape says so."""
        resource = self._fleet.resources[one.one.workload.key]
        is_absent = resource.offline is not None and self._shape.offline_next == "absent"
        return None if is_absent else self._fleet.next_run(one, at)

    def good(self, standing: Standing) -> int:
        """When it ran well last: the start of that run, or its end."""
        return (standing.good_end if self._shape.success == "end" else standing.good) or 0


def standing_word(standing: Standing) -> str:
    """The word of the guide for one plan on a workload."""
    if standing.going:
        return "interaction_required" if standing.going.blocker else "running"
    if standing.ended is None:
        return "idle"
    result = standing.ended.result
    return {"ok": "ok", "warning": "warning", "cancelled": "warning"}.get(result, "error")


_ONLY_WORKLOADS: Final = (
    "not_applied_only",
    "applied_only",
    "applied_to_policy_id",
    "resource_id",
    "agent_id",
    "updated_at",
    "search",
)


def _tests(ask: Ask) -> list[Any]:
    """The test of each filter that is sent, for a workload."""
    known: dict[str, Any] = {
        "type": lambda one: ask.takes("type", one.workload.type),
        "tenant_id": lambda one: ask.takes("tenant_id", one.workload.tenant.number, one.workload.tenant.uuid),
        "agent_id": lambda one: one.workload.is_machine and ask.takes("agent_id", one.workload.agent),
        "resource_id": lambda one: ask.takes("resource_id", one.workload.key),
        "applied_to_policy_id": lambda one: any(_is_part(ask, each) for each in one.plans()),
    }
    tests = [test for key, test in known.items() if key in ask.values]
    if not ask.is_on("include_deleted"):
        tests.append(lambda one: one.deleted is None)
    if ask.is_on("not_applied_only"):
        tests.append(lambda one: not one.plans())
    if ask.is_on("applied_only"):
        tests.append(lambda one: bool(one.plans()))
    return tests


def _is_part(ask: Ask, one: Application) -> bool:
    return ask.takes("applied_to_policy_id", *(part.id for part in parts_of(one.one.plan)))
