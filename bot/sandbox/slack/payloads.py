"""What Slack sends for a command, a tap, a shortcut, a submission and an event (reference/interaction-payloads)."""

import secrets
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.calls import Json
from bot.sandbox.slack.elements import Found, chosen, start_values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import TEAM, Channel, Person
from bot.sandbox.slack.views import View
from bot.sandbox.templates import Templates

_FILE = Templates(__file__)


@dataclass(frozen=True, slots=True)
class Act:
    """A person does something. `team` and `enterprise` stand in the payload, "" for the person's own."""

    person: Person
    team: str = ""
    enterprise: str = ""
    trigger_id: str = ""
    response_url: str = ""

    @property
    def enterprise_name(self) -> str:
        return "Enterprise" if self.enterprise else ""

    def frame(self, kind: str) -> Json:
        """What every interaction has."""
        enterprise, team = _FILE.fill("enterprise", act=self) if self.enterprise else None, self.team or TEAM
        return _FILE.fill("interaction", act=self, kind=kind, enterprise=enterprise, team=team, domain=_domain(team))


def _domain(team: str) -> str:
    return "sandbox" if team == TEAM else "elsewhere"


def _place(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.direct_with else channel.name}


def command(act: Act, channel: Channel, name: str, text: str) -> Json:
    """`name` with its slash. All values are text, as in a form."""
    team = act.team or act.person.team
    place = "directmessage" if channel.direct_with else "privategroup" if channel.private else channel.name
    named = {"team": team, "domain": _domain(team), "place": place}
    return _FILE.fill("command", act=act, channel=channel, command=name, text=text, **named)


def action(found: Found, value: Any, at: str) -> Json:
    """What was done to an element, `at` a `ts`."""
    block, element = found
    facts = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": at}
    label = {"text": element["text"]} if element["type"] == "button" else {}
    style = {"style": element["style"]} if "style" in element else {}
    return facts | label | style | chosen(element, value)


def tap_on_message(act: Act, channel: Channel, message: Message, acted: Json) -> Json:
    """An ephemeral message is not in the payload: Slack does not keep it."""
    is_ephemeral = bool(message.only_for)
    shown = {} if is_ephemeral else message.as_json(metadata=False)
    said = {"message": message, "shown": shown, "values": start_values(message.blocks), "is_ephemeral": is_ephemeral}
    return act.frame("block_actions") | _FILE.fill("tap_on_message", place=_place(channel), acted=acted, **said)


def tap_on_view(act: Act, view: View, acted: Json) -> Json:
    return act.frame("block_actions") | _FILE.fill("tap_on_view", view=view, shown=view.as_json(), acted=acted)


def shortcut(act: Act, channel: Channel, message: Message, callback_id: str, at: str) -> Json:
    """A message's shortcut. `at` is when it was chosen, as a `ts`."""
    said = {"message": message, "shown": message.as_json(metadata=False)}
    picked = _FILE.fill("shortcut", at=at, callback_id=callback_id, place=_place(channel), **said)
    return act.frame("message_action") | picked


def submission(act: Act, view: View) -> Json:
    return act.frame("view_submission") | {"view": view.as_json(), "response_urls": []}


def closed(act: Act, view: View, *, cleared: bool) -> Json:
    return act.frame("view_closed") | {"view": view.as_json(), "is_cleared": cleared}


def mention(person: Person, message: Message) -> Json:
    """The inner event. Whoever is of another company is marked as such, as in every message of a shared channel."""
    program = {"bot_id": f"B{person.id[1:]}", "subtype": "bot_message"} if person.bot else {}
    foreign = {"user_team": person.team, "source_team": person.team} if person.team != TEAM else {}
    return _FILE.fill("mention", person=person, message=message) | program | foreign


def event(inner: Json, at: float, team: str, *, shared: bool = False) -> Json:
    """The outer event. `at` in seconds since 1970 is when it happened; `shared`: in a channel of two companies."""
    inner, new = {"event_ts": f"{at:.6f}", **inner}, "Ev" + secrets.token_hex(5).upper()
    return _FILE.fill("event", inner=inner, at=int(at), team=team or TEAM, id=new, shared=shared)
