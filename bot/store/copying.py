"""The bot's own copy of the tasks: task rows, the names they share, standings, and counts a day.

Works on a connection inside somebody else's transaction. A row gives way only to one that is not older.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Run, Standing, Task
from bot.store.bulk import Bulk
from bot.store.schema import counts, micros, micros_or_none, moment, moment_or_none, names, standings, tasks
from bot.watch.explain import explain

DAY = 86_400_000_000  # microseconds
CACHED_NAMES = 100_000

_new_task = insert(tasks)
_PUT_TASKS = Bulk(
    _new_task.on_conflict_do_update(
        index_elements=[tasks.c.account, tasks.c.id],
        set_={column.name: _new_task.excluded[column.name] for column in tasks.c if not column.primary_key},
    ),
    tasks.c.keys(),
)
_new_count = insert(counts)
_ADD_COUNTS = Bulk(
    _new_count.on_conflict_do_update(
        index_elements=list(counts.primary_key), set_={"runs": counts.c.runs + _new_count.excluded.runs}
    ),
    counts.c.keys(),
)
_new_standing = insert(standings)
_PUT_STANDINGS = Bulk(
    _new_standing.on_conflict_do_update(
        index_elements=[standings.c.subject],
        set_={column.name: _new_standing.excluded[column.name] for column in standings.c if not column.primary_key},
    ),
    standings.c.keys(),
)
_PUT_NAMES = Bulk(insert(names).on_conflict_do_nothing(), ["name"])
_NAMED = select(names.c.name, names.c.id).where(names.c.name.in_(bindparam("wanted", expanding=True)))
_STANDING = select(standings).where(standings.c.subject.in_(bindparam("subjects", expanding=True)))
_BEFORE = select(
    tasks.c.id,
    tasks.c.updated_at,
    tasks.c.state,
    tasks.c.code,
    tasks.c.kind,
    tasks.c.is_root,
    tasks.c.tenant_id,
    tasks.c.cause_code,
    tasks.c.completed_at,
).where(tasks.c.account == bindparam("account"), tasks.c.id.in_(bindparam("ids", expanding=True)))
_NO_CAUSE = ("", "")

_Count = tuple[int, str, str, str, str, str]


class Names:
    """Numbers for names. Remembers what it has seen; a name that was rolled back is never remembered."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    async def numbers(self, connection: AsyncConnection, wanted: set[str]) -> Mapping[str, int]:
        """The number of each wanted name; new names are written. Call `keep` once the transaction is through."""
        missing = sorted(wanted - self._numbers.keys())
        if not missing:
            return self._numbers
        await _PUT_NAMES.run(connection, [(name,) for name in missing])
        rows = await connection.execute(_NAMED, {"wanted": missing})
        return self._numbers | {row.name: row.id for row in rows}

    def keep(self, numbers: Mapping[str, int]) -> None:
        self._numbers = dict(numbers) if len(numbers) <= CACHED_NAMES else {}


async def put_tasks(
    connection: AsyncConnection, names_: Names, page: Iterable[Task], runs: Mapping[str, Run]
) -> tuple[tuple[Task, ...], Mapping[str, int]]:
    """Writes a page, and says which tasks were not older than what was there, and the numbers of their names."""
    newest: dict[str, Task] = {}
    for task in page:
        if task.id not in newest or newest[task.id].updated_at <= task.updated_at:
            newest[task.id] = task
    before = await _rows(connection, tuple(newest.values()))
    fresh = tuple(task for task in newest.values() if _is_fresh(task, before.get(task.id)))
    causes = {task.id: _cause(task, runs) for task in fresh}
    numbers = await names_.numbers(connection, _all_names(fresh, causes.values()))
    if fresh:
        rows = [_row(task, runs.get(task.id), numbers, causes[task.id]) for task in fresh]
        await _PUT_TASKS.run(connection, rows)
        await _count(connection, fresh, before, causes)
    return fresh, numbers


async def standings_of(connection: AsyncConnection, subjects: Iterable[str]) -> tuple[Standing, ...]:
    rows = await connection.execute(_STANDING, {"subjects": sorted(set(subjects))})
    return tuple(
        Standing(subject, moment(began), moment(ended), code, moment_or_none(good_began), moment_or_none(good_ended))
        for subject, began, ended, code, good_began, good_ended in rows
    )


async def put_standings(connection: AsyncConnection, changed: Sequence[Standing]) -> None:
    rows = [
        (
            each.subject,
            micros(each.run_began_at),
            micros(each.run_ended_at),
            each.run_code,
            micros_or_none(each.good_began_at),
            micros_or_none(each.good_ended_at),
        )
        for each in changed
    ]
    await _PUT_STANDINGS.run(connection, rows)


async def _rows(connection: AsyncConnection, page: Sequence[Task]) -> dict[str, Any]:
    if not page:
        return {}
    rows = await connection.execute(_BEFORE, {"account": page[0].account, "ids": [task.id for task in page]})
    return {row.id: row for row in rows}


def _is_fresh(task: Task, before: Any) -> bool:
    return before is None or before.updated_at <= micros(task.updated_at)


def _cause(task: Task, runs: Mapping[str, Run]) -> tuple[str, str]:
    if task.result is None or task.result.error is None:
        return _NO_CAUSE
    run = runs.get(task.id)
    cause = run.cause if run else explain(task.result.error)
    return cause.text, cause.code


def _all_names(fresh: Iterable[Task], causes: Iterable[tuple[str, str]]) -> set[str]:
    wanted = {text for text, _ in causes}
    for task in fresh:
        wanted.update((task.tenant.name, task.name, task.plan, task.started_by))
    return wanted


def _row(task: Task, run: Run | None, numbers: Mapping[str, int], cause: tuple[str, str]) -> tuple[object, ...]:
    """In the order of the table's columns."""
    tenant = task.tenant
    return (
        task.account,
        task.id,
        task.uuid,
        task.type,
        task.state,
        task.code,
        task.kind.value,
        task.workload.value,
        task.is_root,
        run.subject if run else None,
        tenant.id,
        tenant.uuid,
        tenant.locator,
        numbers[tenant.name],
        task.resource.id,
        numbers[task.name],
        task.policy.id,
        numbers[task.plan],
        numbers[task.started_by],
        numbers[cause[0]],
        cause[1],
        micros(task.began_at),
        micros(task.updated_at),
        micros_or_none(task.enqueued_at),
        micros_or_none(task.started_at),
        micros_or_none(task.completed_at),
    )


async def _count(
    connection: AsyncConnection,
    fresh: Iterable[Task],
    before: Mapping[str, Any],
    causes: Mapping[str, tuple[str, str]],
) -> None:
    """Counts each root run that is over once: a row that changes leaves its old count and joins its new one."""
    changes: Counter[_Count] = Counter()
    for task in fresh:
        old = before.get(task.id)
        if old is not None and old.is_root and old.state == "completed" and old.completed_at is not None:
            key = (old.completed_at // DAY, task.account, old.tenant_id, old.kind, old.code, old.cause_code)
            changes[key] -= 1
        if task.is_root and task.is_over and task.completed_at is not None:
            day = micros(task.completed_at) // DAY
            changes[(day, task.account, task.tenant.id, task.kind.value, task.code, causes[task.id][1])] += 1
    await _ADD_COUNTS.run(connection, [(*key, runs) for key, runs in changes.items() if runs])
