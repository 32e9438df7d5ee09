"""A server for tests of the Acronis client: it gives the answers it is told to, and keeps what it was asked."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.acronis import AcronisClient
from bot.model import Activity, Page, Task

TOKEN_PATH = "/api/2/idp/token"
NGINX = "<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"
Connect = Callable[..., AcronisClient]
Answer = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """`answers` are given one after the other, the last of them for ever; `tokens` likewise by the token endpoint."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    tokens: list[Answer] = field(default_factory=list)
    asked: list[web.Request] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    token_requests: list[str] = field(default_factory=list)

    @property
    def queries(self) -> list[str]:
        return [request.rel_url.raw_query_string for request in self.asked]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == TOKEN_PATH:
            self.token_requests.append(await request.text())
            given = self.tokens.pop(0) if len(self.tokens) > 1 else (self.tokens or [self.token()])[0]
        else:
            self.asked.append(request)
            self.bearers.append(request.headers.get("Authorization", ""))
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer = given(request)
        return answer if isinstance(answer, web.StreamResponse) else await answer

    def token(self, **changes: Any) -> Answer:
        """A token answer; each one has another token: t1, t2, …"""
        body = {"token_type": "bearer", "expires_in": 7200, **changes}
        return lambda request: web.json_response({"access_token": f"t{len(self.token_requests)}", **body})


def page(*items: Any, after: str = "") -> Answer:
    paging = {"paging": {"cursors": {"after": after}}} if after else {}
    return lambda request: web.json_response({"items": list(items), **paging})


def status(code: int, body: Any = None, **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return lambda request: web.Response(status=code, text=text, content_type=kind, headers=headers)


def cut_off(request: web.Request) -> web.StreamResponse:
    """The connection is gone before an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@asynccontextmanager
async def open_server() -> AsyncIterator[Server]:
    served = Server()
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


class Sleeps(list[float]):
    """Keeps how long was slept, and does not sleep."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


async def pages(walk: AsyncIterator[Page[Task]]) -> list[Page[Task]]:
    return [page async for page in walk]


async def ids(walk: AsyncIterator[Page[Task]] | AsyncIterator[Page[Activity]]) -> list[str]:
    return [item.id async for page in walk for item in page.items]
