"""Alerts and their occurrences as rows: read into nouns for the rules, written back when the rules have spoken.

Works on a connection inside somebody else's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertStatus, Cause, Ending, Kind, Occurrence, Run, Tenant
from bot.store.copying import standings_of
from bot.store.schema import alerts, micros, micros_or_none, moment, moment_or_none, occurrences
from bot.watch.lifecycle import Changes, Snapshot

_new_occurrence = upsert(occurrences)
_PUT_OCCURRENCE = _new_occurrence.on_conflict_do_update(
    index_elements=[occurrences.c.account, occurrences.c.task_id],
    set_={"healed_at": _new_occurrence.excluded.healed_at},
)


async def snapshot(connection: AsyncConnection, runs: Sequence[Run]) -> Snapshot:
    """All that bears on `runs`: the alerts they may join or heal, with every open occurrence of each."""
    if not runs:
        return Snapshot()
    fingerprints = sorted({run.fingerprint for run in runs})
    subjects = sorted({run.subject for run in runs})
    of_subjects = select(occurrences.c.alert_id).where(
        occurrences.c.subject.in_(subjects), occurrences.c.healed_at.is_(None)
    )
    firing = await connection.execute(
        select(alerts).where(
            alerts.c.status == AlertStatus.FIRING.value,
            alerts.c.fingerprint.in_(fingerprints) | alerts.c.id.in_(of_subjects),
        )
    )
    found = tuple(alert_of(row) for row in firing)
    return Snapshot(
        firing=found,
        unhealed=await _unhealed(connection, [alert.id for alert in found]),
        known=await _known(connection, runs),
        previous=await _previous(connection, fingerprints),
        standings=await standings_of(connection, subjects),
    )


async def write(connection: AsyncConnection, changes: Changes) -> tuple[Alert, ...]:
    """Writes alerts and occurrences. Returns the alerts with their stored ids, new ones and changed ones alike."""
    ids: dict[int, int] = {}
    stored = [await _put(connection, alert, ids) for alert in changes.alerts]
    rows = [_occurrence_row(each, ids) for each in changes.occurrences]
    if rows:
        await connection.execute(_PUT_OCCURRENCE, rows)
    return tuple(stored)


async def _put(connection: AsyncConnection, alert: Alert, ids: dict[int, int]) -> Alert:
    previous = ids.get(alert.previous_id, alert.previous_id) if alert.previous_id else None
    alert = replace(alert, previous_id=previous)
    if alert.id > 0:
        await connection.execute(update(alerts).where(alerts.c.id == alert.id).values(_row(alert)))
        return alert
    result = await connection.execute(insert(alerts).values(_row(alert)).returning(alerts.c.id))
    ids[alert.id] = result.scalar_one()
    return replace(alert, id=ids[alert.id])


async def _unhealed(connection: AsyncConnection, alert_ids: Sequence[int]) -> tuple[Occurrence, ...]:
    rows = await connection.execute(
        select(occurrences).where(occurrences.c.alert_id.in_(alert_ids), occurrences.c.healed_at.is_(None))
    )
    return tuple(
        Occurrence(
            row.account,
            row.task_id,
            row.alert_id,
            row.subject,
            row.code,
            moment(row.began_at),
            moment(row.ended_at),
        )
        for row in rows
    )


async def _known(connection: AsyncConnection, runs: Sequence[Run]) -> frozenset[str]:
    rows = await connection.execute(
        select(occurrences.c.task_id).where(
            occurrences.c.account == runs[0].account, occurrences.c.task_id.in_([run.task_id for run in runs])
        )
    )
    return frozenset(rows.scalars())


async def _previous(connection: AsyncConnection, fingerprints: Iterable[str]) -> dict[str, int]:
    rows = await connection.execute(
        select(alerts.c.fingerprint, func.max(alerts.c.id))
        .where(alerts.c.fingerprint.in_(fingerprints), alerts.c.status == AlertStatus.RESOLVED.value)
        .group_by(alerts.c.fingerprint)
    )
    return {row[0]: row[1] for row in rows}


def alert_of(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        fingerprint=row.fingerprint,
        account=row.account,
        kind=Kind(row.kind),
        tenant=Tenant(row.tenant_id, row.tenant_uuid, row.tenant_name, row.tenant_locator),
        name=row.name,
        plan=row.plan,
        type=row.type,
        status=AlertStatus(row.status),
        opened_at=moment(row.opened_at),
        failed_at=moment(row.failed_at),
        task_id=row.task_id,
        cause=Cause(row.cause_text, row.cause_code, row.cause_ser_code),
        code=row.code,
        occurrences=row.occurrences,
        closed_at=moment_or_none(row.closed_at),
        ending=Ending(row.ending) if row.ending else None,
        previous_id=row.previous_id,
    )


def _row(alert: Alert) -> dict[str, object]:
    return {
        "fingerprint": alert.fingerprint,
        "account": alert.account,
        "kind": alert.kind.value,
        "tenant_id": alert.tenant.id,
        "tenant_uuid": alert.tenant.uuid,
        "tenant_name": alert.tenant.name,
        "tenant_locator": alert.tenant.locator,
        "name": alert.name,
        "plan": alert.plan,
        "type": alert.type,
        "status": alert.status.value,
        "opened_at": micros(alert.opened_at),
        "failed_at": micros(alert.failed_at),
        "task_id": alert.task_id,
        "cause_text": alert.cause.text,
        "cause_code": alert.cause.code,
        "cause_ser_code": alert.cause.ser_code,
        "code": alert.code,
        "occurrences": alert.occurrences,
        "closed_at": micros_or_none(alert.closed_at),
        "ending": alert.ending.value if alert.ending else None,
        "previous_id": alert.previous_id,
    }


def _occurrence_row(each: Occurrence, ids: Mapping[int, int]) -> dict[str, object]:
    return {
        "account": each.account,
        "task_id": each.task_id,
        "alert_id": ids.get(each.alert_id, each.alert_id),
        "subject": each.subject,
        "code": each.code,
        "began_at": micros(each.began_at),
        "ended_at": micros(each.ended_at),
        "healed_at": micros_or_none(each.healed_at),
    }
