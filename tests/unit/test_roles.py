"""Who may do what: the default, what replaces it, and what a refusal says."""

import pytest

from bot.alerting.roles import Actor, groups_named, needed, refusal, refused_in, role_of
from bot.blocks.notes import denied
from bot.language import parse_role_match
from bot.model import EVERYONE, Act, Grant, Role, Routing, Tenant
from tests.builders import ACME, run

GLOBEX = Tenant("70", "8a959847-ca47-4a48-90a5-cb42789d5b34", "Globex", "/1/66/70/")
HERE, ELSEWHERE = run(), run(tenant=GLOBEX)
MIA = Actor("U0MIA", "C0OPS")
VIEWER, RESPONDER, MANAGER = Role


def grant(role: Role, *who: str, match: str = "") -> Grant:
    return Grant(role, frozenset(who), parse_role_match(match)) if match else Grant(role, frozenset(who))


def test_by_default_members_act_and_nobody_runs_or_reads_the_audit() -> None:
    assert role_of((), MIA, HERE) is RESPONDER
    allowed = {act for act in Act if not refusal(act, (), MIA, HERE)}
    assert allowed == set(Act) - {Act.RUN, Act.AUDIT}
    assert {act for act in Act if needed(act) is MANAGER} == {Act.RUN, Act.AUDIT}
    for act in (Act.RUN, Act.AUDIT):
        assert "no manager is set" in refusal(act, (), MIA, HERE)


@pytest.mark.parametrize("who", ["U0MIA", "S0ONCALL", "C0OPS", EVERYONE])
@pytest.mark.parametrize("role", list(Role))
def test_an_entry_replaces_the_default_for_those_it_names(who: str, role: Role) -> None:
    actor = Actor("U0MIA", "C0OPS", frozenset({"S0ONCALL"}))
    assert role_of((grant(role, who),), actor, HERE) is role
    assert role_of((grant(role, who),), Actor("U0NOAH", "C0ELSE"), HERE) is (role if who == EVERYONE else RESPONDER)


@pytest.mark.parametrize("roles", [(VIEWER, MANAGER), (MANAGER, VIEWER), (VIEWER, RESPONDER, MANAGER)])
def test_of_several_the_highest_holds(roles: tuple[Role, ...]) -> None:
    grants = tuple(grant(role, who) for role, who in zip(roles, ("U0MIA", EVERYONE, "C0OPS"), strict=False))
    assert role_of(grants, MIA, HERE) is MANAGER


@pytest.mark.parametrize("role", [RESPONDER, MANAGER])
@pytest.mark.parametrize("match", ['tenant "Acme Corp"', "tenant 67", f"tenant {ACME.uuid}", "not tenant Globex"])
def test_who_is_named_for_some_tenants_only_looks_elsewhere(role: Role, match: str) -> None:
    grants = (grant(role, "U0MIA", match=match),)
    assert role_of(grants, MIA, HERE) is role
    assert role_of(grants, MIA, ELSEWHERE) is VIEWER
    assert role_of((*grants, grant(RESPONDER, "U0MIA")), MIA, ELSEWHERE) is RESPONDER
    assert role_of(grants, Actor("U0NOAH"), ELSEWHERE) is RESPONDER


def test_a_viewers_match_takes_acting_away_there_alone() -> None:
    grants = (grant(VIEWER, EVERYONE, match="tenant Acme"),)
    assert (role_of(grants, MIA, HERE), role_of(grants, MIA, ELSEWHERE)) == (VIEWER, RESPONDER)


@pytest.mark.parametrize(("match", "role"), [("", MANAGER), ("tenant Acme", VIEWER)])
def test_only_a_manager_of_everything_reads_the_audit(match: str, role: Role) -> None:
    grants = (grant(MANAGER, "U0MIA", match=match),)
    assert role_of(grants, MIA) is role
    assert bool(refusal(Act.AUDIT, grants, MIA)) is bool(match)


def test_where_slack_does_not_say_who_is_in_a_group_the_lower_role_holds() -> None:
    unsure = Actor("U0MIA", unsure=frozenset({"S0LEADS", "S0INTERNS"}))
    leads, interns = grant(MANAGER, "S0LEADS"), grant(VIEWER, "S0INTERNS")
    assert role_of((leads,), unsure, HERE) is RESPONDER
    assert role_of((leads, interns), unsure, HERE) is VIEWER
    assert role_of((leads, interns, grant(RESPONDER, "U0MIA")), unsure, HERE) is RESPONDER


def test_nobody_is_named_by_having_no_channel() -> None:
    assert role_of((grant(VIEWER, "C0OPS"),), Actor("U0MIA", ""), HERE) is RESPONDER


def test_a_refusal_says_what_is_needed_and_who_may() -> None:
    grants = (grant(VIEWER, EVERYONE), grant(RESPONDER, "S0ONCALL", "C0DESK"), grant(MANAGER, "U0NOAH"))
    told = refusal(Act.TAKE, grants, MIA, HERE)
    assert told.startswith("Only a responder may take alerts, and you are a viewer here.")
    assert told.endswith("These may: whoever asks in C0DESK, the group S0ONCALL and U0NOAH.")
    assert refusal(Act.RUN, grants, MIA, HERE).endswith("This may: U0NOAH.")
    many = tuple(grant(MANAGER, f"U0PERSON{number}") for number in range(9))
    assert refusal(Act.RUN, many, MIA, HERE).endswith("U0PERSON4 and 4 more.")


def test_a_refusal_names_those_who_keep_the_default() -> None:
    assert "every member whom [[roles]] does not name" in refusal(Act.TAKE, (grant(VIEWER, "U0MIA"),), MIA, HERE)


def test_a_refusal_calls_nobody_and_shows_names() -> None:
    shown = denied("Only a manager may run backups. These may: U0NOAH, the group S0LEADS and whoever asks in C0OPS.")
    elements = shown.blocks[0]["elements"][0]["elements"]
    assert {each["type"] for each in elements} == {"text", "user", "usergroup", "channel"}
    assert "<" not in shown.text


@pytest.mark.parametrize("names", [("Acme Corp",), ("67",), ("66",), ("Acme*",)])
def test_a_bound_channel_acts_on_its_own_tenants_alone(names: tuple[str, ...]) -> None:
    routing = Routing(bound={"C0ACME": frozenset(names)})
    assert refused_in("C0ACME", ACME, routing) == ""
    assert refused_in("C0OPS", GLOBEX, routing) == ""
    told = refused_in("C0ACME", Tenant("9", "", "Globex", "/1/9/"), routing)
    assert "bound to other tenants" in told
    assert "Globex" not in told


def test_the_groups_that_are_named_are_known() -> None:
    grants = (grant(VIEWER, EVERYONE, "U0MIA"), grant(MANAGER, "S0LEADS", "C0OPS", "S0ONCALL"))
    assert groups_named(grants) == {"S0LEADS", "S0ONCALL"}
