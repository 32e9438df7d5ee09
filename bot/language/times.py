"""Reads the words of a time, when and how long, and writes times in words that are read back as the same.

    moment  = [ near ] (timed | clock [["on"] day] | day"T"clock[offset] | length "ago" | span | period | "now")
    near    = "the" | "early" | "earlier" | "late" | "later"
    timed   = day [["at"] clock | part | ("after" | "before") clock]
    clock   = 18:00 | 18:00:30 | 18.30 | 18h30 | 6pm | 6:30 pm | 18 uhr | "midnight" | "noon"
              | 1830 after a day or a word of time
    length  = number unit … | unit                                  24h, 7 days, 1h30m, two weeks, week
    unit    = s | min | h | d | w | fortnight | month, in their usual spellings

Hours and minutes are counted. Days, weeks and months (of 30 days) go by the clock on the wall: a day back is the same
time of day when clocks were moved between. What is counted back from now begins on the full minute. A clock time alone
is the latest one that is not ahead. Stretches with a name (`span`, `part`) are read in `spans`,
those of the calendar in `periods`.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.language.days import (
    MONTHS,
    NUMBER_OF_MONTH,
    NUMBER_OF_WEEKDAY,
    WEEKDAYS,
    day_at,
    is_clock,
)
from bot.language.periods import BEGIN_NUMBERED, BEGIN_PERIODS, period_at
from bot.language.sentence import Sentence
from bot.language.spans import DIGITS, NUMBER_WORDS, PARTS, SHORT_PARTS, TENS, Moment, clock_on, part_of, span_at
from bot.model.values import dataclass
from bot.model.zones import comes_twice, local_of, midnight, moment_of, whole_day

_LONGEST = timedelta(days=3660)
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::([0-9]{2}))?(am|pm|a\.m|p\.m)?")
_HALVES = {"am": "am", "pm": "pm", "a.m": "am", "p.m": "pm"}
CLOCK_WORDS = {"midnight": time(0), **dict.fromkeys(("noon", "midday", "lunch", "lunchtime"), time(12))}
_HOURS_APART = re.compile(r"([0-9]{1,2})h([0-9]{2})")
_BEFORE_PARTS = frozenset(("in", "during", "at"))
_THE = frozenset(("the", "early", "earlier", "late", "later"))
_FROM_HOUR = {"half": 30, "quarter": 15}  # minutes
_SIDES = {"past": 1, "after": 1, "to": -1}
_EVENING, _NOON = 6, 12  # hours of the half of a day
_UHR = frozenset(("uhr", "o'clock", "oclock"))
_OFFSET = re.compile(r"(.*?)(z|[+-][0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)")
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,3})?"
_AMOUNT = re.compile(_NUMBER)
_LENGTH = re.compile(rf"(?:{_NUMBER}[a-z]+){{1,4}}")
_PART = re.compile(rf"({_NUMBER})([a-z]+)")
_DAY = timedelta(days=1)
_COUNTED = (
    ("s sec secs second seconds", timedelta(seconds=1)),
    ("m min mins minute minutes", timedelta(minutes=1)),
    ("h hr hrs hour hours", timedelta(hours=1)),
)
_DAYS = (
    ("d day days", 1),
    ("w wk wks week weeks", 7),
    ("fortnight fortnights", 14),
    ("month months", 30),
    ("year years", 365),
)
_COUNTED_UNIT = {word: length for words, length in _COUNTED for word in words.split()}
_DAY_UNIT = {word: days for words, days in _DAYS for word in words.split()}
UNITS = frozenset(_COUNTED_UNIT) | frozenset(_DAY_UNIT)
_BEHIND_HOURS = UNITS | _HALVES.keys() | _UHR | _BEFORE_PARTS | NUMBER_OF_MONTH.keys()
_QUARTERS = {"quarter": "0.25", "quarters": "0.75"}  # three of them
_VAGUE = frozenset(("couple", "few"))  # a few are three: the answer says what it took them for
_SPOKEN = frozenset((*_VAGUE, *TENS, *_QUARTERS, "half"))
_FOUR_DIGITS = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")
TIME_WORDS = (
    *PARTS,
    "tonight",
    "weekend",
    "now",
    "midnight",
    "noon",
    "overnight",
    "today",
    "yesterday",
    "tomorrow",
    *WEEKDAYS,
    *MONTHS,
)
"""A time may be made of these words: one of them was probably meant by a word that is none."""


@dataclass(frozen=True, slots=True)
class Length:
    """`days` go by the clock on the wall, `counted` (whole seconds) comes on top. `until` is the place after it."""

    days: int
    counted: timedelta
    until: int


def length_at(sentence: Sentence, at: int) -> Length | None:
    """How long. Raises UsageError where it is nothing at all or more than ten years."""
    parts, end = _parts(sentence, at)
    if not parts:
        return None
    days = sum((_DAY_UNIT[unit] * float(amount) for amount, unit in parts if unit in _DAY_UNIT), 0.0)
    counted = sum((_COUNTED_UNIT[unit] * float(amount) for amount, unit in parts if unit in _COUNTED_UNIT), timedelta())
    counted += timedelta(days=days % 1)
    if not timedelta(seconds=1) <= counted + timedelta(days=int(days)) <= _LONGEST:
        raise sentence.fault("A length of time is more than nothing and at most ten years.", at, end, "/tasks last 24h")
    return Length(int(days), timedelta(seconds=int(counted.total_seconds())), end)


def _parts(sentence: Sentence, at: int) -> tuple[list[tuple[str, str]], int]:
    word, unit = sentence.word(at), sentence.word(at + 1)
    if word == "a" and unit in _VAGUE:
        at, word, unit = at + 1, unit, sentence.word(at + 2)
    if word in UNITS and len(word) > 1:
        return [("1", word)], at + 1
    if apart := _HOURS_APART.fullmatch(word):
        return [(apart[1], "h"), (apart[2], "m")], at + 1
    number = NUMBER_WORDS.get(word, word)
    if unit in UNITS and _AMOUNT.fullmatch(number):
        return [(number, unit)], at + 2
    if word in _SPOKEN:
        return _spoken(sentence, at, word, unit)
    parts: list[tuple[str, str]] = _PART.findall(word) if _LENGTH.fullmatch(word) else []
    return (parts, at + 1) if all(name in UNITS for _, name in parts) else ([], at)


def _spoken(sentence: Sentence, at: int, word: str, unit: str) -> tuple[list[tuple[str, str]], int]:
    """`a couple of days`, `quarter of an hour`, `half an hour`, `twenty four hours`."""
    behind = sentence.word(at + 2)
    if word in _VAGUE:
        return ([(NUMBER_WORDS[word], behind)], at + 3) if unit == "of" and behind in UNITS else ([], at)
    if word in TENS:
        return ([(str(TENS[word] + DIGITS[unit]), behind)], at + 3) if unit in DIGITS and behind in UNITS else ([], at)
    if word in _QUARTERS:
        is_part = unit == "of" and behind in ("a", "an") and sentence.word(at + 3) in UNITS
        return ([(_QUARTERS[word], sentence.word(at + 3))], at + 4) if is_part else ([], at)
    until = at + 1 + (unit in ("a", "an"))
    return ([("0.5", sentence.word(until))], until + 1) if sentence.word(until) in UNITS else ([], at)


def ago(sentence: Sentence, length: Length) -> datetime:
    """The moment (UTC) that lies this length before the asker's."""
    moment = sentence.minute
    if length.days:
        moment = moment_of(local_of(moment, sentence.zone) - timedelta(days=length.days), sentence.zone)
    return moment - length.counted


def moment_at(sentence: Sentence, at: int) -> Moment | None:
    """The moment whose words begin here, if any do. Raises UsageError for one that cannot be."""
    word = sentence.word(at)
    if word == "now":
        return _instant(sentence.minute, at + 1)
    if word in _FROM_HOUR and (clock := _of_clock(sentence, at)):
        return clock
    if (word in BEGIN_PERIODS or word[:2] in BEGIN_NUMBERED) and (period := period_at(sentence, at)):
        return period
    if word in _THE and sentence.word(at + 1) not in ("", "now", *_THE):
        return moment_at(sentence, at + 1)
    if moment := stamp_at(sentence, at) or span_at(sentence, at) or _of_day(sentence, at) or _of_clock(sentence, at):
        return moment
    length = length_at(sentence, at)
    if length and sentence.word(length.until) == "ago":
        return _instant(ago(sentence, length), length.until + 1)
    return None


def day_ago_at(sentence: Sentence, at: int) -> Moment | None:
    """`3 days ago` as the whole day. Of hours ago there is none."""
    length = length_at(sentence, at)
    if length is None or not length.days or length.counted or sentence.word(length.until) != "ago":
        return None
    day = sentence.today - length.days * _DAY
    return Moment(midnight(day, sentence.zone), midnight(day + _DAY, sentence.zone), length.until + 1)


def with_clock(sentence: Sentence, at: int) -> Sentence:
    """The sentence with four digits here read as a clock, where they can be one."""
    found = _FOUR_DIGITS.fullmatch(sentence.word(at))
    if found is None:
        return sentence
    clock = sentence.tokens[at]._replace(word=f"{found[1]}:{found[2]}")
    return replace(sentence, tokens=(*sentence.tokens[:at], clock, *sentence.tokens[at + 1 :]))


def with_hour(sentence: Sentence, at: int) -> Sentence:
    """As `with_clock`; a bare number that can be an hour is one: `around 3`."""
    word = sentence.word(at)
    if not (word.isdecimal() and len(word) <= 2 and int(word) < 24) or sentence.word(at + 1) in _BEHIND_HOURS:
        return with_clock(sentence, at)
    clock = sentence.tokens[at]._replace(word=f"{word}:00")
    return replace(sentence, tokens=(*sentence.tokens[:at], clock, *sentence.tokens[at + 1 :]))


def _instant(moment: datetime, until: int) -> Moment:
    return Moment(moment, moment, until)


def _of_day(sentence: Sentence, at: int) -> Moment | None:
    """`yesterday`, and `yesterday at 18:00`."""
    found = day_at(sentence, at)
    if found is None:
        return None
    day, until = found.day, found.until
    if part := _part_at(sentence, until):
        named, past = part
        moment = part_of(sentence, day, named, past)
        is_ahead = moment.start > sentence.now and sentence.word(at) in NUMBER_OF_WEEKDAY and until == at + 1
        return part_of(sentence, day - 7 * _DAY, named, past) if is_ahead else moment
    place = until + (sentence.word(until) == "at")
    if clock := _clock(with_clock(sentence, place), place):
        return _instant(clock_on(sentence, day, clock[0]), clock[1])
    return Moment(midnight(day, sentence.zone), midnight(day + _DAY, sentence.zone), until)


def _part_at(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """The part of a day behind its name, and the place after it: `evening`, `in the evening`, `at night`, `pm`."""
    word = sentence.word(at)
    if word in _BEFORE_PARTS:
        at += 1 + (sentence.word(at + 1) == "the")
        word = sentence.word(at)
        return (word, at + 1) if word in PARTS else None
    return (word, at + 1) if word in PARTS or word in SHORT_PARTS else None


def _of_clock(sentence: Sentence, at: int) -> Moment | None:
    """`18:00`, and `18:00 yesterday`."""
    found = _clock(sentence, at)
    if found is None:
        return None
    clock, until = found
    if day := day_at(sentence, until + (sentence.word(until) == "on")):
        return _instant(clock_on(sentence, day.day, clock), day.until)
    if within := span_at(sentence, until):  # `10pm last night`
        begins = next_clock(sentence, at, within.start - timedelta(seconds=1))
        return replace(begins, until=within.until) if begins and begins.start <= within.end else None
    moment = clock_on(sentence, sentence.today, clock)
    return _instant(moment if moment <= sentence.now else clock_on(sentence, sentence.today - _DAY, clock), until)


def next_clock(sentence: Sentence, at: int, after: datetime) -> Moment | None:
    """The first moment after `after` at which clocks show the time of day that stands here, if one stands here."""
    found = _clock(sentence, at)
    if found is None:
        return None
    clock, until = found
    day = local_of(after, sentence.zone).date()
    first = _clock_before(sentence, at)
    if first is not None and first < clock and clock_on(sentence, day, clock) <= after:
        told = "Clocks were put forward over that time: it did not come on that day."
        raise sentence.fault(told, at, until, "/tasks failed between 01:00 and 04:00")
    moments = (clock_on(sentence, day + n * _DAY, clock) for n in range(3))
    return next((_instant(moment, until) for moment in moments if moment > after), None)


def _clock_before(sentence: Sentence, until: int) -> time | None:
    """The time of day whose last word stands before this place, or before the one word that joins two times."""
    for end in (until, until - 1):
        for first in (end - 1, end - 2):
            found = _clock(sentence, first) if first >= 0 else None
            if found and found[1] == end:
                return found[0]
    return None


def _clock(sentence: Sentence, at: int) -> tuple[time, int] | None:
    """A time of day and the place after it. A bare number is none."""
    word = sentence.word(at)
    if word in CLOCK_WORDS:
        return CLOCK_WORDS[word], at + 1
    if word in _FROM_HOUR:
        return _spoken_clock(sentence, at, word)
    if apart := _HOURS_APART.fullmatch(word):
        word = f"{apart[1]}:{apart[2]}"
    match = _CLOCK.fullmatch(word)
    if match is None or ("." in word and not (match[4] or is_clock(word))):
        return None
    after = "" if match[4] else sentence.word(at + 1)
    half = _HALVES[match[4]] if match[4] else _HALVES.get(after, "")
    until = at + (2 if after in _UHR or after in _HALVES else 1)
    if after in _BEFORE_PARTS and (part := _half_behind(sentence, until, int(match[1]))):
        half, until = part
    if not (match[2] or half or after in _UHR):
        return None
    clock = _real(int(match[1]), int(match[2] or 0), int(match[3] or 0), half)
    if clock is None:
        raise sentence.fault(f"{sentence.shown(at)} is no time of the day.", at, until, "/tasks since 18:00")
    return clock, until


def _half_behind(sentence: Sentence, at: int, hour: int) -> tuple[str, int] | None:
    """`3 in the morning`, `11 at night`: which half of the day it is, and the place after it."""
    at += 1 + (sentence.word(at) == "in" and sentence.word(at + 1) == "the")
    of_night = "pm" if _EVENING <= hour < _NOON else "am"
    half = {"morning": "am", "afternoon": "pm", "evening": "pm", "night": of_night}.get(sentence.word(at), "")
    return (half, at + 1) if half and 1 <= hour <= _NOON else None


def _spoken_clock(sentence: Sentence, at: int, word: str) -> tuple[time, int] | None:
    """`half past 3`, `quarter to four pm`."""
    side, number = sentence.word(at + 1), sentence.word(at + 2)
    hour = NUMBER_WORDS.get(number, number)
    if side not in _SIDES or not hour.isdecimal() or len(hour) > 2 or sentence.word(at + 3) in UNITS:
        return None
    half = _HALVES.get(sentence.word(at + 3), "")
    whole = _real(int(hour), 0, 0, half)
    if whole is None:
        return None
    minutes = (whole.hour * 60 + _SIDES[side] * _FROM_HOUR[word]) % (24 * 60)
    return time(minutes // 60, minutes % 60), at + 3 + bool(half or sentence.word(at + 3) in _UHR)


def _real(hour: int, minute: int, second: int, half: str) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def stamp_at(sentence: Sentence, at: int) -> Moment | None:
    """`2022-06-01T18:00`, with or without its offset. Parts of a second are dropped."""
    day_text, mark, clock_text = sentence.word(at).partition("t")
    if not mark or not day_text[:1].isdigit():
        return None
    offset = _OFFSET.fullmatch(clock_text)
    bare = re.sub(r"[.,][0-9]+$", "", offset[1] if offset else clock_text)
    token = sentence.tokens[at]
    pieces = replace(sentence, tokens=(token._replace(word=day_text), token._replace(word=bare)))
    day, clock = day_at(pieces, 0), _clock(pieces, 1)
    if day is None or day.until != 1 or clock is None:
        return None
    if offset is None:
        return _instant(clock_on(sentence, day.day, clock[0]), at + 1)
    shift = _shift(offset[2])
    if abs(shift) >= _DAY:
        raise sentence.fault(f"{sentence.shown(at)} has an offset that no clock has.", at)
    return _instant((datetime.combine(day.day, clock[0]) - shift).replace(tzinfo=UTC), at + 1)


def _shift(offset: str) -> timedelta:
    """`z`, `+02:00`, `-0330`."""
    if offset == "z":
        return timedelta()
    digits = offset[1:].replace(":", "").ljust(6, "0")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    return -length if offset[0] == "-" else length


def spelled_moment(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """`Mon 1 Jun 18:00`. Midnight goes without its time, the year where `now` makes it plain.

    A time that comes twice has its offset, `2026-10-25T02:30+0100`: of two colons Slack could make an emoji.
    """
    local = local_of(at, zone)
    if comes_twice(at, zone):
        return f"{local.isoformat(timespec='seconds' if local.second else 'minutes')}{at.astimezone(zone):%z}"
    clock = f" {local:%H:%M:%S}" if local.second else f" {local:%H:%M}" if local.hour or local.minute else ""
    return _spelled_day(local, local_of(now, zone) if now else None) + clock


def spelled_window(after: datetime | None, before: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """`since Mon 1 Jun and before Tue 2 Jun 06:00`, `on Mon 1 Jun`."""
    if after and before and whole_day(after, before, zone) and not comes_twice(after, zone):
        return f"on {_spelled_day(local_of(after, zone), local_of(now, zone) if now else None)}"
    since = f"since {spelled_moment(after, zone, now)}" if after else ""
    upto = f"before {spelled_moment(before, zone, now)}" if before else ""
    return " and ".join(part for part in (since, upto) if part)


def _spelled_day(local: datetime, today: datetime | None) -> str:
    """`Mon 1 Jun 2022`. A day ahead keeps its year: without it, it would be read as past."""
    words = f"{WEEKDAYS[local.weekday()][:3].capitalize()} {local.day} {MONTHS[local.month - 1][:3].capitalize()}"
    plain = today is not None and local.year == today.year and local.date() <= today.date()
    return words if plain else f"{words} {local.year}"


def spelled_length(length: timedelta) -> str:
    """`1d2h`, `5m`, `90s` as `1m30s`: in whole seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
