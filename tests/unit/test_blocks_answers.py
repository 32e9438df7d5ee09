"""Answers to questions: lists, details, trees (experience §2)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.alerting.history import is_unusual
from bot.blocks import notes, task_list
from bot.blocks.activities import activity_list, tree
from bot.blocks.details import in_full, task_modal
from bot.blocks.frame import Frame
from bot.blocks.paging import turn
from bot.blocks.phrase import words
from bot.blocks.task_words import progress
from bot.model import (
    Activity,
    Answer,
    Blocker,
    Cause,
    Details,
    Found,
    Kind,
    Listing,
    Message,
    Modal,
    Past,
    Person,
    Progress,
    Result,
    RowFacts,
    Steps,
    Task,
    TaskQuery,
    Tenant,
)
from tests.builders import NOW, activity, fault, task
from tests.unit import block_limits

PERSON = Person("U01ALICE", "T1", ZoneInfo("Europe/Berlin"))
STRANGE = Person("U01ALICE", "T1", ZoneInfo("UTC"), zone_is_known=False)
ANSWER = Answer("answer1", "", TaskQuery(), "U01ALICE", NOW)


def listed(
    *tasks: Task,
    page: int = 1,
    answer: Answer | None = ANSWER,
    person: Person = PERSON,
    shared_by: str = "",
    hidden: int = 0,
    paused: int = 0,
    known: RowFacts = RowFacts(),  # noqa: B008 - a frozen value
    **gaps: Any,
) -> Message:
    listing = Listing(Found(tasks, NOW, **gaps), hidden=hidden, paused=paused)
    return task_list.task_list(listing, Frame("Failed backups, last 24 h", person, page, answer, shared_by), known)


def modal_of(task: Task, person: Person = PERSON, *, console: str = "", **known: Any) -> Modal:
    return task_modal(Details(task, NOW, **known), person, console)


def buttons(message: Message) -> dict[str, str]:
    """Action id → value of the buttons below a message."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button["value"] for row in rows for button in row["elements"]}


def asked(shown: Message | Modal) -> dict[str, str]:
    """Label → question of the buttons that ask."""
    rows = [each for block in shown.blocks if block["type"] == "actions" for each in block["elements"]]
    return {each["text"]["text"]: each["value"] for each in rows if each["action_id"].startswith("tasks.ask")}


def drawn(shown: Message | Modal) -> str:
    return json.dumps(shown.blocks, ensure_ascii=False)


def said(progress_of: Progress | None) -> str:
    return words(progress(progress_of), PERSON.zone, NOW)


def test_a_task_is_two_lines() -> None:
    """What and where; then outcome, when, how long. Its id stands in Details alone."""
    shown = listed(task(code="ok", id="1683887115599998977"))
    assert "\nBackup of SRV-SQL01, Acme Corp\n✓ ok · Mon 09:00 · took 20 min\n" in shown.text
    assert "1683887115599998977" not in shown.text


def test_a_failure_says_why_and_whether_a_later_run_went_well() -> None:
    failed = task(code="error", cause="Backup storage is full.")
    assert (
        "\nFAILED · Backup of SRV-SQL01, Acme Corp\nBackup storage is full.\nMon 09:00 · took 20 min\n"
        in listed(failed).text
    )
    later = listed(failed, known=RowFacts(recovered={failed.id: NOW}))
    assert "\nFAILED, THEN OK · Backup of SRV-SQL01, Acme Corp\n" in later.text
    assert "took 20 min · a later run ended well Mon 10:00\n" in later.text
    critical = listed(failed, known=RowFacts(critical=frozenset({failed.id})))
    assert "\nCRITICAL · FAILED · Backup of SRV-SQL01, Acme Corp\n" in critical.text
    for shown, sign in ((listed(failed), "🟠"), (later, "🟢"), (critical, "🔴")):
        assert [each for each in "🔴🟠🟢" if each in drawn(shown)] == [sign]


@pytest.mark.parametrize(("code", "why"), [("error", "Acronis gave no cause."), ("timedout", "The run timed out.")])
def test_a_failure_without_a_cause_says_so_and_stands_alone(code: str, why: str) -> None:
    shown = listed(task(code=code), task(code=code, name="SRV-DC01"))
    assert shown.text.count(why) == 2
    assert "SRV-DC01" in shown.text


def test_failures_that_share_a_cause_are_one_entry_with_their_names() -> None:
    full = [task(code="error", cause="Backup storage is full.", name=f"SRV-{n:02}") for n in range(6)]
    shown = listed(*full[:3], task(code="error", cause="The agent is offline.", name="PC-1"), *full[3:])
    assert shown.text.startswith("7 found: ")
    assert "\n7 in all\n" in shown.text
    assert (
        "\nFAILED · Backup storage is full.\nSRV-00, SRV-01 and 4 more, Acme Corp\n6 backups, the last " in shown.text
    )
    assert "\nFAILED · Backup of PC-1, Acme Corp\nThe agent is offline.\n" in shown.text
    opens = [block["accessory"] for block in shown.blocks if "accessory" in block]
    assert [(each["action_id"], each["text"]["text"]) for each in opens] == [
        ("task.alike", "Show 6"),
        ("task.details", "Details"),
    ]
    assert opens[0]["value"] == f"answer1:1:{full[0].id}"


def test_an_entry_of_one_machine_names_it_once_and_several_tenants_are_counted() -> None:
    again = [task(code="error", cause="No space.") for _ in range(3)]
    assert "\nSRV-SQL01, Acme Corp\n3 backups, the last " in listed(*again).text
    other = task(code="error", cause="No space.", tenant=Tenant("68", name="Beta"))
    assert "\nSRV-SQL01, SRV-SQL01, of 2 tenants\n" in listed(again[0], other).text


def test_pages_are_of_entries_and_the_place_says_so() -> None:
    many = [task(code="error", cause=f"Cause {n % 12}.", name=f"SRV-{n:02}") for n in range(24)]
    shown = listed(*many, page=2)
    assert "entries 11–12 of 12, page 2 of 2" in shown.text
    assert shown.text.startswith("24 found: ")


@pytest.mark.parametrize("state", ["enqueued", "started", "paused", "hovering"])
def test_a_result_before_the_end_is_no_failure(state: str) -> None:
    early = replace(task(state=state, started_at=None), result=task(code="timedout", cause="Busy.").result)
    shown = listed(early, replace(early, id="2"))
    assert "TIMED OUT" not in shown.text
    assert shown.text.count("Backup of SRV-SQL01, Acme Corp") == 2
    assert block_limits.check(shown) == []


def test_failures_of_another_result_or_kind_are_no_part_of_an_entry() -> None:
    ended = task(code="error", cause="Busy."), task(code="timedout", cause="Busy.")
    restore = task(code="error", cause="Busy.", kind=Kind.RESTORE)
    assert listed(*ended, restore).text.count("Busy.") == 3


def test_the_first_line_tells_how_many_of_what() -> None:
    assert listed(task(), task()).text.startswith("2 found: Failed backups, last 24 h\n")


def test_ten_stand_on_a_page_and_the_place_is_told_in_words() -> None:
    tasks = [task(name=f"SRV-{number:02}") for number in range(42)]
    shown = listed(*tasks, page=2)
    assert "11–20 of 42, page 2 of 5" in shown.text
    assert "SRV-10" in shown.text
    assert "SRV-19" in shown.text
    assert "SRV-09" not in shown.text
    assert "SRV-20" not in shown.text


def test_pages_turn_both_ways_by_buttons_that_carry_answer_and_page() -> None:
    tasks = [task() for _ in range(42)]
    assert buttons(listed(*tasks, page=2))["answer.page"] == "answer1:3"
    assert buttons(listed(*tasks, page=2))["answer.back"] == "answer1:1"
    assert "answer.back" not in buttons(listed(*tasks, page=1))
    assert "answer.page" not in buttons(listed(*tasks, page=5))


def test_a_page_that_does_not_exist_shows_the_nearest() -> None:
    tasks = [task() for _ in range(12)]
    assert "11–12 of 12, page 2 of 2" in listed(*tasks, page=99).text
    assert "1–10 of 12, page 1 of 2" in listed(*tasks, page=-3).text


def test_an_answer_can_be_asked_again_shared_and_sent() -> None:
    assert {"answer.again", "answer.share", "answer.direct"} <= set(buttons(listed(task())))


def test_a_shared_list_has_no_buttons_below_and_names_who_asked() -> None:
    shown = listed(task(), answer=None, shared_by="U01ALICE")
    assert buttons(shown) == {}
    assert '{"type": "user", "user_id": "U01ALICE"}' in drawn(shown)
    assert "Asked by U01ALICE" in shown.text


def test_an_asker_of_another_shape_is_plain_words() -> None:
    assert '"user_id"' not in drawn(listed(task(), shared_by="<!channel>"))


def test_each_task_has_a_button_for_its_details() -> None:
    shown = listed(task(id="77"), task(id=""))
    accessories = [block["accessory"] for block in shown.blocks if "accessory" in block]
    assert [(each["action_id"], each["value"]) for each in accessories] == [("task.details", "77")]


def test_what_was_not_read_is_said_first_and_nothing_is_counted_as_all() -> None:
    shown = listed(task(), partial="the newest 5,000", back_to=NOW - timedelta(hours=5), malformed=2)
    lines = shown.text.splitlines()
    assert lines[0] == "At least 1 found: Failed backups, last 24 h"
    assert lines[1] == "Partial: the newest 5,000, back to Mon 05:00"
    assert lines[2] == "2 entries could not be read and are missing."
    assert "1, page 1, not all was read" in shown.text
    assert "in all" not in shown.text
    assert "Partial" in json.dumps(shown.blocks[0])


def test_every_answer_says_as_of_when_and_from_where() -> None:
    assert "As of Mon 10:00, live from Acronis\nTimes in Europe/Berlin." in listed(task()).text


def test_a_zone_that_is_a_guess_is_said_to_be_one() -> None:
    shown = listed(task(), person=STRANGE)
    assert shown.text.endswith("Times in UTC: Slack did not tell yours.")
    assert "Times read in UTC: Slack did not tell yours" in drawn(shown)


def test_what_is_left_out_is_counted() -> None:
    shown = listed(task(), hidden=38, paused=1)
    assert "38 management tasks not shown: add the word all" in shown.text
    assert "1 more is paused: ask /tasks paused" in shown.text


def test_an_empty_list_says_so() -> None:
    assert "None found" in listed(paused=2).text
    assert "2 more are paused" in listed(paused=2).text


def test_a_running_task_shows_how_far_it_is() -> None:
    running = task(state="started", progress=Progress(100, 61, speed=12.3e6, left="1h25m43s"))
    assert (
        "running · since Mon 08:40 · for 1 h 20 min · ▰▰▰▱▱ 61 % · 12 MB a second · 1 h 26 min left"
        in listed(running).text
    )


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (None, ""),
        (Progress(), ""),
        (Progress(0, 5), ""),
        (Progress(200, 50), "▰▱▱▱▱ 25 %"),
        (Progress(100, 400), "▰▰▰▰▰ 100 %"),
        (Progress(100, -1), "▱▱▱▱▱ 0 %"),
        (Progress(speed=float("nan"), left="soon"), "soon left"),
        (Progress(left="45s"), "45 s left"),
    ],
)
def test_progress_tells_what_is_known_and_no_more(done: Progress | None, told: str) -> None:
    assert said(done) == told


def test_a_paused_task_tells_what_it_waits_for() -> None:
    paused = task(state="paused", blockers=(Blocker("The tape is full", ("Retry", "Cancel")),))
    assert "Waits for: The tape is full\nPAUSED · started Mon 08:40" in listed(paused).text
    coded = replace(paused, blockers=(Blocker("EncryptionPasswordRequired"),))
    assert "Waits for: It asks for the encryption password of the backup.\nPAUSED" in listed(coded).text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "ok"}, "✓ ok"),
        ({"code": "warning"}, "! WARNING"),
        ({"code": "abandoned"}, "ABANDONED"),
        ({"code": "timedout"}, "TIMED OUT"),
        ({"code": "cancelled"}, "– cancelled"),
        ({"code": "exploded"}, "? completed, exploded"),
        ({"result": None}, "? completed, outcome unknown"),
        ({"state": "enqueued", "started_at": None}, "queued"),
        ({"state": "assigned"}, "assigned"),
        ({"state": "hovering"}, "? state hovering"),
    ],
)
def test_an_outcome_is_a_word_and_an_unknown_one_is_shown_as_it_is(changes: dict[str, Any], told: str) -> None:
    shown = listed(replace(task(), **changes) if "result" in changes else task(**changes)).text
    assert any(line == told or line.startswith(f"{told} · ") for line in shown.splitlines())


def test_a_task_without_any_name_is_called_by_its_type() -> None:
    scan = task(kind=Kind.MANAGEMENT, name="", plan="", title="", type="InventoryScan", tenant=Tenant())
    assert "\nTask (Inventory scan)\n" in listed(scan).text


def test_empty_is_an_answer() -> None:
    listing = Listing(Found((), NOW), fine=412, newest=NOW - timedelta(minutes=3), hidden=1)
    shown = task_list.nothing(listing, Frame("Failed backups, last 24 h", PERSON))
    assert shown.text.startswith("Nothing found: Failed backups, last 24 h\n")
    assert "412 runs ended well, the newest Mon 09:57, 3 min before this answer" in shown.text
    assert "1 management task not shown" in shown.text


def test_nothing_found_claims_nothing_that_was_not_counted() -> None:
    found: Found[Task] = Found((), NOW, partial="Acronis answers slowly")
    shown = task_list.nothing(Listing(found), Frame("Failed", PERSON))
    assert shown.text.startswith("Not all was read, nothing found so far: Failed")
    assert "ended well" not in shown.text
    none = task_list.nothing(Listing(Found((), NOW), fine=0), Frame("Failed", PERSON))
    assert "Acronis shows no run that ended well in that time." in none.text


def overview(found: Found[Task], *, is_least: bool = False) -> Message:
    listing = Listing(found, fine=412, running=3, is_least=is_least)
    return task_list.overview(listing, Frame("Last 24 h", PERSON, answer=ANSWER))


def test_the_overview_leads_with_what_needs_attention() -> None:
    assert overview(Found((task(code="error"),), NOW)).text.startswith("1 task needs attention\nLast 24 h\n")
    shown = overview(Found((), NOW))
    assert shown.text.startswith("Nothing needs attention\n")
    assert "412 runs ended well.\n3 running now." in shown.text


def test_the_overview_never_says_that_all_is_well_when_not_all_was_read() -> None:
    shown = overview(Found((), NOW, partial="the newest 5,000"))
    assert shown.text.startswith("Not all was read\n")
    assert "Nothing needs attention" not in drawn(shown)


def test_the_overview_counts_no_more_than_was_read() -> None:
    shown = overview(Found((), NOW, partial="the newest 5,000"), is_least=True)
    assert "At least 412 runs ended well.\nAt least 3 running now." in shown.text


def test_details_tell_times_path_plan_machine_cause_and_who() -> None:
    shown = in_full(task(code="error", cause="The disk is full."), PERSON, NOW)
    for line in (
        "FAILED · Backup of SRV-SQL01, Acme Corp",
        "Cause: The disk is full. (StorageFull)",
        "Started Mon 08:40",
        "Ended Mon 09:00",
        "Machine SRV-SQL01",
        "Plan Nightly",
        "Started by the schedule",
    ):
        assert f"{line}\n" in shown.text


@pytest.mark.parametrize(
    "code", ["5a1f6c2e-95f1-4c1e-a4f3-2f9b7b3c8d01", "{5A1F6C2E-95F1-4C1E-A4F3-2F9B7B3C8D01}", "/1/66/70/"]
)
@pytest.mark.parametrize("make", [task, activity])
def test_details_show_no_code_that_says_nothing(make: Callable[..., Task | Activity], code: str) -> None:
    shown = in_full(make(type=code, started_by=code), PERSON, NOW)
    assert code.strip("{}") not in drawn(shown)
    assert "Started by" not in drawn(shown)


def test_details_of_an_activity_tell_where_it_belongs() -> None:
    step = activity(id="13", task_id="12", code="error", cause="The disk is full.")
    shown = in_full(step, PERSON, NOW)
    for line in (
        "FAILED · Backup of SRV-SQL01, Acme Corp",
        "Cause: The disk is full. (StorageFull)",
        "Created Mon 08:40",
        "Ended Mon 09:00",
    ):
        assert f"{line}\n" in shown.text
    assert asked(shown) == {"Its task": "show 12", "All its steps": "activities 12"}
    assert "activity id 13" in shown.text
    assert block_limits.check(shown) == []
    assert asked(in_full(activity(task_id=""), PERSON, NOW)) == {}


def test_details_of_a_task_tell_its_warnings_and_how_many_more() -> None:
    done = task(code="warning")
    assert done.result
    warned = replace(done, result=replace(done.result, warnings=tuple(fault(f"Warning {word}") for word in "abcde")))
    text = in_full(warned, PERSON, NOW).text
    assert "Warning: Warning c (StorageFull)" in text
    assert "Warning d" not in text
    assert "and 2 more warnings" in text


def test_the_modal_of_a_paused_task_says_where_it_can_be_answered() -> None:
    paused = task(state="paused", blockers=(Blocker("The tape is full", ("Retry", "Cancel")),), cancel_requested=True)
    modal = modal_of(paused, STRANGE)
    assert modal.title == "Backup details"
    assert "Possible answers, in the console: " in drawn(modal)
    assert "Its cancellation was asked for." in drawn(modal)
    assert "Slack did not tell your zone, UTC stands in" in drawn(modal)
    assert block_limits.check(modal) == []


PAST = Past(("ok", "ok", "error"), timedelta(minutes=42), NOW - timedelta(days=2), NOW - timedelta(days=40))


def failed_task(**changes: Any) -> Task:
    error = fault(
        effect="Backup of the machine failed.", message="Backup storage is full", leaf="No space on the disk."
    )
    return replace(task(id="12", **changes), result=Result("error", error))


def plain_words(modal: Modal) -> str:
    """The modal's words, a line a line, moments left out."""
    lines = []
    for block in modal.blocks:
        for part in block["elements"] if block["type"] != "actions" else ():
            sections = part["elements"] if part["type"] == "rich_text_list" else [part]
            for section in sections:
                pieces = section.get("elements", [section])
                lines.append(
                    "".join(piece.get("text", "") for piece in pieces if isinstance(piece.get("text", ""), str))
                )
    return "\n".join(lines)


def test_the_modal_tells_the_chain_below_the_cause_and_nothing_twice() -> None:
    told = plain_words(modal_of(failed_task(), PERSON))
    assert "Cause: Backup storage is full. (StorageFull)" in told
    assert "It led to: Backup of the machine failed.\nIt began with: No space on the disk.\n" in told
    assert "It was:" not in told


def test_a_cause_with_a_known_code_links_its_article() -> None:
    shown = in_full(replace(task(), result=Result("error", fault(ser_code="MmsErr_7~<"))), PERSON, NOW)
    assert "(StorageFull) Article https://kb.acronis.com/errorcode/?ser=MmsErr_7%7E%3C\n" in shown.text
    unknown = in_full(replace(task(), result=Result("error", fault(ser_code="x" * 101))), PERSON, NOW)
    assert "Article" not in unknown.text


def test_what_the_error_book_says_is_told_with_its_step_and_its_own_article() -> None:
    known = Cause(
        "The disk is full.", "Full", "0x1", "disk-full", "Make room <now>.", "https://kb.example/a?b=1&c=%2B|<x"
    )
    told = in_full(replace(task(), result=Result("error", fault(explained=known))), PERSON, NOW).text
    assert (
        "Cause: The disk is full. Make room &lt;now&gt;. (Full) Article https://kb.example/a?b=1&c=%2B%7C%3Cx\n" in told
    )
    unsafe = replace(known, step="", link="javascript:alert(1)")
    told = in_full(replace(task(), result=Result("error", fault(explained=unsafe))), PERSON, NOW).text
    assert "The disk is full. (Full) Article https://kb.acronis.com/errorcode/?ser=0x1\n" in told


def test_the_chain_is_cleaned_of_hosts_and_addresses() -> None:
    error = fault(leaf="Cannot reach https://store7.internal.example/bucket at host7.internal.example.")
    told = plain_words(modal_of(replace(task(), result=Result("error", error)), PERSON))
    assert "internal.example" not in told


def test_the_modal_tells_what_is_usual_the_last_good_run_and_the_strip() -> None:
    told = plain_words(modal_of(failed_task(), PERSON, past=PAST))
    assert "Last good backup " in told
    assert "Usually takes 42 min" in told
    assert "✓✓✕\n3 last runs, newest at the right: ✓\u00a0ok, ✕\u00a0failed" in told
    unseen = modal_of(failed_task(), PERSON, past=replace(PAST, last_good_at=None))
    assert "No good backup seen since " in plain_words(unseen)


@pytest.mark.parametrize(
    ("hours", "usual", "told"),
    [
        (3, timedelta(minutes=42), "Unusual: running for 3 h, usually 42 min, 4 times as long"),
        (1, timedelta(minutes=42), ""),
        (0.1, timedelta(seconds=20), ""),
        (3, None, ""),
        (3, timedelta(0), ""),
    ],
)
def test_a_run_that_takes_far_longer_than_usual_is_marked(hours: float, usual: timedelta | None, told: str) -> None:
    running = task(state="started", started_at=NOW - timedelta(hours=hours))
    past = replace(PAST, usual=usual, is_unusual=is_unusual(timedelta(hours=hours), usual))
    shown = plain_words(modal_of(running, PERSON, past=past))
    assert told in shown
    assert ("Unusual" in shown) is bool(told)


def test_the_modal_shows_twenty_steps_as_a_tree_and_counts_the_rest() -> None:
    steps = tuple(activity(id=str(n), parent_id=str(n // 2), title=f"Step {n}") for n in range(1, 31))
    modal = modal_of(task(), PERSON, steps=Found(steps, NOW, partial="Acronis answers slowly"))
    told = plain_words(modal)
    assert "Steps: at least 30" in told
    assert "Partial: Acronis answers slowly" in told
    assert told.count("Step ") == 20
    assert "and at least 10 more" in told
    assert "Step 1 · ✓ ok · 20 min" in told
    assert block_limits.check(modal) == []
    assert "shows no steps" in plain_words(modal_of(task(), PERSON, steps=Found((), NOW)))


def test_what_can_be_done_is_a_button_where_it_can_be_asked_as_it_stands() -> None:
    modal = modal_of(failed_task(), PERSON)
    assert asked(modal) == {
        "Its last runs": 'history machine "SRV-SQL01"',
        "What else failed there": 'failed tenant "Acme Corp"',
        "Who is protected there": 'protected? tenant "Acme Corp"',
        "All its steps": "activities 12",
    }
    assert "/tasks" not in plain_words(modal)
    odd = modal_of(failed_task(name='a "b"', tenant=Tenant(name="x" * 81)), PERSON)
    assert list(asked(odd)) == ["All its steps"]


def test_the_tenants_path_is_told_in_names() -> None:
    modal = modal_of(task(), PERSON, path=("Provider", "North <b>", "Acme Corp"))
    assert "Tenant path Provider › North <b> › Acme Corp" in plain_words(modal)
    assert "/1/66" not in drawn(modal_of(task(), PERSON))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("VolumeSnapshotCreation", "Volume snapshot creation"),
        ("EncryptionPasswordRequired", "Encryption password required"),
        ("MAPIConnect", "MAPI connect"),
        ("backup_plan.run", "Backup plan run"),
        ("8F01AC13-F59E-4851-9204-DE1FD77E36B4", ""),
        ("/1/66/70/130/", ""),
        ("Backing up", "Backing up"),
        ("Running 'Nightly' on C:", "Running 'Nightly' on C:"),
        ("Backup", "Backup"),
    ],
)
def test_steps_are_words_and_no_codes(code: str, said: str) -> None:
    modal = modal_of(task(), PERSON, steps=Found((activity(title=code),), NOW))
    assert f"{said or 'SRV-SQL01'} · ✓ ok · 20 min" in plain_words(modal)


@pytest.mark.parametrize(
    ("console", "is_shown"),
    [
        ("https://eu2-cloud.acronis.com/bc/#/tasks?id=1", True),
        ("http://127.0.0.1:8080", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a.example/<b>", False),
        ("https://a.example/ b", False),
        ("https://user@evil.example/", False),
        ("https://a.example/" + "x" * 3_000, False),
    ],
)
def test_only_a_web_address_becomes_the_link_to_the_console(console: str, is_shown: bool) -> None:
    modal = modal_of(task(), PERSON, console=console)
    shown = [
        each for block in modal.blocks if block["type"] == "actions" for each in block["elements"] if "url" in each
    ]
    assert [(each["action_id"], each["url"]) for each in shown] == ([("link.console", console)] if is_shown else [])


def test_the_copys_row_is_said_to_be_one_before_all_else() -> None:
    modal = modal_of(task(), PERSON, stale="Acronis is away since 08:20.")
    assert plain_words(modal).startswith("Not up to date: Acronis is away since 08:20.\n")
    assert "from the bot's copy" in plain_words(modal)
    assert "live from Acronis" not in plain_words(modal)
    message = in_full(task(), PERSON, NOW, stale="Acronis is away since 08:20.")
    assert message.text.startswith(
        "Not up to date. ok · Backup of SRV-SQL01, Acme Corp\nNot up to date: Acronis is away"
    )


def test_a_modal_waits_and_fails_in_words() -> None:
    assert notes.loading_modal("A title that is much too long").title == "A title that is much to…"
    assert "Asking Acronis" in drawn(notes.loading_modal("Task"))
    assert "No such task." in drawn(notes.failed_modal("Task", "No such task."))
    assert block_limits.check(notes.failed_modal("", "")) == []


def test_activities_stand_below_their_parents() -> None:
    root, child, grandchild = activity(id="1"), activity(id="2", parent_id="1"), activity(id="3", parent_id="2")
    later = activity(id="4", parent_id="1")
    placed = tuple(tree((later, grandchild, root, child)))
    assert [(each.id, depth) for each, depth in placed] == [("1", 0), ("4", 1), ("2", 1), ("3", 2)]


def test_each_activity_is_shown_once_even_in_a_ring() -> None:
    ring = (activity(id="1", parent_id="2"), activity(id="2", parent_id="1"), activity(id="3", parent_id="3"))
    assert sorted(each.id for each, _ in tree(ring)) == ["1", "2", "3"]


def test_a_page_of_a_tree_walks_no_further_than_its_end() -> None:
    def walked() -> Iterator[int]:
        yield from range(20)
        raise AssertionError("the third page was looked at")

    turned = turn(walked(), 2, 30)
    assert (turned.items, turned.first, turned.last, turned.total) == (tuple(range(10, 20)), 11, 20, 30)


def test_a_deep_tree_stays_on_the_screen() -> None:
    chain = [activity(id=str(number), parent_id=str(number - 1)) for number in range(1, 11)]
    shown = activity_list(Steps(Found(tuple(chain), NOW), task()), Frame("Activities", PERSON, answer=ANSWER))
    lists = [each for block in shown.blocks if block["type"] == "rich_text" for each in block["elements"]]
    assert max(each.get("indent", 0) for each in lists) == 4
    assert "Level 10. Backup of SRV-SQL01 (Backing up), Acme Corp" in shown.text
    assert block_limits.check(shown) == []


def test_an_expired_answer_says_what_to_do() -> None:
    assert notes.refusal("This answer is gone. Ask again.").text == "This answer is gone. Ask again."
