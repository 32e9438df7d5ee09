"""Which button or menu of a message or view a person means. Knows nothing of how a tap is sent."""

from typing import Any

from bot.sandbox.slack.layouts import elements_of
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.refusal import ControlError, Json

Found = tuple[Json, Json]
"""A block, and the element in it."""


def versions(message: Message, *, old: bool) -> list[Any]:
    earlier = [version.content.blocks for version in reversed(message.versions)] if old else []
    return [message.blocks, *earlier]


def matching(surfaces: list[Any], wanted: tuple[str, str, Any]) -> Found | None:
    action, label, value = wanted
    for blocks in surfaces:
        for block, element in elements_of(blocks):
            if _is(element, action, label, value):
                return block, element
    return None


def pick(surfaces: list[Any], wanted: tuple[str, str, Any]) -> Found:
    found = matching(surfaces, wanted)
    if found is None:
        raise ControlError(f"no such button; there are {names(surfaces[0])}")
    return found


def _is(element: Json, action: str, label: str, value: Any) -> bool:
    """A button is told by its value too: several may share one action_id."""
    if action and element.get("action_id") != action:
        return False
    if label and element.get("text", {}).get("text") != label:
        return False
    return element["type"] != "button" or value is None or element.get("value") == value


def names(blocks: Any) -> list[str]:
    return [f"{element['action_id']} {element.get('text', {}).get('text', '')!r}" for _, element in elements_of(blocks)]
