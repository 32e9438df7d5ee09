"""The message shortcut, over both transports alike: a window within its trigger's life, then filled."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import NotFound
from bot.model import Block, Message, Modal, Person, Press, Whence
from bot.sandbox.slack import ALERTS, View
from bot.services import ActionHandler, Services
from bot.slack.access import GUEST, OTHER_WORKSPACE
from bot.slack.presses import MODAL_TOO_LATE, OLDER_SHORTCUT
from tests.patience import patient_limits
from tests.slack_house import MIA, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)
WHAT = "what_is_this_task"
CARD = "Backup failed: SRV-SQL01. id 944455285181775872"


def task_window(draw: Any) -> ActionHandler:
    return ActionHandler("message.task", draw, opens_modal=True, loading_title="Task")


async def draw(press: Press, person: Person, services: Services) -> Modal:
    """What the message was about, as the handler was told."""
    section: Block = {"type": "section", "text": {"type": "plain_text", "text": f"About {press.value}"}}
    return Modal("Task", (section,))


async def use(house: House, user: str = MIA, *, text: str = CARD, thread_ts: str = "", **more: Any) -> str:
    """Somebody says the text, and the user asks what it is; the message's ts."""
    message = house.slack.say("U0NOAH", ALERTS, text, thread_ts=thread_ts)
    delivery = await house.slack.shortcut(user, ALERTS, message.ts, more.pop("callback_id", WHAT), **more)
    assert (delivery.acked, delivery.shown, delivery.body or "") == (True, "", "")
    return message.ts


def shown(view: View | None) -> str:
    return "" if view is None else str(view.content["blocks"])


@both
async def test_a_window_opens_at_once_and_is_filled_with_what_the_message_is_about(transport: str) -> None:
    go_on = asyncio.Event()

    async def slow(press: Press, person: Person, services: Services) -> Modal:
        await go_on.wait()
        return await draw(press, person, services)

    async with open_house(transport, actions=[task_window(slow)]) as house:
        ts = await use(house)
        await house.until(lambda: house.slack.views.top(MIA))
        assert "About" not in shown(house.slack.views.top(MIA))
        go_on.set()
        await house.settle()
        key = str(house.slack.deliveries[-1].payload["trigger_id"])
        whence = Whence(ALERTS, key=key, via="button", message_ts=ts)
        assert house.asked[-1][1] == Press("message.task", f"{ALERTS}:{ts}\n{CARD}", whence)
        assert "944455285181775872" in shown(house.slack.views.top(MIA))
        assert house.called() == ["views.open", "views.update"]


@pytest.mark.usefixtures("hurried")
async def test_the_window_opens_within_its_triggers_life_where_slack_is_slow_to_say_who_asks() -> None:
    async with open_house("socket", actions=[task_window(draw)]) as house:
        house.slack.hold("users.info", "before")
        await use(house)
        await house.until(lambda: house.slack.views.top(MIA))
        house.slack.release()
        await house.settle()
        assert "About" in shown(house.slack.views.top(MIA))


@both
async def test_a_shortcut_delivered_twice_opens_one_window(transport: str) -> None:
    async with open_house(transport, actions=[task_window(draw)]) as house:
        await use(house, twice=True)
        await house.settle()
        assert house.called() == ["views.open", "views.update"]


@both
@pytest.mark.parametrize(("user", "words"), [("U0GUEST", GUEST), ("U0OTHER", OTHER_WORKSPACE)])
async def test_whoever_may_not_ask_is_refused_without_a_window(transport: str, user: str, words: str) -> None:
    async with open_house(transport, actions=[task_window(draw)]) as house:
        await use(house, user)
        await house.settle()
        assert house.whispers(user) == [words]
        assert house.called() == ["response_url"]
        assert house.asked == []


async def test_a_refusal_on_a_reply_stands_in_its_thread() -> None:
    async with open_house("socket", actions=[task_window(draw)]) as house:
        root = house.slack.say(MIA, ALERTS, "Is it broken again?")
        await use(house, "U0GUEST", thread_ts=root.ts)
        await house.settle()
        assert [(message.text, message.thread_ts) for message in house.slack.whispers("U0GUEST")] == [(GUEST, root.ts)]


@both
@pytest.mark.parametrize("callback_id", [WHAT, "message.task", "brand_new"])
async def test_a_shortcut_nobody_serves_says_so(transport: str, callback_id: str) -> None:
    other = ActionHandler("brand_new", draw, opens_modal=True, loading_title="Task")
    async with open_house(transport, actions=[other]) as house:
        await use(house, callback_id=callback_id)
        await house.settle()
        assert house.whispers() == [OLDER_SHORTCUT]
        assert house.asked == []


async def test_a_window_that_cannot_be_drawn_says_why() -> None:
    async def lost(*_: Any) -> Modal:
        raise NotFound("There is no task 77.")

    async with open_house("http", actions=[task_window(lost)]) as house:
        with capture_logs() as logs:
            await use(house)
            await house.settle()
        reference = next(entry["reference"] for entry in logs if entry["event"] == "a request failed")
        assert "There is no task 77." in shown(house.slack.views.top(MIA))
        assert reference in shown(house.slack.views.top(MIA))


async def test_a_window_that_slack_does_not_open_is_told() -> None:
    async with open_house("http", actions=[task_window(draw)], limits=patient_limits(trigger_seconds=-1)) as house:
        await use(house)
        await house.settle()
        assert house.whispers() == [MODAL_TOO_LATE]


async def test_a_shortcut_that_needs_no_window_is_answered_in_words() -> None:
    async def words(press: Press, person: Person, services: Services) -> Message:
        return Message("That is task 77")

    async with open_house("http", actions=[ActionHandler("message.task", words)]) as house:
        await use(house)
        await house.settle()
        assert house.whispers() == ["That is task 77"]
