"""Reads periods of the calendar: numbered quarters, halves, thirds of a month.

    period = (q1 | … | q4 | h1 | h2) [year] | year (q1 | …) | ordinal ("quarter" | "half") [year]
             | ("first" | "second") "half" month | third month | third ("this" | "last" | "the") ("month" | "week")
    third  = "early" | "mid" | "late" | ("beginning" | "start" | "middle" | "end") "of"
    year   = ["of" | "in"] 2026

A quarter or half without its year is the latest that has begun. The first third of a month ends with its 10th day, the
second with its 20th, the first half with its 15th. A week begins with Monday and Tuesday, and ends from Friday on.
"""

import re
from datetime import date, timedelta
from typing import Final

from bot.language.days import MONTHS, NUMBER_OF_MONTH, YEARS, month_at, year_at
from bot.language.sentence import Sentence
from bot.language.spans import Moment, days_from, months_on

_NUMBERED: Final = frozenset(("q1", "q2", "q3", "q4", "h1", "h2"))
_PERIOD: Final = re.compile(r"([qh])([1-4])(?:['/-]?((?:20)?[0-9]{2}))?")
_UNITS: Final = {"q": 3, "quarter": 3, "qtr": 3, "h": 6, "half": 6}  # months
_ORDINALS: Final = {
    word: number
    for number, words in enumerate(("first 1st 1", "second 2nd 2", "third 3rd 3", "fourth 4th 4"), 1)
    for word in words.split()
}
_THIRDS: Final = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
_NAMED_THIRDS: Final = {"beginning": "early", "start": "early", "middle": "mid", "end": "late"}
_OF_WEEK: Final = {"early": (0, 2), "mid": (2, 4), "late": (4, 7)}  # days behind its Monday
_ON_OR_LAST: Final = ("this", "the", "last")
_HALVES: Final = {1: (1, 15), 2: (16, 31)}
_YEAR: Final = len("2026")
BEGIN_PERIODS: Final = _NUMBERED | _THIRDS.keys() | _NAMED_THIRDS.keys() | _ORDINALS.keys()
"""Words with which a period may begin."""
BEGIN_NUMBERED: Final = _NUMBERED | {"20"}
"""The first two letters of those with a number: `q3/2026`, `2026 q3`."""


def period_at(sentence: Sentence, at: int) -> Moment | None:
    """The period whose words begin here, if one's do."""
    word = sentence.word(at)
    if word in _ORDINALS:
        return _counted(sentence, at)
    if word in _THIRDS or word in _NAMED_THIRDS:
        return _third(sentence, at)
    if word[:2] in _NUMBERED:
        return _numbered(sentence, at)
    if len(word) == _YEAR and sentence.word(at + 1) in _NUMBERED and (year := year_at(sentence, at)):
        word = sentence.word(at + 1)
        return _part_of_year(sentence, _UNITS[word[0]], int(word[1]), year, at + 2)
    return None


def _numbered(sentence: Sentence, at: int) -> Moment | None:
    found = _PERIOD.fullmatch(sentence.word(at))
    if found is None:
        return None
    if found[3]:
        return _part_of_year(sentence, _UNITS[found[1]], int(found[2]), 2000 + int(found[3][-2:]), at + 1)
    return _with_year(sentence, _UNITS[found[1]], int(found[2]), at + 1)


def _counted(sentence: Sentence, at: int) -> Moment | None:
    """`third quarter`, `first half of 2026`, `second half of october`."""
    unit, number = sentence.word(at + 1), _ORDINALS[sentence.word(at)]
    if unit not in _UNITS:
        return None
    of = at + 2 + (sentence.word(at + 2) == "of")
    month = month_at(sentence, of) if unit == "half" else None
    if month and number in _HALVES:
        return _days_of(sentence, month[0], _HALVES[number], month[1])
    return _with_year(sentence, _UNITS[unit], number, at + 2)


def _with_year(sentence: Sentence, months: int, number: int, at: int) -> Moment | None:
    """The part of the year that is named here, else of this year or the last one."""
    place = at + (sentence.word(at) in ("of", "in"))
    if (sentence.word(place), sentence.word(place + 1)) in (("the", "year"), ("this", "year")):
        return _part_of_year(sentence, months, number, sentence.today.year, place + 2)
    if year := year_at(sentence, place):
        return _part_of_year(sentence, months, number, year, place + 1)
    begins = (number - 1) * months + 1
    return _part_of_year(sentence, months, number, sentence.today.year - (begins > sentence.today.month), at)


def _part_of_year(sentence: Sentence, months: int, number: int, year: int, until: int) -> Moment | None:
    if number * months > len(MONTHS) or year not in YEARS:
        return None
    first = date(year, (number - 1) * months + 1, 1)
    return days_from(sentence, first, months_on(first, months), until)


def _third(sentence: Sentence, at: int) -> Moment | None:
    """`early june`, `end of last month`."""
    word, at = sentence.word(at), at + 1
    if word in _NAMED_THIRDS:
        if sentence.word(at) != "of":
            return None
        word, at = _NAMED_THIRDS[word], at + 1
    if week := _third_of_week(sentence, at, word):
        return week
    if found := _month(sentence, at + (sentence.word(at) in ("of", "in"))):
        return _days_of(sentence, found[0], _THIRDS[word], found[1])
    return None


def _third_of_week(sentence: Sentence, at: int, third: str) -> Moment | None:
    """`late last week`, `beginning of the week`."""
    if sentence.word(at) not in _ON_OR_LAST or sentence.word(at + 1) != "week":
        return None
    weeks = 1 if sentence.word(at) == "last" else 0
    monday = sentence.today - timedelta(days=sentence.today.weekday() + 7 * weeks)
    first, past = (monday + timedelta(days=day) for day in _OF_WEEK[third])
    return days_from(sentence, first, past, at + 2)


def _month(sentence: Sentence, at: int) -> tuple[date, int] | None:
    """A month by its name, or the one that is on or was the last."""
    word, first = sentence.word(at), sentence.today.replace(day=1)
    if word in _ON_OR_LAST and sentence.word(at + 1) == "month":
        return (months_on(first, -1) if word == "last" else first), at + 2
    return month_at(sentence, at + (word == "last")) if word == "last" or word in NUMBER_OF_MONTH else None


def _days_of(sentence: Sentence, month: date, days: tuple[int, int], until: int) -> Moment:
    first, last = days
    past = months_on(month, 1) if last > 30 else month.replace(day=last + 1)
    return days_from(sentence, month.replace(day=first), past, until)
