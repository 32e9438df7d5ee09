"""When runs of a workload under a plan are due: last, next, how far apart, and until when a run may still come. Pure.

The next run is the schedule's next start, never the last start and a gap: a run by hand at noon moves nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from bot.alerting.schedule import last_start, next_start, offset_name, zone_of
from bot.model.plans import Rhythm, RhythmSource

EARLY: Final = timedelta(minutes=5)
"""A run that begins so long before a start is of that start: two clocks never agree."""
MOVED: Final = timedelta(minutes=75)
"""A run that begins so long before a learned start may be of it: the clock that it follows was changed."""
_OFFSET_AGE: Final = timedelta(hours=26)  # what a machine says of its clock is read once a day
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
CHANGING: Final = (
    *("Europe/Berlin", "Europe/London", "Europe/Helsinki", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns", "Atlantic/Azores"),
    *("Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "America/Santiago", "America/Asuncion"),
    *("Asia/Jerusalem", "Asia/Beirut", "America/Havana"),
)
"""A zone of each sort whose clocks are changed twice a year, the likeliest first."""
_NEVER_AGAIN: Final = timedelta(days=366)
"""The gap where a schedule has one start, and no other."""


def last_due(rhythm: Rhythm, now: datetime) -> datetime | None:
    """The last start at that moment or before; None where the rhythm is unknown."""
    return None if rhythm.schedule is None else last_start(rhythm.schedule, rhythm.zone, now)


def next_due(rhythm: Rhythm, after: datetime) -> datetime | None:
    """The first start after that moment; None where the rhythm is unknown."""
    return None if rhythm.schedule is None else next_start(rhythm.schedule, rhythm.zone, after)


def is_offset(zone: str) -> bool:
    """Whether it is no zone, but an offset from UTC: `UTC+02:00`."""
    return zone.startswith(("UTC+", "UTC-"))


def gap_at(rhythm: Rhythm, at: datetime, gaps: int = 1) -> timedelta | None:
    """How far the starts round that moment lie apart: from the last one to the next, or to the so-manyth one after it.

    None where the rhythm is unknown.
    """
    first = last_due(rhythm, at)
    if first is None:
        first = next_due(rhythm, at)
    if first is None:
        return None
    end = first
    for _ in range(gaps):
        coming = next_due(rhythm, end)
        if coming is None:
            return _NEVER_AGAIN
        end = coming
    return end - first


def lateness(rhythm: Rhythm) -> timedelta:
    """How much later than its start a run usually may begin."""
    delay = rhythm.schedule.random_delay if rhythm.schedule else timedelta()
    return delay + rhythm.spread


def shift(rhythm: Rhythm, at: datetime) -> timedelta:
    """By how much starts may be off at that moment, where only a machine's offset is known and its clock may have been
    changed since that was read. A plan that starts each hour is the same an hour later."""
    if not is_offset(rhythm.zone) or _changed(rhythm.zone, _quarter(at)) is None:
        return timedelta()
    gap = gap_at(rhythm, at)
    return _HOUR if gap is not None and gap > _HOUR else timedelta()


def _quarter(at: datetime) -> datetime:
    """The beginning of its quarter of an hour. Clocks are changed at one."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


@lru_cache(maxsize=1_024)
def _changed(name: str, at: datetime, minutes: int | None = None) -> str | None:
    """A zone whose clocks had the offset of that name a day ago and have another: so many minutes, where told."""
    zone, before = zone_of(name), at - _OFFSET_AGE
    offset = zone and zone.utcoffset(None)
    for each in CHANGING:
        old, new = (moment.astimezone(zone_of(each)).utcoffset() for moment in (before, at))
        if offset == old != new and (minutes is None or new == timedelta(minutes=minutes)):
            return each
    return None


def clocks_changed(since: datetime, until: datetime) -> bool:
    """Whether anywhere clocks were changed between these moments."""
    zones = [zone_of(each) for each in CHANGING]
    return any(since.astimezone(zone).utcoffset() != until.astimezone(zone).utcoffset() for zone in zones)


def _doubt(rhythm: Rhythm, due: datetime) -> timedelta:
    """By how much the run of a service may come later where the clock of its zone was put forward since its last one.

    Nobody knows whether the service follows that clock until its next run shows it. Where the clock was put back, a run
    by another one comes earlier.
    """
    shown_at, none = rhythm.clock_shown_at, timedelta()
    gap = gap_at(rhythm, due) if shown_at is not None and rhythm.source is RhythmSource.LEARNED else None
    if shown_at is None or gap is None or gap <= _HOUR:
        return none
    before, after = (at.astimezone(zone_of(rhythm.zone)).utcoffset() or none for at in (shown_at, due))
    return _HOUR if after > before else none


def earliness(rhythm: Rhythm, due: datetime) -> timedelta:
    """How much earlier than the start that was due then a run may begin and be of it."""
    early = EARLY + shift(rhythm, due)
    gap = gap_at(rhythm, due) if rhythm.source is RhythmSource.LEARNED else None
    return early if gap is None else max(early, min(gap / 3, MOVED))


def deadline(due: datetime, rhythm: Rhythm, grace: timedelta) -> datetime:
    """Until when the run that was due then may begin without being missed. What was due in the last hour before clocks
    are changed may come after that."""
    moved = max(shift(rhythm, due), shift(rhythm, due + _HOUR), _doubt(rhythm, due))
    return due + lateness(rhythm) + moved + grace


class Awaited(NamedTuple):
    """A start whose run may still come, until its deadline; `next_due_at` is the start after it."""

    due_at: datetime
    deadline_at: datetime
    next_due_at: datetime | None


def awaited(rhythm: Rhythm, grace: timedelta, now: datetime) -> Awaited | None:
    """The first start whose deadline is still to come. None where nothing is due any more, or nobody knows."""
    moved = _HOUR if is_offset(rhythm.zone) or rhythm.clock_shown_at is not None else timedelta()
    due = next_due(rhythm, now - lateness(rhythm) - moved - grace)
    while due is not None and deadline(due, rhythm, grace) <= now:
        due = next_due(rhythm, due)
    return None if due is None else awaiting(rhythm, grace, due)


def awaiting(rhythm: Rhythm, grace: timedelta, due: datetime) -> Awaited:
    """The start that is due then."""
    return Awaited(due, deadline(due, rhythm, grace), next_due(rhythm, due))


def overdue(rhythm: Rhythm, grace: timedelta, now: datetime) -> datetime | None:
    """The last start whose deadline has passed."""
    due = last_due(rhythm, now - lateness(rhythm) - grace)
    while due is not None and deadline(due, rhythm, grace) > now:
        due = last_due(rhythm, due - timedelta.resolution)
    return due


def is_of(rhythm: Rhythm, began_at: datetime, grace: timedelta) -> bool:
    """Whether a run that began then is of a start, and not beside the rhythm: begun by hand, or tried again."""
    due = last_due(rhythm, began_at + EARLY)
    return due is not None and began_at <= deadline(due, rhythm, grace)


def zone_for(minutes: int | None, names: Sequence[str], at: datetime, before: str = "") -> str:
    """The zone of a machine's clock that was so many minutes ahead of UTC when it was last asked, within a day or so.

    `names` are zones it may be in, the likeliest first: one that has this offset knows when clocks are changed. Where
    the offset is not known, it is the first one. `before` is what was found before: a machine whose offset changes with
    the clocks of a zone is in it.
    """
    if minutes is None:
        return names[0]
    offset = timedelta(minutes=minutes)
    if is_offset(before):
        before = _changed(before, _quarter(at), minutes) or ""
    for name in (*names, *filter(None, (before,))):
        zone = zone_of(name)
        if zone is not None and offset in {day.astimezone(zone).utcoffset() for day in (at, at - _OFFSET_AGE)}:
            return name
    return offset_name(minutes) if abs(offset) < _DAY else names[0]
