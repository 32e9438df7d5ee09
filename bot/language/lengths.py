"""How long tasks took: `longer than 2h`, `under 5 minutes`. Reads such bounds and writes them. Knows no term.

A day is 24 hours here, a month 30 days. Both bounds are exclusive.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.language.sentence import Sentence
from bot.language.times import Present, length_at


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound of a length. `until` is the place after its last word."""

    longer_than: timedelta | None
    shorter_than: timedelta | None
    until: int


def longer(sentence: Sentence, _first: int, at: int, _present: Present) -> Bound | None:
    found = _length(sentence, at)
    return Bound(found[0], None, found[1]) if found else None


def shorter(sentence: Sentence, _first: int, at: int, _present: Present) -> Bound | None:
    found = _length(sentence, at)
    return Bound(None, found[0], found[1]) if found else None


def _length(sentence: Sentence, at: int) -> tuple[timedelta, int] | None:
    """`2h`, and `2 hours 30 minutes`: the parts of a length may stand apart, the longer one first."""
    whole, step = timedelta(), timedelta.max
    while length := length_at(sentence, at):
        part = timedelta(days=length.days) + length.counted
        if part >= step:
            break
        whole, step, at = whole + part, part, length.until
    return (whole, at) if whole else None


def spelled(length: timedelta) -> str:
    """`1d2h`, `5m`, `90s` as `1m30s`: in whole seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
