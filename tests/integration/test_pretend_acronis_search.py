"""Workloads of the pretend Acronis by the console's search language, and by the newer API (plans §2.1 and §6)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.acronis.catalog import ASSIGNMENTS
from tests.integration.pretending import Visitor, visiting

RESOURCES = "/api/resource_management/v4/resources"
WORKLOADS = "/api/workload_management/v5/workloads"
ALL = {one.workload.key: one.workload for one in ASSIGNMENTS}
SQL = next(one for one in ALL.values() if one.name == "SRV-SQL01")


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        yield guest


async def found(visitor: Visitor, search: str) -> set[str]:
    """The names of what a search finds."""
    asked = {"search": search, "is_group": "false", "limit": "1000"}
    answer = await visitor.http.get(RESOURCES, params=asked)
    return {each["name"] for each in answer.raise_for_status().json()["items"]}


async def test_a_text_that_is_no_search_is_a_part_of_a_name(visitor: Visitor) -> None:
    assert await found(visitor, "srv-sql") == {one.name for one in ALL.values() if "srv-sql" in one.name.casefold()}


@pytest.mark.parametrize("text", ["O'Brien", "PC in Berlin", "what is", "R&D (old)", "<x>"])
async def test_a_name_with_words_and_signs_of_the_language_is_no_search(visitor: Visitor, text: str) -> None:
    assert await found(visitor, text) == set()


async def test_fields_are_compared_without_case(visitor: Visitor) -> None:
    assert await found(visitor, "NAME = 'srv-sql01'") == {"SRV-SQL01"}
    assert await found(visitor, f"id = '{SQL.key.upper()}' and customerUuid = '{SQL.tenant.uuid}'") == {"SRV-SQL01"}
    machines = {one.name for one in ALL.values() if one.type == "resource.machine"}
    assert await found(visitor, "resourceType = 'machine'") == machines


async def test_words_join_and_turn_round_what_they_stand_between(visitor: Visitor) -> None:
    names = {one.name for one in ALL.values()}
    sql = {name for name in names if name.startswith("SRV-SQL")}
    assert await found(visitor, "name LIKE 'srv-sql*' OR name LIKE '%nas01'") == sql | {"BER-NAS01"}
    assert await found(visitor, "name LIKE 'srv-sql__' AND NOT name = 'SRV-SQL02'") == sql - {"SRV-SQL02"}
    assert await found(visitor, "NOT (name LIKE 'srv*' OR name LIKE 'BER*')") == {
        name for name in names if not name.startswith(("SRV", "BER"))
    }
    assert await found(visitor, "name IN ('SRV-SQL01', 'srv-dc01')") == {"SRV-SQL01", "SRV-DC01"}
    assert await found(visitor, "name NOT-IN ('SRV-SQL01')") == names - {"SRV-SQL01"}
    assert await found(visitor, "name NOT LIKE '*'") == set()


async def test_what_never_ran_and_what_did_not_lately_is_one_request_each() -> None:
    async with visiting("living") as visitor:
        ran = await found(visitor, "lastBackupTime > '2000-01-01'")
        assert "SRV-SQL01" in ran
        assert {one.name for one in ALL.values()} - ran == await found(visitor, "lastBackupTime is null")
        assert await found(visitor, "lastBackupTime <= '2000-01-01 12:30'") == set()
        assert await found(visitor, "lastBackupTime RANGE('2000-01-01', '2100-01-01')") == ran
        assert await found(visitor, "lastBackupTryTime >= '2000-01-01' AND nextBackupTime is not null")


async def test_plans_states_and_agents_are_known_of_machines(visitor: Visitor) -> None:
    assert "SRV-SQL01" in await found(visitor, "protectedByPlan = 'nightly servers'")
    assert "SRV-SQL01" in await found(visitor, "status != 'notProtected' AND state IN ('idle', 'backup')")
    visitor.control.agent("SRV-SQL01")
    assert await found(visitor, "isOnline = 0 AND name LIKE 'SRV-SQL*'") == {"SRV-SQL01"}
    assert await found(visitor, "tzOffset is not null AND agentVersion LIKE '26.*' AND name = 'SRV-SQL01'")


async def test_of_mailboxes_little_is_known(visitor: Visitor) -> None:
    mailboxes = {one.name for one in ALL.values() if not one.is_machine}
    assert mailboxes <= await found(visitor, "lastBackupTime is null")
    assert await found(visitor, "email LIKE '*@*' AND licensedByMsft = true")
    assert await found(visitor, "email LIKE '*@*' AND msftSignInBlocked = 1") == set()


@pytest.mark.parametrize(
    "search",
    [
        "colour = 'red'",
        "name = ",
        "name = 'a' name = 'b'",
        "name LIKE 'a",
        "lastBackupTime > 'yesterday'",
        "isOnline = 'perhaps'",
        "name IN ()",
        "lastBackupTime RANGE('2026-01-01')",
        "name is 'x'",
        "(" * 30 + "name = 'a'" + ")" * 30,
        "name = '" + "a" * 5_000 + "'",
    ],
)
async def test_what_is_no_search_is_refused_with_a_sentence(visitor: Visitor, search: str) -> None:
    answer = await visitor.http.get(RESOURCES, params={"search": search})
    assert answer.status_code == 400
    assert "search: " in answer.text


async def test_a_pattern_of_many_stars_takes_no_longer_than_it_has_to(visitor: Visitor) -> None:
    assert await found(visitor, f"name LIKE '{'*s' * 1_500}*x'") == set()


async def test_the_newer_api_has_the_same_workloads(visitor: Visitor) -> None:
    async def asked(**params: str) -> list[dict[str, Any]]:
        answer = await visitor.http.get(WORKLOADS, params={"limit": "1000", **params})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    assert {each["id"] for each in await asked()} == set(ALL)
    (one,) = await asked(workload_id=SQL.key, include_all_attributes="true", include_status="true")
    assert (one["type_alias"], one["enabled"]) == ("resource.machine", True)
    assert one["type"] == "cti.a.p.wm.workload_aspect.v1.0~a.p.machine.v1.0"
    assert one["attributes"]["agent"]["is_online"] == 1
    assert one["status"]["status"]
    assert "attributes" not in (await asked(workload_id=SQL.key))[0]
    assert SQL.key in {each["id"] for each in await asked(type=one["type"])}
    assert {each["name"] for each in await asked(search="name = 'SRV-SQL01'")} == {"SRV-SQL01"}
