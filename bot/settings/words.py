"""Values of nightshift.toml that are words: channels, mentions, hours, days, zones, matches. Each is read or refused.

A refusal is a ValueError whose text goes on after the setting's name: `must be …`.
"""

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator

from bot.acronis import check_url
from bot.errors import SettingsError, UsageError
from bot.language import parse_match, parse_target
from bot.model import Kind, Severity, TaskQuery
from bot.settings.faults import nearest, shown

T = TypeVar("T")

NOBODY: Final = "none"
"""What stands in place of a channel where an alert is recorded and told to nobody."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{1,30}")
_PERSON = re.compile(r"@?([UW][A-Z0-9]{2,30})")
_GROUP = re.compile(r"@?(S[A-Z0-9]{2,30})")
_AT = {"@here": "<!here>", "@channel": "<!channel>"}
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–—]\s*([0-9]{1,2}):([0-9]{2})")
_MIDNIGHT = (24, 0)


def channel_id(value: Any) -> str:
    text = _text(value)
    if text.startswith("#"):
        raise ValueError(f"must be a channel's id, such as C0123456789, not its name {shown(text)}")
    if not _CHANNEL.fullmatch(text):
        raise ValueError(f"must be a channel's id, such as C0123456789, not {shown(text)}")
    return text


def _channel_or_nobody(value: Any) -> str:
    text = _text(value)
    if text == NOBODY:
        return ""
    if not _CHANNEL.fullmatch(text) and not text.startswith("#"):
        raise ValueError(f'must be a channel\'s id, such as C0123456789, or "{NOBODY}", not {shown(text)}')
    return channel_id(text)


def _channel_or_empty(value: Any) -> str:
    return channel_id(value) if value != "" else ""


def _mention(value: Any) -> str:
    """In Slack's own form."""
    text = _text(value)
    if not text or text in _AT:
        return _AT.get(text, "")
    if person := _PERSON.fullmatch(text):
        return f"<@{person[1]}>"
    if group := _GROUP.fullmatch(text):
        return f"<!subteam^{group[1]}>"
    near = nearest(text, _AT)
    wanted = f"must be {' or '.join(_AT)}, or the id of a person (U0123456789) or of a user group (S0123456789)"
    raise ValueError(f"{wanted}, not {shown(text)}.{f' Did you mean {near}?' if near else ''}")


def _severity(value: Any) -> Severity:
    return _one_of(_text(value), {str(each): each for each in Severity})


def _day(value: Any) -> int:
    """Monday is 0."""
    text = _text(value).casefold()
    if text in _DAY_NAMES:
        return _DAY_NAMES.index(text)
    return _one_of(text, {name: place for place, name in enumerate(_DAYS)})


def _hours(value: Any) -> tuple[time, time]:
    found = _HOURS.fullmatch(_text(value).strip())
    if found is None:
        raise ValueError(f'must be two times, such as "22:00-07:00", not {shown(value)}')
    start, end = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    if end == _MIDNIGHT:
        end = (0, 0)
    for hour, minute in (start, end):
        if hour > 23 or minute > 59:
            raise ValueError(f"has {hour:02}:{minute:02}, which no clock shows")
    return time(*start), time(*end)


def _zone(value: Any) -> ZoneInfo:
    text = _text(value)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(text)} is not known. Use a name such as Europe/Berlin") from None


def _match(value: Any) -> TaskQuery:
    return _read(parse_match, _text(value))


def _target(value: Any) -> TaskQuery:
    return _read(parse_target, _text(value))


def _read(reads: Callable[[str], TaskQuery], text: str) -> TaskQuery:
    try:
        return reads(text)
    except UsageError as error:
        marked = error.text[error.offset : error.offset + error.length]
        at = f" at {shown(marked)}" if marked.strip("\"'“”„«»") and marked.strip("\"'“”„«»") not in error.told else ""
        example = f" Try: {error.example}." if error.example else ""
        raise ValueError(f"cannot be read{at}: {error.told}{example}") from None


def _kind(value: Any) -> Kind:
    return _one_of(_text(value), {str(each): each for each in Kind if each is not Kind.UNKNOWN})


def _template(value: Any) -> str:
    url = _text(value)
    if not url.startswith(("{dc}", "https://")) or any(letter.isspace() or letter in "<>|" for letter in url):
        raise ValueError("must begin with {dc}, which stands for the data centre's URL, or with https://")
    return url


def _url(value: Any) -> str:
    text = _text(value)
    try:
        return check_url(text, "")
    except SettingsError as error:
        raise ValueError(" ".join(error.faults).strip()) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004  pydantic collects ValueErrors
    return value


def _one_of(text: str, known: dict[str, T]) -> T:
    if text in known:
        return known[text]
    near = nearest(text, known)
    *first, last = known
    meant = f" Did you mean `{near}`?" if near else ""
    raise ValueError(f"must be {', '.join(first)} or {last}, not {shown(text)}.{meant}")


Channel = Annotated[str, BeforeValidator(_channel_or_nobody)]
Fallback = Annotated[str, BeforeValidator(_channel_or_empty)]
Mention = Annotated[str, BeforeValidator(_mention)]
Loudness = Annotated[Severity, PlainValidator(_severity)]
Day = Annotated[int, PlainValidator(_day)]
Hours = Annotated[tuple[time, time], PlainValidator(_hours)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
Match = Annotated[TaskQuery, PlainValidator(_match)]
TargetMatch = Annotated[TaskQuery, PlainValidator(_target)]
TaughtKind = Annotated[Kind, PlainValidator(_kind)]
DataCentre = Annotated[str, BeforeValidator(_url)]
Console = Annotated[str, BeforeValidator(_template)]
