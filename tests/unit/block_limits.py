"""What Slack would refuse of a message or a window, as sentences. Sends nothing.

Numbers are those of docs.slack.dev, reference/block-kit; lengths are measured after escaping. Only blocks that this
package draws are known: another type is a fault.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.model import Block, Home, Message, Modal

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_MODAL = 100
CHARACTERS_IN_ALL = 13_000  # of a message's blocks: `msg_blocks_too_long` was met near 13,200 (bolt-js#2509)
TEXT = 4_000  # characters: `chat.update` refuses more
TITLE = 24
SECTION = 3_000
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
LABEL = 75
VALUE = 2_000
ACTION_ID = 255
INDENT = 8
SECONDS = 10**11  # of a date element: eleven digits
URL = 3_000
BLOCK_ID = 255
CHART_TITLE = 50
CHART_SERIES = 12
CHART_CATEGORIES = 20
CHART_LABEL = 20
VIEW_BYTES = 250_000  # of a whole view, written as JSON: `view_too_large`
OPTIONS = {"static_select": 100, "overflow": 5}
OPTION_VALUE = 150
PLACEHOLDER = 150
INPUT_LABEL = 2_000
PIECES = 1_000  # no number is published; nothing of ours comes near


def check(shown: Message | Modal | Home) -> list[str]:
    """The faults Slack would find, each with its block's number; empty when there are none."""
    if isinstance(shown, Modal):
        faults = [*_length("title", shown.title, TITLE), *_length("close", shown.close, TITLE)]
        faults += _length("submit", shown.submit, TITLE) if shown.action else []
        faults += [*_amount("blocks", len(shown.blocks), BLOCKS_IN_MODAL), *_size(shown)]
        return [*faults, *_blocks(shown.blocks)]
    if isinstance(shown, Home):
        return [*_amount("blocks", len(shown.blocks), BLOCKS_IN_MODAL), *_size(shown), *_blocks(shown.blocks)]
    faults = [*_length("text", shown.text, TEXT), *_amount("blocks", len(shown.blocks), BLOCKS_IN_MESSAGE, least=0)]
    total = sum(_characters(block) for block in shown.blocks)
    if total > CHARACTERS_IN_ALL:
        faults.append(f"blocks hold {total} characters, {CHARACTERS_IN_ALL} at most")
    return [*faults, *_blocks(shown.blocks)]


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "a block_id stands twice"
    for number, block in enumerate(blocks):
        known = _CHECKS.get(block.get("type", ""))
        faults = list(known(block)) if known else [f"type {block.get('type')!r} is not one of ours"]
        if "block_id" in block:
            faults += _length("block_id", block["block_id"], BLOCK_ID)
        yield from (f"block {number}: {fault}" for fault in faults)


def _size(shown: Modal | Home) -> Iterator[str]:
    size = len(json.dumps([dict(block) for block in shown.blocks]))
    if size > VIEW_BYTES:
        yield f"the view has {size} bytes, {VIEW_BYTES} at most"


def _section(block: Block) -> Iterator[str]:
    yield from _text(block.get("text"), SECTION)
    if "fields" in block:
        yield "a section's fields are not ours: phones show them one below the other"
    if "accessory" in block:
        yield from _element(block["accessory"])


def _chart(block: Block) -> Iterator[str]:
    """Bars: at most 12 series of 20 categories, each with a value for every category."""
    yield from _length("title", block["title"], CHART_TITLE)
    chart = block["chart"]
    categories = chart["axis_config"]["categories"]
    yield from _amount("series", len(chart["series"]), CHART_SERIES)
    yield from _amount("categories", len(categories), CHART_CATEGORIES)
    for name in (*categories, *(each["name"] for each in chart["series"])):
        yield from _length("a chart's label", name, CHART_LABEL)
    if any([point["label"] for point in each["data"]] != categories for each in chart["series"]):
        yield "a series has other labels than the axis"
    if len(set(categories)) < len(categories):
        yield "a category stands twice"


def _context(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    yield from _amount("context elements", len(elements), CONTEXT_ELEMENTS)
    for element in elements:
        yield from _text(element, SECTION)


def _actions(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    yield from _amount("action elements", len(elements), ACTION_ELEMENTS)
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) < len(ids):
        yield "an action_id stands twice in one block"
    for element in elements:
        yield from _element(element)


def _input(block: Block) -> Iterator[str]:
    for each in ("label", "hint"):
        yield from _text(block.get(each), INPUT_LABEL)
    element = block.get("element", {})
    if element.get("type") not in ("plain_text_input", "datetimepicker"):
        yield f"input {element.get('type')!r} is not one of ours"
    yield from _length("action_id", element.get("action_id", ""), ACTION_ID)
    yield from _amount("characters", element.get("max_length", 1), SECTION)


def _rich_text(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    yield from _amount("rich text elements", len(elements), PIECES)
    for element in elements:
        kind = element.get("type")
        if kind == "rich_text_section":
            yield from _pieces(element)
        elif kind == "rich_text_list" and 0 <= element.get("indent", 0) <= INDENT:
            yield from _amount("list items", len(element.get("elements", ())), PIECES)
            for item in element.get("elements", ()):
                yield from _pieces(item)
        else:
            yield f"rich text element {kind!r} is not one of ours, or stands too deep"


def _pieces(section: Any) -> Iterator[str]:
    pieces = section.get("elements", ())
    yield from _amount("pieces of rich text", len(pieces), PIECES)
    for piece in pieces:
        needed = _PIECES.get(piece.get("type"))
        if needed is None or not piece.get(needed):
            yield f"piece {piece!r} is unknown or empty"
        if piece.get("type") == "link":
            yield from _url(piece.get("url", ""))
        if piece.get("type") == "date" and not 0 <= piece.get("timestamp", -1) < SECONDS:
            yield "a date lies before 1970 or too far ahead"


def _text(text: Any, most: int) -> Iterator[str]:
    if not isinstance(text, Mapping) or text.get("type") not in ("mrkdwn", "plain_text"):
        yield "a text object is missing"
        return
    if text["type"] == "plain_text" and text.get("emoji") is not False:
        yield "plain_text turns emoji codes into pictures"
    yield from _length("text", text.get("text", ""), most)


def _element(element: Any) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, Mapping) else None
    if kind == "button":
        yield from _button(element)
    elif kind in OPTIONS:
        yield from _menu(element, OPTIONS[kind])
    else:
        yield "only buttons and menus are known"


def _menu(element: Mapping[str, Any], most: int) -> Iterator[str]:
    yield from _length("action_id", element.get("action_id", ""), ACTION_ID)
    if element["type"] == "static_select":
        yield from _text(element.get("placeholder"), PLACEHOLDER)
    options = element.get("options", ())
    yield from _amount("options", len(options), most)
    for option in options:
        yield from _text(option.get("text"), LABEL)
        if option.get("text", {}).get("type") != "plain_text":
            yield "an option's text is not plain_text"
        yield from _length("value of an option", option.get("value", ""), OPTION_VALUE)
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        yield "a value stands twice in one menu"


def _button(element: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(element.get("text"), LABEL)
    if element.get("text", {}).get("type") != "plain_text":
        yield "a button's label is not plain_text"
    yield from _length("action_id", element.get("action_id", ""), ACTION_ID)
    yield from _length("value", element.get("value", ""), VALUE)
    if "url" in element:
        yield from _url(element["url"])
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "a button's style is primary or danger"
    yield from _length("accessibility_label", element.get("accessibility_label", ""), LABEL)


def _url(url: str) -> Iterator[str]:
    yield from _length("url", url, URL)
    if not url.startswith(("https://", "http://")):
        yield "only http and https addresses may be opened"


def _length(what: str, text: str, most: int) -> Iterator[str]:
    if not 1 <= len(text) <= most:
        yield f"{what} has {len(text)} characters, 1 to {most} are allowed"


def _amount(what: str, number: int, most: int, least: int = 1) -> Iterator[str]:
    if not least <= number <= most:
        yield f"{number} {what}, {least} to {most} are allowed"


def _characters(part: Any) -> int:
    """All text in a block, however deep."""
    if isinstance(part, Mapping):
        own = len(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + sum(_characters(value) for value in part.values() if not isinstance(value, str))
    return sum(_characters(each) for each in part) if isinstance(part, list | tuple) else 0


_PIECES = {
    "text": "text",
    "link": "url",
    "date": "format",
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "broadcast": "range",
}
_CHECKS: Mapping[str, Callable[[Block], Iterator[str]]] = {
    "data_visualization": _chart,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
}
