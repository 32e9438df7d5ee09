"""What firing alerts mean for the restore point, judged by what the copy knows of their runs, and written to them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import itemgetter

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import target_of
from bot.alerting.severity import LOOKED_AT, Facts, Start, judge
from bot.model import Alert, AlertStatus, Assessment, Routing
from bot.store.alerts.rows import ALERT
from bot.store.dialect import Prepared, listed
from bot.store.schema import accounts, alerts, moment, moment_or_none, shapes, standings, tasks

_each = listed("subjects")
_inner = tasks.alias("inner")
_newest = (
    select(_inner.c.number)
    .where(_inner.c.subject == _each.c.value)
    .order_by(_inner.c.began_at.desc())
    .limit(LOOKED_AT)
    .correlate(_each)
    .scalar_subquery()
)
_RUNS = Prepared(
    select(tasks.c.subject, tasks.c.began_at, shapes.c.code)
    .select_from(_each.join(tasks, tasks.c.number.in_(_newest)).join(shapes, shapes.c.number == tasks.c.shape))
    .order_by(tasks.c.subject, tasks.c.began_at.desc())
)
_LAST_GOOD = Prepared(
    select(standings.c.subject, standings.c.good_ended_at).where(
        standings.c.subject.in_(select(listed("subjects").c.value)), standings.c.good_ended_at.is_not(None)
    )
)
_SINCE = Prepared(select(accounts.c.account, accounts.c.history_from))
_ASSESSMENT = tuple(field.name for field in fields(Assessment))
_PLACES = itemgetter(*(ALERT.names.index(name) for name in (*_ASSESSMENT, "id")))
_PUT = Prepared(
    update(alerts).where(alerts.c.id == bindparam("alert_id")).values({name: bindparam(name) for name in _ASSESSMENT}),
    [*_ASSESSMENT, "alert_id"],
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Firing alerts with their new assessment. `raised` are those that were not critical before."""

    alerts: tuple[Alert, ...] = ()
    raised: tuple[Alert, ...] = ()
    changed: tuple[Alert, ...] = ()


async def judge_all(connection: AsyncConnection, firing: Sequence[Alert], routing: Routing, now: datetime) -> Judged:
    """Judges `firing` anew and writes what changed."""
    if not firing:
        return Judged()
    facts = await _facts(connection, firing)
    judged = tuple(
        replace(alert, assessment=judge(alert, facts[alert.id], target_of(alert, routing), now)) for alert in firing
    )
    before = {alert.id: alert for alert in firing}
    changed = tuple(alert for alert in judged if alert.assessment != before[alert.id].assessment)
    raised = tuple(alert for alert in changed if alert.is_critical and not before[alert.id].is_critical)
    await _PUT.many(connection, [_row(alert) for alert in changed])
    return Judged(judged, raised, changed)


def firing_only(stored: Iterable[Alert]) -> list[Alert]:
    return [alert for alert in stored if alert.status is AlertStatus.OPEN]


def ended_only(stored: Iterable[Alert]) -> list[Alert]:
    return [alert for alert in stored if alert.status is AlertStatus.RESOLVED]


def _row(alert: Alert) -> tuple[object, ...]:
    row: tuple[object, ...] = _PLACES(ALERT.encode(alert))
    return row


async def _facts(connection: AsyncConnection, firing: Sequence[Alert]) -> dict[int, Facts]:
    subjects = sorted({alert.latest.subject for alert in firing})
    runs: defaultdict[str, list[Start]] = defaultdict(list)
    for subject, began, code in await _RUNS.rows(connection, subjects=subjects):
        runs[subject].append(Start(moment(began), code))
    good = {subject: moment(ended) for subject, ended in await _LAST_GOOD.rows(connection, subjects=subjects)}
    since = {account: moment_or_none(back_to) for account, back_to in await _SINCE.rows(connection)}
    return {
        alert.id: Facts(
            tuple(runs[alert.latest.subject]), good.get(alert.latest.subject), since.get(alert.latest.account)
        )
        for alert in firing
    }
