"""What follows from runs that were read, or that did not come: alerts are judged, written, and shown.

Works inside somebody else's transaction.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.cards import page_change, plan_page
from bot.alerting.judging import judge_all
from bot.alerting.lifecycle import Changes
from bot.alerting.plan import Situation
from bot.model import Alert
from bot.store.alerts import rows as alert_rows
from bot.store.cards.apply import apply
from bot.store.cards.situation import load


async def judge_open(
    connection: AsyncConnection, changes: Changes, empty: Situation, *, is_quiet: bool = False
) -> tuple[Alert, ...]:
    """Judges what is open, writes all, and applies what follows for the cards. Returns the alerts as stored."""
    facts = await alert_rows.facts_of(connection, [alert for alert in changes.alerts if alert.is_open])
    judged = judge_all([alert for alert in changes.alerts if alert.is_open], facts, empty.routing, empty.now)
    assessed = {alert.id: alert for alert in judged.alerts}
    alerts = tuple(assessed.get(alert.id, alert) for alert in changes.alerts)
    stored = await alert_rows.write(connection, Changes(alerts, changes.occurrences))
    change = page_change(alerts, judged, stored, is_quiet=is_quiet)
    new = {alert.id for alert in (*change.opened, *change.healed)}
    facts = {stored[id_].id: each for id_, each in facts.items()}
    before = change.judged.before.values()
    situation = await load(
        connection, empty, tuple(stored.values()), new=new, news=change.news(), facts=facts, before=before
    )
    await apply(connection, plan_page(situation, change), empty.now)
    return tuple(stored.values())
