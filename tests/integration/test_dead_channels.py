"""A channel that cannot be told: the fallback channel hears of it once, and hears when it is over (design §4)."""

from dataclasses import replace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.alerting.retries import MOST_REFUSALS
from bot.model import CardKind
from bot.slack.rate_limits import RateLimits
from tests.night import CHANNEL, FALLBACK, Night, machine

pytestmark = pytest.mark.both_databases

DEAD = "not_in_channel"


def dies(watch: Night, error: str = DEAD, channel: str = CHANNEL) -> None:
    for method in ("chat.postMessage", "chat.update"):
        watch.slack.fault("error", method, times=None, channel=channel, error=error)


async def fail(watch: Night, *names: str) -> None:
    """A machine each fails anew, and the poll that reads of it is over."""
    for name in names:
        watch.happens("error", ago=0.1, **machine(name))
    await watch.poll()


# ── one card for each episode ────────────────────────────────────────────────────────────────────────────────────────


async def test_many_cards_of_a_dead_channel_are_one_card_in_the_fallback_channel(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1", "SRV-2", "SRV-3")
    await watch.deliver()
    await fail(watch, "SRV-4")
    await watch.later(seconds=5)
    (note,) = watch.slack.shown(FALLBACK)
    assert CHANNEL in str(note.blocks)
    assert (await watch.undelivered())[0].waiting == 4
    assert len(note.versions) >= 1


async def test_all_that_waits_for_a_dead_channel_costs_one_refused_call(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1", "SRV-2", "SRV-3")
    before = watch.calls("chat.postMessage", CHANNEL)
    await watch.deliver()
    assert watch.calls("chat.postMessage", CHANNEL) == before + 1


async def test_a_dead_channel_is_tried_again_every_five_minutes_with_one_post(watch: Night) -> None:
    await watch.begins()
    dies(watch, "is_archived")
    await fail(watch, "SRV-1", "SRV-2")
    await watch.deliver()
    tried = watch.calls("chat.postMessage", CHANNEL)
    for _ in range(12):
        await watch.later(minutes=1)
    assert watch.calls("chat.postMessage", CHANNEL) == tried + 2
    assert len(watch.slack.shown(FALLBACK)) == 1


async def test_a_channel_that_was_mended_gets_what_waited_without_a_new_alert(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1", "SRV-2")
    await watch.deliver()
    watch.slack.clear_faults()
    await watch.later(minutes=5, seconds=1)
    assert len(watch.cards) == 2
    (note,) = await watch.undelivered()
    assert (note.waiting, note.code, note.ended_at is None) == (2, DEAD, False)


async def test_the_fallback_channel_hears_once_that_the_channel_is_back(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1", "SRV-2")
    await watch.deliver()
    watch.slack.clear_faults()
    for _ in range(3):
        await watch.later(minutes=6)
    (note,) = (each for each in watch.slack.shown(FALLBACK) if not each.thread_ts)
    assert len(watch.slack.replies(FALLBACK, note.ts)) == 1
    assert (await watch.undelivered())[0].ended_at is not None


async def test_a_channel_that_dies_again_later_is_told_of_anew(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1")
    await watch.deliver()
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    await watch.later(seconds=5)
    dies(watch)
    await fail(watch, "SRV-2")
    await watch.deliver()
    await watch.deliver()
    assert len([each for each in watch.slack.shown(FALLBACK) if not each.thread_ts]) == 2
    assert (await watch.undelivered())[1].waiting == 1


async def test_a_channel_that_flaps_before_its_return_was_told_goes_on_with_the_same_card(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1")
    await watch.deliver()
    watch.slack.clear_faults()
    watch.slack.fault("ratelimited", "chat.update", times=None, channel=FALLBACK, seconds=60)
    await watch.later(minutes=6)
    dies(watch)
    await fail(watch, "SRV-2")
    await watch.deliver()
    watch.slack.clear_faults()
    assert len(watch.slack.shown(FALLBACK)) == 1
    assert (await watch.undelivered())[0].ended_at is None


async def test_what_nobody_has_read_yet_is_not_told_after_the_channel_is_back(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    dies(watch, channel=FALLBACK)
    await fail(watch, "SRV-1")
    await watch.deliver()
    watch.slack.clear_faults()
    watch.slack.fault("ratelimited", "chat.postMessage", times=None, channel=FALLBACK, seconds=1)
    await watch.later(minutes=6)
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    assert (len(watch.cards), watch.slack.shown(FALLBACK)) == (1, [])


async def test_an_edit_that_is_taken_does_not_say_that_new_messages_are(watch: Night) -> None:
    """Where the bot was removed, Slack may still take edits of what it posted before."""
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error=DEAD)
    await fail(watch, "SRV-OTHER")
    await watch.deliver()
    watch.happens("error", ago=0.1)
    await watch.poll()
    for _ in range(4):
        await watch.later(seconds=5)
    assert watch.calls("chat.update", CHANNEL) == 1
    assert (await watch.undelivered())[0].ended_at is None
    assert len(watch.slack.shown(FALLBACK)) == 1


# ── nobody to tell ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_where_the_fallback_channel_is_dead_too_nothing_loops_and_nothing_is_lost(watch: Night) -> None:
    await watch.begins()
    dies(watch)
    dies(watch, channel=FALLBACK)
    await fail(watch, "SRV-1", "SRV-2")
    before = watch.calls("chat.postMessage")
    for _ in range(5):
        await watch.deliver()
    assert watch.calls("chat.postMessage") == before + 2
    assert len(await watch.stuck()) == 3
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    assert len(watch.cards) == 2
    assert await watch.outstanding(CHANNEL) == []


async def test_without_a_fallback_channel_the_cards_wait(watch: Night) -> None:
    watch.settings = replace(watch.settings, fallback_channel="")
    watch.follow(watch.settings.routing)
    watch.delivery = watch.another_delivery()
    await watch.begins()
    dies(watch)
    await fail(watch, "SRV-1")
    await watch.deliver()
    assert await watch.posts(CardKind.UNDELIVERED) == []
    assert await watch.outstanding() == await watch.stuck() == await watch.shown_by("SRV-1")
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    assert len(watch.cards) == 1


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_revoked_token_is_tried_with_one_post_a_channel_each_five_minutes(watch: Night, error: str) -> None:
    await watch.begins()
    watch.slack.fault("error", "*", times=None, error=error)
    await fail(watch, "SRV-1", "SRV-2")
    before = watch.calls("chat.postMessage")
    for _ in range(11):
        await watch.later(minutes=1)
    assert watch.calls("chat.postMessage") - before <= 3 * 2
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    assert len(watch.cards) == 2


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_is_over_since_a_day_is_not_posted_when_the_channel_is_back(watch: Night, is_away: bool) -> None:
    """Whether Acronis is away meanwhile, too, is another matter."""
    await watch.begins()
    if is_away:
        await watch.lose_account("other")
    dies(watch)
    await fail(watch, "SRV-1", "SRV-2")
    await watch.deliver()
    watch.happens("ok", ago=0.05, took=0.01, **machine("SRV-1"))
    await watch.poll()
    await watch.later(days=2)
    watch.slack.clear_faults()
    await watch.later(minutes=6)
    (card,) = watch.cards
    assert "SRV-2" in card.text


# ── refused for a reason nobody knows ────────────────────────────────────────────────────────────────────────────────


async def test_a_refusal_nobody_knows_is_told_after_ten_times_then_repeated_slowly_while_its_alert_is_open(
    watch: Night,
) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="as_user_not_supported")
    before = watch.calls("chat.postMessage", CHANNEL)
    for _ in range(MOST_REFUSALS):
        await watch.later(seconds=20)
    assert watch.calls("chat.postMessage", CHANNEL) == before + MOST_REFUSALS
    await watch.deliver()
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text
    for _ in range(6 * 12):
        await watch.later(minutes=10)
    assert 10 <= watch.calls("chat.postMessage", CHANNEL) - before - MOST_REFUSALS <= 16
    watch.slack.clear_faults()
    await watch.later(minutes=61)
    assert len(watch.cards_ever) == 1


async def test_a_refusal_nobody_knows_of_what_is_over_waits_for_the_next_start(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="as_user_not_supported")
    before = watch.calls("chat.postMessage", CHANNEL)
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    for _ in range(30):
        await watch.later(minutes=2)
    assert watch.calls("chat.postMessage", CHANNEL) == before + MOST_REFUSALS
    assert len(await watch.stuck()) == 1


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long"])
async def test_a_card_that_slack_refuses_even_as_plain_text_is_not_given_up_while_its_alert_is_open(
    watch: Night, error: str
) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error=error)
    for _ in range(30):
        await watch.later(minutes=2)
    assert len(watch.slack.shown(FALLBACK)) == 1
    watch.slack.clear_faults()
    await watch.later(minutes=61)
    assert len(watch.cards_ever) == 1


async def test_what_was_given_up_is_tried_once_at_the_next_start_and_told_no_second_time(watch: Night) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="as_user_not_supported")
    for _ in range(MOST_REFUSALS):
        await watch.later(minutes=2)
    before = watch.calls("chat.postMessage", CHANNEL)
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert watch.calls("chat.postMessage", CHANNEL) == before + 1
    assert len(watch.slack.shown(FALLBACK)) == 1
    watch.slack.clear_faults()
    await watch.outbox.unfinished(watch.clock.now())
    await watch.deliver()
    assert len(watch.cards_ever) == 1


async def test_one_card_that_slack_refuses_says_nothing_of_its_channel(watch: Night) -> None:
    """Others are shown there; they neither send it again nor end what the fallback channel was told."""
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="as_user_not_supported")
    for _ in range(MOST_REFUSALS):
        await watch.later(minutes=2)
    watch.slack.clear_faults()
    await fail(watch, "SRV-OTHER")
    await watch.deliver()
    assert watch.cards_ever == []
    assert (await watch.undelivered())[0].ended_at is None


async def test_several_posts_given_up_within_an_hour_are_one_card(watch: Night) -> None:
    await watch.begins()
    watch.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="as_user_not_supported")
    await fail(watch, "SRV-1", "SRV-2", "SRV-3")
    for _ in range(MOST_REFUSALS + 2):
        await watch.later(minutes=2)
    assert len(watch.slack.shown(FALLBACK)) == 1
    assert (await watch.undelivered())[0].waiting == 3


@pytest.mark.parametrize("error", ["ratelimited", "service_unavailable", "request_timeout"])
async def test_a_refusal_that_ends_by_itself_is_waited_for_however_long(watch: Night, error: str) -> None:
    await watch.fails()
    watch.slack.fault("error", "chat.postMessage", times=MOST_REFUSALS + 5, channel=CHANNEL, error=error)
    for _ in range(MOST_REFUSALS + 6):
        watch.delivery = watch.another_delivery()
        await watch.later(minutes=2)
    assert len(watch.cards_ever) == 1
    assert watch.slack.shown(FALLBACK) == []


async def test_a_card_that_cannot_be_drawn_is_told_of_and_not_tried_for_ever(watch: Night) -> None:
    await watch.fails()
    watch.settings = replace(watch.settings, zone=cast("ZoneInfo", "nowhere"))
    watch.delivery = watch.another_delivery()
    for _ in range(2 * MOST_REFUSALS):
        await watch.later(minutes=2)
    assert MOST_REFUSALS < max(each.refusals for each in await watch.posts() if each.trouble == "not_drawn") < 15
    assert len(await watch.posts(CardKind.UNDELIVERED)) == 1


async def test_a_card_that_this_version_cannot_read_holds_up_no_other(watch: Night) -> None:
    await watch.fails()
    await watch.write_as_a_later_version()
    await fail(watch, "SRV-OTHER")
    await watch.deliver()
    assert [each.text for each in watch.cards if "SRV-OTHER" in each.text]
    await watch.deliver()
    assert len(watch.slack.shown(FALLBACK)) == 1


# ── a limit of hours ──


@pytest.mark.parametrize("header", ["999999", "1e15", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_limit_of_years_on_one_post_is_told_and_tried_again_after_an_hour(watch: Night, header: str) -> None:
    watch.delivery = watch.another_delivery(limits=RateLimits(seconds=lambda: watch.clock.now().timestamp()))
    await watch.fails()
    watch.slack.fault("ratelimited", "chat.postMessage", channel=CHANNEL, retry_after=header)
    with capture_logs() as logs:
        await watch.deliver()
        await watch.deliver()
    (entry,) = [entry for entry in logs if entry["event"] == "slack wants a long wait"]
    assert (entry["channel"], entry["seconds"]) == (CHANNEL, 3600)
    (note,) = watch.slack.shown(FALLBACK)
    assert "SRV-SQL01" in note.text
    assert "slow down" in note.text
    calls = watch.calls("chat.postMessage", CHANNEL)
    await watch.later(minutes=59)
    assert (watch.calls("chat.postMessage", CHANNEL), watch.cards_ever) == (calls, [])
    await watch.later(minutes=2)
    assert len(watch.cards_ever) == 1
    await watch.later(seconds=10)
    assert "reached again" in watch.slack.shown(FALLBACK)[0].text


async def test_a_limit_of_years_that_lasts_is_tried_once_an_hour(watch: Night) -> None:
    watch.delivery = watch.another_delivery(limits=RateLimits(seconds=lambda: watch.clock.now().timestamp()))
    await watch.fails()
    watch.slack.fault("ratelimited", "chat.postMessage", channel=CHANNEL, times=None, retry_after="999999")
    await watch.deliver()
    calls = watch.calls("chat.postMessage", CHANNEL)
    for _ in range(5):
        await watch.later(minutes=30)
    assert watch.calls("chat.postMessage", CHANNEL) == calls + 2
    assert len(watch.slack.shown(FALLBACK)) == 1


@pytest.mark.parametrize("header", ["999999", "1000000000000000", "86400"])
async def test_a_limit_of_years_on_an_edit_is_told_and_holds_up_neither_posts_nor_other_channels(
    watch: Night, header: str
) -> None:
    watch.delivery = watch.another_delivery(limits=RateLimits(seconds=lambda: watch.clock.now().timestamp()))
    await watch.fails()
    await watch.deliver()
    watch.slack.fault("ratelimited", "chat.update", channel=CHANNEL, retry_after=header)
    watch.happens("ok", ago=0.1, took=0.2)
    watch.happens("error", ago=0.1, **machine("SRV-OTHER"))
    await watch.poll()
    await watch.later(seconds=5)
    assert any("SRV-OTHER" in card.text for card in watch.cards)
    await watch.later(seconds=5)
    (note,) = watch.slack.shown(FALLBACK)
    assert f"Cards in channel {CHANNEL} show an old state" in note.text
    assert watch.cards_ever[0].text.startswith("CRITICAL") or "failed" in watch.cards_ever[0].text
    await watch.later(hours=1)
    assert watch.cards_ever[0].text.startswith("Recovered")
