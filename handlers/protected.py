"""`/tasks protected? TENANT`: how old the last good backup of each workload is, the worst first."""

from dataclasses import replace

from bot.blocks import notes
from bot.blocks.protected import protected_answer
from bot.model import (
    Basis,
    Invocation,
    Kind,
    Message,
    NameField,
    Person,
    Protection,
    Sort,
    Standing,
    Takes,
    TaskQuery,
    Verb,
)
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "protected?",
    "who has a good backup, and who is late or failing",
    Takes.NAME_AND_FILTERS,
    examples=("/tasks protected?", "/tasks protected? Acme Corp"),
    names=NameField.TENANT,
)

BACKUPS = frozenset({Kind.BACKUP})
_UNFIT = (
    "Who is protected hangs on the last good backup of each workload, now. No state, result, time, length, order or"
    " other kind fits it: leave that word out. The worst come first."
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    asked = invocation.query or TaskQuery()
    query = replace(asked, kinds=BACKUPS)
    if _is_unfit(asked):
        return notes.refusal(_UNFIT)
    protection, basis = await services.tasks.protected(query)
    if not protection.size:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return await _page(Turn(answer), protection, basis, person, services)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    protection, basis = await services.tasks.protected(turn.answer.query, turn.answer.as_of, turn.page)
    return await _page(turn, protection, basis, person, services)


async def _page(turn: Turn, protection: Protection, basis: Basis, person: Person, services: Services) -> Message:
    frame = services.frame(turn, person, "workloads")
    if protection.counts.get(Standing.GREEN, 0) == protection.size:
        frame = await services.beside_open(frame)
    return protected_answer(protection, basis, frame, services.target)


def _is_unfit(query: TaskQuery) -> bool:
    """No word may be ignored silently: who is protected hangs on the last good backup alone."""
    out = query.left_out
    ended = query.states or query.results or out.states or out.results
    timed = query.after or query.before or query.longer_than or query.shorter_than
    ordered = query.sort is not Sort.TIME or query.backwards or query.limit
    restores = query.kinds and Kind.BACKUP not in query.kinds
    return bool(ended or timed or ordered or restores)


VERBS = (VerbHandler(VERB, handle, draw),)
