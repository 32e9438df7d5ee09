"""Writes tasks into the copy: their rows, what runs say of their subject, and counts a day.

Works on a connection inside somebody else's transaction. A row gives way only to one that is not older
by its stamp, and what goes on to what is over.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import ALERTING, is_known, is_run, is_under_way, run_of, subject
from bot.alerting.lifecycle import Going
from bot.alerting.progress import stage
from bot.alerting.silences import LONG_AFTER, saved, waiting, waits
from bot.errorbook.explain import explain
from bot.model import HEALING, Kind, ResultCode, Run, Task, TaskState
from bot.model.values import dataclass
from bot.store.copy.dimensions import Dimensions, Key
from bot.store.dialect import Prepared, each_of, upsert
from bot.store.schema import DAY, counts, micros, micros_or_none, shapes, standings, tasks


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
    percent: int | None
    unfinished_subject: str | None
    bytes: int | None
    started_at: int | None
    still_since: int | None
    long_at: int | None

    @property
    def place(self) -> tuple[str, int | None, int | None]:
        """How far a run was."""
        return self.state, self.percent, self.bytes


_QUEUED = frozenset[str]({TaskState.ENQUEUED, TaskState.ASSIGNED})
_COLUMNS = tasks.c.keys()[1:]  # the database gives the number
_new_task = upsert(tasks)
_PUT_TASKS = Prepared(
    lambda: _new_task.on_conflict_do_update(
        index_elements=[tasks.c.account, tasks.c.id],
        set_={name: _new_task.excluded[name] for name in _COLUMNS if name not in ("account", "id")},
    ),
    _COLUMNS,
)
_new_count = upsert(counts)
_ADD_COUNTS = Prepared(
    lambda: _new_count.on_conflict_do_update(
        index_elements=list(counts.primary_key), set_={"runs": counts.c.runs + _new_count.excluded.runs}
    ),
    counts.c.keys(),
)
_new_standing = upsert(standings)
_newer = _new_standing.excluded
_is_later_run = _newer.run_began_at >= standings.c.run_began_at
_is_later_good = or_(_newer.good_began_at > standings.c.good_began_at, standings.c.good_began_at.is_(None))
_PUT_STANDINGS = Prepared(
    lambda: _new_standing.on_conflict_do_update(
        index_elements=[standings.c.subject],
        set_={
            name: case((_is_later_good if name.startswith("good") else _is_later_run, _newer[name]), else_=column)
            for name, column in standings.c.items()
            if not column.primary_key
        },
    ),
    standings.c.keys(),
)
_BEFORE = Prepared(
    lambda: (
        select(*((shapes if name in ("is_root", "state") else tasks).c[name] for name in _Before._fields))
        .join_from(tasks, shapes, shapes.c.number == tasks.c.shape)
        .where(tasks.c.account == bindparam("wanted"), tasks.c.id.in_(each_of("ids")))
    )
)

_Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Copied:
    """The tasks of a page that were new or newer, and their rows, column by column in the order of the table.

    `moved` are the subjects of runs that are not over, or were not so far, and that came to another stage; `further`
    are the ids of runs that came further at all.
    """

    tasks: tuple[Task, ...]
    columns: _Columns
    moved: frozenset[str] = frozenset()
    further: frozenset[str] = frozenset()

    def going(self, subjects: Collection[str]) -> list[Going]:
        """The runs of these subjects that are not over."""
        found = zip(self.tasks, self.columns["unfinished_subject"], strict=True)
        return [
            Going(
                task.id,
                whose,
                task.began_at,
                task.updated_at,
                is_started=task.started_at is not None and task.state not in _QUEUED,
                moves=task.id in self.further,
                waits=waits(task),
            )
            for task, whose in found
            if whose in subjects
        ]

    def waiting(self) -> list[Run]:
        """The runs that wait for a person."""
        return [run for task in self.tasks if task.blockers and (run := waiting(task))]

    def filled(self) -> frozenset[str]:
        """The ids of runs that are known to have saved something."""
        return frozenset(task.id for task, size in self._sizes() if size)

    def unfilled(self) -> list[tuple[Task, str]]:
        """The backups that went well and are known to have saved nothing, and their subjects."""
        sizes = zip(self._sizes(), self.columns["subject"], strict=True)
        return [
            (task, whose)
            for (task, size), whose in sizes
            if size == 0 and whose is not None and task.kind is Kind.BACKUP and task.code in HEALING
        ]

    def _sizes(self) -> Iterable[tuple[Task, int | None]]:
        return zip(self.tasks, self.columns["bytes"], strict=True)

    def problems(self, kinds: frozenset[Kind], opens: Callable[[Run], bool]) -> list[Run]:
        """The runs of these kinds that are a problem."""
        others = (task for task in self.tasks if task.code != ResultCode.OK)
        return [run for task in others if (run := run_of(task, kinds)) and opens(run)]

    def runs_of(self, subjects: Collection[str], kinds: frozenset[Kind]) -> list[Run]:
        found = zip(self.tasks, self._subjects(kinds), strict=True)
        return [run for task, whose in found if whose in subjects and (run := run_of(task, kinds))]

    def subjects(self, kinds: frozenset[Kind]) -> set[str]:
        """What its runs are of, whether they are over or not."""
        return {whose for whose in (*self._subjects(kinds), *self.columns["unfinished_subject"]) if whose is not None}

    def _subjects(self, kinds: frozenset[Kind]) -> Sequence[str | None]:
        """What each task is a run of. A row has none where no rule of ours counts it, though a route may."""
        own = self.columns["subject"]
        if kinds <= ALERTING:
            return own
        found = zip(self.tasks, own, strict=True)
        return [subject(task) if known is None and is_run(task, kinds) else known for task, known in found]


async def put_tasks(connection: AsyncConnection, dimensions: Dimensions, page: Iterable[Task]) -> Copied:
    """Writes what of a page is not older than what is there, and counts it."""
    await dimensions.forget_what_is_gone(connection)
    newest = _newest(page)
    before = await _before(connection, newest)
    numbers = await dimensions.shapes.numbers(connection, [_shape(task) for task in newest])
    found = [
        (task, shape)
        for task, shape in zip(newest, numbers, strict=True)
        if _is_fresh(task, shape, before.get(task.id))
    ]
    fresh = tuple(task for task, _ in found)
    columns = await _columns(connection, dimensions, fresh, [shape for _, shape in found], before)
    await _PUT_TASKS.many(connection, list(zip(*columns.values(), strict=True)))
    await _count(connection, fresh, columns, before)
    further = frozenset(task.id for task, old in _again(fresh, before) if _place(task) != old.place)
    return Copied(fresh, columns, _moved(fresh, columns, before), further)


async def put_standings(connection: AsyncConnection, copied: Copied) -> None:
    """Notes of each subject its last run and its last good one: what began later wins, in whatever order they come.

    A run of an unknown resource says nothing of any other run.
    """
    columns = copied.columns
    names = ("subject", "shape", "tenant", "machine", "plan", "began_at")
    runs = zip(*(columns[name] for name in names), strict=True)
    ends = [
        updated if completed is None else completed
        for completed, updated in zip(columns["completed_at"], columns["updated_at"], strict=True)
    ]
    rows = [
        (*run, ended, task.code, *((run[-1], ended) if task.code in HEALING else (None, None)))
        for task, run, ended in zip(copied.tasks, runs, ends, strict=True)
        if run[0] is not None and is_known(task)
    ]
    await _PUT_STANDINGS.many(connection, sorted(rows, key=itemgetter(0)))


def _newest(page: Iterable[Task]) -> list[Task]:
    """Each task once, as it changed last."""
    newest: dict[str, Task] = {}
    for task in page:
        if task.id not in newest or newest[task.id].updated_at <= task.updated_at:
            newest[task.id] = task
    return list(newest.values())


async def _before(connection: AsyncConnection, page: Sequence[Task]) -> dict[str, _Before]:
    if not page:
        return {}
    rows = await _BEFORE.rows(connection, wanted=page[0].account, ids=[task.id for task in page])
    return {row[0]: _Before._make(row) for row in rows}


def _is_fresh(task: Task, shape: int, before: _Before | None) -> bool:
    """Newer than its row, or as old and of another shape: stamps are cut to microseconds. What is over is newer than
    what was not, whatever a clock that was wrong has put down."""
    if before is not None and task.is_over and before.state != TaskState.COMPLETED:
        return True
    if before is None or before.updated_at != micros(task.updated_at):
        return before is None or before.updated_at < micros(task.updated_at)
    return before.shape != shape


def _shape(task: Task) -> Key:
    """A row of `shapes`."""
    return task.type, task.state, task.code, task.kind, task.workload, task.is_root


def _cause(task: Task) -> tuple[str, str]:
    """Why it failed: text and code."""
    if task.result is None or task.result.error is None:
        return "", ""
    cause = explain(task.result.error)
    return cause.text, cause.code


async def _columns(
    connection: AsyncConnection,
    dimensions: Dimensions,
    fresh: Sequence[Task],
    shapes_: Sequence[int],
    before: Mapping[str, _Before],
) -> _Columns:
    causes = [_cause(task) for task in fresh]
    started = [micros_or_none(task.started_at) for task in fresh]
    owners = [(task.account, task.tenant) for task in fresh]
    tenants = [(account, each.id, each.uuid, each.name, each.locator) for account, each in owners]
    return {
        "account": [task.account for task in fresh],
        "id": [task.id for task in fresh],
        "uuid": [task.uuid for task in fresh],
        "shape": shapes_,
        "subject": [subject(task) if is_run(task) else None for task in fresh],
        "tenant": await dimensions.tenants.numbers(connection, tenants),
        "machine": await dimensions.machines.numbers(connection, [(task.resource.id, task.name) for task in fresh]),
        "plan": await dimensions.plans.numbers(connection, [(task.policy.id, task.plan) for task in fresh]),
        "started_by": await dimensions.names.numbers(connection, [(task.started_by,) for task in fresh]),
        "cause": await dimensions.names.numbers(connection, [(text,) for text, _ in causes]),
        "cause_code": [code for _, code in causes],
        "began_at": [known or micros(task.began_at) for known, task in zip(started, fresh, strict=True)],
        "updated_at": [micros(task.updated_at) for task in fresh],
        "enqueued_at": [micros_or_none(task.enqueued_at) for task in fresh],
        "started_at": started,
        "completed_at": [micros_or_none(task.completed_at) for task in fresh],
        **_under_way(fresh, shapes_, before),
    }


def _under_way(fresh: Sequence[Task], shapes_: Sequence[int], before: Mapping[str, _Before]) -> _Columns:
    """How far runs are that are not over, and their subjects. The shape says which these are: most pages have none."""
    open_ = {shape for shape, task in dict(zip(shapes_, fresh, strict=True)).items() if is_under_way(task)}
    going = [task if shape in open_ else None for task, shape in zip(fresh, shapes_, strict=True)] if open_ else ()
    none = [None] * len(fresh)
    return {
        "percent": [task and task.progress and task.progress.percent for task in going] or none,
        "unfinished_subject": [task and subject(task) for task in going] or none,
        "bytes": [saved(task.progress) for task in fresh],
        "still_since": [task and _still_since(task, before.get(task.id)) for task in going] or none,
        "long_at": [task and _long_at(task, before.get(task.id)) for task in going] or none,
    }


def _place(task: Task) -> tuple[str, int | None, int | None]:
    """How far a run is."""
    return task.state, task.progress.percent if task.progress else None, saved(task.progress)


def _still_since(task: Task, before: _Before | None) -> int | None:
    """Since when its progress is what it is; none where it has shown none: some never do."""
    if before is not None and before.place == _place(task):
        return before.still_since
    _, percent, size = _place(task)
    return micros(task.updated_at) if percent or size else None


def _long_at(task: Task, before: _Before | None) -> int | None:
    """When to look first whether it takes too long."""
    if task.started_at is None:
        return None
    if before is not None and before.started_at == micros(task.started_at):
        return before.long_at
    return micros(task.started_at + LONG_AFTER)


def _again(fresh: Sequence[Task], before: Mapping[str, _Before]) -> Sequence[tuple[Task, _Before]]:
    """Those that were there, and as they were."""
    return [(task, before[task.id]) for task in fresh if task.id in before] if before else []


def _moved(fresh: Sequence[Task], columns: _Columns, before: Mapping[str, _Before]) -> frozenset[str]:
    """The subjects of runs that began, ended, or came to another stage."""
    known = [(old, old.unfinished_subject) for _, old in _again(fresh, before)]
    was = {old.id: stage(whose, old.state, old.percent) for old, whose in known if whose}
    subjects = columns["unfinished_subject"]
    going = zip(fresh, subjects, columns["percent"], strict=True) if any(subjects) else ()
    now = {task.id: stage(whose, task.state, percent) for task, whose, percent in going if whose}
    pairs = ((was.get(id_), now.get(id_)) for id_ in was.keys() | now.keys())
    return frozenset(each.subject for pair in pairs if pair[0] != pair[1] for each in pair if each)


async def _count(
    connection: AsyncConnection, fresh: Sequence[Task], columns: _Columns, before: Mapping[str, _Before]
) -> None:
    """Counts each root task that is over once: one that changes leaves its old count and joins its new one."""
    found = zip(fresh, *(columns[name] for name in ("tenant", "shape", "cause", "completed_at")), strict=True)
    changes = Counter(
        (tenant, shape, cause, completed // DAY)
        for task, tenant, shape, cause, completed in found
        if completed is not None and task.is_root and task.is_over
    )
    for _, old in _again(fresh, before):
        if old.is_root and old.state == TaskState.COMPLETED and old.completed_at is not None:
            changes[old.tenant, old.shape, old.cause, old.completed_at // DAY] -= 1
    await _ADD_COUNTS.many(connection, [(*key, runs) for key, runs in sorted(changes.items()) if runs])
