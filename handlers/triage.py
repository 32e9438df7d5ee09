"""The row of a card: Take, Release, Snooze, and what More holds. Each acts at once, or opens a window that asks more.

The values are aims (`7`, `s14`, `s14:tKEY`). People can forge them, so who may do what is checked at every press, and
again when a window is sent. A window that is opened from a storm's has the page of it behind its aim (`7 14:2:tKEY`):
that page is drawn anew when it is sent.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.blocks import act_windows, notes
from bot.blocks.act_answers import act_answer, with_words
from bot.blocks.act_windows import NOTE, OWNED, RESOLVE, SNOOZE, TEXT, TITLES, UNTIL
from bot.blocks.storm_window import place_of, storm_window
from bot.model import LONGEST_SNOOZE, LONGEST_WORDS, Act, Aim, Alert, FieldErrors, Form, Message, Modal, Person, Press
from bot.services import AT_ONCE, HOURS, ActionHandler, AtOnce, FormHandler, Services

_GONE: Final = "No alert is meant any more. What is open stands in /tasks alerts."
_EMPTY: Final = "Write a word or two."
_TOO_LONG: Final = f"At most {LONGEST_WORDS:,} characters."
_PAST: Final = "That time is over. Choose a later one."
_TOO_FAR: Final = "A snooze ends after 14 days at the latest. Choose an earlier time."
_NO_TIME: Final = "Choose a day and a time."

Handle = Callable[[Press, Person, Services], Awaitable[Message | Modal]]


# ── what acts at once ──


def _act(at_once: AtOnce) -> Handle:
    async def handle(press: Press, person: Person, services: Services) -> Message:
        aim, now = Aim.read(press.value), services.clock.now()
        return act_answer(at_once.act, await at_once.do(services.acting, aim, person, press.whence, now), person)

    return handle


async def release(press: Press, person: Person, services: Services) -> Message | Modal:
    """What another has is not released by a slip: the window says who has it, and offers to take it over."""
    aim = Aim.read(press.value)
    result = await services.acting.act(Act.RELEASE, aim, person, press.whence)
    if result.others and len(result.done) == 1:
        alert = result.done[0].after
        return act_windows.owned_window(aim, result.others, alert, person.zone)
    return act_answer(Act.RELEASE, result, person)


# ── what opens a window ──


def _window(act: Act, form: str, draw: Callable[[Aim, list[Alert], Person, Services], Modal]) -> ActionHandler:
    async def handle(press: Press, person: Person, services: Services) -> Modal:
        aim, window = _read(press.value)
        alerts = list(await services.acting.aimed_at(aim))
        if not alerts:
            return notes.failed_modal(TITLES[form], _GONE)
        if refused := await services.acting.may(act, aim, person, press.whence):
            return notes.denied_modal(TITLES[form], refused)
        shown = draw(aim, alerts, person, services)
        return replace(shown, value=f"{shown.value} {window}".rstrip())

    name = {NOTE: "alert.note", RESOLVE: "alert.resolve", SNOOZE: "alert.snooze.until"}[form]
    return ActionHandler(name, handle, opens_modal=True, loading_title=TITLES[form])


def _read(value: str) -> tuple[Aim, str]:
    """What it is about, and the page of a storm's window that it was opened from, "" where it was none."""
    aim, _, window = value.partition(" ")
    return Aim.read(aim), window


async def below(form: Form, said: Message, person: Person, services: Services) -> Modal | None:
    """The page of the storm's window as it is now, below what became of the act."""
    _, window = _read(form.value)
    if not window:
        return None
    shown = storm_window(await services.alerts.of_storm(*place_of(window)), person.zone)
    return replace(shown, blocks=(*said.blocks, *shown.blocks))


async def save_note(form: Form, person: Person, services: Services) -> Message | FieldErrors:
    return await _written(Act.NOTE, form, person, services)


async def save_resolution(form: Form, person: Person, services: Services) -> Message | FieldErrors:
    return await _written(Act.RESOLVE, form, person, services)


async def _written(act: Act, form: Form, person: Person, services: Services) -> Message | FieldErrors:
    """What was typed is given back where it was of no use any more."""
    text = form.entered.get(TEXT, "").strip()
    if not text or len(text) > LONGEST_WORDS:
        return FieldErrors({TEXT: _TOO_LONG if text else _EMPTY})
    result = await services.acting.act(act, _read(form.value)[0], person, form.whence, text=text)
    if result.refused:
        return FieldErrors({TEXT: result.refused})
    answer = act_answer(act, result, person)
    return answer if result.is_done or result.is_repeated else with_words(answer, text)


async def save_snooze(form: Form, person: Person, services: Services) -> Message | FieldErrors:
    now, entered = services.clock.now(), form.entered.get(UNTIL, "")
    if not (entered.isascii() and entered.isdigit() and len(entered) <= 11):
        return FieldErrors({UNTIL: _NO_TIME})
    until = datetime.fromtimestamp(int(entered), UTC)
    if until <= now or until > now + LONGEST_SNOOZE:
        return FieldErrors({UNTIL: _PAST if until <= now else _TOO_FAR})
    result = await services.acting.act(Act.SNOOZE, _read(form.value)[0], person, form.whence, until=until)
    return FieldErrors({UNTIL: result.refused}) if result.refused else act_answer(Act.SNOOZE, result, person)


ACTIONS = (
    ActionHandler("alert.release", release, may_open=True, loading_title=OWNED),
    *(ActionHandler(f"alert.{name}", _act(each)) for name, each in AT_ONCE.items() if each.act is not Act.RELEASE),
    _window(Act.NOTE, NOTE, lambda aim, alerts, person, _: act_windows.note_window(aim, alerts, person.zone)),
    _window(Act.RESOLVE, RESOLVE, lambda aim, alerts, person, _: act_windows.resolve_window(aim, alerts, person.zone)),
    _window(
        Act.SNOOZE,
        SNOOZE,
        lambda aim, alerts, person, services: act_windows.snooze_window(
            aim, alerts, person.zone, services.clock.now() + HOURS
        ),
    ),
)
FORMS = (
    FormHandler(NOTE, save_note, below),
    FormHandler(RESOLVE, save_resolution, below),
    FormHandler(SNOOZE, save_snooze, below),
)
