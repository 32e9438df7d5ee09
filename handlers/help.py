"""`/tasks help`, `/tasks help WORD` and `/tasks help GROUP`."""

from bot.blocks.help import help_page
from bot.language import TERMS, Group, Term, look_up
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb("help", "what can be asked, or what one word means", Takes.WORD, examples=("/tasks help since",))

_GROUPS = frozenset(group.value for group in Group)


async def handle(invocation: Invocation, _person: Person, services: Services) -> Message:
    """Raises UsageError with the nearest word where the word is unknown."""
    word = invocation.argument
    if not word or word in _GROUPS:
        return help_page(services.verbs, TERMS, word)
    known = look_up(word, services.verbs)
    if isinstance(known, Term):  # it may be known behind one verb only
        return help_page((), (known,), known.name)
    return help_page(services.verbs, TERMS, known.name)


VERBS = (VerbHandler(VERB, handle),)
