"""The Acronis client against the pretend Acronis, which shares no line with it (bot/acronis, bot/sandbox/acronis)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.errors import AcronisUnavailable, MissingRole, NotFound, WrongCredentials, WrongDataCentre
from bot.model import OFFICE365_TYPES, Activity, Kind, NameField, NameFilter, Page, Task, TaskQuery, TimeField, Workload
from bot.sandbox.acronis import Running, serve
from tests.builders import raw_activity, raw_task, rfc3339

HOUR = timedelta(hours=1)
PRESENT = datetime.now(UTC).replace(microsecond=0)


async def _no_sleep(seconds: float) -> None:
    return


@pytest.fixture
async def acronis() -> AsyncIterator[Running]:
    running = await serve(world="empty")
    yield running
    await running.close()


@pytest.fixture
async def client(acronis: Running) -> AsyncIterator[AcronisClient]:
    one = connect(acronis)
    yield one
    await one.aclose()


def connect(acronis: Running, **changes: Any) -> AcronisClient:
    settings = {"classifier": Classifier(), "sleep": _no_sleep, "page_size": 3, **changes}
    secret = settings.pop("secret", "sandbox-secret")
    return AcronisClient("main", acronis.url, "sandbox-client", secret, **settings)


async def ids(walk: AsyncIterator[Page[Task]] | AsyncIterator[Page[Activity]]) -> list[str]:
    return [item.id async for page in walk for item in page.items]


def run(number: int, hours_ago: float, **changes: Any) -> dict[str, Any]:
    """A run that ended so many hours ago and took half an hour."""
    ended = PRESENT - hours_ago * HOUR
    times = {"enqueuedAt": ended - HOUR / 2, "startedAt": ended - HOUR / 2, "completedAt": ended, "updatedAt": ended}
    return raw_task(**{"id": str(number), **{key: rfc3339(at) for key, at in times.items()}, **changes})


async def test_all_pages_are_read_newest_first(acronis: Running, client: AcronisClient) -> None:
    """Ten tasks, three wanted to a page, two given."""
    acronis.control.settings(max_page=2)
    acronis.control.add(tasks=[run(number, number) for number in range(1, 11)])
    assert await ids(client.find(TaskQuery())) == [str(number) for number in range(1, 11)]
    asked = acronis.control.requests("/api/task_manager/v2/tasks")
    assert [sorted({key for key, _ in one["params"]}) for one in asked] == [
        ["limit", "order"],
        *[["after", "limit"]] * (len(asked) - 1),
    ]


@pytest.mark.parametrize("end", ["missing", "empty", "no_paging", "null_items"])
@pytest.mark.parametrize("envelope", ["real", "guide", "spec"])
async def test_every_envelope_and_every_end_is_understood(
    acronis: Running, client: AcronisClient, envelope: str, end: str
) -> None:
    acronis.control.settings(envelope=envelope, end=end)
    acronis.control.add(tasks=[run(number, number) for number in range(1, 8)])
    pages = [page async for page in client.find(TaskQuery())]
    assert [item.id for page in pages for item in page.items] == ["1", "2", "3", "4", "5", "6", "7"]
    assert [page.partial for page in pages if page.partial] == []


async def test_a_token_that_comes_again_makes_the_list_partial(acronis: Running, client: AcronisClient) -> None:
    acronis.control.settings(end="repeat")
    acronis.control.add(tasks=[run(number, number) for number in range(1, 8)])
    pages = [page async for page in client.find(TaskQuery())]
    assert pages[-1].partial


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (TaskQuery(), {"1", "2", "3", "4", "5", "6", "7"}),
        (TaskQuery(states=frozenset({"started", "paused"})), {"6"}),
        (TaskQuery(states=frozenset({"enqueued"})), {"7"}),
        (TaskQuery(results=frozenset({"error", "abandoned", "timedout"})), {"2", "3"}),
        (TaskQuery(types=OFFICE365_TYPES), {"3", "4"}),
        (TaskQuery(types=frozenset({"d332948d-a7a9-4e07-b76c-253dcf6e17fb"})), {"1", "2", "6", "7"}),
        (TaskQuery(workloads=frozenset({Workload.GOOGLE})), {"4"}),
        (TaskQuery(workloads=frozenset({Workload.MICROSOFT365})), {"3"}),
        (TaskQuery(kinds=frozenset({Kind.RESTORE})), {"4"}),
        (TaskQuery(kinds=frozenset({Kind.MANAGEMENT})), {"5"}),
        (TaskQuery(roots_only=True), {"1", "3", "4", "5", "6", "7"}),
        (TaskQuery(names=(NameFilter(NameField.TENANT, ("acme",)),)), {"1", "2", "4", "5", "6", "7"}),
        (TaskQuery(names=(NameFilter(NameField.ANY, ("mail",)),)), {"3"}),
        (TaskQuery(after=PRESENT - 4 * HOUR), {"1", "2", "3", "6"}),
        (TaskQuery(after=PRESENT - 4 * HOUR, before=PRESENT - 2 * HOUR), {"2", "3"}),
        (TaskQuery(time_field=TimeField.COMPLETED, after=PRESENT - 4 * HOUR), {"1", "2", "3"}),
        (TaskQuery(time_field=TimeField.UPDATED, after=PRESENT - 2 * HOUR), {"1", "6", "7"}),
        (TaskQuery(before=PRESENT - 4 * HOUR, backwards=True), {"4", "5"}),
    ],
)
async def test_each_filter_finds_its_own_and_nothing_else(
    acronis: Running, client: AcronisClient, query: TaskQuery, expected: set[str]
) -> None:
    mailbox = {"id": "m", "type": "MAILBOX", "name": "mail@x.example"}
    acronis.control.add(
        tasks=[
            run(1, 1),
            run(2, 2, result={"code": "error"}, context={"IsProcessRoot": False}),
            run(3, 3, type="UserMailboxBackup", result={"code": "timedout"}, resource=mailbox, tenant={"name": "B"}),
            run(4, 5, type="GSRestoreGMail", policy=None),
            run(5, 6, type="policy.apply"),
            run(6, 0, state="started", completedAt=None, result=None),
            run(7, 0, state="enqueued", startedAt=None, completedAt=None, result=None),
        ]
    )
    found = await ids(client.find(query))
    assert sorted(found) == sorted(expected)


async def test_changes_come_oldest_first(acronis: Running, client: AcronisClient) -> None:
    acronis.control.add(tasks=[run(number, number) for number in range(1, 9)])
    assert await ids(client.changes(PRESENT - 6.5 * HOUR)) == ["6", "5", "4", "3", "2", "1"]


async def test_single_tasks_and_activities_are_found_by_number_and_uuid(
    acronis: Running, client: AcronisClient
) -> None:
    task, activity = raw_task(id="1683887115599998977"), raw_activity("1683887115599998977", id="1683887115599998981")
    acronis.control.add(tasks=[task], activities=[activity])
    assert (await client.task(task["idString"])).id == task["idString"]
    assert (await client.task(task["uuid"].upper())).id == task["idString"]
    assert (await client.activity(activity["idString"])).task_id == task["idString"]
    assert (await client.activity(activity["uuid"])).id == activity["idString"]
    with pytest.raises(NotFound):
        await client.task("1683887115599998979")
    with pytest.raises(NotFound):
        await client.activity("26bc3588-4278-40bb-b980-0285c6ce519e")


async def test_activities_are_listed_alone_and_by_task(acronis: Running, client: AcronisClient) -> None:
    acronis.control.add(
        activities=[raw_activity("7", id="1"), raw_activity("8", id="2", result={"code": "error"}), raw_activity("8")]
    )
    assert len(await ids(client.activities(TaskQuery()))) == 3
    assert await ids(client.activities(TaskQuery(results=frozenset({"error"})))) == ["2"]
    assert await ids(client.activities(TaskQuery(), "7")) == ["1"]


async def test_a_malformed_item_costs_only_itself(acronis: Running, client: AcronisClient) -> None:
    acronis.control.add(tasks=[run(1, 1), run(2, 2)])
    acronis.control.malformed(items=["x", {"id": None}, {**run(9, 1), "state": [5]}])
    (page,) = [page async for page in client.find(TaskQuery())]
    assert ([item.id for item in page.items], page.malformed) == (["1", "2"], 3)


@pytest.mark.parametrize("unauthorised", ["json", "html"])
async def test_a_token_that_is_taken_away_is_renewed(
    acronis: Running, client: AcronisClient, unauthorised: str
) -> None:
    acronis.control.settings(unauthorised=unauthorised)
    await client.check()
    acronis.control.revoke()
    await client.check()
    assert acronis.control.settings()["tokens_issued"] == 2


@pytest.mark.parametrize("expiry", ["expires_on", "expires_in", "both", "neither"])
async def test_a_token_is_kept_whatever_tells_its_end(acronis: Running, client: AcronisClient, expiry: str) -> None:
    acronis.control.settings(token_expiry=expiry)
    await client.check()
    await client.check()
    assert acronis.control.settings()["tokens_issued"] == 1


async def test_a_token_that_ends_is_followed_by_another(acronis: Running, client: AcronisClient) -> None:
    acronis.control.settings(token_lifetime=600)
    await client.check()
    acronis.control.now(offset=700)
    await client.check()
    assert acronis.control.settings()["tokens_issued"] == 2


async def test_wrong_credentials_a_missing_role_and_a_wrong_place_are_told_apart(acronis: Running) -> None:
    stranger = connect(acronis, secret="wrong")
    with pytest.raises(WrongCredentials, match="ACRONIS_CLIENT_SECRET"):
        await stranger.check()
    await stranger.aclose()
    acronis.control.settings(role=False)
    powerless = connect(acronis)
    with pytest.raises(MissingRole, match="read-only administrator"):
        await powerless.check()
    await powerless.aclose()
    lost = AcronisClient("main", acronis.url + "/nowhere", "sandbox-client", "sandbox-secret", classifier=Classifier())
    with pytest.raises(WrongDataCentre, match="ACRONIS_URL"):
        await lost.check()
    await lost.aclose()


@pytest.mark.parametrize("kind", ["500", "502", "503", "429", "reset", "garbage"])
async def test_trouble_that_passes_is_not_noticed(acronis: Running, client: AcronisClient, kind: str) -> None:
    acronis.control.add(tasks=[run(1, 1)])
    await client.check()
    acronis.control.fault(kind=kind, count=1, path="/api/task_manager", retry_after=1)
    if kind == "garbage":
        with pytest.raises(AcronisUnavailable, match="cannot be read"):
            await ids(client.find(TaskQuery()))
    assert await ids(client.find(TaskQuery())) == ["1"]


@pytest.mark.parametrize("mode", ["502", "503", "reset"])
async def test_an_outage_is_told_and_over_when_it_is_over(acronis: Running, client: AcronisClient, mode: str) -> None:
    await client.check()
    acronis.control.outage(mode=mode)
    with pytest.raises(AcronisUnavailable):
        await client.check()
    acronis.control.outage(on=False)
    await client.check()


async def test_a_redirect_elsewhere_is_not_followed(acronis: Running, client: AcronisClient) -> None:
    await client.check()
    other = await serve(world="empty")
    acronis.control.fault(kind="redirect", location=other.url + "/api/task_manager/v2/tasks")
    with pytest.raises(WrongDataCentre):
        await client.check()
    assert other.control.requests() == []
    await other.close()


async def test_four_weeks_of_a_living_world_are_read_whole() -> None:
    """Hostile names, deep error chains, odd fractions and ids that are no doubles among them."""
    living = await serve(seed=5)
    client = connect(living, page_size=200)
    read = [item async for page in client.find(TaskQuery()) for item in page.items]
    await client.aclose()
    assert len({item.id for item in read}) == len(living.world.tasks)
    assert {item.kind for item in read} >= {Kind.BACKUP, Kind.RESTORE, Kind.MANAGEMENT}
    assert any(float(item.id) != int(item.id) for item in read)
    await living.close()
