"""The token endpoint of the pretend Acronis, and what happens with a token that is wrong, old or too narrow."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.acronis.catalog import ACME, BETA
from tests.integration.pretending import API, CLIENT, Visitor, raw_task, visiting

TENANT_SCOPE = "urn:acronis.com:tenant-id:"


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        yield guest


async def test_a_token_is_long_and_says_when_it_ends(visitor: Visitor) -> None:
    answer = (await visitor.token()).json()
    now = visitor.running.world.now() // 10**9
    assert answer["token_type"] == "bearer"
    assert 7190 <= answer["expires_on"] - now <= 7200
    assert len(answer["access_token"]) > 500
    assert answer["access_token"].count(".") == 2
    assert "expires_in" not in answer


async def test_the_secret_may_stand_in_the_form(visitor: Visitor) -> None:
    answer = await visitor.token(None, client_id=CLIENT[0], client_secret=CLIENT[1])
    assert answer.status_code == 200


@pytest.mark.parametrize("auth", [("sandbox-client", "wrong"), ("somebody", "sandbox-secret"), ("", "")])
async def test_wrong_credentials_are_a_401_with_the_token_endpoints_own_body(
    visitor: Visitor, auth: tuple[str, str]
) -> None:
    answer = await visitor.token(auth)
    assert answer.status_code == 401
    assert answer.json().keys() == {"error", "error_description"}


async def test_another_grant_type_or_a_json_body_is_a_400(visitor: Visitor) -> None:
    assert (await visitor.token(grant_type="password")).status_code == 400
    answer = await visitor.http.post("/api/2/idp/token", json={"grant_type": "client_credentials"}, auth=CLIENT)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("expiry", "keys"),
    [
        ("expires_on", {"expires_on"}),
        ("expires_in", {"expires_in"}),
        ("both", {"expires_on", "expires_in"}),
        ("neither", set()),
    ],
)
async def test_how_the_end_is_told_can_be_chosen(visitor: Visitor, expiry: str, keys: set[str]) -> None:
    visitor.control.settings(token_expiry=expiry, token_lifetime=60)
    answer = (await visitor.token()).json()
    assert answer.keys() - {"access_token", "token_type", "id_token"} == keys
    assert answer.get("expires_in", 60) == 60


async def test_no_token_an_unknown_one_and_a_revoked_one_are_401(visitor: Visitor) -> None:
    assert visitor.control.revoke() == {"revoked": 1}
    for header in (visitor.http.headers["Authorization"], "Bearer nonsense", "bearer", "Basic eDp5"):
        answer = await visitor.http.get(f"{API}/tasks", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")


async def test_a_token_ends_by_the_servers_clock(visitor: Visitor) -> None:
    visitor.control.now(offset=7199)
    assert (await visitor.ask()).status_code == 200
    visitor.control.now(offset=7201)
    assert (await visitor.ask()).status_code == 401


async def test_a_401_may_come_from_nginx(visitor: Visitor) -> None:
    visitor.control.settings(unauthorised="html")
    visitor.control.revoke()
    answer = await visitor.ask()
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "nginx" in answer.text


async def test_without_the_role_everything_is_403_but_the_clients_record(visitor: Visitor) -> None:
    visitor.control.settings(role=False)
    for path in ("tasks", "tasks/1", "activities", "activities/1"):
        answer = await visitor.http.get(f"{API}/{path}")
        assert (answer.status_code, answer.json()["domain"]) == (403, "TaskManager")
    assert (await visitor.http.get("/api/2/clients/sandbox-client")).status_code == 200


async def test_the_clients_record_names_its_tenant(visitor: Visitor) -> None:
    answer = await visitor.http.get("/api/2/clients/sandbox-client")
    assert answer.json()["tenant_id"] == visitor.running.world.home.uuid
    other = await visitor.http.get("/api/2/clients/other")
    assert (other.status_code, other.json()["error"]["code"]) == (404, 404)


async def test_a_narrowed_token_sees_one_tenant_and_what_lies_below(visitor: Visitor) -> None:
    """The tenant /1/66/12/ must not be taken for the beginning of /1/66/120/."""
    places = {1: "/1/66/120/", 2: "/1/66/120/121/", 3: "/1/66/70/12/", 4: "/1/66/1200/"}
    visitor.control.add([raw_task(key, tenant={"id": "0", "locator": place}) for key, place in places.items()])
    narrowed = (await visitor.token(scope=TENANT_SCOPE + ACME.uuid)).json()["access_token"]
    assert await visitor.ids() == [1, 2, 3, 4]
    visitor.http.headers["Authorization"] = f"Bearer {narrowed}"
    assert await visitor.ids() == [1, 2]
    assert (await visitor.http.get(f"{API}/tasks/3")).status_code == 404


async def test_the_jwt_bearer_grant_narrows_a_token_as_well(visitor: Visitor) -> None:
    bearer = visitor.http.headers["Authorization"]
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = {"grant_type": grant, "assertion": bearer.removeprefix("Bearer "), "scope": TENANT_SCOPE + BETA.uuid}
    assert (await visitor.http.post("/api/2/idp/token", data=form)).status_code == 200
    assert (await visitor.http.post("/api/2/idp/token", data=form | {"assertion": "x"})).status_code == 401


async def test_a_tenant_out_of_reach_is_no_scope(visitor: Visitor) -> None:
    assert (await visitor.token(scope=TENANT_SCOPE + "00000000-0000-4000-8000-000000000000")).status_code == 400


async def test_a_client_may_see_only_its_own_tenants_descendants(visitor: Visitor) -> None:
    visitor.control.add([raw_task(1, tenant={"id": "67", "locator": "/1/67/"}), raw_task(2)])
    assert await visitor.ids() == [2]


@pytest.mark.parametrize("value", ["%%%", "/////w==", "bm8gY29sb24="])
async def test_a_broken_basic_header_is_wrong_credentials(visitor: Visitor, value: str) -> None:
    answer = await visitor.http.post(
        "/api/2/idp/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {value}"}
    )
    assert answer.status_code == 401
