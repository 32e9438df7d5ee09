"""Events have an account polled at once: against the pretend Acronis, with waits that the test counts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acronis.events import Batch, EventsClient, Subscription
from bot.jobs import events as job
from bot.jobs.events import AGAIN, APART, BACK_OFF, ELSEWHERE, NO_API, NO_TOPIC, OTHER_PROCESS, WOKEN, Listening
from bot.jobs.poll import Outcome
from bot.sandbox import acronis
from bot.sandbox.acronis.events import SCOPE, TASKS
from bot.store.engine import Database
from bot.store.leases import Lease, Leases
from bot.telemetry import Vitals
from tests.integration.pretending import raw_task
from tests.night import MINUTE, MovableClock

API = "/api/event_manager/v1"
PATIENCE = 30.0


@dataclass
class Waits:
    """What the job waits for. Nothing lasts long, and the clock that never goes back shows it all the same."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0.001)


class House:
    """One listening process: its polls are counted, and have the outcomes that the test puts down, else are read."""

    def __init__(self, running: acronis.Running, database: Database, client: EventsClient, clock: MovableClock) -> None:
        self.control = running.control
        self.leases = Leases(database)
        self.clock = clock
        self.client = client
        self.waits = Waits()
        self.vitals = Vitals(clock, MINUTE)
        self.polls = self.tasks = 0
        self.outcomes: list[Outcome] = []
        self.is_ours = True
        self.job = self.another()

    def another(self) -> Listening:
        parts = {"sleep": self.waits.sleep, "elapsed": self.waits}
        return Listening(
            self.client,
            self.leases,
            self.poll,
            self.clock,
            self.vitals,
            lambda: self.is_ours,
            **parts,  # type: ignore[arg-type]
        )

    async def poll(self) -> Outcome:
        self.polls += 1
        return self.outcomes.pop(0) if self.outcomes else Outcome.READ

    def changes(self) -> None:
        """One task does, once."""
        self.tasks += 1
        self.control.add(tasks=[raw_task(self.tasks)])

    @property
    def said(self) -> str:
        return self.vitals.events.get("main", "")

    def asked(self, path: str) -> int:
        return len(self.control.requests(API + path))

    async def until(self, what: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not what():  # noqa: ASYNC110  what is waited for happens in a server
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.job.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    running = await acronis.serve(world="empty")
    database = Database(tmp_path / "bot.sqlite3")
    await database.migrate()
    client = EventsClient("main", running.url, "sandbox-client", "sandbox-secret")
    yield House(running, database, client, MovableClock())
    await client.aclose()
    await database.close()
    await running.close()


async def test_a_task_that_changes_has_the_account_polled(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        assert (house.polls, house.said) == (1, WOKEN)  # for what changed before
        house.changes()
        await house.until(lambda: house.polls == 2)
        await house.until(lambda: house.asked("/events") == 2)
        assert house.polls == 2


async def test_an_event_is_never_lost_between_two_questions(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        for number in range(2, 7):
            house.changes()
            await house.until(lambda number=number: house.polls >= number)  # type: ignore[misc]
    assert house.asked("/subscriptions") == 1


async def test_a_flood_of_events_costs_a_poll_and_a_question_each_three_seconds(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.control.events(flood=4_950)
        await house.until(lambda: house.asked("/events") == 2)
    assert house.polls == 2
    assert house.waits.slept[0] == pytest.approx(APART)
    assert house.asked("/topics/offsets") == 2  # what came before the poll is passed over


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"topic": False}, NO_TOPIC),
        ({"api": False}, NO_API),
        ({"allowed": False}, SCOPE),
    ],
)
async def test_where_there_are_no_events_it_looks_again_each_hour(
    house: House, switches: dict[str, Any], said: str
) -> None:
    house.control.events(**switches)
    async with house.listening():
        await house.until(lambda: house.waits.slept)
        assert said in house.said
        assert house.said.startswith("polled at its pace only")
        assert (house.polls, house.waits.slept[0]) == (0, AGAIN)
        house.control.events(api=True, topic=True, allowed=True)
        await house.until(lambda: house.said == WOKEN)
    assert await job.standing(house.client) == WOKEN


@pytest.mark.parametrize("switches", [{"topic": False}, {"api": False}, {"allowed": False}, {"busy": 1}])
async def test_check_says_what_is_missing_and_changes_nothing(house: House, switches: dict[str, Any]) -> None:
    house.control.events(**switches)
    assert (await job.standing(house.client)).startswith("polled at its pace")
    assert house.control.events()["subscriptions"] == []


async def test_a_lost_subscription_is_made_anew(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.control.events(lose_subscriptions=True)
        house.changes()
        await house.until(lambda: house.polls == 2)  # the question that was held; the next one is refused
        await house.until(lambda: house.asked("/subscriptions") == 2)
        await house.until(lambda: house.polls == 3)
        house.changes()
        await house.until(lambda: house.polls == 4)


async def test_an_offset_that_is_too_old_begins_anew_with_a_poll(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.control.hold(f"{API}/events")
        house.changes()
        await house.until(lambda: house.control.holds()["held"])
        house.changes()
        house.control.events(lose_events=True)
        house.control.release()
        await house.until(lambda: house.asked("/subscriptions") == 2)
        await house.until(lambda: house.polls >= 3)


async def test_a_failure_is_asked_again_later_and_later_and_no_event_is_lost(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.control.fault("503", count=4, path=f"{API}/events")
        house.changes()
        await house.until(lambda: house.polls == 2)
        house.changes()
        await house.until(lambda: house.polls == 3)
    waited = house.waits.slept[1:5]
    assert [0.8 * least <= each <= 1.2 * least for each, least in zip(waited, BACK_OFF, strict=False)] == [True] * 4
    assert house.asked("/subscriptions") == 1


@pytest.mark.parametrize("seconds", [9, 600])
async def test_it_stays_away_as_long_as_acronis_asks(house: House, seconds: int) -> None:
    house.control.events(busy=1, retry_after=seconds)
    async with house.listening():
        await house.until(lambda: house.waits.slept)
        assert house.waits.slept[0] == seconds
        assert house.said.startswith("polled at its pace for now")


async def test_it_is_there_again_after_a_start_that_failed(house: House) -> None:
    house.control.outage(mode="502")
    async with house.listening():
        await house.until(lambda: len(house.waits.slept) >= 2)
        assert (house.polls, house.said[:26]) == (0, "polled at its pace for now")
        house.control.outage(on=False)
        await house.until(lambda: house.asked("/events"))
        house.changes()
        await house.until(lambda: house.said == WOKEN)


async def test_a_poll_that_failed_is_repeated_after_a_minute(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.outcomes = [Outcome.MISSED, Outcome.ELSEWHERE]
        house.changes()
        await house.until(lambda: house.polls == 4)
    assert house.waits.slept[:2] == [job.AFTER_MISSED, APART]


async def test_an_answer_that_is_cut_off_makes_the_next_question_shorter(house: House) -> None:
    asked: list[float] = []
    given = house.client.wait

    async def wait(subscription: Subscription, offset: int, seconds: float) -> Batch:
        """As through a proxy that lets nobody wait for more than ten seconds."""
        asked.append(seconds)
        house.waits.at += min(seconds, 10)
        if seconds > 10:
            house.control.fault("502", path=f"{API}/events")
        return await given(subscription, offset, 0)

    house.client.wait = wait  # type: ignore[method-assign]
    async with house.listening():
        await house.until(lambda: len(asked) >= 5)
    assert asked[:5] == [30.0, 15.0, 7.5, 7.5, 7.5]


async def test_each_hour_the_subscription_is_made_anew(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.waits.at += AGAIN + 1
        house.changes()
        await house.until(lambda: house.asked("/subscriptions") == 2)
        await house.until(lambda: house.asked("/events") == 2)
    statuses = [each["status"] for each in house.control.requests(f"{API}/subscriptions")]
    assert statuses == [201, 409]


async def test_one_process_listens_and_another_takes_over(house: House) -> None:
    other = Lease("events main", "main", "another", timedelta(minutes=3))
    assert await house.leases.take(other, house.clock.now())
    async with house.listening():
        await house.until(lambda: house.waits.slept)
        assert (house.waits.slept[0], house.said, house.asked("")) == (ELSEWHERE, OTHER_PROCESS, 0)
        await house.leases.give_back(other)
        await house.until(lambda: house.said == WOKEN)
    assert await house.leases.take(other, house.clock.now())  # it was given back at the end


@pytest.mark.parametrize("step", [timedelta(days=200), timedelta(days=-200), timedelta(hours=1)])
async def test_a_clock_that_is_set_does_not_hurt(house: House, step: timedelta) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.clock.ahead = step
        house.changes()
        await house.until(lambda: house.polls == 2)
        house.changes()
        await house.until(lambda: house.polls == 3)


async def test_the_end_cuts_a_question_off_at_once(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        ending = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - ending < job.HELD / 2


async def test_a_fault_of_ours_ends_nothing(house: House) -> None:
    async def broken() -> str:
        house.client.topic = topic  # type: ignore[method-assign]
        raise ZeroDivisionError("made for this test")

    topic, house.client.topic = house.client.topic, broken  # type: ignore[method-assign]
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.changes()
        await house.until(lambda: house.polls == 2)


async def test_a_poll_that_takes_long_is_followed_by_a_longer_rest(house: House) -> None:
    async def slow() -> Outcome:
        house.waits.at += 4
        return Outcome.READ

    house.job = Listening(
        house.client,
        house.leases,
        slow,
        house.clock,
        house.vitals,
        lambda: True,
        sleep=house.waits.sleep,
        elapsed=house.waits,
    )
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
        house.changes()
        await house.until(lambda: house.waits.slept)
    assert house.waits.slept[0] == pytest.approx(job.SHARE * 4)


async def test_an_account_that_another_process_reads_is_listened_to_there(house: House) -> None:
    house.is_ours = False
    async with house.listening():
        await house.until(lambda: house.said == OTHER_PROCESS)
        house.is_ours = True
        await house.until(lambda: house.polls)
    assert house.said == WOKEN


async def test_a_poll_that_another_process_took_over_is_not_waited_for(house: House) -> None:
    house.outcomes = [Outcome.ELSEWHERE]

    async def lost() -> Outcome:
        house.is_ours = False
        return await house.poll()

    house.job._poll = lost
    async with house.listening():
        await house.until(lambda: house.said == OTHER_PROCESS)
    assert house.polls == 1


async def test_the_topic_is_the_one_of_tasks(house: House) -> None:
    async with house.listening():
        await house.until(lambda: house.asked("/events"))
    assert [each["topic_id"] for each in house.control.events()["subscriptions"]] == [TASKS]
