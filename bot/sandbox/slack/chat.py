"""The chat.* methods. Rules: docs.slack.dev, reference/methods/chat.*; knows nothing of HTTP."""

from dataclasses import replace

from bot.sandbox.slack import arguments, contents
from bot.sandbox.slack.messages import Content, Message
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State

LONGEST_EDIT = 4_000


def _open_channel(state: State, sent: Json) -> Channel:
    channel = state.workspace.channel(arguments.needed(sent, "channel", "channel_not_found"))
    if channel.archived:
        raise RefusalError("is_archived")
    return channel


def _writable(state: State, sent: Json) -> Channel:
    channel = _open_channel(state, sent)
    if not channel.member and "chat:write.public" not in state.access.scopes:
        raise RefusalError("not_in_channel")
    return channel


def post_message(state: State, sent: Json) -> Json:
    state.access.require("chat:write")
    channel = _writable(state, sent)
    content = contents.read(sent, state.limits)
    message = state.workspace.post(
        channel.id,
        content,
        thread_ts=arguments.text(sent, "thread_ts"),
        broadcast=arguments.truth(sent, "reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def post_ephemeral(state: State, sent: Json) -> Json:
    state.access.require("chat:write")
    channel = _writable(state, sent)
    person = state.workspace.person(arguments.needed(sent, "user", "user_not_found"))
    if person.id in channel.absent or channel.direct_with not in {"", person.id}:
        raise RefusalError("user_not_in_channel")
    content = replace(contents.read(sent, state.limits), metadata={})
    message = state.workspace.whisper(channel.id, person.id, content, thread_ts=arguments.text(sent, "thread_ts"))
    return {"message_ts": message.ts}


def _own(state: State, sent: Json, otherwise: str) -> Message:
    channel = _open_channel(state, sent)
    message = state.workspace.message(channel.id, arguments.needed(sent, "ts", "message_not_found"))
    if not message.by_bot:
        raise RefusalError(otherwise)
    return message


def update(state: State, sent: Json) -> Json:
    state.access.require("chat:write")
    message = _own(state, sent, "cant_update_message")
    if message.edit_window_closed:
        raise RefusalError("edit_window_closed")
    if len(arguments.text(sent, "text")) > LONGEST_EDIT:
        raise RefusalError("msg_too_long")
    state.workspace.edit(message, _edited(message.content, sent, contents.read(sent, state.limits)))
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def _edited(before: Content, sent: Json, after: Content) -> Content:
    """Text without blocks removes the blocks; metadata stays unless it is sent; text stays unless it is sent."""
    return replace(
        after,
        text=after.text if sent.get("text") is not None else before.text,
        metadata=after.metadata if sent.get("metadata") is not None else before.metadata,
    )


def delete(state: State, sent: Json) -> Json:
    state.access.require("chat:write")
    message = _own(state, sent, "cant_delete_message")
    state.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(state: State, sent: Json) -> Json:
    channel = state.workspace.channel(arguments.needed(sent, "channel", "channel_not_found"))
    message = state.workspace.message(channel.id, arguments.needed(sent, "message_ts", "message_not_found"))
    link = f"https://sandbox.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
