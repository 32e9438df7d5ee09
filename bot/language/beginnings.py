"""Reads where a stretch of time begins, in the words of /tasks: `7d`, `24h`, `monday`, `2022-06-01`. Pure."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.language.sentence import read
from bot.language.times import Present, length_at, moment_at

_EXAMPLE: Final = "7d"
_LEADING: Final = frozenset(("since", "last", "from"))


def beginning(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC); a length is counted back from `now`. Raises UsageError, also for what is not past."""
    sentence, present = read(text), Present(now, zone)
    at = int(sentence.word(0) in _LEADING)
    if (length := length_at(sentence, at)) and sentence.word(length.until) != "ago":
        start, until = present.back(length), length.until
    elif moment := moment_at(sentence, at, present):
        start, until = moment.start, moment.until
    else:
        told = f"{sentence.shown(0, len(sentence.tokens)) or text} is no time. Say 7d, 24h, monday or 2022-06-01."
        raise sentence.fault(told, 0, len(sentence.tokens), _EXAMPLE)
    if until < len(sentence.tokens):
        raise sentence.fault(
            f"{sentence.shown(until, len(sentence.tokens))} is too much: one time is enough here.",
            until,
            len(sentence.tokens),
            _EXAMPLE,
        )
    if start >= now:
        raise sentence.fault(f"{sentence.shown(0, until)} is still to come.", at, until, _EXAMPLE)
    return start
