"""Reads how long, and writes a length in words that are read back as the same.

    length  = number unit … | unit                                  24h, 7 days, 1h30m, two weeks, week
    unit    = s | min | h | d | w | fortnight | month, in their usual spellings

Hours and minutes are counted. Days, weeks and months (of 30 days) go by the clock on the wall: a day back is the same
time of day when clocks were moved between. What is counted back from now begins on the full minute.
"""

import re
from datetime import datetime, timedelta

from bot.language.sentence import Sentence
from bot.language.spans import DIGITS, NUMBER_WORDS, TENS
from bot.model.values import dataclass
from bot.model.zones import local_of, moment_of

_LONGEST = timedelta(days=3660)
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,3})?"
_AMOUNT = re.compile(_NUMBER)
_LENGTH = re.compile(rf"(?:{_NUMBER}[a-z]+){{1,4}}")
_PART = re.compile(rf"({_NUMBER})([a-z]+)")
HOURS_APART = re.compile(r"([0-9]{1,2})h([0-9]{2})")
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
_QUARTERS = {"quarter": "0.25", "quarters": "0.75"}  # three of them
_VAGUE = frozenset(("couple", "few"))  # a few are three: the answer says what it took them for
_SPOKEN = frozenset((*_VAGUE, *TENS, *_QUARTERS, "half"))


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
    if apart := HOURS_APART.fullmatch(word):
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


def spelled_length(length: timedelta) -> str:
    """`1d2h`, `5m`, `90s` as `1m30s`: in whole seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
