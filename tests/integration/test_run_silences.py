"""A night on which runs hang, wait for a person, or save nothing, from Acronis to the channel and back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.model import Ending
from bot.sandbox.slack import Message
from bot.store.schema import tasks
from tests.builders import rfc3339
from tests.night import MINUTE, Night, night

ID = "1683887115599999993"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path, history=timedelta(days=16)) as running:
        for days in range(14, 0, -1):
            running.happens("ok", ago=days * 24 * 60, took=30)
        await running.begins()
        while not running.backfill.done:
            await running.backfill.run()
        yield running


async def changes(watch: Night, percent: int | None = None, *, state: str = "started", **fields: Any) -> None:
    """The run that is under way changes at Acronis, and is polled."""
    watch.clock.ahead += timedelta(seconds=5)
    watch.acronis.now(offset=watch.clock.ahead.total_seconds())
    progress = {} if percent is None else {"progress": {"current": percent, "total": 100}}
    open_ = {"state": state, "result": None, "completedAt": None} if state != "completed" else {}
    watch.happens(
        fields.pop("code", "ok"), ago=0, took=0.05, **{"id": int(ID), "idString": ID, **progress, **open_, **fields}
    )
    await watch.poll()
    await watch.deliver()


def began(watch: Night) -> dict[str, Any]:
    return {"startedAt": rfc3339(watch.clock.now()), "enqueuedAt": rfc3339(watch.clock.now())}


def headline(card: Message) -> str:
    """The first line, however bad it is."""
    line = card.text.splitlines()[0].removeprefix("CRITICAL, ")
    return line[0].lower() + line[1:]


async def test_a_run_that_stands_still_for_an_hour_is_told_and_closed_when_it_goes_on(watch: Night) -> None:
    start = began(watch)
    await changes(watch, 41, **start)
    await watch.reviewed(minutes=58)
    assert watch.cards == []
    await watch.reviewed(minutes=3)
    (card,) = watch.cards
    assert headline(card).startswith("stuck: SRV-SQL01, Acme Corp. Its progress has stood still for an hour. Last good")
    assert "41 %" in card.text
    await watch.reviewed(minutes=5)
    assert len(watch.cards) == 1, "told once"
    await changes(watch, 44, **start)
    (alert,) = await watch.alerts()
    assert alert.ending is Ending.GOES_ON
    assert watch.cards[0].text.startswith("Goes on: SRV-SQL01")


@pytest.mark.parametrize("minutes", [61, 75, 90])
async def test_a_run_hangs_only_as_far_as_it_was_seen_to(watch: Night, minutes: float) -> None:
    """While Acronis is away it may go on, or end."""
    start = began(watch)
    await changes(watch, 41, **start)
    watch.clock.ahead += timedelta(minutes=minutes)
    watch.acronis.now(offset=watch.clock.ahead.total_seconds())
    await watch.reviewer.review(watch.clock.now(), {"default"})
    assert [alert for alert in await watch.alerts() if alert.is_open] == []
    await changes(watch, 97, **start)
    await watch.reviewed(minutes=1)
    assert await watch.alerts() == []


async def test_a_run_that_takes_far_too_long_is_told_and_closed_when_it_ends(watch: Night) -> None:
    start = began(watch)
    await changes(watch, **start)
    await watch.reviewed(minutes=119)
    assert watch.cards == []
    await watch.reviewed(minutes=2)
    (card,) = watch.cards
    assert headline(card).startswith("stuck: SRV-SQL01, Acme Corp. It has been running much longer than usual.")
    await changes(watch, state="completed", **start)
    (alert,) = await watch.alerts()
    assert alert.ending is Ending.RECOVERED


async def test_a_run_that_hangs_when_the_bot_comes_new_is_told_once_its_history_is_read(tmp_path: Path) -> None:
    async with night(tmp_path, history=timedelta(days=16)) as running:
        for days in range(14, 1, -1):
            running.happens("ok", ago=days * 24 * 60, took=30)
        long_ago: dict[str, Any] = {"startedAt": rfc3339(running.clock.now() - timedelta(hours=9))}
        await running.begins()
        await changes(running, **long_ago)
        await running.reviewed(minutes=2)
        assert await running.alerts() == [], "nothing tells how long it usually takes"
        while not running.backfill.done:
            await running.backfill.run()
        await running.reviewed(minutes=11)
        (card,) = running.cards
        assert headline(card).startswith("stuck: SRV-SQL01, Acme Corp. It has been running much longer than usual.")


async def test_its_failure_is_an_alert_of_its_own_that_follows_it(watch: Night) -> None:
    start = began(watch)
    await changes(watch, **start)
    await watch.reviewed(minutes=121)
    await changes(watch, state="completed", code="error", **start)
    stuck, failed = await watch.alerts()
    assert (stuck.ending, failed.is_open, failed.previous_id) == (Ending.RUN_ENDED, True, stuck.id)
    assert any(f"stuck before: alert {stuck.id}, the run ended" in card.text for card in watch.cards)


async def test_nobody_is_told_that_a_run_hangs_while_acronis_is_away(watch: Night) -> None:
    await changes(watch, 41, **began(watch))
    watch.acronis.outage(True)
    await watch.reviewed(hours=5)
    assert await watch.alerts() == []


async def test_a_run_that_waits_for_a_person_is_told_at_once_with_the_question(watch: Night) -> None:
    start = began(watch)
    asks = [
        {
            "issue": {"key": "EncryptionPasswordRequired"},
            "possibleSolutions": [{"key": "EnterPassword"}, {"key": "Cancel"}],
        }
    ]
    await changes(watch, 41, state="paused", blockers=asks, **start)
    (card,) = watch.cards
    assert headline(card).startswith("waits for a person: SRV-SQL01, Acme Corp. It asks for the encryption password")
    assert "enter password or cancel" in card.text
    assert "EncryptionPasswordRequired" not in card.text
    await changes(watch, 41, state="paused", blockers=asks, **start)
    assert len(await watch.alerts()) == 1
    await changes(watch, 42, **start)
    (alert,) = await watch.alerts()
    assert alert.ending is Ending.GOES_ON


async def test_a_run_that_waits_for_a_person_is_not_forgotten_while_nobody_answers(watch: Night) -> None:
    """It holds up the next start, however long nothing is heard of it."""
    asks = [{"issue": {"key": "Password"}, "possibleSolutions": []}]
    await changes(watch, state="paused", blockers=asks, **began(watch))
    await watch.reviewed(hours=40)
    (alert,) = await watch.open_alerts()
    async with watch.database.read() as connection:
        whose = await connection.scalar(select(tasks.c.unfinished_subject).where(tasks.c.id == ID))
    assert (whose, alert.latest.code) == (alert.latest.subject, "waits for a person")


async def test_a_question_that_is_asked_again_is_told_again(watch: Night) -> None:
    start = began(watch)
    asks = [{"issue": {"key": "Password"}, "possibleSolutions": []}]
    await changes(watch, state="paused", blockers=asks, **start)
    await changes(watch, **start)
    watch.clock.ahead += MINUTE
    await changes(watch, state="paused", blockers=asks, **start)
    assert [alert.is_open for alert in await watch.alerts()] == [False, True]


@pytest.mark.parametrize("nothing", [{"bytesProcessed": 0, "bytesSaved": 0}, {"bytesProcessed": 0}])
async def test_three_good_runs_that_save_nothing_are_told_until_one_saves_something(
    watch: Night, nothing: dict[str, int]
) -> None:
    for ago in (30, 20):
        watch.happens("ok", ago=ago, progress={"total": 100, "current": 100, **nothing})
        await watch.poll()
    await watch.deliver()
    assert watch.cards == []
    watch.happens("ok", ago=10, progress={"total": 100, "current": 100, **nothing})
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert card.text.startswith(
        "No restore point: SRV-SQL01, Acme Corp. Its last three runs ended well and saved nothing."
    )
    assert "Last good" not in card.text
    watch.happens("ok", ago=5, progress={"total": 100, "current": 100, **nothing})
    await watch.poll()
    watch.happens("ok", ago=1, progress={"total": 100, "current": 100, "bytesProcessed": 4_096})
    await watch.poll()
    (alert,) = await watch.alerts()
    assert (alert.occurrences, alert.ending) == (1, Ending.RECOVERED)


async def test_runs_of_which_acronis_does_not_tell_what_they_saved_are_believed(watch: Night) -> None:
    for ago in (30, 20, 10):
        watch.happens("ok", ago=ago, progress={"total": 100, "current": 100})
        await watch.poll()
    assert await watch.alerts() == []
