"""Reads the words of a time, and writes times in words that are read back as the same.

    moment  = [ near ] (timed | clock [["on"] day] | day"T"clock[offset] | length "ago" | span | period | "now")
    near    = "the" | "early" | "earlier" | "late" | "later"
    timed   = day [["at"] clock | part | ("after" | "before") clock]

A clock time alone is the latest one that is not ahead. A `length` is read in `lengths`, a `clock` in `clocks`.
Stretches with a name (`span`, `part`) are read in `spans`, those of the calendar in `periods`.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.language.clocks import BEFORE_PARTS, FROM_HOUR, clock_at, with_clock
from bot.language.days import MONTHS, NUMBER_OF_WEEKDAY, WEEKDAYS, day_at
from bot.language.lengths import ago, length_at
from bot.language.periods import BEGIN_NUMBERED, BEGIN_PERIODS, period_at
from bot.language.sentence import Sentence
from bot.language.spans import PARTS, SHORT_PARTS, Moment, clock_on, part_of, span_at
from bot.model.zones import comes_twice, local_of, midnight, whole_day

_THE = frozenset(("the", "early", "earlier", "late", "later"))
_OFFSET = re.compile(r"(.*?)(z|[+-][0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)")
_DAY = timedelta(days=1)
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


def moment_at(sentence: Sentence, at: int) -> Moment | None:
    """The moment whose words begin here, if any do. Raises UsageError for one that cannot be."""
    word = sentence.word(at)
    if word == "now":
        return _instant(sentence.minute, at + 1)
    if word in FROM_HOUR and (clock := _of_clock(sentence, at)):
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
    if clock := clock_at(with_clock(sentence, place), place):
        return _instant(clock_on(sentence, day, clock[0]), clock[1])
    return Moment(midnight(day, sentence.zone), midnight(day + _DAY, sentence.zone), until)


def _part_at(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """The part of a day behind its name, and the place after it: `evening`, `in the evening`, `at night`, `pm`."""
    word = sentence.word(at)
    if word in BEFORE_PARTS:
        at += 1 + (sentence.word(at + 1) == "the")
        word = sentence.word(at)
        return (word, at + 1) if word in PARTS else None
    return (word, at + 1) if word in PARTS or word in SHORT_PARTS else None


def _of_clock(sentence: Sentence, at: int) -> Moment | None:
    """`18:00`, and `18:00 yesterday`."""
    found = clock_at(sentence, at)
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
    found = clock_at(sentence, at)
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
            found = clock_at(sentence, first) if first >= 0 else None
            if found and found[1] == end:
                return found[0]
    return None


def stamp_at(sentence: Sentence, at: int) -> Moment | None:
    """`2022-06-01T18:00`, with or without its offset. Parts of a second are dropped."""
    day_text, mark, clock_text = sentence.word(at).partition("t")
    if not mark or not day_text[:1].isdigit():
        return None
    offset = _OFFSET.fullmatch(clock_text)
    bare = re.sub(r"[.,][0-9]+$", "", offset[1] if offset else clock_text)
    token = sentence.tokens[at]
    pieces = replace(sentence, tokens=(token._replace(word=day_text), token._replace(word=bare)))
    day, clock = day_at(pieces, 0), clock_at(pieces, 1)
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
