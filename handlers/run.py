"""Run now, from a card: a window says what would run; what is confirmed is started once, and both are written down."""

from dataclasses import replace

from bot.blocks import notes
from bot.blocks.act_answers import act_answer
from bot.blocks.run_window import FORM, TITLE, confirm_window, not_runnable_window, started_answer
from bot.model import Act, Aim, Form, Message, Modal, NotRunnable, Person, Press, Runnable
from bot.services import ActionHandler, FormHandler, Services

_NOT_ONE = "Only the backup of one alert can be run. Choose one of them."


async def confirm(press: Press, person: Person, services: Services) -> Modal:
    """The value is an alert's number. People can forge it: what it is about is checked here, and again at the end."""
    aim = Aim.read(press.value)
    if refused := await services.acting.may(Act.RUN, aim, person, press.whence):
        return notes.denied_modal(TITLE, refused)
    runnable = await _runnable(aim, services)
    if isinstance(runnable, NotRunnable):
        return not_runnable_window(runnable.words, person.zone)
    return confirm_window(runnable, aim, person.zone)


async def start(form: Form, person: Person, services: Services) -> Message:
    """That it was confirmed is written down before it is sent, and after it what became of it. A delivery acts once.

    Who may not run it hears that, and Acronis is not asked.
    """
    aim = Aim.read(form.value)
    if refused := await services.acting.may(Act.RUN, aim, person, form.whence):
        return notes.denied(refused)
    runnable = await _runnable(aim, services)
    if isinstance(runnable, NotRunnable):
        await services.acting.not_done(Act.RUN, aim, person, form.whence, runnable.words)
        return notes.refusal(runnable.words)
    result = await services.acting.act(Act.RUN, aim, person, form.whence)
    if not result.is_done:
        return act_answer(Act.RUN, result, person)
    started = await services.running.start(runnable)
    whence = replace(form.whence, key=f"{form.whence.key}:end" if form.whence.key else "")
    await services.acting.act(Act.RUN, aim, person, whence, text=started.words)
    return started_answer(started, runnable)


async def _runnable(aim: Aim, services: Services) -> Runnable | NotRunnable:
    alerts = await services.acting.aimed_at(aim)
    if len(alerts) != 1 or aim.card_id:
        return NotRunnable(_NOT_ONE)
    return await services.running.plan(alerts[0])


ACTIONS = (ActionHandler("alert.run", confirm, opens_modal=True, loading_title=TITLE),)
FORMS = (FormHandler(FORM, start),)
