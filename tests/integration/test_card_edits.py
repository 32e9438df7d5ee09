"""Edits of cards: newest state only, words before cosmetics, deleted cards anew; and the replies owed to threads."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from bot.model import Says
from bot.sandbox.slack import Limits
from bot.slack.rate_limits import EDIT_BURST, Pace, RateLimits
from bot.store.schema import micros, posts
from tests.night import CHANNEL, FALLBACK, Night, machine, night

EDITED = "chat.update"


async def want(watch: Night, card: int, *, words: bool) -> None:
    """A card shall show something else."""
    changed = {"version": posts.c.version + 1} | ({"words_version": posts.c.version + 1} if words else {})
    async with watch.database.write() as connection:
        await connection.execute(update(posts).where(posts.c.id == card).values(changed))


async def cards(watch: Night) -> list[Any]:
    """The rows of alerts' cards, oldest first."""
    async with watch.database.read() as connection:
        rows = select(posts).where(posts.c.kind == "alert", posts.c.parent_id.is_(None)).order_by(posts.c.id)
        return list((await connection.execute(rows)).all())


async def owe(watch: Night, card: Any, says: Says, **changes: Any) -> None:
    """A line is owed to a card's thread."""
    now = micros(watch.clock.now())
    row = {"kind": "alert", "account": "default", "channel": card.channel, "key": uuid4().hex, "state": "waiting"}
    row |= {"urgency": 3, "version": 1, "shown": 0, "ts": "", "due_at": now, "created_at": now, "repeats": 0}
    row |= {"looks": 0, "refusals": 0, "repeated": False, "plain": False, "trouble": "", "parent_id": card.id}
    async with watch.database.write() as connection:
        await connection.execute(insert(posts).values(row | {"says": says.value} | changes))


async def show(watch: Night, *names: str) -> list[Any]:
    """A machine each failed and is told."""
    await watch.begins()
    for name in names:
        watch.happens("error", ago=0.1, **machine(name))
        await watch.poll()
    await watch.deliver()
    return await cards(watch)


def edited(watch: Night) -> list[str]:
    """The messages that were edited, in order."""
    return [each["arguments"]["ts"] for each in watch.slack.requests if each["method"] == EDITED]


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_many_changes_within_three_seconds_are_one_edit(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    for _ in range(5):
        await want(watch, card.id, words=True)
        await watch.deliver()
    assert edited(watch) == []
    await watch.later(seconds=3)
    assert edited(watch) == [card.ts]


async def test_an_edit_that_changes_words_goes_before_one_that_does_not(watch: Night) -> None:
    first, second, third = await show(watch, "SRV-1", "SRV-2", "SRV-3")
    await want(watch, first.id, words=False)
    await want(watch, second.id, words=True)
    await want(watch, third.id, words=False)
    await watch.later(seconds=4)
    assert edited(watch) == [second.ts, first.ts, third.ts]


async def test_a_new_card_goes_before_an_edit(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await want(watch, card.id, words=True)
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
    async with watch.database.write() as connection:
        elsewhere = {"channel": FALLBACK, "ts": "", "shown": 0}
        await connection.execute(update(posts).where(posts.c.id == rows[-1].id).values(elsewhere))
    await watch.later(seconds=4)
    watch.clock.ahead += timedelta(seconds=4)
    for row in rows[:-1]:
        await want(watch, row.id, words=False)
    limits = RateLimits(edits=Pace(0.001, 4))
    watch.delivery = watch.another_delivery(limits=limits)
    await watch.deliver()
    assert len(edited(watch)) == 2
    await want(watch, rows[-1].id, words=True)
    await watch.deliver()
    assert edited(watch)[2:] == [(await cards(watch))[-1].ts]


async def test_a_storm_of_edits_never_meets_slacks_limit(tmp_path: Path) -> None:
    """Slack takes 50 edits a minute, whatever channels they are in."""
    fast = Limits(posts_per_second=1e3, post_burst=1_000, workspace_posts_per_minute=100_000)
    async with night(tmp_path, limits=fast) as watch:
        rows = await show(watch, "SRV-1", "SRV-2", "SRV-3")
        watch.delivery = watch.another_delivery(limits=RateLimits())
        for _ in range(20):
            for row in rows:
                await want(watch, row.id, words=True)
            await watch.later(seconds=4)
        assert await watch.count(posts, posts.c.trouble == "ratelimited") == 0
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
    await want(watch, card.id, words=True)
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
    await want(watch, card.id, words=True)
    await watch.later(seconds=4)
    (anew,) = await cards(watch)
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
    (card,) = await cards(watch)
    assert card.state == "withdrawn"


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
    await want(watch, card.id, words=True)
    await owe(watch, card, says, due_at=micros(watch.clock.now() + timedelta(minutes=1)))
    await watch.later(seconds=5)
    await watch.later(minutes=5)
    assert await watch.count(posts, posts.c.says == says.value, posts.c.state == "withdrawn") == 1


async def test_a_card_posted_anew_is_not_marked_for_what_happened_to_its_old_message(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("http", "chat.postMessage", status=503)
    await watch.deliver()
    (card,) = await cards(watch)
    watch.slack.delete(CHANNEL, card.ts)
    await want(watch, card.id, words=True)
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
    (card,) = await cards(watch)
    await owe(watch, card, says, broadcast=True)
    await watch.later(seconds=5)
    await watch.later(seconds=5)
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1  # that it recovered
    assert await watch.count(posts, posts.c.says == says.value, posts.c.state == "withdrawn") == 1


async def test_a_broadcast_line_is_seen_in_the_channel(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await owe(watch, card, Says.STILL, broadcast=True)
    await watch.later(seconds=1)
    (reply,) = watch.slack.replies(CHANNEL, card.ts)
    assert reply.broadcast


async def test_a_line_that_is_not_broadcast_stays_in_the_thread(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await owe(watch, card, Says.STILL)
    await watch.later(seconds=1)
    (reply,) = watch.slack.replies(CHANNEL, card.ts)
    assert not reply.broadcast


async def test_a_line_to_wake_people_does_not_wait_for_edits_of_its_card(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await want(watch, card.id, words=False)
    await owe(watch, card, Says.RAISED)
    await watch.later(seconds=1)
    assert (len(watch.slack.replies(CHANNEL, card.ts)), edited(watch)) == (1, [])


async def test_that_it_ended_is_said_below_a_card_that_says_so(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await want(watch, card.id, words=True)
    await owe(watch, card, Says.ENDED)
    await watch.later(seconds=1)
    assert watch.slack.replies(CHANNEL, card.ts) == []
    await watch.later(seconds=3)
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1


async def test_a_thread_that_takes_no_replies_says_nothing_of_its_channel(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await owe(watch, card, Says.STILL, broadcast=True)
    watch.slack.fault("error", "chat.postMessage", times=None, error="cannot_reply_to_message", channel=CHANNEL)
    await watch.later(seconds=1)
    await watch.later(minutes=6)
    assert await watch.count(posts, posts.c.state == "lost") == 1
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-1" in note.text


# ── held, and counted ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_quiet_hours_hold_is_sent_when_they_end(watch: Night) -> None:
    await watch.fails()
    until = watch.clock.now() + timedelta(hours=6)
    async with watch.database.write() as connection:
        await connection.execute(update(posts).where(posts.c.ts == "").values(held_until=micros(until)))
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
    await want(watch, card.id, words=True)
    age = await watch.outbox.age(watch.clock.now())
    assert (age.posts, age.oldest) == (1, timedelta())


async def test_what_was_given_up_is_not_in_the_queue(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    await owe(watch, card, Says.STILL)
    watch.slack.fault("error", "chat.postMessage", error="cannot_reply_to_message")
    await watch.later(seconds=1)
    assert (await watch.outbox.age(watch.clock.now())).posts == 0


async def test_a_line_whose_card_stays_deleted_is_not_in_the_queue(watch: Night) -> None:
    (card,) = await show(watch, "SRV-1")
    async with watch.database.write() as connection:
        await connection.execute(update(posts).where(posts.c.id == card.id).values(state="withdrawn"))
    await owe(watch, card, Says.STILL)
    await watch.later(minutes=1)
    assert (await watch.outbox.age(watch.clock.now())).posts == 0
