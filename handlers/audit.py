"""`/tasks audit`: who tried what about alerts, for managers. What is asked for is itself written down."""

from dataclasses import replace
from datetime import datetime

from bot.blocks import audit, notes
from bot.errors import AccessDenied
from bot.language import audit_words, packed, parse_audit, typed_people
from bot.model import Act, Attempt, AuditQuery, Basis, Invocation, Message, Person, Takes, TaskQuery, Verb
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "audit",
    "who took, snoozed, resolved or ran what; for managers",
    Takes.WORD,
    examples=("/tasks audit", "/tasks audit refused since yesterday", "/tasks audit resolve tenant Acme"),
    is_written_down=True,
)


_NOT_SHARED = "The audit is for managers alone, so it is not shared. “python -m bot audit --csv” prints it."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    now = services.clock.now()
    refused = await services.access.check(Act.AUDIT, person, invocation.whence)
    if invocation.query is None:
        query = None if refused else await _asked(invocation, person, services, now)
    else:  # asked again by a button
        query = _again(invocation.argument, invocation.query, now, person)
    await services.audit.write(_attempt(invocation, person, now, refused))
    if refused or query is None:
        return notes.denied(refused)
    answer = await services.tasks.keep(VERB.name, query.tasks, person.id, now, packed(query))
    return await _page(Turn(answer), query, person, services)


async def _asked(invocation: Invocation, person: Person, services: Services, now: datetime) -> AuditQuery:
    """A typed name means everybody who bears it, whoever has left among them. Raises UsageError."""
    text, zone = invocation.text, person.zone
    names = [name for name in typed_people(text, now, zone) if f"@{name}" not in invocation.people]
    called = {name: [each.id for each in await services.colleagues.called(name, ever=True)] for name in names}
    return parse_audit(text, now, zone, person.id, invocation.people, called)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    if turn.is_shared:
        raise AccessDenied(_NOT_SHARED)
    if refused := await services.access.check(Act.AUDIT, person, turn.whence):
        return notes.denied(refused)
    query = _again(turn.answer.argument, turn.answer.query, services.clock.now(), person)
    return await _page(turn, query, person, services)


async def _page(turn: Turn, query: AuditQuery, person: Person, services: Services) -> Message:
    question = audit_words(query, person.zone, services.clock.now())
    found = await services.audit.find(query, turn.page)
    people = sorted(query.people)
    return audit.audit_list(found, Basis(turn.answer.as_of), turn.frame(question, person), people)


def _again(argument: str, tasks: TaskQuery, now: datetime, person: Person) -> AuditQuery:
    """What was asked for, from what was kept of it."""
    return replace(parse_audit(argument, now, person.zone), tasks=tasks)


def _attempt(invocation: Invocation, person: Person, now: datetime, refused: str) -> Attempt:
    """That the audit was asked for stands in it, too."""
    whence = invocation.whence
    return Attempt(
        at=now,
        user_id=person.id,
        team_id=person.team_id,
        act=Act.AUDIT,
        channel=whence.channel,
        via=whence.via,
        text=invocation.text,
        refused=refused,
        key=whence.key,
    )


VERBS = (VerbHandler(VERB, handle, draw),)
