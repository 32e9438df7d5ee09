"""Many alerts at once are few messages, and each alert is shown by exactly one of them (design §5)."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import islice
from typing import Any

import pytest

from bot.language import parse_match
from bot.model import Quiet, Resource, Route, Routing, Target, TaskQuery
from bot.sandbox import slack
from bot.store.leases import Lease
from tests.builders import task
from tests.night import CHANNEL, MINUTE, ON_CALL, Night, machine

pytestmark = pytest.mark.both_databases

RESTORE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"


def fail(watch: Night, *numbers: int, ago: float = 0.3, **changes: object) -> None:
    for number in numbers:
        watch.happens("error", ago=ago, took=0.05, **machine(f"SRV-{number:03}"), **changes)


def heal(watch: Night, *numbers: int) -> None:
    for number in numbers:
        watch.happens("ok", ago=0.02, took=0.01, **machine(f"SRV-{number:03}"))


async def polled(watch: Night, **later: float) -> None:
    await watch.poll()
    await watch.later(**later)


def storms(watch: Night) -> list[slack.Message]:
    return [card for card in watch.cards if "STORM" in card.text.upper()]


async def cards_of_each(watch: Night) -> list[int]:
    """By how many cards each alert is shown."""
    return [len(cards) for cards in (await watch.shown()).values()]


async def test_forty_failures_within_one_poll_are_five_messages(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(40))
    await polled(watch)
    assert len(watch.cards) == 5
    (storm,) = storms(watch)
    assert "36" in storm.text
    assert await cards_of_each(watch) == [1] * 40


async def test_the_fifth_alert_within_the_window_opens_a_storm_and_the_four_before_it_stay(watch: Night) -> None:
    await watch.begins()
    for number in range(6):
        fail(watch, number)
        await polled(watch, seconds=4)
    (storm,) = storms(watch)
    assert len(watch.cards) == 5
    assert "2" in storm.text
    assert all(card.edits == 0 for card in watch.cards if card is not storm)


async def test_alerts_far_apart_are_no_storm(watch: Night) -> None:
    await watch.begins()
    for number in range(6):
        fail(watch, number)
        await polled(watch, seconds=50)
    assert storms(watch) == []
    assert len(watch.cards) == 6


async def test_a_storm_is_over_when_none_came_for_as_long_as_the_window(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(6))
    await polled(watch)
    await watch.reviewed(seconds=100)
    fail(watch, 50)
    await polled(watch, seconds=5)
    assert len(watch.cards) == 5
    await watch.reviewed(seconds=130)
    fail(watch, 60)
    await polled(watch)
    assert len(watch.cards) == 6


async def test_a_storm_turns_green_when_all_recovered_and_its_thread_hears_of_it_once(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(6))
    await polled(watch)
    (storm,) = storms(watch)
    await watch.reviewed(seconds=130)
    heal(watch, 4)
    await polled(watch, seconds=5)
    assert watch.slack.replies(CHANNEL, storm.ts) == []
    heal(watch, *range(6))
    await polled(watch, seconds=5)
    await polled(watch, seconds=5)
    assert storm.text.startswith("GREEN")
    assert len(watch.slack.replies(CHANNEL, storm.ts)) == 1


async def test_what_heals_within_the_poll_is_in_no_storm(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(8))
    heal(watch, 6, 7)
    await polled(watch)
    assert await cards_of_each(watch) == [1] * 6


async def test_a_storm_mentions_once_whomever_its_critical_alerts_mention(watch: Night) -> None:
    for number in range(9):
        for nights in (1, 2, 3, 4):
            watch.happens("ok", ago=nights * 1440.0, **machine(f"SRV-{number:03}"))
    await watch.begins()
    for _ in range(9):
        await watch.backfill.run()
    fail(watch, *range(7))
    await polled(watch)
    fail(watch, 7, 8)
    await polled(watch, seconds=5)
    assert "9 critical" in storms(watch)[0].text
    assert calls(watch) == 1
    assert [each for each in watch.slack.posts(CHANNEL) if each.thread_ts] == []


def calls(watch: Night, whom: str = ON_CALL, channel: str = CHANNEL) -> int:
    """How many messages called them: an edit calls nobody."""
    return sum(
        whom in each.versions[0].content.text if each.versions else whom in each.text
        for each in watch.slack.posts(channel)
    )


@pytest.mark.parametrize("apart", [0, 1, 20])
@pytest.mark.parametrize("size", [2, 8, 12])
async def test_critical_alerts_of_one_window_call_once_and_are_all_counted(
    watch: Night, size: int, apart: float
) -> None:
    """The storm and its first cards call together, however the failures are spread over polls."""
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    for number in range(size):
        fail(watch, number)
        if apart:
            await polled(watch, seconds=apart)
    await polled(watch)
    await watch.later(seconds=4)
    assert calls(watch) == 1
    if size > 4:
        (storm,) = storms(watch)
        assert f"{size} alerts" in storm.text.splitlines()[0]
        assert f"{size - 4} on this card, 4 have cards of their own" in storm.text


async def test_a_storm_says_how_old_the_oldest_last_good_backup_is_where_all_are_known(watch: Night) -> None:
    for number in range(8):
        watch.happens("ok", ago=600 + number, **machine(f"SRV-{number:03}"))
    await watch.begins()
    fail(watch, *range(8))
    await polled(watch)
    assert "Oldest last good" in storms(watch)[0].text.splitlines()[0]
    fail(watch, 9)
    await polled(watch, seconds=4)
    assert "Oldest last good" not in storms(watch)[0].text


async def test_what_fails_after_the_window_calls_again(watch: Night) -> None:
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    fail(watch, 1)
    await polled(watch)
    await watch.reviewed(seconds=130)
    fail(watch, 2)
    await polled(watch)
    assert calls(watch) == 2


async def test_two_teams_of_one_channel_are_called_once_each(watch: Night) -> None:
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    other = Route("sql", CHANNEL, parse_match("machine SRV-00*"), mention="<@U0MIA>")
    watch.follow(Routing(routes=(other, Route("default", CHANNEL, mention=ON_CALL)), targets=(urgent,)))
    await watch.begins()
    fail(watch, 1, 2, 11, 12)
    await polled(watch)
    assert (calls(watch), calls(watch, "<@U0MIA>")) == (1, 1)


async def test_a_call_that_slack_refused_is_made_by_the_next_card(watch: Night) -> None:
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    fail(watch, 1, 2)
    await watch.poll()
    watch.slack.fault("error", "chat.postMessage", error="service_unavailable")
    await watch.deliver()
    await watch.later(seconds=3)
    assert (len(watch.cards), calls(watch)) == (2, 1)


async def test_reminders_of_one_storm_call_once(watch: Night) -> None:
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    fail(watch, *range(8))
    await polled(watch)
    await watch.reviewed(minutes=31)
    assert calls(watch) == 2


async def test_a_storm_counts_what_heals_on_its_first_cards_too(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(8))
    await polled(watch)
    heal(watch, 0)
    await polled(watch, seconds=5)
    (storm,) = storms(watch)
    assert "7 still failing" in storm.text.splitlines()[0]
    await watch.reviewed(seconds=130)
    heal(watch, *range(1, 8))
    await polled(watch, seconds=5)
    assert "8 alerts" in storm.text.splitlines()[0]
    assert len(watch.slack.replies(CHANNEL, storm.ts)) == 1


async def test_restores_are_told_one_by_one_until_the_third(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(4), type=RESTORE, context={"IsProcessRoot": True}, policy=None)
    await polled(watch)
    assert len(watch.cards) == 3
    assert await cards_of_each(watch) == [1] * 4


async def test_restores_that_go_on_failing_stay_in_their_storm(watch: Night) -> None:
    await watch.begins()
    for number in range(12):
        fail(watch, number, type=RESTORE, context={"IsProcessRoot": True}, policy=None)
        await polled(watch, seconds=30)
    assert len(watch.cards) == 3
    assert await cards_of_each(watch) == [1] * 12


AWAY = {"domain": "cloud_platform", "code": "X", "context": {"cause_str": "The cloud storage is unavailable."}}


def away(watch: Night, *numbers: int) -> None:
    """Acronis's storage fails, each time for another tenant."""
    for number in numbers:
        tenant = {"id": str(number), "name": f"Tenant {number}", "locator": f"/1/66/67/{number}/"}
        fail(watch, number, tenant=tenant, result={"code": "error", "error": AWAY})


def groups(watch: Night) -> list[slack.Message]:
    return [card for card in watch.cards if "alerts of" in card.text]


@pytest.mark.parametrize("sizes", [(300,), (100, 200), (8, 292), (2, 3, 5, 290)])
async def test_a_storm_of_three_hundred_with_one_cause_is_one_card_however_its_pages_fall(
    watch: Night, sizes: tuple[int, ...]
) -> None:
    """At first of one tenant, which makes a storm; then of many, which makes a banner."""
    await watch.begins()
    cause: dict[str, Any] = {"result": {"code": "error", "error": AWAY}}
    numbers = iter(range(300))
    for page, size in enumerate(sizes):
        for number in islice(numbers, size):
            tenant = {"id": str(number % 40 if page else 1), "name": f"Tenant {number % 40 if page else 1}"}
            fail(watch, number, tenant=tenant | {"locator": f"/1/66/67/{tenant['id']}/"}, **cause)
        await polled(watch, seconds=4)
    await watch.later(seconds=4)
    (group,) = groups(watch)
    assert "300 alerts" in group.text.splitlines()[0]
    assert await cards_of_each(watch) == [1] * 300


async def test_a_storm_of_other_causes_too_takes_in_what_would_have_been_a_banner(watch: Night) -> None:
    await watch.begins()
    fail(watch, *range(100, 104))
    for number in range(200, 202):
        fail(watch, number, result={"code": "error", "error": AWAY})
    await polled(watch, seconds=4)
    away(watch, *range(1, 9))
    await polled(watch, seconds=4)
    (group,) = groups(watch)
    assert "14 alerts" in group.text.splitlines()[0]


async def test_no_two_storms_count_the_same_first_card(watch: Night) -> None:
    await watch.begins()
    away(watch, 1)
    await polled(watch, seconds=4)
    away(watch, *range(2, 9))
    await polled(watch, seconds=4)
    fail(watch, *range(100, 108))
    await polled(watch, seconds=4)
    banner, storm = sorted(groups(watch), key=lambda card: card.ts)
    assert ("8 alerts" in banner.text.splitlines()[0], "8 alerts" in storm.text.splitlines()[0]) == (True, True)
    linked = [[word for word in each.text.split() if "archives" in word] for each in (banner, storm)]
    assert not set(linked[0]) & set(linked[1])


async def test_a_banner_mentions_whom_the_cards_would_have_that_gave_way_to_it(watch: Night) -> None:
    urgent = Target(parse_match("machine SRV-001"), timedelta(hours=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    away(watch, 1, 2, 3, 4)
    await watch.poll()
    away(watch, 5)
    await polled(watch)
    (banner,) = watch.cards
    assert banner.text.count(ON_CALL) == 1
    assert await cards_of_each(watch) == [1] * 5


async def test_a_banner_does_not_wait_for_the_morning_where_a_card_that_gave_way_to_it_would_not(watch: Night) -> None:
    urgent = Target(parse_match("machine SRV-001"), timedelta(hours=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    away(watch, 1, 2, 3, 4)
    await watch.poll()
    began = watch.clock.now() - timedelta(hours=2)
    quiet = Quiet(time(began.hour, began.minute), time((began.hour + 8) % 24, began.minute))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL, quiet=quiet),)))
    away(watch, 5)
    await polled(watch)
    (banner,) = watch.cards
    assert banner.text.count(ON_CALL) == 1


async def test_tenants_of_two_accounts_are_two_though_id_and_name_are_the_same(watch: Night) -> None:
    now = watch.clock.now()
    for account in ("america", "europe"):
        lease = Lease(account, account, "me", MINUTE)
        await watch.recorder.begin_quietly(account, now, now)
        await watch.recorder.leases.take(lease, now)
        await watch.recorder.finish(lease, now)
        page = [
            task(
                account=account, code="error", id=f"{account} {number}", resource=Resource(str(number)), updated_at=now
            )
            for number in range(6)
        ]
        await watch.recorder.record(lease, page, None, now, now)
    await watch.deliver()
    (storm,) = storms(watch)
    assert storm.text.startswith("Storm of 12 alerts of 2 tenants")


async def test_a_storm_counts_all_cards_before_it_however_many_it_takes_to_open_one(watch: Night) -> None:
    watch.rules = replace(watch.rules, storm_threshold=15)
    watch.follow(Routing(routes=(Route("default", CHANNEL),)))
    await watch.begins()
    fail(watch, *range(20))
    await polled(watch)
    (storm,) = storms(watch)
    assert "6 on this card, 14 have cards of their own" in storm.text
