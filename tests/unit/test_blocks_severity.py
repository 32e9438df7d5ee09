"""What a card says of the restore point, of severity, and whom it calls; and its thread's lines."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.blocks.cards import reply
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
    Posted,
    Reason,
    Reply,
    Resource,
    Says,
    Severity,
    SummaryView,
    Tenant,
    UndeliveredView,
)
from tests.builders import alert, changed
from tests.drawing import card

UTC_ZONE = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
FAILED_AT = datetime(2022, 6, 6, 4, 10, tzinfo=UTC)
MISSED = Assessment(
    Severity.CRITICAL,
    Reason.MISSED,
    26 * HOUR,
    FAILED_AT - 31 * HOUR,
    FAILED_AT - 5 * HOUR,
    FAILED_AT + 17 * HOUR,
    is_in_time=False,
)
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
    cause=Cause("Backup storage is full.", step="Free space or raise the quota of the storage."),
    code="error",
    assessment=MISSED,
)
CALM = replace(
    MISSED, severity=Severity.WARNING, reason=Reason.IN_TIME, misses_at=FAILED_AT + 20 * HOUR, is_in_time=True
)
OVER = {
    "status": AlertStatus.RESOLVED,
    "closed_at": FAILED_AT + timedelta(minutes=31),
    "ending": Ending.RECOVERED,
}
EARLIER = Posted("C0ALERTS", "1654490000.000100")
LINK = "https://acme.slack.com/archives/C0ALERTS/p1654490000000100"
SITE = "https://acme.slack.com/"


def shown(alert: Alert = FIRING, **more: object) -> Message:
    given = AlertView(alert, last_good_at=alert.assessment.last_good_at)
    return card(replace(given, **more), UTC_ZONE, site=SITE)  # type: ignore[arg-type]


def drawn(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def state_of(message: Message) -> tuple[str, str]:
    """The mark of colour and the word that a card begins with."""
    mark, word = message.blocks[0]["elements"][0]["elements"][:2]
    return mark["text"], word["text"]


def owed(says: Says, **more: object) -> Reply:
    at = {"created_at": FAILED_AT + timedelta(minutes=31), "thread_ts": "1.0"}
    return Reply(2, CardKind.ALERT, "C0ALERTS", "k", says=says, **{**at, **more})  # type: ignore[arg-type]


# ── severity ──


def test_a_critical_card_says_so_in_its_first_words() -> None:
    critical = shown()
    assert critical.text.startswith("CRITICAL: SRV-SQL01, Acme Corp. Backup storage is full. Last good Sat 21:10\n")
    assert state_of(critical) == ("🔴 ", "CRITICAL · FAILED")
    assert "critical: the last good backup is older than the target" in critical.text


@pytest.mark.parametrize(
    ("code", "first", "word"),
    [
        ("error", "Backup failed: ", "FAILED"),
        ("warning", "Backup warning: SRV-SQL01, ", "WARNING"),
        ("cancelled", "Backup cancelled: SRV-SQL01, ", "CANCELLED"),
    ],
)
def test_what_is_not_critical_begins_with_what_it_is(code: str, first: str, word: str) -> None:
    calm = shown(changed(FIRING, code=code, assessment=CALM))
    assert calm.text.startswith(first)
    assert state_of(calm) == ("🟠 ", word)
    assert "warning: the next run comes in time for the target" in calm.text


def test_an_alert_that_nobody_judged_claims_no_severity() -> None:
    assert Reason.UNKNOWN not in shown(changed(FIRING, assessment=Assessment())).text


def test_the_next_step_stands_behind_the_cause_until_it_is_over() -> None:
    assert "Backup storage is full. Free space or raise the quota of the storage." in shown().text
    assert "Free space" not in shown(changed(FIRING, **OVER)).text


# ── whom it calls ──


@pytest.mark.parametrize(
    ("mention", "piece"),
    [
        ("<!here>", {"type": "broadcast", "range": "here"}),
        ("<!subteam^S0ONCALL>", {"type": "usergroup", "usergroup_id": "S0ONCALL"}),
        ("<@U0MIA>", {"type": "user", "user_id": "U0MIA"}),
    ],
)
def test_a_critical_card_calls_whom_the_route_names_in_blocks_and_in_text(mention: str, piece: dict[str, str]) -> None:
    calling = shown(mention=mention)
    assert piece in calling.blocks[0]["elements"][0]["elements"]
    assert calling.text.splitlines()[1] == f"Critical, for {mention}"


@pytest.mark.parametrize("alert", [changed(FIRING, assessment=CALM), changed(FIRING, **OVER)])
def test_what_is_not_critical_or_is_over_calls_nobody(alert: Alert) -> None:
    quiet = shown(alert, mention="<!here>")
    assert "<!here>" not in quiet.text
    assert "broadcast" not in drawn(quiet)


@pytest.mark.parametrize("mention", ["here", "<!here> <!channel>", "<#C1>", "<!here|x>", "everybody"])
def test_only_slacks_own_form_calls(mention: str) -> None:
    assert "For " not in shown(mention=mention).text


# ── the restore point ──


def test_a_missed_target_tells_since_when_and_that_the_next_run_is_too_late() -> None:
    text = shown().text
    assert "Last good backup Sat 21:10, 31 h before the failure, target 26 h" in text
    assert "Target was missed Sun 23:10" in text
    assert "Next run Mon 21:10, too late for the target" in text


def test_a_target_ahead_tells_when_and_whether_the_next_run_comes_in_time() -> None:
    text = shown(changed(FIRING, assessment=CALM)).text
    assert "Target will be missed Tue 00:10" in text
    assert "Next run Mon 21:10, in time for the target" in text


def test_what_is_not_known_is_not_told() -> None:
    unknown = replace(CALM, reason=Reason.NOT_YET, misses_at=None, next_run_at=None, last_good_at=None)
    text = shown(changed(FIRING, assessment=unknown), history_from=FAILED_AT - 48 * HOUR).text
    assert "No good backup seen since Sat 04:10, target 26 h" in text
    assert "missed" not in text
    assert "Next run" not in text
    assert "None" not in text


def test_runs_that_retry_by_themselves_are_said_to() -> None:
    retrying = changed(FIRING, assessment=replace(MISSED, retries=True))
    assert "Next run Mon 21:10, too late for the target, it usually retries by itself" in shown(retrying).text
    alone = replace(retrying, assessment=replace(CALM, retries=True, next_run_at=None))
    assert "It usually retries by itself" in shown(alone).text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (48.5, "48 h: the plan runs daily, one run may fail"),
        (8.5, "8 h 30 min: the plan runs daily, one run may fail"),
        (14 * 24 + 2.2, "14 days: the plan runs daily, one run may fail"),
    ],
)
def test_a_target_says_how_long_it_is_and_why(target: float, words: str) -> None:
    why = "the plan runs daily, one run may fail"
    text = shown(changed(FIRING, assessment=replace(MISSED, target=target * HOUR, target_why=why))).text
    assert f"31 h before the failure, target {words}\n" in text


def test_a_plan_that_tries_again_says_the_attempt_and_when_it_gives_up() -> None:
    tries = replace(
        CALM, reason=Reason.RETRYING, retries=True, attempt=2, attempts=12, gives_up_at=FAILED_AT + 11 * HOUR
    )
    text = shown(changed(FIRING, assessment=tries)).text
    assert "Retrying by itself, attempt 2 of 12, gives up about Mon 15:10\n" in text
    assert "usually retries" not in text
    running = shown(changed(FIRING, assessment=tries), retrying_since=FAILED_AT + HOUR / 4).text
    assert "Retrying since Mon 04:25\nRetrying by itself, attempt 2 of 12" in running


def test_a_run_on_its_way_stands_in_place_of_the_next_one() -> None:
    text = shown(retrying_since=FAILED_AT + HOUR / 4).text
    assert "Running since Mon 04:25\n" in text
    assert "Next run" not in text


def test_how_far_a_run_is_stands_behind_it_and_not_on_the_lock_screen() -> None:
    running: dict[str, Any] = {"retrying_since": FAILED_AT + HOUR / 4, "retrying_percent": 41}
    by_itself = changed(FIRING, assessment=replace(MISSED, retries=True))
    restore = changed(FIRING, kind=Kind.RESTORE, assessment=replace(MISSED, reason=Reason.RESTORE))
    assert "Running since Mon 04:25, 41 %\n" in shown(**running).text
    assert "Retrying since Mon 04:25, 41 %\n" in shown(by_itself, **running).text
    assert "Running since Mon 04:25, 41 %\n" in shown(restore, **running).text
    assert "Running since Mon 04:25, 0 %\n" in shown(**{**running, "retrying_percent": 0}).text
    assert shown(**running).text.splitlines()[0] == shown().text.splitlines()[0]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("enqueued", "Queued since Mon 04:25"),
        ("assigned", "Queued since Mon 04:25"),
        ("paused", "Paused at 41 %, waits for an answer in Acronis's console"),
        ("suspended", "Under way since Mon 04:25, 41 %, state suspended"),
    ],
)
def test_a_run_that_does_not_run_is_not_said_to(state: str, line: str) -> None:
    view: dict[str, Any] = {"retrying_since": FAILED_AT + HOUR / 4, "retrying_percent": 41, "retrying_state": state}
    assert f"{line}\n" in shown(**view).text


def test_a_restore_has_neither_target_nor_next_run() -> None:
    restore = changed(FIRING, kind=Kind.RESTORE, assessment=replace(MISSED, reason=Reason.RESTORE))
    text = shown(restore).text
    assert text.startswith("CRITICAL, restore failed: ")
    assert "arget" not in text
    assert "Next run" not in text


def test_an_end_takes_target_and_next_run_away() -> None:
    text = shown(changed(FIRING, **OVER)).text
    assert text.startswith("Recovered: ")
    assert "arget" not in text
    assert "Next run" not in text


# ── links ──


def test_the_card_of_the_alert_before_is_linked() -> None:
    before = changed(FIRING, id=3, **OVER)
    linked = shown(previous=before, previous_card=EARLIER)
    assert f"failed before: alert 3, recovered Mon 04:41, its card {LINK}" in linked.text
    assert f"<{LINK}|its card>" in drawn(linked)


def test_a_card_posted_again_leads_to_the_earlier_message() -> None:
    again = card(AlertView(FIRING), UTC_ZONE, earlier=EARLIER, site=SITE)
    assert f"continues an earlier message {LINK}" in again.text
    assert f"<{LINK}|an earlier message>" in drawn(again)


@pytest.mark.parametrize("posted", [Posted("C0|<!here>", "1.1"), Posted("C0ALERTS", ""), Posted("", "1.1")])
def test_a_message_without_a_usable_address_is_not_linked(posted: Posted) -> None:
    assert "archives" not in card(AlertView(FIRING), UTC_ZONE, earlier=posted, site=SITE).text


def test_the_first_line_has_one_stop_after_what_is_cut_and_after_a_name_with_its_own() -> None:
    inc = Tenant(id="67", name="Acme Inc.")
    first = shown(changed(FIRING, tenant=inc, cause=Cause("The disk is full, " * 20))).text.split("\n")[0]
    assert first.startswith("CRITICAL: SRV-SQL01, Acme Inc. The disk is full,")
    assert "…" in first
    assert "…." not in first
    assert len(first) <= 120


def test_failures_of_one_unknown_type_are_about_the_type_and_name_the_last_machine() -> None:
    unknown = Resource("?agent AGENT-1")
    one = changed(FIRING, kind=Kind.UNKNOWN, type="Kind0815", assessment=Assessment(), resource=unknown)
    assert "SRV-SQL01" in shown(one).text.splitlines()[0]
    many = shown(replace(one, occurrences=3)).text
    assert many.startswith("Task failed: Kind0815, Acme Corp.")
    assert "last on SRV-SQL01" in many
    known = shown(changed(one, resource=Resource("SRV-SQL01"), occurrences=3)).text
    assert known.startswith("Task failed: SRV-SQL01, Acme Corp.")


def test_a_warning_does_not_speak_of_failures() -> None:
    warned = changed(FIRING, code="warning", assessment=Assessment(), occurrences=2)
    assert "fail" not in shown(warned).text.casefold()
    assert "fail" not in shown(replace(warned, **OVER)).text.casefold()  # type: ignore[arg-type]


def test_long_names_give_way_in_the_first_line_so_that_it_says_why() -> None:
    long = changed(FIRING, name="SRV-" + "name " * 20, tenant=Tenant("67", name="Acme " + "Holding " * 10))
    (first, *_) = shown(long).text.splitlines()
    assert "Backup storage is full." in first
    assert len(first) <= 120


def test_a_restore_has_no_last_good_in_its_first_line_as_it_would_be_read_as_a_backup() -> None:
    first = shown(changed(FIRING, kind=Kind.RESTORE)).text.split("\n")[0]
    assert first == "CRITICAL, restore failed: SRV-SQL01, Acme Corp. Backup storage is full."


# ── the plan, where the machine has more than one ──

PLANS = AlertView(FIRING, last_good_at=FIRING.assessment.last_good_at, has_plans=True)
SQL = changed(FIRING, id=8, plan="SQL every 4 hours")
HEALED = changed(FIRING, **OVER)


def first_line(text: str) -> str:
    first = text.split("\n", maxsplit=1)[0]
    assert len(first) <= 120
    return first


def test_every_first_line_names_machine_plan_tenant_and_cause() -> None:
    named = "SRV-SQL01 (Nightly servers), Acme Corp."
    calm = replace(PLANS, alert=changed(FIRING, assessment=CALM))
    assert first_line(card(PLANS, UTC_ZONE).text) == f"CRITICAL: {named} Backup storage is full. Last good Sat 21:10"
    assert (
        first_line(card(calm, UTC_ZONE).text) == f"Backup failed: {named} Backup storage is full. Last good Sat 21:10"
    )
    raised = reply(PLANS, owed(Says.RAISED), UTC_ZONE).text
    assert first_line(raised) == f"Now critical: {named} Backup storage is full. Last good Sat 21:10."
    still = reply(PLANS, owed(Says.STILL), UTC_ZONE).text
    assert first_line(still) == (
        f"CRITICAL, still failing for 31 min: {named} Backup storage is full. Last good Sat 21:10."
    )


def test_a_recovery_names_the_plan_and_what_still_fails_of_the_machine() -> None:
    over = replace(PLANS, alert=HEALED)
    assert first_line(card(over, UTC_ZONE).text) == (
        "Recovered: SRV-SQL01 (Nightly servers), Acme Corp. Failed for 31 min"
    )
    assert "Nightly servers" in json.dumps(card(over, UTC_ZONE).blocks[0])
    failing = replace(over, beside=(SQL,))
    line = "Recovered: SRV-SQL01 (Nightly servers), Acme Corp. Still failing: SQL every 4 hours, CRITICAL"
    assert first_line(card(failing, UTC_ZONE).text) == line
    assert "Still failing: SQL every 4 hours, CRITICAL" in drawn(card(failing, UTC_ZONE)).replace(
        '"}, {"type": "text", "text": "', ""
    )
    assert reply(failing, owed(Says.ENDED, broadcast=True), UTC_ZONE).text == (
        f"{line}.\nRecovered Mon 04:41 UTC. Failed for 31 min."
    )
    assert reply(failing, owed(Says.ENDED), UTC_ZONE).text == (
        "Recovered Mon 04:41 UTC. Failed for 31 min. Still failing: SQL every 4 hours, CRITICAL."
    )
    more = replace(over, beside=(SQL, changed(SQL, id=9), changed(SQL, id=10, kind=Kind.RESTORE)))
    assert first_line(card(more, UTC_ZONE).text).endswith("Still failing: SQL every 4 hours, CRITICAL and 2 more")


@pytest.mark.parametrize("says", sorted(set(Says) - {Says.ACTED, Says.UNTOLD}))
@pytest.mark.parametrize("word", ["name ", "&", "<!here>"])
def test_the_longest_names_leave_room_for_each_other(says: Says, word: str) -> None:
    nasty = word * 60
    alert = changed(FIRING, name=nasty, plan=f"plan {nasty}", tenant=Tenant("67", name=f"tenant {nasty}"))
    views = [replace(PLANS, alert=alert), replace(PLANS, alert=changed(alert, **OVER), beside=(alert, alert))]
    for each in (card(view, UTC_ZONE).text for view in views):
        assert "(pl" in first_line(each)
        assert ", te" in first_line(each)
    assert "(pl" in first_line(reply(views[says is Says.ENDED], owed(says, broadcast=True), UTC_ZONE).text)


def test_a_plan_that_is_the_only_name_is_not_said_twice() -> None:
    nameless = replace(PLANS, alert=changed(FIRING, name=""))
    assert first_line(card(nameless, UTC_ZONE).text).startswith("CRITICAL: Nightly servers, Acme Corp.")


# ── the thread ──

NOW_CRITICAL = "Now critical: SRV-SQL01, Acme Corp. Backup storage is full. Last good Sat 21:10.\n"


def test_becoming_critical_is_told_with_target_and_since_when() -> None:
    told = reply(AlertView(FIRING), owed(Says.RAISED, mention="<!here>"), UTC_ZONE).text
    assert (
        told
        == f"{NOW_CRITICAL}The last good backup has been older than its target of 26 h since Sun 23:10 UTC.\n<!here>"
    )


def test_becoming_critical_before_the_target_is_missed_is_told_ahead() -> None:
    ahead = changed(FIRING, assessment=replace(CALM, severity=Severity.CRITICAL, reason=Reason.WILL_MISS))
    told = reply(AlertView(ahead), owed(Says.RAISED), UTC_ZONE).text
    assert told == (
        f"{NOW_CRITICAL}The last good backup will be older than its target of 26 h from Tue 00:10 UTC on, before the "
        "next run."
    )


@pytest.mark.parametrize(
    ("kind", "reason", "line"),
    [
        (Kind.BACKUP, Reason.IN_A_ROW, "The backup failed three times in a row."),
        (Kind.RESTORE, Reason.RESTORE, "The restore failed."),
        (Kind.BACKUP, Reason.NEVER, "There is no good backup in all the history that is known."),
    ],
)
def test_becoming_critical_for_another_reason_names_it(kind: Kind, reason: Reason, line: str) -> None:
    row = changed(FIRING, kind=kind, assessment=replace(MISSED, reason=reason))
    first, why = reply(AlertView(row), owed(Says.RAISED), UTC_ZONE).text.splitlines()
    assert first.startswith("Now critical: SRV-SQL01, Acme Corp. Backup storage is full.")
    assert why == line


def test_a_critical_alert_is_told_again_as_of_when_that_was_owed() -> None:
    told = reply(AlertView(FIRING), owed(Says.STILL, mention="<!subteam^S0ONCALL>"), UTC_ZONE).text
    assert told == (
        "CRITICAL, still failing for 31 min: SRV-SQL01, Acme Corp. Backup storage is full. Last good Sat 21:10.\n"
        "<!subteam^S0ONCALL>"
    )


def test_an_end_calls_nobody() -> None:
    over = changed(FIRING, **OVER)
    assert "<!here>" not in reply(AlertView(over), owed(Says.ENDED, mention="<!here>"), UTC_ZONE).text


def test_hostile_names_stay_harmless_in_a_thread() -> None:
    nasty = changed(FIRING, name="<!channel> *x*", tenant=Tenant(name="<@U1>"), cause=Cause("<!here>"))
    for says in Says:
        told = reply(AlertView(nasty), owed(says), UTC_ZONE).text
        assert "<" not in told
        assert "*" not in told


def test_a_channel_that_can_be_reached_again_is_said_so() -> None:
    dead = UndeliveredView("C01GEN", "is_archived", "Backup failed: SRV-SQL01", 3, FAILED_AT)
    again = card(dead, UTC_ZONE)
    assert again.text.startswith("Channel C01GEN can be reached again.")
    assert "REACHED AGAIN" in drawn(again)
    assert "Backup failed: SRV-SQL01, and 2 more" in again.text
    assert reply(dead, owed(Says.ENDED), UTC_ZONE).text == "It can be reached again since Mon 04:10 UTC."


def test_what_waits_for_a_dead_channel_is_counted() -> None:
    dead = card(UndeliveredView("C01GEN", "is_archived", "Backup failed: SRV-SQL01", 3), UTC_ZONE)
    assert dead.text.splitlines()[0].endswith("Not told there: Backup failed: SRV-SQL01, and 2 more")


def test_a_summary_owes_no_reply() -> None:
    with pytest.raises(ValueError, match="owes no reply"):
        reply(SummaryView("main", FAILED_AT, (), 0), owed(Says.ENDED), UTC_ZONE)


def test_a_summary_shows_critical_ones_first_and_counts_them() -> None:
    calm = changed(FIRING, name="CALM", assessment=CALM)
    summary = card(SummaryView("main", FAILED_AT, (calm, FIRING), 3), UTC_ZONE)
    assert summary.text.splitlines()[0] == "Nightshift is watching. 2 failing now, 1 critical"
    assert summary.text.index("CRITICAL · FAILED · Backup of SRV-SQL01") < summary.text.index("Backup of CALM")


def test_an_outage_says_nothing_of_severity() -> None:
    assert "CRITICAL" not in card(OutageView("main", FAILED_AT, "Acronis is silent."), UTC_ZONE).text
