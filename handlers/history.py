"""`/tasks history NAME`: the last runs of a machine, or of all that a tenant or a plan has, plan by plan."""

from bot.blocks.history import history_answer
from bot.model import Basis, History, Invocation, Message, NameField, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "history",
    "the last 14 runs of a machine, a tenant or a plan",
    Takes.NAME_AND_FILTERS,
    optional=False,
    examples=("/tasks history SRV-SQL01", "/tasks history plan Nightly"),
    names=NameField.MACHINE,
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or TaskQuery()
    histories, basis = await services.tasks.history(query)
    if not histories:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return await _page(Turn(answer), histories, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    histories, basis = await services.tasks.history(turn.answer.query, turn.answer.as_of)
    return await _page(turn, histories, basis, person, services)


async def _page(
    turn: Turn, histories: tuple[History, ...], basis: Basis, person: Person, services: Services
) -> Message:
    frame = services.frame(turn, person, "runs")
    if not any(history.in_a_row for history in histories):
        frame = await services.beside_open(frame)
    return history_answer(histories, basis, frame, await services.alerts.notes_on(histories))


VERBS = (VerbHandler(VERB, handle, draw),)
