"""What a card shows, read from the tables as it is now. Reads only; the caller holds the transaction."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import (
    HEALING,
    Alert,
    AlertStatus,
    AlertView,
    CardKind,
    OutageView,
    Posted,
    SummaryView,
    TaskState,
    UndeliveredView,
    View,
)
from bot.store.alerts.rows import ALERT
from bot.store.cards.crowds import CROWD
from bot.store.cards.storm_views import storm_view
from bot.store.schema import (
    DAY,
    accounts,
    alerts,
    card_alerts,
    moment,
    moment_or_none,
    outages,
    posts,
    shapes,
    standings,
    tasks,
)

STRIP = 14
"""Runs on a card: two weeks of nightly backups (experience.md §3)."""


async def view_of(connection: AsyncConnection, card: Any) -> View:
    """The view of a row of `posts` that is a card."""
    kind = CardKind(card.kind)
    if kind is CardKind.ALERT:
        return await _alert_view(connection, card)
    if card.kind in CROWD:
        return await storm_view(connection, card)
    if kind is CardKind.SUMMARY:
        return await _summary_view(connection, card)
    if kind is CardKind.OUTAGE:
        row = (await connection.execute(select(outages).where(outages.c.id == card.outage_id))).one()
        return OutageView(row.account, moment(row.began_at), row.reason, moment_or_none(row.ended_at))
    return await _undelivered_view(connection, card)


async def _alert_view(connection: AsyncConnection, card: Any) -> AlertView:
    shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == card.id)
    alert = ALERT.decode((await connection.execute(select(alerts).where(alerts.c.id.in_(shown)))).one())
    runs = await last_runs(connection, alert.latest.subject)
    fires = alert.status is AlertStatus.OPEN
    return AlertView(
        alert=alert,
        strip=tuple(row.code for row in reversed(runs)),
        usual=usual_of(runs),
        last_good_at=moment_or_none(await last_good_of(connection, alert.latest.subject)),
        history_from=moment_or_none(await _history_from(connection, alert.latest.account)),
        previous=await _previous(connection, alert),
        previous_card=await _card_of(connection, alert.previous_id, card.channel),
        mention=card.mention if fires and alert.is_critical else "",
        retrying_since=moment_or_none(await _retrying_since(connection, alert)) if fires else None,
    )


async def _card_of(connection: AsyncConnection, alert_id: int | None, channel: str) -> Posted | None:
    """The alert's card in this channel, if people can go to it."""
    if alert_id is None:
        return None
    row = await connection.execute(
        select(posts.c.channel, posts.c.ts)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .where(card_alerts.c.alert_id == alert_id, posts.c.channel == channel, posts.c.ts != "")
        .limit(1)
    )
    found = row.one_or_none()
    return None if found is None else Posted(found.channel, found.ts)


async def _retrying_since(connection: AsyncConnection, alert: Alert) -> int | None:
    """When a run of the same began that is not over yet."""
    of = select(standings).where(standings.c.subject == alert.latest.subject).subquery()
    began: int | None = await connection.scalar(
        select(func.max(tasks.c.began_at))
        .join(shapes, shapes.c.number == tasks.c.shape)
        .join(of, (of.c.run_machine == tasks.c.machine) & (of.c.run_plan == tasks.c.plan))
        .where(of.c.run_tenant == tasks.c.tenant, tasks.c.began_at > of.c.run_began_at)
        .where(shapes.c.is_root, shapes.c.kind == alert.latest.kind.value, shapes.c.state != TaskState.COMPLETED.value)
    )
    return began


async def last_runs(connection: AsyncConnection, subject: str) -> Sequence[Any]:
    wanted = (
        select(shapes.c.code, tasks.c.started_at, tasks.c.completed_at)
        .join(shapes, shapes.c.number == tasks.c.shape)
        .where(tasks.c.subject == subject, shapes.c.state == TaskState.COMPLETED.value)
        .order_by(tasks.c.began_at.desc())
        .limit(STRIP)
    )
    return (await connection.execute(wanted)).all()


def usual_of(runs: Sequence[Any]) -> timedelta | None:
    """The median length of the runs that ended well."""
    lengths = [
        row.completed_at - row.started_at
        for row in runs
        if row.code in HEALING and row.started_at is not None and row.completed_at is not None
    ]
    return timedelta(microseconds=median(lengths)) if lengths else None


async def last_good_of(connection: AsyncConnection, subject: str) -> int | None:
    return await connection.scalar(select(standings.c.good_ended_at).where(standings.c.subject == subject))


async def _history_from(connection: AsyncConnection, account: str) -> int | None:
    return await connection.scalar(select(accounts.c.history_from).where(accounts.c.account == account))


async def _previous(connection: AsyncConnection, alert: Alert) -> Alert | None:
    if alert.previous_id is None:
        return None
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert.previous_id))).one_or_none()
    return None if row is None else ALERT.decode(row)


async def _summary_view(connection: AsyncConnection, card: Any) -> SummaryView:
    shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == card.id)
    rows = await connection.execute(select(alerts).where(alerts.c.id.in_(shown)).order_by(alerts.c.opened_at))
    good = await connection.scalar(
        select(func.count())
        .select_from(tasks)
        .join(shapes, shapes.c.number == tasks.c.shape)
        .where(
            tasks.c.account == card.account,
            tasks.c.completed_at > card.created_at - DAY,
            tasks.c.completed_at <= card.created_at,
            tasks.c.subject.is_not(None),
            shapes.c.code.in_(HEALING),
        )
    )
    return SummaryView(card.account, moment(card.created_at), tuple(ALERT.decode(row) for row in rows), good or 0)


async def _undelivered_view(connection: AsyncConnection, card: Any) -> UndeliveredView:
    """A card about posts that were given up has no end: `ended_at` is its beginning."""
    waiting = func.coalesce(posts.c.parent_id, posts.c.id)
    told_of = select(func.count(waiting.distinct()), func.min(waiting)).where(posts.c.about_id == card.id)
    size, first = (await connection.execute(told_of)).one()
    names = select(alerts.c.name).join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
    name = await connection.scalar(names.where(card_alerts.c.card_id == first).order_by(alerts.c.id).limit(1))
    ended_at = card.ended_at if card.ended_at != card.created_at else None
    return UndeliveredView(card.about_channel, card.about_code, name or "", size, moment_or_none(ended_at))
