"""Where an answer comes from, and what it says about that: Acronis, the copy, or both."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import AcronisUnavailable, AskedTooOften, NotFound, WrongCredentials
from bot.language import last_day
from bot.model import FAILED, Activity, Kind, Origin, Page, Past, Sort, Standing, Task, TaskQuery
from tests.builders import NOW, activity, task
from tests.services_house import AWAY, ORDINARY, Account, FakeCopy, aged, ago, live_of, reach, tasks_of

TODAY = replace(ORDINARY, after=NOW - timedelta(days=1))
RUNNING = replace(ORDINARY, states=frozenset({"started"}))
FAILED_TODAY = replace(TODAY, results=FAILED)


def known(*tasks: Task, minutes: int = 1) -> FakeCopy:
    """A copy that holds these tasks, read so many minutes ago."""
    return FakeCopy(tasks, (reach(minutes=minutes),))


def old(minutes: int, **changes: object) -> Task:
    """Changed long enough ago for any copy."""
    return aged(minutes, updated_at=ago(60), **changes)


# ── which of the two ──


async def test_what_the_copy_covers_is_not_asked_of_acronis() -> None:
    account, mine = Account([aged(1)]), old(70)
    listing = await tasks_of(account, copy=known(mine)).listing(TODAY)
    assert (listing.found.items, listing.found.origin, listing.found.as_of) == ((mine,), Origin.COPY, ago(1))
    assert (listing.found.partial, listing.found.stale, account.asked) == ("", "", [])


async def test_what_runs_now_is_asked_of_acronis() -> None:
    theirs = aged(1, state="started")
    listing = await tasks_of(Account([theirs]), copy=known(old(70, state="started"))).listing(RUNNING)
    assert (listing.found.items, listing.found.origin) == ((theirs,), Origin.LIVE)


@pytest.mark.parametrize(
    "copy", [known(minutes=4), replace(known(), known=(reach(days=0, is_whole=False),)), FakeCopy()]
)
async def test_a_copy_that_is_behind_or_too_short_gives_way_to_acronis(copy: FakeCopy) -> None:
    listing = await tasks_of(Account([aged(1)]), copy=copy).listing(TODAY)
    assert (len(listing.found.items), listing.found.origin) == (1, Origin.LIVE)


@pytest.mark.parametrize(("query", "state"), [(TODAY, "completed"), (RUNNING, "started")])
async def test_where_acronis_is_away_the_copy_answers_and_says_that_it_is_behind(query: TaskQuery, state: str) -> None:
    copy = known(old(70, state=state), minutes=30)
    found = (await tasks_of(Account(error=AWAY), copy=copy).listing(query)).found
    assert (len(found.items), found.origin, found.as_of) == (1, Origin.COPY, ago(30))
    assert found.stale == "Acronis does not answer; this is the bot's copy"


async def test_who_asks_very_often_is_answered_from_the_copy_and_told_why() -> None:
    error = AskedTooOften("You ask Acronis very often. Ask again in a minute.")
    found = (await tasks_of(Account(error=error), copy=known(old(70, state="started"))).listing(RUNNING)).found
    assert (len(found.items), found.origin) == (1, Origin.COPY)
    assert found.stale == "You ask Acronis very often; this is the bot's copy"


async def test_who_asks_very_often_is_told_so_where_there_is_no_copy() -> None:
    with pytest.raises(AskedTooOften, match="very often"):
        await tasks_of(Account(error=AskedTooOften("You ask Acronis very often."))).listing(RUNNING)


async def test_a_refusal_of_acronis_is_named_beside_the_copys_answer() -> None:
    account = Account(error=WrongCredentials("Acronis refuses the API client."))
    found = (await tasks_of(account, copy=known()).listing(RUNNING)).found
    assert found.stale == "Acronis refuses the API client; this is the bot's copy"


async def test_with_nothing_in_the_copy_silence_of_acronis_is_an_error() -> None:
    with pytest.raises(AcronisUnavailable):
        await tasks_of(Account(error=AWAY)).listing(TODAY)


async def test_a_copy_that_is_short_says_from_when_on_it_answers() -> None:
    copy = replace(known(old(70)), known=(reach(days=3, is_whole=False),))
    found = (await tasks_of(Account(error=AWAY), copy=copy).listing(replace(TODAY, after=NOW - timedelta(9)))).found
    assert (found.partial, found.back_to) == ("the bot's copy reaches no further back", NOW - timedelta(days=3))
    older = await tasks_of(Account(), copy=known(old(70))).listing(replace(TODAY, after=NOW - timedelta(days=99)))
    assert (older.found.partial, older.found.origin) == ("Acronis keeps nothing older", Origin.COPY)


@pytest.mark.parametrize(("backwards", "partial"), [(False, ""), (True, "Acronis keeps nothing older")])
async def test_the_newest_few_of_the_copy_lack_nothing(backwards: bool, partial: str) -> None:
    asked = replace(TODAY, after=NOW - timedelta(days=99), limit=2, backwards=backwards)
    found = (await tasks_of(Account(), copy=known(old(70), old(80), old(90))).listing(asked)).found
    assert (found.size, found.partial, found.back_to is None) == (2, partial, not partial)


# ── a list of the copy ──


async def test_beside_a_list_of_the_copy_the_same_is_counted_as_beside_a_live_one() -> None:
    copy = known(old(70), old(80), old(90, kind=Kind.MANAGEMENT), old(95, is_root=False))
    listing = await tasks_of(Account(), copy=copy).listing(FAILED_TODAY)
    assert (listing.found.size, listing.hidden, listing.fine, listing.newest) == (0, 0, 2, ago(60))
    assert (await tasks_of(Account(), copy=copy).listing(TODAY)).hidden == 1


async def test_what_is_hidden_is_not_counted_where_the_copy_no_longer_holds_it() -> None:
    copy = known(old(70), old(90, kind=Kind.MANAGEMENT))
    assert (await tasks_of(Account(), copy=copy).listing(replace(TODAY, after=NOW - timedelta(days=8)))).hidden == 0


async def test_where_something_failed_what_went_well_is_not_counted_in_the_copy() -> None:
    assert (await tasks_of(Account(), copy=known(old(70, code="error"))).listing(FAILED_TODAY)).fine is None


async def test_where_nothing_runs_the_paused_ones_of_the_copy_are_counted() -> None:
    copy = known(old(70, state="paused"))
    assert (await tasks_of(Account(error=AWAY), copy=copy).listing(RUNNING)).paused == 1


async def test_a_page_of_the_copy_is_read_as_of_the_answers_moment() -> None:
    """What came since shifts no page, and what was said beside the list stays."""
    copy = known(*(old(70 + minute) for minute in range(25)), old(200, kind=Kind.MANAGEMENT))
    tasks = tasks_of(Account(error=AWAY), copy=copy)
    first = await tasks.listing(TODAY)
    answer = await tasks.keep("", TODAY, "U1", first.found.as_of, shown=first)
    copy.tasks, copy.known = (aged(2, updated_at=NOW), *copy.tasks), (reach(minutes=0),)
    for page, offset, count in ((2, 10, 10), (3, 20, 5), (9, 20, 5), (1, 0, 10)):
        shown = await tasks.listing(TODAY, page=page, as_of=answer.as_of, answer_id=answer.id)
        assert (shown.found.offset, len(shown.found.items), shown.found.size) == (offset, count, 25)
        assert (shown.found.as_of, shown.found.origin, shown.hidden) == (ago(1), Origin.COPY, 1)


async def test_after_a_restart_a_page_of_the_copy_is_still_that_of_its_moment() -> None:
    copy = known(*(old(70 + minute) for minute in range(25)), aged(2, updated_at=ago(2)), minutes=5)
    shown = await tasks_of(Account([aged(1)]), copy=copy).listing(TODAY, page=2, as_of=ago(30), answer_id="a")
    assert (shown.found.size, shown.found.as_of, shown.found.origin) == (25, ago(30), Origin.COPY)
    assert shown.found.stale


async def test_after_a_restart_a_live_answer_is_asked_anew() -> None:
    copy = replace(known(), known=(reach(days=0, is_whole=False),))
    shown = await tasks_of(Account([aged(1)]), copy=copy).listing(TODAY, page=2, as_of=ago(30), answer_id="a")
    assert shown.found.origin is Origin.LIVE


async def test_a_stale_answer_stays_stale_on_its_other_pages() -> None:
    account, copy = Account(error=AWAY), known(*(old(70 + m) for m in range(12)), minutes=9)
    tasks = tasks_of(account, copy=copy)
    first = await tasks.listing(TODAY)
    answer = await tasks.keep("", TODAY, "U1", first.found.as_of, shown=first)
    account.error, copy.known = None, (reach(minutes=0),)
    shown = await tasks.listing(TODAY, page=2, as_of=answer.as_of, answer_id=answer.id)
    assert (shown.found.stale, shown.found.as_of) == (first.found.stale, ago(9))


# ── the overview ──


async def test_the_overview_is_the_copys_word_on_what_ended_and_acronis_on_what_runs() -> None:
    paused, failed, odd = aged(9, state="paused"), old(80, code="error"), old(90, code="vanished")
    account = Account([paused, aged(1, state="started"), aged(2, code="error")])
    listing = await tasks_of(account, copy=known(old(70), failed, odd)).overview(last_day(NOW))
    assert (listing.found.items, listing.found.size) == ((paused, failed, odd), 3)
    assert (listing.running, listing.fine, listing.newest) == (1, 1, ago(60))
    assert (listing.found.origin, listing.found.partial, listing.found.as_of) == (Origin.COPY, "", ago(1))
    assert len(account.asked) == 1


async def test_the_overview_says_that_what_runs_is_not_known_where_acronis_is_away() -> None:
    copy = known(old(80, code="error"), old(90, state="started"))
    listing = await tasks_of(Account(error=AWAY), copy=copy).overview(last_day(NOW))
    assert (listing.found.size, listing.running, listing.found.stale) == (1, 1, "")
    assert listing.found.partial == "what runs and is paused is as last read, now Acronis does not answer"


async def test_more_running_tasks_than_the_copy_counts_are_a_least_number() -> None:
    copy = known(*(old(90 + number, state="started") for number in range(201)))
    listing = await tasks_of(Account(error=AWAY), copy=replace(copy, known=(reach(minutes=9),))).overview(last_day(NOW))
    assert (listing.running, listing.found.partial) == (200, "more run than are counted")


async def test_the_overview_of_a_copy_that_is_behind_says_so() -> None:
    copy = known(old(80, code="error"), minutes=9)
    listing = await tasks_of(Account(error=AWAY), copy=copy).overview(last_day(NOW))
    assert (listing.found.size, listing.found.stale) == (1, "Acronis does not answer; this is the bot's copy")


async def test_pages_of_the_overview_go_on_after_what_is_paused() -> None:
    paused = [aged(minute, state="paused") for minute in range(12)]
    failed = [old(70 + minute, code="error") for minute in range(211)]
    tasks = tasks_of(Account(paused), copy=known(*failed))
    first = await tasks.overview(last_day(NOW))
    answer = await tasks.keep("overview", last_day(NOW), "U1", first.found.as_of, shown=first)
    pages = [
        (await tasks.overview(last_day(NOW), page=page, as_of=answer.as_of, answer_id=answer.id)).found
        for page in (1, 2, 23, 99)
    ]
    assert [len(page.items) for page in pages] == [10, 10, 3, 3]
    assert [page.offset for page in pages] == [0, 10, 220, 220]
    assert len({each.id for page in pages[:3] for each in page.items}) == 23


async def test_failures_are_read_at_once_where_they_are_few() -> None:
    """So those with one cause stand together, on whatever page."""
    failed = [old(70 + minute, code="error") for minute in range(23)]
    tasks = tasks_of(Account(), copy=known(*failed))
    found = (await tasks.listing(FAILED_TODAY)).found
    assert (found.is_whole, len(found.items)) == (True, 23)
    assert len((await tasks.listing(TODAY)).found.items) == 10


# ── single ones ──


async def test_details_are_live_with_steps_and_what_the_copy_adds() -> None:
    mine, step = aged(1, account="account-1", id="12", code="error"), activity(task_id="12")
    details = await tasks_of(Account([mine], [step]), copy=known()).details("12")
    assert (details.task, details.past, details.stale, details.as_of) == (mine, Past(("error",)), "", NOW)
    assert details.steps
    assert details.steps.items == (step,)


async def test_details_are_shown_without_steps_where_those_cannot_be_read() -> None:
    class Stepless(Account):
        async def activities(self, query: TaskQuery, task_id: str) -> AsyncIterator[Page[Activity]]:
            if task_id:
                raise AWAY
            yield Page(())

    details = await tasks_of(Stepless([aged(1, account="account-1", id="12")]), copy=known()).details("12")
    assert (details.task.id, details.steps) == ("12", None)


@pytest.mark.parametrize(
    ("account", "why"), [(Account(error=AWAY), "Acronis does not answer"), (Account(), "Acronis no longer has it")]
)
async def test_a_task_that_acronis_does_not_give_is_the_copys(account: Account, why: str) -> None:
    kept = old(70, account="account-1", id="12")
    tasks = tasks_of(account, copy=known(kept))
    details = await tasks.details("12")
    assert (details.task, details.stale, details.as_of) == (kept, f"{why}; this is the bot's copy", ago(1))
    found = await tasks.task_or_activity("12")
    assert (found.items, found.stale, found.origin) == ((kept,), details.stale, Origin.COPY)


async def test_a_task_that_neither_has_is_not_found_only_where_acronis_says_so() -> None:
    with pytest.raises(NotFound):
        await tasks_of(Account(), copy=known()).details("12")
    with pytest.raises(AcronisUnavailable):
        await tasks_of(Account(error=AWAY), copy=known()).task_or_activity("12")


async def test_the_task_of_a_card_is_the_copys_to_know() -> None:
    tasks = tasks_of(Account(), copy=FakeCopy(cards={("C1", "1.2"): "12"}))
    assert (await tasks.posted_task("C1", "1.2"), await tasks.posted_task("C1", "9.9")) == ("12", "")


# ── what the copy alone can tell ──


async def test_statistics_rest_on_the_copy_and_say_as_of_when() -> None:
    stats, basis = await tasks_of(Account(), copy=known(old(70), old(80))).stats(TODAY)
    assert stats.total.runs == 2
    assert (basis.as_of, basis.stale, basis.partial, basis.history_from) == (ago(1), "", "", ago(90 * 24 * 60))


async def test_an_answer_of_the_copy_alone_says_that_it_is_behind_short_or_empty() -> None:
    _, behind = await tasks_of(Account(), copy=known(minutes=9)).history(TODAY)
    assert behind.stale == "the bot has not read Acronis for some time, this is its copy"
    short = replace(known(), known=(reach(days=1, is_whole=False),))
    _, basis = await tasks_of(Account(), copy=short).stats(replace(TODAY, after=NOW - timedelta(days=2)))
    assert basis.partial == "the bot's copy reaches no further back; it begins on 2026-03-01 (UTC)"
    _, empty = await tasks_of(Account()).protected(TODAY)
    assert (empty.as_of, empty.history_from) == (NOW, None)
    assert "nothing has been read of account account-1 yet" in empty.partial


async def test_pages_of_what_is_protected_are_those_of_the_copy_and_the_last_is_the_last() -> None:
    copy = known(*(old(70 + minute) for minute in range(12)))
    for page, offset, count in ((1, 0, 10), (2, 10, 2), (7, 10, 2)):
        protection, basis = await tasks_of(Account(), copy=copy).protected(TODAY, ago(5), page)
        assert (protection.offset, len(protection.lines), protection.counts) == (offset, count, {Standing.GOOD: 12})
        assert (basis.as_of, basis.stale) == (ago(5), "")
    assert copy.asked[0] == "protected 2 days, 0:00:00"


# ── order and number of live lists ──


async def names_in_order(query: TaskQuery) -> list[str]:
    tasks = [
        aged(30, name="b", completed_at=ago(20)),
        aged(20, name="A", completed_at=ago(1)),
        aged(10, name="c", completed_at=ago(5)),
        task(name="d", state="enqueued", started_at=None, updated_at=ago(3)),
    ]
    found = await live_of(Account(tasks)).find(query)
    return [each.name for each in found.items]


@pytest.mark.parametrize(
    ("sort", "backwards", "names"),
    [
        (Sort.DURATION, False, "Abcd"),
        (Sort.DURATION, True, "cbAd"),
        (Sort.NAME, False, "Abcd"),
        (Sort.NAME, True, "dcbA"),
        (Sort.TENANT, False, "dcAb"),
        (Sort.TIME, False, "dcAb"),
        (Sort.TIME, True, "bAcd"),
        (Sort.COMPLETED, False, "Adcb"),
    ],
)
async def test_a_live_list_is_in_the_order_asked_for(sort: Sort, backwards: bool, names: str) -> None:
    assert "".join(await names_in_order(TaskQuery(sort=sort, backwards=backwards))) == names


async def test_only_the_first_so_many_are_shown_in_that_order() -> None:
    account = Account([aged(minute) for minute in range(5)])
    found = (await tasks_of(account).listing(replace(ORDINARY, limit=2, backwards=True))).found
    assert ([each.started_at for each in found.items], found.size) == ([ago(4), ago(3)], 2)


@pytest.mark.parametrize(("sort", "partial"), [(Sort.TIME, ""), (Sort.NAME, "read the newest 6 tasks")])
async def test_the_newest_few_are_all_there_even_if_not_all_was_read(sort: Sort, partial: str) -> None:
    account = Account([aged(minute) for minute in range(20)])
    found = (await tasks_of(account, limit=6).listing(replace(ORDINARY, limit=2, sort=sort))).found
    assert (len(found.items), found.partial) == (2, partial)


async def test_statistics_are_of_runs_alone() -> None:
    """Management tasks are kept for a week: their numbers would end there without a word."""
    everything = replace(TODAY, kinds=frozenset[Kind](), roots_only=False)
    stats, _ = await tasks_of(Account(), copy=known(old(70, kind=Kind.MANAGEMENT), old(71))).stats(everything)
    assert stats.total.runs == 1


async def test_a_list_of_the_first_few_says_that_it_is_cut() -> None:
    mine = known(*(old(minutes) for minutes in range(70, 75)))
    for limit, is_cut in ((3, True), (9, False)):
        listing = await tasks_of(Account(), copy=mine).listing(replace(TODAY, limit=limit))
        assert listing.found.is_cut is is_cut
        live = await tasks_of(Account([aged(m) for m in range(1, 6)])).listing(
            replace(RUNNING, states=frozenset(), limit=limit)
        )
        assert live.found.is_cut is is_cut


async def test_a_history_of_more_than_it_shows_says_so() -> None:
    copy = known(*(old(70 + number, name=f"SRV-{number}") for number in range(21)))
    histories, basis = await tasks_of(Account(), copy=copy).history(TODAY)
    assert len(histories) == 20
    assert "more than 20 machines and plans have runs" in basis.partial
    fewer, basis = await tasks_of(Account(), copy=known(old(70))).history(TODAY)
    assert (len(fewer), basis.partial) == (1, "")
