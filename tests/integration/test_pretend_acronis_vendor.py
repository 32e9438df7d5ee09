"""The requests of the vendor's example programs, one by one and unchanged, over a real socket (plans §11.1).

Their base ends in a slash and their paths begin with one, so that every path begins with two.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.pretending import Visitor, visiting

ACTING = ("sandbox-acting", "sandbox-acting-secret")
PLANS = "/api/policy_management/v4"
RESOURCES = "/api/resource_management/v4"
ALERTS = "/api/alert_manager/v1/alerts"
ROOT = "policy.protection.total"
ROOT_ID, BACKUP_ID = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-000000000000"
NEW_PLAN = {
    "subject": {
        "policy": [
            {"id": ROOT_ID, "type": ROOT, "origin": "upstream", "enabled": True, "name": "Made by an example"},
            {
                "id": BACKUP_ID,
                "type": "policy.backup.machine",
                "parent_ids": [ROOT_ID],
                "origin": "upstream",
                "enabled": True,
                "settings_schema": "2.0",
                "settings": {
                    "scheduling": {
                        "enabled": True,
                        "backup_sets": [
                            {
                                "type": "auto",
                                "schedule": {
                                    "type": "weekly",
                                    "alarms": {
                                        "time": {"weekdays": ["mon", "tue"], "repeat_at": [{"hour": 21, "minute": 5}]}
                                    },
                                },
                            }
                        ],
                    }
                },
            },
        ]
    }
}


class Example:
    """One of the vendor's programs: joins base and path, sends its token, expects success."""

    def __init__(self, base: str, http: httpx.AsyncClient) -> None:
        self._base = base + "/"
        self._http = http

    async def log_in(self) -> None:
        words = {"grant_type": "client_credentials"}
        answer = await self._http.post(f"{self._base}/api/2/idp/token", data=words, auth=ACTING)
        self._http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        client = (await self._http.get(f"{self._base}/api/2/clients/{ACTING[0]}")).raise_for_status().json()
        assert client["tenant_id"]

    async def get(self, path: str) -> dict[str, Any]:
        body: dict[str, Any] = (await self._http.get(f"{self._base}{path}")).raise_for_status().json()
        return body

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        text = None if body is None else json.dumps(body)
        answer = await self._http.request(
            method, f"{self._base}{path}", content=text, headers={"Content-Type": "application/json"}
        )
        return answer.raise_for_status()

    async def first_machine(self) -> str:
        found: str = (await self.get(f"{RESOURCES}/resources?type=resource.machine"))["items"][0]["id"]
        return found

    async def plan_on(self, machine: str) -> str:
        listing = await self.get(f"{PLANS}/applications?context_id={machine}&policy_type={ROOT}")
        return _root(listing["items"][0][0]["policy"])


def _root(policy: dict[str, Any]) -> str:
    found: str = policy["parent_ids"][0] if policy.get("parent_ids") else policy["id"]
    return found


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        yield guest


@pytest.fixture
async def example(visitor: Visitor) -> AsyncIterator[Example]:
    async with httpx.AsyncClient() as http:
        made = Example(visitor.running.url, http)
        await made.log_in()
        yield made


async def test_plans_are_listed(example: Example) -> None:
    assert (await example.get(f"{PLANS}/policies"))["items"]


async def test_a_plan_is_created_and_listed(example: Example) -> None:
    assert (await example.send("POST", f"{PLANS}/policies", NEW_PLAN)).json()
    found = (await example.get(f"{PLANS}/policies?policy_id={ROOT_ID}&include_settings=true"))["items"]
    assert [each["id"] for each in found[0]["policy"]] == [ROOT_ID, BACKUP_ID]
    sets = found[0]["policy"][1]["settings"]["scheduling"]["backup_sets"]
    assert sets == NEW_PLAN["subject"]["policy"][1]["settings"]["scheduling"]["backup_sets"]  # type: ignore[index]


async def test_a_plan_is_applied(example: Example) -> None:
    machine = await example.first_machine()
    found = await example.get(f"{PLANS}/policies?applicable_to_context_id={machine}&type={ROOT}")
    plan = _root(found["items"][0]["policy"][0])
    body = {"policy_id": plan, "context": {"items": [machine]}}
    assert (await example.send("POST", f"{PLANS}/applications", body)).is_success


async def test_a_created_plan_runs_by_its_schedule_once_applied(example: Example, visitor: Visitor) -> None:
    await example.send("POST", f"{PLANS}/policies", NEW_PLAN)
    machine = (await example.get(f"{RESOURCES}/resources?type=resource.machine&search=BER-NAS01"))["items"][0]["id"]
    await example.send("POST", f"{PLANS}/applications", {"policy_id": ROOT_ID, "context": {"items": [machine]}})
    (group,) = (await example.get(f"{PLANS}/applications?context_id={machine}&policy_id={BACKUP_ID}"))["items"]
    assert group[0]["next_run_time"][11:] == "21:05:00Z"
    body = {"state": "running", "policy_id": BACKUP_ID, "context_ids": [machine]}
    assert (await example.send("PUT", f"{PLANS}/applications/run", body)).json() == {}
    (task,) = await visitor.items()
    assert task["policy"] == {"id": ROOT_ID, "type": "backup", "name": "Made by an example"}


async def test_a_plan_is_started(example: Example, visitor: Visitor) -> None:
    machine = await example.first_machine()
    body = {"state": "running", "policy_id": await example.plan_on(machine), "context_ids": [machine]}
    assert (await example.send("PUT", f"{PLANS}/applications/run", body)).json() == {}
    assert await visitor.items()


async def test_a_plan_is_revoked(example: Example) -> None:
    machine = await example.first_machine()
    plan = await example.plan_on(machine)
    answer = await example.send("DELETE", f"{PLANS}/applications?context_id={machine}&policy_id={plan}")
    assert answer.is_success
    assert not (await example.get(f"{PLANS}/applications?context_id={machine}&policy_id={plan}"))["items"]


@pytest.mark.parametrize("since", ["1700000000000000", "0"])
async def test_alerts_are_walked_to_the_end_and_back(example: Example, visitor: Visitor, since: str) -> None:
    """The sample counts in microseconds: a small number is simply long ago."""
    visitor.control.storm(7, seconds=0)
    start = f"{ALERTS}?limit=3&updated_at=gt({since})"
    page, seen = await example.get(start), list[str]()
    while True:
        seen += [each["id"] for each in page["items"]]
        after = page["paging"]["cursors"].get("after")
        if not after:
            break
        page = await example.get(f"{start}&after={after}")
    assert len(set(seen)) == 7
    steps = 0
    while before := page["paging"]["cursors"].get("before"):
        page, steps = await example.get(f"{start}&before={before}"), steps + 1
    assert steps == 2
    assert [each["id"] for each in page["items"]] == seen[:3]


async def test_workloads_and_their_statuses_are_listed(example: Example) -> None:
    found = (await example.get(f"{RESOURCES}/resources?include_attributes=true"))["items"]
    assert any(each.get("attributes") for each in found)
    assert (await example.get(f"{RESOURCES}/resource_statuses"))["items"]
