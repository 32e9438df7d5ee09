"""`/tasks show ID`, and the id alone: an alert by its number, else one task or activity in full."""

from bot.blocks import notes
from bot.blocks.alert_list import one_alert
from bot.blocks.details import in_full
from bot.errors import NotFound
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb(
    "show",
    "one alert, task or activity in full; its number alone shows it too",
    Takes.ID,
    optional=False,
    examples=("/tasks show 1000068888", "/tasks show 14"),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    alert, basis = await services.alerts.numbered(invocation.argument)
    if alert is not None:
        return one_alert(alert, f"Show {invocation.argument}", basis, person)
    try:
        found = await services.tasks.task_or_activity(invocation.argument)
    except NotFound as error:
        return notes.refusal(error.told)
    return in_full(found.items[0], person, found.as_of, stale=found.stale)


VERBS = (VerbHandler(VERB, handle),)
