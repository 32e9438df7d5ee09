"""The failure table of design §4 on the way from Acronis, and what the jobs around the poll do."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.acronis.walks import ReadAhead
from bot.jobs.poll import Poll
from bot.model import Page, Rules, Task
from bot.store.address import Address
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from tests.builders import raw_task, rfc3339, task
from tests.night import CHANNEL, MINUTE, Night, machine, night
from tests.records import Records

pytestmark = pytest.mark.both_databases


async def test_of_two_overlapping_polls_one_reads(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    asked = len(watch.acronis.requests("/api/task_manager"))
    hold = watch.acronis.hold()["hold"]
    first = asyncio.create_task(watch.poll())
    await watch.acronis.caught(hold)
    await watch.another_poll().run()
    assert len(watch.acronis.requests("/api/task_manager")) == asked + 1
    watch.acronis.release()
    await first
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_a_poll_whose_lease_ran_out_writes_nothing(watch: Night) -> None:
    """It slept (SIGSTOP) past its lease; another one read meanwhile, and both saw the same failure."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    hold = watch.acronis.hold()["hold"]
    sleeper = asyncio.create_task(watch.poll())
    await watch.acronis.caught(hold)
    watch.clock.ahead += 10 * MINUTE
    thief = Lease("default", "default", "another process", MINUTE)
    assert await watch.recorder.leases.take(thief, watch.clock.now())
    before = await watch.task_count()
    watch.acronis.release()
    await sleeper
    assert await watch.task_count() == before
    await watch.recorder.leases.give_back(thief)
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_a_page_that_could_not_be_recorded_is_read_again(watch: Night) -> None:
    """The transaction fails at its end: the checkpoint has not moved."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    async with watch.refusing("UPDATE OF position ON accounts"):
        await watch.poll()
    assert (await watch.alerts(), await watch.occurrences()) == ([], [])
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_a_malformed_item_is_set_aside_and_the_rest_goes_on(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    watch.acronis.malformed(count=1)
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_a_stamp_from_the_future_is_kept_and_does_not_carry_the_checkpoint_along(watch: Night) -> None:
    await watch.begins()
    ahead = datetime.now(UTC) + timedelta(hours=3)
    watch.happens("ok", updatedAt=rfc3339(ahead), completedAt=rfc3339(ahead), **machine("SRV-FUTURE"))
    await watch.poll()
    position = (await watch.recorder.checkpoint("default")).position
    assert position is not None
    assert position < datetime.now(UTC)
    assert (await watch.task_updates()).count(ahead) == 1
    watch.happens("error", ago=0.01, took=0.2)
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards_ever) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"result": {"code": "exploded"}},
        {"state": "waiting", "result": {}},
        {"result": None},
        {"type": "11111111-2222-3333-4444-555555555555", "policy": None, "context": {"title": "?"}},
    ],
)
async def test_unknown_states_types_and_codes_are_kept_and_alert_nobody(watch: Night, changes: dict[str, Any]) -> None:
    await watch.begins()
    watch.happens("ok", **changes)
    await watch.poll()
    await watch.deliver()
    assert (watch.cards, await watch.task_count()) == ([], 1)


async def test_a_failed_run_of_unknown_kind_alerts_and_says_so(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", type="11111111-2222-3333-4444-555555555555", policy=None, context={"IsProcessRoot": True})
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert "kind unknown" in card.text.lower()


async def test_children_and_management_tasks_alert_nobody(watch: Night) -> None:
    await watch.begins()
    watch.happens(
        "error", context={"IsProcessRoot": False, "parentUUID": "x"}, type="8F01AC13-F59E-4851-9204-DE1FD77E36B4"
    )
    watch.happens("error", type="policy.apply", policy={"id": "p", "type": "backup", "name": "Nightly"})
    await watch.poll()
    await watch.deliver()
    assert watch.cards == []


@pytest.mark.parametrize("mode", ["502", "503", "reset"])
async def test_an_outage_of_acronis_is_said_once_when_it_goes_and_once_when_it_is_back(watch: Night, mode: str) -> None:
    await watch.begins()
    before = (await watch.recorder.checkpoint("default")).position
    watch.acronis.outage(True, mode)
    for _ in range(4):
        await watch.poll()
        await watch.later(minutes=1)
    (card,) = [each for each in watch.slack.shown(CHANNEL)[1:] if not each.thread_ts]
    assert "cannot be read" in card.text
    assert (await watch.recorder.checkpoint("default")).position == before
    watch.happens("error", ago=0.5)
    watch.acronis.outage(False)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.poll()
    await watch.later(seconds=5)
    assert (card.text.startswith("Acronis is back"), len(watch.slack.replies(CHANNEL, card.ts))) == (True, 1)
    assert len(watch.cards_ever) == 1


async def test_the_outage_of_an_account_that_left_the_settings_is_over_and_not_said_to_be_back(watch: Night) -> None:
    await watch.begins()
    watch.acronis.outage(True)
    for _ in range(3):
        await watch.poll()
    await watch.reviewer.keep_outages(["default"], watch.clock.now())
    await watch.deliver()
    (card,) = [each for each in watch.slack.shown(CHANNEL)[1:] if not each.thread_ts]
    assert "cannot be read" in card.text
    await watch.reviewer.keep_outages(["another"], watch.clock.now())
    await watch.later(seconds=5)
    assert card.text.startswith("Account default is not watched any more. It could not be read since ")
    assert not [each for each in watch.slack.shown(CHANNEL) if "is back" in each.text]


async def test_one_poll_that_fails_is_no_news(watch: Night) -> None:
    await watch.begins()
    watch.acronis.outage(True)
    await watch.poll()
    watch.acronis.outage(False)
    await watch.poll()
    await watch.deliver()
    assert len(watch.slack.shown(CHANNEL)) == 1


async def test_a_checkpoint_older_than_acronis_keeps_history_is_a_first_start(watch: Night) -> None:
    await watch.begins()
    watch.clock.ahead = timedelta(days=91)
    watch.acronis.now(offset=91 * 86_400)
    watch.happens("error", ago=60)
    await watch.poll()
    await watch.deliver()
    assert (len(watch.slack.shown(CHANNEL)), watch.cards) == (2, [])


async def test_a_first_start_that_was_cut_off_stays_quiet_until_it_is_through(tmp_path: Path, night_url: str) -> None:
    async with night(tmp_path, url=night_url) as watch:
        watch.happens("error", ago=60)
        started = watch.clock.now()
        await watch.recorder.begin_quietly("default", started - timedelta(hours=24), started)
        await watch.poll()
        await watch.deliver()
        (summary,) = watch.slack.shown(CHANNEL)
        assert "SRV-SQL01" in summary.text


async def test_the_checkpoint_never_moves_backwards(watch: Night) -> None:
    await watch.begins()
    watch.happens("ok", ago=0.5)
    await watch.poll()
    first = (await watch.recorder.checkpoint("default")).position
    lease = Lease("default", "default", "h", MINUTE)
    now = watch.clock.now()
    await watch.recorder.leases.take(lease, now)
    await watch.recorder.record(lease, [], now - timedelta(days=3), now, now)
    assert (await watch.recorder.checkpoint("default")).position == first


async def test_cards_wait_for_the_polls_last_page_or_thirty_seconds(watch: Night) -> None:
    """The poll is cut off after its first page: its cards are due all the same, when 30 s have passed."""
    await watch.begins()
    lease = Lease("default", "default", "h", MINUTE)
    now = watch.clock.now()
    await watch.recorder.leases.take(lease, now)
    failure = task(account="default", code="error", updated_at=now, completed_at=now, started_at=now)
    await watch.recorder.record(lease, [failure], None, now, now + Rules().due_after)
    await watch.deliver()
    assert watch.cards_ever == []
    await watch.later(seconds=31)
    assert len(watch.cards_ever) == 1


async def test_a_poll_and_another_change_to_the_same_alert_at_the_same_time_lose_neither(address: Address) -> None:
    """Two processes, one database: each adds failures of one resource, and every one is counted."""
    first, second = Database(address), Database(address)
    try:
        await asyncio.gather(_adds_failures(first, "poll", 15), _adds_failures(second, "sweep", 15))
        records = Records(first)
        (alert,), (card,) = await records.alerts(), await records.posts()
        assert (alert.occurrences, card.version, len(await records.occurrences())) == (30, 30, 30)
    finally:
        await first.close()
        await second.close()


async def _adds_failures(database: Database, name: str, times: int) -> None:
    recorder = Recorder(database, Rules(), CHANNEL)
    now = datetime.now(UTC)
    lease = Lease(name, "default", name, MINUTE)
    await recorder.leases.take(lease, now)
    for number in range(times):
        at = now - number * MINUTE
        failure = task(account="default", code="error", started_at=at, completed_at=at, updated_at=at)
        await recorder.record(lease, [failure], None, now, now)


async def test_a_sweep_leaves_what_failed_before_the_first_start_alone(watch: Night) -> None:
    """A sweep reaches back 26 h, a first start 24 h: what lies between is history, and so is what backfill has read."""
    watch.happens("error", ago=25 * 60)
    watch.happens("error", ago=25.5 * 60, **machine("SRV-OTHER"))
    await watch.begins()
    await watch.sweep()
    for _ in range(5):
        await watch.backfill.run()
    await watch.sweep()
    await watch.deliver()
    assert (watch.cards, await watch.alerts()) == ([], [])


async def test_a_poll_that_breaks_by_our_own_fault_is_said_too(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    async with watch.refusing("INSERT ON alerts", "a fault of ours"):
        for _ in range(3):
            await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert "Nightshift itself failed" in card.text


async def test_a_sweep_finds_what_a_poll_missed(watch: Night) -> None:
    await watch.begins()
    watch.acronis.add(tasks=[raw_task(**_hidden_failure(watch))])
    await watch.poll()
    assert await watch.alerts() == []
    await watch.sweep()
    await watch.deliver()
    assert len(watch.cards_ever) == 1


def _hidden_failure(watch: Night) -> dict[str, object]:
    """Completed an hour ago, but its `updatedAt` lies before the checkpoint: a poll does not see it."""
    ended = rfc3339(watch.clock.now() - timedelta(hours=1))
    stamps = {"enqueuedAt": ended, "startedAt": ended, "completedAt": ended, "updatedAt": "2026-01-01T00:00:00Z"}
    return {**stamps, "result": {"code": "error"}}


async def test_time_ends_no_alert_while_acronis_is_away(watch: Night) -> None:
    """For 15 days nothing could be read: whether there were no more runs is not known."""
    await watch.fails()
    watch.clock.ahead = timedelta(days=15)
    watch.acronis.outage(True)
    await watch.sweep()
    assert len(await watch.open_alerts()) == 1


async def test_time_ends_no_alert_before_the_poll_has_caught_up(watch: Night) -> None:
    """The bot was off for 15 days; the sweep and the review come before the first poll is through."""
    await watch.fails()
    watch.clock.ahead = timedelta(days=15)
    await watch.sweep()
    await watch.review()
    assert len(await watch.open_alerts()) == 1
    await watch.poll()
    await watch.review()
    assert await watch.open_alerts() == []


async def test_while_acronis_is_away_backfill_rests(watch: Night) -> None:
    await watch.begins()
    watch.acronis.outage(True)
    await watch.backfill.run()
    asked = len(watch.acronis.requests("/api/task_manager"))
    for _ in range(5):
        await watch.backfill.run()
    assert len(watch.acronis.requests("/api/task_manager")) == asked
    watch.acronis.outage(False)
    watch.clock.ahead += 2 * MINUTE
    await watch.backfill.run()
    assert len(watch.acronis.requests("/api/task_manager")) == asked + 1


async def test_backfill_reads_the_past_window_by_window_and_alerts_nobody(watch: Night) -> None:
    await watch.begins()
    for days in (3, 30, 80):
        watch.happens("error", ago=days * 24 * 60, **machine(f"SRV-{days}"))
    watch.happens("ok", ago=100 * 24 * 60)
    for _ in range(400):
        await watch.backfill.run()
    await watch.deliver()
    assert watch.backfill.done
    assert (await watch.task_count(), await watch.alerts(), watch.cards) == (3, [], [])
    since = (await watch.recorder.checkpoint("default")).history_from
    assert since is not None
    assert since <= watch.clock.now() - Rules().history


async def test_history_that_would_be_forgotten_at_once_is_not_read_in(watch: Night) -> None:
    """Forgotten and read again it would be counted twice. Runs are kept for longer."""
    days_ago = 9 * 24 * 60.0
    watch.happens(ago=days_ago)
    watch.happens(ago=days_ago, type="policy.apply", policy=None, context={"title": "Applying a plan"})
    await watch.begins()
    for _ in range(30):
        await watch.backfill.run()
    assert await watch.task_count() == 1


class Endless:
    """An account whose list has no end: it is cut, and says why."""

    account = "default"

    async def served_at(self) -> datetime | None:
        return datetime.now(UTC)

    def changes(self, since: datetime) -> ReadAhead[Page[Task]]:
        return ReadAhead(self._pages())

    async def _pages(self) -> AsyncGenerator[Page[Task], None]:
        yield Page((task(updated_at=datetime.now(UTC)),), partial="the list has no end")


async def test_a_list_that_was_not_read_to_its_end_is_told_by_health_until_one_is(watch: Night) -> None:
    await watch.begins()
    parts: dict[str, Any] = {"every": MINUTE, "wake": _nothing, "caught_up": _nothing, "vitals": watch.vitals}
    await Poll(Endless(), watch.recorder, watch.clock, watch.rules, **parts).run()  # type: ignore[arg-type]
    assert watch.vitals.unfinished == {"default": "the list has no end"}
    await watch.poll()
    assert watch.vitals.unfinished == {}


def _nothing() -> None:
    """Nobody waits to be woken."""


async def test_it_is_said_when_an_account_is_read_again_after_a_start_and_after_each_outage(watch: Night) -> None:
    said: list[str] = []
    jobs = wiring.account_jobs(
        watch.settings, watch.client, watch.recorder, watch.vitals, _nothing, lambda: said.append("caught up")
    )
    watch.acronis.outage(True)
    await jobs.poll.run()
    assert said == []
    for times in (1, 2):
        watch.acronis.outage(False)
        for _ in range(3):
            await jobs.poll.run()
        assert said == ["caught up"] * times
        watch.acronis.outage(True)
        await jobs.poll.run()
