"""`/tasks alerts`: what is open, critical first; and all alerts of a storm's card, in a window with its own pages."""

from dataclasses import replace

from bot.blocks import alert_list, notes
from bot.language import DEFAULT_KINDS
from bot.model import (
    Invocation,
    Message,
    Modal,
    Person,
    Press,
    Sort,
    Takes,
    TaskQuery,
    TaskState,
    TimeField,
    Verb,
)
from bot.services import ActionHandler, Services, Turn, VerbHandler

VERB = Verb(
    "alerts",
    "what is open now, critical first",
    Takes.FILTERS,
    examples=("/tasks alerts", "/tasks alerts tenant Acme"),
    time=TimeField.COMPLETED,  # when it failed last
    ever=True,
)

_NO_STATE = (
    "An alert is about runs that are over, so no state fits it. Leave that word out, and /tasks shows such tasks."
)
_NO_LENGTH = "An alert has no length: it stays open until a later run goes well. Leave the length out."
_NO_ORDER = "Alerts come in one order, critical first and then the newest. Leave the order and the number out."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    query = _of_alerts(invocation.query or TaskQuery())
    if reason := _unfit(query):
        return notes.refusal(reason)
    found, basis = await services.alerts.open_alerts(query)
    if not found.size:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    return alert_list.alert_list(found, basis, services.frame(Turn(answer), person, "alerts"))


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    """What is open now: alerts that ended meanwhile are gone from it."""
    found, basis = await services.alerts.open_alerts(turn.answer.query, turn.page)
    return alert_list.alert_list(found, basis, services.frame(turn, person, "alerts"))


async def of_storm(press: Press, person: Person, services: Services) -> Modal:
    """The value is `card id:page`: people can forge it, and then see the first page, or that there is none."""
    card, _, place = press.value.partition(":")
    card_id, page = _number(card, 0), _number(place, 1)
    found = await services.alerts.of_card(card_id, page)
    return alert_list.storm_modal(found, card_id, page, person.zone)


def _of_alerts(query: TaskQuery) -> TaskQuery:
    """Whatever opened an alert is meant, unless kinds were named; a time that nobody named is not spoken of."""
    if query.after is None and query.before is None and not query.states:
        query = replace(query, time_field=TaskQuery().time_field)
    return replace(query, kinds=frozenset(), roots_only=False) if query.kinds == DEFAULT_KINDS else query


def _unfit(query: TaskQuery) -> str:
    """Why the question does not fit alerts, for a person; no word of it may be dropped in silence."""
    if (query.states | query.left_out.states) - {TaskState.COMPLETED}:
        return _NO_STATE
    if query.longer_than is not None or query.shorter_than is not None:
        return _NO_LENGTH
    if query.sort is not Sort.TIME or query.backwards or query.limit is not None:
        return _NO_ORDER
    return ""


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


VERBS = (VerbHandler(VERB, handle, draw),)
ACTIONS = tuple(
    ActionHandler(action, of_storm, opens_modal=True, loading_title=alert_list.TITLE, in_place=True)
    for action in ("storm.alerts", "storm.next", "storm.back")
)
