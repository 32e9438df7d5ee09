"""`/tasks NAME`: what is known of it: its open alerts, its last good backup, its last runs."""

from dataclasses import replace

from bot.blocks import notes
from bot.blocks.about import about_answer
from bot.language import describe_names
from bot.model import BACKUPS, DEFAULT_KINDS, Invocation, Message, NameField, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "about",
    "what is known of a name; the name alone asks it too",
    Takes.NAME_AND_FILTERS,
    optional=False,
    examples=("/tasks about SRV-SQL01",),
    names=NameField.ANY,
    ever=True,
)

_UNFIT = (
    "What is known of a name is all of it: its open alerts, its last good backup, its last runs. Leave the other words"
    " out, or say them without `about`: then /tasks shows such tasks."
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or TaskQuery()
    if query != TaskQuery(names=query.names, kinds=DEFAULT_KINDS, roots_only=True):
        return notes.refusal(_UNFIT)
    query = await services.tasks.settled(query)
    answer = await services.tasks.keep(VERB.name, query, person.id, services.clock.now())
    return await draw(Turn(answer), person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    """All of it as it is now: nothing here is long enough to be turned."""
    query = turn.answer.query
    found, _ = await services.alerts.open_alerts(TaskQuery(names=query.names))
    protection, _ = await services.tasks.protected(replace(query, kinds=BACKUPS))
    histories, basis = await services.tasks.history(query)
    frame = turn.frame(services.with_others(describe_names(query), query), person)
    if not found.size:
        frame = await services.beside_open(frame)
    return about_answer(found, protection, histories, basis, frame, await services.alerts.notes_on(histories))


VERBS = (VerbHandler(VERB, handle, draw),)
