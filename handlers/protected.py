"""`/tasks protected? TENANT`: how old the last good backup of each workload is, the worst first."""

from dataclasses import replace

from bot.blocks import answers
from bot.language import understood
from bot.model import Basis, Invocation, Kind, Message, NameField, Person, Protection, Takes, TaskQuery, Verb
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
    return _page(Turn(answer), protection, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    protection, basis = await services.tasks.protected(turn.answer.query, turn.answer.as_of, turn.page)
    return _page(turn, protection, basis, person, services)


def _page(turn: Turn, protection: Protection, basis: Basis, person: Person, services: Services) -> Message:
    return answers.protected_answer(
        protection,
        basis,
        said=understood(turn.answer.query, person.zone, services.clock.now(), noun="workloads"),
        page=turn.page,
        answer=None if turn.is_shared else turn.answer,
        person=person,
        target=services.target,
        asked_by=turn.answer.asker if turn.is_shared else "",
    )


VERBS = (VerbHandler(VERB, handle, draw),)
