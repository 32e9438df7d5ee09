"""Slack's payloads, read into what we act on. Pure; it must not know who may what, nor how an answer is sent.

    delivery = command | tap | other      other: everything that is only acknowledged

Nothing is taken for granted: a field that is missing or of another type reads as "".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model import Press

LINK_PREFIX = "link."
"""Action ids of buttons that only open a link begin so; Slack tells of such a tap too."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a payload says sent it. `team_id` is where it was sent, `user_team_id` where that person belongs, if said."""

    user_id: str
    team_id: str
    user_team_id: str = ""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The ways back to the asker; `response_url` and `channel_id` may be ""."""

    user_id: str
    channel_id: str = ""
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    key: str
    sender: Sender
    reach: Reach
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a button. `trigger_id` opens one window within 3 s; `is_link` where the button only opened a link."""

    key: str
    sender: Sender
    reach: Reach
    press: Press
    trigger_id: str
    in_modal: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """`asks_options` where Slack waits for the choices of a menu."""

    key: str
    kind: str
    asks_options: bool = False


Delivery = Command | Tap | Other


def read(body: Mapping[str, Any]) -> Delivery:
    """Never raises. `key` is the same when Slack delivers the same thing twice, "" where Slack gives none."""
    kind = _text(body, "type")
    if not kind and _text(body, "command"):
        return _command(body)
    if kind == "block_actions" and _first_action(body):
        return _tap(body)
    return Other(_other_key(body), kind, asks_options=kind in ("block_suggestion", "dialog_suggestion"))


def _command(body: Mapping[str, Any]) -> Command:
    user = _text(body, "user_id")
    return Command(
        key=_text(body, "trigger_id"),
        sender=Sender(user, _text(body, "team_id"), enterprise_id=_text(body, "enterprise_id")),
        reach=Reach(user, _text(body, "channel_id"), _text(body, "response_url")),
        name=_text(body, "command"),
        text=_typed(_text(body, "text")),
    )


def _typed(text: str) -> str:
    """As it was typed: Slack writes three signs as entities in what it hands on (slack-platform.md §3.3)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _tap(body: Mapping[str, Any]) -> Tap:
    action = _first_action(body)
    user = _text(body, "user", "id")
    press = Press(_text(action, "action_id"), _text(action, "value") or _text(action, "selected_option", "value"))
    # An app installed for a whole organisation gets no team; then the person's own says whose it is.
    own = _text(body, "user", "team_id")
    team = _text(body, "team", "id") or own
    return Tap(
        key=_text(body, "trigger_id"),
        sender=Sender(user, team, own, _text(body, "enterprise", "id")),
        reach=Reach(
            user,
            _text(body, "channel", "id") or _text(body, "container", "channel_id"),
            _text(body, "response_url"),
        ),
        press=press,
        trigger_id=_text(body, "trigger_id"),
        in_modal=_text(body, "view", "type") == "modal",
        is_link=_is_link(body, action),
    )


def _other_key(body: Mapping[str, Any]) -> str:
    view = _text(body, "view", "id")
    if view:
        return f"{_text(body, 'type')}:{view}:{_text(body, 'view', 'hash')}"
    return _text(body, "event_id") or _text(body, "trigger_id")


def _first_action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, Sequence) and actions else None
    return first if isinstance(first, Mapping) else {}


def _is_link(body: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    action_id = _text(action, "action_id")
    if action_id.startswith(LINK_PREFIX) or _text(action, "url"):
        return True
    return any(_text(button, "action_id") == action_id and _text(button, "url") for button in _buttons(body))


def _buttons(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in ("message", "view"):
        held = body.get(place)
        for block in _mappings(held.get("blocks") if isinstance(held, Mapping) else None):
            yield from _mappings([block.get("accessory")])
            yield from _mappings(block.get("elements"))


def _mappings(values: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(values, Sequence):
        yield from (value for value in values if isinstance(value, Mapping))


def _text(body: Mapping[str, Any], *path: str) -> str:
    value: object = body
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
