"""The JSON of windows: what they remember, what was entered in them, and what is shown again."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import FieldErrors, Form, Home, Message, Modal, Whence
from bot.sandbox.slack.block_kit import view_faults
from bot.slack.parsing import read
from bot.slack.requests import HomeOpened, Other, ReplyTo, Sender, Submission, Tap
from bot.slack.views import (
    MOST_METADATA,
    entered,
    errors_body,
    form_again,
    home_view,
    inputs,
    message_modal,
    modal_view,
    read_metadata,
)

WHENCE = Whence("C0ALERTS", "1700000000.000100", message_ts="1700000000.000200")
SECTION = {"type": "section", "text": {"type": "plain_text", "text": "Note"}}


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def text_input(block_id: str = "note", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "entry", **more}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element}


NOTE = Modal("Note", (text_input(),), submit="Save", action="note.save", value="7")


def kept(modal: Modal, whence: Whence = WHENCE) -> tuple[str, Whence]:
    return read_metadata(modal_view(modal, whence))


@pytest.mark.parametrize("value", ["7", "", "a b\nc", "“Ünïcode” 🌙", "x" * (MOST_METADATA - 100), '"}{'])
def test_a_window_remembers_its_value_and_the_press_that_opened_it(value: str) -> None:
    modal = Modal("Note", (text_input(),), submit="Save", action="note.save", value=value)
    assert kept(modal) == (value, WHENCE)
    assert view_faults(modal_view(modal, WHENCE)) == []


def test_a_window_that_has_nothing_to_remember_keeps_nothing() -> None:
    assert modal_view(Modal("Task", (SECTION,))) == {
        "type": "modal",
        "title": plain("Task"),
        "close": plain("Close"),
        "blocks": [SECTION],
    }


def test_what_slack_cannot_keep_is_never_cut_silently() -> None:
    with pytest.raises(ValueError, match="3000 at most"):
        modal_view(Modal("Note", (), value="x" * MOST_METADATA))


@pytest.mark.parametrize(
    "metadata",
    [
        "7",
        "[]",
        "{",
        "null",
        '{"v":7}',
        '{"w":"C0ALERTS"}',
        '{"w":["C0",1]}',
        "[" * 5_000,
        '{"w":["<!here>","x","1"]}',
        5,
    ],
)
def test_what_is_not_of_this_form_reads_as_nothing(metadata: object) -> None:
    assert read_metadata({"private_metadata": metadata}) == ("", Whence())


def test_only_ids_are_taken_for_ids() -> None:
    written = json.dumps({"v": "7", "w": ["C0ALERTS", "1.1.1", "../.."]})
    assert read_metadata({"private_metadata": written}) == ("7", Whence("C0ALERTS"))


@pytest.mark.parametrize(
    ("state", "entry"),
    [
        ({"type": "plain_text_input", "value": "disk\nfull"}, "disk\nfull"),
        ({"type": "plain_text_input", "value": None}, ""),
        ({"type": "static_select", "selected_option": {"text": plain("2 hours"), "value": "2h"}}, "2h"),
        ({"type": "static_select", "selected_option": None}, ""),
        ({"type": "datepicker", "selected_date": "2026-11-26"}, "2026-11-26"),
        ({"type": "timepicker", "selected_time": "08:00"}, "08:00"),
        ({"type": "datetimepicker", "selected_date_time": 1_795_724_207}, "1795724207"),
        ({"type": "users_select", "selected_user": "U0MIA"}, "U0MIA"),
        ({"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}, "a\nb"),
        ({"type": "checkboxes", "selected_options": []}, ""),
        ({"type": "brand_new", "selected_planet": "Mars"}, ""),
        ({"type": "plain_text_input", "value": True}, ""),
    ],
)
def test_each_kind_of_input_reads_as_text(state: dict[str, Any], entry: str) -> None:
    assert entered({"state": {"values": {"it": {"entry": state}}}}) == {"it": entry}


def test_only_inputs_take_errors_and_others_stand_at_the_first() -> None:
    known = inputs({"blocks": [SECTION | {"block_id": "said"}, text_input("a"), text_input("b"), None, 5]})
    assert known == ("a", "b")
    body = errors_body(FieldErrors({"b": "No.", "said": "Late.", "x": "Gone."}), known)
    assert body == {"response_action": "errors", "errors": {"b": "No.", "a": "Late. Gone."}}


def submitted(**states: Any) -> dict[str, Any]:
    """A view as Slack sends it back."""
    options = [{"text": plain(word), "value": word} for word in ("2h", "8h")]
    select = {"type": "static_select", "action_id": "entry", "options": options, "initial_option": options[0]}
    until = {"type": "input", "block_id": "until", "label": plain("Until"), "element": select, "optional": True}
    view = modal_view(Modal("Note", (text_input(), until), submit="Save", action="note.save", value="7"), WHENCE)
    values = {block_id: {"entry": state} for block_id, state in states.items()}
    return view | {"id": "V1", "hash": "h", "root_view_id": "V1", "state": {"values": values}}


def test_a_form_is_shown_again_with_what_was_entered() -> None:
    option = {"text": plain("8h"), "value": "8h"}
    view = submitted(note={"type": "plain_text_input", "value": "long"}, until={"selected_option": option})
    again = form_again(view, FieldErrors({"until": "That is over."}))
    assert view_faults(again) == []
    said, note, until = again["blocks"]
    assert said["text"]["text"] == "That is over."
    assert note["element"]["initial_value"] == "long"
    assert until["element"]["initial_option"] == option
    assert read_metadata(again) == ("7", WHENCE)


def test_what_was_emptied_is_not_filled_in_again_and_errors_do_not_pile_up() -> None:
    view = submitted(note={"value": None}, until={"selected_option": None})
    again = form_again(view, FieldErrors({"note": "First."}))
    assert "initial_option" not in again["blocks"][2]["element"]
    twice = form_again(again, FieldErrors({"note": "Second."}))
    assert [block["type"] for block in twice["blocks"]] == ["section", "input", "input"]
    assert twice["blocks"][0]["text"]["text"] == "Second."


def test_a_message_that_a_window_cannot_show_is_left_to_its_text() -> None:
    assert message_modal(Message("x", (SECTION,)), "Nightshift") == Modal("Nightshift", (SECTION,))
    assert message_modal(Message("x", (SECTION, {"type": "table", "rows": []})), "Nightshift") is None
    assert message_modal(Message("x"), "Nightshift") is None


def test_a_home_is_its_blocks() -> None:
    assert view_faults(home_view(Home((SECTION,)))) == []


# ── payloads ──

SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "trigger_id": "1.2.3",
    "view": submitted(note={"type": "plain_text_input", "value": "long"}),
}
OPENED: dict[str, Any] = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "event": {"type": "app_home_opened", "tab": "home", "user": "U1", "channel": "D1", "view": {"hash": "1.x"}},
}


def submission(**view: Any) -> Submission:
    found = read({**SUBMISSION, "view": {**submitted(), **view}})
    assert isinstance(found, Submission)
    return found


def test_a_form_is_read() -> None:
    found = read(SUBMISSION)
    assert isinstance(found, Submission)
    assert (found.key, found.sender, found.view_id, found.title) == ("1.2.3", Sender("U1", "T1", "T1"), "V1", "Note")
    assert found.reply_to == ReplyTo("U1", "C0ALERTS", "", "1700000000.000100", "1700000000.000200")
    assert found.form == Form("note.save", "7", {"note": "long"})
    assert (found.inputs, found.is_stacked) == (("note", "until"), False)
    assert found.whence == Whence("C0ALERTS", "1700000000.000100", "1.2.3", "form", "1700000000.000200")


def test_a_form_on_top_of_another_window_is_told_apart() -> None:
    assert submission(root_view_id="V0").is_stacked


def test_without_a_trigger_what_was_entered_tells_two_sendings_of_one_window_apart() -> None:
    """After errors at its fields a window keeps its id and its hash."""

    def key(entry: str) -> str:
        view = submitted(note={"value": entry})
        return str(getattr(read({**SUBMISSION, "trigger_id": None, "view": view}), "key", ""))

    assert key("a") == key("a") != key("b")


def test_the_home_tab_and_no_other_tab_is_a_home() -> None:
    found = read(OPENED)
    assert found == HomeOpened("Ev1", Sender("U1", "T1", "T1"), ReplyTo("U1"), "1.x")
    for event in ({"tab": "messages"}, {"tab": None}, {"user": ""}, {"type": "app_home_closed"}):
        assert isinstance(read({**OPENED, "event": {**OPENED["event"], **event}}), Other)


def test_a_tap_in_a_window_comes_from_where_the_window_was_opened() -> None:
    body = {"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "1.2", "actions": [{"action_id": "a"}]}
    found = read(body | {"view": submitted() | {"type": "modal"}})
    assert isinstance(found, Tap)
    assert found.whence == Whence("C0ALERTS", "1700000000.000100", "1.2", "button", "1700000000.000200")
    home = read(body | {"view": {"id": "V1", "type": "home"}})
    assert isinstance(home, Tap)
    assert (home.whence, home.view_id) == (Whence(key="1.2", via="home"), "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*SUBMISSION["view"], "id", "root_view_id"])


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_no_view_breaks_the_reading_nor_the_showing_again(changes: dict[str, Any]) -> None:
    found = read({**SUBMISSION, "view": {**submitted(note={"value": "x"}), **changes}})
    assert isinstance(found, Submission | Other)
    if isinstance(found, Submission):
        json.dumps(form_again(found.view, FieldErrors({"note": "No."})))
        assert all(isinstance(entry, str) for entry in found.form.entered.values())
