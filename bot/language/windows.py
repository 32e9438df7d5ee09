"""Turns moments and lengths into the bounds of a question: since, before, last, on. One function a term of time.

Knows no term by name: the table of terms names these functions.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.language.days import is_weekday
from bot.language.sentence import ADVICE, Sentence
from bot.language.times import Moment, Present, length_at, moment_at, next_clock

_AND = frozenset(("and", "&", "&amp", "to", "until", "till"))
_TO = frozenset(("to", "until", "till", "through"))
_WEEK = timedelta(days=6, hours=12)  # a day is looked up in the middle of it: clocks may be moved meanwhile
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Window:
    """Exclusive bounds (UTC), either may be open. `until` is the place after its last word."""

    after: datetime | None
    before: datetime | None
    until: int


def since(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    """`since monday`; and `from 22:00 to 06:00`, whose end is read from its start on."""
    moment = moment_at(sentence, at, present)
    if moment is None:
        return last(sentence, at, at, present)
    if sentence.word(moment.until) in _TO:
        end = _second(sentence, moment.until + 1, moment, present)
        if end and end.end > moment.start:
            return Window(moment.start, end.end, end.until)
    return Window(moment.start, None, moment.until)


def before(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    moment = moment_at(sentence, at, present)
    return Window(None, moment.start, moment.until) if moment else None


def until(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    moment = moment_at(sentence, at, present)
    return Window(None, moment.end, moment.until) if moment else None


def between(sentence: Sentence, first: int, at: int, present: Present) -> Window | None:
    """`between monday and wednesday` holds all of Wednesday. A second clock time alone is the next after the first."""
    start = moment_at(sentence, at, present)
    if start is None:
        return None
    place = start.until + (sentence.word(start.until) in _AND)
    end = _second(sentence, place, start, present) if place > start.until else None
    if end is None:
        told = f"{sentence.shown(first)} needs two times, with “and” between them."
        raise sentence.fault(told, first, start.until, "/tasks failed between monday and wednesday")
    return Window(start.start, end.end, end.until)


def _second(sentence: Sentence, at: int, start: Moment, present: Present) -> Moment | None:
    """The end, read from the start on: asked on a Tuesday, the Wednesday after Monday lies ahead."""
    if clock := next_clock(sentence, at, start.start, present):
        return clock
    seen = replace(present, now=start.start + _WEEK) if is_weekday(sentence.word(at)) else present
    return moment_at(sentence, at, seen)


def last(sentence: Sentence, first: int, at: int, present: Present) -> Window | None:
    """`last 7 days`, `last week`; and `last monday`, whose first word is a part of the day's name."""
    if length := length_at(sentence, at):
        return Window(present.back(length), None, length.until)
    if first != at and _NUMBER.fullmatch(sentence.word(at)):
        told = f"{sentence.shown(first, at + 1)} of what? Say “first {sentence.word(at)}”, or name hours or days."
        raise sentence.fault(told, first, at + 1, "/tasks failed last 5 days")
    return on(sentence, first, first, present) if first != at else None


def on(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    """A whole day. A time of day has no breadth: it is no window."""
    moment = moment_at(sentence, at, present)
    if moment is None:
        return None
    if moment.start == moment.end:
        words = " ".join(sentence.word(place) for place in range(at, moment.until))
        told = f"{sentence.shown(at, moment.until)} is one moment: say whether since it or before it."
        raise sentence.fault(
            told,
            at,
            moment.until,
            f"/tasks since {words}" if len(words) <= 40 and moment.start <= present.now else ADVICE,
        )
    return Window(moment.start, moment.end, moment.until)


def itself(sentence: Sentence, first: int, _at: int, present: Present) -> Window | None:
    """A day whose name is the phrase's own word."""
    return on(sentence, first, first, present)
