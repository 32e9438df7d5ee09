"""The reading side of the shared client beside its tasks: plans, workloads, agents, alerts, tenants (acronis-plans).

Owns what is asked of each API and how its lists are walked. Nothing of it is loaded before the first question.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator

from bot.acronis import alerts, applications, policies, resources, tenants
from bot.acronis.fields import Raw, folded_id, stamp
from bot.acronis.http import Body, HttpClient, Params
from bot.acronis.permissions import judge_of
from bot.acronis.reading import Reader, RecordPage, make_noun
from bot.acronis.schema import RawEnvelope
from bot.acronis.walks import MOST_ITEMS, MOST_PAGES, Trail
from bot.errorbook.book import Book
from bot.errors import AcronisError, AcronisRefused, AcronisRejected, MissingScope, NotFound
from bot.model import Application, Page
from bot.model.plans import (
    Access,
    AcronisAlert,
    AgentStatus,
    Api,
    ApiAccess,
    PlanPolicy,
    TenantStatus,
    WorkloadFacts,
    WorkloadStatus,
)
from bot.model.values import dataclass

N = TypeVar("N")

_RESOURCES = "/api/resource_management/v4"
_POLICIES = "/api/policy_management/v4"
_ACCOUNTS = "/api/2"
PATHS = {
    Api.STATUSES: f"{_RESOURCES}/resource_statuses",
    Api.RESOURCES: f"{_RESOURCES}/resources",
    Api.AGENTS: "/api/agent_manager/v2/agents",
    Api.ALERTS: "/api/alert_manager/v1/alerts",
    Api.POLICIES: f"{_POLICIES}/policies",
    Api.APPLICATIONS: f"{_POLICIES}/applications",
    Api.TENANTS: f"{_ACCOUNTS}/tenants",
}
_RESOLVE = f"{_ACCOUNTS}/tenants:resolve_ids"
LIMITS = {
    Api.STATUSES: 1000,
    Api.RESOURCES: 1000,
    Api.AGENTS: 100,
    Api.ALERTS: 200,
    Api.POLICIES: 100,
    Api.APPLICATIONS: 250,
    Api.TENANTS: 1000,
}
"""Items asked for on a page. Agents and alerts: no more were seen on one. Policies are large."""
_SURE_LIMIT = 250
"""What others ask for: Acronis does not publish the largest limit of a page."""
MOST_IDS = 100
"""In one filter."""
_PLAIN_ID = re.compile(r"[0-9a-z_-]{1,64}")
_LARGE = 2**19
"""Bytes of an answer that is read beside the event loop, so that nothing else waits for it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_GROUPS = ("is_group", "false")
_OLDEST_CHANGE_FIRST = ("order", "asc(updated_at)")


@dataclass(frozen=True, slots=True)
class _List(Generic[N]):
    """How one API's items are read: each is any number of nouns, None for what is malformed in it."""

    api: Api
    reader: Reader[Any, tuple[N | None, ...]]
    key: Callable[[N], str]


def application_reader(account: str) -> Reader[Any, tuple[Application | None, ...]]:
    return _reader(account, applications.RawApplications, applications.make_applications)


def _reader(account: str, raw: type[Raw], make: Callable[[Any], tuple[N | None, ...]]) -> Reader[Any, Any]:
    envelope: Any = RawEnvelope
    return Reader(account, raw, envelope[Annotated[raw, AfterValidator(make_noun)]], make)


class PlansReader:
    """Raises AcronisError only: MissingScope where an API may not be read.

    Every list comes page by page as Acronis gives it; an error may come after some pages. Lists move while they are
    read: an item may come twice. `changed_after` leaves out what did not change since, as far as Acronis does.
    """

    def __init__(
        self, account: str, http: HttpClient, client_id: str, book: Book, *, most_pages: int = MOST_PAGES
    ) -> None:
        self._account = account
        self._http = http
        self._client = f"{_ACCOUNTS}/clients/{quote(client_id, safe='')}"
        self._most_pages = most_pages
        self._limits = dict(LIMITS)
        self._statuses = self._list(Api.STATUSES, resources.RawStatus, resources.make_status)
        self._workloads = self._list(Api.RESOURCES, resources.RawResource, resources.make_workload)
        self._agents = self._list(Api.AGENTS, resources.RawAgent, resources.make_agent)
        self._alerts = self._list(
            Api.ALERTS, alerts.RawAlert, lambda raw, account: alerts.make_alert(raw, account, book)
        )
        self._policies = self._list(Api.POLICIES, policies.RawPlan, policies.make_plan)
        self._tenants = self._list(Api.TENANTS, tenants.RawTenantStatus, tenants.make_tenant)
        self._applications: _List[Application] = _List(
            Api.APPLICATIONS, application_reader(account), lambda one: f"{one.policy_id} {one.context_id}"
        )

    def statuses(self, changed_after: datetime | None) -> AsyncIterator[Page[WorkloadStatus]]:
        """Oldest change first."""
        return self._walk(self._statuses, [_NO_GROUPS, *_since(changed_after), _OLDEST_CHANGE_FIRST])

    def workloads(self, changed_after: datetime | None) -> AsyncIterator[Page[WorkloadFacts]]:
        """Also those that were deleted."""
        own = (_NO_GROUPS, ("include_deleted", "true"), ("include_attributes", "true"))
        return self._walk(self._workloads, [*own, *_since(changed_after)])

    def unprotected(self) -> AsyncIterator[Page[WorkloadFacts]]:
        """The workloads that no plan is on."""
        return self._walk(self._workloads, [_NO_GROUPS, ("not_applied_only", "true")])

    def agents(self) -> AsyncIterator[Page[AgentStatus]]:
        return self._walk(self._agents, [])

    def alerts(self, changed_after: datetime | None) -> AsyncIterator[Page[AcronisAlert]]:
        """Oldest change first: those that were raised or dismissed since; without a time, those that stand."""
        changed: Params = []
        if changed_after is not None:
            nanoseconds = (changed_after - _EPOCH) // timedelta(microseconds=1) * 1000
            changed = [("updated_at", f"gt({nanoseconds})"), ("show_deleted", "true")]
        return self._walk(self._alerts, [*changed, _OLDEST_CHANGE_FIRST])

    def policies(self) -> AsyncIterator[Page[PlanPolicy]]:
        """Roots and parts of all plans; a plan's are on one page."""
        wanted = [("include_settings", "true"), ("include_settings_constraints", "false")]
        return self._walk(self._policies, [*wanted, ("include_applied_context", "true")])

    async def applications(self, context_ids: Sequence[str]) -> AsyncIterator[Page[Application]]:
        """The plans on these workloads. What is no id is not asked for."""
        ids = list(dict.fromkeys(one for one in map(folded_id, context_ids) if _PLAIN_ID.fullmatch(one)))
        for begin in range(0, len(ids), MOST_IDS):
            some = ids[begin : begin + MOST_IDS]
            wanted = f"or({','.join(some)})" if len(some) > 1 else some[0]
            async for page in self._walk(self._applications, [("context_id", wanted)]):
                yield replace(page, is_last=page.is_last and (bool(page.partial) or begin + MOST_IDS >= len(ids)))
                if page.partial:
                    return

    async def tenants(self) -> AsyncIterator[Page[TenantStatus]]:
        """The client's own tenant and all below it. Numbers are left empty where Acronis does not give them."""
        async for page in self._walk(self._tenants, [("subtree_root_id", await self._root())]):
            numbers: dict[str, str] = {}
            for begin in range(0, len(page.items), MOST_IDS):
                numbers |= await self._numbers(page.items[begin : begin + MOST_IDS])
            yield replace(page, items=tenants.numbered(page.items, numbers))

    async def probe(self) -> tuple[ApiAccess, ...]:
        """Whether each API may be read, by one small question each. Raises nothing."""
        return tuple(await asyncio.gather(*map(self._access, Api)))

    async def _access(self, api: Api) -> ApiAccess:
        try:
            own = [("subtree_root_id", await self._root())] if api is Api.TENANTS else []
            await self._http.get(PATHS[api], [*own, ("limit", "1")], "", judge_of(api))
        except MissingScope as error:
            return ApiAccess(self._account, api, Access.FORBIDDEN, error.told)
        except AcronisError as error:
            return ApiAccess(self._account, api, Access.FAILING, error.told)
        return ApiAccess(self._account, api)

    async def _root(self) -> str:
        return tenants.root_of((await self._http.get(self._client, (), "", judge_of(Api.TENANTS))).content)

    async def _numbers(self, some: Sequence[TenantStatus]) -> dict[str, str]:
        """Nothing where this question is not taken: what is known of the tenants stays worth it."""
        try:
            body = await self._http.query(_RESOLVE, tenants.question_for_numbers(some), judge_of(Api.TENANTS))
        except (AcronisRefused, AcronisRejected, NotFound):
            return {}
        return tenants.numbers_in(body.content)

    def _list(self, api: Api, raw: type[Raw], make: Callable[[Any, str], tuple[N | None, ...]]) -> _List[N]:
        return _List(api, _reader(self._account, raw, lambda item: make(item, self._account)), lambda one: one.id)

    async def _walk(self, wanted: _List[N], filters: Params) -> AsyncIterator[Page[N]]:
        """Follows the page tokens to where `Trail` sees the list's end. Filters go with each (acronis-plans §1)."""
        trail, after, is_last = Trail(self._most_pages, MOST_ITEMS), "", False
        while not is_last:
            body = await self._page(wanted.api, filters, after)
            page = await _read(wanted.reader, body.content)
            made = tuple(chain.from_iterable(page.items))
            items = tuple(noun for noun in made if noun is not None)
            read = len(page.items) + page.malformed
            is_last = trail.ends(page.after, read, list(map(wanted.key, items)))
            yield Page(
                items,
                body.served_at,
                page.malformed + len(made) - len(items),
                trail.partial,
                read=read,
                reached=max(_changes(items), default=None),
                is_last=is_last,
            )
            after = page.after

    async def _page(self, api: Api, filters: Params, after: str) -> Body:
        """Asks for fewer items from then on where only a large number of them is refused."""
        try:
            return await self._ask(api, filters, after, self._limits[api])
        except AcronisRejected:
            if self._limits[api] <= _SURE_LIMIT:
                raise
        body = await self._ask(api, filters, after, _SURE_LIMIT)
        self._limits[api] = _SURE_LIMIT
        return body

    async def _ask(self, api: Api, filters: Params, after: str, limit: int) -> Body:
        token = [("after", after)] if after else []
        return await self._http.get(PATHS[api], [*filters, ("limit", str(limit)), *token], "", judge_of(api))


async def _read(reader: Reader[Any, Any], content: bytes) -> RecordPage[Any]:
    return await asyncio.to_thread(reader.page, content) if len(content) > _LARGE else reader.page(content)


def _since(changed_after: datetime | None) -> list[tuple[str, str]]:
    return [] if changed_after is None else [("updated_at", f"gt({stamp(changed_after)})")]


def _changes(items: Sequence[Any]) -> Iterator[datetime]:
    return (at for item in items if (at := getattr(item, "updated_at", None)) is not None)
