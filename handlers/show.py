"""`/tasks show ID`: one task or activity in full. Their ids look alike, and both are printed."""

from bot.blocks import notes
from bot.blocks.details import in_full
from bot.errors import NotFound
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb("show", "one task or activity in full", Takes.ID, optional=False, examples=("/tasks show 1000068888",))


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    try:
        found = await services.tasks.task_or_activity(invocation.argument)
    except NotFound as error:
        return notes.refusal(error.told)
    return in_full(found.items[0], person, found.as_of, stale=found.stale)


VERBS = (VerbHandler(VERB, handle),)
