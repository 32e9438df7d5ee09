"""The Web API: which methods there are, which token each takes, and the way every call goes. Knows nothing of HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack import arguments, chat, conversations, modals
from bot.sandbox.slack.people import APP, BOT, BOT_USER, TEAM
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State


@dataclass(frozen=True, slots=True)
class Method:
    """`token` is the kind it takes, bot or app; "" takes both."""

    run: Callable[[State, Json], Json]
    token: str = "bot"  # noqa: S105 – a kind of token, not one


def auth_test(state: State, sent: Json) -> Json:
    return {
        "url": "https://sandbox.slack.com/",
        "team": "Sandbox",
        "user": state.workspace.people[BOT_USER].name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def connections_open(state: State, sent: Json) -> Json:
    """The URL's ticket works once."""
    if "connections:write" not in state.access.app_scopes:
        raise RefusalError("missing_scope", needed="connections:write", provided="")
    ticket = secrets.token_hex(16)
    state.tickets.add(ticket)
    return {"url": f"{state.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}"}


def users_info(state: State, sent: Json) -> Json:
    state.access.require("users:read")
    return {"user": state.workspace.person(arguments.needed(sent, "user", "user_not_found")).as_json(state.now())}


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(connections_open, "app"),
    "auth.test": Method(auth_test, ""),
    "chat.delete": Method(chat.delete),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral),
    "chat.postMessage": Method(chat.post_message),
    "chat.update": Method(chat.update),
    "conversations.history": Method(conversations.history),
    "conversations.info": Method(conversations.info),
    "conversations.open": Method(conversations.open_direct),
    "conversations.replies": Method(conversations.replies),
    "users.info": Method(users_info),
    "views.open": Method(modals.open_view),
    "views.publish": Method(modals.publish),
    "views.push": Method(modals.push),
    "views.update": Method(modals.update),
}


def call(state: State, name: str, token: str, sent: Json) -> Json:
    """One call from token to answer. Raises RefusalError for everything Slack says no to."""
    method = METHODS.get(name)
    if method is None:
        raise RefusalError("unknown_method", req_method=name)
    kind = state.access.kind(token)
    if method.token not in {"", kind}:
        raise RefusalError("not_allowed_token_type")
    state.meter.take(name, arguments.text(sent, "channel"))
    return {"ok": True, **method.run(state, sent)}
