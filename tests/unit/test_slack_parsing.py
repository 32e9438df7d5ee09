"""Slack's payloads are read into what is acted on; nothing that comes in may break the reading."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Press
from bot.slack.parsing import read
from bot.slack.requests import Command, Mention, Other, ReplyTo, Sender, Shortcut, Tap

COMMAND = {
    "command": "/tasks",
    "text": "failed",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/x",
}
TAP = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/actions/x",
    "actions": [{"type": "button", "action_id": "answer.page", "value": "a:2"}],
}
BUTTON = {"type": "button", "action_id": "answer.page", "url": "https://example.com/"}

EVENT = {
    "type": "app_mention",
    "user": "U1",
    "text": "<@U0BOT> failed &amp; today",
    "ts": "1700000000.000200",
    "thread_ts": "1700000000.000100",
    "channel": "C1",
}
MENTION = {
    "type": "event_callback",
    "event_id": "Ev1",
    "event_time": 1_700_000_000,
    "team_id": "T1",
    "authorizations": [{"team_id": "T1"}],
    "event": EVENT,
}
SHORTCUT = {
    "type": "message_action",
    "callback_id": "what_is_this_task",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/app/x",
    "message_ts": "1700000000.000100",
    "message": {"ts": "1700000000.000100", "text": "task 77 &amp; more"},
}


def tap(**changes: Any) -> Tap:
    found = read({**TAP, **changes})
    assert isinstance(found, Tap)
    return found


def test_a_command_is_read() -> None:
    assert read(COMMAND) == Command(
        key="1.2.3",
        sender=Sender("U1", "T1"),
        reply_to=ReplyTo("U1", "C1", "https://hooks.slack.com/commands/x"),
        name="/tasks",
        text="failed",
    )


def test_a_command_is_read_as_it_was_typed() -> None:
    """Slack hands on <, > and & as entities."""
    found = read({**COMMAND, "text": "a &amp; &lt;b&gt; &amp;lt;"})
    assert isinstance(found, Command)
    assert found.text == "a & <b> &lt;"


def test_a_tap_is_read() -> None:
    assert read(TAP) == Tap(
        key="1.2.3",
        sender=Sender("U1", "T1", "T1"),
        reply_to=ReplyTo("U1", "C1", "https://hooks.slack.com/actions/x"),
        press=Press("answer.page", "a:2"),
        trigger_id="1.2.3",
    )


def test_a_choice_in_a_menu_is_a_press_too() -> None:
    chosen = {"action_id": "alert.more", "selected_option": {"value": "why"}}
    assert tap(actions=[chosen]).press == Press("alert.more", "why")


def test_without_a_team_the_persons_own_counts() -> None:
    """An app installed for a whole organisation gets `team: null`."""
    found = tap(team=None, enterprise={"id": "E1"})
    assert found.sender == Sender("U1", "T1", "T1", "E1")


def test_a_tap_in_a_window_says_so() -> None:
    found = tap(view={"id": "V1", "type": "modal"}, channel=None, response_url=None)
    assert found.view_id == "V1"
    assert found.reply_to == ReplyTo("U1")


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": [{"action_id": "link.console"}]},
        {"actions": [BUTTON]},
        {"message": {"blocks": [{"type": "section", "accessory": BUTTON}]}},
        {"message": {"blocks": [{"type": "actions", "elements": [BUTTON]}]}},
        {"view": {"blocks": [{"type": "actions", "elements": [BUTTON]}]}},
    ],
)
def test_a_button_that_only_opens_a_link_is_known_as_such(changes: dict[str, Any]) -> None:
    assert tap(**changes).is_link
    assert not tap().is_link


def test_a_tap_in_a_thread_is_answered_there_but_on_its_first_message_in_the_channel() -> None:
    assert tap(container={"message_ts": "2.2", "thread_ts": "1.1"}).reply_to.thread_ts == "1.1"
    assert tap(container={"message_ts": "1.1", "thread_ts": "1.1"}).reply_to.thread_ts == ""
    assert tap(message={"ts": "2.2", "thread_ts": "1.1"}).reply_to.thread_ts == "1.1"
    assert tap(message={"ts": "1.1", "thread_ts": "1.1"}).reply_to.thread_ts == ""


# ── mentions ──


def mention(outer: dict[str, Any] | None = None, **changes: Any) -> Mention | Other:
    found = read({**MENTION, **(outer or {}), "event": {**EVENT, **changes}}, "U0BOT")
    assert isinstance(found, Mention | Other)
    return found


def sender_of(outer: dict[str, Any] | None = None, **changes: Any) -> Sender:
    found = mention(outer, **changes)
    assert isinstance(found, Mention)
    return found.sender


def test_a_mention_is_read() -> None:
    assert mention() == Mention(
        key="Ev1",
        sender=Sender("U1", "T1", "T1"),
        reply_to=ReplyTo("U1", "C1", thread_ts="1700000000.000100"),
        text="failed & today",
        said_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize("thread_ts", [None, EVENT["ts"]])
def test_a_mention_outside_a_thread_names_none(thread_ts: str | None) -> None:
    found = mention(thread_ts=thread_ts)
    assert isinstance(found, Mention)
    assert found.reply_to == ReplyTo("U1", "C1")


@pytest.mark.parametrize("event_time", [None, "soon", 1e30, float("nan"), -1e20])
def test_a_mention_of_no_known_time_is_read_all_the_same(event_time: object) -> None:
    found = mention({"event_time": event_time})
    assert isinstance(found, Mention)
    assert found.said_at is None


@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"bot_profile": {}},
        {"subtype": "bot_message"},
        {"subtype": "message_changed"},
        {"edited": {"user": "U1", "ts": "1.2"}},
        {"user": None},
        {"type": "message"},
    ],
)
def test_what_bots_say_and_what_people_edit_asks_nothing(changes: dict[str, Any]) -> None:
    assert mention(**changes) == Other("Ev1", "event_callback")


def test_marks_that_say_nothing_mark_no_bot_and_no_edit() -> None:
    assert isinstance(mention(bot_id=None, app_id=None, bot_profile=None, edited=None, subtype=None), Mention)


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_mention_with_a_file_or_shown_in_the_channel_too_is_a_persons(subtype: str) -> None:
    assert isinstance(mention(subtype=subtype), Mention)


def test_whose_the_speaker_is_comes_from_the_message_and_where_the_bot_is_from_the_authorisation() -> None:
    assert sender_of({"team_id": "T2"}, user_team="T1") == Sender("U1", "T1", "T1")
    assert sender_of(source_team="T2") == Sender("U1", "T1", "T2")
    assert sender_of(team="T2") == Sender("U1", "T1", "T2")
    assert sender_of({"team_id": "T2"}) == Sender("U1", "T1", "T2")
    assert sender_of({"authorizations": None, "enterprise_id": "E1"}) == Sender("U1", "T1", "T1", "E1")


# ── shortcuts ──


def shortcut(**message: Any) -> Shortcut:
    found = read({**SHORTCUT, "message": {"ts": "1700000000.000100", **message}})
    assert isinstance(found, Shortcut)
    return found


def test_a_shortcut_is_read() -> None:
    assert read(SHORTCUT) == Shortcut(
        key="1.2.3",
        sender=Sender("U1", "T1", "T1"),
        reply_to=ReplyTo("U1", "C1", "https://hooks.slack.com/app/x", message_ts="1700000000.000100"),
        callback_id="what_is_this_task",
        trigger_id="1.2.3",
        message_ts="1700000000.000100",
        words="task 77 & more",
    )


def test_a_shortcut_on_a_reply_is_answered_in_its_thread() -> None:
    assert shortcut(thread_ts="1699999999.000100").reply_to.thread_ts == "1699999999.000100"
    assert shortcut(thread_ts="1700000000.000100").reply_to.thread_ts == ""


def test_the_words_of_a_message_without_text_are_those_of_its_blocks_and_attachments() -> None:
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": "deep"}]}
    found = shortcut(
        text="",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": "section"}, "fields": [{"text": "field"}]},
            {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": [part]}]},
        ],
        attachments=[{"fallback": "fallback", "title": "title", "blocks": [{"text": {"text": "inside"}}]}],
    )
    assert found.words.splitlines() == ["section", "field", "deep", "fallback", "title", "inside"]


def test_endless_words_are_cut_and_nobody_digs_without_end() -> None:
    deep: dict[str, Any] = {"text": "bottom"}
    for _ in range(500):
        deep = {"elements": [deep]}
    assert len(shortcut(text="x" * 50_000).words) == 12_000
    assert shortcut(text="", blocks=[deep]).words == ""


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"type": "event_callback", "event_id": "Ev1"}, "Ev1"),
        ({"type": "view_submission", "view": {"hash": "h"}}, ""),
        ({"type": "view_closed", "view": {"id": "V1", "hash": "h"}}, "view_closed:V1:h"),
        ({"type": "shortcut", "trigger_id": "1.2"}, "1.2"),
        ({"type": "message_action", "trigger_id": "1.2"}, "1.2"),
        ({"type": "event_callback", "event_id": "Ev1", "event": {"type": "brand_new"}}, "Ev1"),
        ({"type": "block_actions", "actions": []}, ""),
        ({}, ""),
    ],
)
def test_everything_else_is_only_acknowledged(body: dict[str, Any], key: str) -> None:
    assert read(body) == Other(key, str(body.get("type", "")))


@pytest.mark.parametrize("kind", ["block_suggestion", "dialog_suggestion"])
def test_a_menu_that_asks_for_choices_is_told_apart(kind: str) -> None:
    assert read({"type": kind}) == Other("", kind, asks_options=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BODIES = (COMMAND, TAP, MENTION, SHORTCUT)
KEYS = st.sampled_from([*{key: None for body in BODIES for key in body}, "view", "container"])
EVENT_KEYS = st.sampled_from([*EVENT, "subtype", "edited", "bot_profile", "user_team"])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(BODIES), st.dictionaries(KEYS, JSON, max_size=5))
def test_no_payload_breaks_the_reading(body: dict[str, Any], changes: dict[str, Any]) -> None:
    assert isinstance(read({**body, **changes}, "U0BOT"), Command | Mention | Tap | Shortcut | Other)


@settings(deadline=None)
@given(st.dictionaries(EVENT_KEYS, JSON, max_size=5))
def test_no_event_breaks_the_reading(changes: dict[str, Any]) -> None:
    assert isinstance(mention(**changes), Mention | Other)


@pytest.mark.parametrize("text", ["\ud800", "a \udfff b", "\udc00\ud83d"])
def test_half_of_a_pair_of_surrogates_is_no_letter(text: str) -> None:
    """JSON may hold one; neither the database nor Slack takes it."""
    shortcut = {"type": "message_action", "callback_id": "c", "message": {"text": text, "blocks": [{"text": text}]}}
    mention = {"type": "event_callback", "event_id": text, "event": {**EVENT, "user": text, "text": text}}
    for body in ({**COMMAND, "text": text, "trigger_id": text}, {**TAP, "trigger_id": text}, mention, shortcut):
        assert "?" in repr(read(body)).encode().decode()
        assert "\\ud" not in repr(read(body))
