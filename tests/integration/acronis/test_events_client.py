"""The events client against the pretend Acronis and a scripted server: whatever comes, it says that something came."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.acronis import Timeouts
from bot.acronis.events import BATCH, EventsClient, Subscription
from bot.errors import AcronisError, AcronisRejected, AcronisUnavailable, MissingRole, NotFound, WrongCredentials
from bot.sandbox.acronis import Running, serve
from bot.sandbox.acronis.catalog import PARTNER
from bot.sandbox.acronis.events import SCOPE, TASKS
from tests.integration.acronis.server import NGINX, Answer, Server, Sleeps, cut_off, status

MINE = Subscription(TASKS, "454e9a51-2207-4a2c-9db4-6ca168ac9597", "5d0805ff-fa52-4175-abb1-c10061da437d")
Make = Callable[..., EventsClient]


@pytest.fixture
async def acronis() -> AsyncIterator[Running]:
    running = await serve(world="empty")
    yield running
    await running.close()


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[EventsClient] = []

    def new(url: str, client_id: str = "sandbox-client", **changes: Any) -> EventsClient:
        made.append(EventsClient("main", url, client_id, "sandbox-secret", **{"sleep": Sleeps(), **changes}))
        return made[-1]

    yield new
    for each in made:
        await each.aclose()


@pytest.fixture
def client(acronis: Running, make: Make) -> EventsClient:
    return make(acronis.url)


@pytest.fixture
def told(served: Server, make: Make) -> EventsClient:
    return make(served.url)


def subscriptions(acronis: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = acronis.control.events()["subscriptions"]
    return found


async def test_it_subscribes_to_all_task_events_of_its_own_tree_and_uses_the_same_again(
    acronis: Running, client: EventsClient, make: Make
) -> None:
    first = await client.subscribe(await client.topic())
    second = await make(acronis.url).subscribe(TASKS)  # as after a restart
    assert first == second
    (made,) = subscriptions(acronis)
    assert (made["subscription_id"], made["tenant_id"], made["tenant_depth"]) == (first.id, PARTNER.uuid, "ALL")
    assert [each.rsplit(".", 3)[1] for each in made["types"]] == ["completed", "created", "updated"]


async def test_two_clients_have_subscriptions_of_their_own(served: Server, make: Make) -> None:
    served.answers = [lambda request: web.json_response([], status=201 if request.method == "POST" else 200)]
    ids = {(await make(served.url, name).subscribe(TASKS)).id for name in ("one", "two", "two")}
    assert len(ids) == 2


@pytest.mark.parametrize("count", [0, 33])
async def test_no_types_or_too_many_are_asked_for_by_a_pattern(served: Server, told: EventsClient, count: int) -> None:
    types = [{"id": f"cti.a.p.em.event.v1.0~a.p.task.t{number}.v1.0"} for number in range(count)]
    bodies: list[Any] = []

    async def keep(request: web.Request) -> web.Response:
        bodies.append(json.loads(await request.text()))
        return web.Response(status=201)

    served.answers = [status(200, types), status(403, {}), keep]
    await told.subscribe(TASKS)
    assert bodies[0]["types"] == ["cti.a.p.em.event.v1.0~a.p.task.*"]
    assert "tenant_id" not in bodies[0]  # Acronis takes it from the token


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ([{"id": TASKS}], TASKS),
        ({"items": [{"id": TASKS}]}, TASKS),
        ([{"id": "cti.a.p.em.topic.v1.0~a.p.tenant.v1.0"}], ""),
        ([], ""),
        ([None, 7, {"id": 5}, {"name": "x"}, {"id": TASKS}], TASKS),
        ([{"id": "cti.a.p.em.topic.v1.0~a.p.task.v2.0"}, {"id": TASKS}], "cti.a.p.em.topic.v1.0~a.p.task.v2.0"),
        ([{"id": "cti.a.p.em.topic.v1.0~a.p.task_archive.v1.0"}], ""),
    ],
)
async def test_the_task_topic_is_found_or_not(served: Server, told: EventsClient, body: Any, topic: str) -> None:
    served.answers = [status(200, body)]
    assert await told.topic() == topic


@pytest.mark.parametrize("spelling", ["both", "query", "path"])
async def test_the_offset_is_found_by_either_spelling(acronis: Running, client: EventsClient, spelling: str) -> None:
    acronis.control.events(offsets=spelling)
    before = await client.current(TASKS)
    acronis.control.fail(seconds=600)
    assert await client.current(TASKS) == before + 1


async def test_what_comes_is_counted_and_nothing_else(acronis: Running, client: EventsClient) -> None:
    subscription, offset = await client.subscribe(TASKS), await client.current(TASKS)
    nothing = await client.wait(subscription, offset, 0)
    assert (nothing.count, nothing.offset, nothing.pause) == (0, offset, 1.0)
    acronis.control.storm(3)
    some = await client.wait(subscription, offset, 0)
    assert (some.count, some.offset, some.is_full) == (3, offset + 3, False)
    acronis.control.events(flood=BATCH)
    assert (await client.wait(subscription, some.offset, 0)).is_full


async def test_a_question_that_is_held_outlasts_the_usual_time_outs(acronis: Running, make: Make) -> None:
    client = make(acronis.url, timeouts=Timeouts(read=0.5, total=0.5), longest=2.0)
    subscription, offset = await client.subscribe(TASKS), await client.current(TASKS)
    assert (await client.wait(subscription, offset, 1)).count == 0


@pytest.mark.parametrize(
    ("answer", "count", "offset"),
    [
        (status(204), 0, 5),
        (status(200, {"events": [], "offset": 5}), 0, 5),
        (status(200, {"events": [{}], "offset": "9"}), 1, 9),
        (status(200, {"events": [{"sequence": 7}, None]}), 2, 7),
        (status(200, {"events": [{"sequence": 7}], "offset": 6}), 1, 7),
    ],
)
async def test_answers_of_other_shapes_are_read(
    served: Server, told: EventsClient, answer: Answer, count: int, offset: int
) -> None:
    served.answers = [answer]
    batch = await told.wait(MINE, 5, 30)
    assert (batch.count, batch.offset) == (count, offset)
    assert "timeout=PT30S" in served.queries[0]
    assert "offset=5" in served.queries[0]


@pytest.mark.parametrize(
    "answer",
    [
        status(200, NGINX),
        status(200, {"events": None}),
        status(200, [1]),
        status(200, {"events": [{}], "offset": 5}),  # would come again for ever
        status(200, {"events": [{}], "offset": True}),
        status(200, {"events": [{}], "offset": 2**70}),
        lambda request: web.Response(text="[" * 100_000),
        status(502, NGINX),
        status(302, "", Location="/elsewhere"),
        cut_off,
    ],
)
async def test_what_cannot_be_read_is_no_event(served: Server, told: EventsClient, answer: Answer) -> None:
    served.answers = [answer]
    with pytest.raises(AcronisUnavailable):
        await told.wait(MINE, 5, 30)
    assert len(served.asked) == 1  # when it is asked again is the caller's


async def test_429_says_how_long_to_wait(served: Server, told: EventsClient) -> None:
    served.answers = [status(429, "", **{"Retry-After": "7"}), status(202)]
    with pytest.raises(AcronisUnavailable) as caught:
        await told.wait(MINE, 5, 30)
    assert (caught.value.retry_after, caught.value.is_busy) == (7.0, True)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status(400, {"error": {"domain": "EventManager", "code": "OffsetOutOfRange"}}), AcronisRejected),
        (status(404, NGINX), NotFound),
        (status(410), NotFound),
        (status(401, NGINX), WrongCredentials),
    ],
)
async def test_a_refusal_has_its_own_error(
    served: Server, told: EventsClient, answer: Answer, error: type[AcronisError]
) -> None:
    served.answers = [answer]
    with pytest.raises(error):
        await told.wait(MINE, 5, 30)


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        ({"error": {"context": {"required_scope": "urn:acronis.com:event_manager:x~y:subscriber"}}}, "x~y"),
        ({"context": {"required_scope": "urn:acronis.com::event_manager:901:read"}}, "event_manager:901:read"),
        ({"error": {"context": {"required_scope": "<!channel> *ask*"}}}, SCOPE),
        ({"error": "no"}, SCOPE),
        (NGINX, SCOPE),
    ],
)
async def test_403_names_the_missing_scope(served: Server, told: EventsClient, body: Any, scope: str) -> None:
    served.answers = [status(403, body)]
    with pytest.raises(MissingRole, match="lacks the scope") as caught:
        await told.topic()
    assert scope in caught.value.told
    assert "<!" not in caught.value.told


async def test_a_refused_token_is_said_as_everywhere(acronis: Running) -> None:
    stranger = EventsClient("main", acronis.url, "sandbox-client", "wrong")
    with pytest.raises(WrongCredentials):
        await stranger.topic()
    await stranger.aclose()
