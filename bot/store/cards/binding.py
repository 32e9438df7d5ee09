"""Channels that were bound to tenants after something else was wanted there: at a start, that is taken back.

A message that stands there already stays as people saw it; it is edited and answered no more. What fires is told where
its routes lead now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import may_show
from bot.model import Alert, AlertStatus, Decision, Routing, Rules, Verdict
from bot.store.alerts import decisions
from bot.store.alerts.rows import ALERT
from bot.store.cards import wanting
from bot.store.cards.posting import PostState, Scene
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, posts, storms

_TAKEN_BACK = "The channel is bound to other tenants now."


async def keep_bound(database: Database, routing: Routing, rules: Rules, now: datetime) -> int:
    """Withdraws each card in a bound channel that shows an alert of another tenant. Returns how many."""
    if not routing.bound:
        return 0
    async with database.write() as connection:
        rows = (await connection.execute(_shown_in(routing))).all()
        foreign = {row.card for row in rows if not may_show(row.channel, ALERT.decode(row).latest.tenant, routing)}
        if foreign:
            theirs = [row for row in rows if row.card in foreign and row.status == AlertStatus.OPEN.value]
            await _withdraw(connection, foreign, theirs, now)
            firing: Sequence[Alert] = list({row.id: ALERT.decode(row) for row in theirs}.values())
            await wanting.want_new(connection, firing, Scene(routing, rules, now, now))
    return len(foreign)


def _shown_in(routing: Routing) -> Any:
    """Cards in bound channels with their alerts, as far as anything may still be said there."""
    live = or_(alerts.c.status == AlertStatus.OPEN.value, posts.c.wanted > posts.c.shown)
    return (
        select(alerts, posts.c.id.label("card"), posts.c.channel)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .join(posts, posts.c.id == card_alerts.c.card_id)
        .where(posts.c.channel.in_(sorted(routing.bound)), posts.c.state != PostState.WITHDRAWN, live)
    )


async def _withdraw(connection: AsyncConnection, cards: set[int], theirs: Sequence[Any], now: datetime) -> None:
    lines = posts.c.parent_id.in_(cards) & (posts.c.wanted > posts.c.shown)
    gone = update(posts).where(or_(posts.c.id.in_(cards), lines)).values(state=PostState.WITHDRAWN)
    await connection.execute(gone)
    await connection.execute(update(storms).where(storms.c.card_id.in_(cards)).values(is_open=False))
    made = [Decision(row.id, now, Verdict.WITHDRAWN, _TAKEN_BACK, row.channel) for row in theirs]
    await decisions.put(connection, made)
