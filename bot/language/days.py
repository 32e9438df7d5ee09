"""Reads phrases for a day. Knows the calendar and no clock.

    day     = weekday | ["last"] weekday | [weekday] date | "today" | "yesterday" | "tomorrow"
    date    = 2022-06-01 | number month [year] | month number [year] | 1/6/2022
    month, weekday = English names, whole or their first three letters

A day without its year is the latest one that is not ahead. A date of numbers that reads two ways is refused.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import UsageError
from bot.language.sentence import Sentence

YEARS = range(1970, 2100)
"""The years a date may lie in: from the first that computers count to one that calendars still can add a day to."""

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = {name: n for n, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
_WEEKDAY = {name: n for n, full in enumerate(WEEKDAYS) for name in (full, full[:3])} | {"tues": 1, "thurs": 3}
_NEAR = {"today": 0, "yesterday": -1, "tomorrow": 1}
_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_NUMBERS = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?")
_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and the place after its last word."""

    day: date
    until: int


def day_at(sentence: Sentence, at: int, today: date) -> Day | None:
    """The day whose words begin here. None: no day does. Raises UsageError where one is ambiguous or impossible."""
    word = sentence.word(at)
    if word in _NEAR:
        return Day(today + timedelta(days=_NEAR[word]), at + 1)
    if word == "last" and sentence.word(at + 1) in _WEEKDAY:
        return Day(_weekday(sentence.word(at + 1), today - timedelta(days=1)), at + 2)
    if word in _WEEKDAY:
        return _weekday_and_date(sentence, at, today)
    return _date(sentence, at, today)


def begins_day(word: str) -> bool:
    """Whether a day may begin with this word: a weekday, a month, a number."""
    return word in _WEEKDAY or word in _MONTH or word in _NEAR or word[:1].isdigit()


def is_weekday(word: str) -> bool:
    return word in _WEEKDAY


def _weekday(word: str, latest: date) -> date:
    return latest - timedelta(days=(latest.weekday() - _WEEKDAY[word]) % 7)


def _weekday_and_date(sentence: Sentence, at: int, today: date) -> Day:
    found = _date(sentence, at + 1, today)
    if found is None:
        return Day(_weekday(sentence.word(at), today), at + 1)
    if found.day.weekday() != _WEEKDAY[sentence.word(at)]:
        told = f"{found.day.isoformat()} is a {WEEKDAYS[found.day.weekday()].capitalize()}."
        raise sentence.fault(told, at, found.until, _example(found.day, today))
    return found


def _date(sentence: Sentence, at: int, today: date) -> Day | None:
    return _iso(sentence, at) or _named(sentence, at, today) or _numbers(sentence, at, today)


def _iso(sentence: Sentence, at: int) -> Day | None:
    match = _ISO.fullmatch(sentence.word(at))
    if match is None:
        return None
    day = _real(int(match[1]), int(match[3]), int(match[4]))
    if day is None:
        raise _no_such_day(sentence, at, at + 1)
    return Day(day, at + 1)


def _named(sentence: Sentence, at: int, today: date) -> Day | None:
    """`1 June 2022` or `June 1 2022`."""
    for number_at, month_at in ((at, at + 1), (at + 1, at)):
        number = _NUMBER.fullmatch(sentence.word(number_at))
        month = _MONTH.get(sentence.word(month_at))
        if number is None or month is None:
            continue
        year = _YEAR.fullmatch(sentence.word(at + 2))
        day = _real(int(year[0]), month, int(number[1])) if year else _latest(month, int(number[1]), today)
        until = at + (3 if year else 2)
        if day is None:
            raise _no_such_day(sentence, at, until)
        return Day(day, until)
    return None


def _numbers(sentence: Sentence, at: int, today: date) -> Day | None:
    """`25/12/2022`: taken when only one order of day and month makes a date."""
    match = _NUMBERS.fullmatch(sentence.word(at))
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), match[4]
    readings = {
        _real(_century(year), month, number) if year else _latest(month, number, today)
        for month, number in ((second, first), (first, second))
    }
    days = sorted(day for day in readings if day)
    if not days:
        raise _no_such_day(sentence, at, at + 1)
    if len(days) > 1:
        told = f"{sentence.shown(at)} can be read two ways: {_spelled(days[0])} or {_spelled(days[1])}."
        raise sentence.fault(told, at, None, _example(days[-1], today))
    return Day(days[0], at + 1)


def _century(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _real(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if year in YEARS else None
    except ValueError:
        return None


def _latest(month: int, number: int, today: date) -> date | None:
    """The latest such day that is not ahead; 29 February may lie eight years back."""
    days = (_real(today.year - back, month, number) for back in range(9))
    return next((day for day in days if day and day <= today), None)


def _example(day: date, today: date) -> str:
    return f"/tasks {'since' if day <= today else 'before'} {day.isoformat()}"


def _spelled(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year} ({day.isoformat()})"


def _no_such_day(sentence: Sentence, first: int, until: int) -> UsageError:
    return sentence.fault(
        f"{sentence.shown(first, until)} is no day of the calendar.", first, until, "/tasks since 2022-06-01"
    )
