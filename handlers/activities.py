"""`/activities`, or `/tasks activities`: the pieces of tasks, all of them or those of one task."""

from dataclasses import replace

from bot.blocks import answers, notes
from bot.errors import NotFound
from bot.language import DEFAULT_KINDS, understood
from bot.model import Invocation, Message, Person, Takes, TaskQuery, Verb
from bot.services import Services, Steps, Turn, VerbHandler

VERB = Verb(
    "activities",
    "the steps of tasks: all, or those of one; also /activities",
    Takes.ID_OR_FILTERS,
    examples=("/tasks activities last 24h", "/tasks activities 1000068888"),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
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
    steps = await services.tasks.activities(answer.query, answer.argument, kept=answer.id)
    return _page(turn, steps, person, services)


def _pieces(query: TaskQuery) -> TaskQuery:
    """Steps mostly have no kind of their own: unless kinds were named, none is left out."""
    kinds = frozenset() if query.kinds == DEFAULT_KINDS else query.kinds
    return replace(query, kinds=kinds, roots_only=False)


def _page(turn: Turn, steps: Steps, person: Person, services: Services) -> Message:
    task = steps.task
    said = understood(turn.answer.query, person.zone, services.clock.now(), noun="activities")
    return answers.activity_list(
        steps.found,
        said=f"Activities of task {task.id}" if task else said,
        page=turn.page,
        answer=None if turn.is_shared else turn.answer,
        person=person,
        task=task,
        asked_by=turn.answer.asker if turn.is_shared else "",
    )


VERBS = (VerbHandler(VERB, handle, draw),)
