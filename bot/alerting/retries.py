"""When Slack is asked again about a post that it did not take, or did not confirm (design §4). Pure.

looked for, not there   it was not posted: tried like any refusal, without an end
cannot be looked for    made again, marked: at once, after 5 min, then every 10 to 60 min while it is about something
                        open; and when Slack answers again after it answered nothing
refused in itself       10 times, then every 10 to 60 min while it is about something open

Nothing that is about something open is ever given up.
"""

from datetime import datetime, timedelta
from typing import Final

LOOKS: Final = 2
"""So many looks in vain, `LOOK_AGAIN` apart, show that a post did not arrive."""
LOOK_AGAIN: Final = timedelta(seconds=3)
LOOKS_END: Final = timedelta(minutes=1)
"""Where Slack shows no history for so long after the post, it is made again without having been looked for."""
LIMITED_LOOKS_END: Final = timedelta(minutes=5)
"""The same where Slack only asks to slow down: some apps get one call a minute."""

PROBE: Final = timedelta(seconds=15)
"""While Slack answers nothing at all, it is asked so often whether it does: what waits for a repeat is then due."""

MOST_REFUSALS: Final = 10
"""After so many refusals in a row, for a reason nobody knows, the fallback channel is told, and the pace is slow."""
TOLD_AFTER: Final = 2
"""After so many marked repeats the fallback channel is told."""

_LONGEST: Final = 15.0  # seconds: when Slack is well again, all that waited is due within twice as long
_SECOND_REPEAT: Final = timedelta(minutes=5)
_SLOW: Final = (timedelta(minutes=10), timedelta(minutes=60))  # the first wait, and the longest


def seconds_until(tries: int, jitter: float) -> float:
    """How long to wait after so many failures in a row. `jitter` is from 0 to 1."""
    return min(2.0 ** min(tries - 1, 9), _LONGEST) * (0.5 + jitter)


def looks_end(at: datetime, *, limited: bool) -> datetime:
    """Until when history is asked for a post that was not confirmed `at` that moment."""
    return at + (LIMITED_LOOKS_END if limited else LOOKS_END)


def repeat_at(repeats: int, at: datetime) -> datetime:
    """When a post that was not confirmed `at` that moment, and repeated so often before, is made again, marked."""
    if repeats == 0:
        return at
    return at + (_SECOND_REPEAT if repeats == 1 else slowly(repeats - TOLD_AFTER))


def slowly(times: int) -> timedelta:
    """The wait before the next try, where so many were made at this pace."""
    first, longest = _SLOW
    return min(first * (1 << min(times, 9)), longest)
