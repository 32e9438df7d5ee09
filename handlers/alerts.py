"""`/tasks alerts`: what is open, critical first."""

from dataclasses import replace
from typing import Any

from bot.blocks import alert_list, notes
from bot.language import DEFAULT_KINDS
from bot.model import (
    Invocation,
    Message,
    Person,
    ResultCode,
    Severity,
    Takes,
    TaskQuery,
    TaskState,
    TimeField,
    Verb,
)
from bot.services import Services, Turn, VerbHandler

VERB = Verb(
    "alerts",
    "what is open now, critical first",
    Takes.FILTERS,
    examples=("/tasks alerts", "/tasks alerts critical", "/tasks alerts untouched", "/tasks alerts tenant Acme"),
    time=TimeField.COMPLETED,  # when it failed last
    ever=True,
    also=("problems", "problem", "issues", "issue", "trouble", "wrong", "broken", "open", "red", "alert"),
    severities=True,
)

_WARNING = frozenset[str]({ResultCode.WARNING})
_NO_STATE = (
    "An alert is about runs that are over, so no state fits it. Leave that word out, and /tasks shows such tasks."
)
_LEFT_OUT = (
    "Open alerts come in one order, critical first and then the newest, and have no length. The order, number or length"
    " that you named was left out."
)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    await services.tasks.check_names(invocation)
    asked = _of_alerts(invocation.query or TaskQuery())
    if (asked.states | asked.left_out.states) - {TaskState.COMPLETED}:
        return notes.refusal(_NO_STATE)
    query = asked.in_its_own_order()
    found, basis = await services.alerts.open_alerts(query, me=person.id)
    if not found.size:
        await services.tasks.doubt_names(invocation)
    answer = await services.tasks.keep(VERB.name, query, person.id, basis.as_of)
    shown = alert_list.alert_list(found, basis, services.frame(Turn(answer), person, "alerts"))
    return shown if query == asked else notes.left_out(shown, _LEFT_OUT)


async def draw(turn: Turn, person: Person, services: Services) -> Message:
    """What is open now, without the alerts that ended meanwhile."""
    found, basis = await services.alerts.open_alerts(turn.answer.query, turn.page, turn.answer.asker)
    return alert_list.alert_list(found, basis, services.frame(turn, person, "alerts"))


def _of_alerts(query: TaskQuery) -> TaskQuery:
    """All kinds are meant where none was named. The answer does not mention a time that nobody named.

    A warning is a severity here: every alert that no run ended with a warning for is one too.
    """
    query = replace(query, **_severities(query))
    if query.after is None and query.before is None and not query.states:
        query = replace(query, time_field=TaskQuery().time_field)
    return replace(query, kinds=frozenset(), roots_only=False) if query.kinds == DEFAULT_KINDS else query


def _severities(query: TaskQuery) -> dict[str, Any]:
    """`warnings` alone, asked for or left out, as a severity."""
    changes, warning = dict[str, Any](), frozenset({Severity.WARNING})
    if query.results == _WARNING:
        changes = {"severities": query.severities | warning, "results": frozenset(), "states": frozenset()}
    if query.left_out.results == _WARNING:
        out = replace(query.left_out, results=frozenset(), severities=query.left_out.severities | warning)
        changes |= {"left_out": out, "states": query.states if query.results else frozenset()}
    return changes


VERBS = (VerbHandler(VERB, handle, draw),)
