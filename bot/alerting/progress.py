"""Runs that are under way while the alert of the same is open: what of them a card shows, and until when. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.alerting.plan import Draft, Plan, Situation
from bot.model import CardKind

STEP: Final = 10
"""Percent: a card is shown anew when a run has come so much further."""
LOST_AFTER: Final = timedelta(hours=24)
"""A run that was not updated for so long, and not for `_LOST_USUALS` usual lengths, is not believed to be under way."""
_LOST_USUALS: Final = 3


class Stage(NamedTuple):
    """How far a run is. Cards show the same for two runs of one stage, but for less than a step."""

    subject: str
    state: str
    step: int | None


def stage(subject: str, state: str, percent: int | None) -> Stage:
    return Stage(subject, state, None if percent is None else percent // STEP)


def is_lost(updated_at: datetime, usual: timedelta | None, now: datetime) -> bool:
    return now - updated_at > max(LOST_AFTER, (usual or timedelta()) * _LOST_USUALS)


def plan_progress(situation: Situation, alert_ids: Collection[int]) -> Plan:
    """Shows the alerts' own cards anew. Those that show many alerts say nothing of single runs."""
    draft = Draft(situation)
    own = [card.id for card, _ in draft.cards_of(alert_ids) if card.kind is CardKind.ALERT]
    draft.show_anew(own, words=False)
    return draft.plan()
