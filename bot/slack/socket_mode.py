"""Socket Mode: Slack's requests over a WebSocket that we open. Owns the connection and its watch.

slack_sdk's aiohttp client keeps the connection: it pings, replaces a socket whose pong is overdue and follows Slack's
`disconnect`. One thing it does not do, and the watch here does: a WebSocket address is good once and for a short time,
but the client tries the same one for ever when connecting fails (`SocketModeClient.connect` of 3.48).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.fields import is_readable
from bot.slack.socket_client import WayIn

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)

_CLOSE_SECONDS = 2.0
_CHECKS_UNTIL_NEW_ADDRESS = 3


class SocketIntake:
    """Requests wait for `app`. `client` gives the API's address, the shared session and the proxy.

    A ping goes out every `ping_seconds`; without a pong for half as long the socket counts as dead. A new one that says
    no hello within `hello_seconds` gives way to another. `is_alone`: it is worth a warning when others take requests.
    `acked` hears how many seconds each request waited for its acknowledgement.
    """

    def __init__(
        self,
        app: "asyncio.Future[AsyncApp]",
        app_token: str,
        client: AsyncWebClient,
        *,
        is_alone: bool = True,
        ping_seconds: float = 3.0,
        hello_seconds: float = 10.0,
        acked: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._is_alone = is_alone
        self._app_token = app_token
        self._acked = acked
        self._client = client
        self._ping_seconds = ping_seconds
        self._hello_seconds = hello_seconds
        self._hello = asyncio.Event()
        self._warned_of_others = False
        self._socket: WayIn | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us now, as far as the last ping showed."""
        socket = self._socket
        if socket is None or socket.closed or socket.stale or socket.current_session is None:
            return False
        return socket.current_session is socket.greeted and not socket.current_session.closed

    @property
    def reason(self) -> str:
        """Why Slack cannot reach us, where it cannot."""
        return self._socket.reason if self._socket is not None else "It is not opened yet."

    async def open(self) -> None:
        """Returns after Slack's `hello`. Tries for ever: tokens are to be tried before."""
        self._socket = socket = await self._make_socket()
        self._watching = asyncio.create_task(self._watch(socket))
        while not self._hello.is_set():
            async with socket.connect_operation_lock:  # so that the SDK's monitor does not connect at the same time
                socket.wss_uri = None
                await socket.connect()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._hello_seconds):
                    await self._hello.wait()

    async def close(self) -> None:
        """Takes nothing more. What was taken is the listener's to finish."""
        socket = self._socket
        if socket is None:
            return
        socket.closed = True
        socket.aiohttp_client_session = None  # type: ignore[assignment]  # so that no new connection is opened
        tasks = (self._watching, socket.message_processor, socket.current_session_monitor, socket.message_receiver)
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                while socket.current_session is not None and not socket.current_session.closed:
                    await socket.current_session.close()  # a new one may be opened while the old one closes
        except TimeoutError:
            log.info("slack did not take part in closing the socket")

    async def _make_socket(self) -> WayIn:
        # The SDK logs addresses with their tickets when connecting fails; what matters is logged by the watch.
        silent = logging.getLogger("slack_sdk.socket_mode")
        silent.setLevel(logging.CRITICAL)
        socket = WayIn(
            app_token=self._app_token,
            logger=silent,
            web_client=self._client,
            ping_interval=self._ping_seconds,
            hello_seconds=self._hello_seconds,
        )
        socket.proxy = self._client.proxy
        if self._client.session is not None:
            await socket.aiohttp_client_session.close()
            socket.aiohttp_client_session = self._client.session
        socket.message_listeners.append(self._greet)
        socket.socket_mode_request_listeners.append(self._handle)
        return socket

    async def _greet(self, socket: AsyncBaseSocketModeClient, message: dict[str, Any], __: str | None) -> None:
        if message.get("type") != "hello":
            return
        if isinstance(socket, WayIn):
            socket.hello()
        self._hello.set()
        others = message.get("num_connections")
        log.info("socket open", connections=others)
        if isinstance(others, int) and others > 1 and self._is_alone and not self._warned_of_others:
            self._warned_of_others = True
            log.warning(
                "slack counts several connections of this app token: another process takes a share of the requests",
                connections=others,
            )

    async def _handle(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if not is_readable(request.payload):
            log.warning("an unreadable request was refused", what="no object")
            return
        came_at = time.monotonic()
        try:
            app = await self._app
            from slack_bolt.adapter.socket_mode import async_internals as bolt  # noqa: PLC0415  loaded with `app`

            response = await bolt.run_async_bolt_app(app, request)
            await bolt.send_async_response(socket, request, response, time.time())
            self._acked(time.monotonic() - came_at)
        except Exception:  # the top of a delivery: the SDK's own log is silent
            log.exception("a delivery was not acknowledged", kind=request.type)

    async def _watch(self, socket: WayIn) -> None:
        checks = 0
        while True:
            await asyncio.sleep(self._ping_seconds)
            if self.connected:
                if checks:
                    log.info("socket connected again")
                checks = 0
                continue
            checks += 1
            if checks == 1:
                log.warning("socket not connected")
            if checks % _CHECKS_UNTIL_NEW_ADDRESS == 0:
                socket.wss_uri = None
