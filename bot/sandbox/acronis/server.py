"""The pretend Acronis on a socket: routes, who may pass, how answers and faults look on the wire.

What an answer holds is decided in `site` and below. Listens on loopback unless told otherwise.
"""

import base64
import binascii
import json
import socket
import struct
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from bot.sandbox.acronis.control import Control, routes
from bot.sandbox.acronis.instants import SECOND, write_http_date, write_stamp
from bot.sandbox.acronis.office import Grant, Office
from bot.sandbox.acronis.refusals import Refusal, domain_error, forbidden, gateway_page, token_error, unauthorised
from bot.sandbox.acronis.site import Seen, Site
from bot.sandbox.acronis.weather import Fault
from bot.sandbox.acronis.world import World

_SITE: Final = web.AppKey("site", Site)
_SEEN: Final = web.RequestKey("seen", Seen)
_TOKEN_PATH: Final = "/api/2/idp/token"  # noqa: S105  (a path, not a secret)
_API: Final = "/api/task_manager/v2"
_TITLES: Final = {502: "Bad Gateway", 503: "Service Temporarily Unavailable"}
_MAX_BODY: Final = 256 << 20
# Written to no log: what is left of a token request's form
_FORM_KEYS_SHOWN: Final = frozenset({"grant_type", "scope"})


class Running:
    """A server that answers. `control` does what `/control/…` does; `world` is the present one, also after a reset."""

    def __init__(self, runner: web.AppRunner, site: Site, control: Control, host: str, port: int) -> None:
        self._runner = runner
        self._site = site
        self.control = control
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def world(self) -> World:
        return self._site.world

    async def close(self) -> None:
        """Stops at once: held and hanging requests are let go."""
        await self._runner.cleanup()


async def serve(
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    seed: int = 1,
    client_id: str = "sandbox-client",
    client_secret: str = "sandbox-secret",  # noqa: S107  (the sandbox's, known to all: design.md §7)
    world: str | World = "living",
) -> Running:
    """Starts a server; port 0 takes a free one. `world` is `living`, `empty` or one that is made already.

    Raises OSError where the port is taken, ValueError for an unknown kind of world.
    """
    new_world = partial(World, seed, kind=world) if isinstance(world, str) else lambda: world
    site = Site(new_world, lambda made: Office(client_id, client_secret, made.home))
    control = Control(site)
    runner = web.AppRunner(_application(site, control), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return Running(runner, site, control, host, runner.addresses[0][1])


def _application(site: Site, control: Control) -> web.Application:
    app = web.Application(middlewares=[_gate], client_max_size=_MAX_BODY)
    app[_SITE] = site
    app.add_routes(routes(control))
    app.router.add_post(_TOKEN_PATH, _token)
    app.router.add_get("/api/2/clients/{id}", _client)
    for kind in ("tasks", "activities"):
        app.router.add_get(f"{_API}/{kind}", partial(_list, kind))
        app.router.add_get(f"{_API}/{kind}/{{id}}", partial(_single, kind))
    app.on_shutdown.append(_let_go)
    return app


async def _let_go(app: web.Application) -> None:
    app[_SITE].weather.close()


@web.middleware
async def _gate(request: web.Request, handler: Any) -> web.StreamResponse:
    """Writes the request down, lets the weather have it, and gives every answer its Date."""
    site = request.app[_SITE]
    if request.path.startswith("/control/"):
        response: web.StreamResponse = await handler(request)
        return response
    path, _, query = request.raw_path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    seen = request[_SEEN] = site.seen(
        request.method, unquote(path), query, pairs, request.headers.get("User-Agent", "")
    )
    fault = await site.weather.meet(seen.path)
    response = _broken(site, request, fault) if fault else await _answered(request, handler)
    seen.status = response.status
    seen.fault = fault.kind if fault else ""
    seen.answered_at = write_stamp(site.world.now())
    offset = site.settings.date_offset * SECOND
    response.headers["Date"] = write_http_date(site.world.now() + offset)
    asked = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    if asked and isinstance(response, web.Response) and response.body:
        response.enable_compression(web.ContentCoding.gzip)
    return response


async def _answered(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except Refusal as refusal:
        return _written(refusal.status, refusal.body)
    except web.HTTPException as error:
        return _written(error.status, domain_error(error.status, error.reason.replace(" ", ""), error.reason).body)
    return response


def _written(status: int, body: Any) -> web.Response:
    if isinstance(body, str):
        return web.Response(status=status, text=body, content_type="text/html")
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")


def _broken(site: Site, request: web.Request, fault: Fault) -> web.Response:
    if fault.kind in ("reset", "hang"):
        return _reset(request)
    if fault.kind == "garbage":
        return web.Response(text='{"items":[{"id":12', content_type="application/json")
    if fault.kind == "redirect":
        return web.Response(status=307, headers={"Location": fault.location + request.raw_path})
    status = int(fault.kind)
    if status in _TITLES:
        response = _written(status, gateway_page(status, _TITLES[status]))
    else:
        code = "TooManyRequests" if status == 429 else "InternalError"
        response = _written(status, domain_error(status, code, "try again later").body)
    if fault.retry_after is not None:
        until = site.world.now() + fault.retry_after * SECOND
        response.headers["Retry-After"] = write_http_date(until) if fault.as_date else str(fault.retry_after)
    return response


def _reset(request: web.Request) -> web.Response:
    """Cuts the connection with RST; the response goes nowhere."""
    transport = request.transport
    if transport:
        connection = transport.get_extra_info("socket")
        if connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def _token(request: web.Request) -> web.Response:
    site = request.app[_SITE]
    if request.content_type != "application/x-www-form-urlencoded":
        raise token_error(400, "invalid_request", "the body is not a form")
    form = dict(parse_qsl(await request.text(), keep_blank_values=True))
    seen = request[_SEEN]
    seen.params += [(key, value) for key, value in form.items() if key in _FORM_KEYS_SHOWN]
    client = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    answer = site.office.issue(form, _bearer(request.headers), site.office.knows(*client), site.world.now())
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
    """What the caller may see. Raises Refusal: 401 without a good token, 403 without the role."""
    site = request.app[_SITE]
    grant = site.office.grant(_bearer(request.headers), site.world.now())
    if not grant:
        raise unauthorised(site.settings.unauthorised)
    request[_SEEN].authorised = True
    return grant


def _reader(request: web.Request) -> str:
    grant = _grant(request)
    if not request.app[_SITE].settings.role:
        raise forbidden()
    return grant.tenant.locator


async def _client(request: web.Request) -> web.Response:
    _grant(request)
    return _written(200, request.app[_SITE].office.client(request.match_info["id"]))


async def _list(kind: str, request: web.Request) -> web.Response:
    locator = _reader(request)
    return _written(200, request.app[_SITE].listing(kind, request[_SEEN].params, locator))


async def _single(kind: str, request: web.Request) -> web.Response:
    locator = _reader(request)
    key = request.match_info["id"]
    return _written(200, request.app[_SITE].single(kind, key, request[_SEEN].params, locator))
