"""Windows with inputs, over both transports alike: what was entered acts once, and nothing of it is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import NotFound, UsageError
from bot.model import FieldErrors, Form, Invocation, Message, Modal, Person, Place, Press, Whence
from bot.sandbox.slack import ALERTS, View
from bot.services import ActionHandler, FormHandler, Services
from bot.slack import listener
from bot.slack.access import GUEST
from bot.slack.dispatch import INTERRUPTED
from bot.slack.forms import NOT_TAKEN, OLDER_FORM, SENT_BEFORE
from bot.slack.requests import Turns
from tests.slack_house import MIA, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)
NOTE_BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Note"}, "action_id": "note.open", "value": "7"}
Act = Callable[[Form, Person, Services], Awaitable[Message | FieldErrors | Modal]]


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def text_input(block_id: str = "note", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "entry", "multiline": True, "max_length": 3000, **more}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element}


def choice(block_id: str = "until") -> dict[str, Any]:
    options = [{"text": plain(word), "value": word} for word in ("2h", "8h")]
    element = {"type": "static_select", "action_id": "entry", "options": options}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, "optional": True}


NOTE = Modal("Note", (text_input(), choice()), submit="Save", action="note.save", value="7")
CONFIRM = Modal(
    "Run now", ({"type": "section", "text": plain("Run it?")},), submit="Run", action="note.save", value="9"
)


def card(place: Place) -> Any:
    async def post(invocation: Invocation, person: Person, services: Services) -> Message:
        return Message("Card", ({"type": "actions", "elements": [NOTE_BUTTON]},), place)

    return post


def opening(modal: Modal) -> ActionHandler:
    async def handle(press: Press, person: Person, services: Services) -> Modal:
        return modal

    return ActionHandler("note.open", handle, may_open=True)


def answering(answer: Message | FieldErrors | Modal) -> Act:
    async def handle(*_: Any) -> Message | FieldErrors | Modal:
        return answer

    return handle


def house_with(transport: str, act: Act, modal: Modal = NOTE, **more: Any) -> Any:
    forms = [FormHandler("note.save", act)]
    return open_house(transport, say=card(Place.CHANNEL), actions=[opening(modal)], forms=forms, **more)


async def open_form(house: House, user: str = MIA) -> View:
    if not house.slack.shown(ALERTS):
        await house.slack.command(MIA, ALERTS, "say it")
        await house.calm()
    await house.slack.tap(user, action="note.open", channel=ALERTS)
    await house.calm()
    top = house.slack.views.top(user)
    assert top is not None
    return top


def shown(view: View | None) -> str:
    return "" if view is None else str(view.content["blocks"])


def forms_of(house: House) -> list[Form]:
    return [asked for _, asked in house.asked if isinstance(asked, Form)]


# ── in time ──


@both
async def test_what_was_entered_reaches_its_handler_and_the_answer_reaches_the_channel_it_came_from(
    transport: str,
) -> None:
    async with house_with(transport, answering(Message("Noted"))) as house:
        await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "hardware ordered", "until": "8h"})
        await house.settle()
        [posted] = house.slack.shown(ALERTS)
        whence = Whence(ALERTS, "", str(delivery.payload["trigger_id"]), "form", posted.ts)
        assert forms_of(house) == [Form("note.save", "7", {"note": "hardware ordered", "until": "8h"}, whence)]
        assert (delivery.shown, delivery.body or "") == ("", "")
        assert house.slack.views.top(MIA) is None
        assert house.whispers() == ["Noted"]


@both
async def test_the_answer_of_a_form_from_a_thread_is_given_in_that_thread(transport: str) -> None:
    async with house_with(transport, answering(Message("Noted"))) as house:
        root = house.slack.say(MIA, ALERTS, "Look")
        blocks = [{"type": "actions", "elements": [NOTE_BUTTON]}]
        client = house.listener.app.client
        posted = await client.chat_postMessage(channel=ALERTS, thread_ts=root.ts, text="Card", blocks=blocks)
        await house.slack.tap(MIA, action="note.open", channel=ALERTS, ts=str(posted["ts"]))
        await house.calm()
        await house.slack.submit(MIA, {"note": "x"})
        await house.settle()
        assert [(each.text, each.thread_ts) for each in house.slack.whispers(MIA)] == [("Noted", root.ts)]
        assert forms_of(house)[0].whence.thread_ts == root.ts


@both
async def test_an_answer_without_text_only_closes_the_window(transport: str) -> None:
    async with house_with(transport, answering(Message(""))) as house:
        await open_form(house)
        await house.slack.submit(MIA, {"note": "x"})
        await house.settle()
        assert house.slack.views.top(MIA) is None
        assert house.whispers() == []


@both
async def test_errors_stand_at_their_fields_and_keep_the_window(transport: str) -> None:
    async def act(form: Form, person: Person, services: Services) -> Message | FieldErrors:
        return FieldErrors({"until": "That is over."}) if form.entered["note"] == "x" else Message("Noted")

    async with house_with(transport, act) as house:
        view = await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "x", "until": "2h"})
        assert delivery.body == {"response_action": "errors", "errors": {"until": "That is over."}}
        assert view.errors == {"until": "That is over."}
        await house.slack.submit(MIA, {"note": "y", "until": "2h"})
        await house.settle()
        assert house.slack.views.top(MIA) is None
        assert house.whispers() == ["Noted"]


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ({"elsewhere": "Too late."}, {"note": "Too late."}),
        ({"note": "Too long.", "elsewhere": "Too late."}, {"note": "Too long. Too late."}),
        ({}, {"note": NOT_TAKEN}),
    ],
)
async def test_an_error_of_no_field_stands_at_the_first_one(errors: dict[str, str], said: dict[str, str]) -> None:
    async with house_with("http", answering(FieldErrors(errors))) as house:
        view = await open_form(house)
        assert (await house.slack.submit(MIA, {"note": "x"})).shown == ""
        assert view.errors == said


@both
async def test_another_window_takes_the_place_of_the_form(transport: str) -> None:
    async with house_with(transport, answering(CONFIRM)) as house:
        await open_form(house)
        assert (await house.slack.submit(MIA, {"note": "x"})).shown == ""
        top = house.slack.views.top(MIA)
        assert top is not None
        assert top.content["title"]["text"] == "Run now"
        await house.slack.submit(MIA)
        await house.settle()
        again = forms_of(house)[1]
        assert (again.value, again.whence.channel) == ("9", ALERTS)


@both
async def test_a_form_on_top_of_another_window_clears_all_of_them(transport: str) -> None:
    deeper = Modal("Card", ({"type": "actions", "elements": [NOTE_BUTTON]},))
    handlers = [opening(NOTE), ActionHandler("list.open", answering_press(deeper), may_open=True)]
    button = NOTE_BUTTON | {"action_id": "list.open"}

    async def list_(*_: Any) -> Message:
        return Message("Storm", ({"type": "actions", "elements": [button]},))

    forms = [FormHandler("note.save", answering(Message("Noted")))]
    async with open_house(transport, say=list_, actions=handlers, forms=forms) as house:
        await house.slack.command(MIA, ALERTS, "say it")
        await house.calm()
        await house.slack.tap(MIA, action="list.open", channel=ALERTS)
        await house.calm()
        below = house.slack.views.top(MIA)
        assert below is not None
        await house.slack.tap(MIA, action="note.open", view=below.id)
        await house.calm()
        delivery = await house.slack.submit(MIA, {"note": "x"})
        await house.settle()
        assert delivery.body == {"response_action": "clear"}
        assert house.slack.views.top(MIA) is None
        assert house.whispers()[-1] == "Noted"


def answering_press(modal: Modal) -> Any:
    async def handle(press: Press, person: Person, services: Services) -> Modal:
        return modal

    return handle


def drawing(*drawn: Modal | Exception) -> Any:
    """Draws these windows, one at each sending."""
    left = list(drawn)

    async def below(form: Form, said: Message, person: Person, services: Services) -> Modal | None:
        if isinstance(found := left.pop(0), Exception):
            raise found
        return replace(found, title=f"{found.title} {said.text}")

    return below


LIST = Modal("List", ({"type": "actions", "elements": [NOTE_BUTTON]},))


@asynccontextmanager
async def on_a_list(transport: str, act: Act, *drawn: Modal | Exception) -> AsyncIterator[House]:
    """A window with a list is open, and a form on top of it."""

    async def listed(press: Press, person: Person, services: Services) -> Modal:
        return LIST

    actions = [ActionHandler("list.open", listed, may_open=True), opening(NOTE)]
    button = {**NOTE_BUTTON, "action_id": "list.open"}

    async def say(*_: Any) -> Message:
        return Message("Card", ({"type": "actions", "elements": [button]},), Place.CHANNEL)

    forms = [FormHandler("note.save", act, drawing(*drawn))]
    async with open_house(transport, say=say, actions=actions, forms=forms) as house:
        await house.slack.command(MIA, ALERTS, "say it")
        await house.calm()
        await house.slack.tap(MIA, action="list.open", channel=ALERTS)
        await house.calm()
        await press_note(house)
        yield house


async def press_note(house: House) -> None:
    await house.slack.tap(MIA, action="note.open", view=house.slack.views.top(MIA).id)  # type: ignore[union-attr]
    await house.calm()


def title(house: House) -> str:
    top = house.slack.views.top(MIA)
    return top.content["title"]["text"] if top else ""


@both
async def test_the_window_that_a_form_was_opened_in_stays_and_shows_what_came_of_it(transport: str) -> None:
    async with on_a_list(transport, answering(Message("Noted")), LIST, LIST) as house:
        for _ in range(2):
            assert title(house) == "Note"
            delivery = await house.slack.submit(MIA, {"note": "x"})
            await house.calm()
            assert (delivery.shown, title(house), house.whispers()) == ("", "List Noted", [])
            await press_note(house)


@both
async def test_errors_keep_the_form_above_the_window_it_was_opened_in(transport: str) -> None:
    async with on_a_list(transport, answering(FieldErrors({"note": "Empty."}))) as house:
        await house.slack.submit(MIA, {"note": "x"})
        await house.calm()
        top = house.slack.views.top(MIA)
        assert top is not None
        assert (title(house), top.errors) == ("Note", {"note": "Empty."})


@pytest.mark.parametrize(
    "drawn", [RuntimeError("no store"), Modal("List", ({"type": "marquee"},)), replace(LIST, value="x" * 4_000)]
)
async def test_where_the_window_below_cannot_be_drawn_the_answer_is_given_all_the_same(
    drawn: Modal | Exception,
) -> None:
    async with on_a_list("http", answering(Message("Noted")), drawn) as house:
        await house.slack.submit(MIA, {"note": "x"})
        await house.calm()
        assert house.whispers() == ["Noted"]
        assert title(house) in ("", "List")


async def test_whoever_closed_all_windows_meanwhile_hears_what_came_of_it() -> None:
    async with on_a_list("socket", answering(Message("Noted")), LIST) as house:
        hold = house.slack.hold("views.update", "before")
        await house.slack.submit(MIA, {"note": "x"})
        await house.until(lambda: hold.held)
        house.slack.views.clear(MIA)
        house.slack.release()
        await house.calm()
        assert house.whispers() == ["Noted"]


async def test_a_slow_form_draws_the_window_below_it_anew_too(soon: None) -> None:
    go_on = asyncio.Event()
    async with on_a_list("http", late(Message("Noted"), go_on), LIST) as house:
        await house.slack.submit(MIA, {"note": "x"})
        go_on.set()
        await house.calm()
        assert "Noted" in shown(house.slack.views.top(MIA))
        await house.slack.close_view(MIA)
        assert (title(house), house.whispers()) == ("List Noted", [])


@both
async def test_a_form_from_the_home_tab_or_nowhere_is_answered_directly(transport: str) -> None:
    async with house_with(transport, answering(Message("Noted"))) as house:
        view = {"type": "modal", "title": plain("Note"), "submit": plain("Save"), "callback_id": "note.save"}
        trigger = house.slack.state.triggers.issue(MIA)
        await house.listener.app.client.views_open(trigger_id=trigger, view=view | {"blocks": [text_input()]})
        await house.slack.submit(MIA, {"note": "x"})
        await house.settle()
        assert [message.text for message in house.slack.direct(MIA)] == ["Noted"]


# ── twice ──


@both
async def test_a_form_that_is_delivered_twice_acts_once_and_is_answered_the_same(transport: str) -> None:
    async with house_with(transport, answering(Message("Noted"))) as house:
        await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "x"}, twice=True)
        again = await house.slack.redeliver(delivery.id)
        await house.settle()
        assert [attempt.acked for attempt in delivery.attempts] == [True, True]
        assert (again.acked, again.body or "") == (True, "")
        assert len(forms_of(house)) == 1
        assert house.whispers() == ["Noted"]


@both
async def test_errors_are_told_again_to_a_form_that_is_delivered_again(transport: str) -> None:
    async with house_with(transport, answering(FieldErrors({"note": "No."}))) as house:
        view = await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "x"})
        assert (await house.slack.redeliver(delivery.id)).body == delivery.body
        assert (view.errors, len(forms_of(house))) == ({"note": "No."}, 1)


async def test_a_form_that_a_process_before_this_one_took_is_not_acted_on_again() -> None:
    async with house_with("http", answering(FieldErrors({"note": "No."}))) as house:
        await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "x"})
        house.listener._forms.clear()  # as a new process begins
        again = await house.slack.redeliver(delivery.id)
        assert again.body == {"response_action": "errors", "errors": {"note": SENT_BEFORE}}
        assert len(forms_of(house)) == 1


# ── refused and broken ──


@both
@pytest.mark.parametrize("modal", [NOTE, CONFIRM])
async def test_a_guest_is_refused_at_the_form_again_and_loses_nothing(transport: str, modal: Modal) -> None:
    """She was a member when the window opened."""
    async with house_with(transport, answering(Message("Noted")), modal) as house:
        view = await open_form(house)
        house.slack.workspace.people[MIA].restricted = True
        house.listener._people._profiles.clear()
        await house.slack.submit(MIA, {"note": "long text"} if modal is NOTE else None)
        await house.settle()
        assert forms_of(house) == []
        assert GUEST in (str(view.errors) if modal is NOTE else shown(house.slack.views.top(MIA)))


@both
async def test_a_form_of_an_older_version_says_so_and_keeps_what_was_entered(transport: str) -> None:
    async with open_house(transport, say=card(Place.CHANNEL), actions=[opening(NOTE)]) as house:
        view = await open_form(house)
        await house.slack.submit(MIA, {"note": "x"})
        assert view.errors == {"note": OLDER_FORM}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("There is no alert 7."), "There is no alert 7. Reference: "),
        (RuntimeError("secret"), "went wrong on our side"),
        (UsageError("“soon” is no time.", text="soon", example="until 08:00"), "Try until 08:00"),
    ],
)
async def test_a_form_that_fails_says_why_at_its_field(error: Exception, said: str) -> None:
    async def act(*_: Any) -> Message:
        raise error

    async with house_with("http", act) as house:
        view = await open_form(house)
        with capture_logs() as logs:
            await house.slack.submit(MIA, {"note": "x"})
        assert said in view.errors["note"]
        assert "secret" not in view.errors["note"]
        assert all(entry["reference"] in view.errors["note"] for entry in logs if "reference" in entry)


# ── late ──


def late(answer: Message | FieldErrors | Modal, go_on: asyncio.Event) -> Act:
    async def handle(*_: Any) -> Message | FieldErrors | Modal:
        await go_on.wait()
        return answer

    return handle


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack is told to wait after a moment; what comes then is the same."""
    monkeypatch.setattr(listener, "_FORM_SECONDS", 0.1)


@both
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Message("Noted & kept"), "Noted"),
        (Message(""), "Done."),
        (CONFIRM, "Run it?"),
        (FieldErrors({"until": "That is over."}), "That is over."),
    ],
)
async def test_a_slow_form_shows_one_moment_and_then_what_came_of_it(
    transport: str, answer: Message | FieldErrors | Modal, said: str, soon: None
) -> None:
    go_on = asyncio.Event()
    async with house_with(transport, late(answer, go_on)) as house:
        await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "long text", "until": "2h"})
        assert delivery.body["response_action"] == "update"
        assert "One moment" in shown(house.slack.views.top(MIA))
        go_on.set()
        await house.settle()
        assert said in shown(house.slack.views.top(MIA))
        assert house.whispers() == []
        assert len(forms_of(house)) == 1


async def test_a_slow_form_that_errs_is_shown_again_with_what_was_entered_and_can_be_sent_again(soon: None) -> None:
    go_on, tries = asyncio.Event(), list[Form]()

    async def act(form: Form, person: Person, services: Services) -> Message | FieldErrors:
        tries.append(form)
        await go_on.wait()
        return FieldErrors({"until": "That is over."}) if len(tries) < 3 else Message("Noted")

    async with house_with("socket", act) as house:
        await open_form(house)
        for _ in range(3):
            go_on.clear()
            await house.slack.submit(MIA, {} if tries else {"note": "long text", "until": "2h"})
            go_on.set()
            await house.calm()
        top = house.slack.views.top(MIA)
        assert [form.entered for form in tries] == [{"note": "long text", "until": "2h"}] * 3
        assert {(form.value, form.whence.channel) for form in tries} == {("7", ALERTS)}
        assert "Noted" in shown(top)


async def test_a_slow_answer_reaches_who_closed_the_window(soon: None) -> None:
    go_on = asyncio.Event()
    async with house_with("http", late(Message("Noted"), go_on)) as house:
        await open_form(house)
        await house.slack.submit(MIA, {"note": "x"})
        await house.slack.close_view(MIA)
        go_on.set()
        await house.settle()
        assert house.whispers() == ["Noted"]


async def test_a_slow_form_that_is_delivered_again_shows_what_came_of_it(soon: None) -> None:
    go_on = asyncio.Event()
    async with house_with("http", late(Message("Noted"), go_on)) as house:
        await open_form(house)
        delivery = await house.slack.submit(MIA, {"note": "x"})
        go_on.set()
        await house.calm()
        await house.slack.redeliver(delivery.id)
        assert "Noted" in shown(house.slack.views.top(MIA))
        assert len(forms_of(house)) == 1


async def test_a_form_that_a_stop_interrupts_keeps_what_was_entered(soon: None) -> None:
    async with house_with("socket", late(Message("Noted"), asyncio.Event())) as house:
        await open_form(house)
        await house.slack.submit(MIA, {"note": "long text"})
        await house.listener.finish(3)
        assert INTERRUPTED in shown(house.slack.views.top(MIA))
        assert "long text" in shown(house.slack.views.top(MIA))


async def test_closing_a_window_is_only_acknowledged() -> None:
    async with house_with("http", answering(Message("Noted"))) as house:
        view = {"type": "modal", "title": plain("Note"), "notify_on_close": True, "blocks": [{"type": "divider"}]}
        trigger = house.slack.state.triggers.issue(MIA)
        await house.listener.app.client.views_open(trigger_id=trigger, view=view)
        delivery = await house.slack.close_view(MIA)
        assert delivery is not None
        assert (delivery.acked, delivery.body) == (True, None)


async def test_a_form_does_not_wait_for_slow_questions_of_the_same_person() -> None:
    go_on = asyncio.Event()

    async def slow(invocation: Invocation, person: Person, services: Services) -> Message:
        if invocation.argument == "slow":
            await go_on.wait()
        return Message("Card", ({"type": "actions", "elements": [NOTE_BUTTON]},), Place.CHANNEL)

    forms = [FormHandler("note.save", answering(Message("Noted")))]
    async with open_house("socket", say=slow, actions=[opening(NOTE)], forms=forms) as house:
        await house.slack.command(MIA, ALERTS, "say it")
        await house.calm()
        for _ in range(5):
            await house.slack.command(MIA, ALERTS, "say slow")
        await house.slack.tap(MIA, action="note.open", channel=ALERTS)
        await house.until(lambda: house.slack.views.top(MIA))
        await house.slack.submit(MIA, {"note": "x"})
        await house.until(lambda: "Noted" in house.whispers())
        go_on.set()
        await house.settle()


@both
async def test_a_form_for_which_there_is_no_room_says_so_and_keeps_what_was_entered(transport: str) -> None:
    async with house_with(transport, answering(Message("Noted"))) as house:
        view = await open_form(house)
        house.listener._press_turns = Turns(at_once=0, waiting=0)
        assert (await house.slack.submit(MIA, {"note": "x"})).shown == ""
        assert (view.errors, forms_of(house)) == ({"note": listener.REFUSED}, [])
