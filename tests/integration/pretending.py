"""A visitor of the pretend Acronis: asks it over a real socket as any client would. No line of the bot's own client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.sandbox.acronis import Running, World, serve

CLIENT = ("sandbox-client", "sandbox-secret")
API = "/api/task_manager/v2"


class Visitor:
    """`params` take lists for repeated keys. What is not 2xx is an assertion, unless the answer itself is asked for."""

    def __init__(self, running: Running, http: httpx.AsyncClient) -> None:
        self.running = running
        self.control = running.control
        self.http = http

    async def token(self, auth: tuple[str, str] | None = CLIENT, **form: str) -> httpx.Response:
        words = {"grant_type": "client_credentials"} | form
        return await self.http.post("/api/2/idp/token", data=words, auth=auth or httpx.USE_CLIENT_DEFAULT)

    async def log_in(self) -> None:
        answer = (await self.token()).raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def ask(self, kind: str = "tasks", **params: Any) -> httpx.Response:
        return await self.http.get(f"{API}/{kind}", params=params)

    async def page(self, kind: str = "tasks", **params: Any) -> dict[str, Any]:
        answer = await self.ask(kind, **params)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def items(self, kind: str = "tasks", **params: Any) -> list[Any]:
        found: list[Any] = (await self.page(kind, **params))["items"]
        return found

    async def ids(self, kind: str = "tasks", **params: Any) -> list[int]:
        return [item["id"] for item in await self.items(kind, **params)]

    async def refused(self, kind: str = "tasks", **params: Any) -> str:
        """The message of a 400 in the Task Manager's own shape."""
        answer = await self.ask(kind, **params)
        assert answer.status_code == 400, answer.text
        body = answer.json()
        assert body.keys() == {"domain", "code", "reason", "context", "debug"}
        message: str = body["debug"]["msg"]
        return message


@asynccontextmanager
async def visiting(world: str | World = "empty") -> AsyncIterator[Visitor]:
    """A server of its own and a visitor who has a token already."""
    running = await serve(world=world)
    try:
        async with httpx.AsyncClient(base_url=running.url, verify=False) as http:
            visitor = Visitor(running, http)
            await visitor.log_in()
            yield visitor
    finally:
        await running.close()


def raw_task(number: int, **fields: Any) -> dict[str, Any]:
    """A finished machine backup as it goes over the wire; `fields` replace."""
    return {
        "id": number,
        "idString": str(number),
        "uuid": f"00000000-0000-4000-8000-{number:012x}",
        "type": "D332948D-A7A9-4E07-B76C-253DCF6E17FB",
        "state": "completed",
        "queue": "legacySync",
        "priority": "normal",
        "tenant": {"id": "66", "name": "Northwind", "locator": "/1/66/"},
        "enqueuedAt": "2022-06-01T10:00:00Z",
        "startedAt": "2022-06-01T10:00:01Z",
        "updatedAt": "2022-06-01T10:05:00.000000001Z",
        "completedAt": "2022-06-01T10:05:00Z",
        "result": {"code": "ok"},
    } | fields
