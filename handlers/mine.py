"""`/tasks mine`: the open alerts that the asker has taken or snoozed, the oldest first."""

from bot.blocks.mine import mine_list
from bot.model import Invocation, Message, Person, TaskQuery, Verb, Whence
from bot.services import Services, Turn, VerbHandler

VERB = Verb("mine", "what you have taken or snoozed, the oldest first", examples=("/tasks mine",))
_QUESTION = "Mine"


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    answer = await services.tasks.keep(VERB.name, TaskQuery(), person.id, services.clock.now())
    return await _page(Turn(answer, whence=invocation.whence), person, services, invocation.whence)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    return await _page(turn, person, services, turn.whence)


async def _page(turn: Turn, person: Person, services: Services, whence: Whence) -> Message:
    """In a channel that is bound to tenants no other tenant's alert is named."""
    found, basis = await services.alerts.mine(turn.answer.asker)
    may_show = await services.access.tenants(whence.channel)
    shown = [alert for alert in found if may_show(alert.latest.tenant)]
    frame = turn.frame(_QUESTION, person)
    return mine_list(shown, basis, frame if shown else await services.beside_open(frame))


VERBS = (VerbHandler(VERB, handle, draw),)
