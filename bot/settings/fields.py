"""Words of nightshift.toml, each read or refused: a ValueError goes on after the setting's name (`must be …`)."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import PlainValidator

from bot.acronis import check_url
from bot.acronis.http import is_loopback
from bot.errors import SettingsError, UsageError
from bot.model import EVERYONE, Kind, Role, Severity, TaskQuery, folded
from bot.settings.faults import nearest, shown

T = TypeVar("T")

NOBODY: Final = "none"  # stands in place of a channel where an alert is recorded and told to nobody
_DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS: Final = {name[:3]: place for place, name in enumerate(_DAY_NAMES)}
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{1,30}")
_PERSON: Final = re.compile(r"@?([UW][A-Z0-9]{2,30})")
_GROUP: Final = re.compile(r"@?(S[A-Z0-9]{2,30})")
_WHO: Final = re.compile(r"@?[UWS][A-Z0-9]{2,30}|[CG][A-Z0-9]{1,30}")
_AT: Final = {"@here": "<!here>", "@channel": "<!channel>"}
_HOURS: Final = re.compile(r"([0-9]{1,2}):([0-9]{2}) ?- ?([0-9]{1,2}):([0-9]{2})")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_QUOTES: Final = "\"'“”„«»"


def channel_id(text: str) -> str:
    if not _CHANNEL.fullmatch(text):
        its_name = "its name " if text.startswith("#") else ""
        raise ValueError(f"must be a channel's id, such as C0123456789, not {its_name}{shown(text)}")
    return text


def _channel_or_nobody(text: str) -> str:
    if text == NOBODY:
        return ""
    if not _CHANNEL.fullmatch(text) and not text.startswith("#"):
        raise ValueError(f'must be a channel\'s id, such as C0123456789, or "{NOBODY}", not {shown(text)}')
    return channel_id(text)


def _mention(text: str) -> str:
    """In Slack's own form."""
    if not text or text in _AT:
        return _AT.get(text, "")
    if person := _PERSON.fullmatch(text):
        return f"<@{person[1]}>"
    if group := _GROUP.fullmatch(text):
        return f"<!subteam^{group[1]}>"
    near = nearest(text.casefold(), tuple(_AT))
    wanted = f"must be {' or '.join(_AT)}, or the id of a person (U0123456789) or of a user group (S0123456789)"
    raise ValueError(f"{wanted}, not {shown(text)}.{f' Did you mean {near}?' if near else ''}")


def _who(text: str) -> str:
    """An id of Slack's, or everyone."""
    if text == EVERYONE or _WHO.fullmatch(text):
        return text.removeprefix("@")
    wanted = (
        "must be the id of a person (U0123456789), of a user group (S0123456789) or of a channel (C0123456789), or"
        f' "{EVERYONE}"'
    )
    near = nearest(text.casefold(), (EVERYONE,))
    raise ValueError(f"{wanted}, not {shown(text)}.{f' Did you mean “{near}”?' if near else ''}")


def _person(text: str) -> str:
    found = _PERSON.fullmatch(text)
    if found is None:
        raise ValueError(f"must be a person's id, such as U0123456789, not {shown(text)}")
    return found[1]


def _hook(text: str) -> str:
    """The address is a secret: whoever knows it may post there. It is never told."""
    wanted = "must be an address that begins with https://; plain http is for loopback only"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # a port that is none raises
    except ValueError:
        raise ValueError(wanted) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host and is_loopback(host))
    if not (is_safe and host) or parts.fragment or any(not letter.isprintable() or letter.isspace() for letter in text):
        raise ValueError(wanted)
    return text


def _day(text: str) -> int:
    """Monday is 0."""
    name = folded(text)
    return _DAY_NAMES.index(name) if name in _DAY_NAMES else _one_of(_DAYS)(name)


def _hours(text: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(folded(text))
    if found is None:
        raise ValueError(f'must be two times, such as "22:00-07:00", not {shown(text)}')
    start, end = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    if end == (24, 0):
        end = (0, 0)
    for hour, minute in (start, end):
        if hour > 23 or minute > 59:
            raise ValueError(f"has {hour:02}:{minute:02}, which no clock shows")
    return time(*start), time(*end)


def _clock_time(text: str) -> time:
    found = _TIME.fullmatch(folded(text))
    if found is None:
        raise ValueError(f'must be a time, such as "08:00", not {shown(text)}')
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:
        raise ValueError(f"has {hour:02}:{minute:02}, which no clock shows")
    return time(hour, minute)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(text)} is not known. Use a name such as Europe/Berlin") from None


def _query(parser: Literal["parse_match", "parse_target", "parse_role_match"]) -> Callable[[str], TaskQuery]:
    def reads(text: str) -> TaskQuery:
        from bot import language  # noqa: PLC0415  a file without matches needs none of its words

        parse: Callable[[str], TaskQuery] = getattr(language, parser)
        try:
            return parse(text)
        except UsageError as error:
            word = error.text[error.offset : error.offset + error.length]
            at = f" at {shown(word)}" if word.strip(_QUOTES) and word.strip(_QUOTES) not in error.told else ""
            example = f" Try: {error.example}." if error.example else ""
            raise ValueError(f"cannot be read{at}: {error.told}{example}") from None

    return reads


def _template(text: str) -> str:
    if not text.startswith(("{dc}", "https://")) or any(letter.isspace() or letter in "<>|" for letter in text):
        raise ValueError("must begin with {dc}, which stands for the data centre's URL, or with https://")
    return text


def _url(text: str) -> str:
    try:
        return check_url(text, "")
    except SettingsError as error:
        raise ValueError(" ".join(error.faults).strip()) from None


def _one_of(known: Mapping[str, T]) -> Callable[[str], T]:
    def reads(text: str) -> T:
        if text in known:
            return known[text]
        near = nearest(text.casefold(), tuple(known))
        *first, last = known
        meant = f" Did you mean `{near}`?" if near else ""
        raise ValueError(f"must be {', '.join(first)} or {last}, not {shown(text)}.{meant}")

    return reads


def _text(reads: Callable[[str], T]) -> PlainValidator:
    """What `reads` makes of a text; nothing but a text is taken."""

    def read(value: Any) -> T:
        if not isinstance(value, str):
            raise ValueError("must be text")  # noqa: TRY004  pydantic collects ValueErrors
        return reads(value)

    return PlainValidator(read)


Channel = Annotated[str, _text(_channel_or_nobody)]
Fallback = Annotated[str, _text(lambda text: channel_id(text) if text else "")]
Mention = Annotated[str, _text(_mention)]
Loudness = Annotated[Severity, _text(_one_of({str(each): each for each in Severity}))]
Day = Annotated[int, _text(_day)]
Hours = Annotated[tuple[time, time], _text(_hours)]
ClockTime = Annotated[time, _text(_clock_time)]
Zone = Annotated[ZoneInfo, _text(_zone)]
Match = Annotated[TaskQuery, _text(_query("parse_match"))]
TargetMatch = Annotated[TaskQuery, _text(_query("parse_target"))]
ZoneMatch = Annotated[TaskQuery, _text(_query("parse_zone_match"))]
RoleMatch = Annotated[TaskQuery, _text(_query("parse_role_match"))]
RoleName = Annotated[Role, _text(_one_of({str(each): each for each in Role}))]
Who = Annotated[str, _text(_who)]
Person = Annotated[str, _text(_person)]
Hook = Annotated[str, _text(_hook)]
ToldChannel = Annotated[str, _text(channel_id)]
TaughtKind = Annotated[Kind, _text(_one_of({str(each): each for each in Kind if each is not Kind.UNKNOWN}))]
DataCentre = Annotated[str, _text(_url)]
Console = Annotated[str, _text(_template)]
