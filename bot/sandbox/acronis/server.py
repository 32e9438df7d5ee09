"""The pretend Acronis on a socket: routes, who may pass, how answers and faults look on the wire."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from bot.sandbox.acronis.apis import ALERT_API, POLICY_API, ROUTES
from bot.sandbox.acronis.control import Control
from bot.sandbox.acronis.control_http import routes
from bot.sandbox.acronis.errors import Refusal, domain_error, forbidden, gateway_error, policy_error, token_error
from bot.sandbox.acronis.events_http import EventRoutes
from bot.sandbox.acronis.faults import Fault
from bot.sandbox.acronis.pages import Ask
from bot.sandbox.acronis.plans import ACT_SCOPE, REFUSALS, refusal_named
from bot.sandbox.acronis.service import Seen, Service
from bot.sandbox.acronis.times import SECOND, write_http_date, write_stamp
from bot.sandbox.acronis.tokens import Grant
from bot.sandbox.acronis.world import World
from bot.sandbox.connections import listen, reset

_SERVICE: Final = web.AppKey("service", Service)
_SEEN: Final = web.RequestKey("seen", Seen)
_TOKEN_PATH: Final = "/api/2/idp/token"  # noqa: S105  (a path, not a secret)
_API: Final = "/api/task_manager/v2"
_TITLES: Final = {502: "Bad Gateway", 503: "Service Temporarily Unavailable"}
_MAX_BODY: Final = 256 << 20
# Written to no log: what is left of a token request's form
_FORM_KEYS_SHOWN: Final = frozenset({"grant_type", "scope"})


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `control` does what `/control/…` does."""

    url: str
    port: int
    world: World
    control: Control
    runner: web.AppRunner

    async def close(self) -> None:
        """Stops at once: held and hanging requests are let go."""
        await self.runner.cleanup()


async def serve(
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    seed: int = 1,
    client_id: str = "sandbox-client",
    client_secret: str = "sandbox-secret",  # noqa: S107  (the sandbox's, known to all: design.md §7)
    world: str | World = "living",
) -> Running:
    """Port 0 takes a free one, `world` is a kind of `World` or one that is made. Raises OSError, ValueError."""
    there = World(seed, kind=world) if isinstance(world, str) else world
    service = Service(there, client_id, client_secret)
    control = Control(service)
    runner, bound = await listen(_application(service, control), host, port)
    return Running(f"http://{host}:{bound}", bound, there, control, runner)


def _application(service: Service, control: Control) -> web.Application:
    app = web.Application(middlewares=[_gate], client_max_size=_MAX_BODY)
    app[_SERVICE] = service
    app.add_routes(routes(control))
    for first in ("", "/"):  # the vendor's examples write `//api/…`
        _add_routes(app.router, first)
    app.on_shutdown.append(_let_go)
    return app


def _add_routes(router: web.UrlDispatcher, first: str) -> None:
    router.add_post(first + _TOKEN_PATH, _token)
    router.add_get(f"{first}/api/2/clients/{{id}}", _client)
    for kind in ("tasks", "activities"):
        router.add_get(f"{first}{_API}/{kind}", partial(_list, kind))
        router.add_get(f"{first}{_API}/{kind}/{{id}}", partial(_single, kind))
    for api in ROUTES:
        method, path = api.split()
        router.add_route(method, first + path, partial(_neighbour, api))
    router.add_put(f"{first}{POLICY_API}/applications/run", _run)
    EventRoutes(_grant, lambda request: request.app[_SERVICE].events).add_to(router, first)


async def _let_go(app: web.Application) -> None:
    app[_SERVICE].faults.close()


@web.middleware
async def _gate(request: web.Request, handler: Any) -> web.StreamResponse:
    """Writes the request down, lets what is ordered happen to it, and gives every answer its Date."""
    service = request.app[_SERVICE]
    if request.path.startswith("/control/"):
        response: web.StreamResponse = await handler(request)
        return response
    path, _, query = request.raw_path.partition("?")
    pairs, agent = parse_qsl(query, keep_blank_values=True), request.headers.get("User-Agent", "")
    place = "/" + unquote(path).lstrip("/")
    seen = request[_SEEN] = service.seen(request.method, place, query, pairs, agent)
    fault = await service.faults.meet(seen.path)
    if fault and fault.kind == "trickle":
        return await _trickled(service, request)
    response = _broken(service, request, fault) if fault else await _answered(request, handler)
    seen.status = response.status
    seen.fault = fault.kind if fault else ""
    seen.answered_at = write_stamp(service.world.now())
    response.headers["Date"] = write_http_date(service.world.now() + service.settings.date_offset * SECOND)
    asked = "Content-Encoding" not in response.headers and "gzip" in request.headers.get("Accept-Encoding", "").lower()
    if asked and isinstance(response, web.Response) and response.body:
        response.enable_compression(web.ContentCoding.gzip)
    return response


async def _answered(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except Refusal as refusal:
        return _refused(refusal)
    except web.HTTPException as error:
        return _refused(domain_error(error.status, error.reason.replace(" ", ""), error.reason))
    return response


def _refused(refusal: Refusal) -> web.Response:
    if isinstance(refusal.body, str):
        return web.Response(status=refusal.status, text=refusal.body, headers=refusal.headers, content_type="text/html")
    return _written(refusal.status, refusal.body)


def _written(status: int, body: Any) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")


def _broken(service: Service, request: web.Request, fault: Fault) -> web.Response:
    if fault.kind in ("reset", "hang"):
        reset(request)
        return web.Response(status=500)
    if fault.kind == "garbage":
        return web.Response(text='{"items":[{"id":12', content_type="application/json")
    if fault.kind == "html":
        return web.Response(text="<html><body>We are back soon.</body></html>", content_type="text/html")
    if fault.kind == "bomb":
        return web.Response(body=_bomb(), headers={"Content-Encoding": "gzip"}, content_type="application/json")
    if fault.kind == "redirect":
        return web.Response(status=307, headers={"Location": fault.location + request.raw_path})
    status = int(fault.kind)
    if status in _TITLES:
        response = _refused(gateway_error(status, _TITLES[status]))
    else:
        code = "TooManyRequests" if status == 429 else "InternalError"
        response = _refused(domain_error(status, code, "try again later"))
    if fault.retry_after is not None:
        until = service.world.now() + fault.retry_after * SECOND
        response.headers["Retry-After"] = write_http_date(until) if fault.as_date else str(fault.retry_after)
    return response


@cache
def _bomb() -> bytes:
    """A gigabyte of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    blanks = b" " * 2**20
    return b"".join([*(packer.compress(blanks) for _ in range(2**10)), packer.flush()])


async def _trickled(service: Service, request: web.Request) -> web.StreamResponse:
    """A byte a second, until the caller goes or the server ends."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while not await service.faults.is_closing(1.0):
        await response.write(b" ")
    return response


async def _token(request: web.Request) -> web.Response:
    service = request.app[_SERVICE]
    if request.content_type != "application/x-www-form-urlencoded":
        raise token_error(400, "invalid_request", "the body is not a form")
    form = dict(parse_qsl(await request.text(), keep_blank_values=True))
    seen = request[_SEEN]
    seen.params += [(key, value) for key, value in form.items() if key in _FORM_KEYS_SHOWN]
    client = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    answer = service.tokens.issue(form, client, _bearer(request.headers), service.world.now())
    seen.authorised = True
    return _written(200, answer)


def _basic(request: web.Request) -> tuple[str, str] | None:
    """Id and secret of a Basic header, percent-decoded as OAuth wants it; None where there is none."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    return value if scheme == "Bearer" else ""


def _grant(request: web.Request) -> Grant:
    """What the caller may see. Raises Refusal (401) without a good token: at the gateway nginx may answer first."""
    service = request.app[_SERVICE]
    grant = service.tokens.grant(_bearer(request.headers), service.world.now())
    if grant:
        request[_SEEN].authorised = True
        return grant
    if service.settings.unauthorised == "html":
        raise gateway_error(401, "Authorization Required")
    raise domain_error(401, "Unauthorized", "token is missing, expired or invalid")


def _locator(request: web.Request) -> str:
    """The path of the tenant whose tasks the caller may read. Raises Refusal, also 403 without the role."""
    grant = _grant(request)
    if not request.app[_SERVICE].settings.role:
        raise domain_error(403, "Forbidden", "role urn:acronis.com::task_manager::viewer is missing")
    return grant.tenant.locator


async def _client(request: web.Request) -> web.Response:
    _grant(request)
    return _written(200, request.app[_SERVICE].tokens.client(request.match_info["id"]))


async def _list(kind: str, request: web.Request) -> web.Response:
    locator, service = _locator(request), request.app[_SERVICE]
    response = _written(200, service.listing(kind, request[_SEEN].params, locator))
    if service.poison and '"items":[{' in (response.text or ""):
        poisonous = f'"items":[{{"argument":{service.poison.pop(0)},'
        response.text = (response.text or "").replace('"items":[{', poisonous, 1)
    return response


async def _single(kind: str, request: web.Request) -> web.Response:
    locator = _locator(request)
    return _written(200, request.app[_SERVICE].single(kind, request.match_info["id"], request[_SEEN].params, locator))


# ── the neighbours ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _neighbour(api: str, request: web.Request) -> web.Response:
    """One of the APIs beside the Task Manager."""
    service = request.app[_SERVICE]
    try:
        grant = _grant(request)
    except Refusal:
        if ALERT_API not in api:
            raise
        page = gateway_error(401, "Authorization Required")  # of the alerts' gateway as plain text, unlike the others'
        return web.Response(status=401, text=str(page.body))
    body = request[_SEEN].body = await _json(request) if request.can_read_body else None
    ask = Ask(request[_SEEN].params, grant, body, request.match_info.get("id", ""))
    status, answer = service.apis.answer(api, ask, may_act=grant.may_act and service.settings.acting_role)
    return web.Response(status=status) if answer is None else _written(status, answer)


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.text())
    except ValueError:
        raise policy_error(400, "SchemaValidationError", "the body is no JSON") from None


async def _run(request: web.Request) -> web.Response:
    """Runs a policy now. How it is answered may have been ordered; what comes `after` comes when the run has begun."""
    grant, service = _grant(request), request.app[_SERVICE]
    body = request[_SEEN].body = await _json(request)
    if not (grant.may_act and service.settings.acting_role):
        raise forbidden(grant.tenant.number, ACT_SCOPE)
    kind, _, after = (service.run_answers.pop(0) if service.run_answers else "202").partition(" ")
    if not after and kind in REFUSALS:
        raise refusal_named(kind)
    if after or kind != "reset":
        service.plans.run(body, grant.tenant.locator)
    return await _run_answer(service, request, kind)


async def _run_answer(service: Service, request: web.Request, kind: str) -> web.Response:
    """`hang` is an answer that does not come while the server lives."""
    if kind in REFUSALS:
        raise refusal_named(kind)
    if kind == "hang":
        while not await service.faults.is_closing(60.0):
            pass
    if kind in ("hang", "reset"):
        reset(request)
    return web.Response(status=204) if kind == "204" else _written(202, {})
