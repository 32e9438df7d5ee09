"""What an answer to the acting client means, in words fit for a person (acronis-plans §1, §5.1).

Owns which answers say that nothing was started, and which leave it open.
"""

import httpx

from bot import errors
from bot.acronis import refusals
from bot.acronis.auth import TOKEN_PATH
from bot.acronis.faults import RawError, errors_in, required_scope
from bot.errorbook.explain import clean
from bot.model import Acceptance, Outcome

READ_SCOPE = "urn:acronis.com::policy_management::read"
RUN_SCOPE = "urn:acronis.com::policy_manager::admin"
_WRONG_CREDENTIALS = (
    "Acronis does not accept the acting client's id and secret. Check ACRONIS_ACTING_CLIENT_ID and "
    "ACRONIS_ACTING_CLIENT_SECRET."
)
_MISSING_SCOPE = (
    "Acronis does not let the acting client {what}: it lacks the scope {scope}. Create that client while logged in as "
    "a protection administrator."
)
_NO_API = "Acronis has no plans at ACRONIS_URL. Set it to the data centre in which the acting client was created."
_KNOWN = {
    "notlicensed": "the workload has no licence for backups, or its quota is used up",
    "noapplications": "the plan is not applied to this workload",
    "multipleapplicationswithpolicytypes": "several plans back this workload up in the same way",
    "resourcenotfound": "Acronis does not know the workload",
}
_ACCEPTED = frozenset({httpx.codes.ACCEPTED, httpx.codes.NO_CONTENT})
_IN_DOUBT = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS})
LOST = Outcome(Acceptance.UNKNOWN, "Acronis has not answered whether the run starts")


def judge(response: httpx.Response, what: str) -> errors.AcronisError:
    """As `refusals.judge`, of a list that the acting client asked for or of the token endpoint's answer to it."""
    error = refusals.judge(response, what)
    if isinstance(error, errors.WrongCredentials):
        return errors.WrongCredentials(_WRONG_CREDENTIALS)
    if isinstance(error, errors.MissingRole):
        return errors.MissingRole(_missing(response, "see plans", READ_SCOPE))
    is_api = not response.request.url.path.endswith(TOKEN_PATH)
    return errors.WrongDataCentre(_NO_API) if is_api and isinstance(error, errors.WrongDataCentre) else error


def outcome_of(response: httpx.Response) -> Outcome:
    """What the answer to a run says. Whatever is not certain is unknown: then a run may go on already."""
    status = response.status_code
    if status in _ACCEPTED:
        return Outcome(Acceptance.ACCEPTED)
    if response.is_success or status in _IN_DOUBT or response.is_server_error:
        return Outcome(Acceptance.UNKNOWN, f"Acronis has not said whether the run starts (HTTP {status})")
    return Outcome(Acceptance.REFUSED, _refusal(response))


def _refusal(response: httpx.Response) -> str:
    status, said = response.status_code, _said(response)
    if response.is_redirect:
        return refusals.ANOTHER_PLACE
    if status == httpx.codes.UNAUTHORIZED:
        return _WRONG_CREDENTIALS
    if status == httpx.codes.FORBIDDEN:
        return _missing(response, "start runs", RUN_SCOPE)
    if status == httpx.codes.NOT_FOUND:
        return "Acronis does not know this plan any more, so nothing was started."
    if status == httpx.codes.UNPROCESSABLE_ENTITY:
        told = said or "the plan is switched off, or the workload has no quota"
        return f"Acronis cannot run this plan on the workload: {told}."
    return f"Acronis did not take the request to run (HTTP {status}){': ' + said if said else ''}. Nothing was started."


def _missing(response: httpx.Response, what: str, scope: str) -> str:
    return _MISSING_SCOPE.format(what=what, scope=required_scope(response) or scope)


def _said(response: httpx.Response) -> str:
    return next((words for error in errors_in(response) if (words := _words(error).rstrip("."))), "")


def _words(error: RawError) -> str:
    """What we know of its code, else what it says, else the code."""
    return _KNOWN.get(error.name) or clean(error.message or error.debug_message) or clean(error.code)
