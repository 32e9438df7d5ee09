"""The Web API: its methods with their rate limits and tokens, the way every call goes, and `response_url`."""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.slack.calls import Arguments, Json, RefusalError
from bot.sandbox.slack.messages import Message, read_content
from bot.sandbox.slack.people import APP, BOT_USER, Channel
from bot.sandbox.slack.state import Answer, State, Trigger
from bot.sandbox.templates import Templates

_FILE = Templates(__file__)
LONGEST_EDIT = 4_000
LARGEST_PAGE = 999
USUAL_PAGE = 100
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
READ = ("channels:read", "groups:read", "im:read", "mpim:read")

# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _channel(state: State, sent: Arguments) -> Channel:
    return state.workspace.channel(sent.needed("channel", "channel_not_found"))


def _open_channel(state: State, sent: Arguments) -> Channel:
    state.access.require("chat:write")
    channel = _channel(state, sent)
    if channel.archived:
        raise RefusalError("is_archived")
    return channel


def _writable(state: State, sent: Arguments) -> Channel:
    channel = _open_channel(state, sent)
    if not channel.member and "chat:write.public" not in state.access.scopes:
        raise RefusalError("not_in_channel")
    return channel


def _own(state: State, sent: Arguments, otherwise: str) -> Message:
    channel = _open_channel(state, sent)
    message = state.workspace.message(channel.id, sent.needed("ts", "message_not_found"))
    if not message.by_bot:
        raise RefusalError(otherwise)
    return message


def post_message(state: State, sent: Arguments) -> Json:
    channel = _writable(state, sent)
    content, broadcast = read_content(sent, state.limits), sent.truth("reply_broadcast")
    message = state.workspace.post(channel.id, content, thread_ts=sent.text("thread_ts"), broadcast=broadcast)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def post_ephemeral(state: State, sent: Arguments) -> Json:
    channel = _writable(state, sent)
    person = state.workspace.person(sent.needed("user", "user_not_found"))
    if person.id in channel.absent or channel.direct_with not in {"", person.id}:
        raise RefusalError("user_not_in_channel")
    content = replace(read_content(sent, state.limits), metadata={})
    message = state.workspace.whisper(channel.id, person.id, content, thread_ts=sent.text("thread_ts"))
    return {"message_ts": message.ts}


def update(state: State, sent: Arguments) -> Json:
    message = _own(state, sent, "cant_update_message")
    if message.edit_window_closed:
        raise RefusalError("edit_window_closed")
    if len(sent.text("text")) > LONGEST_EDIT:
        raise RefusalError("msg_too_long")
    content, before = read_content(sent, state.limits), message.content
    # Text and metadata stay unless they are sent; text without blocks removes the blocks
    text = content.text if sent.get("text") is not None else before.text
    metadata = content.metadata if sent.get("metadata") is not None else before.metadata
    state.workspace.edit(message, replace(content, text=text, metadata=metadata))
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def delete(state: State, sent: Arguments) -> Json:
    message = _own(state, sent, "cant_delete_message")
    state.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(state: State, sent: Arguments) -> Json:
    channel = _channel(state, sent)
    message = state.workspace.message(channel.id, sent.needed("message_ts", "message_not_found"))
    link = f"https://sandbox.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


# ── response_url ─────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(state: State, key: str, sent: Arguments) -> Json:
    """One use of a `response_url`. Only what Slack takes counts as a use. Raises RefusalError."""
    found = state.answers.usable(key)
    if not sent.truth("delete_original"):
        speak(state, found, sent)
    elif found.original is None or found.original.deleted:
        raise RefusalError("message_not_found", status=404)
    else:
        state.workspace.delete(found.original)
    found.uses += 1
    return {"ok": True}


def speak(state: State, to: Answer, sent: Arguments) -> None:
    """Says it where the command or the tap was. A command has no original: what it replaces is posted anew."""
    content = read_content(sent, state.limits)
    original, thread = to.original, sent.text("thread_ts")
    if sent.truth("replace_original") and original is not None and not original.deleted:
        state.workspace.edit(original, replace(content, metadata=content.metadata or original.metadata))
    elif sent.text("response_type") == "in_channel":
        state.workspace.post(to.channel, content, thread_ts=thread)
    else:
        thread = thread or (original.thread_ts if original else "")
        state.workspace.whisper(to.channel, to.user, content, thread_ts=thread)


# ── conversations ────────────────────────────────────────────────────────────────────────────────────────────────────


def _readable(state: State, sent: Arguments) -> Channel:
    """Slack asks for any history scope first, then for the one of this kind of channel."""
    state.access.require(*HISTORY)
    channel = _channel(state, sent)
    state.access.require(f"{channel.kind}:history")
    if not channel.member:
        raise RefusalError("not_in_channel")
    return channel


def history(state: State, sent: Arguments) -> Json:
    """Newest first, replies only where they were broadcast, a tombstone where a thread outlives its first message."""
    channel = _readable(state, sent)
    messages = state.workspace.messages[channel.id].values()
    listed = [
        each
        for each in messages
        if _in_time(each.ts, sent)
        if not each.thread_ts or each.broadcast
        if not each.deleted or state.workspace.replies(channel.id, each.ts)
    ]
    return _page(state, sorted(listed, key=lambda each: each.ts, reverse=True), sent)


def replies(state: State, sent: Arguments) -> Json:
    """The first message, then its replies, oldest first."""
    channel = _readable(state, sent)
    ts = sent.needed("ts", "thread_not_found")
    found = state.workspace.messages[channel.id].get(ts)
    below = state.workspace.replies(channel.id, ts)
    if found is None or (found.deleted and not below):
        raise RefusalError("thread_not_found")
    return _page(state, [found, *(each for each in below if _in_time(each.ts, sent))], sent)


def info(state: State, sent: Arguments) -> Json:
    state.access.require(*READ)
    channel = _channel(state, sent)
    state.access.require(f"{channel.kind}:read")
    return {"channel": channel.as_json()}


def open_direct(state: State, sent: Arguments) -> Json:
    state.access.require("im:write")
    users = sent.needed("users", "users_list_not_supplied").split(",")
    if len(users) != 1:
        raise RefusalError("method_not_supported_for_channel_type")
    channel = state.workspace.direct(users[0])
    return {"channel": channel.as_json() if sent.truth("return_im") else {"id": channel.id}}


def _in_time(ts: str, sent: Arguments) -> bool:
    try:
        low, high, at = float(sent.text("oldest") or 0), float(sent.text("latest") or 99_999_999_999), float(ts)
    except ValueError:
        raise RefusalError("invalid_ts_oldest") from None
    return low <= at <= high if sent.truth("inclusive") else low < at < high


def _page(state: State, messages: list[Message], sent: Arguments) -> Json:
    start = _position(sent.text("cursor"))
    end = start + sent.whole("limit", USUAL_PAGE, LARGEST_PAGE)
    more = end < len(messages)
    return {
        "messages": [_shown(state, each, sent) for each in messages[start:end]],
        "has_more": more,
        "response_metadata": {"next_cursor": base64.b64encode(f"next:{end}".encode()).decode() if more else ""},
    }


def _shown(state: State, message: Message, sent: Arguments) -> Json:
    below = len(state.workspace.replies(message.channel, message.ts))
    if message.deleted:
        return message.as_tombstone(below)
    return message.as_json(metadata=sent.truth("include_all_metadata"), replies=below)


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


# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _view(sent: Arguments) -> Any:
    view = sent.structured("view")
    if view is None:
        messages = ["[ERROR] missing required field: view"]
        raise RefusalError("invalid_arguments", response_metadata={"messages": messages})
    return view


def _trigger(state: State, sent: Arguments) -> Trigger:
    return state.triggers.spend(sent.needed("trigger_id", "invalid_trigger_id"))


def open_view(state: State, sent: Arguments) -> Json:
    trigger = _trigger(state, sent)
    return {"view": state.views.open(trigger.user, _view(sent)).as_json()}


def push_view(state: State, sent: Arguments) -> Json:
    trigger = _trigger(state, sent)
    return {"view": state.views.push(trigger.user, _view(sent), trigger.view).as_json()}


def update_view(state: State, sent: Arguments) -> Json:
    view = state.views.find(sent.text("view_id"), sent.text("external_id"))
    state.views.update(view, _view(sent), sent.text("hash"))
    return {"view": view.as_json()}


def publish_view(state: State, sent: Arguments) -> Json:
    person = state.workspace.person(sent.needed("user_id", "user_not_found"))
    return {"view": state.views.publish(person.id, _view(sent), sent.text("hash")).as_json()}


# ── the rest, and the way every call goes ────────────────────────────────────────────────────────────────────────────


def auth_test(state: State, sent: Arguments) -> Json:
    return _FILE.fill("auth_test", name=state.workspace.people[BOT_USER].name)


def open_connection(state: State, sent: Arguments) -> Json:
    """The URL's ticket works once."""
    ticket = secrets.token_hex(16)
    state.tickets.add(ticket)
    return {"url": f"{state.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}"}


def users_info(state: State, sent: Arguments) -> Json:
    state.access.require("users:read")
    return {"user": state.workspace.person(sent.needed("user", "user_not_found")).as_json(state.now())}


def list_groups(state: State, sent: Arguments) -> Json:
    state.access.require("usergroups:read")
    users = sent.truth("include_users")
    groups = (group.as_json(users=users) for group in state.workspace.groups.values())
    return {"usergroups": [group for group in groups if sent.truth("include_disabled") or not group["date_delete"]]}


def list_group_users(state: State, sent: Arguments) -> Json:
    """A group that is switched off has members only where `include_disabled` asks for them."""
    state.access.require("usergroups:read")
    group = state.workspace.groups.get(sent.needed("usergroup", "no_such_subteam"))
    if group is None:
        raise RefusalError("no_such_subteam")
    is_shown = not group.switched_off or sent.truth("include_disabled")
    return {"users": list(group.users) if is_shown else []}


@dataclass(frozen=True, slots=True)
class Method:
    """`a_minute`: tier 2 is 20 calls, 3 is 50, 4 is 100; special ones "hundreds". `token`: bot, app or "" for both."""

    run: Callable[[State, Arguments], Json]
    a_minute: int
    token: str = "bot"  # noqa: S105 – a kind of token, not one


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(open_connection, 20, "app"),
    "auth.test": Method(auth_test, 600, ""),
    "chat.delete": Method(delete, 50),
    "chat.getPermalink": Method(get_permalink, 600),
    "chat.postEphemeral": Method(post_ephemeral, 100),
    "chat.postMessage": Method(post_message, 0),  # has limits of its own
    "chat.update": Method(update, 50),
    "conversations.history": Method(history, 50),
    "conversations.info": Method(info, 50),
    "conversations.open": Method(open_direct, 50),
    "conversations.replies": Method(replies, 50),
    "usergroups.list": Method(list_groups, 20),
    "usergroups.users.list": Method(list_group_users, 20),
    "users.info": Method(users_info, 100),
    "views.open": Method(open_view, 100),
    "views.publish": Method(publish_view, 100),
    "views.push": Method(push_view, 100),
    "views.update": Method(update_view, 100),
}


def call(state: State, name: str, token: str, sent: Arguments) -> Json:
    """One call from token to answer. Raises RefusalError for everything Slack says no to."""
    method = METHODS.get(name)
    if method is None:
        raise RefusalError("unknown_method", req_method=name)
    kind = state.access.kind(token)
    if method.token not in {"", kind}:
        raise RefusalError("not_allowed_token_type")
    state.meter.take(name, method.a_minute, sent.text("channel"))
    return {"ok": True, **method.run(state, sent)}
