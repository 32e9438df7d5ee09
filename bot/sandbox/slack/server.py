"""The pretend Slack's HTTP server: Web API, `response_url`, Socket Mode, control; plays the trouble that is ordered."""

import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.slack import answering, arguments, control, methods
from bot.sandbox.slack.access import SCOPES, Tokens
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State, new_state

Act = Callable[[], Json]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `api_url` is for `SLACK_API_URL`."""

    url: str
    port: int
    slack: PretendSlack
    runner: web.AppRunner

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def close(self) -> None:
        """Ends every connection, what hangs and what is held too."""
        self.slack.faults.close()
        self.slack.journal.close()
        await self.slack.sockets.close()
        await self.slack.courier.close()
        await self.runner.cleanup()


async def serve(
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    tokens: Tokens | None = None,
    scopes: Iterable[str] = SCOPES,
    request_url: str | None = None,
    limits: Limits | None = None,
    now: Callable[[], float] = time.time,
) -> Running:
    """Starts a pretend Slack; port 0 takes a free one. `now` tells seconds since 1970 and rules all but ack times."""
    state = new_state(tokens or Tokens(), scopes, limits or Limits(), now)
    slack = PretendSlack(state, request_url)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    edge = Edge(state)
    app.router.add_route("*", "/api/{method}", edge.method)
    app.router.add_post("/response/{key}", edge.response)
    app.router.add_get("/link/", slack.sockets.serve)
    control.add_routes(app.router, slack)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    bound = runner.addresses[0][1]
    state.url = f"http://{host}:{bound}"
    return Running(state.url, bound, slack, runner)


class Edge:
    """Turns requests into calls and refusals into answers."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            token, sent = await arguments.read(request)
        except RefusalError as refusal:
            return _refused(refusal)
        channel = arguments.text(sent, "channel")
        scopes = self._state.access.granted(token)
        headers = {"X-OAuth-Scopes": ",".join(sorted(scopes))} if scopes else {}

        def act() -> Json:
            return methods.call(self._state, name, token, sent)

        return await self._play(request, name, channel, sent, act, headers)

    async def response(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        try:
            _, sent = await arguments.read(request)
        except RefusalError as refusal:
            return web.Response(status=400, text=refusal.error)

        def act() -> Json:
            answering.answer(self._state, key, sent)
            return {"ok": True}

        return await self._play(request, "response_url", self._state.answers.channel(key), sent, act, {})

    async def _play(
        self, request: web.Request, name: str, channel: str, sent: Json, act: Act, headers: dict[str, str]
    ) -> web.StreamResponse:
        """One call, with what was ordered for it. A client that died while held before acceptance said nothing."""
        faults = self._state.faults
        entry: Json = {"at": self._state.now(), "method": name, "arguments": sent, "status": 0, "ok": None, "error": ""}
        self._state.requests.append(entry)
        await faults.wait(name, "before", channel, sent)
        if _gone(request):
            entry |= {"ok": False, "error": "client gone"}
            self._note(entry)
            return web.Response(status=499)
        fault = faults.next(name, channel)
        if fault is not None and fault.kind not in {"late", "reset_after"}:
            return await self._refuse(request, fault, entry)
        response = _answered(act, entry, headers, plain=name == "response_url")
        self._note(entry)
        if entry["ok"]:
            await faults.wait(name, "after", channel, sent)
        if fault is not None:
            entry["error"] = fault.kind
            await self._spoil(request, fault)
        return response

    def _note(self, entry: Json) -> None:
        self._state.journal.add("call", method=entry["method"], ok=entry["ok"], error=entry["error"])

    async def _refuse(self, request: web.Request, fault: Fault, entry: Json) -> web.StreamResponse:
        entry |= {"ok": False, "error": fault.error if fault.kind == "error" else fault.kind}
        self._note(entry)
        if fault.kind == "ratelimited":
            return _refused(RefusalError("ratelimited", status=429, retry_after=max(1, int(fault.seconds))))
        if fault.kind == "http":
            return web.Response(status=fault.status, text="<html>Server Error</html>", content_type="text/html")
        if fault.kind == "error":
            return _refused(RefusalError(fault.error))
        if fault.kind == "hang":
            await self._state.faults.idle(0)
        reset(request)
        return web.Response(status=499)

    async def _spoil(self, request: web.Request, fault: Fault) -> None:
        """What happens to the answer of a call that was accepted."""
        if fault.kind == "late":
            await self._state.faults.idle(fault.seconds)
        if fault.kind == "reset_after" or not fault.seconds:
            reset(request)


def _answered(act: Act, entry: Json, headers: dict[str, str], *, plain: bool) -> web.Response:
    """A `response_url` says `ok` or the error as plain text; a method says it as JSON."""
    try:
        body = act()
    except RefusalError as refusal:
        entry |= {"status": refusal.status, "ok": False, "error": refusal.error}
        if plain:
            return web.Response(status=max(refusal.status, 400), text=refusal.error)
        return _refused(refusal, headers)
    entry |= {"status": 200, "ok": True}
    return web.Response(text="ok") if plain else web.json_response(body, headers=headers)


def _refused(refusal: RefusalError, headers: dict[str, str] | None = None) -> web.Response:
    after = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return web.json_response(refusal.body(), status=refusal.status, headers={**(headers or {}), **after})


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def reset(request: web.Request) -> None:
    """Ends the connection with a reset, as a broken line does."""
    transport = request.transport
    if transport is None:
        return
    line = transport.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
