"""What a storm's card, a platform's banner, the lists of alerts and the reasons say."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerting.shares import page_of
from bot.blocks.alert_list import alert_list
from bot.blocks.cards import plain_card, reply
from bot.blocks.frame import Frame
from bot.blocks.storm_window import storm_window
from bot.blocks.why import DECISIONS, why_answer, why_modal
from bot.model import (
    Aim,
    Alert,
    Answer,
    Basis,
    CardKind,
    Cause,
    Decision,
    Message,
    Modal,
    OpenAlerts,
    Owner,
    Person,
    Posted,
    Reasons,
    Says,
    Share,
    Snooze,
    StormView,
    TaskQuery,
    Tenant,
    Triage,
    Verdict,
)
from tests.builders import changed
from tests.drawing import card
from tests.unit import block_limits
from tests.unit.test_blocks_severity import CALM, FAILED_AT, FIRING, OVER, SITE, UTC_ZONE, owed, state_of

MIA = Person("U0MIA", "T1", UTC_ZONE)
MINUTE = timedelta(minutes=1)
NAMES = tuple(changed(FIRING, id=number, name=f"SRV-{number:02}") for number in range(1, 11))
STORM = StormView(
    CardKind.STORM,
    FAILED_AT,
    FAILED_AT + 4 * MINUTE,
    is_open=True,
    total=5_000,
    open=4_990,
    critical=37,
    restores=2,
    tenants=(Share("Acme Corp", 4_000, 4_000), Share("Beta", 1_000, 990)),
    causes=(Share("Backup storage is full.", 5_000, 4_990),),
    more_tenants=10,
    first=NAMES,
    before=tuple(Posted("C0ALERTS", f"165449000{number}.000100", f"SRV-B{number}") for number in range(7)),
    mention="<!here>",
    card_id=3,
)

GREEN = replace(STORM, open=0, critical=0, is_open=False, ended_at=FAILED_AT + 60 * MINUTE)
BANNER = replace(STORM, kind=CardKind.PLATFORM, total=37, open=37, cause=Cause("The storage does not answer."))
BASIS = Basis(FAILED_AT)
ANSWER = Answer("answer1", "alerts", TaskQuery(), "U0MIA", FAILED_AT)


def drawn(shown: Message | Modal) -> str:
    return json.dumps(shown.blocks, ensure_ascii=False)


def pressed(shown: Message | Modal) -> list[tuple[str, str]]:
    """Action ids and values of the buttons below."""
    rows = (block["elements"] for block in shown.blocks if block["type"] == "actions")
    return [(button["action_id"], button["value"]) for row in rows for button in row if button["type"] == "button"]


# ── storms ──


def test_a_storm_tells_exact_numbers_and_the_rest_stands_behind_a_button() -> None:
    shown = card(STORM, UTC_ZONE, site=SITE)
    assert shown.text.startswith(
        "CRITICAL: storm of 5,000 alerts of 12 tenants, 4,990 still failing. Backup storage is full: SRV-01 and 4,999 "
        "more\nFor <!here>\n"
    )
    for line in ("37 critical, 2 restores among them", "4,000 · Acme Corp", "1,000 · Beta · 990 still failing"):
        assert line in shown.text.splitlines()
    assert "and 10 more tenants" in shown.text
    assert "SRV-05" in shown.text
    assert "SRV-06" not in shown.text
    assert pressed(shown) == [("alert.take", "s3"), ("storm.alerts", "3:1")]
    assert '"text": "Show all 5,000"' in drawn(shown)
    assert shown.text.count("<!here>") == 1


def test_a_storm_that_somebody_has_begins_with_who() -> None:
    owner = Owner("U0MIA", FAILED_AT, "mia")
    taken = replace(STORM, owner=owner, taken=STORM.open)
    assert '"TAKEN"' in drawn(card(taken, UTC_ZONE, site=SITE))
    assert '"TAKEN"' not in drawn(card(STORM, UTC_ZONE, site=SITE))
    assert '"TAKEN"' not in drawn(card(replace(taken, open=0), UTC_ZONE, site=SITE))


def test_a_storm_links_the_cards_before_it() -> None:
    shown = card(STORM, UTC_ZONE, site=SITE)
    assert '"url": "https://acme.slack.com/archives/C0ALERTS/p1654490000000100", "text": "SRV-B0"' in drawn(shown)
    assert "and 2 more" in shown.text


def test_a_storm_says_whether_new_alerts_are_added() -> None:
    assert "New alerts are added here." in card(STORM, UTC_ZONE).text
    told = card(replace(STORM, is_open=False), UTC_ZONE).text
    assert "It takes in no more: new alerts get cards of their own." in told
    assert "over" not in told


def test_a_storm_is_green_when_all_ended_and_calls_nobody() -> None:
    shown = card(GREEN, UTC_ZONE)
    assert shown.text.startswith("GREEN: All 5,000 alerts of 12 tenants ended\n")
    assert state_of(shown) == ("🟢 ", "GREEN")
    assert "From Mon 04:10 to Mon 05:10" in shown.text
    assert "<!here>" not in shown.text
    assert "CRITICAL" not in drawn(shown)
    assert "SRV-01" not in shown.text


def test_a_banner_says_that_acronis_itself_seems_to_fail() -> None:
    shown = card(BANNER, UTC_ZONE)
    assert shown.text.splitlines()[0] == (
        "CRITICAL: Acronis itself seems to fail, 37 alerts of 12 tenants. The storage does not answer: SRV-01 and 36 "
        "more"
    )
    assert "By cause" not in shown.text
    over = replace(BANNER, open=0, ended_at=FAILED_AT)
    assert card(over, UTC_ZONE).text.startswith("GREEN: All 37 alerts of 12 tenants ended")


def test_a_storm_that_time_alone_ended_is_not_green() -> None:
    shown = card(replace(GREEN, unhealed=3), UTC_ZONE)
    assert shown.text.startswith("OVER: All 5,000 alerts of 12 tenants ended, 3 of them without a good run")


def test_the_largest_storm_holds_slacks_limits() -> None:
    long = changed(FIRING, name="&" * 256, tenant=Tenant(name="<" * 256), cause=Cause("three thousand " * 200))
    shares = tuple(Share("&" * 256, 10**6, 10**5) for _ in range(40))
    posted = tuple(Posted("C0ALERTS", "1654490000.000100", "&" * 256) for _ in range(40))
    most = replace(STORM, tenants=shares, causes=shares, first=(long,) * 40, before=posted)
    shown = card(most, UTC_ZONE, repeated=True, earlier=posted[0], site=SITE)
    assert block_limits.check(shown) == []
    assert len(shown.text) <= 3_900
    assert block_limits.check(plain_card(shown)) == []


def test_a_storms_thread_gets_one_line_for_each_change() -> None:
    assert (
        reply(GREEN, owed(Says.ENDED), UTC_ZONE).text
        == "All 5,000 alerts of 12 tenants ended Mon 05:10 UTC. It lasted 1 h."
    )
    still = reply(STORM, owed(Says.STILL, mention="<!here>"), UTC_ZONE).text
    assert still == (
        "Still failing for 31 min: 4,990 of 5,000 alerts (37 CRITICAL) of 12 tenants. Backup storage is full.\n<!here>"
    )
    assert reply(STORM, owed(Says.RAISED), UTC_ZONE).text == (
        "Now critical: 37 of 5,000 alerts of 12 tenants. Backup storage is full: SRV-01, SRV-02, SRV-03, SRV-04 and "
        "4,996 more."
    )


def test_a_small_storm_names_its_tenant_its_cause_and_its_machines() -> None:
    small = replace(STORM, total=6, open=6, tenants=(Share("Acme Corp", 6, 6),), more_tenants=0, before=())
    assert card(small, UTC_ZONE).text.splitlines()[0] == (
        "CRITICAL: storm of 6 alerts of Acme Corp. Backup storage is full: SRV-01, SRV-02, SRV-03, SRV-04, SRV-05 and "
        "1 more"
    )
    known = card(replace(small, oldest_good_at=FAILED_AT - 31 * 60 * MINUTE), UTC_ZONE).text.splitlines()[0]
    assert known == (
        "CRITICAL: storm of 6 alerts of Acme Corp. Backup storage is full: SRV-01 and 5 more. "
        "Oldest last good Sat 21:10"
    )
    calm = replace(small, critical=0, causes=(Share("No consent.", 4, 4), Share("Backup storage is full.", 2, 2)))
    assert card(calm, UTC_ZONE).text.startswith("Storm of 6 alerts of Acme Corp. 4 × No consent. SRV-01, SRV-02")


MANY = tuple(
    changed(
        FIRING, id=number, name=f"SRV-{number:04}", tenant=Tenant(id=str(number % 12), name=f"Tenant {number % 12}")
    )
    for number in range(1, 5_001)
)


def window(alerts: Sequence[Alert], page: int = 1, share: str = "") -> Modal:
    return storm_window(page_of(alerts, Aim(card_id=3, share=share), page, 10, FAILED_AT), UTC_ZONE)


def turning(shown: Modal) -> list[tuple[str, str]]:
    return [each for each in pressed(shown) if each[0] in ("storm.next", "storm.back")]


def offered(shown: Modal, action: str) -> list[dict[str, Any]]:
    """The menus of a window with this action id."""
    rows = (block["elements"] for block in shown.blocks if block["type"] == "actions")
    return [each for row in rows for each in row if each["action_id"] == action]


def test_a_storms_window_turns_its_pages_in_place() -> None:
    shown = window(MANY, 2)
    assert "11–20 of 5,000, page 2 of 500" in drawn(shown)
    assert turning(shown) == [("storm.next", "3:3:"), ("storm.back", "3:1:")]
    assert drawn(shown).count('"alert.why ') == 10
    assert block_limits.check(shown) == []


def test_a_storms_window_has_the_row_for_all_and_for_each() -> None:
    shown = window(MANY, 2)
    takes = [value for action, value in pressed(shown) if action == "storm.take"]
    assert takes == ["3:2::s3", *(f"3:2::{number}" for number in range(11, 21))]
    menus = offered(shown, "alert.snooze")
    assert len(menus) == 11
    assert menus[1]["options"][0]["value"] == "storm.snooze.hours 3:2::11"
    assert menus[1]["options"][-1]["value"] == "alert.snooze.until 11 3:2:"


def test_a_storms_window_lists_one_tenant_or_cause_and_acts_on_it() -> None:
    (menu,) = offered(window(MANY), "storm.list")
    labels = [option["text"]["text"] for option in menu["options"]]
    assert labels == ["All", *sorted(f"417 · Tenant {n}" for n in range(1, 9)), *sorted(labels[9:])]
    chosen = menu["options"][1]["value"].removeprefix("storm.share 3:1:")
    shown = window(MANY, 1, chosen)
    assert "417 alerts, 417 critical" in drawn(shown)
    assert "Tenant 1" in drawn(shown)
    assert ("storm.take", f"3:1:{chosen}:s3:{chosen}") in pressed(shown)
    assert turning(shown) == [("storm.next", f"3:2:{chosen}")]


def test_a_share_that_nothing_is_of_lists_nothing() -> None:
    shown = window(MANY, 1, "t0123456789abcdef")
    assert "This message shows no alert any more." in drawn(shown)
    assert offered(shown, "storm.list") != []


def test_what_is_taken_and_snoozed_has_release_and_wake_now() -> None:
    owner, snooze = Owner("U0MIA", FAILED_AT, "Mia"), Snooze(FAILED_AT + MINUTE, "U0MIA", FAILED_AT, "Mia")
    shown = window([replace(each, triage=Triage(owner, snooze)) for each in MANY[:3]])
    assert [action for action, _ in pressed(shown)] == ["storm.release"] * 4
    assert offered(shown, "alert.snooze")[0]["options"][0]["value"] == "storm.wake 3:1::s3"
    some = window([replace(MANY[0], triage=Triage(owner)), *MANY[1:3]])
    assert [action for action, _ in pressed(some)] == ["storm.take", "storm.release", "storm.take", "storm.take"]


def test_each_redraw_of_a_storms_window_names_its_rows_anew() -> None:
    page = page_of(MANY, Aim(card_id=3), 1, 10, FAILED_AT)
    ids = [
        {block["block_id"] for block in storm_window(replace(page, as_of=at), UTC_ZONE).blocks if "block_id" in block}
        for at in (FAILED_AT, FAILED_AT + MINUTE / 60_000)
    ]
    assert not ids[0] & ids[1]


def test_a_storms_window_says_which_alerts_ended() -> None:
    shown = window([changed(FIRING, **OVER)])
    assert "RECOVERED" in drawn(shown)
    assert pressed(shown) == []


def test_a_window_without_alerts_says_so() -> None:
    assert "This message shows no alert any more." in drawn(window([], 99))


# ── lists ──


def listed(found: OpenAlerts, basis: Basis = BASIS) -> Message:
    return alert_list(found, basis, Frame("Alerts", MIA, answer=ANSWER))


def test_open_alerts_are_counted_and_told_in_two_lines_each() -> None:
    shown = listed(OpenAlerts((FIRING, changed(FIRING, id=8, occurrences=3, assessment=CALM)), 12, 1))
    lines = shown.text.splitlines()
    assert lines[0] == "12 alerts open, 1 critical: Alerts"
    assert "1–2 of 12, page 1 of 2" in lines
    assert "CRITICAL · FAILED · Backup of SRV-SQL01, Acme Corp" in lines
    assert "since Mon 04:10 · failed 3 times · last good Sat 21:10 · alert 8" in lines
    assert [value for action, value in pressed(shown) if action == "answer.page"] == ["answer1:2"]
    assert block_limits.check(shown) == []


def test_nothing_open_is_an_answer() -> None:
    assert listed(OpenAlerts((), 0, 0)).text.startswith("No alert is open: Alerts\n")


@pytest.mark.parametrize("basis", [replace(BASIS, stale="not read lately"), replace(BASIS, partial="one is missing")])
def test_where_the_copy_is_behind_nobody_says_that_nothing_is_open(basis: Basis) -> None:
    shown = listed(OpenAlerts((), 0, 0), basis)
    assert "No open alert is known" in shown.text
    assert "No alert is open" not in shown.text


# ── reasons ──

SPOKEN = Decision(7, FAILED_AT, Verdict.SPOKEN, "The route night asks for what failed.", "C0ALERTS")
SILENT = Decision(7, FAILED_AT + MINUTE, Verdict.SILENT, "No route asks for it.")
KNOWN = Reasons(FIRING, (SPOKEN, SILENT), (Posted("C0ALERTS", "1654490000.000100"),))


def test_reasons_are_told_oldest_first_with_time_place_and_card() -> None:
    shown = why_answer(KNOWN, "7", MIA, site=SITE)
    lines = shown.text.splitlines()
    assert lines[0] == "Why alert 7: SRV-SQL01"
    first = lines.index("Mon 04:10 · spoken in C0ALERTS · The route night asks for what failed.")
    assert lines[first + 1] == "Mon 04:11 · silent · No route asks for it."
    assert "Its cards: card https://acme.slack.com/archives/C0ALERTS/p1654490000000100 in C0ALERTS" in lines
    assert '"channel_id": "C0ALERTS"' in drawn(shown)
    assert pressed(shown) == [("task.details", FIRING.latest.task_id)]


def test_the_window_says_the_same() -> None:
    shown = why_modal(KNOWN, "7", UTC_ZONE, site=SITE)
    assert shown.title == "Why alert 7"
    assert shown.blocks[0] == why_answer(KNOWN, "7", MIA, site=SITE).blocks[0]
    assert "No route asks for it." in drawn(shown)


def test_a_run_without_an_alert_gets_its_sentence() -> None:
    shown = why_answer(Reasons(None, verdict="A later run went well before: self-healed."), "944", MIA)
    assert shown.text.splitlines() == ["Why this run: A later run went well before: self-healed.", "id 944"]
    assert pressed(shown) == []


def test_of_many_decisions_those_between_are_counted() -> None:
    many = replace(KNOWN, decisions=(SPOKEN,) * (DECISIONS + 30))
    shown = why_answer(many, "7", MIA)
    assert "30 decisions between these are not shown" in shown.text
    assert shown.text.count("spoken in") == DECISIONS
    assert block_limits.check(shown) == []


def test_an_alert_without_decisions_says_so() -> None:
    assert "No decision is written down." in why_answer(Reasons(FIRING), "7", MIA).text
