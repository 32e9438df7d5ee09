"""`/tasks NAME`: what is known of it: its open alerts, its last good backup, its last runs."""

from bot.model import Invocation, Message, NameField, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb(
    "about",
    "what is known of a name: its open alerts, its last good backup, its last runs; the name alone asks it too",
    Takes.NAME_AND_FILTERS,
    optional=False,
    examples=("/tasks about SRV-SQL01",),
    names=NameField.ANY,
    ever=True,
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    raise NotImplementedError


VERBS = (VerbHandler(VERB, handle),)
