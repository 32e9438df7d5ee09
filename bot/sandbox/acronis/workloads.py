"""Workload Management v5, the newer face of the workloads (plans §6). No HTTP in here.

The names of types are made by the one that the reference knows, that of machines. What `include_status` answers is not
published: here it is the aggregate of the statuses of v4.
"""

from dataclasses import replace
from typing import Any, Final

from bot.sandbox.acronis.fleet import Resource
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.resources import Resources
from bot.sandbox.acronis.shape import Shape

_ASPECT: Final = "cti.a.p.wm.workload_aspect.v1.0~a.p."
_VERSION: Final = ".v1.0"
_SPOKEN: Final = {"workload_id": "resource_id"}


class Workloads:
    """`resources` are the same workloads by their older names."""

    def __init__(self, resources: Resources, shape: Shape) -> None:
        self._resources = resources
        self._shape = shape

    def listing(self, ask: Ask) -> Raw:
        older = [(_SPOKEN.get(name, name), _older(name, value)) for name, value in ask.params]
        found = self._resources.found(replace(ask, params=(*older, ("is_group", "false"))))
        machines = [one for one in found if isinstance(one, Resource)]
        return page(ask, machines, lambda one: self._written(ask, one), self._shape.page)

    def _written(self, ask: Ask, one: Resource) -> Raw:
        older = self._resources.context(one)
        kept = ("id", "name", "tenant_id", "created_at", "updated_at", "deleted_at")
        raw: dict[str, Any] = {key: older[key] for key in kept if key in older}
        raw |= {"type": type_of(older["type"]), "type_alias": older["type"], "enabled": one.deleted is None}
        if ask.is_on("include_all_attributes") or "include_attributes" in ask.values:
            raw["attributes"] = {each["name"]: _map(each) for each in self._resources.attributes_of(one)}
        if ask.is_on("include_status"):
            raw["status"] = self._resources.aggregate_of(one)
        return raw


def type_of(alias: str) -> str:
    """`resource.machine` as v5 says it."""
    return f"{_ASPECT}{alias.removeprefix('resource.').replace('.', '_')}{_VERSION}"


def _older(name: str, value: str) -> str:
    """A type as v4 says it; any other value as it is."""
    if name != "type" or not value.startswith(_ASPECT):
        return value
    return f"resource.{value.removeprefix(_ASPECT).removesuffix(_VERSION)}"


def _map(attributes: Raw) -> Raw:
    return {each["key"]: each["value"] for each in attributes["kvs"]}
