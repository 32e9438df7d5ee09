"""Times on the days when clocks are moved, and far from any."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.blocks.text import foreign
from bot.errors import UsageError
from bot.language import describe, parse, renewed
from bot.language.wording import understood
from bot.model import TaskQuery

BERLIN = ZoneInfo("Europe/Berlin")
AFTER_SPRING = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)  # clocks went from 02:00 to 03:00 that night
AFTER_AUTUMN = datetime(2026, 10, 25, 10, 0, tzinfo=UTC)  # and from 03:00 back to 02:00 in this one


def query(text: str, now: datetime, zone: ZoneInfo = BERLIN) -> TaskQuery:
    found = parse(text, now, zone, ()).query
    assert found is not None
    return found


def after(text: str, now: datetime, zone: ZoneInfo = BERLIN) -> datetime | None:
    return query(text, now, zone).after


def test_a_time_that_comes_twice_is_its_first_coming() -> None:
    assert after("since 2:30", AFTER_AUTUMN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_said_with_its_offset() -> None:
    """In words that Slack shows as they are, to be typed again."""
    second = query("since 2026-10-25T02:30+01:00", AFTER_AUTUMN)
    said = describe(second, BERLIN, AFTER_AUTUMN)
    assert said.endswith("since 2026-10-25T02:30+0100")
    assert foreign(said) == said
    assert query(said, AFTER_AUTUMN) == second


def test_a_time_that_never_comes_is_when_the_clock_jumps_over_it() -> None:
    assert after("since 2:30", AFTER_SPRING) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_day_without_midnight_begins_when_its_clock_does() -> None:
    """Cairo's summer time begins at midnight: the day's first minute is 01:00."""
    cairo, now = ZoneInfo("Africa/Cairo"), datetime(2026, 4, 24, 10, 0, tzinfo=UTC)
    today = query("today", now, cairo)
    assert today.after == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    assert query(describe(today, cairo, now), now, cairo) == today


def test_a_day_that_a_country_left_out_holds_nothing() -> None:
    """Samoa had no 30 December 2011."""
    found = query("since 2011-12-30", AFTER_SPRING, ZoneInfo("Pacific/Apia"))
    assert found.after == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("now", "hours"), [(AFTER_SPRING, 23), (AFTER_AUTUMN, 25)])
def test_a_day_back_is_the_same_time_of_day_and_24_hours_are_counted(now: datetime, hours: int) -> None:
    assert after("last 1 day", now) == now - timedelta(hours=hours)
    assert after("last 24h", now) == now - timedelta(hours=24)
    assert after("failed", now) == now - timedelta(hours=24)


@pytest.mark.parametrize(("now", "hours"), [(AFTER_SPRING, 23), (AFTER_AUTUMN, 25)])
def test_a_day_of_moved_clocks_is_shorter_or_longer(now: datetime, hours: int) -> None:
    today = query("today", now)
    assert today.after is not None
    assert today.before is not None
    assert today.before - today.after == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "UTC"])
def test_times_are_the_askers_own(zone: str) -> None:
    place = ZoneInfo(zone)
    assert after("since 2022-06-01", AFTER_AUTUMN, place) == datetime(2022, 6, 1, tzinfo=place)


@pytest.mark.parametrize(("now", "hours"), [(AFTER_SPRING, 11), (AFTER_AUTUMN, 13)])
def test_last_night_is_from_evening_to_morning_on_the_wall(now: datetime, hours: int) -> None:
    found = query("failed last night", now)
    assert found.after is not None
    assert found.before is not None
    assert found.before - found.after == timedelta(hours=hours)
    assert query(describe(found, BERLIN, now), now) == found


def test_last_night_is_the_same_night_all_day_long() -> None:
    nights = {
        (found.after, found.before)
        for hour in (0, 5, 12, 20)
        for found in [query("last night", datetime(2026, 6, 6, hour, 30, tzinfo=UTC), ZoneInfo("UTC"))]
    }
    assert nights == {(datetime(2026, 6, 5, 18, tzinfo=UTC), datetime(2026, 6, 6, 6, tzinfo=UTC))}


def test_between_two_times_of_an_hour_that_comes_twice_holds_what_clocks_show_first() -> None:
    found = query("between 2:15 and 2:45", AFTER_AUTUMN)
    assert (found.after, found.before) == (
        datetime(2026, 10, 25, 0, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 45, tzinfo=UTC),
    )


@pytest.mark.parametrize("day", range(1, 8))
def test_between_two_weekdays_is_understood_on_every_day_of_the_week(day: int) -> None:
    found = query("between monday and wednesday", datetime(2026, 6, day, 10, tzinfo=UTC), ZoneInfo("UTC"))
    assert (found.after, found.before) == (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "now", "after", "before"),
    [
        ("this week", AFTER_SPRING, datetime(2026, 3, 22, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("this month", AFTER_AUTUMN, datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)),
        (
            "this month",
            datetime(2026, 12, 31, 22, tzinfo=UTC),
            datetime(2026, 11, 30, 23, tzinfo=UTC),
            datetime(2026, 12, 31, 23, tzinfo=UTC),
        ),
    ],
)
def test_this_week_and_month_begin_and_end_at_midnight(
    text: str, now: datetime, after: datetime, before: datetime
) -> None:
    found = query(text, now)
    assert (found.after, found.before) == (after, before)


def test_asking_again_moves_the_last_day_on_and_leaves_named_times() -> None:
    later = AFTER_AUTUMN + timedelta(hours=5)
    assert renewed(query("failed", AFTER_AUTUMN), later) == query("failed", later)
    assert renewed(query("failed today", AFTER_AUTUMN), later) == query("failed today", AFTER_AUTUMN)


@pytest.mark.parametrize("text", ["since 2026-01-01", "before monday"])
def test_asking_for_more_than_acronis_keeps_is_said(text: str) -> None:
    assert "Acronis keeps 90 days" in understood(query(text, AFTER_AUTUMN), BERLIN, AFTER_AUTUMN)


@pytest.mark.parametrize("text", ["last 89 days", "running", "failed"])
def test_asking_for_what_acronis_keeps_needs_no_word(text: str) -> None:
    assert "keeps" not in understood(query(text, AFTER_AUTUMN), BERLIN, AFTER_AUTUMN)


@pytest.mark.parametrize("text", ["between 02:00 and 03:00", "between 2:15 am and 2:45 am", "from 2am to 3am"])
def test_between_two_times_that_clocks_jumped_over_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="Clocks were put forward over that time"):
        query(text, AFTER_SPRING)


def test_between_a_time_that_clocks_jumped_over_and_a_later_one_stays_on_that_day() -> None:
    found = query("between 02:30 and 03:30", AFTER_SPRING)
    assert (found.after, found.before) == (
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    )
