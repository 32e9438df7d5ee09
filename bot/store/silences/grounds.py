"""What starts are judged on: who ran last, what runs now, what Acronis says of workload and plan, outages.

Works inside somebody else's transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import Expectation, Ground, Outage, is_replaced, of_plan
from bot.alerting.rhythm import deadline, gap_at
from bot.model import Rules, Task
from bot.model.plans import Api, ApiAccess, KnownWorkload
from bot.model.values import dataclass
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.history import history_from
from bot.store.dialect import Prepared, each_of
from bot.store.plans.facts import accesses, facts_of
from bot.store.rhythms import Look
from bot.store.schema import micros, moment, moment_or_none, outages, retired, standings, tasks

LOOKED_BACK: Final = timedelta(days=3)
"""Outages that ended before are not looked at."""
_GAPS: Final = 2  # without a run before it was watched: it had stopped
_MOST_GAPS: Final = 3  # without a run at all

_RUNNING = Prepared(
    lambda: (
        select(tasks.c.unfinished_subject, func.max(tasks.c.began_at))
        .where(tasks.c.unfinished_subject.in_(each_of("subjects")))
        .group_by(tasks.c.unfinished_subject)
    )
)
_RETIRED = Prepared(
    lambda: select(retired.c.subject, retired.c.at, retired.c.name).where(retired.c.subject.in_(each_of("subjects")))
)
_OUTAGES = Prepared(
    lambda: select(outages.c.began_at, outages.c.ended_at).where(
        outages.c.account == bindparam("of_account"),
        or_(outages.c.ended_at.is_(None), outages.c.ended_at >= bindparam("since", type_=BigInteger)),
    )
)


class _Last(NamedTuple):
    """A row of `_STANDINGS`."""

    subject: str
    run_shape: int
    run_tenant: int
    run_machine: int
    run_plan: int
    run_began_at: int
    run_ended_at: int


_STANDINGS = Prepared(
    lambda: select(*(standings.c[name] for name in _Last._fields)).where(standings.c.subject.in_(each_of("subjects")))
)


@dataclass(frozen=True, slots=True)
class Case:
    """A start that was due, the last run of the same as a task, and what both are judged on."""

    look: Look
    task: Task
    start: Expectation
    ground: Ground


async def cases(
    connection: AsyncConnection,
    dimensions: Dimensions,
    looks: Sequence[Look],
    rules: Rules,
    now: datetime,
    reader_from: datetime | None,
) -> list[Case]:
    """Of each that was due; of what never ran there is none."""
    due = {look.subject: look for look in looks if look.due_at is not None}
    if not due:
        return []
    await dimensions.refresh(connection)
    subjects = sorted(due)
    last = {row.subject: row for row in map(_Last._make, await _STANDINGS.rows(connection, subjects=subjects))}
    running = dict(await _RUNNING.rows(connection, subjects=subjects))
    gone = {row[0]: row[1:] for row in await _RETIRED.rows(connection, subjects=subjects)}
    found = [
        (look, replace(dimensions.last_run(row, look.account), started_at=look.due_at), row)
        for whose, row in last.items()
        for look in (due[whose],)
    ]
    grounds = _Grounds(connection, now, reader_from)
    await grounds.load((look.account, task.resource.id) for look, task, _ in found)
    return [
        Case(
            look,
            task,
            _start(look, row, running.get(look.subject), gone.get(look.subject), rules),
            grounds.of(look, task),
        )
        for look, task, row in found
    ]


def _start(look: Look, last: _Last, running: int | None, gone: Sequence[Any] | None, rules: Rules) -> Expectation:
    last_run_at = moment(last.run_began_at)
    due_at = look.due_at or last_run_at
    gap = gap_at(look.rhythm, due_at) or timedelta()
    is_retired = gone is not None and moment(gone[0]) >= last_run_at
    schedule = look.rhythm.schedule
    return Expectation(
        due_at,
        deadline(due_at, look.rhythm, rules.missed_grace),
        last_run_at,
        moment(last.run_ended_at),
        moment_or_none(running),
        is_conditional=schedule is not None and schedule.is_conditional,
        stopped_before=max(look.since - _GAPS * gap, due_at - max(rules.silent_closes, _MOST_GAPS * gap)),
        retired_at=moment(gone[0]) if gone is not None and is_retired else None,
        retired_by=gone[1] if gone is not None else "",
        early=look.early,
        excused_until=look.excused_until,
    )


class _Grounds:
    """By account, what is known of its workloads."""

    def __init__(self, connection: AsyncConnection, now: datetime, reader_from: datetime | None) -> None:
        self._connection = connection
        self._now = now
        self._reader_from = reader_from
        self._workloads: dict[tuple[str, str], KnownWorkload] = {}
        self._accesses: dict[str, dict[Api, ApiAccess]] = {}
        self._outages: dict[str, tuple[Outage, ...]] = {}
        self._history: dict[str, datetime] = {}

    async def load(self, ids: Iterable[tuple[str, str]]) -> None:
        by_account = defaultdict[str, set[str]](set)
        for account, id_ in ids:
            by_account[account].add(id_)
        self._history = await history_from(self._connection)
        for account, theirs in by_account.items():
            self._workloads |= {
                (account, id_): known for id_, known in (await facts_of(self._connection, account, theirs)).items()
            }
            self._accesses[account] = await accesses(self._connection, account)
            rows = await _OUTAGES.rows(self._connection, of_account=account, since=micros(self._now - LOOKED_BACK))
            self._outages[account] = tuple(Outage(moment(began), moment_or_none(ended)) for began, ended in rows)

    def of(self, look: Look, task: Task) -> Ground:
        workload = self._workloads.get((look.account, task.resource.id.lower()))
        return Ground(
            workload,
            of_plan(workload, task.policy.id),
            self._history.get(look.account),
            self._outages[look.account],
            self._accesses[look.account],
            is_replaced(workload, task.policy.id),
            self._reader_from,
        )
