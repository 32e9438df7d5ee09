"""The bot's own copy of the tasks: task rows, what they share, standings, and counts a day.

Works on a connection inside somebody else's transaction. A row gives way only to one that is not older.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import ALERTING, is_run, run_of, subject
from bot.alerting.lifecycle import Good
from bot.errorbook.explain import explain
from bot.model import HEALING, Kind, ResultCode, Run, Task, TaskState
from bot.store.copy.dimensions import Key, Numbers
from bot.store.dialect import Prepared, each_of, upsert
from bot.store.schema import DAY, counts, micros, micros_or_none, moment, shapes, standings, tasks


class _Row(NamedTuple):
    """A row of `tasks`, in the order of its columns. `subject` is what the rules count a run of; None for no run."""

    account: str
    id: str
    uuid: str
    shape: int
    subject: str | None
    tenant: int
    machine: int
    plan: int
    started_by: int
    cause: int
    cause_code: str
    began_at: int
    updated_at: int
    enqueued_at: int | None
    started_at: int | None
    completed_at: int | None


class _Shape(NamedTuple):
    """A row of `shapes`."""

    type: str
    state: str
    code: str
    kind: str
    workload: str
    is_root: bool

    @property
    def is_counted(self) -> bool:
        return self.is_root and self.state == TaskState.COMPLETED


class _Before(NamedTuple):
    """What a task's row held so far, as far as it matters."""

    id: str
    updated_at: int
    shape: int
    tenant: int
    cause: int
    is_root: bool
    state: str
    completed_at: int | None

    @property
    def is_counted(self) -> bool:
        return bool(self.is_root) and self.state == TaskState.COMPLETED


_new_task = upsert(tasks)
_PUT_TASKS = Prepared(
    _new_task.on_conflict_do_update(
        index_elements=[tasks.c.account, tasks.c.id],
        set_={name: _new_task.excluded[name] for name in _Row._fields if name not in ("account", "id")},
    ),
    _Row._fields,
)
_new_count = upsert(counts)
_ADD_COUNTS = Prepared(
    _new_count.on_conflict_do_update(
        index_elements=list(counts.primary_key), set_={"runs": counts.c.runs + _new_count.excluded.runs}
    ),
    counts.c.keys(),
)
_new_standing = upsert(standings)
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
_LAST_GOOD = Prepared(
    select(standings.c.subject, standings.c.good_began_at, standings.c.good_ended_at).where(
        standings.c.subject.in_(each_of("subjects")), standings.c.good_began_at.is_not(None)
    )
)
_BEFORE = Prepared(
    select(*((shapes if name in ("is_root", "state") else tasks).c[name] for name in _Before._fields))
    .join_from(tasks, shapes, shapes.c.number == tasks.c.shape)
    .where(tasks.c.account == bindparam("wanted"), tasks.c.id.in_(each_of("ids")))
)
_NO_CAUSE = ("", "")

_Count = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Copied:
    """What of a page was new or newer, each task with its row, and the numbers of all that it shares."""

    tasks: tuple[Task, ...]
    rows: tuple["_Row", ...]
    numbers: "_Known"

    def problems(self, kinds: frozenset[Kind], opens: Callable[[Run], bool]) -> list[Run]:
        """The runs of these kinds that are a problem."""
        others = (task for task in self.tasks if task.code != ResultCode.OK)
        return [run for task in others if (run := run_of(task, kinds)) and opens(run)]

    def runs_of(self, subjects: Collection[str], kinds: frozenset[Kind]) -> list[Run]:
        found = zip(self.tasks, self.rows, strict=True)
        return [run for task, row in found if _subject(task, row, kinds) in subjects and (run := run_of(task, kinds))]

    def subjects(self, codes: Collection[str], kinds: frozenset[Kind]) -> set[str]:
        """What runs that ended so were of."""
        ended_so = ((task, row) for task, row in zip(self.tasks, self.rows, strict=True) if task.code in codes)
        return {of for task, row in ended_so if (of := _subject(task, row, kinds)) is not None}


def _subject(task: Task, row: "_Row", kinds: frozenset[Kind]) -> str | None:
    """What it is a run of; a row has none where no rule of ours counts it, though a route may."""
    if row.subject is None and task.kind not in ALERTING and is_run(task, kinds):
        return subject(task)
    return row.subject


@dataclass(frozen=True, slots=True)
class _Known:
    """The numbers of all that a page shares."""

    shapes: Mapping[Key, int]
    tenants: Mapping[Key, int]
    machines: Mapping[Key, int]
    plans: Mapping[Key, int]
    names: Mapping[Key, int]


async def put_tasks(connection: AsyncConnection, numbers: Numbers, page: Iterable[Task]) -> Copied:
    """Writes what of a page is not older than what is there, and counts it. `keep` its numbers once it is through."""
    numbers.check()
    newest: dict[str, Task] = {}
    for task in page:
        if task.id not in newest or newest[task.id].updated_at <= task.updated_at:
            newest[task.id] = task
    before = await _rows(connection, tuple(newest.values()))
    forms = {id_: _shape(task) for id_, task in newest.items()}
    known_shapes = await numbers.shapes.numbers(connection, set(forms.values()))
    fresh = tuple(
        task for task in newest.values() if _is_fresh(task, known_shapes[forms[task.id]], before.get(task.id))
    )
    causes = {task.id: _cause(task) for task in fresh}
    known = await _known(connection, numbers, fresh, known_shapes, {text for text, _ in causes.values()})
    rows = tuple(_row(task, known, forms[task.id], causes[task.id]) for task in fresh)
    await _PUT_TASKS.many(connection, rows)
    await _count(connection, rows, forms, before)
    return Copied(fresh, rows, known)


def keep(numbers: Numbers, copied: Copied) -> None:
    """The transaction is through: its numbers may be remembered."""
    known = copied.numbers
    numbers.shapes.keep(known.shapes)
    numbers.tenants.keep(known.tenants)
    numbers.machines.keep(known.machines)
    numbers.plans.keep(known.plans)
    numbers.names.keep(known.names)


async def last_good(connection: AsyncConnection, subjects: list[str]) -> dict[str, Good]:
    """The last good run of each subject, where one is known."""
    rows = await _LAST_GOOD.rows(connection, subjects=subjects) if subjects else []
    return {subject: Good(moment(began), moment(ended)) for subject, began, ended in rows}


async def put_standings(connection: AsyncConnection, copied: Copied) -> None:
    """Notes of each subject its last run and its last good one: what began later wins, in whatever order they come."""
    found = zip(copied.rows, copied.tasks, strict=True)
    runs = [_standing(row, task.code) for row, task in found if row.subject is not None]
    await _PUT_STANDINGS.many(connection, sorted(runs, key=itemgetter(0)))


def _standing(row: "_Row", code: str) -> tuple[object, ...]:
    """In the order of the table's columns."""
    ended = row.updated_at if row.completed_at is None else row.completed_at
    good = (row.began_at, ended) if code in HEALING else (None, None)
    return row.subject, row.shape, row.tenant, row.machine, row.plan, row.began_at, ended, code, *good


async def _rows(connection: AsyncConnection, page: Sequence[Task]) -> dict[str, _Before]:
    if not page:
        return {}
    rows = await _BEFORE.rows(connection, wanted=page[0].account, ids=[task.id for task in page])
    return {row[0]: _Before._make(row) for row in rows}


def _is_fresh(task: Task, shape: int, before: _Before | None) -> bool:
    """Newer than its row, or as old and of another shape: stamps are cut to microseconds."""
    if before is None or before.updated_at != micros(task.updated_at):
        return before is None or before.updated_at < micros(task.updated_at)
    return before.shape != shape


def _cause(task: Task) -> tuple[str, str]:
    if task.result is None or task.result.error is None:
        return _NO_CAUSE
    cause = explain(task.result.error)
    return cause.text, cause.code


def _shape(task: Task) -> _Shape:
    return _Shape(task.type, task.state, task.code, task.kind.value, task.workload.value, task.is_root)


def _tenant(task: Task) -> Key:
    """A row of `tenants`."""
    tenant = task.tenant
    return task.account, tenant.id, tenant.uuid, tenant.name, tenant.locator


async def _known(
    connection: AsyncConnection, numbers: Numbers, fresh: Sequence[Task], known: Mapping[Key, int], causes: set[str]
) -> _Known:
    people = {task.started_by for task in fresh}
    return _Known(
        shapes=known,
        tenants=await numbers.tenants.numbers(connection, {_tenant(task) for task in fresh}),
        machines=await numbers.machines.numbers(connection, {(task.resource.id, task.name) for task in fresh}),
        plans=await numbers.plans.numbers(connection, {(task.policy.id, task.plan) for task in fresh}),
        names=await numbers.names.numbers(connection, {(name,) for name in people | causes}),
    )


def _row(task: Task, known: _Known, shape: _Shape, cause: tuple[str, str]) -> _Row:
    return _Row(
        task.account,
        task.id,
        task.uuid,
        known.shapes[shape],
        subject(task) if is_run(task) else None,
        known.tenants[_tenant(task)],
        known.machines[task.resource.id, task.name],
        known.plans[task.policy.id, task.plan],
        known.names[(task.started_by,)],
        known.names[(cause[0],)],
        cause[1],
        micros(task.began_at),
        micros(task.updated_at),
        micros_or_none(task.enqueued_at),
        micros_or_none(task.started_at),
        micros_or_none(task.completed_at),
    )


async def _count(
    connection: AsyncConnection, rows: Iterable[_Row], forms: Mapping[str, _Shape], before: Mapping[str, _Before]
) -> None:
    """Counts each root task that is over once: one that changes leaves its old count and joins its new one."""
    changes: defaultdict[_Count, int] = defaultdict(int)
    for row in rows:
        old = before.get(row.id)
        if old is not None and old.is_counted and old.completed_at is not None:
            changes[old.tenant, old.shape, old.cause, old.completed_at // DAY] -= 1
        if row.completed_at is not None and forms[row.id].is_counted:
            changes[row.tenant, row.shape, row.cause, row.completed_at // DAY] += 1
    await _ADD_COUNTS.many(connection, [(*key, runs) for key, runs in sorted(changes.items()) if runs])
