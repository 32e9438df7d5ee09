"""One call of Slack's Web API, and what its failing means in our own errors.

Owns the sorting of Slack's error codes, `errors.toml`. It must not know what was being sent, and
it never repeats a call: who sends decides that.
"""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import (
    UNTRUSTED,
    BlocksRefused,
    ChannelDead,
    MessageGone,
    NotPosted,
    SlackError,
    SlackRefused,
    Uncertain,
)
from bot.model.headers import retry_after

_CODES = tomllib.loads(Path(__file__).with_name("errors.toml").read_text(encoding="utf-8"))
_REFUSALS: Mapping[str, type[SlackError]] = {
    code: error for error in (SlackRefused, ChannelDead, BlocksRefused, MessageGone) for code in _CODES[error.__name__]
}
"""Any other refusal is `NotPosted`."""
RATE_LIMITED = "ratelimited"
_LONGEST_CODE = 60
"""The code of every refusal that asks us to slow down, whichever word Slack had for it."""
_RATE_LIMITED = frozenset({"rate_limited", RATE_LIMITED})
NO_CONNECTION = "no_connection"
CERTIFICATE = "bad_certificate"
REDIRECTED = "redirected"
PASSING = frozenset(
    {
        NO_CONNECTION,
        CERTIFICATE,
        REDIRECTED,
        RATE_LIMITED,
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""Refusals that say nothing of the message, and that end once Slack or the network is well again."""
_UNCERTAIN = frozenset({"", "fatal_error", "internal_error"})
"""Named ones say nothing of whether the message was stored; so does an answer without any code."""


class Redirected(aiohttp.ClientError):
    """Somebody answered in Slack's place with another address. What we send has tokens and customers' names in it."""


async def refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware of the session: Slack's API redirects nobody."""
    response = await handler(request)
    if response.status in range(300, 400):
        host = urlsplit(response.headers.get("Location", "")).hostname
        response.close()
        raise Redirected(f"Slack's address answers HTTP {response.status} and sends on to {host or 'nowhere'}.")
    return response


async def call(request: Awaitable[AsyncSlackResponse], seconds: float) -> AsyncSlackResponse:
    """Waits at most `seconds` for `request`: a client's own limit is void where it shares a session.

    Raises the `SlackError` that says who must act; `Uncertain` where the call may have been carried out.
    """
    async with _translated(seconds):
        return await request


async def respond(client: AsyncWebClient, response_url: str, body: dict[str, Any]) -> None:
    """Posts `body` to a `response_url`: good for five uses within 30 minutes. Raises as `call` does."""
    hook = AsyncWebhookClient(response_url, session=client.session, logger=client.logger, retry_handlers=[])
    hook.proxy = client.proxy
    async with _translated(client.timeout):
        answer = await hook.send_dict(body)
    code = _webhook_code(answer.body)
    if answer.status_code != 200 or code:
        raise _refusal(answer.status_code, code or "refused", _asked(answer.headers))


@asynccontextmanager
async def _translated(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except SlackApiError as refusal:
        raise _refusal(*_facts(refusal)) from refusal
    except aiohttp.ClientConnectorCertificateError as untrusted:
        told = UNTRUSTED.format(whom="Slack", reason=_why(untrusted))
        raise NotPosted(told, code=CERTIFICATE) from untrusted
    except Redirected as redirected:
        raise NotPosted(f"{redirected} It is not followed.", code=REDIRECTED) from redirected
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as unreached:
        raise NotPosted("Slack cannot be reached.", code=NO_CONNECTION) from unreached
    except (TimeoutError, OSError, aiohttp.ClientError, SlackClientError) as broken:
        raise Uncertain("Slack did not answer.", code="no_answer") from broken
    except (AttributeError, ValueError) as unreadable:  # the SDK's way with a 200 whose body is no JSON object
        raise Uncertain("Slack's answer cannot be read.", code="unreadable") from unreadable


def _facts(refusal: SlackApiError) -> tuple[int, str, float | None]:
    response = refusal.response
    if not isinstance(response, AsyncSlackResponse):
        return getattr(response, "status", 0), "", None
    data = response.data
    code = data.get("error") if isinstance(data, dict) else ""
    return response.status_code, str(code or "")[:_LONGEST_CODE], _asked(response.headers)


def _asked(headers: Mapping[str, str]) -> float | None:
    return retry_after(headers.get("Retry-After", ""), datetime.now(UTC))


def _refusal(status: int, code: str, asked: float | None) -> SlackError:
    if status == 429 or code in _RATE_LIMITED:
        return NotPosted("Slack asks us to slow down.", code=RATE_LIMITED, retry_after=asked)
    if status >= 500 or code in _UNCERTAIN:
        return Uncertain(f"Slack failed (HTTP {status}, {code or 'no reason given'}).", code=code or "no_answer")
    return _REFUSALS.get(code, NotPosted)(f"Slack refused ({code}).", code=code)


def _webhook_code(body: str) -> str:
    """The word a `response_url` refuses with, bare (`expired_url`) or in JSON; "" for `ok` and for whole pages."""
    try:
        answer = json.loads(body)
    except ValueError:
        word = body.strip()
        return word if word != "ok" and len(word) <= 60 and word.isidentifier() else ""
    return str(answer.get("error") or "")[:_LONGEST_CODE] if isinstance(answer, dict) else ""


def _why(error: OSError) -> str:
    """The cause without the addresses and line numbers of OpenSSL's own words."""
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    return str(getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or type(cause).__name__)
