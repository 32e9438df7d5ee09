"""Points in time as whole unix nanoseconds, and the six ways in which the API lets a client write one."""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_RFC3339: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))")
_UNIX: Final = re.compile(r"(-?\d{1,19})(ns)?")
# RFC 1123, the same with a numeric zone, RFC 850, ANSI C: the other text forms of the guide's page on startedAt
_TEXT_FORMS: Final = (
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S UTC",
    "%a, %d %b %Y %H:%M:%S %z",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S UTC",
    "%a %b %d %H:%M:%S %Y",
)


def write_stamp(at: int) -> str:
    """RFC 3339 in UTC with 0 to 9 fraction digits: trailing zeros are left out, as Go services do."""
    seconds, fraction = divmod(at, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else text + "Z"


def read_stamp(text: str) -> int:
    """RFC 3339 to unix nanoseconds. Raises ValueError, also for a day that does not exist."""
    found = _RFC3339.fullmatch(text)
    if not found:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    day, clock, fraction, sign, hours, minutes = found.groups()
    seconds = timegm(datetime.fromisoformat(f"{day}T{clock}").timetuple())
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds += offset if sign == "-" else -offset
    return seconds * SECOND + int((fraction or "").ljust(9, "0"))


def read_instant(text: str) -> int:
    """Any of the six forms of the guide to unix nanoseconds. Raises ValueError for anything else."""
    unix = _UNIX.fullmatch(text)
    if unix:
        return int(unix[1]) * (1 if unix[2] else SECOND)
    for form in _TEXT_FORMS:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007  (no zone in the text means UTC)
        except ValueError:
            continue
        return timegm(moment.utctimetuple()) * SECOND
    return read_stamp(text)


def coarse(at: int, digits: int) -> int:
    """Cuts a time to so many fraction digits (0 to 9), so that what is written is exactly what is meant."""
    step: int = 10 ** (9 - digits)
    return at // step * step


def write_duration(length: int) -> str:
    """Nanoseconds as Go writes a duration, in whole seconds: `1h25m43s`, `10s`."""
    minutes, seconds = divmod(max(length, 0) // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    written = f"{hours}h" if hours else ""
    return f"{written}{minutes}m{seconds}s" if minutes or hours else f"{seconds}s"


def write_http_date(at: int) -> str:
    """RFC 1123 in GMT, as the Date and Retry-After headers want it. English names, whatever the locale."""
    return formatdate(at // SECOND, usegmt=True)
