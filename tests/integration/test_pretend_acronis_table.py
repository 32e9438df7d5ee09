"""The table of the pretend Acronis finds by time what a look at every row would find, however rows came and changed."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.acronis.query import find, read_query
from bot.sandbox.acronis.table import Row, Table
from bot.sandbox.acronis.times import write_stamp

STAMPS = st.one_of(st.none(), st.just("not a time"), st.integers(0, 9).map(write_stamp))
PUTS = st.lists(st.lists(st.tuples(st.integers(1, 12), STAMPS), max_size=90), max_size=8)


@settings(max_examples=60, deadline=None)
@given(puts=PUTS, low=st.integers(0, 9), high=st.integers(0, 9))
def test_an_index_stays_right_while_rows_come_and_move(puts: list[list[tuple[int, Any]]], low: int, high: int) -> None:
    table = Table()
    latest: dict[int, Any] = {}
    for batch in puts:
        table.put(Row({"id": key, "updatedAt": stamp}) for key, stamp in batch)
        latest |= dict(batch)
        expected = sorted(key for key, stamp in latest.items() if stamp in map(write_stamp, range(low, high + 1)))
        assert sorted(row.raw["id"] for row in table.between("updatedAt", low, high)) == expected


def test_a_moved_row_keeps_its_place_among_equals() -> None:
    table = Table()
    table.put(Row({"id": key, "updatedAt": write_stamp(5)}) for key in (1, 2, 3))
    assert [row.key for row in table.between("updatedAt", 5, 5)] == [1, 2, 3]
    table.put([Row({"id": 2, "updatedAt": write_stamp(9)})])
    assert [row.key for row in table.between("updatedAt", 0, 9)] == [1, 3, 2]
    table.put([Row({"id": 2, "updatedAt": write_stamp(5)})])
    assert [row.key for row in table.between("updatedAt", 0, 9)] == [1, 2, 3]


def test_rows_without_an_order_come_as_they_arrived_whatever_found_them() -> None:
    table = Table()
    table.put(Row({"id": key, "updatedAt": write_stamp(9 - key)}) for key in (4, 1, 3))
    for pairs in ([], [("updatedAt", "ge(0)")], [("updatedAt", "ge(0)"), ("updatedAt", "lt(99)")]):
        assert [row.key for row in find(read_query("tasks", pairs), table)] == [4, 1, 3]


def test_an_id_may_be_text_only() -> None:
    table = Table()
    table.put([Row({"idString": "17"}), Row({"idString": "x"}), Row({"id": True})])
    assert [row.key for row in table] == [17, None, None]
    assert table.get(17) is not None
