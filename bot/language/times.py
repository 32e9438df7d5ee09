"""Reads phrases for a time: when, and how long. Knows days and clocks, and no other word of the language.

    moment  = day [["at"] clock] | clock [["on"] day] | day"T"clock[offset] | length "ago" | span | "now"
    span    = "last night" | "overnight" | "this" ("week" | "month")
    clock   = 18:00 | 18:00:30 | 6pm | 6:30 pm | "midnight" | "noon"
    length  = number unit … | unit                                  24h, 7 days, 1h30m, week
    unit    = s | min | h | d | w | month, in their usual spellings

Hours and minutes are counted. Days, weeks and months (of 30 days) go by the clock on the wall: a day back is the same
time of day when clocks were moved between. What is counted back from now begins on the full minute. A clock time alone
is the latest one that is not ahead. Last night is from 18:00 yesterday to 06:00 today, by the clock on the wall,
whenever it is asked: most backups are planned into those hours. Weeks begin on Monday.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.language.days import MONTHS, WEEKDAYS, Day, day_at
from bot.language.sentence import Sentence
from bot.model.zones import local_of, midnight, moment_of

_LONGEST = timedelta(days=3660)
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2}))?(am|pm|a\.m|p\.m)?")
_HALVES = {"am": "am", "pm": "pm", "a.m": "am", "p.m": "pm"}
_CLOCK_WORDS = {"midnight": time(0), "noon": time(12)}
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
_DAYS = (("d day days", 1), ("w week weeks", 7), ("month months", 30))
_COUNTED_UNIT = {word: length for words, length in _COUNTED for word in words.split()}
_DAY_UNIT = {word: days for words, days in _DAYS for word in words.split()}
_UNITS = frozenset(_COUNTED_UNIT) | frozenset(_DAY_UNIT)
_EVENING, _MORNING = time(18), time(6)
TIME_WORDS = ("now", "midnight", "noon", "overnight", "night", "today", "yesterday", "tomorrow", *WEEKDAYS, *MONTHS)
"""Words that a time may be made of, for telling what was probably meant."""


@dataclass(frozen=True, slots=True)
class Present:
    """The moment and the place of the asker."""

    now: datetime
    zone: ZoneInfo

    @property
    def minute(self) -> datetime:
        return self.now.astimezone(UTC).replace(second=0, microsecond=0)

    @property
    def today(self) -> date:
        return local_of(self.now, self.zone).date()

    def back(self, length: "Length") -> datetime:
        """The moment so long ago."""
        moment = self.minute
        if length.days:
            moment = moment_of(local_of(moment, self.zone) - timedelta(days=length.days), self.zone)
        return moment - length.counted


@dataclass(frozen=True, slots=True)
class Moment:
    """From when to when (UTC) the words reach; a time of day has no breadth. `until` is the place after them."""

    start: datetime
    end: datetime
    until: int


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
    if word in _UNITS and len(word) > 1:
        return [("1", word)], at + 1
    if _AMOUNT.fullmatch(word) and unit in _UNITS:
        return [(word, unit)], at + 2
    parts: list[tuple[str, str]] = _PART.findall(word) if _LENGTH.fullmatch(word) else []
    return (parts, at + 1) if all(name in _UNITS for _, name in parts) else ([], at)


def moment_at(sentence: Sentence, at: int, present: Present) -> Moment | None:
    """The moment whose words begin here; None where there is none. Raises UsageError for one that cannot be."""
    if sentence.word(at) == "now":
        return _instant(present.minute, at + 1)
    if moment := _stamp(sentence, at, present) or _span(sentence, at, present):
        return moment
    if day := day_at(sentence, at, present.today):
        return _of_day(sentence, day, present)
    if clock := _clock(sentence, at):
        return _of_clock(sentence, clock, present)
    length = length_at(sentence, at)
    if length and sentence.word(length.until) == "ago":
        return _instant(present.back(length), length.until + 1)
    return None


def is_unit(word: str) -> bool:
    return word in _UNITS


def _span(sentence: Sentence, at: int, present: Present) -> Moment | None:
    """A stretch of time with a name: last night, this week, this month."""
    word, after = sentence.word(at), sentence.word(at + 1)
    if word == "overnight" or (word == "last" and after == "night"):
        evening, morning = present.today - _DAY, present.today
        start, end = (
            moment_of(datetime.combine(day, clock), present.zone)
            for day, clock in ((evening, _EVENING), (morning, _MORNING))
        )
        return Moment(start, end, at + (1 if word == "overnight" else 2))
    if word != "this" or after not in ("week", "month"):
        return None
    first = present.today - timedelta(days=present.today.weekday()) if after == "week" else present.today.replace(day=1)
    past = first + timedelta(days=7 if after == "week" else 32)
    return Moment(
        midnight(first, present.zone), midnight(past if after == "week" else past.replace(day=1), present.zone), at + 2
    )


def _instant(moment: datetime, place: int) -> Moment:
    return Moment(moment, moment, place)


def _of_day(sentence: Sentence, day: Day, present: Present) -> Moment:
    at = day.until + (sentence.word(day.until) == "at")
    if clock := _clock(sentence, at):
        return _instant(moment_of(datetime.combine(day.day, clock[0]), present.zone), clock[1])
    return Moment(midnight(day.day, present.zone), midnight(day.day + _DAY, present.zone), day.until)


def _of_clock(sentence: Sentence, clock: tuple[time, int], present: Present) -> Moment:
    """`18:00`, and `18:00 yesterday`."""
    day = day_at(sentence, clock[1] + (sentence.word(clock[1]) == "on"), present.today)
    if day is None:
        return _instant(_latest(clock[0], present), clock[1])
    return _instant(moment_of(datetime.combine(day.day, clock[0]), present.zone), day.until)


def _latest(clock: time, present: Present) -> datetime:
    moment = moment_of(datetime.combine(present.today, clock), present.zone)
    return moment if moment <= present.now else moment_of(datetime.combine(present.today - _DAY, clock), present.zone)


def next_clock(sentence: Sentence, at: int, after: datetime, present: Present) -> Moment | None:
    """The first moment after `after` at which clocks show the time of day that stands here; None where none does."""
    found = _clock(sentence, at)
    if found is None:
        return None
    day = local_of(after, present.zone).date()
    first = _clock_ending(sentence, at)
    if first is not None and first < found[0] and moment_of(datetime.combine(day, found[0]), present.zone) <= after:
        told = "Clocks were put forward over that time: it did not come on that day."
        raise sentence.fault(told, at, found[1], "/tasks failed between 01:00 and 04:00")
    moments = (moment_of(datetime.combine(day + n * _DAY, found[0]), present.zone) for n in range(3))
    return next((_instant(moment, found[1]) for moment in moments if moment > after), None)


def _clock_ending(sentence: Sentence, until: int) -> time | None:
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
    if word in _CLOCK_WORDS:
        return _CLOCK_WORDS[word], at + 1
    match = _CLOCK.fullmatch(word)
    apart = _HALVES.get(sentence.word(at + 1), "") if match and not match[4] else ""
    half = _HALVES[match[4]] if match and match[4] else apart
    if match is None or not (match[2] or half):
        return None
    place = at + (2 if apart else 1)
    clock = _real(int(match[1]), int(match[2] or 0), int(match[3] or 0), half)
    if clock is None:
        raise sentence.fault(f"{sentence.shown(at)} is no time of the day.", at, place, "/tasks since 18:00")
    return clock, place


def _real(hour: int, minute: int, second: int, half: str) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _stamp(sentence: Sentence, at: int, present: Present) -> Moment | None:
    """`2022-06-01T18:00`, with or without its offset. Parts of a second are dropped."""
    day_text, mark, clock_text = sentence.word(at).partition("t")
    if not mark or not day_text[:1].isdigit():
        return None
    offset = _OFFSET.fullmatch(clock_text)
    bare = re.sub(r"[.,][0-9]+$", "", offset[1] if offset else clock_text)
    token = sentence.tokens[at]
    pieces = Sentence(sentence.text, (replace(token, word=day_text), replace(token, word=bare)))
    day, clock = day_at(pieces, 0, present.today), _clock(pieces, 1)
    if day is None or day.until != 1 or clock is None:
        return None
    local = datetime.combine(day.day, clock[0])
    if offset is None:
        return _instant(moment_of(local, present.zone), at + 1)
    shift = _shift(offset[2])
    if abs(shift) >= _DAY:
        raise sentence.fault(f"{sentence.shown(at)} has an offset that no clock has.", at)
    return _instant((local - shift).replace(tzinfo=UTC), at + 1)


def _shift(offset: str) -> timedelta:
    """`z`, `+02:00`, `-0330`."""
    if offset == "z":
        return timedelta()
    digits = offset[1:].replace(":", "").ljust(6, "0")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    return -length if offset[0] == "-" else length
