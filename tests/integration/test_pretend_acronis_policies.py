"""Plans of the pretend Acronis with their settings, and that runs start when these say so (plans §4, §5)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.sandbox.acronis.schedules import BackupSet, next_start, read_sets, starts
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE, SECOND
from tests.integration.pretending import Visitor, visiting

API = "/api/policy_management/v4"
VIENNA = ZoneInfo("Europe/Vienna")
START = int(datetime(2026, 6, 10, 9, 30, tzinfo=UTC).timestamp()) * SECOND


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting(World(now=lambda: START, kind="rhythm")) as guest:
        yield guest


async def asked(visitor: Visitor, path: str = "policies", **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await visitor.http.get(f"{API}/{path}", params=params)).raise_for_status().json()
    return body


async def backup(visitor: Visitor, plan: str) -> dict[str, Any]:
    (item,) = (await asked(visitor, search=plan, include_settings="true"))["items"]
    found: dict[str, Any] = next(each for each in item["policy"] if each["type"] == "policy.backup.machine")
    return found


def utc(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("plan", "schedule"),
    [
        ("Vienna workdays", {"type": "weekly", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}),
        ("Vienna hourly", {"type": "hourly", "repeat_every": {"type": "hours", "count": 1}}),
        ("Vienna monthly", {"type": "monthly", "monthdays": [1, 15], "include_last_day_of_month": True}),
        ("Vienna half", {"type": "daily", "repeat_at": [{"hour": 2, "minute": 30}]}),
        (
            "SQL every 4 hours",
            {"type": "weekly", "repeat_at": [{"hour": hour, "minute": 10} for hour in range(0, 24, 4)]},
        ),
        ("Hourly file servers", {"type": "hourly", "time_from": {"hour": 0, "minute": 5}}),
        ("Weekly full", {"type": "weekly", "weekdays": ["sun"], "repeat_at": [{"hour": 2, "minute": 0}]}),
    ],
)
async def test_settings_describe_the_schedule(visitor: Visitor, plan: str, schedule: dict[str, Any]) -> None:
    scheduling = (await backup(visitor, plan))["settings"]["scheduling"]
    assert scheduling["enabled"]
    (found,) = [each["schedule"] for each in scheduling["backup_sets"]]
    assert found["type"] == schedule.pop("type")
    assert found["alarms"]["time"] | schedule == found["alarms"]["time"]


async def test_settings_tell_delay_retries_conditions_and_alerts(visitor: Visitor) -> None:
    settings = (await backup(visitor, "Vienna workdays"))["settings"]
    assert settings["alerts"] == {"enabled": True, "max_days_without_backup": 5}
    scheduling = settings["scheduling"]
    assert scheduling["rand_max_delay"] == {"type": "minutes", "count": 30}
    assert scheduling["task_failure"] == {
        "enabled": True,
        "interval": {"type": "hours", "count": 1},
        "max_attempts": 12,
    }
    assert scheduling["backup_sets"][0]["schedule"]["conditions"] == {"user_idle": True}
    assert len((await backup(visitor, "Vienna full"))["settings"]["scheduling"]["backup_sets"]) == 2
    assert not (await backup(visitor, "Vienna by hand"))["settings"]["scheduling"]["enabled"]


async def test_settings_come_only_when_asked_for(visitor: Visitor) -> None:
    plain = (await asked(visitor, search="Vienna hourly"))["items"][0]["policy"][1]
    full = (await asked(visitor, search="Vienna hourly", include_settings="true"))["items"][0]["policy"][1]
    lean = await asked(visitor, search="Vienna hourly", include_settings="true", include_settings_constraints="false")
    assert "settings" not in plain
    assert full.keys() - lean["items"][0]["policy"][1].keys() == {"settings_constraints"}


async def test_roots_and_the_workloads_of_a_plan(visitor: Visitor) -> None:
    items = (await asked(visitor, parent_ids="", include_applied_context="true", search="Vienna half"))["items"]
    assert [[each["type"] for each in item["policy"]] for item in items] == [["policy.protection.total"]]
    assert len(items[0]["context"]["items"]) == 3


async def test_a_forbidden_api_names_its_scope(visitor: Visitor) -> None:
    visitor.control.forbid("policies")
    answer = await visitor.http.get(f"{API}/policies")
    assert answer.json()["context"]["required_scope"] == "urn:acronis.com::policy_management:66:read"
    assert (await visitor.http.get(f"{API}/applications")).status_code == 200, "each is forbidden by itself"


async def test_an_application_carries_its_times(visitor: Visitor) -> None:
    groups = (await asked(visitor, "applications", policy_type="policy.backup.machine", limit=1000))["items"]
    assert all(len(group) == 1 for group in groups)
    timed = [group[0] for group in groups if "next_run_time" in group[0]]
    assert len(timed) == len(groups) - 1, "one plan is started by hand"
    assert {"last_run_time", "last_success_time", "deployment"} < timed[0].keys()


def test_runs_start_when_the_settings_say() -> None:
    """Every run comes within the random delay after a clock time that the settings name; or it is a plan's retry."""
    world = World(now=lambda: START, kind="rhythm")
    found = [one for one in world.fleet.applications.values() if one.one.plan.described()]
    assert {one.one.workload.tenant.zone for one in found} == {"UTC", "Europe/Vienna"}
    first = 0
    for one in found:
        plan, zone = one.one.plan, one.one.workload.tenant.zone
        sets = read_sets({"backup_sets": [each.written() for each in plan.described()]})
        late = max(plan.delay, one.one.stagger) + 2 * SECOND
        ours = [run for run in one.runs.values() if run.by == "BY_SCHEDULE" and run.lot % 10_000 != 9]
        first += sum(bool(starts(sets, zone, run.enqueued - late - 1, run.enqueued)) for run in ours)
    total = sum(len(one.runs) for one in found)
    assert total - first < total // 50, "the stories of the living world, and retries"


def test_a_beat_is_described_truthfully() -> None:
    for one in ASSIGNMENTS:
        found = starts(one.plan.described(), "UTC", START, START + 15 * DAY)
        assert found == [at - one.stagger for at in one.starts(START + one.stagger, START + 15 * DAY + one.stagger)]


def test_a_time_that_does_not_exist_comes_as_much_later() -> None:
    """2026-03-29, 02:00 becomes 03:00: 02:30 is 01:30 UTC, 03:30 on the wall."""
    half_past_two = [BackupSet("daily", (150,))]
    found = starts(half_past_two, "Europe/Vienna", utc(2026, 3, 28, 0, 0), utc(2026, 3, 31, 0, 0))
    assert found == [utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_comes_twice_counts_once() -> None:
    found = starts([BackupSet("daily", (150,))], "Europe/Vienna", utc(2026, 10, 24, 22, 0), utc(2026, 10, 26, 12, 0))
    assert found == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


@pytest.mark.parametrize(("day", "count"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_an_hourly_plan_goes_by_time_that_has_passed(day: tuple[int, int, int], count: int) -> None:
    first = int(datetime(*day, tzinfo=VIENNA).timestamp()) * SECOND
    found = starts([BackupSet("hourly", step=60, first=5)], "Europe/Vienna", first, first + count * HOUR)
    assert len(found) == count
    assert {later - earlier for earlier, later in pairwise(found)} == {HOUR}


def test_a_monthly_plan_on_the_last_day() -> None:
    sets = [BackupSet("monthly", (1320,), monthdays=(31,), last_day=True)]
    found = starts(sets, "UTC", utc(2026, 1, 1, 0, 0), utc(2026, 4, 1, 0, 0))
    assert [datetime.fromtimestamp(at // SECOND, UTC).day for at in found] == [31, 28, 31]
    assert next_start([BackupSet("monthly", (0,), monthdays=(30,), months=(2,))], "UTC", 0) is None


@pytest.mark.parametrize(
    "scheduling",
    [
        None,
        {},
        {"enabled": False, "backup_sets": [{}]},
        {"backup_sets": [{}]},
        {"backup_sets": [{"schedule": {"type": "lunar", "alarms": {"time": {}}}}]},
        {"backup_sets": 5},
    ],
)
def test_a_schedule_that_is_not_understood_starts_nothing(scheduling: Any) -> None:
    assert read_sets(scheduling) == ()


def test_midnight_may_be_written_as_24_o_clock() -> None:
    found = starts([BackupSet("daily", (1440,))], "UTC", utc(2026, 1, 1, 1, 0), utc(2026, 1, 1, 1, 0) + DAY + MINUTE)
    assert found == [utc(2026, 1, 2, 0, 0)]
