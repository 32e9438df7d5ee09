"""How runs ended, by tenant, workload and cause, or by plan. Exact in any window.

Whole UTC days come from `counts`, the rest from tasks. `counts` knows tenants, shapes and causes. A question about
anything else, and plans, are answered from tasks alone.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import FAILED, ResultCode, Stats, Tally, TaskQuery, TimeField
from bot.store.copy.dimensions import Customer, Dimensions
from bot.store.copy.filters import Matching, matching
from bot.store.dialect import among
from bot.store.schema import DAY, EPOCH, counts, micros, tasks

LISTED = 10
"""Tenants and causes that are listed; the rest is a number."""

_Key = tuple[int, int, int]
"""Tenant, shape and cause."""


async def stats(
    connection: AsyncConnection, dimensions: Dimensions, query: TaskQuery, as_of: datetime, *, by_plan: bool = False
) -> Stats:
    """Root tasks that are over and that `query` names."""
    asked = replace(query, roots_only=True)
    if query.after is None and query.before is None:
        asked = replace(asked, time_field=TimeField.COMPLETED, after=EPOCH)
    wanted = matching(dimensions, asked, as_of, ended=True)
    if wanted.is_vain:
        return Stats(Tally(""))
    if by_plan:
        return await _by_plan(connection, dimensions, wanted)
    shapes = set(wanted.shapes)  # here, not in SQL: once a sum, not once a row
    runs: Counter[_Key] = Counter()
    for statement in _by_day(wanted) if _is_of_counts(wanted) else [_of_tasks(wanted.by_shape())]:
        for tenant, shape, cause, size in await connection.execute(statement):
            if shape in shapes:
                runs[tenant, shape, cause] += size
    return _stats(dimensions, sorted((key, size) for key, size in runs.items() if size > 0))


async def _by_plan(connection: AsyncConnection, dimensions: Dimensions, wanted: Matching) -> Stats:
    """Plans of one name are one, whichever tenants have them."""
    key = (tasks.c.plan, tasks.c.shape)
    runs = await connection.execute(select(*key, func.count()).where(*wanted.by_shape()).group_by(*key))
    plans, shapes = dimensions.plans.rows, dimensions.shapes.rows
    known = [(plans[plan].name, shapes[shape].code, size) for plan, shape, size in runs]
    every = _tallies(("", "", code, size) for _, code, size in known)
    by_plan = _tallies((name, name, code, size) for name, code, size in known)
    more = max(len(by_plan) - LISTED, 0)
    return Stats(every[0] if every else Tally(""), plans=by_plan[:LISTED], more_plans=more)


def _is_of_counts(wanted: Matching) -> bool:
    query = wanted.query
    return (
        query.time_field is TimeField.COMPLETED
        and query.longer_than is None
        and query.shorter_than is None
        and all(set(each.numbers) == {"tenant"} for each in wanted.names)
    )


def _by_day(wanted: Matching) -> list[Select[Any]]:
    """Whole days from `counts`; before the first and after the last of them, tasks."""
    query = wanted.query
    first = 0 if query.after is None else micros(query.after) + 1
    last = micros(wanted.as_of) if query.before is None else min(micros(query.before) - 1, micros(wanted.as_of))
    day, end = -(-first // DAY), (last + 1) // DAY

    def between(earliest: int, latest: int) -> Select[Any]:
        ended = tasks.c.completed_at
        return _of_tasks([*wanted.without_time(), ended >= earliest, ended <= latest])

    if day >= end:
        return [between(first, last)]
    key = (counts.c.tenant, counts.c.shape, counts.c.cause)
    days = select(*key, func.sum(counts.c.runs)).where(counts.c.day >= day, counts.c.day < end).group_by(*key)
    for names in wanted.names:
        fits = among(counts.c.tenant, names.numbers["tenant"])
        days = days.where(~fits if names.leaves_out else fits)
    return [between(first, day * DAY - 1), between(end * DAY, last), days]


def _of_tasks(conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    key = (tasks.c.tenant, tasks.c.shape, tasks.c.cause)
    return select(*key, func.count()).where(*conditions).group_by(*key)


def _stats(dimensions: Dimensions, runs: Sequence[tuple[_Key, int]]) -> Stats:
    """`runs` in the order of their keys: the newest name of a tenant wins."""
    shapes, causes = dimensions.shapes.rows, dimensions.names.rows
    who = {number: _who(each) for number, each in dimensions.tenants.rows.items()}
    every = _tallies(("", "", shapes[shape].code, size) for (_, shape, _), size in runs)
    by_tenant = _tallies((*who[tenant], shapes[shape].code, size) for (tenant, shape, _), size in runs)
    by_workload = _tallies(
        (shapes[shape].workload, shapes[shape].workload.value, shapes[shape].code, size) for (_, shape, _), size in runs
    )
    by_cause = _tallies(
        (causes[cause], causes[cause], shapes[shape].code, size)
        for (_, shape, cause), size in runs
        if shapes[shape].code in FAILED
    )
    return Stats(
        every[0] if every else Tally(""),
        by_tenant[:LISTED],
        by_workload,
        by_cause[:LISTED],
        more_tenants=max(len(by_tenant) - LISTED, 0),
        more_causes=max(len(by_cause) - LISTED, 0),
    )


def _who(customer: Customer) -> tuple[Hashable, str]:
    tenant = customer.tenant
    return (customer.account, tenant.id or tenant.uuid or tenant.name), tenant.name


def _tallies(rows: Iterable[tuple[Hashable, str, str, int]]) -> tuple[Tally, ...]:
    """Each row: what it is of, how that is called, how runs ended, how many. The highest rate of failures is first."""
    ended: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    labels: dict[Hashable, str] = {}
    for whose, labels[whose], code, size in rows:
        ended[whose][code] += size
    tallies = sorted((_tally(labels[whose], codes) for whose, codes in ended.items()), key=attrgetter("label"))
    return tuple(sorted(tallies, key=attrgetter("rate", "failed", "runs"), reverse=True))


def _tally(label: str, codes: Counter[str]) -> Tally:
    return Tally(
        label,
        runs=codes.total(),
        failed=sum(codes[code] for code in FAILED),
        warnings=codes[ResultCode.WARNING],
        cancelled=codes[ResultCode.CANCELLED],
    )
