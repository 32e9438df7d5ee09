"""Which poll sees a task, and where a replay begins."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UsageError
from bot.language import beginning
from bot.model import Cause, Kind, Routing, Rules, Task
from bot.replay import Rulebook
from bot.replay.timeline import EPOCH, NEVER, Polls, after, steps
from bot.store.replay_source import Gap
from tests.builders import NOW, task

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
UTC = ZoneInfo("UTC")


def polls(*gaps: Gap, start: datetime = EPOCH) -> Polls:
    """Each minute, 20 s past the full one."""
    return Polls(MINUTE, {"main": start}, {"main": NOW + 20 * SECOND}, gaps)


def changed(at: datetime) -> Task:
    return task(updated_at=at)


@pytest.mark.parametrize(("seconds", "seen"), [(0, 20), (20, 20), (21, 80), (-70, -40)])
def test_the_first_poll_after_a_change_sees_it(seconds: int, seen: int) -> None:
    assert polls().sees(changed(NOW + seconds * SECOND)) == NOW + seen * SECOND


def test_what_changed_while_acronis_was_away_is_seen_when_it_is_back() -> None:
    back = NOW + 30 * MINUTE
    assert polls(Gap("main", NOW, back)).sees(changed(NOW + MINUTE)) == back
    assert polls(Gap("other", NOW, back)).sees(changed(NOW + MINUTE)) == NOW + 80 * SECOND
    assert polls(Gap("main", NOW)).sees(changed(NOW + MINUTE)) == NEVER


def test_what_was_before_the_first_start_is_seen_by_it() -> None:
    assert polls(start=NOW + MINUTE).sees(changed(NOW - MINUTE)) == NOW + MINUTE


async def test_steps_come_in_order_though_one_account_was_away() -> None:
    """What the first start saw comes before what changed later, page by page."""
    early, late = changed(NOW), changed(NOW + 5 * MINUTE)

    async def pages() -> AsyncIterator[list[Task]]:
        yield [early]
        yield [late]

    found = [step async for step in steps(pages(), polls(Gap("main", NOW, NOW + 2 * MINUTE)))]
    assert [(step.at, step.tasks) for step in found] == [
        (NOW + 2 * MINUTE, (early,)),
        (NOW + 5 * MINUTE + 20 * SECOND, (late,)),
    ]


def test_a_beat_comes_after_the_moment_itself() -> None:
    assert after(NOW, MINUTE) == NOW + MINUTE
    assert after(NOW, MINUTE, 10 * SECOND) == NOW + 10 * SECOND


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("last 7 days", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(hours=24)),
        ("2 days ago", NOW - timedelta(days=2)),
        ("2026-02-01", datetime(2026, 2, 1, tzinfo=UTC)),
        ("sunday", datetime(2026, 3, 1, tzinfo=UTC)),
        ("since 08:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ],
)
def test_a_replay_begins_where_the_words_say(text: str, start: datetime) -> None:
    assert beginning(text, NOW, UTC) == start


@pytest.mark.parametrize("text", ["", "whenever", "7d 8d", "2026-02-01 failed", "tomorrow", "2026-04-01"])
def test_what_is_no_time_in_the_past_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        beginning(text, NOW, UTC)


def book(**changes: object) -> Rulebook:
    return Rulebook(Routing(), Rules(), "C0ALERTS", **changes)  # type: ignore[arg-type]


def explained(found: Task) -> Cause | None:
    return found.result.error.explained if found.result and found.result.error else None


def test_a_sentence_of_the_error_book_is_explained_as_it_was() -> None:
    entry = Cause("Backup storage is full.", entry="storage-full", step="Free some space.")
    failed = task(code="error", cause="Backup storage is full.")
    cause = explained(book(by_text={entry.text: entry}.get).reads(failed))
    assert cause is not None
    assert (cause.entry, cause.code) == ("storage-full", "StorageFull")


def test_a_sentence_that_no_book_knows_stays_as_it_is() -> None:
    cause = explained(book().reads(task(code="error", cause="Something else.")))
    assert cause == Cause("Something else.", "StorageFull")


def test_a_type_that_is_taught_is_read_as_taught() -> None:
    own = task(type="OWN-TYPE", kind=Kind.UNKNOWN)
    assert book(taught={"own-type": Kind.RESTORE}).reads(own).kind is Kind.RESTORE
