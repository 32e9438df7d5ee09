"""What channels show about problems (experience §3)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from bot.alerting.history import failures_in_a_row
from bot.blocks import cards
from bot.blocks.alert_card import alert_card
from bot.blocks.cards import plain_card, reply
from bot.blocks.strip import in_a_row, legend, signs
from bot.model import (
    Alert,
    AlertStatus,
    AlertView,
    Assessment,
    CardKind,
    Cause,
    Ending,
    Kind,
    Message,
    OutageView,
    Owner,
    Reason,
    Reply,
    Resolution,
    Severity,
    Snooze,
    SummaryView,
    Tenant,
    Triage,
    UndeliveredView,
    View,
)
from tests.builders import alert, changed
from tests.drawing import card
from tests.unit import block_limits

UTC_ZONE = ZoneInfo("UTC")
ENDED = Reply(2, CardKind.ALERT, "C0ALERTS", "closed:7:1", thread_ts="1.0")
FAILED_AT = datetime(2022, 6, 6, 4, 10, tzinfo=UTC)
GOOD_AT = FAILED_AT - timedelta(hours=31)
FIRING = alert(
    id=7,
    fingerprint="f",
    account="main",
    kind=Kind.BACKUP,
    tenant=Tenant(id="67", name="Acme Corp"),
    name="SRV-SQL01",
    plan="Nightly servers",
    type="backup",
    status=AlertStatus.OPEN,
    opened_at=FAILED_AT,
    ended_at=FAILED_AT,
    task_id="944455285181775872",
    cause=Cause("Backup storage is full."),
    code="error",
)
RECOVERED = replace(
    FIRING, status=AlertStatus.RESOLVED, closed_at=FAILED_AT + timedelta(minutes=31), ending=Ending.RECOVERED
)

RUNS = ("ok", "ok", "error", "ok", "warning", "error", "cancelled", "timedout")
IN_A_ROW = failures_in_a_row(reversed(RUNS))


def view(alert: Alert = FIRING, **changes: object) -> AlertView:
    shown = AlertView(
        alert, strip=RUNS, in_a_row=failures_in_a_row(reversed(RUNS)), usual=timedelta(minutes=42), last_good_at=GOOD_AT
    )
    return replace(shown, **changes)  # type: ignore[arg-type]


def first_line(message: Message) -> str:
    return message.text.partition("\n")[0]


def drawn(message: Message) -> str:
    """All that the blocks hold, as one text."""
    return json.dumps(message.blocks, ensure_ascii=False)


def row(message: Message) -> list[tuple[str, str]]:
    """What stands in the row below, with what it says: a button's label, a select's placeholder; More says nothing."""
    rows = (block["elements"] for block in message.blocks if block["type"] == "actions")
    said = ((each["type"], each.get("text") or each.get("placeholder") or {}) for row in rows for each in row)
    return [(kind, text.get("text", "")) for kind, text in said]


def options(message: Message, menu: str) -> list[tuple[str, str]]:
    """The options of the select or the overflow menu, each with the action and value that a press on it stands for."""
    rows = (block["elements"] for block in message.blocks if block["type"] == "actions")
    menus = (each for row in rows for each in row if each["type"] == menu)
    return [(option["text"]["text"], option["value"]) for each in menus for option in each["options"]]


def test_the_first_line_is_the_lock_screen() -> None:
    shown = card(view(), UTC_ZONE)
    assert first_line(shown) == "Backup failed: SRV-SQL01, Acme Corp. Backup storage is full. Last good Sat 21:10"


def test_the_last_good_backup_is_told_against_the_failure() -> None:
    shown = card(view(), UTC_ZONE)
    assert "Last good backup Sat 21:10, 31 h before the failure" in shown.text
    assert "31 h before the failure" in drawn(shown)
    assert str(int(GOOD_AT.timestamp())) in drawn(shown)


def test_an_unknown_last_good_backup_says_how_far_the_history_reaches() -> None:
    shown = card(view(last_good_at=None, history_from=datetime(2022, 4, 1, tzinfo=UTC)), UTC_ZONE)
    assert first_line(shown).endswith("No good backup seen since 1 Apr 2022 00:00")


def test_without_any_history_nothing_is_claimed() -> None:
    assert "No good backup seen yet" in card(view(last_good_at=None), UTC_ZONE).text


def test_nobody_expects_an_earlier_good_restore() -> None:
    shown = card(view(changed(FIRING, kind=Kind.RESTORE), last_good_at=None), UTC_ZONE)
    assert first_line(shown) == "Restore failed: SRV-SQL01, Acme Corp. Backup storage is full."
    assert "good" not in shown.text


def test_long_names_leave_room_for_the_last_good_backup() -> None:
    alert = changed(FIRING, name="& " * 128, tenant=Tenant(name="Tenant " * 40), cause=Cause("Because " * 40))
    line = first_line(card(view(alert), UTC_ZONE))
    assert len(line) <= 120
    assert line.endswith("Last good Sat 21:10")


def test_the_state_is_a_word_in_the_first_block() -> None:
    assert "FAILED" in json.dumps(card(view(), UTC_ZONE).blocks[0])
    assert "RECOVERED" in json.dumps(card(view(RECOVERED), UTC_ZONE).blocks[0])


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (Ending.RECOVERED, "Recovered: SRV-SQL01, Acme Corp. Failed for 31 min"),
        (Ending.WITH_WARNINGS, "Recovered with warnings: SRV-SQL01, Acme Corp. Failed for 31 min"),
        (Ending.NO_MORE_RUNS, "No more runs: SRV-SQL01, Acme Corp. Last failed Mon 04:10"),
        (Ending.NOT_REPEATED, "Not repeated: SRV-SQL01, Acme Corp. Last failed Mon 04:10"),
    ],
)
def test_an_end_is_told_in_the_first_words(ending: Ending, line: str) -> None:
    assert first_line(card(view(changed(RECOVERED, ending=ending)), UTC_ZONE)) == line


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (Ending.RECOVERED, "Recovered Mon 04:41 UTC. Failed for 31 min."),
        (Ending.WITH_WARNINGS, "Recovered with warnings Mon 04:41 UTC. Failed for 31 min."),
        (Ending.NO_MORE_RUNS, "Closed: no more runs. Last failed Mon 04:10 UTC."),
        (Ending.NOT_REPEATED, "Closed: not repeated. Failed Mon 04:10 UTC."),
    ],
)
def test_the_thread_gets_one_line_at_the_end(ending: Ending, line: str) -> None:
    assert reply(view(changed(RECOVERED, ending=ending)), ENDED, UTC_ZONE).text == line


@pytest.mark.parametrize("reason", ["disk replaced", "disk replaced.", "Disk replaced...", "Done. "])
def test_a_reason_that_ends_with_a_stop_gets_no_second_one(reason: str) -> None:
    closed = replace(BY_HAND, resolution=Resolution("U0MIA", "Mia", reason))
    assert f"Resolved by Mia: {reason.rstrip(' .')}.\n" in card(view(closed), UTC_ZONE).text


def test_the_strip_stands_with_its_legend_and_is_read_out_in_words() -> None:
    shown = card(view(), UTC_ZONE)
    assert "✓✓✕✓!✕–✕" in drawn(shown)
    assert "✓\u00a0ok, !\u00a0warning, ✕\u00a0failed, –\u00a0cancelled" in drawn(shown)
    assert "2 ok, 1 failed, 1 ok, 1 warning, 1 failed, 1 cancelled, 1 failed" in shown.text
    assert "second failure in a row · usually 42 min" in shown.text


def test_only_the_last_fourteen_runs_are_drawn() -> None:
    assert signs(("ok",) * 20 + ("error",)) == "✓" * 13 + "✕"


def test_a_code_nobody_knows_is_a_question_mark() -> None:
    assert signs(("exploded",)) == "?"
    assert legend(("exploded",)) == "?\u00a0unknown"


def test_a_strip_of_failures_throughout_may_be_longer_than_it_shows() -> None:
    assert in_a_row(14) == "at least 14 failures in a row"
    assert in_a_row(12) == "12 failures in a row"
    assert in_a_row(1) == ""


def test_a_card_without_history_draws_no_strip() -> None:
    assert "Last runs" not in card(view(strip=(), usual=None), UTC_ZONE).text


def test_an_article_is_linked_by_its_percent_encoded_code() -> None:
    alert = changed(FIRING, cause=Cause("Backup storage is full.", ser_code="a b&c/>"))
    link = "https://kb.acronis.com/errorcode/?ser=a%20b%26c%2F%3E"
    shown = card(view(alert), UTC_ZONE)
    assert link in drawn(shown)
    assert link in shown.text


def test_a_cause_nobody_gave_is_told_from_the_result() -> None:
    assert "The run timed out." in card(view(changed(FIRING, cause=Cause(), code="timedout")), UTC_ZONE).text
    assert "The run was abandoned." in card(view(changed(FIRING, cause=Cause(), code="abandoned")), UTC_ZONE).text
    assert "Acronis gave no cause." in card(view(changed(FIRING, cause=Cause())), UTC_ZONE).text


def test_the_small_print_names_tenant_plan_since_when_alert_and_id() -> None:
    shown = card(view(changed(FIRING, occurrences=3)), UTC_ZONE)
    small = (
        "tenant Acme Corp · plan Nightly servers · failing since Mon 04:10 · failed 3 times"
        " · alert 7 · id 944455285181775872"
    )
    assert small in shown.text


def test_an_unknown_kind_is_said() -> None:
    shown = card(view(changed(FIRING, kind=Kind.UNKNOWN, type="FancyRestore")), UTC_ZONE)
    assert first_line(shown).startswith("Task failed: ")
    assert "kind unknown, type FancyRestore" in shown.text


def test_an_earlier_alert_is_named_in_words() -> None:
    shown = card(view(previous=RECOVERED), UTC_ZONE)
    assert "failed before: alert 7, recovered Mon 04:41" in shown.text


def test_the_zone_is_named_once_in_the_text() -> None:
    shown = card(view(), ZoneInfo("Europe/Berlin"))
    assert shown.text.count("Berlin") == 1
    assert shown.text.endswith("Times in Europe/Berlin.")
    assert "Last good Sat 23:10" in first_line(shown)


ROW = [("button", "Take"), ("static_select", "Snooze"), ("overflow", "")]
READING = [("Details", "task.details 944455285181775872"), ("Why", "alert.why 7")]
DOING = [("Note", "alert.note 7"), ("Resolve", "alert.resolve 7")]
RUN_NOW = ("Run now", "alert.run 7")
UNDO = ("Undo", "alert.undo 7")
BY_HAND = replace(
    RECOVERED, ending=Ending.BY_HAND, next_look_at=FAILED_AT + timedelta(minutes=41), resolution=Resolution("U0MIA")
)


def test_a_card_has_exactly_take_snooze_and_more() -> None:
    shown = card(view(), UTC_ZONE)
    assert row(shown) == ROW
    assert [label for label, _ in options(shown, "static_select")] == [
        "2 hours",
        "Until 08:00",
        "Until the next run",
        "Until it recovers",
        "Until …",
    ]
    assert options(shown, "overflow") == READING + DOING


def test_a_taken_card_has_release_and_a_snoozed_one_wake_now_first() -> None:
    owner, snooze = Owner("U0MIA", FAILED_AT, "Mia"), Snooze(FAILED_AT + timedelta(hours=2), "U0MIA", FAILED_AT, "Mia")
    both = card(view(replace(FIRING, triage=Triage(owner, snooze))), UTC_ZONE)
    assert row(both) == [("button", "Release"), *ROW[1:]]
    assert options(both, "static_select")[0] == ("Wake now", "alert.wake 7")
    assert row(card(view(replace(FIRING, triage=Triage(snooze=snooze))), UTC_ZONE)) == ROW


def test_run_now_is_offered_for_backups_of_accounts_that_may_act() -> None:
    def more(alert: Alert, acting: str) -> list[tuple[str, str]]:
        return options(cards.card(partial(alert_card, acting={acting}), view(alert), UTC_ZONE), "overflow")

    assert more(FIRING, "main") == [*READING, *DOING, RUN_NOW]
    assert RUN_NOW not in more(FIRING, "other")
    assert RUN_NOW not in more(changed(FIRING, kind=Kind.RESTORE), "main")
    assert RUN_NOW not in more(RECOVERED, "main")


@pytest.mark.parametrize("ending", Ending)
def test_a_card_that_is_over_keeps_what_can_be_read(ending: Ending) -> None:
    shown = card(view(replace(RECOVERED, ending=ending)), UTC_ZONE)
    assert row(shown) == [("overflow", "")]
    assert options(shown, "overflow") == READING


def test_undo_stands_on_what_was_resolved_by_hand_until_time_looked_at_it() -> None:
    assert options(card(view(BY_HAND), UTC_ZONE), "overflow") == [*READING, UNDO]
    assert options(card(view(replace(BY_HAND, next_look_at=None)), UTC_ZONE), "overflow") == READING


def test_each_redraw_names_the_row_anew() -> None:
    names = {card(view(card_id=3, version=version), UTC_ZONE).blocks[-2].get("block_id") for version in range(4)}
    assert len(names) == 4


@pytest.mark.parametrize(
    "shown",
    [
        view(),
        SummaryView("main", FAILED_AT, (FIRING,), 3),
        OutageView("main", FAILED_AT, "Acronis is silent."),
        UndeliveredView("C01GEN", "is_archived", "SRV-SQL01"),
    ],
)
def test_a_possibly_repeated_message_says_so_in_blocks_and_text(shown: View) -> None:
    words = "Possibly repeated: an earlier copy of this message may stand in the channel."
    marked = card(shown, UTC_ZONE, repeated=True)
    assert words in marked.text
    assert words in drawn(marked)
    assert words not in card(shown, UTC_ZONE).text


def test_the_first_summary_tells_what_fails_what_ended_and_what_is_fine() -> None:
    failing = tuple(changed(FIRING, name=f"SRV-{number:02}") for number in range(25))
    shown = card(SummaryView("main", FAILED_AT, (*failing, RECOVERED), 412, 7), UTC_ZONE)
    assert first_line(shown) == "Nightshift is watching. 25 failing now"
    assert "412 good runs in the 24 h before the start." in shown.text
    assert "SRV-04" in shown.text
    assert "SRV-05" not in shown.text
    assert "and 20 more" in shown.text
    presses = [block["accessory"]["text"]["text"] for block in shown.blocks if "accessory" in block]
    assert presses == ["Details"] * 5
    (row,) = [block for block in shown.blocks if block["type"] == "actions"]
    assert [(each["text"]["text"], each["value"]) for each in row["elements"]] == [("Show all 26", "7:1")]
    assert "1 of 26 failures ended since." in shown.text
    assert block_limits.check(shown) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("InternalError", "Internal error.\nsince "),
        ("The disk is full.", "The disk is full.\nsince "),
        ("The disk " * 20, "The dis…\nsince "),
    ],
)
def test_each_cause_in_a_summary_is_a_sentence_that_ends(text: str, line: str) -> None:
    failing = changed(FIRING, cause=Cause(text))
    assert line in card(SummaryView("main", FAILED_AT, (failing,), 3), UTC_ZONE).text


def test_a_summary_of_nothing_says_that_nothing_fails() -> None:
    shown = card(SummaryView("main", FAILED_AT, (), 1), UTC_ZONE)
    assert first_line(shown) == "Nightshift is watching. Nothing is failing"
    assert shown.text.count("1 good run in the 24 h before the start") == 1


def test_an_outage_is_told_when_it_begins_and_when_it_is_over() -> None:
    away = OutageView("main", FAILED_AT, "Acronis answers with errors.")
    assert first_line(card(away, UTC_ZONE)) == "Acronis cannot be read since Mon 04:10. Alerts wait until it can"
    assert "Acronis answers with errors." in card(away, UTC_ZONE).text
    back = replace(away, ended_at=FAILED_AT + timedelta(minutes=31))
    assert first_line(card(back, UTC_ZONE)) == "Acronis is back. It could not be read for 31 min"
    assert reply(back, ENDED, UTC_ZONE).text == "Acronis is back since Mon 04:41 UTC. It could not be read for 31 min."


def test_what_could_not_be_told_is_told_elsewhere_with_the_reason() -> None:
    shown = card(UndeliveredView("C01GEN", "not_in_channel", "R&D <!here>"), UTC_ZONE)
    assert first_line(shown) == "Alerts cannot be posted to channel C01GEN. Not told there: R&amp;D &lt;!here&gt;"
    assert "The bot is not a member of it: invite the bot." in shown.text
    assert '"channel_id": "C01GEN"' in drawn(shown)


def test_an_unknown_reason_and_an_unknown_alert_are_still_told() -> None:
    shown = card(UndeliveredView("x", "moon_phase", ""), UTC_ZONE)
    assert "Not told there: an alert" in shown.text
    assert "moon_phase" in shown.text


def test_the_plain_card_has_the_same_words_in_plain_sections() -> None:
    shown = card(view(changed(FIRING, name="R&D")), UTC_ZONE)
    bare = plain_card(shown)
    assert bare.text == shown.text
    assert "".join(block["text"]["text"] for block in bare.blocks) == shown.text.replace("&amp;", "&")
    assert {block["text"]["type"] for block in bare.blocks} == {"plain_text"}


def test_the_plain_card_calls_whom_the_card_calls_and_nobody_else() -> None:
    assessment = Assessment(Severity.CRITICAL, Reason.MISSED)
    shown = card(replace(view(changed(FIRING, name="<!channel>", assessment=assessment)), mention="<!here>"), UTC_ZONE)
    first, *rest = plain_card(shown, "<!here>").blocks
    assert first["text"] == {"type": "mrkdwn", "text": "Critical, for <!here>", "verbatim": True}
    assert {block["text"]["type"] for block in rest} == {"plain_text"}


def test_a_long_plain_card_is_several_sections() -> None:
    bare = plain_card(Message("\n".join(["a line of words"] * 240)))
    assert len(bare.blocks) == 2
    assert block_limits.check(bare) == []
