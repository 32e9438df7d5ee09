"""The acting client: which policies are on a workload, and running one of them now (acronis-plans §5), for one account.

It is another API client than the one that reads: with its own rights, its own token and its own pace. Knows nothing of
Slack, of the store, nor of who asks.
"""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import httpx

from bot.acronis import outcomes
from bot.acronis.http import Connection, HttpClient, Params
from bot.acronis.refusals import unreadable
from bot.errors import AcronisError
from bot.model import Acceptance, Application, Outcome, Page

if TYPE_CHECKING:
    from bot.acronis.reading import Reader

_APPLICATIONS = "/api/policy_management/v4/applications"
_RUN = f"{_APPLICATIONS}/run"
_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PAGE_SIZE = 100
MOST_PAGES = 20
"""Of one workload's policies."""
PER_SECOND = 4
"""Requests of the acting client to one account: few people press, and each press asks a few times."""


class ActingClient:
    """One account's client that may start runs. `applications` raises AcronisError, `run_now` ValueError only.

    Id and secret are the acting client's.
    """

    def __init__(
        self, account: str, url: str, client_id: str, client_secret: str, **connection: Unpack[Connection]
    ) -> None:
        self.account = account
        paced: Connection = {"per_second": PER_SECOND, **connection}
        self._http = HttpClient.of_client(url, client_id, client_secret, outcomes.judge, **paced)

    def __repr__(self) -> str:
        return f"ActingClient({self.account!r})"

    @cached_property
    def _pages(self) -> "Reader[Any, tuple[Application | None, ...]]":
        from bot.acronis.plans import application_reader  # noqa: PLC0415  a start reads no page

        return application_reader(self.account)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def applications(
        self, context_id: str, policy_id: str = "", *, execution_state: str = ""
    ) -> Page[Application]:
        """The policies on the workload of this id, all pages as one; of one policy, or in one state, where named.

        What was not asked for is left out, whatever the server sends. Ids are compared without case. Raises
        AcronisError.
        """
        asked = (("context_id", context_id), ("policy_id", policy_id), ("execution_state", execution_state))
        filters = [(key, value.lower()) for key, value in asked if value]
        if not context_id or not all(_PLAIN_ID.fullmatch(value) for _, value in filters):
            raise ValueError("not an id")  # "or(a,b)" would be an expression
        params: Params = [*filters, ("limit", str(_PAGE_SIZE))]
        found: list[Application] = []
        seen, malformed = set[str](), 0
        for _ in range(MOST_PAGES):
            body = await self._http.get(_APPLICATIONS, params)
            page = self._pages.page(body.content)
            read = [each for item in page.items for each in item]
            malformed += page.malformed + read.count(None)
            found += (each for each in read if each and _is_of(each, context_id, policy_id))
            if not page.after or page.after in seen:
                return Page(tuple(found), body.served_at, malformed, is_last=True)
            seen.add(page.after)
            params = [*filters, ("limit", str(_PAGE_SIZE)), ("after", page.after)]
        raise unreadable()  # one that runs may stand on the pages that were not read

    async def run_now(self, application: Application) -> Outcome:
        """Asks for a run of this backup policy on this workload, once. Never raises AcronisError.

        Raises ValueError where this is no backup policy (the root of a plan runs scans, too) or the workload has no
        id (without one, Acronis runs the plan on all its workloads).
        """
        if not application.is_backup:
            raise ValueError(f"only backup policies are run, not {application.policy_type!r}")
        if not (_PLAIN_ID.fullmatch(application.policy_id) and _PLAIN_ID.fullmatch(application.context_id)):
            raise ValueError("a run needs the ids of a policy and of a workload")
        body = {"state": "running", "policy_id": application.policy_id, "context_ids": [application.context_id]}
        try:
            return outcomes.outcome_of(await self._http.put_once(_RUN, body))
        except AcronisError as error:
            return Outcome(Acceptance.REFUSED, error.told)
        except httpx.RequestError:
            return outcomes.LOST


def _is_of(application: Application, context_id: str, policy_id: str) -> bool:
    same_policy = not policy_id or application.policy_id.casefold() == policy_id.casefold()
    return same_policy and application.context_id.casefold() == context_id.casefold()
