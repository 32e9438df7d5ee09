"""One poisonous item never spoils its page (bot/acronis/pieces.py, reading.py)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.acronis import pieces
from bot.acronis.kinds import Classifier
from bot.acronis.reading import RecordPage, activity_reader, task_reader
from bot.errors import AcronisUnavailable
from bot.model import Activity, Task
from tests.builders import raw_activity, raw_task

READ_STRICTLY = ("type", "state", "result", "id", "idString")
POISON = {
    "digits": "7" * 5000,
    "negative digits": "-" + "7" * 5000,
    "many digits behind the point": "0." + "7" * 5000,
    "a huge exponent": "1e99999",
    "NaN": "NaN",
    "lists": "[" * 700 + "]" * 700,
    "objects": '{"a":' * 700 + "1" + "}" * 700,
    "thousands of lists": "[" * 50_000 + "]" * 50_000,
    "a chain of errors": '{"code":"error","error":{"code":"X","context":{"_src":'
    + '{"text":"a","suberror":' * 2000
    + "null"
    + "}" * 2000
    + "}}}",
    "half a surrogate": '"\\ud800"',
    "NUL": '"a\\u0000b"',
    "control characters": '"a\nb\x00c\x1b"',
    "a megabyte": f'"{"x" * 1_000_000}"',
    "brackets in a text": '"}],[{\\"\\\\"',
    "the last year": '"9999-12-31T23:59:59Z"',
}
NO_JSON = {"a bad escape": '"\\x"', "a bare word": "undefined", "nothing": "", "a bad number": "01x"}


def body(items: list[str]) -> bytes:
    return f'{{"items": [{", ".join(items)}], "paging": {{"cursors": {{"after": "more=="}}}}}}'.encode()


def read(items: list[str]) -> RecordPage[Task]:
    return task_reader("main", Classifier()).page(body(items))


def poisoned(field: str, poison: str, item: dict[str, Any]) -> str:
    return json.dumps({**item, field: "POISON"}).replace('"POISON"', poison)


@pytest.mark.parametrize("field", [*sorted(raw_task()), "argument", "error", "executor", "tags", "new"])
def test_whatever_poison_a_field_holds_the_rest_of_the_page_is_read(field: str) -> None:
    for name, poison in POISON.items():
        page = read([json.dumps(raw_task(id="1")), poisoned(field, poison, raw_task(id="2")), *_last()])
        assert page.after == "more==", name
        if field in READ_STRICTLY:
            assert [item.id for item in page.items][:: len(page.items) - 1] == ["1", "3"], name
            assert len(page.items) + page.malformed == 3, name
        else:
            assert ([item.id for item in page.items], page.malformed) == (["1", "2", "3"], 0), name


@pytest.mark.parametrize("poison", NO_JSON.values(), ids=NO_JSON)
def test_an_item_that_is_no_json_is_set_aside_alone(poison: str) -> None:
    page = read([json.dumps(raw_task(id="1")), poisoned("argument", poison, raw_task(id="2")), *_last()])
    assert ([item.id for item in page.items], page.malformed, page.after) == (["1", "3"], 1, "more==")


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_an_item_that_is_poison_itself_is_set_aside_alone(poison: str) -> None:
    page = read([json.dumps(raw_task(id="1")), poison, *_last()])
    assert ([item.id for item in page.items], page.malformed, page.after) == (["1", "3"], 1, "more==")


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_poison_beside_the_items_leaves_them_alone(poison: str) -> None:
    content = f'{{"timeStamp": {poison}, "items": [{json.dumps(raw_task(id="1"))}], "new": {poison}}}'.encode()
    page = task_reader("main", Classifier()).page(content)
    assert ([item.id for item in page.items], page.malformed) == (["1"], 0)


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_single_record_with_poison_is_read(poison: str) -> None:
    assert task_reader("main", Classifier()).one(poisoned("argument", poison, raw_task(id="2")).encode()).id == "2"


def test_activities_are_read_so_too() -> None:
    items = [poisoned("context", POISON["lists"], raw_activity(id="1")), json.dumps(raw_activity(id="2"))]
    page: RecordPage[Activity] = activity_reader("main", Classifier()).page(body(items))
    assert [item.id for item in page.items] == ["1", "2"]


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@pytest.mark.parametrize("item", ["1", "{}", '{"id":1}', "[[]]"])
@pytest.mark.parametrize("many", [60_000, 4_000_010])
def test_a_page_of_more_items_than_memory_is_there_for_is_not_read(item: str, many: int) -> None:
    content = f'{{"items":[{",".join([item] * many)}]}}'.encode()
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        task_reader("main", Classifier()).page(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(json_values, max_size=4), json_values)
def test_what_is_json_is_read_as_it_is(items: list[Any], beside: Any) -> None:
    expected = {"items": items, "beside": beside}
    content = json.dumps(expected).encode()
    assert pieces.page(content) == pieces.read(content) == expected


def test_what_lies_too_deep_is_null_and_what_stands_beside_it_stays() -> None:
    deep = "[" * 5000 + "1" + "]" * 5000
    found = pieces.read(f'{{"a": [1, {deep}, "x"], "b": "]"}}'.encode())
    assert (found["a"][0], found["a"][2], found["b"]) == (1, "x", "]")


def _last() -> list[str]:
    return [json.dumps(raw_task(id="3"))]
