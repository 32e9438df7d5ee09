"""Reads a time of day.

    clock   = 18:00 | 18:00:30 | 18.30 | 18h30 | 6pm | 6:30 pm | 18 uhr | "midnight" | "noon"
              | "half" "past" 3 | 3 "in the morning" | 1830 after a day or a word of time

A bare number is none, but where only a time can stand: `around 3`.
"""

import re
from dataclasses import replace
from datetime import time

from bot.language.days import NUMBER_OF_MONTH, is_clock
from bot.language.lengths import HOURS_APART, UNITS
from bot.language.sentence import Sentence
from bot.language.spans import NUMBER_WORDS

_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::([0-9]{2}))?(am|pm|a\.m|p\.m)?")
_HALVES = {"am": "am", "pm": "pm", "a.m": "am", "p.m": "pm"}
CLOCK_WORDS = {"midnight": time(0), **dict.fromkeys(("noon", "midday", "lunch", "lunchtime"), time(12))}
BEFORE_PARTS = frozenset(("in", "during", "at", "this"))
FROM_HOUR = {"half": 30, "quarter": 15}  # minutes
_SIDES = {"past": 1, "after": 1, "to": -1}
_EVENING, _NOON = 6, 12  # hours of the half of a day
_UHR = frozenset(("uhr", "o'clock", "oclock"))
_BEHIND_HOURS = UNITS | _HALVES.keys() | _UHR | BEFORE_PARTS | NUMBER_OF_MONTH.keys()
_HOUR_ALONE = re.compile(r"([01]?[0-9]|2[0-3])h([0-5][0-9])?")
_FOUR_DIGITS = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")


def clock_at(sentence: Sentence, at: int) -> tuple[time, int] | None:
    """A time of day and the place after it. A bare number is none."""
    word = sentence.word(at)
    if word in CLOCK_WORDS:
        return CLOCK_WORDS[word], at + 1
    if word in FROM_HOUR:
        return _spoken_clock(sentence, at, word)
    if apart := HOURS_APART.fullmatch(word):
        word = f"{apart[1]}:{apart[2]}"
    match = _CLOCK.fullmatch(word)
    if match is None or ("." in word and not (match[4] or is_clock(word))):
        return None
    after = "" if match[4] else sentence.word(at + 1)
    half = _HALVES[match[4]] if match[4] else _HALVES.get(after, "")
    until = at + (2 if after in _UHR or after in _HALVES else 1)
    if after in BEFORE_PARTS and (part := _half_behind(sentence, until, int(match[1]))):
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
    minutes = (whole.hour * 60 + _SIDES[side] * FROM_HOUR[word]) % (24 * 60)
    return time(minutes // 60, minutes % 60), at + 3 + bool(half or sentence.word(at + 3) in _UHR)


def _real(hour: int, minute: int, second: int, half: str) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def with_clock(sentence: Sentence, at: int) -> Sentence:
    """The sentence with four digits or an hour's `20h` here read as a clock, where they can be one."""
    found = _FOUR_DIGITS.fullmatch(sentence.word(at)) or _HOUR_ALONE.fullmatch(sentence.word(at))
    if found is None:
        return sentence
    clock = sentence.tokens[at]._replace(word=f"{found[1]}:{found[2] or '00'}")
    return replace(sentence, tokens=(*sentence.tokens[:at], clock, *sentence.tokens[at + 1 :]))


def with_hour(sentence: Sentence, at: int) -> Sentence:
    """As `with_clock`; a bare number that can be an hour is one: `around 3`."""
    word = sentence.word(at)
    if not (word.isdecimal() and len(word) <= 2 and int(word) < 24) or sentence.word(at + 1) in _BEHIND_HOURS:
        return with_clock(sentence, at)
    clock = sentence.tokens[at]._replace(word=f"{word}:00")
    return replace(sentence, tokens=(*sentence.tokens[:at], clock, *sentence.tokens[at + 1 :]))
