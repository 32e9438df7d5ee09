"""`/activities`, or `/tasks activities`: the pieces of tasks, all of them or those of one task."""

from dataclasses import replace

from bot.blocks import notes
from bot.blocks.activities import activity_list
from bot.errors import NotFound
from bot.language import DEFAULT_KINDS
from bot.model import Invocation, Message, Person, Steps, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "activities",
    "the steps of tasks: all, or those of one; also /activities",
    Takes.ID_OR_FILTERS,
    examples=("/tasks activities last 24h", "/tasks activities 1000068888"),
)


_UNFIT = "Whether a run takes unusually long is known of tasks, not of their steps: ask `/tasks running unusual`."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    if invocation.query is not None and invocation.query.paces:
        return notes.refusal(_UNFIT)
    query = TaskQuery() if invocation.argument else _pieces(invocation.query or TaskQuery())
    try:
        steps = await services.tasks.activities(query, invocation.argument)
    except NotFound as error:
        return notes.refusal(error.told)
    argument = steps.task.id if steps.task else ""
    answer = await services.tasks.keep(VERB.name, query, person.id, steps.found.as_of, argument, shown=steps)
    return _page(Turn(answer), steps, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    answer = turn.answer
    steps = await services.tasks.activities(answer.query, answer.argument, answer_id=answer.id)
    return _page(turn, steps, person, services)


def _pieces(query: TaskQuery) -> TaskQuery:
    """Most steps have no kind of their own, so no kind is left out unless one was named."""
    kinds = frozenset() if query.kinds == DEFAULT_KINDS else query.kinds
    return replace(query, kinds=kinds, roots_only=False)


def _page(turn: Turn, steps: Steps, person: Person, services: Services) -> Message:
    if steps.task:
        return activity_list(steps, turn.frame(f"Activities of task {steps.task.id}", person))
    return activity_list(steps, services.frame(turn, person, "activities"))


VERBS = (VerbHandler(VERB, handle, draw),)
