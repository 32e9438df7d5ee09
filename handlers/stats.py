"""`/tasks stats`: how runs ended, by tenant, workload and cause."""

from bot.blocks.stats import stats_answer
from bot.language import last_day
from bot.model import Invocation, Message, Person, Takes, TimeField, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "stats",
    "how runs ended: by tenant, workload and cause",
    Takes.FILTERS,
    examples=("/tasks stats", "/tasks stats m365 last 7 days"),
    time=TimeField.COMPLETED,  # only what is over can be counted
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or last_day(services.clock.now())
    stats, basis = await services.tasks.stats(query)
    if not stats.total.runs:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return stats_answer(stats, basis, services.frame(Turn(answer), person, "runs"))


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    stats, basis = await services.tasks.stats(turn.answer.query, turn.answer.as_of)
    return stats_answer(stats, basis, services.frame(turn, person, "runs"))


VERBS = (VerbHandler(VERB, handle, draw),)
