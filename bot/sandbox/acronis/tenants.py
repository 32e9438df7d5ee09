"""The tree of tenants, as Account Management tells it (plans §8). No HTTP in here.

Past a tenant without `ancestral_access` nothing is seen from above: it is in the lists, what lies below it is not.
"""

from collections.abc import Iterable
from typing import Any, Final

from bot.sandbox.acronis.catalog import guid_of
from bot.sandbox.acronis.errors import account_error
from bot.sandbox.acronis.fleet import Customer, sees
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import write_stamp
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
_SHORTEST: Final = 3


class Tenants:
    def __init__(self, world: World, shape: Shape) -> None:
        self._world = world
        self._fleet = world.fleet
        self._shape = shape

    def listing(self, ask: Ask) -> Raw:
        """By `uuids`, `parent_id` or `subtree_root_id`, one of which must be there. Raises Refusal."""
        seen = self._visible(ask)
        if "uuids" in ask.values:
            wanted = set(ask.one("uuids").lower().split(","))
            found = [one for one in seen if one.tenant.uuid in wanted]
        elif "parent_id" in ask.values:
            found = [one for one in seen if self._parent(one) == ask.one("parent_id").lower()]
        elif "subtree_root_id" in ask.values:
            root = self._named(ask, ask.one("subtree_root_id"))
            found = [one for one in seen if one.tenant.locator.startswith(root.tenant.locator)]
        else:
            raise account_error(400, "uuids, parent_id or subtree_root_id is missing")
        return page(ask, found, self._written, self._shape.page, tells_total=False)

    def single(self, ask: Ask) -> Raw:
        return self._written(self._named(ask, ask.key))

    def children(self, ask: Ask) -> Raw:
        """Their ids; with `include_details` all of them. Raises Refusal (404)."""
        above = self._named(ask, ask.key)
        found = [one for one in self._visible(ask) if self._parent(one) == above.tenant.uuid]
        write = self._written if ask.is_on("include_details") else lambda one: one.tenant.uuid
        return {"items": [write(one) for one in found]}

    def resolve(self, ask: Ask) -> Raw:
        """Numbers and UUIDs of the tenants that are named by either. Raises Refusal (400)."""
        items = ask.body.get("items") if isinstance(ask.body, dict) else ask.body
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise account_error(400, "items is not a list of objects")
        wanted = {str(one.get("uuid") or one.get("id") or "").lower() for one in items}
        found = (one.tenant for one in self._visible(ask) if wanted & {one.tenant.uuid, one.tenant.number})
        return {"items": [{"id": int(one.number), "uuid": one.uuid} for one in found]}

    def search(self, ask: Ask) -> Raw:
        """Tenants by a part of their name, with the names on the way there. Raises Refusal."""
        text, root = ask.one("text").casefold(), self._named(ask, ask.one("tenant"))
        if len(text) < _SHORTEST:
            raise account_error(400, "text is shorter than three characters")
        below = [one for one in self._visible(ask) if one.tenant.locator.startswith(root.tenant.locator)]
        found = (one for one in below if text in one.tenant.name.casefold())
        return {"items": [self._hit(one, below) for one in found]}

    def _hit(self, one: Customer, below: Iterable[Customer]) -> Raw:
        above = sorted(
            (each.tenant for each in below if one.tenant.locator.startswith(each.tenant.locator)),
            key=lambda tenant: len(tenant.locator),
        )
        return _FILE.fill("hit", tenant=one.tenant, path=[tenant.name for tenant in above[:-1]])

    def _visible(self, ask: Ask) -> list[Customer]:
        """A blind one is seen itself."""
        blind = self._fleet.blind()
        above = {each: tuple(one for one in blind if one != each) for each in blind}
        return [
            one
            for one in self._fleet.customers.values()
            if sees(ask.locator, one.tenant.locator, above.get(one.tenant.locator, blind))
            and (one.deleted is None or ask.is_on("allow_deleted"))
        ]

    def _named(self, ask: Ask, key: str) -> Customer:
        for one in self._visible(ask):
            if one.tenant.uuid == key.lower():
                return one
        raise account_error(404, f"tenant {key} not found")

    def _parent(self, one: Customer) -> str:
        number = one.tenant.locator.strip("/").split("/")[-2]
        return guid_of("tenant", number)

    def _written(self, one: Customer) -> Raw:
        locator = one.tenant.locator
        below = any(
            each is not one and each.tenant.locator.startswith(locator) for each in self._fleet.customers.values()
        )
        facts: dict[str, Any] = {"parent": self._parent(one), "children": below, "enabled": one.enabled}
        facts |= {"created": write_stamp(self._fleet.since), "updated": write_stamp(one.changed)}
        deleted = None if one.deleted is None else write_stamp(one.deleted)
        return _FILE.fill("tenant", tenant=one.tenant, access=not one.blind, deleted=deleted, nothing=None, **facts)
