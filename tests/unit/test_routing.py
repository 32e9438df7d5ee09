"""Routes: who hears of an alert, what makes one, targets, bound channels (design §5)."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.alerting.routing import may_show, opens, presses, route, targets_of
from bot.alerting.targets import Targets
from bot.language import parse_match, parse_target
from bot.model import (
    OUTCOME_UNKNOWN,
    Alert,
    Assessment,
    Kind,
    Quiet,
    Reason,
    Route,
    Routing,
    Severity,
    Silence,
    Target,
    TaskQuery,
    Tenant,
)
from tests.builders import ACME, NIGHTLY, NOW, SERVER, alert, run

BETA = Tenant(id="68", uuid="0b8a1c3e-0000-4000-8000-000000000068", name="Beta Ltd", locator="/1/66/68/")
LAST = Route("default", "C0ALERTS", parse_match(""), "<!here>")
NIGHT = Quiet(time(22), time(7), ZoneInfo("Europe/Berlin"))
CRITICAL = Assessment(Severity.CRITICAL, Reason.WILL_MISS)


def routing(*routes: Route, **changes: Any) -> Routing:
    return Routing((*routes, LAST), **changes)


def to(channel: str, match: str = "", **changes: Any) -> Route:
    return Route(changes.pop("name", channel.lower()), channel, parse_match(match), **changes)


def channels(item: Alert, known: Routing) -> list[str]:
    return [each.channel for each in route(item, known, NOW).recipients]


def test_what_no_route_takes_goes_to_the_last() -> None:
    routed = route(alert(), routing(to("C1", "tenant Beta")), NOW)
    assert [(each.channel, each.route) for each in routed.recipients] == [("C0ALERTS", "default")]
    assert routed.reason == "By the route “default”."


@pytest.mark.parametrize("code", [*sorted(Silence), OUTCOME_UNKNOWN])
@pytest.mark.parametrize("match", ["", "failed", "backups", "failed backups"])
def test_a_route_for_failures_hears_of_what_did_not_run_or_has_no_known_end(match: str, code: str) -> None:
    found = route(alert(latest=run(code=code)), Routing((to("C1", match),)), NOW)
    assert [each.channel for each in found.recipients] == ["C1"]


@pytest.mark.parametrize("code", [*sorted(Silence), OUTCOME_UNKNOWN])
def test_a_route_for_other_results_does_not(code: str) -> None:
    assert not route(alert(latest=run(code=code)), Routing((to("C1", "warnings"),)), NOW).recipients


def test_the_first_that_matches_decides() -> None:
    assert channels(alert(), routing(to("C1", "tenant Acme"), to("C2", "backups"))) == ["C1"]


def test_a_route_that_goes_on_lets_the_next_ones_look() -> None:
    known = routing(to("C1", "tenant Acme", goes_on=True), to("C2", "backups"))
    assert channels(alert(), known) == ["C1", "C2"]
    assert route(alert(), known, NOW).reason == "By the routes “c1” and “c2”."


def test_a_channel_is_told_once_by_the_first_of_its_routes() -> None:
    known = routing(to("C1", "tenant Acme", name="first", goes_on=True), to("C1", "", name="second"))
    assert [each.route for each in route(alert(), known, NOW).recipients] == ["first"]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ('tenant "Acme Corp"', True),
        ("tenant Beta", False),
        ("machine srv-*", True),
        (f'machine "{SERVER.id}"', True),
        ("plan nightly", True),
        (f'plan "{NIGHTLY.id}"', True),
        ("by alice", True),
        ("by bob", False),
        ("type T", True),
        ("machines", True),
        ("google", False),
        ("restores", False),
        ("timedout", False),
        ("failed not abandoned", True),
        ("not tenant Acme", False),
        ('tenant "67"', True),
        ('named "sql01"', True),
    ],
)
def test_an_alert_is_matched_by_the_words_of_tasks(words: str, fits: bool) -> None:
    assert channels(alert(), routing(to("C1", words))) == ["C1" if fits else "C0ALERTS"]


def test_a_route_without_a_channel_tells_nobody_and_ends_the_search() -> None:
    routed = route(alert(), routing(to("", "tenant Acme", name="lab")), NOW)
    assert routed.recipients == ()
    assert routed.reason == "The route “lab” tells nobody."


def test_a_route_without_a_channel_may_go_on() -> None:
    assert channels(alert(), routing(to("", "", name="lab", goes_on=True))) == ["C0ALERTS"]


def test_a_route_hears_of_its_severities_alone() -> None:
    known = routing(to("C1", severities=frozenset({Severity.CRITICAL})))
    assert channels(alert(), known) == ["C0ALERTS"]
    assert channels(alert(assessment=CRITICAL), known) == ["C1"]


def test_only_a_critical_alert_mentions() -> None:
    assert route(alert(), routing(), NOW).recipients[0].mention == ""
    assert route(alert(assessment=CRITICAL), routing(), NOW).recipients[0].mention == "<!here>"


def test_nobody_is_told_of_what_no_route_asks_for() -> None:
    routed = route(alert(code="warning"), routing(), NOW)
    assert (routed.recipients, routed.reason) == ((), "No route asks for it.")


# ── quiet hours ──


def in_the_night(item: Alert) -> list[bool]:
    """Whether each channel's card is held at 23:00 in Berlin."""
    at = NOW.replace(hour=22)
    return [each.held_until is not None for each in route(item, routing(to("C1", quiet=NIGHT)), at).recipients]


def test_in_quiet_hours_an_alert_is_held_until_they_end() -> None:
    known, at = routing(to("C1", quiet=NIGHT)), NOW.replace(hour=22)
    routed = route(alert(), known, at)
    assert routed.recipients[0].held_until == at + timedelta(hours=8)
    assert routed.reason == "By the route “c1”, in its quiet hours."


def test_outside_of_quiet_hours_nothing_is_held() -> None:
    assert route(alert(), routing(to("C1", quiet=NIGHT)), NOW).recipients[0].held_until is None


@pytest.mark.parametrize("reason", list(Reason))
def test_a_critical_alert_waits_unless_something_is_lost_already(reason: Reason) -> None:
    item = alert(assessment=Assessment(Severity.CRITICAL, reason))
    assert in_the_night(item) == [reason not in (Reason.RESTORE, Reason.MISSED, Reason.NEVER)]


@pytest.mark.parametrize("reason", [Reason.RESTORE, Reason.MISSED, Reason.NEVER])
def test_a_warning_waits_for_whatever_reason(reason: Reason) -> None:
    assert in_the_night(alert(assessment=Assessment(Severity.WARNING, reason))) == [True]


@pytest.mark.parametrize(("hours", "held"), [(-1, False), (7, False), (8, False), (8.1, True), (24, True)])
def test_what_would_miss_its_target_before_morning_goes_through(hours: float, held: bool) -> None:
    misses = NOW.replace(hour=22) + timedelta(hours=hours)
    for severity, reason in ((Severity.CRITICAL, Reason.WILL_MISS), (Severity.WARNING, Reason.NOT_YET)):
        assert in_the_night(alert(assessment=Assessment(severity, reason, misses_at=misses))) == [held]


def test_where_the_next_run_comes_in_time_for_the_target_the_night_is_quiet() -> None:
    until = NOW + timedelta(hours=8)
    assessment = Assessment(
        reason=Reason.IN_TIME, misses_at=NOW + timedelta(hours=6), next_run_at=NOW + timedelta(hours=4)
    )
    assert not presses(alert(assessment=assessment), until)


# ── bound channels ──


@pytest.mark.parametrize(
    ("name", "acme", "beta"),
    [
        ("Acme Corp", True, False),
        ("ACME  CORP", True, False),
        ("Acme", False, False),
        ("Acme*", True, False),
        ("*corp", True, False),
        ("67", True, False),
        ("66", True, True),
        ("6", False, False),
        (ACME.uuid.upper(), True, False),
        ("", False, False),
    ],
)
def test_a_bound_channel_shows_only_its_tenants(name: str, acme: bool, beta: bool) -> None:
    known = routing(bound={"C1": frozenset({name})})
    assert (may_show("C1", ACME, known), may_show("C1", BETA, known)) == (acme, beta)
    assert may_show("C2", BETA, known)


def test_a_tenant_that_calls_itself_by_another_ones_id_is_not_that_one() -> None:
    known = routing(bound={"C1": frozenset({"67"})})
    assert not may_show("C1", Tenant(id="99", name="67", locator="/1/99/"), known)


def test_a_tenant_of_which_nothing_is_known_is_shown_in_no_bound_channel() -> None:
    assert not may_show("C1", Tenant(), routing(bound={"C1": frozenset({"Acme Corp", "67", ""})}))


def test_a_route_to_a_bound_channel_leaves_other_tenants_to_the_next_one() -> None:
    known = routing(to("C1", "backups"), bound={"C1": frozenset({"Acme Corp"})})
    assert channels(alert(), known) == ["C1"]
    assert channels(alert(tenant=BETA), known) == ["C0ALERTS"]


def test_where_only_a_bound_channel_asks_the_reason_says_so() -> None:
    known = routing(to("C1", "warnings"), bound={"C1": frozenset({"Acme Corp"})})
    reason = route(alert(tenant=BETA, code="warning"), known, NOW).reason
    assert reason == "The route “c1” goes to a channel that is bound to other tenants, and no other route asks for it."


# ── what makes an alert, and targets ──


@pytest.mark.parametrize("kind", [Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN])
@pytest.mark.parametrize("code", ["error", "abandoned", "timedout"])
def test_failed_backups_restores_and_unknown_kinds_always_alert(kind: Kind, code: str) -> None:
    assert opens(run(kind=kind, code=code), routing(to("", "", name="nobody")))


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("warning", Kind.BACKUP, "warnings"),
        ("cancelled", Kind.RESTORE, "cancelled restores"),
        ("error", Kind.MANAGEMENT, "all"),
        ("error", Kind.MANAGEMENT, "management"),
        ("error", Kind.MANAGEMENT, "type T"),
        ("warning", Kind.MANAGEMENT, "all warnings"),
    ],
)
def test_what_is_no_failure_alerts_only_where_a_route_with_a_channel_names_it(
    code: str, kind: Kind, words: str
) -> None:
    item = run(code=code, kind=kind)
    assert not opens(item, routing(to("C1", ""), to("C2", "restores")))
    assert not opens(item, routing(to("", words, name="nobody")))
    assert not opens(item, routing(to("C1", words, severities=frozenset({Severity.CRITICAL}))))
    assert not opens(item, routing(to("C1", words), bound={"C1": frozenset({"Beta Ltd"})}))
    assert opens(item, routing(to("C1", words)))


def test_what_went_well_is_no_alert() -> None:
    assert not opens(run(code="ok"), routing(to("C1", "all")))


def test_a_route_that_names_nothing_is_about_failed_backups_restores_and_unknown_kinds() -> None:
    known = Routing((Route("any", "C1", TaskQuery()),))
    assert channels(alert(), known) == ["C1"]
    assert channels(alert(kind=Kind.MANAGEMENT), known) == []
    assert not opens(run(code="warning"), known)


def test_the_first_target_that_matches_counts() -> None:
    targets = (
        Target(parse_target('tenant "Acme Corp" plan hourly'), timedelta(hours=4)),
        Target(parse_target("machine srv-*"), timedelta(hours=8)),
        Target(parse_target("tenant Acme"), timedelta(hours=12)),
    )
    known = routing(targets=targets, target=timedelta(hours=30))
    assert targets_of(alert(), known).own == timedelta(hours=8)
    assert targets_of(alert(plan="Hourly"), known).own == timedelta(hours=4)
    assert targets_of(alert(name="DB1", code="warning"), known).own == timedelta(hours=12)
    assert targets_of(alert(name="DB1", tenant=BETA), known) == Targets(rest=timedelta(hours=30))
    assert targets_of(alert(), routing()) == Targets(None, timedelta(hours=48), spare_runs=1)
