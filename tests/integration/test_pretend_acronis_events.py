"""What can happen to plans, machines and tenants of the pretend world, and how each of its APIs shows it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.catalog import ACME, Assignment, Catalog, Plan, machine
from bot.sandbox.acronis.schedules import BackupSet
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE, SECOND, read_stamp, write_stamp
from tests.integration.pretending import Visitor, visiting

START = int(datetime(2026, 6, 10, 9, 30, tzinfo=UTC).timestamp()) * SECOND
NIGHTLY = Plan(ACME, "Nightly", 0, 0, 10 * MINUTE, (BackupSet("daily", (1260,)),), attempts=12, alert_days=2)
HOURLY = Plan(ACME, "Hourly", 60 * MINUTE, 0, 5 * MINUTE)
ONE, TWO = machine(ACME, "ONE"), machine(ACME, "TWO", host="HOST")
THREE = machine(ACME, "THREE", host="HOST")
SMALL = Catalog((*(Assignment(NIGHTLY, each) for each in (ONE, TWO, THREE)), Assignment(HOURLY, ONE)))
DUE = START + 11 * HOUR + 30 * MINUTE
STATUSES = "/api/resource_management/v4/resource_statuses"
APPLICATIONS = "/api/policy_management/v4/applications"
ALERTS = "/api/alert_manager/v1/alerts"


class House(Visitor):
    """Looks at what the world shows, at a time of its own."""

    async def at(self, moment: int) -> None:
        self.control.now(offset=(moment - START) / SECOND)
        await self.log_in()

    async def listed(self, path: str, **params: Any) -> list[Any]:
        found: list[Any] = (await self.http.get(path, params=params)).raise_for_status().json()["items"]
        return found

    async def status(self, name: str) -> dict[str, Any]:
        found = await self.listed(STATUSES, is_group="false")
        return next(each for each in found if each["context"]["name"] == name)

    async def row(self, name: str) -> dict[str, Any]:
        row: dict[str, Any] = (await self.status(name))["policies"][0]
        return row

    async def alerts(self, **params: Any) -> list[str]:
        return [each["type"] for each in await self.listed(ALERTS, **params)]

    async def runs(self, name: str, since: int = DUE - SECOND) -> list[Any]:
        return await self.items(
            resourceName=f"like({name})", startedAt=f"gt({write_stamp(since)})", policyName="Nightly"
        )


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with visiting(World(now=lambda: START, catalog=SMALL, days=0)) as guest:
        yield House(guest.running, guest.http)


async def test_a_world_that_is_handed_in_runs_by_its_schedules(house: House) -> None:
    assert (await house.row("TWO")) == {"type": "policy.backup.machine", "next_run": write_stamp(DUE)}
    await house.at(DUE + HOUR)
    assert len(await house.runs("TWO")) == 1
    assert read_stamp((await house.row("TWO"))["next_run"]) == DUE + DAY


async def test_an_agent_that_is_away_runs_nothing_and_shows_a_stale_next_run(house: House) -> None:
    assert house.control.agent("TWO")["resources"] == ["TWO", "THREE"], "one agent serves both"
    await house.at(DUE + HOUR)
    assert not await house.runs("T")
    assert (await house.row("TWO"))["next_run"] == write_stamp(DUE)
    assert await house.alerts() == ["BackupStatusUnknown", "BackupStatusUnknown"]
    agents = await house.listed("/api/agent_manager/v2/agents", online="false")
    assert [(each["hostname"], each["online"]) for each in agents] == [("HOST", False)]
    house.control.settings(offline_next="absent")
    assert "next_run" not in await house.row("TWO")
    house.control.settings(offline_next="stale")
    house.control.agent("THREE", online=True)
    assert read_stamp((await house.row("TWO"))["next_run"]) == DUE + DAY
    assert not await house.alerts()
    await house.at(DUE + DAY + HOUR)
    assert len(await house.runs("TWO")) == 1


async def test_after_a_month_an_alert_says_that_a_machine_is_offline(house: House) -> None:
    house.control.agent("TWO")
    await house.at(START + 31 * DAY)
    assert "MachineOffline30" in await house.alerts(category="Monitoring")


async def test_a_run_is_skipped_without_a_reason(house: House) -> None:
    house.control.skip("TWO")
    await house.at(DUE + HOUR)
    assert len(await house.runs("T")) == 1, "the other one runs"
    assert read_stamp((await house.row("TWO"))["next_run"]) == DUE + DAY, "it jumped, and the last run stood still"
    (alert,) = await house.listed(ALERTS, type="BackupDidNotStart")
    assert (alert["createdAt"], alert["details"]["resourceId"]) == (write_stamp(DUE), TWO.key.upper())
    await house.at(DUE + DAY + HOUR)
    assert "BackupDidNotStart" not in await house.alerts(), "the next good run has cleared it"


@pytest.mark.parametrize("resource", [None, "TWO"])
async def test_a_pause_is_not_a_miss(house: House, resource: str | None) -> None:
    house.control.pause("Nightly", resource)
    await house.at(DUE + HOUR)
    assert not await house.runs("TWO")
    assert len(await house.runs("THREE")) == (resource is not None)
    assert "next_run" not in await house.row("TWO")
    (group,) = await house.listed(APPLICATIONS, context_id=TWO.key)
    assert not any(each["enabled"] for each in group)
    policies = await house.listed("/api/policy_management/v4/policies", search="Nightly")
    assert policies[0]["policy"][0]["enabled"] is (resource is not None)
    assert not await house.alerts()
    house.control.pause("Nightly", resource, on=False)
    assert "next_run" in await house.row("TWO")


async def test_a_pause_ends_by_itself(house: House) -> None:
    house.control.pause("Nightly", seconds=13 * 3600)
    assert (await house.row("TWO"))["next_enable_time"] == write_stamp(START + 13 * HOUR)
    await house.at(DUE + DAY + HOUR)
    assert len(await house.runs("TWO")) == 1, "only that of the second night"
    assert "next_enable_time" not in await house.row("TWO")


async def test_a_plan_that_is_revoked_and_a_workload_that_is_deleted(house: House) -> None:
    assert house.control.withdraw("Nightly", "TWO") == {"revoked": 1}
    house.control.delete_workload("THREE")
    await house.at(DUE + HOUR)
    assert not await house.runs("T")
    assert (await house.status("TWO"))["aggregate"] == {"status": "not_protected"}
    assert not await house.listed(STATUSES, resource_id=THREE.key)
    (gone,) = await house.listed(STATUSES, resource_id=THREE.key, include_deleted="true")
    assert gone["context"]["deleted_at"] == write_stamp(START)
    (group,) = await house.listed(APPLICATIONS, context_id=TWO.key, include_deleted="true")
    assert {each["deleted_at"] for each in group} == {write_stamp(START)}


async def test_a_lost_quota(house: House) -> None:
    house.control.quota("TWO")
    await house.at(DUE + HOUR)
    assert not await house.runs("TWO")
    (group,) = await house.listed(APPLICATIONS, context_id=TWO.key)
    assert [each.get("is_licensed") for each in group] == [None, False, False]
    (alert,) = await house.listed(ALERTS)
    assert alert["type"].startswith("cti.")
    assert {"title", "category", "description", "fields"} < alert["details"].keys()
    assert group[1]["most_severe_status_event"]["id"] == alert["id"]
    house.control.quota("TWO", lost=False)
    assert not await house.alerts()


async def test_a_plan_that_never_reached_the_agent(house: House) -> None:
    house.control.application("TWO", deployment="error")
    assert await house.alerts() == ["PlanDeploymentFailed"]
    assert len(await house.listed(APPLICATIONS, deployment_state="error")) == 1
    house.control.application("TWO", deployment="deployed")
    assert not await house.alerts()


async def test_a_plan_tries_again_by_itself_until_it_succeeds(house: House) -> None:
    house.control.fail_next("TWO", failures=3)
    await house.at(DUE + 10 * HOUR)
    found = sorted(await house.runs("TWO"), key=lambda task: str(task["startedAt"]))
    assert [task["result"]["code"] for task in found] == ["error"] * 3 + ["ok"]
    gaps = [read_stamp(after["startedAt"]) - read_stamp(before["completedAt"]) for before, after in pairwise(found)]
    assert all(HOUR - SECOND <= gap < HOUR + 5 * SECOND for gap in gaps)
    failed = await house.listed(ALERTS, type="BackupFailed", show_deleted="true")
    assert all("deletedAt" in each for each in failed)


async def test_a_row_of_retries_on_demand(house: House) -> None:
    begun = house.control.retries("TWO", failures=2, seconds=1, apart=10)
    assert len(begun) == 3
    await house.at(START + 5 * SECOND)
    assert len(await house.runs("TWO", START - SECOND)) == 1, "the others come when their time has come"
    await house.at(START + 60 * SECOND)
    found = await house.runs("TWO", START - SECOND)
    assert sorted(task["result"]["code"] for task in found) == ["error", "error", "ok"]


async def test_a_plan_with_another_time(house: House) -> None:
    house.control.reschedule("Nightly", ["12:15"], ["wed"])
    assert (await house.row("TWO"))["next_run"] == "2026-06-10T12:15:00Z"
    (item,) = await house.listed("/api/policy_management/v4/policies", search="Nightly", include_settings="true")
    (found,) = item["policy"][1]["settings"]["scheduling"]["backup_sets"]
    assert found["schedule"]["alarms"]["time"] == {"weekdays": ["wed"], "repeat_at": [{"hour": 12, "minute": 15}]}
    assert item["policy"][0]["updated_at"] == write_stamp(START)
    await house.at(DUE + 2 * DAY)
    assert [task["startedAt"][:16] for task in await house.runs("TWO", START)] == ["2026-06-10T12:15"]


@pytest.mark.parametrize(("change", "hour"), [("spring", "2027-03-28T01:00:00Z"), ("autumn", "2026-10-25T01:00:00Z")])
async def test_the_clock_goes_to_the_night_in_which_clocks_change(house: House, change: str, hour: str) -> None:
    moved = house.control.dst(change, hours=2)
    assert moved["change"] == hour
    assert read_stamp(moved["now"]) == read_stamp(hour) - 2 * HOUR


async def test_a_customer_who_lets_nobody_in_is_blind_and_goes_on(house: House) -> None:
    await house.at(DUE + HOUR)
    assert await house.runs("TWO")
    house.control.self_service("Acme Corp")
    for path in (STATUSES, APPLICATIONS, ALERTS, "/api/agent_manager/v2/agents"):
        assert not await house.listed(path), path
    assert not await house.items()
    found = await house.listed("/api/2/tenants", uuids=ACME.uuid)
    assert [(each["name"], each["ancestral_access"]) for each in found] == [("Acme Corp", False)]
    house.control.self_service("Acme Corp", on=False)
    assert await house.runs("TWO")


async def test_a_disabled_tenant_runs_nothing(house: House) -> None:
    house.control.tenant("Acme Corp", enabled=False)
    await house.at(DUE + HOUR)
    assert not await house.runs("T")
    assert "next_run" not in await house.row("TWO")
    assert [each["enabled"] for each in await house.listed("/api/2/tenants", uuids=ACME.uuid)] == [False]
    house.control.tenant("120", enabled=True, deleted=True)
    assert not await house.listed("/api/2/tenants", uuids=ACME.uuid)


async def test_a_run_that_hangs_began_after_the_run_before_it_was_over(house: House) -> None:
    house.control.recover("TWO")
    await house.at(START + HOUR)
    (before,) = await house.runs("TWO", START - 5 * HOUR)
    house.control.hang("TWO", ago=4 * 3600)
    after = next(run for run in await house.runs("TWO", START - 5 * HOUR) if run["id"] != before["id"])
    assert before["completedAt"] < after["startedAt"]


async def test_a_run_that_hangs_stands_still_and_holds_up_the_next(house: House) -> None:
    house.control.hang("TWO", percent=30, ago=4 * 3600, alert=True)
    (before,) = await house.runs("TWO", START - 5 * HOUR)
    (group,) = await house.listed(APPLICATIONS, context_id=TWO.key, execution_state="running")
    assert before["progress"]["current"] == group[0]["running"]["progress"] == 30
    assert await house.alerts() == ["BackupNotResponding"]
    await house.at(DUE + HOUR)
    (after,) = await house.runs("TWO", START - 5 * HOUR)
    assert after["progress"]["current"] == 30
    assert after["updatedAt"] > before["updatedAt"], "it reports, and gets nowhere"
    assert house.control.finish("TWO") == {"ended": 1}
    assert not await house.listed(APPLICATIONS, context_id=TWO.key, execution_state="running")
    assert not await house.alerts(type="BackupNotResponding")


async def test_a_run_that_waits_for_a_person(house: House) -> None:
    house.control.wait("TWO")
    (task,) = await house.runs("TWO", START - SECOND)
    assert (task["state"], task["blockers"][0]["issue"]["key"]) == ("paused", "EncryptionPasswordRequired")
    status = await house.status("TWO")
    assert status["aggregate"]["status"] == status["aggregate"]["running"]["state"] == "interaction_required"
    (group,) = await house.listed(APPLICATIONS, execution_state="interaction_required")
    assert group[0]["context"]["id"] == TWO.key
    house.control.finish("TWO", result="cancelled")
    assert (await house.runs("TWO", START - SECOND))[0]["result"]["code"] == "cancelled"


async def test_good_runs_that_save_nothing(house: House) -> None:
    house.control.zero_bytes("TWO", "Nightly")
    house.control.recover("TWO", "Nightly", seconds=0)
    (task,) = await house.runs("TWO", START - SECOND)
    assert (task["result"]["code"], task["progress"]["bytesSaved"]) == ("ok", 0)
    await house.at(DUE + HOUR)
    assert {each["progress"]["bytesSaved"] for each in await house.runs("TWO")} == {0}
    assert all(each["progress"]["bytesSaved"] for each in await house.runs("THREE"))


async def test_a_machine_without_a_plan_gets_one(house: House) -> None:
    house.control.workload("NEW", "Acme Corp")
    assert (await house.status("NEW"))["aggregate"] == {"status": "not_protected"}
    house.control.protect("NEW", "Nightly")
    assert await house.row("NEW") == {"type": "policy.backup.machine", "next_run": write_stamp(DUE)}, "it never ran"
    await house.at(DUE + HOUR)
    assert len(await house.runs("NEW")) == 1


async def test_no_good_backup_for_as_many_days_as_the_plan_says(house: House) -> None:
    house.control.fail_next("TWO", failures=99)
    await house.at(DUE + 3 * HOUR)
    house.control.pause("Nightly")
    await house.at(START + 2 * DAY + MINUTE)
    found = await house.listed(ALERTS, type="NoBackupForXDays")
    assert [(each["details"]["resourceName"], each["details"]["daysPassed"]) for each in found] == [("TWO", 2)]


EVENTS = [
    ("agent", {"resource": "ONE"}),
    ("skip", {"resource": "ONE"}),
    ("pause", {"plan": "Nightly"}),
    ("withdraw", {"plan": "Nightly"}),
    ("delete_workload", {"resource": "ONE"}),
    ("quota", {"resource": "ONE"}),
    ("retries", {"resource": "ONE", "apart": 1}),
    ("fail_next", {"resource": "ONE"}),
    ("reschedule", {"plan": "Nightly", "times": ["10:00"]}),
    ("dst", {}),
    ("self_service", {"tenant": "Acme Corp"}),
    ("tenant", {"name": "Acme Corp", "enabled": False}),
    ("hang", {"resource": "ONE"}),
    ("wait", {"resource": "ONE"}),
    ("zero_bytes", {"resource": "ONE"}),
    ("workload", {"name": "NEW", "tenant": "Acme Corp"}),
    ("protect", {"resource": "TWO", "plan": "Hourly"}),
    ("alert", {"type": "AgentAutoUpdateFailed", "resource": "ONE"}),
    ("forbid", {"api": "alerts"}),
]


@pytest.mark.parametrize(("name", "body"), EVENTS)
async def test_every_event_is_there_by_http_and_the_lists_still_answer(
    house: House, name: str, body: dict[str, Any]
) -> None:
    answer = await house.http.post(f"/control/{name}", json=body)
    assert answer.status_code == 200, answer.text
    await house.log_in()
    for path in (STATUSES, APPLICATIONS, "/api/policy_management/v4/policies?include_settings=true"):
        assert (await house.http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("agent", {"resource": "nobody"}),
        ("pause", {"plan": "nobody"}),
        ("tenant", {"name": "nobody"}),
        ("reschedule", {"plan": "Nightly", "times": ["25:00"]}),
        ("reschedule", {"plan": "Nightly", "weekdays": ["someday"]}),
        ("reschedule", {"plan": "Nightly", "type": "monthly"}),
        ("finish", {"resource": "ONE"}),
        ("dst", {"zone": "UTC"}),
        ("dst", {"change": "winter"}),
        ("alert", {"type": "BackupFailed", "severity": "awful"}),
        ("forbid", {"api": "everything"}),
        ("settings", {"spelling": "welsh"}),
    ],
)
async def test_control_refuses_what_it_does_not_know(house: House, name: str, body: dict[str, Any]) -> None:
    assert (await house.http.post(f"/control/{name}", json=body)).status_code == 400
