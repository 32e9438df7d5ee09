"""The Alert Manager of the pretend Acronis: what it raises, filters, pages there and back, dismissal (plans §7)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.sandbox.acronis import World
from bot.sandbox.acronis.times import DAY, SECOND, read_stamp
from tests.integration.pretending import Visitor, visiting

START = int(datetime(2026, 6, 10, 9, 30, tzinfo=UTC).timestamp()) * SECOND
ALERTS = "/api/alert_manager/v1/alerts"
ACTING = ("sandbox-acting", "sandbox-acting-secret")


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting(World(now=lambda: START, kind="empty")) as guest:
        await act(guest)
        yield guest


async def act(visitor: Visitor) -> None:
    token = (await visitor.token(ACTING)).json()["access_token"]
    visitor.http.headers["Authorization"] = f"Bearer {token}"


async def listed(visitor: Visitor, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asked(visitor, **params))["items"]
    return found


async def asked(visitor: Visitor, **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await visitor.http.get(ALERTS, params=params)).raise_for_status().json()
    return body


async def test_a_failed_backup_is_an_alert_until_it_runs_well(visitor: Visitor) -> None:
    begun = visitor.control.fail("SRV-SQL01", "Nightly servers", seconds=0, cause="vss")
    (alert,) = await listed(visitor)
    assert (alert["type"], alert["severity"], alert["category"]) == ("BackupFailed", "critical", "Backup")
    details = alert["details"]
    assert alert["id"] == alert["id"].upper()
    assert details["resourceId"] == begun.resource_id.upper()
    assert details["activityId"].lower() in {each["uuid"] for each in await visitor.items("activities")}
    assert {"code", "domain", "context", "kbLink"} <= details["errorMessage"].keys()
    assert details["finishTime"] == START // SECOND
    visitor.control.recover("SRV-SQL01", "Nightly servers", seconds=0)
    assert not await listed(visitor)
    (gone,) = await listed(visitor, show_deleted="true")
    assert (gone["id"], gone["deletedAt"]) == (alert["id"], gone["updatedAt"])


async def test_a_cancelled_backup_is_a_warning(visitor: Visitor) -> None:
    visitor.control.fail("SRV-SQL01", seconds=0, result="cancelled")
    assert [(each["type"], each["severity"]) for each in await listed(visitor)] == [("BackupCanceled", "warning")]
    visitor.control.recover("SRV-SQL01", seconds=0)
    assert not await listed(visitor)


async def test_one_list_tells_of_creation_and_of_dismissal(visitor: Visitor) -> None:
    visitor.control.fail("SRV-SQL01", seconds=0)
    (alert,) = await listed(visitor)
    visitor.control.now(offset=60)
    since = START + 30 * SECOND
    assert not await listed(visitor, updated_at=f"gt({since})", show_deleted="true")
    assert (await visitor.http.delete(f"{ALERTS}/{alert['id'].lower()}")).status_code == 204
    (changed,) = await listed(visitor, updated_at=f"gt({since})", show_deleted="true")
    assert read_stamp(changed["deletedAt"]) == START + 60 * SECOND
    assert (await visitor.http.get(f"{ALERTS}/{alert['id']}")).status_code == 404
    assert (await visitor.http.get(f"{ALERTS}/{alert['id']}", params={"show_deleted": "true"})).status_code == 200


async def test_pages_go_to_the_end_and_back(visitor: Visitor) -> None:
    visitor.control.storm(12, seconds=0)
    pages, cursors = [], {"after": ""}
    while "after" in cursors:
        body = await asked(visitor, limit=5, order="asc(resourceName)", **{k: v for k, v in cursors.items() if v})
        pages.append([each["id"] for each in body["items"]])
        cursors = {key: value for key, value in body["paging"]["cursors"].items() if key == "after"}
        before = body["paging"]["cursors"].get("before")
    assert [len(each) for each in pages] == [5, 5, 2]
    back = []
    while before:
        body = await asked(visitor, limit=5, order="asc(resourceName)", before=before)
        back.append([each["id"] for each in body["items"]])
        before = body["paging"]["cursors"].get("before")
    assert back == [pages[1], pages[0]]
    assert "total" not in body["paging"]["cursors"]
    visitor.control.settings(alerts_page=7)
    assert len(await listed(visitor, limit=100)) == 7


async def test_without_alerts_the_cursors_are_there_and_empty(visitor: Visitor) -> None:
    assert await asked(visitor) == {"items": [], "paging": {"cursors": {}}}


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"type": "BackupFailed"}, {"SRV-SQL01", "BER-SRV01"}),
        ({"type": ["BackupFailed", "BackupCanceled"]}, {"SRV-SQL01", "BER-SRV01", "beta-srv-1"}),
        ({"severity": "or(warning,critical)", "resourceName": "srv-sql"}, {"SRV-SQL01"}),
        ({"severity": "ge(error)"}, {"SRV-SQL01", "BER-SRV01", "DENT-PC1"}),
        ({"severity": "lt(critical)"}, {"beta-srv-1", "DENT-PC1"}),
        ({"resourceName": "eq(ber-srv01)"}, {"BER-SRV01"}),
        ({"resourceName": "or(BER-SRV01,beta-srv-1)"}, {"BER-SRV01", "beta-srv-1"}),
        ({"planName": "nightly"}, {"SRV-SQL01", "BER-SRV01"}),
        ({"query": "dent"}, {"DENT-PC1"}),
        ({"category": "Monitoring"}, set()),
        ({"show_deleted_only": "true"}, set()),
        ({"created_at": f"ge({START})"}, {"SRV-SQL01", "BER-SRV01", "beta-srv-1", "DENT-PC1"}),
        ({"created_at": f"gt({START // 1000})", "order": "desc(severity)"}, None),
    ],
)
async def test_filters(visitor: Visitor, params: dict[str, Any], names: set[str] | None) -> None:
    visitor.control.fail("SRV-SQL01", "Nightly servers", seconds=0)
    visitor.control.fail("BER-SRV01", seconds=0)
    visitor.control.fail("beta-srv-1", "Daily", seconds=0, result="cancelled")
    visitor.control.application("DENT-PC1", deployment="error")
    found = await listed(visitor, **params)
    if names is None:
        assert [each["severity"] for each in found] == ["critical", "critical", "error", "warning"]
    else:
        assert {each["details"]["resourceName"] for each in found} == names


async def test_ids_are_found_in_any_case(visitor: Visitor) -> None:
    begun = visitor.control.fail("SRV-SQL01", seconds=0)
    for key in (begun.resource_id, begun.resource_id.upper()):
        assert len(await listed(visitor, resourceId=f"or({key},x)")) == 1


@pytest.mark.parametrize(
    "params",
    [
        {"severity": "ge(awful)"},
        {"updated_at": "gt(2026-01-01T00:00:00Z)"},
        {"updated_at": "about(5)"},
        {"order": "asc(colour)"},
        {"order": "type"},
    ],
)
async def test_wrong_words_are_a_bare_400(visitor: Visitor, params: dict[str, str]) -> None:
    answer = await visitor.http.get(ALERTS, params=params)
    assert answer.status_code == 400
    assert answer.json()["domain"] == "AlertManager"


async def test_dismissal_of_some_and_of_all(visitor: Visitor) -> None:
    visitor.control.storm(4, seconds=0)
    first, second, *_ = [each["id"] for each in await listed(visitor)]
    assert (await visitor.http.delete(ALERTS, params={"id": [first, second]})).status_code == 204
    assert len(await listed(visitor)) == 2
    assert (await visitor.http.delete(ALERTS)).status_code == 204
    assert not await listed(visitor)


async def test_a_false_positive(visitor: Visitor) -> None:
    visitor.control.fail(seconds=0)
    (alert,) = await listed(visitor)
    path = f"{ALERTS}/{alert['id']}/false_positive"
    assert (await visitor.http.patch(path, json={"falsePositive": True})).status_code == 204
    assert (await listed(visitor))[0]["falsePositive"] is True
    assert (await visitor.http.patch(path, json={"falsePositive": "yes"})).status_code == 400


async def test_the_reading_client_may_not_dismiss(visitor: Visitor) -> None:
    await visitor.log_in()
    answer = await visitor.http.delete(ALERTS)
    assert answer.status_code == 403
    assert answer.json()["context"]["required_scope"] == "urn:acronis.com::alert_manager:66:admin"


async def test_without_a_token_the_gateway_answers_in_plain_text(visitor: Visitor) -> None:
    async with httpx.AsyncClient(base_url=visitor.running.url) as stranger:
        answer = await stranger.get(ALERTS)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (401, "text/plain")
    assert "<html>" in answer.text


async def test_the_living_world_has_alerts_of_what_failed_in_it() -> None:
    async with visiting(World(now=lambda: START)) as guest:
        found = await listed(guest, type="BackupFailed", limit=200)
        names = {(each["details"]["resourceName"], each["details"]["planName"]) for each in found}
        assert ("beta-srv-2", "Daily") in names
        assert len(names) == len(found), "one open alert for each plan on each workload"
        gone = await listed(guest, show_deleted_only="true", limit=200)
        assert all(START - 28 * DAY < read_stamp(each["createdAt"]) <= read_stamp(each["deletedAt"]) for each in gone)
        assert gone
