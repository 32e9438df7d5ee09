"""`/tasks` with filters: the tasks that match."""

from bot.blocks import answers
from bot.language import understood
from bot.model import Invocation, Message, Person, Takes, TaskQuery, Verb
from bot.services import Listing, Services, Turn, VerbHandler

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
    listing = await services.tasks.listing(answer.query, page=turn.page, as_of=answer.as_of, kept=answer.id)
    if not listing.found.size:
        return _nothing(answer.query, listing, person, services)
    return await _page(turn, listing, person, services)


async def _page(turn: Turn, listing: Listing, person: Person, services: Services) -> Message:
    return answers.task_list(
        listing.found,
        said=understood(turn.answer.query, person.zone, services.clock.now()),
        page=turn.page,
        answer=None if turn.is_shared else turn.answer,
        person=person,
        hidden=listing.hidden,
        paused=listing.paused,
        usual=await services.tasks.usual(answers.on_page(listing.found, turn.page)),
        asked_by=turn.answer.asker if turn.is_shared else "",
    )


def _nothing(query: TaskQuery, listing: Listing, person: Person, services: Services) -> Message:
    """Where nothing runs, what is paused is worth more than an empty list."""
    said = understood(query, person.zone, services.clock.now())
    if listing.paused:
        found, hidden, paused = listing.found, listing.hidden, listing.paused
        return answers.task_list(found, said=said, page=1, answer=None, person=person, hidden=hidden, paused=paused)
    return answers.nothing(
        said=said,
        found=listing.found,
        fine=listing.fine,
        newest=listing.newest,
        is_least=listing.is_least,
        person=person,
        hidden=listing.hidden,
    )


VERBS = (VerbHandler(VERB, handle, draw),)
