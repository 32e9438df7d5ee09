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
    every,
    fault,
    first,
    many,
    one_of,
    row,
    some_of,
    text,
    typed,
    unique,
    whole,
    word,
)

MARKDOWN = 12_000
"""Characters of the markdown blocks of a message, each and together."""
MOST = {"table": 1, "data_visualization": 2}
"""At most so many blocks of a type in one message."""

# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def plain(most: int) -> Kind:
    """A `plain_text` object."""
    return typed({"plain_text": _texts(most)["plain_text"]})


def words(most: int) -> Kind:
    """A text object of either type."""
    return typed(_texts(most))


def _texts(most: int) -> dict[str, Row]:
    said: Fields = {"text": text(most, 1)}
    return {"plain_text": row("C", said, emoji=FLAG), "mrkdwn": row("C", said, verbatim=FLAG)}


NAME = text(255, 1)
USER_IDS = many(text(255), 10)
STYLE = word("primary", "danger")
CONFIRM = row("", {"title": plain(100), "text": words(300), "confirm": plain(30), "deny": plain(30)}, style=STYLE)
OPTION = row("", {"text": plain(75), "value": text(150, 1)}, description=plain(75))
LINK_OPTION = row("", OPTION.required, OPTION.optional, url=LINK)
RICH_OPTION = row("", {"text": words(75), "value": text(150, 1)}, description=words(75))
OPTION_GROUP = row("", {"label": plain(75), "options": many(OPTION, 100)})
FEEDBACK = row("", {"text": plain(75), "value": text(2000)}, accessibility_label=text(75))
DISPATCH = row("", {"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 2)})
URL_SOURCE = row("", {"type": word("url"), "url": LINK, "text": text(3000, 1)})
CONVERSATIONS = row(
    "",
    {},
    include=many(word("im", "mpim", "private", "public"), 4),
    exclude_external_shared_channels=FLAG,
    exclude_bot_users=FLAG,
)
SLACK_FILE = row("", {}, id=NAME, url=LINK, rule=one_of("id", "url"))

# ── rich text ────────────────────────────────────────────────────────────────────────────────────────────────────────

_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
STYLED: Fields = {"style": row("", {}, dict.fromkeys(_STYLES, FLAG))}
PIECES = {
    "text": row("", {"text": text(100_000, 1)}, STYLED),
    "link": row("", {"url": LINK}, STYLED, text=text(100_000), unsafe=FLAG),
    "emoji": row("", {"name": NAME}, STYLED, unicode=NAME, skin_tone=whole(1, 6)),
    "user": row("", {"user_id": NAME}, STYLED),
    "usergroup": row("", {"usergroup_id": NAME}, STYLED),
    "channel": row("", {"channel_id": NAME}, STYLED),
    "team": row("", {"team_id": NAME}, STYLED),
    "color": row("", {"value": text(7, 7)}, STYLED),
    "broadcast": row("", {"range": word("here", "channel", "everyone")}, STYLED),
    "date": row("", {"timestamp": whole(0, 99_999_999_999), "format": NAME}, STYLED, url=LINK, fallback=text(3000)),
}
INLINE: Fields = {"elements": many(typed(PIECES), 10_000, 0)}
SECTION = {"rich_text_section": row("", INLINE)}
LISTED: Fields = {"style": word("bullet", "ordered"), "elements": many(typed(SECTION), 10_000)}
PARTS = SECTION | {
    "rich_text_preformatted": row("", INLINE, border=whole(0, 1), language=text(255)),
    "rich_text_quote": row("", INLINE, border=whole(0, 1)),
    "rich_text_list": row("", LISTED, indent=whole(0, 8), offset=whole(0, 100_000), border=whole(0, 1)),
}

# ── elements ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALT: Fields = {"alt_text": text(2000, 1)}
SOURCE: Fields = {"image_url": LINK, "slack_file": SLACK_FILE}
ONE_SOURCE = one_of("image_url", "slack_file")
RICH_OPTIONS: Fields = {"options": many(RICH_OPTION, 10)}
OPTIONS: Fields = {"options": many(OPTION, 100), "option_groups": many(OPTION_GROUP, 100)}
ONE_LIST = one_of("options", "option_groups")
ACTION: Fields = {"action_id": NAME}
BUTTON: Fields = {**ACTION, "value": text(2000), "confirm": CONFIRM, "accessibility_label": text(75)}
PICKER: Fields = {**ACTION, "confirm": CONFIRM, "focus_on_load": FLAG}
SELECT: Fields = {**PICKER, "placeholder": plain(150)}
SELECT_MANY: Fields = {**SELECT, "max_selected_items": whole(1, 100)}
INPUT: Fields = {**ACTION, "placeholder": plain(150), "focus_on_load": FLAG, "dispatch_action_config": DISPATCH}
CONVERSATION: Fields = {"default_to_current_conversation": FLAG, "filter": CONVERSATIONS}

ELEMENTS = _texts(3000) | {
    "image": row("SCD", ALT, SOURCE, rule=ONE_SOURCE),
    "button": row(
        "SAK",
        {"text": plain(75)},
        BUTTON,
        url=LINK,
        style=STYLE,
        agent_prompt=text(4000),
        agent_prompt_display=ANY,
        visible_to_user_ids=USER_IDS,
    ),
    "icon_button": row("X", {"icon": word("trash"), "text": plain(75)}, BUTTON, visible_to_user_ids=USER_IDS),
    "feedback_buttons": row("X", {"positive_button": FEEDBACK, "negative_button": FEEDBACK}, ACTION),
    "overflow": row("SA", {"options": many(LINK_OPTION, 5)}, ACTION, confirm=CONFIRM),
    "checkboxes": row("SAI", RICH_OPTIONS, PICKER, initial_options=many(RICH_OPTION, 10)),
    "radio_buttons": row("SAI", RICH_OPTIONS, PICKER, initial_option=RICH_OPTION),
    "datepicker": row("SAI", {}, SELECT, initial_date=text(10, 10)),
    "timepicker": row("SAI", {}, SELECT, initial_time=text(5, 5), timezone=text(255)),
    "datetimepicker": row("SAI", {}, PICKER, initial_date_time=whole(1_000_000_000, 9_999_999_999)),
    "static_select": row("SAI", {}, SELECT, OPTIONS, initial_option=OPTION, rule=ONE_LIST),
    "external_select": row("SAI", {}, SELECT, initial_option=OPTION, min_query_length=whole(0, 100)),
    "users_select": row("SAI", {}, SELECT, initial_user=text(255)),
    "conversations_select": row(
        "SAI", {}, SELECT, CONVERSATION, initial_conversation=text(255), response_url_enabled=FLAG
    ),
    "channels_select": row("SAI", {}, SELECT, initial_channel=text(255), response_url_enabled=FLAG),
    "multi_static_select": row("SAI", {}, SELECT_MANY, OPTIONS, initial_options=many(OPTION, 100), rule=ONE_LIST),
    "multi_external_select": row(
        "SAI", {}, SELECT_MANY, initial_options=many(OPTION, 100), min_query_length=whole(0, 100)
    ),
    "multi_users_select": row("SAI", {}, SELECT_MANY, initial_users=many(NAME, 100)),
    "multi_conversations_select": row("SAI", {}, SELECT_MANY, CONVERSATION, initial_conversations=many(NAME, 100)),
    "multi_channels_select": row("SAI", {}, SELECT_MANY, initial_channels=many(NAME, 100)),
    "plain_text_input": row(
        "I", {}, INPUT, multiline=FLAG, initial_value=text(3000), min_length=whole(0, 3000), max_length=whole(1, 3000)
    ),
    "rich_text_input": row("I", {}, INPUT, initial_value=ANY),
    "email_text_input": row("I", {}, INPUT, initial_value=text(3000)),
    "url_text_input": row("I", {}, INPUT, initial_value=LINK),
    "number_input": row(
        "I", {"is_decimal_allowed": FLAG}, INPUT, initial_value=NUMERAL, min_value=NUMERAL, max_value=NUMERAL
    ),
    "file_input": row("I", {}, ACTION, filetypes=many(text(255), 100), max_files=whole(1, 10)),
}

# ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _even_rows(table: Any, at: str) -> Iterator[str]:
    if len({len(cells) for cells in table["rows"]}) > 1:
        yield fault("all rows must have the same number of cells", f"{at}/rows")


def _plain_headings(table: Any, at: str) -> Iterator[str]:
    for place, cell in enumerate(table["rows"][0]):
        yield from typed(RAW_CELLS)(cell, f"{at}/rows/0/{place}")


BLOCKS: dict[str, Row] = {}
BLOCK: Fields = {"block_id": NAME}
RAW_CELLS = {
    "raw_text": row("", {"text": text(10_000, 1)}),
    "raw_number": row("", {"value": NUMBER}, text=text(10_000)),
}
RICH_TEXT = row("MVHBT", {"elements": many(typed(PARTS), 10_000)}, BLOCK)
CELLS = many(typed(RAW_CELLS | {"rich_text": RICH_TEXT}), 20)
CHARTS = dict.fromkeys(("pie", "bar", "area", "line"), Row(is_open=True))
ACTIONS, CONTEXT_ACTIONS = many(typed(ELEMENTS, "A"), 25), many(typed(ELEMENTS, "X"), 5)
ICON, DETAIL = typed(ELEMENTS, "D"), typed(BLOCKS, "T")
BLOCKS |= {
    "section": row(
        "MVHB",
        {},
        BLOCK,
        text=words(3000),
        fields=many(words(2000), 10),
        accessory=typed(ELEMENTS, "S"),
        expand=FLAG,
        rule=some_of("text", "fields"),
    ),
    "header": row("MVHB", {"text": plain(150)}, BLOCK, level=whole(1, 4)),
    "divider": row("MVHB", {}, BLOCK),
    "context": row("MVHB", {"elements": many(typed(ELEMENTS, "C"), 10)}, BLOCK),
    "actions": row("MVHB", {"elements": first(ACTIONS, unique("action_id"))}, BLOCK),
    "image": row("MVHB", ALT, BLOCK, SOURCE, title=plain(2000), rule=ONE_SOURCE),
    "input": row(
        "MVHB",
        {"label": plain(2000), "element": typed(ELEMENTS, "I")},
        BLOCK,
        hint=plain(2000),
        optional=FLAG,
        dispatch_action=FLAG,
    ),
    "rich_text": RICH_TEXT,
    "video": row(
        "MVHB",
        {**ALT, "title": plain(199), "thumbnail_url": LINK, "video_url": LINK},
        BLOCK,
        title_url=LINK,
        description=plain(200),
        provider_icon_url=LINK,
        provider_name=text(50),
        author_name=text(50),
    ),
    "card": row(
        "MVHBL",
        {},
        BLOCK,
        title=words(150),
        subtitle=words(150),
        body=words(200),
        subtext=words(200),
        icon=ICON,
        hero_image=ICON,
        actions=many(typed(ELEMENTS, "K"), 3),
        rule=some_of("title", "body", "hero_image", "actions"),
    ),
    "carousel": row("MHB", {"elements": many(typed(BLOCKS, "L"), 10)}, BLOCK),
    "table": row("MHB", {"rows": many(CELLS, 100)}, BLOCK, column_settings=many(ANY, 20, 0), rule=_even_rows),
    "data_table": row(
        "MHB",
        {"caption": text(3000, 1), "rows": many(CELLS, 101, 2)},
        BLOCK,
        page_size=whole(1, 100),
        row_header_column_index=whole(0, 19),
        rule=every(_even_rows, _plain_headings),
    ),
    "data_visualization": row("MHB", {"title": text(50, 1), "chart": typed(CHARTS)}, BLOCK),
    "container": row(
        "MH",
        {"child_blocks": many(typed(BLOCKS, "B"), 10)},
        BLOCK,
        title=plain(150),
        rich_text_title=DETAIL,
        subtitle=words(150),
        width=word("narrow", "standard", "wide", "full"),
        icon=ICON,
        is_collapsible=FLAG,
        default_collapsed=FLAG,
        has_header_divider=FLAG,
        rule=some_of("title", "rich_text_title"),
    ),
    "markdown": row("M", {"text": text(MARKDOWN, 1)}, BLOCK),
    "file": row("M", {"external_id": NAME, "source": word("remote")}, BLOCK),
    "context_actions": row("M", {"elements": first(CONTEXT_ACTIONS, unique("action_id"))}, BLOCK),
    "task_card": row(
        "MP",
        {"task_id": NAME, "title": text(3000, 1), "status": word("pending", "in_progress", "complete", "error")},
        BLOCK,
        details=DETAIL,
        output=DETAIL,
        sources=many(URL_SOURCE, 100),
    ),
    "plan": row("M", {"title": text(3000, 1)}, BLOCK, tasks=many(typed(BLOCKS, "P"), 50)),
    "alert": row("V", {"text": words(200)}, BLOCK, level=word("default", "info", "warning", "error", "success")),
}

# ── messages and views ───────────────────────────────────────────────────────────────────────────────────────────────


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


VIEW: Fields = {"private_metadata": text(3000), "callback_id": text(255), "external_id": text(255)}
VIEWS = {
    "modal": row(
        "",
        {"title": plain(24), "blocks": _surface("V", 100)},
        VIEW,
        dict.fromkeys(("clear_on_close", "notify_on_close", "submit_disabled"), FLAG),
        submit=plain(24),
        close=plain(24),
        rule=_has_submit,
    ),
    "home": row("", {"blocks": _surface("H", 100)}, VIEW),
}


def message_faults(blocks: Any) -> list[str]:
    """One sentence per fault of a message's blocks; none where Slack would take them."""
    return list(first(_surface("M", 50), _together)(blocks, "/blocks"))


def view_faults(view: Any) -> list[str]:
    return list(typed(VIEWS)(view, "/view"))
