"""The neighbours of the Task Manager by their requests: which there are, and what they answer. No HTTP in here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.sandbox.acronis.agents import Agents
from bot.sandbox.acronis.alert_lists import AlertLists
from bot.sandbox.acronis.applications import Applications
from bot.sandbox.acronis.errors import Refusal, forbidden
from bot.sandbox.acronis.pages import Ask
from bot.sandbox.acronis.plans import ACT_SCOPE, Plans
from bot.sandbox.acronis.policies import Policies
from bot.sandbox.acronis.resources import Resources
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.tenants import Tenants
from bot.sandbox.acronis.workloads import Workloads
from bot.sandbox.acronis.world import World

POLICY_API: Final = "/api/policy_management/v4"
RESOURCE_API: Final = "/api/resource_management/v4"
WORKLOAD_API: Final = "/api/workload_management/v5"
TENANT_API: Final = "/api/2"
ALERT_API: Final = "/api/alert_manager/v1"
AGENT_API: Final = "/api/agent_manager/v2"
SCOPES: Final = {
    "resources": "urn:acronis.com::resource_management:{tenant}:read",
    "statuses": "urn:acronis.com::resource_management:{tenant}:read",
    "policies": "urn:acronis.com::policy_management:{tenant}:read",
    "applications": "urn:acronis.com::policy_management:{tenant}:read",
    "alerts": "urn:acronis.com::alert_manager:{tenant}:viewer",
    "agents": "urn:acronis.com::agent_manager:{tenant}:viewer",
    "tenants": "urn:acronis.com::account_server:{tenant}:viewer",
    "topics": "urn:acronis.com:event_manager:{tenant}:subscriber",
}
"""The APIs that may be forbidden, each with the scope that it takes."""
ADMIN: Final = "urn:acronis.com::alert_manager:{tenant}:admin"
_RESOLVE: Final = f"POST {TENANT_API}/tenants:resolve_ids"
_GIVEN: Final = "urn:acronis.com::task_manager:{tenant}:viewer"


class Apis:
    """`shape` says what the reference leaves open."""

    def __init__(self, world: World, shape: Shape, plans: Plans) -> None:
        self.shape = shape
        self.resources = Resources(world, shape)
        self.workloads = Workloads(self.resources, shape)
        self.policies = Policies(world, shape)
        self.applications = Applications(world, shape, plans, self.resources)

        self.alerts = AlertLists(world, shape)
        self.tenants = Tenants(world, shape)
        self.agents = Agents(world, shape)

    def answer(self, api: str, ask: Ask, *, may_act: bool) -> tuple[int, Any]:
        """Status and body of `api`, a key of `ROUTES`. Raises Refusal."""
        name, call = ROUTES[api]
        tenant = ask.grant.tenant.number
        if name in self.shape.forbidden:
            raise self._spelled(forbidden(tenant, SCOPES[name], _GIVEN))
        if acts(api) and not may_act:
            raise self._spelled(forbidden(tenant, ADMIN if name == "alerts" else ACT_SCOPE))
        try:
            body = call(self, ask)
        except Refusal as refusal:
            raise self._spelled(refusal) from None
        return (204, None) if body is None else (200, body)

    def _spelled(self, refusal: Refusal) -> Refusal:
        """As it is, or with everything inside `error`."""
        is_bare = isinstance(refusal.body, dict) and "error" not in refusal.body
        return Refusal(refusal.status, {"error": refusal.body}) if self.shape.wrapped and is_bare else refusal


def acts(api: str) -> bool:
    """Whether it changes something, so that it takes the client that may act."""
    return not api.startswith("GET ") and api != _RESOLVE


ROUTES: Final[Mapping[str, tuple[str, Callable[[Apis, Ask], Any]]]] = {
    f"GET {RESOURCE_API}/resources": ("resources", lambda apis, ask: apis.resources.listing(ask)),
    f"GET {RESOURCE_API}/resources/count": ("resources", lambda apis, ask: apis.resources.count(ask)),
    f"GET {RESOURCE_API}/resources/{{id}}": ("resources", lambda apis, ask: apis.resources.single(ask)),
    f"GET {RESOURCE_API}/resources/{{id}}/attributes": ("resources", lambda apis, ask: apis.resources.attributes(ask)),
    f"GET {RESOURCE_API}/resource_statuses": ("statuses", lambda apis, ask: apis.resources.statuses(ask)),
    f"GET {WORKLOAD_API}/workloads": ("resources", lambda apis, ask: apis.workloads.listing(ask)),
    f"GET {POLICY_API}/policies": ("policies", lambda apis, ask: apis.policies.listing(ask)),
    f"POST {POLICY_API}/policies": ("policies", lambda apis, ask: apis.policies.make(ask)),
    f"GET {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.listing(ask)),
    f"POST {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.apply(ask)),
    f"DELETE {POLICY_API}/applications": ("applications", lambda apis, ask: apis.applications.revoke(ask)),
    f"GET {ALERT_API}/alerts": ("alerts", lambda apis, ask: apis.alerts.listing(ask)),
    f"DELETE {ALERT_API}/alerts": ("alerts", lambda apis, ask: apis.alerts.dismiss_all(ask)),
    f"GET {ALERT_API}/alerts/{{id}}": ("alerts", lambda apis, ask: apis.alerts.single(ask)),
    f"DELETE {ALERT_API}/alerts/{{id}}": ("alerts", lambda apis, ask: apis.alerts.dismiss(ask)),
    f"PATCH {ALERT_API}/alerts/{{id}}/false_positive": ("alerts", lambda apis, ask: apis.alerts.judge(ask)),
    f"GET {TENANT_API}/tenants": ("tenants", lambda apis, ask: apis.tenants.listing(ask)),
    f"GET {TENANT_API}/tenants/{{id}}": ("tenants", lambda apis, ask: apis.tenants.single(ask)),
    f"GET {TENANT_API}/tenants/{{id}}/children": ("tenants", lambda apis, ask: apis.tenants.children(ask)),
    _RESOLVE: ("tenants", lambda apis, ask: apis.tenants.resolve(ask)),
    f"GET {TENANT_API}/search": ("tenants", lambda apis, ask: apis.tenants.search(ask)),
    f"GET {AGENT_API}/agents": ("agents", lambda apis, ask: apis.agents.listing(ask)),
}
"""By method and path: the name of the API, and what answers."""
