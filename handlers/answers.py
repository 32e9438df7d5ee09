"""Buttons below an answer, with `answer id:page`: other pages, asking again, sharing it, sending it to oneself.

And the buttons that ask a question, with its words: people can forge them, and they are read as if they were typed.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.blocks.asks import ASK_BESIDE, ASKS
from bot.errors import AnswerExpired
from bot.language import parse, renewed
from bot.model import Invocation, Message, Person, Place, Press
from bot.services import ActionHandler, Services, Turn, VerbHandler

_UNDRAWN = "This answer came from an older version of the bot. Ask again with /tasks."

Handle = Callable[[Press, Person, Services], Awaitable[Message]]


def questions(verbs: Mapping[str, VerbHandler]) -> tuple[ActionHandler, ...]:
    """The buttons that ask. Each raises UsageError for words that are not understood."""

    async def beside(press: Press, person: Person, services: Services) -> Message:
        names = await services.tasks.known_names()
        found = parse(press.value, services.clock.now(), person.zone, services.verbs, names)
        return await verbs[found.verb].handle(replace(found, whence=press.whence), person, services)

    async def ask(press: Press, person: Person, services: Services) -> Message:
        message = await beside(press, person, services)
        return replace(message, replaces=message.place is Place.ASKER)

    return (*(ActionHandler(action, ask) for action in ASKS), ActionHandler(ASK_BESIDE, beside))


async def _draw(verbs: Mapping[str, VerbHandler], turn: Turn, person: Person, services: Services) -> Message:
    handler = verbs.get(turn.answer.verb)
    if handler is None or handler.draw is None:
        raise AnswerExpired(_UNDRAWN)
    return await handler.draw(turn, person, services)


def actions(verbs: Mapping[str, VerbHandler]) -> tuple[ActionHandler, ...]:
    """The buttons of these verbs' answers. Each raises AnswerExpired for an answer that is no longer kept."""

    draw = partial(_draw, verbs)

    async def page(press: Press, person: Person, services: Services) -> Message:
        return replace(await draw(await _turn(press, person, services), person, services), replaces=True)

    async def share(press: Press, person: Person, services: Services) -> Message:
        turn = await _turn(press, person, services)
        shared = replace(turn, answer=await services.tasks.share(turn.answer), is_shared=True)
        return replace(await draw(shared, person, services), place=Place.CHANNEL)

    async def page_of_shared(press: Press, person: Person, services: Services) -> Message:
        """Whoever turns the page: it comes into the thread of the one that was shared, and says who asked."""
        shared = replace(await _turn(press, person, services), is_shared=True)
        thread = press.whence.thread_ts or press.whence.message_ts
        return replace(await draw(shared, person, services), place=Place.CHANNEL, thread_ts=thread)

    async def direct(press: Press, person: Person, services: Services) -> Message:
        return replace(await draw(await _turn(press, person, services), person, services), place=Place.DIRECT)

    async def again(press: Press, person: Person, services: Services) -> Message:
        answer = (await _turn(press, person, services)).answer
        handler = verbs.get(answer.verb)
        if handler is None:
            raise AnswerExpired(_UNDRAWN)
        query = renewed(answer.query, services.clock.now())
        invocation = Invocation(answer.verb, query, answer.argument, whence=press.whence)
        return replace(await handler.handle(invocation, person, services), replaces=True)

    handles: dict[str, Handle] = {
        "answer.page": page,
        "answer.back": page,
        "answer.share": share,
        "answer.direct": direct,
        "answer.again": again,
        "shared.page": page_of_shared,
        "shared.back": page_of_shared,
    }
    return tuple(ActionHandler(action, handle) for action, handle in handles.items())


async def _turn(press: Press, person: Person, services: Services) -> Turn:
    """People can forge a button's value. A page that is no number is the first one."""
    answer_id, _, page = press.value.partition(":")
    answer = await services.tasks.answer(answer_id, person.id)
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Turn(answer, number, whence=press.whence)
