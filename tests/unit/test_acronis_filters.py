"""TaskQuery → filters of the API (bot/acronis/filters.py)."""

from datetime import timedelta

import pytest

from bot.acronis.filters import first_page, is_past_the_end, later_page, reached
from bot.model import OFFICE365_TYPES, Activity, Kind, NameField, NameFilter, Sort, Task, TaskQuery, TimeField, Workload
from tests.builders import NOW, task

HOUR = timedelta(hours=1)
SINCE = NOW - 24 * HOUR


def test_an_open_question_asks_for_order_and_size_alone() -> None:
    assert first_page(TaskQuery(), 200) == [("order", "desc(startedAt)"), ("limit", "200")]


def test_several_values_are_the_same_key_again() -> None:
    asked = first_page(TaskQuery(states=frozenset({"paused", "started"}), results=frozenset({"error", "timedout"})), 10)
    assert asked[:4] == [("state", "paused"), ("state", "started"), ("resultCode", "error"), ("resultCode", "timedout")]


def test_the_lower_bound_is_gt_and_the_upper_one_stays_here() -> None:
    asked = first_page(TaskQuery(time_field=TimeField.COMPLETED, after=SINCE, before=NOW), 10)
    assert asked == [("completedAt", "gt(2026-03-01T09:00:00Z)"), ("order", "desc(completedAt)"), ("limit", "10")]


def test_order_follows_the_question() -> None:
    asked = first_page(TaskQuery(time_field=TimeField.UPDATED, backwards=True), 10)
    assert ("order", "asc(updatedAt)") in asked


def test_the_guides_ten_types_are_asked_for_in_acronis_spelling() -> None:
    asked = first_page(TaskQuery(types=frozenset(name.lower() for name in OFFICE365_TYPES)), 10)
    assert [value for key, value in asked if key == "type"] == sorted(OFFICE365_TYPES)


@pytest.mark.parametrize(
    "query",
    [
        TaskQuery(types=frozenset({"SPBackup", "my-own-type"})),
        TaskQuery(states=frozenset({"started", "waiting"})),
        TaskQuery(results=frozenset({"half"})),
        TaskQuery(
            workloads=frozenset({Workload.GOOGLE}),
            kinds=frozenset({Kind.BACKUP}),
            names=(NameFilter(NameField.TENANT, ("Acme",)), NameFilter(NameField.ANY, ("x",))),
        ),
    ],
)
def test_what_could_lose_an_item_is_not_asked_of_the_api(query: TaskQuery) -> None:
    """A type in unknown spelling, an undocumented state or code, and all that the API cannot filter."""
    assert first_page(query, 10) == [("order", "desc(startedAt)"), ("limit", "10")]


def test_a_later_page_is_size_and_token_alone() -> None:
    assert later_page("0A8+/A==", 10) == [("limit", "10"), ("after", "0A8+/A==")]


def page(*hours_ago: float) -> list[Task | Activity]:
    return [task(started_at=NOW - ago * HOUR) for ago in hours_ago]


@pytest.mark.parametrize(
    ("query", "hours_ago", "ends"),
    [
        (TaskQuery(after=SINCE), (1, 2, 23), False),
        (TaskQuery(after=SINCE), (23, 24, 25), True),
        (TaskQuery(after=SINCE), (30, 31), True),
        (TaskQuery(after=SINCE), (30, 1, 31), False),
        (TaskQuery(after=SINCE), (), False),
        (TaskQuery(), (1000,), False),
        (TaskQuery(after=SINCE, sort=Sort.COMPLETED), (30, 31), False),
        (TaskQuery(before=SINCE, backwards=True), (26, 25), False),
        (TaskQuery(before=SINCE, backwards=True), (25, 23), True),
        (TaskQuery(after=SINCE, backwards=True), (31, 30), False),
    ],
)
def test_a_list_ends_where_its_order_passes_the_bound(
    query: TaskQuery, hours_ago: tuple[float, ...], ends: bool
) -> None:
    """Only where the page really is in order: a server that ignores the order must not cost an item."""
    assert is_past_the_end(query, page(*hours_ago)) is ends


def test_items_without_that_time_say_nothing_about_the_end() -> None:
    assert not is_past_the_end(TaskQuery(after=SINCE), [task(started_at=None, enqueued_at=SINCE - HOUR)])


def test_how_far_a_list_has_come_is_its_last_item_that_has_the_time() -> None:
    assert reached(TaskQuery(), [*page(1, 3), task(started_at=None)]) == NOW - 3 * HOUR
    assert reached(TaskQuery(), [task(started_at=None)]) is None
    assert reached(TaskQuery(time_field=TimeField.UPDATED), [task(updated_at=NOW)]) == NOW


def test_types_are_compared_without_case_and_made_ready_once_a_question() -> None:
    class Word(str):
        __slots__ = ()

        def casefold(self) -> str:
            made_ready.append(str(self))
            return super().casefold()

    made_ready: list[str] = []
    query = TaskQuery(types=frozenset({Word("SPBackup"), Word("ODBackup")}))
    admitted = [query.admits(task(type=name)) for name in ("spbackup", "ODBACKUP", "spbackups")]
    assert admitted == [True, True, False]
    assert sorted(made_ready) == ["ODBackup", "SPBackup"]
