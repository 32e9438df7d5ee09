"""What is read beside tasks, of the pretend Acronis, which shares no line with the reader (bot/acronis/plans.py)."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.acronis.plans import PlansReader
from bot.errors import MissingScope
from bot.model import Page
from bot.model.plans import Access, Api
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
