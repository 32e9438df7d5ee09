"""What Acronis's plans, workloads, agents, tenants and alerts are written as, and what is told of them again."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import LeaseLost
from bot.model import Rules
from bot.model.plans import (
    Access,
    AcronisAlert,
    AgentStatus,
    Api,
    ApiAccess,
    KnownWorkload,
    PlanPolicy,
    PolicyRuns,
    Retry,
    Schedule,
    StartTimes,
    TenantStatus,
    WorkloadFacts,
    WorkloadStatus,
)
from bot.model.running import Application
from bot.store.address import Address
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.plans.facts import facts_of
from bot.store.plans.page import Written
from bot.store.plans.recording import PlanRecorder
from bot.store.plans.schedules import schedule_of, schedule_text
from bot.store.pruning import Pruner
from bot.store.schema import acronis_alerts, machines, micros, policy_contexts, rhythms, standings, tenant_tree

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHTLY = Schedule(
    (StartTimes((21 * 60,), frozenset({0, 1, 2, 3, 4})), StartTimes((0, 720), month_days=frozenset({-1}))),
    timedelta(minutes=30),
    is_conditional=True,
)
MACHINE = "policy.backup.machine"


class Store:
    """Acronis's readings of the account `a`, written one after another."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorder = PlanRecorder(database)
        self.lease = Lease("plans a", "a", "me", HOUR)

    async def page(self, api: Api, *items: Any, at: datetime = NOW) -> Written:
        return await self.recorder.record(self.lease, api, items, at, at)

    async def reads(self, api: Api, *items: Any, at: datetime = NOW, is_full: bool = True, **asked: Any) -> None:
        await self.page(api, *items, at=at)
        access = ApiAccess("a", api, read_at=at, full_at=at if is_full else None)
        await self.recorder.finish(self.lease, access, at, at, **asked)

    async def knows(self, id_: str = "m1") -> KnownWorkload:
        async with self.database.read() as connection:
            return (await facts_of(connection, "a", [id_]))[id_.lower()]


@pytest.fixture
async def store(address: Address) -> AsyncIterator[Store]:
    database = Database(address)
    store = Store(database)
    await store.recorder.leases.take(store.lease, NOW)
    yield store
    await database.close()


def status(id_: str = "m1", *, runs: Sequence[PolicyRuns] | None = None, **more: Any) -> WorkloadStatus:
    own = (PolicyRuns(MACHINE, NOW - HOUR, NOW - 25 * HOUR, NOW + HOUR),) if runs is None else tuple(runs)
    given = {"name": "SRV-DB1", "tenant_id": "901", "agent_id": "ag", "status": "error", "updated_at": NOW - HOUR}
    return WorkloadStatus("a", id_, "resource.machine", **{**given, "runs": own, **more})


def plan(*workloads: str, **more: Any) -> tuple[PlanPolicy, ...]:
    root = PlanPolicy("a", "root", "root", "policy.protection.total", "Nightly servers", context_ids=workloads)
    retry = Retry(HOUR, 12)
    child: dict[str, Any] = {"schedule": NIGHTLY, "retry": retry, "most_days": 5, "updated_at": NOW - 9 * HOUR, **more}
    return root, PlanPolicy("a", "child", "root", MACHINE, "", context_ids=workloads, **child)


def application(workload: str = "m1", **more: Any) -> Application:
    return Application("child", MACHINE, workload, ("root",), **more)


async def test_everything_that_is_known_of_a_workload_is_told_together(store: Store) -> None:
    await store.reads(Api.STATUSES, status())
    await store.reads(Api.RESOURCES, WorkloadFacts("a", "m1", "SRV-DB1", "901", zone_minutes=120))
    await store.reads(Api.AGENTS, AgentStatus("a", "ag", "SRV-DB1", is_online=False))
    await store.reads(Api.POLICIES, *plan("m1"))
    await store.reads(
        Api.APPLICATIONS,
        application(is_enabled=True, is_licensed=False, execution="idle", event_id="al1", last_run_at=NOW - HOUR),
        asked=["m1"],
    )
    alert = AcronisAlert("a", "al1", "NoBackupForXDays", resource_id="m1", days=5, created_at=NOW - HOUR)
    await store.reads(Api.ALERTS, alert)
    acme = TenantStatus("a", "u1", "901", "Acme", "customer", "p1")
    await store.reads(Api.TENANTS, acme, TenantStatus("a", "p1", "900", "Partner"))
    known = await store.knows("M1")
    assert (known.name, known.status, known.zone_minutes, known.has_backup) == ("SRV-DB1", "error", 120, True)
    assert (known.last_run_at, known.last_good_at) == (NOW - HOUR, NOW - 25 * HOUR)
    assert known.agent is not None
    assert (known.agent.is_online, known.agent.offline_since) == (False, NOW)
    assert (known.tenant, known.barred_by) == (acme, None)
    assert known.alerts == (alert,)
    (policy,) = known.policies
    assert (policy.plan_name, policy.is_enabled, policy.is_licensed) == ("Nightly servers", True, False)
    assert (policy.policy.schedule, policy.policy.retry) == (NIGHTLY, Retry(HOUR, 12))
    assert (policy.event_id, policy.last_run_at, policy.gone_at) == ("al1", NOW - HOUR, None)


async def test_what_nothing_is_known_of_is_left_out(store: Store) -> None:
    await store.reads(Api.STATUSES, status())
    async with store.database.read() as connection:
        assert list(await facts_of(connection, "a", ["m1", "m2", ""])) == ["m1"]
        assert await facts_of(connection, "b", ["m1"]) == {}


async def test_an_alert_alone_makes_a_workload_known(store: Store) -> None:
    await store.reads(Api.ALERTS, AcronisAlert("a", "al1", "BackupFailed", resource_id="mailbox"))
    known = await store.knows("mailbox")
    assert (known.has_backup, known.name, len(known.alerts)) == (None, "", 1)


@pytest.mark.parametrize("schedule", [None, NIGHTLY, Schedule(()), Schedule((StartTimes((5,)),))])
def test_a_schedule_is_read_as_it_was_written(schedule: Schedule | None) -> None:
    assert schedule_of(schedule_text(schedule)) == schedule


def test_thousands_of_plans_that_run_on_the_same_days_keep_these_once() -> None:
    one, other = (schedule_of(schedule_text(Schedule((StartTimes((5,), frozenset({0, 4})),)))) for _ in range(2))
    assert one
    assert other
    assert one.sets[0].weekdays is other.sets[0].weekdays


async def test_of_several_backups_the_latest_runs_count_and_other_policies_do_not(store: Store) -> None:
    runs = (
        PolicyRuns(MACHINE, NOW - 3 * HOUR, NOW - 3 * HOUR, NOW + 5 * HOUR),
        PolicyRuns("policy.backup.sharepoint", NOW - 2 * HOUR, None, NOW + HOUR, NOW + 9 * HOUR),
        PolicyRuns("policy.security.patch_management", NOW, NOW, NOW, NOW),
    )
    await store.reads(Api.STATUSES, status(runs=runs))
    known = await store.knows()
    assert (known.last_run_at, known.last_good_at) == (NOW - 2 * HOUR, NOW - 3 * HOUR)
    assert (known.next_run_at, known.enabled_again_at) == (NOW + HOUR, None)
    paused = PolicyRuns(MACHINE, enabled_again_at=NOW + HOUR)
    await store.reads(Api.STATUSES, status(runs=[paused, runs[1]]), status("m2", runs=[runs[2]]))
    assert (await store.knows()).enabled_again_at == NOW + HOUR
    assert (await store.knows("m2")).has_backup is False


@pytest.mark.parametrize("updated_at", [NOW - 30 * HOUR, NOW - HOUR, NOW, None])
async def test_the_clock_of_a_machine_is_kept_whenever_its_status_changed_last(
    store: Store, updated_at: datetime | None
) -> None:
    """A status changes with each run, the workload itself once in a while."""
    await store.reads(Api.STATUSES, status())
    await store.reads(Api.RESOURCES, WorkloadFacts("a", "m1", "SRV-DB1", zone_minutes=120, updated_at=updated_at))
    assert (await store.knows()).zone_minutes == 120
    moved = await store.page(Api.STATUSES, status(name="new", updated_at=NOW - HOUR), at=NOW + MINUTE)
    assert moved.changed == 1  # its times of change are those of statuses alone


async def test_an_older_page_changes_nothing(store: Store) -> None:
    await store.page(Api.STATUSES, status(name="new"))
    older = await store.page(Api.STATUSES, status(name="old", updated_at=NOW - 2 * HOUR), at=NOW + MINUTE)
    assert older.changed == 0
    assert (await store.knows()).name == "new"


async def test_a_page_that_says_nothing_new_writes_no_row(store: Store) -> None:
    assert await store.page(Api.STATUSES, status(), status("m2")) == Written(2)
    assert await store.page(Api.STATUSES, status(), status("m2"), at=NOW + MINUTE) == Written()
    ran = [PolicyRuns(MACHINE, NOW, NOW)]
    assert await store.page(Api.STATUSES, status(name="new"), status("m2", name="new")) == Written(2)
    page = status(runs=ran, updated_at=NOW), status("m2", runs=ran)
    assert await store.page(Api.STATUSES, *page) == Written(2, moved=1, silent=1)


async def test_an_item_that_comes_twice_is_one_row(store: Store) -> None:
    assert (await store.page(Api.STATUSES, status(), status())).changed == 1


async def test_a_workload_is_gone_once_no_listing_has_it(store: Store) -> None:
    await store.reads(Api.STATUSES, status(), status("m2"))
    await store.reads(Api.RESOURCES, WorkloadFacts("a", "m1"), WorkloadFacts("a", "mailbox"))
    await store.reads(Api.STATUSES, status("m2"), at=NOW + HOUR)
    assert (await store.knows()).deleted_at is None  # the other listing still has it
    assert (await store.knows("mailbox")).deleted_at is None  # it never was among the statuses
    await store.reads(Api.RESOURCES, WorkloadFacts("a", "mailbox"), at=NOW + 2 * HOUR)
    assert (await store.knows()).deleted_at == NOW + 2 * HOUR
    assert (await store.knows("m2")).deleted_at is None
    await store.reads(Api.STATUSES, status(), status("m2"), at=NOW + 26 * HOUR)
    assert (await store.knows()).deleted_at is None  # it is back


async def test_a_listing_that_was_not_read_to_its_end_tells_of_nothing_gone(store: Store) -> None:
    await store.reads(Api.STATUSES, status(), status("m2"))
    await store.reads(Api.AGENTS, AgentStatus("a", "ag", "SRV-DB1", is_online=True))
    await store.reads(Api.POLICIES, *plan("m1"))
    for api in (Api.STATUSES, Api.AGENTS, Api.POLICIES):
        await store.reads(api, at=NOW + HOUR, is_full=False)
    known = await store.knows()
    assert (known.deleted_at, known.policies[0].gone_at) == (None, None)
    assert known.agent is not None


async def test_a_deletion_that_is_told_holds_though_its_status_is_shown_for_a_while(store: Store) -> None:
    await store.reads(Api.STATUSES, status())
    gone = WorkloadFacts("a", "m1", updated_at=NOW, deleted_at=NOW)
    await store.reads(Api.RESOURCES, gone, at=NOW + MINUTE, is_full=False)
    await store.reads(Api.STATUSES, status(), at=NOW + 15 * MINUTE)
    assert (await store.knows()).deleted_at == NOW


@pytest.mark.parametrize("changed_at", [NOW - 24 * HOUR, NOW - MINUTE, NOW, None])
async def test_the_zone_and_the_deletion_hold_whichever_time_of_change_its_status_bears(
    store: Store, changed_at: datetime | None
) -> None:
    """A status changes with each run, the workload itself hardly ever: their times of change are not of one thing."""
    await store.reads(Api.STATUSES, status(updated_at=NOW))
    facts = WorkloadFacts("a", "m1", "SRV-DB1", "901", zone_minutes=-300, updated_at=changed_at)
    await store.reads(Api.RESOURCES, facts)
    assert (await store.knows()).zone_minutes == -300
    await store.reads(Api.RESOURCES, replace(facts, zone_minutes=-240), at=NOW + HOUR)  # clocks were changed
    assert (await store.knows()).zone_minutes == -240
    await store.reads(Api.RESOURCES, replace(facts, deleted_at=NOW + HOUR), at=NOW + 2 * HOUR)
    assert (await store.knows()).deleted_at == NOW + HOUR


async def test_an_agent_is_away_from_when_it_was_first_seen_to_be(store: Store) -> None:
    await store.reads(Api.STATUSES, status())
    seen: list[tuple[datetime | None, datetime | None]] = []
    for hours, is_online in enumerate((True, False, False, None, True, True, False)):
        await store.reads(Api.AGENTS, AgentStatus("a", "ag", "x", is_online=is_online), at=NOW + hours * HOUR)
        agent = (await store.knows()).agent
        assert agent is not None
        seen.append((agent.offline_since, agent.online_since))
    away, back = NOW + HOUR, NOW + 4 * HOUR
    assert seen == [(None, None), *[(away, None)] * 3, *[(None, back)] * 2, (NOW + 6 * HOUR, None)]
    await store.reads(Api.AGENTS, at=NOW + 9 * HOUR)
    assert (await store.knows()).agent is None


async def test_a_policy_is_off_a_workload_once_its_whole_list_has_it_no_more(store: Store) -> None:
    await store.reads(Api.POLICIES, *plan("m1", "m2"))
    await store.reads(Api.POLICIES, *plan("m2"), at=NOW + HOUR)
    assert (await store.knows()).policies[0].gone_at == NOW + HOUR
    assert (await store.knows("m2")).policies[0].gone_at is None
    await store.reads(Api.POLICIES, *plan(), at=NOW + 2 * HOUR)  # an empty list says nothing
    assert (await store.knows("m2")).policies[0].gone_at is None
    await store.reads(Api.POLICIES, at=NOW + 3 * HOUR)  # the plan was deleted
    assert (await store.knows("m2")).policies[0].gone_at == NOW + 3 * HOUR


async def test_a_list_that_is_cut_off_takes_no_workload_off(store: Store) -> None:
    many = [f"w{number}" for number in range(100)]
    await store.reads(Api.APPLICATIONS, application(), asked=["m1"])
    await store.reads(Api.POLICIES, *plan(*many), at=NOW + HOUR)
    assert (await store.knows()).policies[0].gone_at is None


async def test_applications_say_what_is_on_the_workloads_that_were_asked_for(store: Store) -> None:
    await store.reads(Api.APPLICATIONS, application(), application("m2"), asked=["m1", "m2"])
    known = (await store.knows()).policies[0]
    assert known.policy.why_unknown == "the plan itself was not read"
    await store.reads(Api.POLICIES, *plan(), at=NOW + MINUTE)
    assert (await store.knows()).policies[0].policy.schedule == NIGHTLY
    await store.reads(Api.APPLICATIONS, application("m2"), at=NOW + HOUR, asked=["m1", "m2"])
    assert (await store.knows()).policies[0].gone_at == NOW + HOUR
    assert (await store.knows("m2")).policies[0].gone_at is None
    await store.reads(Api.APPLICATIONS, at=NOW + 2 * HOUR, asked=["m1"])
    assert (await store.knows("m2")).policies[0].gone_at is None  # nobody asked for it


@pytest.mark.parametrize(
    ("applications", "policy_is_on"),
    [
        ([application(is_enabled=False)], True),
        ([application(is_enabled=True), Application("root", "policy.protection.total", "m1", is_enabled=False)], True),
        ([application(is_enabled=True)], False),
    ],
)
async def test_a_plan_is_off_wherever_it_was_paused(
    store: Store, applications: list[Application], policy_is_on: bool
) -> None:
    await store.reads(Api.POLICIES, *plan("m1", is_enabled=policy_is_on))
    assert (await store.knows()).policies[0].is_enabled is policy_is_on
    await store.reads(Api.APPLICATIONS, *applications, asked=["m1"])
    assert (await store.knows()).policies[0].is_enabled is False


async def test_an_alert_of_acronis_is_over_when_it_was_dismissed_or_is_no_longer_listed(store: Store) -> None:
    first, second = (AcronisAlert("a", id_, "BackupFailed", resource_id="m1") for id_ in ("x", "y"))
    await store.reads(Api.ALERTS, first, second)
    dismissed = AcronisAlert("a", "x", "BackupFailed", resource_id="m1", ended_at=NOW)
    await store.reads(Api.ALERTS, dismissed, at=NOW + MINUTE, is_full=False)
    assert (await store.knows()).alerts == (second,)
    await store.reads(Api.ALERTS, at=NOW + HOUR)
    async with store.database.read() as connection:
        assert await facts_of(connection, "a", ["m1"]) == {}


@pytest.mark.parametrize(
    "closed", [{"is_enabled": False}, {"is_visible": False}, {"deleted_at": NOW}], ids=["off", "blind", "deleted"]
)
async def test_the_nearest_closed_tenant_bars_a_workload(store: Store, closed: dict[str, Any]) -> None:
    partner = TenantStatus("a", "p1", "900", "Partner", parent_id="top", **closed)
    top = TenantStatus("a", "top", "1", "Us", parent_id="u1", **closed)  # a ring ends
    await store.reads(Api.STATUSES, status(), status("m2", tenant_id="u1"), status("m3", tenant_id="777"))
    await store.reads(Api.TENANTS, TenantStatus("a", "u1", "901", "Acme", parent_id="p1"), partner, top)
    assert (await store.knows()).barred_by == partner
    assert (await store.knows("m2")).barred_by == partner
    assert (await store.knows("m3")).tenant is None


async def test_a_tenant_keeps_its_number_and_is_deleted_when_the_tree_has_it_no_more(store: Store) -> None:
    await store.reads(Api.STATUSES, status())
    await store.reads(Api.TENANTS, TenantStatus("a", "u1", "901", "Acme"))
    await store.reads(Api.TENANTS, TenantStatus("a", "u1", "", "Acme Corp"), at=NOW + HOUR)
    tenant = (await store.knows()).tenant
    assert tenant is not None
    assert (tenant.name, tenant.number) == ("Acme Corp", "901")
    await store.reads(Api.TENANTS, TenantStatus("a", "u2"), at=NOW + 2 * HOUR)
    tenant = (await store.knows()).barred_by
    assert tenant is not None
    assert tenant.deleted_at == NOW + 2 * HOUR


async def test_what_fails_or_is_late_is_asked_for_first_and_in_turn(store: Store) -> None:
    good, late = NOW - HOUR, NOW - MINUTE
    await store.reads(
        Api.STATUSES,
        status("fails"),
        status("late", status="ok", runs=[PolicyRuns(MACHINE, good, good, late)]),
        status("never", status="ok", runs=[PolicyRuns(MACHINE)]),
        status("well", status="ok", runs=[PolicyRuns(MACHINE, good, good, NOW + HOUR)]),
        status("bare", status="not_protected", runs=[]),
    )
    assert await store.recorder.unwell("a", NOW, 9) == ["fails", "late", "never"]
    await store.reads(Api.APPLICATIONS, asked=["fails", "late"])
    assert await store.recorder.unwell("a", NOW, 2) == ["never", "fails"]


@pytest.mark.parametrize(
    ("found", "is_asked_again"),
    [({"is_enabled": False}, False), ({"is_licensed": False}, False), ({"is_enabled": True}, True), ({}, True)],
)
async def test_why_nothing_is_to_run_is_asked_until_it_is_known(
    store: Store, found: dict[str, Any], is_asked_again: bool
) -> None:
    """Its plan may just have been paused: it is well, so nothing else would ask."""
    good = NOW - HOUR
    await store.reads(Api.STATUSES, status("m1", status="ok", runs=[PolicyRuns(MACHINE, good, good)]))
    assert await store.recorder.unwell("a", NOW, 9) == [], "no plan is known to be on it"
    await store.reads(Api.POLICIES, *plan("m1"))
    assert await store.recorder.unwell("a", NOW, 9) == ["m1"]
    await store.reads(Api.APPLICATIONS, application(**found), asked=["m1"])
    assert await store.recorder.unwell("a", NOW, 9) == (["m1"] if is_asked_again else [])


async def was_due(store: Store, id_: str, due_at: datetime, ran_at: datetime, look_at: datetime) -> None:
    """A start of its plan was due then; its last run began at `ran_at`."""
    number = sum(map(ord, id_))
    ran = {"run_shape": 1, "run_tenant": 1, "run_machine": number, "run_plan": 1, "run_code": "ok"}
    times = {"run_began_at": micros(ran_at), "run_ended_at": micros(ran_at)}
    due = {"due_at": micros(due_at), "next_look_at": micros(look_at), "learned_at": 0, "since": 0}
    async with store.database.write() as connection:
        machine = {"number": number, "id": id_.upper(), "name": id_}
        await connection.execute(machines.insert().values(machine))
        await connection.execute(standings.insert().values(subject=id_, **ran, **times))
        await connection.execute(
            rhythms.insert().values(subject=id_, account="a", source="plan", rhythm="", basis="", **due)
        )


async def test_the_plans_on_what_did_not_start_are_read_before_all_others(store: Store) -> None:
    well = [PolicyRuns(MACHINE, NOW - HOUR, NOW - HOUR, NOW + HOUR)]
    ids = ("paused", "ran", "later", "waits", "asked")
    await store.reads(Api.STATUSES, status("fails"), *(status(id_, status="ok", runs=well) for id_ in ids))
    soon = NOW + 10 * MINUTE
    await was_due(store, "paused", NOW - HOUR, NOW - 25 * HOUR, soon)
    await was_due(store, "asked", NOW - HOUR, NOW - 25 * HOUR, soon)
    await was_due(store, "ran", NOW - HOUR, NOW - HOUR, soon)
    await was_due(store, "later", NOW + MINUTE, NOW - 24 * HOUR, NOW + 61 * MINUTE)
    await was_due(store, "waits", NOW - MINUTE, NOW - 24 * HOUR, NOW + HOUR)  # it has an hour still
    await store.reads(Api.APPLICATIONS, at=NOW - 2 * HOUR, asked=["paused"])
    await store.reads(Api.APPLICATIONS, at=NOW - HOUR / 2, asked=["asked"])
    assert await store.recorder.unwell("a", NOW, 9) == ["paused", "fails", "asked"]
    assert await store.recorder.late_since("a", NOW) == NOW - HOUR
    assert await store.recorder.late_since("b", NOW) is None


async def test_how_an_api_stands_is_kept(store: Store) -> None:
    forbidden = ApiAccess("a", Api.AGENTS, Access.FORBIDDEN, "It lacks the scope x.", NOW, NOW - HOUR, NOW - 2 * HOUR)
    await store.recorder.stand(store.lease, forbidden, NOW)
    await store.reads(Api.STATUSES)
    assert await store.recorder.accesses("a") == {
        Api.AGENTS: forbidden,
        Api.STATUSES: ApiAccess("a", Api.STATUSES, read_at=NOW, full_at=NOW),
    }


async def test_who_lost_the_lease_writes_nothing(store: Store) -> None:
    await store.recorder.leases.take(Lease("plans a", "a", "another", HOUR), NOW + 2 * HOUR)
    with pytest.raises(LeaseLost):
        await store.page(Api.STATUSES, status())
    async with store.database.read() as connection:
        assert await facts_of(connection, "a", ["m1"]) == {}


async def test_what_is_gone_for_as_long_as_runs_are_kept_is_deleted(store: Store) -> None:
    kept, old = timedelta(days=99), timedelta(days=101)
    for id_ in ("gone", "kept"):
        await store.page(Api.RESOURCES, WorkloadFacts("a", id_, deleted_at=NOW - (old if id_ == "gone" else kept)))
        await store.page(Api.APPLICATIONS, application(id_))
    await store.page(Api.STATUSES, status("here"))
    dismissed = (AcronisAlert("a", f"al{age.days}", "X", resource_id="here", ended_at=NOW - age) for age in (kept, old))
    await store.page(Api.ALERTS, *dismissed, AcronisAlert("a", "open", "X", resource_id="here", created_at=NOW - old))
    await store.page(Api.TENANTS, *(TenantStatus("a", f"t{age.days}", deleted_at=NOW - age) for age in (kept, old)))
    await Pruner(store.database, Rules()).prune(NOW)
    async with store.database.read() as connection:
        assert set(await facts_of(connection, "a", ["gone", "kept", "here"])) == {"kept", "here"}
        found = {
            name: sorted((await connection.scalars(select(table.c[column]))).all())
            for name, table, column in (
                ("alerts", acronis_alerts, "id"),
                ("contexts", policy_contexts, "workload_id"),
                ("tenants", tenant_tree, "id"),
            )
        }
    assert found == {"alerts": ["al99", "open"], "contexts": ["kept"], "tenants": ["t99"]}
    await Pruner(store.database, Rules()).prune(NOW + old)  # nobody tells of it any more
    assert (await store.knows("here")).alerts == ()
