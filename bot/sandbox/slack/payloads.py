"""What Slack sends for a command, a tap, a shortcut, a submission and an event. Knows nothing of how it is sent.

Shapes: docs.slack.dev, reference/interaction-payloads and interactivity/implementing-slash-commands.
"""

import secrets
from typing import Any

from bot.sandbox.slack.elements import chosen, start_values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import APP, BOT_USER, TEAM, Channel, Person
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.views import View

OLD_TOKEN = "sandbox-verification"  # noqa: S105 – Slack's retired verification token, no secret


def _team(team: str, enterprise: str) -> Json:
    return {"id": team, "domain": "sandbox" if team == TEAM else "elsewhere"} | (
        {"enterprise_id": enterprise, "enterprise_name": "Enterprise"} if enterprise else {}
    )


def _frame(kind: str, person: Person, team: str, enterprise: str, trigger_id: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "api_app_id": APP,
        "token": OLD_TOKEN,
        "team": _team(team or TEAM, enterprise),
        "enterprise": {"id": enterprise, "name": "Enterprise"} if enterprise else None,
        "is_enterprise_install": False,
        **({"trigger_id": trigger_id} if trigger_id else {}),
    }


def command(
    person: Person,
    channel: Channel,
    words: tuple[str, str],
    team: str,
    enterprise: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """`words` are the command with its slash, and the rest. All values are text, as in a form."""
    name = "directmessage" if channel.direct_with else "privategroup" if channel.private else channel.name
    extra = {"enterprise_id": enterprise, "enterprise_name": "Enterprise"} if enterprise else {}
    return {
        "token": OLD_TOKEN,
        "team_id": team or person.team,
        "team_domain": "sandbox" if (team or person.team) == TEAM else "elsewhere",
        "channel_id": channel.id,
        "channel_name": name,
        "user_id": person.id,
        "user_name": person.name,
        "command": words[0],
        "text": words[1],
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
        **extra,
    }


def action(block: Json, element: Json, value: Any, at: str) -> Json:
    label = {"text": element["text"]} if element["type"] == "button" else {}
    style = {"style": element["style"]} if "style" in element else {}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": at,
        **label,
        **style,
        **chosen(element, value),
    }


def tap_on_message(
    person: Person,
    channel: Channel,
    message: Message,
    acted: Json,
    team: str,
    enterprise: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """An ephemeral message is not in the payload: Slack does not keep it."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return _frame("block_actions", person, team, enterprise, trigger_id) | {
        "container": container,
        "channel": {"id": channel.id, "name": "directmessage" if channel.direct_with else channel.name},
        **({} if message.only_for else {"message": message.as_json(metadata=False)}),
        "state": {"values": start_values(message.blocks)},
        "response_url": response_url,
        "actions": [acted],
    }


def tap_on_view(person: Person, view: View, acted: Json, team: str, enterprise: str, trigger_id: str) -> Json:
    return _frame("block_actions", person, team, enterprise, trigger_id) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view.as_json(),
        "actions": [acted],
    }


def shortcut(
    person: Person,
    channel: Channel,
    message: Message,
    callback_id: str,
    team: str,
    enterprise: str,
    trigger_id: str,
    response_url: str,
    at: str,
) -> Json:
    """A message's shortcut. `at` is when it was chosen, as a `ts`."""
    return _frame("message_action", person, team, enterprise, trigger_id) | {
        "action_ts": at,
        "callback_id": callback_id,
        "channel": {"id": channel.id, "name": "directmessage" if channel.direct_with else channel.name},
        "message_ts": message.ts,
        "message": message.as_json(metadata=False),
        "response_url": response_url,
    }


def submission(person: Person, view: View, team: str, enterprise: str, trigger_id: str) -> Json:
    return _frame("view_submission", person, team, enterprise, trigger_id) | {
        "view": view.as_json(),
        "response_urls": [],
    }


def closed(person: Person, view: View, *, cleared: bool) -> Json:
    return _frame("view_closed", person, "", "", "") | {"view": view.as_json(), "is_cleared": cleared}


def mention(person: Person, message: Message) -> Json:
    """The inner event. Whoever is of another company is marked as such, as in every message of a shared channel."""
    bot: Json = {"bot_id": f"B{person.id[1:]}", "subtype": "bot_message"} if person.bot else {}
    foreign: Json = {"user_team": person.team, "source_team": person.team} if person.team != TEAM else {}
    return {
        "type": "app_mention",
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "team": person.team,
        "channel": message.channel,
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        **bot,
        **foreign,
    }


def event(inner: Json, at: float, team: str, *, shared: bool = False) -> Json:
    """The outer event. `at` in seconds since 1970 is when it happened; `shared`: in a channel of two companies."""
    return {
        "token": OLD_TOKEN,
        "team_id": team or TEAM,
        "context_team_id": TEAM,
        "api_app_id": APP,
        "event": {"event_ts": f"{at:.6f}", **inner},
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(at),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": shared,
    }
