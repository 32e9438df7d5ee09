"""`/tasks` alone: what needs attention since yesterday, and one line of what is fine."""

from dataclasses import replace
from typing import Final

from bot.blocks import notes, task_list
from bot.language import DEFAULT_KINDS, describe, last_day
from bot.model import Invocation, Kind, Listing, Message, Person, Takes, TaskQuery, TaskState, TimeField, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "overview",
    "the last 24 hours: what needs attention; the same as /tasks alone",
    Takes.FILTERS,
    examples=("/tasks", "/tasks overview tenant Acme"),
    time=TimeField.COMPLETED,
)

ENDED: Final = frozenset[str]({TaskState.COMPLETED})
_UNFIT = (
    "The overview is of all that is not fine, whatever its state or result. Leave that word out; without `overview`"
    " /tasks shows such tasks."
)
_LEFT_OUT = "The overview begins with what matters most. The length, order or number that you named was left out."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    asked = invocation.query or last_day(services.clock.now())
    if asked.results or asked.states - ENDED:
        return notes.refusal(_UNFIT)
    query = replace(asked.in_its_own_order(), states=ENDED)
    listing = await services.tasks.overview(query)
    answer = await services.tasks.keep(VERB.name, query, person.id, listing.found.as_of, shown=listing)
    shown = await _page(Turn(answer), listing, person, services)
    return shown if query == replace(asked, states=ENDED) else notes.left_out(shown, _LEFT_OUT)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    answer = turn.answer
    listing = await services.tasks.overview(answer.query, page=turn.page, as_of=answer.as_of, answer_id=answer.id)
    return await _page(turn, listing, person, services)


async def _page(turn: Turn, listing: Listing, person: Person, services: Services) -> Message:
    alerts, basis = await services.alerts.open_alerts(_of_alerts(turn.answer.query))
    question = f"{describe(turn.answer.query, person.zone, services.clock.now())}, or paused now"
    known = await services.tasks.row_facts(task_list.on_page(listing.found, turn.page), listing.found.as_of)
    return task_list.overview(listing, turn.frame(question, person), alerts, basis.stale, known)


def _of_alerts(query: TaskQuery) -> TaskQuery:
    """The alerts of what the overview is about. They are open now, whenever they failed last."""
    kinds = frozenset[Kind]() if query.kinds == DEFAULT_KINDS else query.kinds
    return TaskQuery(
        types=query.types, workloads=query.workloads, kinds=kinds, left_out=query.left_out, names=query.names
    )


VERBS = (VerbHandler(VERB, handle, draw),)
