"""Our own check finds what Slack would refuse."""

from typing import Any

import pytest

from bot.model import Block, Message, Modal
from tests.unit import block_limits


def words(text: str = "x", kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": text, **({"emoji": False} if kind == "plain_text" else {})}


def section(text: str = "x", **more: Any) -> Block:
    return {"type": "section", "text": words(text), **more}


def button(action: str = "a", **more: Any) -> dict[str, Any]:
    label = {"type": "button", "text": words("b", "plain_text"), "accessibility_label": "b"}
    return {**label, "action_id": action, "value": "v", **more}


def actions(*elements: Any) -> Block:
    return {"type": "actions", "elements": list(elements)}


def rich(*elements: Any) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def piece(**more: Any) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", **more}]}


GOOD = (
    section(accessory=button()),
    {"type": "context", "elements": [words(), words(kind="plain_text")]},
    actions(button("a"), button("b")),
    rich(piece(), {"type": "rich_text_list", "style": "bullet", "indent": 8, "elements": [piece()]}),
)


def test_good_blocks_have_no_fault() -> None:
    assert block_limits.check(Message("words", GOOD)) == []
    assert block_limits.check(Modal("Title", GOOD)) == []
    assert block_limits.check(Message("words alone")) == []


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (section("x" * 3_001), "3001 characters"),
        (section(""), "0 characters"),
        ({"type": "section"}, "text object is missing"),
        (section(accessory={"type": "image"}), "only buttons"),
        ({"type": "context", "elements": [words()] * 11}, "11 context elements"),
        ({"type": "context", "elements": [{"type": "plain_text", "text": "x"}]}, "emoji codes"),
        (actions(button("a"), button("a")), "stands twice"),
        (actions(button(value="v" * 2_001)), "value has 2001"),
        (actions(button(text=words("b"))), "not plain_text"),
        (actions(button(url="javascript:alert(1)")), "only http and https"),
        (actions(button(url="https://" + "x" * 3_000)), "url has 3008"),
        (actions(button(style="loud")), "primary or danger"),
        (section(fields=[words()]), "fields"),
        (section(block_id="b" * 256), "block_id has 256"),
        (rich(piece(type="link", url="mailto:a@b.example")), "only http and https"),
        (actions(button(accessibility_label="l" * 76)), "accessibility_label has 76"),
        (actions(*(button(str(number)) for number in range(26))), "26 action elements"),
        (rich(), "0 rich text elements"),
        (rich({"type": "rich_text_quote", "elements": []}), "not one of ours"),
        (rich({"type": "rich_text_list", "indent": 9, "elements": [piece()]}), "too deep"),
        (rich(piece(text="")), "unknown or empty"),
        (rich(piece(type="broadcast")), "unknown or empty"),
        (rich(piece(type="date", format="{date}", timestamp=-1)), "before 1970"),
        ({"type": "header"}, "not one of ours"),
    ],
)
def test_a_bad_block_is_named_with_its_number(block: Block, fault: str) -> None:
    faults = block_limits.check(Message("words", (GOOD[0], block)))
    assert any(each.startswith("block 1: ") and fault in each for each in faults)


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        (Message("", GOOD), "text has 0"),
        (Message("x" * 4_001), "text has 4001"),
        (Message("words", (section(),) * 51), "51 blocks"),
        (Message("words", (section("x" * 2_900),) * 5), "14500 characters"),
        (Modal("T" * 25, GOOD), "title has 25"),
        (Modal("Title", (section(),) * 101), "101 blocks"),
        (Modal("Title", ()), "0 blocks"),
        (Modal("Title", (section("x" * 3_000),) * 90), "bytes, 250000 at most"),
        (Message("words", (section(block_id="b"),) * 2), "a block_id stands twice"),
        (Modal("Title", GOOD, close=""), "close has 0"),
    ],
)
def test_a_bad_whole_is_named(shown: Message | Modal, fault: str) -> None:
    assert any(fault in each for each in block_limits.check(shown))
