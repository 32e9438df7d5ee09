"""Digests by the real job and the real delivery: once a day, whatever happens, and for whom they are."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.blocks.layout import CHART
from bot.jobs.digest import DigestJob
from bot.model.digests import Digest
from bot.sandbox.slack import Limits
from bot.store.schema import micros, workloads
from bot.wiring.answers import digest_job
from tests.night import Night, machine, night

TEAM = "C0GENERAL"
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


def daily(running: Night, *, in_minutes: float = 5, channel: str = TEAM) -> Digest:
    """Due in so many minutes."""
    due = running.clock.now() + timedelta(minutes=in_minutes)
    return Digest(channel, time(due.hour, due.minute), UTC_ZONE)


def job(running: Night, *digests: Digest) -> DigestJob:
    """As after a start with these digests."""
    given = replace(running.settings, digests=digests)
    return digest_job(given, running.database, lambda: None)


async def test_a_digest_is_posted_once_through_restarts_and_a_clock_that_is_set_back(running: Night) -> None:
    await running.fails()
    digest = daily(running)
    first = job(running, digest)
    await first.run()
    await running.deliver()
    assert running.slack.shown(TEAM) == []
    await running.reviewed(minutes=6)
    await first.run()
    await first.run()
    await job(running, digest).run()
    await running.later(minutes=1)
    running.clock.ahead -= timedelta(hours=3)
    await running.later(hours=4)
    await job(running, digest).run()
    await running.deliver()
    (shown,) = running.slack.shown(TEAM)
    assert shown.text.startswith("Digest: 1 alert open; 1 failed\n")
    assert "SRV-SQL01" in shown.text


async def test_the_next_day_has_its_own(running: Night) -> None:
    await running.begins()
    digest = daily(running)
    for day in range(3):
        await running.reviewed(minutes=6 if not day else 24 * 60)
        await job(running, digest).run()
        await running.deliver()
    assert len(running.slack.shown(TEAM)) == 3


async def test_a_workspace_without_charts_gets_the_numbers_in_words(tmp_path: Path) -> None:
    limits = Limits(metered=False, lacks=frozenset({CHART}))
    async with night(tmp_path, limits=limits) as running:
        await running.fails()
        await running.reviewed(days=1)
        await job(running, daily(running, in_minutes=-1), daily(running, in_minutes=-2)).run()
        await running.deliver()
        shown = running.slack.shown(TEAM)
        assert ["0 good, 1 failed" in each.text for each in shown] == [True, True]
        assert running.calls("chat.postMessage", TEAM) == 3  # one of them was refused with its chart


async def test_a_chart_is_shown_where_the_workspace_takes_it(running: Night) -> None:
    await running.fails()
    await running.reviewed(days=1)
    await job(running, daily(running, in_minutes=-1)).run()
    await running.deliver()
    (shown,) = running.slack.shown(TEAM)
    assert [block["type"] for block in shown.blocks].count(CHART) == 1


async def test_a_bound_channel_hears_of_its_tenants_alone(running: Night) -> None:
    await running.begins()
    running.happens("error", ago=0.5)
    running.happens("error", ago=0.4, tenant={"id": "77", "name": "Beta GmbH"}, **machine("BETA-1"))
    await running.poll()
    running.follow(replace(running.settings.routing, bound={TEAM: frozenset({"Beta GmbH"})}))
    await running.reviewed(minutes=6)
    await job(running, daily(running, in_minutes=-1)).run()
    await running.deliver()
    (shown,) = [each for each in running.slack.shown(TEAM) if each.text.startswith("Digest")]
    assert "BETA-1" in shown.text
    assert "SRV-SQL01" not in shown.text
    assert "1 alert open" in shown.text


async def test_a_copy_that_is_behind_is_waited_for_and_then_said(running: Night) -> None:
    await running.fails()
    running.clock.ahead += timedelta(minutes=30)
    digest = daily(running, in_minutes=-1)
    await job(running, digest).run()
    await running.deliver()
    assert running.slack.shown(TEAM) == []
    running.clock.ahead += timedelta(hours=1)
    await job(running, digest).run()
    await running.deliver()
    (shown,) = running.slack.shown(TEAM)
    assert "Not up to date" in shown.text


async def test_a_workload_without_a_plan_is_told_once(running: Night) -> None:
    await running.begins()
    now = running.clock.now()
    async with running.database.write() as connection:
        row: dict[str, Any] = dict.fromkeys(("tenant_name", "agent_id", "status", "execution", "plan_names"), "")
        row |= {"account": "default", "type": "resource.machine", "tenant_id": "67", "has_backup": False}
        row |= {"status_at": micros(now)}
        await connection.execute(insert(workloads).values([row | {"id": "w1", "name": "NEW-1"}]))
    digest = daily(running, in_minutes=-1)
    await job(running, digest).run()
    await running.reviewed(days=1)
    async with running.database.write() as connection:
        await connection.execute(insert(workloads).values([row | {"id": "w2", "name": "NEW-2"}]))
    await job(running, digest).run()
    await running.deliver()
    first, second = (each.text for each in running.slack.shown(TEAM))
    assert "New without any plan: 1\nNEW-1\n" in first
    assert "New without any plan: 1\nNEW-2\n" in second
    assert "NEW-1" not in second
