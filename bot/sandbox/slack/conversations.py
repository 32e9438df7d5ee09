"""The conversations.* methods. Rules: docs.slack.dev, reference/methods/conversations.*; knows nothing of HTTP."""

import base64
import binascii

from bot.sandbox.slack import arguments
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State

HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
READ = ("channels:read", "groups:read", "im:read", "mpim:read")
LARGEST_PAGE = 999
USUAL_PAGE = 100


def _readable(state: State, sent: Json) -> Channel:
    """Slack asks for any history scope first, then for the one of this kind of channel."""
    state.access.require(*HISTORY)
    channel = state.workspace.channel(arguments.needed(sent, "channel", "channel_not_found"))
    state.access.require(f"{channel.kind}:history")
    if not channel.member:
        raise RefusalError("not_in_channel")
    return channel


def history(state: State, sent: Json) -> Json:
    """Newest first, replies only where they were broadcast, a tombstone where a thread outlives its first message."""
    channel = _readable(state, sent)
    everything = state.workspace.messages[channel.id].values()
    kept = [message for message in everything if _in_time(message.ts, sent) and _listed(state, message)]
    return _page(state, sorted(kept, key=lambda message: message.ts, reverse=True), sent)


def replies(state: State, sent: Json) -> Json:
    """The first message, then its replies, oldest first."""
    channel = _readable(state, sent)
    ts = arguments.needed(sent, "ts", "thread_not_found")
    found = state.workspace.messages[channel.id].get(ts)
    if found is None:
        raise RefusalError("thread_not_found")
    below = state.workspace.replies(channel.id, ts)
    if found.deleted and not below:
        raise RefusalError("thread_not_found")
    return _page(state, [found, *(message for message in below if _in_time(message.ts, sent))], sent)


def info(state: State, sent: Json) -> Json:
    state.access.require(*READ)
    channel = state.workspace.channel(arguments.needed(sent, "channel", "channel_not_found"))
    state.access.require(f"{channel.kind}:read")
    return {"channel": channel.as_json()}


def open_direct(state: State, sent: Json) -> Json:
    state.access.require("im:write")
    users = arguments.needed(sent, "users", "users_list_not_supplied").split(",")
    if len(users) != 1:
        raise RefusalError("method_not_supported_for_channel_type")
    channel = state.workspace.direct(users[0])
    return {"channel": channel.as_json() if arguments.truth(sent, "return_im") else {"id": channel.id}}


def _listed(state: State, message: Message) -> bool:
    if message.thread_ts and not message.broadcast:
        return False
    return not message.deleted or bool(state.workspace.replies(message.channel, message.ts))


def _in_time(ts: str, sent: Json) -> bool:
    oldest, latest = arguments.text(sent, "oldest") or "0", arguments.text(sent, "latest") or "99999999999"
    try:
        low, high, at = float(oldest), float(latest), float(ts)
    except ValueError:
        raise RefusalError("invalid_ts_oldest") from None
    return low <= at <= high if arguments.truth(sent, "inclusive") else low < at < high


def _page(state: State, messages: list[Message], sent: Json) -> Json:
    limit = arguments.whole(sent, "limit", USUAL_PAGE, LARGEST_PAGE)
    start = _position(arguments.text(sent, "cursor"))
    end = start + limit
    more = end < len(messages)
    metadata = arguments.truth(sent, "include_all_metadata")
    return {
        "messages": [_shown(state, message, metadata=metadata) for message in messages[start:end]],
        "has_more": more,
        "response_metadata": {"next_cursor": base64.b64encode(f"next:{end}".encode()).decode() if more else ""},
    }


def _shown(state: State, message: Message, *, metadata: bool) -> Json:
    below = len(state.workspace.replies(message.channel, message.ts))
    return message.as_tombstone(below) if message.deleted else message.as_json(metadata=metadata, replies=below)


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusalError("invalid_cursor") from None
    if word != "next" or not place.isdecimal():
        raise RefusalError("invalid_cursor")
    return int(place)
