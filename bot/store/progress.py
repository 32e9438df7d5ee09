"""Runs that are under way, for the cards of alerts about the same. Works inside somebody else's transaction."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.history import usual_length
from bot.alerting.plan import Situation
from bot.alerting.progress import LOST_AFTER, is_lost, plan_progress
from bot.model import Silence
from bot.store.alerts import rows as alert_rows
from bot.store.alerts.conditions import IS_OPEN
from bot.store.cards.apply import apply
from bot.store.cards.situation import load
from bot.store.copy.history import load as load_histories
from bot.store.copy.under_way import is_under_way
from bot.store.dialect import among
from bot.store.schema import alerts, micros, moment, tasks

_WAITS = (
    select(alerts.c.id)
    .where(IS_OPEN, alerts.c.subject == tasks.c.unfinished_subject)
    .where(alerts.c.code == Silence.WAITS.value)
    .exists()
)
AT_ONCE = 500
"""Runs whose trace is lost that are forgotten in one transaction."""


async def show(
    connection: AsyncConnection, empty: Situation, subjects: Collection[str], shown: Collection[int] = ()
) -> None:
    """Shows anew the cards of open alerts about these subjects, but for the alerts that were `shown` anyway."""
    if not subjects:
        return
    found = [alert for alert in await alert_rows.open_of(connection, subjects) if alert.id not in shown]
    if found:
        situation = await load(connection, empty, found)
        await apply(connection, plan_progress(situation, [alert.id for alert in found]), empty.now)


async def forget_lost(connection: AsyncConnection, empty: Situation, known: Collection[str]) -> None:
    """Forgets that runs are under way of which nothing was heard for long. Only of accounts that are read. What is told
    to wait for a person does so until that alert is over: it holds up the next start."""
    quiet = (
        select(tasks.c.number, tasks.c.unfinished_subject, tasks.c.updated_at)
        .where(is_under_way(known), tasks.c.updated_at < micros(empty.now - LOST_AFTER), ~_WAITS)
        .order_by(tasks.c.updated_at)
        .limit(AT_ONCE)
    )
    rows = (await connection.execute(quiet)).all()
    if not rows:
        return
    histories = await load_histories(connection, {row.unfinished_subject for row in rows})
    usual = {whose: usual_length(history.runs) for whose, history in histories.items()}
    lost = [row for row in rows if is_lost(moment(row.updated_at), usual[row.unfinished_subject], empty.now)]
    numbers = among(tasks.c.number, [row.number for row in lost])
    await connection.execute(update(tasks).where(numbers).values(unfinished_subject=None))
    await show(connection, empty, {row.unfinished_subject for row in lost})
