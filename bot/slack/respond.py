"""Sends an answer to the person who asked. Owns the ways there and their order (design §4).

To the asker alone: the request's own `response_url`, then `chat.postEphemeral`, then a direct message. What came from a
thread is answered and shared there; Slack documents that an ephemeral message finds its thread by `chat.postEphemeral`
only, so in a thread that comes first. Blocks that Slack refuses are left out, since the text holds all their facts.
It must not know what is answered, nor why.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BlocksRefused, NotPosted, SlackError, Uncertain
from bot.model import Message, Place
from bot.slack.requests import ReplyTo
from bot.slack.web_api import call, respond

log = structlog.get_logger(__name__)

SENT_DIRECTLY = "Sent to you as a direct message."
NOT_SENT_DIRECTLY = "Slack did not take the direct message ({code}). Nothing was sent."
NOT_SHARED = "Slack did not take it ({code}): nothing was shared. Is the bot a member of this channel?"
MAYBE_SHARED = "Slack did not confirm. Look whether it stands in the channel before you share it again."

_Way = Callable[[Message, ReplyTo], Awaitable[None]]


class Responder:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def send(self, message: Message, reply_to: ReplyTo) -> None:
        """Sends `message` to its place. Raises a `SlackError` where no way led to the asker."""
        if message.place is Place.CHANNEL:
            await self._share(message, reply_to)
        elif message.place is Place.DIRECT:
            await self._send_directly(message, reply_to)
        else:
            await self._answer(message, reply_to)

    async def _answer(self, message: Message, reply_to: ReplyTo) -> None:
        """Only a `response_url` can replace what was there. The direct message is always left."""
        ways: list[_Way] = []
        if reply_to.response_url:
            ways.append(self._by_url)
        if reply_to.channel_id:
            ways.append(self._ephemerally)
        if reply_to.thread_ts and not message.replaces:
            ways.reverse()
        await _by_first([*ways, self._directly], message, reply_to)

    async def _share(self, message: Message, reply_to: ReplyTo) -> None:
        """Where nobody knows whether it was posted, it is not posted again: a channel would show it twice."""
        reply_to = replace(reply_to, thread_ts=message.thread_ts or reply_to.thread_ts)
        ways = [self._by_url, self._publicly] if reply_to.response_url else [self._publicly]
        try:
            await _by_first(ways, message, reply_to, final=Uncertain)
        except Uncertain:
            await self._answer(Message(MAYBE_SHARED), reply_to)
        except SlackError as error:
            await self._answer(Message(NOT_SHARED.format(code=error.code)), reply_to)

    async def _send_directly(self, message: Message, reply_to: ReplyTo) -> None:
        try:
            await _by_first([self._directly], message, reply_to)
        except SlackError as error:
            await self._answer(Message(NOT_SENT_DIRECTLY.format(code=error.code)), reply_to)
        else:
            await self._answer(Message(SENT_DIRECTLY), reply_to)

    async def _by_url(self, message: Message, reply_to: ReplyTo) -> None:
        public = message.place is Place.CHANNEL
        body = _body(message, reply_to.thread_ts) | {
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": message.replaces and not public,
        }
        await respond(self._client, reply_to.response_url, body)

    async def _ephemerally(self, message: Message, reply_to: ReplyTo) -> None:
        body = _body(message, reply_to.thread_ts)
        request = self._client.chat_postEphemeral(channel=reply_to.channel_id, user=reply_to.user_id, **body)
        await call(request, self._client.timeout)

    async def _publicly(self, message: Message, reply_to: ReplyTo) -> None:
        if not reply_to.channel_id:
            raise NotPosted("There is no channel to share into.", code="no_channel")
        await self._post(reply_to.channel_id, _body(message, reply_to.thread_ts))

    async def _directly(self, message: Message, reply_to: ReplyTo) -> None:
        await self._post(reply_to.user_id, _body(message))

    async def _post(self, channel: str, body: dict[str, Any]) -> None:
        request = self._client.chat_postMessage(channel=channel, unfurl_links=False, unfurl_media=False, **body)
        await call(request, self._client.timeout)


async def _by_first(
    ways: Sequence[_Way], message: Message, reply_to: ReplyTo, *, final: type[SlackError] | tuple[()] = ()
) -> None:
    """Sends by the first way that works. Raises the last way's error, and a `final` one at once."""
    for way in ways[:-1]:
        try:
            await _with_or_without_blocks(way, message, reply_to)
        except final:
            raise
        except SlackError as error:
            log.info("an answer takes the next way", failed=way.__name__.strip("_"), code=error.code)
        else:
            return
    await _with_or_without_blocks(ways[-1], message, reply_to)


async def _with_or_without_blocks(way: _Way, message: Message, reply_to: ReplyTo) -> None:
    try:
        await way(message, reply_to)
    except BlocksRefused as refused:
        if not message.blocks:
            raise
        log.warning("slack refused our blocks: sent as text", code=refused.code)
        await way(Message(message.text, place=message.place, replaces=message.replaces), reply_to)


def _body(message: Message, thread_ts: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if thread_ts:
        body["thread_ts"] = thread_ts
    if message.blocks:
        body["blocks"] = [dict(block) for block in message.blocks]
    return body
