"""Two accounts of one time held against each other: who was told of what only here, only there, or otherwise. Pure.

An alert is the same by channel, fingerprint and time. Only what a channel was shown counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bot.model import Alert, CardKind
from bot.model.values import dataclass
from bot.store.replay_source import CardRecord

_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Heard:
    """That a channel was told of an alert, by which card."""

    alert: Alert
    card: CardRecord

    @property
    def place(self) -> tuple[str, str, str]:
        return self.card.channel, self.alert.latest.account, self.alert.fingerprint

    @property
    def is_folded(self) -> bool:
        return self.card.kind in (CardKind.STORM, CardKind.PLATFORM)

    @property
    def mentions(self) -> frozenset[str]:
        """Whom the card mentions, if it is about this alert alone: a storm calls for all of its alerts at once."""
        return self.card.mentions if self.card.kind is CardKind.ALERT else frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """`before` or `after` is None where only the other one told of it."""

    before: Heard | None
    after: Heard | None
    is_other_time: bool = False

    @property
    def heard(self) -> Heard:
        found = self.after or self.before
        assert found is not None  # noqa: S101  one of the two is there
        return found

    @property
    def said_at(self) -> datetime:
        return min(each.card.said_at for each in (self.before, self.after) if each)


def changes(
    before: Iterable[CardRecord], after: Iterable[CardRecord], since: datetime, tolerance: timedelta
) -> tuple[Change, ...]:
    """What was told since then in one of the two, and not so in the other. Times that differ less are the same."""
    old, new = _by_place(before), _by_place(after)
    pairs = [pair for place in old.keys() | new.keys() for pair in _paired(old[place], new[place])]
    found = [_change(one, other, tolerance) for one, other in pairs]
    news = [each for each in found if each and _latest(each) >= since]
    return tuple(sorted(news, key=lambda each: (each.heard.card.channel, each.said_at, each.heard.alert.latest.name)))


def _by_place(cards: Iterable[CardRecord]) -> defaultdict[tuple[str, str, str], list[Heard]]:
    found = defaultdict[tuple[str, str, str], list[Heard]](list)
    for card in cards:
        for heard in (Heard(alert, card) for alert in card.alerts if card.is_shown):
            found[heard.place].append(heard)
    return found


def _paired(old: Sequence[Heard], new: Sequence[Heard]) -> list[tuple[Heard | None, Heard | None]]:
    left, pairs = list(new), list[tuple[Heard | None, Heard | None]]()
    for one in old:
        twin = next((each for each in left if each.alert.opened_at == one.alert.opened_at), None)
        twin = twin or next((each for each in left if _overlap(each.alert, one.alert)), None)
        if twin is not None:
            left.remove(twin)
        pairs.append((one, twin))
    return pairs + [(None, each) for each in left]


def _overlap(one: Alert, other: Alert) -> bool:
    return one.opened_at <= (other.closed_at or _EVER) and other.opened_at <= (one.closed_at or _EVER)


def _change(one: Heard | None, other: Heard | None, tolerance: timedelta) -> Change | None:
    if one is None or other is None:
        return Change(one, other)
    is_other_time = abs(one.card.said_at - other.card.said_at) > tolerance
    facts = [(each.alert.assessment.severity, each.mentions, each.is_folded) for each in (one, other)]
    return Change(one, other, is_other_time) if is_other_time or facts[0] != facts[1] else None


def _latest(change: Change) -> datetime:
    return max(each.card.said_at for each in (change.before, change.after) if each)
