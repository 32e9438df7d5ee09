"""What open alerts are judged by, read from the copy."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.severity import Facts
from bot.model import Alert, SubjectHistory
from bot.store.copy.history import load
from bot.store.dialect import Prepared, each_of
from bot.store.schema import accounts, moment_or_none, occurrences, standings

_HISTORY_FROM = Prepared(select(accounts.c.account, accounts.c.history_from))
_LAST_RUNS = Prepared(
    select(occurrences.c.alert_id, func.max(standings.c.run_ended_at))
    .join(standings, standings.c.subject == occurrences.c.subject)
    .where(occurrences.c.alert_id.in_(each_of("alert_ids")))
    .group_by(occurrences.c.alert_id)
)


async def facts_of(connection: AsyncConnection, alerts: Iterable[Alert]) -> dict[int, Facts]:
    """By the alerts' ids. Of what is not stored yet the last run is the one that failed."""
    alerts = tuple(alerts)
    if not alerts:
        return {}
    histories = await load(connection, sorted({alert.latest.subject for alert in alerts}))
    since = dict(await _HISTORY_FROM.rows(connection))
    stored = [alert.id for alert in alerts if alert.id > 0]
    last = dict(await _LAST_RUNS.rows(connection, alert_ids=stored)) if stored else {}
    return {
        alert.id: _facts(histories[alert.latest.subject], since.get(alert.latest.account), last.get(alert.id))
        for alert in alerts
    }


def _facts(history: SubjectHistory, since: int | None, last_run_at: int | None) -> Facts:
    return Facts(history.runs, history.good_ended_at, moment_or_none(since), moment_or_none(last_run_at))
