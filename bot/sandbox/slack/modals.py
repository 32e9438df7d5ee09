"""The views.* methods. Rules: docs.slack.dev, reference/methods/views.*; knows nothing of HTTP."""

from typing import Any

from bot.sandbox.slack import arguments
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State
from bot.sandbox.slack.triggers import Trigger


def _view(sent: Json) -> Any:
    view = arguments.structured(sent, "view")
    if view is None:
        raise RefusalError(
            "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]}
        )
    return view


def _trigger(state: State, sent: Json) -> Trigger:
    return state.triggers.spend(arguments.needed(sent, "trigger_id", "invalid_trigger_id"))


def open_view(state: State, sent: Json) -> Json:
    trigger = _trigger(state, sent)
    return {"view": state.views.open(trigger.user, _view(sent)).as_json()}


def push(state: State, sent: Json) -> Json:
    trigger = _trigger(state, sent)
    return {"view": state.views.push(trigger.user, _view(sent), trigger.view).as_json()}


def update(state: State, sent: Json) -> Json:
    view = state.views.find(arguments.text(sent, "view_id"), arguments.text(sent, "external_id"))
    state.views.update(view, _view(sent), arguments.text(sent, "hash"))
    return {"view": view.as_json()}


def publish(state: State, sent: Json) -> Json:
    person = state.workspace.person(arguments.needed(sent, "user_id", "user_not_found"))
    return {"view": state.views.publish(person.id, _view(sent), arguments.text(sent, "hash")).as_json()}
