"""When runs are due, until when they may come, how far apart they are, and whose clock it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.rhythm import (
    awaited,
    clocks_changed,
    deadline,
    earliness,
    gap_at,
    is_of,
    last_due,
    lateness,
    next_due,
    overdue,
    shift,
    zone_for,
)
from bot.model.plans import UNKNOWN_RHYTHM, Rhythm, RhythmSource, Schedule, StartTimes
from tests.unit.test_schedules import moments, schedules, zones

HOUR = timedelta(hours=1)
GRACE = HOUR
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # its first moment


def rhythm(
    *minutes: int, weekdays: frozenset[int] = frozenset(), delay: timedelta = timedelta(), zone: str = "UTC"
) -> Rhythm:
    return Rhythm(RhythmSource.PLAN, Schedule((StartTimes(minutes, weekdays),), delay), zone)


NIGHTLY = rhythm(21 * 60)
WORKDAYS = rhythm(21 * 60, weekdays=frozenset(range(5)))
SUNDAYS = rhythm(180, weekdays=frozenset({6}))


def test_an_unknown_rhythm_is_due_at_no_time() -> None:
    assert (last_due(UNKNOWN_RHYTHM, MONDAY), next_due(UNKNOWN_RHYTHM, MONDAY)) == (None, None)
    assert (awaited(UNKNOWN_RHYTHM, GRACE, MONDAY), overdue(UNKNOWN_RHYTHM, GRACE, MONDAY)) == (None, None)
    assert gap_at(UNKNOWN_RHYTHM, MONDAY) is None


@pytest.mark.parametrize(
    ("of", "at", "hours"),
    [
        (NIGHTLY, MONDAY, 24),
        (WORKDAYS, MONDAY, 72),
        (WORKDAYS, MONDAY + 22 * HOUR, 24),
        (SUNDAYS, MONDAY, 168),
        (rhythm(*range(0, 1440, 240)), MONDAY + HOUR, 4),
        (rhythm(9 * 60, 21 * 60), MONDAY + 10 * HOUR, 12),
        (rhythm(9 * 60, 12 * 60), MONDAY + 13 * HOUR, 21),
        (rhythm(21 * 60, zone="Europe/Berlin"), datetime(2026, 3, 29, tzinfo=UTC), 23),
    ],
)
def test_the_gap_is_that_of_the_moment(of: Rhythm, at: datetime, hours: int) -> None:
    assert gap_at(of, at) == hours * HOUR


def test_two_gaps_are_those_that_follow_each_other() -> None:
    friday = MONDAY + timedelta(days=4, hours=22)
    assert gap_at(WORKDAYS, friday, 2) == 96 * HOUR
    assert gap_at(WORKDAYS, friday - timedelta(days=1), 2) == 96 * HOUR
    assert gap_at(WORKDAYS, friday - timedelta(days=2), 2) == 48 * HOUR


def test_a_run_may_come_until_its_delay_and_grace_are_over() -> None:
    delayed = rhythm(21 * 60, delay=HOUR / 2)
    due = MONDAY + 21 * HOUR
    assert lateness(delayed) == HOUR / 2
    assert deadline(due, delayed, GRACE) == due + 1.5 * HOUR
    before, after = due + 1.5 * HOUR - HOUR / 60, due + 1.5 * HOUR
    assert (awaited(delayed, GRACE, before) or (None,))[0] == due
    assert overdue(delayed, GRACE, before) == due - 24 * HOUR
    assert (awaited(delayed, GRACE, after) or (None,))[0] == due + 24 * HOUR
    assert overdue(delayed, GRACE, after) == due


def test_an_hourly_plan_awaits_one_start_after_the_other_although_grace_is_as_long() -> None:
    hourly = rhythm(*range(0, 1440, 60))
    found = awaited(hourly, GRACE, MONDAY + HOUR / 2)
    assert found == (MONDAY, MONDAY + HOUR, MONDAY + HOUR)
    assert overdue(hourly, GRACE, MONDAY + HOUR) == MONDAY


def test_a_run_by_hand_at_noon_is_of_no_start_and_moves_none() -> None:
    assert not is_of(NIGHTLY, MONDAY + 12 * HOUR, GRACE)
    assert is_of(NIGHTLY, MONDAY + 21 * HOUR - timedelta(minutes=2), GRACE)
    assert is_of(NIGHTLY, MONDAY + 22 * HOUR, GRACE)
    assert next_due(NIGHTLY, MONDAY + 12 * HOUR) == MONDAY + 21 * HOUR


@given(schedules, zones, moments, st.timedeltas(timedelta(), timedelta(days=2)))
def test_what_is_awaited_is_always_ahead_of_its_deadline_and_what_is_overdue_behind(
    schedule: Schedule, zone: str, now: datetime, grace: timedelta
) -> None:
    given_ = Rhythm(RhythmSource.PLAN, schedule, zone)
    coming, passed = awaited(given_, grace, now), overdue(given_, grace, now)
    if passed is not None:
        assert deadline(passed, given_, grace) <= now
        # None where they lie more than eight years apart: a Monday that is the first of April
        assert coming is None or next_due(given_, passed) in (coming.due_at, None)
    if coming is not None:
        assert coming.deadline_at > now
        assert coming.next_due_at is None or coming.next_due_at > coming.due_at


# ── whose clock ──

SUMMER, WINTER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "names", "at", "zone"),
    [
        (None, ("Europe/Berlin", "UTC"), SUMMER, "Europe/Berlin"),
        (120, ("Europe/Berlin", "UTC"), SUMMER, "Europe/Berlin"),
        (120, ("America/New_York", "Europe/Berlin"), SUMMER, "Europe/Berlin"),
        (120, ("Europe/Berlin",), WINTER, "UTC+02:00"),
        (60, ("Europe/Berlin",), SUMMER, "UTC+01:00"),
        (345, ("UTC",), SUMMER, "UTC+05:45"),
        (-300, ("America/New_York",), WINTER, "America/New_York"),
        (0, ("Europe/London",), SUMMER, "UTC+00:00"),
        (99_999, ("Europe/Berlin",), SUMMER, "Europe/Berlin"),
        # the machine was asked some hours before clocks were changed
        (60, ("Europe/Berlin",), datetime(2026, 3, 29, 4, tzinfo=UTC), "Europe/Berlin"),
    ],
)
def test_a_zone_that_has_the_machines_offset_counts_since_it_knows_when_clocks_are_changed(
    minutes: int | None, names: tuple[str, ...], at: datetime, zone: str
) -> None:
    assert zone_for(minutes, names, at) == zone


SPRING = datetime(2026, 3, 8, 7, tzinfo=UTC)  # in New York clocks go from 2:00 to 3:00
AUTUMN = datetime(2026, 11, 1, 6, tzinfo=UTC)  # and from 2:00 back to 1:00


@pytest.mark.parametrize(
    ("zone", "at", "hours"),
    [
        ("UTC-05:00", SPRING - 4 * HOUR, 0),
        ("UTC-05:00", SPRING, 1),
        ("UTC-05:00", SPRING + 25 * HOUR, 1),
        ("UTC-05:00", SPRING + 27 * HOUR, 0),  # by now the machine has said anew how far its clock is ahead
        ("UTC-04:00", AUTUMN + HOUR, 1),
        ("UTC+01:00", datetime(2026, 3, 29, 20, tzinfo=UTC), 1),
        ("UTC+10:00", datetime(2026, 10, 3, 20, tzinfo=UTC), 1),
        ("UTC+05:30", SPRING + HOUR, 0),
        ("America/New_York", SPRING + HOUR, 0),
        ("Nowhere/Land", SPRING + HOUR, 0),
    ],
)
def test_where_only_an_offset_is_known_starts_may_be_an_hour_off_after_clocks_were_changed(
    zone: str, at: datetime, hours: int
) -> None:
    nightly = rhythm(21 * 60, zone=zone)
    assert shift(nightly, at) == hours * HOUR
    assert deadline(at, nightly, GRACE) == at + (1 + hours) * HOUR
    assert earliness(nightly, at) == timedelta(minutes=5) + hours * HOUR
    assert shift(rhythm(*range(0, 1440, 60), zone=zone), at) == timedelta()  # by the hour: the same an hour later


BERLIN_SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "after", "hours"),
    [
        ({}, 16, 2),
        ({}, 40, 2),
        ({"clock_shown_at": BERLIN_SPRING + 16 * HOUR}, 40, 1),
        ({}, -7, 1),
        ({"clock_shown_at": None}, 16, 1),  # the machine tells it
        ({"source": RhythmSource.PLAN}, 16, 1),
        ({"zone": "UTC"}, 16, 1),
        ({"zone": "America/New_York"}, 16, 1),
        ({"weekdays": frozenset({5})}, 6 * 24 + 16, 2),
        ({"weekdays": frozenset({5}), "clock_shown_at": BERLIN_SPRING + 6 * 24 * HOUR}, 13 * 24 + 16, 1),
        ({"hourly": True}, 16, 1),
    ],
)
def test_a_service_may_come_an_hour_later_until_its_runs_have_shown_which_clock_it_follows(
    changes: dict[str, Any], after: int, hours: int
) -> None:
    due = BERLIN_SPRING + after * HOUR
    zone = changes.get("zone", "Europe/Berlin")
    local = due.astimezone(ZoneInfo(zone))
    minutes = range(0, 1440, 60) if changes.pop("hourly", False) else [local.hour * 60]
    known: dict[str, Any] = {"source": RhythmSource.LEARNED, "clock_shown_at": BERLIN_SPRING - 8 * HOUR}
    of = replace(rhythm(*minutes, weekdays=changes.pop("weekdays", frozenset()), zone=zone), **known | changes)
    assert last_due(of, due) == due
    assert deadline(due, of, GRACE) == due + hours * HOUR
    before = due + hours * HOUR - HOUR / 60
    assert (awaited(of, GRACE, before) or (None,))[0] == due
    assert overdue(of, GRACE, due + hours * HOUR) == due


def test_a_service_has_no_more_time_where_the_clock_was_put_back() -> None:
    """By another clock its run comes an hour earlier."""
    due = datetime(2026, 10, 25, 20, tzinfo=UTC)
    of = replace(rhythm(21 * 60, zone="Europe/Berlin"), source=RhythmSource.LEARNED, clock_shown_at=due - 24 * HOUR)
    assert deadline(due, of, GRACE) == due + HOUR
    assert earliness(of, due) == timedelta(minutes=75)


HAVANA = datetime(2026, 3, 8, 5, tzinfo=UTC)  # clocks are changed there first of those that are five hours behind


@pytest.mark.parametrize(
    ("before", "hours"), [(HOUR + timedelta(minutes=15), 1), (HOUR, 2), (timedelta(minutes=30), 2), (-HOUR, 2)]
)
def test_what_was_due_before_clocks_are_changed_is_judged_by_its_own_time(before: timedelta, hours: int) -> None:
    """A change that comes after its deadline gives it no more time; one that comes within the hour may move it."""
    due = HAVANA - before
    local = due - 5 * HOUR
    nightly = rhythm(local.hour * 60 + local.minute, zone="UTC-05:00")
    assert deadline(due, nightly, GRACE) == due + hours * HOUR
    for at in (due + hours * HOUR, due + hours * HOUR + timedelta(minutes=45)):
        assert overdue(nightly, GRACE, at) == due
        assert awaited(nightly, GRACE, at).due_at > due  # type: ignore[union-attr]
    just_before = due + hours * HOUR - timedelta(minutes=1)
    assert overdue(nightly, GRACE, just_before) == due - 24 * HOUR
    assert awaited(nightly, GRACE, just_before).due_at == due  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "minutes", "early"),
    [
        (RhythmSource.PLAN, (21 * 60,), 5),
        (RhythmSource.LEARNED, (21 * 60,), 75),
        (RhythmSource.LEARNED, (9 * 60, 21 * 60), 75),
        (RhythmSource.LEARNED, tuple(range(0, 1440, 120)), 40),
        (RhythmSource.LEARNED, tuple(range(0, 1440, 10)), 5),
    ],
)
def test_a_run_may_come_an_hour_before_a_learned_start(
    source: RhythmSource, minutes: tuple[int, ...], early: int
) -> None:
    """Mailboxes run by a clock that nobody tells: it may be changed, and the one they were learned by may not."""
    learned = Rhythm(source, Schedule((StartTimes(minutes),)))
    assert earliness(learned, MONDAY + 21 * HOUR) == timedelta(minutes=early)


@pytest.mark.parametrize(
    ("minutes", "before", "at", "zone"),
    [
        (-240, "UTC-05:00", SPRING + HOUR, "America/New_York"),
        (-240, "America/New_York", SPRING + 90 * 24 * HOUR, "America/New_York"),
        (-300, "UTC-04:00", AUTUMN + HOUR, "America/New_York"),
        (-300, "UTC-06:00", datetime(2026, 3, 8, 9, tzinfo=UTC), "America/Chicago"),
        (-300, "UTC-05:00", SPRING + HOUR, "UTC-05:00"),  # Bogota has no other time in summer
        (-240, "UTC-05:00", SPRING + 90 * 24 * HOUR, "UTC-04:00"),  # it was carried somewhere else
        (-360, "America/New_York", AUTUMN, "UTC-06:00"),
        (60, "UTC-05:00", SPRING, "Europe/Berlin"),
        (None, "America/New_York", SPRING, "Europe/Berlin"),
    ],
)
def test_a_machine_whose_offset_changes_with_the_clocks_of_a_zone_is_in_it(
    minutes: int | None, before: str, at: datetime, zone: str
) -> None:
    assert zone_for(minutes, ["Europe/Berlin"], at, before) == zone


def test_it_is_known_when_clocks_were_changed_anywhere() -> None:
    assert clocks_changed(SPRING - HOUR, SPRING)
    assert clocks_changed(AUTUMN - 24 * HOUR, AUTUMN + 24 * HOUR)
    assert not clocks_changed(MONDAY, MONDAY + 24 * HOUR)
