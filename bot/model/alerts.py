"""Alerts: problems, what they mean for the restore point, who hears of them, and what channels show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.model.query import TaskQuery
from bot.model.records import Cause, Kind, Policy, Resource, Tenant, Workload

UTC_ZONE = ZoneInfo("UTC")


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
    FIRING = "firing"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """How an alert ended. The values are words people read."""

    RECOVERED = "recovered"
    WITH_WARNINGS = "recovered with warnings"
    NO_MORE_RUNS = "no more runs"
    NOT_REPEATED = "not repeated"


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
    Reason.IN_TIME: "the next run comes in time for the target",
    Reason.NOT_YET: "the last good backup is within the target, and when the next run comes is not known",
    Reason.UNKNOWN: "it is not known how old the last good backup is",
    Reason.MINOR: "only failed backups and restores become critical",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an alert means for the restore point, as last judged.

    `misses_at` is when the last good backup gets older than `target`, None where that is not known. `next_run_at` is
    estimated from the runs' own history, None where it shows no rhythm; `retries`: that run comes soon, since after a
    failure such runs usually try again by themselves.
    """

    severity: Severity = Severity.WARNING
    reason: Reason = Reason.UNKNOWN
    target: timedelta = timedelta(hours=26)
    last_good_at: datetime | None = None
    misses_at: datetime | None = None
    next_run_at: datetime | None = None
    retries: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A problem people hear of once. `id` is 0 until stored. The latest failure gives cause, names, ids.

    `code` is the latest result: of an alert about warnings or cancelled runs it is `warning` or `cancelled`.
    """

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
    workload: Workload = Workload.OTHER
    resource: Resource = Resource()
    policy: Policy = Policy()
    started_by: str = ""
    outlook: Outlook = Outlook()
    subject: str = ""

    @property
    def is_critical(self) -> bool:
        return self.outlook.severity is Severity.CRITICAL


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


# ── who hears of it ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which a route holds what can wait, by the clock of `zone`. Where `end` is not after `start`, it is the
    next day's. `days` are those on which the hours begin, Monday is 0."""

    start: time
    end: time
    zone: ZoneInfo = UTC_ZONE
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Route:
    """Alerts that match and are of one of `severities` go to `channel`; "" tells nobody.

    `match` is a question in the words of /tasks. A route that names results or kinds asks for these; else it asks for
    what failed, of backups, restores and unknown kinds. `mention` is in Slack's own form (`<!here>`, `<@U…>`,
    `<!subteam^S…>`), "" for nobody. Where it `goes_on`, later routes are looked at too.
    """

    name: str
    channel: str
    match: TaskQuery = TaskQuery()
    mention: str = ""
    severities: frozenset[Severity] = frozenset(Severity)
    quiet: Quiet | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The last good backup of what matches must not be older than `within`."""

    match: TaskQuery
    within: timedelta


@dataclass(frozen=True, slots=True)
class Routing:
    """Who hears of what. `routes` are in order, the last one takes everything. `bound`: a channel's only tenants.

    A tenant is named by its whole name (without case; `*` stands for anything), its id or UUID, or the id of one above
    it. `targets` are in order; `target` is for what none matches.
    """

    routes: tuple[Route, ...] = ()
    bound: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    targets: tuple[Target, ...] = ()
    target: timedelta = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Told:
    """That an alert goes to a channel, by which route. `held_until` is the end of its quiet hours, None: at once."""

    channel: str
    route: str
    mention: str = ""
    held_until: datetime | None = None


class Verdict(StrEnum):
    """What was decided about an alert and a channel. The values are words people read."""

    SPOKEN = "spoken"
    HELD = "held"
    FOLDED = "folded"
    SILENT = "silent"
    RAISED = "raised"
    REPEATED = "repeated"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision and its reason, a sentence for a person. `channel` is "" where none is concerned."""

    alert_id: int
    at: datetime
    verdict: Verdict
    reason: str
    channel: str = ""


# ── what channels show ───────────────────────────────────────────────────────────────────────────────────────────────


class CardKind(StrEnum):
    """`STORM` shows many alerts of one channel, `PLATFORM` those of many tenants that Acronis itself seems to cause."""

    ALERT = "alert"
    STORM = "storm"
    PLATFORM = "platform"
    SUMMARY = "summary"
    OUTAGE = "outage"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours that people can go to, and what it is called."""

    channel: str
    ts: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What one channel shows about one alert, summary or outage: the version it should show, and the one it does.

    `ts` is Slack's id of the message, "" before there is one. `key` stands in the message's metadata, so that a post
    whose outcome is unknown can be looked for. `repeats` counts posts made again, `looks` the vain looks for the key
    since the last post; `repeated` marks the message as possibly repeated; `plain` says that Slack refused its blocks.
    `worded` is the version that last changed words: an edit from that one on is cosmetic. `earlier` is an older message
    of this card that was deleted or could not be edited.
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
    worded: int = 1
    earlier: Posted | None = None


class Says(StrEnum):
    """What a reply says: that it ended, that it became critical by time, that it is still critical and untouched."""

    ENDED = "ended"
    RAISED = "raised"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Reply(Card):
    """One line owed to a card's thread. It waits until its card has a settled `ts`, which is `thread_ts` here.

    `broadcast`: the channel sees it too. `mention` is whom it mentions, in Slack's own form.
    """

    thread_ts: str = ""
    says: Says = Says.ENDED
    broadcast: bool = False
    mention: str = ""


@dataclass(frozen=True, slots=True)
class AlertView:
    """What an alert's card shows. `strip`: result codes of the last runs, oldest first; `usual`: their median time.

    `mention` is whom the card mentions, in Slack's own form, "" for nobody. `retrying_since`: a run of the same is on
    its way. `previous_card` is the card of `previous` in the same channel.
    """

    alert: Alert
    strip: tuple[str, ...] = ()
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    previous: Alert | None = None
    previous_card: Posted | None = None
    mention: str = ""
    retrying_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How many alerts of a storm share one tenant or cause, and how many of them still fire. `label` may be hostile."""

    label: str
    total: int
    firing: int


@dataclass(frozen=True, slots=True)
class StormView:
    """What the card of a storm or a platform's banner shows: exact numbers, and the first by name.

    `before` are the alerts' own cards that were posted before it began; they are not in the numbers. `is_open` while it
    still takes in new alerts. `cause` is the one that a platform's banner is about. `ended_at` is when the last alert
    ended, None while one fires.
    """

    kind: CardKind
    opened_at: datetime
    last_at: datetime
    is_open: bool
    total: int
    firing: int
    critical: int
    restores: int
    tenants: tuple[Share, ...] = ()
    causes: tuple[Share, ...] = ()
    more_tenants: int = 0
    more_causes: int = 0
    first: tuple[Alert, ...] = ()
    before: tuple[Posted, ...] = ()
    cause: Cause = Cause()
    ended_at: datetime | None = None
    mention: str = ""
    card_id: int = 0


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
    """Tells another channel that `channel` cannot be reached; `code` is Slack's word for why.

    `waiting` is how many cards could not be shown there, `headline` what the first of them is about. `ended_at` is when
    the channel could be reached again.
    """

    channel: str
    code: str
    headline: str
    waiting: int = 1
    ended_at: datetime | None = None


View = AlertView | StormView | SummaryView | OutageView | UndeliveredView


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """Some alerts that fire, the most severe first and then the newest, from place `offset` of `size` on."""

    alerts: tuple[Alert, ...]
    size: int
    critical: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an alert or a run was told or not: the alert it belongs to, if any, and each decision, oldest first.

    `verdict` is a sentence about a run that belongs to no alert, "" where there is one.
    """

    alert: Alert | None
    decisions: tuple[Decision, ...] = ()
    cards: tuple[Posted, ...] = ()
    verdict: str = ""
