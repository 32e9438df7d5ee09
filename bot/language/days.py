"""Reads the words of a day.

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
"""A date may lie in these years: computers count from the first, and calendars can still add a day to the last."""

_CALENDAR = "january february march april may june july august september october november december"
MONTHS = tuple(_CALENDAR.split())
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBER_OF_WEEKDAY = {name: n for n, full in enumerate(WEEKDAYS) for name in (full, full[:3])} | {"tues": 1, "thurs": 3}
_NUMBER_OF_MONTH = {name: n for n, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
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


def day_at(sentence: Sentence, at: int) -> Day | None:
    """The day whose words begin here, if any do. Raises UsageError where the day is ambiguous or impossible."""
    word = sentence.word(at)
    if word in _NEAR:
        return Day(sentence.today + timedelta(days=_NEAR[word]), at + 1)
    if word == "last" and sentence.word(at + 1) in NUMBER_OF_WEEKDAY:
        return Day(_weekday(sentence.word(at + 1), sentence.today - timedelta(days=1)), at + 2)
    if word in NUMBER_OF_WEEKDAY:
        return _weekday_and_date(sentence, at)
    return _date(sentence, at)


def begins_day(word: str) -> bool:
    """Whether a day may begin with this word: a weekday, a month, a number."""
    return word in NUMBER_OF_WEEKDAY or word in _NUMBER_OF_MONTH or word in _NEAR or word[:1].isdigit()


def _weekday(word: str, latest: date) -> date:
    return latest - timedelta(days=(latest.weekday() - NUMBER_OF_WEEKDAY[word]) % 7)


def _weekday_and_date(sentence: Sentence, at: int) -> Day:
    found = _date(sentence, at + 1)
    if found is None:
        return Day(_weekday(sentence.word(at), sentence.today), at + 1)
    if found.day.weekday() != NUMBER_OF_WEEKDAY[sentence.word(at)]:
        told = f"{found.day.isoformat()} is a {WEEKDAYS[found.day.weekday()].capitalize()}."
        raise sentence.fault(told, at, found.until, _example(found.day, sentence.today))
    return found


def _date(sentence: Sentence, at: int) -> Day | None:
    return _iso(sentence, at) or _with_month(sentence, at) or _numbers(sentence, at)


def _iso(sentence: Sentence, at: int) -> Day | None:
    match = _ISO.fullmatch(sentence.word(at))
    if match is None:
        return None
    day = _real(int(match[1]), int(match[3]), int(match[4]))
    if day is None:
        raise _no_such_day(sentence, at, at + 1)
    return Day(day, at + 1)


def _with_month(sentence: Sentence, at: int) -> Day | None:
    """`1 June 2022` or `June 1 2022`."""
    for number_at, month_at in ((at, at + 1), (at + 1, at)):
        number = _NUMBER.fullmatch(sentence.word(number_at))
        month = _NUMBER_OF_MONTH.get(sentence.word(month_at))
        if number is None or month is None:
            continue
        year = _YEAR.fullmatch(sentence.word(at + 2))
        until = at + (3 if year else 2)
        day = _of_year(year[0] if year else "", month, int(number[1]), sentence.today)
        if day is None:
            raise _no_such_day(sentence, at, until)
        return Day(day, until)
    return None


def _numbers(sentence: Sentence, at: int) -> Day | None:
    """`25/12/2022`, where only one order of day and month makes a date."""
    match = _NUMBERS.fullmatch(sentence.word(at))
    if match is None:
        return None
    first, second, year, today = int(match[1]), int(match[3]), match[4] or "", sentence.today
    days = sorted({day for pair in ((second, first), (first, second)) if (day := _of_year(year, *pair, today))})
    if not days:
        raise _no_such_day(sentence, at, at + 1)
    if len(days) > 1:
        told = f"{sentence.shown(at)} can be read two ways: {_spelled(days[0])} or {_spelled(days[1])}."
        raise sentence.fault(told, at, None, _example(days[-1], today))
    return Day(days[0], at + 1)


def _of_year(year: str, month: int, number: int, today: date) -> date | None:
    """The day of this year; without a year the latest that is not ahead. 29 February may lie eight years back."""
    if year:
        return _real(int(year) if len(year) == 4 else 2000 + int(year), month, number)
    days = (_real(today.year - back, month, number) for back in range(9))
    return next((day for day in days if day and day <= today), None)


def _real(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if year in YEARS else None
    except ValueError:
        return None


def _example(day: date, today: date) -> str:
    return f"/tasks {'since' if day <= today else 'before'} {day.isoformat()}"


def _spelled(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year} ({day.isoformat()})"


def _no_such_day(sentence: Sentence, first: int, until: int) -> UsageError:
    told = f"{sentence.shown(first, until)} is no day of the calendar."
    return sentence.fault(told, first, until, "/tasks since 2022-06-01")
