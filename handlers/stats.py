"""`/tasks stats`: how runs ended, by tenant, workload and cause."""

from bot.blocks.stats import stats_answer
from bot.language import last_day
from bot.model import Basis, Invocation, Message, Person, Stats, Takes, TimeField, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "stats",
    "how runs ended: by tenant, workload and cause",
    Takes.FILTERS,
    examples=("/tasks stats", "/tasks stats m365 last 7 days"),
    time=TimeField.COMPLETED,  # only what is over can be counted
    groups=("tenant", "workload", "cause", "plan"),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or last_day(services.clock.now())
    stats, basis = await services.tasks.stats(query)
    if not stats.total.runs:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return await _page(Turn(answer), stats, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    stats, basis = await services.tasks.stats(turn.answer.query, turn.answer.as_of)
    return await _page(turn, stats, basis, person, services)


async def _page(turn: Turn, stats: Stats, basis: Basis, person: Person, services: Services) -> Message:
    frame = services.frame(turn, person, "runs")
    if not stats.total.failed:
        frame = await services.beside_open(frame)
    query = turn.answer.query
    return stats_answer(stats, basis, frame, is_narrowed=bool(query.results or query.left_out.results))


VERBS = (VerbHandler(VERB, handle, draw),)
