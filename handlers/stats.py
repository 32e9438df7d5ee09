"""`/tasks stats`: how runs ended, by tenant, workload and cause, or by one of these or by plan alone."""

from bot.blocks.stats import stats_answer
from bot.language import last_day
from bot.model import Basis, Invocation, Message, Person, Stats, Takes, TimeField, Verb
from bot.services import Services, Turn, VerbHandler

BY_PLAN = "plan"
VERB = Verb(
    "stats",
    "how runs ended: by tenant, workload, cause or plan",
    Takes.FILTERS,
    examples=("/tasks stats", "/tasks stats m365 last 7 days", "/tasks stats by plan"),
    time=TimeField.COMPLETED,  # only what is over can be counted
    groups=("tenant", "workload", "cause", BY_PLAN),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or last_day(services.clock.now())
    group = invocation.argument
    stats, basis = await services.tasks.stats(query, by_plan=group == BY_PLAN)
    if not stats.total.runs:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of, group)
    return await _page(Turn(answer), stats, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    by_plan = turn.answer.argument == BY_PLAN
    stats, basis = await services.tasks.stats(turn.answer.query, turn.answer.as_of, by_plan=by_plan)
    return await _page(turn, stats, basis, person, services)


async def _page(turn: Turn, stats: Stats, basis: Basis, person: Person, services: Services) -> Message:
    frame = services.frame(turn, person, "runs")
    if not stats.total.failed:
        frame = await services.beside_open(frame)
    query = turn.answer.query
    is_narrowed = bool(query.results or query.left_out.results)
    return stats_answer(stats, basis, frame, turn.answer.argument, is_narrowed=is_narrowed)


VERBS = (VerbHandler(VERB, handle, draw),)
