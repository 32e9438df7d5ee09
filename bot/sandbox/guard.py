"""Keeps strangers' web pages away from a server on loopback: by the request's `Host` and `Origin`. Loopback alone."""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

_NAME = "localhost"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""What a page of ours carries: it loads nothing from elsewhere, and nobody frames it."""


class NotLoopbackError(ValueError):
    """A server of the sandbox was to listen where other machines reach it."""


def require_loopback(host: str) -> None:
    """Raises NotLoopbackError in words that people can use."""
    if not _is_loopback(host):
        raise NotLoopbackError(
            f"The sandbox listens on loopback only, and {host} is not: it asks nobody for a password. Take 127.0.0.1."
        )


@web.middleware
async def guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses a name that is not loopback's (DNS rebinding) and what another page sends."""
    host = request.headers.get("Host", "")
    if not _is_loopback(_without_port(host)):
        return web.Response(status=403, text="This server answers to 127.0.0.1 and localhost only.\n")
    if request.headers.get("Origin", f"http://{host}") != f"http://{host}":
        return web.Response(status=403, text="Another page may not use this server.\n")
    return await handler(request)


def _without_port(host: str) -> str:
    """`[::1]:80` → `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host.casefold() == _NAME:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
