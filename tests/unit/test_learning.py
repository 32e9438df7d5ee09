"""When a plan is due, learned from its runs; and a plan's schedule that its runs do not follow."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.building import build
from bot.alerting.learning import by_other_clock, clock_shown_at, is_same, learn
from bot.alerting.rhythm import is_of, next_due
from bot.alerting.targets import how_often
from bot.model import RunFact
from bot.model.plans import UNKNOWN_RHYTHM, PlanPolicy, Retry, Rhythm, RhythmSource, Schedule, StartTimes
from bot.model.zones import moment_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 2, 2, tzinfo=UTC)


def runs(*began: datetime, code: str = "ok") -> tuple[RunFact, ...]:
    return tuple(RunFact(at, code, HOUR / 2) for at in sorted(began, reverse=True))


def by_clock(days: Iterable[int], *hours: float, zone: ZoneInfo = BERLIN, first: datetime = MONDAY) -> list[datetime]:
    """Starts at these hours of a zone's clock on the so-manyth days since `first`."""
    start = first.replace(tzinfo=None)
    return [moment_of(start + day * DAY + hour * HOUR, zone) for day in days for hour in hours]


def words(rhythm: Rhythm) -> str:
    return how_often(rhythm.schedule) if rhythm.schedule else rhythm.why


NIGHTLY = by_clock(range(21), 21.05)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (NIGHTLY, "daily"),
        (by_clock([day for day in range(21) if day % 7 < 5], 21), "on working days"),
        (by_clock(range(6, 36, 7), 3), "weekly"),
        (by_clock([day for day in range(28) if day % 7 in (0, 3)], 3), "twice a week"),
        (by_clock(range(14), 9, 21), "every 12 h"),
        (by_clock(range(14), 9, 12.5, 21), "3 times a day"),
        (by_clock(range(14), 1, 5, 9, 13, 17, 21), "every 4 h"),
        (by_clock(range(14), *range(24)), "hourly"),
        (by_clock(range(7), *[half / 2 for half in range(48)]), "every 30 min"),
        (by_clock([day for day in range(21) if day % 7 < 5], 8, 10, 12, 14, 16, 18), "6 times a day on working days"),
        (by_clock([day for day in range(34) if day % 7 < 5], 21) + by_clock(range(5, 34, 7), 9), "6 times a week"),
    ],
)
def test_a_rhythm_is_learned_by_clock_times_and_weekdays(starts: list[datetime], expected: str) -> None:
    rhythm = learn(runs(*starts), "Europe/Berlin")
    assert (words(rhythm), rhythm.source) == (expected, RhythmSource.LEARNED)
    assert all(is_of(rhythm, at, HOUR) for at in starts)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2025-09-15", "2025-10-15", "2025-11-15", "2025-12-15", "2026-01-15"], "2026-02-15"),
        (["2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31"], "2026-02-28"),
        (["2025-10-04", "2025-11-01", "2025-12-06", "2026-01-03", "2026-02-07"], "2026-03-07"),  # first Saturdays
        (["2025-09-26", "2025-10-31", "2025-11-28", "2025-12-26", "2026-01-30"], "2026-02-27"),  # last Fridays
    ],
)
def test_a_monthly_plan_is_learned_where_history_is_long_enough(dates: list[str], expected: str) -> None:
    starts = [datetime.fromisoformat(date).replace(hour=2, tzinfo=UTC) for date in dates]
    rhythm = learn(runs(*starts), "UTC")
    assert next_due(rhythm, starts[-1]) == datetime.fromisoformat(expected).replace(hour=2, tzinfo=UTC)


@pytest.mark.parametrize("extra", [12, 9.5, 17])
def test_an_extra_run_moves_nothing(extra: float) -> None:
    """One by hand at noon, even twice, and today."""
    known = learn(runs(*NIGHTLY), "Europe/Berlin")
    for days in ([20], [4, 20], [19, 20]):
        rhythm = learn(runs(*NIGHTLY, *by_clock(days, extra)), "Europe/Berlin")
        assert rhythm.schedule == known.schedule
        assert next_due(rhythm, NIGHTLY[-1]) == by_clock([21], 21)[0]


def test_new_tries_after_failures_move_nothing() -> None:
    tries = tuple(RunFact(at + HOUR * again, "error", HOUR / 4) for at in NIGHTLY[10:20] for again in range(4))
    past = sorted((*runs(*NIGHTLY[:10], NIGHTLY[20]), *tries), key=lambda run: run.began_at, reverse=True)
    rhythm = learn(past, "Europe/Berlin")
    assert words(rhythm) == "daily"
    assert next_due(rhythm, NIGHTLY[-1]) == by_clock([21], 21)[0]


def test_nights_that_were_missed_move_nothing() -> None:
    nights = by_clock([day for day in range(28) if day not in (3, 9, 17)], 21)  # two of them Thursdays
    rhythm = learn(runs(*nights), "Europe/Berlin")
    assert words(rhythm) == "daily"


def test_a_random_delay_is_the_spread() -> None:
    late = [at + HOUR * (place * 7 % 12) / 12 for place, at in enumerate(NIGHTLY)]
    rhythm = learn(runs(*late), "Europe/Berlin")
    assert words(rhythm) == "daily"
    assert HOUR / 2 < rhythm.spread <= 1.25 * HOUR
    assert all(is_of(rhythm, at, HOUR / 4) for at in late)


def test_a_time_just_before_midnight_keeps_its_weekday_when_the_run_comes_after_it() -> None:
    fridays = [
        at + (HOUR / 2 if place % 2 else timedelta()) for place, at in enumerate(by_clock(range(4, 60, 7), 23.8))
    ]
    rhythm = learn(runs(*fridays), "Europe/Berlin")
    assert words(rhythm) == "weekly"
    assert next_due(rhythm, fridays[-1]) == by_clock([60], 23.75)[0]


def test_when_the_time_was_changed_the_new_one_counts_as_soon_as_it_shows() -> None:
    changed = by_clock(range(21), 21) + by_clock(range(21, 27), 23)
    assert next_due(learn(runs(*changed), "Europe/Berlin"), changed[-1]) == by_clock([27], 23)[0]


def test_the_clock_of_the_zone_counts_through_the_night_of_the_change() -> None:
    around = by_clock(range(45, 66), 21)  # from 19 March on; clocks are changed on the 29th
    rhythm = learn(runs(*around), "Europe/Berlin")
    assert (words(rhythm), rhythm.zone, rhythm.spread) == ("daily", "Europe/Berlin", timedelta())


def test_a_service_that_runs_by_utc_is_learned_by_utc() -> None:
    around = by_clock(range(45, 66), 21, zone=ZoneInfo("UTC"))
    rhythm = learn(runs(*around), "Europe/Berlin")
    assert (words(rhythm), rhythm.zone, rhythm.spread) == ("daily", "UTC", timedelta())


@pytest.mark.parametrize("hours", [(18,), (2, 10, 18)])
@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC"])
def test_the_first_start_after_the_change_shows_which_clock_it_follows(name: str, hours: tuple[int, ...]) -> None:
    """Clocks are changed on the 55th day. The zone of the settings is Berlin's."""
    until_then, after = (by_clock(days, *hours, zone=ZoneInfo(name)) for days in (range(55), [55]))
    assert learn(runs(*until_then), "Europe/Berlin").zone == "Europe/Berlin"
    assert learn(runs(*until_then, after[0]), "Europe/Berlin").zone == name


@pytest.mark.parametrize("days", [(-11, 55), (-11, 60), (20, 56), (-40, 75)])
@pytest.mark.parametrize("name", ["America/New_York", "America/Havana", "America/Chicago"])
def test_a_clock_that_was_changed_in_another_week_is_told_apart(name: str, days: tuple[int, int]) -> None:
    """New York's was changed on 8 March, the 34th day, and Berlin's on the 29th, the 55th."""
    around = by_clock(range(*days), 18, zone=ZoneInfo(name))
    rhythm = learn(runs(*around), "Europe/Berlin")
    assert (words(rhythm), rhythm.spread) == ("daily", timedelta())
    assert [next_due(rhythm, at - HOUR) for at in around] == around


@pytest.mark.parametrize("extra", [0.55, 1.2, 1.5])
@pytest.mark.parametrize("name", ["UTC-04:00", "America/New_York"])
def test_a_run_that_is_late_by_chance_moves_no_clock(name: str, extra: float) -> None:
    """Starts of working days, late by up to an hour. From September to October no clock was changed in New York."""
    late = (
        42,
        11,
        15,
        3,
        39,
        29,
        0,
        29,
        32,
        43,
        48,
        16,
        28,
        33,
        14,
        57,
        35,
        14,
        40,
        26,
        25,
        38,
        47,
        1,
        40,
        44,
        49,
        39,
        30,
    )
    days = [day for day in range(41) if day % 7 not in (2, 3)]
    thursday, zone = datetime(2026, 9, 16, tzinfo=UTC), ZoneInfo("America/New_York")
    usual = [
        at
        for day, minutes in zip(days, (*late, 2), strict=False)
        for at in by_clock([day], 20.75 + minutes / 60, zone=zone, first=thursday)
    ]
    rhythm = learn(runs(*usual, usual[-4] + extra * HOUR), name)
    assert rhythm.zone == name


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ([], "only 0 of its starts known, 5 are needed"),
        (NIGHTLY[:4], "only 4 of its starts known, 5 are needed"),
        (by_clock(range(0, 60, 4), 3), "its runs come at no times that repeat"),
        ([MONDAY + HOUR * 7.3 * place for place in range(60)], "its runs come at no times that repeat"),
        ([MONDAY + HOUR * place * place * 3.1 for place in range(20)], "its runs come at no times that repeat"),
        ([MONDAY] * 9, "its runs come at no times that repeat"),
    ],
)
def test_what_shows_no_rhythm_is_unknown_and_says_why(starts: list[datetime], why: str) -> None:
    rhythm = learn(runs(*starts), "Europe/Berlin")
    assert (rhythm.source, rhythm.schedule, rhythm.why) == (RhythmSource.UNKNOWN, None, why)


def test_a_weekend_that_was_not_seen_yet_is_not_expected() -> None:
    rhythm = learn(runs(*by_clock(range(5), 21)), "Europe/Berlin")
    assert next_due(rhythm, by_clock([4], 22)[0]) == by_clock([7], 21)[0]
    assert words(learn(runs(*by_clock(range(2, 7), 21)), "Europe/Berlin")) == "daily"


def test_a_day_of_runs_every_four_hours_is_enough() -> None:
    starts = by_clock([0], 1, 5, 9, 13, 17, 21)
    assert next_due(learn(runs(*starts), "Europe/Berlin"), starts[-1]) == by_clock([1], 1)[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 90 * 1440), st.sampled_from(["ok", "error", "cancelled"])), max_size=120, unique=True
    )
)
def test_any_past_gives_a_rhythm_or_a_reason(past: list[tuple[int, str]]) -> None:
    known = [RunFact(MONDAY + timedelta(minutes=minute), code) for minute, code in sorted(past, reverse=True)]
    rhythm = learn(known, "Australia/Lord_Howe")
    assert (rhythm.schedule is None) == bool(rhythm.why)
    if rhythm.schedule:
        assert all(0 <= minute < 1440 for each in rhythm.schedule.sets for minute in each.minutes)


# ── read and learned ──


def plan(*minutes: int, **changes: object) -> PlanPolicy:
    schedule = Schedule((StartTimes(minutes),)) if minutes else None
    return replace(PlanPolicy("main", "p", "r", "policy.backup.machine", schedule=schedule), **changes)  # type: ignore[arg-type]


def test_a_plans_own_schedule_counts_from_the_first_run_on() -> None:
    rhythm = build([plan(21 * 60)], (), "Europe/Berlin")
    assert (rhythm.source, words(rhythm), rhythm.why) == (RhythmSource.PLAN, "daily", "")


@pytest.mark.parametrize("minutes", [(3 * 60,), (9 * 60, 12 * 60)])
def test_a_schedule_that_none_of_the_last_runs_follows_is_not_trusted(minutes: tuple[int, ...]) -> None:
    rhythm = build([plan(*minutes, retry=Retry(HOUR, 12))], runs(*NIGHTLY), "Europe/Berlin")
    assert (rhythm.source, rhythm.why) == (RhythmSource.LEARNED, "its runs do not follow the plan's own schedule")
    assert rhythm.schedule == learn(runs(*NIGHTLY), "Europe/Berlin").schedule
    assert rhythm.retry == Retry(HOUR, 12)


def test_one_of_the_last_runs_is_enough_for_a_schedule_to_be_trusted_and_four_say_nothing_against_it() -> None:
    noon = by_clock(range(9), 12)
    assert build([plan(21 * 60)], runs(*noon, *by_clock([9], 21.5)), "Europe/Berlin").source is RhythmSource.PLAN
    assert build([plan(21 * 60)], runs(*noon[:4]), "Europe/Berlin").source is RhythmSource.PLAN


def test_runs_from_before_a_plan_was_changed_say_nothing_against_it() -> None:
    changed = plan(3 * 60, updated_at=NIGHTLY[-1] - HOUR)
    assert build([changed], runs(*NIGHTLY), "Europe/Berlin").source is RhythmSource.PLAN


def test_a_plan_without_a_schedule_that_can_be_read_is_learned_or_says_both_reasons() -> None:
    unread = plan(why_unknown="the plan runs after an event")
    assert build([unread], runs(*NIGHTLY), "Europe/Berlin").source is RhythmSource.LEARNED
    rhythm = build([unread], (), "Europe/Berlin")
    assert rhythm.why == "the plan runs after an event; only 0 of its starts known, 5 are needed"


@pytest.mark.parametrize(
    ("since", "is_known"),
    [
        ((), False),
        ((16,), False),
        ((16, 16), False),
        ((21,), True),
        ((12.5, 21), True),  # the first by hand
        ((16, 16, 16, 16, 16), True),  # enough for a rhythm of its own
    ],
)
def test_what_was_learned_before_a_plan_was_changed_counts_once_a_run_since_is_of_it(
    since: tuple[float, ...], is_known: bool
) -> None:
    changed = plan(why_unknown="the plan runs after an event", updated_at=NIGHTLY[-1] + HOUR)
    after = [at for day, hour in enumerate(since) for at in by_clock([21 + day], hour)]
    rhythm = build([changed], runs(*NIGHTLY, *after), "Europe/Berlin")
    assert (rhythm.schedule is not None) == is_known
    if not is_known:
        assert "its plan was changed; only " in rhythm.why


def test_the_schedules_of_a_plans_parts_are_joined() -> None:
    parts = [plan(21 * 60), plan(9 * 60), plan(21 * 60)]
    assert words(build(parts, (), "UTC")) == "14 times a week"


def test_learned_times_that_move_by_minutes_are_the_same_and_others_are_not() -> None:
    known = learn(runs(*NIGHTLY), "Europe/Berlin")
    later = learn(runs(*(at + HOUR / 4 for at in NIGHTLY)), "Europe/Berlin")
    assert is_same(known, later)
    assert not is_same(known, learn(runs(*(at + HOUR for at in NIGHTLY)), "Europe/Berlin"))
    assert not is_same(known, learn(runs(*[at for at in NIGHTLY if at.weekday() < 5]), "Europe/Berlin"))
    assert not is_same(known, replace(known, source=RhythmSource.PLAN))


def test_a_start_by_another_clock_is_the_same_start() -> None:
    berlin, utc = (
        learn(runs(*by_clock(range(21), 19, zone=ZoneInfo(name))), name) for name in ("Europe/Berlin", "UTC")
    )
    due = by_clock([21], 19)[0]
    assert by_other_clock(berlin, utc, due) == due + HOUR
    assert by_other_clock(utc, berlin, due + HOUR) == due
    assert by_other_clock(berlin, learn(runs(*by_clock(range(21), 23)), "Europe/Berlin"), due) is None
    assert by_other_clock(berlin, replace(utc, source=RhythmSource.PLAN), due) is None
    assert by_other_clock(berlin, UNKNOWN_RHYTHM, due) is None
    hourly = learn(runs(*by_clock(range(7), *range(24))), "Europe/Berlin")
    assert by_other_clock(hourly, hourly, due) is None  # which of them it would be nobody knows


def test_the_last_run_by_its_clock_shows_that_a_service_follows_it() -> None:
    starts = by_clock(range(21), 19)
    berlin = learn(runs(*starts), "Europe/Berlin")
    by_hand, later = (starts[-1] + hours * HOUR for hours in (5, 25))
    assert clock_shown_at(berlin, runs(*starts)) == starts[-1]
    assert clock_shown_at(berlin, runs(*starts, by_hand)) == starts[-1]
    assert clock_shown_at(berlin, runs(*starts, later)) == starts[-1]
    assert clock_shown_at(UNKNOWN_RHYTHM, runs(*starts)) == starts[0]
    assert clock_shown_at(UNKNOWN_RHYTHM, ()) is None


@pytest.mark.parametrize(
    ("before", "after", "is_it"),
    [
        ("UTC-05:00", "America/New_York", True),
        ("America/New_York", "UTC-05:00", False),
        ("UTC-05:00", "UTC-04:00", False),
        ("America/New_York", "Europe/Berlin", False),
    ],
)
def test_a_zone_that_takes_the_place_of_an_offset_begins_nothing_anew(before: str, after: str, is_it: bool) -> None:
    planned = Rhythm(RhythmSource.PLAN, Schedule((StartTimes((21 * 60,)),)), before)
    assert is_same(planned, replace(planned, zone=after)) is is_it
