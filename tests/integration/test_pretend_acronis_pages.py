"""Paging of the pretend Acronis: tokens, envelopes, ends, and pages that move while they are read (reference §7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.acronis.times import write_stamp
from tests.integration.pretending import API, Visitor, raw_task, visiting


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        guest.control.add([raw_task(number) for number in range(1, 8)], [raw_task(50), raw_task(51)])
        yield guest


def after(body: dict[str, Any]) -> str:
    token: str = body["paging"]["cursors"]["after"]
    return token


async def test_later_pages_need_only_limit_and_after(visitor: Visitor) -> None:
    """The token keeps filters and order; the limit may change on the way, and may be left out."""
    first = await visitor.page(order="desc(id)", state="completed", limit=3)
    second = await visitor.page(limit=2, after=after(first))
    third = await visitor.page(after=after(second))
    pages = [[item["id"] for item in body["items"]] for body in (first, second, third)]
    assert pages == [[7, 6, 5], [4, 3], [2, 1]]
    assert "after" not in third["paging"]["cursors"]


async def test_the_token_is_base64_with_padding(visitor: Visitor) -> None:
    token = after(await visitor.page(limit=2))
    assert token.endswith("=")
    assert not {"+", "/"} & set(token)


@pytest.mark.parametrize("again", [{"state": "completed"}, {"order": "desc(id)"}, {"startedAt": "gt(1)"}])
async def test_filters_beside_a_token_are_a_400(visitor: Visitor, again: dict[str, str]) -> None:
    token = after(await visitor.page(limit=2))
    assert next(iter(again)) in await visitor.refused(limit=2, after=token, **again)


async def test_lod_and_unknown_words_may_stand_beside_a_token(visitor: Visitor) -> None:
    token = after(await visitor.page(limit=2, lod="short"))
    body = await visitor.page(limit=2, lod="tiny", after=token, tenant="5")
    assert body["items"][0].keys() == {"id", "idString", "uuid", "state"}


async def test_a_foreign_or_broken_token_is_a_400(visitor: Visitor) -> None:
    token = after(await visitor.page("activities", limit=1))
    await visitor.refused(after=token)
    for broken in ("AAAAAAAAAAAAAA==", "not base64", token[:-2], "x" + token):
        await visitor.refused("activities", after=broken)


async def test_an_empty_token_is_no_token(visitor: Visitor) -> None:
    assert await visitor.ids(limit=2, after="") == [1, 2]


async def test_a_before_token_appears_after_moving_forward_and_leads_back(visitor: Visitor) -> None:
    first = await visitor.page(limit=3)
    assert "before" not in first["paging"]["cursors"]
    second = await visitor.page(limit=3, after=after(first))
    back = await visitor.page(limit=3, before=second["paging"]["cursors"]["before"])
    assert back["items"] == first["items"]


async def test_without_a_limit_everything_is_one_page(visitor: Visitor) -> None:
    visitor.control.settings(max_page=2)
    assert len(await visitor.items()) == 7


async def test_a_page_may_be_shorter_than_asked_and_not_the_last(visitor: Visitor) -> None:
    visitor.control.settings(max_page=3)
    body = await visitor.page(limit=100)
    assert len(body["items"]) == 3
    assert len(await visitor.items(limit=100, after=after(body))) == 3


async def test_pages_move_when_rows_change_between_them(visitor: Visitor) -> None:
    """A row that is touched goes to the end of the order: the one after it is skipped, and it comes twice itself."""
    first = await visitor.page(order="asc(updatedAt)", limit=3)
    visitor.control.add([raw_task(1, updatedAt="2022-07-01T00:00:00Z")])
    rest = await visitor.ids(limit=9, after=after(first))
    assert [item["id"] for item in first["items"]] == [1, 2, 3]
    assert rest == [5, 6, 7, 1]


async def test_envelopes_can_be_chosen(visitor: Visitor) -> None:
    real = await visitor.page(limit=2)
    assert real.keys() == {"items", "paging", "size", "timeStamp"}
    assert real["size"] == 2
    visitor.control.settings(envelope="guide")
    assert (await visitor.page(limit=2)).keys() == {"items", "paging"}
    visitor.control.settings(envelope="spec")
    body = await visitor.page(limit=2)
    assert body.keys() == {"items", "cursors"}
    assert await visitor.ids(limit=2, after=body["cursors"]["after"]) == [3, 4]


@pytest.mark.parametrize(
    ("end", "cursors"), [("missing", {"cursors": {}}), ("empty", {"cursors": {"after": ""}}), ("no_paging", None)]
)
async def test_the_last_page_can_show_itself_in_several_ways(
    visitor: Visitor, end: str, cursors: dict[str, Any] | None
) -> None:
    visitor.control.settings(end=end)
    assert (await visitor.page(limit=20)).get("paging") == cursors


async def test_a_token_can_be_made_to_repeat_for_ever(visitor: Visitor) -> None:
    visitor.control.settings(end="repeat")
    last = await visitor.page(limit=20)
    again = await visitor.page(limit=20, after=after(last))
    assert after(again) == after(last)
    assert again["items"] == last["items"]


async def test_no_items_can_be_null(visitor: Visitor) -> None:
    visitor.control.settings(end="null_items")
    assert (await visitor.page(type="nothing"))["items"] is None


async def test_answers_are_packed_when_asked(visitor: Visitor) -> None:
    packed = await visitor.ask()
    plain = await visitor.http.get(f"{API}/tasks", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json()["items"] == plain.json()["items"]


async def test_a_poll_over_a_long_history_reads_only_what_is_new(visitor: Visitor) -> None:
    """20,000 tasks ten seconds apart: the newest five minutes are thirty of them, oldest first."""
    visitor.control.reset()
    await visitor.log_in()
    visitor.control.grow(20_000)
    world = visitor.running.world
    since = write_stamp(world.now() - 300 * 10**9)
    seen: list[str] = []
    body = await visitor.page(updatedAt=f"gt({since})", order="asc(updatedAt)", limit=12)
    while True:
        seen += [item["updatedAt"] for item in body["items"]]
        if "after" not in body["paging"]["cursors"]:
            break
        body = await visitor.page(limit=12, after=after(body))
    assert len(seen) in (29, 30)
    assert seen == sorted(seen)
    assert min(seen) > since


async def test_a_long_history_can_be_paged_to_its_end(visitor: Visitor) -> None:
    visitor.control.grow(5_000)
    body = await visitor.page(order="desc(startedAt)", limit=1000)
    ids = [item["id"] for item in body["items"]]
    while "after" in body["paging"]["cursors"]:
        body = await visitor.page(limit=1000, after=after(body))
        ids += [item["id"] for item in body["items"]]
    assert len(ids) == len(set(ids)) == 5_007
