"""Lists and single records over a real socket (bot/acronis/client.py)."""

from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.acronis import AcronisClient
from bot.errorbook.book import load
from bot.errorbook.explain import explain
from bot.errors import (
    AcronisUnavailable,
    NotFound,
)
from bot.model import Kind, NameField, NameFilter, TaskQuery, TimeField
from tests.builders import NOW, raw_activity, raw_task
from tests.integration.acronis.server import NGINX, Connect, Server, ids, page, pages, status


async def test_later_pages_carry_size_and_token_alone_percent_encoded(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="0A8+/A=="), page(raw_task(id="2"))]
    assert await ids(client.find(TaskQuery(states=frozenset({"completed"}), after=NOW - timedelta(days=1)))) == [
        "1",
        "2",
    ]
    first, second = served.queries
    assert first == ("state=completed&startedAt=gt%282026-03-01T09%3A00%3A00Z%29&order=desc%28startedAt%29&limit=2")
    assert second == "limit=2&after=0A8%2B%2FA%3D%3D"


async def test_a_short_page_is_not_the_end(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"), after="b"), page(raw_task(id="3"))]
    assert await ids(client.find(TaskQuery())) == ["1", "2", "3"]


async def test_a_page_without_items_ends_the_list(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(after="b"), page(raw_task(id="2"))]
    found = await pages(client.find(TaskQuery()))
    assert [len(one.items) for one in found] == [1, 0]
    assert [one.partial for one in found] == ["", ""]


async def test_a_page_of_malformed_items_is_not_the_end(served: Server, client: AcronisClient) -> None:
    served.answers = [page("x", "y", after="a"), page(raw_task(id="2"))]
    found = await pages(client.find(TaskQuery()))
    assert [(len(one.items), one.malformed) for one in found] == [(0, 2), (1, 0)]


async def test_a_repeated_token_ends_the_list_and_says_so(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"), after="b"), page(raw_task(), after="a")]
    found = await pages(client.find(TaskQuery()))
    assert [bool(one.partial) for one in found] == [False, False, True]


async def test_a_page_tells_what_was_read_for_it_and_how_far_the_list_has_come(
    served: Server, client: AcronisClient
) -> None:
    """Also where nothing of it was asked for."""
    served.answers = [
        page(raw_task(startedAt="2026-03-02T07:00:00Z"), "x", raw_task(startedAt="2026-03-02T06:00:00Z"), after="a"),
        page(raw_task(startedAt="2026-03-02T05:00:00Z"), raw_task(startedAt=None), after="b"),
        page(),
    ]
    found = await pages(client.find(TaskQuery(names=(NameFilter(NameField.TENANT, ("nobody",)),))))
    assert [one.items for one in found] == [(), (), ()]
    assert [one.read for one in found] == [3, 2, 0]
    assert [one.reached for one in found] == [NOW - timedelta(hours=3), NOW - timedelta(hours=4), None]
    assert [one.is_last for one in found] == [False, False, True]


async def test_how_far_a_list_has_come_is_told_in_the_field_it_is_ordered_by(
    served: Server, client: AcronisClient
) -> None:
    served.answers = [page(raw_task(completedAt="2026-03-02T07:00:00Z"))]
    (one,) = await pages(client.find(TaskQuery(time_field=TimeField.COMPLETED)))
    assert (one.reached, one.is_last) == (NOW - timedelta(hours=2), True)


async def test_an_ignored_filter_does_not_widen_an_answer(served: Server, client: AcronisClient) -> None:
    served.answers = [
        page(
            raw_task(id="1", result={"code": "error"}),
            raw_task(id="2"),
            raw_task(id="3", result={"code": "error"}, tenant={"name": "Other"}),
            raw_task(id="4", result={"code": "error"}, startedAt="2022-01-01T00:00:00Z"),
            raw_task(id="5", result={"code": "error"}, type="policy.apply"),
        )
    ]
    query = TaskQuery(
        results=frozenset({"error"}),
        names=(NameFilter(NameField.TENANT, ("acme",)),),
        kinds=frozenset({Kind.BACKUP}),
        after=NOW - timedelta(days=1),
        before=NOW,
    )
    assert await ids(client.find(query)) == ["1"]


async def test_an_ignored_time_filter_does_not_make_us_read_all_history(served: Server, client: AcronisClient) -> None:
    old = {"startedAt": "2025-01-01T00:00:00Z"}
    served.answers = [page(raw_task(id="1"), raw_task(**old), after="a"), page(raw_task(**old), after="b")]
    assert await ids(client.find(TaskQuery(after=NOW - timedelta(days=1)))) == ["1"]
    assert len(served.asked) == 1


async def test_changes_are_asked_oldest_first_by_time_of_change(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), page(raw_task(id="2"))]
    assert await ids(client.changes(NOW - timedelta(days=2))) == ["1", "2"]
    assert served.queries[0] == "updatedAt=gt%282026-02-28T09%3A00%3A00Z%29&order=asc%28updatedAt%29&limit=2"


async def test_an_error_midway_comes_after_the_pages_read(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_task(id="1"), after="a"), status(500, NGINX)]
    walk = client.find(TaskQuery())
    assert [item.id for item in (await anext(walk)).items] == ["1"]
    with pytest.raises(AcronisUnavailable):
        await anext(walk)


async def test_a_page_knows_when_it_was_served(served: Server, client: AcronisClient) -> None:
    served.answers = [status(200, {"items": []}, Date="Mon, 02 Mar 2026 09:00:00 GMT")]
    (one,) = await pages(client.find(TaskQuery()))
    assert one.served_at == NOW


async def test_activities_of_a_task_are_checked_to_be_its_own(served: Server, client: AcronisClient) -> None:
    served.answers = [page(raw_activity("7", id="1"), raw_activity("8", id="2"))]
    assert await ids(client.activities(TaskQuery(), "7")) == ["1"]
    assert served.asked[0].path.endswith("/activities")
    assert served.queries == ["taskId=7&order=desc%28startedAt%29&limit=2"]


async def test_a_task_is_asked_for_by_its_number(served: Server, client: AcronisClient) -> None:
    served.answers = [lambda request: web.json_response(raw_task(id="1683887115599998977"))]
    assert (await client.task("1683887115599998977")).id == "1683887115599998977"
    assert served.asked[0].path == "/api/task_manager/v2/tasks/1683887115599998977"


async def test_a_task_is_found_by_its_uuid_in_either_case(served: Server, client: AcronisClient) -> None:
    uuid = "175e371d-0000-4000-8000-371df0c27000"
    served.answers = [page(raw_task(), raw_task(id="5", uuid=uuid))]
    assert (await client.task(uuid.upper())).id == "5"
    assert served.queries == [f"uuid={uuid.upper()}&limit=2"]


async def test_an_activity_is_asked_for_by_its_number(served: Server, client: AcronisClient) -> None:
    served.answers = [lambda request: web.json_response(raw_activity("7", id="9"))]
    assert (await client.activity("9")).task_id == "7"
    assert served.asked[0].path == "/api/task_manager/v2/activities/9"


@pytest.mark.parametrize("wanted", ["../clients", "7/8", "7?x=1", "", "x" * 65, "７"])
async def test_what_cannot_be_an_id_is_not_asked(served: Server, client: AcronisClient, wanted: str) -> None:
    with pytest.raises(NotFound):
        await client.task(wanted)
    assert served.asked == []


async def test_another_task_than_asked_for_is_none(served: Server, client: AcronisClient) -> None:
    served.answers = [lambda request: web.json_response(raw_task(id="8"))]
    with pytest.raises(NotFound, match="no task 7"):
        await client.task("7")


async def test_an_unknown_id_is_not_found(served: Server, client: AcronisClient) -> None:
    served.answers = [status(404, {"domain": "TaskManager", "code": "NotFound"})]
    with pytest.raises(NotFound, match="no activity 7"):
        await client.activity("7")


async def test_errors_come_explained_by_the_shipped_book_or_by_the_one_handed_in(
    served: Server, connect: Connect, tmp_path: Path
) -> None:
    failed = raw_task(result={"code": "error", "error": {"context": {"cause_str": "The device is not ready."}}})
    own = tmp_path / "own.toml"
    own.write_text("[[error]]\nkey = 'ours'\nsentence = 'Ask Jo.'\ntext = 'not ready'")
    served.answers = [page(failed), page(failed)]
    for client, entry in ((connect(), "disk-not-ready"), (connect(book=load(own)), "ours")):
        ((told,),) = [one.items for one in await pages(client.find(TaskQuery()))]
        assert told.result is not None
        assert explain(told.result.error).entry == entry
