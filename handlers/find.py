"""`/tasks` with filters: the tasks that match."""

from bot.blocks.frame import Frame
from bot.blocks.task_list import nothing, on_page, task_list
from bot.model import Invocation, Listing, Message, Person, Takes, TaskQuery, Verb
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
        return _nothing(query, listing, person, services)
    answer = await services.tasks.keep(VERB.name, query, person.id, listing.found.as_of, shown=listing)
    return await _page(Turn(answer), listing, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    answer = turn.answer
    listing = await services.tasks.listing(answer.query, page=turn.page, as_of=answer.as_of, answer_id=answer.id)
    if not listing.found.size:
        return _nothing(answer.query, listing, person, services)
    return await _page(turn, listing, person, services)


async def _page(turn: Turn, listing: Listing, person: Person, services: Services) -> Message:
    unusual = await services.tasks.unusual(on_page(listing.found, turn.page), listing.found.as_of)
    return task_list(listing, services.frame(turn, person), unusual)


def _nothing(query: TaskQuery, listing: Listing, person: Person, services: Services) -> Message:
    """Where nothing runs, how much is paused says more than an empty list."""
    draw = task_list if listing.paused else nothing
    return draw(listing, Frame(services.question(query, person), person))


VERBS = (VerbHandler(VERB, handle, draw),)
