"""What becomes critical after it was told, or can wait no longer: lines in threads, new cards, holds that end.

Works on a connection inside the transaction that judged the alerts.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import route
from bot.model import Alert, CardKind, Decision, Reason, Recipient, Says, Verdict
from bot.store.alerts import decisions
from bot.store.cards import crowds
from bot.store.cards.posting import Due, Place, Scene, add_reply, urgency_of
from bot.store.cards.showing import ShownBy, cards_of
from bot.store.cards.wanting import want_new
from bot.store.schema import card_alerts, micros, micros_or_none, moment, posts


async def want_raised(connection: AsyncConnection, raised: Sequence[Alert], scene: Scene) -> None:
    """Alerts that were told as warnings and are critical now: said in the thread, to the channel too, once; and told
    to whom only critical ones are. Their cards are wanted anew by whoever judged them."""
    cards = await cards_of(connection, raised)
    alerts = {alert.id: alert for alert in raised}
    routes = {alert.id: route(alert, scene.routing, scene.now) for alert in raised}
    for card in cards:
        alert = alerts[card.alert_id]
        told = routes[alert.id].recipient(card.channel)
        if card.kind == CardKind.ALERT:
            await _raise_own(connection, card, alert, told, scene)
        elif card.is_crowd:
            await _raise_in_crowd(connection, card, told, scene)
        elif _is_news(alert, card):
            await _leave(connection, card)
    summed_up = {card.alert_id for card in cards if _keeps(card, alerts[card.alert_id])}
    await decisions.put(connection, [_raised(alert, scene.now, summed_up) for alert in raised])
    await want_new(connection, [alert for alert in raised if alert.id not in summed_up], scene)


def _raised(alert: Alert, now: datetime, summed_up: Collection[int]) -> Decision:
    reason = f"Critical now: {alert.assessment.reason.words}."
    if alert.id in summed_up:
        return Decision(
            alert.id, now, Verdict.SILENT, f"{reason} That was learnt from history: the first start's summary says it."
        )
    return Decision(alert.id, now, Verdict.RAISED, reason)


async def want_missed(connection: AsyncConnection, judged: Sequence[Alert], scene: Scene) -> None:
    """What got critical unsaid, in a first start's summary, is told when it becomes news after all."""
    alerts = {alert.id: alert for alert in judged if alert.is_critical}
    cards = await cards_of(connection, tuple(alerts.values()))
    news = [card for card in cards if card.kind == CardKind.SUMMARY and _is_news(alerts[card.alert_id], card)]
    for card in news:
        await _leave(connection, card)
    await want_new(connection, [alerts[card.alert_id] for card in news], scene)


async def shown(connection: AsyncConnection, stored: Sequence[Alert]) -> list[Alert]:
    """Those of which a channel was told, or is about to be."""
    known = {card.alert_id for card in await cards_of(connection, stored)}
    return [alert for alert in stored if alert.id in known]


async def release(connection: AsyncConnection, judged: Sequence[Alert], scene: Scene) -> None:
    """What was held and cannot wait any longer goes out now."""
    alerts = {alert.id: alert for alert in judged}
    for card in await cards_of(connection, judged):
        if card.held_until is None or card.held_until <= micros(scene.now) or card.shown:
            continue
        told = route(alerts[card.alert_id], scene.routing, scene.now).recipient(card.channel)
        if told is not None and told.held_until is None:
            await connection.execute(update(posts).where(posts.c.id == card.id).values(held_until=None))
            reason = "It would miss its target before its quiet hours end."
            made = Decision(card.alert_id, scene.now, Verdict.SPOKEN, reason, card.channel)
            await decisions.put(connection, [made])


async def _raise_own(
    connection: AsyncConnection, card: ShownBy, alert: Alert, told: Recipient | None, scene: Scene
) -> None:
    mention = told.mention if told else ""
    if not crowds.is_out(card):
        values = {"mention": mention, "urgency": urgency_of(alert)}
        if told is not None:
            values["held_until"] = micros_or_none(told.held_until)
        await connection.execute(update(posts).where(posts.c.id == card.id).values(values))
        return
    due = Due(
        card.id,
        CardKind.ALERT,
        f"raised:{alert.id}:{card.id}",
        Says.RAISED,
        broadcast=True,
        mention=mention,
        held_until=told.held_until if told else None,
    )
    await add_reply(connection, Place(card.account, card.channel, scene.now, scene.due_at), due)


async def _raise_in_crowd(connection: AsyncConnection, card: ShownBy, told: Recipient | None, scene: Scene) -> None:
    if not told or not told.mention:
        return
    await connection.execute(
        update(posts).where(posts.c.id == card.id, posts.c.mention == "").values(mention=told.mention)
    )
    if crowds.is_out(card):
        await crowds.raise_crowd(connection, card, told.mention, told.held_until, scene)


def _is_news(alert: Alert, summary: ShownBy) -> bool:
    """Whether an alert of a first start's summary became critical since, by time or by new failures; what was learnt of
    the past is no news."""
    reason, misses_at = alert.assessment.reason, alert.assessment.misses_at
    missed = reason is Reason.MISSED and misses_at is not None and misses_at > moment(summary.created_at)
    return missed or (reason is Reason.IN_A_ROW and alert.latest.ended_at > moment(summary.created_at))


def _keeps(card: ShownBy, alert: Alert) -> bool:
    """Whether a first start's summary goes on showing the alert."""
    return card.kind == CardKind.SUMMARY and not _is_news(alert, card)


async def _leave(connection: AsyncConnection, card: ShownBy) -> None:
    """The alert gets a card of its own: one card shows it."""
    theirs = (card_alerts.c.card_id == card.id, card_alerts.c.alert_id == card.alert_id)
    await connection.execute(delete(card_alerts).where(*theirs))
