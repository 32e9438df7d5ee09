"""A plan's settings are read as its schedule, or it is said why they cannot be (bot/acronis/schedules.py, days.py)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.acronis.schedules import timing_of
from bot.model.plans import Retry, Schedule, StartTimes
from tests.integration.acronis.samples import scheduling, settings

AT_NINE = [{"hour": 21, "minute": 0}]
NINE = (1260,)


def hours(count: Any, kind: str = "hours") -> dict[str, Any]:
    return {"type": kind, "count": count}


def read(time: Any = None, kind: str = "weekly", **changes: Any) -> Schedule | None:
    """The schedule of a plan with this time; it must be known why there is none."""
    timing = timing_of({"scheduling": scheduling(time, kind, **changes)})
    assert timing.schedule or timing.why_unknown
    return timing.schedule


def sets(time: Any, kind: str) -> tuple[StartTimes, ...]:
    found = read(time, kind)
    return found.sets if found else ()


def why(scheduled: Any) -> str:
    """Why a schedule is not known; it must not be known."""
    timing = timing_of({"scheduling": scheduled})
    assert timing.schedule is None
    return timing.why_unknown


# ── what can be read ──


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (["mon", "fri"], {0, 4}),
        (["MONDAY", "Sunday"], {0, 6}),
        (["mon", "tue", "wed", "thu", "fri", "sat", "sun"], set(range(7))),
        ("sat", {5}),
    ],
)
def test_a_weekly_plan_has_its_days(days: Any, found: set[int]) -> None:
    assert sets({"weekdays": days, "repeat_at": AT_NINE}, "weekly") == (StartTimes(NINE, weekdays=frozenset(found)),)


@pytest.mark.parametrize(
    ("at", "minutes"),
    [
        ([{"hour": 21, "minute": 0}, {"hour": 3, "minute": 30}, {"hour": 21}], (210, 1260)),
        ([{"hour": "3", "minute": "05"}], (185,)),
        ([{"minute": 30}], (30,)),
        (["04:10", "23:59:59"], (250, 1439)),
        ([{"hour": 0, "minute": 0, "second": 59}], (0,)),
        ([{"hour": 7.0, "minute": 0}], (420,)),
    ],
)
def test_times_of_day_are_read_in_each_form(at: Any, minutes: tuple[int, ...]) -> None:
    assert sets({"repeat_at": at}, "daily") == (StartTimes(minutes),)


@pytest.mark.parametrize(
    ("time", "minutes"),
    [
        ({"repeat_every": hours(4)}, tuple(range(0, 1440, 240))),
        ({"repeat_every": hours("6"), "time_from": {"hour": 1}}, (60, 420, 780, 1140)),
        ({"repeat_every": hours(90, "MINUTES"), "time_from": {"hour": 8}, "time_to": {"hour": 12}}, (480, 570, 660)),
        ({"repeat_every": hours(1), "time_from": "22:00", "time_to": "22:00"}, (1320,)),
        ({"repeat_every": hours(24), "time_from": {"hour": 3, "minute": 0}}, (180,)),
        ({"repeat_every": hours(1, "day")}, (0,)),
        ({"repeat_at": AT_NINE}, NINE),
    ],
)
@pytest.mark.parametrize("kind", ["hourly", "HOURLY", "interval"])
def test_an_hourly_plan_starts_from_and_to(time: dict[str, Any], minutes: tuple[int, ...], kind: str) -> None:
    assert sets(time, kind) == (StartTimes(minutes),)


def test_hours_past_midnight_are_of_the_next_day() -> None:
    time = {"repeat_every": hours(2), "time_from": "21:00", "time_to": "03:00", "weekdays": ["fri", "sun"]}
    assert sets(time, "hourly") == (
        StartTimes((1260, 1380), weekdays=frozenset({4, 6})),
        StartTimes((60, 180), weekdays=frozenset({5, 0})),
    )


@pytest.mark.parametrize(
    ("time", "found"),
    [
        ({"monthdays": [1, 15]}, [StartTimes(NINE, month_days=frozenset({1, 15}))]),
        ({"monthdays": [], "include_last_day_of_month": True}, [StartTimes(NINE, month_days=frozenset({-1}))]),
        ({"monthdays": ["1", "last"]}, [StartTimes(NINE, month_days=frozenset({1, -1}))]),
        ({"days_of_month": [-1]}, [StartTimes(NINE, month_days=frozenset({-1}))]),
        (
            {"weekdays": ["sat"], "weeks": ["first", "last"]},
            [StartTimes(NINE, weekdays=frozenset({5}), weeks=frozenset({1, -1}))],
        ),
        ({"weekdays": ["tue"], "week_of_month": 2}, [StartTimes(NINE, weekdays=frozenset({1}), weeks=frozenset({2}))]),
        (
            {"monthdays": [1], "weekdays": ["sat"], "weeks": [-1], "months": ["jan", 7, "October"]},
            [
                StartTimes(NINE, month_days=frozenset({1}), months=frozenset({1, 7, 10})),
                StartTimes(NINE, weekdays=frozenset({5}), months=frozenset({1, 7, 10}), weeks=frozenset({-1})),
            ],
        ),
        (
            {"monthdays": [31], "months": list(range(1, 13)), "repeat_every": hours(30, "minutes"), "weekdays": []},
            [StartTimes(NINE, month_days=frozenset({31}))],
        ),
    ],
)
def test_a_monthly_plan_has_days_or_weekdays(time: dict[str, Any], found: list[StartTimes]) -> None:
    assert sets({"repeat_at": AT_NINE, **time}, "monthly") == tuple(found)


@pytest.mark.parametrize(
    "scheduled",
    [
        {"backup_sets": [{"type": "auto", "time": {"type": "WEEKLY", "weekdays": ["FRIDAY"], "repeat_at": AT_NINE}}]},
        {"backup_sets": [{"schedule": {"alarms": {"time": {"weekdays": ["fri"], "repeat_at": AT_NINE}}}}]},
        {"backup_sets": [{"schedule": {"alarms": [{"time": {"weekdays": ["fri"], "repeat_at": AT_NINE}}]}}]},
        {"backup_sets": [{"schedule": {"type": "weekly", "time": {"weekdays": ["fri"], "repeat_at": AT_NINE}}}]},
        {"backup_sets": [{"schedule": {"type": "weekly", "weekdays": ["fri"], "repeat_at": AT_NINE}}]},
        {"backup_sets": [{"schedule": {"alarms": {"time": {"weekdays": ["fri"], "repeat_at": AT_NINE}, "boot": {}}}}]},
    ],
)
def test_a_time_is_found_where_it_stands(scheduled: dict[str, Any]) -> None:
    found = timing_of({"scheduling": scheduled}).schedule
    assert found
    assert found.sets == (StartTimes(NINE, weekdays=frozenset({4})),)


def test_several_sets_are_one_schedule() -> None:
    full = scheduling({"monthdays": [1], "repeat_at": AT_NINE}, "monthly")["backup_sets"]
    daily = scheduling({"repeat_at": [{"hour": 1}]}, "daily")["backup_sets"]
    found = timing_of({"scheduling": {"backup_sets": [*full, *daily, *daily]}}).schedule
    assert found
    assert found.sets == (StartTimes(NINE, month_days=frozenset({1})), StartTimes((60,)))


@pytest.mark.parametrize(
    ("delay", "found"),
    [
        (hours(30, "minutes"), timedelta(minutes=30)),
        (hours("90", "SECONDS"), timedelta(seconds=90)),
        (hours(0), timedelta()),
        ({**hours(2), "enabled": False}, timedelta()),
        (None, timedelta()),
        ({}, timedelta()),
    ],
)
def test_the_random_delay_is_read_in_either_place(delay: Any, found: timedelta) -> None:
    outer, inner = read(rand_max_delay=delay), read({"repeat_at": AT_NINE, "rand_max_delay": delay}, "daily")
    assert outer
    assert inner
    assert (outer.random_delay, inner.random_delay) == (found, found)


@pytest.mark.parametrize(
    ("conditions", "is_conditional"),
    [
        ({}, False),
        (None, False),
        ([], False),
        ({"battery": None, "idle": {"enabled": False}}, False),
        ({"battery": {"enabled": True}}, True),
        ({"user_idle": {}, "window": {"from": 1}}, True),
        ([{"type": "battery"}], True),
        (True, True),
    ],
)
def test_a_condition_may_leave_a_start_out(conditions: Any, is_conditional: bool) -> None:
    scheduled = scheduling()
    scheduled["backup_sets"][0]["schedule"]["conditions"] = conditions
    found = timing_of({"scheduling": scheduled}).schedule
    assert found
    assert found.is_conditional is is_conditional


@pytest.mark.parametrize(
    "given_settings",
    [
        {"compression": "normal"},
        {"scheduling": None},
        {"scheduling": scheduling(enabled=False)},
        {"scheduling": scheduling(scheme="manual")},
        {"scheduling": scheduling({}, "manual")},
    ],
)
def test_a_plan_that_is_run_by_hand_has_no_schedule_and_nothing_is_wrong(given_settings: dict[str, Any]) -> None:
    timing = timing_of(given_settings)
    assert (timing.schedule, timing.why_unknown) == (None, "")


# ── what cannot be read ──


@pytest.mark.parametrize(
    ("scheduled", "word"),
    [
        (scheduling(kind="when_a_usb_stick_comes"), "does not know (when_a_usb_stick_comes)"),
        (scheduling(kind="once"), "does not know"),
        ({"enabled": True, "backup_sets": []}, "is empty"),
        ({"enabled": True, "backup_sets": None}, "is empty"),
        ({"enabled": True}, "is empty"),
        ({"backup_sets": [7]}, "cannot read"),
        ({"backup_sets": [{}]}, "no time of day"),
        ({"backup_sets": [{"schedule": {"alarms": {"on_startup": {}}}}]}, "by the clock (on_startup)"),
        (
            {"backup_sets": [{"schedule": {"alarms": {"since_last_exec_time": {"delay": hours(4)}}}}]},
            "by the clock (since_last_exec_time)",
        ),
        (7, "cannot read"),
        ([], "cannot read"),
        ("daily", "cannot read"),
    ],
)
def test_a_schedule_of_another_form_is_unknown_in_words(scheduled: Any, word: str) -> None:
    assert word in why(scheduled)


@pytest.mark.parametrize(
    "at",
    [
        [{"hour": 24, "minute": 0}],
        [{"hour": 23, "minute": 60}],
        [{"hour": -1, "minute": 0}],
        [{"hour": 10**400, "minute": 0}],
        [{"hour": 1e308, "minute": 0}],
        [{"hour": 7.5, "minute": 0}],
        [{"hour": True, "minute": 0}],
        [{"hour": "nine", "minute": 0}],
        [{"hour": None}],
        ["24:00"],
        ["9"],
        ["25:61"],
        ["21:00", "x" * 10**6],
        [{}],
        [[]],
        [None],
        [],
        "21:00",
        {"hour": 21},
        [{"hour": 1, "minute": 0}] * 2000,
    ],
)
@pytest.mark.parametrize("kind", ["daily", "hourly"])
def test_a_time_that_no_day_has_is_unknown(at: Any, kind: str) -> None:
    assert why(scheduling({"repeat_at": at}, kind))


@pytest.mark.parametrize(
    "time",
    [
        {"repeat_every": hours(0)},
        {"repeat_every": hours(-1)},
        {"repeat_every": hours(25)},
        {"repeat_every": hours(30, "seconds")},
        {"repeat_every": hours(1, "fortnights")},
        {"repeat_every": hours(10**400)},
        {"repeat_every": hours(2.5)},
        {"repeat_every": hours(None)},
        {"repeat_every": 4},
        {"repeat_every": hours(4), "time_from": {"hour": 24}},
        {"repeat_every": hours(4), "time_to": {"hour": 24, "minute": 0}},
        {"repeat_every": hours(4), "time_from": {}},
        {"repeat_every": hours(4), "weekdays": ["mon", "noday"]},
        {"repeat_every": hours(4), "months": [13]},
        {"repeat_every": hours(4), "months": [0]},
        {"repeat_every": hours(4), "months": ["smarch"]},
    ],
)
def test_an_hourly_plan_that_makes_no_sense_is_unknown(time: dict[str, Any]) -> None:
    assert why(scheduling(time, "hourly"))


@pytest.mark.parametrize(
    ("time", "kind"),
    [
        ({"repeat_at": AT_NINE}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": []}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": ["noday"]}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": ["wedding"]}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": [0, 1]}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": {"mon": True}}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": ["mon"] * 1000}, "weekly"),
        ({"repeat_at": AT_NINE, "weekdays": ["mon"], "repeat_every": hours(2, "weeks")}, "weekly"),
        ({"repeat_at": AT_NINE, "repeat_every": hours(2, "days")}, "daily"),
        ({"repeat_at": AT_NINE, "repeat_every": hours(2, "moons")}, "daily"),
        ({"repeat_at": AT_NINE}, "monthly"),
        ({"repeat_at": AT_NINE, "weekdays": ["mon"]}, "monthly"),
        ({"repeat_at": AT_NINE, "weeks": ["first"]}, "monthly"),
        ({"repeat_at": AT_NINE, "monthdays": [0]}, "monthly"),
        ({"repeat_at": AT_NINE, "monthdays": [32]}, "monthly"),
        ({"repeat_at": AT_NINE, "monthdays": ["x"]}, "monthly"),
        ({"repeat_at": AT_NINE, "weekdays": ["mon"], "weeks": [6]}, "monthly"),
        ({"repeat_at": AT_NINE, "weekdays": ["mon"], "weeks": ["every"]}, "monthly"),
        ({"repeat_every": hours(4), "time_from": "22:00", "time_to": "3:00", "monthdays": [1]}, "monthly"),
    ],
)
def test_days_that_make_no_sense_are_unknown(time: dict[str, Any], kind: str) -> None:
    assert why(scheduling(time, kind))


@pytest.mark.parametrize("delay", [hours(-1), hours(5, "moons"), hours(10**400), hours(None), 30, "30m", hours(9000)])
def test_a_delay_of_unknown_length_makes_a_schedule_unknown(delay: Any) -> None:
    assert "random delay" in why(scheduling(rand_max_delay=delay))


def test_one_set_that_cannot_be_read_makes_the_whole_schedule_unknown() -> None:
    known, odd = scheduling()["backup_sets"], scheduling(kind="odd")["backup_sets"]
    assert why({"backup_sets": [*known, *odd]})
    assert why({"backup_sets": known * 1000})
    assert why(
        {"backup_sets": [{"schedule": {"type": "hourly", "alarms": [{"time": {"repeat_every": hours(1)}}] * 40}}] * 4}
    )


@pytest.mark.parametrize("odd", [None, {}, [], "x", 7, True])
def test_settings_that_are_not_shown_are_told(odd: Any) -> None:
    assert timing_of(odd).why_unknown == "Acronis does not show its settings"


# ── retries and alerts ──


def test_a_plan_tries_again_and_warns_after_days() -> None:
    timing = timing_of(settings())
    assert (timing.retry, timing.most_days) == (Retry(timedelta(hours=1), 12), 5)


@pytest.mark.parametrize(
    "failure",
    [
        None,
        {},
        7,
        {"enabled": False, "interval": hours(1), "max_attempts": 3},
        {"enabled": True, "interval": hours(0), "max_attempts": 3},
        {"enabled": True, "interval": hours(1), "max_attempts": 0},
        {"enabled": True, "interval": hours(1), "max_attempts": 10**400},
        {"enabled": True, "interval": hours(1), "max_attempts": "x"},
        {"enabled": True, "interval": "1h", "max_attempts": 3},
    ],
)
def test_a_retry_that_cannot_be_read_is_none(failure: Any) -> None:
    assert timing_of({"scheduling": scheduling(task_failure=failure)}).retry is None


@pytest.mark.parametrize("alerts", [None, 7, {"enabled": False, "max_days_without_backup": 5}, {"enabled": True}])
def test_no_alert_after_days_is_none(alerts: Any) -> None:
    assert timing_of({"alerts": alerts, "scheduling": None}).most_days is None


# ── whatever comes ──

NAMES = [
    "scheduling",
    "backup_sets",
    "schedule",
    "alarms",
    "time",
    "type",
    "repeat_at",
    "repeat_every",
    "hour",
    "minute",
    "weekdays",
    "monthdays",
    "weeks",
    "months",
    "count",
    "rand_max_delay",
    "conditions",
    "enabled",
    "task_failure",
    "interval",
    "max_attempts",
    "alerts",
    "max_days_without_backup",
    "time_from",
    "time_to",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(JSON, JSON, st.sampled_from(["hourly", "daily", "weekly", "monthly", ""]))
def test_nothing_raises_and_each_time_is_one_of_a_day(anything: Any, time: Any, kind: str) -> None:
    for given_settings in (anything, {"scheduling": anything}, {"scheduling": scheduling(time or {}, kind)}):
        timing = timing_of(given_settings)
        starts = timing.schedule.sets if timing.schedule else ()
        assert all(start.minutes for start in starts)
        assert all(0 <= minute < 1440 for start in starts for minute in start.minutes)
        assert all(start.weekdays <= set(range(7)) for start in starts)
