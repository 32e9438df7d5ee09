"""Slack's payloads are read into what is acted on; nothing that comes in may break the reading."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Press
from bot.slack.payloads import Command, Other, Reach, Sender, Tap, read

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


def tap(**changes: Any) -> Tap:
    found = read({**TAP, **changes})
    assert isinstance(found, Tap)
    return found


def test_a_command_is_read() -> None:
    assert read(COMMAND) == Command(
        key="1.2.3",
        sender=Sender("U1", "T1"),
        reach=Reach("U1", "C1", "https://hooks.slack.com/commands/x"),
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
        reach=Reach("U1", "C1", "https://hooks.slack.com/actions/x"),
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
    assert found.in_modal
    assert found.reach == Reach("U1")


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


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"type": "event_callback", "event_id": "Ev1"}, "Ev1"),
        ({"type": "view_submission", "view": {"id": "V1", "hash": "h"}}, "view_submission:V1:h"),
        ({"type": "view_closed", "view": {"id": "V1", "hash": "h"}}, "view_closed:V1:h"),
        ({"type": "shortcut", "trigger_id": "1.2"}, "1.2"),
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
KEYS = st.sampled_from([*COMMAND, *TAP, "view", "message", "container", "event_id"])


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([COMMAND, TAP]), st.dictionaries(KEYS, JSON, max_size=5))
def test_no_payload_breaks_the_reading(body: dict[str, Any], changes: dict[str, Any]) -> None:
    assert isinstance(read({**body, **changes}), Command | Tap | Other)
