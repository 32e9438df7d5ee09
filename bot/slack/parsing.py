"""Slack's payloads, read into what we act on. Pure; it must not know who may what, nor how an answer is sent.

Nothing is taken for granted: a field that is missing or of another type reads as "". What a person typed comes as

    text   = { token | entity | letter }
    token  = "<" target [ "|" label ] ">"       a mention, a channel, a group, a date, a link that Slack made
    entity = "&lt;" | "&gt;" | "&amp;"          the three signs that Slack escapes, once

and is turned back into what they typed (docs.slack.dev, messaging/formatting-message-text). Quotes and blanks stay as
they are: the language knows them. Whom a mention is of is kept beside the text, by the words that stand for it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.model import Form, Press
from bot.slack.fields import mapping, mappings, text
from bot.slack.requests import (
    Command,
    Delivery,
    HomeOpened,
    Mention,
    Other,
    ReplyTo,
    Sender,
    Shortcut,
    Submission,
    Tap,
)
from bot.slack.views import entered, inputs, read_metadata

LINK_PREFIX = "link."
"""Action ids of buttons that only open a link begin so; Slack tells of such a tap too."""

_SUBTYPES_OF_PEOPLE = ("", "file_share", "thread_broadcast")
"""Subtypes of a person's own new message; all others are bots' and Slack's own (docs of the message event)."""
_LONGEST_WORDS = 12_000
_DEEPEST = 12
_WORDS_OF = ("text", "fallback", "pretext", "title")
"""Where blocks and attachments keep their words."""
_TOKEN = re.compile(r"<([^<>]+)>")
_OF_COMMANDS = re.compile(r"<((?:[@#!]|https?://|mailto:|tel:)[^<>]+)>")
_PERSON = re.compile(r"@([UW][A-Z0-9]{2,30})", re.ASCII)
_SCHEMES = ("mailto:", "tel:")
_AFTER_A_NAME = " \t\r\n\u00a0,:"
"""People put a comma or a colon behind the bot's name."""


def read(body: Mapping[str, Any], bot_user_id: str = "") -> Delivery | Other:
    """Never raises. `bot_user_id` is who mentions are of."""
    kind = text(body, "type")
    if not kind and text(body, "command"):
        return _command(body)
    if kind == "block_actions" and _action(body):
        return _tap(body)
    if kind == "message_action" and text(body, "callback_id"):
        return _shortcut(body)
    if kind == "view_submission" and text(body, "view", "id"):
        return _submission(body)
    if kind == "event_callback" and _is_question(body):
        return _mention(body, bot_user_id)
    if kind == "event_callback" and _is_home(body):
        return _home(body)
    return Other(_other_key(body), kind, asks_options=kind in ("block_suggestion", "dialog_suggestion"))


def _command(body: Mapping[str, Any]) -> Command:
    user, typed = text(body, "user_id"), text(body, "text")
    return Command(
        key=text(body, "trigger_id"),
        sender=Sender(user, text(body, "team_id"), enterprise_id=text(body, "enterprise_id")),
        reply_to=ReplyTo(user, text(body, "channel_id"), text(body, "response_url")),
        name=text(body, "command"),
        text=as_typed(typed),
        people=people_in(typed),
    )


# ── mentions ──


def _is_question(body: Mapping[str, Any]) -> bool:
    """A person's new message that names the bot. What bots say and what people edit later asks nothing."""
    event = mapping(body, "event")
    by_bot = any(event.get(mark) is not None for mark in ("bot_id", "app_id", "bot_profile"))
    new = text(event, "subtype") in _SUBTYPES_OF_PEOPLE and event.get("edited") is None
    return text(event, "type") == "app_mention" and new and not by_bot and bool(text(event, "user"))


def _mention(body: Mapping[str, Any], bot_user_id: str) -> Mention:
    event = mapping(body, "event")
    user = text(event, "user")
    return Mention(
        key=text(body, "event_id"),
        sender=_author(body, event),
        reply_to=ReplyTo(user, text(event, "channel"), thread_ts=_thread(text(event, "thread_ts"), text(event, "ts"))),
        text=without_mention(bot_user_id, text(event, "text")),
        people=people_in(text(event, "text"), bot_user_id),
        said_at=_moment(body.get("event_time")),
    )


def _author(body: Mapping[str, Any], event: Mapping[str, Any]) -> Sender:
    """In a channel shared by two companies the outer team may be either's: the authorisation says which one is ours."""
    installed = next(mappings(body.get("authorizations")), {})
    outer = text(body, "team_id")
    team = text(installed, "team_id") or outer
    own = text(event, "user_team") or text(event, "source_team") or text(event, "team")
    return Sender(text(event, "user"), team, own or outer, text(body, "enterprise_id"))


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# ── the Home tab and forms ──


def _is_home(body: Mapping[str, Any]) -> bool:
    """The Messages tab tells of itself in the same event."""
    event = mapping(body, "event")
    return text(event, "type") == "app_home_opened" and text(event, "tab") == "home" and bool(text(event, "user"))


def _home(body: Mapping[str, Any]) -> HomeOpened:
    event = mapping(body, "event")
    user = text(event, "user")
    return HomeOpened(text(body, "event_id"), _author(body, event), ReplyTo(user), text(event, "view", "hash"))


def _submission(body: Mapping[str, Any]) -> Submission:
    view = mapping(body, "view")
    value, _ = read_metadata(view)
    root, previous = text(view, "root_view_id"), text(view, "previous_view_id")
    is_stacked = root not in ("", text(view, "id"))
    return Submission(
        key=text(body, "trigger_id") or _submission_key(view),
        sender=_user(body),
        reply_to=_reply_to(body),
        form=Form(text(view, "callback_id"), value, entered(view)),
        view_id=text(view, "id"),
        view=view,
        inputs=inputs(view),
        title=text(view, "title", "text"),
        is_stacked=is_stacked,
        below=root if is_stacked and root == previous else "",
    )


def _submission_key(view: Mapping[str, Any]) -> str:
    """What is sent again after errors has the same view and hash, but other entries."""
    said = json.dumps([text(view, "id"), text(view, "hash"), mapping(view, "state")], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


# ── taps and shortcuts ──


def _tap(body: Mapping[str, Any]) -> Tap:
    action = _action(body)
    return Tap(
        key=text(body, "trigger_id"),
        sender=_user(body),
        reply_to=_reply_to(body),
        press=Press(text(action, "action_id"), text(action, "value") or text(action, "selected_option", "value")),
        trigger_id=text(body, "trigger_id"),
        view_id=text(body, "view", "id") if text(body, "view", "type") == "modal" else "",
        is_link=_is_link(body, action),
        option=_option(action),
        is_home=text(body, "view", "type") == "home",
        is_entry=_is_entry(body, action),
    )


def _option(action: Mapping[str, Any]) -> Press | None:
    """`ACTION VALUE`, as a press of that button."""
    name, _, value = text(action, "selected_option", "value").partition(" ")
    return Press(name, value) if name else None


def _is_entry(body: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    """What is picked in a form, or with a picker, is sent with the form; nothing is to be done at once."""
    kind = text(action, "type")
    return kind not in ("button", "overflow", "") and (kind != "static_select" or bool(_submit(body)))


def _submit(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(body, "view"), "submit")


def _shortcut(body: Mapping[str, Any]) -> Shortcut:
    message = mapping(body, "message")
    return Shortcut(
        key=text(body, "trigger_id"),
        sender=_user(body),
        reply_to=_reply_to(body),
        callback_id=text(body, "callback_id"),
        trigger_id=text(body, "trigger_id"),
        message_ts=text(body, "message_ts") or text(message, "ts"),
        words=_words(message),
    )


def _user(body: Mapping[str, Any]) -> Sender:
    """An app installed for a whole organisation gets no team; then the person's own says whose it is."""
    own = text(body, "user", "team_id")
    return Sender(text(body, "user", "id"), text(body, "team", "id") or own, own, text(body, "enterprise", "id"))


def _reply_to(body: Mapping[str, Any]) -> ReplyTo:
    """What came from a window is answered where the press was that opened it."""
    view = mapping(body, "view")
    if view:
        _, whence = read_metadata(view)
        return ReplyTo(text(body, "user", "id"), whence.channel, "", whence.thread_ts, whence.message_ts)
    ts = text(body, "container", "message_ts") or text(body, "message", "ts")
    thread = text(body, "container", "thread_ts") or text(body, "message", "thread_ts")
    return ReplyTo(
        text(body, "user", "id"),
        text(body, "channel", "id") or text(body, "container", "channel_id"),
        text(body, "response_url"),
        _thread(thread, ts),
        ts,
    )


def _thread(thread_ts: str, ts: str) -> str:
    """The first message of a thread stands in the channel itself, so it is answered there."""
    return "" if thread_ts == ts else thread_ts


def _words(message: Mapping[str, Any]) -> str:
    """The text, then what blocks and attachments say: some apps leave the text empty, or keep the facts out of it."""
    said = [text(message, "text"), *_words_in([message.get("blocks"), message.get("attachments")])]
    return unescape("\n".join(words for words in dict.fromkeys(said) if words)[:_LONGEST_WORDS])


def _words_in(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        yield from (text(value, name) for name in _WORDS_OF)
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _words_in(inner, depth + 1)


def _action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(mappings(body.get("actions")), {})


def _is_link(body: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    action_id, option = text(action, "action_id"), text(action, "selected_option", "value")
    if LINK_PREFIX in (action_id[: len(LINK_PREFIX)], option[: len(LINK_PREFIX)]):
        return True
    if text(action, "url") or text(action, "selected_option", "url"):
        return True
    if option:
        return any(text(each, "value") == option and text(each, "url") for each in _options(body, action_id))
    return any(text(button, "action_id") == action_id and text(button, "url") for button in _buttons(body))


def _options(body: Mapping[str, Any], action_id: str) -> Iterator[Mapping[str, Any]]:
    for menu in _buttons(body):
        if text(menu, "action_id") == action_id:
            yield from mappings(menu.get("options"))


def _buttons(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in ("message", "view"):
        for block in mappings(mapping(body, place).get("blocks")):
            yield from mappings([block.get("accessory")])
            yield from mappings(block.get("elements"))


def _other_key(body: Mapping[str, Any]) -> str:
    view = text(body, "view", "id")
    if view:
        return f"{text(body, 'type')}:{view}:{text(body, 'view', 'hash')}"
    return text(body, "event_id") or text(body, "trigger_id")


# ── what a person typed ──


def unescape(typed: str) -> str:
    """Entities alone, as in a command's text."""
    return typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_typed(typed: str) -> str:
    """A command's text. What it names comes as tokens; signs that a person typed come as entities."""
    return unescape(_OF_COMMANDS.sub(lambda token: _label(token, ""), typed))


def people_in(typed: str, but: str = "") -> Mapping[str, str]:
    """Whom the text mentions: user ids by the words that stand for them there, `@noah`. Without the user `but`."""
    found = ((token, _PERSON.fullmatch(token[1].partition("|")[0])) for token in _TOKEN.finditer(typed))
    return {unescape(_label(token, "")): person[1] for token, person in found if person and person[1] != but}


def without_mention(user_id: str, typed: str) -> str:
    """A message without its mentions of `user_id`, wherever they stand; other tokens as people read them."""
    words = _TOKEN.sub(lambda token: _label(token, user_id), typed)
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
