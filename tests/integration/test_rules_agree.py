"""Whoever asks, a rule gives one answer: the card and its severity, the bot and its replay, a card and `protected?`."""

from datetime import timedelta
from pathlib import Path

from bot import wiring
from bot.model import Reason, Route, Routing, Standing, TaskQuery
from bot.replay.dry_delivery import What
from tests.night import CHANNEL, MINUTE, ON_CALL, Night, replayed

DAY = 24 * 60.0
SEVERITY = "critical: "


async def good_nights(watch: Night, *, took: float = 0.5) -> None:
    """Five good backups, each of them begun at this time of a day and so many minutes long; all of them are known."""
    for nights in range(1, 6):
        watch.happens("ok", ago=nights * DAY - took, took=took)
    await watch.begins()
    for _ in range(9):
        await watch.backfill.run()
    watch.clock.ahead += 2 * MINUTE
    await watch.poll()


async def fails(watch: Night) -> None:
    watch.happens("error", ago=0.1, took=0.05)
    await watch.poll()
    await watch.deliver()


async def test_an_unknown_result_breaks_no_row_neither_for_the_card_nor_for_its_severity(watch: Night) -> None:
    await watch.begins()
    for code in ("error", "odd", "error", "error"):
        watch.happens(code, ago=0.1, took=0.05)
        await watch.poll()
        await watch.later(seconds=5)
    (card,) = watch.cards_ever
    assert "third failure in a row" in card.text
    assert "CRITICAL" in card.text
    assert SEVERITY + Reason.IN_A_ROW.words in str(card.blocks)


async def test_a_run_that_begins_before_the_target_and_usually_ends_after_it_is_too_late(watch: Night) -> None:
    """It begins 48 h after the last good one began, and takes two: the target lies between."""
    watch.follow(Routing(routes=(Route("default", CHANNEL, mention=ON_CALL),), target=timedelta(hours=47)))
    await good_nights(watch, took=120)
    await fails(watch)
    (card,), (alert,) = watch.cards, await watch.open_alerts()
    assessment = alert.assessment
    assert assessment.next_run_at is not None
    assert assessment.misses_at is not None
    assert assessment.next_run_at < assessment.misses_at < assessment.next_run_at + timedelta(hours=2)
    assert "too late for the target" in card.text
    assert "CRITICAL" in card.text
    assert SEVERITY + Reason.WILL_MISS.words in str(card.blocks)


async def test_the_bot_and_its_replay_say_that_the_target_was_missed_when_it_is(watch: Night, tmp_path: Path) -> None:
    await good_nights(watch)
    began = watch.clock.now()
    await fails(watch)
    (alert,) = await watch.open_alerts()
    misses_at = alert.assessment.misses_at
    assert (alert.is_critical, alert.assessment.reason) == (True, Reason.WILL_MISS)
    assert misses_at is not None
    (card,) = watch.cards
    await watch.reviewed(seconds=(misses_at - watch.clock.now()).total_seconds() - 60)
    assert "Target will be missed" in card.text
    await watch.reviewed(minutes=3)
    assert "Target was missed" in card.text
    async with replayed(watch, tmp_path, began - MINUTE, watch.clock.now()) as (said, simulated):
        (edit,) = [each for each in said if each.what is What.EDIT]
        (again,) = await simulated.open_alerts()
    assert misses_at <= edit.at <= misses_at + 2 * MINUTE
    assert (again.assessment, again.assessment.reason) == ((await watch.open_alerts())[0].assessment, Reason.MISSED)


async def standing(watch: Night) -> Standing:
    """What `protected?` says of the only workload."""
    asked = (TaskQuery(), watch.clock.now(), watch.settings.routing.target)
    protection = await wiring.questions(watch.settings, watch.database).protected(*asked)
    (workload,) = protection.lines
    return workload.standing


async def test_that_there_is_no_good_backup_is_known_before_all_history_is_read(watch: Night) -> None:
    """The last run was cancelled: `protected?` has nothing but the last good backup to go by."""
    await watch.begins()
    await fails(watch)
    watch.happens("cancelled", ago=0.05, took=0.01)
    await watch.poll()
    assert await standing(watch) is Standing.UNKNOWN
    for _ in range(9):
        await watch.backfill.run()
    await watch.reviewed(minutes=1)
    (card,) = await watch.shown_by("SRV-SQL01")
    (message,) = (each for each in watch.cards if each.ts == card.ts)
    assert SEVERITY + Reason.NEVER.words in str(message.blocks)
    assert await standing(watch) is Standing.LATE
    while not watch.backfill.done:
        await watch.backfill.run()
    assert await standing(watch) is Standing.NEVER
