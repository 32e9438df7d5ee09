"""What was due and did not come: when it is missed, when it is excused, and with which words (design §5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alerting.missed import (
    PATIENCE,
    SETTLED,
    Excuse,
    Excused,
    Expectation,
    Gone,
    Ground,
    Missed,
    NotYet,
    Outage,
    excuse_of,
    judge_silence,
)
from bot.alerting.silence_causes import confirming
from bot.model.plans import (
    Access,
    AcronisAlert,
    Api,
    ApiAccess,
    KnownAgent,
    KnownPolicy,
    KnownWorkload,
    PlanPolicy,
    TenantStatus,
)
from tests.builders import NOW

HOUR = timedelta(hours=1)
DUE = NOW - 2 * HOUR
START = Expectation(DUE, DUE + HOUR, last_run_at=DUE - 24 * HOUR)
"""It was due at 7:00, its deadline was at 8:00, and it is 9:00."""
ONLINE = KnownAgent("agent", "SRV-SQL01", is_online=True, is_enabled=True)


def policy(**changes: Any) -> KnownPolicy:
    own: dict[str, Any] = {"id": "child", "root_id": "root", "type": "policy.backup.machine"}
    own |= {name: changes.pop(name) for name in ("updated_at", "id") if name in changes}
    plan = PlanPolicy("main", **own)
    return KnownPolicy(plan, **{"plan_name": "Nightly", "is_licensed": True, "deployment": "deployed", **changes})


def workload(**changes: Any) -> KnownWorkload:
    return KnownWorkload(
        "main",
        "w",
        **{"name": "SRV-SQL01", "has_backup": True, "applied_at": NOW - HOUR / 4, "agent": ONLINE, **changes},
    )


def ground(*policies: KnownPolicy, **changes: Any) -> Ground:
    accesses = {api: ApiAccess("main", api, read_at=NOW - HOUR / 4) for api in Api}
    facts = {"workload": workload(), "history_from": NOW - 90 * 24 * HOUR, "accesses": accesses, **changes}
    return Ground(policies=policies or (policy(),), **facts)


def alert(kind: str, **changes: Any) -> AcronisAlert:
    return AcronisAlert("main", **{"id": "a", "type": kind, "resource_id": "w", "created_at": DUE, **changes})


def cause(found: object) -> str:
    assert isinstance(found, Missed), found
    return found.cause.text


@pytest.mark.parametrize(
    "known",
    [
        ground(),
        Ground(history_from=DUE - HOUR),  # of mailboxes nothing else is known
        ground(workload=None),
        ground(workload=workload(agent=None)),
        ground(accesses={}),  # nobody reads plans
        ground(accesses={api: ApiAccess("main", api, Access.FORBIDDEN) for api in Api}),
        ground(workload=workload(agent=KnownAgent("agent"))),  # whether it is there is not known
    ],
)
def test_a_start_is_missed_where_no_run_came(known: Ground) -> None:
    assert cause(judge_silence(START, known, NOW)) == "It did not start."


@pytest.mark.parametrize(
    ("start", "known"),
    [
        (replace(START, last_run_at=DUE), ground()),
        (replace(START, last_run_at=DUE - timedelta(minutes=4)), ground()),
        (replace(START, last_run_at=NOW - HOUR / 2), ground()),
        (replace(START, running_since=DUE), ground()),
        (replace(START, running_since=DUE - 5 * HOUR), ground()),  # the one before still runs: it may hang
        (START, ground(policy(last_run_at=DUE + HOUR / 2))),
        (START, ground(workload=workload(last_run_at=DUE + HOUR / 2))),
    ],
)
def test_a_run_that_came_or_goes_on_is_no_silence(start: Expectation, known: Ground) -> None:
    assert judge_silence(start, known, NOW) is None


def test_a_run_by_another_plan_does_not_count() -> None:
    two = (policy(), policy(id="other"))
    known = ground(workload=workload(last_run_at=DUE + HOUR / 2, policies=two))
    assert isinstance(judge_silence(START, known, NOW), Missed)


@pytest.mark.parametrize(
    ("known", "excuse", "words"),
    [
        (ground(policy(is_enabled=False)), Excuse.PAUSED, "switched off"),
        (ground(workload=workload(enabled_again_at=NOW + HOUR)), Excuse.PAUSED, "paused"),
        (ground(policy(is_licensed=False)), Excuse.NOT_EXPECTED, "licence"),
        (ground(policy(gone_at=NOW - HOUR)), Excuse.NOT_EXPECTED, "taken off"),
        (ground(workload=workload(deleted_at=NOW - HOUR)), Excuse.NOT_EXPECTED, "deleted"),
        (ground(workload=workload(agent=replace(ONLINE, is_enabled=False))), Excuse.NOT_EXPECTED, "switched off"),
        (
            ground(workload=workload(agent=replace(ONLINE, is_online=False, offline_since=DUE))),
            Excuse.OFFLINE,
            "offline",
        ),
        (ground(policy(updated_at=DUE + HOUR / 2)), Excuse.UNKNOWN, "changed"),
        (ground(history_from=DUE + HOUR), Excuse.UNKNOWN, "still being read"),
        (ground(history_from=None), Excuse.UNKNOWN, "still being read"),
    ],
)
def test_what_is_not_missed_is_said_as_what_it_is(known: Ground, excuse: Excuse, words: str) -> None:
    found = judge_silence(START, known, NOW)
    assert isinstance(found, Excused)
    assert found.excuse is excuse
    assert words in found.words


@pytest.mark.parametrize(
    ("tenant", "excuse", "words"),
    [
        ({"is_enabled": False}, Excuse.NOT_EXPECTED, "the tenant Acme is disabled"),
        ({"deleted_at": NOW}, Excuse.NOT_EXPECTED, "the tenant Acme is deleted"),
        ({"is_visible": False}, Excuse.UNKNOWN, "the tenant Acme shows nothing of its backups"),
    ],
)
def test_a_tenant_that_is_closed_is_named(tenant: dict[str, Any], excuse: Excuse, words: str) -> None:
    barred = workload(barred_by=TenantStatus("main", "t", name="Acme", **tenant))
    assert judge_silence(START, ground(workload=barred), NOW) == Excused(excuse, words)


def test_one_policy_of_the_plan_that_is_on_is_enough() -> None:
    assert isinstance(judge_silence(START, ground(policy(is_enabled=False), policy()), NOW), Missed)
    assert isinstance(judge_silence(START, ground(policy(gone_at=NOW), policy()), NOW), Missed)
    assert isinstance(judge_silence(START, ground(policy(is_licensed=False), policy(is_licensed=None)), NOW), Missed)


def test_what_is_gone_says_how() -> None:
    assert excuse_of(workload(deleted_at=NOW)) == Excused(
        Excuse.NOT_EXPECTED, "it is deleted in Acronis", gone=Gone.DELETED
    )
    revoked = excuse_of(workload(), [policy(gone_at=NOW)])
    assert revoked is not None
    assert revoked.gone is Gone.REVOKED
    assert excuse_of(workload(), [policy()]) is None


def test_what_runs_only_under_conditions_is_not_known() -> None:
    found = judge_silence(replace(START, is_conditional=True), ground(), NOW)
    assert isinstance(found, Excused)
    assert found.excuse is Excuse.UNKNOWN


def test_what_was_retired_is_not_expected_until_it_runs() -> None:
    retired = replace(START, retired_at=DUE - HOUR, retired_by="Mia")
    assert judge_silence(retired, ground(), NOW) == Excused(Excuse.NOT_EXPECTED, "retired by Mia")


# ── what cannot be judged yet ──


@pytest.mark.parametrize(
    ("outage", "is_judged"),
    [
        (Outage(DUE - HOUR / 2, DUE + HOUR / 2), True),
        (Outage(DUE, NOW - timedelta(minutes=31)), True),
        (Outage(DUE, NOW - timedelta(minutes=29)), False),
        (Outage(DUE), False),
        (Outage(DUE - 50 * HOUR), False),
        (Outage(DUE + 1.5 * HOUR, NOW - timedelta(minutes=1)), True),  # it began after the deadline
    ],
)
def test_an_outage_over_the_start_is_waited_for(outage: Outage, is_judged: bool) -> None:
    found = judge_silence(START, ground(outages=(outage,)), NOW)
    assert isinstance(found, Missed if is_judged else NotYet)
    if isinstance(found, NotYet):
        assert NOW < found.until <= NOW + SETTLED


@pytest.mark.parametrize(
    ("ended_at", "is_missed"),
    [(DUE - HOUR, True), (DUE - timedelta(minutes=1), True), (DUE, False), (DUE + HOUR / 3, False)],
)
def test_a_run_that_was_under_way_when_it_was_due_holds_it_up(ended_at: datetime, is_missed: bool) -> None:
    start = replace(START, last_run_at=DUE - 3 * HOUR, last_ended_at=ended_at)
    assert isinstance(judge_silence(start, ground(), NOW), Missed) is is_missed


@pytest.mark.parametrize(("hours", "is_missed"), [(-1, True), (0, True), (0.5, False), (1.5, False)])
def test_what_was_paused_when_it_was_due_is_not_missed_though_it_is_expected_again(
    hours: float, is_missed: bool
) -> None:
    start = replace(START, excused_until=DUE + hours * HOUR)
    assert isinstance(judge_silence(start, ground(), NOW), Missed) is is_missed


@pytest.mark.parametrize(("back", "is_judged"), [(0.5, False), (0.9, False), (1.1, True), (2.5, True)])
def test_an_agent_that_is_back_gets_the_time_that_a_start_has(back: float, is_judged: bool) -> None:
    """It was away when the start was due at 7:00, and the start has an hour."""
    agent = replace(ONLINE, online_since=NOW - back * HOUR)
    found = judge_silence(START, ground(workload=workload(agent=agent)), NOW)
    assert isinstance(found, Missed if is_judged else NotYet)


@pytest.mark.parametrize("api", [Api.STATUSES, Api.AGENTS, Api.RESOURCES, Api.POLICIES, Api.TENANTS])
def test_what_was_not_read_since_is_waited_for_but_not_for_ever(api: Api) -> None:
    old = {each: ApiAccess("main", each, read_at=NOW) for each in Api}
    old[api] = ApiAccess("main", api, Access.FAILING, read_at=DUE - HOUR)
    assert isinstance(judge_silence(START, ground(accesses=old), NOW), NotYet)
    assert isinstance(judge_silence(START, ground(accesses=old), START.deadline_at + PATIENCE), Missed)


@pytest.mark.parametrize("access", [Access.OPEN, Access.FAILING])
@pytest.mark.parametrize(
    ("facts", "is_judged"),
    [
        ({"outages": (Outage(DUE, DUE + 9 * HOUR),)}, False),
        ({"outages": (Outage(DUE + 3 * HOUR, DUE + 9 * HOUR), Outage(DUE - 3 * HOUR, DUE - 2 * HOUR))}, False),
        ({"outages": (Outage(DUE, DUE + 5 * HOUR),)}, True),  # plans fail for another reason
        ({"reader_from": DUE + 9 * HOUR}, False),
        ({"reader_from": DUE - 9 * HOUR}, True),
    ],
)
def test_patience_does_not_run_out_while_nobody_could_read(
    facts: dict[str, Any], is_judged: bool, access: Access
) -> None:
    """What paused it meanwhile is read in the first hour after an outage or a start."""
    old = {each: ApiAccess("main", each, access, read_at=DUE - HOUR) for each in Api}
    found = judge_silence(START, ground(accesses=old, **facts), DUE + 11.5 * HOUR)
    assert isinstance(found, Missed if is_judged else NotYet)
    late = judge_silence(START, ground(accesses=old, **facts), DUE + 15 * HOUR)
    assert isinstance(late, Missed)


@pytest.mark.parametrize(
    ("known", "access", "is_judged"),
    [
        (workload(applied_at=DUE + HOUR / 2), Access.OPEN, True),
        (workload(applied_at=DUE - HOUR), Access.OPEN, False),
        (workload(applied_at=None), Access.FAILING, False),
        (workload(applied_at=None), Access.FORBIDDEN, True),
        (workload(applied_at=None, has_backup=False), Access.OPEN, True),  # a mailbox: no plan is told of it
    ],
)
def test_a_machine_may_be_paused_by_itself_so_its_own_plans_are_asked_for(
    known: KnownWorkload, access: Access, is_judged: bool
) -> None:
    accesses = {each: ApiAccess("main", each, read_at=NOW) for each in Api}
    accesses[Api.APPLICATIONS] = ApiAccess("main", Api.APPLICATIONS, access, read_at=NOW)
    found = judge_silence(START, ground(workload=known, accesses=accesses), NOW)
    assert isinstance(found, Missed if is_judged else NotYet)


# ── why ──


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("QuotaExceeded", "A quota is used up."),
        ("LicenseExpired", "It has no licence for backups."),
        ("PlanDeploymentFailed", "The plan has not reached the agent."),
        ("MachineOffline30", "Its agent was offline when it was due."),
        ("BackupStatusUnknown", "Its agent was offline when it was due."),
        ("M365ApplicationConsentRequired", "The application's consent is missing."),
        ("BackupDidNotStart", "Acronis says too that it did not start."),
        ("SomethingOf2031", "It did not start."),
    ],
)
def test_an_alert_of_acronis_explains_ours(kind: str, words: str) -> None:
    known = ground(workload=workload(alerts=(alert(kind),)))
    assert cause(judge_silence(START, known, NOW)) == words


def test_its_own_words_are_cleaned_and_its_days_are_said() -> None:
    said = alert("BackupDidNotStart", text="Service on host srv01.corp.example did not answer")
    assert "srv01" not in cause(judge_silence(START, ground(workload=workload(alerts=(said,))), NOW))
    days = alert("NoBackupForXDays", days=5)
    text = "Acronis has seen no good backup for 5 days."
    assert cause(judge_silence(START, ground(workload=workload(alerts=(days,))), NOW)) == text


@pytest.mark.parametrize(
    "other",
    [
        alert("QuotaExceeded", plan_id="another"),
        alert("QuotaExceeded", ended_at=NOW),
        alert("BackupDidNotStart", created_at=DUE - timedelta(days=3)),
    ],
)
def test_an_alert_about_something_else_explains_nothing(other: AcronisAlert) -> None:
    assert cause(judge_silence(START, ground(workload=workload(alerts=(other,))), NOW)) == "It did not start."


@pytest.mark.parametrize("plan_id", ["", "child", "root"])
def test_alerts_are_joined_by_plan_where_they_name_one(plan_id: str) -> None:
    known = ground(workload=workload(alerts=(alert("BackupDidNotStart", plan_id=plan_id),)))
    assert cause(judge_silence(START, known, NOW)) != "It did not start."
    assert len(confirming(known.workload, known.policies)) == 1


def test_a_plan_that_has_not_reached_the_agent_says_so() -> None:
    assert cause(judge_silence(START, ground(policy(deployment="error")), NOW)) == "The plan has not reached the agent."


def test_an_agent_that_was_away_over_the_start_is_the_cause() -> None:
    agent = replace(ONLINE, online_since=DUE + timedelta(minutes=1))
    known = ground(workload=workload(agent=agent))
    assert "offline" in cause(judge_silence(START, known, NOW + 5 * HOUR))


def test_the_time_that_is_handed_in_is_all_that_counts() -> None:
    at: datetime = NOW + 100 * 24 * HOUR
    assert isinstance(judge_silence(START, ground(), at), Missed)
