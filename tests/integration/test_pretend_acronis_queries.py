"""The filters, orders and levels of detail of the pretend Acronis (reference §4 to §7.1)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.pretending import API, Visitor, raw_task, visiting

# The same moment in each form that the guide lists
MOMENT = "2022-06-01T10:00:00Z"
FORMS = [
    MOMENT,
    "2022-06-01T12:00:00+02:00",
    "2022-06-01T10:00:00.000000000Z",
    "Wed, 01 Jun 2022 10:00:00 GMT",
    "Wed, 01 Jun 2022 12:00:00 +0200",
    "Wednesday, 01-Jun-22 10:00:00 GMT",
    "Wed Jun  1 10:00:00 2022",
    "1654077600",
    "1654077600000000000ns",
]
TASKS = [
    raw_task(
        1, resource={"id": "AA", "type": "machine", "name": "SRV-SQL01"}, result={"code": "error"}, tags=["x", "y"]
    ),
    raw_task(2, policy={"id": "p1", "type": "backup", "name": "Nightly Servers"}, priority="high", workflowId=9),
    raw_task(3, type="UserMailboxBackup", startedByUser="Jane Admin", executor={"id": "e1", "clusterId": ""}),
    raw_task(4, state="started", completedAt=None, result=None, priority="low", queue="c2c"),
    raw_task(5, state="paused", completedAt="", result={}, affinity={"agentId": "a1", "clusterId": "c1"}),
]
ACTIVITIES = [
    raw_task(11, taskId=1, createdAt=MOMENT, sustainable=True),
    raw_task(12, taskId=1, parentActivityId=11, createdAt="2022-06-01T10:00:02Z"),
    raw_task(13, taskId=2, createdAt="2022-06-02T10:00:00Z"),
]


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        guest.control.add(TASKS, ACTIVITIES)
        yield guest


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"id": [1, 3]}, [1, 3]),
        ({"uuid": "00000000-0000-4000-8000-000000000002"}, [2]),
        ({"type": "UserMailboxBackup"}, [3]),
        ({"type": "usermailboxbackup"}, []),
        ({"state": ["started", "paused"]}, [4, 5]),
        ({"state": "completed", "resultCode": "error"}, [1]),
        ({"resultCode": ["error", "ok"]}, [1, 2, 3]),
        ({"startedBy": "Jane Admin"}, [3]),
        ({"startedBy": "like(jane)"}, [3]),
        ({"policyId": "p1"}, [2]),
        ({"policyType": "backup"}, [2]),
        ({"policyName": "like(SERVERS)"}, [2]),
        ({"policyName": "Nightly"}, []),
        ({"resourceId": "AA"}, [1]),
        ({"resourceType": "machine"}, [1]),
        ({"resourceName": ["like(sql)", "other"]}, [1]),
        ({"workflowId": "9"}, [2]),
        ({"tag": "y"}, [1]),
        ({"tag": ["z", "x"]}, [1]),
        ({"executorId": "e1"}, [3]),
        ({"queue": "c2c"}, [4]),
        ({"priority": ["high", "low"]}, [2, 4]),
        ({"affinityAgentId": "a1"}, [5]),
        ({"affinityClusterId": "c1"}, [5]),
        ({"type": "like(User)"}, []),
    ],
)
async def test_filters_find_exactly(visitor: Visitor, params: dict[str, Any], expected: list[int]) -> None:
    """Several values of a key mean any of them; different keys all hold; rows without the field never match."""
    assert await visitor.ids(**params) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"taskId": "1"}, [11, 12]),
        ({"taskId": ["1", "2"], "parentActivityId": "11"}, [12]),
        ({"sustainable": "true"}, [11]),
        ({"createdAt": f"gt({MOMENT})"}, [12, 13]),
        ({"queue": "nothing", "priority": "nonsense"}, [11, 12, 13]),
    ],
)
async def test_activities_have_filters_of_their_own(
    visitor: Visitor, params: dict[str, Any], expected: list[int]
) -> None:
    assert await visitor.ids("activities", **params) == expected


async def test_uuids_are_matched_in_either_case(visitor: Visitor) -> None:
    visitor.control.add([raw_task(7, uuid="AbCdEf00-0000-4000-8000-000000000007")])
    for text in ("abcdef00-0000-4000-8000-000000000007", "ABCDEF00-0000-4000-8000-000000000007"):
        assert await visitor.ids(uuid=text) == [7]


@pytest.mark.parametrize("form", FORMS)
async def test_times_may_be_written_in_six_forms(visitor: Visitor, form: str) -> None:
    assert await visitor.ids(enqueuedAt=f"eq({form})") == [1, 2, 3, 4, 5]
    assert await visitor.ids(enqueuedAt=form) == [1, 2, 3, 4, 5]
    assert await visitor.ids(enqueuedAt=f"gt({form})") == []


async def test_bounds_are_exact_to_the_nanosecond(visitor: Visitor) -> None:
    stamps = {21: "2023-01-01T00:00:00.000000001Z", 22: "2023-01-01T00:00:00.000000002Z", 23: "2023-01-01T00:00:00.1Z"}
    visitor.control.add([raw_task(key, updatedAt=stamp) for key, stamp in stamps.items()])
    second = stamps[22]
    assert await visitor.ids(updatedAt=f"gt({second})") == [23]
    assert await visitor.ids(updatedAt=f"ge({second})") == [22, 23]
    assert await visitor.ids(updatedAt=[f"lt({second})", "gt(2022-12-31T00:00:00Z)"]) == [21]
    assert await visitor.ids(updatedAt=[f"le({second})", "ge(1672531200)"]) == [21, 22]


async def test_a_row_without_the_time_never_matches(visitor: Visitor) -> None:
    assert await visitor.ids(completedAt="gt(2000-01-01T00:00:00Z)") == [1, 2, 3]
    assert await visitor.ids(completedAt="lt(2100-01-01T00:00:00Z)") == [1, 2, 3]


async def test_a_raw_query_with_bare_parentheses_is_understood(visitor: Visitor) -> None:
    """As curl sends it. httpx would encode, so the target is written as bytes."""
    target = f"{API}/tasks?completedAt=gt(2022-06-01T10:00:00Z)&order=desc(id)&limit=1".encode()
    url = httpx.URL(visitor.running.url).copy_with(raw_path=target)
    answer = await visitor.http.get(url)
    assert [item["id"] for item in answer.json()["items"]] == [3]
    assert visitor.control.requests()[-1]["query"] == target.decode().partition("?")[2]


@pytest.mark.parametrize(
    "params",
    [
        {"state": "running"},
        {"state": ""},
        {"resultCode": "failed"},
        {"priority": "urgent"},
        {"id": "abc"},
        {"id": "1.5"},
        {"uuid": "abc"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"lod": "everything"},
        {"order": "desc(resourceName)"},
        {"order": "startedAt"},
        {"order": "up(startedAt)"},
        {"startedAt": "between(1,2)"},
        {"startedAt": "gt(yesterday)"},
        {"startedAt": "gt()"},
        {"startedAt": "gt(2022-06-01T00:00:00Z"},
        {"startedAt": "gt(2022-06-31T00:00:00Z)"},
        {"startedAt": "gt(2022-06-01T12:00:00 02:00)"},
        {"startedAt": "gt(2022-06-01)"},
        {"policyName": "like()"},
        {"policyName": "like(x"},
        {"executorId": ["a", "b"]},
        {"allow_deleted": "yes"},
    ],
)
async def test_broken_values_are_a_400(visitor: Visitor, params: dict[str, Any]) -> None:
    """A plus sign that was not encoded has become a blank by then: that is a broken time."""
    assert next(iter(params)) in await visitor.refused(**params)


async def test_parameters_that_do_not_exist_are_ignored(visitor: Visitor) -> None:
    """So a bot that invents a filter gets everything: it has to look for itself."""
    assert await visitor.ids(tenant="1", status="running", createdAt="nonsense", q="x") == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("desc(id)", [5, 4, 3, 2, 1]),
        ("desc(priority)", [2, 1, 3, 5, 4]),
        (["asc(state)", "desc(id)"], [3, 2, 1, 5, 4]),
        ("asc(state)desc(id)", [3, 2, 1, 5, 4]),
        ("asc(state),desc(id)", [3, 2, 1, 5, 4]),
        ("asc(completedAt)", [4, 5, 1, 2, 3]),
        ("asc(type)", [1, 2, 4, 5, 3]),
    ],
)
async def test_orders_apply_one_after_the_other(visitor: Visitor, order: str | list[str], expected: list[int]) -> None:
    assert await visitor.ids(order=order) == expected


async def test_levels_of_detail_leave_out_more_and_more(visitor: Visitor) -> None:
    visitor.control.add([raw_task(9, context={"title": "t"}, argument={})])
    keys = {
        level: set((await visitor.items(id=9, lod=level))[0]) for level in ("tiny", "short", "long", "full", "debug")
    }
    assert keys["tiny"] == {"id", "idString", "uuid", "state"}
    assert keys["short"].isdisjoint({"type", "tenant", "context"})
    assert keys["short"] > keys["tiny"] | {"result", "updatedAt"}
    assert keys["full"] - keys["long"] == {"context", "argument"}
    assert keys["full"] == keys["debug"]
    assert await visitor.page(lod="count", state="completed") == {"count": 4}


async def test_one_object_comes_by_its_decimal_id(visitor: Visitor) -> None:
    assert (await visitor.ask("tasks/3")).json()["type"] == "UserMailboxBackup"
    assert (await visitor.ask("activities/12", lod="tiny")).json().keys() == {"id", "idString", "uuid", "state"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("tasks/99", 404), ("tasks/11", 404), ("activities/1", 404), ("tasks/abc", 400), ("tasks/1?lod=count", 400)],
)
async def test_an_unknown_or_broken_id_is_refused_with_a_domain_error(visitor: Visitor, path: str, status: int) -> None:
    answer = await visitor.http.get(f"{API}/{path}")
    assert (answer.status_code, answer.json()["domain"]) == (status, "TaskManager")


async def test_other_paths_and_methods_do_not_exist(visitor: Visitor) -> None:
    assert (await visitor.ask("tasks/1/cancel")).status_code == 404
    assert (await visitor.http.post(f"{API}/tasks")).status_code == 405


async def test_deleted_objects_show_only_when_asked_for(visitor: Visitor) -> None:
    visitor.control.delete("2")
    assert await visitor.ids() == [1, 3, 4, 5]
    assert await visitor.ids(allow_deleted="true") == [1, 2, 3, 4, 5]
    assert (await visitor.ask("tasks/2")).status_code == 404
    assert (await visitor.ask("tasks/2", allow_deleted="true")).status_code == 200
