"""Starts whose deadline has passed: judged, and each moved on to its next one.

Works inside somebody else's transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import AGAIN, Excuse, Excused, Missed, NotYet, doubt, judge_silence
from bot.alerting.silences import missed, offline
from bot.model import Rules, Run
from bot.store import rhythms
from bot.store.copy.dimensions import Dimensions
from bot.store.excuses import note_doubts
from bot.store.silences.grounds import Case, cases

STEP: Final = 200
"""Starts that are judged in one transaction."""


class Due(NamedTuple):
    """What did not start, and how many starts were looked at."""

    runs: list[Run]
    looked_at: int


async def overdue(
    connection: AsyncConnection,
    dimensions: Dimensions,
    rules: Rules,
    now: datetime,
    known: Collection[str],
    spare_runs: int,
    reader_from: datetime | None,
) -> Due:
    """Of accounts that are read. What cannot be judged yet is looked at again soon, and so is what waits for its
    agent: when that is back, its run may still be missed. `reader_from`: since when the bot runs."""
    looks = await rhythms.due(connection, now, rules.missed_grace, STEP)
    runs: list[Run] = []
    later: dict[datetime, list[str]] = {now + AGAIN: [look.subject for look in looks if look.account not in known]}
    doubts = [(look.subject, look.due_at, "") for look in looks if look.due_at and look.has_run and look.is_doubted]
    silent = [look for look in looks if look.account in known and not look.has_run]
    for case in await cases(connection, dimensions, silent, rules, now, reader_from):
        found = judge_silence(case.start, case.ground, now)
        doubts.append((case.look.subject, case.start.due_at, doubt(found)))
        run, again = _told(case, found, now)
        runs += [run] if run is not None else []
        if again is not None:
            later.setdefault(max(again, now + AGAIN), []).append(case.look.subject)
    put_off = {subject for subjects in later.values() for subject in subjects}
    moved = [look for look in looks if look.subject not in put_off]
    await rhythms.advance(connection, moved, now, rules.missed_grace, spare_runs)
    for at, subjects in later.items():
        if subjects:
            await rhythms.look_again(connection, subjects, at)
    await note_doubts(connection, doubts)
    return Due(runs, len(looks))


def _told(case: Case, found: Missed | Excused | NotYet | None, now: datetime) -> tuple[Run | None, datetime | None]:
    """What is told of it, and when to look at the same start again."""
    if isinstance(found, NotYet):
        return None, found.until
    if isinstance(found, Missed):
        return missed(case.task, case.look.subject, case.start.due_at, found.cause, now), None
    workload = case.ground.workload
    if isinstance(found, Excused) and found.excuse is Excuse.OFFLINE and workload and workload.agent:
        return offline(case.task, case.look.subject, workload.agent, now), now + AGAIN
    return None, None
