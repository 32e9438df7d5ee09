"""What is worth waking for: severity, routes, quiet hours, what time changes (design §5)."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.language import parse_match
from bot.model import FAILED, Kind, Quiet, Route, Routing, Severity, Target, TaskQuery
from bot.sandbox import slack
from tests.night import CHANNEL, ON_CALL, Night, machine, night

DAY = 24 * 60.0
RESTORES = "C0GENERAL"
RESTORE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"


async def with_history(running: Night, nights: int = 5, *, ago: float = 0.0) -> None:
    """A nightly backup that went well so often, the last time a day and `ago` minutes ago; all of it is known."""
    for number in range(1, nights + 1):
        running.happens("ok", ago=number * DAY + ago)
    await running.begins()
    for _ in range(9):
        await running.backfill.run()


def broadcast(running: Night) -> list[slack.Message]:
    return [each for each in running.slack.posts(CHANNEL) if each.thread_ts and each.broadcast]


async def test_a_failure_that_misses_the_target_before_the_next_run_mentions_who_is_on_call(watch: Night) -> None:
    await with_history(watch)
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert "critical" in card.text.casefold()
    assert ON_CALL in card.text


async def test_a_warning_mentions_nobody(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    (card,) = watch.cards
    assert ON_CALL not in card.text


async def test_what_becomes_critical_by_time_is_said_once_in_the_thread_and_to_the_channel(watch: Night) -> None:
    """No rhythm is known, the last good one is 3 h old: a warning, until 26 h are over."""
    watch.happens("ok", ago=180)
    await watch.begins()
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert ON_CALL not in card.text
    await watch.reviewed(hours=22)
    assert broadcast(watch) == []
    for _ in range(3):
        await watch.reviewed(hours=1.1)
    (line,) = [each for each in broadcast(watch) if each.text.startswith("Now critical")]
    assert line.thread_ts == card.ts
    assert ON_CALL in line.text
    assert "critical" in card.text.casefold()
    assert ("raised", "") in await watch.decisions()


async def test_a_third_failure_in_a_row_is_said_in_the_thread(watch: Night) -> None:
    await watch.begins()
    for _ in range(3):
        watch.happens("error", ago=0.1, took=0.05)
        await watch.poll()
        await watch.later(seconds=5)
    (line,) = broadcast(watch)
    assert ON_CALL in line.text


async def test_an_untouched_critical_card_is_raised_again_with_ever_longer_waits(watch: Night) -> None:
    await with_history(watch)
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    await watch.reviewed()
    counts = []
    for minutes in (20, 11, 40, 21, 100, 21):
        await watch.reviewed(minutes=minutes)
        counts.append(len(broadcast(watch)))
    assert counts == [0, 1, 1, 2, 2, 3]
    watch.happens("ok", ago=0.1, took=0.05)
    await watch.poll()
    await watch.later(seconds=5)
    await watch.reviewed(hours=9)
    assert [each.text.split(":")[0] for each in broadcast(watch)][3:] == ["Recovered"]


async def test_after_a_start_nothing_becomes_critical_until_a_poll_has_looked(watch: Night) -> None:
    """The bot was down for a night in which the next run went well."""
    watch.happens("ok", ago=180)
    await watch.fails()
    await watch.deliver()
    watch.clock.ahead += timedelta(hours=25)
    watch.happens("ok", ago=600)
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),)))
    await watch.reviewed()
    await watch.poll()
    await watch.reviewed(seconds=5)
    assert broadcast(watch) == []
    assert watch.cards[0].text.startswith("Recovered")


async def test_after_a_start_nothing_is_raised_again_until_a_poll_has_looked(watch: Night) -> None:
    await with_history(watch)
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    await watch.reviewed()
    watch.clock.ahead += timedelta(hours=25)
    watch.happens("ok", ago=600)
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),)))
    await watch.reviewed()
    assert [each.text.split(":")[0] for each in broadcast(watch)] == ["Recovered"]


@pytest.mark.parametrize("mention", ["", ON_CALL])
async def test_after_a_page_the_channel_hears_of_the_recovery_too(watch: Night, mention: str) -> None:
    """Without a mention. Where nobody was called, the edit and the thread are enough."""
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=mention),)))
    await with_history(watch)
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.05)
    await watch.poll()
    await watch.later(seconds=5)
    told = broadcast(watch)
    assert len(told) == bool(mention)
    assert all(each.text.startswith("Recovered: SRV-SQL01, Acme Corp. ") and "<" not in each.text for each in told)
    (line,) = watch.slack.replies(CHANNEL, watch.cards_ever[0].ts)
    assert "Recovered" in line.text


async def test_what_was_raised_to_the_channel_recovers_there_too(watch: Night) -> None:
    watch.follow(Routing(routes=(Route("default", CHANNEL),)))
    await watch.begins()
    for _ in range(3):
        watch.happens("error", ago=0.1, took=0.05)
        await watch.poll()
        await watch.later(seconds=5)
    watch.happens("ok", ago=0.05, took=0.01)
    await watch.poll()
    await watch.later(seconds=5)
    assert [each.text.split(":")[0] for each in broadcast(watch)] == ["Now critical", "Recovered"]


async def test_after_a_storm_that_called_the_channel_hears_that_it_is_over(watch: Night) -> None:
    urgent = Target(TaskQuery(), timedelta(minutes=1))
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), targets=(urgent,)))
    await watch.begins()
    for number in range(7):
        watch.happens("error", ago=0.3, took=0.05, **machine(f"SRV-{number}"))
    await watch.poll()
    await watch.deliver()
    await watch.reviewed(seconds=130)
    for number in range(7):
        watch.happens("ok", ago=0.02, took=0.01, **machine(f"SRV-{number}"))
    await watch.poll()
    await watch.later(seconds=5)
    told = [each.text for each in broadcast(watch)]
    assert [text for text in told if text.startswith("All 7 alerts of Acme Corp ended")]
    assert not any(ON_CALL in text for text in told)


async def test_a_machine_with_two_plans_is_told_by_them_and_what_still_fails_is_said(watch: Night) -> None:
    plans: list[dict[str, Any]] = [
        {"policy": {"id": name, "type": "backup", "name": name}} for name in ("Nightly", "SQL every 4 hours")
    ]
    for plan in plans:
        for number in range(1, 6):
            watch.happens("ok", ago=number * DAY, **plan)
    await watch.begins()
    for _ in range(9):
        await watch.backfill.run()
    for plan in plans:
        watch.happens("error", ago=0.5, took=0.1, **plan)
    await watch.poll()
    await watch.deliver()
    first = sorted(card.text.splitlines()[0] for card in watch.cards)
    assert [line.partition(" (")[2].partition(")")[0] for line in first] == ["Nightly", "SQL every 4 hours"]
    watch.happens("ok", ago=0.05, took=0.01, **plans[0])
    await watch.poll()
    await watch.later(seconds=5)
    over = "Recovered: SRV-SQL01 (Nightly), Acme Corp. Still failing: SQL every 4 hours, CRITICAL"
    assert [card.text.splitlines()[0] for card in watch.cards_ever if "Recovered" in card.text] == [over]
    assert broadcast(watch)[-1].text.startswith(over)


async def test_a_first_start_stays_quiet_about_what_is_learnt_of_the_past(watch: Night) -> None:
    watch.happens("ok", ago=3 * DAY)
    watch.happens("error", ago=120)
    await watch.begins()
    for _ in range(9):
        await watch.backfill.run()
    await watch.reviewed(minutes=1)
    (summary,) = watch.slack.shown(CHANNEL)
    assert summary.text.startswith("Nightshift is watching")


async def test_a_first_start_stays_quiet_about_what_fails_three_times_in_a_row_in_it(watch: Night) -> None:
    watch.acronis.settings(max_page=1)
    for ago in (30, 20, 10):
        watch.happens("error", ago=ago)
    await watch.begins()
    (summary,) = watch.slack.shown(CHANNEL)
    assert summary.text.startswith("Nightshift is watching")
    assert ("folded", CHANNEL) in await watch.decisions()


async def test_what_a_first_start_summed_up_gets_a_card_when_time_makes_it_critical(watch: Night) -> None:
    watch.happens("ok", ago=300)
    watch.happens("error", ago=60)
    await watch.begins()
    for _ in range(9):
        await watch.backfill.run()
    await watch.reviewed(hours=23)
    (card,) = watch.cards
    assert ON_CALL in card.text


async def test_what_a_first_start_summed_up_gets_a_card_when_the_target_is_missed_that_it_was_going_to_miss(
    watch: Night,
) -> None:
    """It runs every six hours, and then no more."""
    for hours in (22, 16, 10):
        watch.happens("ok", ago=hours * 60.0)
    watch.happens("error", ago=240)
    await watch.begins()
    for _ in range(3):
        await watch.later(hours=5)
        await watch.poll()
        await watch.reviewed()
    assert watch.cards == []
    await watch.reviewed(hours=2)
    (card,) = watch.cards
    assert ON_CALL in card.text


async def test_a_card_says_so_when_the_target_is_missed_that_it_was_going_to_miss(watch: Night) -> None:
    await with_history(watch)
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert "will be missed" in card.text
    await watch.reviewed(hours=3)
    assert "will be missed" not in card.text


async def test_an_alert_that_an_older_version_opened_is_judged_whatever_it_is_of(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.1, type=RESTORE, context={"IsProcessRoot": True}, policy=None)
    await watch.poll()
    await watch.write_as_an_older_version()
    await watch.reviewed(seconds=1)
    (card,) = watch.cards
    assert card.text.startswith("CRITICAL, restore failed")
    assert ON_CALL in card.text


# ── routes ──


@pytest.fixture
async def routed(tmp_path: Path) -> AsyncIterator[Night]:
    """Restores have a channel of their own; warnings are asked for; one tenant's backups are told to nobody."""
    quiet = Route("silent", "", TaskQuery(results=FAILED, names=()), severities=frozenset())
    restores = Route("restores", RESTORES, TaskQuery(kinds=frozenset({Kind.RESTORE})), mention="<!here>")
    warnings = Route("warnings", CHANNEL, TaskQuery(results=frozenset({"warning"}), kinds=frozenset({Kind.BACKUP})))
    async with night(tmp_path, routes=(quiet, restores, warnings)) as running:
        yield running


async def test_a_restore_goes_to_its_own_channel_before_the_poll_is_over(routed: Night) -> None:
    await routed.begins()
    routed.happens("error", ago=0.1, type=RESTORE, context={"IsProcessRoot": True}, policy=None)
    await routed.poll()
    await routed.deliver()
    (card,) = routed.slack.shown(RESTORES)
    assert "<!here>" in card.text
    assert routed.cards == []


async def test_a_warning_that_a_route_asks_for_is_told_and_ends_with_a_clean_run(routed: Night) -> None:
    await routed.begins()
    routed.happens("warning", ago=0.3, took=0.1)
    await routed.poll()
    await routed.deliver()
    (card,) = routed.cards
    assert card.text.startswith("Backup warning: SRV-SQL01")
    routed.happens("ok", ago=0.05, took=0.01)
    await routed.poll()
    await routed.later(seconds=5)
    assert card.text.startswith("Recovered")


def only(route: Route) -> Routing:
    return Routing(routes=(route,))


def hours_around(running: Night, before: float, after: float) -> Quiet:
    """Quiet hours that began so many hours ago and end in so many."""
    now = running.clock.now()
    start, end = now - timedelta(hours=before), now + timedelta(hours=after)
    return Quiet(time(start.hour, start.minute), time(end.hour, end.minute))


@pytest.fixture
async def nightly(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        quiet = hours_around(running, before=2, after=6)
        running.follow(only(Route("quiet", CHANNEL, TaskQuery(results=FAILED), mention=ON_CALL, quiet=quiet)))
        yield running


async def test_quiet_hours_hold_what_can_wait_and_drop_nothing(nightly: Night) -> None:
    await nightly.fails()
    await nightly.deliver()
    assert nightly.cards == []
    assert ("held", CHANNEL) in await nightly.decisions()
    await nightly.later(hours=5)
    assert nightly.cards == []
    await nightly.later(hours=1, minutes=2)
    (card,) = nightly.cards
    assert card.text.startswith("Backup failed")


async def test_what_would_miss_its_target_before_morning_goes_through(nightly: Night) -> None:
    await with_history(nightly, ago=-1)
    nightly.happens("error", ago=0.5)
    await nightly.poll()
    await nightly.deliver()
    (card,) = nightly.cards
    assert ON_CALL in card.text


async def test_what_heals_in_quiet_hours_is_recorded_and_not_told(nightly: Night) -> None:
    await nightly.fails()
    nightly.happens("ok", ago=0.1, took=0.05)
    await nightly.poll()
    await nightly.later(hours=8)
    assert nightly.cards == []
    assert ("withdrawn", CHANNEL) in await nightly.decisions()


def becomes_quiet(running: Night) -> None:
    """Quiet hours began, and end in six hours. One machine has a target of its own."""
    quiet = hours_around(running, before=2, after=6)
    route = Route("quiet", CHANNEL, TaskQuery(results=FAILED), mention=ON_CALL, quiet=quiet)
    running.follow(Routing(routes=(route,), targets=(Target(parse_match("machine SRV-901"), timedelta(hours=5)),)))


async def fails_on_into_quiet_hours(watch: Night) -> None:
    """Told before the hours began; the third failure in a row comes within them."""
    await watch.fails()
    await watch.deliver()
    becomes_quiet(watch)
    for _ in range(2):
        watch.happens("error", ago=0.1, took=0.05)
        await watch.poll()
        await watch.later(seconds=5)


async def test_quiet_hours_hold_that_an_alert_became_critical_whatever_is_polled_meanwhile(watch: Night) -> None:
    await fails_on_into_quiet_hours(watch)
    await watch.poll()
    await watch.later(hours=5)
    assert broadcast(watch) == []
    await watch.later(hours=1, minutes=2)
    (line,) = broadcast(watch)
    assert ON_CALL in line.text


async def test_at_the_end_of_quiet_hours_nobody_is_called_twice_for_one_alert(watch: Night) -> None:
    await fails_on_into_quiet_hours(watch)
    await watch.reviewed()
    await watch.reviewed(minutes=31)
    await watch.reviewed(hours=5, minutes=31)
    assert len(broadcast(watch)) == 1
    await watch.reviewed(minutes=31)
    assert len(broadcast(watch)) == 2


async def a_storm_that_gets_critical_in_quiet_hours(running: Night) -> None:
    """Six warnings were told before; a third failure in a row joins them."""
    await running.begins()
    for number in range(6):
        running.happens("error", ago=0.3, **machine(f"SRV-{number:03}"))
    await running.poll()
    await running.deliver()
    becomes_quiet(running)
    for _ in range(3):
        running.happens("error", ago=0.1, took=0.02, **machine("SRV-900"))
    await running.poll()
    await running.later(seconds=5)
    await running.poll()


async def test_quiet_hours_hold_that_a_storm_became_critical(watch: Night) -> None:
    await a_storm_that_gets_critical_in_quiet_hours(watch)
    await watch.later(hours=5)
    assert broadcast(watch) == []
    await watch.later(hours=1, minutes=2)
    (line,) = broadcast(watch)
    assert ON_CALL in line.text


async def test_what_joins_a_storm_and_cannot_wait_does_not_wait_for_a_line_that_can(watch: Night) -> None:
    watch.happens("ok", ago=600, **machine("SRV-901"))
    await a_storm_that_gets_critical_in_quiet_hours(watch)
    watch.happens("error", ago=0.1, took=0.02, **machine("SRV-901"))
    await watch.poll()
    await watch.later(seconds=5)
    (line,) = broadcast(watch)
    assert ON_CALL in line.text


async def test_what_no_route_asks_for_is_recorded_with_its_reason(tmp_path: Path) -> None:
    async with night(tmp_path) as running:
        critical = frozenset({Severity.CRITICAL})
        running.follow(only(Route("loud", CHANNEL, TaskQuery(results=FAILED), severities=critical)))
        await running.fails()
        await running.deliver()
        assert running.cards == []
        assert await running.decisions() == [("silent", "")]


async def test_an_alert_is_told_where_only_critical_ones_are_once_it_is_critical(tmp_path: Path) -> None:
    async with night(tmp_path) as running:
        critical = frozenset({Severity.CRITICAL})
        running.follow(only(Route("loud", CHANNEL, TaskQuery(results=FAILED), severities=critical)))
        await running.begins()
        for _ in range(3):
            running.happens("error", ago=0.1, took=0.05)
            await running.poll()
        await running.deliver()
        (card,) = running.cards
        assert card.text.startswith("CRITICAL: SRV-SQL01")


async def test_a_channel_that_is_bound_later_shows_no_other_tenant_any_more(tmp_path: Path) -> None:
    """One card stands there, one waits for the morning: both are Acme's, and the channel is Beta's from now on."""
    async with night(tmp_path) as running:
        quiet = hours_around(running, before=2, after=6)
        held = Route("held", RESTORES, TaskQuery(kinds=frozenset({Kind.BACKUP})), quiet=quiet)
        shown = Route("shown", RESTORES, TaskQuery(kinds=frozenset({Kind.RESTORE})))
        rest = Route("default", CHANNEL)
        running.follow(Routing(routes=(held, shown, rest)))
        await running.begins()
        running.happens("error", ago=0.1, type=RESTORE, context={"IsProcessRoot": True}, policy=None)
        running.happens("error", ago=0.1)
        await running.poll()
        await running.deliver()
        (card,) = running.slack.shown(RESTORES)
        bound = Routing(routes=(held, shown, rest), bound={RESTORES: frozenset({"Beta GmbH"})})
        running.follow(bound)
        assert await running.reviewer.keep_bound(running.clock.now()) == 2
        assert await running.reviewer.keep_bound(running.clock.now()) == 0
        await running.reviewed(hours=7)
        running.happens("ok", ago=0.05, took=0.01)
        await running.poll()
        await running.later(seconds=5)
        assert (running.slack.shown(RESTORES), card.edits) == ([card], 0)
        assert running.slack.replies(RESTORES, card.ts) == []
        assert len(running.cards) == 2
        assert ("withdrawn", RESTORES) in await running.decisions()


# ── the poll itself ──


async def test_time_makes_nothing_critical_while_nobody_reads(watch: Night) -> None:
    """What failed may have gone well since: unknown stays unknown, and the outage is told by itself."""
    watch.happens("ok", ago=180)
    await watch.begins()
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    watch.acronis.outage(True)
    for _ in range(3):
        await watch.reviewed(hours=20)
    assert broadcast(watch) == []
    watch.acronis.outage(False)
    await watch.reviewed(minutes=1)
    (line,) = broadcast(watch)
    assert line.text.startswith("Now critical")


async def test_a_poll_that_does_not_come_is_said_once_and_so_is_its_return(watch: Night) -> None:
    await watch.begins()
    for _ in range(4):
        await watch.later(minutes=4)
        await watch.review()
        await watch.deliver()
    (card,) = watch.cards
    assert "cannot be read" in card.text
    await watch.poll()
    await watch.later(seconds=5)
    assert card.text.startswith("Acronis is back")
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1


async def test_why_tells_of_a_run_that_opened_no_alert(watch: Night) -> None:
    await watch.begins()
    raw = watch.happens("cancelled", ago=0.2)
    await watch.poll()
    known = await watch.reasons(raw["idString"])
    assert known is not None
    assert known.verdict.startswith("Cancelled runs are told only where a route asks")
    assert await watch.reasons("1234567890123456789") is None


async def test_what_healed_within_one_poll_is_recorded_as_such(watch: Night) -> None:
    await watch.begins()
    failed = watch.happens("error", ago=0.9)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    assert await watch.decisions(failed["idString"]) == [("silent", "")]
