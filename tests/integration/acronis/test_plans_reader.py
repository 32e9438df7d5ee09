"""What is read of an account beside its tasks, over a scripted server (bot/acronis/plans.py, acronis-plans)."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from bot.acronis import AcronisClient
from bot.acronis.plans import PlansReader
from bot.errors import AcronisRefused, AcronisRejected, AcronisUnavailable, MissingScope, WrongCredentials
from bot.model import Page
from bot.model.plans import Access, Api, PolicyRuns, WorkloadStatus
from tests.integration.acronis.samples import (
    AGENT,
    CHANGED,
    CHILD_ID,
    GOOD,
    MACHINE,
    NEXT,
    OTHER,
    ROOT_ID,
    STARTED,
    TENANT,
    agent,
    alert,
    application,
    attributes,
    child,
    plan,
    resource,
    root,
    status_of,
    tenant,
)
from tests.integration.acronis.server import NGINX, Connect, Server, page, status

T = TypeVar("T")
SINCE = datetime(2026, 11, 25, 8, 0, 0, 5, tzinfo=UTC)
Walk = Callable[[PlansReader], AsyncIterator[Page[Any]]]
WALKS: dict[Api, Walk] = {
    Api.STATUSES: lambda reader: reader.statuses(None),
    Api.RESOURCES: lambda reader: reader.workloads(None),
    Api.AGENTS: lambda reader: reader.agents(),
    Api.ALERTS: lambda reader: reader.alerts(None),
    Api.POLICIES: lambda reader: reader.policies(),
    Api.APPLICATIONS: lambda reader: reader.applications([MACHINE]),
    Api.TENANTS: lambda reader: reader.tenants(),
}
ITEMS: dict[Api, dict[str, Any]] = {
    Api.STATUSES: status_of(),
    Api.RESOURCES: resource(),
    Api.AGENTS: agent(),
    Api.ALERTS: alert(),
    Api.POLICIES: plan(),
    Api.APPLICATIONS: application(),
}
"""All but those that take two requests."""


ODD_ZONES: tuple[Any, ...] = (None, "CET", 7200, True, [], {}, "1e999", "nan", -841)


@pytest.fixture
def reader(client: AcronisClient) -> PlansReader:
    return client.plans


async def items(walk: AsyncIterator[Page[T]]) -> list[T]:
    return [item async for one in walk for item in one.items]


async def pages(walk: AsyncIterator[Page[T]]) -> list[Page[T]]:
    return [one async for one in walk]


def asked(served: Server, number: int = -1) -> dict[str, str]:
    return dict(parse_qsl(served.asked[number].rel_url.raw_query_string))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ── statuses ──


async def test_a_status_holds_the_runs_of_each_type(served: Server, reader: PlansReader) -> None:
    served.answers = [page(status_of())]
    (found,) = await items(reader.statuses(None))
    assert found == WorkloadStatus(
        account="main",
        id=MACHINE,
        type="resource.machine",
        name="SRV-DB1 (prod)",
        tenant_id="901",
        tenant_name="Acme",
        agent_id=AGENT,
        status="error",
        execution="idle",
        plan_names="Nightly servers",
        created_at=datetime(2026, 2, 3, 9, 31, 44, 120045, tzinfo=UTC),
        updated_at=at(CHANGED),
        runs=(
            PolicyRuns("policy.backup.machine", at(STARTED), at(GOOD), at(NEXT)),
            PolicyRuns("policy.security.patch_management", at("2026-11-25T03:00:00Z")),
        ),
    )
    assert served.asked[0].path == "/api/resource_management/v4/resource_statuses"
    assert asked(served) == {"is_group": "false", "order": "asc(updated_at)", "limit": "1000"}


@pytest.mark.parametrize(
    "runs",
    [
        {"last_run": STARTED, "last_success_run": GOOD, "next_run": NEXT},
        {"last_run_time": STARTED, "last_success_run_time": GOOD, "next_run_time": NEXT},
        {"last_run_time": None, "last_run": STARTED, "last_success_run_time": "", "last_success_run": GOOD}
        | {"next_run_time": "0001-01-01T00:00:00Z", "next_run": NEXT},
        {"last_run": "Wed, 25 Nov 2026 21:00:03 +0000", "last_success_run": GOOD, "next_run_time": NEXT},
    ],
)
async def test_both_spellings_of_run_times_are_read(served: Server, reader: PlansReader, runs: dict[str, Any]) -> None:
    served.answers = [page(status_of(policies=[{"type": "policy.backup.machine", **runs}]))]
    (found,) = await items(reader.statuses(None))
    assert found.runs == (PolicyRuns("policy.backup.machine", at(STARTED), at(GOOD), at(NEXT)),)


@pytest.mark.parametrize("time", [None, "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon", 7, "x" * 10**6, []])
async def test_what_is_no_time_reads_as_never(served: Server, reader: PlansReader, time: Any) -> None:
    runs = {"type": "policy.backup.machine", "last_run": time, "next_run": time, "next_enable_time": time}
    served.answers = [page(status_of(policies=[runs], context=resource(updated_at=time, created_at=time)))]
    (found,) = await items(reader.statuses(None))
    assert found.runs == (PolicyRuns("policy.backup.machine"),)
    assert (found.created_at, found.updated_at) == (None, None)


async def test_a_status_may_say_little_or_say_words_that_nobody_knows(served: Server, reader: PlansReader) -> None:
    """The workload stands at the item's top, groups come although they were not asked for, ids are in upper case."""
    served.answers = [
        page(
            {"id": MACHINE.upper(), "type": "resource.mobile"},
            status_of(context={"id": OTHER, "type": "t"}, aggregate={"status": "Snoring", "running": 5}, policies=None),
            status_of(context=resource(is_group=True)),
            status_of(context=resource(type="resource.group.computers")),
            status_of(policies=[{"type": "a", "next_enable_time": NEXT}, 7, None, {"last_run": STARTED}, "x"]),
        )
    ]
    (one,) = await pages(reader.statuses(None))
    bare, odd, paused = one.items
    assert (bare.id, bare.name, bare.runs) == (MACHINE, MACHINE.upper(), ())
    assert (odd.id, odd.status, odd.execution, odd.runs) == (OTHER, "snoring", "", ())
    assert paused.runs == (PolicyRuns("a", enabled_again_at=at(NEXT)),)
    assert (one.read, one.malformed) == (5, 0)


async def test_what_changed_is_asked_for_and_how_far_it_came_is_told(served: Server, reader: PlansReader) -> None:
    served.answers = [page(status_of(), status_of(context=resource(id=OTHER, updated_at="2026-11-25T22:00:00Z")))]
    (one,) = await pages(reader.statuses(SINCE))
    assert asked(served)["updated_at"] == "gt(2026-11-25T08:00:00.000005Z)"
    assert (one.reached, one.is_last) == (at("2026-11-25T22:00:00Z"), True)


# ── workloads and agents ──


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [(120, 120), ("120", 120), (-300.0, -300), ([345], 345), (0, 0), ("-90", -90)] + [(odd, None) for odd in ODD_ZONES],
)
async def test_a_machines_zone_is_read_from_its_attributes(
    served: Server, reader: PlansReader, zone: Any, minutes: int | None
) -> None:
    served.answers = [
        page(
            resource(attributes=attributes(zone)),
            resource(id=OTHER, attributes={"items": attributes(zone)}, deleted_at=NEXT),
        )
    ]
    listed, wrapped = await items(reader.workloads(None))
    assert (listed.zone_minutes, wrapped.zone_minutes) == (minutes, minutes)
    assert (listed.name, listed.tenant_id, listed.deleted_at) == ("SRV-DB1 (prod)", "901", None)
    assert wrapped.deleted_at == at(NEXT)
    assert asked(served) == {
        "is_group": "false",
        "include_deleted": "true",
        "include_attributes": "true",
        "limit": "1000",
    }


@pytest.mark.parametrize("odd", [7, "x", [], [7, None, {"kvs": 7}, {"name": "agent"}], {"items": 5}, {"kvs": []}])
async def test_odd_attributes_leave_the_zone_unknown(served: Server, reader: PlansReader, odd: Any) -> None:
    served.answers = [page(resource(attributes=odd))]
    assert [one.zone_minutes for one in await items(reader.workloads(None))] == [None]


async def test_workloads_that_changed_and_those_without_a_plan(served: Server, reader: PlansReader) -> None:
    served.answers = [page(resource(), resource(is_group=True))]
    assert len(await items(reader.workloads(SINCE))) == 1
    assert asked(served)["updated_at"] == "gt(2026-11-25T08:00:00.000005Z)"
    assert len(await items(reader.unprotected())) == 1
    assert asked(served) == {"is_group": "false", "not_applied_only": "true", "limit": "1000"}


async def test_an_agent_is_online_offline_or_does_not_say(served: Server, reader: PlansReader) -> None:
    served.answers = [
        page(agent(), agent(id="B", online=False, enabled=False), agent(id="c", online="?", enabled=None, tenant=5))
    ]
    found = await items(reader.agents())
    assert [(one.id, one.is_online, one.is_enabled) for one in found] == [
        (AGENT, True, True),
        ("b", False, False),
        ("c", None, None),
    ]
    assert (found[0].name, found[0].tenant_id, found[2].tenant_id) == ("SRV-DB1", "901", "")
    assert asked(served) == {"limit": "100"}


# ── alerts ──


async def test_an_alert_is_joined_by_ids_in_lower_case(served: Server, reader: PlansReader) -> None:
    served.answers = [page(alert())]
    (found,) = await items(reader.alerts(None))
    assert (found.id, found.type) == ("c7712f08-41de-4b09-9a65-0d3e88b1f452", "NoBackupForXDays")
    assert (found.resource_id, found.plan_id, found.resource_name) == (MACHINE, ROOT_ID, "SRV-DB1")
    assert (found.tenant_id, found.tenant_uuid, found.severity, found.days) == ("901", TENANT, "warning", 5)
    assert (found.created_at, found.ended_at, found.text) == (at("2026-11-26T04:00:00Z"), None, "")
    assert asked(served) == {"order": "asc(updated_at)", "limit": "200"}


async def test_alerts_that_changed_are_asked_for_in_nanoseconds_with_those_that_ended(
    served: Server, reader: PlansReader
) -> None:
    served.answers = [page(alert(deletedAt=NEXT))]
    (found,) = await items(reader.alerts(SINCE))
    assert found.ended_at == at(NEXT)
    nanoseconds = 1795593600000005000
    assert nanoseconds == int(SINCE.timestamp()) * 10**9 + 5000
    assert asked(served)["updated_at"] == f"gt({nanoseconds})"
    assert asked(served)["show_deleted"] == "true"


@pytest.mark.parametrize(
    ("details", "text"),
    [
        (
            {
                "errorMessage": {
                    "domain": "D",
                    "code": "C",
                    "context": {"cause_str": "The quota of https://eu2.example.com/q is used up."},
                }
            },
            "The quota is used up",
        ),
        ({"title": "Machine is offline", "description": "It was not seen for 30 days."}, "It was not seen for 30 days"),
        ({"title": "Machine is offline", "errorMessage": {"code": "C"}}, "Machine is offline"),
        ({"errorMessage": "x"}, ""),
        ({"errorMessage": {"code": "C"}, "activityId": "A1"}, ""),
        (None, ""),
        ([], ""),
        (7, ""),
    ],
)
async def test_an_alert_says_why_in_one_sentence_where_it_says_so(
    served: Server, reader: PlansReader, details: Any, text: str
) -> None:
    served.answers = [page(alert(details={}) | {"details": details})]
    (found,) = await items(reader.alerts(None))
    assert found.text.rstrip(".") == text
    assert found.days is None


async def test_an_alerts_activity_is_named_in_either_place(served: Server, reader: PlansReader) -> None:
    served.answers = [page(alert({"activityId": "A1"}), alert({"activity": {"id": "A2"}}, id="2"))]
    assert [one.activity_id for one in await items(reader.alerts(None))] == ["a1", "a2"]


# ── plans ──


async def test_a_plan_is_its_root_and_its_parts(served: Server, reader: PlansReader) -> None:
    served.answers = [page(plan(root(), child(), child(id="cc", type="policy.security.scan", enabled=False)))]
    found = await items(reader.policies())
    assert [(one.id, one.root_id, one.is_enabled) for one in found] == [
        (ROOT_ID, ROOT_ID, True),
        (CHILD_ID, ROOT_ID, True),
        ("cc", ROOT_ID, False),
    ]
    whole, backup, scan = found
    assert (whole.schedule, whole.why_unknown, whole.name) == (None, "", "Nightly servers")
    assert (scan.schedule, scan.why_unknown) == (None, "")
    assert backup.schedule
    assert [start.minutes for start in backup.schedule.sets] == [(1260,)]
    assert (backup.tenant_id, backup.most_days, backup.context_ids) == ("900", 5, (MACHINE,))
    assert backup.retry
    assert (backup.retry.interval, backup.retry.most) == (timedelta(hours=1), 12)
    assert asked(served) == {
        "include_settings": "true",
        "include_settings_constraints": "false",
        "include_applied_context": "true",
        "limit": "100",
    }


async def test_a_part_of_a_plan_that_is_switched_off_is_off(served: Server, reader: PlansReader) -> None:
    served.answers = [page(plan(child(), root(enabled=False)))]
    assert [one.is_enabled for one in await items(reader.policies())] == [False, False]


@pytest.mark.parametrize(
    ("item", "ids", "malformed"),
    [
        ({"policy": child()}, [CHILD_ID], 0),
        (child(), [CHILD_ID], 0),
        ({"policy": [child(id=CHILD_ID.upper(), parent_ids=[ROOT_ID.upper()]), 7, None, {}]}, [CHILD_ID], 3),
        ({"policy": [child(parent_ids=7, settings=[])]}, [CHILD_ID], 0),
        ({"policy": []}, [], 0),
        ({"policy": "x"}, [], 1),
        ({"policy": [{"id": "a"}, {"type": "policy.backup.machine"}]}, [], 2),
        (7, [], 1),
    ],
)
async def test_odd_plans_are_read_as_far_as_they_go(
    served: Server, reader: PlansReader, item: Any, ids: list[str], malformed: int
) -> None:
    served.answers = [page(item)]
    (one,) = await pages(reader.policies())
    assert ([each.id for each in one.items], one.malformed) == (ids, malformed)


@pytest.mark.parametrize("context", [{"items": [MACHINE.upper(), {"id": OTHER}, 7, None, {}]}])
async def test_the_workloads_of_a_plan_are_ids_or_objects(
    served: Server, reader: PlansReader, context: dict[str, Any]
) -> None:
    served.answers = [page(plan(root()) | {"context": context}, plan(root(id="b")) | {"context": 7})]
    assert [one.context_ids for one in await items(reader.policies())] == [(MACHINE, OTHER), ()]


# ── plans on workloads ──


@pytest.mark.parametrize("nested", [True, False])
async def test_plans_on_workloads_are_read_nested_and_flat(served: Server, reader: PlansReader, nested: bool) -> None:
    both = [application(), application(policy={"id": ROOT_ID, "type": "policy.protection.total"}, enabled=False)]
    served.answers = [page(both) if nested else page(*both)]
    backup, whole = await items(reader.applications([MACHINE.upper(), MACHINE, OTHER]))
    assert (backup.policy_id, backup.context_id, backup.parent_ids) == (CHILD_ID, MACHINE, (ROOT_ID,))
    assert (backup.last_run_at, backup.last_good_at, backup.next_run_at) == (at(STARTED), at(GOOD), at(NEXT))
    assert (backup.event_id, backup.event_type) == ("5c0a7e14-90b2-4d7a-8f33-2e6b1d94a701", "BackupFailed")
    assert (backup.event_severity, backup.is_licensed, whole.is_enabled) == ("critical", True, False)
    assert asked(served) == {"context_id": f"or({MACHINE},{OTHER})", "limit": "250"}


async def test_at_most_a_hundred_workloads_are_asked_for_at_once(served: Server, reader: PlansReader) -> None:
    served.answers = [
        page(application(), after="a"),
        page(application(context={"id": OTHER})),
        page(application(context={"id": "x"})),
    ]
    found = await pages(reader.applications([f"w{number}" for number in range(101)]))
    assert [one.is_last for one in found] == [False, False, True]
    assert [asked(served, number)["context_id"].count("w") for number in range(3)] == [100, 100, 1]
    assert asked(served)["context_id"] == "w100"


async def test_what_is_no_id_is_not_asked_for(served: Server, reader: PlansReader) -> None:
    assert await items(reader.applications(["", "or(a,b)", "a b", "ä", "x" * 500])) == []
    assert not served.asked


# ── tenants ──


async def test_tenants_are_those_below_the_clients_own_with_their_numbers(served: Server, reader: PlansReader) -> None:
    blind = tenant(id=OTHER.upper(), ancestral_access=False, enabled=False, deleted_at=NEXT)
    served.answers = [
        status(200, {"client_id": "the-id", "tenant_id": TENANT.upper()}),
        page(tenant(), blind),
        status(200, {"items": [{"uuid": TENANT, "id": 901}, {"uuid": OTHER.upper(), "id": "17"}, 5, {"id": 4}]}),
    ]
    (one,) = await pages(reader.tenants())
    seen, unseen = one.items
    assert (seen.id, seen.number, seen.name, seen.kind) == (TENANT, "901", "Acme", "customer")
    assert (seen.is_visible, seen.is_enabled, seen.deleted_at) == (True, True, None)
    assert (unseen.number, unseen.is_visible, unseen.is_enabled) == ("17", False, False)
    assert unseen.deleted_at == at(NEXT)
    assert [(request.method, request.path) for request in served.asked] == [
        ("GET", "/api/2/clients/the-id"),
        ("GET", "/api/2/tenants"),
        ("POST", "/api/2/tenants:resolve_ids"),
    ]
    assert asked(served, 1) == {"subtree_root_id": TENANT, "limit": "1000"}


@pytest.mark.parametrize("code", [400, 403, 404])
async def test_tenants_are_worth_reading_without_their_numbers(served: Server, reader: PlansReader, code: int) -> None:
    served.answers = [status(200, {"tenant_id": TENANT}), page(tenant()), status(code, {"error": {"code": "No"}})]
    assert [one.number for one in await items(reader.tenants())] == [""]


async def test_numbers_that_are_out_of_order_are_an_error(served: Server, reader: PlansReader) -> None:
    served.answers = [status(200, {"tenant_id": TENANT}), page(tenant()), status(503, NGINX)]
    with pytest.raises(AcronisUnavailable):
        await items(reader.tenants())
    assert len(served.asked) == 5


@pytest.mark.parametrize("body", [{}, [], {"tenant_id": None}, {"tenant_id": {"a": 1}}, "<html>"])
async def test_a_client_without_a_tenant_is_an_error(served: Server, reader: PlansReader, body: Any) -> None:
    served.answers = [status(200, body)]
    with pytest.raises(AcronisUnavailable):
        await items(reader.tenants())


# ── pages ──


@pytest.mark.parametrize("api", ITEMS)
async def test_filters_are_sent_again_with_each_page_token(served: Server, reader: PlansReader, api: Api) -> None:
    served.answers = [page(ITEMS[api], after="b2Zm=="), page()]
    found = await pages(WALKS[api](reader))
    assert [one.is_last for one in found] == [False, True]
    assert asked(served, 1) == {**asked(served, 0), "after": "b2Zm=="}


@pytest.mark.parametrize("api", ITEMS)
async def test_a_page_token_or_a_page_that_comes_again_ends_a_list(
    served: Server, reader: PlansReader, api: Api
) -> None:
    served.answers = [page(ITEMS[api], after="a"), page(ITEMS[api], after="b"), page(ITEMS[api], after="a")]
    found = await pages(WALKS[api](reader))
    assert [(one.is_last, "repeated" in one.partial) for one in found] == [(False, False), (True, True)]


async def test_a_list_without_an_end_ends(served: Server, connect: Connect) -> None:
    numbers = iter(range(10**6))

    def endless(request: web.Request) -> web.StreamResponse:
        number = next(numbers)
        body = {"items": [agent(id=f"a{number}")], "paging": {"cursors": {"after": f"p{number}"}}}
        return web.json_response(body)

    served.answers = [endless]
    found = await pages(connect(most_pages=7, per_second=1000).plans.agents())
    assert (len(found), found[-1].is_last, "no end" in found[-1].partial) == (7, True, True)


async def test_fewer_items_are_asked_for_where_a_large_page_is_refused(served: Server, reader: PlansReader) -> None:
    refusal = status(400, {"domain": "General", "code": "BadRequestError"})
    served.answers = [refusal, page(resource(), after="a"), page(resource(id=OTHER)), page(resource())]
    assert len(await items(reader.workloads(None))) == 2
    await items(reader.unprotected())
    assert [asked(served, number)["limit"] for number in range(4)] == ["1000", "250", "250", "250"]


async def test_a_question_that_is_refused_is_told(served: Server, reader: PlansReader) -> None:
    refusal = {"error": {"code": "ValidationError", "message": "updated_at is not a time"}}
    served.answers = [status(400, refusal)]
    with pytest.raises(AcronisRejected, match=r"run times of workloads.*updated_at is not a time"):
        await items(reader.statuses(SINCE))
    served.answers = [page()]
    await items(reader.statuses(None))
    assert asked(served)["limit"] == "1000"


# ── what may not be read ──


def denied(scope: Any, *, wrapped: bool, suffix: str) -> dict[str, Any]:
    error = {"domain": "Access", "code": f"AccessDenied{suffix}", "context": {"required_scope": scope}}
    return {"error": error} if wrapped else error


@pytest.mark.parametrize("api", WALKS)
@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_scope_that_is_missing_is_named(served: Server, reader: PlansReader, api: Api, wrapped: bool) -> None:
    scope = "urn:acronis.com::policy_management:901:read"
    served.answers = [status(403, denied(scope, wrapped=wrapped, suffix="Error" if wrapped else ""))]
    with pytest.raises(MissingScope) as caught:
        await items(WALKS[api](reader))
    assert caught.value.scope == scope
    assert f"read {api.value}: it lacks the scope {scope}" in caught.value.told
    assert isinstance(caught.value, AcronisRefused)


@pytest.mark.parametrize("body", [NGINX, {}, [], denied("<b>", wrapped=False, suffix=""), {"error": "no"}])
async def test_a_scope_that_is_not_named_is_the_documented_one(served: Server, reader: PlansReader, body: Any) -> None:
    served.answers = [status(403, body)]
    with pytest.raises(MissingScope) as caught:
        await items(reader.statuses(None))
    assert caught.value.scope == "urn:acronis.com::resource_management::read"
    with pytest.raises(MissingScope, match="it lacks the role"):
        await items(reader.tenants())


@pytest.mark.parametrize("api", WALKS)
async def test_an_api_that_is_not_there_is_told(served: Server, reader: PlansReader, api: Api) -> None:
    served.answers = [status(404, NGINX)]
    with pytest.raises(AcronisRefused, match=api.value):
        await items(WALKS[api](reader))


async def test_an_old_token_is_renewed_once(served: Server, reader: PlansReader) -> None:
    served.answers = [status(401, {"error": {"code": "AuthenticationTimeout"}}), page(agent())]
    assert len(await items(reader.agents())) == 1
    served.answers = [status(401, NGINX)]
    with pytest.raises(WrongCredentials):
        await items(reader.agents())


async def test_a_probe_asks_each_api_for_little_and_says_what_is_missing(served: Server, reader: PlansReader) -> None:
    def answer(request: web.Request) -> web.StreamResponse:
        if "policy_management" in request.path:
            scope = "urn:acronis.com::policy_management:901:read"
            return web.json_response(denied(scope, wrapped=False, suffix="Error"), status=403)
        if "agent_manager" in request.path:
            return web.Response(status=404)
        body: dict[str, Any] = {"tenant_id": TENANT} if "clients" in request.path else {"items": []}
        return web.Response(text=json.dumps(body))

    served.answers = [answer]
    found = {one.api: one for one in await reader.probe()}
    assert {api: one.access for api, one in found.items()} == {
        Api.STATUSES: Access.OPEN,
        Api.RESOURCES: Access.OPEN,
        Api.AGENTS: Access.FAILING,
        Api.ALERTS: Access.OPEN,
        Api.POLICIES: Access.FORBIDDEN,
        Api.APPLICATIONS: Access.FORBIDDEN,
        Api.TENANTS: Access.OPEN,
    }
    assert "urn:acronis.com::policy_management:901:read" in found[Api.APPLICATIONS].words
    assert found[Api.STATUSES].words == ""
    assert all(one.account == "main" for one in found.values())
    assert {dict(request.query).get("limit", "1") for request in served.asked} == {"1"}
    assert len(served.asked) == 8


async def test_a_probe_raises_nothing_where_nothing_answers(served: Server, reader: PlansReader) -> None:
    served.answers = [status(503, NGINX)]
    assert {one.access for one in await reader.probe()} == {Access.FAILING}
