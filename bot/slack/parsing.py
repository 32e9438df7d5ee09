"""Slack's payloads, read into what we act on. Pure; it must not know who may what, nor how an answer is sent.

Nothing is taken for granted: a field that is missing or of another type reads as "". What a person typed comes as

    text   = { token | entity | letter }
    token  = "<" target [ "|" label ] ">"       a mention, a channel, a group, a date, a link that Slack made
    entity = "&lt;" | "&gt;" | "&amp;"          the three signs that Slack escapes, once

and is turned back into what they typed (docs.slack.dev, messaging/formatting-message-text). Quotes and blanks stay as
they are: the language knows them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.model import Press
from bot.slack.requests import Command, Delivery, Mention, Other, ReplyTo, Sender, Shortcut, Tap

LINK_PREFIX = "link."
"""Action ids of buttons that only open a link begin so; Slack tells of such a tap too."""

_SUBTYPES_OF_PEOPLE = ("", "file_share", "thread_broadcast")
"""Subtypes of a person's own new message; all others are bots' and Slack's own (docs of the message event)."""
_LONGEST_WORDS = 12_000
_DEEPEST = 12
_WORDS_OF = ("text", "fallback", "pretext", "title")
"""Where blocks and attachments keep their words."""
_TOKEN = re.compile(r"<([^<>]+)>")
_SCHEMES = ("mailto:", "tel:")
_AFTER_A_NAME = " \t\r\n\u00a0,:"
"""People put a comma or a colon behind the bot's name."""


def is_readable(body: object) -> bool:
    """Whether Bolt can read it, which takes both for objects."""
    return isinstance(body, Mapping) and isinstance(body.get("event", {}), Mapping)


def read(body: Mapping[str, Any], bot_user_id: str = "") -> Delivery | Other:
    """Never raises. `bot_user_id` is who mentions are of."""
    kind = _text(body, "type")
    if not kind and _text(body, "command"):
        return _command(body)
    if kind == "block_actions" and _action(body):
        return _tap(body)
    if kind == "message_action" and _text(body, "callback_id"):
        return _shortcut(body)
    if kind == "event_callback" and _is_question(body):
        return _mention(body, bot_user_id)
    return Other(_other_key(body), kind, asks_options=kind in ("block_suggestion", "dialog_suggestion"))


def _command(body: Mapping[str, Any]) -> Command:
    user = _text(body, "user_id")
    return Command(
        key=_text(body, "trigger_id"),
        sender=Sender(user, _text(body, "team_id"), enterprise_id=_text(body, "enterprise_id")),
        reply_to=ReplyTo(user, _text(body, "channel_id"), _text(body, "response_url")),
        name=_text(body, "command"),
        text=unescape(_text(body, "text")),
    )


# ── mentions ──


def _is_question(body: Mapping[str, Any]) -> bool:
    """A person's new message that names the bot. What bots say and what people edit later asks nothing."""
    event = _mapping(body, "event")
    by_bot = any(event.get(mark) is not None for mark in ("bot_id", "app_id", "bot_profile"))
    new = _text(event, "subtype") in _SUBTYPES_OF_PEOPLE and event.get("edited") is None
    return _text(event, "type") == "app_mention" and new and not by_bot and bool(_text(event, "user"))


def _mention(body: Mapping[str, Any], bot_user_id: str) -> Mention:
    event = _mapping(body, "event")
    user = _text(event, "user")
    return Mention(
        key=_text(body, "event_id"),
        sender=_author(body, event),
        reply_to=ReplyTo(
            user, _text(event, "channel"), thread_ts=_thread(_text(event, "thread_ts"), _text(event, "ts"))
        ),
        text=without_mention(bot_user_id, _text(event, "text")),
        said_at=_moment(body.get("event_time")),
    )


def _author(body: Mapping[str, Any], event: Mapping[str, Any]) -> Sender:
    """In a channel shared by two companies the outer team may be either's: the authorisation says which one is ours."""
    installed = next(_mappings(body.get("authorizations")), {})
    outer = _text(body, "team_id")
    team = _text(installed, "team_id") or outer
    own = _text(event, "user_team") or _text(event, "source_team") or _text(event, "team")
    return Sender(_text(event, "user"), team, own or outer, _text(body, "enterprise_id"))


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# ── taps and shortcuts ──


def _tap(body: Mapping[str, Any]) -> Tap:
    action = _action(body)
    return Tap(
        key=_text(body, "trigger_id"),
        sender=_user(body),
        reply_to=_reply_to(body),
        press=Press(_text(action, "action_id"), _text(action, "value") or _text(action, "selected_option", "value")),
        trigger_id=_text(body, "trigger_id"),
        view_id=_text(body, "view", "id") if _text(body, "view", "type") == "modal" else "",
        is_link=_is_link(body, action),
    )


def _shortcut(body: Mapping[str, Any]) -> Shortcut:
    message = _mapping(body, "message")
    return Shortcut(
        key=_text(body, "trigger_id"),
        sender=_user(body),
        reply_to=_reply_to(body),
        callback_id=_text(body, "callback_id"),
        trigger_id=_text(body, "trigger_id"),
        message_ts=_text(body, "message_ts") or _text(message, "ts"),
        words=_words(message),
    )


def _user(body: Mapping[str, Any]) -> Sender:
    """An app installed for a whole organisation gets no team; then the person's own says whose it is."""
    own = _text(body, "user", "team_id")
    return Sender(_text(body, "user", "id"), _text(body, "team", "id") or own, own, _text(body, "enterprise", "id"))


def _reply_to(body: Mapping[str, Any]) -> ReplyTo:
    ts = _text(body, "container", "message_ts") or _text(body, "message", "ts")
    thread = _text(body, "container", "thread_ts") or _text(body, "message", "thread_ts")
    return ReplyTo(
        _text(body, "user", "id"),
        _text(body, "channel", "id") or _text(body, "container", "channel_id"),
        _text(body, "response_url"),
        _thread(thread, ts),
    )


def _thread(thread_ts: str, ts: str) -> str:
    """The first message of a thread stands in the channel itself, so it is answered there."""
    return "" if thread_ts == ts else thread_ts


def _words(message: Mapping[str, Any]) -> str:
    """The text, then what blocks and attachments say: some apps leave the text empty, or keep the facts out of it."""
    said = [_text(message, "text"), *_words_in([message.get("blocks"), message.get("attachments")])]
    return unescape("\n".join(words for words in dict.fromkeys(said) if words)[:_LONGEST_WORDS])


def _words_in(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        yield from (_text(value, name) for name in _WORDS_OF)
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _words_in(inner, depth + 1)


def _action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(_mappings(body.get("actions")), {})


def _is_link(body: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    action_id = _text(action, "action_id")
    if action_id.startswith(LINK_PREFIX) or _text(action, "url"):
        return True
    return any(_text(button, "action_id") == action_id and _text(button, "url") for button in _buttons(body))


def _buttons(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in ("message", "view"):
        for block in _mappings(_mapping(body, place).get("blocks")):
            yield from _mappings([block.get("accessory")])
            yield from _mappings(block.get("elements"))


def _other_key(body: Mapping[str, Any]) -> str:
    view = _text(body, "view", "id")
    if view:
        return f"{_text(body, 'type')}:{view}:{_text(body, 'view', 'hash')}"
    return _text(body, "event_id") or _text(body, "trigger_id")


# ── what a person typed ──


def unescape(text: str) -> str:
    """Entities alone, as in a command's text."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_mention(user_id: str, text: str) -> str:
    """A message without its mentions of `user_id`, wherever they stand; other tokens as people read them."""
    words = _TOKEN.sub(lambda token: _label(token, user_id), text)
    return unescape(words).lstrip(_AFTER_A_NAME).rstrip()


def _label(token: re.Match[str], user_id: str) -> str:
    """`@U1`, `#C1|name`, `!subteam^S1|@night`, `!date^…|fallback`, `http://acme.com|acme.com`, as it is read.

    A mention of `user_id` is a blank.
    """
    target, _, label = token[1].partition("|")
    if user_id and target == f"@{user_id}":
        return " "
    if target[:1] in ("@", "#"):
        return target[0] + (label.removeprefix(target[0]) or target[1:])
    if target[:1] == "!":
        return label or f"@{target[1:]}"
    for scheme in _SCHEMES:
        target = target.removeprefix(scheme)
    return label or target


# ── fields ──


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _mappings(values: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(values, Sequence):
        yield from (value for value in values if isinstance(value, Mapping))


def _text(body: Mapping[str, Any], *path: str) -> str:
    value: object = body
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return _whole(value) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """JSON may hold half of a pair of surrogates, which nothing else takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()
