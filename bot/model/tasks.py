"""Acronis's nouns: tasks, activities and what they are made of."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar

from bot.model.values import dataclass

T = TypeVar("T")


class TaskState(StrEnum):
    """States the API documents. `Task.state` is plain text: an unknown state is kept as it is."""

    ENQUEUED = "enqueued"
    ASSIGNED = "assigned"
    STARTED = "started"
    PAUSED = "paused"
    COMPLETED = "completed"


class ResultCode(StrEnum):
    """Result codes the API documents. `Result.code` is plain text: an unknown code is kept as it is."""

    OK = "ok"
    ERROR = "error"
    WARNING = "warning"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    TIMEDOUT = "timedout"


FAILED: frozenset[str] = frozenset({ResultCode.ERROR, ResultCode.ABANDONED, ResultCode.TIMEDOUT})
OUTCOME_UNKNOWN: Final = "outcome unknown"
"""The code of a run that is over and whose result cannot be read. It is told, and heals nothing."""
HEALING: frozenset[str] = frozenset({ResultCode.OK, ResultCode.WARNING})


class Silence(StrEnum):
    """What no failed run tells of, as the code of the run that did not come as it should. Values are words people read.

    `MISSED`: it did not start. `NEVER`: it has never run. `STUCK`: it does not end. `WAITS`: it waits for a person.
    `VANISHED`: what ran before is deleted. `EMPTY`: runs end well, and save nothing. `OFFLINE`: an agent is away, and
    what it would run did not start.
    """

    MISSED = "missed"
    NEVER = "never ran"
    STUCK = "stuck"
    WAITS = "waits for a person"
    VANISHED = "vanished"
    EMPTY = "no restore point"
    OFFLINE = "agent offline"


SILENCES: frozenset[str] = frozenset(Silence)
OF_A_TASK: frozenset[str] = frozenset({Silence.STUCK, Silence.WAITS, Silence.EMPTY})
"""Silences that are about one task, which can be looked at."""


def silence_id(code: Silence, of: str, at: datetime | None = None) -> str:
    """What stands for a task's id where there is none: `missed SUBJECT 2026-11-27T21:00:00Z`, `stuck TASK …`."""
    words = [code.name.lower(), of]
    return " ".join(words if at is None else [*words, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"])


def task_behind(id_: str) -> str:
    """The id of the task that can be looked at: of a silence the one that it is about, "" where there is none."""
    word, blank, rest = id_.partition(" ")
    if not blank:
        return id_
    known = Silence.__members__.get(word.upper())
    return rest.partition(" ")[0] if known in OF_A_TASK else ""


class Kind(StrEnum):
    BACKUP = "backup"
    RESTORE = "restore"
    MANAGEMENT = "management"
    UNKNOWN = "unknown"


class Workload(StrEnum):
    MICROSOFT365 = "microsoft365"
    GOOGLE = "google"
    MACHINE = "machine"
    OTHER = "other"


_MICROSOFTS = "UserMailboxBackup UserMailboxRestore SPBackup SPRestore ODBackup ODRestore"
_GOOGLES = "GSBackupGMail GSRestoreGMail GSBackupGDrive GSRestoreGDrive"
OFFICE365_TYPES = frozenset((*_MICROSOFTS.split(), *_GOOGLES.split()))
"""Exactly the ten types of the guide's page "Fetching Office 365 tasks"; four of them are Google's."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """`id` is the numeric id as text, `locator` the path of such ids, root first: `/1/66/67/`. Absent parts are ""."""

    id: str = ""
    uuid: str = ""
    name: str = ""
    locator: str = ""


STAND_IN: Final = "?"


@dataclass(frozen=True, slots=True)
class Resource:
    """What is protected. Where Acronis does not say what it is, `id` is a stand-in: `STAND_IN`, and which agent ran the
    task or what its title is."""

    id: str = ""
    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    id: str = ""
    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run failed, in one sentence for a person: cleaned of noise, not escaped; "" where nothing is known.

    `entry` names the error book's entry that fits, "" where none does; its `step` is what to do next, in one sentence,
    its `link` an article, or "". `is_platform`: it is Acronis's own services that fail, not the customer's side.
    """

    text: str = ""
    code: str = ""
    ser_code: str = ""
    entry: str = ""
    step: str = ""
    link: str = ""
    is_platform: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A domainError. `cause` and `effect` are human texts, `leaf` the deepest text of the error chain. All hostile.

    `explained` is what the error book makes of it, None where nobody asked the book.
    """

    domain: str = ""
    code: str = ""
    cause: str = ""
    effect: str = ""
    message: str = ""
    leaf: str = ""
    ser_code: str = ""
    explained: Cause | None = None


@dataclass(frozen=True, slots=True)
class Result:
    code: str = ""
    error: Fault | None = None
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is not always 100 and may be 0; `speed` is bytes a second; `left` is Acronis's own text, `1h25m43s`."""

    total: int = 0
    current: int | None = None
    bytes_processed: int | None = None
    bytes_saved: int | None = None
    speed: float | None = None
    left: str = ""

    @property
    def percent(self) -> int | None:
        """How far it is, from 0 to 100; None where Acronis does not say."""
        if self.current is None or self.total <= 0:
            return None
        return min(max(self.current * 100 // self.total, 0), 100)


@dataclass(frozen=True, slots=True)
class Blocker:
    """What a paused task waits for; it can only be answered in the console."""

    issue: str
    solutions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """What tasks and activities share, as the API gave it.

    `name` and `plan` are for people; `kind` and `workload` are our reading. Only `state` says that it is over, never
    `completed_at`: the guide's own sample contradicts itself.
    """

    account: str
    id: str
    type: str
    state: str
    updated_at: datetime
    uuid: str = ""
    tenant: Tenant = Tenant()
    resource: Resource = Resource()
    policy: Policy = Policy()
    name: str = ""
    plan: str = ""
    title: str = ""
    kind: Kind = Kind.UNKNOWN
    workload: Workload = Workload.OTHER
    result: Result | None = None
    started_by: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    progress: Progress | None = None

    @property
    def code(self) -> str:
        return self.result.code if self.result else ""

    @property
    def is_over(self) -> bool:
        return self.state == TaskState.COMPLETED


@dataclass(frozen=True, slots=True)
class Task(Execution):
    """One task. `is_root`: it is a whole run, not a part of one. `cancellable` is None where Acronis does not say."""

    is_root: bool = True
    run_mode: str = ""
    enqueued_at: datetime | None = None
    assigned_at: datetime | None = None
    blockers: tuple[Blocker, ...] = ()
    cancel_requested: bool = False
    attempts: int = 0
    cancellable: bool | None = None

    @property
    def began_at(self) -> datetime:
        """When this run began, as far as it is known: what resolves what is decided by this moment."""
        return self.started_at or self.assigned_at or self.enqueued_at or self.completed_at or self.updated_at

    @property
    def ended_at(self) -> datetime:
        return self.completed_at or self.updated_at


@dataclass(frozen=True, slots=True)
class Activity(Execution):
    """A piece of a task's execution. Tasks and activities may share one id: never mix the two key spaces."""

    task_id: str = ""
    parent_id: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    `served_at` is the server's Date. `malformed` items were set aside. Where `partial` is not "", the list ends here
    unfinished and it says why, in words for a person. `read` counts all that the server sent, also what is malformed or
    was not asked for; `reached` is the last time among them in the field the list is ordered by. After `is_last` none
    follows.
    """

    items: tuple[T, ...]
    served_at: datetime | None = None
    malformed: int = 0
    partial: str = ""
    read: int = 0
    reached: datetime | None = None
    is_last: bool = False


def length_of(item: Execution, now: datetime | None = None) -> timedelta | None:
    """How long it took, or has taken until `now` while it runs; None where that is not known."""
    ended = item.completed_at if item.is_over else now
    if item.started_at is None or ended is None:
        return None
    return max(ended - item.started_at, timedelta())
