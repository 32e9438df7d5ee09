"""What questions cost an account of Acronis: alike ones are asked once, all have one pace, and a refusal is heeded."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

import pytest

from bot.errors import AcronisUnavailable, AskedTooOften
from bot.model import Task, TaskQuery, TaskState
from bot.services.live import Live
from bot.services.sharing import (
    A_PERSON_A_MINUTE,
    BURST,
    LONGEST_WAIT,
    PERSON_BURST,
    REQUESTS_A_SECOND,
    SILENCE,
    SLOWEST,
    Alike,
    Paced,
    Shares,
    asker,
)
from tests.builders import NOW, task
from tests.services_house import Account, live_of


def fewer(retry_after: float | None = None) -> AcronisUnavailable:
    return AcronisUnavailable("Acronis asks for fewer questions.", retry_after=retry_after, is_busy=True)


RUNNING = TaskQuery(states=frozenset({TaskState.STARTED}))


@pytest.mark.parametrize(
    ("first", "second", "requests"),
    [
        (RUNNING, RUNNING, 1),
        (TaskQuery(after=NOW), TaskQuery(after=NOW.replace(microsecond=1)), 1),  # last 24 h, asked twice
        (RUNNING, TaskQuery(), 2),
        (TaskQuery(after=NOW), TaskQuery(after=NOW.replace(minute=NOW.minute ^ 1)), 2),
    ],
)
async def test_questions_that_are_alike_and_asked_at_once_are_one(
    first: TaskQuery, second: TaskQuery, requests: int
) -> None:
    account = Account([task()])
    live = live_of(account)
    answers = await asyncio.gather(*(live.find(query) for query in (first, second)))
    assert len(account.asked) == requests
    assert requests > 1 or answers[0].items == answers[1].items


async def test_an_answer_serves_those_who_ask_the_same_right_after_it() -> None:
    account = Account([task()])
    live = live_of(account)
    await live.find(RUNNING)
    await live.find(RUNNING)
    assert len(account.asked) == 1


async def test_a_question_that_comes_later_is_asked_anew() -> None:
    alike, asked = Alike(seconds=0.0), list[int]()

    async def ask() -> int:
        asked.append(1)
        return len(asked)

    assert await alike.ask("k", ask) == 1
    await asyncio.sleep(0.01)
    assert await alike.ask("k", ask) == 2


async def test_an_error_serves_nobody_who_comes_later() -> None:
    alike, tries = Alike(), list[int]()

    async def ask() -> int:
        tries.append(1)
        raise AcronisUnavailable("Away.")

    for _ in range(2):
        with pytest.raises(AcronisUnavailable):
            await alike.ask("k", ask)
        await asyncio.sleep(0)
    assert len(tries) == 2


async def test_an_error_is_shared_as_well() -> None:
    account = Account([task()], error=AcronisUnavailable("Away."))
    live = live_of(account)
    found = await asyncio.gather(*(live.task("7", live.budget()) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in found] == [AcronisUnavailable] * 5


async def test_who_stops_waiting_ends_nothing_for_the_others() -> None:
    alike, going_on = Alike(), asyncio.Event()

    async def ask() -> str:
        await going_on.wait()
        return "an answer"

    waiting = [asyncio.create_task(alike.ask("k", ask)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    going_on.set()
    assert await asyncio.gather(*waiting[1:]) == ["an answer"] * 2


class Slept:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def elapsed(self) -> float:
        return self.now

    def paced(self, account: Account) -> Paced:
        return Paced(account, self.elapsed, self.sleep)


async def test_after_a_burst_questions_have_their_pace_pages_included() -> None:
    clock, account = Slept(), Account([task(id=str(number)) for number in range(100)], page_size=1)
    paced = clock.paced(account)
    assert [page.items async for page in paced.find(TaskQuery())][:100]
    assert clock.now == pytest.approx((101 - BURST) / REQUESTS_A_SECOND)  # the list's end is asked for too


async def test_a_question_that_would_wait_for_too_long_is_refused_at_once() -> None:
    now = 0.0

    async def no_sleep(_: float) -> None:
        """The others wait, too."""

    paced = Paced(Account([task(id="7")]), lambda: now, no_sleep)
    outcomes = await asyncio.gather(*(paced.task("7") for _ in range(200)), return_exceptions=True)
    answered = [each for each in outcomes if isinstance(each, Task)]
    assert len(answered) == BURST + LONGEST_WAIT * REQUESTS_A_SECOND
    assert {str(each) for each in outcomes if not isinstance(each, Task)} == {
        "Too many questions wait for Acronis at once. Ask again in a minute."
    }
    now = 60.0
    assert (await paced.task("7")).id == "7"


@pytest.mark.parametrize(("retry_after", "silent"), [(30.0, 30.0), (None, SILENCE[0]), (1e15, SILENCE[1])])
async def test_where_acronis_asks_for_fewer_questions_none_is_asked_for_a_while(
    retry_after: float | None, silent: float
) -> None:
    clock, account = Slept(), Account([task(id="7")])
    paced = clock.paced(account)
    account.error = fewer(retry_after)
    with pytest.raises(AcronisUnavailable):
        await paced.task("7")
    account.error = None
    clock.now = silent - 0.1
    with pytest.raises(AcronisUnavailable, match="asks for fewer"):
        await paced.task("7")
    clock.now = silent
    assert (await paced.task("7")).id == "7"


async def test_a_list_that_is_left_early_is_closed() -> None:
    account = Account([task(id=str(number)) for number in range(9)])
    pages = Paced(account).find(TaskQuery())
    async for _ in pages:
        break
    assert isinstance(pages, AsyncGenerator)
    await pages.aclose()
    assert account.closed == 1


async def test_each_time_that_acronis_asks_for_fewer_half_as_many_are_asked() -> None:
    clock, account = Slept(), Account([task(id="7")])
    paced, paces = clock.paced(account), []
    for _ in range(6):
        account.error = fewer()
        with pytest.raises(AcronisUnavailable):
            await paced.task("7")
        account.error, clock.now = None, clock.now + SILENCE[0]
        await paced.task("7")
        before = clock.now
        await paced.task("7")
        paces.append(1 / (clock.now - before))
    assert paces == sorted(paces, reverse=True)
    assert paces[0] < REQUESTS_A_SECOND * 0.6
    assert paces[-1] == pytest.approx(SLOWEST, rel=0.2)


async def test_questions_come_back_to_their_pace() -> None:
    clock, account = Slept(), Account([task(id="7")])
    paced = clock.paced(account)
    account.error = fewer()
    with pytest.raises(AcronisUnavailable):
        await paced.task("7")
    account.error, clock.now = None, SILENCE[0]
    for _ in range(100):
        await paced.task("7")
    before = clock.now
    for _ in range(40):
        await paced.task("7")
    assert clock.now - before == pytest.approx(40 / REQUESTS_A_SECOND)


# ── what each person may have read live ──


async def test_one_person_has_acronis_asked_so_often_and_no_more_and_others_are_not_held_up() -> None:
    now = 0.0
    shares = Shares(lambda: now)

    def taken(person: str, tries: int) -> int:
        asker.set(person)
        return sum(is_taken(shares) for _ in range(tries))

    assert [taken("U0MIA", 40), taken("U0NOAH", 40), taken("U0MIA", 1)] == [PERSON_BURST, PERSON_BURST, 0]
    now = 30.0
    assert taken("U0MIA", 40) == A_PERSON_A_MINUTE / 2
    assert taken("", 100) == 100  # what nobody asked


def is_taken(shares: Shares) -> bool:
    try:
        shares.take()
    except AskedTooOften:
        return False
    return True


@pytest.mark.parametrize(
    "ask",
    [
        lambda live, number: live.find(TaskQuery(limit=number + 1)),
        lambda live, number: live.activities(TaskQuery(limit=number + 1), None, live.budget()),
        lambda live, number: live.task(str(number), live.budget()),
    ],
    ids=["tasks", "activities", "one task"],
)
async def test_every_kind_of_live_question_counts(ask: Callable[[Live, int], Awaitable[object]]) -> None:
    asker.set("U0MIA")
    account = Account([task(id=str(number)) for number in range(50)])
    live = live_of(account)
    live._clients = {"default": cast("Paced", account)}  # without the pace of all questions together
    outcomes = [await outcome(ask(live, number)) for number in range(40)]
    assert outcomes == [""] * int(PERSON_BURST) + ["AskedTooOften"] * (40 - int(PERSON_BURST))


async def outcome(asked: Awaitable[object]) -> str:
    try:
        await asked
    except AcronisUnavailable as error:
        return type(error).__name__
    return ""


async def test_what_was_just_asked_costs_a_person_nothing() -> None:
    asker.set("U0MIA")
    live = live_of(account := Account([task()]))
    for _ in range(100):
        await live.find(RUNNING)
    assert len(account.asked) == 1
