"""`/tasks show ID`: one task in full."""

from bot.blocks import answers, notes
from bot.errors import NotFound
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb("show", "one task in full", Takes.ID, optional=False, examples=("/tasks show 1000068888",))


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    try:
        task = await services.tasks.task(invocation.argument)
    except NotFound as error:
        return notes.refusal(error.told)
    return answers.task_details(task, person, services.clock.now())


VERBS = (VerbHandler(VERB, handle),)
