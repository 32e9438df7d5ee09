"""The connections of the HTTP port: how many there may be, and how long each may take. Knows no path and no request.

Who sends nothing must not keep Slack out, nor take the files that polls and posts need. Where all places are taken, the
connection that is idle the longest gives way to a new one.
"""

import asyncio
import resource
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

MOST = 200
SHARE = 4
"""At most a quarter of the process's files: the others are kept for the database and the ways out."""
FIRST_SECONDS = 10.0
"""How long a new connection may take to send its first request, headers and body. Slack sends one at once."""
KEPT_SECONDS = 3600.0
"""How long a connection that was of use may be idle: longer than the proxies in front of us keep theirs."""


def most_connections() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(4, min(MOST, soft // SHARE))


class Connections:
    """`make` gives the protocol that serves one connection. Those that are `idle` stand in the order of their use."""

    def __init__(
        self, make: Callable[[], asyncio.Protocol], most: int, *, first_seconds: float, kept_seconds: float
    ) -> None:
        self.most = most
        self._make = make
        self._first_seconds = first_seconds
        self._kept_seconds = kept_seconds
        self._idle: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}
        self._busy: set[asyncio.BaseTransport] = set()

    def __len__(self) -> int:
        return len(self._idle) + len(self._busy)

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self, self._make())

    def opened(self, transport: asyncio.BaseTransport) -> None:
        if len(self) >= self.most:
            log.warning("too many connections: the one that is idle the longest is closed", most=self.most)
            self._abort(next(iter(self._idle), transport))
        self._wait(transport, self._first_seconds)

    def begins(self, transport: asyncio.BaseTransport | None) -> None:
        """A request of Slack's is there as a whole: it is answered, however many others come."""
        if transport is not None and transport in self._idle:
            self.lost(transport)
            self._busy.add(transport)

    def ends(self, transport: asyncio.BaseTransport | None) -> None:
        """A request is answered; another one may follow."""
        if transport is not None and (transport in self._idle or transport in self._busy):
            self.lost(transport)
            self._wait(transport, self._kept_seconds)

    def lost(self, transport: asyncio.BaseTransport) -> None:
        self._busy.discard(transport)
        if (timer := self._idle.pop(transport, None)) is not None:
            timer.cancel()

    def _wait(self, transport: asyncio.BaseTransport, seconds: float) -> None:
        self._idle[transport] = asyncio.get_running_loop().call_later(seconds, self._abort, transport)

    def _abort(self, transport: asyncio.BaseTransport) -> None:
        self.lost(transport)
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class _Connection(asyncio.Protocol):
    """Hands everything on to `inner`, and tells of the connection's beginning and end."""

    def __init__(self, connections: Connections, inner: asyncio.Protocol) -> None:
        self._connections = connections
        self._inner = inner
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._inner.connection_made(transport)
        self._connections.opened(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.lost(self._transport)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
