"""Climbing: when what nobody touches is told further, step by step, until somebody does (design §5). Pure.

The time of a step counts from when people could first see the card, or from when it was last released or woken. Each
step is taken once for each alert, by the first of its cards, and once for a storm. `Post.climbed` has the keys of the
steps that were taken.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from bot.alerting.plan import Post
from bot.alerting.routing import task_of
from bot.model import Alert, CardKind, ClimbStep, Routing

ALL: Final = "*"
"""In `Post.climbed`: the card takes no step, whatever steps there are."""
_KEPT_KEYS: Final = 1_000


@lru_cache(_KEPT_KEYS)
def key_of(step: ClimbStep) -> str:
    """Names a step by what it does, wherever it stands in the settings: `60m-1f2e3d4c5b6a`. The minutes come first.

    A step that is changed is another one. The address of a hook cannot be read from it.
    """
    does = (step.mention, step.channel, step.person, step.hook, step.match, step.severities)
    digest = hashlib.sha256(_steady(does).encode()).hexdigest()[:12]
    return f"{step.after.total_seconds() / 60:g}m-{digest}"


def _steady(value: Any) -> str:
    """The same for what is equal, in each process and where a version adds a field."""
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_steady, value)))}}}"
    if isinstance(value, tuple):
        return f"({','.join(map(_steady, value))})"
    if is_dataclass(value):
        given = ((each.name, getattr(value, each.name)) for each in fields(value))
        usual = {each.name: each.default for each in fields(value)}
        return _steady(tuple(f"{name}={_steady(held)}" for name, held in given if held != usual[name]))
    return repr(value)


def has_taken(card: Post, step: ClimbStep) -> bool:
    return not {ALL, key_of(step)}.isdisjoint(card.climbed.split())


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
