"""Changes are read ahead of whoever writes them down (bot/acronis/walks.py), over a real socket."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from functools import partial

import pytest
from aiohttp import web

from bot.acronis import AcronisClient
from bot.errors import AcronisUnavailable
from bot.model import TaskQuery
from tests.builders import NOW, raw_task
from tests.integration.acronis.server import NGINX, Server, ids, page, status
from tests.patience import PATIENCE

SINCE = NOW - timedelta(days=2)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 1_000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never was")


def is_asked(served: Server, times: int) -> bool:
    return len(served.asked) >= times


async def test_the_next_answer_is_fetched_while_a_page_is_handled(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"), after="b"), page(raw_task(id="3"))]
    async with aclosing(client.changes(SINCE)) as pages:
        assert [item.id for item in (await anext(pages)).items] == ["1"]
        await until(lambda: len(served.asked) == 2)
        await asyncio.sleep(0.05)
        assert len(served.asked) == 2  # one ahead, no more
        assert [[item.id for item in each.items] async for each in pages] == [["2"], ["3"]]


async def test_a_list_that_people_ask_for_is_not_fetched_ahead(served: Server, client: AcronisClient) -> None:
    """Most are left when there is enough for a message."""
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"))]
    pages = client.find(TaskQuery())
    await anext(pages)
    await asyncio.sleep(0.05)
    assert len(served.asked) == 1


async def test_a_page_is_read_while_its_caller_waits_for_something_else(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"), after="b"), page(raw_task(id="3"))]
    async with aclosing(client.changes(SINCE)) as pages:
        await anext(pages)
        pages.go_on()
        pages.go_on()
        await until(lambda: len(served.asked) == 3)  # the second page was read: it names the third
        assert [[item.id for item in each.items] async for each in pages] == [["2"], ["3"]]


async def test_going_on_at_the_end_of_a_list_is_its_end(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"))]
    async with aclosing(client.changes(SINCE)) as pages:
        async for _ in pages:
            pages.go_on()
            await asyncio.sleep(0)
    assert len(served.asked) == 1


async def test_an_error_comes_in_its_place(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), status(500, NGINX)]
    async with aclosing(client.changes(SINCE)) as pages:
        assert [item.id for item in (await anext(pages)).items] == ["1"]
        pages.go_on()
        await asyncio.sleep(0.05)
        with pytest.raises(AcronisUnavailable):
            await anext(pages)


@pytest.mark.parametrize("is_begun", [True, False])
async def test_who_leaves_early_leaves_nothing_behind(
    served: Server, client: AcronisClient, is_begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a task that goes on nor an error that nobody hears of."""
    held, before = asyncio.Event(), asyncio.all_tasks()

    async def hold(_: web.Request) -> web.StreamResponse:
        await held.wait()
        return web.Response()

    for answer in (hold, status(500, NGINX)):
        served.answers = [page(raw_task(id="1"), after="a"), answer]
        asked = len(served.asked)
        async with aclosing(client.changes(SINCE)) as pages:
            await anext(pages)
            if is_begun:
                pages.go_on()
            await until(partial(is_asked, served, asked + 2))
            await asyncio.sleep(0.02)
    held.set()
    names = [repr(task.get_coro()) for task in asyncio.all_tasks() - before]
    assert not [name for name in names if "HttpClient" in name or "ReadAhead" in name]
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_what_is_read_ahead_is_the_whole_list(served: Server, client: AcronisClient) -> None:
    served.answers = [*(page(raw_task(id=str(number)), after=f"t{number}") for number in range(1, 9)), page()]
    assert await ids(client.changes(SINCE)) == [str(number) for number in range(1, 9)]
