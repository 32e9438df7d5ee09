"""Which cards show an alert, as far as what is wanted of them depends on it. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert
from bot.store.cards.crowds import CROWD
from bot.store.cards.posting import PostState
from bot.store.dialect import Prepared, each_of
from bot.store.schema import card_alerts, micros, posts


class ShownBy(NamedTuple):
    """A card, and one of the alerts it shows."""

    id: int
    kind: str
    account: str
    channel: str
    state: str
    shown: int
    refusals: int
    due_at: int
    ts: str
    mention: str
    held_until: int | None
    created_at: int
    alert_id: int

    @property
    def is_crowd(self) -> bool:
        return self.kind in CROWD

    def waits(self, now: datetime) -> bool:
        """Nobody has seen it, and it is not to be sent yet."""
        unsent = self.state == PostState.WAITING and self.shown == 0 and self.refusals == 0 and not self.ts
        return unsent and max(self.due_at, self.held_until or 0) > micros(now)


_CARDS_OF = Prepared(
    select(*(posts.c[name] for name in ShownBy._fields[:-1]), card_alerts.c.alert_id)
    .join(card_alerts, card_alerts.c.card_id == posts.c.id)
    .where(card_alerts.c.alert_id.in_(each_of("alert_ids")), posts.c.state != PostState.WITHDRAWN)
    .order_by(card_alerts.c.alert_id, posts.c.id)
)


async def cards_of(connection: AsyncConnection, stored: Sequence[Alert]) -> list[ShownBy]:
    if not stored:
        return []
    rows = await _CARDS_OF.rows(connection, alert_ids=[alert.id for alert in stored])
    return [ShownBy._make(row) for row in rows]
