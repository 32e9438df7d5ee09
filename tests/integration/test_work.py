"""Several processes on one database: who does what, and what one that was stopped may still do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import wiring
from bot.errors import LeaseLost
from bot.jobs import work as job
from bot.jobs.work import Work
from bot.store.address import Address
from bot.store.engine import Database
from bot.store.members import CHANNEL, JOB, READING, Members, piece
from bot.store.schema import leases, members
from bot.telemetry import Vitals
from tests.builders import settings
from tests.night import MovableClock, Night

LENGTH = timedelta(seconds=30)
ACCOUNTS = [piece(READING, f"account {number}") for number in range(4)]
REVIEW = piece(JOB, "review")


class Group:
    """Processes that share a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = MovableClock()
        self.all: dict[str, Work] = {}
        self.begun: list[str] = []

    async def joined(self, *owners: str, pieces: list[str] | None = None, length: timedelta = LENGTH) -> None:
        for owner in owners:
            store = Members(self.database, owner, length)
            pieces = ACCOUNTS if pieces is None else pieces
            self.all[owner] = Work(store, self.clock, length, pieces, begin=self.begun.append)
            await self.all[owner].beat()

    async def beat(self, *owners: str, rounds: int = 1) -> None:
        for _ in range(rounds):
            for owner in owners or self.all:
                await self.all[owner].beat()

    def held(self, owner: str) -> set[str]:
        return {name for name in (*ACCOUNTS, REVIEW, *channels(20)) if self.all[owner].holds(name)}

    async def fence(self, name: str) -> int:
        async with self.database.read() as connection:
            return int(await connection.scalar(select(leases.c.fence).where(leases.c.name == name)) or 0)

    async def passes(self, time: timedelta) -> None:
        """So long nobody hears of anybody."""
        async with self.database.write() as connection:
            for table in (leases, members):
                passed = table.c.until - time // timedelta(microseconds=1)
                await connection.execute(update(table).values(until=passed))

    async def write(self, name: str) -> None:
        """Something, as the holder of this piece."""
        async with self.database.write() as connection:
            await connection.execute(update(members).values(until=members.c.until))


def channels(count: int) -> list[str]:
    return [piece(CHANNEL, f"C{number:02}") for number in range(count)]


@pytest.fixture
async def group(address: Address) -> AsyncIterator[Group]:
    database = Database(address)
    database._backend.is_shared = True  # a file as well, as if several processes could be there
    yield Group(database)
    await database.close()


async def test_one_process_alone_does_everything(group: Group) -> None:
    await group.joined("a", pieces=[*ACCOUNTS, REVIEW])
    assert group.held("a") == {*ACCOUNTS, REVIEW}
    assert group.all["a"].size == 1


async def test_a_second_process_gets_its_share(group: Group) -> None:
    await group.joined("a", "b")
    assert group.held("b") == set()
    await group.beat(rounds=2)
    assert (len(group.held("a")), len(group.held("b"))) == (2, 2)
    assert group.held("a") | group.held("b") == set(ACCOUNTS)


async def test_four_processes_share_eight_channels_that_become_due_one_by_one(group: Group) -> None:
    await group.joined(*"abcd", pieces=[])
    names = [name.split()[1] for name in channels(8)]
    for count in range(1, 9):
        for owner in "abcd":
            await group.all[owner].take(names[:count])
    assert sorted(len(group.held(owner)) for owner in "abcd") == [2, 2, 2, 2]


async def test_a_dead_process_is_followed_when_its_time_is_over(group: Group) -> None:
    await group.joined("a", "b")
    await group.beat(rounds=2)
    await group.passes(LENGTH - timedelta(seconds=1))
    await group.beat("b")
    assert len(group.held("b")) == 2
    await group.passes(timedelta(seconds=2))
    await group.beat("b")
    assert group.held("b") == set(ACCOUNTS)
    assert group.all["b"].size == 1
    assert len(group.begun) == 4 + 2 + 2  # what changes hands is done at once


async def test_a_process_that_ends_is_followed_at_once(group: Group) -> None:
    await group.joined("a", "b")
    await group.all["a"].leave()
    await group.beat("b")
    assert (group.held("a"), group.held("b")) == (set(), set(ACCOUNTS))


async def test_one_that_has_ended_takes_nothing_any_more(group: Group) -> None:
    await group.joined("a")
    await group.all["a"].leave()
    await group.beat("a")
    await group.all["a"].take(["C00"])
    assert group.held("a") == set()
    async with group.database.read() as connection:
        assert (await connection.execute(select(members))).all() == []


async def test_each_change_of_hands_has_a_higher_fence(group: Group) -> None:
    name, seen = ACCOUNTS[0], []
    for owner in ("a", "b", "a again"):
        await group.joined(owner, pieces=[name])
        await group.beat(owner)
        seen.append(await group.fence(name))
        await group.all[owner].leave()
    assert seen == [1, 2, 3]


async def test_who_was_stopped_writes_nothing_under_the_old_fence(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name])
    with group.all["a"].at(name):
        await group.write(name)
        await group.passes(2 * LENGTH)  # as long it is stopped
        await group.joined("b", pieces=[name])
        with pytest.raises(LeaseLost):
            await group.write(name)
    with group.all["b"].at(name):
        await group.write(name)


async def test_nor_does_it_when_the_work_came_back_to_it_meanwhile(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name])
    with group.all["a"].at(name):
        await group.passes(2 * LENGTH)
        await group.joined("b", pieces=[name])
        await group.all["b"].leave()
        await group.beat("a")
        with pytest.raises(LeaseLost):
            await group.write(name)
        with pytest.raises(LeaseLost):
            async with group.all["a"].in_time():
                raise AssertionError("sent")
    with group.all["a"].at(name):
        await group.write(name)


async def test_what_nobody_took_meanwhile_goes_on(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name])
    with group.all["a"].at(name):
        await group.passes(2 * LENGTH)
        await group.beat("a")
        await group.write(name)
        async with group.all["a"].in_time():
            pass


async def test_what_goes_to_slack_is_cut_off_when_another_may_send_it(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name], length=timedelta(seconds=0.1))
    with pytest.raises(LeaseLost), group.all["a"].at(name):
        async with group.all["a"].in_time():
            await asyncio.Event().wait()
    assert not group.all["a"].holds(name)
    with pytest.raises(LeaseLost), group.all["a"].at(name):
        raise AssertionError("begun")


async def test_a_beat_that_is_overdue_is_made_good_before_anything_is_sent(group: Group) -> None:
    await group.joined("a", pieces=[])
    await group.all["a"].take(["C00"])
    group.all["a"]._until = 0.0
    assert group.held("a") == set()
    await group.all["a"].take(["C00"])
    assert group.held("a") == {piece(CHANNEL, "C00")}


async def test_a_beat_lets_what_is_under_way_go_on(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name])
    with group.all["a"].at(name):
        async with group.all["a"].in_time():
            (limit,) = group.all["a"]._limits
            before = limit.when() or 0.0
            await group.beat("a")
            assert (limit.when() or 0.0) > before
    assert not group.all["a"]._limits


async def test_a_beat_gives_no_time_to_what_another_has(group: Group) -> None:
    name = ACCOUNTS[0]
    await group.joined("a", pieces=[name])
    with group.all["a"].at(name):
        async with group.all["a"].in_time():
            (limit,) = group.all["a"]._limits
            before = limit.when()
            await group.passes(2 * LENGTH)
            await group.joined("b", pieces=[name])
            await group.beat("a")
            assert limit.when() == before


@pytest.mark.parametrize("others", [0, 1, 2])
async def test_a_beat_while_something_is_being_cut_off_is_made(group: Group, others: int) -> None:
    """It is not over at once: it closes a connection. What else is under way goes on."""
    name, *more = ACCOUNTS[: 1 + others]
    await group.joined("a", pieces=[name, *more])
    work, is_cut = group.all["a"], asyncio.Event()

    async def sends() -> None:
        with work.at(name):
            async with work.in_time():
                (limit,) = work._limits
                limit.reschedule(0.0)
                try:
                    await asyncio.Event().wait()
                finally:
                    is_cut.set()
                    await asyncio.sleep(0.1)

    async def is_cut_off() -> None:
        with pytest.raises(LeaseLost):
            await sends()

    async def goes_on(other: str) -> None:
        with work.at(other):
            async with work.in_time():
                await is_cut.wait()
                await work.beat()

    await asyncio.gather(is_cut_off(), *map(goes_on, more), beats(work, is_cut))
    assert not work._limits


async def beats(work: Work, is_cut: asyncio.Event) -> None:
    await is_cut.wait()
    await work.beat()


async def test_work_that_is_at_hand_is_given_back_when_it_is_done(group: Group) -> None:
    await group.joined("a")
    with group.all["a"].at(ACCOUNTS[0]), group.all["a"].at(ACCOUNTS[1]), group.all["a"].at(ACCOUNTS[2]):
        await group.joined("b")
        await group.beat()
        assert len(group.held("b")) == 1  # the idle one
        assert len(group.held("a")) == 2  # no more of the third is begun
        await group.write(ACCOUNTS[0])
    await group.beat(rounds=2)
    assert (len(group.held("a")), len(group.held("b"))) == (2, 2)


async def test_a_quiet_channel_is_given_back(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    await group.joined("a", pieces=[])
    await group.all["a"].take(["C00", "C01"])
    with group.all["a"].at(piece(CHANNEL, "C00")):
        pass
    monkeypatch.setattr(job, "IDLE_SECONDS", 0.0)
    with group.all["a"].at(piece(CHANNEL, "C01")):
        await group.beat("a")
    assert group.held("a") == {piece(CHANNEL, "C01")}


@pytest.mark.parametrize("poll", [4, 5, 6, 10, 29, 60, 300, 3600])
async def test_what_a_dead_process_did_is_taken_within_two_polls(tmp_path: Path, poll: int) -> None:
    """Its time runs out, and another one looks at the latest one interval later. The rest is for the taking."""
    given = replace(
        settings(tmp_path, ACRONIS_URL="http://127.0.0.1:9", SLACK_API_URL="http://127.0.0.1:9/api/"),
        poll=timedelta(seconds=poll),
    )
    database = Database(given.database)
    made = wiring.work_of(given, database, Vitals(given.clock, given.poll))
    assert (made.length + made.interval) * 1.1 <= 2 * given.poll
    assert made.length >= 4 * made.interval
    await database.close()


async def test_how_the_bot_is_is_known_to_a_process_that_reads_nothing(watch: Night) -> None:
    await watch.fails()
    vitals = Vitals(watch.clock, watch.settings.beat)
    vitals.watch([watch.client.account])
    watch.clock.ahead += timedelta(minutes=10)
    await watch.poll()
    assert vitals.late() == [watch.client.account]
    store = wiring.alert_store(watch.settings, watch.database)
    await wiring.figures(watch.settings, store, vitals).run()
    assert vitals.late() == []
    assert "nightshift_queue_posts 1.0" in vitals.metrics().decode()


async def test_who_takes_an_account_ends_the_readings_under_way(group: Group) -> None:
    await group.joined("a")
    async with group.database.write() as connection:
        for name in ("account 0", "sweep account 0", "plans account 0", "events account 0", "account 1"):
            await connection.execute(leases.insert().values(name=name, holder="a poll", until=2**60))
    await group.passes(2 * LENGTH)
    await group.joined("b", pieces=ACCOUNTS[:1])
    async with group.database.read() as connection:
        left = (await connection.execute(select(leases.c.name).where(leases.c.holder == "a poll"))).scalars().all()
    assert left == ["account 1"]
