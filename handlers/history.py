"""`/tasks history MACHINE`: the last runs of a machine, plan by plan."""

from bot.blocks.history import history_answer
from bot.model import Invocation, Message, NameField, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "history",
    "the last 14 runs of a machine, and how long they took",
    Takes.NAME_AND_FILTERS,
    optional=False,
    examples=("/tasks history SRV-SQL01",),
    names=NameField.MACHINE,
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or TaskQuery()
    histories, basis = await services.tasks.history(query)
    if not histories:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return history_answer(histories, basis, services.frame(Turn(answer), person, "runs"))


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    histories, basis = await services.tasks.history(turn.answer.query, turn.answer.as_of)
    return history_answer(histories, basis, services.frame(turn, person, "runs"))


VERBS = (VerbHandler(VERB, handle, draw),)
