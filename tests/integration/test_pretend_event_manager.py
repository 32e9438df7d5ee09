"""The pretend Event Manager as any client sees it: topics, subscriptions, offsets and the long poll (plans §10)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.acronis.events import SCOPE, TASKS
from tests.integration.pretending import Visitor, raw_task, visiting

API = "/api/event_manager/v1"
SUBSCRIPTION = "454e9a51-2207-4a2c-9db4-6ca168ac9597"
ONE, TWO = "5d0805ff-fa52-4175-abb1-c10061da437d", "5d0805ff-fa52-4175-abb1-c10061da437e"


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as one:
        yield one


async def subscribe(visitor: Visitor, **changes: Any) -> httpx.Response:
    types = [each["id"] for each in (await visitor.http.get(f"{API}/types", params={"topic_id": TASKS})).json()]
    body = {"subscription_id": SUBSCRIPTION, "topic_id": TASKS, "types": types, "tenant_depth": "ALL", **changes}
    return await visitor.http.post(f"{API}/subscriptions", json=body)


async def current(visitor: Visitor, position: str = "CURRENT") -> int:
    found = await visitor.http.get(f"{API}/topics/offsets", params={"topic_id": TASKS, "position": position})
    return int(found.raise_for_status().json()["offset"])


async def wait(visitor: Visitor, offset: int, *, consumer: str = ONE, timeout: str = "PT0S") -> httpx.Response:  # noqa: ASYNC109
    query = {"subscription_id": SUBSCRIPTION, "consumer_id": consumer, "offset": str(offset), "timeout": timeout}
    return await visitor.http.get(f"{API}/events", params=query)


async def test_topics_are_a_plain_array_and_the_task_topic_is_among_them(visitor: Visitor) -> None:
    topics = (await visitor.http.get(f"{API}/topics")).json()
    assert [each["id"] for each in topics if "task" in each["id"]] == [TASKS]
    assert topics[0]["retention"] == "P7D"
    one = (await visitor.http.get(f"{API}/topics", params={"topic_id": TASKS})).json()
    assert one == topics[:1]


async def test_a_subscription_is_made_once(visitor: Visitor) -> None:
    first, second = await subscribe(visitor), await subscribe(visitor)
    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["subscription_id"] == SUBSCRIPTION
    assert first.json()["session_timeout"] == "PT30S"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"subscription_id": "mine"}, 400),
        ({"types": []}, 400),
        ({"types": ["cti.a"] * 33}, 400),
        ({"tenant_depth": "DEEP"}, 400),
        ({"topic_id": "cti.a.p.em.topic.v1.0~a.p.alert.v1.0"}, 404),
        ({"session_timeout": "5 minutes"}, 400),
        ({"tenant_id": "6e1b0c52-7a3d-4f18-9c40-b5d2e7f10a63"}, 403),
    ],
)
async def test_what_is_no_subscription_is_refused(visitor: Visitor, changes: dict[str, Any], status: int) -> None:
    assert (await subscribe(visitor, **changes)).status_code == status


async def test_a_task_that_changes_is_an_event_at_once_in_a_poll_that_waits(visitor: Visitor) -> None:
    await subscribe(visitor)
    offset = await current(visitor)
    waiting = asyncio.create_task(wait(visitor, offset, timeout="PT30S"))
    await asyncio.sleep(0.1)
    begun = visitor.control.fail(seconds=600)
    body = (await waiting).json()
    assert [each["subject"] for each in body["events"]] == [begun.uuid]
    assert body["offset"] == body["events"][0]["sequence"] == offset + 1
    assert (await wait(visitor, body["offset"])).status_code == 202


async def test_an_event_goes_to_the_tenants_and_types_that_were_asked_for(visitor: Visitor) -> None:
    await subscribe(visitor, types=["cti.a.p.em.event.v1.0~a.p.task.comp*"], tenant_depth="CURRENT")
    offset = await current(visitor)
    visitor.control.add(
        tasks=[
            raw_task(1),
            raw_task(2, state="started"),
            raw_task(3, tenant={"id": "120", "locator": "/1/66/120/"}),
        ]
    )
    body = (await wait(visitor, offset)).json()
    assert [each["sequence"] for each in body["events"]] == [offset + 1]


async def test_nothing_is_202_with_a_time_to_come_back(visitor: Visitor) -> None:
    await subscribe(visitor)
    answer = await wait(visitor, await current(visitor))
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (202, "1", b"")


async def test_one_consumer_reads_within_the_session(visitor: Visitor) -> None:
    await subscribe(visitor, session_timeout="PT5M")
    offset = await current(visitor)
    assert (await wait(visitor, offset)).status_code == 202
    other = await wait(visitor, offset, consumer=TWO)
    assert (other.status_code, 295 <= int(other.headers["Retry-After"]) <= 300) == (429, True)
    visitor.control.now(offset=301)
    assert (await wait(visitor, offset, consumer=TWO)).status_code == 202


@pytest.mark.parametrize(("known", "query", "path"), [("query", 200, 404), ("path", 404, 200), ("both", 200, 200)])
async def test_offsets_have_two_spellings(visitor: Visitor, known: str, query: int, path: int) -> None:
    visitor.control.events(offsets=known)
    visitor.control.add(tasks=[raw_task(1), raw_task(2)])
    params = {"topic_id": TASKS, "position": "EARLIEST"}
    first = await visitor.http.get(f"{API}/topics/offsets", params=params)
    second = await visitor.http.get(f"{API}/topics/{TASKS}/offsets", params=params)
    assert (first.status_code, second.status_code) == (query, path)
    if known == "both":
        assert first.json()["offset"] + 2 == await current(visitor)


async def test_an_offset_by_its_time_is_the_place_before_what_came_later(visitor: Visitor) -> None:
    visitor.control.add(tasks=[raw_task(1), raw_task(2, updatedAt="2022-06-02T00:00:00Z")])
    found = await visitor.http.get(
        f"{API}/topics/offsets",
        params={"topic_id": TASKS, "position": "TIMESTAMP", "timestamp": "2022-06-01T12:00:00Z"},
    )
    assert found.json()["offset"] == await current(visitor) - 1


async def test_a_committed_offset_is_kept(visitor: Visitor) -> None:
    await subscribe(visitor)
    body = {"subscription_id": SUBSCRIPTION, "offset": 17}
    assert (await visitor.http.post(f"{API}/subscriptions/offset", json=body)).json() == body
    found = await visitor.http.get(f"{API}/subscriptions/offset", params={"subscription_id": SUBSCRIPTION})
    assert found.json() == body


async def test_what_is_lost_is_refused(visitor: Visitor) -> None:
    await subscribe(visitor)
    offset = await current(visitor)
    visitor.control.add(tasks=[raw_task(1)])
    visitor.control.events(lose_events=True)
    assert (await wait(visitor, offset)).status_code == 400
    visitor.control.events(lose_subscriptions=True)
    assert (await wait(visitor, offset + 1)).status_code == 404


async def test_a_batch_has_a_hundred_events_at_most(visitor: Visitor) -> None:
    await subscribe(visitor)
    offset = await current(visitor)
    visitor.control.events(flood=250)
    sizes = []
    while (answer := await wait(visitor, offset)).status_code == 200:
        sizes.append(len(answer.json()["events"]))
        offset = answer.json()["offset"]
    assert sizes == [100, 100, 50]


async def test_the_control_takes_the_topic_and_the_right_away_and_makes_it_busy(visitor: Visitor) -> None:
    control = f"{visitor.running.url}/control/events"

    async def turned(**switches: Any) -> httpx.Response:
        (await visitor.http.post(control, content=json.dumps(switches))).raise_for_status()
        return await visitor.http.get(f"{API}/topics")

    assert [each["id"] for each in (await turned(topic=False)).json()] == ["cti.a.p.em.topic.v1.0~a.p.tenant.v1.0"]
    refused = await turned(topic=True, allowed=False)
    assert (refused.status_code, refused.json()["error"]["context"]["required_scope"]) == (403, SCOPE)
    busy = await turned(allowed=True, busy=1, retry_after=7)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    assert (await turned(api=False)).status_code == 404
    assert (await visitor.http.post(control, content='{"offsets": "none"}')).status_code == 400
    assert (await visitor.http.post(control, content='{"nonsense": 1}')).status_code == 400
    visitor.control.reset()
    await visitor.log_in()
    assert len((await visitor.http.get(f"{API}/topics")).json()) == 2
