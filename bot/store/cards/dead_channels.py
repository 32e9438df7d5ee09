"""What waits for a dead channel to be mended: how it gets stuck, when it is tried again, and what is let go.

All that is due in a dead channel is stuck with the first post that is refused there. Each of them keeps a time for the
next try; the most urgent one is then the probe for all. Works on a connection inside the outbox's transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AlertStatus, Card, CardKind
from bot.store.cards import undelivered
from bot.store.cards.posting import PostState
from bot.store.cards.queue import is_due
from bot.store.schema import alerts, card_alerts, micros, outages, posts

MOST_REFUSALS = 10
"""After so many refusals in a row, for a reason nobody knows, a post is given up until the next start."""

PROBE = timedelta(minutes=5)
"""A dead channel is tried again with one post, so long after it was last found dead."""

REVIVED = timedelta(days=1)
"""What is stuck on a dead channel is tried again while it is not older than this, and longer where what it is about is
still so or where people see an old state of it. Anything else is withdrawn."""

_FIRING = (
    select(card_alerts.c.card_id)
    .join(alerts, alerts.c.id == card_alerts.c.alert_id)
    .where(card_alerts.c.card_id == posts.c.id, alerts.c.status != AlertStatus.RESOLVED.value)
)
_LASTING = select(outages.c.id).where(outages.c.id == posts.c.outage_id, outages.c.ended_at.is_(None))


async def strand(connection: AsyncConnection, post: Card, code: str, now: datetime) -> None:
    """Nothing can be shown in the channel of `post`: that and all that is due there is stuck."""
    stuck: dict[str, Any] = {
        "state": PostState.STUCK,
        "sending": None,
        "due_at": micros(now + PROBE),
        "trouble": code,
        "refusals": 0,
    }
    due = (is_due(now), posts.c.channel == post.channel, posts.c.state != PostState.UNCERTAIN)
    await connection.execute(update(posts).where(or_(posts.c.id == post.id, and_(*due))).values(stuck))
    await _let_go(connection, _stuck_in(post.channel), now)


async def try_all(connection: AsyncConnection, now: datetime) -> None:
    """Each dead channel is tried now, and what Slack refused in itself as well."""
    stuck = and_(posts.c.state == PostState.STUCK, posts.c.wanted > posts.c.shown)
    await connection.execute(update(posts).where(stuck).values(due_at=micros(now)))
    await _let_go(connection, stuck, now)


async def shown_there(connection: AsyncConnection, post: Card, now: datetime) -> None:
    """`post` is shown: what is stuck in its channel is due, and the episode is over.

    An edit that is taken shows that edits are: a channel may take these and no new messages.
    """
    if await connection.scalar(_waits_for(post.channel)) is None:
        return
    stuck = and_(_stuck_in(post.channel), posts.c.ts != "") if post.ts else _stuck_in(post.channel)
    await _let_go(connection, stuck, now)
    await connection.execute(update(posts).where(stuck).values(state=PostState.WAITING, due_at=micros(now)))
    left = post.ts and await connection.scalar(select(posts.c.id).where(_stuck_in(post.channel)).limit(1))
    if not left:
        await undelivered.end(connection, post.channel, now)


def _stuck_in(channel: str) -> ColumnElement[bool]:
    """What waits for this channel to be mended. What Slack refused in itself waits for the next start."""
    return and_(
        posts.c.wanted > posts.c.shown,
        posts.c.state == PostState.STUCK,
        posts.c.channel == channel,
        posts.c.refusals < MOST_REFUSALS,
    )


def _waits_for(channel: str) -> CompoundSelect[int]:
    """Whether anything waits for this channel: two looks into small indexes, since it is asked after each post."""
    return select(posts.c.id).where(_stuck_in(channel)).union_all(undelivered.lasting(channel)).limit(1)


async def _let_go(connection: AsyncConnection, stuck: ColumnElement[bool], now: datetime) -> None:
    """Of what is stuck: what is old, was never seen, and is about nothing that is still so."""
    still_so = or_(_FIRING.exists(), _LASTING.exists(), posts.c.kind == CardKind.UNDELIVERED.value)
    old = (posts.c.created_at <= micros(now - REVIVED), posts.c.ts == "", ~still_so)
    await connection.execute(update(posts).where(stuck, *old).values(state=PostState.WITHDRAWN))
