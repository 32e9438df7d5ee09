"""The way out: posts, edits and looks for cards, each exactly once. Raises what a failure means for the message.

Decides nothing: whether to wait, to look or to give up is the delivery's. Never repeats a call by itself (design §4):
Slack has no idempotency key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotPosted, Uncertain
from bot.model import Message
from bot.slack.web_api import call

EVENT_TYPE = "nightshift_card"
PAGE_SIZE = 200
"""Messages a look reads in one call: Slack's page advises at most 200."""
MOST_PAGES = 5
"""Calls one look makes at most."""


class Notifier:
    """`client` must come with `retry_handlers=[]`: slack_sdk's default repeats a post after a broken connection.

    Every method raises NotPosted, Uncertain, BlocksRefused, ChannelDead, MessageGone or SlackRefused.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post(
        self, channel: str, message: Message, key: str, thread_ts: str = "", *, broadcast: bool = False
    ) -> str:
        """Posts once, with `key` in the metadata. Returns the message's `ts`. A reply may be `broadcast`: the channel
        sees it, too."""
        request = self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=[dict(block) for block in message.blocks] or None,
            thread_ts=thread_ts or None,
            reply_broadcast=True if thread_ts and broadcast else None,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
        )
        answer = await call(request, self._client.timeout)
        return str(answer["ts"])

    async def edit(self, channel: str, ts: str, message: Message) -> None:
        request = self._client.chat_update(
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=[dict(block) for block in message.blocks],
            parse="none",
        )
        await call(request, self._client.timeout)

    async def take_back(self, channel: str, ts: str) -> None:
        """Deletes a message of ours."""
        await call(self._client.chat_delete(channel=channel, ts=ts), self._client.timeout)

    async def find(self, channel: str, key: str, since: datetime, thread_ts: str = "") -> str | None:
        """The `ts` of our message with `key` that was posted after `since`, or None.

        Raises SlackRefused where the token may not read history, ChannelDead or MessageGone where there is none to
        read, NotPosted where Slack cannot say now.
        """
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._history(channel, since, thread_ts, cursor)
            for message in answer.get("messages") or ():
                if _key_of(message) == key:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    async def keys(self, channel: str, since: datetime) -> set[str]:
        """Those of our newest messages in `channel`, one page of them. Raises as `find`."""
        answer = await self._history(channel, since, "", "")
        return {key for message in answer.get("messages") or () if (key := _key_of(message))}

    async def _history(self, channel: str, since: datetime, thread_ts: str, cursor: str) -> Any:
        asked: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "limit": PAGE_SIZE,
            "include_all_metadata": True,
            "cursor": cursor or None,
        }
        client = self._client
        request = (
            client.conversations_replies(ts=thread_ts, **asked) if thread_ts else client.conversations_history(**asked)
        )
        try:
            return await call(request, client.timeout)
        except Uncertain as error:
            raise NotPosted(error.told, code=error.code) from error


def _key_of(message: Mapping[str, Any]) -> str:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("key", ""))
