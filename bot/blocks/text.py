"""Words made safe and short: escaping, cutting, times, spans and sizes. Knows nothing of blocks or of our nouns.

Words of customers are hostile. `foreign` takes out what cannot be seen, puts look-alikes in place of the signs that
Slack acts on, since `*` and its kind have no escape, cuts, and escapes last, once. An underscore in a word stays.
"""

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model.names import BLANKS, JOINERS

ELLIPSIS = "…"
MOMENT = "{date_short_pretty} {time}"  # Slack's format: today, yesterday or a short date, and the time
_READ = 4_000  # characters of a foreign text that are looked at; nothing longer is ever shown
_MARKS_IN_A_ROW = 3  # accents above one letter; more only paints over the neighbours
_LONG_WORD = re.compile(r"\S{33,}")  # in bold wider than a phone's screen
_NO_BRACKETS = str.maketrans({"<": "‹", ">": "›"})
_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_OUTER_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_EMOJI_CODE = re.compile(r":(?=[^\s:]*:)")
_SCHEME = re.compile(r":(?=//)|(?<=mailto):|(?<=tel):", re.IGNORECASE)
_CALL = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_NAMELESS = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?|[/\d.:-]+")
_CODE = re.compile(r"\w*[a-z0-9][A-Z]\w*|[A-Z]{2,}[a-z]\w*|[A-Za-z0-9]+(?:[_.:][A-Za-z0-9]+)+", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_.:]+")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")


def escape(text: str) -> str:
    """Escapes the three signs that Slack names, ampersand first. Text that is escaped twice shows it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Escaped text for plain_text. Look-alikes replace < and >, since some client may read even those."""
    return text.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "&")


def plain(text: str) -> str:
    """One line without control, direction and invisible characters, nor towers of accents. Not escaped."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp", "Zs") or sign in BLANKS:
            kept.append(" ")
        elif (category in ("Cf", "Cs") and sign not in JOINERS) or marks > _MARKS_IN_A_ROW:
            continue
        else:
            kept.append(sign)
    return " ".join("".join(kept).split()).strip(" " + JOINERS)


def cut(text: str, length: int) -> str:
    """At most `length` characters, the last one … where something is missing. Cut before escaping, never after."""
    return text if len(text) <= length else _whole(text[: max(length - 1, 0)]) + ELLIPSIS[:length]


def foreign(text: str, length: int = 80, *, whole: bool = False) -> str:
    """Foreign words for mrkdwn and the plain text, nothing live. `length` counts after escaping; else as `literal`."""
    shown = _neutral(_line(text, whole=whole))
    if len(escape(shown)) <= length:
        return escape(shown)
    room = length - 1
    for index, sign in enumerate(shown):
        room -= len(_ENTITIES.get(sign, sign))
        if room < 0:
            return escape(_whole(shown[:index])) + ELLIPSIS
    return escape(shown)


def literal(text: str, length: int = 80, *, whole: bool = False) -> str:
    """Foreign words for rich_text: one line, cut, not escaped. A long word loses its middle, unless `whole`."""
    return cut(_line(text, whole=whole), length)


def tame(text: str, length: int = 80, *, whole: bool = False) -> str:
    """Foreign words for plain_text. Not every client shows it literally, so no mark is left in it."""
    return cut(_neutral(_line(text, whole=whole)), length).translate(_NO_BRACKETS)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`Sat 21:10` within six days of `now`, else `1 Jun 2022 21:10`. Only an hour that comes twice has its zone."""
    here = local(at, zone)
    days = abs((here.date() - local(now, zone).date()).days)
    day = _DAYS[here.weekday()] if days <= 6 else f"{here.day} {_MONTHS[here.month - 1]} {here.year}"
    comes_twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return f"{day} {here.hour:02}:{here.minute:02}" + (f" {zone_name(at, zone)}" if comes_twice else "")


def slack_moment(at: datetime, zone: ZoneInfo) -> str:
    """Slack's date token, shown in the zone of the reader's device. Its fallback is a full date with its zone."""
    fallback = escape(full_date(at, zone))
    return f"<!date^{int(at.timestamp())}^{MOMENT}|{fallback}>" if drawable(at) else fallback


def drawable(at: datetime) -> bool:
    """Whether Slack takes it as a date: not before 1970, eleven digits of seconds at most."""
    return 0 <= at.timestamp() < 10**11


def full_date(at: datetime, zone: ZoneInfo) -> str:
    """`Sat 4 Jun 2022 21:10 CEST`: needs no context to be understood."""
    here = local(at, zone)
    day = f"{_DAYS[here.weekday()]} {here.day} {_MONTHS[here.month - 1]} {here.year}"
    return f"{day} {here.hour:02}:{here.minute:02} {zone_name(at, zone)}"


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """The zone's short name at that time, `CEST`; `UTC+03` where it has none."""
    name = local(at, zone).tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """The time in `zone`, or in UTC where it lies too near the end of the calendar for a zone."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at.astimezone(UTC)


def span(length: timedelta) -> str:
    """A length of time: `42 s`, `42 min`, `1 h 25 min`, `31 h`, `4 days`. Exact below ten hours, then rounded."""
    seconds = max(round(length.total_seconds()), 0)
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 600:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{hours} h" if hours < 72 else f"{round(seconds / 86_400)} days"


def size(amount: float) -> str:
    """Bytes in decimal units, `1.5 GB`, as Acronis's console counts; "" for what is no number."""
    if not math.isfinite(amount):
        return ""
    left, unit = max(amount, 0.0), 0
    while left >= 999.5 and unit < len(_UNITS) - 1:
        left, unit = left / 1000, unit + 1
    return f"{left:.1f} {_UNITS[unit]}" if unit and left < 9.95 else f"{left:.0f} {_UNITS[unit]}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 backup`, `412 backups`, `5,000 backups`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def code_words(code: str) -> str:
    """`VolumeSnapshotCreation` as `Volume snapshot creation`; "" for a GUID and a number; words as they are."""
    code = plain(code)
    if _NAMELESS.fullmatch(code):
        return ""
    if not _CODE.fullmatch(code):
        return code
    words = _HUMP.sub(" ", code).split()
    lowered = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    said = " ".join(lowered)
    return said[:1].upper() + said[1:]


def telling(name: str) -> str:
    """The name as it is; "" where it is only a GUID, a number or a path of numbers, which tells a person nothing."""
    return name if code_words(name) else ""


def name_of(*names: str) -> str:
    """The first of them that shows anything, not escaped, else `unnamed`."""
    return next((name for name in names if plain(name)), "unnamed")


def _line(text: str, *, whole: bool) -> str:
    line = plain(text[:_READ])
    return line if whole else _LONG_WORD.sub(lambda word: f"{word[0][:20]}{ELLIPSIS}{word[0][-11:]}", line)


def _neutral(text: str) -> str:
    text = text.translate(_LOOK_ALIKES)
    text = _OUTER_UNDERSCORE.sub("ˍ", text)
    text = _CALL.sub("＠", _EMOJI_CODE.sub("∶", _SCHEME.sub("∶", text)))
    return f"›{text[1:]}" if text.startswith(">") else text


def _whole(text: str) -> str:
    """Without blanks at the end, and without a last sign that only joins the one cut off."""
    return text.rstrip().rstrip(JOINERS + "\ufe0f")
