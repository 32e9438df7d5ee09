"""The acting client against the pretend Acronis and a scripted server: it asks for one run, of one backup, once."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.acronis import Timeouts
from bot.acronis.acting import ActingClient
from bot.errors import AcronisUnavailable, MissingRole, WrongCredentials
from bot.model import Acceptance, Application
from bot.sandbox.acronis import Running, serve
from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.sandbox.acronis.plans import BACKUP, ROOT, parts_of
from tests.integration.acronis.server import NGINX, Server, Sleeps, cut_off, page, status

RUN_PATH = "/api/policy_management/v4/applications/run"
MACHINE = next(one for one in ASSIGNMENTS if (one.workload.name, one.plan.name) == ("SRV-SQL01", "Nightly servers"))
ID = MACHINE.workload.key
_, CHILD, _ = parts_of(MACHINE.plan)
BACKUP_NOW = Application(CHILD.id, BACKUP, ID, CHILD.parents)


@pytest.fixture
async def acronis() -> AsyncIterator[Running]:
    running = await serve(world="empty")
    yield running
    await running.close()


@pytest.fixture
async def client(acronis: Running) -> AsyncIterator[ActingClient]:
    one = ActingClient("main", acronis.url, "sandbox-acting", "sandbox-acting-secret", sleep=Sleeps())
    yield one
    await one.aclose()


Acting = Callable[..., ActingClient]


@pytest.fixture
async def connect(served: Server) -> AsyncIterator[Acting]:
    made: list[ActingClient] = []

    def new(**changes: Any) -> ActingClient:
        made.append(ActingClient("main", served.url, "the-id", "the-secret", **{"sleep": Sleeps(), **changes}))
        return made[-1]

    yield new
    for each in made:
        await each.aclose()


def runs(acronis: Running) -> list[dict[str, Any]]:
    return [seen for seen in acronis.control.requests(RUN_PATH) if seen["method"] == "PUT"]


async def tasks(acronis: Running) -> list[Any]:
    """All tasks, as a client that reads sees them."""
    async with httpx.AsyncClient(base_url=acronis.url) as http:
        form = {"grant_type": "client_credentials"}
        token = (await http.post("/api/2/idp/token", data=form, auth=("sandbox-client", "sandbox-secret"))).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        found: list[Any] = (await http.get("/api/task_manager/v2/tasks", headers=bearer)).json()["items"]
        return found


# ── which policies are on a workload ──


@pytest.mark.parametrize("spelling", [ID, ID.upper(), ID.title()])
@pytest.mark.parametrize("flat", [False, True])
async def test_a_workloads_policies_are_found_in_lists_and_flat_and_without_case(
    acronis: Running, client: ActingClient, spelling: str, flat: bool
) -> None:
    acronis.control.applications(flat=flat)
    found = (await client.applications(spelling)).items
    plans = {one.plan.key for one in ASSIGNMENTS if one.workload.key == ID}
    assert {each.policy_id for each in found if each.policy_type == ROOT} == plans
    child = next(each for each in found if each.policy_id == CHILD.id)
    assert (child.is_backup, child.parent_ids, child.is_enabled, child.is_licensed) == (True, CHILD.parents, True, True)
    assert (child.deployment, child.is_idle) == ("deployed", True)


@pytest.mark.parametrize("flat", [False, True])
async def test_a_run_that_goes_on_is_seen_with_its_percentage(
    acronis: Running, client: ActingClient, flat: bool
) -> None:
    acronis.control.applications(flat=flat)
    acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=100)
    acronis.control.now(offset=41)
    (running,) = (await client.applications(ID, CHILD.id, execution_state="running")).items
    assert running.is_running
    assert running.percent in (41, 42)
    assert running.last_run_at
    idle = (await client.applications(ID, CHILD.id, execution_state="idle")).items
    assert not idle


async def test_all_pages_are_read_and_what_was_not_asked_for_is_left_out(served: Server, connect: Acting) -> None:
    """The server ignores the filters, and sends what is malformed."""
    mine, other = raw(), raw(context={"id": "another"})
    served.answers = [page([mine, 5, None], other, after="next"), page({"policy": {}}, [raw(policy={"id": "b"})])]
    found = await connect().applications("W1", "P1")
    assert [each.policy_id for each in found.items] == ["p1"]
    assert found.malformed == 4
    assert [("after=next" in query, "context_id=w1" in query) for query in served.queries] == [
        (False, True),
        (True, True),
    ]


async def test_a_list_without_an_end_is_an_error_since_one_that_runs_may_be_missing(
    served: Server, connect: Acting
) -> None:
    served.answers = [page(raw(), after=f"page-{number}") for number in range(30)]
    with pytest.raises(AcronisUnavailable):
        await connect(per_second=100).applications("w1")
    assert len(served.asked) == 20


@pytest.mark.parametrize("body", ["<html>", "[]", '{"error":{}}', '{"items":7}', '{"items":[[{"policy"', ""])
async def test_what_is_no_list_is_an_error(served: Server, connect: Acting, body: str) -> None:
    served.answers = [status(200, body)]
    with pytest.raises(AcronisUnavailable):
        await connect().applications("w1")


@pytest.mark.parametrize("id_", ["", "or(a,b)", "not(a)", "a b", "a" * 65, "ä"])
async def test_what_is_no_id_is_not_asked(served: Server, connect: Acting, id_: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        await connect().applications(id_)
    assert not served.asked


async def test_a_list_that_is_not_allowed_names_the_scope(served: Server, connect: Acting) -> None:
    served.answers = [status(403, access_denied("urn:acronis.com::policy_management:901:read"))]
    with pytest.raises(MissingRole, match=r"urn:acronis.com::policy_management:901:read"):
        await connect().applications("w1")
    served.answers = [status(403, "<html>")]
    with pytest.raises(MissingRole, match=r"urn:acronis.com::policy_management::read"):
        await connect().applications("w1")


async def test_wrong_credentials_name_the_acting_clients_settings(acronis: Running) -> None:
    wrong = ActingClient("main", acronis.url, "sandbox-acting", "sandbox-secret", sleep=Sleeps())
    with pytest.raises(WrongCredentials, match="ACRONIS_ACTING_CLIENT_ID"):
        await wrong.applications(ID)
    outcome = await wrong.run_now(BACKUP_NOW)
    await wrong.aclose()
    assert (outcome.acceptance, "ACRONIS_ACTING_CLIENT_ID" in outcome.words) == (Acceptance.REFUSED, True)
    assert not runs(acronis)


# ── running ──


@pytest.mark.parametrize("answer", ["202", "204"])
async def test_a_run_is_one_backup_on_one_workload(acronis: Running, client: ActingClient, answer: str) -> None:
    acronis.control.answer_run(answer)
    assert (await client.run_now(BACKUP_NOW)).acceptance is Acceptance.ACCEPTED
    (sent,) = runs(acronis)
    assert sent["body"] == {"state": "running", "policy_id": CHILD.id, "context_ids": [ID]}
    (task,) = await tasks(acronis)
    assert (task["resource"]["id"].lower(), task["policy"]["id"]) == (ID, MACHINE.plan.key)
    assert task["state"] == "started"


@pytest.mark.parametrize(
    "application",
    [
        Application(MACHINE.plan.key, ROOT, ID),
        Application(CHILD.id, "policy.security.antimalware_protection", ID),
        Application(CHILD.id, "", ID),
        Application(CHILD.id, BACKUP, ""),
        Application("", BACKUP, ID),
        Application(CHILD.id, BACKUP, f"or({ID})"),
    ],
)
async def test_a_root_a_scan_and_a_run_without_a_workload_cannot_be_sent(
    acronis: Running, client: ActingClient, application: Application
) -> None:
    with pytest.raises(ValueError, match=r"backup policies|needs the ids"):
        await client.run_now(application)
    assert not acronis.control.requests()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("400", "the request is not valid"),
        ("403", "urn:acronis.com::policy_manager:66:admin"),
        ("404", "does not know this plan"),
        ("422", "quota is used up"),
    ],
)
async def test_a_refusal_is_told_in_words(acronis: Running, client: ActingClient, answer: str, words: str) -> None:
    acronis.control.answer_run(answer)
    outcome = await client.run_now(BACKUP_NOW)
    assert (outcome.acceptance, words in outcome.words) == (Acceptance.REFUSED, True)
    assert len(runs(acronis)) == 1
    assert not await tasks(acronis)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"error": {"code": "AccessDenied", "context": {"required_scope": "urn:acronis.com::x:9:admin"}}},
            "::x:9:admin",
        ),
        ({"code": "AccessDenied"}, "urn:acronis.com::policy_manager::admin"),
        ({"context": {"required_scope": "<!channel> " * 90}}, "urn:acronis.com::policy_manager::admin"),
        (NGINX, "urn:acronis.com::policy_manager::admin"),
        ([], "urn:acronis.com::policy_manager::admin"),
    ],
)
async def test_a_403_names_the_scope_that_is_missing(served: Server, connect: Acting, body: Any, words: str) -> None:
    served.answers = [status(403, body)]
    outcome = await connect().run_now(BACKUP_NOW)
    assert words in outcome.words
    assert len(outcome.words) < 400


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"issues": [{"error": {"code": "NoApplications"}}]}, "not applied to this workload"),
        ({"issues": [{"error": {"code": "NoApplicationsError"}}]}, "not applied to this workload"),
        ({"issues": [None, 5, {"error": {"code": "Odd", "message": "it is Tuesday."}}]}, ": it is Tuesday."),
        ({"error": {"message": "the plan sleeps"}}, "the plan sleeps"),
        ({"issues": []}, "switched off"),
        (NGINX, "switched off"),
    ],
)
async def test_a_422_says_why(served: Server, connect: Acting, body: Any, words: str) -> None:
    served.answers = [status(422, body)]
    outcome = await connect().run_now(BACKUP_NOW)
    assert (outcome.acceptance, words in outcome.words) == (Acceptance.REFUSED, True)


async def test_a_redirect_is_not_followed(served: Server, connect: Acting) -> None:
    served.answers = [status(307, "", Location="/elsewhere")]
    outcome = await connect().run_now(BACKUP_NOW)
    assert (outcome.acceptance, len(served.asked)) == (Acceptance.REFUSED, 1)


@pytest.mark.parametrize("code", [200, 201, 408, 425, 429, 500, 502, 503, 504])
async def test_what_is_not_certain_is_unknown_and_sent_once(served: Server, connect: Acting, code: int) -> None:
    served.answers = [status(code, NGINX)]
    outcome = await connect().run_now(BACKUP_NOW)
    assert (outcome.acceptance, len(served.asked)) == (Acceptance.UNKNOWN, 1)
    assert str(code) in outcome.words


@pytest.mark.parametrize("answer", ["reset", "reset after", "hang after", "500", "500 after"])
async def test_a_lost_answer_is_unknown_and_sent_once(acronis: Running, answer: str) -> None:
    acronis.control.answer_run(answer)
    waits = Timeouts(read=2.0) if answer == "hang after" else Timeouts()
    one = ActingClient("main", acronis.url, "sandbox-acting", "sandbox-acting-secret", timeouts=waits, sleep=Sleeps())
    outcome = await one.run_now(BACKUP_NOW)
    await one.aclose()
    assert (outcome.acceptance, len(runs(acronis))) == (Acceptance.UNKNOWN, 1)
    assert bool(await tasks(acronis)) is answer.endswith("after")


async def test_a_connection_cut_off_is_unknown_and_sent_once(served: Server, connect: Acting) -> None:
    served.answers = [cut_off]
    assert (await connect().run_now(BACKUP_NOW)).acceptance is Acceptance.UNKNOWN
    assert len(served.asked) == 1


async def test_where_nothing_listens_nothing_was_sent() -> None:
    one = ActingClient("main", "http://127.0.0.1:9", "the-id", "the-secret", sleep=Sleeps())
    outcome = await one.run_now(BACKUP_NOW)
    await one.aclose()
    assert (outcome.acceptance, "cannot be reached" in outcome.words) == (Acceptance.REFUSED, True)


@pytest.mark.parametrize("trouble", [cut_off, status(500, NGINX), status(401, {"error": "invalid_client"})])
async def test_without_a_token_nothing_is_sent(served: Server, connect: Acting, trouble: Any) -> None:
    served.tokens, served.answers = [trouble], [status(202, {})]
    assert (await connect().run_now(BACKUP_NOW)).acceptance is Acceptance.REFUSED
    assert not served.asked


async def test_a_refused_token_is_renewed_once_since_nothing_was_accepted(served: Server, connect: Acting) -> None:
    served.answers = [status(401, NGINX), status(202, {})]
    assert (await connect().run_now(BACKUP_NOW)).acceptance is Acceptance.ACCEPTED
    assert served.bearers == ["Bearer t1", "Bearer t2"]
    served.answers = [status(401, NGINX)]
    outcome = await connect().run_now(BACKUP_NOW)
    assert (outcome.acceptance, len(served.asked)) == (Acceptance.REFUSED, 4)


async def test_a_lost_answer_after_a_renewed_token_is_unknown(served: Server, connect: Acting) -> None:
    served.answers = [status(401, NGINX), cut_off]
    assert (await connect().run_now(BACKUP_NOW)).acceptance is Acceptance.UNKNOWN
    assert len(served.asked) == 2


async def test_whoever_asks_to_be_left_alone_is_sent_nothing(served: Server, connect: Acting) -> None:
    one = connect()
    served.answers = [status(429, {}, **{"Retry-After": "120"}), status(202, {})]
    assert (await one.run_now(BACKUP_NOW)).acceptance is Acceptance.UNKNOWN
    assert (await one.run_now(BACKUP_NOW)).acceptance is Acceptance.REFUSED
    assert len(served.asked) == 1


async def test_the_body_is_json(served: Server, connect: Acting) -> None:
    bodies: list[Any] = []

    async def keep(request: web.Request) -> web.StreamResponse:
        bodies.append((request.method, request.path, request.content_type, json.loads(await request.text())))
        return web.Response(status=204)

    served.answers = [keep]
    await connect().run_now(BACKUP_NOW)
    body = {"state": "running", "policy_id": CHILD.id, "context_ids": [ID]}
    assert bodies == [("PUT", RUN_PATH, "application/json", body)]


def raw(**changes: Any) -> dict[str, Any]:
    policy = {"id": "p1", "type": BACKUP, "parent_ids": ["r1"]}
    return {"policy": policy, "context": {"id": "w1"}, "running": {"state": "idle"}, **changes}


def access_denied(scope: str) -> dict[str, Any]:
    return {"domain": "Access", "code": "AccessDeniedError", "context": {"required_scope": scope}}
