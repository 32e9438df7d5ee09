"""stand-in until copy/history"""

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.rhythm import LOOKED_AT
from bot.model import RunFact, SubjectHistory
from bot.store.dialect import Prepared, listed
from bot.store.schema import moment, moment_or_none, shapes, standings, tasks

_each = listed("subjects")
_inner = tasks.alias("inner")
_newest = (
    select(_inner.c.number)
    .where(_inner.c.subject == _each.c.value)
    .order_by(_inner.c.began_at.desc())
    .limit(LOOKED_AT)
    .correlate(_each)
    .scalar_subquery()
)
_RUNS = Prepared(
    select(tasks.c.subject, tasks.c.began_at, shapes.c.code, tasks.c.completed_at - tasks.c.started_at)
    .select_from(_each.join(tasks, tasks.c.number.in_(_newest)).join(shapes, shapes.c.number == tasks.c.shape))
    .order_by(tasks.c.subject, tasks.c.began_at.desc())
)
_LAST_GOOD = Prepared(
    select(standings.c.subject, standings.c.good_began_at, standings.c.good_ended_at).where(
        standings.c.subject.in_(select(listed("subjects").c.value)), standings.c.good_ended_at.is_not(None)
    )
)


async def load(connection: AsyncConnection, subjects: list[str]) -> dict[str, SubjectHistory]:
    runs: defaultdict[str, list[RunFact]] = defaultdict(list)
    for subject, began, code, length in await _RUNS.rows(connection, subjects=subjects):
        runs[subject].append(RunFact(moment(began), code, None if length is None else timedelta(microseconds=length)))
    good = {row[0]: row[1:] for row in await _LAST_GOOD.rows(connection, subjects=subjects)}
    return {
        subject: SubjectHistory(tuple(runs[subject]), *map(moment_or_none, good.get(subject, (None, None))))
        for subject in subjects
    }
