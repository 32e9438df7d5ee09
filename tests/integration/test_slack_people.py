"""Who a user is: asked once an hour, kept over restarts, and unknown where Slack never said."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from bot.model import Profile, SystemClock
from bot.sandbox.slack import TEAM, Running, serve
from bot.slack.people import People, read_profile
from bot.slack.sign_in import make_client
from bot.store.engine import Database
from bot.store.people import Profiles
from tests.builders import NOW
from tests.patience import PATIENCE
from tests.slack_house import SPOILT, small_database


class Hand:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve()
    yield running
    await running.close()


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with small_database() as database:
        yield database


@asynccontextmanager
async def asking(slack: Running, database: Database, clock: Hand, kind: str = "") -> AsyncIterator[People]:
    """One process's knowledge of people. Where Slack hangs, it is waited for briefly."""
    async with aiohttp.ClientSession() as session:
        client = make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
        patience = 1 if kind == "hang" else PATIENCE
        people = People(client, Profiles(database), SystemClock(), patience=patience, capacity=2, monotonic=clock)
        yield people
        await people.close()


@pytest.fixture
async def people(slack: Running, database: Database, clock: Hand) -> AsyncIterator[People]:
    async with asking(slack, database, clock) as people:
        yield people


def asked(slack: Running) -> list[str]:
    return [request["arguments"]["user"] for request in slack.slack.requests if request["method"] == "users.info"]


async def test_a_members_zone_and_workspace_are_known(people: People) -> None:
    assert await people.look_up("U0MIA") == Profile("U0MIA", frozenset({TEAM}), "Europe/Berlin", "mia")


async def test_slack_is_asked_once_an_hour(slack: Running, people: People, clock: Hand) -> None:
    for _ in range(3):
        await people.look_up("U0MIA")
    assert asked(slack) == ["U0MIA"]
    clock.at += 3599
    await people.look_up("U0MIA")
    assert asked(slack) == ["U0MIA"]
    clock.at += 1
    await people.look_up("U0MIA")
    assert asked(slack) == ["U0MIA", "U0MIA"]


@pytest.mark.parametrize("change", ["deleted", "restricted", "ultra_restricted"])
async def test_a_member_who_is_demoted_or_leaves_keeps_access_for_an_hour_at_most(
    slack: Running, people: People, clock: Hand, change: str
) -> None:
    assert (await people.look_up("U0MIA")) == Profile("U0MIA", frozenset({TEAM}), "Europe/Berlin", "mia")
    setattr(slack.slack.person("U0MIA"), change, True)
    clock.at += 3600
    profile = await people.look_up("U0MIA")
    assert profile is not None
    assert not profile.is_plain


async def test_many_who_wait_ask_once(slack: Running, people: People) -> None:
    waiting = [people.look_up("U0MIA") for _ in range(5)]
    assert {(await each) for each in waiting} == {Profile("U0MIA", frozenset({TEAM}), "Europe/Berlin", "mia")}
    assert asked(slack) == ["U0MIA"]


async def test_the_longest_known_is_forgotten_when_memory_is_full(slack: Running, people: People) -> None:
    for user in ("U0MIA", "U0NOAH", "U0ASHA", "U0NOAH", "U0MIA"):
        await people.look_up(user)
    assert asked(slack) == ["U0MIA", "U0NOAH", "U0ASHA", "U0MIA"]


@pytest.mark.parametrize("user", ["U0GUEST", "U0SINGLE", "U0STRANGER", "U0ROBOT", "U0GONE", "U0NOBODY"])
async def test_one_who_is_refused_is_asked_for_anew_after_minutes(
    slack: Running, people: People, clock: Hand, user: str
) -> None:
    """A guest who is made a member waits minutes, and one who asks and asks costs one call."""
    for _ in range(20):
        await people.look_up(user)
    assert asked(slack) == [user]
    clock.at += 300
    await people.look_up(user)
    assert asked(slack) == [user, user]


async def test_a_user_slack_does_not_know_is_not_found(people: People) -> None:
    assert await people.look_up("U0NOBODY") == Profile("U0NOBODY", is_found=False)


@pytest.mark.parametrize("kind", ["hang", "http", "ratelimited", "reset_before"])
async def test_a_slack_that_fails_says_nothing_and_nothing_is_kept(
    slack: Running, database: Database, clock: Hand, kind: str
) -> None:
    async with asking(slack, database, clock, kind) as people:
        slack.slack.fault(kind, "users.info", seconds=1, times=None)
        assert await people.look_up("U0MIA") is None
    slack.slack.clear_faults()
    clock.at += 1
    async with asking(slack, database, clock) as people:
        assert await people.look_up("U0MIA") is not None


FAILING = ("hang", "http", "ratelimited", "reset_before")


@pytest.mark.parametrize("kind", FAILING)
@pytest.mark.parametrize("user", ["U0MIA", "U0GUEST", "U0SINGLE", "U0GONE"])
async def test_while_slack_fails_the_last_it_said_counts_over_a_restart(
    slack: Running, database: Database, clock: Hand, user: str, kind: str
) -> None:
    async with asking(slack, database, clock) as people:
        said = await people.look_up(user)
    slack.slack.fault(kind, "users.info", seconds=1, times=None)
    async with asking(slack, database, clock, kind) as people:
        assert await people.look_up(user) == said


async def test_what_slack_says_later_takes_the_place_of_what_it_said_before(
    slack: Running, database: Database, clock: Hand
) -> None:
    async with asking(slack, database, clock) as people:
        before = await people.look_up("U0MIA")
    slack.slack.person("U0MIA").restricted = True
    async with asking(slack, database, clock) as people:
        await people.look_up("U0MIA")
    assert before is not None
    assert await Profiles(database).last_known("U0MIA") == replace(before, is_guest=True)


async def test_after_a_429_slack_is_left_alone_until_its_time_is_over(
    slack: Running, people: People, clock: Hand
) -> None:
    slack.slack.fault("ratelimited", "users.info", seconds=20)
    for user in ("U0GUEST", "U0MIA", "U0SINGLE"):
        assert await people.look_up(user) is None
    assert asked(slack) == ["U0GUEST"]
    clock.at += 20
    assert await people.look_up("U0MIA") is not None


@pytest.mark.parametrize("seconds", [7200, 999_999, 10**15])
async def test_a_429_of_years_is_over_after_a_minute(slack: Running, people: People, clock: Hand, seconds: int) -> None:
    slack.slack.fault("ratelimited", "users.info", seconds=seconds)
    await people.look_up("U0MIA")
    clock.at += 60
    assert await people.look_up("U0MIA") is not None


async def test_a_database_that_is_gone_leaves_people_unknown(
    slack: Running, people: People, database: Database
) -> None:
    slack.slack.fault("http", "users.info", times=None)
    async with database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE people")
    assert await people.look_up("U0MIA") is None


def test_in_a_grid_a_person_belongs_to_several_workspaces() -> None:
    user = {"team_id": "T1", "enterprise_user": {"teams": ["T2", "T3"]}}
    assert read_profile("U1", user).team_ids == {"T1", "T2", "T3"}


def test_a_user_object_with_holes_is_read() -> None:
    assert read_profile("U1", {"tz": None, "enterprise_user": None}) == Profile("U1")


@pytest.mark.parametrize("spoil", SPOILT)
async def test_profiles_of_a_store_in_trouble_are_not_known_and_not_kept(
    database: Database, spoil: Callable[[Database], Awaitable[None]]
) -> None:
    await spoil(database)
    profiles = Profiles(database)
    await profiles.keep(Profile("U0MIA"), SystemClock().now())
    assert await profiles.last_known("U0MIA") is None


async def test_people_are_found_by_name_and_where_it_is_asked_for_also_who_has_left(database: Database) -> None:
    profiles = Profiles(database)
    for user, name, gone in (("U01", "Mia Meyer", False), ("U02", "mia", True), ("U03", "Mia Roth", True)):
        await profiles.keep(Profile(user, frozenset({TEAM}), "", name, is_deleted=gone), NOW)
    assert [each.id for each in await profiles.called("Mia")] == ["U01"]
    assert [each.id for each in await profiles.called("mia", ever=True)] == ["U02"]
    assert [each.id for each in await profiles.called("mia roth", ever=True)] == ["U03"]
    assert await profiles.called("roth", ever=True) == []
