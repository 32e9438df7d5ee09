"""How far runs are: what Acronis says, what of it a card shows, and until when it is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.alerting.fingerprint import is_under_way
from bot.alerting.progress import LOST_AFTER, is_lost, stage
from bot.model import Kind, Progress
from tests.builders import task

NOW = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("current", "total", "percent"),
    [
        (41, 100, 41),
        (0, 100, 0),
        (29, 100, 29),
        (1, 3, 33),
        (120, 100, 100),
        (-5, 100, 0),
        (10**30, 10**31, 10),
        (None, 100, None),
        (5, 0, None),
        (5, -1, None),
    ],
)
def test_the_percent_is_from_0_to_100_or_not_known(current: int | None, total: int, percent: int | None) -> None:
    assert Progress(total, current).percent == percent


def test_a_stage_changes_with_the_state_and_with_each_tenth_and_with_nothing_else() -> None:
    started = stage("s", "started", 41)
    assert started == stage("s", "started", 49)
    others = (
        stage("s", "started", 50),
        stage("s", "paused", 41),
        stage("s", "started", None),
        stage("t", "started", 41),
    )
    assert started not in others


@pytest.mark.parametrize("state", ["enqueued", "assigned", "started", "paused", "a state of tomorrow"])
def test_a_root_backup_is_under_way_in_every_state_but_one(state: str) -> None:
    assert is_under_way(task(state=state))


def test_what_is_over_and_parts_and_management_tasks_are_not_under_way() -> None:
    others = [
        task(state="completed"),
        task(state="started", is_root=False),
        task(state="started", kind=Kind.MANAGEMENT),
    ]
    assert not any(map(is_under_way, others))


@pytest.mark.parametrize(
    ("usual", "still", "lost"),
    [(None, 24, 24.1), (HOUR / 10, 24, 24.1), (8 * HOUR, 24, 24.1), (12 * HOUR, 36, 36.1)],
)
def test_a_run_is_lost_after_a_day_and_three_usual_lengths(usual: timedelta | None, still: float, lost: float) -> None:
    assert not is_lost(NOW - still * HOUR, usual, NOW)
    assert is_lost(NOW - lost * HOUR, usual, NOW)
    assert LOST_AFTER == 24 * HOUR
