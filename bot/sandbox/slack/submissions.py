"""A modal filled in and submitted: what the person typed, and what the bot's answer does. Knows nothing of HTTP.

Rules: docs.slack.dev, surfaces/modals (`response_action`).
"""

from typing import Any

from bot.sandbox.slack.elements import chosen, start_values
from bot.sandbox.slack.refusal import ControlError, Json, RefusalError
from bot.sandbox.slack.views import View, Views

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack writes into a modal whose answer it cannot use."""


def fill(view: View, typed: Json) -> None:
    """Puts values into the view, by block_id or action_id. Raises ControlError where a needed one is missing."""
    values = start_values(view.content["blocks"])
    unknown = set(typed)
    for block in view.content["blocks"]:
        element = block.get("element")
        if element is None:
            continue
        action = element["action_id"]
        key = next((key for key in (block["block_id"], action) if key in typed), None)
        unknown.discard(str(key))
        state = {"type": element["type"], **chosen(element, typed[key] if key else None)}
        if not block.get("optional") and not any(value for name, value in state.items() if name != "type"):
            raise ControlError(f"{block['block_id']} must be filled in")
        values.setdefault(block["block_id"], {})[action] = state
    if unknown:
        raise ControlError(f"no such input: {sorted(unknown)}")
    view.values = values


def settle(views: Views, view: View, answer: Any) -> str:
    """Does what the bot's ack says. Returns what the person sees as an error, "" where all is well."""
    if not isinstance(answer, dict) or "response_action" not in answer:
        views.close(view)
        return ""
    try:
        return _act(views, view, answer)
    except RefusalError:
        return TROUBLE


def _act(views: Views, view: View, answer: Json) -> str:
    word = answer["response_action"]
    if word == "clear":
        views.clear(view.user)
    elif word == "update":
        views.update(view, answer.get("view"))
    elif word == "push":
        views.push(view.user, answer.get("view"), view.id)
    elif word == "errors":
        return _mark(view, answer.get("errors"))
    else:
        return TROUBLE
    return ""


def _mark(view: View, errors: Any) -> str:
    """Each error must name an input block."""
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return TROUBLE
    view.errors = errors
    return ""
