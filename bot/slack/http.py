"""The HTTP port: Slack's signed requests, and health and metrics for whoever runs the bot. Owns the aiohttp server.

Signatures are checked by Bolt, over the raw body. It must not know what a request means, nor what health is made of.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

log = structlog.get_logger(__name__)

_BODY_LIMIT = 1024 * 1024
"""Bytes. Slack names no limit; a view with its state, the largest thing it sends, stays under 250 kB."""
_SHUTDOWN_SECONDS = 1.0
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Health(Protocol):
    """What the port tells of us: "" means well, else the reason; metrics in Prometheus's text format."""

    def alive(self) -> str: ...
    def ready(self) -> str: ...
    def metrics(self) -> bytes: ...


class HttpIntake:
    """Requests wait for `app`; it is None where Socket Mode brings them. Port 0 takes a free one."""

    def __init__(self, app: asyncio.Future[AsyncApp] | None, host: str, port: int, health: Health) -> None:
        self._host = host
        self._wanted_port = port
        application = web.Application(client_max_size=_BODY_LIMIT)
        application.router.add_get("/healthz", partial(_verdict, health.alive))
        application.router.add_get("/readyz", partial(_verdict, health.ready))
        application.router.add_get("/metrics", partial(_metrics, health))
        if app is not None:
            application.router.add_post("/slack/events", partial(self._slack_events, app))
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS
        )

    @property
    def port(self) -> int:
        """The port that is open; before `open`, the one that was asked for."""
        addresses = self._runner.addresses
        return int(addresses[0][1]) if addresses else self._wanted_port

    async def open(self) -> None:
        """Raises `OSError` where the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        log.info("port open", host=self._host, port=self.port)

    async def close(self) -> None:
        """Takes nothing more. What was taken is the listener's to finish."""
        await self._runner.cleanup()

    async def _slack_events(self, app: asyncio.Future[AsyncApp], request: web.Request) -> web.Response:
        if not _can_be_signed(request):
            return web.Response(status=401, text="invalid request")
        raw = await request.read()
        try:
            asked = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers={**request.headers})
        except Exception as error:  # noqa: BLE001 - Bolt parses before it checks the signature: anybody may send anything
            log.info("an unreadable request was refused", error=type(error).__name__)
            return web.Response(status=400, text="unreadable request")
        return await to_aiohttp_response(await (await app).async_dispatch(asked))


def _can_be_signed(request: web.Request) -> bool:
    """Whether the signature's headers have their form; slack_sdk's check raises on others (slack-platform.md §6)."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and bool(signature) and signature.isascii()


async def _verdict(ask: Callable[[], str], _: web.Request) -> web.Response:
    reason = ask()
    return web.Response(status=503 if reason else 200, text=reason or "ok")


async def _metrics(health: Health, _: web.Request) -> web.Response:
    return web.Response(body=health.metrics(), headers={"Content-Type": _METRICS_TYPE})
