"""`/tasks why ID`, and the button on cards: what was decided about an alert or a run, when, where, and why."""

from dataclasses import replace

from bot.blocks import alert_list, notes
from bot.blocks.frame import Frame
from bot.blocks.why import why_answer, why_modal
from bot.model import DEFAULT_KINDS, Invocation, Message, Modal, NameField, Person, Press, Takes, TaskQuery, Verb
from bot.services import ActionHandler, Services, VerbHandler

VERB = Verb(
    "why",
    "why an alert was told, held, folded or kept silent",
    Takes.ID_OR_NAME,
    optional=False,
    examples=("/tasks why 7", "/tasks why 1000068888", "/tasks why SRV-SQL01"),
    names=NameField.ANY,
)
TITLE = "Why"

_UNKNOWN = "No alert has this number, and no run with this id is known. An alert's number stands in /tasks alerts."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    if invocation.query is not None:
        return await _of_name(invocation, invocation.query, person, services)
    return await _of_id(invocation.argument, person, services)


async def _of_id(id: str, person: Person, services: Services) -> Message:  # noqa: A002 - the noun's own word
    reasons = await services.alerts.reasons(id)
    if reasons is None:
        return notes.refusal(_UNKNOWN)
    return why_answer(reasons, id, person, site=services.site)


async def _of_name(invocation: Invocation, query: TaskQuery, person: Person, services: Services) -> Message:
    """The one open alert that fits; where several do, each with its button."""
    await services.tasks.check_names(invocation)
    wanted = replace(query, kinds=frozenset(), roots_only=False) if query.kinds == DEFAULT_KINDS else query
    found, basis = await services.alerts.open_alerts(wanted)
    if found.size == 1:
        return await _of_id(str(found.alerts[0].id), person, services)
    return alert_list.alert_list(found, basis, Frame(services.question(query, person, "alerts"), person), why=True)


async def why(press: Press, person: Person, services: Services) -> Modal:
    """The value is an alert's number."""
    reasons = await services.alerts.reasons(press.value)
    if reasons is None:
        return notes.failed_modal(TITLE, _UNKNOWN)
    return why_modal(reasons, press.value, person.zone, site=services.site)


VERBS = (VerbHandler(VERB, handle),)
ACTIONS = (ActionHandler("alert.why", why, opens_modal=True, loading_title=TITLE),)
