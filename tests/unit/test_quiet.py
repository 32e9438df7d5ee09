"""Quiet hours, by the clock on the wall: over midnight, on chosen days, on days when clocks are moved."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.quiet_hours import quiet_until
from bot.model import Quiet

BERLIN = ZoneInfo("Europe/Berlin")
MON, FRI, SAT, SUN = 0, 4, 5, 6


def ends(quiet: Quiet, at: str) -> str:
    """The end as clocks there show it, "" where it is not quiet at that moment (UTC)."""
    until = quiet_until(quiet, datetime.fromisoformat(at).replace(tzinfo=UTC))
    return f"{until.astimezone(quiet.zone):%a %d %H:%M}" if until else ""


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-02 20:59:59", ""),
        ("2026-03-02 21:00", "Tue 03 07:00"),
        ("2026-03-02 23:30", "Tue 03 07:00"),
        ("2026-03-03 05:59:59", "Tue 03 07:00"),
        ("2026-03-03 06:00", ""),
    ],
)
def test_hours_over_midnight_end_in_the_morning(at: str, end: str) -> None:
    assert ends(Quiet(time(22), time(7), BERLIN), at) == end


def test_hours_within_a_day() -> None:
    quiet = Quiet(time(12), time(13))
    assert [ends(quiet, f"2026-03-02 {at}") for at in ("11:59", "12:00", "12:59", "13:00")] == [
        "",
        "Mon 02 13:00",
        "Mon 02 13:00",
        "",
    ]


def test_days_are_those_on_which_the_hours_begin() -> None:
    quiet = Quiet(time(22), time(7), days=frozenset({FRI}))
    assert ends(quiet, "2026-03-06 23:00") == "Sat 07 07:00"
    assert ends(quiet, "2026-03-07 06:00") == "Sat 07 07:00"
    assert ends(quiet, "2026-03-07 23:00") == ""
    assert ends(quiet, "2026-03-06 06:00") == ""


def test_whole_days_that_follow_each_other_are_one_quiet() -> None:
    quiet = Quiet(time(0), time(0), days=frozenset({SAT, SUN}))
    assert ends(quiet, "2026-03-07 00:00") == "Mon 09 00:00"
    assert ends(quiet, "2026-03-08 23:59") == "Mon 09 00:00"
    assert ends(quiet, "2026-03-06 23:59") == ""


def test_hours_without_an_end_are_told_an_end_all_the_same() -> None:
    assert quiet_until(Quiet(time(0), time(0)), datetime(2026, 3, 2, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-03-28 21:00", 8), ("2026-10-24 20:00", 10), ("2026-03-02 21:00", 9)],
)
def test_a_night_in_which_clocks_are_moved_ends_by_the_clock(at: str, hours: int) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert quiet_until(Quiet(time(22), time(7), BERLIN), now) == now + timedelta(hours=hours)


def test_an_end_that_the_clock_jumps_over_is_the_jump() -> None:
    quiet = Quiet(time(22), time(2, 30), BERLIN)
    assert quiet_until(quiet, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert quiet_until(quiet, datetime(2026, 3, 29, 1, tzinfo=UTC)) is None


def test_an_end_that_comes_twice_is_the_first() -> None:
    quiet = Quiet(time(22), time(2, 30), BERLIN)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet_until(quiet, first - timedelta(seconds=1)) == first
    assert quiet_until(quiet, first) is None


_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca")
_clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
_quiets = st.builds(
    Quiet, _clocks, _clocks, st.sampled_from(_ZONES).map(ZoneInfo), st.frozensets(st.integers(0, 6), min_size=1)
)
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  given one


@given(_quiets, _moments)
def test_quiet_ends_ahead_within_nine_days_and_then_it_is_quiet_no_more(quiet: Quiet, now: datetime) -> None:
    until = quiet_until(quiet, now)
    if until is None:
        return
    assert now < until <= now + timedelta(days=9, hours=1)  # clocks may be put back in between
    is_endless = quiet.start == quiet.end and len(quiet.days) == 7
    assert is_endless or quiet_until(quiet, until) is None


@given(_quiets, _moments)
def test_all_moments_of_one_quiet_have_one_end(quiet: Quiet, now: datetime) -> None:
    until = quiet_until(quiet, now)
    if until is not None and len(quiet.days) < 7:
        assert quiet_until(quiet, until - timedelta(seconds=1)) == until
        assert quiet_until(quiet, now + (until - now) / 2) == until


@given(_quiets, _moments)
def test_it_is_quiet_when_the_clock_says_so(quiet: Quiet, now: datetime) -> None:
    """On days when no clock is moved; the others have tests of their own."""
    local = now.astimezone(quiet.zone)
    near = (now + timedelta(hours=hours) for hours in (-30, 30))
    if any(at.astimezone(quiet.zone).utcoffset() != local.utcoffset() for at in near):
        return
    clock, day = local.time(), local.weekday()
    over = quiet.end <= quiet.start
    begun = day in quiet.days and quiet.start <= clock and (over or clock < quiet.end)
    last_night = over and (day - 1) % 7 in quiet.days and clock < quiet.end
    assert (quiet_until(quiet, now) is not None) is (begun or last_night)
