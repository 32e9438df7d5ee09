"""`/tasks` with filters: the tasks that match."""

from bot.blocks.frame import Frame
from bot.blocks.task_entries import are_together
from bot.blocks.task_list import nothing, on_page, task_list
from bot.model import FAILED, Invocation, Listing, Message, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "",
    "tasks that match, words in any order",
    Takes.FILTERS,
    examples=("/tasks failed", "/tasks running", "/tasks o365 since 2022-06-01", "/tasks completed since 2022-06-01"),
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = invocation.query or TaskQuery()
    listing = await services.tasks.listing(query)
    if not listing.found.size:
        await services.tasks.doubt_names(invocation)
        return await _nothing(query, listing, person, services)
    answer = await services.tasks.keep(VERB.name, query, person.id, listing.found.as_of, shown=listing)
    return await _page(Turn(answer), listing, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    answer = turn.answer
    listing = await services.tasks.listing(answer.query, page=turn.page, as_of=answer.as_of, answer_id=answer.id)
    if not listing.found.size:
        return await _nothing(answer.query, listing, person, services)
    return await _page(turn, listing, person, services)


async def _page(turn: Turn, listing: Listing, person: Person, services: Services) -> Message:
    together = are_together(turn.answer.query)
    shown = on_page(listing.found, turn.page, together=together)
    known = await services.tasks.row_facts(shown, listing.found.as_of)
    frame = services.frame(turn, person)
    if not any(task.code in FAILED for task in shown):
        frame = await services.beside_open(frame)
    return task_list(listing, frame, known, together=together)


async def _nothing(query: TaskQuery, listing: Listing, person: Person, services: Services) -> Message:
    """Where nothing runs, how much is paused says more than an empty list."""
    draw = task_list if listing.paused else nothing
    return draw(listing, await services.beside_open(Frame(services.question(query, person), person)))


VERBS = (VerbHandler(VERB, handle, draw),)
