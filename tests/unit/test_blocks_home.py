"""The Home tab in blocks: what is wrong first, each alert once, never an all-clear that is not known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.home import ROWS, home_page, steady
from bot.model import (
    Alert,
    AlertGroup,
    Assessment,
    Basis,
    HealthReport,
    Home,
    OpenCount,
    OpenOverview,
    Overview,
    Owner,
    Person,
    Reach,
    Severity,
    Snooze,
    Tenant,
    TenantRisk,
    Triage,
    WayInState,
)
from bot.model.routing import UTC_ZONE
from bot.sandbox.gallery.hostile import NASTY
from bot.sandbox.slack.block_kit import view_faults
from tests.builders import NOW, alert
from tests.unit import block_limits
from tests.unit.test_blocks_hostile import assert_harmless, texts

MIA, NOAH = Person("U0MIA", "T1", UTC_ZONE, name="Mia"), Person("U0NOAH", "T1", UTC_ZONE, name="Noah")
HOUR = timedelta(hours=1)
HEALTH = HealthReport(
    NOW,
    NOW - HOUR,
    0,
    0,
    (Reach("main", NOW - timedelta(minutes=1)),),
    frozenset(),
    0,
    timedelta(),
    WayInState("Socket Mode"),
)
CRITICAL = Assessment(Severity.CRITICAL)
OF_MIA = Owner("U0MIA", NOW - HOUR, "Mia")
TONIGHT = Snooze(NOW + 8 * HOUR, "U0NOAH", NOW - HOUR, "Noah")


def groups(alerts: Iterable[Alert]) -> tuple[AlertGroup, ...]:
    """As the store gives them, whatever order they come in."""
    found: dict[tuple[str, bool], list[Alert]] = {}
    for each in alerts:
        owner = each.triage.owner
        found.setdefault((owner.who if owner else "", each.triage.snooze is not None), []).append(each)
    return tuple(
        AlertGroup(*key, OpenCount(len(some), sum(each.is_critical for each in some)), tuple(some))
        for key, some in found.items()
    )


def overview(*alerts: Alert, **changes: Any) -> Overview:
    of_open = {name: changes.pop(name) for name in ("tenants", "at_risk") if name in changes}
    return replace(Overview(OpenOverview(groups(alerts), **of_open), HEALTH, Basis(NOW)), **changes)


def lines(home: Home) -> list[str]:
    """What each block says, and the labels of its buttons in brackets."""
    return [" ".join(text for text, _ in texts(block)) for block in home.blocks]


def shown(home: Home) -> str:
    return "\n".join(lines(home))


def buttons(home: Home) -> list[tuple[str, str]]:
    found = [each for block in home.blocks if block["type"] == "actions" for each in block["elements"]]
    return [(each["action_id"], each["value"]) for each in found if each["type"] == "button"]


FOUR = (
    alert(id=1, name="SRV-A"),
    alert(id=2, name="SRV-B", assessment=CRITICAL),
    alert(id=3, name="SRV-C", triage=Triage(owner=OF_MIA)),
    alert(id=4, name="SRV-D", triage=Triage(snooze=TONIGHT)),
)


# ── the first line ──


def test_the_first_line_says_what_is_wrong() -> None:
    assert lines(home_page(overview(*FOUR), MIA))[0] == "4 alerts open, 1 critical · 1 taken by you · 1 snoozed"
    assert lines(home_page(overview(*FOUR), NOAH))[0] == "4 alerts open, 1 critical · 1 snoozed"
    assert lines(home_page(overview(FOUR[0]), NOAH))[0] == "1 alert open"
    silent = overview(FOUR[0])
    (group,) = silent.open.groups
    silent = replace(silent, open=replace(silent.open, groups=(replace(group, missed=2),)))
    assert lines(home_page(silent, NOAH))[0] == "1 alert open · 2 missed"


def test_where_nothing_fails_it_says_what_went_well() -> None:
    home = home_page(overview(ran=412, newest=NOW), MIA)
    assert lines(home)[0] == "Nothing fails.  412 backups ended well in the last 24 h , the newest  ."
    dates = [piece for piece in home.blocks[0]["elements"][0]["elements"] if piece["type"] == "date"]
    assert [piece["timestamp"] for piece in dates] == [int(NOW.timestamp())]
    assert "No backup ended well" in lines(home_page(overview(ran=0), MIA))[0]


@pytest.mark.parametrize("basis", [Basis(NOW, stale="the copy is old"), Basis(NOW, partial="account b was not read")])
def test_it_is_no_all_clear_where_not_all_is_known(basis: Basis) -> None:
    said = lines(home_page(overview(ran=412, newest=NOW, basis=basis), MIA))
    assert (basis.stale or basis.partial) in said[0]
    assert said[1] == "No open alert is known."
    assert "Nothing fails" not in "\n".join(said)


def test_that_the_copy_is_behind_comes_before_what_is_open() -> None:
    said = lines(home_page(overview(*FOUR, basis=Basis(NOW, stale="the copy is old")), MIA))
    assert said[0].startswith("Not up to date:")
    assert said[1].startswith("4 alerts open")


# ── alerts ──


def test_each_alert_is_in_one_part_for_each_reader() -> None:
    both = alert(id=5, name="SRV-E", triage=Triage(owner=OF_MIA, snooze=TONIGHT))
    for reader, parts in (
        (MIA, ["Failing now (2)", "Mine (2)", "Snoozed (1)"]),
        (NOAH, ["Failing now (3)", "Snoozed (2)"]),
    ):
        home = home_page(overview(*FOUR, both), reader)
        assert [line for line in lines(home) if line.endswith(")")] == parts
        assert sorted(value for _, value in buttons(home)) == ["1", "2", "3", "4", "5"]


def test_the_critical_come_first_then_the_newest() -> None:
    older = alert(id=6, name="SRV-F", ended_at=NOW - HOUR, triage=Triage(owner=OF_MIA))
    home = home_page(overview(*reversed(FOUR[:2]), older), NOAH)
    assert [value for _, value in buttons(home)] == ["2", "1", "6"]


def test_snoozed_ones_come_by_their_ends_and_say_who_and_until_when() -> None:
    soon = alert(id=9, name="SRV-Z", triage=Triage(snooze=replace(TONIGHT, until=NOW + HOUR)))
    home = home_page(overview(FOUR[3], soon), MIA)
    assert [value for _, value in buttons(home)] == ["9", "4"]
    assert "Snoozed  until" in shown(home)
    assert "by  Noah" in shown(home)
    stamps = [
        piece.get("timestamp")
        for block in home.blocks
        for each in block.get("elements", ())
        for piece in each.get("elements", ())
    ]
    assert int((NOW + 8 * HOUR).timestamp()) in stamps


def test_what_another_took_says_who_has_it_and_can_be_pressed_all_the_same() -> None:
    home = home_page(overview(FOUR[2]), NOAH)
    assert "Taken by  Mia" in shown(home)
    assert buttons(home) == [("alert.release", "3")]
    assert buttons(home_page(overview(FOUR[2]), MIA)) == [("alert.release", "3")]
    assert "Taken by" not in shown(home_page(overview(FOUR[2]), MIA))


def test_ten_are_named_and_a_button_shows_all_of_them() -> None:
    many = [alert(id=number, name=f"SRV-{number}") for number in range(1, ROWS + 1)]
    short = overview(*many)
    counted = replace(short.open.groups[0], count=OpenCount(24, 0))
    home = home_page(replace(short, open=OpenOverview((counted,))), MIA)
    assert len(buttons(home)) == ROWS
    [more] = [block for block in home.blocks if "accessory" in block]
    assert more["text"]["text"] == "… and 14 more"
    assert (more["accessory"]["action_id"], more["accessory"]["value"]) == ("home.alerts", "failing:1")


@pytest.mark.parametrize("word", NASTY)
def test_three_hundred_alerts_with_hostile_names_and_many_accounts_fit(word: str) -> None:
    mine, snoozed = Triage(owner=replace(OF_MIA, name=word)), Triage(snooze=replace(TONIGHT, name=word))
    some = [
        alert(id=number, name=word, plan=word, tenant=Tenant(name=word), triage=triage)
        for number in range(1, 101)
        for triage in (Triage(), mine, snoozed)
    ]
    names = [f"{word}{number}" for number in range(60)]
    report = replace(
        HEALTH,
        accounts=tuple(Reach(name, NOW) for name in names),
        late=frozenset(names[:30]),
        store_trouble=word * 9,
        way_in=WayInState("Socket Mode", word * 9),
        oldest=HOUR,
        waiting=9,
    )
    risks = tuple(TenantRisk(Tenant(name=word), 3, 2) for _ in range(300))
    basis = Basis(NOW, stale=word, partial=word)
    home = home_page(overview(*some, health=report, tenants=risks, at_risk=300, basis=basis), MIA)
    assert len(home.blocks) <= 100
    assert block_limits.check(home) == []
    assert view_faults({"type": "home", "blocks": list(home.blocks)}) == []
    assert_harmless(home)


# ── tenants and the bot ──


def test_tenants_at_risk_are_named_with_their_numbers() -> None:
    risks = (TenantRisk(Tenant(name="Acme Corp"), 3, 2), TenantRisk(Tenant(uuid="u-2"), 0, 1))
    said = shown(home_page(overview(FOUR[0], tenants=risks, at_risk=10), MIA))
    assert "Tenants at risk (10)" in said
    assert "Acme Corp  ·  3 critical  ·  2 past the target" in said
    assert "u-2  ·  1 past the target" in said
    assert "… and 8 more tenants" in said


def test_the_bot_says_what_is_wrong_with_it_first() -> None:
    report = replace(HEALTH, late=frozenset({"main"}), way_in=WayInState("Socket Mode", "The token was revoked."))
    said = shown(home_page(overview(health=report), MIA))
    assert "The bot needs a look\nNot read:  account  main , last read" in said
    assert "Slack cannot reach the bot:  The token was revoked." in said
    assert "The bot is well" in shown(home_page(overview(), MIA))


# ── whether it says something else ──


@pytest.mark.parametrize(
    "later",
    [
        overview(ran=413, newest=NOW + HOUR),
        overview(basis=Basis(NOW + HOUR)),
        overview(health=replace(HEALTH, at=NOW + HOUR, accounts=(Reach("main", NOW + HOUR),))),
        overview(health=replace(HEALTH, waiting=3, oldest=timedelta(seconds=4))),
    ],
)
def test_figures_that_grow_all_the_time_make_no_other_home(later: Overview) -> None:
    assert steady(later) == steady(overview(ran=412, newest=NOW))
    assert home_page(later, MIA).digest == home_page(overview(ran=412, newest=NOW), MIA).digest


@pytest.mark.parametrize(
    "later",
    [
        overview(),
        overview(*FOUR[:3]),
        overview(*FOUR, basis=Basis(NOW, stale="the copy is old")),
        overview(*FOUR, health=replace(HEALTH, late=frozenset({"main"}))),
        overview(*FOUR, health=replace(HEALTH, way_in=WayInState("Socket Mode", "cut"))),
        overview(*FOUR, health=replace(HEALTH, waiting=3, oldest=timedelta(minutes=3))),
        overview(*FOUR, tenants=(TenantRisk(Tenant(name="Acme"), 1, 0),), at_risk=1),
    ],
)
def test_what_changed_makes_another_home(later: Overview) -> None:
    assert steady(later) != steady(overview(*FOUR))
    assert home_page(later, MIA).digest != home_page(overview(*FOUR), MIA).digest
