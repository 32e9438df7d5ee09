"""Alerts: problems, what they are made of, and what channels show about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.records import Kind, Tenant


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
