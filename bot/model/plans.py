"""What Acronis says beyond its tasks: plans and their schedules, workloads, agents, tenants, its own alerts.

Ids are in lower case, whatever case Acronis writes them in. Names and texts are Acronis's or a customer's: hostile.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.values import dataclass


@dataclass(frozen=True, slots=True)
class StartTimes:
    """Clock times of one day, and the days that have them: each empty set of days stands for all.

    `minutes` count from midnight, in order, from 0 to 1,439. `weekdays`: Monday is 0. `month_days`: 1 to 31, and -1 for
    a month's last day. `months`: 1 to 12. `weeks`: which of a month's Mondays (or other weekdays), 1 to 5, -1 the last.
    """

    minutes: tuple[int, ...]
    weekdays: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a plan starts its runs, by a machine's local clock. A start may come later by up to `random_delay`.

    `is_conditional`: a start may be left out, where a condition is not met (battery, metered connection, idle user).
    """

    sets: tuple[StartTimes, ...]
    random_delay: timedelta = timedelta()
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """A plan's own new tries after a failure: at most `most`, `interval` apart. Runs by hand are not tried again."""

    interval: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class PlanPolicy:
    """A plan's root or one of its parts. `root_id` is the root's own id where it is the root.

    `schedule` is None where it has none that can be read; then `why_unknown` says why, for a person, "" where it is
    simply run by hand. `context_ids` are the workloads it is on, as far as Acronis listed them.
    """

    account: str
    id: str
    root_id: str
    type: str
    name: str = ""
    tenant_id: str = ""
    is_enabled: bool = True
    schedule: Schedule | None = None
    why_unknown: str = ""
    retry: Retry | None = None
    most_days: int | None = None
    updated_at: datetime | None = None
    context_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRuns:
    """Run times of a workload by policies of one type. `enabled_again_at` is set while they are paused."""

    type: str
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_run_at: datetime | None = None
    enabled_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkloadStatus:
    """One workload as Resource Management shows it. `status` and `execution` are its own words in lower case.

    `runs` is empty where nothing is applied, and for what is backed up from cloud to cloud.
    """

    account: str
    id: str
    type: str
    name: str
    tenant_id: str = ""
    tenant_name: str = ""
    agent_id: str = ""
    status: str = ""
    execution: str = ""
    plan_names: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    runs: tuple[PolicyRuns, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkloadFacts:
    """What statuses do not hold. `zone_minutes`: how far the machine's clock is ahead of UTC, None where not known."""

    account: str
    id: str
    name: str = ""
    tenant_id: str = ""
    zone_minutes: int | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentStatus:
    account: str
    id: str
    name: str
    tenant_id: str = ""
    is_online: bool | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class AcronisAlert:
    """An alert of Acronis's own Alert Manager. `text` says why, as a sentence for a person, "" where it does not say.

    `ended_at` is when it was dismissed. `days` is for how many there was no backup, where it is about that.
    """

    account: str
    id: str
    type: str
    category: str = ""
    severity: str = ""
    tenant_id: str = ""
    tenant_uuid: str = ""
    resource_id: str = ""
    resource_name: str = ""
    plan_id: str = ""
    plan_name: str = ""
    activity_id: str = ""
    text: str = ""
    days: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """A tenant of the tree. `id` is its UUID, `number` the numeric id as text, "" where it is not known.

    `is_visible`: whether the client may look into it; where it may not, nothing is known of its backups.
    """

    account: str
    id: str
    number: str = ""
    name: str = ""
    kind: str = ""
    parent_id: str = ""
    is_enabled: bool = True
    is_visible: bool = True
    deleted_at: datetime | None = None


class Api(StrEnum):
    """The APIs beside the Task Manager's that are read. The values are words people read."""

    STATUSES = "run times of workloads"
    RESOURCES = "workloads"
    AGENTS = "agents"
    ALERTS = "Acronis's own alerts"
    POLICIES = "plans"
    APPLICATIONS = "plans on workloads"
    TENANTS = "tenants"


class Access(StrEnum):
    """Whether an API could be read when it was last asked."""

    OPEN = "open"
    FORBIDDEN = "forbidden"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """How one API of an account stands. `words` say why it cannot be read, and which scope is missing, "" where it can.

    `read_at` is when it was last read to its end; `position` is how far changes were read. `full_at` is when the last
    reading of all of it began that came to its end: what is not there then is gone.
    """

    account: str
    api: Api
    access: Access = Access.OPEN
    words: str = ""
    read_at: datetime | None = None
    position: datetime | None = None
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """`offline_since`: when it was first seen to be away, None where it is not. `online_since`: when it was first seen
    to be back, None where it never was away. Both by the bot's clock, so up to one reading late."""

    id: str
    name: str = ""
    is_online: bool | None = None
    is_enabled: bool | None = None
    offline_since: datetime | None = None
    online_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """A backup policy on a workload. `policy` has the schedule and the retry; its `context_ids` are left out.

    `plan_name` is the root's name. `is_enabled` is False where the policy, its plan, or its application to this
    workload is off. `event_id` is the alert of Acronis's that made it red. `gone_at`: when it was first seen to be off
    this workload, or to be deleted.
    """

    policy: PlanPolicy
    plan_name: str = ""
    is_enabled: bool = True
    is_licensed: bool | None = None
    deployment: str = ""
    execution: str = ""
    event_id: str = ""
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_run_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownWorkload:
    """All that is known of one workload, `id` in lower case.

    The run times are the latest of its backup policies, `next_run_at` the earliest; `enabled_again_at` is set while all
    of them are paused. `has_backup` is None where its status is not known. `barred_by` is the nearest tenant, from its
    own upwards, that is disabled, deleted, or closed to the client. `applied_at` is when the plans on it were asked for
    one by one. `alerts` are Acronis's own that are not over.
    """

    account: str
    id: str
    type: str = ""
    name: str = ""
    tenant_id: str = ""
    tenant_name: str = ""
    status: str = ""
    execution: str = ""
    plan_names: str = ""
    created_at: datetime | None = None
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_run_at: datetime | None = None
    enabled_again_at: datetime | None = None
    has_backup: bool | None = None
    zone_minutes: int | None = None
    deleted_at: datetime | None = None
    status_at: datetime | None = None
    applied_at: datetime | None = None
    agent: KnownAgent | None = None
    tenant: TenantStatus | None = None
    barred_by: TenantStatus | None = None
    policies: tuple[KnownPolicy, ...] = ()
    alerts: tuple[AcronisAlert, ...] = ()


class RhythmSource(StrEnum):
    """Where it is known from when a plan is due. The values are words people read."""

    PLAN = "plan"
    LEARNED = "learned"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When runs of one workload under one plan are due.

    `zone` names the zone of the schedule's clock times: an IANA name, or `UTC+02:00` where only a machine's offset is
    known. `clock_shown_at` is the last start that showed which clock a service follows, None where a machine tells its
    own. `spread` is how far starts usually lie behind their clock times. `why` says for a person, without a full stop,
    why it is unknown, or why the plan's own schedule is not trusted. `retry` is the plan's own, None where it has none,
    or none that is known.
    """

    source: RhythmSource = RhythmSource.UNKNOWN
    schedule: Schedule | None = None
    zone: str = "UTC"
    spread: timedelta = timedelta()
    why: str = ""
    retry: Retry | None = None
    clock_shown_at: datetime | None = None


UNKNOWN_RHYTHM = Rhythm()
