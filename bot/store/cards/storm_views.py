"""What a storm's or a platform's card shows: exact numbers, and the first by name. Reads only."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertStatus, CardKind, Cause, Ending, Kind, Posted, Severity, Share, StormView
from bot.store.alerts.rows import ALERT
from bot.store.cards.posting import PostState
from bot.store.schema import alerts, card_alerts, moment, moment_or_none, posts, storms

NAMED = 10
"""Alerts that are shown by name; the rest is behind a button."""
SHARES = 8

_BY_TIME = (Ending.NO_MORE_RUNS.value, Ending.NOT_REPEATED.value)
_fires = alerts.c.status == AlertStatus.OPEN.value
_is_critical = alerts.c.severity == Severity.CRITICAL.value


async def storm_view(connection: AsyncConnection, card: Any) -> StormView:
    """The view of a row of `posts` that is a storm's card."""
    storm = (await connection.execute(select(storms).where(storms.c.card_id == card.id))).one()
    counted = (await connection.execute(_shown_by(card.id).with_only_columns(*_NUMBERS))).one()
    tenants, more_tenants = await _shares(
        connection, card.id, alerts.c.tenant_name, alerts.c.tenant_id, alerts.c.account
    )
    causes, more_causes = await _shares(connection, card.id, alerts.c.cause_text)
    first = tuple(ALERT.decode(row) for row in await connection.execute(worst_first(card.id).limit(NAMED)))
    return StormView(
        kind=CardKind(card.kind),
        opened_at=moment(storm.opened_at),
        last_at=moment(storm.last_at),
        is_open=storm.is_open,
        total=counted.total,
        open=counted.firing or 0,
        critical=counted.critical or 0,
        restores=counted.restores or 0,
        tenants=tenants,
        causes=causes,
        more_tenants=more_tenants,
        more_causes=more_causes,
        first=first,
        before=await _before(connection, card, storm),
        cause=_cause(first) if card.kind == CardKind.PLATFORM else Cause(),
        ended_at=None if counted.firing else moment_or_none(counted.ended_at),
        mention=card.mention if counted.critical else "",
        card_id=card.id,
        unhealed=counted.unhealed or 0,
    )


def _shown_by(card_id: int) -> Select[Any]:
    return (
        select(alerts).join(card_alerts, card_alerts.c.alert_id == alerts.c.id).where(card_alerts.c.card_id == card_id)
    )


def worst_first(card_id: int) -> Select[Any]:
    """The card's alerts: what fires first, then the critical ones, each in the order in which they came."""
    return _shown_by(card_id).order_by(~_fires, ~_is_critical, alerts.c.id)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_NUMBERS = (
    func.count().label("total"),
    _sum(_fires).label("firing"),
    _sum(_fires & _is_critical).label("critical"),
    _sum(alerts.c.kind == Kind.RESTORE.value).label("restores"),
    _sum(alerts.c.ending.in_(_BY_TIME)).label("unhealed"),
    func.max(alerts.c.closed_at).label("ended_at"),
)


async def _shares(
    connection: AsyncConnection, card_id: int, label: ColumnElement[str], *beside: ColumnElement[Any]
) -> tuple[tuple[Share, ...], int]:
    """The largest shares by what fires, and how many more there are."""
    grouped = (
        _shown_by(card_id)
        .with_only_columns(label.label("label"), func.count().label("total"), _sum(_fires).label("firing"))
        .group_by(label, *beside)
    )
    rows = (await connection.execute(grouped)).all()
    shares = sorted((Share(row.label, row.total, row.firing) for row in rows), key=_largest_first)
    return tuple(shares[:SHARES]), max(len(shares) - SHARES, 0)


def _largest_first(share: Share) -> tuple[int, int, str]:
    return -share.open, -share.total, share.label


async def _before(connection: AsyncConnection, card: Any, storm: Any) -> tuple[Posted, ...]:
    """The alerts' own cards in this channel that were wanted just before, and that no quiet hours
    hold: all, since the card says how many."""
    own = (
        select(posts.c.channel, posts.c.ts, alerts.c.name)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(posts.c.channel == card.channel, posts.c.kind == CardKind.ALERT.value)
        .where(posts.c.state != PostState.WITHDRAWN, or_(posts.c.ts != "", posts.c.held_until.is_(None)))
        .where(card_alerts.c.added_at > storm.since, card_alerts.c.added_at <= storm.opened_at)
        .order_by(posts.c.id)
    )
    return tuple(Posted(row.channel, row.ts, row.name) for row in await connection.execute(own))


def _cause(first: tuple[Alert, ...]) -> Cause:
    return first[0].latest.cause if first else Cause()
