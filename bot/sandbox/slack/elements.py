"""Blocks as people use them: their texts, the elements in them, and what an element's state says."""

import re
import secrets
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Any

from bot.sandbox.slack.block_kit import ELEMENTS
from bot.sandbox.slack.calls import ControlError, Json

Found = tuple[Json, Json]  # a block, and the element in it
STATELESS = ("button", "overflow", "feedback_buttons", "icon_button")


def characters(value: Any) -> int:
    """Characters of all texts in blocks, however deep: what `msg_blocks_too_long` is counted over."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(characters, value.values()))
    return sum(map(characters, value)) if isinstance(value, list) else 0


def inner_blocks(block: Json) -> list[Json]:
    """The blocks that lie in a block: a container's, a carousel's cards."""
    return block.get("child_blocks") or [each for each in block.get("elements", ()) if each.get("type") == "card"]


def elements_of(blocks: Any) -> Iterator[Found]:
    """Every element that a person can act on, each with its block."""
    for block in blocks:
        there = chain(block.get("elements", ()), block.get("actions", ()), map(block.get, ("accessory", "element")))
        yield from ((block, each) for each in there if isinstance(each, dict) and _acts(each))
        yield from elements_of(inner_blocks(block))


def _acts(element: Json) -> bool:
    row = ELEMENTS.get(str(element.get("type")))
    return row is not None and "action_id" in row.optional


def named(blocks: list[Json]) -> list[Json]:
    """Copies, in which every block and every element has a name: Slack makes one up where the bot gave none."""
    copies = deepcopy(blocks)
    _name(copies)
    for _, element in elements_of(copies):
        element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return copies


def _name(blocks: list[Json]) -> None:
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        _name(inner_blocks(block))


def find(surfaces: Iterable[Any], action: str, label: str, value: Any, block_id: str = "") -> Found | None:
    """The first element of these lists of blocks with this action_id and label; a button's value must be right too."""
    for block, element in chain.from_iterable(map(elements_of, surfaces)):
        is_meant = action in ("", element.get("action_id")) and label in ("", element.get("text", {}).get("text"))
        is_meant = is_meant and block_id in ("", block.get("block_id"))
        if is_meant and (element["type"] != "button" or value is None or element.get("value") == value):
            return block, element
    return None


def names(blocks: Any) -> list[str]:
    """The action_id and label of each element, for whoever asked for one that is not there."""
    return [f"{element['action_id']} {element.get('text', {}).get('text', '')!r}" for _, element in elements_of(blocks)]


def chosen(element: Json, value: Any) -> Json:
    """The value in a state or an action; None is the element's own start. Raises ControlError for no option of it."""
    if element["type"] == "button":
        return {"value": element["value"]} if "value" in element else {}
    name = _state_name(element["type"])
    start = element.get(f"initial_{name}", [] if name == "options" else None)
    if name == "value":
        return {"value": start if value is None else value}
    if value is not None and name in ("option", "options"):
        value = _option(element, value) if name == "option" else [_option(element, each) for each in value]
    return {f"selected_{name}": start if value is None else value}


def _state_name(kind: str) -> str:
    """What follows `initial_` in elements of this type, and `selected_` in their state."""
    initial = (key.removeprefix("initial_") for key in ELEMENTS[kind].optional if key.startswith("initial_"))
    return next(initial, "option" if kind == "overflow" else "value")


def options_of(element: Json) -> list[Json]:
    """All options of a menu, those of its groups too."""
    groups = (group["options"] for group in element.get("option_groups", ()))
    return [*element.get("options", ()), *chain.from_iterable(groups)]


def _option(element: Json, value: str) -> Json:
    options = options_of(element)
    for option in options:
        if value in (option["value"], option["text"]["text"]):
            return dict(option)
    if element["type"] == "external_select":
        return {"text": {"type": "plain_text", "text": value}, "value": value}
    raise ControlError(f"no option {value!r}; there are {[option['value'] for option in options]}")


_FORMS = {
    "datepicker": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "timepicker": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
    "datetimepicker": re.compile(r"\d{10}"),
    "users_select": re.compile(r"[UW]\w+"),
}


def unfit_entry(element: Json, state: Json) -> str:
    """Why Slack's client would not let a person enter this; "" where it would."""
    entry = next(iter(state.values()), None)
    if entry in (None, "", []):
        return ""
    kind = element["type"]
    if kind == "datetimepicker" and not isinstance(entry, int):
        return "is a whole number of seconds since 1970"
    if kind in _FORMS and not _FORMS[kind].fullmatch(str(entry)):
        return f"is no value of a {kind}: {entry!r}"
    if kind == "plain_text_input":
        return _unfit_text(element, entry)
    return ""


def _unfit_text(element: Json, entry: Any) -> str:
    if not isinstance(entry, str):
        return "is text"
    if not element.get("min_length", 0) <= len(entry) <= element.get("max_length", 3000):
        return f"may not have {len(entry)} characters"
    return "has one line only" if "\n" in entry and not element.get("multiline") else ""


def start_values(blocks: Any) -> Json:
    """The state of all elements but buttons and overflows as nobody has touched them."""
    values: Json = {}
    for block, element in elements_of(blocks):
        if element["type"] not in STATELESS:
            state = {"type": element["type"], **chosen(element, None)}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values
