"""The days that a schedule names: weekdays, days and weeks of a month, months. Numbers or words, in either case.

Each reader gives an empty set where nothing is named, and raises Unreadable where what is named is no such day.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

NOT_READABLE = "its schedule is of a form that the bot cannot read"
_MOST = 400  # values of one list
_LARGEST = 10**9
_LONGEST_WORD = 16  # characters
_SHORT = 3  # letters
_NUMBER = re.compile(r"\s*-?[0-9]{1,9}\s*")


def _by_name(names: str, begin: int) -> dict[str, int]:
    """Whole, and by the first three letters."""
    return {form: number for number, name in enumerate(names.split(), begin) for form in (name, name[:_SHORT])}


_WEEKDAYS = _by_name("monday tuesday wednesday thursday friday saturday sunday", 0)
_MONTHS = _by_name("january february march april may june july august september october november december", 1)
_WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_MONTHS_A_YEAR, _DAYS_A_MONTH, _WEEKS_A_MONTH = 12, 31, 5
_LAST_DAYS = {"last": -1, "last_day": -1}
_MONTH_DAYS_NAMES = ("monthdays", "days_of_month", "month_days")
_WEEKS_NAMES = ("weeks", "weeks_of_month", "week_of_month", "month_weeks", "week_numbers")
_LAST_DAY_NAMES = ("include_last_day_of_month", "include_last_day")


class Unreadable(ValueError):
    """The schedule cannot be read. The text says why, for a person."""


def weekdays(raw: Any) -> frozenset[int]:
    """Monday is 0. Acronis writes words; which number would be which day is not documented, so none is read."""
    found = frozenset(_WEEKDAYS.get(_word(each)) if isinstance(each, str) else None for each in _list(raw))
    return _all(found, "a day that no week has")


def months(raw: Any) -> frozenset[int]:
    """All twelve are as none: each month."""
    found = _all(frozenset(_named(each, _MONTHS) for each in _list(raw)), "a month that no year has")
    _within(found, _MONTHS_A_YEAR, "a month that no year has")
    return frozenset() if len(found) == _MONTHS_A_YEAR else found


def month_days(time: Mapping[str, Any]) -> frozenset[int]:
    found = _all(
        frozenset(_named(each, _LAST_DAYS) for name in _MONTH_DAYS_NAMES for each in _list(time.get(name))),
        "a day that no month has",
    )
    if any(each != -1 and not 1 <= each <= 31 for each in found):
        raise Unreadable("its schedule names a day that no month has")
    return found | {-1} if any(time.get(name) is True for name in _LAST_DAY_NAMES) else found


def weeks(time: Mapping[str, Any]) -> frozenset[int]:
    found = _all(
        frozenset(_named(each, _WEEKS) for name in _WEEKS_NAMES for each in _list(time.get(name))),
        "a week that no month has",
    )
    if any(each != -1 and not 1 <= each <= 5 for each in found):
        raise Unreadable("its schedule names a week that no month has")
    return found


def numbers(raw: Iterable[Any]) -> list[int]:
    """Whole numbers, as such or as text."""
    found = [_number(each) for each in raw]
    if None in found:
        raise Unreadable("its schedule holds what is no number")
    return [each for each in found if each is not None]


def _named(raw: Any, names: Mapping[str, int]) -> int | None:
    number = _number(raw)
    return names.get(_word(raw)) if number is None and isinstance(raw, str) else number


def _word(raw: str) -> str:
    return raw[:_LONGEST_WORD].strip().lower()


def _number(raw: Any) -> int | None:
    if isinstance(raw, str):
        return int(raw) if len(raw) <= _LONGEST_WORD and _NUMBER.fullmatch(raw) else None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) < _LARGEST:
        return None
    return int(raw) if raw == int(raw) else None


def _list(raw: Any) -> list[Any]:
    many = [] if raw is None or raw == "" else raw if isinstance(raw, list) else [raw]
    if len(many) > _MOST:
        raise Unreadable("its schedule names too many days")
    return many


def _all(found: frozenset[int | None], what: str) -> frozenset[int]:
    if None in found:
        raise Unreadable(f"its schedule names {what}")
    return frozenset(each for each in found if each is not None)


def _within(found: frozenset[int], most: int, what: str) -> None:
    if any(not 1 <= each <= most for each in found):
        raise Unreadable(f"its schedule names {what}")
