"""Edits of cards: newest state only, words before cosmetics, deleted cards anew; and the replies owed to threads."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import CardKind, PostState, Says
from bot.model.pace import Pace
from bot.sandbox.slack import Limits
from bot.slack.rate_limits import EDIT_BURST, RateLimits
from tests.night import CHANNEL, FALLBACK, Night, machine, night
from tests.records import PostRecord

EDITED = "chat.update"


async def show(watch: Night, *names: str) -> list[PostRecord]:
    """A machine each failed, and its card is posted."""
    await watch.begins()
    for name in names:
        watch.happens("error", ago=0.1, **machine(name))
        await watch.poll()
    await watch.deliver()
    return await watch.cards_of(CardKind.ALERT)


def edited(watch: Night) -> list[str]:
    """The messages that were edited, in order."""
    return [each["arguments"]["ts"] for each in watch.slack.requests if each["method"] == EDITED]


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_many_changes_within_three_seconds_are_one_edit(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    for _ in range(5):
        await watch.redraw(card, words=True)
        await watch.deliver()
    assert edited(watch) == []
    await watch.later(seconds=3)
    assert edited(watch) == [card.ts]


async def test_an_edit_that_changes_words_goes_before_one_that_does_not(watch: Night) -> None:
    first, second, third = await show(watch, "SRV-1", "SRV-2", "SRV-3")
    await watch.redraw(first, words=False)
    await watch.redraw(second, words=True)
    await watch.redraw(third, words=False)
    await watch.later(seconds=4)
    assert edited(watch) == [second.ts, first.ts, third.ts]


async def test_a_new_card_goes_before_an_edit(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.redraw(card, words=True)
    watch.happens("error", ago=0.1, **machine("SRV-2"))
    await watch.poll()
    await watch.later(seconds=4)
    assert [each["method"] for each in watch.slack.requests if each["method"].startswith("chat.")][-2:] == [
        "chat.postMessage",
        EDITED,
    ]


async def test_edits_that_change_no_words_leave_room_for_those_that_do_in_other_channels(watch: Night) -> None:
    """Slack's limit for edits is one for all channels."""
    rows = await show(watch, "SRV-1", "SRV-2", "SRV-3", "SRV-4", "SRV-5")
    await watch.move(rows[-1], FALLBACK)
    await watch.later(seconds=4)
    watch.clock.ahead += timedelta(seconds=4)
    for row in rows[:-1]:
        await watch.redraw(row, words=False)
    limits = RateLimits(edits=Pace(0.001, 4))
    watch.delivery = watch.another_delivery(limits=limits)
    await watch.deliver()
    assert len(edited(watch)) == 2
    await watch.redraw(rows[-1], words=True)
    await watch.deliver()
    assert edited(watch)[2:] == [(await watch.cards_of(CardKind.ALERT))[-1].ts]


async def test_a_storm_of_edits_never_meets_slacks_limit(tmp_path: Path) -> None:
    """Slack takes 50 edits a minute, whatever channels they are in."""
    fast = Limits(posts_per_second=1e3, post_burst=1_000, workspace_posts_per_minute=100_000)
    async with night(tmp_path, limits=fast) as watch:
        rows = await show(watch, "SRV-1", "SRV-2", "SRV-3")
        watch.delivery = watch.another_delivery(limits=RateLimits())
        for _ in range(20):
            for row in rows:
                await watch.redraw(row, words=True)
            await watch.later(seconds=4)
        assert "ratelimited" not in {each.trouble for each in await watch.posts()}
        assert EDIT_BURST <= len(edited(watch)) < 60


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_an_edit_whose_blocks_are_refused_is_made_as_plain_text(watch: Night, error: str) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", EDITED, error=error)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    (card,) = watch.cards_ever
    assert card.text.startswith("Recovered")
    assert {block["type"] for block in card.blocks} == {"section"}


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "request_timeout"])
async def test_an_edit_that_fails_is_made_again(watch: Night, error: str) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", EDITED, error=error)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.later(minutes=2)
    (card,) = watch.cards_ever
    assert card.text.startswith("Recovered")


async def test_a_limit_on_edits_delays_no_post(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    watch.slack.fault("ratelimited", EDITED, times=None, seconds=60)
    await watch.redraw(card, words=True)
    await watch.later(seconds=4)
    watch.happens("error", ago=0.1, **machine("SRV-2"))
    await watch.poll()
    await watch.later(seconds=4)
    assert len(edited(watch)) == 1
    assert [each.text for each in watch.cards if "SRV-2" in each.text]


# ── deleted, or closed to edits ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_card_posted_anew_knows_the_message_it_takes_the_place_of(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    watch.slack.delete(CHANNEL, card.ts)
    await watch.redraw(card, words=True)
    await watch.later(seconds=4)
    (anew,) = await watch.cards_of(CardKind.ALERT)
    assert (anew.earlier_ts, anew.ts != card.ts, anew.shown) == (card.ts, True, anew.version)


async def test_a_deleted_card_of_an_alert_that_is_over_stays_deleted(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.delete(CHANNEL, watch.cards_ever[0].ts)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.later(minutes=5)
    assert watch.cards == []
    (card,) = await watch.cards_of(CardKind.ALERT)
    assert card.is_withdrawn


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message"])
async def test_a_card_that_cannot_be_edited_is_posted_anew_also_when_its_alert_is_over(
    watch: Night, error: str
) -> None:
    """It stands there and says that it fails."""
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", EDITED, error=error)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    old, new = watch.cards
    assert (old.text.startswith("Backup failed"), new.text.startswith("Recovered")) == (True, True)


async def test_a_line_owed_to_a_card_posted_anew_goes_to_its_new_thread(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", EDITED, error="edit_window_closed")
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.later(seconds=5)
    old, new = (each.ts for each in watch.cards if not each.thread_ts)
    assert (len(watch.slack.replies(CHANNEL, old)), len(watch.slack.replies(CHANNEL, new))) == (0, 1)


@pytest.mark.parametrize("says", [Says.RAISED, Says.STILL])
async def test_a_card_posted_anew_says_itself_what_a_line_was_to_say(watch: Night, says: Says) -> None:
    (card,) = await show(watch, "SRV-1")
    watch.slack.delete(CHANNEL, card.ts)
    await watch.redraw(card, words=True)
    await watch.owe(card, says, after=timedelta(minutes=1))
    await watch.later(seconds=5)
    await watch.later(minutes=5)
    assert [each.state for each in await watch.replies(says)] == [PostState.WITHDRAWN]


async def test_a_card_posted_anew_is_not_marked_for_what_happened_to_its_old_message(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("http", "chat.postMessage", status=503)
    await watch.deliver()
    (card,) = await watch.cards_of(CardKind.ALERT)
    watch.slack.delete(CHANNEL, card.ts)
    await watch.redraw(card, words=True)
    await watch.later(seconds=4)
    (anew,) = watch.cards
    assert "possibly repeated" not in anew.text.lower()


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("says", [Says.RAISED, Says.STILL])
async def test_a_line_to_wake_people_is_withdrawn_when_it_is_over(watch: Night, says: Says) -> None:
    await watch.fails()
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    (card,) = await watch.cards_of(CardKind.ALERT)
    await watch.owe(card, says, broadcast=True)
    await watch.later(seconds=5)
    await watch.later(seconds=5)
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1  # that it recovered
    assert [each.state for each in await watch.replies(says)] == [PostState.WITHDRAWN]


async def test_a_broadcast_line_is_seen_in_the_channel(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.owe(card, Says.STILL, broadcast=True)
    await watch.later(seconds=1)
    (reply,) = watch.slack.replies(CHANNEL, card.ts)
    assert reply.broadcast


async def test_a_line_that_is_not_broadcast_stays_in_the_thread(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.owe(card, Says.STILL)
    await watch.later(seconds=1)
    (reply,) = watch.slack.replies(CHANNEL, card.ts)
    assert not reply.broadcast


async def test_a_line_to_wake_people_does_not_wait_for_edits_of_its_card(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.redraw(card, words=False)
    await watch.owe(card, Says.RAISED)
    await watch.later(seconds=1)
    assert (len(watch.slack.replies(CHANNEL, card.ts)), edited(watch)) == (1, [])


async def test_that_it_ended_is_said_below_a_card_that_says_so(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.redraw(card, words=True)
    await watch.owe(card, Says.ENDED)
    await watch.later(seconds=1)
    assert watch.slack.replies(CHANNEL, card.ts) == []
    await watch.later(seconds=3)
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1


async def test_a_thread_that_takes_no_replies_says_nothing_of_its_channel(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.owe(card, Says.STILL, broadcast=True)
    watch.slack.fault("error", "chat.postMessage", times=None, error="cannot_reply_to_message", channel=CHANNEL)
    await watch.later(seconds=1)
    await watch.later(minutes=6)
    assert len(await watch.lost()) == 1
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-1" in note.text


# ── held, and counted ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_quiet_hours_hold_is_sent_when_they_end(watch: Night) -> None:
    await watch.fails()
    until = watch.clock.now() + timedelta(hours=6)
    await watch.hold(until)
    await watch.later(hours=5)
    assert (watch.cards_ever, (await watch.outbox.age(watch.clock.now())).posts) == ([], 0)
    await watch.later(hours=1, minutes=1)
    assert len(watch.cards_ever) == 1


async def test_the_queues_age_is_that_of_the_oldest_message_nobody_has_seen(watch: Night) -> None:
    await watch.begins()
    assert (await watch.outbox.age(watch.clock.now())).posts == 0
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="not_in_channel")
    watch.happens("error", ago=0.1, **machine("SRV-1"))
    await watch.poll()
    await watch.deliver()
    await watch.deliver()
    watch.clock.ahead += timedelta(minutes=4)
    age = await watch.outbox.age(watch.clock.now())
    assert (age.posts, timedelta(minutes=4) <= age.oldest < timedelta(minutes=5)) == (1, True)


async def test_an_edit_that_is_owed_is_counted_and_ages_nothing(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    watch.clock.ahead += timedelta(days=1)
    await watch.redraw(card, words=True)
    age = await watch.outbox.age(watch.clock.now())
    assert (age.posts, age.oldest) == (1, timedelta())


async def test_what_was_given_up_is_not_in_the_queue(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.owe(card, Says.STILL)
    watch.slack.fault("error", "chat.postMessage", error="cannot_reply_to_message")
    await watch.later(seconds=1)
    assert (await watch.outbox.age(watch.clock.now())).posts == 0


async def test_a_line_whose_card_stays_deleted_is_not_in_the_queue(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await watch.withdraw(card)
    await watch.owe(card, Says.STILL)
    await watch.later(minutes=1)
    assert (await watch.outbox.age(watch.clock.now())).posts == 0
