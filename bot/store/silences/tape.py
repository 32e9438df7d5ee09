"""Silences of a copied file, for a replay: as they were told, since what they were judged on is not kept."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from bot.model import SILENCES, Alert, Ending, Occurrence, Run
from bot.model.values import dataclass
from bot.store.alerts.rows import ALERT, OCCURRENCE
from bot.store.engine import Database
from bot.store.schema import alerts, micros, occurrences

_WITHOUT_A_RUN: Final = (
    Ending.GOES_ON,
    Ending.BACK,
    Ending.PAUSED,
    Ending.REVOKED,
    Ending.NOT_EXPECTED,
    Ending.RETIRED,
)


@dataclass(frozen=True, slots=True)
class SilenceEvent:
    """At that moment a silence was told, or `ending` ended it."""

    at: datetime
    run: Run
    ending: Ending | None = None


async def silence_events(database: Database, since: datetime, until: datetime) -> tuple[SilenceEvent, ...]:
    """What was told of silence then, and what ended it but for runs, in the order of time."""
    is_silence = alerts.c.code.in_(sorted(SILENCES))
    told = select(*OCCURRENCE.columns, *ALERT.columns).join(alerts, alerts.c.id == occurrences.c.alert_id)
    over = select(*ALERT.columns).where(is_silence, alerts.c.ending.in_(sorted(_WITHOUT_A_RUN)))
    window = (micros(since), micros(until))
    async with database.read() as connection:
        rows = (await connection.execute(told.where(is_silence, occurrences.c.ended_at.between(*window)))).all()
        ended = [ALERT.decode(row) for row in await connection.execute(over.where(alerts.c.closed_at.between(*window)))]
    width = len(OCCURRENCE.columns)
    found = [_told(OCCURRENCE.decode(row[:width]), ALERT.decode(row[width:])) for row in rows]
    found += [SilenceEvent(alert.closed_at, alert.latest, alert.ending) for alert in ended if alert.closed_at]
    return tuple(sorted(found, key=lambda event: (event.at, event.ending is not None)))


def _told(occurrence: Occurrence, alert: Alert) -> SilenceEvent:
    run = replace(
        alert.latest,
        task_id=occurrence.task_id,
        subject=occurrence.subject,
        code=occurrence.code,
        began_at=occurrence.began_at,
        ended_at=occurrence.ended_at,
    )
    return SilenceEvent(occurrence.ended_at, run)
