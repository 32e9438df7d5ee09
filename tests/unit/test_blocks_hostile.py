"""Whatever customers typed: everything drawn is allowed, nothing in it is live, and its text says all its words."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.blocks.basic_components import PlainTextObject
from slack_sdk.models.views import View as SdkView

from bot.blocks.layout import CHART, WAS_CUT
from bot.model import Home, Message, Modal
from bot.sandbox.slack.block_kit import message_faults, view_faults
from tests.unit import block_limits
from tests.unit.blocks_payloads import CALLED, PAYLOADS, builders
from tests.unit.blocks_second_opinion import message_of, modal_of

MESSAGE = r"https://(?:acme\.)?slack\.com/archives/[A-Z0-9]+/p\d+"
OURS = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>|https://kb\.acronis\.com/(?:errorcode/\?ser=[\w.%-]+|content/\d+)|&(?:amp|lt|gt);"
    rf"|https://care\.acronis\.com/s/1|<{MESSAGE}\|[\w ]+>|{MESSAGE}|" + "|".join(map(re.escape, CALLED))
)
LIVE = re.compile(
    r"[<>]|&|://|mailto:|@(?:channel|here|everyone)|:[^\s:]+:|[~`\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]",
    re.IGNORECASE,
)


def texts(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text in blocks, with the object it stands in."""
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"], part
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from texts(each)


def kinds(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield part.get("type", "")
        for value in part.values():
            yield from kinds(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from kinds(each)


def waked(part: Any) -> Iterator[str]:
    """Whom broadcasts and mentions of groups in blocks would call."""
    if isinstance(part, dict):
        if part.get("type") in ("broadcast", "usergroup"):
            yield part.get("range") or part["usergroup_id"]
        for value in part.values():
            yield from waked(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from waked(each)


def assert_harmless(shown: Message | Modal | Home) -> None:
    """By looking for what Slack would act on."""
    if isinstance(shown, Message):
        assert LIVE.search(OURS.sub("", shown.text)) is None
        assert "*" not in shown.text
        shown.text.encode()
    for text, where in texts(shown.blocks):
        text.encode()
        if where["type"] == "mrkdwn":
            assert LIVE.search(OURS.sub("", text)) is None
        if where["type"] == "plain_text":
            assert LIVE.search(OURS.sub("", text).replace("&", "")) is None
    assert not set(kinds(shown.blocks)) & {"emoji", "image"}
    assert set(waked(shown.blocks)) <= {"here", "S0ONCALL"}


def assert_allowed(shown: Message | Modal | Home) -> None:
    """By our own check, by the pretend Slack's, by Slack's own models and by slackblocks's."""
    assert block_limits.check(shown) == []
    for block in shown.blocks:
        if block["type"] == CHART:
            continue  # Slack's models know no charts yet
        parsed = SdkBlock.parse(dict(block))
        assert parsed is not None
        parsed.validate_json()
        assert parsed.to_dict() == block
    if isinstance(shown, Message):
        assert message_faults(list(shown.blocks)) == []
        assert len(shown.text) <= 3_900
        assert len(shown.text.partition("\n")[0]) <= 120 or not shown.blocks  # a thread's line wakes nobody
        message_of(shown)
    elif isinstance(shown, Home):
        assert view_faults({"type": "home", "blocks": list(shown.blocks)}) == []
        modal_of(Modal("Home", shown.blocks))
    else:
        words_of = {"title": shown.title, "close": shown.close, "submit": shown.submit}
        labels = {key: {"type": "plain_text", "text": text} for key, text in words_of.items() if text}
        assert view_faults({"type": "modal", **labels, "blocks": list(shown.blocks)}) == []
        words = (PlainTextObject(text=text) for text in (shown.title, shown.close))
        SdkView(
            "modal", title=next(words), close=next(words), blocks=[dict(each) for each in shown.blocks]
        ).validate_json()
        modal_of(shown)


# ── the plain text beside the blocks ──

TOKEN = re.compile(r"<!date\^(\d+)\^[^>]*>")
ZONES = tuple(map(ZoneInfo, ("UTC", "Europe/Berlin", "Pacific/Kiritimati")))
KEY = {"newest", "at", "the", "right", "read", "of", "for", "example"}
"""How to look at a strip and who read a question; "Backup of"; "For example", above a button that the text names."""


def leaves(part: Any) -> Iterator[dict[str, Any]]:
    """Every text in blocks that is no label of a button or menu, and every moment."""
    if isinstance(part, dict):
        if part.get("type") in ("button", "static_select", "overflow"):
            return
        if isinstance(part.get("text"), str) or part.get("type") == "date":
            yield part
        for value in part.values():
            yield from leaves(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from leaves(each)


def spoken(text: str) -> set[str]:
    """The words of a text, look-alikes taken as blanks; a word that was cut is none."""
    return set(re.findall(r"[^\W_ˍˋ]+(?!\w*…)", unescape(text).casefold()))


def drawn(message: Message) -> set[str]:
    """The words in blocks. Of a text that was cut, there or by being escaped, only the beginning counts."""
    found: set[str] = set()
    for leaf in leaves(message.blocks):
        text = leaf.get("text", "")
        if leaf["type"] == "mrkdwn":
            text = TOKEN.sub(" ", text)
        found |= spoken(f"{text[: len(text) // 5]}…" if set(text) & set("…<>&") else text)
    return found


def moments(message: Message) -> Iterator[int]:
    for leaf in leaves(message.blocks):
        if leaf.get("type") == "date":
            yield leaf["timestamp"]
        if leaf["type"] == "mrkdwn":
            yield from map(int, TOKEN.findall(leaf["text"]))


def assert_all_said(message: Message) -> None:
    if WAS_CUT in message.text:
        return
    assert drawn(message) - spoken(message.text) - KEY == set()
    for stamp in moments(message):
        assert any(f"{datetime.fromtimestamp(stamp, zone):%H:%M}" in message.text for zone in ZONES)


# ── what must hold of every payload ──


def test_every_builder_has_an_entry() -> None:
    """A new public function of bot.blocks is not proved until it stands in the table."""
    assert set(builders()) == {entry.partition(" ")[0] for entry in PAYLOADS}


@pytest.mark.parametrize("builder", PAYLOADS)
@settings(
    deadline=None,
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_every_payload_is_allowed_harmless_and_said_in_full(builder: str, data: st.DataObject) -> None:
    shown = data.draw(PAYLOADS[builder])
    assert_allowed(shown)
    assert_harmless(shown)
    if isinstance(shown, Message):
        assert_all_said(shown)
