"""`/tasks help` and `/tasks help WORD`."""

from bot.blocks import notes
from bot.language import Term, look_up, terms
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb("help", "what can be asked, or what one word means", Takes.WORD, examples=("/tasks help since",))


async def handle(invocation: Invocation, _person: Person, services: Services) -> Message:
    """Raises UsageError with the nearest word where there is no such one."""
    if not invocation.argument:
        return notes.help_page(services.verbs, terms())
    known = look_up(invocation.argument, services.verbs)
    return notes.help_page(services.verbs, terms(), known.words[0] if isinstance(known, Term) else known.name)


VERBS = (VerbHandler(VERB, handle),)
