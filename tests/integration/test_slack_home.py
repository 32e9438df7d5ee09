"""The Home tab, over both transports alike: drawn for who opens it, refused to who may not see it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.errors import NotFound, SlackError
from bot.model import Home, Message, Person, Press
from bot.services import ActionHandler, HomeHandler, Services
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


TAKE = {"type": "button", "action_id": "alert.take", "value": "7", "text": {"type": "plain_text", "text": "Take"}}
SNOOZE = {
    "type": "static_select",
    "action_id": "card.snooze",
    "placeholder": {"type": "plain_text", "text": "Snooze"},
    "options": [{"text": {"type": "plain_text", "text": "2 hours"}, "value": "alert.take 7"}],
}


async def refused(press: Press, person: Person, services: Services) -> Message:
    return Message("Only a responder may.")


async def the_same(person: Person, services: Services) -> Home:
    return Home(({"type": "actions", "elements": [TAKE, SNOOZE]},), digest="the same")


async def test_a_press_that_changed_nothing_publishes_nothing_but_a_menu_forgets_its_choice() -> None:
    handler = ActionHandler("alert.take", refused)
    async with open_house("http", home=HomeHandler(the_same), actions=[handler]) as house:
        await house.slack.open_home(MIA)
        await house.calm()
        view = house.slack.views.homes[MIA]
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.calm()
        assert len(view.versions) == 1
        await house.slack.pick(MIA, "2 hours", view=view.id)
        await house.settle()
        assert len(view.versions) == 2


async def test_so_many_people_are_remembered_and_the_first_to_look_forgotten_first(mocker: MockerFixture) -> None:
    mocker.patch("bot.slack.home.MOST_VIEWERS", 2)
    async with open_house("http", home=HomeHandler(the_same)) as house:
        for user in (MIA, "U0NOAH", MIA, "U0ASHA"):
            await house.slack.open_home(user)
            await house.calm()
        assert [each.sender.user_id for each in house.listener.homes.viewers()] == [MIA, "U0ASHA"]


async def test_an_older_drawing_never_takes_the_place_of_a_newer_one() -> None:
    """One person's Homes come one after the other, also where Slack is slow."""
    drawn: list[int] = []

    async def count(person: Person, services: Services) -> Home:
        drawn.append(len(drawn))
        return replace(words(f"number {len(drawn)}"), digest=str(len(drawn)))

    async with open_house("http", home=HomeHandler(count)) as house:
        await house.slack.open_home(MIA)
        await house.calm()
        homes = house.listener.homes
        (viewer,) = homes.viewers()
        hold = house.slack.hold("views.publish", "before")
        first = asyncio.create_task(homes.redraw(viewer))
        await house.until(lambda: hold.held)
        second = asyncio.create_task(homes.redraw(viewer))
        await asyncio.sleep(0)
        house.slack.release()
        await asyncio.gather(first, second)
        assert "number 3" in seen(house)


async def test_publishing_raises_what_slack_refuses() -> None:
    async with open_house("http") as house:
        client: AsyncWebClient = house.listener.app.client
        with pytest.raises(SlackError) as refused:
            await HomeTab(client).publish("U0NOBODY", words("x"))
        assert refused.value.code == "user_not_found"
        await HomeTab(client).publish(MIA, words("by a job"))
        assert "by a job" in seen(house)
