"""Who a user is: asked once, kept a day, and honest where Slack says nothing."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.slack import TEAM, Running, serve
from bot.slack.access import Profile
from bot.slack.people import People, read_profile
from bot.slack.sign_in import make_client


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
async def people(slack: Running, clock: Hand) -> AsyncIterator[People]:
    async with aiohttp.ClientSession() as session:
        client = make_client("xoxb-sandbox", slack.api_url, session, timeout=5)
        people = People(client, patience=1, capacity=2, monotonic=clock)
        yield people
        await people.close()


def asked(slack: Running) -> list[str]:
    return [request["arguments"]["user"] for request in slack.slack.requests if request["method"] == "users.info"]


async def test_a_members_zone_and_workspace_are_known(people: People) -> None:
    assert await people.look_up("U0MIA") == Profile("U0MIA", frozenset({TEAM}), "Europe/Berlin")


async def test_slack_is_asked_once_a_day(slack: Running, people: People, clock: Hand) -> None:
    for _ in range(3):
        await people.look_up("U0MIA")
    assert asked(slack) == ["U0MIA"]
    clock.at += 24 * 3600
    await people.look_up("U0MIA")
    assert asked(slack) == ["U0MIA", "U0MIA"]


async def test_many_who_wait_ask_once(slack: Running, people: People) -> None:
    waiting = [people.look_up("U0MIA") for _ in range(5)]
    assert {(await each) for each in waiting} == {Profile("U0MIA", frozenset({TEAM}), "Europe/Berlin")}
    assert asked(slack) == ["U0MIA"]


async def test_the_longest_known_is_forgotten_when_memory_is_full(slack: Running, people: People) -> None:
    for user in ("U0MIA", "U0NOAH", "U0ASHA", "U0NOAH", "U0MIA"):
        await people.look_up(user)
    assert asked(slack) == ["U0MIA", "U0NOAH", "U0ASHA", "U0MIA"]


@pytest.mark.parametrize("user", ["U0GUEST", "U0SINGLE", "U0STRANGER", "U0ROBOT", "U0GONE", "U0NOBODY"])
async def test_one_who_will_be_refused_is_asked_for_anew(slack: Running, people: People, user: str) -> None:
    """A guest who is made a member does not wait a day."""
    await people.look_up(user)
    await people.look_up(user)
    assert asked(slack) == [user, user]


async def test_a_user_slack_does_not_know_is_not_found(people: People) -> None:
    assert await people.look_up("U0NOBODY") == Profile("U0NOBODY", is_found=False)


@pytest.mark.parametrize("kind", ["hang", "http", "ratelimited", "reset_before"])
async def test_a_slack_that_fails_says_nothing_and_nothing_is_kept(slack: Running, people: People, kind: str) -> None:
    slack.slack.fault(kind, "users.info", seconds=1, times=None)
    assert await people.look_up("U0MIA") is None
    slack.slack.clear_faults()
    assert await people.look_up("U0MIA") is not None


def test_in_a_grid_a_person_belongs_to_several_workspaces() -> None:
    user = {"team_id": "T1", "enterprise_user": {"teams": ["T2", "T3"]}}
    assert read_profile("U1", user).team_ids == {"T1", "T2", "T3"}


def test_a_user_object_with_holes_is_read() -> None:
    assert read_profile("U1", {"tz": None, "enterprise_user": None}) == Profile("U1")
