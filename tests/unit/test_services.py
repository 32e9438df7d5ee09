"""Questions asked of accounts that answer as they like: in pages, late, in part or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import AcronisUnavailable, AnswerExpired, NotFound
from bot.language import DEFAULT_KINDS, last_day
from bot.model import (
    FAILED,
    Answer,
    Found,
    Kind,
    Listing,
    NameField,
    NameFilter,
    Page,
    Sort,
    Steps,
    Task,
    TaskQuery,
    TaskState,
    TimeField,
)
from bot.services import live
from bot.services.fan_out import Budget, gather
from bot.services.page_cache import ROOM, PageCache
from tests.builders import NOW, activity
from tests.services_house import AWAY, ORDINARY, Account, FakeCopy, aged, ago, live_of, tasks_of

# ── reading ──


async def test_all_accounts_are_read_and_the_newest_comes_first() -> None:
    one = Account([aged(1), aged(3), aged(5)])
    two = Account([replace(aged(minutes), account="two") for minutes in (2, 4)])
    found = await live_of(one, two).find(TaskQuery())
    assert [each.started_at for each in found.items] == [NOW - timedelta(minutes=m) for m in (1, 2, 3, 4, 5)]
    assert (found.as_of, found.partial, found.back_to, found.malformed) == (NOW, "", None, 3)


async def test_the_oldest_comes_first_where_that_is_asked() -> None:
    found = await live_of(Account([aged(1), aged(3)])).find(TaskQuery(backwards=True))
    assert [each.started_at for each in found.items] == [NOW - timedelta(minutes=m) for m in (3, 1)]


async def test_an_item_that_comes_twice_is_found_once() -> None:
    same = aged(1)
    assert (await live_of(Account([same, same, same])).find(TaskQuery())).items == (same,)


async def test_as_many_as_are_read_at_most_are_not_partial() -> None:
    found = await live_of(Account([aged(m) for m in range(4)]), limit=4).find(TaskQuery())
    assert (len(found.items), found.partial) == (4, "")


async def test_reading_ends_at_the_limit_and_says_how_far_it_came() -> None:
    account = Account([aged(m) for m in range(1, 30)])
    found = await live_of(account, limit=4).find(TaskQuery())
    assert (len(found.items), found.partial, found.back_to) == (4, "read the newest 4 tasks", ago(4))
    assert account.closed == 1


@pytest.mark.parametrize("matching", [[], [3]])
async def test_the_limit_counts_what_is_read_and_not_what_matches(matching: list[int]) -> None:
    """A question for one tenant reads no further than one for all. How far it came is known without a match, too."""
    tasks = [aged(m, name="SRV" if m in matching else "other") for m in range(1, 30)]
    account = Account(tasks, filters=False)
    found = await live_of(account, limit=6).find(TaskQuery(names=(NameFilter(NameField.ANY, ("srv",)),)))
    assert (len(found.items), found.partial, found.back_to) == (len(matching), "read the newest 6 tasks", ago(6))


async def test_no_page_is_asked_for_that_would_be_more_than_may_be_read() -> None:
    found = await live_of(Account([aged(m) for m in range(1, 30)], page_size=4), limit=6).find(TaskQuery())
    assert (len(found.items), found.partial) == (4, "read the newest 4 tasks")


async def test_what_is_read_oldest_first_does_not_say_how_far_back_it_came() -> None:
    found = await live_of(Account([aged(m) for m in range(1, 9)]), limit=4).find(TaskQuery(backwards=True))
    assert (found.partial, found.back_to) == ("read the oldest 4 tasks", None)


async def test_what_acronis_no_longer_keeps_is_still_shown_newest_first() -> None:
    day = 24 * 60
    account = Account([aged(m * day) for m in range(91, 99)])
    found = await live_of(account, limit=4).find(TaskQuery(before=ago(90 * day + 1)))
    assert [each.started_at for each in found.items] == [ago(m * day) for m in (95, 96, 97, 98)]
    assert (found.partial, found.back_to) == ("read the oldest 4 tasks", None)


async def test_the_limit_holds_for_all_accounts_together() -> None:
    accounts = [Account([replace(aged(m), account=str(n)) for m in range(1, 4)]) for n in range(2)]
    found = await live_of(*accounts, limit=4).find(TaskQuery())
    assert (len(found.items), found.back_to) == (4, ago(2))
    assert found.partial == "read 4 tasks, the newest of each account"


async def test_what_came_in_time_is_kept_and_is_partial() -> None:
    account = Account([aged(m) for m in range(1, 9)], waits=60)
    found = await live_of(account, seconds=0.05).find(TaskQuery())
    assert (len(found.items), found.back_to) == (2, NOW - timedelta(minutes=2))
    assert found.partial == "what came within 0.05 seconds"
    assert account.closed == 1


async def test_nothing_in_time_is_an_error() -> None:
    async def never() -> AsyncIterator[Page[Task]]:
        await asyncio.sleep(60)
        yield Page(())

    with pytest.raises(AcronisUnavailable, match=r"has not answered within 0\.05 seconds"):
        await gather({"one": never()}, TaskQuery(), Budget(seconds=0.05), NOW)


async def test_an_error_midway_leaves_what_came_and_says_why_it_is_not_all() -> None:
    found = await live_of(Account([aged(1), aged(2)], error=AWAY)).find(TaskQuery())
    assert (len(found.items), found.back_to) == (2, NOW - timedelta(minutes=2))
    assert found.partial == "Acronis does not answer. Try again in a few minutes"


async def test_an_error_on_the_first_page_is_raised() -> None:
    with pytest.raises(AcronisUnavailable, match="does not answer"):
        await live_of(Account(error=AWAY)).find(TaskQuery())


async def test_one_silent_account_of_two_is_named_and_nothing_is_said_to_be_complete() -> None:
    found = await live_of(Account(error=AWAY), Account([aged(1)])).find(TaskQuery())
    assert len(found.items) == 1
    assert found.partial == "account-1: Acronis does not answer. Try again in a few minutes"
    assert found.back_to is None


async def test_a_list_that_ends_unfinished_says_so() -> None:
    async def short() -> AsyncIterator[Page[Task]]:
        yield Page((aged(1),), partial="Acronis repeated a page")

    found = await gather({"one": short()}, TaskQuery(), Budget(), NOW)
    assert found.partial == "Acronis repeated a page"


# ── single ones ──


async def test_a_task_comes_from_the_first_account_that_knows_it() -> None:
    known = aged(1)
    assert (await tasks_of(Account(), Account([known])).details(known.id)).task is known


async def test_a_task_that_no_account_knows_is_not_found() -> None:
    with pytest.raises(NotFound, match="There is no task 12 in Acronis"):
        await tasks_of(Account(), Account()).details("12")


async def test_one_task_is_waited_for_no_longer_than_a_list() -> None:
    class Slow(Account):
        async def task(self, id: str) -> Task:  # noqa: A002 - the noun's own word
            await asyncio.Event().wait()
            raise AssertionError(id)

    with pytest.raises(AcronisUnavailable, match=r"not answered within 0\.05 seconds"):
        await tasks_of(Slow(), seconds=0.05).details("12")


async def test_an_account_that_knows_a_task_waits_for_no_silent_one() -> None:
    class Silent(Account):
        async def task(self, id: str) -> Task:  # noqa: A002 - the noun's own word
            await asyncio.Event().wait()
            raise AssertionError(id)

    known = aged(1)
    assert (await tasks_of(Silent(), Account([known])).details(known.id)).task is known


async def test_an_id_that_is_no_tasks_may_be_an_activitys() -> None:
    """Both are printed. One number may name both: then the task is meant."""
    both, step = aged(1), activity()
    tasks = tasks_of(Account(), Account([both], [activity(id=both.id), step]))
    assert (await tasks.task_or_activity(step.id)).items == (step,)
    assert (await tasks.task_or_activity(both.id)).items == (both,)
    with pytest.raises(NotFound, match="There is no task or activity 12 in Acronis"):
        await tasks.task_or_activity("12")


async def test_a_time_that_acronis_no_longer_keeps_is_read_from_its_start() -> None:
    """Newest first, all of the history would be read before it."""
    account, gone = Account([aged(1)]), NOW - timedelta(days=91)
    for query in (TaskQuery(before=gone), TaskQuery(after=gone - timedelta(days=1), before=gone)):
        assert (await live_of(account).find(query)).items == ()
        await tasks_of(account).activities(query)
    await live_of(account).find(TaskQuery(before=NOW))
    assert [query.oldest_first for query in account.asked] == [True, True, True, True, False]


async def test_a_task_is_not_said_to_be_missing_while_an_account_is_silent() -> None:
    with pytest.raises(AcronisUnavailable):
        await tasks_of(Account(error=AWAY), Account()).details("12")


async def test_the_steps_of_a_task_are_asked_of_its_own_account() -> None:
    owner = aged(1, account="account-1", id="12")
    mine, other = activity(task_id="12"), activity(task_id="12")
    tasks = tasks_of(Account([owner], [mine]), Account(activities_known=[other]))
    steps = await tasks.activities(TaskQuery(), "12")
    assert (steps.found.items, steps.task) == ((mine,), owner)
    steps = await tasks.activities(TaskQuery())
    assert (len(steps.found.items), steps.task) == (2, None)


async def test_a_page_of_steps_is_turned_while_acronis_is_away() -> None:
    owner = aged(1, account="account-1", id="12")
    account = Account([owner], [activity(task_id="12")])
    tasks = tasks_of(account)
    steps = await tasks.activities(TaskQuery(), "12")
    answer = await tasks.keep("activities", TaskQuery(), "U1", NOW, "12", shown=steps)
    account.error = AWAY
    assert await tasks.activities(TaskQuery(), "12", answer_id=answer.id) is steps


# ── lists ──


async def test_a_list_counts_the_management_tasks_it_leaves_out() -> None:
    tasks = tasks_of(Account([aged(1), aged(2, kind=Kind.MANAGEMENT), aged(3, is_root=False)]))
    listing = await tasks.listing(ORDINARY)
    assert (len(listing.found.items), listing.hidden) == (1, 1)


async def test_nothing_is_hidden_from_who_asks_for_everything_or_for_one_kind() -> None:
    tasks = tasks_of(Account([aged(1), aged(2, kind=Kind.MANAGEMENT)]))
    assert (await tasks.listing(TaskQuery())).hidden == 0
    assert (await tasks.listing(TaskQuery(kinds=frozenset({Kind.BACKUP})))).hidden == 0


async def test_what_an_account_has_checked_is_not_checked_again() -> None:
    """An account gives only what was asked for; only a list that was asked for more than is shown is parted."""

    async def find(query: TaskQuery, budget: Budget) -> Found[Task]:
        return Found((aged(1, code="error"),), NOW)

    fine = replace(ORDINARY, kinds=frozenset({Kind.BACKUP}), results=frozenset({"ok"}))
    assert len((await live.listing(find, fine, Budget())).found.items) == 1
    assert (await live.listing(find, replace(fine, kinds=DEFAULT_KINDS), Budget())).found.items == ()


async def test_a_list_of_running_tasks_counts_the_paused_ones() -> None:
    tasks = tasks_of(Account([aged(1, state="started"), aged(2, state="paused"), aged(3)]))
    listing = await tasks.listing(replace(ORDINARY, states=frozenset({TaskState.STARTED})))
    assert ([each.state for each in listing.found.items], listing.paused) == (["started"], 1)


async def test_what_runs_for_unusually_long_stands_first() -> None:
    """Runs of all usually take ten minutes; not where another order was asked for."""
    fresh, stuck = aged(1, state="started"), aged(2, state="started")
    fresh = replace(fresh, started_at=NOW - timedelta(minutes=1))
    stuck = replace(stuck, started_at=NOW - timedelta(hours=9))
    tasks = tasks_of(Account([fresh, stuck]), copy=FakeCopy())
    running = replace(ORDINARY, states=frozenset({TaskState.STARTED}))
    assert [each.id for each in (await tasks.listing(running)).found.items] == [stuck.id, fresh.id]
    shortest = replace(running, sort=Sort.DURATION, backwards=True)
    assert (await tasks.listing(shortest)).found.items[0].id == fresh.id


async def test_where_nothing_failed_what_went_well_is_counted() -> None:
    account = Account([aged(1), aged(90)])
    listing = await tasks_of(account).listing(replace(ORDINARY, results=FAILED))
    assert (listing.found.items, listing.fine, listing.newest) == ((), 2, NOW - timedelta(hours=1))


async def test_where_something_failed_nothing_more_is_asked() -> None:
    account = Account([aged(1), aged(2, code="error")])
    listing = await tasks_of(account).listing(replace(ORDINARY, results=FAILED))
    assert (len(listing.found.items), listing.fine, len(account.asked)) == (1, None, 1)


async def test_what_went_well_is_counted_within_the_same_limit() -> None:
    """What the first question read is no longer there for the second."""
    account = Account([*(aged(m, kind=Kind.MANAGEMENT, code="error") for m in range(1, 4)), *map(aged, range(4, 19))])
    listing = await tasks_of(account, limit=7).listing(replace(ORDINARY, results=FAILED))
    assert (listing.found.items, listing.found.partial) == ((), "")
    assert (listing.hidden, listing.fine, listing.is_least) == (3, 4, True)


async def test_what_went_well_is_not_counted_where_the_limit_is_reached() -> None:
    account = Account([*(aged(m, kind=Kind.MANAGEMENT, code="error") for m in range(1, 5)), aged(9)])
    listing = await tasks_of(account, limit=4).listing(replace(ORDINARY, results=FAILED))
    assert (listing.hidden, listing.fine, len(account.asked)) == (4, None, 1)


async def test_all_questions_of_an_answer_read_within_one_budget() -> None:
    """None of them starts another ten seconds."""
    budget, used = Budget(), list[Budget]()

    async def find(query: TaskQuery, budget: Budget) -> Found[Task]:
        used.append(budget)
        return Found((), NOW)

    await live.listing(find, replace(ORDINARY, results=FAILED), budget)
    await live.overview(find, last_day(NOW), budget)
    assert used == [budget] * 5


async def test_what_could_be_counted_in_time_is_a_least_number() -> None:
    account = Account([aged(m) for m in range(1, 9)], waits=60)
    listing = await tasks_of(account, seconds=0.1).listing(replace(ORDINARY, results=FAILED))
    assert (listing.found.partial, listing.fine, listing.is_least) == ("", 2, True)


async def test_nothing_failed_is_told_even_if_counting_fails() -> None:
    class Tired(Account):
        async def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
            if "ok" in query.results:
                raise AWAY
            yield Page(())

    listing = await tasks_of(Tired()).listing(replace(ORDINARY, results=FAILED))
    assert (listing.found.items, listing.fine) == ((), None)


async def test_the_overview_shows_what_did_not_end_well_and_what_is_paused() -> None:
    failed, warned, cancelled = (aged(m, code=code) for m, code in ((2, "error"), (3, "warning"), (4, "cancelled")))
    paused = aged(5, state="paused")
    account = Account([aged(1), failed, warned, cancelled, paused, aged(6, state="started")])
    listing = await tasks_of(account).overview(last_day(NOW))
    assert set(listing.found.items) == {failed, warned, cancelled, paused}
    assert (listing.fine, listing.running, listing.newest) == (1, 1, NOW - timedelta(hours=1))


async def test_a_result_that_nobody_knows_needs_attention() -> None:
    odd = aged(1, code="vanished")
    assert (await tasks_of(Account([odd])).overview(last_day(NOW))).found.items == (odd,)


async def test_too_many_good_runs_hide_no_failure_in_the_overview() -> None:
    failed = aged(50, code="error")
    account = Account([*(aged(m) for m in range(1, 20)), failed])
    listing = await tasks_of(account, limit=5).overview(last_day(NOW))
    assert listing.found.items == (failed,)
    assert (listing.found.partial, listing.found.back_to) == ("read the newest 4 tasks", NOW - timedelta(hours=1))
    assert (listing.fine, listing.is_least) == (4, True)


async def test_the_overview_reads_what_went_wrong_first_and_no_more_than_an_answer_may() -> None:
    account = Account([*(aged(m) for m in range(1, 9)), *(aged(m, code="error") for m in range(10, 16))])
    listing = await tasks_of(account, limit=4).overview(last_day(NOW))
    assert [each.code for each in listing.found.items] == ["error"] * 4
    assert listing.found.partial == "read the newest 4 tasks; what went well was not read"
    assert (listing.fine, len(account.asked)) == (0, 2)


async def test_the_overview_stands_where_acronis_falls_silent_after_what_went_wrong() -> None:
    class Tired(Account):
        async def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
            if len(self.asked) == 2:
                raise AWAY
            async for page in super().find(query):
                yield page

    failed = aged(2, code="error")
    listing = await tasks_of(Tired([aged(1), failed])).overview(last_day(NOW))
    assert listing.found.items == (failed,)
    assert listing.found.partial == "Acronis does not answer. Try again in a few minutes"


async def test_the_overview_starts_no_second_time_span() -> None:
    class Late(Account):
        async def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
            if len(self.asked) == 2:
                await asyncio.Event().wait()
            async for page in super().find(query):
                yield page

    failed = aged(2, code="error")
    listing = await tasks_of(Late([aged(1), failed]), seconds=0.1).overview(last_day(NOW))
    assert listing.found.items == (failed,)
    assert "has not answered within 0.1 seconds" in listing.found.partial


# ── answers ──


async def test_an_answer_is_kept_for_its_asker_alone() -> None:
    tasks = tasks_of(Account())
    answer = await tasks.keep("", ORDINARY, "U1", NOW, "12")
    assert answer == Answer(answer.id, "", ORDINARY, "U1", NOW, "12")
    assert await tasks.answer(answer.id, "U1") == answer
    with pytest.raises(AnswerExpired, match="somebody else"):
        await tasks.answer(answer.id, "U2")


async def test_an_answer_that_is_no_longer_kept_has_expired() -> None:
    with pytest.raises(AnswerExpired, match="no longer kept"):
        await tasks_of(Account()).answer("gone", "U1")


async def test_two_answers_have_ids_that_cannot_be_guessed() -> None:
    tasks = tasks_of(Account())
    ids = {(await tasks.keep("", ORDINARY, "U1", NOW)).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(each) == 12 for each in ids)


async def test_turning_a_page_does_not_ask_again() -> None:
    account = Account([aged(1)])
    tasks = tasks_of(account)
    listing = await tasks.listing(ORDINARY)
    answer = await tasks.keep("", ORDINARY, "U1", NOW, shown=listing)
    account.tasks = [aged(0), *account.tasks]
    assert await tasks.listing(ORDINARY, page=2, as_of=NOW, answer_id=answer.id) is listing
    assert len(account.asked) == 1


async def test_a_list_that_is_no_longer_at_hand_is_asked_for_again_once() -> None:
    account = Account([aged(1)], [activity()])
    tasks = tasks_of(account)
    listing = await tasks.listing(ORDINARY, answer_id="a")
    assert await tasks.listing(ORDINARY, answer_id="a") is listing
    steps = await tasks.activities(TaskQuery(), answer_id="b")
    assert await tasks.activities(TaskQuery(), answer_id="b") is steps
    assert len(account.asked) == 2
    overview = await tasks.overview(last_day(NOW), answer_id="c")
    assert await tasks.overview(last_day(NOW), answer_id="c") is overview


async def test_lists_at_hand_take_only_so_much_room() -> None:
    pages = PageCache(room=10)
    lists = {name: Listing(await live_of(Account([aged(m) for m in range(3)])).find(TaskQuery())) for name in "abc"}
    for name in "ab":
        pages.put(name, lists[name])
    assert pages.get("a", Listing) is lists["a"]
    pages.put("c", lists["c"])
    assert pages.get("b", Listing) is None
    assert pages.get("a", Listing) is lists["a"]
    assert pages.get("a", Steps) is None


async def test_a_list_that_takes_all_the_room_is_not_kept() -> None:
    found = await live_of(Account([aged(1)])).find(TaskQuery())
    pages = PageCache()
    for size in (1, ROOM - 1, ROOM, 2 * ROOM):
        pages.put(str(size), Listing(replace(found, items=found.items * size)))
    kept = [name for name in map(str, (1, ROOM - 1, ROOM, 2 * ROOM)) if pages.get(name, Listing)]
    assert kept == [str(ROOM - 1)]


async def test_activities_are_ordered_by_when_they_started() -> None:
    late, early = (activity(started_at=NOW - timedelta(minutes=m)) for m in (1, 9))
    steps = await tasks_of(Account(activities_known=[early, late])).activities(TaskQuery(time_field=TimeField.STARTED))
    assert steps.found.items == (late, early)


async def test_a_shared_answer_is_everybodys_and_the_one_it_is_of_stays_its_askers() -> None:
    tasks = tasks_of(Account([aged(1)]))
    mine = await tasks.keep("", ORDINARY, "U1", NOW)
    shared = await tasks.share(mine)
    assert (await tasks.answer(shared.id, "U2")).asker == "U1"
    assert await tasks.answer(mine.id, "U1") == mine
    with pytest.raises(AnswerExpired, match="somebody else"):
        await tasks.answer(mine.id, "U2")
