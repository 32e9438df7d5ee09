"""`/tasks health`: whether the bot itself is well."""

from bot.blocks.health import health_answer
from bot.model import Invocation, Message, Person, Verb
from bot.services import Services, VerbHandler

VERB = Verb("health", "whether the bot itself is well: polls, plans, queue, way in", examples=("/tasks health",))


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    return health_answer(await services.health.report(), person)


VERBS = (VerbHandler(VERB, handle),)
