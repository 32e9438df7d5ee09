"""Sends an answer to the person who asked. Owns the ways there and their order (design §4).

To the asker alone: the request's own `response_url`, then `chat.postEphemeral`, then a direct message. What came from a
thread is answered and shared there; Slack documents that an ephemeral message finds its thread by `chat.postEphemeral`
only, so in a thread that comes first. Blocks that Slack refuses are left away, since the text holds all their facts.
It must not know what is answered, nor why.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BlocksRefused, NotPosted, SlackError, Uncertain
from bot.model import Message, Place
from bot.slack.requests import Reach
from bot.slack.web_api import call, respond

log = structlog.get_logger(__name__)

SENT_DIRECTLY = "Sent to you as a direct message."
NOT_SENT_DIRECTLY = "Slack did not take the direct message ({code}). Nothing was sent."
NOT_SHARED = "Slack did not take it ({code}): nothing was shared. Is the bot a member of this channel?"
MAYBE_SHARED = "Slack did not confirm. Look whether it stands in the channel before you share it again."

_Way = Callable[[Message, Reach], Awaitable[None]]


class Answerer:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def send(self, message: Message, reach: Reach) -> None:
        """Sends `message` to its place. Raises a `SlackError` where no way led to the asker."""
        if message.place is Place.CHANNEL:
            await self._share(message, reach)
        elif message.place is Place.DIRECT:
            await self._send_directly(message, reach)
        else:
            await self._tell(message, reach)

    async def _tell(self, message: Message, reach: Reach) -> None:
        for way in self._ways(message, reach):
            try:
                await _with_or_without_blocks(way, message, reach)
            except SlackError as error:
                log.info("an answer takes the next way", failed=way.__name__.strip("_"), code=error.code)
            else:
                return
        await _with_or_without_blocks(self._directly, message, reach)

    def _ways(self, message: Message, reach: Reach) -> list[_Way]:
        """But for the direct message, which is always left. Only a `response_url` can replace what was there."""
        ways: list[_Way] = []
        if reach.response_url:
            ways.append(self._by_url)
        if reach.channel_id:
            ways.append(self._ephemerally)
        return ways[::-1] if reach.thread_ts and not message.replaces else ways

    async def _share(self, message: Message, reach: Reach) -> None:
        """Where nobody knows whether it was posted, it is not posted again: a channel would show it twice."""
        try:
            await self._post_to_channel(message, reach)
        except Uncertain:
            await self._tell(Message(MAYBE_SHARED), reach)
        except SlackError as error:
            await self._tell(Message(NOT_SHARED.format(code=error.code)), reach)

    async def _post_to_channel(self, message: Message, reach: Reach) -> None:
        if reach.response_url:
            try:
                await _with_or_without_blocks(self._by_url, message, reach)
            except Uncertain:
                raise
            except SlackError as error:
                log.info("a share takes the next way", code=error.code)
            else:
                return
        if not reach.channel_id:
            raise NotPosted("There is no channel to share into.", code="no_channel")
        await _with_or_without_blocks(self._publicly, message, reach)

    async def _send_directly(self, message: Message, reach: Reach) -> None:
        try:
            await _with_or_without_blocks(self._directly, message, reach)
        except SlackError as error:
            await self._tell(Message(NOT_SENT_DIRECTLY.format(code=error.code)), reach)
        else:
            await self._tell(Message(SENT_DIRECTLY), reach)

    async def _by_url(self, message: Message, reach: Reach) -> None:
        public = message.place is Place.CHANNEL
        body = _body(message, reach.thread_ts) | {
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": message.replaces and not public,
        }
        await respond(self._client, reach.response_url, body)

    async def _ephemerally(self, message: Message, reach: Reach) -> None:
        body = _body(message, reach.thread_ts)
        request = self._client.chat_postEphemeral(channel=reach.channel_id, user=reach.user_id, **body)
        await call(request, self._client.timeout)

    async def _publicly(self, message: Message, reach: Reach) -> None:
        await self._post(reach.channel_id, message, reach.thread_ts)

    async def _directly(self, message: Message, reach: Reach) -> None:
        await self._post(reach.user_id, message)

    async def _post(self, channel: str, message: Message, thread_ts: str = "") -> None:
        body = _body(message, thread_ts)
        request = self._client.chat_postMessage(channel=channel, unfurl_links=False, unfurl_media=False, **body)
        await call(request, self._client.timeout)


async def _with_or_without_blocks(way: _Way, message: Message, reach: Reach) -> None:
    try:
        await way(message, reach)
    except BlocksRefused as refused:
        if not message.blocks:
            raise
        log.warning("slack refused our blocks: sent as text", code=refused.code)
        await way(Message(message.text, place=message.place, replaces=message.replaces), reach)


def _body(message: Message, thread_ts: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if thread_ts:
        body["thread_ts"] = thread_ts
    if message.blocks:
        body["blocks"] = [dict(block) for block in message.blocks]
    return body
