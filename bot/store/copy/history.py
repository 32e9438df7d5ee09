"""What the copy knows of a workload's past: its last runs, when it last went well, whether it is protected.

One row of `standings` is one resource under one plan. Works on a connection inside somebody else's transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import ALERTING, subject
from bot.model import (
    FAILED,
    HEALING,
    History,
    Kind,
    Past,
    PastRun,
    Protected,
    Protection,
    Standing,
    Target,
    Task,
    TaskQuery,
)
from bot.store.cards.views import last_good_of, last_runs, usual_of
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.filters import MICROSECOND, Names, all_named, matching
from bot.store.dialect import among
from bot.store.schema import accounts, micros, moment, moment_or_none, standings, tasks

_WORST_FIRST = tuple(Standing)
_COLUMNS = {"tenant": standings.c.run_tenant, "machine": standings.c.run_machine, "plan": standings.c.run_plan}
_LINE = (
    standings.c.run_shape,
    standings.c.run_tenant,
    standings.c.run_machine,
    standings.c.run_plan,
    standings.c.run_ended_at,
    standings.c.run_code,
    standings.c.good_ended_at,
    standings.c.subject,
)


async def past_of(connection: AsyncConnection, task: Task) -> Past:
    """Of what is no backup or restore there is only how far history reaches."""
    since = await connection.scalar(select(accounts.c.history_from).where(accounts.c.account == task.account))
    if not task.is_root or task.kind not in ALERTING:
        return Past(history_from=moment_or_none(since))
    whose = subject(task)
    runs = await last_runs(connection, whose)
    return Past(
        strip=tuple(row.code for row in reversed(runs)),
        usual=usual_of(runs),
        last_good_at=moment_or_none(await last_good_of(connection, whose)),
        history_from=moment_or_none(since),
    )


async def usual_length(connection: AsyncConnection, task: Task) -> timedelta | None:
    """The median length of the last runs of the task's subject that ended well."""
    if not task.is_root or task.kind not in ALERTING:
        return None
    return usual_of(await last_runs(connection, subject(task)))


async def protection(
    connection: AsyncConnection,
    dimensions: Dimensions,
    query: TaskQuery,
    as_of: datetime,
    target: timedelta,
    *,
    targets: Sequence[Target] = (),
    whole: Collection[str],
    offset: int,
    rows: int,
) -> Protection:
    """`whole` are the accounts of which all history was read. Of `targets` the first that matches, else `target`."""
    late = _late(dimensions, as_of, target, targets)
    standing = _stands(late, dimensions.tenants_of(whole)).label("standing")
    conditions = _standing(dimensions, query, kinds={Kind.BACKUP})
    tenant = standings.c.run_tenant
    grouped = select(standing, tenant, func.count()).where(*conditions).group_by(standing, tenant)
    many: defaultdict[tuple[int, str], int] = defaultdict(int)
    numbers: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for place, number, count in await connection.execute(grouped):
        many[place, dimensions.tenants.sorted_as(number)] += count
        numbers[place, dimensions.tenants.sorted_as(number)].append(number)
    lines: list[Protected] = []
    passed = 0
    for group in sorted(many):
        first = max(offset - passed, 0)
        if first < many[group] and len(lines) < rows:
            of_group = select(*_LINE).where(*conditions, standing == group[0], among(tenant + 0, numbers[group]))
            found = sorted(await connection.execute(of_group), key=lambda line: _place(dimensions, line))
            shown = found[first : first + rows - len(lines)]
            lines += (_protected(dimensions, _WORST_FIRST[group[0]], line) for line in shown)
        passed += many[group]
    counted = Counter(dict.fromkeys(Standing, 0))
    for (place, _), count in many.items():
        counted[_WORST_FIRST[place]] += count
    return Protection(tuple(lines), counted, offset)


def _late(dimensions: Dimensions, as_of: datetime, target: timedelta, targets: Sequence[Target]) -> ColumnElement[int]:
    """A last good backup from before this moment is late."""
    default = literal(micros(as_of - target), BigInteger)
    if not targets:
        return default
    own = [
        (
            and_(*_standing(dimensions, each.match, kinds={Kind.BACKUP})),
            literal(micros(as_of - each.within), BigInteger),
        )
        for each in targets
    ]
    return case(*own, else_=default)


def _stands(late: ColumnElement[int], whole: Collection[int]) -> ColumnElement[int]:
    """A standing's place among `Standing`. `whole` are the tenants of which all history was read."""
    worst = {standing: literal_column(str(place), Integer) for place, standing in enumerate(_WORST_FIRST)}
    good = standings.c.good_ended_at
    return case(
        (standings.c.run_code.in_(sorted(FAILED)), worst[Standing.FAILING]),
        (and_(good.is_(None), among(standings.c.run_tenant + 0, whole)), worst[Standing.NEVER]),
        (good.is_(None), worst[Standing.UNKNOWN]),
        (good < late, worst[Standing.LATE]),
        else_=worst[Standing.GREEN],
    )


def _protected(dimensions: Dimensions, standing: Standing, line: Any) -> Protected:
    return Protected(
        account=dimensions.tenants.rows[line.run_tenant].account,
        tenant=dimensions.tenants.rows[line.run_tenant].tenant,
        name=dimensions.machines.rows[line.run_machine].name,
        plan=dimensions.plans.rows[line.run_plan].name,
        workload=dimensions.shapes.rows[line.run_shape].workload,
        standing=standing,
        last_run_at=moment(line.run_ended_at),
        last_good_at=moment_or_none(line.good_ended_at),
        last_code=line.run_code,
    )


async def histories(
    connection: AsyncConnection, dimensions: Dimensions, query: TaskQuery, as_of: datetime, *, runs: int, machines: int
) -> tuple[History, ...]:
    """Of each machine and plan the runs that the question's results and time admit, if there are any."""
    kinds = query.kinds & ALERTING or ALERTING
    conditions = _standing(dimensions, query, kinds=kinds)
    wanted = matching(dimensions, replace(query, names=()), as_of, ended=True)
    narrows = wanted.is_timed or query.longer_than is not None or query.shorter_than is not None
    if narrows or len(wanted.shapes) < len(dimensions.shapes_of(TaskQuery(), ended=True)):
        # One statement finds whose runs fit; to look at each workload by itself takes seconds.
        fitting = select(tasks.c.subject).where(tasks.c.subject.is_not(None), *wanted.by_shape())
        conditions.append(standings.c.subject.in_(fitting))
    found = (await connection.execute(select(*_LINE).where(*conditions))).all()
    lines = sorted(found, key=lambda line: _place(dimensions, line))
    shown: list[History] = []
    for line in lines:
        past = await _runs(connection, dimensions, line.subject, query, as_of, runs)
        if past:
            shown.append(_history(dimensions, line, past))
        if len(shown) == machines:
            break
    return tuple(shown)


def _place(dimensions: Dimensions, line: Any) -> tuple[str, str, str, str]:
    return (
        dimensions.machines.rows[line.run_machine].name.casefold(),
        dimensions.tenants.rows[line.run_tenant].tenant.name.casefold(),
        dimensions.plans.rows[line.run_plan].name.casefold(),
        line.subject,
    )


def _history(dimensions: Dimensions, line: Any, past: tuple[PastRun, ...]) -> History:
    lengths = [run.duration // MICROSECOND for run in past if run.code in HEALING and run.duration is not None]
    return History(
        account=dimensions.tenants.rows[line.run_tenant].account,
        tenant=dimensions.tenants.rows[line.run_tenant].tenant,
        name=dimensions.machines.rows[line.run_machine].name,
        plan=dimensions.plans.rows[line.run_plan].name,
        kind=dimensions.shapes.rows[line.run_shape].kind,
        runs=past,
        usual=timedelta(microseconds=median(lengths)) if lengths else None,
        last_good_at=moment_or_none(line.good_ended_at),
    )


async def _runs(
    connection: AsyncConnection, dimensions: Dimensions, whose: str, query: TaskQuery, as_of: datetime, runs: int
) -> tuple[PastRun, ...]:
    wanted = matching(dimensions, replace(query, names=()), as_of, ended=True)
    conditions = [tasks.c.subject == whose, *wanted.filtered()]
    statement = select(tasks).where(*conditions).order_by(tasks.c.began_at.desc(), tasks.c.number.desc()).limit(runs)
    return tuple(_run(dimensions.task(row), row) for row in (await connection.execute(statement)).all())


def _run(task: Task, row: Any) -> PastRun:
    cause = task.result.error.cause if task.result and task.result.error else ""
    return PastRun(task.id, task.code, moment(row.began_at), task.ended_at, task.duration, cause)


def _standing(dimensions: Dimensions, query: TaskQuery, *, kinds: Collection[Kind]) -> list[ColumnElement[bool]]:
    """Which standings: by names and by what a shape says, but neither by state nor by result of the last run."""
    out = replace(query.left_out, states=frozenset(), results=frozenset())
    asked = replace(query, states=frozenset(), results=frozenset(), kinds=frozenset(kinds), left_out=out)
    return [among(standings.c.run_shape, dimensions.shapes_of(asked)), *map(_named, all_named(dimensions, query))]


def _named(wanted: Names) -> ColumnElement[bool]:
    fits = [_fits(name, numbers) for name, numbers in wanted.numbers.items()]
    return and_(*(~each for each in fits)) if wanted.leaves_out else or_(*fits)


def _fits(name: str, numbers: Sequence[int]) -> ColumnElement[bool]:
    """A standing has no person: one fits who started any of its runs."""
    if name in _COLUMNS:
        return among(_COLUMNS[name], numbers)
    started = select(tasks.c.subject).where(tasks.c.subject.is_not(None), among(tasks.c.started_by, numbers))
    return standings.c.subject.in_(started)
