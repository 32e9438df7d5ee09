"""Reads the words of a day.

    day     = weekday | ["last"] weekday | [weekday] date | 25th | near
    near    = "today" | "yesterday" | "day before yesterday" | "tomorrow"
    date    = 2022-06-01 | 20220601 | number ["of"] month [year] | month number [year] | 1/6/2022
            | time-word "the" number                behind `since`, `on` and others, where nothing else can be meant
            | time-word number"."                   the same, and more follows: `seit dem 20. nur beta`
    month, weekday = English names, whole or their first three letters

A day without its year is the latest one that is not ahead. A date of numbers that reads two ways is refused; with dots
behind both numbers the day comes first: 1.11. or 1.11.2022.
"""

import re
from datetime import date, timedelta

from bot.language.sentence import Sentence
from bot.model.values import dataclass

YEARS = range(1970, 2100)  # computers count from the first, and calendars can still add a day to the last
_CALENDAR = "january february march april may june july august september october november december"
MONTHS = tuple(_CALENDAR.split())
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_WEEKDAYS = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
NUMBER_OF_WEEKDAY = {name: n for n, full in enumerate(WEEKDAYS) for name in (full, full[:3])} | _SHORT_WEEKDAYS
NUMBER_OF_MONTH = {name: n for n, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
_OF = frozenset(("of", "in"))
_TO = frozenset(("to", "through", "and"))
_BEFORE_DAYS = _TO | {"since", "from", "on", "before", "after", "between"}
_BEFORE_NUMBERS = _BEFORE_DAYS | {"the"}
_BEHIND_DAYS = _TO | {"", "until", "till"}
_CLOCKS = frozenset(("am", "pm", "o'clock", "uhr", "h"))
_WEEKS_BACK = {"this": 0, "the": 0, "last": 1, "past": 1, "previous": 1}
_NEAR = {"today": 0, "yesterday": -1, "yday": -1, "yest": -1, "tomorrow": 1}
_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])")
_NUMBERS = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?")
_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)")
_WITH_STOP = re.compile(r"(?:[01]?[0-9]|2[0-3])\.[0-5][0-9]")
_NUMBERED_DAY = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])")
_YEAR = re.compile(r"[0-9]{4}")
_SHORT_YEAR = re.compile(r"[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and the place after its last word."""

    day: date
    until: int


def day_at(sentence: Sentence, at: int) -> Day | None:
    """The day whose words begin here, if any do. Raises UsageError where the day is ambiguous or impossible."""
    word = sentence.word(at)
    if word == "day" and (sentence.word(at + 1), sentence.word(at + 2)) == ("before", "yesterday"):
        return Day(sentence.today - timedelta(days=2), at + 3)
    if word in _NEAR:
        return Day(sentence.today + timedelta(days=_NEAR[word]), at + 1)
    if word == "last" and sentence.word(at + 1) in NUMBER_OF_WEEKDAY:
        return Day(_weekday(sentence.word(at + 1), sentence.today - timedelta(days=1)), at + 2)
    if word in NUMBER_OF_WEEKDAY:
        return _weekday_and_date(sentence, at)
    if word == "last" and sentence.word(at + 1) == "week" and sentence.word(at + 2) in NUMBER_OF_WEEKDAY:
        return Day(_day_of_week(sentence, sentence.word(at + 2), 1), at + 3)
    return _date(sentence, at)


def begins_day(word: str) -> bool:
    """Whether a day may begin with this word: a weekday, a month, a number."""
    return word in NUMBER_OF_WEEKDAY or word in NUMBER_OF_MONTH or word in _NEAR or word[:1].isdigit()


def _weekday(word: str, latest: date) -> date:
    return latest - timedelta(days=(latest.weekday() - NUMBER_OF_WEEKDAY[word]) % 7)


def _weekday_and_date(sentence: Sentence, at: int) -> Day:
    found = _date(sentence, at + 1 + (sentence.word(at + 1) == "the"))  # `tuesday the 24th`
    if found is None and (of_week := _of_week(sentence, at)):
        return of_week
    if found is None:
        return Day(_weekday(sentence.word(at), sentence.today), at + 1)
    if found.day.weekday() != NUMBER_OF_WEEKDAY[sentence.word(at)]:
        told = f"{found.day.isoformat()} is a {WEEKDAYS[found.day.weekday()].capitalize()}."
        raise sentence.fault(told, at, found.until, _example(found.day, sentence.today))
    return found


def _of_week(sentence: Sentence, at: int) -> Day | None:
    """`tuesday last week`, `friday of this week`."""
    behind = sentence.word(at + 1)
    place = at + 1 + (behind in _OF)
    weeks = _WEEKS_BACK.get(sentence.word(place) if behind in _OF else behind)
    if weeks is None or sentence.word(place + 1) != "week":
        return None
    return Day(_day_of_week(sentence, sentence.word(at), weeks), place + 2)


def _day_of_week(sentence: Sentence, weekday: str, weeks: int) -> date:
    """This weekday of the week so many before this one."""
    days = sentence.today.weekday() + 7 * weeks - NUMBER_OF_WEEKDAY[weekday]
    return sentence.today - timedelta(days=days)


def _date(sentence: Sentence, at: int) -> Day | None:
    readings, until = _readings(sentence, at)
    if until == at:
        return None
    days = sorted({day for day in readings if day})
    if not days:
        told = f"{sentence.shown(at, until)} is no day of the calendar."
        raise sentence.fault(told, at, until, "/tasks since 2022-06-01")
    if len(days) > 1:
        told = f"{sentence.shown(at)} can be read two ways: {_spelled(days[0])} or {_spelled(days[1])}."
        raise sentence.fault(told, at, None, _example(days[-1], sentence.today), [day.isoformat() for day in days])
    return Day(days[0], until)


def _readings(sentence: Sentence, at: int) -> tuple[list[date | None], int]:
    """The days that the words here can be read as, None for one that never comes, and the place after the words."""
    word = sentence.word(at)
    if not word:
        return [], at
    if match := _ISO.fullmatch(word):
        year, month_number, number_of_day = (match[n] or match[n + more] for n, more in ((1, 4), (3, 3), (4, 3)))
        return [_real(int(year), int(month_number), int(number_of_day))], at + 1
    if (match := _NUMBERS.fullmatch(word)) and not is_clock(word):
        first, second, year, today = int(match[1]), int(match[3]), match[4], sentence.today
        day_first, month_first = (_of_year(year, *numbers, today) for numbers in ((second, first), (first, second)))
        is_day_first = match[2] == "." and day_first and (year or ends_with_dot(sentence, at))
        return [day_first, day_first if is_day_first else month_first], at + 1
    after = at + 1 + (sentence.word(at + 1) == "of")
    for number_at, month_at in ((at, after), (at + 1, at)):  # `1 June 2022`, `1st of June` or `June 1 2022`
        month = NUMBER_OF_MONTH.get(sentence.word(month_at))
        number = _NUMBER.fullmatch(sentence.word(number_at)) if month else None
        if number and month:
            end = max(number_at, month_at) + 1
            year_of = year_at(sentence, end)
            day = _of_year(str(year_of) if year_of else None, month, int(number[1]), sentence.today)
            return [day], end + bool(year_of)
    match = _ORDINAL.fullmatch(word)
    if match is None and at and sentence.tokens[at - 1].word in _BEFORE_NUMBERS and _is_of_month(sentence, at):
        match = _NUMBER.fullmatch(word)
    return ([_of_month(int(match[1]), sentence.today)], at + 1) if match else ([], at)


def _is_of_month(sentence: Sentence, at: int) -> bool:
    """`since the 20`, `seit dem 20. nur beta`: a number alone is a day's. `the 6 am`, `the 3 servers` are none, and the
    dot of `since 20.` may end the sentence."""
    before, behind = sentence.word(at - 1), sentence.word(at + 1)
    has_dot = ends_with_dot(sentence, at)
    if before == "the":
        follows = behind not in _CLOCKS if has_dot else behind in _BEHIND_DAYS
        return sentence.word(at - 2) in _BEFORE_DAYS and follows
    if before in _TO:
        return has_dot and _NUMBER.fullmatch(sentence.word(at - 2)) is not None and ends_with_dot(sentence, at - 2)
    return has_dot and before in _BEFORE_DAYS and behind != "" and behind not in _CLOCKS


def ends_with_dot(sentence: Sentence, at: int) -> bool:
    """`1.11.`: who writes the second dot writes the day first. `20.`: who writes a dot means a day."""
    offset, length = sentence.span(at, at + 1)
    return sentence.text[offset : offset + length].rstrip("?!)'\"").endswith(".")


def year_at(sentence: Sentence, at: int) -> int:
    """`2025`, and `25` where it is no year ahead; 0 where no year stands here."""
    word = sentence.word(at)
    if _YEAR.fullmatch(word):
        return int(word)
    year = 2000 + int(word) if _SHORT_YEAR.fullmatch(word) else 0
    return year if sentence.today.year - 9 <= year <= sentence.today.year else 0


def month_at(sentence: Sentence, at: int) -> tuple[date, int] | None:
    """The first day of the month that is named here, and the place after it: the latest that has begun."""
    month = NUMBER_OF_MONTH.get(sentence.word(at))
    if month is None or _NUMBER.fullmatch(sentence.word(at + 1)):
        return None
    after, today = sentence.word(at + 1), sentence.today
    if _YEAR.fullmatch(after):
        return (date(int(after), month, 1), at + 2) if int(after) in YEARS else None
    is_ahead = month > today.month or (month == today.month and sentence.word(at - 1) == "last")
    return date(today.year - is_ahead, month, 1), at + 1


def is_clock(word: str) -> bool:
    """`21.00` and `18.30`, but not `1.12`, which is a day."""
    return bool(_WITH_STOP.fullmatch(word)) and not _NUMBERED_DAY.fullmatch(word)


def _of_month(number: int, today: date) -> date | None:
    """The latest day of this number that is not ahead."""
    first = today.replace(day=1)
    for _ in range(3):
        day = _real(first.year, first.month, number)
        if day and day <= today:
            return day
        first = (first - timedelta(days=1)).replace(day=1)
    return None


def _of_year(year: str | None, month: int, number: int, today: date) -> date | None:
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
