"""Which scope each API beside the Task Manager's asks for, and what an answer means that is no list (acronis-plans §1).

The scopes are those of the vendor's OpenAPI; that of the tenants is not published.
"""

import httpx

from bot import errors
from bot.acronis import refusals
from bot.acronis.faults import errors_in, required_scope
from bot.acronis.http import Judge
from bot.errorbook.explain import clean
from bot.model.plans import Api

_RESOURCES = "urn:acronis.com::resource_management::read"
_POLICIES = "urn:acronis.com::policy_management::read"
SCOPES = {
    Api.STATUSES: _RESOURCES,
    Api.RESOURCES: _RESOURCES,
    Api.AGENTS: "urn:acronis.com::agent_manager::agent_viewer",
    Api.ALERTS: "urn:acronis.com::alert_manager::viewer",
    Api.POLICIES: _POLICIES,
    Api.APPLICATIONS: _POLICIES,
    Api.TENANTS: "",
}
_NOT_ALLOWED = "Acronis does not let this API client read {api}: it lacks {what}. "
_CREATE = "Create the client while logged in as a read-only administrator."
_NO_API = "Acronis has no API for {api} at ACRONIS_URL."


def judge_of(api: Api) -> Judge:
    """As `refusals.judge`, of this API's answers."""

    def judge(response: httpx.Response, what: str) -> errors.AcronisError:
        status = response.status_code
        if status == httpx.codes.FORBIDDEN:
            scope = required_scope(response) or SCOPES[api]
            lacks = f"the scope {scope}" if scope else "the role"
            return errors.MissingScope(_NOT_ALLOWED.format(api=api, what=lacks) + _CREATE, scope=scope)
        if status == httpx.codes.NOT_FOUND:
            return errors.AcronisRefused(_NO_API.format(api=api))
        error = refusals.judge(response, what)
        if not isinstance(error, errors.AcronisRejected):
            return error
        words = (clean(each.message or each.debug_message) or clean(each.code) for each in errors_in(response))
        said = next(filter(None, words), "")
        return errors.AcronisRejected(
            f"Acronis did not take the question for {api} (HTTP {status}){': ' + said.rstrip('.') if said else ''}."
        )

    return judge
