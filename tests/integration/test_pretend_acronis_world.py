"""The living world behind the pretend Acronis: what it holds, how it moves, and that a seed makes it the same again."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.query import find, read_query
from bot.sandbox.acronis.table import TIME_FIELDS, Row
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE, SECOND, coarse, read_stamp, write_duration, write_stamp

START = int(datetime(2026, 6, 10, 9, 30, tzinfo=UTC).timestamp()) * SECOND


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def living(seed: int = 1) -> tuple[World, Clock]:
    clock = Clock()
    return World(seed, clock), clock


@pytest.fixture(scope="module")
def tasks() -> list[dict[str, Any]]:
    return found(living()[0])


@pytest.fixture(scope="module")
def activities() -> list[dict[str, Any]]:
    return found(living()[0], "activities")


def found(world: World, kind: str = "tasks", **filters: str) -> list[dict[str, Any]]:
    world.advance()
    return [row.raw for row in find(read_query(kind, list(filters.items())), world.table(kind))]


def test_the_same_seed_and_start_give_the_same_world(tasks: list[dict[str, Any]]) -> None:
    assert found(living()[0]) == tasks
    assert found(living(seed=2)[0]) != tasks


def test_four_weeks_hold_thousands_of_tasks(tasks: list[dict[str, Any]]) -> None:
    queued = [read_stamp(task["enqueuedAt"]) for task in tasks]
    assert 3_000 < len(tasks) < 6_000
    assert START - 28 * DAY - MINUTE < min(queued) < START - 27 * DAY


@pytest.mark.parametrize("kind", ["tasks", "activities"])
def test_the_times_of_what_is_not_written_yet_are_those_that_it_has_once_written(kind: str) -> None:
    rows = list(living()[0].table(kind))
    for row in rows:
        unwritten = {field: row.stamp(field) for field in TIME_FIELDS}
        assert unwritten == {field: Row(row.raw).stamp(field) for field in TIME_FIELDS}


def test_ids_are_long_odd_unique_and_carry_the_time(
    tasks: list[dict[str, Any]], activities: list[dict[str, Any]]
) -> None:
    """None of them survives a double: that is what public samples do not show."""
    assert len({task["id"] for task in tasks}) == len(tasks)
    assert len({activity["id"] for activity in activities}) == len(activities)
    for item in (*tasks, *activities):
        assert 18 <= len(item["idString"]) <= 19
        assert int(item["idString"]) == item["id"] != int(float(item["id"]))
    for task in tasks:
        assert abs(task["id"] / 4e9 + 1351441422.0 - read_stamp(task["enqueuedAt"]) / SECOND) < 2


def test_a_machine_backup_has_a_root_activity_and_a_child(
    tasks: list[dict[str, Any]], activities: list[dict[str, Any]]
) -> None:
    root = next(task for task in tasks if task["type"].startswith("D332948D") and task["state"] == "completed")
    own = [activity for activity in activities if activity["taskId"] == root["id"]]
    head, child = sorted(own, key=lambda activity: "parentActivityId" in activity)
    assert (head["id"], head["uuid"], head["context"]["IsProcessRoot"]) == (root["id"], root["uuid"], True)
    assert (child["parentActivityId"], child["context"]["parentUUID"]) == (root["id"], root["uuid"])
    assert child["type"].startswith("8F01AC13")
    assert "startedByUser" not in child


def test_some_child_runs_are_tasks_too_and_carry_the_same_failure(tasks: list[dict[str, Any]]) -> None:
    roots = {task["uuid"]: task for task in tasks}
    children = [task for task in tasks if "parentUUID" in (task["context"])]
    assert children
    assert all(child["context"]["IsProcessRoot"] is False for child in children)
    assert all(roots[child["context"]["parentUUID"]].get("result") == child.get("result") for child in children)


def test_management_records_share_id_and_uuid_with_their_activity(
    tasks: list[dict[str, Any]], activities: list[dict[str, Any]]
) -> None:
    by_id = {activity["id"]: activity for activity in activities}
    applied = [task for task in tasks if task["type"] == "policy.apply"]
    assert len(applied) > 10
    for task in applied:
        twin = by_id[task["id"]]
        assert (twin["uuid"], twin["taskId"]) == (task["uuid"], task["id"])
    downloads = [task for task in tasks if task["type"] == "Download"]
    assert downloads
    assert all(task["id"] not in by_id for task in downloads)


def test_it_varies_as_the_field_does(tasks: list[dict[str, Any]]) -> None:
    """GUID case, absent uuid of a tenant, absent `startedByUser` and `assignCount`, 0 to 9 fraction digits."""
    ids = {task["resource"]["id"] for task in tasks if "resource" in task}
    assert any(key != key.lower() and key.lower() in ids for key in ids)
    assert {"uuid" in task["tenant"] for task in tasks} == {True, False}
    assert {"startedByUser" in task for task in tasks} == {True, False}
    assert {"assignCount" in task for task in tasks} == {True, False}
    digits = {len(task["enqueuedAt"].rstrip("Z").partition(".")[2]) for task in tasks}
    assert digits == set(range(10))


def test_all_states_and_results_are_there(tasks: list[dict[str, Any]]) -> None:
    assert {task["state"] for task in tasks} == {"enqueued", "assigned", "started", "paused", "completed"}
    results = {task["result"]["code"] for task in tasks if "result" in task}
    assert results == {"ok", "error", "warning", "cancelled", "abandoned", "timedout"}
    blocked = next(task for task in tasks if task["state"] == "paused" and "blockers" in task)
    assert blocked["blockers"][0]["taskId"] == blocked["id"]
    assert all(("completedAt" in task) == (task["state"] == "completed") == ("result" in task) for task in tasks)


def test_microsoft_and_google_and_machines_run_under_plans(tasks: list[dict[str, Any]]) -> None:
    types = {task["type"] for task in tasks if task.get("policy", {}).get("type") == "backup"}
    assert types > {"UserMailboxBackup", "SPBackup", "ODBackup", "GSBackupGMail", "GSBackupGDrive"}
    assert any(task["type"].endswith("Restore") and "policy" not in task for task in tasks)
    assert {"WinScan", "AutoUpdateStandby", "agent.add"} < {task["type"] for task in tasks}


def test_the_last_day_has_failures_with_real_looking_errors() -> None:
    world, _ = living()
    failed = found(world, completedAt=f"gt({write_stamp(START - DAY)})", resultCode="error")
    texts = {task["result"].get("error", {}).get("context", {}).get("cause_str") for task in failed}
    assert len(texts) > 4
    assert any("restore" in task["type"].lower() or task["type"].startswith("08FF37D8") for task in failed)
    assert max(_depth(task["result"].get("error", {})) for task in failed) >= 15
    assert any(task["result"].get("error", {}).get("kbLink", {}).get("serCode") for task in failed)
    assert any("context" not in task["result"].get("error", {}) for task in failed)


def _depth(error: dict[str, Any]) -> int:
    chain = error.get("context", {}).get("_src", {})
    depth = 0
    while chain:
        chain, depth = chain["suberror"], depth + 1
    return depth


def test_one_customer_has_hostile_names(tasks: list[dict[str, Any]]) -> None:
    text = json.dumps(tasks, ensure_ascii=False)
    for part in ("<!channel>", "<!here>", "🔥", "\u202e", "A" * 256, "line\\nbreak", "gt(x), like(y)"):
        assert part in text


def test_running_tasks_move_with_time() -> None:
    world, clock = living()
    before = {task["id"]: task for task in found(world, state="started") if "current" in task["progress"]}
    clock.now += 4 * MINUTE
    after = {task["id"]: task for task in found(world, state="started")}
    moved = [(before[key], after[key]) for key in before.keys() & after.keys()]
    assert len(moved) >= 4
    for old, new in moved:
        assert new["progress"]["bytesProcessed"] > old["progress"]["bytesProcessed"]
        assert read_stamp(new["updatedAt"]) > read_stamp(old["updatedAt"])
        assert new["progress"]["leftTime"] != old["progress"]["leftTime"]
        assert sum(new["progress"]["bottleneck"].values()) == 100


def test_running_tasks_end_and_scheduled_ones_begin() -> None:
    world, clock = living()
    running = {task["id"] for task in found(world, state="started")}
    known = {task["id"] for task in found(world)}
    clock.now += 13 * HOUR
    later = {task["id"]: task for task in found(world)}
    fresh = [task for key, task in later.items() if key not in known]
    assert all(later[key]["state"] == "completed" for key in running)
    assert len(fresh) > 50
    assert {"started", "completed"} <= {task["state"] for task in fresh}


def test_it_comes_out_the_same_however_often_one_looks() -> None:
    once, clock = living()
    clock.now += 6 * HOUR
    often, other = living()
    while other.now < clock.now:
        other.now += 17 * MINUTE
        often.advance()
    other.now = clock.now
    assert sorted(_ended(once)) == sorted(_ended(often))


def _ended(world: World) -> list[str]:
    return [json.dumps(task) for task in found(world, state="completed")]


def test_an_ailing_resource_fails_day_after_day() -> None:
    world, clock = living()
    clock.now += 2 * DAY
    runs = found(world, resourceName="beta-srv-2", policyName="Daily", startedAt=f"gt({write_stamp(START - 3 * DAY)})")
    codes = {task["result"]["error"]["code"] for task in runs if "parentUUID" not in task["context"]}
    assert codes == {"MemoNotEnoughSpaceOnStorage"}


def test_an_empty_world_stays_empty() -> None:
    clock = Clock()
    world = World(1, clock, kind="empty")
    clock.now += 7 * DAY
    assert found(world) == []
    with pytest.raises(ValueError, match="desert"):
        World(kind="desert")


@pytest.mark.parametrize(
    ("text", "digits"),
    [("2022-06-01T10:00:00Z", 0), ("2022-06-01T10:00:00.5Z", 1), ("2022-06-01T10:00:00.000000001Z", 9)],
)
def test_stamps_are_written_without_trailing_zeros(text: str, digits: int) -> None:
    assert write_stamp(coarse(read_stamp(text), digits)) == text


def test_durations_are_written_as_go_does() -> None:
    lengths = (5143, 61, 10, -3)
    assert [write_duration(seconds * SECOND) for seconds in lengths] == ["1h25m43s", "1m1s", "10s", "0s"]
