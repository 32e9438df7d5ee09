"""Alerts and their occurrences as rows: read into nouns for the rules, written back when the rules have spoken.

Works on a connection inside somebody else's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.lifecycle import Changes, Snapshot
from bot.model import (
    Alert,
    AlertStatus,
    Assessment,
    Cause,
    Ending,
    Kind,
    Occurrence,
    Policy,
    Reason,
    Resource,
    Run,
    Severity,
    Tenant,
    Workload,
)
from bot.store.copy.writing import last_good
from bot.store.dialect import Prepared, each_of
from bot.store.schema import alerts, micros, micros_or_none, moment, moment_or_none, occurrences

MICROSECOND = timedelta(microseconds=1)

_new_occurrence = upsert(occurrences)
_PUT_OCCURRENCES = Prepared(
    _new_occurrence.on_conflict_do_update(
        index_elements=[occurrences.c.account, occurrences.c.task_id],
        set_={"healed_at": _new_occurrence.excluded.healed_at},
    ),
    occurrences.c.keys(),
)
_COLUMNS = [name for name in alerts.c.keys() if name != "id"]  # noqa: SIM118 - a column collection is no dict
_ADD = Prepared(insert(alerts), _COLUMNS)
_CHANGE = Prepared(update(alerts).where(alerts.c.id == bindparam("alert_id")), [*_COLUMNS, "alert_id"])
_ADDED = Prepared(
    select(func.max(alerts.c.id), alerts.c.fingerprint, alerts.c.task_id)
    .where(alerts.c.fingerprint.in_(each_of("fingerprints")))
    .group_by(alerts.c.fingerprint, alerts.c.task_id)
)
_FIRING = alerts.c.status == literal_column(f"'{AlertStatus.OPEN.value}'")  # literal: the index is partial
_HELD_BY = select(occurrences.c.alert_id).where(
    occurrences.c.subject.in_(each_of("subjects")), occurrences.c.healed_at.is_(None)
)
_TOUCHED = Prepared(
    union(
        select(alerts).where(_FIRING, alerts.c.fingerprint.in_(each_of("fingerprints"))),
        select(alerts).where(_FIRING, alerts.c.id.in_(_HELD_BY)),
    )
)
_UNHEALED = Prepared(
    select(
        occurrences.c.account,
        occurrences.c.task_id,
        occurrences.c.alert_id,
        occurrences.c.subject,
        occurrences.c.code,
        occurrences.c.began_at,
        occurrences.c.ended_at,
    ).where(occurrences.c.alert_id.in_(each_of("alert_ids")), occurrences.c.healed_at.is_(None))
)
_KNOWN = Prepared(
    select(occurrences.c.task_id).where(
        occurrences.c.account == bindparam("wanted"), occurrences.c.task_id.in_(each_of("task_ids"))
    )
)
_PREVIOUS = Prepared(
    select(alerts.c.fingerprint, func.max(alerts.c.id))
    .where(alerts.c.fingerprint.in_(each_of("fingerprints")), alerts.c.closed_at.is_not(None))
    .group_by(alerts.c.fingerprint)
)


async def snapshot(connection: AsyncConnection, failed: Sequence[Run], healed: set[str]) -> Snapshot:
    """All that bears on runs that failed and on subjects of which a run went well.

    The alerts they may join or heal, with every open occurrence of each. Nothing is read for what there is none of.
    """
    if not (failed or healed):
        return Snapshot()
    fingerprints = sorted({run.fingerprint for run in failed})
    touched = await _TOUCHED.rows(connection, fingerprints=fingerprints, subjects=sorted(healed))
    found = tuple(alert_of(SimpleNamespace(**dict(zip(alerts.c.keys(), row, strict=True)))) for row in touched)
    return Snapshot(
        firing=found,
        unhealed=await _unhealed(connection, [alert.id for alert in found]),
        known=await _known(connection, failed),
        previous=await _previous(connection, fingerprints),
        good=await last_good(connection, sorted({run.subject for run in failed})),
    )


async def write(connection: AsyncConnection, changes: Changes) -> tuple[Alert, ...]:
    """Writes alerts and occurrences. Returns the alerts with their stored ids, new ones and changed ones alike."""
    old = [alert for alert in changes.alerts if alert.id > 0]
    await _CHANGE.many(connection, [(*_row(alert).values(), alert.id) for alert in old])
    ids: dict[int, int] = {}
    new = [alert for alert in changes.alerts if alert.id <= 0]
    stored = old + await _add(connection, new, ids)
    await _PUT_OCCURRENCES.many(connection, [_occurrence_row(each, ids) for each in changes.occurrences])
    return tuple(stored)


async def _add(connection: AsyncConnection, new: Sequence[Alert], ids: dict[int, int]) -> list[Alert]:
    """Notes in `ids` which stored id each new alert got. One that follows another new one waits for that one's id."""
    stored: list[Alert] = []
    while new:
        waiting = {alert.id for alert in new}
        ready = [_linked(alert, ids) for alert in new if alert.previous_id not in waiting]
        await _ADD.many(connection, [tuple(_row(alert).values()) for alert in ready])
        added = await _ADDED.rows(connection, fingerprints=[alert.fingerprint for alert in ready])
        given = {(fingerprint, task_id): number for number, fingerprint, task_id in added}
        for alert in ready:
            ids[alert.id] = given[alert.fingerprint, alert.task_id]
            stored.append(replace(alert, id=ids[alert.id]))
        new = [alert for alert in new if alert.id not in ids]
    return stored


def _linked(alert: Alert, ids: Mapping[int, int]) -> Alert:
    return replace(alert, previous_id=ids.get(alert.previous_id, alert.previous_id)) if alert.previous_id else alert


async def _unhealed(connection: AsyncConnection, alert_ids: list[int]) -> tuple[Occurrence, ...]:
    if not alert_ids:
        return ()
    return tuple(
        Occurrence(account, task_id, alert_id, subject, code, moment(began), moment(ended))
        for account, task_id, alert_id, subject, code, began, ended in await _UNHEALED.rows(
            connection, alert_ids=alert_ids
        )
    )


async def _known(connection: AsyncConnection, failed: Sequence[Run]) -> frozenset[str]:
    if not failed:
        return frozenset()
    rows = await _KNOWN.rows(connection, wanted=failed[0].account, task_ids=[run.task_id for run in failed])
    return frozenset(task_id for (task_id,) in rows)


async def _previous(connection: AsyncConnection, fingerprints: list[str]) -> dict[str, int]:
    return dict(await _PREVIOUS.rows(connection, fingerprints=fingerprints)) if fingerprints else {}


def alert_of(row: Any) -> Alert:
    """`row` has the table's columns as attributes."""
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
        cause=_cause_of(row),
        code=row.code,
        occurrences=row.occurrences,
        closed_at=moment_or_none(row.closed_at),
        ending=Ending(row.ending) if row.ending else None,
        previous_id=row.previous_id,
        workload=Workload(row.workload),
        resource=Resource(row.resource_id, name=row.name),
        policy=Policy(row.policy_id, name=row.plan),
        started_by=row.started_by,
        assessment=_assessment_of(row),
        subject=row.subject,
    )


def _cause_of(row: Any) -> Cause:
    return Cause(
        row.cause_text,
        row.cause_code,
        row.cause_ser_code,
        row.cause_entry,
        row.cause_step,
        row.cause_link,
        bool(row.cause_is_platform),
    )


def _assessment_of(row: Any) -> Assessment:
    return Assessment(
        Severity(row.severity),
        Reason(row.reason),
        timedelta(microseconds=row.target),
        moment_or_none(row.last_good_at),
        moment_or_none(row.misses_at),
        moment_or_none(row.next_run_at),
        bool(row.retries),
    )


def _row(alert: Alert) -> dict[str, object]:
    """In the order of the table's columns."""
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
        "workload": alert.workload.value,
        "resource_id": alert.resource.id,
        "policy_id": alert.policy.id,
        "started_by": alert.started_by,
        "cause_entry": alert.cause.entry,
        "cause_step": alert.cause.step,
        "cause_link": alert.cause.link,
        "cause_is_platform": alert.cause.is_platform,
        **assessment_row(alert.assessment),
        "subject": alert.subject,
    }


def assessment_row(assessment: Assessment) -> dict[str, object]:
    """In the order of the table's columns."""
    return {
        "severity": assessment.severity.value,
        "reason": assessment.reason.value,
        "target": assessment.target // MICROSECOND,
        "last_good_at": micros_or_none(assessment.last_good_at),
        "misses_at": micros_or_none(assessment.misses_at),
        "next_run_at": micros_or_none(assessment.next_run_at),
        "retries": assessment.retries,
    }


def _occurrence_row(each: Occurrence, ids: Mapping[int, int]) -> tuple[object, ...]:
    """In the order of the table's columns."""
    return (
        each.account,
        each.task_id,
        ids.get(each.alert_id, each.alert_id),
        each.subject,
        each.code,
        micros(each.began_at),
        micros(each.ended_at),
        micros_or_none(each.healed_at),
    )
