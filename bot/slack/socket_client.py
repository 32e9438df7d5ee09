"""slack_sdk's Socket Mode client, with an ear for why Slack does not let us in.

The SDK keeps the reason to itself, tries an address for ever, waits for ever for one that is silent, needs no hello,
and sleeps as long as any `Retry-After` says.
"""

import asyncio
import json
from typing import Any

import aiohttp
import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.errors import NotPosted, SlackError
from bot.slack.web_api import call

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 15.0
"""Seconds between two addresses while none of them leads to a hello."""
LONGEST_CONNECTING = 45.0
"""Seconds for one connection: the pause, the address, and a greeting of the server's that may never come."""
_LONGEST_WORD = 100
_USUAL = frozenset({"refresh_requested", "warning"})
"""Slack's reasons for closing a socket that say nothing is wrong."""
_CUT = "Slack gives an address, but the connection to it fails or is cut."
_TO_DO = {
    "account_inactive": "Install the app again, or make a new App-Level Token for SLACK_APP_TOKEN.",
    "invalid_auth": "Make a new App-Level Token (connections:write) for SLACK_APP_TOKEN.",
    "token_revoked": "Make a new App-Level Token (connections:write) for SLACK_APP_TOKEN.",
    "missing_scope": "The App-Level Token in SLACK_APP_TOKEN needs the scope connections:write.",
    "link_disabled": "Socket Mode is switched off: turn it on in the app's settings, or start the bot with serve.",
    "too_many_websockets": "Ten connections of this app are open: stop the other processes that use its token.",
}


class WayIn(SocketModeClient):
    """`reason` is why there is no socket, in words with Slack's own; it means nothing while one is greeted.

    One that is not greeted within `hello_seconds` gives way to another.
    """

    def __init__(self, *args: Any, hello_seconds: float, **more: Any) -> None:
        self._hello_seconds = hello_seconds
        self._leaving: asyncio.Task[bool] | None = None
        super().__init__(*args, **more)
        self.on_message_listeners.append(self._hear)
        self.greeted: aiohttp.ClientWebSocketResponse | None = None
        self._refusal = self._farewell = ""
        self._tries = 0

    @property
    def reason(self) -> str:
        return self._refusal or self._farewell or _CUT

    def hello(self) -> None:
        self.greeted = self.current_session
        self._refusal = self._farewell = ""
        self._tries = 0

    async def connect(self) -> None:
        while not self.closed:
            try:
                async with asyncio.timeout(LONGEST_CONNECTING):
                    await super().connect()  # type: ignore[no-untyped-call]
            except TimeoutError:
                log.warning("slack's address does not answer")
                self.wss_uri = None
            else:
                return

    async def receive_messages(self) -> None:
        """The SDK begins it anew for each socket."""
        session = self.current_session
        if session is None:
            return
        timer = asyncio.get_running_loop().call_later(self._hello_seconds, self._leave, session)
        try:
            await super().receive_messages()
        finally:
            timer.cancel()

    def _leave(self, session: aiohttp.ClientWebSocketResponse) -> None:
        """The SDK's monitor finds it closed, and connects again."""
        if session is self.current_session is not self.greeted:
            log.warning("slack opened a socket but said no hello")
            self._leaving = asyncio.create_task(session.close())

    async def issue_new_wss_url(self) -> str:
        """Asks less and less often while no address leads to a hello. Raises SlackError."""
        pause = min(2.0 ** (self._tries - 1), LONGEST_PAUSE) if self._tries else 0.0
        self._tries += 1
        await asyncio.sleep(pause)
        client = self.web_client
        try:
            answer = await call(client.apps_connections_open(app_token=self.app_token), client.timeout)
        except SlackError as error:
            self._refusal = _in_words(error.told, error.code)
            log.warning("slack gives no way in", code=error.code, reason=error.told)
            if isinstance(error, NotPosted) and error.retry_after:
                await asyncio.sleep(min(error.retry_after, LONGEST_PAUSE))
            raise
        self._refusal = ""
        return str(answer["url"])

    async def _hear(self, message: aiohttp.WSMessage) -> None:
        """A `disconnect` reaches no other listener of the SDK's."""
        if "disconnect" not in str(message.data):
            return
        said = json.loads(message.data)
        if isinstance(said, dict) and said.get("type") == "disconnect":
            reason = str(said.get("reason") or "no reason given")[:_LONGEST_WORD]
            log.info("slack asks us to leave the socket", reason=reason)
            if reason not in _USUAL:
                self._farewell = _in_words(f"Slack closed the connection ({reason}).", reason)


def _in_words(told: str, code: str) -> str:
    return f"{told} {_TO_DO[code]}" if code in _TO_DO else told
