"""What Slack accepts in Block Kit: a row for each type of block, element and object, and rules that no row can say.

A row names the places where its type may stand, the fields it must have, those it may have, and its rules. Places of
blocks: M message, V modal, H Home tab, B a container, L a carousel, P a plan, T a cell or a detail. Places of elements:
S accessory of a section, A actions, I input, C context, X context_actions, K actions of a card, D icon.

Numbers: docs.slack.dev, reference/block-kit; those of 2026's blocks are partly third-hand (see the reference's
section 3.1). The shape of `data_visualization`'s chart is not checked beyond its type, title and count.
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.schema import (
    ANY,
    FLAG,
    LINK,
    NUMBER,
    NUMERAL,
    Fields,
    Kind,
    Row,
    fault,
    first,
    many,
    one_of,
    some_of,
    text,
    typed,
    unique,
    whole,
    word,
)

# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _texts(most: int) -> dict[str, Row]:
    said = {"text": text(most, 1)}
    return {"plain_text": Row("C", said, {"emoji": FLAG}), "mrkdwn": Row("C", said, {"verbatim": FLAG})}


def plain(most: int) -> Kind:
    """A `plain_text` object."""
    return typed({"plain_text": _texts(most)["plain_text"]})


def words(most: int) -> Kind:
    """A text object of either type."""
    return typed(_texts(most))


NAME = text(255, 1)
MARKDOWN = 12_000
"""Characters of the markdown blocks of a message, each and together."""
NAMES = many(text(255), 100)
BUTTON_STYLE = word("primary", "danger")
CONFIRM = Row(
    "", {"title": plain(100), "text": words(300), "confirm": plain(30), "deny": plain(30)}, {"style": BUTTON_STYLE}
)
OPTION = Row("", {"text": plain(75), "value": text(150, 1)}, {"description": plain(75)})
LINK_OPTION = Row("", OPTION.required, {"description": plain(75), "url": LINK})
RICH_OPTION = Row("", {"text": words(75), "value": text(150, 1)}, {"description": words(75)})
OPTION_GROUP = Row("", {"label": plain(75), "options": many(OPTION, 100)})
FEEDBACK = Row("", {"text": plain(75), "value": text(2000)}, {"accessibility_label": text(75)})
DISPATCH = Row("", {"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 2)})
URL_SOURCE = Row("", {"type": word("url"), "url": LINK, "text": text(3000, 1)})
CONVERSATIONS = Row(
    "",
    optional={
        "include": many(word("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": FLAG,
        "exclude_bot_users": FLAG,
    },
)
SLACK_FILE = Row("", optional={"id": NAME, "url": LINK}, rules=(one_of("id", "url"),))

# ── rich text ────────────────────────────────────────────────────────────────────────────────────────────────────────

_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
STYLE = Row("", optional=dict.fromkeys(_STYLES, FLAG))


def _piece(required: Fields, **optional: Kind) -> Row:
    return Row("", required, {"style": STYLE, **optional})


PIECES = {
    "text": _piece({"text": text(100_000, 1)}),
    "link": _piece({"url": LINK}, text=text(100_000), unsafe=FLAG),
    "emoji": _piece({"name": NAME}, unicode=NAME, skin_tone=whole(1, 6)),
    "user": _piece({"user_id": NAME}),
    "usergroup": _piece({"usergroup_id": NAME}),
    "channel": _piece({"channel_id": NAME}),
    "team": _piece({"team_id": NAME}),
    "color": _piece({"value": text(7, 7)}),
    "broadcast": _piece({"range": word("here", "channel", "everyone")}),
    "date": _piece({"timestamp": whole(0, 99_999_999_999), "format": NAME}, url=LINK, fallback=text(3000)),
}
_PIECES: Fields = {"elements": many(typed(PIECES), 10_000, 0)}
_BORDER: Fields = {"border": whole(0, 1)}
SECTION = {"rich_text_section": Row("", _PIECES)}
PARTS = SECTION | {
    "rich_text_preformatted": Row("", _PIECES, {**_BORDER, "language": text(255)}),
    "rich_text_quote": Row("", _PIECES, _BORDER),
    "rich_text_list": Row(
        "",
        {"style": word("bullet", "ordered"), "elements": many(typed(SECTION), 10_000)},
        {"indent": whole(0, 8), "offset": whole(0, 100_000), **_BORDER},
    ),
}

# ── elements ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALT: Fields = {"alt_text": text(2000, 1)}
SOURCE: Fields = {"image_url": LINK, "slack_file": SLACK_FILE}
ONE_SOURCE = one_of("image_url", "slack_file")

ACTION: Fields = {"action_id": NAME}
PICKER: Fields = {**ACTION, "confirm": CONFIRM, "focus_on_load": FLAG}
HINTED: Fields = {**PICKER, "placeholder": plain(150)}
SEVERAL: Fields = {**HINTED, "max_selected_items": whole(1, 100)}
TYPED: Fields = {**ACTION, "placeholder": plain(150), "focus_on_load": FLAG, "dispatch_action_config": DISPATCH}
LISTED: Fields = {"options": many(OPTION, 100), "option_groups": many(OPTION_GROUP, 100)}
ONE_LIST = one_of("options", "option_groups")
RICH_LIST: Fields = {"options": many(RICH_OPTION, 10)}
SEARCHED: Fields = {"min_query_length": whole(0, 100)}
PLACES: Fields = {"default_to_current_conversation": FLAG, "filter": CONVERSATIONS}
ANSWERED: Fields = {"response_url_enabled": FLAG}
INITIAL_OPTION: Fields = {"initial_option": OPTION}
INITIAL_OPTIONS: Fields = {"initial_options": many(OPTION, 100)}
SEEN_BY: Fields = {"visible_to_user_ids": many(text(255), 10), "accessibility_label": text(75), "confirm": CONFIRM}

ELEMENTS = _texts(3000) | {
    "image": Row("SCD", ALT, SOURCE, (ONE_SOURCE,)),
    "button": Row(
        "SAK",
        {"text": plain(75)},
        {
            **ACTION,
            **SEEN_BY,
            "url": LINK,
            "value": text(2000),
            "style": BUTTON_STYLE,
            "agent_prompt": text(4000),
            "agent_prompt_display": ANY,
        },
    ),
    "overflow": Row("SA", {"options": many(LINK_OPTION, 5)}, {**ACTION, "confirm": CONFIRM}),
    "checkboxes": Row("SAI", RICH_LIST, {**PICKER, "initial_options": many(RICH_OPTION, 10)}),
    "radio_buttons": Row("SAI", RICH_LIST, {**PICKER, "initial_option": RICH_OPTION}),
    "datepicker": Row("SAI", {}, {**HINTED, "initial_date": text(10, 10)}),
    "timepicker": Row("SAI", {}, {**HINTED, "initial_time": text(5, 5), "timezone": text(255)}),
    "datetimepicker": Row("SAI", {}, {**PICKER, "initial_date_time": whole(1_000_000_000, 9_999_999_999)}),
    "static_select": Row("SAI", {}, {**HINTED, **LISTED, **INITIAL_OPTION}, (ONE_LIST,)),
    "external_select": Row("SAI", {}, {**HINTED, **SEARCHED, **INITIAL_OPTION}),
    "users_select": Row("SAI", {}, {**HINTED, "initial_user": text(255)}),
    "conversations_select": Row("SAI", {}, {**HINTED, **PLACES, **ANSWERED, "initial_conversation": text(255)}),
    "channels_select": Row("SAI", {}, {**HINTED, **ANSWERED, "initial_channel": text(255)}),
    "multi_static_select": Row("SAI", {}, {**SEVERAL, **LISTED, **INITIAL_OPTIONS}, (ONE_LIST,)),
    "multi_external_select": Row("SAI", {}, {**SEVERAL, **SEARCHED, **INITIAL_OPTIONS}),
    "multi_users_select": Row("SAI", {}, {**SEVERAL, "initial_users": many(NAME, 100)}),
    "multi_conversations_select": Row("SAI", {}, {**SEVERAL, **PLACES, "initial_conversations": many(NAME, 100)}),
    "multi_channels_select": Row("SAI", {}, {**SEVERAL, "initial_channels": many(NAME, 100)}),
    "plain_text_input": Row(
        "I",
        {},
        {
            **TYPED,
            "multiline": FLAG,
            "initial_value": text(3000),
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
    ),
    "rich_text_input": Row("I", {}, {**TYPED, "initial_value": ANY}),
    "email_text_input": Row("I", {}, {**TYPED, "initial_value": text(3000)}),
    "url_text_input": Row("I", {}, {**TYPED, "initial_value": LINK}),
    "number_input": Row(
        "I",
        {"is_decimal_allowed": FLAG},
        {**TYPED, "initial_value": NUMERAL, "min_value": NUMERAL, "max_value": NUMERAL},
    ),
    "file_input": Row("I", {}, {**ACTION, "filetypes": NAMES, "max_files": whole(1, 10)}),
    "feedback_buttons": Row("X", {"positive_button": FEEDBACK, "negative_button": FEEDBACK}, ACTION),
    "icon_button": Row("X", {"icon": word("trash"), "text": plain(75)}, {**ACTION, **SEEN_BY, "value": text(2000)}),
}

# ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _even_rows(value: Any, at: str) -> Iterator[str]:
    if len({len(row) for row in value["rows"]}) > 1:
        yield fault("all rows must have the same number of cells", f"{at}/rows")


def _plain_headings(value: Any, at: str) -> Iterator[str]:
    for place, cell in enumerate(value["rows"][0]):
        yield from typed(RAW_CELLS)(cell, f"{at}/rows/0/{place}")


def _block(
    places: str, required: Fields | None = None, optional: Fields | None = None, rules: tuple[Kind, ...] = ()
) -> Row:
    return Row(places, required or {}, {"block_id": NAME, **(optional or {})}, rules)


RICH_TEXT = _block("MVHBT", {"elements": many(typed(PARTS), 10_000)})
RAW_CELLS = {
    "raw_text": Row("", {"text": text(10_000, 1)}),
    "raw_number": Row("", {"value": NUMBER}, {"text": text(10_000)}),
}
CELLS = many(typed(RAW_CELLS | {"rich_text": RICH_TEXT}), 20)
CHARTS = dict.fromkeys(("pie", "bar", "area", "line"), Row(free=True))
BLOCKS: dict[str, Row] = {}
BLOCKS |= {
    "section": _block(
        "MVHB",
        {},
        {
            "text": words(3000),
            "fields": many(words(2000), 10),
            "accessory": typed(ELEMENTS, "S"),
            "expand": FLAG,
        },
        (some_of("text", "fields"),),
    ),
    "header": _block("MVHB", {"text": plain(150)}, {"level": whole(1, 4)}),
    "divider": _block("MVHB"),
    "context": _block("MVHB", {"elements": many(typed(ELEMENTS, "C"), 10)}),
    "actions": _block("MVHB", {"elements": first(many(typed(ELEMENTS, "A"), 25), unique("action_id"))}),
    "image": _block("MVHB", ALT, {**SOURCE, "title": plain(2000)}, (ONE_SOURCE,)),
    "input": _block(
        "MVHB",
        {"label": plain(2000), "element": typed(ELEMENTS, "I")},
        {"hint": plain(2000), "optional": FLAG, "dispatch_action": FLAG},
    ),
    "rich_text": RICH_TEXT,
    "video": _block(
        "MVHB",
        {**ALT, "title": plain(199), "thumbnail_url": LINK, "video_url": LINK},
        {
            "title_url": LINK,
            "description": plain(200),
            "provider_icon_url": LINK,
            "provider_name": text(50),
            "author_name": text(50),
        },
    ),
    "card": _block(
        "MVHBL",
        {},
        {
            "title": words(150),
            "subtitle": words(150),
            "body": words(200),
            "subtext": words(200),
            "icon": typed(ELEMENTS, "D"),
            "hero_image": typed(ELEMENTS, "D"),
            "actions": many(typed(ELEMENTS, "K"), 3),
        },
        (some_of("title", "body", "hero_image", "actions"),),
    ),
    "carousel": _block("MHB", {"elements": many(typed(BLOCKS, "L"), 10)}),
    "table": _block("MHB", {"rows": many(CELLS, 100)}, {"column_settings": many(ANY, 20, 0)}, (_even_rows,)),
    "data_table": _block(
        "MHB",
        {"caption": text(3000, 1), "rows": many(CELLS, 101, 2)},
        {"page_size": whole(1, 100), "row_header_column_index": whole(0, 19)},
        (_even_rows, _plain_headings),
    ),
    "data_visualization": _block("MHB", {"title": text(50, 1), "chart": typed(CHARTS)}),
    "container": _block(
        "MH",
        {"child_blocks": many(typed(BLOCKS, "B"), 10)},
        {
            "title": plain(150),
            "rich_text_title": typed(BLOCKS, "T"),
            "subtitle": words(150),
            "width": word("narrow", "standard", "wide", "full"),
            "icon": typed(ELEMENTS, "D"),
            "is_collapsible": FLAG,
            "default_collapsed": FLAG,
            "has_header_divider": FLAG,
        },
        (some_of("title", "rich_text_title"),),
    ),
    "markdown": _block("M", {"text": text(MARKDOWN, 1)}),
    "file": _block("M", {"external_id": NAME, "source": word("remote")}),
    "context_actions": _block("M", {"elements": first(many(typed(ELEMENTS, "X"), 5), unique("action_id"))}),
    "task_card": _block(
        "MP",
        {"task_id": NAME, "title": text(3000, 1), "status": word("pending", "in_progress", "complete", "error")},
        {"details": typed(BLOCKS, "T"), "output": typed(BLOCKS, "T"), "sources": many(URL_SOURCE, 100)},
    ),
    "plan": _block("M", {"title": text(3000, 1)}, {"tasks": many(typed(BLOCKS, "P"), 50)}),
    "alert": _block("V", {"text": words(200)}, {"level": word("default", "info", "warning", "error", "success")}),
}

# ── messages and views ───────────────────────────────────────────────────────────────────────────────────────────────

MOST = {"table": 1, "data_visualization": 2}
"""At most so many blocks of a type in one message."""


def _surface(place: str, most: int) -> Kind:
    return first(many(typed(BLOCKS, place), most, 0), unique("block_id"))


def _together(blocks: Any, at: str) -> Iterator[str]:
    """What single blocks may, and all blocks of a message together may not."""
    if sum(len(each["text"]) for each in blocks if each["type"] == "markdown") > MARKDOWN:
        yield fault(f"markdown blocks must be less than {MARKDOWN + 1} characters together", at)
    for kind, most in MOST.items():
        if sum(each["type"] == kind for each in blocks) > most:
            yield fault(f"no more than {most} {kind} blocks allowed", at)
    for place, each in enumerate(blocks):
        if each["type"] == "task_card" and each["status"] == "pending":
            yield fault("a task card on its own cannot be pending", f"{at}/{place}/status")


def _has_submit(view: Any, at: str) -> Iterator[str]:
    if "submit" not in view and any(each.get("type") == "input" for each in view["blocks"]):
        yield fault("missing required field: submit", at)


_VIEW: Fields = {"private_metadata": text(3000), "callback_id": text(255), "external_id": text(255)}
_FLAGS = dict.fromkeys(("clear_on_close", "notify_on_close", "submit_disabled"), FLAG)
VIEWS = {
    "modal": Row(
        "",
        {"title": plain(24), "blocks": _surface("V", 100)},
        {**_VIEW, **_FLAGS, "submit": plain(24), "close": plain(24)},
        (_has_submit,),
    ),
    "home": Row("", {"blocks": _surface("H", 100)}, _VIEW),
}


def message_faults(blocks: Any) -> list[str]:
    """One sentence per fault of a message's blocks; none where Slack would take them."""
    return list(first(_surface("M", 50), _together)(blocks, "/blocks"))


def view_faults(view: Any) -> list[str]:
    return list(typed(VIEWS)(view, "/view"))
