"""Runs of the copy that hang, and runs that saved nothing. Works inside somebody else's transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import is_awaited
from bot.alerting.silences import EMPTY_ROW, STILL_AFTER, UnderWay, empty, longest_usual, stuck
from bot.model import HEALING, Run, RunFact, Task, TaskState
from bot.model.plans import Api
from bot.store.codec import MICROSECOND
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.history import load as load_histories
from bot.store.copy.under_way import is_under_way
from bot.store.dialect import Prepared, each_of, least, listed
from bot.store.plans.facts import accesses, facts_of
from bot.store.schema import accounts, micros, micros_or_none, moment, moment_or_none, shapes, tasks

AT_ONCE = 200
"""Runs under way that are judged in one transaction."""
_AGAIN = timedelta(minutes=10)

_each = listed("subjects")
_own, _shape = tasks.alias("own"), shapes.alias("own_shape")
_newest = (
    select(_own.c.number)
    .join(_shape, _shape.c.number == _own.c.shape)
    .where(_own.c.subject == _each.c.value, _shape.c.code.in_(each_of("codes")))
    .order_by(_own.c.began_at.desc(), _own.c.number.desc())
    .limit(EMPTY_ROW)
    .correlate(_each)
    .scalar_subquery()
)
_ROWS = Prepared(
    lambda: (
        select(_each.c.value, tasks.c.began_at, tasks.c.bytes)
        .select_from(_each.join(tasks, tasks.c.number.in_(_newest)))
        .order_by(_each.c.value, tasks.c.began_at.desc(), tasks.c.number.desc())
    )
)


class Hanging(NamedTuple):
    """Runs that hang, and how many runs were looked at."""

    runs: list[Run]
    looked_at: int


async def empties(connection: AsyncConnection, found: Sequence[tuple[Task, str]]) -> list[Run]:
    """Of backups that saved nothing, and their subjects, the silences that follow."""
    if not found:
        return []
    rows = defaultdict[str, list[tuple[datetime, int | None]]](list)
    for whose, began, size in await _ROWS.rows(
        connection, subjects=sorted({whose for _, whose in found}), codes=sorted(HEALING)
    ):
        rows[whose].append((moment(began), size))
    newest = {whose: task for task, whose in sorted(found, key=lambda each: each[0].began_at)}
    return [run for whose, task in newest.items() if (run := empty(task, rows[whose]))]


async def hanging(
    connection: AsyncConnection, dimensions: Dimensions, now: datetime, known: Collection[str]
) -> Hanging:
    """The runs that hang, of accounts that are read. Each is told once: it is not looked at again for the same.

    They are judged as they were when the account was read last: while it is away they may go on, or end. What is in a
    tenant that shows nothing any more does not stand still: nobody sees it.
    """
    seen_at = least(accounts.c.read_at, micros(now))
    due = or_(tasks.c.still_since <= seen_at - STILL_AFTER // MICROSECOND, tasks.c.long_at <= seen_at)
    wanted = select(tasks, seen_at.label("seen_at")).join(accounts, accounts.c.account == tasks.c.account)
    wanted = wanted.where(is_under_way(known), due)
    rows = (await connection.execute(wanted.order_by(tasks.c.number).limit(AT_ONCE))).all()
    if not rows:
        return Hanging([], 0)
    await dimensions.refresh(connection)
    histories = await load_histories(connection, {row.unfinished_subject for row in rows})
    going = [UnderWay(dimensions.task(row), moment_or_none(row.still_since)) for row in rows]
    unseen = await _unseen(connection, going, now)
    found: list[Run] = []
    for row, each in zip(rows, going, strict=True):
        runs = histories[row.unfinished_subject].runs
        as_of = moment(row.seen_at)
        run, values = stuck(each, runs, as_of), _next(row, each, runs, as_of)
        if run is not None and each.task.id in unseen:
            values |= {"still_since": micros(now + _AGAIN - STILL_AFTER)}
        elif run is not None:
            found.append(run)
        await connection.execute(update(tasks).where(tasks.c.number == row.number).values(values))
    return Hanging(found, len(rows))


async def _unseen(connection: AsyncConnection, going: Sequence[UnderWay], now: datetime) -> set[str]:
    """The ids of tasks whose progress stands still, and of whose tenant it is not known that it shows its runs."""
    still = defaultdict[str, list[UnderWay]](list)
    for each in going:
        if each.still_since is not None and now - each.still_since >= STILL_AFTER:
            still[each.task.account].append(each)
    found = set[str]()
    for account, theirs in still.items():
        tenants = (await accesses(connection, account)).get(Api.TENANTS)
        known = await facts_of(connection, account, {each.task.resource.id for each in theirs})
        for each in theirs:
            workload = known.get(each.task.resource.id.lower())
            is_barred = workload is not None and workload.barred_by is not None
            if is_barred or is_awaited(tenants, each.still_since or now, now):
                found.add(each.task.id)
    return found


def _next(row: Any, going: UnderWay, runs: Sequence[RunFact], now: datetime) -> dict[str, int | None]:
    """When to look at it again: what is told is not looked at. What is paused or queued hangs not yet, and what too few
    runs are known of is judged when more were read."""
    since, began_at, longest = going.still_since, going.task.started_at, longest_usual(runs)
    is_still = since is not None and now - since >= STILL_AFTER
    long_at = None if longest is None or began_at is None else began_at + longest
    if going.task.state != TaskState.STARTED or (longest is None and began_at is not None):
        long_at = now + _AGAIN
    elif long_at is not None and long_at < now:
        long_at = None
    return {"still_since": None if is_still else row.still_since, "long_at": micros_or_none(long_at)}
