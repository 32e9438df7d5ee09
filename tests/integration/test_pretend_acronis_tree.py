"""Tenants and agents of the pretend Acronis (plans §8, §9)."""

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.catalog import ACME, BETA, PARTNER, TENANTS
from tests.integration.pretending import Visitor, visiting

AGENTS = "/api/agent_manager/v2/agents"
FOLDER = next(one for one in TENANTS if one.kind == "folder")


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting("empty") as guest:
        yield guest


async def asked(visitor: Visitor, path: str = "tenants", **params: Any) -> Any:
    return (await visitor.http.get(f"/api/2/{path}", params=params)).raise_for_status().json()


async def names(visitor: Visitor, path: str = "tenants", **params: Any) -> set[str]:
    return {each["name"] for each in (await asked(visitor, path, **params))["items"]}


async def test_the_tree_begins_at_the_tenant_of_the_client(visitor: Visitor) -> None:
    client = await asked(visitor, "clients/sandbox-client")
    below = await names(visitor, subtree_root_id=client["tenant_id"])
    assert {"Northwind MSP", "Acme Corp", "Acme Corp Berlin", "Beta GmbH"} <= below
    assert await names(visitor, parent_id=FOLDER.uuid) == {"Beta GmbH", "Contoso Dental (Northwind MSP)"}
    found = (await asked(visitor, uuids=f"{ACME.uuid},{BETA.uuid.upper()}"))["items"]
    assert [(each["kind"], each["enabled"], each["ancestral_access"]) for each in found] == [
        ("customer", True, True)
    ] * 2
    assert found[1]["parent_id"] == FOLDER.uuid
    assert [each["has_children"] for each in found] == [True, False]


async def test_pages_of_tenants(visitor: Visitor) -> None:
    seen, after = set[str](), ""
    while True:
        body = await asked(visitor, subtree_root_id=PARTNER.uuid, limit=2, **({"after": after} if after else {}))
        seen |= {each["id"] for each in body["items"]}
        after = body["paging"]["cursors"].get("after", "")
        if not after:
            break
    assert len(seen) == len(await names(visitor, subtree_root_id=PARTNER.uuid))


async def test_children_by_ids_and_in_full(visitor: Visitor) -> None:
    ids = (await asked(visitor, f"tenants/{PARTNER.uuid}/children"))["items"]
    full = (await asked(visitor, f"tenants/{PARTNER.uuid}/children", include_details="true"))["items"]
    assert ids == [each["id"] for each in full]
    assert ACME.uuid in ids
    assert BETA.uuid not in ids, "it lies in a folder"
    assert (await asked(visitor, f"tenants/{ACME.uuid}"))["name"] == "Acme Corp"


async def test_numbers_and_uuids_are_resolved_both_ways(visitor: Visitor) -> None:
    for body in ({"items": [{"uuid": ACME.uuid}]}, [{"id": 120}], {"items": [{"id": "120"}]}):
        answer = await visitor.http.post("/api/2/tenants:resolve_ids", json=body)
        assert answer.json() == {"items": [{"id": 120, "uuid": ACME.uuid}]}
    assert (await visitor.http.post("/api/2/tenants:resolve_ids", json={"items": "120"})).status_code == 400


async def test_search_has_the_names_on_the_way(visitor: Visitor) -> None:
    found = (await asked(visitor, "search", tenant=PARTNER.uuid, text="beta"))["items"]
    assert [(each["name"], each["obj_type"], each["path"]) for each in found] == [
        ("Beta GmbH", "tenant", ["Northwind MSP", "Retail customers"])
    ]
    assert (await visitor.http.get("/api/2/search", params={"tenant": PARTNER.uuid, "text": "be"})).status_code == 400


@pytest.mark.parametrize("path", ["tenants", "tenants/nobody", "tenants/nobody/children", "search?tenant=x&text=abc"])
async def test_what_is_not_there_is_said_in_the_shape_of_account_management(visitor: Visitor, path: str) -> None:
    answer = await visitor.http.get(f"/api/2/{path}")
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["domain"] == "AccountServer"


async def test_below_a_blind_branch_nothing_is_seen(visitor: Visitor) -> None:
    visitor.control.self_service("Acme Corp")
    below = await names(visitor, subtree_root_id=PARTNER.uuid)
    assert "Acme Corp" in below
    assert "Acme Corp Berlin" not in below
    assert not (await asked(visitor, f"tenants/{ACME.uuid}/children"))["items"]
    token = (await visitor.token(scope=f"urn:acronis.com:tenant-id:{ACME.uuid}")).json()["access_token"]
    visitor.http.headers["Authorization"] = f"Bearer {token}"
    assert "Acme Corp Berlin" in await names(visitor, subtree_root_id=ACME.uuid), "who stands inside sees all"


async def test_agents_have_dates_as_in_mails(visitor: Visitor) -> None:
    body = (await visitor.http.get(AGENTS, params={"limit": 500})).json()
    first = body["items"][0]
    assert parsedate_to_datetime(first["registration_date"]).year > 2000
    assert first["registration_date"].endswith("+0000")
    assert (first["online"], first["hostname"], first["tenant"]["name"]) == (True, "SRV-SQL01", "Acme Corp")


async def test_a_page_of_agents_is_capped() -> None:
    async with visiting(World(kind="empty")) as guest:
        guest.control.settings(agents_page=10)
        seen, after = list[str](), ""
        while True:
            params = {"limit": "500"} | ({"after": after} if after else {})
            body = (await guest.http.get(AGENTS, params=params)).json()
            assert len(body["items"]) <= 10
            seen += [each["id"] for each in body["items"]]
            after = body["paging"]["cursors"].get("after", "")
            if not after:
                break
        assert len(seen) == len(set(seen)) == body["paging"]["cursors"]["total"] > 20


async def test_one_agent_serves_all_machines_of_a_host() -> None:
    async with visiting("rhythm") as guest:
        found = (await guest.http.get(AGENTS, params={"hostname": "vie-hv1"})).json()["items"]
        resources = (
            await guest.http.get("/api/resource_management/v4/resources", params={"agent_id": found[0]["id"]})
        ).json()
        assert {each["name"] for each in resources["items"]} == {"VIE-VM1", "VIE-VM2", "VIE-VM3"}


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("alerts", "/api/alert_manager/v1/alerts"),
        ("agents", AGENTS),
        ("tenants", f"/api/2/tenants?parent_id={PARTNER.uuid}"),
        ("applications", "/api/policy_management/v4/applications"),
        ("statuses", "/api/resource_management/v4/resource_statuses"),
    ],
)
async def test_each_api_may_be_forbidden(visitor: Visitor, api: str, path: str) -> None:
    assert (await visitor.http.get(path)).status_code == 200
    visitor.control.forbid(api)
    answer = await visitor.http.get(path)
    assert answer.status_code == 403
    assert {"scope", "required_scope"} == answer.json()["context"].keys()
    assert visitor.control.settings()["forbidden"] == [api]
    visitor.control.reset()
    await visitor.log_in()
    assert (await visitor.http.get(path)).status_code == 200
