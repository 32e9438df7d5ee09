"""Retries, refusals and redirects over a real socket (bot/acronis/http.py)."""

import asyncio

import pytest
from aiohttp import web

from bot.acronis import AcronisClient, Timeouts
from bot.acronis.kinds import Classifier
from bot.errors import (
    AcronisRejected,
    AcronisUnavailable,
    MissingRole,
    WrongDataCentre,
)
from bot.model import TaskQuery
from tests.builders import raw_task
from tests.integration.acronis.server import NGINX, Connect, Server, Sleeps, cut_off, ids, open_server, page, status


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429])
async def test_an_answer_out_of_order_is_asked_for_twice_again(
    served: Server, client: AcronisClient, sleeps: Sleeps, code: int
) -> None:
    served.answers = [status(code, NGINX), status(code, {"domain": "x", "code": "Y"}), page(raw_task(id="1"))]
    assert await ids(client.find(TaskQuery())) == ["1"]
    assert len(sleeps) == 2
    assert all(1 <= seconds <= 2 for seconds in sleeps)


async def test_after_the_third_try_it_is_unavailable(served: Server, client: AcronisClient) -> None:
    served.answers = [status(502, NGINX)]
    with pytest.raises(AcronisUnavailable, match="HTTP 502"):
        await client.check()
    assert len(served.asked) == 3


async def test_the_token_endpoint_is_tried_again_as_well(served: Server, client: AcronisClient) -> None:
    served.tokens = [status(500, NGINX), served.token()]
    served.answers = [page()]
    await client.check()
    assert served.bearers == ["Bearer t2"]


async def test_a_short_retry_after_is_waited_for(served: Server, client: AcronisClient, sleeps: Sleeps) -> None:
    served.answers = [
        status(429, {}, **{"Retry-After": "7"}),
        status(503, {}, **{"Retry-After": "Mon, 02 Mar 2026 09:00:04 GMT", "Date": "Mon, 02 Mar 2026 09:00:00 GMT"}),
        page(),
    ]
    await client.check()
    assert sleeps == [7.0, 4.0]


async def test_a_long_retry_after_is_handed_on_at_once(served: Server, client: AcronisClient, sleeps: Sleeps) -> None:
    served.answers = [status(503, {}, **{"Retry-After": "120"})]
    with pytest.raises(AcronisUnavailable) as told:
        await client.check()
    assert (told.value.retry_after, sleeps, len(served.asked)) == (120.0, [], 1)


async def test_a_lost_connection_is_tried_again(served: Server, client: AcronisClient, sleeps: Sleeps) -> None:
    served.answers = [cut_off, cut_off, page()]
    await client.check()
    assert len(sleeps) == 2


async def test_no_connection_at_all_is_unavailable(served: Server, sleeps: Sleeps) -> None:
    """Port 9 of loopback takes nobody."""
    client = AcronisClient("main", "http://127.0.0.1:9", "i", "s", classifier=Classifier(), sleep=sleeps)
    with pytest.raises(AcronisUnavailable, match=r"127\.0\.0\.1.*cannot be reached"):
        await client.check()
    await client.aclose()


async def test_a_server_that_does_not_answer_is_not_asked_again(
    served: Server, connect: Connect, sleeps: Sleeps
) -> None:
    never = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    served.answers = [wait]
    with pytest.raises(AcronisUnavailable, match="took too long"):
        await connect(timeouts=Timeouts(read=2.0)).check()
    never.set()
    assert (len(served.asked), sleeps) == (1, [])


@pytest.mark.parametrize(("code", "expected"), [(400, AcronisRejected), (403, MissingRole), (404, WrongDataCentre)])
async def test_a_refusal_is_final(served: Server, client: AcronisClient, code: int, expected: type[Exception]) -> None:
    served.answers = [status(code, {"domain": "TaskManager", "code": "No"})]
    with pytest.raises(expected):
        await client.check()
    assert len(served.asked) == 1


async def test_a_redirect_on_the_same_host_is_followed_with_the_token(served: Server, client: AcronisClient) -> None:
    served.answers = [status(307, "", Location="/moved/tasks?limit=1"), page()]
    await client.check()
    assert served.asked[1].path == "/moved/tasks"
    assert served.bearers == ["Bearer t1", "Bearer t1"]


async def test_a_redirect_in_a_circle_ends(served: Server, client: AcronisClient) -> None:
    served.answers = [status(302, "", Location="/round")]
    with pytest.raises(AcronisUnavailable):
        await client.check()
    assert len(served.asked) == 4


async def test_a_redirect_to_another_place_is_not_followed(served: Server, client: AcronisClient) -> None:
    """Another port is another place."""
    async with open_server() as other:
        served.answers = [status(302, "", Location=other.url + "/api/task_manager/v2/tasks")]
        with pytest.raises(WrongDataCentre, match="another address"):
            await client.check()
        assert other.asked == []
