"""When each subject of `standings` is due, as rows: asked for, and moved on when the time of a start has passed.

Works on a connection inside somebody else's transaction. A row awaits one start at a time: the first whose deadline had
not passed when it was looked at last.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.rhythm import EARLY, Awaited, awaited, earliness, last_due, next_due, overdue
from bot.alerting.targets import by_rhythm
from bot.model.plans import Retry, Rhythm, RhythmSource
from bot.model.values import dataclass
from bot.store.codec import MICROSECOND
from bot.store.dialect import Prepared, each_of
from bot.store.plans.schedules import schedule_of, schedule_text
from bot.store.schema import micros, moment, moment_or_none, rhythms, standings

WRITTEN: Final = (
    *("subject", "account", "source", "rhythm", "basis", "due_at", "deadline_at", "next_due_at", "next_look_at"),
    *("target", "usual_length", "learned_at", "since"),
)
"""The columns of a rhythm that is built; what excuses it is written by `excuses`."""
_REMEMBERED: Final = 4_096  # rhythms: thousands of workloads share one

_MOVED: Final = ("due_at", "deadline_at", "next_due_at", "next_look_at", "target")
_MOVE = Prepared(
    lambda: (
        update(rhythms)
        .where(rhythms.c.subject == bindparam("of_subject"))
        .values({name: bindparam(name, type_=BigInteger) for name in _MOVED})
    ),
    (*_MOVED, "of_subject"),
)
_LOOK = Prepared(
    lambda: (
        update(rhythms)
        .where(rhythms.c.subject.in_(each_of("subjects")))
        .values(next_look_at=bindparam("at", type_=BigInteger))
    )
)
_OF = Prepared(lambda: select(rhythms.c.subject, rhythms.c.rhythm).where(rhythms.c.subject.in_(each_of("subjects"))))
_ROW = (
    *(rhythms.c[name] for name in ("subject", "account", "rhythm", "since", "usual_length")),
    *(standings.c[name] for name in ("run_began_at", "good_began_at")),
    case((rhythms.c.excuse == "", rhythms.c.excuse_until)),
    rhythms.c.doubt_from,
)
_ROWS = select(*_ROW).outerjoin(standings, standings.c.subject == rhythms.c.subject)
_now = bindparam("now", type_=BigInteger)
_DUE = Prepared(
    lambda: (
        _ROWS.where(rhythms.c.next_look_at <= _now)
        .order_by(rhythms.c.next_look_at, rhythms.c.subject)
        .limit(bindparam("most", type_=Integer))
    )
)
_UPCOMING = Prepared(
    lambda: select(*(rhythms.c[name] for name in ("subject", "due_at", "next_due_at"))).where(
        rhythms.c.due_at <= bindparam("until", type_=BigInteger)
    )
)


@dataclass(frozen=True, slots=True)
class Look:
    """A rhythm whose time to be looked at has come.

    `due_at` is the last start whose deadline has passed, None where it was before `since`, from when on starts are
    expected: then nothing was missed; it may come so much `early`. `last_run_at` is when the last run that is over
    began, `last_good_at` the last good one. `excused_until`: until then, as far as was seen, nothing was expected of
    it. `is_doubted`: an earlier start could not be judged.
    """

    subject: str
    account: str
    rhythm: Rhythm
    since: datetime
    due_at: datetime | None = None
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    usual: timedelta | None = None
    excused_until: datetime | None = None
    early: timedelta = EARLY
    is_doubted: bool = False

    @property
    def has_run(self) -> bool:
        """Whether a run came that is over."""
        return self.due_at is None or (self.last_run_at is not None and self.last_run_at >= self.due_at - self.early)


async def due(connection: AsyncConnection, now: datetime, grace: timedelta, limit: int) -> list[Look]:
    """At most `limit` of those to be looked at, the earliest first. Whoever judged them moves them on (`advance`)."""
    rows = await _DUE.rows(connection, now=micros(now), most=limit)
    passed = {text: _passed(rhythm_of(text), grace, now) for text in {row[2] for row in rows}}
    return [_look(row, *passed[row[2]]) for row in rows]


def _passed(rhythm: Rhythm, grace: timedelta, now: datetime) -> tuple[datetime | None, timedelta]:
    """The last start whose deadline has passed, and how much earlier its run may begin."""
    due_at = overdue(rhythm, grace, now)
    return due_at, EARLY if due_at is None else earliness(rhythm, due_at)


async def advance(
    connection: AsyncConnection, looks: Sequence[Look], now: datetime, grace: timedelta, spare_runs: int
) -> None:
    """Each awaits its next start from now on, and is looked at when that one's deadline has passed."""
    rhythms_ = {id(each.rhythm): each.rhythm for each in looks}  # thousands share one, and to hash it takes long
    coming = {key: start_values(awaited(rhythm, grace, now)) for key, rhythm in rhythms_.items()}
    targets = {key: _Targets(rhythm, spare_runs) for key, rhythm in rhythms_.items()}
    rows = [
        (*coming[key], targets[key].of(each.last_good_at or now, each.usual), each.subject)
        for each in looks
        for key in (id(each.rhythm),)
    ]
    await _MOVE.many(connection, rows)


class _Targets:
    """The targets of workloads that share a rhythm, in microseconds: most last ran well between the same two starts."""

    def __init__(self, rhythm: Rhythm, spare_runs: int) -> None:
        self._rhythm = rhythm
        self._spare_runs = spare_runs
        self._between: tuple[datetime, datetime] | None = None
        self._gaps: timedelta | None = None

    def of(self, last_good_at: datetime, usual: timedelta | None) -> int | None:
        if self._between is None or not self._between[0] <= last_good_at < self._between[1]:
            self._gaps = by_rhythm(self._rhythm, last_good_at, None, self._spare_runs)
            first, then = last_due(self._rhythm, last_good_at), next_due(self._rhythm, last_good_at)
            self._between = (first, then) if first is not None and then is not None else None
        return None if self._gaps is None else (self._gaps + (usual or timedelta())) // MICROSECOND


async def look_again(connection: AsyncConnection, subjects: Collection[str], at: datetime) -> None:
    """Puts the look at these off: until then nothing can be judged."""
    await _LOOK.rows(connection, subjects=sorted(subjects), at=micros(at))


async def rhythms_of(connection: AsyncConnection, subjects: Iterable[str]) -> dict[str, Rhythm]:
    """Those that were built already."""
    wanted = sorted(set(subjects))
    rows = await _OF.rows(connection, subjects=wanted) if wanted else []
    return {subject: rhythm_of(text) for subject, text in rows}


async def upcoming(connection: AsyncConnection, until: datetime) -> dict[str, tuple[datetime, datetime | None]]:
    """By subject the start that is awaited, where it is not after that moment, and the one after it.

    The first may be past: its run may still come, or is there already.
    """
    rows = await _UPCOMING.rows(connection, until=micros(until))
    return {subject: (moment(due_at), moment_or_none(next_due)) for subject, due_at, next_due in rows}


def start_values(start: Awaited | None) -> tuple[int | None, ...]:
    """`due_at`, `deadline_at`, `next_due_at` and `next_look_at` of a row."""
    if start is None:
        return (None,) * 4
    next_due = None if start.next_due_at is None else micros(start.next_due_at)
    return micros(start.due_at), micros(start.deadline_at), next_due, micros(start.deadline_at)


def rhythm_text(rhythm: Rhythm) -> str:
    """The same rhythm has the same text."""
    retry = rhythm.retry and [rhythm.retry.interval // MICROSECOND, rhythm.retry.most]
    spread = rhythm.spread // MICROSECOND
    value = [rhythm.source.value, schedule_text(rhythm.schedule), rhythm.zone, spread, rhythm.why, retry]
    value += [] if rhythm.clock_shown_at is None else [micros(rhythm.clock_shown_at)]
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=_REMEMBERED)
def rhythm_of(text: str) -> Rhythm:
    source, schedule, zone, spread, why, retry, *shown = json.loads(text)
    own = Retry(retry[0] * MICROSECOND, retry[1]) if retry else None
    shown_at = moment(shown[0]) if shown else None
    return Rhythm(RhythmSource(source), schedule_of(schedule), zone, spread * MICROSECOND, why, own, shown_at)


def _look(row: tuple[Any, ...], passed: datetime | None, early: timedelta) -> Look:
    since, usual = moment(row[3]), row[4]
    return Look(
        row[0],
        row[1],
        rhythm_of(row[2]),
        since,
        passed if passed is not None and passed >= since else None,
        moment_or_none(row[5]),
        moment_or_none(row[6]),
        None if usual is None else usual * MICROSECOND,
        moment_or_none(row[7]),
        early,
        row[8] is not None,
    )
