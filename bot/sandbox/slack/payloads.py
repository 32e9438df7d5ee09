"""What Slack sends for a command, a tap, a shortcut, a submission and an event. Knows nothing of how it is sent.

Shapes: docs.slack.dev, reference/interaction-payloads and interactivity/implementing-slash-commands.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.calls import Json
from bot.sandbox.slack.elements import Found, chosen, start_values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import APP, BOT_USER, TEAM, Channel, Person
from bot.sandbox.slack.views import View

OLD_TOKEN = "sandbox-verification"  # noqa: S105 – Slack's retired verification token, no secret
_FRAME: Json = {"token": OLD_TOKEN, "api_app_id": APP}


@dataclass(frozen=True, slots=True)
class Act:
    """A person does something. `team` and `enterprise` stand in the payload, "" for the person's own."""

    person: Person
    team: str = ""
    enterprise: str = ""
    trigger_id: str = ""
    response_url: str = ""

    def frame(self, kind: str) -> Json:
        """What every interaction has."""
        person, enterprise = self.person, {"id": self.enterprise, "name": "Enterprise"} if self.enterprise else None
        return _FRAME | {
            "type": kind,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            "team": {"id": self.team or TEAM, "domain": _domain(self.team or TEAM)} | self.of_enterprise(),
            "enterprise": enterprise,
            "is_enterprise_install": False,
            **({"trigger_id": self.trigger_id} if self.trigger_id else {}),
            **({"response_url": self.response_url} if self.response_url else {}),
        }

    def of_enterprise(self) -> Json:
        return {"enterprise_id": self.enterprise, "enterprise_name": "Enterprise"} if self.enterprise else {}


def _domain(team: str) -> str:
    return "sandbox" if team == TEAM else "elsewhere"


def _place(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.direct_with else channel.name}


def command(act: Act, channel: Channel, name: str, text: str) -> Json:
    """`name` with its slash. All values are text, as in a form."""
    team = act.team or act.person.team
    place = "directmessage" if channel.direct_with else "privategroup" if channel.private else channel.name
    return _FRAME | {
        "team_id": team,
        "team_domain": _domain(team),
        "channel_id": channel.id,
        "channel_name": place,
        "user_id": act.person.id,
        "user_name": act.person.name,
        "command": name,
        "text": text,
        "is_enterprise_install": "false",
        "response_url": act.response_url,
        "trigger_id": act.trigger_id,
        **act.of_enterprise(),
    }


def action(found: Found, value: Any, at: str) -> Json:
    """What was done to an element, `at` a `ts`."""
    block, element = found
    facts = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": at}
    label = {"text": element["text"]} if element["type"] == "button" else {}
    style = {"style": element["style"]} if "style" in element else {}
    return facts | label | style | chosen(element, value)


def tap_on_message(act: Act, channel: Channel, message: Message, acted: Json) -> Json:
    """An ephemeral message is not in the payload: Slack does not keep it."""
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container |= {"is_ephemeral": bool(message.only_for)}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return act.frame("block_actions") | {
        "container": container,
        "channel": _place(channel),
        **({} if message.only_for else {"message": message.as_json(metadata=False)}),
        "state": {"values": start_values(message.blocks)},
        "actions": [acted],
    }


def tap_on_view(act: Act, view: View, acted: Json) -> Json:
    container = {"type": "view", "view_id": view.id}
    return act.frame("block_actions") | {"container": container, "view": view.as_json(), "actions": [acted]}


def shortcut(act: Act, channel: Channel, message: Message, callback_id: str, at: str) -> Json:
    """A message's shortcut. `at` is when it was chosen, as a `ts`."""
    return act.frame("message_action") | {
        "action_ts": at,
        "callback_id": callback_id,
        "channel": _place(channel),
        "message_ts": message.ts,
        "message": message.as_json(metadata=False),
    }


def submission(act: Act, view: View) -> Json:
    return act.frame("view_submission") | {"view": view.as_json(), "response_urls": []}


def closed(act: Act, view: View, *, cleared: bool) -> Json:
    return act.frame("view_closed") | {"view": view.as_json(), "is_cleared": cleared}


def mention(person: Person, message: Message) -> Json:
    """The inner event. Whoever is of another company is marked as such, as in every message of a shared channel."""
    return {
        "type": "app_mention",
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "team": person.team,
        "channel": message.channel,
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        **({"bot_id": f"B{person.id[1:]}", "subtype": "bot_message"} if person.bot else {}),
        **({"user_team": person.team, "source_team": person.team} if person.team != TEAM else {}),
    }


def event(inner: Json, at: float, team: str, *, shared: bool = False) -> Json:
    """The outer event. `at` in seconds since 1970 is when it happened; `shared`: in a channel of two companies."""
    return _FRAME | {
        "team_id": team or TEAM,
        "context_team_id": TEAM,
        "event": {"event_ts": f"{at:.6f}", **inner},
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(at),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": shared,
    }
