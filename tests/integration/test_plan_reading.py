"""The job that reads plans round by round, over real sockets: paces, back-off, slices, and what is gone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.jobs.plans import A_ROUND, BROKE, PlanReading
from bot.model import Rules
from bot.model.plans import Access, Api, ApiAccess, KnownWorkload
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.plans.facts import facts_of
from bot.store.plans.recording import PlanRecorder
from tests.plan_server import PlanServer, plan_server

START = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
EVERY, HOUR = timedelta(minutes=15), timedelta(hours=1)


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START
        self.rate = 1.0

    def now(self) -> datetime:
        return self.at


class House:
    def __init__(self, database: Database, server: PlanServer, clock: Hands) -> None:
        self.server, self.clock, self.database = server, clock, database
        self.client = AcronisClient(
            "a",
            server.url,
            "id",
            "secret",
            classifier=Classifier(),
            per_second=10_000,
            elapsed=lambda: clock.now().timestamp(),
        )
        self.recorder = PlanRecorder(database)
        self.job = self.start()

    def start(self) -> PlanReading:
        self.job = PlanReading(self.client, self.recorder, self.clock, Rules(), every=EVERY)
        return self.job

    async def round(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            await self.job.run()
            self.clock.at += EVERY

    async def counted(self, rounds: int = 1) -> dict[Api, int]:
        """How often each API was asked in so many rounds."""
        self.server.requests.clear()
        await self.round(rounds)
        return dict(self.server.requests)

    async def access(self, api: Api) -> ApiAccess:
        return (await self.recorder.accesses("a"))[api]

    async def knows(self, id_: str) -> KnownWorkload:
        async with self.database.read() as connection:
            return (await facts_of(connection, "a", [id_]))[id_]

    def statuses(self, count: int, start: int = 0) -> None:
        self.server.lists[Api.STATUSES] = [status(f"m{number}") for number in range(start, start + count)]

    def runs(self, *numbers: int, moves: bool = True) -> None:
        """The workloads ran just now. `moves`: the server takes this for a change."""
        for number in numbers:
            item = self.server.lists[Api.STATUSES][number]
            now = stamp(self.clock.at)
            item["policies"] = [{"type": "policy.backup.machine", "last_run": now, "last_success_run": now}]
            if moves:
                item["context"]["updated_at"] = now


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def status(id_: str) -> dict[str, Any]:
    past, next_run = stamp(START - HOUR), stamp(START + 1000 * HOUR)
    run = {"type": "policy.backup.machine", "last_run": past, "last_success_run": past, "next_run": next_run}
    context = {"id": id_, "type": "resource.machine", "name": id_, "tenant_id": "901", "updated_at": past}
    return {"context": context, "aggregate": {"status": "ok"}, "policies": [run]}


def fails(item: dict[str, Any]) -> dict[str, Any]:
    item["policies"][0]["last_success_run"] = stamp(START - 25 * HOUR)
    return item


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = Hands()
    database = Database(tmp_path / "a.sqlite3")
    await database.migrate()
    async with plan_server(clock.now) as server:
        made = House(database, server, clock)
        yield made
        await made.client.aclose()
    await database.close()


DENIED = {"error": {"code": "AccessDenied", "context": {"required_scope": "urn:acronis.com::x:901:read"}}}


async def test_all_of_it_is_read_at_the_start_and_then_each_at_its_pace(house: House) -> None:
    house.statuses(3)
    fails(house.server.lists[Api.STATUSES][0])
    every = dict.fromkeys((Api.STATUSES, Api.ALERTS, Api.APPLICATIONS, Api.AGENTS), 1)
    hourly = dict.fromkeys((Api.POLICIES, Api.RESOURCES), 1)
    assert await house.counted() == {**every, **hourly, Api.TENANTS: 2}
    assert await house.counted() == every
    assert await house.counted(3) == {api: 3 * count for api, count in every.items()} | hourly
    house.server.requests.clear()
    await house.round(91)
    assert house.server.requests[Api.TENANTS] == 0
    assert (await house.counted())[Api.TENANTS] == 2
    assert all(each.access is Access.OPEN for each in (await house.recorder.accesses("a")).values())


@pytest.mark.parametrize("api", list(Api))
async def test_one_that_is_forbidden_stops_none_of_the_others(house: House, api: Api) -> None:
    house.server.lists[Api.STATUSES] = [fails(status("m0"))]
    await house.round()
    house.server.refusals[api] = (403, DENIED)
    house.start()
    await house.round()
    accesses = await house.recorder.accesses("a")
    refused = accesses.pop(api)
    assert refused.access is Access.FORBIDDEN
    assert "urn:acronis.com::x:901:read" in refused.words
    assert refused.read_at == START  # the last time that it went well
    assert {each.access for each in accesses.values()} == {Access.OPEN}
    assert {each.read_at for each in accesses.values()} == {START + EVERY}
    assert (await house.counted(3)).get(api, 0) == 0  # a person has to act
    house.server.refusals.clear()
    await house.round()
    assert (await house.access(api)).access is Access.OPEN
    assert (await house.access(api)).words == ""


@pytest.mark.parametrize(("status_code", "body"), [(404, {}), (400, {"code": "BadRequest"}), (200, ["no list"])])
async def test_one_that_fails_is_asked_less_and_less_often(house: House, status_code: int, body: Any) -> None:
    house.server.refusals[Api.AGENTS] = (status_code, body)
    asked = [(await house.counted()).get(Api.AGENTS, 0) for _ in range(13)]
    assert asked == [1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    failing = await house.access(Api.AGENTS)
    assert (failing.access, failing.read_at) == (Access.FAILING, None)
    assert failing.words
    assert (await house.access(Api.STATUSES)).access is Access.OPEN


async def test_one_that_asks_to_be_left_alone_stops_none_of_the_others(house: House) -> None:
    house.server.refusals[Api.AGENTS] = (429, {})
    house.server.headers["Retry-After"] = "3600"
    asked = [await house.counted() for _ in range(9)]
    assert [each.get(Api.AGENTS, 0) for each in asked] == [1, 0, 0, 0] * 2 + [1]
    assert all(each[Api.STATUSES] and each[Api.ALERTS] for each in asked)
    accesses = await house.recorder.accesses("a")
    assert {api for api, each in accesses.items() if each.access is not Access.OPEN} == {Api.AGENTS}


async def test_a_page_that_breaks_us_is_said_and_the_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.client.plans, "agents", broken)
    await house.round()
    assert (await house.access(Api.AGENTS)).words == BROKE
    assert (await house.access(Api.TENANTS)).access is Access.OPEN


async def test_a_long_listing_goes_on_in_the_next_round(house: House) -> None:
    house.server.largest = 1
    house.statuses(A_ROUND + 6)
    await house.round()
    assert Api.STATUSES not in await house.recorder.accesses("a")
    await house.round()
    assert (await house.access(Api.STATUSES)).read_at == START + EVERY
    assert (await house.knows("m0")).deleted_at is None  # it was on a page of the first round
    assert sum((await house.counted()).values()) <= A_ROUND


async def test_a_long_listing_of_agents_is_read_less_often(house: House) -> None:
    house.server.largest = 1
    house.server.lists[Api.AGENTS] = [{"id": f"g{number}", "hostname": "x", "online": True} for number in range(40)]
    asked = [(await house.counted()).get(Api.AGENTS, 0) for _ in range(14)]
    reading = next(place for place, count in enumerate(asked) if sum(asked[: place + 1]) == 40)
    assert asked[reading + 1 : reading + 4] == [0, 0, 0]
    assert asked[reading + 4] > 0
    assert max(asked) <= A_ROUND


@pytest.mark.parametrize("knows_changes", [True, False])
async def test_pages_as_many_as_10_000_workloads_have_cost_60_requests_an_hour(
    house: House, knows_changes: bool
) -> None:
    """10 pages of run times and workloads, 100 or 60 of agents, 5 of plans, 1,000 tenants."""
    house.server.knows_changes = knows_changes
    house.server.sizes = {Api.STATUSES: 2, Api.RESOURCES: 2, Api.AGENTS: 1, Api.POLICIES: 1}
    house.statuses(20)
    lists = house.server.lists
    for number in range(0, 20, 2):
        fails(lists[Api.STATUSES][number])
    lists[Api.RESOURCES] = [each["context"] for each in lists[Api.STATUSES]]
    agents = 100 if knows_changes else 60
    lists[Api.AGENTS] = [{"id": f"g{number}", "hostname": "x", "online": True} for number in range(agents)]
    lists[Api.POLICIES] = [{"policy": [{"id": f"p{number}", "type": "policy.protection.total"}]} for number in range(5)]
    lists[Api.TENANTS] = [{"id": f"t{number}", "name": "x", "enabled": True} for number in range(1000)]
    asked: list[dict[Api, int]] = []
    for number in range(48):
        house.runs(number % 20)
        asked.append(await house.counted())
    counts = [sum(each.values()) for each in asked]
    assert max(sum(counts[start : start + 4]) for start in range(45)) <= 60
    assert all(each[Api.STATUSES] and each[Api.ALERTS] for each in asked)
    read = await house.recorder.accesses("a")
    assert read.keys() == set(Api)
    assert {each.access for each in read.values()} == {Access.OPEN}


async def test_run_times_are_asked_for_by_change_once_they_were_seen_to_be_told_so(house: House) -> None:
    house.server.largest = 10
    house.statuses(25)
    assert (await house.counted())[Api.STATUSES] == 3
    assert (await house.counted())[Api.STATUSES] == 3  # nothing is known of it yet
    house.runs(3)
    assert (await house.counted())[Api.STATUSES] == 3
    house.runs(4)
    assert (await house.counted())[Api.STATUSES] == 1
    assert (await house.knows("m4")).last_run_at == house.clock.at - EVERY
    assert (await house.knows("m20")).deleted_at is None
    assert [(await house.counted())[Api.STATUSES] for _ in range(97)].count(3) == 1  # once a day is the truth


async def test_where_a_run_is_no_change_all_run_times_are_read_each_time(house: House) -> None:
    house.server.largest = 10
    house.statuses(25)
    await house.round(2)
    house.runs(3, moves=False)
    house.runs(4)
    assert [(await house.counted())[Api.STATUSES] for _ in range(3)] == [3, 3, 3]
    house.runs(5)
    assert [(await house.counted())[Api.STATUSES] for _ in range(3)] == [3, 3, 3]


async def test_where_changes_cannot_be_asked_for_all_run_times_are_read_each_time(house: House) -> None:
    house.server.knows_changes = False
    house.server.largest = 10
    house.statuses(25)
    await house.round(2)
    house.runs(3)
    await house.round(2)
    assert [(await house.counted())[Api.STATUSES] for _ in range(3)] == [3, 3, 3]


async def test_what_the_full_listing_no_longer_has_is_gone(house: House) -> None:
    house.statuses(3)
    await house.round()
    house.statuses(2)
    await house.round()
    assert (await house.knows("m2")).deleted_at == START + EVERY
    assert (await house.knows("m0")).deleted_at is None


async def test_one_empty_listing_is_not_believed(house: House) -> None:
    house.statuses(3)
    await house.round()
    house.statuses(0)
    await house.round()
    assert (await house.knows("m0")).deleted_at is None
    await house.round()
    assert (await house.knows("m0")).deleted_at is not None


@pytest.mark.parametrize("item", [{}, {"context": {"name": "no id"}}, "x", None])
async def test_a_listing_with_an_item_that_cannot_be_read_tells_of_nothing_gone(house: House, item: Any) -> None:
    house.statuses(2)
    await house.round()
    house.server.lists[Api.STATUSES] = [status("m0"), item]
    house.server.knows_changes = False
    await house.round(2)
    assert (await house.knows("m1")).deleted_at is None


async def test_plans_are_read_of_what_fails_or_is_late_only(house: House) -> None:
    late = status("late")
    late["policies"][0]["next_run"] = stamp(START - timedelta(minutes=1))
    house.server.lists[Api.STATUSES] = [status("well"), fails(status("fails")), late]
    await house.round()
    asked = [query["context_id"] for api, query in house.server.queries if api is Api.APPLICATIONS]
    assert asked == ["or(fails,late)"]


async def test_another_process_that_reads_is_left_to_it(house: House) -> None:
    await house.recorder.leases.take(Lease("plans a", "a", "another", 2 * EVERY), START)
    assert await house.counted() == {}
    house.clock.at += 2 * HOUR
    assert (await house.counted())[Api.STATUSES] == 1


CHANGE = datetime(2026, 11, 1, 6, tzinfo=UTC)  # in New York clocks go from 2:00 back to 1:00


async def test_workloads_are_read_anew_once_clocks_were_changed_somewhere(house: House) -> None:
    """What a machine says of its clock is no change of it."""
    house.server.lists[Api.RESOURCES] = [{"id": "m0", "type": "resource.machine", "name": "m0"}]
    house.clock.at = CHANGE + timedelta(minutes=5) - 10 * EVERY
    await house.round(10)
    house.server.queries.clear()
    await house.round(4)
    assert ["updated_at" in query for api, query in house.server.queries if api is Api.RESOURCES] == [False]


async def test_workloads_are_read_anew_once_a_tenant_is_another(house: House) -> None:
    """One that lets us in again shows its workloads as they were: that is no change of them."""
    house.server.lists[Api.TENANTS] = [{"id": "t1", "name": "Acme", "ancestral_access": False}]
    await house.round(96)
    for lets_in in (True, True):
        house.server.lists[Api.TENANTS] = [{"id": "t1", "name": "Acme", "ancestral_access": lets_in}]
        house.server.queries.clear()
        await house.round(6)
        since = ["updated_at" in query for api, query in house.server.queries if api is Api.RESOURCES]
        assert (not all(since)) is (house.clock.at < START + 100 * HOUR)
        await house.round(90)


@pytest.mark.parametrize(("late_at", "is_read"), [(START + HOUR, True), (START - HOUR, False), (None, False)])
async def test_tenants_are_read_before_their_time_where_something_did_not_start_since(
    house: House, monkeypatch: pytest.MonkeyPatch, late_at: datetime | None, is_read: bool
) -> None:
    """It may be of a tenant that was disabled, which is no miss."""

    async def late_since(account: str, now: datetime) -> datetime | None:
        return late_at if late_at is None or now >= late_at else None

    monkeypatch.setattr(house.recorder, "late_since", late_since)
    await house.round()
    asked = [(await house.counted()).get(Api.TENANTS, 0) for _ in range(12)]
    assert asked == [0] * 3 + [2 * is_read] + [0] * 8


async def test_as_long_as_nothing_starts_tenants_are_read_once_an_hour(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late_since(account: str, now: datetime) -> datetime | None:
        return now - EVERY / 2

    monkeypatch.setattr(house.recorder, "late_since", late_since)
    asked = [(await house.counted()).get(Api.TENANTS, 0) for _ in range(12)]
    assert asked == [2, 0, 0, 0] * 3
