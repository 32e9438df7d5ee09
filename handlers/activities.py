"""`/activities`, or `/tasks activities`: the pieces of tasks, all of them or those of one task."""

from dataclasses import replace

from bot.blocks import answers, notes
from bot.errors import NotFound
from bot.language import DEFAULT_KINDS, understood
from bot.model import Activity, Found, Invocation, Message, Person, Takes, Task, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "activities",
    "the steps of tasks: all, or those of one; also /activities",
    Takes.ID_OR_FILTERS,
    examples=("/tasks activities last 24h", "/tasks activities 1000068888"),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    query = TaskQuery() if invocation.argument else _pieces(invocation.query or TaskQuery())
    try:
        task = await services.tasks.task(invocation.argument) if invocation.argument else None
    except NotFound as error:
        return notes.refusal(error.told)
    found = await _look(query, task, services)
    argument = task.id if task else ""
    answer = await services.tasks.keep(VERB.name, query, person.id, found.as_of, argument, shown=found)
    return _page(Turn(answer), found, task, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    argument = turn.answer.argument
    task = await services.tasks.task(argument) if argument else None
    found = await _look(turn.answer.query, task, services, kept=turn.answer.id)
    return _page(turn, found, task, person, services)


async def _look(query: TaskQuery, task: Task | None, services: Services, kept: str = "") -> Found[Activity]:
    """A task's id means something in its own account only."""
    task_id, account = (task.id, task.account) if task else ("", "")
    return await services.tasks.activities(query, task_id, account=account, kept=kept)


def _pieces(query: TaskQuery) -> TaskQuery:
    """Steps mostly have no kind of their own: unless kinds were named, none is left out."""
    kinds = frozenset() if query.kinds == DEFAULT_KINDS else query.kinds
    return replace(query, kinds=kinds, roots_only=False)


def _page(turn: Turn, found: Found[Activity], task: Task | None, person: Person, services: Services) -> Message:
    query = turn.answer.query
    said = understood(query, person.zone, services.clock.now(), noun="activities")
    return answers.activity_list(
        found,
        said=f"Activities of task {task.id}" if task else said,
        page=turn.page,
        answer=None if turn.is_shared else turn.answer,
        person=person,
        task=task,
        asked_by=turn.answer.asker if turn.is_shared else "",
    )


VERBS = (VerbHandler(VERB, handle, draw),)
