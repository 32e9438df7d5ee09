"""Socket Mode's server side (docs of apis/events-api/using-socket-mode): tickets, connections, envelopes, acks."""

import asyncio
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack.calls import Json
from bot.sandbox.slack.people import APP
from bot.sandbox.slack.state import State


class Sockets:
    """The open connections, oldest first. Each envelope goes to one of them, in turn."""

    def __init__(self, state: State) -> None:
        self.open: list[web.WebSocketResponse] = []
        self._state = state
        self._waiting: dict[str, Callable[[Any], None]] = {}
        self._turn = 0
        self._came = asyncio.Event()
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self.disabled = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._state.tickets:
            return web.Response(status=401, text="invalid ticket")
        self._state.tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=self._state.limits.ping_seconds, timeout=0.1)
        await socket.prepare(request)
        if self.disabled:
            await socket.send_json({"type": "disconnect", "reason": "link_disabled"})
            await socket.close()
            return socket
        if len(self.open) >= self._state.limits.connections:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._serve(socket, request)
        return socket

    async def send(self, envelope: Json, note: Callable[[Any], None]) -> bool:
        """Sends it over one connection; False where there is none. `note` gets the ack's payload, however late."""
        envelope_id = str(uuid.uuid4())
        self._waiting[envelope_id] = note
        while self.open:
            self._turn += 1
            socket = self.open[self._turn % len(self.open)]
            try:
                await socket.send_json({"envelope_id": envelope_id, **envelope})
            except ConnectionError:
                self._forget(socket)
                continue
            return True
        return False

    async def connected(self, count: int = 1) -> None:
        """Returns when so many connections are open."""
        while len(self.open) < count:
            self._came.clear()
            await self._came.wait()

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks every client to leave; `link_disabled` and `warning` are other reasons. No more payloads go there."""
        for socket in list(self.open):
            with suppress(ConnectionError):  # one that is gone needs no farewell
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            if reason != "warning":
                self._forget(socket)

    def cut(self) -> None:
        """Every connection ends at once, without a word."""
        for socket, transport in list(self._transports.items()):
            transport.abort()
            self._forget(socket)

    async def close(self) -> None:
        for socket in list(self._transports):
            await socket.close(code=1001)

    async def _serve(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        if request.transport is None:
            return
        self._transports[socket] = request.transport
        limits = self._state.limits
        debug = request.query.get("debug_reconnects") == "true"
        try:
            await self._live(socket, limits.debug_connection_seconds if debug else limits.connection_seconds)
        except ConnectionError:
            pass  # the client is gone, which is how most connections end
        finally:
            self._forget(socket)
            self._transports.pop(socket, None)
            self._state.journal.add("socket", open=len(self.open))

    async def _live(self, socket: web.WebSocketResponse, seconds: float) -> None:
        """From hello on; near its end a warning, the time that Slack gives for it, and the end."""
        debug = {"host": "sandbox", "build_number": 1, "approximate_connection_time": int(seconds)}
        hello = {"type": "hello", "num_connections": len(self.open) + 1, "debug_info": debug}
        await socket.send_json(hello | {"connection_info": {"app_id": APP}})
        self.open.append(socket)
        self._came.set()
        self._state.journal.add("socket", open=len(self.open))
        warning = self._state.limits.warning_seconds
        if await self._ended(socket, max(seconds - warning, 0)):
            return
        await socket.send_json({"type": "disconnect", "reason": "warning"})
        if not await self._ended(socket, warning):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await socket.close()

    async def _ended(self, socket: web.WebSocketResponse, seconds: float) -> bool:
        """Takes acks for so long; whether the client has ended the connection by then."""
        try:
            async with asyncio.timeout(seconds):
                async for frame in socket:
                    if frame.type == WSMsgType.TEXT:
                        self._take(frame.data)
        except TimeoutError:
            return False
        return True

    def _take(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return  # Slack ignores what it cannot read
        note = self._waiting.pop(str(ack.get("envelope_id")), None) if isinstance(ack, dict) else None
        if note is not None:
            note(ack.get("payload"))

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self.open:
            self.open.remove(socket)
