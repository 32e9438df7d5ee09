"""The pretend Slack refuses what Slack refuses in Block Kit, and takes what Slack takes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, Limits, Running, serve
from bot.sandbox.slack.block_kit import message_faults, view_faults

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**more: Any) -> Block:
    return {"type": "button", "text": plain("Take"), "action_id": "take", **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def option(number: int = 1, **more: Any) -> Block:
    return {"text": plain(f"Option {number}"), "value": str(number), **more}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def cells(*texts: str) -> list[Block]:
    return [{"type": "raw_text", "text": text} for text in texts]


def card(**more: Any) -> Block:
    return {"type": "card", "title": plain("Card"), **more}


def step(**more: Any) -> Block:
    return {"type": "task_card", "task_id": "1", "title": "Rerun", "status": "complete", **more}


CONFIRM = {"title": plain("Sure"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}

TAKEN: dict[str, Block] = {
    "longest section": section("x" * 3000, expand=True),
    "fields": {"type": "section", "fields": [plain("x" * 2000)] * 10},
    "verbatim": {"type": "section", "text": {"type": "mrkdwn", "text": "x", "verbatim": True}},
    "accessory": section(accessory=button(style="danger", confirm=CONFIRM, value="v" * 2000)),
    "image accessory": section(accessory=IMAGE),
    "overflow": section(accessory={"type": "overflow", "action_id": "o", "options": [option(n) for n in range(5)]}),
    "header": {"type": "header", "text": plain("x" * 150), "level": 2},
    "divider": {"type": "divider", "block_id": "b"},
    "context": {"type": "context", "elements": [mrkdwn("a"), plain("b"), IMAGE]},
    "25 actions": actions(*(button(action_id=str(n)) for n in range(25))),
    "link button": actions(button(url="https://example.com", accessibility_label="Take it")),
    "select": actions(select(placeholder=plain("Pick"), initial_option=option())),
    "option groups": actions(
        {"type": "static_select", "option_groups": [{"label": plain("Group"), "options": [option()]}]}
    ),
    "date": actions({"type": "datepicker", "initial_date": "2026-11-22"}),
    "checkboxes": actions({"type": "checkboxes", "options": [{"text": mrkdwn("*a*"), "value": "a"}]}),
    "image": {**IMAGE, "title": plain("An image")},
    "input": {"type": "input", "label": plain("Note"), "element": {"type": "plain_text_input", "multiline": True}},
    "rich text": rich(
        {"type": "text", "text": "a", "style": {"bold": True}},
        {"type": "date", "timestamp": 1_700_000_000, "format": "{time}", "fallback": "then"},
        {"type": "user", "user_id": "U0MIA"},
        {"type": "link", "url": "https://example.com"},
    ),
    "rich list": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
            }
        ],
    },
    "markdown": {"type": "markdown", "text": "**x**"},
    "table": {"type": "table", "rows": [cells("a", "b"), cells("1", "2")]},
    "data table": {"type": "data_table", "caption": "Runs", "rows": [cells("a"), cells("1")], "page_size": 10},
    "chart": {"type": "data_visualization", "title": "Runs", "chart": {"type": "pie", "segments": []}},
    "container": {"type": "container", "title": plain("Log"), "child_blocks": [section()], "is_collapsible": True},
    "plan": {"type": "plan", "title": "Rerun", "tasks": [step(status="pending")]},
    "task card": step(),
    "card": card(body=mrkdwn("x" * 200), actions=[button()]),
    "carousel": {"type": "carousel", "elements": [card()]},
    "feedback": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            }
        ],
    },
}

REFUSED: dict[str, tuple[Block, str]] = {
    "no type": ({"text": plain("x")}, "/blocks/0/type"),
    "unknown type": ({"type": "marquee"}, "/blocks/0/type"),
    "unknown key": (section(colour="red"), "invalid additional property: colour"),
    "long section": (section("x" * 3001), "/blocks/0/text/text"),
    "empty text": (section(""), "/blocks/0/text/text"),
    "no text and no fields": ({"type": "section"}, "must have at least one of: text, fields"),
    "eleven fields": ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items"),
    "long field": ({"type": "section", "fields": [plain("x" * 2001)]}, "/blocks/0/fields/0/text"),
    "emoji flag on mrkdwn": ({"type": "section", "text": {**mrkdwn("x"), "emoji": True}}, "emoji"),
    "verbatim on plain text": ({"type": "section", "text": {**plain("x"), "verbatim": True}}, "verbatim"),
    "number as text": (section({"a": 1}), "must be a string"),  # type: ignore[arg-type]  # that is the fault
    "word as flag": (section(expand="yes"), "must be a boolean"),
    "word as list": ({"type": "actions", "elements": "x"}, "must be an array"),
    "word as number": (
        {"type": "table", "rows": [[{"type": "raw_number", "value": "x"}]]},
        "must be a number",
    ),
    "number as numeral": (
        {
            "type": "input",
            "label": plain("x"),
            "element": {"type": "number_input", "is_decimal_allowed": True, "min_value": 1},
        },
        "number written as a string",
    ),
    "level five": ({"type": "header", "text": plain("x"), "level": 5}, "integer from 1 to 4"),
    "text as string": ({"type": "section", "text": "x"}, "must be an object"),
    "long header": ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
    "mrkdwn header": ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn"),
    "eleven context elements": ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items"),
    "button in context": ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    "empty actions": (actions(), "no less than 1 items"),
    "26 actions": (actions(*(button(action_id=str(n)) for n in range(26))), "no more than 25 items"),
    "same action twice": (actions(button(), button()), "already in use"),
    "long button": (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    "mrkdwn button": (actions(button(text=mrkdwn("x"))), "unsupported type: mrkdwn"),
    "long value": (actions(button(value="x" * 2001)), "/value"),
    "long action id": (actions(button(action_id="x" * 256)), "/action_id"),
    "unknown style": (actions(button(style="blue")), "valid enum value"),
    "bad link": (actions(button(url="javascript:alert(1)")), "must be a valid URL"),
    "incomplete confirm": (actions(button(confirm={"title": plain("x")})), "missing required field: text"),
    "101 options": (actions(select(options=[option(n) for n in range(101)])), "no more than 100 items"),
    "long option": (actions(select(options=[{"text": plain("x" * 76), "value": "1"}])), "/text/text"),
    "long option value": (actions(select(options=[{"text": plain("x"), "value": "1" * 151}])), "/value"),
    "options and groups": (actions(select(option_groups=[])), "option_groups"),
    "six in overflow": (
        actions({"type": "overflow", "options": [option(n) for n in range(6)]}),
        "no more than 5 items",
    ),
    "eleven radio buttons": (
        actions({"type": "radio_buttons", "options": [option(n) for n in range(11)]}),
        "no more than 10 items",
    ),
    "image without alt text": ({"type": "image", "image_url": "https://example.com/a.png"}, "alt_text"),
    "image without source": ({"type": "image", "alt_text": "a"}, "exactly one of: image_url, slack_file"),
    "input without element": ({"type": "input", "label": plain("x")}, "missing required field: element"),
    "button as input": ({"type": "input", "label": plain("x"), "element": button()}, "unsupported type: button"),
    "empty rich text piece": (rich({"type": "text", "text": ""}), "/text"),
    "unknown rich text piece": (rich({"type": "sparkle"}), "unsupported type: sparkle"),
    "long markdown": ({"type": "markdown", "text": "x" * 12_001}, "/text"),
    "ragged table": ({"type": "table", "rows": [cells("a", "b"), cells("1")]}, "same number of cells"),
    "empty cell": ({"type": "table", "rows": [cells("")]}, "/rows/0/0/text"),
    "21 columns": ({"type": "table", "rows": [cells(*"abcdefghijklmnopqrstu")]}, "no more than 20 items"),
    "rich heading": (
        {"type": "data_table", "caption": "x", "rows": [[rich({"type": "text", "text": "a"})], cells("1")]},
        "unsupported type: rich_text",
    ),
    "container in container": (
        {
            "type": "container",
            "title": plain("x"),
            "child_blocks": [{"type": "container", "title": plain("y"), "child_blocks": [section()]}],
        },
        "unsupported type: container",
    ),
    "alert in a message": ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
    "pending task card alone": (step(status="pending"), "cannot be pending"),
    "button as icon": (card(icon=button()), "unsupported type: button"),
    "four card actions": (card(actions=[button()] * 4), "no more than 3 items"),
}


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve(limits=Limits(metered=False))
    yield running
    await running.close()


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


@pytest.mark.parametrize("name", TAKEN)
def test_what_slack_takes_is_taken(name: str) -> None:
    assert message_faults([TAKEN[name]]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_refuses_is_refused_with_its_place(name: str) -> None:
    block, words = REFUSED[name]
    faults = message_faults([block])
    assert faults
    assert any(words in fault for fault in faults), faults


def test_a_message_takes_fifty_blocks_and_each_name_once() -> None:
    assert message_faults([section()] * 50) == []
    assert message_faults([section()] * 51)
    assert message_faults([section(block_id="a"), section(block_id="a")])
    assert message_faults({"type": "section"})


def test_a_message_takes_one_table_and_two_charts() -> None:
    table, chart = TAKEN["table"], TAKEN["chart"]
    assert message_faults([table, table])
    assert message_faults([chart, chart]) == []
    assert message_faults([chart, chart, chart])


def test_markdown_is_counted_over_the_whole_message() -> None:
    assert message_faults([{"type": "markdown", "text": "x" * 6_000}] * 2) == []
    assert message_faults([{"type": "markdown", "text": "x" * 6_001}] * 2)


def test_a_modal_needs_submit_where_it_has_an_input_and_takes_no_table() -> None:
    modal = {"type": "modal", "title": plain("x" * 24), "blocks": [TAKEN["input"]]}
    assert any("submit" in fault for fault in view_faults(modal))
    assert view_faults(modal | {"submit": plain("Send")}) == []
    assert view_faults(modal | {"submit": plain("Send"), "title": plain("x" * 25)})
    assert view_faults({"type": "modal", "title": plain("x"), "blocks": [TAKEN["table"]]})
    assert view_faults({"type": "modal", "title": plain("x"), "blocks": [section()] * 101})
    assert view_faults({"type": "modal", "title": plain("x"), "blocks": [], "private_metadata": "x" * 3001})
    assert view_faults({"type": "modal", "title": plain("x"), "blocks": [{"type": "alert", "text": plain("x")}]}) == []


async def test_invalid_blocks_are_told_one_by_one_and_nothing_is_stored(slack: Running, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=[section("x" * 3001), {"type": "marquee"}])
    assert refusal.value.response["error"] == "invalid_blocks"
    messages = refusal.value.response["response_metadata"]["messages"]
    assert [message.split("json-pointer:")[1] for message in messages] == ["/blocks/0/text/text]", "/blocks/1/type]"]
    assert slack.slack.posts(ALERTS) == []


async def test_blocks_of_more_than_13200_characters_are_too_long(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ALERTS, text="x", blocks=[section("x" * 2_640)] * 5)
    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=[section("x" * 2_641)] * 5)
