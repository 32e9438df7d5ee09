"""One task in full, in a modal: from its button, and from "What is this task?" in the menu of any message."""

import re
from collections.abc import Sequence

from bot.blocks import notes
from bot.blocks.alert_list import named_modal
from bot.blocks.details import task_modal
from bot.blocks.storm_window import storm_window
from bot.errors import NotFound
from bot.model import Aim, Modal, Person, Press
from bot.services import ActionHandler, Services
from bot.services.running import cancel_words

TITLE = "Task"
_NONE = "No task is named in this message. Use this on one of my alerts, or on a message that has a task's id in it."
_DIRECT = "D"
_NUMBERS = re.compile(r"\balert #?([0-9]{1,9})\b", re.IGNORECASE)
_MOST = 10  # alerts that one message names
_ID = re.compile(
    r"(?<![0-9a-z-])(?:[0-9]{15,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-z-])", re.IGNORECASE
)


async def details(press: Press, person: Person, services: Services) -> Modal:
    return await _modal(press.value, person, services)


async def what_is_it(press: Press, person: Person, services: Services) -> Modal:
    """The value is `channel:ts`; the message's text, written by anybody, begins on the next line.

    A card of many alerts, or of one that no task is behind, is shown with all of its alerts and their buttons; a
    message that names alerts by their numbers, such as a digest, with these. Direct messages stand under who got them.
    """
    place, _, text = press.value.partition("\n")
    channel, _, ts = place.partition(":")
    channel = person.id if channel.startswith(_DIRECT) else channel
    task_id = await services.tasks.posted_task(channel, ts)
    if not task_id and (card := await services.tasks.posted_card(channel, ts)):
        return storm_window(await services.alerts.of_storm(Aim(card_id=card)), person.zone)
    if not task_id and (named := _ID.search(text)):
        task_id = named[0]
    if task_id:
        return await _modal(task_id, person, services)
    return await _of_numbers(_NUMBERS.findall(text), person, services) or notes.failed_modal(TITLE, _NONE)


async def _of_numbers(numbers: Sequence[str], person: Person, services: Services) -> Modal | None:
    found = [(await services.alerts.numbered(number))[0] for number in list(dict.fromkeys(numbers))[:_MOST]]
    alerts = [alert for alert in found if alert]
    return named_modal(alerts, person.zone) if alerts else None


async def _modal(task_id: str, person: Person, services: Services) -> Modal:
    try:
        known = await services.tasks.details(task_id)
    except NotFound as error:
        return notes.failed_modal(TITLE, error.told)
    console = services.console.get(known.task.account, "")
    written = await services.alerts.notes_of(known.task)
    return task_modal(known, person, console, stopping=cancel_words(known.task), notes=written)


ACTIONS = (
    ActionHandler("task.details", details, opens_modal=True, loading_title=TITLE),
    ActionHandler("message.task", what_is_it, opens_modal=True, loading_title=TITLE),
)
