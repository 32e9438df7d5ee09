"""Block Kit's text objects and elements: keys, lengths, counts. Knows nothing of blocks, surfaces or messages.

Numbers: docs.slack.dev, reference/block-kit (composition objects and block elements).
"""

from bot.sandbox.slack.shapes import (
    Shape,
    anything,
    array,
    both,
    by_type,
    choice,
    flag,
    integer,
    link,
    no_twins,
    number,
    numeral,
    one_of_keys,
    record,
    string,
)


def plain(high: int) -> Shape:
    """A `plain_text` object."""
    return by_type({"plain_text": _plain(high)})


def words(high: int) -> Shape:
    """A text object of either kind."""
    return by_type({"plain_text": _plain(high), "mrkdwn": _mrkdwn(high)})


def _plain(high: int) -> Shape:
    return record({"type": anything, "text": string(high, 1)}, {"emoji": flag})


def _mrkdwn(high: int) -> Shape:
    return record({"type": anything, "text": string(high, 1)}, {"verbatim": flag})


NAME = string(255, 1)

CONFIRM = record(
    {"title": plain(100), "text": words(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)

OPTION = record({"text": plain(75), "value": string(150, 1)}, {"description": plain(75)})
OVERFLOW_OPTION = record({"text": plain(75), "value": string(150, 1)}, {"description": plain(75), "url": link})
RICH_OPTION = record({"text": words(75), "value": string(150, 1)}, {"description": words(75)})
OPTION_GROUP = record({"label": plain(75), "options": array(OPTION, 1, 100)})

WORKSPACE_FILTER = record(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
DISPATCH = record({"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 1, 2)})
SLACK_FILE = record({}, {"id": string(255, 1), "url": link}, one_of_keys("id", "url"))
IMAGE_KEYS: dict[str, Shape] = {"image_url": link, "slack_file": SLACK_FILE}

IMAGE = record({"type": anything, "alt_text": string(2000, 1)}, IMAGE_KEYS, one_of_keys("image_url", "slack_file"))


def element(required: dict[str, Shape] | None = None, optional: dict[str, Shape] | None = None, *also: Shape) -> Shape:
    """Anything that sends an action: `action_id` may be left out, Slack makes one up."""
    return record({"type": anything, **(required or {})}, {"action_id": NAME, **(optional or {})}, *also)


def select(
    required: dict[str, Shape] | None = None, optional: dict[str, Shape] | None = None, *also: Shape, many: bool = False
) -> Shape:
    extra: dict[str, Shape] = {"placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": flag, **(optional or {})}
    if many:
        extra["max_selected_items"] = integer(1, 100)
    return element(required, extra, *also)


BUTTON = element(
    {"text": plain(75)},
    {
        "url": link,
        "value": string(2000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
        "agent_prompt_display": anything,
        "visible_to_user_ids": array(string(255), 1, 10),
    },
)
CHOICES: dict[str, Shape] = {"options": array(OPTION, 1, 100), "option_groups": array(OPTION_GROUP, 1, 100)}
TYPED: dict[str, Shape] = {"placeholder": plain(150), "focus_on_load": flag, "dispatch_action_config": DISPATCH}
DATED: dict[str, Shape] = {"placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": flag}
IDS = array(string(255, 1), 1, 100)
QUERY: dict[str, Shape] = {"min_query_length": integer(0, 100)}
CONVERSATIONS: dict[str, Shape] = {"default_to_current_conversation": flag, "filter": WORKSPACE_FILTER}
ONCE: dict[str, Shape] = {"response_url_enabled": flag}

SELECTS: dict[str, Shape] = {
    "static_select": select({}, CHOICES | {"initial_option": OPTION}, one_of_keys("options", "option_groups")),
    "external_select": select({}, QUERY | {"initial_option": OPTION}),
    "users_select": select({}, {"initial_user": string(255)}),
    "conversations_select": select({}, CONVERSATIONS | ONCE | {"initial_conversation": string(255)}),
    "channels_select": select({}, ONCE | {"initial_channel": string(255)}),
    "multi_static_select": select(
        {}, CHOICES | {"initial_options": array(OPTION, 1, 100)}, one_of_keys("options", "option_groups"), many=True
    ),
    "multi_external_select": select({}, QUERY | {"initial_options": array(OPTION, 1, 100)}, many=True),
    "multi_users_select": select({}, {"initial_users": IDS}, many=True),
    "multi_conversations_select": select({}, CONVERSATIONS | {"initial_conversations": IDS}, many=True),
    "multi_channels_select": select({}, {"initial_channels": IDS}, many=True),
}

PICKERS: dict[str, Shape] = {
    "button": BUTTON,
    "overflow": element({"options": array(OVERFLOW_OPTION, 1, 5)}, {"confirm": CONFIRM}),
    "checkboxes": element(
        {"options": array(RICH_OPTION, 1, 10)},
        {"initial_options": array(RICH_OPTION, 1, 10), "confirm": CONFIRM, "focus_on_load": flag},
    ),
    "radio_buttons": element(
        {"options": array(RICH_OPTION, 1, 10)},
        {"initial_option": RICH_OPTION, "confirm": CONFIRM, "focus_on_load": flag},
    ),
    "datepicker": element({}, DATED | {"initial_date": string(10, 10)}),
    "timepicker": element({}, DATED | {"initial_time": string(5, 5), "timezone": string(255)}),
    "datetimepicker": element(
        {}, {"confirm": CONFIRM, "focus_on_load": flag, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    ),
    **SELECTS,
}

TYPING: dict[str, Shape] = {
    "plain_text_input": element(
        {},
        TYPED
        | {
            "multiline": flag,
            "initial_value": string(3000),
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "rich_text_input": element({}, TYPED | {"initial_value": anything}),
    "email_text_input": element({}, TYPED | {"initial_value": string(3000)}),
    "url_text_input": element({}, TYPED | {"initial_value": link}),
    "number_input": element(
        {"is_decimal_allowed": flag}, TYPED | {"initial_value": numeral, "min_value": numeral, "max_value": numeral}
    ),
    "file_input": element({}, {"filetypes": array(string(255), 1, 100), "max_files": integer(1, 10)}),
}

SECTION_ACCESSORY = by_type(PICKERS | {"image": IMAGE})
ACTIONS = both(array(by_type(PICKERS), 1, 25), no_twins("action_id"))
INPUT = by_type({name: shape for name, shape in PICKERS.items() if name not in {"button", "overflow"}} | TYPING)
CONTEXT = by_type({"image": IMAGE, "plain_text": _plain(3000), "mrkdwn": _mrkdwn(3000)})

_FEEDBACK = record({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
CONTEXT_ACTIONS = by_type(
    {
        "feedback_buttons": element({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}),
        "icon_button": element(
            {"icon": choice("trash"), "text": plain(75)},
            {
                "value": string(2000),
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "visible_to_user_ids": array(string(255), 1, 10),
            },
        ),
    }
)
URL_SOURCE = record({"type": choice("url"), "url": link, "text": string(3000, 1)})
RAW_TEXT = record({"type": anything, "text": string(10_000, 1)})
RAW_NUMBER = record({"type": anything, "value": number}, {"text": string(10_000)})
