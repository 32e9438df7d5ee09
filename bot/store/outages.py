"""Cards that are not about single alerts: the summary of a first start, an account that cannot be read.

Works on a connection inside somebody else's transaction.
"""

from datetime import datetime

from sqlalchemy import and_, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AlertStatus, CardKind, Decision, Verdict
from bot.store.alerts import decisions
from bot.store.cards.posting import Due, Place, add_card, add_reply
from bot.store.schema import alerts, card_alerts, micros, outages, posts

MISSES_BEFORE_WORD = 2
"""Failed polls in a row before the channel hears of it: one that fails and comes back is no news."""

_SUMMED_UP = "It failed before the first start was over: one summary shows all that did."


async def want_summary(connection: AsyncConnection, account: str, channel: str, since: datetime, now: datetime) -> None:
    """The one card of a first start, showing every alert that fires now and that no card shows."""
    if not channel:
        return
    card_id = await add_card(connection, CardKind.SUMMARY, Place(account, channel, since, now))
    firing = select(literal(card_id), alerts.c.id, literal(micros(since))).where(
        alerts.c.account == account, alerts.c.status == AlertStatus.OPEN.value
    )
    shown = select(card_alerts.c.alert_id)
    put = insert(card_alerts).from_select(["card_id", "alert_id", "added_at"], firing.where(alerts.c.id.not_in(shown)))
    ids = (await connection.execute(put.returning(card_alerts.c.alert_id))).scalars().all()
    await decisions.put(connection, [Decision(id_, now, Verdict.FOLDED, _SUMMED_UP, channel) for id_ in ids])


async def want_outage(
    connection: AsyncConnection, account: str, channel: str, since: datetime, reason: str, now: datetime
) -> None:
    """One card for an outage that is not told yet."""
    is_open = and_(outages.c.account == account, outages.c.ended_at.is_(None))
    if not channel or await connection.scalar(select(outages.c.id).where(is_open)) is not None:
        return
    row = insert(outages).values(account=account, began_at=micros(since), reason=reason).returning(outages.c.id)
    outage_id = (await connection.execute(row)).scalar_one()
    await add_card(connection, CardKind.OUTAGE, Place(account, channel, now, now), outage_id=outage_id)


async def end_outage(connection: AsyncConnection, account: str, now: datetime) -> None:
    ended = await connection.execute(
        update(outages)
        .where(outages.c.account == account, outages.c.ended_at.is_(None))
        .values(ended_at=micros(now))
        .returning(outages.c.id)
    )
    for outage_id in ended.scalars().all():
        cards = await connection.execute(
            update(posts)
            .where(posts.c.outage_id == outage_id, posts.c.parent_id.is_(None))
            .values(wanted=posts.c.wanted + 1, worded=posts.c.wanted + 1)
            .returning(posts.c.id, posts.c.channel, posts.c.kind)
        )
        for row in cards.all():
            due = Due(row.id, CardKind(row.kind), f"back:{outage_id}:{row.id}")
            await add_reply(connection, Place(account, row.channel, now, now), due)
