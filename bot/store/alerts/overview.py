"""What is open, in few statements: by who has it, the first few of each, and the tenants at risk.

Works on a connection inside somebody else's transaction.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertGroup, HomePart, Kind, OpenCount, OpenOverview, Silence, Tenant, TenantRisk
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN, IS_SNOOZED, IS_TAKEN
from bot.store.alerts.rows import ALERT
from bot.store.schema import alerts, micros

FEW = 10
"""Alerts of one owner that are read, snoozed and not."""
TENANTS = 8

ORDER = (func.coalesce(alerts.c.snooze_until, 0), ~IS_CRITICAL, alerts.c.ended_at.desc(), alerts.c.id)
"""What is not snoozed first, the critical first, then the newest; snoozed ones by their ends."""
_GROUP = (func.coalesce(alerts.c.owner_who, ""), IS_SNOOZED)


async def open_overview(connection: AsyncConnection, now: datetime) -> OpenOverview:
    counted = (
        select(_GROUP[0].label("owner"), _GROUP[1].label("is_snoozed"), func.count().label("size"), _sum(IS_CRITICAL))
        .add_columns(_sum(alerts.c.code == Silence.MISSED.value, "missed"))
        .where(IS_OPEN)
        .group_by(*_GROUP)
        .order_by(*_GROUP)
    )
    few = await _first_few(connection)
    groups = tuple(
        AlertGroup(
            row.owner,
            bool(row.is_snoozed),
            OpenCount(row.size, row.number),
            tuple(few[row.owner, bool(row.is_snoozed)]),
            row.missed,
        )
        for row in await connection.execute(counted)
    )
    tenants, at_risk = await _tenants(connection, now)
    return OpenOverview(groups, tenants, at_risk)


def of_part(part: HomePart, user_id: str) -> ColumnElement[bool]:
    """Which open alerts belong to the part of a person's Home (`AlertGroup.part_for`)."""
    is_mine = alerts.c.owner_who == user_id
    if part is HomePart.MINE:
        return and_(IS_OPEN, is_mine)
    is_others = or_(~IS_TAKEN, alerts.c.owner_who != user_id)
    return and_(IS_OPEN, is_others, IS_SNOOZED if part is HomePart.SNOOZED else ~IS_SNOOZED)


async def _first_few(connection: AsyncConnection) -> dict[tuple[str, bool], list[Alert]]:
    place = func.row_number().over(partition_by=_GROUP, order_by=ORDER).label("place")
    placed = select(alerts.c.id, place).where(IS_OPEN).subquery()
    wanted = select(*ALERT.columns).where(alerts.c.id.in_(select(placed.c.id).where(placed.c.place <= FEW)))
    found = defaultdict[tuple[str, bool], list[Alert]](list)
    for alert in map(ALERT.decode, await connection.execute(wanted.order_by(*ORDER))):
        owner, snooze = alert.triage.owner, alert.triage.snooze
        found[owner.who if owner else "", snooze is not None].append(alert)
    return found


async def _tenants(connection: AsyncConnection, now: datetime) -> tuple[tuple[TenantRisk, ...], int]:
    """The worst of them, and how many there are."""
    is_late = and_(alerts.c.kind == Kind.BACKUP.value, alerts.c.misses_at <= micros(now))
    critical, late = _sum(IS_CRITICAL, "critical"), _sum(is_late, "late")
    wanted = (
        select(
            alerts.c.tenant_id,
            alerts.c.tenant_uuid,
            func.max(alerts.c.tenant_name).label("name"),
            critical,
            late,
            func.count().over().label("at_risk"),
        )
        .where(IS_OPEN)
        .group_by(alerts.c.account, alerts.c.tenant_id, alerts.c.tenant_uuid)
        .having(func.sum(case((or_(IS_CRITICAL, is_late), 1), else_=0)) > 0)
        .order_by(critical.desc(), late.desc(), func.max(alerts.c.tenant_name), alerts.c.tenant_uuid)
        .limit(TENANTS)
    )
    rows = (await connection.execute(wanted)).all()
    risks = tuple(
        TenantRisk(Tenant(id=row.tenant_id, uuid=row.tenant_uuid, name=row.name), row.critical, row.late)
        for row in rows
    )
    return risks, rows[0].at_risk if rows else 0


def _sum(condition: ColumnElement[bool], name: str = "number") -> Any:
    return func.sum(case((condition, 1), else_=0)).label(name)
