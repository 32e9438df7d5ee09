"""The client of Slack's Web API and the sign-in at start: who are we, and are both tokens good.

Owns the client's settings and the quieting of Slack's libraries. It must not know what is sent with the client.
"""

import logging
import re
import ssl
import time
from collections.abc import Callable

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotPosted, SlackError, SlackRefused, Uncertain
from bot.model.values import dataclass
from bot.slack.web_api import CERTIFICATE, PASSING, call, refuse_redirects


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Slack says we are. `name` is what people type after an @, `url` is the workspace's, `scopes` the bot token's,
    `enterprise_id` "" outside a Grid."""

    team_id: str
    team: str
    bot_id: str
    bot_user_id: str
    url: str
    scopes: frozenset[str]
    enterprise_id: str = ""
    name: str = "nightshift"


Client = AsyncWebClient
"""Slack's Web API client, by a name that those above may use without knowing slack_sdk."""


Observe = Callable[[str, str, float], None]
"""Hears of each call: its method, the HTTP status or what went wrong, and its seconds until the answer began."""
_METHOD = re.compile(r"/api/([a-z][A-Za-z]*(?:\.[A-Za-z]+)+)")


def open_session(api_url: str, observe: Observe | None = None) -> aiohttp.ClientSession:
    """The session of every call to Slack. It follows no redirect.

    It reads the machine's certificates unless it is plain http: 25 ms.
    """
    middlewares = (refuse_redirects,) if observe is None else (refuse_redirects, _observed(observe))
    authorities = True if api_url.startswith("http:") else ssl.create_default_context()
    timeout = aiohttp.ClientTimeout(total=None, connect=5)
    connector = aiohttp.TCPConnector(ssl=authorities)
    return aiohttp.ClientSession(timeout=timeout, connector=connector, middlewares=middlewares)


def _observed(observe: Observe) -> aiohttp.ClientMiddlewareType:
    async def measure(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        began_at, status = time.monotonic(), "unanswered"
        try:
            response = await handler(request)
            status = str(response.status)
        except aiohttp.ClientError as error:
            status = type(error).__name__
            raise
        finally:
            method = _METHOD.fullmatch(request.url.path)
            observe(method[1] if method else "", status, time.monotonic() - began_at)
        return response

    return measure


def make_client(
    token: str, api_url: str, session: aiohttp.ClientSession, *, timeout: int, proxy: str = ""
) -> AsyncWebClient:
    """A client that never repeats a call by itself, since a repeated post shows twice. `timeout` is in seconds.

    `proxy` is the one on the way to Slack, "" for none: the SDK looks for one itself, and knows no NO_PROXY.
    """
    quiet = logging.getLogger("slack_sdk")
    quiet.setLevel(logging.WARNING)  # below that it writes out message texts
    client = AsyncWebClient(
        token=token, base_url=api_url, session=session, timeout=timeout, logger=quiet, retry_handlers=[]
    )
    client.proxy = proxy or None
    return client


async def sign_in(client: AsyncWebClient) -> Identity:
    """Tries the bot token. Raises `SlackRefused` where it is refused, `NotPosted` where Slack cannot be reached now."""
    try:
        answer = await call(client.auth_test(), client.timeout)
    except SlackError as error:
        raise _at_start(error, "SLACK_BOT_TOKEN", "the Bot User OAuth Token (xoxb-…) of OAuth & Permissions") from error
    scopes = answer.headers.get("x-oauth-scopes", "")
    return Identity(
        team_id=str(answer.get("team_id") or ""),
        team=str(answer.get("team") or ""),
        bot_id=str(answer.get("bot_id") or ""),
        bot_user_id=str(answer.get("user_id") or ""),
        url=str(answer.get("url") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        enterprise_id=str(answer.get("enterprise_id") or ""),
        name=str(answer.get("user") or "nightshift"),
    )


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Tries the app-level token by asking for a Socket Mode address. Raises as `sign_in` does."""
    wanted = "an App-Level Token (xapp-…) of Basic Information with the scope connections:write"
    try:
        await call(client.apps_connections_open(app_token=app_token), client.timeout)
    except SlackError as error:
        raise _at_start(error, "SLACK_APP_TOKEN", wanted) from error


def _at_start(error: SlackError, setting: str, wanted: str) -> SlackError:
    if error.code == CERTIFICATE:
        return SlackRefused(error.told, code=error.code)
    if isinstance(error, Uncertain) or error.code in PASSING:
        retry_after = error.retry_after if isinstance(error, NotPosted) else None
        return NotPosted(f"{error.told} It is tried again.", code=error.code, retry_after=retry_after)
    return SlackRefused(f"Slack refuses {setting} ({error.code}). It has to be {wanted}.", code=error.code)
