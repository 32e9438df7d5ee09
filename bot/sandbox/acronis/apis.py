"""The neighbours of the Task Manager by their requests: which there are, and what they answer. No HTTP in here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.sandbox.acronis.applications import Applications
from bot.sandbox.acronis.errors import Refusal, forbidden
from bot.sandbox.acronis.pages import Ask
from bot.sandbox.acronis.plans import ACT_SCOPE, Plans
from bot.sandbox.acronis.policies import Policies
from bot.sandbox.acronis.resources import Resources
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.world import World

POLICY_API: Final = "/api/policy_management/v4"
RESOURCE_API: Final = "/api/resource_management/v4"
SCOPES: Final = {
    "resources": "urn:acronis.com::resource_management:{tenant}:read",
    "policies": "urn:acronis.com::policy_management:{tenant}:read",
    "applications": "urn:acronis.com::policy_management:{tenant}:read",
}
"""The APIs that may be forbidden, each with the scope that it takes."""
_GIVEN: Final = "urn:acronis.com::task_manager:{tenant}:viewer"


class Apis:
    """`shape` says what the reference leaves open."""

    def __init__(self, world: World, shape: Shape, plans: Plans) -> None:
        self.shape = shape
        self.resources = Resources(world, shape)
        self.policies = Policies(world, shape)
        self.applications = Applications(world, shape, plans, self.resources)

    def answer(self, api: str, ask: Ask, *, acts: bool, may_act: bool) -> tuple[int, Any]:
        """Status and body of `api`, a key of `ROUTES`. Raises Refusal."""
        name, call = ROUTES[api]
        if name in self.shape.forbidden:
            raise self._spelled(forbidden(ask.grant.tenant.number, SCOPES[name], _GIVEN))
        if acts and not may_act:
            raise self._spelled(forbidden(ask.grant.tenant.number, ACT_SCOPE))
        try:
            body = call(self, ask)
        except Refusal as refusal:
            raise self._spelled(refusal) from None
        return (204, None) if body is None else (200, body)

    def _spelled(self, refusal: Refusal) -> Refusal:
        """As it is, or with everything inside `error`."""
        return Refusal(refusal.status, {"error": refusal.body}) if self.shape.wrapped else refusal


ROUTES: Final[Mapping[str, tuple[str, Callable[[Apis, Ask], Any]]]] = {
    f"GET {RESOURCE_API}/resources": ("resources", lambda apis, ask: apis.resources.listing(ask)),
    f"GET {RESOURCE_API}/resources/count": ("resources", lambda apis, ask: apis.resources.count(ask)),
    f"GET {RESOURCE_API}/resources/{{id}}": ("resources", lambda apis, ask: apis.resources.single(ask)),
    f"GET {RESOURCE_API}/resources/{{id}}/attributes": ("resources", lambda apis, ask: apis.resources.attributes(ask)),
    f"GET {RESOURCE_API}/resource_statuses": ("resources", lambda apis, ask: apis.resources.statuses(ask)),
    f"GET {POLICY_API}/policies": ("policies", lambda apis, ask: apis.policies.listing(ask)),
    f"POST {POLICY_API}/policies": ("policies", lambda apis, ask: apis.policies.make(ask)),
    f"GET {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.listing(ask)),
    f"POST {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.apply(ask)),
    f"DELETE {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.revoke(ask)),
}
"""By method and path. Everything but GET acts."""
