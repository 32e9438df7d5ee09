"""The nouns, the rules' parameters and the clock. No I/O, no third-party import, nothing of ours is imported.

Times are timezone-aware UTC `datetime`; durations are `timedelta`; ids are text, exactly as Acronis or Slack wrote
them. Words are Acronis's own where it has one (Task, Activity, state, result code), else the field's (alert).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
Block = Mapping[str, Any]
"""One Block Kit block, as it goes to Slack: the only dict that crosses a module's border, inside a `Message`."""

# ── Acronis's nouns ──────────────────────────────────────────────────────────────────────────────────────────────────


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
HEALING: frozenset[str] = frozenset({ResultCode.OK, ResultCode.WARNING})


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


OFFICE365_TYPES: frozenset[str] = frozenset(
    {
        "UserMailboxBackup",
        "UserMailboxRestore",
        "SPBackup",
        "SPRestore",
        "ODBackup",
        "ODRestore",
        "GSBackupGMail",
        "GSRestoreGMail",
        "GSBackupGDrive",
        "GSRestoreGDrive",
    }
)
"""Exactly the ten types of the guide's page "Fetching Office 365 tasks"; four of them are Google's."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """`id` is the numeric id as text, `locator` the path of such ids, root first: `/1/66/67/`. Absent parts are ""."""

    id: str = ""
    uuid: str = ""
    name: str = ""
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    id: str = ""
    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    id: str = ""
    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A domainError. `cause` and `effect` are human texts, `leaf` the deepest text of the error chain. All hostile."""

    domain: str = ""
    code: str = ""
    cause: str = ""
    effect: str = ""
    message: str = ""
    leaf: str = ""
    ser_code: str = ""


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


@dataclass(frozen=True, slots=True)
class Blocker:
    """What a paused task waits for; it can only be answered in the console."""

    issue: str
    solutions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One task as the API gave it. `name`, `plan` are for people; `kind`, `workload`, `is_root` are our reading of it.

    Never decide from `completed_at` that a task ended: only `state` says so (the guide's sample contradicts itself).
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
    is_root: bool = True
    result: Result | None = None
    started_by: str = ""
    run_mode: str = ""
    enqueued_at: datetime | None = None
    assigned_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    progress: Progress | None = None
    blockers: tuple[Blocker, ...] = ()
    cancel_requested: bool = False
    attempts: int = 0

    @property
    def code(self) -> str:
        """The result code, or "" while there is none."""
        return self.result.code if self.result else ""

    @property
    def is_over(self) -> bool:
        return self.state == TaskState.COMPLETED

    @property
    def began_at(self) -> datetime:
        """When this run began, as far as it is known: what resolves what is decided by this moment."""
        return self.started_at or self.assigned_at or self.enqueued_at or self.completed_at or self.updated_at

    @property
    def ended_at(self) -> datetime:
        return self.completed_at or self.updated_at

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it is not over, or where that is not known."""
        return length_of(self)


@dataclass(frozen=True, slots=True)
class Activity:
    """A piece of a task's execution. Tasks and activities may share one id: never mix the two key spaces."""

    account: str
    id: str
    type: str
    state: str
    updated_at: datetime
    uuid: str = ""
    task_id: str = ""
    parent_id: str = ""
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
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    progress: Progress | None = None

    @property
    def code(self) -> str:
        return self.result.code if self.result else ""


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


# ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


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


@dataclass(frozen=True, slots=True)
class NameFilter:
    """One of `patterns` has to fit the name; none may where it `leaves_out`.

    Compared without case. Part of the name is enough; a pattern with `*` (any characters) has to fit the whole name. A
    whole id or UUID fits too.
    """

    field: NameField
    patterns: tuple[str, ...]
    leaves_out: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Values of which a task may have none."""

    states: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    workloads: frozenset[Workload] = frozenset()
    kinds: frozenset[Kind] = frozenset()


class Sort(StrEnum):
    """What a list is ordered by: time newest first, durations longest first, names from A to Z.

    `TIME` is the time that the question is about. The values are the words people type after `sort`.
    """

    TIME = "time"
    STARTED = "started"
    COMPLETED = "ended"
    DURATION = "duration"
    NAME = "name"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks. An empty set or tuple asks for all; several values of one field are alternatives.

    `after` and `before` are exclusive bounds of `time_field`. `types` are the API's own type values, compared without
    case. `time_is_default` is true where the asker named no time. `backwards`: from the other end than `sort` usually
    has first (the oldest, the shortest, Z). `limit`: only the first so many of them, in that order.
    """

    states: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    workloads: frozenset[Workload] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    roots_only: bool = False
    left_out: LeftOut = LeftOut()
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
        """Whether a list is read from its oldest end."""
        return self.backwards and self.sort in _TIMED

    def admits(self, item: Task | Activity, now: datetime | None = None) -> bool:
        """Whether `item` really is what was asked for. An API that ignores a filter must not widen an answer.

        `now` ends the length of what still runs; without it such an item has none.
        """
        return (
            _one_of(self.states, item.state)
            and _one_of(self.results, item.code)
            and _one_of(self.workloads, item.workload)
            and _one_of(self.kinds, item.kind)
            and (not self.types or item.type.casefold() in _folded(self.types))
            and (not self.roots_only or not isinstance(item, Task) or item.is_root)
            and not self._leaves_out(item)
            and self._admits_time(item)
            and self._admits_length(item, now)
            and all(_fits(wanted, item) for wanted in self.names)
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
_TIMED = frozenset({Sort.TIME, Sort.STARTED, Sort.COMPLETED})


def length_of(item: Task | Activity, now: datetime | None = None) -> timedelta | None:
    """How long it took, or has taken until `now` while it runs; None where that is not known."""
    ended = item.completed_at if item.state == TaskState.COMPLETED else now
    if item.started_at is None or ended is None:
        return None
    return max(ended - item.started_at, timedelta())


def _fits(wanted: NameFilter, item: Task | Activity) -> bool:
    names, ids = _names_of(item, wanted.field)
    found = any(
        any(pattern_fits(pattern, name) for name in names)
        or any(id_ and pattern.casefold() == id_.casefold() for id_ in ids)
        for pattern in wanted.patterns
    )
    return found is not wanted.leaves_out


def _names_of(item: Task | Activity, field: NameField) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a filter of this field looks at, and the ids."""
    tenant = item.tenant
    match field:
        case NameField.TENANT:
            return (tenant.name,), (tenant.id, tenant.uuid)
        case NameField.MACHINE:
            return (item.name,), (item.resource.id,)
        case NameField.PLAN:
            return (item.plan,), (item.policy.id,)
        case NameField.PERSON:
            return (item.started_by,), ()
        case NameField.TYPE:
            return (item.type,), ()
        case NameField.ANY:
            return (item.name, item.plan, tenant.name, item.started_by), ()


OUR_SIGNS = str.maketrans("∶∗∼ˋˍ＠", ":*~`_@")
"""What answers show in place of signs that Slack would act on: copied back, it is the sign again."""

_IN_NAMES = dict.fromkeys(map(ord, "‘’‛"), "'") | OUR_SIGNS  # phones make such apostrophes of the one that is typed
_JOINERS = "\u200c\u200d"  # Persian and emoji need them


def cleaned(name: str) -> str:
    """A name without invisible marks; letters are composed, blanks single, apostrophes straight."""
    if not (name.isascii() and name.isprintable()):
        kept = (char for char in name if char.isspace() or not _is_invisible(char))
        name = unicodedata.normalize("NFC", "".join(kept)).translate(_IN_NAMES)
    return " ".join(name.split()).strip(" " + _JOINERS)


def _is_invisible(char: str) -> bool:
    return (unicodedata.category(char) in {"Cf", "Cc"} and char not in _JOINERS) or "\ufe00" <= char <= "\ufe0f"


@lru_cache(maxsize=16_384)
def folded(name: str) -> str:
    """A name as it is compared: cleaned, and without case in every language."""
    return cleaned(cleaned(name).casefold())


def pattern_fits(pattern: str, name: str) -> bool:
    """Whether a name filter's pattern fits a name; both may be `folded` already."""
    pattern, name = folded(pattern), folded(name)
    return bool(_glob(pattern).fullmatch(name)) if "*" in pattern else pattern in name


@lru_cache(maxsize=256)
def _glob(pattern: str) -> "re.Pattern[str]":
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", pattern)), re.DOTALL)


def _one_of(wanted: frozenset[T], value: object) -> bool:
    return not wanted or value in wanted


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

    Where `partial` is not "", not all was read: it says why, for a person; `back_to` is how far the reading reached.
    `items` begin at place `offset` of the whole list, counted from 0, which has `size` items. Where `stale` is not "",
    the copy is behind: it says why, for a person, and nobody may say that all is well. `is_cut`: only the first so many
    were wanted, and there may be more.
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


class Takes(StrEnum):
    """What may follow a verb."""

    NOTHING = "nothing"
    WORD = "word"
    ID = "id"
    ID_OR_FILTERS = "id or filters"
    NAME_AND_FILTERS = "name and filters"
    FILTERS = "filters"


@dataclass(frozen=True, slots=True)
class Verb:
    """A word after /tasks. `examples` are commands that work when typed; `optional`: what it takes may be left out.

    `names` is what a name that the verb takes is of (`history MACHINE`, `protected TENANT`): it becomes a name filter.
    `time` is which time is meant after it where nobody says; None: as with filters alone.
    """

    name: str
    summary: str
    takes: Takes = Takes.NOTHING
    optional: bool = True
    examples: tuple[str, ...] = ()
    names: NameField | None = None
    time: TimeField | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `zone_is_known` is false where Slack did not say in time and the bot's own zone stands in."""

    id: str
    team_id: str
    zone: ZoneInfo
    zone_is_known: bool = True


@dataclass(frozen=True, slots=True)
class Invocation:
    """One use of a verb, parsed. `query` is None where no filters were given or the verb takes none.

    `text` is what was typed; `marks` say where in it each pattern of a name stands, so that an error can point there.
    """

    verb: str
    query: TaskQuery | None = None
    argument: str = ""
    text: str = ""
    marks: tuple["Mark", ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a name filter's pattern was typed: `offset` and `length` count characters of the text."""

    field: NameField
    pattern: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was answered, kept for 24 h so that a page button carries only its id. Its times are absolute.

    `verb` is the verb that draws it; `argument` is that verb's (a task's id for activities).
    """

    id: str
    verb: str
    query: TaskQuery
    asker: str
    as_of: datetime
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button: which one, by its action id, and the value it carried."""

    action: str
    value: str


# ── What the copy knows ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of one account the copy holds: runs since `runs_from`, everything since `rest_from`, as of `read_at`.

    `is_whole`: all the history that Acronis keeps has been read. None: nothing yet.
    """

    account: str
    read_at: datetime | None = None
    runs_from: datetime | None = None
    rest_from: datetime | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How runs of one tenant, workload or cause ended. `label` may be a customer's word; "" is said as *none named*."""

    label: str
    runs: int = 0
    failed: int = 0
    warnings: int = 0
    cancelled: int = 0

    @property
    def ok(self) -> int:
        """What ended well; results that nobody knows are not among them."""
        return self.runs - self.failed - self.warnings - self.cancelled


@dataclass(frozen=True, slots=True)
class Stats:
    """How the root runs that a question names ended, most failures first. `more_…` counts what is not listed."""

    total: Tally
    tenants: tuple[Tally, ...] = ()
    workloads: tuple[Tally, ...] = ()
    causes: tuple[Tally, ...] = ()
    more_tenants: int = 0
    more_causes: int = 0


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run in a history. `duration` is None where it is not known."""

    task_id: str
    code: str
    began_at: datetime
    ended_at: datetime
    duration: timedelta | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The last runs of one machine under one plan, newest first. `usual`: median length of those that ended well."""

    account: str
    tenant: Tenant
    name: str
    plan: str
    kind: Kind
    runs: tuple[PastRun, ...]
    usual: timedelta | None = None
    last_good_at: datetime | None = None


class Standing(StrEnum):
    """How a workload's restore point stands. The values are words people read, the worst first."""

    FAILING = "failing"
    NEVER = "never"
    LATE = "late"
    UNKNOWN = "unknown"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Protected:
    """One workload under one plan. *Late*: its last good backup is older than the target. *Never*: none in all history.

    *Unknown*: none was seen, and history does not reach back all the way.
    """

    account: str
    tenant: Tenant
    name: str
    plan: str
    workload: Workload
    standing: Standing
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    last_code: str = ""


@dataclass(frozen=True, slots=True)
class Protection:
    """Some `lines` of all that are protected, the worst first, from place `offset` on; `counts` are of all of them."""

    lines: tuple[Protected, ...]
    counts: Mapping[Standing, int]
    offset: int = 0

    @property
    def size(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer that is no list rests on. `stale` and `partial` are sentences for a person, or "".

    `history_from`: the copy holds all runs since then. None: not known.
    """

    as_of: datetime
    origin: Origin = Origin.COPY
    stale: str = ""
    partial: str = ""
    history_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the copy adds to one task's details: `strip` are result codes of its last runs, oldest first."""

    strip: tuple[str, ...] = ()
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    history_from: datetime | None = None


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


class Place(StrEnum):
    """Where an answer goes. The asker alone, unless a person asked for more."""

    ASKER = "asker"
    CHANNEL = "channel"
    DIRECT = "direct message"


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks, and all their facts again as plain text: lock screens and screen readers show `text` in place of blocks.

    `replaces` says that the message a button sat on gives way to this one.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    place: Place = Place.ASKER
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Modal:
    title: str
    blocks: tuple[Block, ...]
    close: str = "Close"


# ── Alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run failed, in one sentence for a person: cleaned of noise, not escaped; "" where nothing is known."""

    text: str = ""
    code: str = ""
    ser_code: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A root backup or restore run that is over, as the rules see it.

    `fingerprint` names the problem a failure belongs to; `subject` names what a later good run must be of to heal it.
    """

    account: str
    task_id: str
    fingerprint: str
    subject: str
    kind: Kind
    code: str
    tenant: Tenant
    name: str
    plan: str
    type: str
    began_at: datetime
    ended_at: datetime
    cause: Cause = Cause()


class AlertStatus(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """How an alert ended. The values are words people read."""

    RECOVERED = "recovered"
    WITH_WARNINGS = "recovered with warnings"
    NO_MORE_RUNS = "no more runs"
    NOT_REPEATED = "not repeated"


@dataclass(frozen=True, slots=True)
class Alert:
    """A problem people hear of once. `id` is 0 until stored. The latest failure gives cause, names and task id."""

    id: int
    fingerprint: str
    account: str
    kind: Kind
    tenant: Tenant
    name: str
    plan: str
    type: str
    status: AlertStatus
    opened_at: datetime
    failed_at: datetime
    task_id: str
    cause: Cause = Cause()
    code: str = ""
    occurrences: int = 1
    closed_at: datetime | None = None
    ending: Ending | None = None
    previous_id: int | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One failed run that belongs to an alert; `healed_at` is when a later run of the same subject ended well."""

    account: str
    task_id: str
    alert_id: int
    subject: str
    code: str
    began_at: datetime
    ended_at: datetime
    healed_at: datetime | None = None


class CardKind(StrEnum):
    ALERT = "alert"
    SUMMARY = "summary"
    OUTAGE = "outage"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Card:
    """What one channel shows about one alert, summary or outage: the version it should show, and the one it does.

    `ts` is Slack's id of the message, "" before there is one. `key` stands in the message's metadata, so that a post
    whose outcome is unknown can be looked for. `repeats` counts posts made again, `looks` the vain looks for the key
    since the last post; `repeated` marks the message as possibly repeated; `plain` says that Slack refused its blocks.
    """

    id: int
    kind: CardKind
    channel: str
    key: str
    wanted: int = 1
    shown: int = 0
    ts: str = ""
    repeats: int = 0
    looks: int = 0
    refusals: int = 0
    repeated: bool = False
    plain: bool = False
    created_at: datetime | None = None
    uncertain_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply(Card):
    """One line owed to a card's thread. It waits until its card has a settled `ts`, which is `thread_ts` here."""

    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class AlertView:
    """What an alert's card shows. `strip`: result codes of the last runs, oldest first; `usual`: their median time."""

    alert: Alert
    strip: tuple[str, ...] = ()
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    previous: Alert | None = None


@dataclass(frozen=True, slots=True)
class SummaryView:
    """What the first card after a first start shows: every alert that was open then, as it is now."""

    account: str
    since: datetime
    alerts: tuple[Alert, ...]
    good_runs: int


@dataclass(frozen=True, slots=True)
class OutageView:
    """Acronis cannot be read. `reason` is a sentence for a person; `ended_at` is None while it lasts."""

    account: str
    began_at: datetime
    reason: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndeliveredView:
    """Tells another channel that `channel` cannot be reached; `code` is Slack's word for why."""

    channel: str
    code: str
    headline: str


View = AlertView | SummaryView | OutageView | UndeliveredView


# ── Reading the account ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an account has been read.

    `position` is None before the first start. `quiet_since` is set while the first 24 h are read, when nothing is
    posted one by one. `watched_from` is where that look began: what failed before it is history. `history_from` is the
    oldest moment from which the copy is complete; backfill moves it back. `read_at` is when the last poll came through.
    """

    account: str
    position: datetime | None = None
    quiet_since: datetime | None = None
    watched_from: datetime | None = None
    history_from: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of design §4 and §5. All are settings."""

    overlap: timedelta = timedelta(minutes=5)
    first_look: timedelta = timedelta(hours=24)
    history: timedelta = timedelta(days=90)
    sweep: timedelta = timedelta(hours=26)
    due_after: timedelta = timedelta(seconds=30)
    restore_closes: timedelta = timedelta(days=3)
    silent_closes: timedelta = timedelta(days=14)
    target: timedelta = timedelta(hours=26)
    keep_runs: timedelta = timedelta(days=100)
    keep_rest: timedelta = timedelta(days=7)


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
