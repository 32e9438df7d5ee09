"""Whether the copy covers a question: how far back it has to reach, and how lately it must have been read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.language import DEFAULT_KINDS
from bot.model import Kind, LeftOut, Reach, TaskQuery
from bot.services.coverage import ALL_RUNS, Cover, asks_now, cover_of, of_runs, runs_from
from tests.builders import NOW
from tests.services_house import reach

DAY = timedelta(days=1)
FRESH = NOW - timedelta(minutes=3)
RUNS = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True)
ALL = TaskQuery()


def cover(query: TaskQuery, *reaches: Reach, as_of: datetime | None = None) -> Cover:
    return cover_of(query, reaches, [each.account for each in reaches], FRESH, NOW, as_of)


def since(days: int, query: TaskQuery = RUNS) -> TaskQuery:
    return replace(query, after=NOW - days * DAY)


@pytest.mark.parametrize(("minutes", "is_fresh"), [(0, True), (3, True), (4, False)])
def test_a_copy_is_fresh_until_it_was_not_read_for_three_polls(minutes: int, is_fresh: bool) -> None:
    covered = cover(since(1), reach(minutes=minutes))
    assert (covered.is_fresh, covered.answers, bool(covered.stale)) == (is_fresh, is_fresh, not is_fresh)


def test_the_account_that_was_read_first_says_as_of_when() -> None:
    covered = cover(since(1), reach("one", minutes=1), reach("two", minutes=2))
    assert covered.as_of == NOW - timedelta(minutes=2)
    assert not cover(since(1), reach("one", minutes=1), reach("two", minutes=4)).is_fresh


@pytest.mark.parametrize(
    ("query", "is_enough"),
    [
        (since(30), True),
        (since(31), False),
        (since(7, ALL), True),
        (since(8, ALL), False),
        (since(8, replace(RUNS, roots_only=False)), False),
        (since(8, replace(RUNS, kinds=frozenset({Kind.MANAGEMENT}))), False),
        (since(8, TaskQuery(types=frozenset({"ODBackup"}))), False),
        (since(8, TaskQuery(roots_only=True)), False),
        (since(8, TaskQuery(roots_only=True, left_out=LeftOut(kinds=frozenset({Kind.MANAGEMENT})))), True),
        (replace(RUNS, before=NOW), False),
        (RUNS, False),
    ],
)
def test_runs_are_there_for_longer_than_all_else(query: TaskQuery, is_enough: bool) -> None:
    covered = cover(query, reach(days=30, is_whole=False))
    assert covered.is_enough is is_enough
    assert bool(covered.gap) is not is_enough


def test_where_all_history_is_read_nothing_older_is_elsewhere_and_that_is_said() -> None:
    for query in (since(200), replace(RUNS, before=NOW)):
        covered = cover(query, reach(days=90))
        assert covered.answers
        assert (covered.gap, covered.starts_at) == ("Acronis keeps nothing older", NOW - 90 * DAY)


def test_history_that_was_read_but_is_not_kept_as_long_as_by_acronis_is_not_all() -> None:
    covered = cover(since(60), reach(days=30, is_whole=True))
    assert (covered.is_enough, covered.gap) == (False, "the bot's copy reaches no further back")


def test_a_question_without_a_time_lacks_nothing_where_all_history_is_read() -> None:
    covered = cover(ALL_RUNS, reach(days=90))
    assert (covered.answers, covered.gap, covered.starts_at) == (True, "", None)


def test_all_history_of_runs_is_not_all_of_everything() -> None:
    """Acronis keeps for 90 days what the bot keeps for 7."""
    covered = cover(since(30, ALL), reach(days=90))
    assert (covered.is_enough, covered.starts_at) == (False, NOW - 7 * DAY)
    assert covered.gap == "the bot keeps older backup and restore runs only"


@pytest.mark.parametrize("reaches", [(), (Reach("one"),), (reach("two"),)])
def test_an_account_that_was_never_read_is_named(reaches: tuple[Reach, ...]) -> None:
    covered = cover_of(since(1), reaches, {"one"}, FRESH, NOW)
    assert (covered.answers, covered.has_nothing, covered.as_of) == (False, True, NOW)
    assert "nothing has been read of account one yet" in covered.gap


def test_more_of_an_old_answer_is_as_of_then_and_says_if_the_copy_is_behind_by_now() -> None:
    then = NOW - timedelta(minutes=30)
    fresh, behind, short = (cover(since(1), reach(minutes=minutes), as_of=then) for minutes in (1, 10, 31))
    assert (fresh.answers, fresh.as_of, fresh.stale) == (True, then, "")
    assert (behind.answers, behind.as_of, bool(behind.stale)) == (True, then, True)
    assert (short.answers, short.as_of) == (False, NOW - timedelta(minutes=31))


def test_an_account_that_is_no_longer_watched_holds_nothing_up() -> None:
    old = reach("gone", minutes=9_999)
    assert cover_of(since(1), (old, reach("one")), {"one"}, FRESH, NOW).answers


@pytest.mark.parametrize("query", [ALL, RUNS, TaskQuery(kinds=frozenset({Kind.MANAGEMENT}))])
def test_what_is_made_of_runs_alone_needs_nothing_else(query: TaskQuery) -> None:
    assert cover(of_runs(since(30, query)), reach(days=30, is_whole=False)).answers


def test_whether_management_can_be_counted_is_known() -> None:
    assert [cover(since(days), reach()).has_rest for days in (7, 8)] == [True, False]


@pytest.mark.parametrize("state", ["started", "paused", "enqueued", "assigned"])
def test_what_is_now_is_asked_of_acronis(state: str) -> None:
    assert asks_now(TaskQuery(states=frozenset({state})))
    assert cover(TaskQuery(states=frozenset({state})), reach()).gap == ""


@pytest.mark.parametrize("states", [frozenset[str](), frozenset({"completed"}), frozenset({"novel"})])
def test_what_is_over_or_of_any_state_is_not_asked_of_acronis(states: frozenset[str]) -> None:
    assert not asks_now(TaskQuery(states=states))


def test_history_begins_where_that_of_the_last_account_does() -> None:
    reaches = (reach("one", days=9), reach("two", days=30))
    assert runs_from(reaches, {"one", "two"}) == NOW - 9 * DAY
    assert runs_from(reaches, {"one", "three"}) is None
    assert runs_from((*reaches, Reach("three")), {"one", "three"}) is None
