"""One call of Slack's Web API, and what its failing means in our own errors.

Owns the sorting of Slack's error codes (slack-platform.md §4.2, design §4). It must not know what was being sent, and
it never repeats a call: who sends decides that.
"""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import BlocksRefused, ChannelDead, MessageGone, NotPosted, SlackError, SlackRefused, Uncertain

_TOKEN_REFUSED = frozenset(
    {
        "access_denied",
        "account_inactive",
        "app_access_revoked",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
_CHANNEL_DEAD = frozenset(
    {
        "cannot_reply_to_message",
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
    }
)
_BLOCKS_REFUSED = frozenset({"block_mismatch", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_MESSAGE_GONE = frozenset(
    {"cant_update_message", "edit_window_closed", "is_inactive", "message_not_found", "thread_not_found"}
)
_RATE_LIMITED = frozenset({"rate_limited", "ratelimited"})
_UNCERTAIN = frozenset({"", "fatal_error", "internal_error"})
"""Named ones say nothing of whether the message was stored; so does an answer without any code."""


async def call(request: Awaitable[AsyncSlackResponse], seconds: float) -> AsyncSlackResponse:
    """Waits at most `seconds` for `request`: a client's own limit is void where it shares a session.

    Raises the `SlackError` that says who must act; `Uncertain` where the call may have been carried out.
    """
    try:
        async with asyncio.timeout(seconds):
            return await request
    except SlackApiError as refusal:
        raise _judged(*_facts(refusal)) from refusal
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as unreached:
        raise NotPosted("Slack cannot be reached.", code="no_connection") from unreached
    except (TimeoutError, OSError, aiohttp.ClientError, SlackClientError) as broken:
        raise Uncertain("Slack did not answer.", code="no_answer") from broken
    except (AttributeError, ValueError) as unreadable:  # the SDK's way with a 200 whose body is no JSON object
        raise Uncertain("Slack's answer cannot be read.", code="unreadable") from unreadable


async def respond(client: AsyncWebClient, response_url: str, body: dict[str, Any]) -> None:
    """Posts `body` to a `response_url`: good for five uses within 30 minutes. Raises as `call` does."""
    hook = AsyncWebhookClient(response_url, session=client.session, logger=client.logger, retry_handlers=[])
    hook.proxy = client.proxy
    try:
        async with asyncio.timeout(client.timeout):
            answer = await hook.send_dict(body)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as unreached:
        raise NotPosted("Slack cannot be reached.", code="no_connection") from unreached
    except (TimeoutError, OSError, aiohttp.ClientError, ValueError) as broken:
        raise Uncertain("Slack did not answer.", code="no_answer") from broken
    code = _webhook_code(answer.body)
    if answer.status_code != 200 or code:
        raise _judged(answer.status_code, code or "refused", _seconds(answer.headers.get("Retry-After")))


def _facts(refusal: SlackApiError) -> tuple[int, str, float | None]:
    response = refusal.response
    if not isinstance(response, AsyncSlackResponse):
        return getattr(response, "status", 0), "", None
    data = response.data
    code = data.get("error") if isinstance(data, dict) else ""
    return response.status_code, str(code or ""), _seconds(response.headers.get("Retry-After"))


def _judged(status: int, code: str, retry_after: float | None) -> SlackError:
    said = f"Slack refused ({code})."
    if status == 429 or code in _RATE_LIMITED:
        return NotPosted("Slack asks us to slow down.", code="ratelimited", retry_after=retry_after)
    if status >= 500 or code in _UNCERTAIN:
        return Uncertain(f"Slack failed (HTTP {status}, {code or 'no reason given'}).", code=code or "no_answer")
    for codes, kind in _KINDS:
        if code in codes:
            return kind(said, code=code)
    return NotPosted(said, code=code)


_KINDS: tuple[tuple[frozenset[str], type[SlackError]], ...] = (
    (_TOKEN_REFUSED, SlackRefused),
    (_CHANNEL_DEAD, ChannelDead),
    (_BLOCKS_REFUSED, BlocksRefused),
    (_MESSAGE_GONE, MessageGone),
)


def _webhook_code(body: str) -> str:
    """The word a `response_url` refuses with, bare (`expired_url`) or in JSON; "" for `ok` and for whole pages."""
    try:
        answer = json.loads(body)
    except ValueError:
        word = body.strip()
        return word if word != "ok" and len(word) <= 60 and word.isidentifier() else ""
    return str(answer.get("error") or "") if isinstance(answer, dict) else ""


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isascii() and header.isdigit() else None
