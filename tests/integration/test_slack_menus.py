"""Menus of messages, and buttons that may open a window, over both transports alike."""

import asyncio
from typing import Any

import pytest

from bot.model import Block, Home, Invocation, Message, Modal, Person, Place, Press, Whence
from bot.sandbox.slack import ALERTS, View
from bot.services import ActionHandler, HomeHandler, Services
from bot.slack import presses
from bot.slack.access import GUEST
from bot.slack.presses import MODAL_TOO_LATE, OLDER_VERSION
from tests.patience import patient_limits
from tests.slack_house import MIA, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def option(label: str, value: str, **more: Any) -> dict[str, Any]:
    return {"text": plain(label), "value": value, **more}


SNOOZE: dict[str, Any] = {
    "type": "static_select",
    "action_id": "card.snooze",
    "placeholder": plain("Snooze"),
    "options": [option("2 hours", "alert.snooze 7 2h"), option("until …", "alert.until 7"), option("Gone", "gone 7")],
}
MORE: dict[str, Any] = {
    "type": "overflow",
    "action_id": "card.more",
    "options": [
        option("Why", "alert.why 7"),
        option("Console", "link.console", url="https://example.com/"),
        option("Page", "anything", url="https://example.com/2"),
    ],
}
TAKE: dict[str, Any] = {"type": "button", "action_id": "alert.take", "value": "7", "text": plain("Take")}
WINDOW = Modal("Until", ({"type": "section", "text": plain("When?")},))


def card(*elements: Block, place: Place = Place.CHANNEL) -> Any:
    async def post(invocation: Invocation, person: Person, services: Services) -> Message:
        return Message("Card", ({"type": "actions", "elements": list(elements)},), place)

    return post


def acting(action: str, answer: Message | Modal, **more: Any) -> ActionHandler:
    async def handle(press: Press, person: Person, services: Services) -> Message | Modal:
        return answer

    return ActionHandler(action, handle, **more)


async def post(house: House) -> str:
    await house.slack.command(MIA, ALERTS, "say it")
    await house.calm()
    return (house.slack.shown(ALERTS) or house.slack.whispers(MIA, ALERTS))[-1].ts


def shown(view: View | None) -> str:
    return "" if view is None else str(view.content["blocks"])


def pressed(house: House) -> list[tuple[str, str]]:
    return [(asked.action, asked.value) for _, asked in house.asked if isinstance(asked, Press)]


HANDLERS = [
    acting("alert.snooze", Message("Snoozed")),
    acting("alert.until", WINDOW, may_open=True),
    acting("alert.why", WINDOW, opens_modal=True, loading_title="Why"),
]


@both
async def test_each_option_of_a_menu_is_a_button_of_its_own(transport: str) -> None:
    async with open_house(transport, say=card(SNOOZE, MORE), actions=HANDLERS) as house:
        ts = await post(house)
        delivery = await house.slack.pick(MIA, "2 hours", channel=ALERTS)
        await house.calm()
        assert house.whispers() == ["Snoozed"]
        await house.slack.pick(MIA, "until …", channel=ALERTS)
        await house.calm()
        assert "When?" in shown(house.slack.views.top(MIA))
        await house.slack.pick(MIA, "Why", channel=ALERTS)
        await house.settle()
        assert pressed(house) == [("alert.snooze", "7 2h"), ("alert.until", "7"), ("alert.why", "7")]
        press = house.asked[1][1]
        assert isinstance(press, Press)
        assert press.whence == Whence(ALERTS, "", str(delivery.payload["trigger_id"]), "button", ts)


@both
async def test_an_option_that_nobody_serves_any_more_says_so(transport: str) -> None:
    async with open_house(transport, say=card(SNOOZE), actions=HANDLERS) as house:
        await post(house)
        await house.slack.pick(MIA, "Gone", channel=ALERTS)
        await house.settle()
        assert (house.whispers(), pressed(house)) == ([OLDER_VERSION], [])


async def test_a_menu_whose_own_action_is_served_gets_its_options_as_before() -> None:
    handlers = [acting("card.snooze", Message("As before"))]
    async with open_house("http", say=card(SNOOZE), actions=handlers) as house:
        await post(house)
        await house.slack.pick(MIA, "2 hours", channel=ALERTS)
        await house.settle()
        assert pressed(house) == [("card.snooze", "alert.snooze 7 2h")]


@both
@pytest.mark.parametrize("label", ["Console", "Page"])
async def test_a_link_in_a_menu_is_only_acknowledged(transport: str, label: str) -> None:
    async with open_house(transport, say=card(MORE), actions=HANDLERS) as house:
        await post(house)
        assert (await house.slack.pick(MIA, label, channel=ALERTS)).acked
        await house.settle()
        assert (house.whispers(), pressed(house)) == ([], [])


@both
async def test_an_option_picked_twice_by_slack_acts_once(transport: str) -> None:
    async with open_house(transport, say=card(SNOOZE), actions=HANDLERS) as house:
        await post(house)
        delivery = await house.slack.pick(MIA, "2 hours", channel=ALERTS, twice=True)
        await house.slack.redeliver(delivery.id)
        await house.settle()
        assert house.whispers() == ["Snoozed"]


# ── buttons that may open a window ──


@both
@pytest.mark.parametrize("answer", [Message("Taken"), WINDOW])
async def test_a_button_may_answer_with_either(transport: str, answer: Message | Modal) -> None:
    handler = acting("alert.take", answer, may_open=True)
    async with open_house(transport, say=card(TAKE), actions=[handler]) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.settle()
        is_window = isinstance(answer, Modal)
        assert house.whispers() == ([] if is_window else ["Taken"])
        assert ("When?" in shown(house.slack.views.top(MIA))) == is_window


@pytest.mark.parametrize("answer", [Message("Taken"), WINDOW])
async def test_a_slow_answer_gets_a_window_that_is_filled(
    answer: Message | Modal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presses, "_WINDOW_SECONDS", 0.05)
    go_on = asyncio.Event()

    async def slow(*_: Any) -> Message | Modal:
        await go_on.wait()
        return answer

    handler = ActionHandler("alert.take", slow, may_open=True, loading_title="Take")
    async with open_house("socket", say=card(TAKE), actions=[handler]) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.until(lambda: house.slack.views.top(MIA))
        go_on.set()
        await house.settle()
        assert ("Taken" if isinstance(answer, Message) else "When?") in shown(house.slack.views.top(MIA))
        assert house.whispers() == []


async def test_a_slow_answer_is_sent_to_who_closed_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presses, "_WINDOW_SECONDS", 0.05)
    go_on = asyncio.Event()

    async def slow(*_: Any) -> Message:
        await go_on.wait()
        return Message("Taken")

    async with open_house("http", say=card(TAKE), actions=[ActionHandler("alert.take", slow, may_open=True)]) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.until(lambda: house.slack.views.top(MIA))
        await house.slack.close_view(MIA)
        go_on.set()
        await house.settle()
        assert house.whispers() == ["Taken"]


@both
async def test_a_guest_who_presses_is_refused_without_a_window(transport: str) -> None:
    handler = acting("alert.take", WINDOW, may_open=True)
    async with open_house(transport, say=card(TAKE), actions=[handler]) as house:
        await post(house)
        await house.slack.tap("U0GUEST", action="alert.take", channel=ALERTS)
        await house.settle()
        assert (house.whispers("U0GUEST"), house.slack.views.top("U0GUEST"), pressed(house)) == ([GUEST], None, [])


async def test_a_window_whose_time_is_over_is_told() -> None:
    handler = acting("alert.take", WINDOW, may_open=True)
    async with open_house(
        "http", say=card(TAKE), actions=[handler], limits=patient_limits(trigger_seconds=-1)
    ) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.settle()
        assert house.whispers() == [MODAL_TOO_LATE]


@pytest.mark.parametrize("blocks", [({"type": "section", "no": "text"},), ({"type": "table", "rows": []},)])
async def test_a_window_that_slack_refuses_says_that_it_went_wrong(blocks: tuple[Block, ...]) -> None:
    handler = acting("alert.take", Modal("Take", blocks), may_open=True)
    async with open_house("http", say=card(TAKE), actions=[handler]) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.settle()
        [said] = house.whispers()
        assert "went wrong on our side" in said
        assert "Reference: " in said


async def test_a_form_whose_value_is_too_long_to_keep_says_that_it_went_wrong() -> None:
    handler = acting("alert.take", Modal("Take", WINDOW.blocks, value="x" * 3_000), may_open=True)
    async with open_house("http", say=card(TAKE), actions=[handler]) as house:
        await post(house)
        await house.slack.tap(MIA, action="alert.take", channel=ALERTS)
        await house.settle()
        [said] = house.whispers()
        assert "went wrong on our side" in said
        assert "Reference: " in said


# ── in windows and in the Home tab ──

LIST = Modal("List", ({"type": "actions", "elements": [TAKE, TAKE | {"action_id": "alert.list"}]},))


async def open_list(house: House) -> View:
    await post(house)
    await house.slack.tap(MIA, action="alert.list", channel=ALERTS)
    await house.calm()
    top = house.slack.views.top(MIA)
    assert top is not None
    return top


LISTING = (card(TAKE | {"action_id": "alert.list"}), acting("alert.list", LIST, may_open=True))


@both
@pytest.mark.parametrize(("replaces", "depth"), [(False, 2), (True, 1)])
async def test_what_is_pressed_in_a_window_is_answered_in_one(transport: str, replaces: bool, depth: int) -> None:
    say, listing = LISTING
    handlers = [listing, acting("alert.take", Message("Taken by Mia", replaces=replaces))]
    async with open_house(transport, say=say, actions=handlers) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert "Taken by Mia" in shown(house.slack.views.top(MIA))
        assert len(house.slack.views.stacks[MIA]) == depth
        assert house.whispers() == []
        press = house.asked[-1][1]
        assert isinstance(press, Press)
        assert (press.whence.channel, press.whence.via) == (ALERTS, "button")


async def test_a_message_without_words_changes_no_window() -> None:
    say, listing = LISTING
    async with open_house("http", say=say, actions=[listing, acting("alert.take", Message(""))]) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert (len(house.slack.views.stacks[MIA]), len(view.versions)) == (1, 1)


async def test_above_three_windows_the_answer_takes_the_place_of_the_last() -> None:
    say, listing = LISTING
    async with open_house("http", say=say, actions=[listing, acting("alert.take", Message("Taken"))]) as house:
        view = await open_list(house)
        for _ in range(2):
            await house.slack.tap(MIA, action="alert.list", view=view.id)
            await house.calm()
            top = house.slack.views.top(MIA)
            assert top is not None
            view = top
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert len(house.slack.views.stacks[MIA]) == 3
        assert "Taken" in shown(house.slack.views.top(MIA))


async def test_a_window_redrawn_in_place_needs_no_room() -> None:
    say, listing = LISTING
    redrawn = acting("alert.take", WINDOW, may_open=True, in_place=True)
    async with open_house("http", say=say, actions=[listing, redrawn]) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert len(house.slack.views.stacks[MIA]) == 1
        assert "When?" in shown(view)


async def test_a_window_that_slack_refuses_in_a_window_says_so_there() -> None:
    say, listing = LISTING
    wrong = acting("alert.take", Modal("Take", ({"type": "section", "no": "text"},)), may_open=True)
    async with open_house("http", say=say, actions=[listing, wrong]) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert "went wrong on our side" in shown(view)


async def test_a_picker_in_a_form_that_nobody_serves_says_nothing() -> None:
    """What is picked is sent with the form."""
    picker = {"type": "datepicker", "action_id": "day"}
    form = Modal("Until", ({"type": "actions", "elements": [picker, SNOOZE]},), submit="Save", action="x")
    handlers = [acting("alert.list", form, may_open=True)]
    async with open_house("http", say=LISTING[0], actions=handlers) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="day", value="2026-11-26", view=view.id)
        await house.slack.pick(MIA, "Gone", view=view.id)
        await house.settle()
        assert (house.slack.direct(MIA), house.whispers(), len(house.slack.views.stacks[MIA])) == ([], [], 1)


@both
async def test_what_is_pressed_in_the_home_tab_is_answered_in_a_window(transport: str) -> None:
    async def home(person: Person, services: Services) -> Home:
        return Home(({"type": "actions", "elements": [TAKE]},))

    handlers = [acting("alert.take", Message("Taken by Mia"))]
    async with open_house(transport, actions=handlers, home=HomeHandler(home)) as house:
        await house.slack.open_home(MIA)
        await house.calm()
        await house.slack.tap(MIA, action="alert.take", view=house.slack.views.homes[MIA].id)
        await house.settle()
        assert "Taken by Mia" in shown(house.slack.views.top(MIA))
        press = house.asked[-1][1]
        assert isinstance(press, Press)
        assert (press.whence.channel, press.whence.via) == ("", "home")


@both
@pytest.mark.parametrize("bound", [frozenset[str](), frozenset({ALERTS})])
async def test_what_is_shared_from_a_window_goes_where_it_was_opened(transport: str, bound: frozenset[str]) -> None:
    """A channel bound to tenants gets no answer shared from a window either."""
    say, listing = card(TAKE | {"action_id": "alert.list"}, place=Place.ASKER), LISTING[1]
    handlers = [listing, acting("alert.take", Message("Mia shares", place=Place.CHANNEL))]
    async with open_house(transport, say=say, actions=handlers, bound=bound) as house:
        view = await open_list(house)
        await house.slack.tap(MIA, action="alert.take", view=view.id)
        await house.settle()
        assert [message.text for message in house.slack.shown(ALERTS)] == ([] if bound else ["Mia shares"])
        assert len(house.slack.views.stacks[MIA]) == (2 if bound else 1)
        assert ("shows only some tenants" in shown(house.slack.views.top(MIA))) == bool(bound)
