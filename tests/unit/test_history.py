"""What a workload's past says: each rule has one statement, and equal is too late (design §5)."""

from datetime import timedelta

import pytest

from bot.alerting.history import failures_in_a_row, is_unusual, last_good, usual_length, usual_spread
from bot.model import LastGood, RunFact
from tests.builders import NOW

HOUR = timedelta(hours=1)
TARGET = 26 * HOUR


@pytest.mark.parametrize(
    ("newest_first", "row"),
    [
        (["error", "error", "odd", "error"], 3),
        (["error", "cancelled", "timedout", "ok", "error"], 2),
        (["cancelled", "", "abandoned"], 1),
        (["warning", "error"], 0),
        ([], 0),
    ],
)
def test_unknown_and_cancelled_results_break_no_row_of_failures(newest_first: list[str], row: int) -> None:
    assert failures_in_a_row(newest_first) == row


def test_the_usual_length_is_the_median_of_the_recent_runs_that_ended_well() -> None:
    def run(code: str, hours: float | None) -> RunFact:
        return RunFact(NOW, code, None if hours is None else hours * HOUR)

    recent = [run("ok", 1), run("warning", 2), run("error", 9), run("ok", None), run("ok", 6)]
    assert usual_length(recent) == 2 * HOUR
    assert usual_length([run("error", 1)] * 14 + [run("ok", 5)]) is None  # further back than what is recent


def test_the_spread_of_lengths_is_the_median_of_how_far_they_lie_from_the_usual_one() -> None:
    """One that took ten hours changes neither; failed runs do not count."""

    def run(code: str, hours: float) -> RunFact:
        return RunFact(NOW, code, hours * HOUR)

    recent = [run("ok", hours) for hours in (2, 3, 1, 2.5, 2, 10, 1.5)]
    assert usual_length([*recent, run("error", 90)]) == 2 * HOUR
    assert usual_spread([*recent, run("error", 90)]) == HOUR / 2
    assert usual_spread([run("ok", 4)]) == timedelta()
    assert usual_spread([run("error", 4)]) is None


def test_a_run_is_unusual_from_twice_the_usual_length_on_and_ten_minutes_more() -> None:
    assert not is_unusual(10 * HOUR / 60, HOUR / 60)
    assert is_unusual(11 * HOUR / 60, HOUR / 60)
    assert not is_unusual(1.9 * HOUR, HOUR)


@pytest.mark.parametrize(
    ("known_for", "found"),
    [(None, LastGood()), (25 * HOUR, LastGood()), (26 * HOUR, LastGood(none_for=26 * HOUR))],
)
def test_none_is_said_only_where_the_known_history_is_as_long_as_the_target(
    known_for: timedelta | None, found: LastGood
) -> None:
    history_from = None if known_for is None else NOW - known_for
    assert last_good(None, history_from, TARGET, NOW) == found
    assert last_good(NOW - HOUR, history_from, TARGET, NOW) == LastGood(at=NOW - HOUR)
