"""The starts of a plan's schedule, in the zone of its clock and through the nights in which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.alerting.schedule import last_start, next_start, offset_name, starts_between, zone_of
from bot.model.plans import Schedule, StartTimes
from bot.model.zones import midnight, moment_of

BERLIN, NEW_YORK, LORD_HOWE, APIA = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
DAY = timedelta(days=1)


def at(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


def daily(*minutes: int, **days: frozenset[int]) -> Schedule:
    return Schedule((StartTimes(minutes, **days),))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(schedule: Schedule, zone: str, since: str, days: int) -> list[str]:
    """As minutes of UTC."""
    found = starts_between(schedule, zone, utc(since), utc(since) + days * DAY)
    return [f"{each:%m-%d %H:%M}" for each in found]


# ── clocks that are changed ──


@pytest.mark.parametrize(
    ("zone", "minute", "since", "expected"),
    [
        # 2026-03-29 02:00 to 03:00 does not exist: the first moment after it is 03:00, 01:00 UTC
        (BERLIN, at(2, 30), "2026-03-28T00:00", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        (BERLIN, at(3), "2026-03-28T00:00", ["03-28 02:00", "03-29 01:00", "03-30 01:00"]),
        # 2026-10-25 02:00 to 03:00 comes twice: it runs once, the first time
        (BERLIN, at(2, 30), "2026-10-24T00:00", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        (NEW_YORK, at(2, 30), "2026-03-07T04:00", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        (NEW_YORK, at(1, 30), "2026-10-31T04:00", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # Half an hour: 2026-10-04 02:00 to 02:30 does not exist, 2026-04-05 01:30 to 02:00 comes twice
        (LORD_HOWE, at(2, 15), "2026-10-02T12:00", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),
        (LORD_HOWE, at(1, 45), "2026-04-03T12:00", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
        # 2011-12-30 does not exist: what is due then runs when the 31st begins
        (APIA, at(21), "2011-12-29T12:00", ["12-30 07:00", "12-30 10:00", "12-31 07:00"]),
    ],
)
def test_a_clock_time_that_does_not_exist_runs_after_the_gap_and_one_that_comes_twice_runs_once(
    zone: str, minute: int, since: str, expected: list[str]
) -> None:
    assert starts(daily(minute), zone, since, 3)[: len(expected)] == expected


def test_times_that_fall_into_one_gap_are_one_start() -> None:
    schedule = daily(at(2), at(2, 20), at(2, 40), at(3))
    assert starts(schedule, BERLIN, "2026-03-29T00:00", 1) == ["03-29 01:00"]


def test_an_hourly_plan_has_23_starts_on_the_short_day_and_24_on_the_long_one() -> None:
    hourly = daily(*range(0, 24 * 60, 60))
    assert len(starts(hourly, BERLIN, "2026-03-28T23:00", 1)) == 24
    assert len(set(starts_between(hourly, BERLIN, utc("2026-03-28T23:00"), utc("2026-03-29T22:00")))) == 23
    assert len(starts_between(hourly, BERLIN, utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))) == 24


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        *((zone, 2026) for zone in (BERLIN, NEW_YORK, LORD_HOWE, "Africa/Cairo", "America/Santiago", "Asia/Beirut")),
        *((zone, 2011) for zone in (APIA, "Europe/Moscow", "America/Sao_Paulo", "Asia/Gaza", "Africa/Casablanca")),
        *((zone, 2016) for zone in ("America/Caracas", "Asia/Pyongyang", "Antarctica/Troll", "America/Havana")),
        ("Asia/Pyongyang", 2015),
        ("Asia/Pyongyang", 2018),
    ],
)
def test_every_start_of_a_year_is_when_clocks_show_it(zone: str, year: int) -> None:
    """Also where clocks are changed at midnight, by half an hour or by two hours, or for good."""
    begin, end, place = date(year, 1, 1), date(year + 1, 1, 1), ZoneInfo(zone)
    days = [begin + number * DAY for number in range((end - begin).days)]
    minutes = range(0, 24 * 60, 15)
    shown = {moment_of(datetime.combine(day, time(*divmod(each, 60))), place) for day in days for each in minutes}
    since, until = midnight(begin, place), midnight(end, place)
    assert starts_between(daily(*minutes), zone, since, until) == sorted(shown)


# ── days ──


def test_days_of_the_week_of_the_month_and_its_last_day() -> None:
    workdays = daily(at(21), weekdays=frozenset(range(5)))
    assert starts(workdays, "UTC", "2026-03-06T00:00", 5) == ["03-06 21:00", "03-09 21:00", "03-10 21:00"]
    ends = daily(at(1), month_days=frozenset({-1}))
    assert starts(ends, "UTC", "2026-01-30T00:00", 95) == ["01-31 01:00", "02-28 01:00", "03-31 01:00", "04-30 01:00"]
    on_31st = daily(at(1), month_days=frozenset({31}))
    assert starts(on_31st, "UTC", "2026-01-01T00:00", 120) == ["01-31 01:00", "03-31 01:00"]


def test_the_nth_and_the_last_weekday_of_a_month() -> None:
    second = daily(0, weekdays=frozenset({1}), weeks=frozenset({2}))
    assert starts(second, "UTC", "2026-03-01T00:00", 61) == ["03-10 00:00", "04-14 00:00"]
    last = daily(0, weekdays=frozenset({4}), weeks=frozenset({-1}))
    assert starts(last, "UTC", "2026-03-01T00:00", 92) == ["03-27 00:00", "04-24 00:00", "05-29 00:00"]
    fifth = daily(0, weekdays=frozenset({0}), weeks=frozenset({5}))
    assert starts(fifth, "UTC", "2026-03-01T00:00", 92) == ["03-30 00:00"]


def test_several_sets_are_joined_and_the_same_moment_counts_once() -> None:
    sets = (
        StartTimes((at(21),)),
        StartTimes((at(9), at(21)), frozenset({5})),
        StartTimes((at(12),), months=frozenset({4})),
    )
    found = starts(Schedule(sets), "UTC", "2026-03-28T00:00", 2)
    assert found == ["03-28 09:00", "03-28 21:00", "03-29 21:00"]
    assert "04-01 12:00" in starts(Schedule(sets), "UTC", "2026-03-28T00:00", 6)


def test_a_29_february_is_found_years_away() -> None:
    leap = daily(at(3), month_days=frozenset({29}), months=frozenset({2}))
    assert next_start(leap, "UTC", utc("2026-03-01T00:00")) == utc("2028-02-29T03:00")
    assert last_start(leap, "UTC", utc("2026-03-01T00:00")) == utc("2024-02-29T03:00")


@pytest.mark.parametrize(
    "schedule",
    [Schedule(()), daily(), daily(at(1), month_days=frozenset({31}), months=frozenset({2}))],
)
def test_a_schedule_without_a_start_has_none(schedule: Schedule) -> None:
    now = utc("2026-03-01T00:00")
    assert (next_start(schedule, "UTC", now), last_start(schedule, "UTC", now)) == (None, None)
    assert starts_between(schedule, "UTC", now, now + DAY) == []


# ── zones ──


def test_a_zone_may_be_an_offset() -> None:
    assert starts(daily(at(21)), "UTC+02:00", "2026-03-29T00:00", 1) == ["03-29 19:00"]
    assert starts(daily(at(21)), offset_name(-210), "2026-03-29T00:00", 2)[:1] == ["03-29 00:30"]
    assert [offset_name(minutes) for minutes in (0, 345, -570)] == ["UTC+00:00", "UTC+05:45", "UTC-09:30"]


@pytest.mark.parametrize("name", ["", "UTC+", "UTC+2", "UTC+99:00", "UTC+02:60", "Mars/Olympus", "../etc/passwd", "\0"])
def test_a_zone_that_nobody_knows_has_no_starts(name: str) -> None:
    assert zone_of(name) is None
    assert next_start(daily(at(21)), name, utc("2026-03-01T00:00")) is None


@pytest.mark.parametrize("moment", [utc("0001-01-01"), utc("9999-12-31T23:59:59.999999")])
def test_the_ends_of_time_have_no_starts(moment: datetime) -> None:
    assert (next_start(daily(0), BERLIN, moment), last_start(daily(0), BERLIN, moment)) == (None, None)


# ── whatever the schedule ──

zones = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, APIA, "UTC", "UTC+05:45", "Asia/Kathmandu"])
moments = st.integers(0, 22 * 366 * 24 * 60).map(lambda minute: utc("2009-01-01") + timedelta(minutes=minute))
minutes = st.lists(st.integers(0, 1439), min_size=1, max_size=5).map(lambda each: tuple(sorted(set(each))))
times = st.builds(
    StartTimes,
    minutes,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.frozensets(st.sampled_from([1, 2, 15, 28, -1]), max_size=2),
    st.frozensets(st.integers(1, 12), max_size=11),
    st.just(frozenset[int]()),
)
schedules = st.builds(Schedule, st.lists(times, min_size=1, max_size=3).map(tuple))


@given(schedules, zones, moments)
@example(daily(at(21)), APIA, utc("2011-12-30T10:00"))
@example(daily(at(2, 30)), BERLIN, utc("2026-10-25T00:30"))
@example(Schedule((StartTimes((0,), frozenset({2}), frozenset({1}), frozenset({1})),)), BERLIN, utc("2009-01-01"))
def test_the_next_start_is_after_the_moment_and_the_last_is_not_and_none_lies_between(
    schedule: Schedule, zone: str, moment: datetime
) -> None:
    coming, last = next_start(schedule, zone, moment), last_start(schedule, zone, moment)
    if coming is not None:
        assert coming > moment
        assert last_start(schedule, zone, coming) == coming
        before = last_start(schedule, zone, coming - timedelta(microseconds=1))
        assert before == last
    if last is not None:
        assert last <= moment
        assert next_start(schedule, zone, last) == coming


@given(schedules, zones, moments, st.timedeltas(timedelta(), timedelta(days=60)))
def test_starts_go_on_with_time_and_those_between_are_the_next_ones_one_by_one(
    schedule: Schedule, zone: str, since: datetime, length: timedelta
) -> None:
    until, found, at_ = since + length, list[datetime](), since - timedelta(microseconds=1)
    while (coming := next_start(schedule, zone, at_)) is not None and coming < until:
        assert coming > at_
        found.append(coming)
        at_ = coming
    assert starts_between(schedule, zone, since, until) == found
