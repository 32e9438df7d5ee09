"""Which tasks: the question as a value, and what was found."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, Generic, TypeVar

from bot.model.alerts import Severity, TriageState
from bot.model.names import folded, pattern_fits, words_fit
from bot.model.standings import Due, Standing
from bot.model.tasks import Activity, Cause, Fault, Kind, Task, TaskState, Tenant, Workload, length_of
from bot.model.values import dataclass

T = TypeVar("T")

DEFAULT_KINDS: Final = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
"""What people mean by their tasks. Unknown is in it, since the types of most restores are unpublished."""

BACKUPS: Final = frozenset({Kind.BACKUP})


class TimeField(StrEnum):
    """The field a question's time is about; the values are the API's names."""

    STARTED = "startedAt"
    COMPLETED = "completedAt"
    UPDATED = "updatedAt"


class NameField(StrEnum):
    """Which name a filter is about; the values are the words people type. `ANY` is each of them but the type."""

    TENANT = "tenant"
    MACHINE = "machine"
    PLAN = "plan"
    PERSON = "by"
    TYPE = "type"
    ANY = "name"
    CAUSE = "cause"
    CODE = "code"


OF_FAILURES = frozenset((NameField.CAUSE, NameField.CODE))
"""Of what failed: runs have them, workloads have not."""


@dataclass(frozen=True, slots=True)
class NameFilter:
    """One of `patterns` has to fit the name, or it is one of `wholes`. Where the filter `leaves_out`, none may.

    Names are compared `folded`. A pattern fits a part of the name; with `*` (any characters) it has to fit the whole
    name; of a cause, its words fit in any order. A whole id or UUID fits too. `wholes` are names that are known.
    `within` are numeric ids of the tenants among them: all below these in the tree is meant, too.
    """

    field: NameField
    patterns: tuple[str, ...]
    leaves_out: bool = False
    wholes: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    def fits(self, name: str) -> bool:
        """Whether a name is meant, left out or not."""
        fits = words_fit if self.field is NameField.CAUSE else pattern_fits
        return any(fits(pattern, name) for pattern in self.patterns) or self.is_whole(name)

    def is_whole(self, name: str) -> bool:
        return bool(self.wholes) and folded(name) in map(folded, self.wholes)

    def is_below(self, tenant: Tenant) -> bool:
        """Whether the tenant lies below one that is meant."""
        return any(f"/{id_}/" in tenant.locator for id_ in self.within)


class Pace(StrEnum):
    """How a run under way compares with those before it. The values are the words people type."""

    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A task may have none of these values."""

    states: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    workloads: frozenset[Workload] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    severities: frozenset[Severity] = frozenset()
    triage: frozenset[TriageState] = frozenset()
    standings: frozenset[Standing] = frozenset()
    due: frozenset[Due] = frozenset()
    paces: frozenset[Pace] = frozenset()


_NONE_LEFT_OUT: Final = LeftOut()


class Sort(StrEnum):
    """What a list is ordered by: times newest first, durations longest first, names from A to Z.

    `TIME` is the time that the question is about. The values are the words people type after `sort`.
    """

    TIME = "time"
    STARTED = "started"
    COMPLETED = "ended"
    DURATION = "duration"
    NAME = "name"
    TENANT = "tenant"

    @property
    def is_by_time(self) -> bool:
        return self in (Sort.TIME, Sort.STARTED, Sort.COMPLETED)


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks. An empty set or tuple asks for all; several values of one field are alternatives.

    `after` and `before` are exclusive bounds of `time_field`. `types` are the API's own type values, compared
    without case. Only alerts have `severities` and a `triage`, only restore points have `standings` and are `due`, and
    whether a run's pace is unusual its past tells: no task is asked for them. `time_is_default` is true where the asker
    named no time. `backwards`: the list begins at the other end of `sort` (the oldest, the shortest, Z). `limit`: only
    the first so many of them, in that order.
    """

    states: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    workloads: frozenset[Workload] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    severities: frozenset[Severity] = frozenset()
    triage: frozenset[TriageState] = frozenset()
    standings: frozenset[Standing] = frozenset()
    due: frozenset[Due] = frozenset()
    paces: frozenset[Pace] = frozenset()
    roots_only: bool = False
    left_out: LeftOut = _NONE_LEFT_OUT
    names: tuple[NameFilter, ...] = ()
    time_field: TimeField = TimeField.STARTED
    after: datetime | None = None
    before: datetime | None = None
    time_is_default: bool = False
    longer_than: timedelta | None = None
    shorter_than: timedelta | None = None
    sort: Sort = Sort.TIME
    backwards: bool = False
    limit: int | None = None

    @property
    def order_field(self) -> TimeField:
        """The time that a list is read by: the API orders by no name and no duration."""
        return _ORDERS.get(self.sort, self.time_field)

    @property
    def oldest_first(self) -> bool:
        return self.backwards and self.sort.is_by_time

    def in_its_own_order(self) -> "TaskQuery":
        """The same without a length, an order and a number, for what has an order of its own."""
        return replace(self, longer_than=None, shorter_than=None, sort=Sort.TIME, backwards=False, limit=None)

    def admits(self, item: Task | Activity, now: datetime | None = None) -> bool:
        """Whether `item` really is what was asked for. An API that ignores a filter must not widen an answer.

        `now` ends the length of what still runs; without it such an item has none.
        """
        return (
            (not self.states or item.state in self.states)
            and (not self.results or item.code in self.results)
            and (not self.workloads or item.workload in self.workloads)
            and (not self.kinds or item.kind in self.kinds)
            and (not self.types or item.type.casefold() in _folded(self.types))
            and (not self.roots_only or not isinstance(item, Task) or item.is_root)
            and (self.left_out is _NONE_LEFT_OUT or not self._leaves_out(item))
            and self._admits_time(item)
            and self._admits_length(item, now)
            and (not self.names or all(_fits(wanted, item) for wanted in self.names))
        )

    def _leaves_out(self, item: Task | Activity) -> bool:
        out = self.left_out
        return (
            item.state in out.states
            or item.code in out.results
            or item.workload in out.workloads
            or item.kind in out.kinds
            or item.type.casefold() in _folded(out.types)
        )

    def _admits_time(self, item: Task | Activity) -> bool:
        if self.after is None and self.before is None:
            return True
        at = time_of(item, self.time_field)
        if at is None:
            return False
        return (self.after is None or at > self.after) and (self.before is None or at < self.before)

    def _admits_length(self, item: Task | Activity, now: datetime | None) -> bool:
        if self.longer_than is None and self.shorter_than is None:
            return True
        length = length_of(item, now)
        if length is None:
            return False
        longer = self.longer_than is None or length > self.longer_than
        return longer and (self.shorter_than is None or length < self.shorter_than)


_ORDERS = {Sort.STARTED: TimeField.STARTED, Sort.COMPLETED: TimeField.COMPLETED}


def _fits(wanted: NameFilter, item: Task | Activity) -> bool:
    names, ids = _names_of(item, wanted.field)
    found = (
        any(wanted.fits(name) for name in names)
        or any(id_ and folded(pattern) == folded(id_) for pattern in wanted.patterns for id_ in ids)
        or (bool(wanted.within) and wanted.is_below(item.tenant))
    )
    return found is not wanted.leaves_out


def _names_of(item: Task | Activity, field: NameField) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a filter of this field looks at, and the ids. A code is looked at whole, as an id is."""
    match field:
        case NameField.TENANT:
            return (item.tenant.name,), (item.tenant.id, item.tenant.uuid)
        case NameField.MACHINE:
            return (item.name,), (item.resource.id,)
        case NameField.PLAN:
            return (item.plan,), (item.policy.id,)
        case NameField.PERSON:
            return (item.started_by,), ()
        case NameField.TYPE:
            return (item.type,), ()
        case NameField.ANY:
            return (item.name, item.plan, item.tenant.name, item.started_by), ()
        case _:
            return _causes_of(item, wanted=field is NameField.CAUSE)


def _causes_of(item: Task | Activity, *, wanted: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences of what went wrong and the name of its entry in the error book, where `wanted`; its codes."""
    fault = (item.result.error if item.result else None) or Fault()
    known = fault.explained or Cause()
    sentences = (fault.cause, known.text, known.entry) if wanted else ()
    return sentences, (fault.code, fault.ser_code, known.code, known.ser_code)


@lru_cache(maxsize=64)
def _folded(names: frozenset[str]) -> frozenset[str]:
    """Once a question, not once a task."""
    return frozenset(name.casefold() for name in names)


def time_of(item: Task | Activity, which: TimeField) -> datetime | None:
    """The item's time that `which` names; None where the item has none (a queued task has not started)."""
    if which is TimeField.STARTED:
        return item.started_at
    if which is TimeField.COMPLETED:
        return item.completed_at if item.state == TaskState.COMPLETED else None
    return item.updated_at


class Origin(StrEnum):
    """Where an answer comes from. The values are words people read."""

    LIVE = "live from Acronis"
    COPY = "from the bot's copy"


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was found, in the order asked for, as of `as_of`.

    `partial` says to a person why not all was read, "" where all was; `back_to` is how far the reading reached.
    `stale` says to a person why the copy is behind, "" where it is not; nobody may then say that all is well. `items`
    begin at place `offset` (from 0) of the whole list, which has `size` items. `is_cut`: only the first so many were
    wanted, and there may be more.
    """

    items: tuple[T, ...]
    as_of: datetime
    partial: str = ""
    back_to: datetime | None = None
    malformed: int = 0
    origin: Origin = Origin.LIVE
    stale: str = ""
    offset: int = 0
    total: int | None = None
    is_cut: bool = False

    @property
    def size(self) -> int:
        """How many there are in all; what was not read is not among them."""
        return len(self.items) if self.total is None else self.total

    @property
    def is_whole(self) -> bool:
        """Whether `items` are all that was found, not a page of it."""
        return not self.offset and len(self.items) == self.size
