"""`/tasks help`, `/tasks help WORD` and `/tasks help GROUP`."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.blocks.help import ALL_VERBS, help_page
from bot.language import TERMS, Group, Term, look_up
from bot.model import Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB = Verb("help", "what can be asked, or what one word means", Takes.WORD, examples=("/tasks help since",))

_PAGES = frozenset(group.value for group in Group) | {ALL_VERBS}
_MADE_UP = re.compile(r'"?Acme Corp"?|"?\bAcme\b"?|\bSRV-SQL01\b|\b[Nn]ightly\b')


async def handle(invocation: Invocation, _person: Person, services: Services) -> Message:
    """Raises UsageError with the nearest word where the word is unknown."""
    word = invocation.argument
    is_bound = invocation.whence.channel in services.bound  # other tenants' names are not shown there
    names = {} if is_bound else await services.tasks.example_names()
    verbs = [
        replace(verb, examples=tuple(_with_names(each, names) for each in verb.examples)) for verb in services.verbs
    ]
    if not word or word in _PAGES:
        return help_page(verbs, [_term_with_names(term, names) for term in TERMS], word)
    known = look_up(word, services.verbs)
    if isinstance(known, Term):  # it may be known behind one verb only
        return help_page((), (_term_with_names(known, names),), known.name)
    return help_page(verbs, TERMS, known.name)


def _term_with_names(term: Term, names: Mapping[str, str]) -> Term:
    return replace(term, example=_with_names(term.example, names))


def _with_names(example: str, names: Mapping[str, str]) -> str:
    """The example with names that are known here in place of the made-up ones."""
    return _MADE_UP.sub(lambda found: names.get(found[0].strip('"').replace("nightly", "Nightly"), found[0]), example)


VERBS = (VerbHandler(VERB, handle),)
