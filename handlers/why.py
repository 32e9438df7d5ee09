"""`/tasks why ID`, and the button on cards: what was decided about an alert or a run, when, where, and why."""

from bot.blocks import notes
from bot.blocks.why import why_answer, why_modal
from bot.model import Invocation, Message, Modal, NameField, Person, Press, Takes, Verb
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
    reasons = await services.alerts.reasons(invocation.argument)
    if reasons is None:
        return notes.refusal(_UNKNOWN)
    return why_answer(reasons, invocation.argument, person, site=services.site)


async def why(press: Press, person: Person, services: Services) -> Modal:
    """The value is an alert's number."""
    reasons = await services.alerts.reasons(press.value)
    if reasons is None:
        return notes.failed_modal(TITLE, _UNKNOWN)
    return why_modal(reasons, press.value, person.zone, site=services.site)


VERBS = (VerbHandler(VERB, handle),)
ACTIONS = (ActionHandler("alert.why", why, opens_modal=True, loading_title=TITLE),)
