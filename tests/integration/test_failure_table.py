"""The failure table of design §4, row by row: nothing lost, nothing doubled, and what cannot be known is said."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.model import Rules
from bot.sandbox import slack
from bot.store.engine import Database
from bot.store.recording import Lease, Recorder
from bot.store.schema import accounts, alerts, card_alerts, micros, occurrences, posts, tasks
from tests.builders import raw_task, rfc3339, task
from tests.night import CHANNEL, FALLBACK, MINUTE, Night, machine, night

HISTORY = {"scopes": (*slack.SCOPES, "channels:history", "groups:history")}
MARK = "possibly repeated"


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Night]:
    """A night whose Slack token may read history."""
    async with night(tmp_path, **HISTORY) as running:
        yield running


async def failing(watch: Night) -> None:
    """A first start is behind, and a failure is recorded but not told yet."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    await watch.poll()


def told(watch: Night) -> list[slack.Message]:
    """Every card ever posted about a failure, whatever became of it; replies are none."""
    return [each for each in watch.slack.posts(CHANNEL) if "SRV-SQL01" in each.text and not each.thread_ts]


# ── refused before acceptance ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "error"), [("ratelimited", ""), ("error", "service_unavailable")])
async def test_what_slack_did_not_take_is_posted_later_and_once(watch: Night, kind: str, error: str) -> None:
    await failing(watch)
    watch.slack.fault(kind, "chat.postMessage", seconds=1, error=error)
    await watch.deliver()
    assert told(watch) == []
    await asyncio.sleep(1.1 if kind == "ratelimited" else 0)
    await watch.later(minutes=2)
    (card,) = told(watch)
    assert MARK not in card.text.lower()


async def test_while_slack_cannot_be_reached_a_post_waits_unmarked(watch: Night) -> None:
    """The connection was never made: nothing can have been posted."""
    await failing(watch)
    nowhere = watch.another_delivery(api_url="http://127.0.0.1:9/api/")
    await nowhere.tick()
    await nowhere.idle()
    await watch.later(minutes=2)
    (card,) = told(watch)
    assert MARK not in card.text.lower()


async def test_after_a_wait_only_the_newest_state_is_posted(watch: Night) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", error="service_unavailable")
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(minutes=2)
    (card,) = told(watch)
    assert card.text.startswith("Recovered")


async def test_a_channel_that_waits_delays_no_other(watch: Night) -> None:
    await failing(watch)
    recorder = Recorder(watch.database, watch.rules, FALLBACK)
    other = Lease("other", "other", "h", MINUTE)
    await recorder.take_lease(other, watch.clock.now())
    now = watch.clock.now()
    failure = task(account="other", code="error", updated_at=now, completed_at=now, started_at=now)
    await recorder.record(other, [failure], None, now, now)
    hold = watch.slack.hold("chat.postMessage", "before", channel=CHANNEL)
    await watch.delivery.tick()
    await watch.slack.until(lambda: bool(watch.slack.shown(FALLBACK)))
    assert (hold.held, told(watch)) == (True, [])
    watch.slack.release()
    await watch.delivery.idle()
    assert len(told(watch)) == 1


# ── uncertain posts ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["late", "reset_after"])
async def test_without_history_an_unconfirmed_post_is_made_again_and_marked(watch: Night, kind: str) -> None:
    await failing(watch)
    watch.slack.fault(kind, "chat.postMessage", seconds=3)
    await watch.deliver()
    first, second = told(watch)
    assert (MARK in first.text.lower(), MARK in second.text.lower()) == (False, True)
    assert MARK in str(second.blocks).lower()


@pytest.mark.parametrize("kind", ["late", "reset_after"])
async def test_with_history_an_unconfirmed_post_is_found_and_not_repeated(reader: Night, kind: str) -> None:
    await failing(reader)
    reader.slack.fault(kind, "chat.postMessage", seconds=3)
    await reader.deliver()
    (card,) = told(reader)
    reader.happens("ok", ago=0.1, took=0.2)
    await reader.poll()
    await reader.later(seconds=5)
    assert (told(reader), card.text.startswith("Recovered")) == ([card], True)


async def test_with_history_it_looks_twice_three_seconds_apart_before_it_posts_again(reader: Night) -> None:
    await failing(reader)
    reader.slack.fault("http", "chat.postMessage", status=503)
    await reader.deliver()
    assert (told(reader), _calls(reader, "conversations.history")) == ([], 1)
    await reader.later(seconds=2)
    assert _calls(reader, "conversations.history") == 1
    await reader.later(seconds=2)
    (card,) = told(reader)
    assert (_calls(reader, "conversations.history"), MARK in card.text.lower()) == (2, True)


async def test_it_repeats_twice_at_most_then_tells_the_fallback_channel_and_keeps_the_row(watch: Night) -> None:
    await failing(watch)
    watch.slack.fault("http", "chat.postMessage", times=None, channel=CHANNEL, status=500)
    await watch.deliver()
    assert _calls(watch, "chat.postMessage", CHANNEL) == 2 + 1  # the summary, the post, its first repeat
    await watch.later(minutes=4)
    assert _calls(watch, "chat.postMessage", CHANNEL) == 3
    await watch.later(minutes=2)
    assert _calls(watch, "chat.postMessage", CHANNEL) == 4
    await watch.later(hours=1)
    assert _calls(watch, "chat.postMessage", CHANNEL) == 4
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text
    assert await _count(watch, posts, posts.c.state == "lost") == 1


async def test_an_unconfirmed_reply_is_looked_for_in_its_thread(reader: Night) -> None:
    await failing(reader)
    await reader.deliver()
    reader.happens("ok", ago=0.1, took=0.2)
    await reader.poll()
    reader.slack.fault("late", "chat.postMessage", seconds=3)
    await reader.later(seconds=5)
    (card,) = told(reader)
    assert len(reader.slack.replies(CHANNEL, card.ts)) == 1


async def test_an_edit_that_is_not_confirmed_is_simply_repeated(watch: Night) -> None:
    await failing(watch)
    await watch.deliver()
    watch.slack.fault("late", "chat.update", seconds=3)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.later(minutes=2)
    (card,) = told(watch)
    assert card.text.startswith("Recovered")


async def test_a_restart_while_a_row_says_sending_makes_it_uncertain(watch: Night) -> None:
    """What kill -9 leaves behind, seen from the next start."""
    await failing(watch)
    assert await watch.outbox.claim(CHANNEL, watch.clock.now(), posting=True, editing=True)
    assert await watch.outbox.unfinished(watch.clock.now()) == 1
    await watch.deliver()
    (card,) = told(watch)
    assert MARK in card.text.lower()


async def test_where_no_history_can_be_shown_an_unconfirmed_post_is_made_again(reader: Night) -> None:
    """The token may read history, but not this channel's, since the bot is not in it."""
    await failing(reader)
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("error", "conversations.history", times=None, error="not_in_channel")
    await reader.deliver()
    (card,) = told(reader)
    assert MARK in card.text.lower()


async def test_while_history_fails_an_unconfirmed_post_waits_a_minute_and_no_longer(reader: Night) -> None:
    await failing(reader)
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("http", "conversations.history", times=None, status=503)
    await reader.deliver()
    await reader.later(seconds=30)
    assert told(reader) == []
    await reader.later(seconds=40)
    (card,) = told(reader)
    assert MARK in card.text.lower()


async def test_a_limit_on_reading_history_delays_no_other_post(reader: Night) -> None:
    await failing(reader)
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("ratelimited", "conversations.history", seconds=60)
    await reader.deliver()
    reader.happens("error", ago=0.3, **machine("SRV-OTHER"))
    await reader.poll()
    await reader.deliver()
    assert [each.text for each in reader.slack.posts(CHANNEL) if "SRV-OTHER" in each.text]


async def test_a_claim_is_settled_however_long_the_disk_is_full(watch: Night) -> None:
    """Slack showed the card; that could not be written down, nor at the next tick that it is uncertain."""
    await failing(watch)
    async with watch.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE ON posts WHEN OLD.state = 'sending' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    await watch.deliver()
    with pytest.raises(Exception, match="disk full"):
        await watch.deliver()
    async with watch.database.write() as connection:
        await connection.exec_driver_sql("DROP TRIGGER full")
    await watch.deliver()
    assert await _count(watch, posts, posts.c.state != "waiting") == 0
    assert len(told(watch)) == 2


async def test_a_card_whose_alert_is_forgotten_holds_up_no_other(watch: Night) -> None:
    await failing(watch)
    async with watch.database.write() as connection:
        await connection.execute(card_alerts.delete())
    watch.happens("error", ago=0.3, **machine("SRV-OTHER"))
    await watch.poll()
    await watch.deliver()
    await watch.deliver()
    assert [each.text for each in watch.cards if "SRV-OTHER" in each.text]


# ── what Slack refuses for good ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_refused_blocks_are_sent_again_as_plain_text_with_the_same_words(watch: Night, error: str) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", error=error)
    await watch.deliver()
    (card,) = told(watch)
    assert card.text.startswith("Backup failed: SRV-SQL01")
    assert {block["type"] for block in card.blocks} == {"section"}


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_a_dead_channel_is_not_tried_again_and_the_fallback_channel_is_told(watch: Night, error: str) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error=error)
    await watch.deliver()
    tried = _calls(watch, "chat.postMessage", CHANNEL)
    await watch.later(hours=1)
    assert _calls(watch, "chat.postMessage", CHANNEL) == tried
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text


async def test_a_card_stuck_on_a_dead_channel_is_tried_again_at_the_next_start(watch: Night) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="not_in_channel")
    await watch.deliver()
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert len(told(watch)) == 1


async def test_a_firing_alert_stuck_for_days_is_told_at_the_next_start(watch: Night) -> None:
    """The token was revoked on Friday and renewed on Monday."""
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="token_revoked")
    await watch.deliver()
    watch.clock.ahead += timedelta(days=3)
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert len(told(watch)) == 1


async def test_an_edit_stuck_on_a_dead_channel_is_made_at_the_next_start(watch: Night) -> None:
    await failing(watch)
    await watch.deliver()
    watch.slack.fault("error", "chat.update", error="not_in_channel")
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(days=3)
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert told(watch)[0].text.startswith("Recovered")


async def test_the_fallback_channel_is_told_once_of_a_card_that_stays_stuck(watch: Night) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="is_archived")
    for _ in range(3):
        await watch.outbox.unfinished(watch.clock.now())
        await watch.deliver()
    assert len(watch.slack.shown(FALLBACK)) == 1


async def test_a_line_whose_thread_is_gone_is_not_tried_for_ever(watch: Night) -> None:
    await failing(watch)
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    watch.slack.fault("error", "chat.postMessage", times=None, error="thread_not_found")
    before = _calls(watch, "chat.postMessage")
    async with asyncio.timeout(10):
        await watch.later(seconds=5)
        await watch.later(minutes=5)
    assert _calls(watch, "chat.postMessage") == before + 1


async def test_what_was_stuck_is_told_once_the_channel_takes_something_again(watch: Night) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="not_in_channel")
    await watch.deliver()
    assert told(watch) == []
    watch.happens("error", ago=0.1, **machine("SRV-OTHER"))
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards) == 2


async def test_a_deleted_card_is_posted_anew(watch: Night) -> None:
    await failing(watch)
    await watch.deliver()
    watch.slack.delete(CHANNEL, told(watch)[0].ts)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    (card,) = watch.cards
    assert card.text.startswith("Recovered")


# ── reading Acronis ──────────────────────────────────────────────────────────────────────────────────────────────────


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
    assert len(told(watch)) == 1


async def test_a_poll_whose_lease_ran_out_writes_nothing(watch: Night) -> None:
    """It slept (SIGSTOP) past its lease; another one read meanwhile, and both saw the same failure."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    hold = watch.acronis.hold()["hold"]
    sleeper = asyncio.create_task(watch.poll())
    await watch.acronis.caught(hold)
    watch.clock.ahead += 10 * MINUTE
    thief = Lease("default", "default", "another process", MINUTE)
    assert await watch.recorder.take_lease(thief, watch.clock.now())
    before = await _count(watch, tasks)
    watch.acronis.release()
    await sleeper
    assert await _count(watch, tasks) == before
    await watch.recorder.give_back(thief)
    await watch.poll()
    await watch.deliver()
    assert len(told(watch)) == 1


async def test_a_page_that_could_not_be_recorded_is_read_again(watch: Night) -> None:
    """The transaction fails at its end: the checkpoint has not moved."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    async with watch.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE OF position ON accounts BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    await watch.poll()
    assert (await _count(watch, alerts), await _count(watch, occurrences)) == (0, 0)
    async with watch.database.write() as connection:
        await connection.exec_driver_sql("DROP TRIGGER full")
    await watch.poll()
    await watch.deliver()
    assert len(told(watch)) == 1


async def test_a_malformed_item_is_set_aside_and_the_rest_goes_on(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    watch.acronis.malformed(count=1)
    await watch.poll()
    await watch.deliver()
    assert len(told(watch)) == 1


async def test_a_stamp_from_the_future_is_kept_and_does_not_carry_the_checkpoint_along(watch: Night) -> None:
    await watch.begins()
    ahead = datetime.now(UTC) + timedelta(hours=3)
    watch.happens("ok", updatedAt=rfc3339(ahead), completedAt=rfc3339(ahead), **machine("SRV-FUTURE"))
    await watch.poll()
    position = (await watch.recorder.checkpoint("default")).position
    assert position is not None
    assert position < datetime.now(UTC)
    assert await _count(watch, tasks, tasks.c.updated_at == micros(ahead)) == 1
    watch.happens("error", ago=0.01, took=0.2)
    await watch.poll()
    await watch.deliver()
    assert len(told(watch)) == 1


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
    assert (watch.cards, await _count(watch, tasks)) == ([], 1)


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
    assert len(told(watch)) == 1


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
    watch.happens("error", ago=60)
    await watch.poll()
    await watch.deliver()
    assert (len(watch.slack.shown(CHANNEL)), watch.cards) == (2, [])


async def test_a_first_start_that_was_cut_off_stays_quiet_until_it_is_through(tmp_path: Path) -> None:
    async with night(tmp_path) as watch:
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
    await watch.recorder.take_lease(lease, now)
    await watch.recorder.record(lease, [], now - timedelta(days=3), now, now)
    assert (await watch.recorder.checkpoint("default")).position == first


async def test_cards_wait_for_the_polls_last_page_or_thirty_seconds(watch: Night) -> None:
    """The poll is cut off after its first page: its cards are due all the same, when 30 s have passed."""
    await watch.begins()
    lease = Lease("default", "default", "h", MINUTE)
    now = watch.clock.now()
    await watch.recorder.take_lease(lease, now)
    failure = task(account="default", code="error", updated_at=now, completed_at=now, started_at=now)
    await watch.recorder.record(lease, [failure], None, now, now + Rules().due_after)
    await watch.deliver()
    assert told(watch) == []
    await watch.later(seconds=31)
    assert len(told(watch)) == 1


async def test_a_poll_and_another_change_to_the_same_alert_at_the_same_time_lose_neither(tmp_path: Path) -> None:
    """Two processes, one file: each adds failures of one resource, and every one is counted."""
    path = tmp_path / "shared.sqlite3"
    first, second = Database(path), Database(path)
    await first.migrate()
    try:
        await asyncio.gather(_adds_failures(first, "poll", 15), _adds_failures(second, "sweep", 15))
        async with first.read() as connection:
            (alert,) = (await connection.execute(select(alerts))).all()
            wanted = await connection.scalar(select(posts.c.wanted))
            count = await connection.scalar(select(func.count()).select_from(occurrences))
        assert (alert.occurrences, wanted, count) == (30, 30, 30)
    finally:
        await first.close()
        await second.close()


async def _adds_failures(database: Database, name: str, times: int) -> None:
    recorder = Recorder(database, Rules(), CHANNEL)
    now = datetime.now(UTC)
    lease = Lease(name, "default", name, MINUTE)
    await recorder.take_lease(lease, now)
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
    assert (watch.cards, await _count(watch, alerts)) == ([], 0)


async def test_a_poll_that_breaks_by_our_own_fault_is_said_too(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    async with watch.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER fault BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'a fault of ours'); END"
        )
    for _ in range(3):
        await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert "Nightshift itself failed" in card.text


async def test_a_sweep_finds_what_a_poll_missed(watch: Night) -> None:
    await watch.begins()
    watch.acronis.add(tasks=[raw_task(**_hidden_failure(watch))])
    await watch.poll()
    assert await _count(watch, alerts) == 0
    await watch.sweep()
    await watch.deliver()
    assert len(told(watch)) == 1


def _hidden_failure(watch: Night) -> dict[str, object]:
    """Completed an hour ago, but its `updatedAt` lies before the checkpoint: a poll does not see it."""
    ended = rfc3339(watch.clock.now() - timedelta(hours=1))
    stamps = {"enqueuedAt": ended, "startedAt": ended, "completedAt": ended, "updatedAt": "2026-01-01T00:00:00Z"}
    return {**stamps, "result": {"code": "error"}}


async def test_time_ends_no_alert_while_acronis_is_away(watch: Night) -> None:
    """For 15 days nothing could be read: whether there were no more runs is not known."""
    await failing(watch)
    watch.clock.ahead = timedelta(days=15)
    watch.acronis.outage(True)
    await watch.sweep()
    assert await _count(watch, alerts, alerts.c.status == "firing") == 1


async def test_time_ends_no_alert_before_the_poll_has_caught_up(watch: Night) -> None:
    """The bot was off for 15 days; the sweep comes before the first poll is through."""
    await failing(watch)
    watch.clock.ahead = timedelta(days=15)
    await watch.sweep()
    assert await _count(watch, alerts, alerts.c.status == "firing") == 1
    await watch.poll()
    await watch.sweep()
    assert await _count(watch, alerts, alerts.c.status == "firing") == 0


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
    assert (await _count(watch, tasks), await _count(watch, alerts), watch.cards) == (3, 0, [])
    async with watch.database.read() as connection:
        since = await connection.scalar(select(accounts.c.history_from))
    assert since is not None
    assert since <= micros(watch.clock.now() - Rules().history)


def _calls(watch: Night, method: str, channel: str = "") -> int:
    asked = [each for each in watch.slack.requests if each["method"] == method]
    return sum(not channel or each["arguments"].get("channel") == channel for each in asked)


async def _count(watch: Night, table: object, *where: object) -> int:
    async with watch.database.read() as connection:
        wanted = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
        return await connection.scalar(wanted) or 0
