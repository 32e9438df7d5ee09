"""Taps on buttons, over both transports alike: answered in place, shared, sent on, or drawn in a window."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import NotFound
from bot.model import Block, Invocation, Message, Modal, Person, Place, Press, Whence
from bot.sandbox.slack import ALERTS, View
from bot.services import ActionHandler, Services
from bot.slack.access import GUEST
from bot.slack.answering import NO_SHARING
from bot.slack.presses import MODAL_TOO_LATE, OLDER_VERSION
from bot.slack.respond import SENT_DIRECTLY
from tests.patience import patient_limits
from tests.slack_house import MIA, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)
PAGE = {"type": "button", "text": {"type": "plain_text", "text": "Next"}, "action_id": "answer.page", "value": "a:2"}
DETAILS = {"type": "button", "text": {"type": "plain_text", "text": "Details"}, "action_id": "task.details"} | {
    "value": "77"
}
LINK = {"type": "button", "text": {"type": "plain_text", "text": "Console"}, "url": "https://example.com/"}
SECTION: Block = {"type": "section", "block_id": "said", "text": {"type": "plain_text", "text": "Task 77"}}


def with_buttons(*buttons: dict[str, Any]) -> Any:
    async def answer(invocation: Invocation, person: Person, services: Services) -> Message:
        return Message("Two failed", ({"type": "actions", "elements": list(buttons)},))

    return answer


def turning(message: Message) -> ActionHandler:
    async def turn(press: Press, person: Person, services: Services) -> Message:
        return message

    return ActionHandler("answer.page", turn)


def window(draw: Any) -> ActionHandler:
    return ActionHandler("task.details", draw, opens_modal=True, loading_title="Task")


async def details(press: Press, person: Person, services: Services) -> Modal:
    return Modal("Task", (SECTION,))


async def ask(house: House, user: str = MIA) -> None:
    await house.slack.command(user, ALERTS, "say it")
    await house.calm()


def shown(view: View | None) -> str:
    """All words of a window."""
    return "" if view is None else str(view.content["blocks"])


# ── answers ──


@both
async def test_a_tap_answers_in_the_place_of_the_message_it_sat_on(transport: str) -> None:
    page = Message("Page two", replaces=True)
    async with open_house(transport, say=with_buttons(PAGE), actions=[turning(page)]) as house:
        await ask(house)
        delivery = await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
        await house.settle()
        assert (delivery.shown, delivery.body or "") == ("", "")
        [card] = house.slack.whispers(MIA, ALERTS)
        whence = Whence(ALERTS, key=str(delivery.payload["trigger_id"]), via="button", message_ts=card.ts)
        assert house.asked[-1][1] == Press("answer.page", "a:2", whence)
        assert house.whispers() == ["Page two"]


@both
async def test_a_tap_delivered_twice_acts_once(transport: str) -> None:
    async with open_house(transport, say=with_buttons(PAGE), actions=[turning(Message("Page two"))]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="answer.page", channel=ALERTS, twice=True)
        await house.settle()
        assert house.whispers() == ["Two failed", "Page two"]


@both
async def test_an_answer_is_shared_into_the_channel(transport: str) -> None:
    shared = Message("Mia shares", place=Place.CHANNEL)
    async with open_house(transport, say=with_buttons(PAGE), actions=[turning(shared)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
        await house.settle()
        assert [message.text for message in house.slack.shown(ALERTS)] == ["Mia shares"]
        assert house.whispers() == ["Two failed"]


@both
async def test_an_answer_is_not_shared_into_a_channel_that_is_bound_to_tenants(transport: str) -> None:
    shared, bound = Message("Mia shares", place=Place.CHANNEL), frozenset({ALERTS})
    async with open_house(transport, say=with_buttons(PAGE), actions=[turning(shared)], bound=bound) as house:
        await ask(house)
        await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
        await house.settle()
        assert house.slack.shown(ALERTS) == []
        assert house.whispers()[0] == "Two failed"
        assert house.whispers()[1].startswith(NO_SHARING[:80])


@both
async def test_an_answer_is_sent_as_a_direct_message(transport: str) -> None:
    sent = Message("For you", place=Place.DIRECT)
    async with open_house(transport, say=with_buttons(PAGE), actions=[turning(sent)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
        await house.settle()
        assert [message.text for message in house.slack.direct(MIA)] == ["For you"]
        assert house.whispers() == ["Two failed", SENT_DIRECTLY]


@both
async def test_a_button_of_an_older_version_says_so(transport: str) -> None:
    async with open_house(transport, say=with_buttons(PAGE)) as house:
        await ask(house)
        assert (await house.slack.tap(MIA, action="answer.page", channel=ALERTS)).acked
        await house.settle()
        assert house.whispers() == ["Two failed", OLDER_VERSION]


@both
@pytest.mark.parametrize("action", [{"action_id": "link.console"}, {}])
async def test_a_button_that_opens_a_link_is_acknowledged_and_nothing_is_said(
    transport: str, action: dict[str, Any]
) -> None:
    """Slack keeps no ephemeral message, so there only the action id tells; in a channel the button itself does."""
    link = LINK | (action or {"action_id": "anything"})

    async def answer(*_: Any) -> Message:
        place = Place.ASKER if action else Place.CHANNEL
        return Message("Two failed", ({"type": "actions", "elements": [link]},), place)

    async with open_house(transport, say=answer) as house:
        await ask(house)
        assert (await house.slack.tap(MIA, label="Console", channel=ALERTS)).acked
        await house.settle()
        assert house.called() == ["response_url"]


@pytest.mark.usefixtures("hurried")
@both
async def test_a_guest_who_taps_is_refused_before_anything_is_done(transport: str) -> None:
    """Even where Slack is slow to say who it is: a button may change something."""
    public = Message("Card", ({"type": "actions", "elements": [PAGE]},), Place.CHANNEL)

    async def share(*_: Any) -> Message:
        return public

    async with open_house(transport, say=share, actions=[turning(Message("done"))]) as house:
        await ask(house)
        house.slack.hold("users.info", "before")
        await house.slack.tap("U0GUEST", action="answer.page", channel=ALERTS)
        await asyncio.sleep(0.5)
        assert len(house.asked) == 1
        house.slack.release()
        await house.settle()
        assert house.whispers("U0GUEST") == [GUEST]
        assert len(house.asked) == 1


async def test_a_window_drawn_where_none_was_announced_is_a_fault_of_ours() -> None:
    async with open_house("http", say=with_buttons(PAGE), actions=[ActionHandler("answer.page", details)]) as house:
        await ask(house)
        with capture_logs() as logs:
            await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
            await house.settle()
        assert "a request broke" in [entry["event"] for entry in logs]
        assert "went wrong on our side" in house.whispers()[-1]


# ── windows ──


@both
async def test_a_window_opens_at_once_and_is_filled_later(transport: str) -> None:
    go_on = asyncio.Event()

    async def draw(press: Press, person: Person, services: Services) -> Modal:
        await go_on.wait()
        return await details(press, person, services)

    async with open_house(transport, say=with_buttons(DETAILS), actions=[window(draw)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.until(lambda: house.slack.views.top(MIA))
        assert "Task 77" not in shown(house.slack.views.top(MIA))
        go_on.set()
        await house.settle()
        assert "Task 77" in shown(house.slack.views.top(MIA))
        assert house.called()[-2:] == ["views.open", "views.update"]


@both
async def test_a_window_that_cannot_be_drawn_says_why(transport: str) -> None:
    async def draw(*_: Any) -> Modal:
        raise NotFound("There is no task 77.")

    async with open_house(transport, say=with_buttons(DETAILS), actions=[window(draw)]) as house:
        await ask(house)
        with capture_logs() as logs:
            await house.slack.tap(MIA, action="task.details", channel=ALERTS)
            await house.settle()
        reference = next(entry["reference"] for entry in logs if entry["event"] == "a request failed")
        assert "There is no task 77." in shown(house.slack.views.top(MIA))
        assert reference in shown(house.slack.views.top(MIA))


async def share_details(*_: Any) -> Message:
    return Message("Card", ({"type": "actions", "elements": [DETAILS]},), Place.CHANNEL)


@both
async def test_a_guest_who_taps_for_a_window_is_refused_without_one(transport: str) -> None:
    async with open_house(transport, say=share_details, actions=[window(details)]) as house:
        await ask(house)
        await house.slack.tap("U0GUEST", action="task.details", channel=ALERTS)
        await house.settle()
        assert house.whispers("U0GUEST") == [GUEST]
        assert not {"views.open", "views.update"} & set(house.called())
        assert len(house.asked) == 1


@pytest.mark.usefixtures("hurried")
async def test_where_slack_is_slow_to_say_who_taps_the_window_opens_and_holds_the_refusal() -> None:
    """The window's trigger dies after 3 s. Nothing is asked for a guest all the same."""
    async with open_house("socket", say=share_details, actions=[window(details)]) as house:
        await ask(house)
        house.slack.hold("users.info", "before")
        await house.slack.tap("U0GUEST", action="task.details", channel=ALERTS)
        await house.until(lambda: house.slack.views.top("U0GUEST"))
        house.slack.release()
        await house.settle()
        assert GUEST in shown(house.slack.views.top("U0GUEST"))
        assert len(house.asked) == 1


async def test_a_window_that_slack_does_not_open_is_told() -> None:
    async with open_house(
        "http", say=with_buttons(DETAILS), actions=[window(details)], limits=patient_limits(trigger_seconds=-1)
    ) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.settle()
        assert house.whispers()[-1] == MODAL_TOO_LATE
        assert len(house.asked) == 1


async def test_a_window_whose_blocks_slack_refuses_says_that_it_went_wrong() -> None:
    async def draw(*_: Any) -> Modal:
        return Modal("Task", ({"type": "section", "no": "text"},))

    async with open_house("http", say=with_buttons(DETAILS), actions=[window(draw)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.settle()
        assert "went wrong on our side" in shown(house.slack.views.top(MIA))


async def test_a_window_closed_meanwhile_is_nobodys_loss() -> None:
    async with open_house("http", say=with_buttons(DETAILS), actions=[window(details)]) as house:
        await ask(house)
        hold = house.slack.hold("views.update", "before")
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.until(lambda: hold.held)
        await house.slack.close_view(MIA)
        with capture_logs() as logs:
            house.slack.release()
            await house.settle()
        assert [entry["log_level"] for entry in logs if entry["log_level"] in {"warning", "error"}] == []
        assert house.whispers() == ["Two failed"]


@both
async def test_a_tap_in_a_window_opens_another_on_top_and_is_answered_in_one(transport: str) -> None:
    async def draw(*_: Any) -> Modal:
        return Modal("Task", ({"type": "actions", "elements": [DETAILS, PAGE]},))

    handlers = [window(draw), turning(Message("Page two"))]
    async with open_house(transport, say=with_buttons(DETAILS), actions=handlers) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.calm()
        top = house.slack.views.top(MIA)
        assert top is not None
        await house.slack.tap(MIA, action="task.details", view=top.id)
        await house.calm()
        await house.slack.tap(MIA, action="answer.page", view=top.id)
        await house.settle()
        assert "views.push" in house.called()
        assert len(house.slack.views.stacks[MIA]) == 3
        assert "Page two" in shown(house.slack.views.top(MIA))
        assert house.slack.direct(MIA) == []


@both
async def test_a_tap_that_turns_a_page_fills_the_window_it_sits_in(transport: str) -> None:
    """Slack holds three windows above each other: a page must not cost one."""

    async def draw(press: Press, person: Person, services: Services) -> Modal:
        page = Modal("Alerts", ({"type": "actions", "elements": [DETAILS | {"value": f"{press.value}+"}]},))
        return replace(page, title=f"Page {press.value}")

    turner = replace(window(draw), in_place=True)
    async with open_house(transport, say=with_buttons(DETAILS), actions=[turner]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.calm()
        for _ in range(4):
            top = house.slack.views.top(MIA)
            assert top is not None
            await house.slack.tap(MIA, action="task.details", view=top.id)
            await house.calm()
        await house.settle()
        top = house.slack.views.top(MIA)
        assert top is not None
        assert top.content["title"]["text"] == "Page 77++++"
        assert len(house.slack.views.stacks[MIA]) == 1
        assert "views.push" not in house.called()


async def test_a_page_that_cannot_be_drawn_says_so_in_its_window() -> None:
    async def draw(press: Press, person: Person, services: Services) -> Modal:
        if press.value != "77":
            raise NotFound("There is no such card.")
        return Modal("Alerts", ({"type": "actions", "elements": [DETAILS | {"value": "78"}]},))

    async with open_house("http", say=with_buttons(DETAILS), actions=[replace(window(draw), in_place=True)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.calm()
        top = house.slack.views.top(MIA)
        assert top is not None
        await house.slack.tap(MIA, action="task.details", view=top.id)
        await house.settle()
        assert "There is no such card." in shown(house.slack.views.top(MIA))
        assert len(house.slack.views.stacks[MIA]) == 1


async def test_a_message_for_a_window_is_shown_in_it() -> None:
    async def draw(*_: Any) -> Message:
        return Message("Task 77", (SECTION,))

    async with open_house("http", say=with_buttons(DETAILS), actions=[window(draw)]) as house:
        await ask(house)
        await house.slack.tap(MIA, action="task.details", channel=ALERTS)
        await house.settle()
        assert "Task 77" in shown(house.slack.views.top(MIA))
