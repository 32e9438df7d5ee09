"""Plans of the pretend Acronis: what lists say, who may run what, clients that speak as the vendor's examples do."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import httpx
import pytest

from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.sandbox.acronis.plans import BACKUP, ROOT, SCAN, parts_of
from tests.integration.pretending import CLIENT, Visitor, visiting

ACTING = ("sandbox-acting", "sandbox-acting-secret")
APPLICATIONS = "/api/policy_management/v4/applications"
RESOURCES = "/api/resource_management/v4/resources"
MACHINES = [one for one in ASSIGNMENTS if one.workload.is_machine]
SQL = next(one for one in MACHINES if (one.workload.name, one.plan.name) == ("SRV-SQL01", "Nightly servers"))
CHILD = parts_of(SQL.plan)[1].id


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """Has the token of the client that may act."""
    async with visiting() as guest:
        await act_as(guest, ACTING)
        yield guest


async def act_as(visitor: Visitor, client: tuple[str, str]) -> None:
    token = (await visitor.token(client)).json()["access_token"]
    visitor.http.headers["Authorization"] = f"Bearer {token}"


async def listed(visitor: Visitor, path: str = APPLICATIONS, **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await visitor.http.get(path, params=params)).raise_for_status().json()
    return body


async def run(visitor: Visitor, body: Any) -> httpx.Response:
    return await visitor.http.put(f"{APPLICATIONS}/run", json=body)


def asked(*contexts: str, policy: str = CHILD) -> dict[str, Any]:
    return {"state": "running", "policy_id": policy, "context_ids": list(contexts)}


async def vendors_call(visitor: Visitor, method: str, path: str, body: Any = None, **params: str) -> Any:
    """As `plans/start_plan_execution.py`: a base that ends in a slash and paths that begin with one; JSON is read."""
    url = f"{visitor.running.url}//{path.lstrip('/')}" + (f"?{urlencode(params)}" if params else "")
    headers = {"Authorization": visitor.http.headers["Authorization"], "Content-Type": "application/json"}
    request = Request(url, json.dumps(body).encode() if body else None, headers, method=method)

    def go() -> Any:
        with urlopen(request) as answer:
            return json.loads(answer.read())

    return await asyncio.to_thread(go)


async def test_the_vendors_example_that_starts_a_plan_goes_through(visitor: Visitor) -> None:
    """It takes the first machine and the first plan on it, and starts all of that plan there."""
    machine = (await vendors_call(visitor, "GET", RESOURCES, type="resource.machine"))["items"][0]["id"]
    listing = await vendors_call(visitor, "GET", APPLICATIONS, context_id=machine, policy_type=ROOT)
    policy = listing["items"][0][0]["policy"]
    plan = policy["parent_ids"][0] if policy.get("parent_ids") else policy["id"]
    body = {"state": "running", "policy_id": plan, "context_ids": [machine]}
    assert await vendors_call(visitor, "PUT", f"{APPLICATIONS}/run", body) == {}
    started = await visitor.items()
    assert {task["resource"]["id"].lower() for task in started} == {machine}
    assert len(started) == 2, "the backup and the scan"


async def test_the_vendors_example_that_starts_a_plan_hears_of_a_missing_right(visitor: Visitor) -> None:
    await act_as(visitor, CLIENT)
    with pytest.raises(HTTPError, match="403"):
        await vendors_call(visitor, "PUT", f"{APPLICATIONS}/run", asked(SQL.workload.key))


async def test_a_plan_is_a_root_a_backup_and_a_scan(visitor: Visitor) -> None:
    items = (await listed(visitor, context_id=SQL.workload.key, limit=500))["items"]
    group = next(group for group in items if group[0]["policy"]["id"] == SQL.plan.key)
    assert [each["policy"]["type"] for each in group] == [ROOT, BACKUP, SCAN]
    assert [each["policy"].get("parent_ids") for each in group] == [None, [SQL.plan.key], [SQL.plan.key]]
    policies = (await listed(visitor, "/api/policy_management/v4/policies"))["items"]
    known = {part["id"] for item in policies for part in item["policy"]}
    assert {each["policy"]["id"] for each in group} <= known


async def test_pages_hold_all_and_say_how_many(visitor: Visitor) -> None:
    seen, after = list[str](), ""
    while True:
        body = await listed(visitor, limit=7, **({"after": after} if after else {}))
        seen += [each["id"] for group in body["items"] for each in group]
        assert body["paging"]["cursors"]["total"] == len(MACHINES)
        after = body["paging"]["cursors"].get("after", "")
        if not after:
            break
    assert len(seen) == len(set(seen)) == 3 * len(MACHINES)


async def test_the_flat_shape_of_the_guide(visitor: Visitor) -> None:
    visitor.control.applications(flat=True)
    visitor.control.fail("SRV-SQL01", "Nightly servers", seconds=100)
    (running,) = (await listed(visitor, execution_state="running"))["items"]
    assert running["policy"]["id"] == CHILD
    assert isinstance(running["running"]["progress"], str)
    assert "last_runtime" in running


@pytest.mark.parametrize("body", [{"state": "running", "policy_id": CHILD}, asked()])
async def test_without_workloads_it_runs_on_all_of_the_plan(visitor: Visitor, body: Any) -> None:
    assert (await run(visitor, body)).status_code == 202
    started = {task["resource"]["id"].lower() for task in await visitor.items(limit=500)}
    assert started == {one.workload.key for one in MACHINES if one.plan == SQL.plan}


@pytest.mark.parametrize(("result", "cause"), [("ok", None), ("error", "vss"), ("cancelled", None)])
async def test_a_run_begins_goes_on_and_ends(visitor: Visitor, result: str, cause: str | None) -> None:
    visitor.control.runs(seconds=1_000, result=result, cause=cause, delay=600)
    assert (await run(visitor, asked(SQL.workload.key))).status_code == 202
    visitor.control.now(offset=1)
    assert not await visitor.items(), "it was accepted, and nothing is to be seen yet"
    visitor.control.now(offset=1_100)
    (task,) = await visitor.items()
    assert (task["state"], task["cancellable"], task["policy"]["id"]) == ("started", True, SQL.plan.key)
    assert 40 <= task["progress"]["current"] <= 60
    visitor.control.now(offset=1_700)
    (task,) = await visitor.items()
    assert (task["state"], task["result"]["code"]) == ("completed", result)
    assert not (await listed(visitor, execution_state="running"))["items"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "SchemaValidationError"),
        ({"policy_id": CHILD}, 400, "SchemaValidationError"),
        (asked("x") | {"state": "stopped"}, 400, "SchemaValidationError"),
        ({"state": "running"}, 400, "SchemaValidationError"),
        (asked("x") | {"context_ids": "x"}, 400, "SchemaValidationError"),
        (asked("x", policy="nobody"), 404, "NotFoundError"),
    ],
)
async def test_a_wrong_run_is_refused(visitor: Visitor, body: Any, status: int, code: str) -> None:
    answer = await run(visitor, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not await visitor.items()


@pytest.mark.parametrize(
    ("facts", "context", "code"),
    [
        ({"enabled": False}, SQL.workload.key, "ValidationError"),
        ({"licensed": False}, SQL.workload.key, "NotLicensedError"),
        ({}, "no such machine", "NoApplicationsError"),
    ],
)
async def test_what_cannot_run_is_a_422_with_issues(
    visitor: Visitor, facts: dict[str, Any], context: str, code: str
) -> None:
    visitor.control.application("SRV-SQL01", "Nightly servers", **facts)
    answer = await run(visitor, asked(context))
    assert (answer.status_code, [each["error"]["code"] for each in answer.json()["issues"]]) == (422, [code])


async def test_a_missing_right_names_the_scope(visitor: Visitor) -> None:
    visitor.control.settings(acting_role=False)
    answer = await run(visitor, asked(SQL.workload.key))
    assert answer.status_code == 403
    assert answer.json()["context"]["required_scope"] == "urn:acronis.com::policy_manager:66:admin"


@pytest.mark.parametrize(("kind", "status"), [("400", 400), ("401", 401), ("422", 422), ("429", 429), ("500", 500)])
async def test_an_answer_that_was_ordered_starts_nothing(visitor: Visitor, kind: str, status: int) -> None:
    visitor.control.answer_run(kind)
    assert (await run(visitor, asked(SQL.workload.key))).status_code == status
    assert not await visitor.items()
    assert (await run(visitor, asked(SQL.workload.key))).status_code == 202, "only the next one was ordered"


async def test_control_refuses_what_it_does_not_know(visitor: Visitor) -> None:
    for path, body in (("answer_run", {"kind": "201"}), ("application", {"resource": "SRV-SQL01", "deployment": "x"})):
        answer = await visitor.http.post(f"/control/{path}", json=body)
        assert answer.status_code == 400
