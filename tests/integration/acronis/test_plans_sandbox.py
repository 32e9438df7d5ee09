"""What is read beside tasks, of the pretend Acronis, which shares no line with the reader (bot/acronis/plans.py)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.acronis.plans import PlansReader
from bot.errors import MissingScope
from bot.model import Page
from bot.model.plans import Access, Api, StartTimes
from bot.sandbox.acronis import Running, serve
from bot.sandbox.acronis.catalog import ASSIGNMENTS
from tests.integration.acronis.server import Sleeps

T = TypeVar("T")
BACKED_UP = {one.workload.key: one for one in ASSIGNMENTS if one.workload.is_machine}


@pytest.fixture
async def acronis() -> AsyncIterator[Running]:
    running = await serve()
    yield running
    await running.close()


@pytest.fixture
async def reader(acronis: Running) -> AsyncIterator[PlansReader]:
    settings: dict[str, Any] = {"classifier": Classifier(), "sleep": Sleeps(), "per_second": 1000}
    client = AcronisClient("main", acronis.url, "sandbox-client", "sandbox-secret", **settings)
    yield client.plans
    await client.aclose()


async def items(walk: AsyncIterator[Page[T]]) -> list[T]:
    return [item async for one in walk for item in one.items]


@pytest.mark.parametrize("spelling", [{}, {"spelling": "openapi"}, {"page": 7}, {"timestamp": False}])
async def test_machines_have_runs_and_their_plans_have_schedules(
    acronis: Running, reader: PlansReader, spelling: dict[str, Any]
) -> None:
    acronis.control.settings(**spelling)
    statuses = {one.id: one for one in await items(reader.statuses(None))}
    machines = [statuses[key] for key in BACKED_UP]
    assert all(one.runs and one.runs[0].next_run_at for one in machines)
    zones = {one.id: one.zone_minutes for one in await items(reader.workloads(None))}
    assert all(zones[key] is not None for key in BACKED_UP)
    backups = [one for one in await items(reader.policies()) if one.type == "policy.backup.machine"]
    assert backups
    assert all(one.schedule and one.context_ids for one in backups)
    applied = await items(reader.applications(sorted(BACKED_UP)))
    assert {one.id for one in backups} >= {one.policy_id for one in applied if one.is_backup}


@pytest.mark.parametrize("flat", [True, False])
async def test_plans_on_workloads_come_nested_and_flat(acronis: Running, reader: PlansReader, flat: bool) -> None:
    acronis.control.applications(flat=flat)
    applied = await items(reader.applications([key.upper() for key in BACKED_UP]))
    assert {one.context_id for one in applied} == set(BACKED_UP)
    assert all(one.next_run_at for one in applied if one.is_backup)


async def test_only_what_ran_since_is_read_again(acronis: Running, reader: PlansReader) -> None:
    everything = [one async for one in reader.statuses(None)]
    last = max(one.reached for one in everything if one.reached)
    acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=1)
    acronis.control.now(offset=5)
    changed = {one.name: one for one in await items(reader.statuses(last))}
    assert "SRV-SQL01" in changed
    assert len(changed) < len([item for one in everything for item in one.items])


@pytest.mark.parametrize("wrapped", [True, False])
async def test_each_api_may_be_forbidden(acronis: Running, reader: PlansReader, wrapped: bool) -> None:
    acronis.control.settings(wrapped=wrapped)
    acronis.control.forbid("policies")
    with pytest.raises(MissingScope, match=r"plans: it lacks the scope urn:acronis.com::policy_management:\d+:read"):
        await items(reader.policies())
    found = {one.api: one for one in await reader.probe()}
    assert found[Api.POLICIES].access is Access.FORBIDDEN
    assert found[Api.STATUSES].access is Access.OPEN


async def test_an_agent_that_is_away_is_offline(acronis: Running, reader: PlansReader) -> None:
    acronis.control.agent("SRV-SQL01", online=False)
    online = {one.name: one.is_online for one in await items(reader.agents())}
    assert online.pop("SRV-SQL01") is False
    assert set(online.values()) == {True}


async def test_an_alert_is_told_when_it_is_raised_and_when_it_ends(acronis: Running, reader: PlansReader) -> None:
    plans = {one.id: one.name for one in await items(reader.policies())}
    before = max(one.reached for one in [one async for one in reader.alerts(None)] if one.reached)
    acronis.control.alert("BackupDidNotStart", "SRV-SQL01", "Nightly servers")
    (raised,) = [one for one in await items(reader.alerts(before)) if one.type == "BackupDidNotStart"]
    assert (raised.type, raised.resource_name, raised.ended_at) == ("BackupDidNotStart", "SRV-SQL01", None)
    assert raised.resource_id in BACKED_UP
    assert plans[raised.plan_id] == "Nightly servers"
    acronis.control.alert("BackupDidNotStart", "SRV-SQL01", "Nightly servers", on=False)
    (ended,) = [one for one in await items(reader.alerts(before)) if one.type == "BackupDidNotStart"]
    assert (ended.id, bool(ended.ended_at)) == (raised.id, True)
    assert raised.id not in {one.id for one in await items(reader.alerts(None))}


async def test_tenants_are_numbered_and_may_be_blind_or_disabled(acronis: Running, reader: PlansReader) -> None:
    acronis.control.self_service("Acme Corp")
    acronis.control.tenant("Beta GmbH", enabled=False)
    tenants = {one.name: one for one in await items(reader.tenants())}
    assert [tenants[name].is_visible for name in ("Acme Corp", "Beta GmbH")] == [False, True]
    assert [tenants[name].is_enabled for name in ("Acme Corp", "Beta GmbH")] == [True, False]
    assert all(one.number for one in tenants.values())
    seen = {one.tenant_id for one in await items(reader.statuses(None))}
    assert seen <= {one.number for one in tenants.values()}


async def test_what_becomes_of_machines_and_plans_is_read(acronis: Running, reader: PlansReader) -> None:
    acronis.control.delete_workload("SRV-SQL02")
    acronis.control.workload("SRV-NEW", "Acme Corp")
    acronis.control.pause("Nightly servers")
    acronis.control.quota("SRV-SQL01")
    workloads = {one.name: one for one in await items(reader.workloads(None))}
    assert [bool(workloads[name].deleted_at) for name in ("SRV-SQL02", "SRV-NEW")] == [True, False]
    assert [one.name for one in await items(reader.unprotected())] == ["SRV-NEW"]
    plans = await items(reader.policies())
    (nightly,) = [one.id for one in plans if one.name == "Nightly servers" and one.id == one.root_id]
    assert {one.is_enabled for one in plans if one.root_id == nightly} == {False}
    applied = await items(reader.applications([workloads["SRV-SQL01"].id]))
    assert {one.is_licensed for one in applied if one.is_backup} == {False}


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"type": "daily", "times": ["21:30"]}, StartTimes((1290,))),
        ({"type": "weekly", "times": ["04:00"], "weekdays": ["sat"]}, StartTimes((240,), frozenset({5}))),
        ({"type": "hourly", "every": 360}, StartTimes((0, 360, 720, 1080))),
    ],
)
async def test_a_schedule_that_changes_is_read(
    acronis: Running, reader: PlansReader, changes: dict[str, Any], start: StartTimes
) -> None:
    acronis.control.reschedule("Nightly servers", **changes)
    plans = await items(reader.policies())
    root = next(one.id for one in plans if one.name == "Nightly servers")
    (backup,) = [one for one in plans if one.root_id == root and one.type == "policy.backup.machine"]
    assert backup.schedule
    assert [_shortened(one) for one in backup.schedule.sets] == [start]


def _shortened(start: StartTimes) -> StartTimes:
    """Without days where all are named."""
    return replace(start, weekdays=frozenset()) if len(start.weekdays) == 7 else start
