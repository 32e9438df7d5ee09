"""Climbing: when what nobody touches is told further, step by step, until somebody does (design §5). Pure.

The time of a step counts from when people could first see the card, or from when it was last released or woken. Each
step is taken once for each alert, by the first of its cards, and once for a storm. `Post.climbed` has the places of the
steps that were taken.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.alerting.plan import Post
from bot.alerting.routing import task_of
from bot.model import Alert, CardKind, ClimbStep, Routing


def has_taken(card: Post, step: ClimbStep) -> bool:
    return str(step.place) in card.climbed.split()


def concerns(step: ClimbStep, alert: Alert) -> bool:
    """Whether the step is for this alert."""
    return alert.assessment.severity in step.severities and step.match.admits(task_of(alert.latest))


def due_at(step: ClimbStep, card: Post, alert: Alert) -> datetime | None:
    """When the step is to be taken for an alert that nobody touches; None where people cannot see the card."""
    seen_at = card.seen_at or (card.created_at if card.shown else None)
    return None if seen_at is None else max(seen_at, alert.triage.acted_at or seen_at) + step.after


def looks(alert: Alert, cards: Iterable[Post], routing: Routing) -> Iterator[datetime]:
    """When an alert with a card of its own climbs next."""
    lead = leading(cards)
    if lead is None or not alert.is_open or not alert.triage.is_untouched:
        return
    for step in routing.climb:
        at = due_at(step, lead, alert)
        if at is not None and not has_taken(lead, step) and concerns(step, alert):
            yield at


def leading(cards: Iterable[Post]) -> Post | None:
    """The card that an alert climbs by. One that a storm counts climbs with the storm."""
    own = [card for card in cards if card.kind is CardKind.ALERT and card.storm_id is None and not card.is_withdrawn]
    return min(own, key=lambda card: card.id, default=None)
