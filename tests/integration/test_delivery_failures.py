"""The failure table of design §4 on the way to Slack: nothing lost or doubled, and what cannot be known is said."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from bot.model import PostState
from bot.slack.rate_limits import RateLimits
from bot.store.leases import Lease
from bot.store.recording import Recorder
from tests.builders import task
from tests.night import CHANNEL, FALLBACK, MINUTE, Night, machine
from tests.patience import PATIENCE

pytestmark = pytest.mark.both_databases

MARK = "possibly repeated"


# ── refused before acceptance ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "error"), [("ratelimited", ""), ("error", "service_unavailable")])
async def test_what_slack_did_not_take_is_posted_later_and_once(watch: Night, kind: str, error: str) -> None:
    watch.delivery = watch.another_delivery(limits=RateLimits(seconds=lambda: watch.clock.now().timestamp()))
    await watch.fails()
    watch.slack.fault(kind, "chat.postMessage", seconds=60, error=error)
    await watch.deliver()
    assert watch.cards_ever == []
    await watch.later(minutes=2)
    (card,) = watch.cards_ever
    assert MARK not in card.text.lower()


async def test_while_slack_cannot_be_reached_a_post_waits_unmarked(watch: Night) -> None:
    """The connection was never made: nothing can have been posted."""
    await watch.fails()
    nowhere = watch.another_delivery(api_url="http://127.0.0.1:9/api/")
    await nowhere.tick()
    await nowhere.idle()
    await watch.later(minutes=2)
    (card,) = watch.cards_ever
    assert MARK not in card.text.lower()


async def test_after_a_wait_only_the_newest_state_is_posted(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", error="service_unavailable")
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(minutes=2)
    (card,) = watch.cards_ever
    assert card.text.startswith("Recovered")


async def test_a_channel_that_waits_delays_no_other(watch: Night) -> None:
    await watch.fails()
    recorder = Recorder(watch.database, watch.rules, FALLBACK)
    other = Lease("other", "other", "h", MINUTE)
    await recorder.leases.take(other, watch.clock.now())
    now = watch.clock.now()
    failure = task(account="other", code="error", updated_at=now, completed_at=now, started_at=now)
    await recorder.record(other, [failure], None, now, now)
    hold = watch.slack.hold("chat.postMessage", "before", channel=CHANNEL)
    await watch.delivery.tick()
    await watch.slack.until(lambda: bool(watch.slack.shown(FALLBACK)))
    assert (hold.held, watch.cards_ever) == (True, [])
    watch.slack.release()
    await watch.delivery.idle()
    assert len(watch.cards_ever) == 1


async def test_where_slack_limits_two_channels_no_other_is_tried_meanwhile(watch: Night) -> None:
    """It does not say whether it means a channel or the workspace."""
    await watch.fails()
    others = ("C0TEAM", "C0OTHER")
    for channel in (FALLBACK, *others):
        recorder = Recorder(watch.database, watch.rules, channel)
        lease = Lease(channel, channel, "h", MINUTE)
        now = watch.clock.now()
        await recorder.leases.take(lease, now)
        failure = task(account=channel, code="error", updated_at=now, completed_at=now, started_at=now)
        await recorder.record(lease, [failure], None, now, now + (10 * MINUTE if channel in others else 0 * MINUTE))
    watch.slack.fault("ratelimited", "chat.postMessage", times=None, seconds=600)
    await watch.deliver()
    await watch.later(minutes=11)
    assert [watch.calls("chat.postMessage", channel) for channel in others] == [0, 0]


# ── uncertain posts ──────────────────────────────────────────────────────────────────────────────────────────────────


def unconfirmed(watch: Night, kind: str) -> None:
    """The next post is made, and Slack's answer does not come."""
    if kind == "late":
        watch.never_answered("chat.postMessage")
    else:
        watch.slack.fault(kind, "chat.postMessage")


@pytest.mark.parametrize("kind", ["late", "reset_after"])
async def test_without_history_an_unconfirmed_post_is_made_again_and_marked(watch: Night, kind: str) -> None:
    await watch.fails()
    unconfirmed(watch, kind)
    await watch.deliver()
    first, second = watch.cards_ever
    assert (MARK in first.text.lower(), MARK in second.text.lower()) == (False, True)
    assert MARK in str(second.blocks).lower()


@pytest.mark.parametrize("error", ["internal_error", "fatal_error"])
async def test_a_failure_that_slack_names_says_nothing_of_whether_it_was_posted(watch: Night, error: str) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", error=error)
    await watch.deliver()
    (card,) = watch.cards_ever
    assert MARK in card.text.lower()


@pytest.mark.parametrize("kind", ["late", "reset_after"])
async def test_with_history_an_unconfirmed_post_is_found_and_not_repeated(reader: Night, kind: str) -> None:
    await reader.fails()
    unconfirmed(reader, kind)
    await reader.deliver()
    (card,) = reader.cards_ever
    reader.happens("ok", ago=0.1, took=0.2)
    await reader.poll()
    await reader.later(seconds=5)
    assert (reader.cards_ever, card.text.startswith("Recovered")) == ([card], True)


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "http", "status": 503},
        {"kind": "http", "status": 502},
        {"kind": "error", "error": "internal_error"},
        {"kind": "reset_before"},
    ],
)
async def test_what_two_looks_three_seconds_apart_do_not_find_was_not_posted(
    reader: Night, trouble: dict[str, Any]
) -> None:
    """So it is posted as if Slack had refused it, and not marked."""
    await reader.fails()
    reader.clock.stands()
    reader.slack.fault(method="chat.postMessage", **trouble)
    await reader.deliver()
    assert (reader.cards_ever, reader.calls("conversations.history")) == ([], 1)
    await reader.later(seconds=2)
    assert reader.calls("conversations.history") == 1
    await reader.later(seconds=2)
    (card,) = reader.cards_ever
    assert (reader.calls("conversations.history"), MARK in card.text.lower()) == (2, False)


async def test_one_look_serves_all_that_was_not_confirmed_in_a_channel(reader: Night) -> None:
    await reader.begins()
    for number in range(4):
        reader.happens("error", ago=0.5, **machine(f"SRV-SQL01-{number}"))
    await reader.poll()
    reader.clock.stands()
    reader.slack.fault("http", "chat.postMessage", times=2, channel=CHANNEL)
    reader.never_answered("chat.postMessage", times=2, channel=CHANNEL)
    await reader.deliver()
    for _ in range(8):
        await reader.later(seconds=1)
    assert len(reader.cards_ever) == 4
    assert not any(MARK in card.text.lower() for card in reader.cards_ever)
    assert reader.calls("conversations.history") <= 3


async def test_ten_failures_of_slack_and_twenty_cards_of_one_channel_are_all_told_within_a_minute(
    reader: Night,
) -> None:
    await reader.begins()
    await fail_apart(reader, 20)
    reader.slack.fault("http", "chat.postMessage", times=10, channel=CHANNEL, status=500)
    for _ in range(60 - 20):  # twenty seconds are for one post a second
        await reader.later(seconds=1)
    assert len(reader.cards_ever) == 20
    assert not any(MARK in card.text.lower() for card in reader.cards_ever)
    assert await reader.lost() == await reader.stuck() == []


@pytest.mark.parametrize("method", ["*", "chat.postMessage"])
async def test_after_twenty_minutes_without_slack_all_is_told_within_a_minute_and_once(
    reader: Night, method: str
) -> None:
    await reader.begins()
    await fail_apart(reader, 6)
    troubles = cycle([("http", 500), ("http", 502), ("reset_before", 0), ("http", 503)])
    for _, (kind, status) in zip(range(40), troubles, strict=False):
        reader.slack.clear_faults()
        reader.slack.fault(kind, method, times=None, status=status)
        await reader.later(seconds=30)
    assert reader.cards_ever == []
    reader.slack.clear_faults()
    for _ in range(12):
        await reader.later(seconds=5)
    names = [card.text.split(",")[0] for card in reader.cards_ever]
    unmarked = [card for card in reader.cards_ever if MARK not in card.text.lower()]
    assert (len(names), len(set(names))) == (6, 6)
    assert len(unmarked) == 6
    assert await reader.lost() == await reader.stuck() == []


async def test_without_history_all_is_told_within_a_minute_after_slack_answered_nothing_and_marked(
    watch: Night,
) -> None:
    await watch.begins()
    await fail_apart(watch, 6)
    troubles = cycle([("http", 500), ("http", 502), ("reset_before", 0), ("http", 503)])
    for _, (kind, status) in zip(range(40), troubles, strict=False):
        watch.slack.clear_faults()
        watch.slack.fault(kind, "*", times=None, status=status)
        await watch.later(seconds=30)
    watch.slack.clear_faults()
    for _ in range(12):
        await watch.later(seconds=5)
    names = {card.text.split(",")[0] for card in watch.cards_ever}
    assert (len(watch.cards_ever), len(names)) == (6, 6)
    assert all(MARK in card.text.lower() for card in watch.cards_ever)


async def fail_apart(watch: Night, size: int) -> None:
    """So many failures of which each has a card of its own."""
    watch.rules = replace(watch.rules, storm_threshold=1000)
    watch.follow(watch.settings.routing)
    watch.delivery = watch.another_delivery()
    for number in range(size):
        watch.happens("error", ago=0.5, **machine(f"SRV-SQL01-{number}"))
    await watch.poll()


async def test_without_history_it_is_repeated_marked_ever_more_rarely_while_its_alert_is_open(watch: Night) -> None:
    """At once, after 5 minutes, then every 10 to 60; the fallback channel is told after the second."""
    await watch.fails()
    watch.slack.fault("http", "chat.postMessage", times=None, channel=CHANNEL, status=500)
    await watch.deliver()
    assert watch.calls("chat.postMessage", CHANNEL) == 2 + 1  # the summary, the post, its first repeat
    await watch.later(minutes=4)
    assert watch.calls("chat.postMessage", CHANNEL) == 3
    assert watch.slack.shown(FALLBACK) == []
    await watch.later(minutes=2)
    assert watch.calls("chat.postMessage", CHANNEL) == 4
    await watch.deliver()
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text
    for _ in range(12 * 12):
        await watch.later(minutes=5)
    assert 10 <= watch.calls("chat.postMessage", CHANNEL) - 4 <= 16
    assert await watch.lost() == await watch.stuck() == []
    watch.slack.clear_faults()
    await watch.later(minutes=61)
    (card,) = watch.cards_ever
    assert MARK in card.text.lower()
    assert len(watch.slack.shown(FALLBACK)) == 1


async def test_what_is_over_and_was_never_confirmed_is_repeated_twice_at_most(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("http", "chat.postMessage", times=None, channel=CHANNEL, status=500)
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    for _ in range(12):
        await watch.later(minutes=6)
    assert watch.calls("chat.postMessage", CHANNEL) == 4
    assert len(await watch.lost()) == 1
    assert await watch.outstanding() == []  # nor is the line of its recovery owed to a thread that is not known


async def test_after_several_failures_the_first_message_that_gets_through_takes_the_others_along(watch: Night) -> None:
    await watch.begins()
    await fail_apart(watch, 3)
    watch.slack.fault("http", "chat.postMessage", times=None, channel=CHANNEL, status=500)
    await watch.deliver()
    await watch.later(minutes=6)
    watch.slack.clear_faults()
    watch.happens("error", ago=0.1, **machine("SRV-SQL01-9"))
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards_ever) == 4


async def test_an_unconfirmed_reply_is_looked_for_in_its_thread(reader: Night) -> None:
    await reader.fails()
    await reader.deliver()
    reader.happens("ok", ago=0.1, took=0.2)
    await reader.poll()
    reader.never_answered("chat.postMessage")
    await reader.later(seconds=5)
    (card,) = reader.cards_ever
    assert len(reader.slack.replies(CHANNEL, card.ts)) == 1


async def test_a_reply_that_was_made_again_is_marked(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    watch.never_answered("chat.postMessage")
    await watch.later(seconds=5)
    first, second = watch.slack.replies(CHANNEL, watch.cards_ever[0].ts)
    assert (MARK in first.text.lower(), MARK in second.text.lower()) == (False, True)


async def test_an_edit_that_is_not_confirmed_is_simply_repeated(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.never_answered("chat.update")
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.later(minutes=2)
    (card,) = watch.cards_ever
    assert card.text.startswith("Recovered")


async def test_a_restart_while_a_row_says_sending_makes_it_uncertain(watch: Night) -> None:
    """What kill -9 leaves behind, seen from the next start."""
    await watch.fails()
    assert await watch.outbox.claim(CHANNEL, watch.clock.now(), posting=True, editing=True)
    assert await watch.outbox.unfinished(watch.clock.now()) == 1
    await watch.deliver()
    (card,) = watch.cards_ever
    assert MARK in card.text.lower()


async def test_where_no_history_can_be_shown_an_unconfirmed_post_is_made_again(reader: Night) -> None:
    """The token may read history, but not this channel's, since the bot is not in it."""
    await reader.fails()
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("error", "conversations.history", times=None, error="not_in_channel")
    await reader.deliver()
    (card,) = reader.cards_ever
    assert MARK in card.text.lower()


async def test_while_history_fails_an_unconfirmed_post_waits_a_minute_and_no_longer(reader: Night) -> None:
    await reader.fails()
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("http", "conversations.history", times=None, status=503)
    await reader.deliver()
    await reader.later(seconds=30)
    assert reader.cards_ever == []
    await reader.later(seconds=40)
    (card,) = reader.cards_ever
    assert MARK in card.text.lower()


async def test_a_limit_on_reading_history_delays_no_other_post(reader: Night) -> None:
    await reader.fails()
    reader.slack.fault("http", "chat.postMessage", status=503)
    reader.slack.fault("ratelimited", "conversations.history", seconds=60)
    await reader.deliver()
    reader.happens("error", ago=0.3, **machine("SRV-OTHER"))
    await reader.poll()
    await reader.deliver()
    assert [each.text for each in reader.slack.posts(CHANNEL) if "SRV-OTHER" in each.text]


async def test_a_claim_is_settled_however_long_the_disk_is_full(watch: Night) -> None:
    """Slack showed the card; that could not be written down, nor at the next tick that it is uncertain."""
    await watch.fails()
    async with watch.refusing("UPDATE ON posts WHEN OLD.state = 'sending'"):
        await watch.deliver()
        with pytest.raises(Exception, match="disk full"):
            await watch.deliver()
    await watch.deliver()
    assert {each.state for each in await watch.posts()} == {PostState.WAITING}
    assert await watch.outstanding() == []
    assert len(watch.cards_ever) == 2


async def test_a_card_whose_alert_is_forgotten_holds_up_no_other(watch: Night) -> None:
    await watch.fails()
    await watch.forget_what_cards_show()
    watch.happens("error", ago=0.3, **machine("SRV-OTHER"))
    await watch.poll()
    await watch.deliver()
    await watch.deliver()
    assert [each.text for each in watch.cards if "SRV-OTHER" in each.text]


# ── what Slack refuses for good ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_refused_blocks_are_sent_again_as_plain_text_with_the_same_words(watch: Night, error: str) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", error=error)
    await watch.deliver()
    (card,) = watch.cards_ever
    assert card.text.startswith("Backup failed: SRV-SQL01")
    assert {block["type"] for block in card.blocks} == {"section"}


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_a_dead_channel_is_not_tried_again_and_the_fallback_channel_is_told(watch: Night, error: str) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error=error)
    await watch.deliver()
    tried = watch.calls("chat.postMessage", CHANNEL)
    await watch.later(minutes=4)
    assert watch.calls("chat.postMessage", CHANNEL) == tried
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text


async def test_a_card_stuck_on_a_dead_channel_is_tried_again_at_the_next_start(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="not_in_channel")
    await watch.deliver()
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_a_firing_alert_stuck_for_days_is_told_at_the_next_start(watch: Night) -> None:
    """The token was revoked on Friday and renewed on Monday."""
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="token_revoked")
    await watch.deliver()
    watch.clock.ahead += timedelta(days=3)
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_an_edit_stuck_on_a_dead_channel_is_made_at_the_next_start(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", "chat.update", error="not_in_channel")
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(days=3)
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert watch.cards_ever[0].text.startswith("Recovered")


async def test_the_fallback_channel_is_told_once_of_a_card_that_stays_stuck(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="is_archived")
    for _ in range(3):
        await watch.outbox.unfinished(watch.clock.now())
        await watch.deliver()
    assert len(watch.slack.shown(FALLBACK)) == 1


async def test_a_line_whose_thread_is_gone_is_not_tried_for_ever(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    watch.slack.fault("error", "chat.postMessage", times=None, error="thread_not_found")
    before = watch.calls("chat.postMessage")
    async with asyncio.timeout(PATIENCE):
        await watch.later(seconds=5)
        await watch.later(minutes=5)
    assert watch.calls("chat.postMessage") == before + 1


async def test_what_was_stuck_is_told_once_the_channel_takes_something_again(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", channel=CHANNEL, error="not_in_channel")
    await watch.deliver()
    assert watch.cards_ever == []
    watch.happens("error", ago=0.1, **machine("SRV-OTHER"))
    await watch.poll()
    await watch.deliver()
    assert len(watch.cards) == 2


async def test_a_deleted_card_is_posted_anew_while_its_alert_fires(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.delete(CHANNEL, watch.cards_ever[0].ts)
    watch.happens("error", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    (card,) = watch.cards
    assert card.text.startswith("Backup failed")
    assert [each.ts for each in await watch.shown_by("SRV-SQL01")] == [card.ts]
