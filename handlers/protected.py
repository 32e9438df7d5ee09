"""`/tasks protected? NAME`: how restore points stand; `protected? tonight`: what is due, and what of it is at risk."""

from dataclasses import replace
from typing import Any, Final

from bot.blocks import notes
from bot.blocks.due_soon import due_answer
from bot.blocks.protected import protected_answer
from bot.model import (
    AT_FAULT,
    BACKUPS,
    OF_FAILURES,
    Basis,
    DueSoon,
    Invocation,
    Kind,
    Message,
    NameField,
    Person,
    Protection,
    Takes,
    TaskQuery,
    Verb,
)
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "protected?",
    "who has a good backup, who has not, and why",
    Takes.NAME_AND_FILTERS,
    examples=(
        "/tasks protected?",
        "/tasks protected? Acme Corp",
        "/tasks protected? late",
        "/tasks protected? tonight",
    ),
    names=NameField.ANY,
    standings=True,
)

_UNFIT = (
    "Who is protected hangs on the last good backup of each workload, now. No state, result or other kind fits it:"
    " leave that word out."
)
_LEFT_OUT = (
    "How restore points stand is of now, the worst first. The time, length or order that you named was left out."
)
_NO_TIMES: Final[dict[str, Any]] = {"after": None, "before": None, "time_field": TaskQuery().time_field}
_UNFIT_TONIGHT = "`tonight` asks what is due in the next 12 hours, however it stands: leave one of the two words out."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    asked = invocation.query or TaskQuery()
    if _is_unfit(asked):
        return notes.refusal(_UNFIT)
    if asked.due and (asked.standings or asked.left_out.standings):
        return notes.refusal(_UNFIT_TONIGHT)
    fitting = replace(asked.in_its_own_order(), **_NO_TIMES)
    query = await services.tasks.settled(replace(fitting, kinds=BACKUPS))
    found, basis = await _found(query, services)
    if not found.size:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    shown = await _page(Turn(answer), found, basis, person, services)
    return shown if fitting == asked else notes.left_out(shown, _LEFT_OUT)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    found, basis = await _found(turn.answer.query, services, turn.answer.as_of, turn.page)
    return await _page(turn, found, basis, person, services)


async def _found(query: TaskQuery, services: Services, *then: Any) -> tuple[Protection | DueSoon, Basis]:
    return await (services.tasks.due_soon if query.due else services.tasks.protected)(query, *then)


async def _page(turn: Turn, found: Protection | DueSoon, basis: Basis, person: Person, services: Services) -> Message:
    frame = services.frame(turn, person, "workloads")
    if isinstance(found, DueSoon):
        return due_answer(found, basis, frame)
    if not any(found.counts.get(each) for each in AT_FAULT):
        frame = await services.beside_open(frame)
    return protected_answer(found, basis, frame, services.target)


def _is_unfit(query: TaskQuery) -> bool:
    """Who is protected hangs on the last good backup alone: what asks for other runs is another question."""
    out = query.left_out
    ended = query.states or query.results or out.states or out.results or out.due
    restores = query.kinds and Kind.BACKUP not in query.kinds
    of_runs = any(each.field in OF_FAILURES for each in query.names)
    return bool(ended or restores or of_runs)


VERBS = (VerbHandler(VERB, handle, draw),)
