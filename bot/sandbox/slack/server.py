"""The pretend Slack's HTTP server: Web API, `response_url`, Socket Mode, control; plays the trouble that is ordered."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from bot.sandbox.connections import listen, reset
from bot.sandbox.slack import calls, control, web_api
from bot.sandbox.slack.calls import Arguments, Json, RefusalError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.state import SCOPES, State, Tokens

AddRoutes = Callable[[web.UrlDispatcher, PretendSlack], None]


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
        await self.slack.dispatcher.close()
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
    limits_now: Callable[[], float] | None = None,
    add_routes: AddRoutes | None = None,
) -> Running:
    """Starts a pretend Slack; port 0 takes a free one. `now` tells seconds since 1970 and rules all but ack times.

    `limits_now` rules rates and what expires where `now` is hurried. `add_routes` may add pages of its own.
    """
    state = State(tokens or Tokens(), scopes, limits or Limits(), now, limits_now)
    slack = PretendSlack(state, request_url)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    edge = Edge(state)
    app.router.add_route("*", "/api/{method}", edge.method)
    app.router.add_post("/response/{key}", edge.response)
    app.router.add_get("/link/", slack.sockets.serve)
    control.add_routes(app.router, slack)
    if add_routes is not None:
        add_routes(app.router, slack)
    runner, bound = await listen(app, host, port)
    state.url = f"http://{host}:{bound}"
    return Running(state.url, bound, slack, runner)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came. `act` does what it asks; a method answers with JSON, a `response_url` with `words`."""

    request: web.Request
    method: str
    channel: str
    sent: Arguments
    act: Callable[[], Json]
    headers: dict[str, str] = field(default_factory=dict)
    words: bool = False

    def accepted(self) -> web.Response:
        """Raises RefusalError."""
        body = self.act()
        return web.Response(text="ok") if self.words else web.json_response(body, headers=self.headers)

    def refused(self, refusal: RefusalError) -> web.Response:
        if self.words:
            return web.Response(status=max(refusal.status, 400), text=refusal.error)
        return _refused(refusal, self.headers)


class Edge:
    """Turns requests into calls and refusals into answers."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            token, sent = await calls.read(request)
        except RefusalError as refusal:
            return _refused(refusal, {})
        scopes = self._state.access.granted(token)
        headers = {"X-OAuth-Scopes": ",".join(sorted(scopes))} if scopes else {}
        act = partial(web_api.call, self._state, name, token, sent)
        return await self._play(Call(request, name, sent.text("channel"), sent, act, headers))

    async def response(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        try:
            _, sent = await calls.read(request)
        except RefusalError as refusal:
            return web.Response(status=400, text=refusal.error)
        act = partial(web_api.answer, self._state, key, sent)
        channel = self._state.answers.channel(key)
        return await self._play(Call(request, "response_url", channel, sent, act, words=True))

    async def _play(self, call: Call) -> web.StreamResponse:
        """One call, with what was ordered for it. A client that died while held before acceptance said nothing."""
        faults, method, transport = self._state.faults, call.method, call.request.transport
        entry: Json = {"at": self._state.now(), "method": method, "arguments": call.sent}
        entry |= {"status": 0, "ok": None, "error": ""}
        self._state.requests.append(entry)
        await faults.wait(method, "before", call.channel, call.sent)
        if transport is None or transport.is_closing():
            self._note(entry, ok=False, error="client gone")
            return web.Response(status=499)
        fault = faults.next(method, call.channel)
        if fault is not None and fault.kind not in {"late", "reset_after"}:
            self._note(entry, ok=False, error=fault.error if fault.kind == "error" else fault.kind)
            return await self._refuse(call.request, fault)
        try:
            response = call.accepted()
            self._note(entry, ok=True, status=200)
            await faults.wait(method, "after", call.channel, call.sent)
        except RefusalError as refusal:
            response = call.refused(refusal)
            self._note(entry, ok=False, status=refusal.status, error=refusal.error)
        if fault is not None:
            entry["error"] = fault.kind
            await self._spoil(call.request, fault)
        return response

    def _note(self, entry: Json, **ending: object) -> None:
        entry |= ending
        self._state.journal.add("call", method=entry["method"], ok=entry["ok"], error=entry["error"])

    async def _refuse(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """The answer to a call that is not accepted."""
        match fault.kind:
            case "ratelimited":
                after = fault.retry_after or max(1, int(fault.seconds))
                return _refused(RefusalError("ratelimited", status=429, retry_after=after), {})
            case "redirect":
                status = fault.status if fault.status in range(300, 400) else 307
                return web.Response(status=status, headers={"Location": fault.location})
            case "http":
                return web.Response(status=fault.status, text="<html>Server Error</html>", content_type="text/html")
            case "error":
                return _refused(RefusalError(fault.error), {})
            case "hang":
                await self._state.faults.idle(0)
        reset(request)
        return web.Response(status=499)

    async def _spoil(self, request: web.Request, fault: Fault) -> None:
        """What happens to the answer of a call that was accepted."""
        if fault.kind == "late":
            await self._state.faults.idle(fault.seconds)
        if fault.kind == "reset_after" or not fault.seconds:
            reset(request)


def _refused(refusal: RefusalError, headers: dict[str, str]) -> web.Response:
    after = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return web.json_response(refusal.body(), status=refusal.status, headers=headers | after)
