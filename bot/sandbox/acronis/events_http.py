"""The routes of the Event Manager, and who may take them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from bot.sandbox.acronis.events import TASKS, Events, event_error, forbidden, too_many
from bot.sandbox.acronis.tokens import Grant

API: Final = "/api/event_manager/v1"


@dataclass(frozen=True, slots=True)
class EventRoutes:
    """`grant` is what the caller of a request may see, `part` the events that its server holds."""

    grant: Callable[[web.Request], Grant]
    part: Callable[[web.Request], Events]

    def add_to(self, router: web.UrlDispatcher, first: str) -> None:
        """`first` is what may stand before each path."""
        router.add_get(f"{first}{API}/topics", self._topics)
        router.add_get(f"{first}{API}/topics/offsets", self._offsets)
        router.add_get(f"{first}{API}/topics/{{topic}}/offsets", self._offsets)
        router.add_get(f"{first}{API}/types", self._types)
        router.add_post(f"{first}{API}/subscriptions", self._subscribe)
        router.add_get(f"{first}{API}/subscriptions/offset", self._position)
        router.add_post(f"{first}{API}/subscriptions/offset", self._commit)
        router.add_get(f"{first}{API}/events", self._wait)

    def _let_in(self, request: web.Request) -> Events:
        """Raises Refusal."""
        self.grant(request)
        events = self.part(request)
        if not events.switches.api:
            raise event_error(404, "NotFound", "no such service")
        if events.switches.busy:
            events.switches.busy -= 1
            raise too_many(events.switches.retry_after)
        if not events.switches.allowed:
            raise forbidden()
        return events

    async def _topics(self, request: web.Request) -> web.Response:
        wanted = request.query.get("topic_id")
        topics = self._let_in(request).topics()
        return web.json_response([each for each in topics if wanted in (None, each["id"])])

    async def _types(self, request: web.Request) -> web.Response:
        return web.json_response(self._let_in(request).types(request.query.get("topic_id", TASKS)))

    async def _offsets(self, request: web.Request) -> web.Response:
        events, in_path = self._let_in(request), request.match_info.get("topic")
        if events.switches.offsets == ("query" if in_path else "path"):
            raise event_error(404, "NotFound", "no such path")
        query = request.query
        topic = in_path or query.get("topic_id", "")
        return web.json_response(events.offset(topic, query.get("position", ""), query.get("timestamp", "")))

    async def _subscribe(self, request: web.Request) -> web.Response:
        events = self._let_in(request)
        return web.json_response(events.subscribe(await _json(request), self.grant(request)), status=201)

    async def _position(self, request: web.Request) -> web.Response:
        key = request.query.get("subscription_id", "")
        subscription = self._let_in(request).subscription(key)
        return web.json_response({"subscription_id": key, "offset": subscription.offset})

    async def _commit(self, request: web.Request) -> web.Response:
        return web.json_response(self._let_in(request).commit(await _json(request)))

    async def _wait(self, request: web.Request) -> web.Response:
        events = self._let_in(request)
        batch = await events.wait(request.query)
        if batch is None:
            return web.Response(status=202, headers={"Retry-After": str(events.switches.retry_after)})
        return web.json_response(batch)


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.text())
    except ValueError:
        raise event_error(400, "InvalidRequest", "the body is no JSON") from None
