"""Workloads and their statuses in the pretend Acronis, as the reference has them (plans §2, §3)."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.catalog import ACME, Assignment, Catalog, Plan, machine
from bot.sandbox.acronis.times import DAY, HOUR, MINUTE, SECOND, read_stamp, write_stamp
from tests.integration.pretending import Visitor, visiting

API = "/api/resource_management/v4"
START = int(datetime(2026, 6, 10, 9, 30, tzinfo=UTC).timestamp()) * SECOND


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting(World(now=lambda: START, kind="rhythm")) as guest:
        yield guest


async def asked(visitor: Visitor, path: str = "resource_statuses", **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await visitor.http.get(f"{API}/{path}", params=params)).raise_for_status().json()
    return body


async def one(visitor: Visitor, name: str) -> dict[str, Any]:
    (found,) = (await asked(visitor, search=name, is_group="false"))["items"]
    status: dict[str, Any] = found
    return status


async def test_a_machine_shows_its_last_its_last_good_and_its_next_run(visitor: Visitor) -> None:
    status = await one(visitor, "beta-srv-2")
    assert status["context"]["type"] == "resource.machine"
    backup = status["policies"][0]
    assert backup["type"] == "policy.backup.machine"
    assert read_stamp(backup["last_success_run"]) <= read_stamp(backup["last_run"]) < START
    assert read_stamp(backup["next_run"]) > START
    assert status["aggregate"]["names"] == "Daily, Every 6 hours"


async def test_a_failed_run_moves_the_last_but_not_the_last_good_one(visitor: Visitor) -> None:
    before = (await one(visitor, "DENT-PC1"))["policies"][0]
    visitor.control.fail("DENT-PC1", seconds=0)
    status = await one(visitor, "DENT-PC1")
    assert status["aggregate"]["status"] == "error"
    assert status["policies"][0]["last_success_run"] == before["last_success_run"] != status["policies"][0]["last_run"]
    visitor.control.recover("DENT-PC1", seconds=0)
    status = await one(visitor, "DENT-PC1")
    assert (status["aggregate"]["status"], status["policies"][0]["last_run"]) == (
        "ok",
        status["policies"][0]["last_success_run"],
    )


async def test_the_other_spelling(visitor: Visitor) -> None:
    visitor.control.settings(spelling="openapi", success="end")
    backup = (await one(visitor, "DENT-PC1"))["policies"][0]
    assert {"last_run_time", "last_success_run_time", "next_run_time"} < backup.keys()
    assert read_stamp(backup["last_success_run_time"]) > read_stamp(backup["last_run_time"])
    assert (await one(visitor, "VIE-NEW1"))["aggregate"] == {"status": "no_policies_applied"}


@pytest.mark.parametrize("name", ["mia@acme.example", "Acme intranet", "finance Drive"])
async def test_cloud_workloads_have_no_row_of_a_backup(visitor: Visitor, name: str) -> None:
    status = await one(visitor, name)
    assert "policies" not in status
    assert not status["context"]["type"].endswith("machine")


async def test_a_plan_started_by_hand_has_no_next_run(visitor: Visitor) -> None:
    fleet = visitor.running.world.fleet
    for found in list(fleet.applications.values()):
        if found.one.workload.name == "VIE-ERP1" and found.one.plan.name != "Vienna by hand":
            fleet.revoke(found, START)
    status = await one(visitor, "VIE-ERP1")
    assert status["policies"][0] == {"type": "policy.backup.machine"}


async def test_a_workload_without_a_plan_is_found_by_a_filter(visitor: Visitor) -> None:
    found = (await asked(visitor, "resources", not_applied_only="true", is_group="false"))["items"]
    assert [each["name"] for each in found] == ["VIE-NEW1"]
    assert (await one(visitor, "VIE-NEW1"))["aggregate"] == {"status": "not_protected"}


async def test_groups_are_in_the_list_unless_they_are_not_wanted(visitor: Visitor) -> None:
    everything, plain = await asked(visitor, limit=1000), await asked(visitor, limit=1000, is_group="false")
    groups = [each for each in everything["items"] if each["context"].get("is_group")]
    assert len(groups) == everything["paging"]["cursors"]["total"] - plain["paging"]["cursors"]["total"] > 0


async def test_pages_go_to_the_end_with_the_filters_sent_again(visitor: Visitor) -> None:
    seen, after = list[str](), ""
    while True:
        body = await asked(visitor, type="resource.machine", limit=7, **({"after": after} if after else {}))
        assert body["timestamp"] == write_stamp(START)
        seen += [each["context"]["id"] for each in body["items"]]
        after = body["paging"]["cursors"].get("after", "")
        if not after:
            break
    assert len(seen) == len(set(seen)) == body["paging"]["cursors"]["total"]
    visitor.control.settings(page=5)
    assert len((await asked(visitor, limit=1000))["items"]) == 5


async def test_only_what_has_changed_since_is_listed(visitor: Visitor) -> None:
    now = write_stamp(START)
    assert not (await asked(visitor, updated_at=f"gt({now})"))["items"]
    visitor.control.now(offset=10)
    visitor.control.fail("DENT-PC1", seconds=0)
    changed = (await asked(visitor, updated_at=f"gt({now})", order="asc(updated_at)"))["items"]
    assert [each["context"]["name"] for each in changed] == ["DENT-PC1"]
    visitor.control.settings(moves=False)
    assert not (await asked(visitor, updated_at=f"gt({now})"))["items"]


async def test_a_status_may_lag_behind_the_task(visitor: Visitor) -> None:
    visitor.control.settings(lag=300)
    before = await one(visitor, "DENT-PC1")
    visitor.control.fail("DENT-PC1", seconds=0)
    assert await one(visitor, "DENT-PC1") == before
    visitor.control.now(offset=301)
    status = await one(visitor, "DENT-PC1")
    assert status["aggregate"]["status"] == "error"
    assert read_stamp(status["context"]["updated_at"]) == read_stamp(status["policies"][0]["last_run"]) + 300 * SECOND


@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_a_forbidden_api_names_the_missing_scope(visitor: Visitor, is_wrapped: bool) -> None:
    visitor.control.settings(wrapped=is_wrapped)
    visitor.control.forbid("statuses")
    answer = await visitor.http.get(f"{API}/resource_statuses")
    error = answer.json()["error"] if is_wrapped else answer.json()
    assert (answer.status_code, error["code"]) == (403, "AccessDeniedError")
    assert error["context"]["required_scope"] == "urn:acronis.com::resource_management:66:read"
    visitor.control.forbid("statuses", on=False)
    assert (await asked(visitor))["items"]


async def test_attributes_tell_the_zone_of_the_machine(visitor: Visitor) -> None:
    (found,) = (await asked(visitor, "resources", search="VIE-SQL1", include_attributes="true"))["items"]
    values = {each["key"]: each["value"] for each in found["attributes"][0]["kvs"]}
    assert (values["tz_offset"], values["is_online"]) == (120, 1)
    visitor.control.now(offset=200 * DAY / SECOND)
    await visitor.log_in()
    again = (await asked(visitor, f"resources/{found['id']}/attributes"))["items"]
    assert {"key": "tz_offset", "value": 60} in again[0]["kvs"], "the clocks have changed by then"


async def test_counting_and_one_by_its_id(visitor: Visitor) -> None:
    body = await asked(visitor, "resources", type="or(resource.machine,resource.virtual_machine.mshyperv)")
    assert (await asked(visitor, "resources/count", type="or(resource.machine,resource.virtual_machine.mshyperv)")) == {
        "count": body["paging"]["cursors"]["total"]
    }
    found = body["items"][0]
    for key in (found["id"], f"{found['id'].upper()}@{found['type']}!{found['tenant_id']}"):
        assert (await asked(visitor, f"resources/{key}"))["name"] == found["name"]
    assert (await visitor.http.get(f"{API}/resources/nobody")).status_code == 404


@pytest.mark.parametrize("params", [{"updated_at": "gt(yesterday)"}, {"updated_at": "is(5)"}, {"after": "%%%"}])
async def test_wrong_words_are_a_400(visitor: Visitor, params: dict[str, str]) -> None:
    assert (await visitor.http.get(f"{API}/resource_statuses", params=params)).status_code == 400


Due = Callable[[datetime], bool]


@pytest.mark.parametrize(
    ("name", "due"), [("VIE-SQL1", lambda at: at.minute == 5), ("VIE-ERP1", lambda at: at.hour % 2 == 0)]
)
async def test_the_next_run_keeps_the_machines_clock(visitor: Visitor, name: str, due: Due) -> None:
    coming = read_stamp((await one(visitor, name))["policies"][0]["next_run"])
    assert START < coming <= START + 2 * HOUR + MINUTE
    assert due(datetime.fromtimestamp(coming // SECOND, UTC))


async def test_ten_thousand_workloads_are_ten_pages() -> None:
    plan = Plan(ACME, "Nightly", 1440 * MINUTE, 0, 10 * MINUTE)
    many = Catalog(tuple(Assignment(plan, machine(ACME, f"M{number}")) for number in range(10_000)))
    async with visiting(World(now=lambda: START, catalog=many, days=0)) as guest:
        seen, pages, after = 0, 0, ""
        while True:
            params: dict[str, Any] = {"type": "resource.machine", "limit": 1000} | ({"after": after} if after else {})
            body = await asked(guest, **params)
            seen, pages = seen + len(body["items"]), pages + 1
            after = body["paging"]["cursors"].get("after", "")
            if not after:
                break
        assert (seen, pages, body["paging"]["cursors"]["total"]) == (10_000, 10, 10_000)
