"""What the jobs measure: what was sent and what failed, what is open, and the leases that are held."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.jobs.work import Work
from bot.measures import FAILED, SENT
from bot.store.members import READING, Members, new_owner, piece
from tests.night import CHANNEL, Night, machine, night


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


def told(running: Night) -> str:
    return running.vitals.metrics().decode()


async def test_messages_edits_and_refusals_are_counted_by_kind_and_reason(running: Night) -> None:
    await running.begins()
    assert running.vitals.measures.counts[SENT] == {("message",): 1}
    running.slack.fault("error", "chat.postMessage", error="internal_error")
    running.happens("error", ago=0.5)
    await running.poll()
    await running.deliver()
    assert running.vitals.measures.counts[FAILED] == {("internal_error",): 1}
    await running.later(minutes=10)
    running.happens("ok", ago=0.0)
    await running.reviewed(minutes=10)
    assert ("edit",) in running.vitals.measures.counts[SENT]


async def test_a_dead_channel_is_a_reason(running: Night) -> None:
    await running.fails()
    running.slack.archive(CHANNEL)
    await running.deliver()
    assert 'nightshift_posts_failed_total{reason="is_archived"} 1.0' in told(running)


async def test_open_alerts_are_counted_by_severity(running: Night) -> None:
    await running.begins()
    for name in ("SRV-A", "SRV-B"):
        running.happens("error", **machine(name))
    await running.reviewed(minutes=1)
    assert 'nightshift_alerts_open{severity="critical"} 0.0' in told(running)
    assert 'nightshift_alerts_open{severity="warning"} 2.0' in told(running)
    await running.reviewed(days=4)
    assert 'nightshift_alerts_open{severity="critical"} 2.0' in told(running)
    assert 'nightshift_alerts_open{severity="warning"} 0.0' in told(running)


async def test_leases_that_are_held_are_counted(running: Night) -> None:
    pieces = [piece(READING, name) for name in ("eu", "us")]
    ours, length = new_owner(), timedelta(seconds=30)
    work = Work(Members(running.database, ours, length), running.clock, length, pieces)
    assert work.held() == 0
    await work.beat()
    assert work.held() == len(pieces)
