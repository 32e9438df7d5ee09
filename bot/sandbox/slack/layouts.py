"""Block Kit's blocks, and which of them a message, a modal and a Home tab take. Knows nothing of channels or HTTP.

Numbers: docs.slack.dev, reference/block-kit/blocks; those of 2026's blocks are partly third-hand (see the reference's
section 3.1). The shape of `data_visualization`'s chart is not checked beyond its type, title and count.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from bot.sandbox.slack.elements import (
    ACTIONS,
    CONTEXT,
    CONTEXT_ACTIONS,
    IMAGE,
    IMAGE_KEYS,
    INPUT,
    PICKERS,
    RAW_NUMBER,
    RAW_TEXT,
    SECTION_ACCESSORY,
    TYPING,
    URL_SOURCE,
    plain,
    words,
)
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.rich_text import RICH_TEXT
from bot.sandbox.slack.shapes import (
    Shape,
    anything,
    array,
    both,
    by_type,
    choice,
    fault,
    flag,
    integer,
    link,
    no_twins,
    one_of_keys,
    record,
    some_of_keys,
    string,
)


def block(required: dict[str, Shape] | None = None, optional: dict[str, Shape] | None = None, *also: Shape) -> Shape:
    return record({"type": anything, **(required or {})}, {"block_id": string(255, 1), **(optional or {})}, *also)


def _even_rows(value: Any, at: str) -> Iterator[str]:
    if len({len(row) for row in value["rows"]}) > 1:
        yield fault("all rows must have the same number of cells", f"{at}/rows")


_CELL = by_type({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT})
_HEADING = by_type({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER})


def _plain_headings(value: Any, at: str) -> Iterator[str]:
    for place, cell in enumerate(value["rows"][0]):
        yield from _HEADING(cell, f"{at}/rows/0/{place}")


_TASK_CARD = block(
    {
        "task_id": string(255, 1),
        "title": string(3000, 1),
        "status": choice("pending", "in_progress", "complete", "error"),
    },
    {"details": RICH_TEXT, "output": RICH_TEXT, "sources": array(URL_SOURCE, 1, 100)},
)
_CARD = block(
    {},
    {
        "title": words(150),
        "subtitle": words(150),
        "body": words(200),
        "subtext": words(200),
        "icon": IMAGE,
        "hero_image": IMAGE,
        "actions": array(by_type({"button": PICKERS["button"]}), 1, 3),
    },
    some_of_keys("title", "body", "hero_image", "actions"),
)

CLASSIC: dict[str, Shape] = {
    "section": block(
        {},
        {
            "text": words(3000),
            "fields": array(words(2000), 1, 10),
            "accessory": SECTION_ACCESSORY,
            "expand": flag,
        },
        some_of_keys("text", "fields"),
    ),
    "header": block({"text": plain(150)}, {"level": integer(1, 4)}),
    "divider": block(),
    "context": block({"elements": array(CONTEXT, 1, 10)}),
    "actions": block({"elements": ACTIONS}),
    "image": block(
        {"alt_text": string(2000, 1)}, {**IMAGE_KEYS, "title": plain(2000)}, one_of_keys("image_url", "slack_file")
    ),
    "input": block(
        {"label": plain(2000), "element": INPUT}, {"hint": plain(2000), "optional": flag, "dispatch_action": flag}
    ),
    "rich_text": RICH_TEXT,
    "video": block(
        {
            "alt_text": string(2000, 1),
            "title": plain(199),
            "thumbnail_url": link,
            "video_url": link,
        },
        {
            "title_url": link,
            "description": plain(200),
            "provider_icon_url": link,
            "provider_name": string(50),
            "author_name": string(50),
        },
    ),
    "card": _CARD,
}

TABLES: dict[str, Shape] = {
    "table": block(
        {"rows": array(array(_CELL, 1, 20), 1, 100)}, {"column_settings": array(anything, 0, 20)}, _even_rows
    ),
    "data_table": block(
        {"caption": string(3000, 1), "rows": array(array(_CELL, 1, 20), 2, 101)},
        {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
        _even_rows,
        _plain_headings,
    ),
    "data_visualization": block(
        {
            "title": string(50, 1),
            "chart": by_type(dict.fromkeys(("pie", "bar", "area", "line"), anything)),
        }
    ),
    "carousel": block({"elements": array(by_type({"card": _CARD}), 1, 10)}),
}

CONTAINER = block(
    {"child_blocks": array(by_type(CLASSIC | TABLES), 1, 10)},
    {
        "title": plain(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": words(150),
        "width": choice("narrow", "standard", "wide", "full"),
        "icon": IMAGE,
        "is_collapsible": flag,
        "default_collapsed": flag,
        "has_header_divider": flag,
    },
    some_of_keys("title", "rich_text_title"),
)

IN_MESSAGE: dict[str, Shape] = (
    CLASSIC
    | TABLES
    | {
        "container": CONTAINER,
        "markdown": block({"text": string(12_000, 1)}),
        "file": block({"external_id": string(255, 1), "source": choice("remote")}),
        "context_actions": block({"elements": both(array(CONTEXT_ACTIONS, 1, 5), no_twins("action_id"))}),
        "task_card": _TASK_CARD,
        "plan": block({"title": string(3000, 1)}, {"tasks": array(by_type({"task_card": _TASK_CARD}), 1, 50)}),
    }
)
IN_HOME: dict[str, Shape] = CLASSIC | TABLES | {"container": CONTAINER}
IN_MODAL: dict[str, Shape] = CLASSIC | {
    "alert": block({"text": words(200)}, {"level": choice("default", "info", "warning", "error", "success")})
}

ACTIVE = {*PICKERS, *TYPING, "feedback_buttons", "icon_button"}
"""Types of elements that send an action or hold a value."""

MOST = {"table": 1, "data_visualization": 2}
"""At most so many of a kind in one message."""


def message_faults(blocks: Any) -> list[str]:
    """One sentence per fault of a message's blocks; none where Slack would take them."""
    faults = list(both(array(by_type(IN_MESSAGE), 0, 50), no_twins("block_id"))(blocks, "/blocks"))
    if faults:
        return faults
    markdown = sum(len(each["text"]) for each in blocks if each["type"] == "markdown")
    if markdown > 12_000:
        faults.append(fault("markdown blocks must be less than 12001 characters together", "/blocks"))
    return faults + list(_too_many(blocks))


def _too_many(blocks: list[Json]) -> Iterator[str]:
    for kind, most in MOST.items():
        if sum(each["type"] == kind for each in blocks) > most:
            yield fault(f"no more than {most} {kind} blocks allowed", "/blocks")
    for place, each in enumerate(blocks):
        if each["type"] == "task_card" and each["status"] == "pending":
            yield fault("a task card on its own cannot be pending", f"/blocks/{place}/status")


def _surface(kinds: Mapping[str, Shape]) -> Shape:
    return both(array(by_type(kinds), 0, 100), no_twins("block_id"))


def _needs_submit(value: Any, at: str) -> Iterator[str]:
    if "submit" not in value and any(each.get("type") == "input" for each in value["blocks"]):
        yield fault("missing required field: submit", at)


_VIEW_KEYS: dict[str, Shape] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}

VIEW = by_type(
    {
        "modal": record(
            {"type": anything, "title": plain(24), "blocks": _surface(IN_MODAL)},
            _VIEW_KEYS
            | {
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": flag,
                "notify_on_close": flag,
                "submit_disabled": flag,
            },
            _needs_submit,
        ),
        "home": record({"type": anything, "blocks": _surface(IN_HOME)}, _VIEW_KEYS),
    }
)


def view_faults(view: Any) -> list[str]:
    return list(VIEW(view, "/view"))


def characters(value: Any) -> int:
    """Characters of all texts in blocks, however deep: what `msg_blocks_too_long` is counted over."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(characters(each) for each in value.values())
    if isinstance(value, list):
        return sum(map(characters, value))
    return 0


def inner_blocks(block: Json) -> list[Json]:
    """The blocks that lie in a block: a container's, a carousel's cards."""
    return block.get("child_blocks") or [each for each in block.get("elements", ()) if each.get("type") == "card"]


def elements_of(blocks: Any) -> Iterator[tuple[Json, Json]]:
    """Every element that a person can act on, each with its block."""
    for each in blocks:
        there = chain(each.get("elements", ()), each.get("actions", ()), (each.get("accessory"), each.get("element")))
        yield from ((each, one) for one in there if isinstance(one, dict) and one.get("type") in ACTIVE)
        yield from elements_of(inner_blocks(each))
