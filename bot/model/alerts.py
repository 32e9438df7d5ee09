"""Alerts: problems, what they mean for the restore point, who hears of them, and what channels show."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.tasks import Cause, Kind, Policy, Resource, Tenant, Workload
from bot.model.values import dataclass


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
    workload: Workload = Workload.OTHER
    resource: Resource = Resource()
    policy: Policy = Policy()
    started_by: str = ""


class AlertStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """How an alert ended. The values are words people read."""

    RECOVERED = "recovered"
    WITH_WARNINGS = "recovered with warnings"
    NO_MORE_RUNS = "no more runs"
    NOT_REPEATED = "not repeated"
    BY_HAND = "resolved by hand"
    STARTED = "started"
    GOES_ON = "goes on"
    RUN_ENDED = "the run ended"
    BACK = "back again"
    PAUSED = "the plan is paused"
    REVOKED = "the plan was revoked"
    NOT_EXPECTED = "not expected any more"
    RETIRED = "retired"


class Severity(StrEnum):
    """How loud. Only a critical alert mentions anybody."""

    CRITICAL = "critical"
    WARNING = "warning"


class Reason(StrEnum):
    """Why an alert is as severe as it is (design §5)."""

    RESTORE = "restore"
    IN_A_ROW = "in a row"
    MISSED = "missed"
    WILL_MISS = "will miss"
    NEVER = "never"
    RETRYING = "retrying"
    IN_TIME = "in time"
    NOT_YET = "not yet"
    UNKNOWN = "unknown"
    MINOR = "minor"

    @property
    def words(self) -> str:
        """For a person, without a full stop."""
        return _REASONS[self]


_REASONS = {
    Reason.RESTORE: "a restore failed",
    Reason.IN_A_ROW: "it failed three times in a row",
    Reason.MISSED: "the last good backup is older than the target",
    Reason.WILL_MISS: "the last good backup will be older than the target before the next run",
    Reason.NEVER: "there is no good backup in all the history that is known",
    Reason.RETRYING: "the plan still tries again by itself",
    Reason.IN_TIME: "the next run comes in time for the target",
    Reason.NOT_YET: "the last good backup is within the target, and when the next run comes is not known",
    Reason.UNKNOWN: "it is not known how old the last good backup is",
    Reason.MINOR: "only failed backups and restores become critical",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an alert means for the restore point, as last judged.

    `misses_at` is when the last good backup gets older than `target`, None where that is not known; `target_why` says
    where that comes from, for a person. `next_run_at` is the rhythm's next start, or that of a new try where such runs
    are tried again by themselves (`retries`); None where neither is known. `is_in_time` says whether that run usually
    ends before the target is missed. Where the plan's own new tries are known, the next one is `attempt` of `attempts`,
    and it gives up about `gives_up_at`.
    """

    severity: Severity = Severity.WARNING
    reason: Reason = Reason.UNKNOWN
    target: timedelta = timedelta(hours=48)
    last_good_at: datetime | None = None
    misses_at: datetime | None = None
    next_run_at: datetime | None = None
    is_in_time: bool | None = None
    retries: bool = False
    target_why: str = ""
    attempt: int | None = None
    attempts: int | None = None
    gives_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has taken an alert, by Slack's user id, and since when. `asked_at` is when the owner was asked whether it is
    still so, None where that was not needed, or was answered. `name` may be hostile."""

    who: str
    since: datetime
    name: str = ""
    asked_at: datetime | None = None


class SnoozeEnd(StrEnum):
    """What ends a snooze, beside its latest end."""

    TIME = "time"
    NEXT_RUN = "next run"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when an alert is silenced at the latest, by whom (Slack's user id), since when, and what else ends it.

    It silences what had failed when it was pressed, last at `failed_at`: `cause` names that error, `in_a_row` counts
    the failures up to then, `is_missed` says whether the target was missed by then. `name` may be hostile.
    """

    until: datetime
    by: str
    since: datetime
    name: str = ""
    end: SnoozeEnd = SnoozeEnd.TIME
    failed_at: datetime | None = None
    cause: str = ""
    in_a_row: int = 0
    is_missed: bool = False


class TriageState(StrEnum):
    """What people can ask for of what was done about an open alert. `MINE` has or silenced whoever asks."""

    TAKEN = "taken"
    MINE = "mine"
    SNOOZED = "snoozed"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Triage:
    """What people did about an open alert. Owner and snooze are independent: both may hold, and neither ends the alert.

    `noted_at` is when the last note about it was written, `acted_at` when anybody last did anything about it.
    """

    owner: Owner | None = None
    snooze: Snooze | None = None
    noted_at: datetime | None = None
    acted_at: datetime | None = None

    @property
    def is_untouched(self) -> bool:
        """Nobody has it, put it off or wrote about it: only then is it raised again."""
        return self.owner is None and self.snooze is None and self.noted_at is None

    def states(self, me: str) -> frozenset[TriageState]:
        """All that hold for a person, by Slack's user id."""
        owner, snooze = self.owner, self.snooze
        holds = {
            TriageState.TAKEN: owner is not None,
            TriageState.MINE: (owner is not None and owner.who == me) or (snooze is not None and snooze.by == me),
            TriageState.SNOOZED: snooze is not None,
            TriageState.UNTOUCHED: self.is_untouched,
        }
        return frozenset(state for state, so in holds.items() if so)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who ended an alert by hand, and why. Both words may be hostile."""

    by: str
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A problem people hear of once. `id` is 0 until stored. `latest`, its newest failed run, gives cause and names.

    Open is what `status` says; `triage` stands beside it. `next_look_at` is the next moment at which time alone changes
    anything about it, None where nothing but a new run does. `resolution` is set where a person ended it.
    """

    id: int
    status: AlertStatus
    opened_at: datetime
    latest: Run
    occurrences: int = 1
    closed_at: datetime | None = None
    ending: Ending | None = None
    previous_id: int | None = None
    assessment: Assessment = Assessment()
    triage: Triage = Triage()
    next_look_at: datetime | None = None
    resolution: Resolution | None = None

    @property
    def fingerprint(self) -> str:
        """Names the problem: every failed run that joins the alert has it."""
        return self.latest.fingerprint

    @property
    def is_open(self) -> bool:
        return self.status is AlertStatus.OPEN

    @property
    def is_critical(self) -> bool:
        return self.assessment.severity is Severity.CRITICAL


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


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about a workload, by an alert of it. Text and name may be hostile."""

    at: datetime
    by: str
    name: str
    text: str
    alert_id: int
