"""`/tasks handover`: what is open, taken and snoozed, what healed itself, and the notes of this shift."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.blocks import notes
from bot.blocks.handover import handover
from bot.language import DEFAULT_KINDS, describe_shift
from bot.model import Alert, Invocation, Kind, Message, Person, Shift, Takes, TaskQuery, Tenant, TimeField, Verb, Whence
from bot.services import Services, Turn, VerbHandler

SHIFT: Final = timedelta(hours=12)
VERB = Verb(
    "handover",
    "what the next shift has to know, ready to be shared",
    Takes.FILTERS,
    examples=("/tasks handover", "/tasks handover since 18:00", "/tasks handover tenant Acme"),
    time=TimeField.COMPLETED,
)
_UNFIT: Final = (
    "A handover is of all alerts of some tenants, machines or plans, since a time up to now. Leave the other words out;"
    " /tasks alerts takes them."
)
_LEFT_OUT: Final = "A handover goes up to now. The end that you named was left out."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    asked, now = invocation.query or TaskQuery(), services.clock.now()
    since = _begun(now) if asked.time_is_default or asked.after is None else asked.after
    query = TaskQuery(names=asked.names, workloads=asked.workloads, types=asked.types, after=since)
    if not _fits(replace(asked, before=None), query):
        return notes.refusal(_UNFIT)
    answer = await services.tasks.keep(VERB.name, query, person.id, now)
    shown = await _page(Turn(answer), person, services, invocation.whence)
    return shown if asked.before is None else notes.left_out(shown, _LEFT_OUT)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    return await _page(turn, person, services, turn.whence)


def _begun(now: datetime) -> datetime:
    """When a shift began, on the full minute."""
    return now.replace(second=0, microsecond=0) - SHIFT


def _fits(asked: TaskQuery, query: TaskQuery) -> bool:
    """Whether no word of the question is lost."""
    same = replace(
        query,
        kinds=DEFAULT_KINDS & asked.kinds if asked.kinds == DEFAULT_KINDS else frozenset[Kind](),
        roots_only=asked.roots_only,
        time_field=asked.time_field,
        after=asked.after,
        time_is_default=asked.time_is_default,
    )
    return same == asked


async def _page(turn: Turn, person: Person, services: Services, whence: Whence) -> Message:
    query, now = turn.answer.query, services.clock.now()
    since = query.after or _begun(now)
    found, basis = await services.alerts.shift(replace(query, after=None), since)
    may_show = await services.access.tenants(whence.channel)
    frame = turn.frame(describe_shift(replace(query, after=since), person.zone, now), person)
    return handover(_shown(found, may_show), basis, frame)


def _shown(found: Shift, may_show: Callable[[Tenant], bool]) -> Shift:
    """In a channel that is bound to tenants no other tenant's alert is named."""

    def of(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
        return tuple(alert for alert in alerts if may_show(alert.latest.tenant))

    return Shift(
        of(found.open),
        of(found.taken),
        of(found.snoozed),
        of(found.healed),
        of(found.resolved),
        tuple((note, alert) for note, alert in found.notes if may_show(alert.latest.tenant)),
    )


VERBS = (VerbHandler(VERB, handle, draw),)
