"""The bot's own copy of the tasks: task rows, the names they share, standings, and counts a day.

Works on a connection inside somebody else's transaction. A row gives way only to one that is not older.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Run, Standing, Task
from bot.store.prepared import Prepared, each_of
from bot.store.schema import counts, micros, micros_or_none, moment, moment_or_none, names, standings, tasks
from bot.watch.explain import explain

DAY = 86_400_000_000  # microseconds
CACHED_NAMES = 100_000


class _Before(NamedTuple):
    """What a task's row held so far, as far as it matters."""

    id: str
    updated_at: int
    state: str
    code: str
    kind: str
    is_root: bool
    tenant_id: str
    cause_code: str
    completed_at: int | None


_new_task = insert(tasks)
_PUT_TASKS = Prepared(
    _new_task.on_conflict_do_update(
        index_elements=[tasks.c.account, tasks.c.id],
        set_={column.name: _new_task.excluded[column.name] for column in tasks.c if not column.primary_key},
    ),
    tasks.c.keys(),
)
_new_count = insert(counts)
_ADD_COUNTS = Prepared(
    _new_count.on_conflict_do_update(
        index_elements=list(counts.primary_key), set_={"runs": counts.c.runs + _new_count.excluded.runs}
    ),
    counts.c.keys(),
)
_new_standing = insert(standings)
_newer = _new_standing.excluded
_is_later_run = _newer.run_began_at >= standings.c.run_began_at
_is_later_good = or_(_newer.good_began_at > standings.c.good_began_at, standings.c.good_began_at.is_(None))
_MERGE_STANDINGS = Prepared(
    _new_standing.on_conflict_do_update(
        index_elements=[standings.c.subject],
        set_={
            name: case((_is_later_good if name.startswith("good") else _is_later_run, _newer[name]), else_=column)
            for name, column in standings.c.items()
            if not column.primary_key
        },
    ),
    standings.c.keys(),
)
_PUT_NAMES = Prepared(insert(names).on_conflict_do_nothing(), ["name"])
_NAMED = Prepared(select(names.c.name, names.c.id).where(names.c.name.in_(each_of("wanted"))))
_STANDING = Prepared(select(standings).where(standings.c.subject.in_(each_of("subjects"))))
_BEFORE = Prepared(
    select(*(tasks.c[name] for name in _Before._fields)).where(
        tasks.c.account == bindparam("wanted"), tasks.c.id.in_(each_of("ids"))
    )
)
_NO_CAUSE = ("", "")

_Count = tuple[int, str, str, str, str, str]


class Names:
    """Numbers for names. Remembers what it has seen; a name that was rolled back is never remembered."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    async def numbers(self, connection: AsyncConnection, wanted: set[str]) -> Mapping[str, int]:
        """The number of each wanted name; new names are written. Call `keep` once the transaction is through."""
        known = {name: number for name in wanted if (number := self._numbers.get(name)) is not None}
        missing = sorted(wanted - known.keys())
        if missing:
            await _PUT_NAMES.many(connection, [(name,) for name in missing])
            known.update(await _NAMED.rows(connection, wanted=missing))
        return known

    def keep(self, numbers: Mapping[str, int]) -> None:
        if len(self._numbers) > CACHED_NAMES:
            self._numbers.clear()
        self._numbers.update(numbers)


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
        await _PUT_TASKS.many(connection, rows)
        await _count(connection, fresh, before, causes)
    return fresh, numbers


async def standings_of(connection: AsyncConnection, subjects: Iterable[str]) -> tuple[Standing, ...]:
    rows = await _STANDING.rows(connection, subjects=sorted(set(subjects)))
    return tuple(
        Standing(subject, moment(began), moment(ended), code, moment_or_none(good_began), moment_or_none(good_ended))
        for subject, began, ended, code, good_began, good_ended in rows
    )


async def merge_standings(connection: AsyncConnection, changed: Iterable[Standing]) -> None:
    """What began later wins, run and good run each by itself: the caller need not know what is stored."""
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
    await _MERGE_STANDINGS.many(connection, rows)


async def _rows(connection: AsyncConnection, page: Sequence[Task]) -> dict[str, _Before]:
    if not page:
        return {}
    rows = await _BEFORE.rows(connection, wanted=page[0].account, ids=[task.id for task in page])
    return {row[0]: _Before._make(row) for row in rows}


def _is_fresh(task: Task, before: _Before | None) -> bool:
    """Newer than its row, or as old and another in what counts: stamps are cut to microseconds."""
    if before is None or before.updated_at != micros(task.updated_at):
        return before is None or before.updated_at < micros(task.updated_at)
    return (before.state, before.code, before.kind) != (task.state, task.code, task.kind)


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
    before: Mapping[str, _Before],
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
    await _ADD_COUNTS.many(connection, [(*key, runs) for key, runs in changes.items() if runs])
