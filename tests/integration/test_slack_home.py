"""The Home tab, over both transports alike: drawn for who opens it, refused to who may not see it."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.errors import NotFound, SlackError
from bot.model import Home, Person
from bot.services import HomeHandler, Services
from bot.slack.access import GUEST, OTHER_WORKSPACE
from bot.slack.home import HomeTab
from tests.slack_house import MIA, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)


def words(text: str) -> Home:
    return Home(({"type": "section", "text": {"type": "plain_text", "text": text}},))


async def draw(person: Person, services: Services) -> Home:
    return words(f"Open for {person.id} in {person.zone.key}")


def seen(house: House, user: str = MIA) -> str:
    home = house.slack.views.homes.get(user)
    return "" if home is None else str(home.content["blocks"])


@both
async def test_who_opens_the_home_tab_sees_their_own(transport: str) -> None:
    async with open_house(transport, home=HomeHandler(draw)) as house:
        assert (await house.slack.open_home(MIA)).acked
        await house.slack.open_home("U0NOAH", twice=True)
        await house.settle()
        assert "Open for U0MIA in Europe/Berlin" in seen(house)
        assert "Open for U0NOAH in America/New_York" in seen(house, "U0NOAH")
        assert house.called() == ["views.publish", "views.publish"]


@both
@pytest.mark.parametrize(("user", "refusal"), [("U0GUEST", GUEST), ("U0SINGLE", GUEST), ("U0OTHER", OTHER_WORKSPACE)])
async def test_who_may_not_see_it_is_told_why(transport: str, user: str, refusal: str) -> None:
    async with open_house(transport, home=HomeHandler(draw)) as house:
        await house.slack.open_home(user)
        await house.settle()
        assert refusal in seen(house, user)
        assert "Open for" not in seen(house, user)


@both
async def test_the_messages_tab_is_only_acknowledged(transport: str) -> None:
    async with open_house(transport, home=HomeHandler(draw)) as house:
        assert (await house.slack.open_home(MIA, tab="messages")).acked
        await house.settle()
        assert house.called() == []


async def test_where_nobody_draws_a_home_nothing_is_published() -> None:
    async with open_house("http") as house:
        assert (await house.slack.open_home(MIA)).acked
        await house.settle()
        assert house.called() == []


@pytest.mark.parametrize(
    ("error", "said"), [(NotFound("There is no copy."), "There is no copy."), (RuntimeError("secret"), "went wrong")]
)
async def test_a_home_that_cannot_be_drawn_says_why(error: Exception, said: str) -> None:
    async def broken(*_: Any) -> Home:
        raise error

    async with open_house("http", home=HomeHandler(broken)) as house:
        with capture_logs() as logs:
            await house.slack.open_home(MIA)
            await house.settle()
        [reference] = [entry["reference"] for entry in logs if "reference" in entry]
        assert said in seen(house)
        assert reference in seen(house)
        assert "secret" not in seen(house)


async def test_a_home_whose_blocks_slack_refuses_says_that_it_went_wrong() -> None:
    async def wrong(*_: Any) -> Home:
        return Home(({"type": "section", "no": "text"},))

    async with open_house("http", home=HomeHandler(wrong)) as house:
        await house.slack.open_home(MIA)
        await house.settle()
        assert "went wrong on our side" in seen(house)


async def test_a_home_that_was_published_meanwhile_stays() -> None:
    """A job redraws it when something changes; what was drawn before that is older."""
    tab: list[HomeTab] = []

    async def overtaken(*_: Any) -> Home:
        if len(tab) > 1:
            await tab[0].publish(MIA, words("newer"))
        return words("older")

    async with open_house("http", home=HomeHandler(overtaken)) as house:
        tab.append(HomeTab(house.listener.app.client))
        await house.slack.open_home(MIA)
        await house.calm()
        tab.append(tab[0])
        with capture_logs() as logs:
            await house.slack.open_home(MIA)
            await house.settle()
        assert "newer" in seen(house)
        assert [entry for entry in logs if entry["log_level"] in {"warning", "error"}] == []


async def test_publishing_raises_what_slack_refuses() -> None:
    async with open_house("http") as house:
        client: AsyncWebClient = house.listener.app.client
        with pytest.raises(SlackError) as refused:
            await HomeTab(client).publish("U0NOBODY", words("x"))
        assert refused.value.code == "user_not_found"
        await HomeTab(client).publish(MIA, words("by a job"))
        assert "by a job" in seen(house)
