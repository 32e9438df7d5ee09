"""Answers from the bot's copy: pages of lists, statistics, histories, protection."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.blocks import task_list
from bot.blocks.due_soon import due_answer
from bot.blocks.frame import Frame
from bot.blocks.history import history_answer
from bot.blocks.layout import WAS_CUT
from bot.blocks.protected import protected_answer
from bot.blocks.stats import bar, stats_answer
from bot.model import (
    Answer,
    Basis,
    DueBackup,
    DueSoon,
    Found,
    History,
    Kind,
    Listing,
    Message,
    OpenAlerts,
    OpenCount,
    Origin,
    PastRun,
    Person,
    Protected,
    Protection,
    Standing,
    Stats,
    Tally,
    Task,
    TaskQuery,
    Tenant,
    TenantStanding,
    Workload,
)
from tests.builders import ACME, NOW, task
from tests.unit import block_limits

PERSON = Person("U01ALICE", "T1", ZoneInfo("Europe/Berlin"))
ANSWER = Answer("answer1", "", TaskQuery(), "U01ALICE", NOW)
BASIS = Basis(NOW, history_from=NOW - timedelta(days=40))
STALE = replace(BASIS, stale="Acronis was last read at 08:20.")
TARGET = timedelta(hours=26)


def drawn(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def frame(question: str, page: int = 1) -> Frame:
    return Frame(question, PERSON, page, ANSWER)


def turns(message: Message) -> dict[str, str]:
    row = message.blocks[-1]["elements"]
    return {each["action_id"]: each["value"] for each in row if each["action_id"] in ("answer.page", "answer.back")}


# ── lists ──


def listed(*tasks: Task, page: int = 1, **more: Any) -> Message:
    found = Found(tasks, NOW, origin=Origin.COPY, **more)
    return task_list.task_list(Listing(found), frame("Failed backups", page))


def test_a_list_may_hold_its_page_alone() -> None:
    shown = listed(*(task(name=f"SRV-{number}") for number in range(10, 20)), page=2, offset=10, total=42)
    assert shown.text.startswith("42 found: Failed backups\n11–20 of 42, page 2 of 5\n")
    assert "SRV-10" in shown.text
    assert "SRV-19" in shown.text
    assert turns(shown) == {"answer.page": "answer1:3", "answer.back": "answer1:1"}


def test_a_page_that_was_not_handed_in_shows_the_one_that_was() -> None:
    shown = listed(*(task(name=f"SRV-{number}") for number in range(40, 42)), page=99, offset=40, total=42)
    assert "41–42 of 42, page 5 of 5" in shown.text
    assert "Nothing on this page, 42 in all" in listed(page=3, offset=20, total=42).text


def test_the_source_of_a_list_is_told() -> None:
    assert "As of Mon 10:00, from the bot's copy\n" in listed(task()).text


def test_a_copy_that_counts_no_further_says_at_least() -> None:
    shown = listed(*(task() for _ in range(10)), total=10_000, partial="more than 10,000 match")
    assert shown.text.startswith("At least 10,000 found: ")
    assert "1–10 of at least 10,000, page 1 of 1,000" in shown.text


def test_that_the_copy_is_behind_is_said_before_all_else() -> None:
    shown = listed(task(), stale="Acronis was last read at 08:20.", partial="back to 1 March")
    assert shown.text.splitlines()[:3] == [
        "Not up to date. At least 1 found: Failed backups",
        "Not up to date: Acronis was last read at 08:20.",
        "Partial: back to 1 March",
    ]
    assert "Not up to date" in json.dumps(shown.blocks[0])


def test_nothing_and_the_overview_never_say_that_all_is_well_when_the_copy_is_behind() -> None:
    found: Found[Task] = Found((), NOW, origin=Origin.COPY, stale="Acronis was last read at 08:20.")
    none = task_list.nothing(Listing(found, fine=0), Frame("Failed", PERSON))
    assert none.text.startswith("Not up to date. Nothing found: Failed\nNot up to date: Acronis")
    assert "ended well" not in none.text
    over = task_list.overview(Listing(found, fine=9), frame("Last 24 h"))
    assert over.text.startswith("Not up to date\n")
    assert "Nothing needs attention" not in drawn(over)


def test_an_overview_of_live_tasks_says_first_that_the_alerts_may_be_old() -> None:
    live: Found[Task] = Found((task(),), NOW)
    alerts = OpenAlerts((), 9, 4, every=OpenCount(9, 4))
    over = task_list.overview(Listing(live, fine=9), frame("Last 24 h"), alerts, "Acronis was last read at 08:20.")
    assert over.text.startswith("Not up to date: 9 alerts open, 4 critical\n")
    assert "Alerts: Acronis was last read at 08:20." in over.text


# ── stats ──


def counted(stats: Stats, basis: Basis = BASIS) -> Message:
    return stats_answer(stats, basis, frame("Backups, last 7 days"))


def test_statistics_tell_all_ends_then_who_where_and_why() -> None:
    stats = Stats(
        Tally("", 412, 12, 1, 3),
        tenants=(Tally("Acme Corp", 40, 10), Tally("", 372, 2)),
        workloads=(Tally(Workload.MICROSOFT365, 100, 12), Tally(Workload.MACHINE, 312)),
        causes=(Tally("Backup storage is full.", 9, 9), Tally("", 3, 3)),
        more_tenants=1,
    )
    shown = counted(stats)
    assert shown.text.splitlines() == [
        "12 of 412 runs failed: Backups, last 7 days",
        "412 runs, 12 failed, 1 with a warning, 3 cancelled, 396 ok",
        "By tenant",
        "Acme Corp, 10 of 40 failed, 25\u00a0%",
        "no name, 2 of 372 failed, 1\u00a0%",
        "and 1 more",
        "By workload",
        "Microsoft 365, 12 of 100 failed, 12\u00a0%",
        "machines, 0 of 312 failed",
        "By cause",
        "Backup storage is full, 9",
        "no cause given, 3",
        "Bars: how many of the runs failed; of causes: how often, the longest most often",
        "As of Mon 10:00, from the bot's copy",
        "Times in Europe/Berlin.",
    ]
    assert "▰▰▰▰▰" in drawn(shown)
    assert "▰▱▱▱▱" in drawn(shown)


def test_a_cause_that_is_a_code_is_said_in_words() -> None:
    shown = counted(Stats(Tally("", 9, 9), causes=(Tally("InternalError", 5, 5), Tally("Full.", 4, 4))))
    assert "\nInternal error, 5\nFull, 4\n" in shown.text


def test_a_chart_has_eight_rows_and_counts_the_rest() -> None:
    shown = counted(Stats(Tally("", 90, 9), tenants=tuple(Tally(f"T{n}", 9, 1) for n in range(10)), more_tenants=5))
    assert "T7, 1 of 9 failed, 11\u00a0%\nand 7 more\n" in shown.text
    assert "T8" not in shown.text


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 9, "▱▱▱▱▱"),
        (1, 900, "▰▱▱▱▱"),
        (899, 900, "▰▰▰▰▱"),
        (9, 9, "▰▰▰▰▰"),
        (9, 5, "▰▰▰▰▰"),
        (5, 0, "▱▱▱▱▱"),
        (1, 2, "▰▰▱▱▱"),
    ],
)
def test_a_bar_is_empty_only_for_none_and_full_only_for_all(part: int, whole: int, shown: str) -> None:
    assert bar(part, whole) == shown


def test_statistics_of_no_run_claim_no_more_than_was_read() -> None:
    assert counted(Stats(Tally(""))).text.startswith("No run ended: ")
    assert counted(Stats(Tally("")), STALE).text.startswith("Not up to date. No run seen so far: ")
    partial = counted(Stats(Tally("", 5, 1)), replace(BASIS, partial="The copy begins on 1 March."))
    assert partial.text.startswith("At least 1 of 5 runs failed: ")
    assert "At least 5 runs, 1 failed, 4 ok" in partial.text


# ── history ──


def run(code: str, days: int, cause: str = "") -> PastRun:
    ended = NOW - timedelta(days=days)
    return PastRun(str(days), code, ended - timedelta(minutes=42), ended, timedelta(minutes=42), cause)


PAST = History(
    "main",
    ACME,
    "SRV-SQL01",
    "Nightly",
    Kind.BACKUP,
    (run("error", 0, "Backup storage is full."), run("error", 1), *(run("ok", days) for days in range(2, 9))),
    timedelta(minutes=42),
    NOW - timedelta(days=2),
    in_a_row=2,
)


def told(*histories: History, page: int = 1, basis: Basis = BASIS) -> Message:
    return history_answer(histories, basis, frame("History of SRV-SQL01", page))


def test_a_history_is_a_strip_what_is_usual_and_a_line_a_run() -> None:
    shown = told(PAST)
    assert shown.text.splitlines()[:8] == [
        "Second failure in a row: History of SRV-SQL01",
        "Backup of SRV-SQL01, Acme Corp",
        "Plan Nightly",
        "Second failure in a row · Usually 42 min",
        "Last good backup Sat 10:00",
        "9 last runs, oldest first: 7 ok, 2 failed",
        "✕ FAILED · Mon 10:00 · 42 min · Backup storage is full.",
        "✕ FAILED · Sun 10:00 · 42 min",
    ]
    assert "✓✓✓✓✓✓✓✕✕" in drawn(shown)
    assert shown.text.count("✓ ok · ") == 7


def test_a_history_says_how_often_it_runs_and_when_next() -> None:
    due = replace(PAST, rhythm="the plan runs daily", next_run_at=PAST.runs[0].began_at + timedelta(days=1))
    assert "The plan runs daily, next Tue 09:" in told(due).text
    assert "It usually runs weekly\n" in told(replace(PAST, rhythm="it usually runs weekly")).text


def test_three_histories_stand_on_a_page_with_their_latest_runs() -> None:
    shown = told(*(replace(PAST, name=f"SRV-{number}") for number in range(4)))
    assert shown.text.startswith("Runs of 4 machines and plans, 4 failing: ")
    assert "SRV-2" in shown.text
    assert "SRV-3" not in shown.text
    assert "1–3 of 4" in shown.text
    assert "and 4 earlier runs" in shown.text
    assert turns(shown) == {"answer.page": "answer1:2"}
    assert "SRV-3" in told(*(replace(PAST, name=f"SRV-{number}") for number in range(4)), page=2).text


def test_a_good_run_that_was_never_seen_is_said_to_be_unknown() -> None:
    assert "No good backup seen since 21 Jan 2026 10:00" in told(replace(PAST, last_good_at=None)).text
    nowhere = told(replace(PAST, last_good_at=None), basis=Basis(NOW))
    assert "No good backup seen yet" in nowhere.text


def test_no_history_is_an_answer_and_an_unknown_code_is_shown_as_it_is() -> None:
    assert told().text.startswith("No run is known: ")
    assert told(basis=STALE).text.startswith("Not up to date. No run seen so far: ")
    strange = told(replace(PAST, runs=(run("exploded", 1),), usual=None, plan=""))
    assert "? exploded · Sun 10:00" in strange.text
    assert "No plan\n" in strange.text


# ── protected ──


def line(standing: Standing, **changes: Any) -> Protected:
    good = None if standing in (Standing.NEVER, Standing.UNKNOWN) else NOW - timedelta(days=2)
    plain = Protected("main", ACME, "SRV-SQL01", "Nightly", Workload.MACHINE, standing, good)
    return replace(plain, **changes)


def shown_of(*lines: Protected, basis: Basis = BASIS, page: int = 1, offset: int = 0, **counts: int) -> Message:
    """The counts are given by the standings' words, with `_` for blanks."""
    each = {Standing(name.replace("_", " ")): number for name, number in counts.items()}
    return protected_answer(Protection(lines, each, offset), basis, frame("Acme", page), TARGET)


def test_each_workload_is_one_line_that_begins_with_a_word() -> None:
    paused = {"why": "its plan is paused", "at": NOW + timedelta(days=1)}
    shown = shown_of(
        line(Standing.FAILING, why="Backup storage is full"),
        line(Standing.NEVER, why="Its plan has not run once"),
        line(
            Standing.MISSED,
            why="The plan has not reached the agent",
            at=NOW - timedelta(hours=3),
            target=timedelta(hours=31.5),
        ),
        line(Standing.LATE, target=TARGET),
        line(Standing.NO_PLAN, why="no plan is on it", plan="", last_good_at=None),
        line(Standing.UNKNOWN),
        line(Standing.PAUSED, **paused),
        line(Standing.NOT_EXPECTED, why="it is deleted in Acronis"),
        line(Standing.GOOD),
        failing=1,
        never=1,
        missed=1,
        late=1,
        unknown=1,
        paused=1,
        without_a_plan=1,
        not_expected=1,
        good=40,
    )
    first = "1 failing, 1 never, 1 missed, 1 late, 1 without a plan, 1 unknown, 1 paused, 1 not expected, 40 good: Acme"
    assert shown.text.splitlines()[:12] == [
        first,
        "1–9 of 48, page 1 of 5",
        "✕ FAILING · SRV-SQL01, Acme Corp · Nightly · Backup storage is full · last good Sat 10:00, 48 h ago",
        "✕ NEVER · SRV-SQL01, Acme Corp · Nightly · Its plan has not run once",
        "✕ MISSED · SRV-SQL01, Acme Corp · Nightly · due Mon 07:00, did not start · The plan has not reached the agent"
        " · last good Sat 10:00, 48 h ago, target 31 h",
        "! LATE · SRV-SQL01, Acme Corp · Nightly · last good Sat 10:00, 48 h ago, target 26 h",
        "! WITHOUT A PLAN · SRV-SQL01, Acme Corp · no plan is on it",
        "? UNKNOWN · SRV-SQL01, Acme Corp · Nightly · No good backup seen since 21 Jan 2026 10:00",
        "– PAUSED · SRV-SQL01, Acme Corp · Nightly · its plan is paused until Tue 10:00"
        " · last good Sat 10:00, 48 h ago",
        "– NOT EXPECTED · SRV-SQL01, Acme Corp · Nightly · it is deleted in Acronis · last good Sat 10:00, 48 h ago",
        "✓ GOOD · SRV-SQL01, Acme Corp · Nightly · last good Sat 10:00, 48 h ago",
        "Late: the last good backup is older than the target.",
    ]
    assert "Target: by when each is due, 26 h where that is not known, or what is set for it" in shown.text
    assert "Unknown: no good backup seen since 21 Jan 2026 10:00, and the bot's copy does not" in shown.text
    said = shown_of(line(Standing.UNKNOWN, why="its agent is offline", last_good_at=NOW), unknown=1).text
    assert "its agent is offline" in said
    assert "Unknown:" not in said


def test_all_protected_is_only_said_of_a_whole_and_fresh_copy_in_which_all_are_green() -> None:
    good = line(Standing.GOOD)
    assert shown_of(good, good=44).text.startswith("All 44 protected: Acme\n")
    for shown in (
        shown_of(good, good=44, basis=STALE),
        shown_of(good, good=44, basis=replace(BASIS, partial="The copy begins on 1 March.")),
        shown_of(good, good=43, unknown=1),
    ):
        assert "rotected" not in drawn(shown)
        assert "44 good" in shown.text or "43 good" in shown.text


def test_nobody_known_is_not_somebody_protected() -> None:
    assert shown_of().text.startswith("No backup is known: Acme\n")
    assert shown_of(basis=STALE).text.startswith("Not up to date. No backup known so far: Acme\n")


def test_protection_has_pages() -> None:
    lines = [line(Standing.GOOD, name=f"SRV-{number}") for number in range(10, 20)]
    shown = shown_of(*lines, page=2, offset=10, good=44)
    assert "11–20 of 44, page 2 of 5" in shown.text
    assert "SRV-19" in shown.text
    assert turns(shown) == {"answer.page": "answer1:3", "answer.back": "answer1:1"}


def test_each_tenant_is_a_line_before_the_first_page_alone() -> None:
    acme = TenantStanding("main", ACME, {Standing.LATE: 1, Standing.GOOD: 40}, NOW - timedelta(hours=31), TARGET)
    beta = TenantStanding("main", Tenant("18", "", "Beta GmbH"), {Standing.GOOD: 3, Standing.PAUSED: 1})
    counts = {Standing.LATE: 1, Standing.GOOD: 43, Standing.PAUSED: 1}
    found = Protection((line(Standing.LATE),), counts, tenants=(acme, beta), more_tenants=2)
    said = protected_answer(found, BASIS, frame("All"), TARGET).text.splitlines()
    assert said[2:5] == [
        "! Acme Corp · 1 late, 40 good · oldest good 31 h, target 26 h",
        "✓ Beta GmbH · 1 paused, 3 good",
        "and 2 more tenants: name one to see it",
    ]
    second = protected_answer(replace(found, offset=10), BASIS, frame("All", 2), TARGET)
    assert "oldest good" not in second.text
    alone = replace(found, counts={Standing.LATE: 1}, tenants=(acme,), more_tenants=0)
    assert "oldest good" not in protected_answer(alone, BASIS, frame("SRV-SQL01"), TARGET).text  # its line says all


def test_a_standing_that_is_asked_for_never_hides_the_others() -> None:
    counts = {Standing.FAILING: 3, Standing.LATE: 1, Standing.GOOD: 40}
    late = Protection((line(Standing.LATE),), counts, asked=frozenset({Standing.LATE}))
    assert protected_answer(late, BASIS, frame("Late"), TARGET).text.startswith("1 late; besides 3 failing, 40 good: ")
    for asked, words in (
        ({Standing.MISSED}, "None missed; besides 3 failing, 1 late, 40 good: "),
        ({Standing.MISSED, Standing.NEVER, Standing.PAUSED}, "None never, missed or paused; besides 3 failing"),
    ):
        none = protected_answer(Protection((), counts, asked=frozenset(asked)), BASIS, frame("X"), TARGET)
        assert none.text.startswith(words)
    all_good = Protection((line(Standing.GOOD),), {Standing.GOOD: 1}, asked=frozenset({Standing.GOOD}))
    assert protected_answer(all_good, BASIS, frame("Good"), TARGET).text.startswith("1 good: ")


def due(**changes: Any) -> DueBackup:
    at = NOW + timedelta(hours=11)
    return replace(DueBackup("main", ACME, "SRV-SQL01", "Nightly", at, at + timedelta(hours=3), True), **changes)


def test_what_is_due_tonight_says_what_is_at_risk_and_why() -> None:
    until = NOW + timedelta(hours=12)
    lines = (
        due(),
        due(due_at=None, plan=""),
        due(misses_at=NOW - timedelta(hours=3), is_at_risk=False),
        due(is_at_risk=False, why="its agent is offline"),
        due(is_at_risk=False, misses_at=None),
    )
    shown = due_answer(DueSoon(lines, until, due=412, at_risk=2, late=1, size=413), BASIS, frame("Tonight"))
    assert shown.text.splitlines()[:8] == [
        "412 backups due in the next 12 h, 2 at risk, 1 late: Tonight",
        "1–5 of 413, page 1 of 42",
        "412 backups due in the next 12 h, 2 at risk, 1 late, until Mon 22:00",
        "! AT RISK · SRV-SQL01, Acme Corp · Nightly · due Mon 21:00 · target missed from Tue 00:00",
        "! AT RISK · SRV-SQL01, Acme Corp · none is due before · target missed from Tue 00:00",
        "! LATE · SRV-SQL01, Acme Corp · Nightly · due Mon 21:00 · target was missed Mon 07:00",
        "✓ DUE · SRV-SQL01, Acme Corp · Nightly · due Mon 21:00 · its agent is offline",
        "✓ DUE · SRV-SQL01, Acme Corp · Nightly · due Mon 21:00 · no good backup is known",
    ]
    assert turns(shown) == {"answer.page": "answer1:2"}


def test_that_nothing_is_at_risk_is_said_only_where_all_is_known() -> None:
    found = DueSoon((due(is_at_risk=False),), NOW, due=1, size=1)
    assert due_answer(found, BASIS, frame("X")).text.startswith("1 backup due in the next 12 h, none at risk: X\n")
    behind = due_answer(found, STALE, frame("X")).text
    assert behind.startswith("Not up to date. 1 backup due in the next 12 h: X\n")
    assert due_answer(DueSoon((), NOW), BASIS, frame("X")).text.startswith("No backup known to be due in the next 12 h")


# ── the longest there is ──

LONG = "Datenbankserver der Buchhaltung " * 8
FAR = replace(ACME, name="Muster & Söhne GmbH, Standort Nord " * 7)
QUESTION = f"Failed backups, {LONG}"


def test_a_page_of_the_longest_names_is_told_whole() -> None:
    """`The rest is cut.` would hide facts from those who only hear the text."""
    runs = tuple(replace(each, cause=LONG) for each in PAST.runs) * 2
    past = replace(PAST, name=LONG, plan=LONG, tenant=FAR, runs=runs[:14])
    row = line(Standing.NOT_EXPECTED, name=LONG, plan=LONG, tenant=FAR, why=LONG, target=TARGET)
    counts = dict.fromkeys(Standing, 99_999)
    of_each = dict.fromkeys((Standing.FAILING, Standing.MISSED, Standing.LATE, Standing.GOOD), 9_999)
    tenants = (TenantStanding("main", FAR, of_each, NOW, TARGET),) * 5
    most = Protection((row,) * 10, counts, tenants=tenants, more_tenants=99_999)
    tonight = due(name=LONG, plan=LONG, tenant=FAR, why=LONG)
    tallies = tuple(Tally(LONG, 90_000, 80_000) for _ in range(9))
    slow = replace(STALE, partial=LONG)
    found = Found(tuple(task(name=LONG, tenant=FAR, code="error") for _ in range(10)), NOW, stale=LONG, partial=LONG)
    longest = replace(frame(QUESTION), shared_by="U01ALICE")
    for shown in (
        task_list.task_list(Listing(found, hidden=9_999, paused=9_999), longest),
        task_list.overview(Listing(found, fine=9_999, running=99, newest=NOW), longest),
        stats_answer(Stats(tallies[0], tallies, tallies, tallies, 99, 99), slow, longest),
        history_answer((past, past, past), slow, longest),
        history_answer((past,), slow, longest),
        protected_answer(most, slow, longest, TARGET),
        due_answer(DueSoon((tonight,) * 10, NOW, 99_999, 99_999, 99_999, 99_999), slow, longest),
    ):
        assert WAS_CUT not in shown.text
        assert block_limits.check(shown) == []


def test_the_first_few_of_more_are_not_called_all() -> None:
    found = Found((task(), task()), NOW, is_cut=True)
    shown = task_list.task_list(Listing(found), frame("Backups, first 2"))
    assert "the first 2 only" in shown.text
    assert "in all" not in shown.text
