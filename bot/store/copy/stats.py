"""How runs ended, by tenant, workload and cause. Exact in any window.

Whole UTC days come from `counts`, the rest from tasks. `counts` knows tenants, shapes and causes. A question about
anything else is answered from tasks alone.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import FAILED, ResultCode, Stats, Tally, TaskQuery, TimeField
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.filters import Matching, matching
from bot.store.dialect import among
from bot.store.schema import DAY, EPOCH, counts, micros, tasks

LISTED = 10
"""Tenants and causes that are listed; the rest is a number."""

_Ended = Mapping[tuple[int, int, int], int]
"""Runs by tenant, shape and cause."""


async def figures(connection: AsyncConnection, dimensions: Dimensions, query: TaskQuery, as_of: datetime) -> Stats:
    """Root tasks that are over and that `query` names."""
    asked = replace(query, roots_only=True)
    if query.after is None and query.before is None:
        asked = replace(asked, time_field=TimeField.COMPLETED, after=EPOCH)
    wanted = matching(dimensions, asked, as_of, ended=True)
    if wanted.is_vain:
        return Stats(Tally(""))
    runs: Counter[tuple[int, int, int]] = Counter()
    if _is_of_counts(wanted):
        await _add_days(connection, wanted, runs)
    else:
        await _add(connection, wanted.by_shape(), runs)
    return _stats(dimensions, {key: number for key, number in runs.items() if number > 0})


def _is_of_counts(wanted: Matching) -> bool:
    query = wanted.query
    return (
        query.time_field is TimeField.COMPLETED
        and query.longer_than is None
        and query.shorter_than is None
        and all(set(each.numbers) == {"tenant"} for each in wanted.names)
    )


async def _add_days(connection: AsyncConnection, wanted: Matching, runs: Counter[tuple[int, int, int]]) -> None:
    """Whole days from `counts`; before the first and after the last of them, tasks."""
    query = wanted.query
    first = 0 if query.after is None else micros(query.after) + 1
    last = micros(wanted.as_of) if query.before is None else min(micros(query.before) - 1, micros(wanted.as_of))
    day, end = -(-first // DAY), (last + 1) // DAY
    if day >= end:
        await _add(connection, _between(wanted, first, last), runs)
        return
    await _add(connection, _between(wanted, first, day * DAY - 1), runs)
    await _add(connection, _between(wanted, end * DAY, last), runs)
    total = func.sum(counts.c.runs)
    grouped = (
        select(counts.c.tenant, counts.c.shape, counts.c.cause, total)
        .where(counts.c.day >= day, counts.c.day < end)
        .group_by(counts.c.tenant, counts.c.shape, counts.c.cause)
    )
    for names in wanted.names:
        fits = among(counts.c.tenant, names.numbers["tenant"])
        grouped = grouped.where(~fits if names.leaves_out else fits)
    shapes = set(wanted.shapes)  # here, not in SQL: once a sum, not once a row
    _take(runs, (row for row in await connection.execute(grouped) if row[1] in shapes))


def _between(wanted: Matching, first: int, last: int) -> list[ColumnElement[bool]]:
    """Tasks that ended in these microseconds, both ends included."""
    ended = tasks.c.completed_at
    return [*wanted.without_time(), ended >= first, ended <= last]


async def _add(
    connection: AsyncConnection, conditions: list[ColumnElement[bool]], runs: Counter[tuple[int, int, int]]
) -> None:
    columns = (tasks.c.tenant, tasks.c.shape, tasks.c.cause)
    grouped = select(*columns, func.count()).where(*conditions).group_by(*columns)
    _take(runs, await connection.execute(grouped))


def _take(runs: Counter[tuple[int, int, int]], rows: Iterable[Any]) -> None:
    for tenant, shape, cause, number in rows:
        runs[tenant, shape, cause] += number


def _stats(dimensions: Dimensions, runs: _Ended) -> Stats:
    @cache
    def who(number: int) -> tuple[Hashable, str]:
        account, found = dimensions.tenants.rows[number].account, dimensions.tenants.rows[number].tenant
        return (account, found.id or found.uuid or found.name), found.name

    def tenant(key: tuple[int, int, int]) -> tuple[Hashable, str]:
        return who(key[0])

    def workload(key: tuple[int, int, int]) -> tuple[Hashable, str]:
        name = dimensions.shapes.rows[key[1]].workload.value
        return name, name

    def cause(key: tuple[int, int, int]) -> tuple[Hashable, str]:
        return dimensions.names.rows[key[2]], dimensions.names.rows[key[2]]

    failed = {key: number for key, number in runs.items() if dimensions.shapes.rows[key[1]].code in FAILED}
    tenants, causes = _tallies(dimensions, runs, tenant), _tallies(dimensions, failed, cause)
    (total,) = _tallies(dimensions, runs, lambda _: ("", "")) or (Tally(""),)
    return Stats(
        total,
        tenants[:LISTED],
        _tallies(dimensions, runs, workload),
        causes[:LISTED],
        more_tenants=max(len(tenants) - LISTED, 0),
        more_causes=max(len(causes) - LISTED, 0),
    )


def _tallies(
    dimensions: Dimensions, runs: _Ended, of: Callable[[tuple[int, int, int]], tuple[Hashable, str]]
) -> tuple[Tally, ...]:
    """One for each key that `of` gives, with the label it gives beside; most failures first."""
    ended: dict[Hashable, Counter[str]] = {}
    labels: dict[Hashable, str] = {}
    for entry, number in sorted(runs.items()):  # the newest name of a tenant wins
        key, labels[key] = of(entry)
        ended.setdefault(key, Counter())[dimensions.shapes.rows[entry[1]].code] += number
    tallies = [_tally(labels[key], codes) for key, codes in ended.items()]
    tallies.sort(key=attrgetter("label"))
    return tuple(sorted(tallies, key=lambda each: (each.failed, each.runs), reverse=True))


def _tally(label: str, codes: Counter[str]) -> Tally:
    return Tally(
        label,
        runs=codes.total(),
        failed=sum(codes[code] for code in FAILED),
        warnings=codes[ResultCode.WARNING],
        cancelled=codes[ResultCode.CANCELLED],
    )
