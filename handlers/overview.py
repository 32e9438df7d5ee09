"""`/tasks` alone: what needs attention since yesterday, and one line of what is fine."""

from bot.blocks import task_list
from bot.language import describe, last_day
from bot.model import Invocation, Listing, Message, Person, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb("overview", "the last 24 hours: what needs attention; the same as /tasks alone", examples=("/tasks",))


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    query = invocation.query or last_day(services.clock.now())
    listing = await services.tasks.overview(query)
    answer = await services.tasks.keep(VERB.name, query, person.id, listing.found.as_of, shown=listing)
    return _page(Turn(answer), listing, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    answer = turn.answer
    listing = await services.tasks.overview(answer.query, page=turn.page, as_of=answer.as_of, answer_id=answer.id)
    return _page(turn, listing, person, services)


def _page(turn: Turn, listing: Listing, person: Person, services: Services) -> Message:
    question = f"{describe(turn.answer.query, person.zone, services.clock.now())}, or paused now"
    return task_list.overview(listing, turn.frame(question, person))


VERBS = (VerbHandler(VERB, handle, draw),)
