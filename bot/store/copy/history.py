"""What the copy knows of a workload's past: its last runs, and when it last went well.

With `protection` the only file that reads the last good run and the last runs of a subject. One row of `standings` is
one resource under one plan. Works on a connection inside somebody else's transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting import history as rules
from bot.alerting.fingerprint import ALERTING, is_known, subject
from bot.alerting.lifecycle import Good
from bot.alerting.rhythm import next_due
from bot.alerting.targets import in_words
from bot.model import (
    FAILED,
    OF_FAILURES,
    History,
    Kind,
    Past,
    PastRun,
    RowFacts,
    RunFact,
    SubjectHistory,
    Task,
    TaskQuery,
    Tenant,
    length_of,
)
from bot.model.plans import UNKNOWN_RHYTHM, Rhythm
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.filters import MICROSECOND, Names, all_named, has_code, matching
from bot.store.dialect import Prepared, among, each_of, listed
from bot.store.rhythms import rhythms_of
from bot.store.schema import accounts, alerts, moment, moment_or_none, shapes, standings, tasks

_NEWEST_FIRST = (tasks.c.began_at.desc(), tasks.c.number.desc())
_each = listed("subjects")
_own = tasks.alias("own")
_newest = (
    select(_own.c.number)
    .where(_own.c.subject == _each.c.value)
    .order_by(_own.c.began_at.desc(), _own.c.number.desc())
    .limit(bindparam("most", type_=Integer))
    .correlate(_each)
    .scalar_subquery()
)
_LOAD = Prepared(
    lambda: (
        select(
            _each.c.value,
            standings.c.good_began_at,
            standings.c.good_ended_at,
            tasks.c.began_at,
            shapes.c.code,
            tasks.c.completed_at - tasks.c.started_at,
        )
        .select_from(
            _each.outerjoin(standings, standings.c.subject == _each.c.value)
            .outerjoin(tasks, tasks.c.number.in_(_newest))
            .outerjoin(shapes, shapes.c.number == tasks.c.shape)
        )
        .order_by(_each.c.value, *_NEWEST_FIRST)
    )
)
_LAST_GOOD = Prepared(
    lambda: select(standings.c.subject, standings.c.good_began_at, standings.c.good_ended_at).where(
        standings.c.subject.in_(each_of("subjects")), standings.c.good_began_at.is_not(None)
    )
)
_HISTORY_FROM = Prepared(lambda: select(accounts.c.account, accounts.c.history_from))
_COLUMNS = {"tenant": standings.c.run_tenant, "machine": standings.c.run_machine, "plan": standings.c.run_plan}
_LINES = select(standings)


async def load(
    connection: AsyncConnection, subjects: Iterable[str], most: int = rules.LOOKED_AT
) -> dict[str, SubjectHistory]:
    """The last `most` runs and the last good run of each subject."""
    wanted = sorted(set(subjects))
    rows = await _LOAD.rows(connection, subjects=wanted, most=most) if wanted else []
    good: dict[str, tuple[datetime | None, datetime | None]] = {}
    runs: defaultdict[str, list[RunFact]] = defaultdict(list)
    for whose, good_began, good_ended, began, code, length in rows:
        if whose not in good:
            good[whose] = moment_or_none(good_began), moment_or_none(good_ended)
        if began is not None:
            runs[whose].append(RunFact(moment(began), code, None if length is None else length * MICROSECOND))
    return {whose: SubjectHistory(tuple(runs[whose]), *found) for whose, found in good.items()}


async def load_one(connection: AsyncConnection, whose: str) -> SubjectHistory:
    return (await load(connection, [whose]))[whose]


async def last_good(connection: AsyncConnection, subjects: list[str]) -> dict[str, Good]:
    """The last good run of each subject of which one is known."""
    rows = await _LAST_GOOD.rows(connection, subjects=subjects) if subjects else []
    return {whose: Good(moment(began), moment(ended)) for whose, began, ended in rows}


async def history_from(connection: AsyncConnection) -> dict[str, datetime]:
    """By the account since when all runs are known. Accounts of which nothing was read are missing."""
    return {account: moment(since) for account, since in await _HISTORY_FROM.rows(connection) if since is not None}


async def past_of(connection: AsyncConnection, task: Task) -> Past:
    """Of what is no backup or restore there is only how far history reaches, of an unknown resource nothing."""
    if not is_known(task):
        return Past()
    since = (await history_from(connection)).get(task.account)
    if not _has_history(task):
        return Past(history_from=since)
    known = await load_one(connection, subject(task))
    strip = tuple(run.code for run in reversed(known.runs[: rules.RECENT]))
    return Past(strip, rules.usual_length(known.runs), known.good_ended_at, since)


async def usual_lengths(connection: AsyncConnection, running: Sequence[Task]) -> dict[str, timedelta]:
    """By a task's id how long runs of its subject usually take, where any is known."""
    subjects = {task.id: subject(task) for task in running if _has_history(task) and is_known(task)}
    known = await load(connection, subjects.values())
    usual = {id_: rules.usual_length(known[whose].runs) for id_, whose in subjects.items()}
    return {id_: length for id_, length in usual.items() if length is not None}


async def after_failures(connection: AsyncConnection, failed: Sequence[Task]) -> RowFacts:
    """By a task's id, what came after it: the last good run of its subject, where that began later; open alerts."""
    subjects = {task.id: subject(task) for task in failed if _has_history(task) and is_known(task)}
    good = await last_good(connection, sorted(set(subjects.values())))
    recovered = {
        task.id: good[whose].ended_at
        for task in failed
        if (whose := subjects.get(task.id)) in good and good[whose].began_at > task.began_at
    }
    rows = await connection.execute(
        select(alerts.c.subject).where(IS_OPEN, IS_CRITICAL, among(alerts.c.subject, sorted(set(subjects.values()))))
    )
    critical = {row.subject for row in rows}
    is_open = frozenset(id_ for id_, whose in subjects.items() if whose in critical and id_ not in recovered)
    return RowFacts(recovered=recovered, critical=is_open)


def _has_history(task: Task) -> bool:
    return task.is_root and task.kind in ALERTING


async def histories(
    connection: AsyncConnection, dimensions: Dimensions, query: TaskQuery, as_of: datetime, *, runs: int, machines: int
) -> tuple[History, ...]:
    """Of each machine and plan the runs that the question's results and time admit, if there are any."""
    kinds = query.kinds & ALERTING or ALERTING
    conditions = of_query(dimensions, query, kinds)
    of_runs = tuple(each for each in query.names if each.field in OF_FAILURES)
    wanted = matching(dimensions, replace(query, names=of_runs), as_of, ended=True)
    every = dimensions.shapes_of(TaskQuery(kinds=kinds, roots_only=True), ended=True)
    narrows = wanted.is_timed or bool(of_runs) or query.longer_than is not None or query.shorter_than is not None
    if narrows or not set(every) <= set(wanted.shapes):
        # One statement finds whose runs fit; to look at each workload by itself takes seconds.
        fitting = select(tasks.c.subject).where(tasks.c.subject.is_not(None), *wanted.by_shape())
        conditions.append(standings.c.subject.in_(fitting))
    newest = select(tasks).where(*wanted.filtered()).order_by(*_NEWEST_FIRST).limit(runs)
    shown: list[History] = []
    lines = await connection.execute(_LINES.where(*conditions))
    for line in sorted(lines, key=partial(_order, dimensions)):
        found = await connection.execute(newest.where(tasks.c.subject == line.subject))
        past = tuple(_run(dimensions.task(row), row) for row in found)
        if past:
            known = await load_one(connection, line.subject)
            rhythm = (await rhythms_of(connection, [line.subject])).get(line.subject, UNKNOWN_RHYTHM)
            shown.append(_history(dimensions, line, past, known, rhythm, as_of))
        if len(shown) == machines:
            break
    return tuple(shown)


def _history(
    dimensions: Dimensions,
    line: Any,
    past: tuple[PastRun, ...],
    known: SubjectHistory,
    rhythm: Rhythm,
    as_of: datetime,
) -> History:
    return History(
        *whose(dimensions, line),
        kind=dimensions.shapes.rows[line.run_shape].kind,
        runs=past,
        usual=rules.usual_length(known.runs),
        last_good_at=known.good_ended_at,
        in_a_row=rules.failures_in_a_row(run.code for run in known.runs),
        rhythm=in_words(rhythm),
        next_run_at=next_due(rhythm, as_of),
    )


def _run(task: Task, row: Any) -> PastRun:
    cause = task.result.error.cause if task.result and task.result.error else ""
    return PastRun(task.id, task.code, moment(row.began_at), task.ended_at, length_of(task), cause)


def _order(dimensions: Dimensions, line: Any) -> tuple[bool, str, str, str, str]:
    """What failed last stands first; then by machine, customer and plan."""
    _, tenant, name, plan = whose(dimensions, line)
    is_well = line.run_code not in FAILED
    return is_well, name.casefold(), tenant.name.casefold(), plan.casefold(), line.subject


def whose(dimensions: Dimensions, line: Any) -> tuple[str, Tenant, str, str]:
    """Account, tenant, machine and plan of a standing."""
    customer = dimensions.tenants.rows[line.run_tenant]
    machine, plan = dimensions.machines.rows[line.run_machine], dimensions.plans.rows[line.run_plan]
    return customer.account, customer.tenant, machine.name, plan.name


def of_query(dimensions: Dimensions, query: TaskQuery, kinds: Collection[Kind]) -> list[ColumnElement[bool]]:
    """Which standings: by names and by what a shape says, but neither by state nor by result of the last run."""
    out = replace(query.left_out, states=frozenset(), results=frozenset())
    asked = replace(query, states=frozenset(), results=frozenset(), kinds=frozenset(kinds), left_out=out)
    return [among(standings.c.run_shape, dimensions.shapes_of(asked)), *map(_named, all_named(dimensions, query))]


def _named(wanted: Names) -> ColumnElement[bool]:
    fits = [_fits(name, numbers) for name, numbers in wanted.numbers.items()]
    if wanted.codes:
        fits.append(_of_runs(has_code(wanted.codes)))
    return and_(*(~each for each in fits)) if wanted.leaves_out else or_(*fits)


def _fits(name: str, numbers: Sequence[int]) -> ColumnElement[bool]:
    """A standing has no person and no cause: what any of its runs has fits."""
    return among(_COLUMNS[name], numbers) if name in _COLUMNS else _of_runs(among(tasks.c[name], numbers))


def _of_runs(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return standings.c.subject.in_(select(tasks.c.subject).where(tasks.c.subject.is_not(None), condition))
