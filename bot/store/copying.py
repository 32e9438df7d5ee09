"""The bot's own copy of the tasks: task rows, the names they share, standings, and counts a day.

Works on a connection inside somebody else's transaction. A row gives way only to one that is not older.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import HEALING, Run, Task, TaskState
from bot.store.prepared import Prepared, each_of
from bot.store.schema import counts, micros, micros_or_none, moment, names, standings, tasks
from bot.watch.explain import explain
from bot.watch.identity import is_run, run_of, subject

DAY = 86_400_000_000  # microseconds
CACHED_NAMES = 100_000


class _Row(NamedTuple):
    """A row of `tasks`, in the order of its columns. `subject` is what the rules count a run of; None for no run."""

    account: str
    id: str
    uuid: str
    type: str
    state: str
    code: str
    kind: str
    workload: str
    is_root: bool
    subject: str | None
    tenant_id: str
    tenant_uuid: str
    tenant_locator: str
    tenant_name: int
    resource_id: str
    name: int
    policy_id: str
    plan: int
    started_by: int
    cause: int
    cause_code: str
    began_at: int
    updated_at: int
    enqueued_at: int | None
    started_at: int | None
    completed_at: int | None


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
    _Row._fields,
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
_PUT_STANDINGS = Prepared(
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
_LAST_GOOD = Prepared(
    select(standings.c.subject, standings.c.good_began_at).where(
        standings.c.subject.in_(each_of("subjects")), standings.c.good_began_at.is_not(None)
    )
)
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


@dataclass(frozen=True, slots=True)
class Copied:
    """What of a page was new or newer, each task with its row, and the numbers of all names in it."""

    tasks: tuple[Task, ...]
    rows: tuple["_Row", ...]
    numbers: Mapping[str, int]

    def runs(self, codes: Collection[str]) -> list[Run]:
        """The runs that ended so."""
        return [
            run for task, row in zip(self.tasks, self.rows, strict=True) if row.code in codes and (run := run_of(task))
        ]

    def runs_of(self, subjects: Collection[str]) -> list[Run]:
        found = zip(self.tasks, self.rows, strict=True)
        return [run for task, row in found if row.subject in subjects and (run := run_of(task))]

    def subjects(self, codes: Collection[str]) -> set[str]:
        """What runs that ended so were of."""
        return {row.subject for row in self.rows if row.subject is not None and row.code in codes}


async def put_tasks(connection: AsyncConnection, names_: Names, page: Iterable[Task]) -> Copied:
    """Writes what of a page is not older than what is there, and counts it."""
    newest: dict[str, Task] = {}
    for task in page:
        if task.id not in newest or newest[task.id].updated_at <= task.updated_at:
            newest[task.id] = task
    before = await _rows(connection, tuple(newest.values()))
    fresh = tuple(task for task in newest.values() if _is_fresh(task, before.get(task.id)))
    causes = {task.id: _cause(task) for task in fresh}
    numbers = await names_.numbers(connection, _all_names(fresh, causes.values()))
    rows = tuple(_row(task, numbers, causes[task.id]) for task in fresh)
    await _PUT_TASKS.many(connection, rows)
    await _count(connection, rows, before)
    return Copied(fresh, rows, numbers)


async def last_good(connection: AsyncConnection, subjects: list[str]) -> dict[str, datetime]:
    """When the last good run of each subject began, where one is known."""
    rows = await _LAST_GOOD.rows(connection, subjects=subjects) if subjects else []
    return {subject: moment(began) for subject, began in rows}


async def put_standings(connection: AsyncConnection, copied: Copied) -> None:
    """Notes of each subject its last run and its last good one: what began later wins, in whatever order they come."""
    runs = sorted((row for row in copied.rows if row.subject is not None), key=attrgetter("subject"))
    await _PUT_STANDINGS.many(connection, [_standing(row) for row in runs])


def _standing(row: "_Row") -> tuple[object, ...]:
    """In the order of the table's columns."""
    ended = row.updated_at if row.completed_at is None else row.completed_at
    good = (row.began_at, ended) if row.code in HEALING else (None, None)
    return row.subject, row.began_at, ended, row.code, *good


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


def _cause(task: Task) -> tuple[str, str]:
    if task.result is None or task.result.error is None:
        return _NO_CAUSE
    cause = explain(task.result.error)
    return cause.text, cause.code


def _all_names(fresh: Iterable[Task], causes: Iterable[tuple[str, str]]) -> set[str]:
    wanted = {text for text, _ in causes}
    for task in fresh:
        wanted.update((task.tenant.name, task.name, task.plan, task.started_by))
    return wanted


def _row(task: Task, numbers: Mapping[str, int], cause: tuple[str, str]) -> _Row:
    tenant = task.tenant
    return _Row(
        task.account,
        task.id,
        task.uuid,
        task.type,
        task.state,
        task.code,
        task.kind.value,
        task.workload.value,
        task.is_root,
        subject(task) if is_run(task) else None,
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


async def _count(connection: AsyncConnection, rows: Iterable[_Row], before: Mapping[str, _Before]) -> None:
    """Counts each root run that is over once: a row that changes leaves its old count and joins its new one."""
    changes: defaultdict[_Count, int] = defaultdict(int)
    for row in rows:
        old = before.get(row.id)
        if old is not None and _is_counted(old):
            changes[_count_of(row.account, old)] -= 1
        if _is_counted(row):
            changes[_count_of(row.account, row)] += 1
    await _ADD_COUNTS.many(connection, [(*key, runs) for key, runs in changes.items() if runs])


def _is_counted(row: _Row | _Before) -> bool:
    return row.is_root and row.state == TaskState.COMPLETED and row.completed_at is not None


def _count_of(account: str, row: _Row | _Before) -> _Count:
    return (row.completed_at or 0) // DAY, account, row.tenant_id, row.kind, row.code, row.cause_code
