"""Phrases: a line written once and drawn three ways, as rich text, as mrkdwn and as words.

A `str` in a phrase is our own words; foreign words stand in the parts below, and are never live: rich text is literal,
the others go through `text.foreign`. No colon of ours stands behind a foreign part: `:smile` and `:` make a picture.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks.text import MOMENT, drawable, foreign, full_date, literal, moment, slack_moment, tame
from bot.model import Posted
from bot.model.values import dataclass

Element = Mapping[str, Any]  # one piece of a rich_text_section


@dataclass(frozen=True, slots=True)
class Foreign:
    """Foreign words, shown in at most `length` characters; `whole` keeps words that are wider than a phone's screen."""

    text: str
    length: int = 60
    strong: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Strong:
    """Our own words in bold."""

    text: str


@dataclass(frozen=True, slots=True)
class At:
    """A moment. Blocks show it in the zone of the reader's device, the plain text in a given zone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Command:
    text: str
    length: int = 120


@dataclass(frozen=True, slots=True)
class Link:
    """A link that we made. Whoever builds `url` percent-encodes it; the label may be foreign words."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, channel or user group by Slack's own id, drawn as a name. Ids of another shape are plain words."""

    id: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Whom a message calls, in Slack's own form: live, in the plain text too. It comes from the settings alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark of colour for the eye. The plain text has none: the words beside it say the same."""

    text: str


Part = str | Foreign | Strong | At | Command | Link | Mention | Wake | Sign
Phrase = tuple[Part, ...]
SLACK = "https://slack.com/"  # stands in where the workspace's own address is not known: Slack leads on from there
_LABEL = 40  # characters
_SITE = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?/", re.ASCII)
_CHANNEL = re.compile(r"[A-Z0-9]{2,30}", re.ASCII)
_TS = re.compile(r"\d{1,12}\.\d{1,8}", re.ASCII)
_SLACK_ID = re.compile(r"[UWCGS][A-Z0-9]{2,30}", re.ASCII)
_WAKE = re.compile(
    r"<!(?P<range>here|channel|everyone)>|<@(?P<user>[UW]\w{2,30})>|<!subteam\^(?P<group>S\w{2,30})>", re.ASCII
)
_INERT = re.compile(r"[A-Za-z0-9-]*", re.ASCII)  # ids: nothing that Slack could make a link or a mark of


def rich(phrase: Phrase, zone: ZoneInfo) -> list[Element]:
    """The pieces of a rich_text_section, empty ones left out."""
    drawn = (_piece(part, zone) for part in phrase)
    return [piece for piece in drawn if piece.get("text") != ""]


def mrkdwn(phrase: Phrase, zone: ZoneInfo) -> Element:
    """A mrkdwn object, without bold. `verbatim` keeps Slack from linking names and addresses in foreign words."""
    text = {"type": "mrkdwn", "text": "".join(_mark(part, zone) for part in phrase)}
    has_foreign = any(isinstance(part, Foreign) and not _INERT.fullmatch(part.text) for part in phrase)
    return {**text, "verbatim": True} if has_foreign else text


def words(phrase: Phrase, zone: ZoneInfo, now: datetime) -> str:
    """For screen readers and lock screens: no marks and no tokens. Escaped, since Slack reads entities here too."""
    return "".join(_say(part, zone, now) for part in phrase)


def without_marks(phrase: Phrase) -> str:
    """For plain_text, which shows everything as it is: not escaped, without times."""
    return "".join(_plainly(part) for part in phrase)


def is_wake(text: str) -> bool:
    """Whether it is one person, group or audience in Slack's own form."""
    return _WAKE.fullmatch(text) is not None


def join(phrases: list[Phrase], between: str = " · ") -> Phrase:
    """One phrase made of many, empty ones left out."""
    line: list[Part] = []
    for phrase in phrases:
        line += ([between] if line and phrase else []) + list(phrase)
    return tuple(line)


def message_link(posted: Posted | None, site: str, label: str) -> Phrase:
    """A link to a message of ours. () where there is no message, or its address would be a guess."""
    if posted is None or not (_CHANNEL.fullmatch(posted.channel) and _TS.fullmatch(posted.ts)):
        return ()
    home = site if _SITE.fullmatch(site) else SLACK
    return (Link(f"{home}archives/{posted.channel}/p{posted.ts.replace('.', '')}", label),)


def _piece(part: Part, zone: ZoneInfo) -> Element:
    match part:
        case str() | Sign():
            return {"type": "text", "text": part if isinstance(part, str) else part.text}
        case Foreign():
            piece = {"type": "text", "text": literal(part.text, part.length, whole=part.whole)}
            return {**piece, "style": {"bold": True}} if part.strong else piece
        case Strong():
            return {"type": "text", "text": part.text, "style": {"bold": True}}
        case At():
            return _date(part.at, zone)
        case Command():
            return {"type": "text", "text": literal(part.text, part.length, whole=True), "style": {"code": True}}
        case Link():
            return {"type": "link", "url": part.url, "text": literal(part.label, _LABEL)}
        case Mention() | Wake():
            return _mention(part.id) if isinstance(part, Mention) else _wake(part.text)


def _date(at: datetime, zone: ZoneInfo) -> Element:
    if not drawable(at):
        return {"type": "text", "text": full_date(at, zone)}
    return {"type": "date", "timestamp": int(at.timestamp()), "format": MOMENT, "fallback": full_date(at, zone)}


def _mark(part: Part, zone: ZoneInfo) -> str:
    match part:
        case At():
            return slack_moment(part.at, zone)
        case Link():
            return f"<{part.url}|{foreign(part.label, _LABEL)}>"
        case Sign():
            return part.text
        case _:
            return _own(part)


def _say(part: Part, zone: ZoneInfo, now: datetime) -> str:
    match part:
        case Command():
            return foreign(part.text, part.length, whole=True)
        case At():
            return moment(part.at, zone, now) if drawable(part.at) else full_date(part.at, zone)
        case Link():
            return f"{foreign(part.label, _LABEL)} {part.url}"
        case Sign():
            return ""
        case _:
            return _own(part)


def _plainly(part: Part) -> str:
    match part:
        case Foreign():
            return tame(part.text, part.length, whole=part.whole)
        case At() | Sign():
            return ""
        case Link():
            return tame(part.label, _LABEL)
        case _:
            return _own(part)


def _own(part: str | Foreign | Strong | Command | Mention | Wake) -> str:
    """Parts that look the same everywhere."""
    match part:
        case str():
            return part
        case Foreign():
            return foreign(part.text, part.length, whole=part.whole)
        case Mention():
            return foreign(part.id, 40)
        case Wake():
            return part.text if is_wake(part.text) else ""
        case _:
            return part.text


def _mention(slack_id: str) -> Element:
    if not _SLACK_ID.fullmatch(slack_id):
        return {"type": "text", "text": literal(slack_id, 40)}
    if slack_id[0] in "CG":
        return {"type": "channel", "channel_id": slack_id}
    if slack_id[0] == "S":
        return {"type": "usergroup", "usergroup_id": slack_id}
    return {"type": "user", "user_id": slack_id}


def _wake(text: str) -> Element:
    found = _WAKE.fullmatch(text)
    if found is None:
        return {"type": "text", "text": ""}
    if found["range"]:
        return {"type": "broadcast", "range": found["range"]}
    if found["group"]:
        return {"type": "usergroup", "usergroup_id": found["group"]}
    return {"type": "user", "user_id": found["user"]}
