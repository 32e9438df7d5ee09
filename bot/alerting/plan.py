"""From a change to what is to happen: a `Situation` goes in, a `Plan` comes out, and the store applies it. Pure.

Every card shows what it shows by these rules alone, and every alert is shown by exactly one card of a channel: its own,
the channel's storm, a platform's banner, or a first start's summary. `Draft` is the working copy: the rules change it,
and the plan is what became different.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.alerting.kinds import KINDS, REPLY_URGENCY
from bot.alerting.routing import Routed
from bot.alerting.severity import Facts
from bot.model import Alert, CardKind, Decision, PostState, Recipient, Routing, Rules, Says, Verdict
from bot.model.values import dataclass

NOT_CALLED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The `called_at` of a message that called nobody, since another one just had."""


@dataclass(frozen=True, slots=True)
class Post:
    """A card, or a reply below the card `parent_id`, as a decision sees it. New ones have negative ids.

    `version` is the state that the channel should show, `words_version` the one that last changed words, `shown` the
    one that it does show. `key` finds the message again; the store makes up one where it is "". `reminders` counts how
    often a critical card was raised again, `remind_at` is when it is next. `storm_id` is the card of the storm or
    banner that counts and links it. `act_id` is the act that a line tells of, by its row of the audit, `why` what else
    happened. `climbed` has the keys of the steps of `[[climb]]` that were taken. `alert_id` is the alert that a
    direct message is about, the first of `size`; `storm_id` is the card that shows them all. `seen_at` is when people
    could first see it.
    """

    id: int
    kind: CardKind
    account: str
    channel: str
    created_at: datetime
    due_at: datetime
    urgency: int
    key: str = ""
    parent_id: int | None = None
    outage_id: int | None = None
    state: PostState = PostState.WAITING
    version: int = 1
    words_version: int = 1
    shown: int = 0
    refusals: int = 0
    ts: str = ""
    mention: str = ""
    held_until: datetime | None = None
    says: Says = Says.ENDED
    broadcast: bool = False
    reminders: int = 0
    remind_at: datetime | None = None
    storm_id: int | None = None
    called_at: datetime | None = None
    act_id: int | None = None
    why: str = ""
    climbed: str = ""
    alert_id: int | None = None
    size: int = 1
    seen_at: datetime | None = None

    @property
    def has_called(self) -> bool:
        """Whether its message called people; it did not where another one of the channel just had."""
        return bool(self.mention) and self.is_out and self.called_at != NOT_CALLED

    @property
    def is_out(self) -> bool:
        """Whether people may have seen it."""
        return bool(self.shown or self.ts or self.state in (PostState.SENDING, PostState.UNCERTAIN))

    @property
    def is_withdrawn(self) -> bool:
        return self.state is PostState.WITHDRAWN

    @property
    def is_unsent_reply(self) -> bool:
        return self.parent_id is not None and self.shown == 0 and self.state is PostState.WAITING

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and self.held_until > now

    def waits(self, now: datetime) -> bool:
        """Nobody has seen it, and it is not to be sent yet."""
        unsent = self.state is PostState.WAITING and not (self.shown or self.refusals or self.ts)
        return unsent and (self.due_at > now or self.is_held(now))


@dataclass(frozen=True, slots=True)
class Storm:
    """What the card of a storm or banner has beside its post. `entry` is a banner's entry of the error book, "" of a
    storm. Whom a card of this channel called after `since` it calls no more; `last_at` is when it last took in an
    alert."""

    card_id: int
    channel: str
    entry: str
    since: datetime
    opened_at: datetime
    last_at: datetime
    is_open: bool = True
    next_look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """An alert that a channel was shown within the window, or is about to be shown.

    `card_id` is its own card, None where a storm or a banner shows it. `entry` is the error book's, "" where the cause
    is not the platform's. `is_sent`: people may have seen it. `is_linked`: a storm or banner counts it.
    """

    alert_id: int
    tenant: str
    entry: str = ""
    is_restore: bool = False
    card_id: int | None = None
    is_sent: bool = True
    is_linked: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What a channel was shown within the window. `storm` is the card of its open storm, `banners` those of its open
    banners by their entries; `folded_restores` is how many restores they show. `storm_entries` says how many of the
    alerts that the storm counts have each entry of the platform's, "" for all others."""

    recent: tuple[Recent, ...] = ()
    storm: int | None = None
    banners: Mapping[str, int] = field(default_factory=dict[str, int])
    folded_restores: int = 0
    storm_entries: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Group:
    """How many alerts a card shows that can show many, and how many of those that it counts are open, the linked ones
    among them: as written, this change included. `worst` is the critical one that failed last, None where no critical
    one is open. `untouched` are the open ones that nobody touched, as far as they may climb."""

    size: int = 0
    open: int = 0
    worst: Alert | None = None
    untouched: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What one act of a person took or snoozed, which may be many alerts: whose, and since when."""

    who: str
    since: datetime
    is_snooze: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that bears on what channels are to be shown about a change.

    `posts` are the cards that show the alerts concerned, the unsent replies below them, and the open storms and banners
    of the channels concerned. `shown` says which of the alerts concerned each card shows, `groups` counts the alerts of
    the storms and banners, `windows` are by channel, `routed` and `facts` are by the alerts' ids. `raised` are the
    cards of which the channel was told once more, by a line below them. `held` counts what people have taken and
    snoozed of the alerts concerned, and all that they did with it. New cards are due at `due_at`.
    """

    routing: Routing
    rules: Rules
    now: datetime
    due_at: datetime
    posts: tuple[Post, ...] = ()
    shown: Mapping[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])
    storms: tuple[Storm, ...] = ()
    groups: Mapping[int, Group] = field(default_factory=dict[int, Group])
    windows: Mapping[str, Window] = field(default_factory=dict[str, Window])
    routed: Mapping[int, Routed] = field(default_factory=dict[int, Routed])
    facts: Mapping[int, Facts] = field(default_factory=dict[int, Facts])
    raised: frozenset[int] = frozenset()
    held: Mapping[Held, Group] = field(default_factory=dict[Held, Group])


@dataclass(frozen=True, slots=True)
class Plan:
    """What the store is to write. `posts` and `storms` are whole as they are to be; new ones have negative ids, which
    `shows` (card, alert) and storms refer to. `hides` are alerts that a card shows no more. `links` are alerts' own
    cards with the storm that counts them. `looks` says when time changes something about an alert next."""

    posts: tuple[Post, ...] = ()
    storms: tuple[Storm, ...] = ()
    shows: tuple[tuple[int, int], ...] = ()
    hides: tuple[tuple[int, int], ...] = ()
    links: tuple[tuple[int, int], ...] = ()
    decisions: tuple[Decision, ...] = ()
    looks: tuple[tuple[int, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert that a channel is to be shown, and by which route, in a sentence."""

    alert: Alert
    recipient: Recipient
    reason: str


class Draft:
    """The working copy of a situation."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.now = situation.now
        self.posts = {post.id: post for post in situation.posts}
        self.storms = {storm.card_id: storm for storm in situation.storms}
        self.shown = defaultdict[int, set[int]](set, {card: set(ids) for card, ids in situation.shown.items()})
        self._groups = dict(situation.groups)
        self._shows: dict[tuple[int, int], None] = {}
        self._hides: dict[tuple[int, int], None] = {}
        self._links: dict[int, int] = {}
        self._decisions: list[Decision] = []
        self._looks: dict[int, datetime | None] = {}

    def plan(self) -> Plan:
        before = {post.id: post for post in self.situation.posts}
        storms_before = {storm.card_id: storm for storm in self.situation.storms}
        return Plan(
            posts=tuple(post for post in self.posts.values() if before.get(post.id) != post),
            storms=tuple(storm for storm in self.storms.values() if storms_before.get(storm.card_id) != storm),
            shows=tuple(self._shows),
            hides=tuple(self._hides),
            links=tuple(self._links.items()),
            decisions=tuple(self._decisions),
            looks=tuple(self._looks.items()),
        )

    # ── what there is ──

    def cards_of(self, alert_ids: Collection[int]) -> list[tuple[Post, int]]:
        """Each card that shows one of these alerts, with that alert's id, in the order of alerts and cards."""
        wanted = set(alert_ids)
        found = [
            (id_, card) for card, ids in self.shown.items() for id_ in ids & wanted if not self.posts[card].is_withdrawn
        ]
        return [(self.posts[card], id_) for id_, card in sorted(found)]

    def group(self, card_id: int) -> Group:
        return self._groups.get(card_id, Group())

    def replies_to(self, card_id: int) -> list[Post]:
        """The unsent ones."""
        return [post for post in self.posts.values() if post.parent_id == card_id and post.is_unsent_reply]

    # ── what rules do ──

    def post(self, kind: CardKind, account: str, channel: str, alert_ids: Iterable[int] = (), **more: Any) -> int:
        """A new card that shows these alerts. Returns its id."""
        values = {"created_at": self.now, "due_at": self.situation.due_at, "urgency": KINDS[kind].urgency, **more}
        card = Post(id=-1 - len(self.posts), kind=kind, account=account, channel=channel, **values)
        self.posts[card.id] = card
        self.show(card.id, alert_ids)
        return card.id

    def reply(self, card: Post, key: str, says: Says, **more: Any) -> None:
        """A line owed to the card's thread. A second one of the same key is not added by the store."""
        values = {"due_at": self.situation.due_at, "created_at": self.now, "urgency": REPLY_URGENCY[says], **more}
        line = Post(
            id=-1 - len(self.posts),
            kind=card.kind,
            account=card.account,
            channel=card.channel,
            key=key,
            parent_id=card.id,
            says=says,
            **values,
        )
        self.posts[line.id] = line

    def end(self, card: Post, key: str, **more: Any) -> None:
        """The line that says that it is over. After a page the channel hears it too: else its last word is an alarm."""
        is_group_called = KINDS[card.kind].is_group and card.is_out and bool(card.mention)  # its first cards did
        is_paged = card.has_called or is_group_called or card.id in self.situation.raised
        self.reply(card, key, Says.ENDED, broadcast=is_paged, **more)

    def change(self, post_id: int, **changes: Any) -> None:
        self.posts[post_id] = replace(self.posts[post_id], **changes)

    def show_anew(self, card_ids: Iterable[int], *, words: bool) -> None:
        """These cards want a new version. Where no `words` change, others go first."""
        for card_id in card_ids:
            if card_id > 0:  # a new card is not written yet: its first version shows all
                version = self.posts[card_id].version + 1
                self.change(card_id, version=version, **({"words_version": version} if words else {}))

    def withdraw(self, post_id: int) -> None:
        self.change(post_id, state=PostState.WITHDRAWN)

    def show(self, card_id: int, alert_ids: Iterable[int]) -> None:
        """The card shows these open alerts, too."""
        for alert_id in alert_ids:
            self.shown[card_id].add(alert_id)
            self._shows[card_id, alert_id] = None
            self._hides.pop((card_id, alert_id), None)
            self._count(card_id, size=1, open_=1)

    def hide(self, card_id: int, alert: Alert) -> None:
        self.shown[card_id].discard(alert.id)
        if self._shows.pop((card_id, alert.id), self) is self:
            self._hides[card_id, alert.id] = None
        self._count(card_id, size=-1, open_=-alert.is_open)

    def move(self, card_id: int, to: int) -> None:
        """Another card shows what this one did."""
        for alert_id in sorted(self.shown.pop(card_id, ())):
            self._hides[card_id, alert_id] = None
            self.show(to, [alert_id])

    def open_storm(self, storm: Storm) -> None:
        self.storms[storm.card_id] = storm

    def link(self, card_ids: Iterable[int], storm: int) -> None:
        """The storm counts what these cards show, too."""
        self._links |= dict.fromkeys(card_ids, storm)

    def change_storm(self, card_id: int, **changes: Any) -> None:
        self.storms[card_id] = replace(self.storms[card_id], **changes)

    def decide(self, alert_id: int, verdict: Verdict, reason: str, channel: str = "") -> None:
        self._decisions.append(Decision(alert_id, self.now, verdict, reason, channel))

    def look_at(self, alert_id: int, at: datetime | None) -> None:
        self._looks[alert_id] = at

    def _count(self, card_id: int, *, size: int, open_: int) -> None:
        known = self.group(card_id)
        self._groups[card_id] = replace(known, size=known.size + size, open=known.open + open_)


def reply_key(what: str, *ids: int) -> str:
    """Names a line below a card, so that it is owed once."""
    return ":".join((what, *map(str, ids)))
