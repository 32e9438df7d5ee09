"""Alerts and their occurrences as rows, and what open alerts are judged by: read for the rules, written back after.

Works on a connection inside somebody else's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import fingerprint_as
from bot.alerting.learning import learn
from bot.alerting.lifecycle import FOLLOWED, Changes, Ended, Snapshot
from bot.alerting.severity import Facts
from bot.model import SILENCES, Alert, Kind, Occurrence, Run, SubjectHistory
from bot.model.plans import UNKNOWN_RHYTHM, Rhythm
from bot.store.alerts.conditions import IS_OPEN, IS_UNHEALED
from bot.store.codec import Codec
from bot.store.copy.history import history_from, last_good, load
from bot.store.dialect import Prepared, each_of, upsert
from bot.store.rhythms import rhythms_of
from bot.store.schema import alerts, moment, moment_or_none, occurrences, standings

ALERT = Codec(Alert, alerts, flat=("latest", "assessment", "triage"))
OCCURRENCE = Codec(Occurrence, occurrences)

_new_occurrence = upsert(occurrences)
_PUT_OCCURRENCES = Prepared(
    lambda: _new_occurrence.on_conflict_do_update(
        index_elements=[occurrences.c.account, occurrences.c.task_id],
        set_={"healed_at": _new_occurrence.excluded.healed_at},
    ),
    OCCURRENCE.names,
)
_ADD = Prepared(lambda: insert(alerts), ALERT.names[1:])  # the database gives the id
_CHANGE = Prepared(
    lambda: update(alerts).where(alerts.c.id == bindparam("alert_id")).values(dict.fromkeys(ALERT.names[1:])),
    [*ALERT.names[1:], "alert_id"],
)
_ADDED = Prepared(
    lambda: (
        select(func.max(alerts.c.id), alerts.c.fingerprint, alerts.c.task_id)
        .where(alerts.c.fingerprint.in_(each_of("fingerprints")))
        .group_by(alerts.c.fingerprint, alerts.c.task_id)
    )
)
_HELD_BY = select(occurrences.c.alert_id).where(occurrences.c.subject.in_(each_of("subjects")), IS_UNHEALED)
_TOUCHED = Prepared(
    lambda: union(
        select(*ALERT.columns).where(IS_OPEN, alerts.c.fingerprint.in_(each_of("fingerprints"))),
        select(*ALERT.columns).where(IS_OPEN, alerts.c.id.in_(_HELD_BY)),
    )
)
_OF_SUBJECTS = Prepared(lambda: select(*ALERT.columns).where(IS_OPEN, alerts.c.id.in_(_HELD_BY)))
_UNHEALED = Prepared(
    lambda: select(*OCCURRENCE.columns).where(occurrences.c.alert_id.in_(each_of("alert_ids")), IS_UNHEALED)
)
_KNOWN = Prepared(
    lambda: select(occurrences.c.task_id).where(
        occurrences.c.account == bindparam("wanted"), occurrences.c.task_id.in_(each_of("task_ids"))
    )
)
_PREVIOUS = Prepared(
    lambda: (
        select(alerts.c.fingerprint, func.max(alerts.c.id))
        .where(alerts.c.fingerprint.in_(each_of("fingerprints")), alerts.c.closed_at.is_not(None))
        .group_by(alerts.c.fingerprint)
    )
)
_latest_closed = (
    select(func.max(alerts.c.id))
    .where(alerts.c.fingerprint.in_(each_of("fingerprints")), alerts.c.closed_at.is_not(None))
    .group_by(alerts.c.subject)
)
_SILENCED = Prepared(
    lambda: select(alerts.c.id, alerts.c.subject, alerts.c.began_at, alerts.c.closed_at).where(
        alerts.c.id.in_(_latest_closed)
    )
)
_LAST_RUNS = Prepared(
    lambda: (
        select(occurrences.c.alert_id, func.max(standings.c.run_ended_at))
        .join(standings, standings.c.subject == occurrences.c.subject)
        .where(occurrences.c.alert_id.in_(each_of("alert_ids")))
        .group_by(occurrences.c.alert_id)
    )
)


async def snapshot(connection: AsyncConnection, failed: Sequence[Run], healed: set[str]) -> Snapshot:
    """All that bears on runs that are problems, and on subjects of which a run may end one.

    The alerts they may join or heal, with every open occurrence of each. Nothing is read for what there is none of.
    """
    if not (failed or healed):
        return Snapshot()
    fingerprints = sorted({run.fingerprint for run in failed})
    touched = await _TOUCHED.rows(connection, fingerprints=fingerprints, subjects=sorted(healed))
    found = tuple(map(ALERT.decode, touched))
    return Snapshot(
        alerts=found,
        unhealed=await _unhealed(connection, [alert.id for alert in found]),
        known=await _known(connection, failed),
        previous=await _previous(connection, fingerprints),
        good=await last_good(connection, sorted({run.subject for run in failed})),
        silenced=await _silenced(connection, [run for run in failed if run.code not in SILENCES]),
    )


async def open_of(connection: AsyncConnection, subjects: Collection[str]) -> list[Alert]:
    """The open alerts that a good run of one of these subjects would heal, wholly or in part."""
    return [ALERT.decode(row) for row in await _OF_SUBJECTS.rows(connection, subjects=sorted(subjects))]


async def write(connection: AsyncConnection, changes: Changes) -> dict[int, Alert]:
    """Writes alerts and occurrences. Returns the alerts as they are stored, by the ids they had before."""
    old = [alert for alert in changes.alerts if alert.id > 0]
    await _CHANGE.many(connection, [(*ALERT.encode(alert)[1:], alert.id) for alert in old])
    stored = {alert.id: alert for alert in old}
    await _add(connection, [alert for alert in changes.alerts if alert.id <= 0], stored)
    put = [
        replace(each, alert_id=stored[each.alert_id].id if each.alert_id < 0 else each.alert_id)
        for each in changes.occurrences
    ]
    await _PUT_OCCURRENCES.many(connection, [OCCURRENCE.encode(each) for each in put])
    return stored


async def facts_of(connection: AsyncConnection, alerts: Iterable[Alert]) -> dict[int, Facts]:
    """By the alerts' ids. Of what is not stored yet the last run is the one that failed."""
    alerts = tuple(alerts)
    if not alerts:
        return {}
    subjects = sorted({alert.latest.subject for alert in alerts if alert.latest.kind is Kind.BACKUP})
    histories = await load(connection, sorted({alert.latest.subject for alert in alerts}))
    known = await rhythms_of(connection, subjects)
    since = await history_from(connection)
    stored = [alert.id for alert in alerts if alert.id > 0]
    last = dict(await _LAST_RUNS.rows(connection, alert_ids=stored)) if stored else {}
    return {
        alert.id: _facts(
            alert,
            histories[alert.latest.subject],
            since.get(alert.latest.account),
            last.get(alert.id),
            known.get(alert.latest.subject),
        )
        for alert in alerts
    }


async def newest(connection: AsyncConnection, fingerprints: Iterable[str]) -> dict[str, int]:
    """The number of the last alert of each."""
    wanted = select(alerts.c.fingerprint, func.max(alerts.c.id).label("number"))
    wanted = wanted.where(alerts.c.fingerprint.in_(sorted(fingerprints)))
    rows = await connection.execute(wanted.group_by(alerts.c.fingerprint))
    return {row.fingerprint: row.number for row in rows}


def _facts(
    alert: Alert, history: SubjectHistory, since: datetime | None, last_run_at: int | None, rhythm: Rhythm | None
) -> Facts:
    """The rhythm of what is new is learned from the runs at hand, until it is built."""
    if rhythm is None and alert.latest.kind is Kind.BACKUP:
        rhythm = learn(history.runs, "UTC")
    return Facts(
        history.runs,
        history.good_ended_at,
        since,
        moment_or_none(last_run_at),
        history.good_began_at,
        rhythm or UNKNOWN_RHYTHM,
    )


async def _add(connection: AsyncConnection, new: Sequence[Alert], stored: dict[int, Alert]) -> None:
    """Puts each new alert into `stored`. One that follows another new one waits for that one's id."""
    while new:
        waiting = {alert.id for alert in new}
        ready = [_linked(alert, stored) for alert in new if alert.previous_id not in waiting]
        await _ADD.many(connection, [ALERT.encode(alert)[1:] for alert in ready])
        added = await _ADDED.rows(connection, fingerprints=[alert.fingerprint for alert in ready])
        given = {(fingerprint, task_id): number for number, fingerprint, task_id in added}
        for alert in ready:
            stored[alert.id] = replace(alert, id=given[alert.fingerprint, alert.latest.task_id])
        new = [alert for alert in new if alert.id not in stored]


def _linked(alert: Alert, stored: Mapping[int, Alert]) -> Alert:
    previous = stored.get(alert.previous_id or 0)
    return replace(alert, previous_id=previous.id) if previous else alert


async def _unhealed(connection: AsyncConnection, alert_ids: list[int]) -> tuple[Occurrence, ...]:
    if not alert_ids:
        return ()
    return tuple(map(OCCURRENCE.decode, await _UNHEALED.rows(connection, alert_ids=alert_ids)))


async def _known(connection: AsyncConnection, failed: Sequence[Run]) -> frozenset[str]:
    if not failed:
        return frozenset()
    by_account = {run.account: [each.task_id for each in failed if each.account == run.account] for run in failed}
    rows = [await _KNOWN.rows(connection, wanted=account, task_ids=ids) for account, ids in by_account.items()]
    return frozenset(task_id for each in rows for (task_id,) in each)


async def _silenced(connection: AsyncConnection, failed: Sequence[Run]) -> dict[str, Ended]:
    """The last silence of the same that is over."""
    if not failed:
        return {}
    wanted = sorted({fingerprint_as(run, code) for run in failed for code in FOLLOWED})
    rows = await _SILENCED.rows(connection, fingerprints=wanted)
    return {whose: Ended(number, moment(began), moment(ended)) for number, whose, began, ended in rows}


async def _previous(connection: AsyncConnection, fingerprints: list[str]) -> dict[str, int]:
    return dict(await _PREVIOUS.rows(connection, fingerprints=fingerprints)) if fingerprints else {}
