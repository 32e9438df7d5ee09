"""Which backups are due soon, and which of them are at risk. Each is judged by itself, of its rhythm.

Works on a connection inside somebody else's transaction.
"""

import asyncio
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting import due_soon as rules
from bot.alerting.missed import Excuse
from bot.model import DueBackup, DueSoon
from bot.model.plans import UNKNOWN_RHYTHM
from bot.model.values import dataclass
from bot.store.codec import MICROSECOND
from bot.store.copy.history import whose
from bot.store.copy.protection import JOINED, Asked
from bot.store.rhythms import rhythm_of
from bot.store.schema import micros, moment, moment_or_none, rhythms, standings

AT_ONCE: Final = 200
"""Rows that are judged without a pause."""
_NOT_DUE: Final = (Excuse.PAUSED.value, Excuse.NOT_EXPECTED.value)


@dataclass(frozen=True, slots=True)
class _Judged:
    row: Any
    upcoming: rules.Upcoming
    misses_at: datetime | None
    is_late: bool


async def due_soon(connection: AsyncConnection, asked: Asked, *, offset: int, rows: int) -> DueSoon:
    until = asked.as_of + rules.AHEAD
    found: list[_Judged] = []
    for place, row in enumerate(await connection.execute(_candidates(asked, until)), 1):
        if place % AT_ONCE == 0:
            await asyncio.sleep(0)  # others go on meanwhile
        if (judged := _judged(row, asked.as_of, until)) is not None:
            found.append(judged)
    found.sort(key=_worst_first)
    return DueSoon(
        tuple(_line(asked, each) for each in found[offset : offset + rows]),
        until,
        due=sum(each.upcoming.due_at is not None for each in found),
        at_risk=sum(each.upcoming.is_at_risk for each in found),
        late=sum(each.is_late for each in found),
        size=len(found),
        offset=offset,
    )


def _candidates(asked: Asked, until: datetime) -> Any:
    """What awaits a start until then, or gets too old."""
    misses_at = standings.c.good_ended_at + asked.within
    now, end = (literal(micros(at), BigInteger) for at in (asked.as_of, until))
    names = ("rhythm", "due_at", "usual_length", "excuse_why")
    return (
        select(standings, misses_at.label("misses_at"), *(rhythms.c[name] for name in names))
        .select_from(JOINED)
        .where(*asked.conditions, func.coalesce(rhythms.c.excuse, "").not_in(_NOT_DUE))
        .where(or_(rhythms.c.due_at <= end, (misses_at > now) & (misses_at <= end)))
    )


def _judged(row: Any, now: datetime, until: datetime) -> _Judged | None:
    misses_at = moment_or_none(row.misses_at)
    coming = rules.Coming(
        rhythm_of(row.rhythm) if row.rhythm else UNKNOWN_RHYTHM,
        moment_or_none(row.due_at),
        moment(row.run_began_at),
        misses_at,
        (row.usual_length or 0) * MICROSECOND,
    )
    upcoming = rules.due_soon(coming, now, until)
    if upcoming is None:
        return None
    return _Judged(row, upcoming, misses_at, misses_at is not None and misses_at <= now)


def _worst_first(judged: _Judged) -> tuple[bool, bool, float, str]:
    """What is at risk by when it gets too old, then what is late, then all else by time."""
    at = judged.misses_at if judged.upcoming.is_at_risk else judged.upcoming.due_at
    return not judged.upcoming.is_at_risk, not judged.is_late, at.timestamp() if at else 0.0, judged.row.subject


def _line(asked: Asked, judged: _Judged) -> DueBackup:
    row = judged.row
    return DueBackup(
        *whose(asked.dimensions, row),
        due_at=judged.upcoming.due_at,
        misses_at=judged.misses_at,
        is_at_risk=judged.upcoming.is_at_risk,
        why=row.excuse_why or "",
    )
