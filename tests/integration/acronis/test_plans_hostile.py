"""Whatever a server sends in place of plans, workloads and the rest, it costs little and spoils no other item."""

import copy
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from aiohttp import web

from bot.acronis.plans import PlansReader
from bot.acronis.walks import MOST_ITEMS, Trail
from bot.errors import AcronisUnavailable
from bot.model import Page
from bot.model.plans import Api
from tests.integration.acronis.samples import (
    CHILD_ID,
    MACHINE,
    TENANT,
    agent,
    alert,
    application,
    attributes,
    plan,
    resource,
    status_of,
    tenant,
)
from tests.integration.acronis.server import Connect, Server, page, status
from tests.unit.test_acronis_poison import NO_JSON, POISON

ITEMS: dict[Api, Any] = {
    Api.STATUSES: status_of(),
    Api.RESOURCES: resource(attributes=attributes(120)),
    Api.AGENTS: agent(),
    Api.ALERTS: alert(
        {"errorMessage": {"code": "C", "context": {"cause_str": "x", "_src": {"text": "y"}}}, "title": "t"}
    ),
    Api.POLICIES: plan(),
    Api.APPLICATIONS: [application()],
    Api.TENANTS: tenant(),
}
HERE = "@@@"
LONGEST_TEXT = 1000


@pytest.fixture
def reader(connect: Connect) -> PlansReader:
    return connect(per_second=1000).plans


def walk(reader: PlansReader, api: Api) -> AsyncIterator[Page[Any]]:
    walks: dict[Api, Callable[[], AsyncIterator[Page[Any]]]] = {
        Api.STATUSES: lambda: reader.statuses(None),
        Api.RESOURCES: lambda: reader.workloads(None),
        Api.AGENTS: reader.agents,
        Api.ALERTS: lambda: reader.alerts(None),
        Api.POLICIES: reader.policies,
        Api.APPLICATIONS: lambda: reader.applications([MACHINE]),
        Api.TENANTS: reader.tenants,
    }
    return walks[api]()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value of an item stands, objects and lists as well."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield from places(each, (*path, step))


def spoilt(item: Any, path: tuple[Any, ...]) -> Any:
    """The item with a mark at one place."""
    if not path:
        return HERE
    found = copy.deepcopy(item)
    at = found
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = HERE
    return found


def written(item: Any, poison: str) -> str:
    """A page with one good item at its begin and one at its end, and one spoilt item for each place."""
    spoilt_ones = [spoilt(item, path) for path in places(item)]
    text = json.dumps({"items": [item, *spoilt_ones, item], "paging": {"cursors": {"total": 1}}})
    return text.replace(f'"{HERE}"', poison)


def answer(text: str) -> Any:
    def give(request: web.Request) -> web.StreamResponse:
        if "/clients/" in request.path:
            return web.json_response({"tenant_id": TENANT})
        if "resolve_ids" in request.path:
            return web.json_response({"items": []})
        return web.Response(body=text.encode("utf-8", "surrogatepass"), content_type="application/json")

    return give


def texts(noun: Any) -> Iterator[str]:
    if isinstance(noun, str):
        yield noun
    elif isinstance(noun, list | tuple | frozenset):
        for each in noun:
            yield from texts(each)
    elif is_dataclass(noun):
        for each in fields(noun):
            yield from texts(getattr(noun, each.name))


@pytest.mark.parametrize("api", ITEMS)
@pytest.mark.parametrize("poison", [name for name in POISON if "thousands" not in name])
async def test_a_poisonous_value_anywhere_spoils_no_other_item(
    served: Server, reader: PlansReader, api: Api, poison: str
) -> None:
    many = "x" * 20_000 if poison == "a megabyte" else None
    served.answers = [answer(written(ITEMS[api], f'"{many}"' if many else POISON[poison]))]
    (one,) = [each async for each in walk(reader, api)]
    ids = [getattr(item, "policy_id", "") or item.id for item in one.items]
    good = ids[0]
    assert ids[-1] in (good, CHILD_ID)
    assert ids.count(good) >= 2
    for text in (text for item in one.items for text in texts(item)):
        assert len(text) <= LONGEST_TEXT
        assert "\0" not in text
        text.encode()


@pytest.mark.parametrize("api", ITEMS)
@pytest.mark.parametrize("broken", NO_JSON)
async def test_an_item_that_is_no_json_is_counted_or_the_page_is_told_to_be_unreadable(
    served: Server, reader: PlansReader, api: Api, broken: str
) -> None:
    good = json.dumps(ITEMS[api])
    served.answers = [answer(f'{{"items":[{good},{NO_JSON[broken]},{good}]}}')]
    try:
        (one,) = [each async for each in walk(reader, api)]
    except AcronisUnavailable:
        return
    assert one.malformed >= 1
    assert len(one.items) >= 2


@pytest.mark.parametrize("api", ITEMS)
@pytest.mark.parametrize("body", ["", "<html>", "[]", "7", '{"items":7}', '{"error":{}}', '{"items":[{"id"', "null"])
async def test_what_is_no_list_is_an_error(served: Server, reader: PlansReader, api: Api, body: str) -> None:
    served.answers = [answer(body)]
    with pytest.raises(AcronisUnavailable):
        [each async for each in walk(reader, api)]


async def test_fifty_thousand_workloads_on_one_page_are_read(served: Server, reader: PlansReader) -> None:
    body = json.dumps({"items": [{"id": f"w{number}", "type": "resource.machine"} for number in range(50_000)]})
    served.answers = [answer(body)]
    (one,) = [each async for each in reader.workloads(None)]
    assert (len(one.items), one.read, one.malformed, one.is_last) == (50_000, 50_000, 0, True)
    (statuses,) = [each async for each in reader.statuses(None)]
    assert len(statuses.items) == 50_000


async def test_a_page_with_more_is_not_read(served: Server, reader: PlansReader) -> None:
    served.answers = [answer(json.dumps({"items": [{"id": "w"}] * 50_001}))]
    with pytest.raises(AcronisUnavailable):
        [each async for each in reader.workloads(None)]


def test_a_list_of_large_pages_without_an_end_ends() -> None:
    trail, pages = Trail(most_items=MOST_ITEMS), 1
    while not trail.ends(f"p{pages}", 50_000, [f"w{pages}"]):
        pages += 1
    assert (pages, "no end" in trail.partial) == (5, True)


async def test_a_plan_that_is_much_too_large_is_read_in_part(served: Server, reader: PlansReader) -> None:
    hour = {"time": {"type": "hourly", "repeat_every": {"type": "minutes", "count": 1}}}
    parts = [
        {"id": f"p{number}", "type": "policy.backup.machine", "settings": {"scheduling": {"backup_sets": [hour] * 50}}}
        for number in range(1000)
    ]
    served.answers = [page({"policy": parts, "context": {"items": [f"w{number}" for number in range(20_000)]}})]
    (one,) = [each async for each in reader.policies()]
    assert len(one.items) == 200
    assert {len(each.context_ids) for each in one.items} == {10_000}
    assert {len(each.schedule.sets) for each in one.items if each.schedule} == {1}


async def test_a_page_token_may_be_anything(served: Server, reader: PlansReader) -> None:
    tokens: tuple[Any, ...] = (7, None, [], {"a": 1}, True, "x" * 3000, "a&limit=9", "ä\n")
    for token in tokens:
        body = {"items": [resource()], "paging": {"cursors": {"after": token}}}
        served.answers = [status(200, body), page()]
        served.asked.clear()
        found = [each async for each in reader.unprotected()]
        assert found[-1].is_last
        assert len(served.asked) <= 2


@pytest.mark.parametrize("paging", [None, 7, [], {}, {"cursors": None}, {"cursors": []}, {"cursors": {"after": ""}}])
async def test_paging_may_be_missing_or_odd(served: Server, reader: PlansReader, paging: Any) -> None:
    served.answers = [status(200, {"items": [resource()], "paging": paging})]
    (one,) = [each async for each in reader.unprotected()]
    assert one.is_last
