"""Which cards and replies are wanted: rows in `posts` that delivery then makes true. State first, Slack second.

Works on a connection inside the transaction that changes the alert.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import and_, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertStatus, CardKind, Ending, Kind
from bot.store.prepared import Prepared, each_of
from bot.store.schema import alerts, card_alerts, micros, outages, posts

MISSES_BEFORE_WORD = 2
"""Failed polls in a row before the channel hears of it: one that fails and comes back is no news."""

URGENCY = {CardKind.UNDELIVERED: 0, CardKind.ALERT: 1, CardKind.OUTAGE: 1, CardKind.SUMMARY: 2}
RESTORE_URGENCY = 0
REPLY_URGENCY = 3


class PostState:
    """Where a post stands. `SENDING` is written before Slack is called: a crash leaves it, and it is then uncertain.

    `STUCK` waits for its channel or token to be mended; `LOST` waits for nothing more.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    STUCK = "stuck"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


class _Shown(NamedTuple):
    """A card, and one of the alerts it shows."""

    id: int
    kind: str
    account: str
    channel: str
    state: str
    shown: int
    refusals: int
    due_at: int
    alert_id: int


_CARDS_OF = Prepared(
    select(*(posts.c[name] for name in _Shown._fields[:-1]), card_alerts.c.alert_id)
    .join(card_alerts, card_alerts.c.card_id == posts.c.id)
    .where(card_alerts.c.alert_id.in_(each_of("alert_ids")))
    .order_by(card_alerts.c.alert_id, posts.c.id)
)


def closed(alert: Alert, ending: Ending, now: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, closed_at=now, ending=ending)


async def want_new(
    connection: AsyncConnection, stored: Sequence[Alert], channel: str, now: datetime, due_at: datetime
) -> None:
    """A card for each firing alert that no card shows yet. What healed within its own page is recorded, not posted."""
    firing = [alert for alert in stored if alert.status is AlertStatus.FIRING]
    if not (firing and channel):
        return
    shown = await connection.execute(
        select(card_alerts.c.alert_id).where(card_alerts.c.alert_id.in_([alert.id for alert in firing]))
    )
    already = set(shown.scalars())
    for alert in firing:
        if alert.id not in already:
            urgency = RESTORE_URGENCY if alert.kind is Kind.RESTORE else URGENCY[CardKind.ALERT]
            card_id = await _add_card(connection, CardKind.ALERT, alert.account, channel, now, due_at, urgency=urgency)
            await connection.execute(insert(card_alerts).values(card_id=card_id, alert_id=alert.id))


async def want_changes(connection: AsyncConnection, stored: Sequence[Alert], now: datetime, due_at: datetime) -> None:
    """Every card that shows a changed alert wants to show it anew; an ended alert owes its card's thread one line.

    A card that was never sent and is not due yet is withdrawn when its alert ends: it healed within one poll. The line
    is owed only where people saw it fail: a card first posted as recovered says it all by itself.
    """
    if not stored:
        return
    rows = await _CARDS_OF.rows(connection, alert_ids=[alert.id for alert in stored])
    cards = [_Shown._make(row) for row in rows]
    if not cards:
        return
    await connection.execute(
        update(posts).where(posts.c.id.in_({card.id for card in cards})).values(wanted=posts.c.wanted + 1)
    )
    ended = {alert.id for alert in stored if alert.status is AlertStatus.RESOLVED}
    own = [card for card in cards if card.alert_id in ended and card.kind == CardKind.ALERT]
    unsent = [card.id for card in own if _is_unsent(card) and card.due_at > micros(now)]
    if unsent:
        await connection.execute(update(posts).where(posts.c.id.in_(unsent)).values(state=PostState.WITHDRAWN))
    for card in own:
        if card.shown > 0 or card.state in (PostState.SENDING, PostState.UNCERTAIN):
            key = f"closed:{card.alert_id}:{card.id}"
            await _add_reply(connection, card.id, CardKind.ALERT, card.account, card.channel, key, now, due_at)


def _is_unsent(card: _Shown) -> bool:
    return card.state == PostState.WAITING and card.shown == 0 and card.refusals == 0


async def want_summary(connection: AsyncConnection, account: str, channel: str, since: datetime, now: datetime) -> None:
    """The one card of a first start, showing every alert that fires now."""
    if not channel:
        return
    card_id = await _add_card(connection, CardKind.SUMMARY, account, channel, since, now)
    firing = select(literal(card_id), alerts.c.id).where(
        alerts.c.account == account, alerts.c.status == AlertStatus.FIRING.value
    )
    shown = select(card_alerts.c.alert_id)
    await connection.execute(
        insert(card_alerts).from_select(["card_id", "alert_id"], firing.where(alerts.c.id.not_in(shown)))
    )


async def due_now(connection: AsyncConnection, account: str, now: datetime) -> None:
    """The poll is through: what it wanted need not wait any longer. What Slack refused keeps its own pace."""
    owed = posts.c.wanted > posts.c.shown
    waiting = (owed, posts.c.state == PostState.WAITING, posts.c.shown == 0, posts.c.refusals == 0)
    await connection.execute(
        update(posts)
        .where(posts.c.account == account, *waiting, posts.c.due_at > micros(now))
        .values(due_at=micros(now))
    )


async def want_outage(
    connection: AsyncConnection, account: str, channel: str, since: datetime, reason: str, now: datetime
) -> None:
    """One card for an outage that is not told yet."""
    is_open = and_(outages.c.account == account, outages.c.ended_at.is_(None))
    if not channel or await connection.scalar(select(outages.c.id).where(is_open)) is not None:
        return
    row = insert(outages).values(account=account, began_at=micros(since), reason=reason).returning(outages.c.id)
    outage_id = (await connection.execute(row)).scalar_one()
    await _add_card(connection, CardKind.OUTAGE, account, channel, now, now, outage_id=outage_id)


async def end_outage(connection: AsyncConnection, account: str, now: datetime) -> None:
    ended = await connection.execute(
        update(outages)
        .where(outages.c.account == account, outages.c.ended_at.is_(None))
        .values(ended_at=micros(now))
        .returning(outages.c.id)
    )
    for outage_id in ended.scalars().all():
        card = await connection.execute(
            update(posts)
            .where(posts.c.outage_id == outage_id, posts.c.parent_id.is_(None))
            .values(wanted=posts.c.wanted + 1)
            .returning(posts.c.id, posts.c.channel, posts.c.kind)
        )
        for row in card.all():
            key = f"back:{outage_id}:{row.id}"
            await _add_reply(connection, row.id, CardKind(row.kind), account, row.channel, key, now, now)


async def _add_card(
    connection: AsyncConnection,
    kind: CardKind,
    account: str,
    channel: str,
    now: datetime,
    due_at: datetime,
    *,
    urgency: int | None = None,
    outage_id: int | None = None,
) -> int:
    row = _row(kind, account, channel, uuid4().hex, now, due_at) | {
        "urgency": URGENCY[kind] if urgency is None else urgency,
        "outage_id": outage_id,
    }
    result = await connection.execute(insert(posts).values(row).returning(posts.c.id))
    return int(result.scalar_one())


async def _add_reply(
    connection: AsyncConnection,
    card_id: int,
    kind: CardKind,
    account: str,
    channel: str,
    key: str,
    now: datetime,
    due_at: datetime,
) -> None:
    row = _row(kind, account, channel, key, now, due_at) | {"urgency": REPLY_URGENCY, "parent_id": card_id}
    await connection.execute(upsert(posts).values(row).on_conflict_do_nothing())


def _row(kind: CardKind, account: str, channel: str, key: str, now: datetime, due_at: datetime) -> dict[str, object]:
    return {
        "kind": kind.value,
        "account": account,
        "channel": channel,
        "key": key,
        "state": PostState.WAITING,
        "wanted": 1,
        "shown": 0,
        "ts": "",
        "due_at": micros(due_at),
        "created_at": micros(now),
        "repeats": 0,
        "looks": 0,
        "refusals": 0,
        "repeated": False,
        "plain": False,
        "trouble": "",
    }
