"""The control API of the pretend Acronis: what can be made to happen, and how it goes wrong on purpose."""

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from bot.sandbox.acronis import World, serve
from tests.integration.pretending import API, CLIENT, Visitor, raw_task, visiting
from tests.patience import PATIENCE

LIST = f"{API}/tasks"


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        yield guest


async def control(visitor: Visitor, name: str, **words: Any) -> Any:
    return (await visitor.http.post(f"/control/{name}", json=words)).raise_for_status().json()


async def task(visitor: Visitor, begun: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await visitor.ask(f"tasks/{begun['task_id']}")).raise_for_status().json()
    return found


async def test_a_failure_runs_first_and_fails_then(visitor: Visitor) -> None:
    begun = await control(visitor, "fail", resource="srv-sql01", plan="Nightly servers", seconds=60, cause="vss")
    running = await task(visitor, begun)
    assert (running["state"], running["resource"]["name"]) == ("started", "SRV-SQL01")
    visitor.control.now(offset=60)
    failed = await task(visitor, begun)
    assert (failed["state"], failed["result"]["code"]) == ("completed", "error")
    assert failed["result"]["error"]["code"] == "MemoVssProviderDoesNotSupportVolume"
    assert failed["completedAt"] == begun["completes_at"]
    assert await visitor.ids("activities", taskId=begun["task_id"], resultCode="error") != []


async def test_a_recovery_is_an_ok_run_of_the_same_resource_and_plan(visitor: Visitor) -> None:
    begun = await control(visitor, "fail", seconds=0)
    failed = await task(visitor, begun)
    healed = await task(visitor, await control(visitor, "recover", seconds=0))
    assert healed["result"]["code"] == "ok"
    assert healed["policy"] == failed["policy"]
    assert healed["resource"]["name"] == failed["resource"]["name"]
    assert healed["startedAt"] > failed["startedAt"]


async def test_a_restore_fails_and_is_repeated(visitor: Visitor) -> None:
    failed = await task(visitor, await control(visitor, "fail", resource="mia@acme.example", kind="restore", seconds=0))
    assert (failed["type"], failed["result"]["code"]) == ("UserMailboxRestore", "error")
    assert "policy" not in failed
    healed = await task(visitor, await control(visitor, "recover", seconds=0))
    assert (healed["type"], healed["result"]["code"]) == ("UserMailboxRestore", "ok")


async def test_cause_code_and_result_can_be_chosen(visitor: Visitor) -> None:
    own = await task(visitor, await control(visitor, "fail", seconds=0, cause="The tape is torn.", code="TornTape"))
    assert own["result"]["error"]["context"]["cause_str"] == "The tape is torn."
    assert own["result"]["error"]["code"] == "TornTape"
    for result in ("abandoned", "timedout", "cancelled", "warning"):
        other = await task(visitor, await control(visitor, "fail", seconds=0, result=result))
        assert other["result"]["code"] == result


async def test_a_child_task_may_carry_the_failure_as_well(visitor: Visitor) -> None:
    begun = await control(visitor, "fail", resource="SRV-DC01", seconds=0, child=True)
    root, child = await visitor.items(resultCode="error")
    assert root["idString"] == begun["task_id"]
    assert (child["context"]["parentUUID"], child["result"]) == (begun["uuid"], root["result"])


async def test_an_ailing_resource_recovers_for_good() -> None:
    async with visiting("living") as visitor:
        await control(visitor, "recover", resource="beta-srv-2", plan="Daily", seconds=0)
        since = (await control(visitor, "now"))["now"]
        visitor.control.now(offset=2 * 86_400)
        await visitor.log_in()
        runs = await visitor.items(resourceName="beta-srv-2", policyName="Daily", startedAt=f"gt({since})")
        codes = [run["result"].get("error", {}).get("code") for run in runs if run["state"] == "completed"]
    assert len(runs) >= 2
    assert "MemoNotEnoughSpaceOnStorage" not in codes


@pytest.mark.parametrize("count", [6, 130])
async def test_a_storm_fails_so_many_different_resources_by_one_cause(visitor: Visitor, count: int) -> None:
    assert len(await control(visitor, "storm", count=count, seconds=0)) == count
    failed = await visitor.items(resultCode="error")
    assert len({item["resource"]["id"].lower() for item in failed}) == count
    assert {item["result"]["error"]["code"] for item in failed} == {"MemoFailedToDiscoverFesUri"}


async def test_stamps_can_lie_in_the_future(visitor: Visitor) -> None:
    found = await task(visitor, await control(visitor, "future", seconds=7200))
    now = (await visitor.http.get("/control/now")).json()["now"]
    assert found["state"] == "completed"
    assert found["updatedAt"] > now
    assert found["startedAt"] > now


async def test_raw_objects_are_kept_word_by_word_and_replaced_by_id(visitor: Visitor) -> None:
    odd = {"id": 5, "state": "confused", "updatedAt": None, "result": "?"}
    await control(visitor, "add", tasks=[odd, None, "text"], activities=[{"no": "id"}])
    assert await visitor.items() == [odd, None, "text"]
    assert await visitor.items("activities") == [{"no": "id"}]
    await control(visitor, "add", tasks=[raw_task(5)])
    assert (await visitor.items())[0] == raw_task(5)


async def test_poison_comes_with_the_next_pages(visitor: Visitor) -> None:
    visitor.control.add(tasks=[raw_task(5)])
    await control(visitor, "poison", text="[[[")
    answers = [await visitor.ask() for _ in range(2)]
    assert ['"argument":[[[,' in answer.text for answer in answers] == [True, False]


async def test_malformed_items_come_with_the_next_pages(visitor: Visitor) -> None:
    visitor.control.add([raw_task(1), raw_task(2)])
    await control(visitor, "malformed", items=[{"id": "x"}], count=2)
    assert [await visitor.items() for _ in range(3)] == [
        [raw_task(1), {"id": "x"}, raw_task(2)],
        [raw_task(1), {"id": "x"}, raw_task(2)],
        [raw_task(1), raw_task(2)],
    ]
    await control(visitor, "malformed")
    assert None in await visitor.items()


@pytest.mark.parametrize(
    ("words", "status", "media"),
    [
        ({"kind": "500"}, 500, "application/json"),
        ({"kind": "502"}, 502, "text/html"),
        ({"kind": "503", "retry_after": 7}, 503, "text/html"),
        ({"kind": "429", "retry_after": 7}, 429, "application/json"),
        ({"kind": "garbage"}, 200, "application/json"),
        ({"kind": "html"}, 200, "text/html"),
    ],
)
async def test_the_next_requests_can_go_wrong(visitor: Visitor, words: dict[str, Any], status: int, media: str) -> None:
    await control(visitor, "fault", count=2, **words)
    answers = [await visitor.ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["Content-Type"].startswith(media)
    assert answers[0].headers.get("Retry-After") == ("7" if "retry_after" in words else None)


async def test_retry_after_may_be_a_date_by_the_servers_clock(visitor: Visitor) -> None:
    visitor.control.now(offset=-3600)
    await control(visitor, "fault", kind="503", retry_after=30, as_date=True)
    answer = await visitor.ask()
    told, sent = (parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
    assert 29 <= (told - sent).total_seconds() <= 30


async def test_a_fault_without_a_count_lasts_until_clear(visitor: Visitor) -> None:
    await control(visitor, "fault", kind="500", count=None)
    assert [(await visitor.ask()).status_code for _ in range(3)] == [500] * 3
    await control(visitor, "clear")
    assert (await visitor.ask()).status_code == 200


async def test_a_fault_can_strike_one_path_only(visitor: Visitor) -> None:
    await control(visitor, "fault", kind="500", path="/api/2/idp")
    assert (await visitor.ask()).status_code == 200
    assert (await visitor.token()).status_code == 500
    assert (await visitor.token()).status_code == 200


async def test_a_connection_can_be_reset(visitor: Visitor) -> None:
    await control(visitor, "fault", kind="reset")
    with pytest.raises(httpx.TransportError):
        await visitor.ask()
    assert (await visitor.ask()).status_code == 200


async def test_a_redirect_leads_to_another_host(visitor: Visitor) -> None:
    await control(visitor, "fault", kind="redirect", location="http://other.example")
    answer = await visitor.ask(limit=1)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"http://other.example{LIST}?limit=1")


@pytest.mark.parametrize("words", [("fault", {"kind": "hang"}), ("slow", {"seconds": 600})])
async def test_an_answer_can_be_too_late(visitor: Visitor, words: tuple[str, dict[str, Any]]) -> None:
    """The server can still be stopped at once."""
    await control(visitor, words[0], **words[1])
    with pytest.raises(httpx.ReadTimeout):
        await visitor.http.get(LIST, timeout=httpx.Timeout(PATIENCE, read=0.5))


async def test_an_outage_takes_the_token_endpoint_along(visitor: Visitor) -> None:
    await control(visitor, "outage")
    assert [(await visitor.ask()).status_code, (await visitor.token()).status_code] == [502, 502]
    await control(visitor, "outage", on=False)
    assert [(await visitor.ask()).status_code, (await visitor.token()).status_code] == [200, 200]


async def test_a_held_request_waits_until_it_is_released(visitor: Visitor) -> None:
    hold = (await control(visitor, "hold", path=LIST))["hold"]
    assert (await visitor.http.get("/control/holds")).json()["held"] is False
    asked = asyncio.create_task(visitor.ask(limit=1))
    await visitor.control.caught(hold)
    assert (await visitor.http.get("/control/holds")).json() == {
        "held": True,
        "holds": [{"hold": hold, "path": LIST, "held": True}],
    }
    assert (await visitor.ask(limit=2)).status_code == 200, "a hold stops one request, not the next"
    assert not asked.done()
    assert await control(visitor, "release", hold=hold) == {"released": 1}
    assert (await asked).status_code == 200


async def test_a_held_request_may_lose_its_client(visitor: Visitor) -> None:
    hold = visitor.control.hold()["hold"]
    asked = asyncio.create_task(visitor.ask())
    await visitor.control.caught(hold)
    asked.cancel()
    visitor.control.release()
    assert (await visitor.ask()).status_code == 200


async def test_all_requests_are_written_down_without_secrets(visitor: Visitor) -> None:
    await visitor.token(None, client_id=CLIENT[0], client_secret=CLIENT[1], scope="s")
    await visitor.http.get(f"{LIST}?state=started&state=paused", headers={"User-Agent": "tester"})
    await visitor.http.get(LIST, headers={"Authorization": "Bearer wrong"})
    listing = await visitor.http.get("/control/requests")
    token, good, bad = listing.json()[-3:]
    assert token["params"] == [["grant_type", "client_credentials"], ["scope", "s"]]
    assert (good["query"], good["params"]) == (
        "state=started&state=paused",
        [["state", "started"], ["state", "paused"]],
    )
    assert (good["user_agent"], good["authorised"], good["status"]) == ("tester", True, 200)
    assert (bad["authorised"], bad["status"]) == (False, 401)
    assert CLIENT[1] not in listing.text
    assert visitor.http.headers["Authorization"].removeprefix("Bearer ") not in listing.text
    only = (await visitor.http.get("/control/requests", params={"path": LIST})).json()
    assert {one["path"] for one in only} == {LIST}


async def test_the_date_header_can_be_off_alone_or_with_the_whole_clock(visitor: Visitor) -> None:
    async def date() -> float:
        return parsedate_to_datetime((await visitor.ask()).headers["Date"]).timestamp()

    real = await date()
    await control(visitor, "now", date_offset=-600)
    assert -601 <= await date() - real <= -590
    told = await control(visitor, "now", offset=3600, date_offset=0)
    assert told["offset"] == 3600
    assert 3599 <= await date() - real <= 3610


async def test_reset_brings_everything_back(visitor: Visitor) -> None:
    visitor.control.add([raw_task(1)])
    for name, words in (
        ("slow", {"seconds": 600}),
        ("outage", {}),
        ("now", {"offset": 99}),
        ("settings", {"max_page": 1}),
    ):
        await control(visitor, name, **words)
    await control(visitor, "reset")
    assert (await visitor.ask()).status_code == 401
    await visitor.log_in()
    assert await visitor.items() == []
    assert visitor.control.settings()["max_page"] == 1000
    assert visitor.running.world.offset == 0


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("fail", '{"resource": "nobody"}'),
        ("fail", '{"kind": "archive"}'),
        ("fail", '{"result": "bad"}'),
        ("fail", '{"seconds": "soon"}'),
        ("fail", '{"colour": 1}'),
        ("recover", "{}"),
        ("fault", '{"kind": "418"}'),
        ("outage", '{"mode": "rain"}'),
        ("settings", '{"envelope": "brown"}'),
        ("settings", '{"token_expiry": "never"}'),
        ("release", '{"hold": 9}'),
        ("delete", '{"id": 9}'),
        ("fail", "[]"),
        ("fail", "{"),
    ],
)
async def test_wrong_words_are_refused_and_change_nothing(visitor: Visitor, name: str, body: str) -> None:
    answer = await visitor.http.post(f"/control/{name}", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert await visitor.items() == []


@pytest.mark.parametrize("name", ["site", "caught", "_choose", "nothing"])
async def test_only_what_is_meant_for_it_can_be_called(visitor: Visitor, name: str) -> None:
    assert (await visitor.http.post(f"/control/{name}", json={})).status_code == 404
    assert (await visitor.http.get("/control/fail")).status_code == 404


async def test_resources_names_what_can_fail(visitor: Visitor) -> None:
    for one in (await visitor.http.get("/control/resources")).json()[::17]:
        begun = await control(visitor, "fail", resource=one["resource_id"], plan=one["plan"], seconds=0)
        assert (begun["resource"], begun["tenant"]) == (one["resource"], one["tenant"])


async def test_servers_can_be_started_and_stopped_many_times_side_by_side() -> None:
    async with visiting() as first, visiting(World(kind="empty")) as second:
        first.control.add([raw_task(1)])
        assert (await first.ids(), await second.ids()) == ([1], [])
        assert first.running.url != second.running.url
    again = await serve(first.running.port, world="empty")
    assert again.port == first.running.port
    await again.close()


async def test_a_taken_port_is_an_error(visitor: Visitor) -> None:
    with pytest.raises(OSError, match="in use"):
        await serve(visitor.running.port, world="empty")
