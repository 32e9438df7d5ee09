"""`/tasks history MACHINE`: the last runs of a machine, plan by plan."""

from bot.blocks import answers
from bot.language import understood
from bot.model import Basis, History, Invocation, Message, NameField, Person, Takes, TaskQuery, Verb
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
    return _page(Turn(answer), histories, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    histories, basis = await services.tasks.history(turn.answer.query, turn.answer.as_of)
    return _page(turn, histories, basis, person, services)


def _page(turn: Turn, histories: tuple[History, ...], basis: Basis, person: Person, services: Services) -> Message:
    return answers.history_answer(
        histories,
        basis,
        said=understood(turn.answer.query, person.zone, services.clock.now(), noun="runs"),
        page=turn.page,
        answer=None if turn.is_shared else turn.answer,
        person=person,
        asked_by=turn.answer.asker if turn.is_shared else "",
    )


VERBS = (VerbHandler(VERB, handle, draw),)
