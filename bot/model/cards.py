"""What channels show about alerts: cards, the lines in their threads, and what each of them is drawn from."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.acts import Aim, Attempt
from bot.model.alerts import Alert, Note, Owner, Snooze
from bot.model.canary import CanaryView
from bot.model.digests import DigestView
from bot.model.routing import Decision
from bot.model.tasks import Cause, TaskState
from bot.model.values import dataclass


class CardKind(StrEnum):
    """`STORM` shows many alerts of one channel, `PLATFORM` those of many tenants that Acronis itself seems to cause.
    `PERSONAL` is a direct message: its channel is a person. `HOOK` is sent to a web hook, `DIGEST` sums up a night.
    These three are sent once, and never edited. `CANARY` tells of a made-up failure."""

    ALERT = "alert"
    STORM = "storm"
    PLATFORM = "platform"
    SUMMARY = "summary"
    OUTAGE = "outage"
    UNDELIVERED = "undelivered"
    PERSONAL = "personal"
    HOOK = "hook"
    DIGEST = "digest"
    CANARY = "canary"


class PostState(StrEnum):
    """Where a card or reply stands. `SENDING` is written before Slack is called: what a crash leaves so is uncertain.

    `STUCK` waits for its channel or token to be mended; `LOST` waits for nothing more.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    STUCK = "stuck"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


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
    `words_version` is the version that last changed words: an edit from that one on is cosmetic. `earlier` is an older
    message of this card that was deleted or could not be edited. `due_at` is when it is tried, or looked for, next.
    """

    id: int
    kind: CardKind
    channel: str
    key: str
    version: int = 1
    shown: int = 0
    ts: str = ""
    repeats: int = 0
    looks: int = 0
    refusals: int = 0
    repeated: bool = False
    plain: bool = False
    created_at: datetime | None = None
    uncertain_at: datetime | None = None
    words_version: int = 1
    earlier: Posted | None = None
    due_at: datetime | None = None


class Says(StrEnum):
    """What a reply says: that it ended, that it became critical by time, that it is critical still; what a person did,
    that a snooze is over, that its owner did not answer, that a person could not be told. A direct message says that
    one of these happened, that a snooze ends soon, that its owner is asked, or that somebody handed it over. Both say
    that nobody touched it for long."""

    ENDED = "ended"
    RAISED = "raised"
    STILL = "still"
    ACTED = "acted"
    WOKEN = "woken"
    RELEASED = "released"
    UNTOLD = "untold"
    WARNED = "warned"
    ASKED = "asked"
    HANDED = "handed"
    CLIMBED = "climbed"


@dataclass(frozen=True, slots=True)
class Reply(Card):
    """One line owed to a card's thread. It waits until its card has a settled `ts`, which is `thread_ts` here.

    `broadcast`: the channel sees it too. `mention` is whom it mentions, in Slack's own form. `why` is what happened to
    a snooze or an owner, `act` what a person did.
    """

    thread_ts: str = ""
    says: Says = Says.ENDED
    broadcast: bool = False
    mention: str = ""
    why: str = ""
    act: Attempt | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """What an alert's card shows. `strip`: result codes of the last runs, oldest first; `usual`: the median time of
    good ones. `in_a_row`: how many failures the last runs end with.

    `mention` is whom the card mentions, in Slack's own form, "" for nobody. `retrying_since`: a run of the same is on
    its way, `retrying_percent` how far, None where Acronis does not say, `retrying_state` its state. `previous_card` is
    the card of `previous` in the same channel. `has_plans`: its machine has more than one. `beside` are other alerts of
    the machine, the worst first, that were open when this one ended. `notes` are the last ones about the workload, the
    newest first. `version` is the card's.
    """

    alert: Alert
    strip: tuple[str, ...] = ()
    in_a_row: int = 0
    usual: timedelta | None = None
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    previous: Alert | None = None
    previous_card: Posted | None = None
    mention: str = ""
    retrying_since: datetime | None = None
    retrying_percent: int | None = None
    retrying_state: str = TaskState.STARTED
    has_plans: bool = False
    beside: tuple[Alert, ...] = ()
    notes: tuple[Note, ...] = ()
    card_id: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many alerts of a storm share one tenant or cause, and how many of these are open. `label` may be hostile,
    `key` stands in buttons."""

    label: str
    total: int
    open: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class StormView:
    """What the card of a storm or a platform's banner shows: exact numbers, and the first by name.

    `before` are the alerts' own cards that came before it; they are in the numbers. `is_open` while it still takes in
    new alerts. `cause` is the one that a platform's banner is about. `ended_at` is when the last alert ended, None
    while one is open. Of those that are open so many are `taken` or `snoozed`; `owner` and `snooze` are set where all
    of them have the same. `unhealed` ended by time alone, without a good run. `oldest_good_at` is the oldest of the
    last good backups of what is open, None where one of them is not known.
    """

    kind: CardKind
    opened_at: datetime
    last_at: datetime
    is_open: bool
    total: int
    open: int
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
    unhealed: int = 0
    oldest_good_at: datetime | None = None
    version: int = 0
    taken: int = 0
    snoozed: int = 0
    owner: Owner | None = None
    snooze: Snooze | None = None


@dataclass(frozen=True, slots=True)
class SummaryView:
    """What the first card after a first start shows: every alert that was open then, as it is now.

    `card_id` is its own, 0 where it is not stored.
    """

    account: str
    since: datetime
    alerts: tuple[Alert, ...]
    good_runs: int
    card_id: int = 0


WAY_IN = ""
"""The `account` of an outage that is no account's: Slack cannot reach the bot."""


@dataclass(frozen=True, slots=True)
class OutageView:
    """Acronis cannot be read, or Slack cannot reach the bot. `reason` is for a person; `ended_at` is None while it
    lasts."""

    account: str
    began_at: datetime
    reason: str
    ended_at: datetime | None = None


NOT_WATCHED = "It is not in the settings any more."
"""The reason of an outage that ended since nobody waits for its end."""
EDITS_LIMITED = "edits_limited"
"""Our own word, in Slack's place, for a channel whose cards it does not let us edit for long. New messages arrive."""


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


@dataclass(frozen=True, slots=True)
class PersonalView:
    """What a direct message tells `to`, Slack's user id, at `at`: `says` it about one alert, the first of `size`.

    `why` is more about it, in words. `posted` is a message in a channel that shows the alert. Where it is about many,
    `storm` is the card that shows them; it `is_whole` where these are all that is open there.
    """

    to: str
    says: Says
    at: datetime
    about: AlertView
    size: int = 1
    why: str = ""
    posted: Posted | None = None
    storm: StormView | None = None

    @property
    def is_whole(self) -> bool:
        return self.storm is not None and self.storm.open == self.size


View = AlertView | StormView | SummaryView | OutageView | UndeliveredView | PersonalView | DigestView | CanaryView


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many alerts are open, and how many of them are critical. `silent` counts those for silence by their codes."""

    size: int = 0
    critical: int = 0
    silent: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """Some open alerts, the most severe first and then the newest, from place `offset` of `size` on.

    `every` counts all that are open, whatever was asked for. Of the `size`, so many are about a run that was `missed`.
    """

    alerts: tuple[Alert, ...]
    size: int
    critical: int
    offset: int = 0
    every: OpenCount = OpenCount()
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """What one shift hands to the next. The first three are open: critical ones first, then the newest. `open` is what
    nobody has and nothing silences; what is both taken and snoozed is `taken`. The others ended, and the notes were
    written, since the shift began; each note has its alert."""

    open: tuple[Alert, ...] = ()
    taken: tuple[Alert, ...] = ()
    snoozed: tuple[Alert, ...] = ()
    healed: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    notes: tuple[tuple[Note, Alert], ...] = ()

    @property
    def still_open(self) -> OpenCount:
        every = (*self.open, *self.taken, *self.snoozed)
        return OpenCount(len(every), sum(alert.is_critical for alert in every))


@dataclass(frozen=True, slots=True)
class StormPage:
    """One page of what a storm's card shows, all of it or the `share` of it that `aim` means. `tenants` and `causes`
    are all shares of the card. Of what is listed so many are `open`, `taken` and `snoozed`."""

    aim: Aim
    page: int
    found: OpenAlerts
    as_of: datetime
    tenants: tuple[Share, ...] = ()
    causes: tuple[Share, ...] = ()
    share: Share | None = None
    open: int = 0
    taken: int = 0
    snoozed: int = 0


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an alert or a run was told or not: the alert it belongs to, if any, and each decision, oldest first.

    `verdict` is a sentence about a run that belongs to no alert, "" where there is one.
    """

    alert: Alert | None
    decisions: tuple[Decision, ...] = ()
    cards: tuple[Posted, ...] = ()
    verdict: str = ""
