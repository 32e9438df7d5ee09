"""How a restore point stands, and what is due soon: each rule has one statement."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerting.due_soon import AHEAD, Coming, Upcoming, due_soon
from bot.alerting.missed import Excuse
from bot.alerting.standing import Restorable, standing, why
from bot.model import LastGood, Silence, Standing
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from tests.builders import NOW

HOUR = timedelta(hours=1)
TARGET = 26 * HOUR
FRESH, OLD = LastGood(at=NOW - TARGET + HOUR), LastGood(at=NOW - TARGET)


@pytest.mark.parametrize(
    ("has_failed", "good", "is_whole", "stands"),
    [
        (True, LastGood(at=NOW), True, Standing.FAILING),
        (False, FRESH, False, Standing.GOOD),
        (False, OLD, True, Standing.LATE),
        (False, LastGood(none_for=30 * HOUR), True, Standing.NEVER),
        (False, LastGood(none_for=30 * HOUR), False, Standing.LATE),
        (False, LastGood(), False, Standing.UNKNOWN),
    ],
)
def test_never_is_said_only_when_all_history_is_read(
    has_failed: bool, good: LastGood, is_whole: bool, stands: Standing
) -> None:
    assert standing(Restorable(has_failed, good, TARGET, is_whole), NOW) is stands


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({"silence": Silence.MISSED}, Standing.MISSED),
        ({"silence": Silence.MISSED, "good": OLD}, Standing.MISSED),
        ({"silence": Silence.MISSED, "has_failed": True}, Standing.FAILING),
        ({"silence": Silence.NEVER, "good": LastGood()}, Standing.NEVER),
        ({"silence": Silence.EMPTY}, Standing.FAILING),
        ({"excuse": Excuse.PAUSED, "has_failed": True, "good": OLD}, Standing.PAUSED),
        ({"excuse": Excuse.NOT_EXPECTED, "silence": Silence.MISSED}, Standing.NOT_EXPECTED),
        ({"excuse": Excuse.UNKNOWN, "good": OLD}, Standing.UNKNOWN),
        ({"excuse": Excuse.OFFLINE}, Standing.UNKNOWN),
        ({"excuse": Excuse.OFFLINE, "good": OLD, "silence": Silence.MISSED}, Standing.UNKNOWN),
        ({"excuse": Excuse.OFFLINE, "has_failed": True}, Standing.FAILING),
        ({"in_doubt": True}, Standing.UNKNOWN),
        ({"in_doubt": True, "good": OLD}, Standing.LATE),
        ({"in_doubt": True, "has_failed": True}, Standing.FAILING),
    ],
)
def test_what_is_excused_is_said_as_that_and_what_is_in_doubt_is_never_good(
    changes: dict[str, Any], stands: Standing
) -> None:
    known = replace(Restorable(False, FRESH, TARGET, is_whole=True), **changes)
    assert standing(known, NOW) is stands


def test_each_standing_has_its_reason() -> None:
    said = {
        each: why(each, excuse="its plan is paused", doubt="Acronis could not be read", cause="It is full.")
        for each in Standing
    }
    assert said == {
        Standing.FAILING: "It is full",
        Standing.NEVER: "It is full",
        Standing.MISSED: "It is full",
        Standing.LATE: "Acronis could not be read",
        Standing.NO_PLAN: "no plan is on it",
        Standing.UNKNOWN: "its plan is paused",
        Standing.PAUSED: "its plan is paused",
        Standing.NOT_EXPECTED: "its plan is paused",
        Standing.GOOD: "",
    }
    assert why(Standing.MISSED, cause="It did not start.") == ""  # the word says so
    assert why(Standing.FAILING) == "its last run failed"
    assert why(Standing.NEVER) == "no good backup in all the history that Acronis keeps"
    assert why(Standing.UNKNOWN, doubt="its plan was changed", has_good=True) == "its plan was changed"


# ── due soon; NOW is 09:00 UTC ──


def rhythm(*minutes: int) -> Rhythm:
    return Rhythm(RhythmSource.PLAN, Schedule((StartTimes(minutes),)))


NIGHTLY = rhythm(21 * 60)
TONIGHT = NOW.replace(hour=21, minute=0)
DAY = timedelta(days=1)


def coming(**changes: Any) -> Coming:
    """Nightly, the last night went well, the target is two nights."""
    known = Coming(NIGHTLY, TONIGHT, TONIGHT - DAY, TONIGHT + DAY + 2 * HOUR, HOUR)
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Upcoming(TONIGHT, is_at_risk=False)),
        ({"misses_at": TONIGHT + 2 * HOUR}, Upcoming(TONIGHT, is_at_risk=True)),
        ({"misses_at": TONIGHT + DAY + HOUR}, Upcoming(TONIGHT, is_at_risk=True)),  # equal is too late
        ({"misses_at": NOW}, Upcoming(TONIGHT, is_at_risk=False)),  # it is late already
        ({"misses_at": None}, Upcoming(TONIGHT, is_at_risk=False)),
        ({"last_run_at": TONIGHT}, None),  # it has run: the next one is due tomorrow
        ({"last_run_at": TONIGHT, "misses_at": NOW + AHEAD}, Upcoming(None, is_at_risk=True)),
        ({"due_at": TONIGHT + 6 * DAY, "misses_at": NOW + HOUR}, Upcoming(None, is_at_risk=True)),
        ({"due_at": None, "rhythm": Rhythm(), "misses_at": NOW + HOUR}, Upcoming(None, is_at_risk=True)),
        ({"due_at": None, "rhythm": Rhythm()}, None),
    ],
)
def test_at_risk_is_what_misses_its_target_if_the_run_that_is_due_fails(
    changes: dict[str, Any], found: Upcoming | None
) -> None:
    assert due_soon(coming(**changes), NOW, NOW + AHEAD) == found


def test_a_run_that_comes_often_is_made_good_by_the_next() -> None:
    """Every four hours, two of which may pass: its target is hours away all the time, and it is at no risk."""
    often = rhythm(*range(0, 24 * 60, 240))
    due = NOW.replace(hour=12, minute=0)
    known = Coming(often, due, due - 4 * HOUR, due + 5 * HOUR, HOUR / 2)
    assert due_soon(known, NOW, NOW + AHEAD) == Upcoming(due, is_at_risk=False)
    assert due_soon(replace(known, misses_at=due + 4 * HOUR), NOW, NOW + AHEAD) == Upcoming(due, is_at_risk=True)
