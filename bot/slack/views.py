"""The JSON of windows and of the Home tab, and what a window remembers of the press that opened it. Pure.

    private_metadata = {"v": the form's value, "w": [channel, thread_ts, message_ts]}

People cannot change it, but an older version may have written it: what is not of this form reads as empty.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.model import FieldErrors, Home, Message, Modal, Whence
from bot.slack.fields import Payload, mapping, mappings, text

MOST_METADATA = 3_000
"""Characters of a view's private_metadata (slack-platform.md §3.2)."""
_MOST_ERROR = 500
_ERROR_LINE = "form.errors"
_ID = re.compile(r"[A-Z0-9]{1,30}")
_TS = re.compile(r"\d{1,12}\.\d{1,12}")
_IN_MODALS = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section"})
_ENTERED = ("value", "date", "time", "date_time", "user", "channel", "conversation", "option", "options")
"""What an input's state calls its entry: `value`, else `selected_` and one of these. `initial_` says it beforehand."""


def modal_view(modal: Modal, whence: Whence | None = None) -> dict[str, Any]:
    """Raises ValueError where the form's value is too long for Slack to keep."""
    view: dict[str, Any] = {
        "type": "modal",
        "title": _plain(modal.title),
        "close": _plain(modal.close),
        "blocks": [dict(block) for block in modal.blocks],
    }
    if modal.submit:
        view["submit"] = _plain(modal.submit)
    if modal.action:
        view["callback_id"] = modal.action
    if metadata := _metadata(modal.value, whence or Whence()):
        view["private_metadata"] = metadata
    return view


def home_view(home: Home) -> dict[str, Any]:
    return {"type": "home", "blocks": [dict(block) for block in home.blocks]}


def message_modal(message: Message, title: str) -> Modal | None:
    """A window that shows a message. None where a window cannot show its blocks."""
    if not message.blocks or any(block.get("type") not in _IN_MODALS for block in message.blocks):
        return None
    return Modal(title, message.blocks)


# ── private_metadata ──


def _metadata(value: str, whence: Whence) -> str:
    place = [whence.channel, whence.thread_ts, whence.message_ts]
    if not value and not any(place):
        return ""
    written = json.dumps({"v": value, "w": place}, ensure_ascii=False, separators=(",", ":"))
    if len(written) > MOST_METADATA:
        raise ValueError(f"a window cannot keep {len(written)} characters, {MOST_METADATA} at most")
    return written


def read_metadata(view: Payload) -> tuple[str, Whence]:
    """The form's value, and where the press that opened the window came from."""
    try:
        kept = json.loads(text(view, "private_metadata")[:MOST_METADATA] or "{}")
    except (ValueError, RecursionError):
        return "", Whence()
    if not isinstance(kept, Mapping):
        return "", Whence()
    place = kept.get("w")
    channel, thread_ts, message_ts = place if isinstance(place, list) and len(place) == 3 else ("", "", "")
    return text(kept, "v"), Whence(
        _fitting(channel, _ID), _fitting(thread_ts, _TS), message_ts=_fitting(message_ts, _TS)
    )


def _fitting(value: object, form: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and form.fullmatch(value) else ""


# ── what was entered ──


def entered(view: Payload) -> dict[str, str]:
    """Each input's entry by its block id. Several choices stand on a line each; what was left empty is ""."""
    values = mapping(mapping(view, "state"), "values")
    found = ((block_id, next(_states(values, block_id), {})) for block_id in values)
    return {block_id: _entry(state) for block_id, state in found}


def inputs(view: Payload) -> tuple[str, ...]:
    """The block ids that Slack takes errors for."""
    return tuple(text(block, "block_id") for block in mappings(view.get("blocks")) if block.get("type") == "input")


def _states(values: Payload, block_id: str) -> Iterator[Payload]:
    yield from mappings(list(mapping(values, block_id).values()))


def _entry(state: Payload) -> str:
    for name in _ENTERED:
        value = state.get("value" if name == "value" else f"selected_{name}")
        if isinstance(value, Mapping):
            return text(value, "value")
        if isinstance(value, list):
            return "\n".join(text(each, "value") for each in mappings(value))
        if isinstance(value, str | int) and not isinstance(value, bool):
            return text({"it": str(value)}, "it")
    return ""


# ── the answer to a form ──


def errors_body(errors: FieldErrors, known: tuple[str, ...]) -> dict[str, Any]:
    """Slack refuses errors of what is no input: they stand at the first one. There has to be one."""
    said: dict[str, str] = {}
    for block_id, words in errors.errors.items():
        place = block_id if block_id in known else known[0]
        said[place] = f"{said[place]} {words}" if place in said else words
    return {"response_action": "errors", "errors": {place: words[:_MOST_ERROR] for place, words in said.items()}}


def update_body(view: Mapping[str, Any]) -> dict[str, Any]:
    return {"response_action": "update", "view": view}


def form_again(view: Payload, errors: FieldErrors) -> dict[str, Any]:
    """The window as it was sent, with what was entered, below what is wrong with it."""
    values = mapping(mapping(view, "state"), "values")
    kept = {name: view[name] for name in ("title", "submit", "close") if mapping(view, name)}
    kept |= {name: text(view, name) for name in ("callback_id", "private_metadata") if text(view, name)}
    words = "\n".join(errors.errors.values())[:_MOST_ERROR] or " "
    line = {"type": "section", "block_id": _ERROR_LINE, "text": _plain(words)}
    blocks = [each for each in mappings(view.get("blocks")) if text(each, "block_id") != _ERROR_LINE]
    return {"type": "modal", **kept, "blocks": [line, *(_filled(block, values) for block in blocks)]}


def _filled(block: Payload, values: Payload) -> dict[str, Any]:
    element, block_id = mapping(block, "element"), text(block, "block_id")
    state = mapping(mapping(values, block_id), text(element, "action_id"))
    if block.get("type") != "input" or not state:
        return dict(block)
    blank = {name: each for name, each in element.items() if not name.startswith("initial_")}
    entries = {
        f"initial_{name}": value
        for name in (*_ENTERED, "users", "channels", "conversations")
        if (value := state.get("value" if name == "value" else f"selected_{name}"))
    }
    return {**block, "element": blank | entries}


def _plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}
