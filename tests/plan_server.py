"""A server that lists what a test put there, page by page, for tests of how plans are read: it counts its requests."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.model.plans import Api

PATHS = {
    "/api/resource_management/v4/resource_statuses": Api.STATUSES,
    "/api/resource_management/v4/resources": Api.RESOURCES,
    "/api/agent_manager/v2/agents": Api.AGENTS,
    "/api/alert_manager/v1/alerts": Api.ALERTS,
    "/api/policy_management/v4/policies": Api.POLICIES,
    "/api/policy_management/v4/applications": Api.APPLICATIONS,
    "/api/2/tenants": Api.TENANTS,
}


class PlanServer:
    """`lists` are the items of each API, `refusals` what is answered in place of a list: a status and a body.

    `largest` is the most items of a page, whatever is asked for, and `sizes` that of some APIs. `knows_changes`:
    whether `updated_at` is heeded.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.url = ""
        self.lists: dict[Api, list[Any]] = {api: [] for api in Api}
        self.refusals: dict[Api, tuple[int, Any]] = {}
        self.headers: dict[str, str] = {}
        self.largest = 1000
        self.sizes: dict[Api, int] = {}
        self.knows_changes = True
        self.requests = Counter[Api]()
        self.queries: list[tuple[Api, dict[str, str]]] = []
        self._now = now

    async def serve(self, request: web.Request) -> web.Response:
        if request.path.endswith("/idp/token"):
            return web.json_response({"access_token": "t", "token_type": "bearer", "expires_in": 7200})
        if request.path.startswith("/api/2/clients/"):
            return self._answer(Api.TENANTS, {"tenant_id": "top"})
        if request.path.endswith(":resolve_ids"):
            asked = (await request.json())["items"]
            return self._answer(Api.TENANTS, {"items": [{"id": f"9{each['uuid']}", **each} for each in asked]})
        api = PATHS[request.path]
        self.queries.append((api, dict(request.query)))
        if api in self.refusals:
            self.requests[api] += 1
            status, body = self.refusals[api]
            return web.json_response(body, status=status, headers=self._headers())
        return self._answer(api, self._page(api, request.query))

    def _page(self, api: Api, query: Any) -> dict[str, Any]:
        items = [item for item in self.lists[api] if self._is_asked(item, query)]
        start, limit = int(query.get("after", 0)), min(int(query["limit"]), self.sizes.get(api, self.largest))
        after = str(start + limit) if start + limit < len(items) else ""
        return {"items": items[start : start + limit], "paging": {"cursors": {"after": after}}}

    def _is_asked(self, item: Any, query: Any) -> bool:
        if wanted := re.findall(r"[^(),]+", query.get("context_id", "").removeprefix("or")):
            return (item[0] if isinstance(item, list) else item)["context"]["id"] in wanted
        since = query.get("updated_at", "")[3:-1] if self.knows_changes else ""
        changed = item.get("context", item).get("updated_at") or ""
        return not since or since.isdigit() or bool(changed > since)

    def _answer(self, api: Api, body: Any) -> web.Response:
        self.requests[api] += 1
        return web.json_response(body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Date": format_datetime(self._now(), usegmt=True), **self.headers}


@asynccontextmanager
async def plan_server(now: Callable[[], datetime]) -> AsyncIterator[PlanServer]:
    served = PlanServer(now)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", served.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield served
    finally:
        await runner.cleanup()
