"""The kinds of card: one row each. `wiring` joins the names of views and drawings to their functions. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.model import (
    Alert,
    AlertView,
    Card,
    CardKind,
    Kind,
    OutageView,
    PersonalView,
    Reply,
    Says,
    StormView,
    SummaryView,
    UndeliveredView,
    View,
)
from bot.model.values import dataclass

REPLY_URGENCY: Final[Mapping[Says, int]] = {
    Says.RAISED: 1,
    Says.WOKEN: 1,
    Says.CLIMBED: 1,
    Says.RELEASED: 2,
    Says.STILL: 2,
    Says.ENDED: 4,
    Says.ACTED: 4,
    Says.UNTOLD: 4,
}
RESTORE_URGENCY: Final = 0
CRITICAL_URGENCY: Final = 1
WAKING: Final = frozenset({Says.RAISED, Says.STILL, Says.WOKEN, Says.RELEASED, Says.CLIMBED})
"""Replies that are of use only while something is open."""


@dataclass(frozen=True, slots=True)
class KindOfCard:
    """`urgency` says what goes first in a channel: the lowest. `holds`: whether what it is about is still so. `view`
    names what reads it, `drawing` what draws it. `is_group`: it shows many alerts and takes in new ones. `is_reminded`:
    it is raised again while critical. `is_moot`: it is not sent any more where what it is about is not so."""

    urgency: int
    holds: Callable[[View], bool]
    view: str
    drawing: str
    is_group: bool = False
    is_reminded: bool = False
    is_moot: bool = False


def _alert_holds(view: View) -> bool:
    return isinstance(view, AlertView) and view.alert.is_open


def _any_holds(view: View) -> bool:
    return isinstance(view, SummaryView) and any(alert.is_open for alert in view.alerts)


def _lasts(view: View) -> bool:
    return isinstance(view, StormView | OutageView | UndeliveredView) and view.ended_at is None


def _never(_: View) -> bool:
    """It tells of the past."""
    return False


def _always(_: View) -> bool:
    """It is owed until it is through."""
    return True


def _concerns(view: View) -> bool:
    """Whether a direct message still tells its person what is so."""
    if not isinstance(view, PersonalView):
        return False
    alert = view.about.alert
    owner, snooze = alert.triage.owner, alert.triage.snooze
    match view.says:
        case Says.ENDED:
            return not alert.is_open
        case Says.WARNED:
            return alert.is_open and snooze is not None
        case Says.ASKED:
            return alert.is_open and owner is not None and owner.who == view.to and owner.asked_at is not None
        case Says.HANDED:
            return alert.is_open and owner is not None and owner.who == view.to
        case Says.CLIMBED:
            return alert.is_open and alert.triage.is_untouched
        case _:
            return alert.is_open


KINDS: Final[Mapping[CardKind, KindOfCard]] = {
    CardKind.UNDELIVERED: KindOfCard(0, _lasts, "undelivered", "undelivered"),
    CardKind.OUTAGE: KindOfCard(1, _lasts, "outage", "outage"),
    CardKind.PLATFORM: KindOfCard(1, _lasts, "storm", "storm", is_group=True, is_reminded=True),
    CardKind.ALERT: KindOfCard(2, _alert_holds, "alert", "alert", is_reminded=True),
    CardKind.STORM: KindOfCard(2, _lasts, "storm", "storm", is_group=True, is_reminded=True),
    CardKind.PERSONAL: KindOfCard(2, _concerns, "personal", "personal", is_moot=True),
    CardKind.HOOK: KindOfCard(2, _concerns, "personal", "personal", is_moot=True),
    CardKind.SUMMARY: KindOfCard(3, _any_holds, "summary", "summary"),
    CardKind.DIGEST: KindOfCard(3, _never, "digest", "digest"),
    CardKind.CANARY: KindOfCard(3, _always, "canary", "canary"),
}
"""A storm comes after the cards that it links to."""
GROUPS: Final = frozenset(kind for kind, row in KINDS.items() if row.is_group)
PERSONAL: Final = frozenset({CardKind.PERSONAL, CardKind.HOOK})
OWED_ONCE: Final = PERSONAL | {CardKind.DIGEST, CardKind.CANARY}
"""Cards whose key says what they tell: a second one of the same key is not added."""
REMINDED: Final = frozenset(kind for kind, row in KINDS.items() if row.is_reminded)


def urgency_of(alert: Alert) -> int:
    """Of the alert's own card."""
    if alert.latest.kind is Kind.RESTORE:
        return RESTORE_URGENCY
    return CRITICAL_URGENCY if alert.is_critical else KINDS[CardKind.ALERT].urgency


def holds(kind: CardKind, view: View) -> bool:
    """Whether what the card is about is still so."""
    return KINDS[kind].holds(view)


def is_moot(post: Card, view: View) -> bool:
    """It is of no use to send it any more: it would wake people for what is over, or tell a person what is not so."""
    if isinstance(post, Reply):
        return post.says in WAKING and not holds(post.kind, view)
    return KINDS[post.kind].is_moot and not holds(post.kind, view)


def is_personal(post: Card) -> bool:
    """Whether it is for one person or a web hook: no channel is told that it does not get through."""
    return post.kind in PERSONAL


def is_over(kind: CardKind, view: View) -> bool:
    """Nothing more will come of it. A storm that still takes in alerts is not over."""
    return not holds(kind, view) and not (isinstance(view, StormView) and view.is_open)
