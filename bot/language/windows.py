"""Turns moments and lengths into the bounds of a question: since, before, last, on. One function a term of time.

Knows no term by name: the table of terms names these functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.language.sentence import ADVICE, Sentence
from bot.language.times import Present, length_at, moment_at


@dataclass(frozen=True, slots=True)
class Window:
    """Exclusive bounds (UTC), either may be open. `until` is the place after its last word."""

    after: datetime | None
    before: datetime | None
    until: int


Read = Callable[[Sentence, int, int, Present], Window | None]
"""Reads a window: the phrase's own word stands at the first place, what follows at the second. None: no time there."""


def since(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    if moment := moment_at(sentence, at, present):
        return Window(moment.start, None, moment.until)
    return last(sentence, at, at, present)


def before(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    moment = moment_at(sentence, at, present)
    return Window(None, moment.start, moment.until) if moment else None


def until(sentence: Sentence, _first: int, at: int, present: Present) -> Window | None:
    moment = moment_at(sentence, at, present)
    return Window(None, moment.end, moment.until) if moment else None


def last(sentence: Sentence, first: int, at: int, present: Present) -> Window | None:
    """`last 7 days`, `last week`; and `last monday`, whose first word is a part of the day's name."""
    if length := length_at(sentence, at):
        return Window(present.back(length), None, length.until)
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
