"""The HTTP port: Slack's signed requests, and health and metrics for whoever runs the bot. Owns the aiohttp server.

A signature is checked over the raw body before anything of the body is read. What is not signed costs one line in the
log, however often it comes. It must not know what a request means, nor what health is made of.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.slack.connections import FIRST_SECONDS, KEPT_SECONDS, Connections, most_connections
from bot.slack.fields import is_readable

log = structlog.get_logger(__name__)

_BODY_LIMIT = 1024 * 1024
"""Bytes. Slack names no limit; a view with its state, the largest thing it sends, stays under 250 kB."""
_SHUTDOWN_SECONDS = 1.0
_SIGNED_BY = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Health(Protocol):
    """What the port tells of us: "" means well, else the reason; metrics in Prometheus's text format."""

    def alive(self) -> str: ...
    def ready(self) -> str: ...
    def metrics(self) -> bytes: ...


class HttpIntake:
    """Requests wait for `app`; it is None where Socket Mode brings them. Port 0 takes a free one.

    `secret` signs Slack's requests. `first_seconds` and `kept_seconds` are those of `connections`; any later request
    has as long for its body as the first one. `acked` hears how many seconds each of Slack's requests waited for its
    acknowledgement.
    """

    def __init__(
        self,
        app: asyncio.Future[AsyncApp] | None,
        host: str,
        port: int,
        health: Health,
        *,
        secret: str = "",
        most: int | None = None,
        first_seconds: float = FIRST_SECONDS,
        kept_seconds: float = KEPT_SECONDS,
        acked: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._acked = acked
        self._host = host
        self._wanted_port = port
        self._first_seconds = first_seconds
        self._server: asyncio.Server | None = None
        self._verifier = SignatureVerifier(secret) if secret else None
        application = web.Application(client_max_size=_BODY_LIMIT, middlewares=(self._keep,))
        application.router.add_get("/healthz", partial(_verdict, health.alive))
        application.router.add_get("/readyz", partial(_verdict, health.ready))
        application.router.add_get("/metrics", partial(_metrics, health))
        if app is not None:
            application.router.add_post("/slack/events", partial(self._slack_events, app))
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            auto_decompress=False,  # Slack compresses nothing, and signs what it sends
            logger=_server_log(),
        )
        self.connections = Connections(
            self._serve_one, most or most_connections(), first_seconds=first_seconds, kept_seconds=kept_seconds
        )

    @property
    def port(self) -> int:
        """The port that is open; before `open`, the one that was asked for."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._wanted_port

    async def open(self) -> None:
        """Raises `OSError` where the port is taken."""
        await self._runner.setup()
        listen = asyncio.get_running_loop().create_server
        backlog = min(self.connections.most, 100)  # asyncio takes so many at once
        self._server = await listen(self.connections, self._host, self._wanted_port, backlog=backlog)
        log.info("port open", host=self._host, port=self.port)

    async def close(self) -> None:
        """Takes nothing more. What was taken is the listener's to finish."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _serve_one(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None  # noqa: S101  `open` made it
        return server()

    @web.middleware
    async def _keep(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        """A connection that was of use may stay."""
        response: web.StreamResponse = await handler(request)
        if response.status < 400:
            self.connections.ends(request.transport)
        else:
            response.force_close()
        return response

    async def _slack_events(self, app: asyncio.Future[AsyncApp], request: web.Request) -> web.Response:
        came_at = time.monotonic()
        try:
            async with asyncio.timeout(self._first_seconds):
                body = (await request.read()).decode() if _can_be_signed(request) else ""
        except UnicodeDecodeError:
            return _unreadable("no text")
        except TimeoutError:
            log.warning("a request whose body did not end was refused")
            return web.Response(status=408, text="the body did not end")
        if not self._is_signed(body, request):
            log.warning("a request that Slack did not sign was refused")
            return web.Response(status=401, text="invalid request")
        self.connections.begins(request.transport)
        try:
            asked = AsyncBoltRequest(body=body, query=request.query_string, headers={**request.headers})
        except Exception as error:  # noqa: BLE001 - Bolt raises whatever it meets in a body
            return _unreadable(type(error).__name__)
        if not is_readable(asked.body):
            return _unreadable("no object")
        answer = await to_aiohttp_response(await (await app).async_dispatch(asked))
        self._acked(time.monotonic() - came_at)
        return answer

    def _is_signed(self, body: str, request: web.Request) -> bool:
        stamp, signature = (request.headers.get(name, "") for name in _SIGNED_BY)
        return self._verifier is not None and bool(body) and self._verifier.is_valid(body, stamp, signature)


def _unreadable(what: str) -> web.Response:
    log.warning("an unreadable request was refused", what=what)
    return web.Response(status=400, text="unreadable request")


def _can_be_signed(request: web.Request) -> bool:
    """Whether the signature's headers have their form; slack_sdk's check raises on others (slack-platform.md §6)."""
    stamp, signature = (request.headers.get(name, "") for name in _SIGNED_BY)
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and bool(signature) and signature.isascii()


def _server_log() -> logging.Logger:
    """aiohttp's log of what it cannot read, without tracebacks: anybody may send anything."""
    quiet = logging.getLogger(f"{__name__}.server")
    quiet.addFilter(_without_traceback)
    return quiet


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keeps the traceback of what our own handlers raised."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (HttpProcessingError, web.RequestPayloadError, ConnectionError, TimeoutError)):
        record.msg, record.args = "a malformed request was refused", ()
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = None
    return True


async def _verdict(ask: Callable[[], str], _: web.Request) -> web.Response:
    reason = ask()
    return web.Response(status=503 if reason else 200, text=reason or "ok")


async def _metrics(health: Health, _: web.Request) -> web.Response:
    return web.Response(body=health.metrics(), headers={"Content-Type": _METRICS_TYPE})
