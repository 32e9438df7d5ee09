"""`/tasks protected? TENANT`: how old the last good backup of each workload is, the worst first."""

from dataclasses import replace

from bot.blocks.protected import protected_answer
from bot.model import Invocation, Kind, Message, NameField, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "protected?",
    "who has a good backup, and who is late or failing",
    Takes.NAME_AND_FILTERS,
    examples=("/tasks protected?", "/tasks protected? Acme Corp"),
    names=NameField.TENANT,
)

BACKUPS = frozenset({Kind.BACKUP})


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = replace(invocation.query or TaskQuery(), kinds=BACKUPS)
    protection, basis = await services.tasks.protected(query)
    if not protection.size:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return protected_answer(protection, basis, services.frame(Turn(answer), person, "workloads"), services.target)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    protection, basis = await services.tasks.protected(turn.answer.query, turn.answer.as_of, turn.page)
    return protected_answer(protection, basis, services.frame(turn, person, "workloads"), services.target)


VERBS = (VerbHandler(VERB, handle, draw),)
