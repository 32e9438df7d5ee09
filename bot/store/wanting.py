"""Which cards and replies are wanted about alerts: rows in `posts` that delivery then makes true.

State first, Slack second. Works on a connection inside the transaction that changes the alert.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertStatus, CardKind, Decision, Ending, Reason, Says, Told, Verdict
from bot.store import crowds, decisions
from bot.store.crowds import CROWD, Wanted
from bot.store.posting import Due, Place, PostState, Scene, add_reply, urgency_of
from bot.store.prepared import Prepared, each_of
from bot.store.schema import card_alerts, micros, micros_or_none, moment, posts
from bot.store.storming import place
from bot.watch.routing import Routed, route

_SELF_HEALED = "It failed and recovered before anybody was told."
_HEALED_HELD = "It recovered before its quiet hours ended."


class _Shown(NamedTuple):
    """A card, and one of the alerts it shows."""

    id: int
    kind: str
    account: str
    channel: str
    state: str
    shown: int
    refusals: int
    due_at: int
    ts: str
    mention: str
    held_until: int | None
    created_at: int
    alert_id: int

    @property
    def is_crowd(self) -> bool:
        return self.kind in CROWD

    def waits(self, now: datetime) -> bool:
        """Nobody has seen it, and it is not to be sent yet."""
        unsent = self.state == PostState.WAITING and self.shown == 0 and self.refusals == 0 and not self.ts
        return unsent and max(self.due_at, self.held_until or 0) > micros(now)


_CARDS_OF = Prepared(
    select(*(posts.c[name] for name in _Shown._fields[:-1]), card_alerts.c.alert_id)
    .join(card_alerts, card_alerts.c.card_id == posts.c.id)
    .where(card_alerts.c.alert_id.in_(each_of("alert_ids")), posts.c.state != PostState.WITHDRAWN)
    .order_by(card_alerts.c.alert_id, posts.c.id)
)


def closed(alert: Alert, ending: Ending, now: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, closed_at=now, ending=ending)


async def want_new(connection: AsyncConnection, firing: Sequence[Alert], scene: Scene) -> None:
    """Tells each channel that a route names of each alert it does not show yet; notes why, or why nobody is told."""
    shown = {(card.alert_id, card.channel) for card in await _cards_of(connection, firing)}
    by_channel: defaultdict[str, list[Wanted]] = defaultdict(list)
    silent: list[Decision] = []
    for alert in firing:
        routed = route(alert, scene.routing, scene.now)
        for told in routed.told:
            if (alert.id, told.channel) not in shown:
                by_channel[told.channel].append(Wanted(alert, told, routed.reason))
        if not routed.told:
            silent.append(Decision(alert.id, scene.now, Verdict.SILENT, routed.reason))
    await decisions.put(connection, silent)
    for channel, wanted in by_channel.items():
        await place(connection, channel, wanted, scene)


async def want_nothing(connection: AsyncConnection, healed: Sequence[Alert], now: datetime) -> None:
    """What began and ended within one page: recorded, not posted."""
    await decisions.put(connection, [Decision(alert.id, now, Verdict.SILENT, _SELF_HEALED) for alert in healed])


async def want_changes(connection: AsyncConnection, stored: Sequence[Alert], scene: Scene) -> None:
    """Every card that shows a changed alert wants to show it anew; an ended alert owes its card's thread one line.

    A card that was never sent and is not due yet is withdrawn when its alert ends: it healed within one poll, or in
    quiet hours. The line is owed only where people saw it fail: a card first posted as recovered says it all by itself.
    """
    cards = await _cards_of(connection, stored)
    await show_anew(connection, {card.id for card in cards}, words=True)
    ended = {alert.id: alert for alert in stored if alert.status is AlertStatus.RESOLVED}
    if not ended:
        return
    theirs = [card for card in cards if card.alert_id in ended]
    unsent = [card for card in theirs if card.waits(scene.now)]
    await _withdraw(connection, unsent, scene.now)
    await _hush(connection, {card.id for card in theirs if card.kind == CardKind.ALERT})
    for card in theirs:
        if card.kind == CardKind.ALERT and crowds.is_out(card):
            due = Due(card.id, CardKind.ALERT, f"closed:{card.alert_id}:{card.id}")
            await add_reply(connection, Place(card.account, card.channel, scene.now, scene.due_at), due)
    await crowds.close_if_over(connection, {card.id for card in theirs if card.is_crowd}, scene.now)
    said = {card.alert_id for card in theirs} - {card.alert_id for card in unsent}
    made = [
        Decision(id_, scene.now, Verdict.ENDED, f"It ended: {ended[id_].ending or 'ended'}.") for id_ in sorted(said)
    ]
    await decisions.put(connection, made)


async def show_anew(connection: AsyncConnection, card_ids: Collection[int], *, words: bool) -> None:
    """These cards want a new version. Where no `words` change, others go first."""
    if card_ids:
        values: dict[str, Any] = {"wanted": posts.c.wanted + 1}
        if words:
            values["worded"] = posts.c.wanted + 1
        await connection.execute(update(posts).where(posts.c.id.in_(card_ids)).values(values))


async def want_raised(connection: AsyncConnection, raised: Sequence[Alert], scene: Scene) -> None:
    """Alerts that were told as warnings and are critical now: said in the thread, to the channel too, once; and told
    to whom only critical ones are. Their cards are wanted anew by whoever judged them."""
    cards = await _cards_of(connection, raised)
    alerts = {alert.id: alert for alert in raised}
    routes = {alert.id: route(alert, scene.routing, scene.now) for alert in raised}
    for card in cards:
        alert = alerts[card.alert_id]
        told = _told_in(card.channel, routes[alert.id])
        if card.kind == CardKind.ALERT:
            await _raise_own(connection, card, alert, told, scene)
        elif card.is_crowd:
            await _raise_in_crowd(connection, card, told, scene)
        elif _is_news(alert, card):
            await _leave(connection, card)
    made = (
        Decision(alert.id, scene.now, Verdict.RAISED, f"Critical now: {alert.outlook.reason.words}.")
        for alert in raised
    )
    await decisions.put(connection, made)
    summed_up = {card.alert_id for card in cards if _keeps(card, alerts[card.alert_id])}
    await want_new(connection, [alert for alert in raised if alert.id not in summed_up], scene)


async def want_missed(connection: AsyncConnection, judged: Sequence[Alert], scene: Scene) -> None:
    """What got critical unsaid, in a first start's summary, is told when it becomes news after all."""
    alerts = {alert.id: alert for alert in judged if alert.is_critical}
    cards = await _cards_of(connection, tuple(alerts.values()))
    news = [card for card in cards if card.kind == CardKind.SUMMARY and _is_news(alerts[card.alert_id], card)]
    for card in news:
        await _leave(connection, card)
    await want_new(connection, [alerts[card.alert_id] for card in news], scene)


async def shown(connection: AsyncConnection, stored: Sequence[Alert]) -> list[Alert]:
    """Those of which a channel was told, or is about to be."""
    known = {card.alert_id for card in await _cards_of(connection, stored)}
    return [alert for alert in stored if alert.id in known]


async def release(connection: AsyncConnection, judged: Sequence[Alert], scene: Scene) -> None:
    """What was held and cannot wait any longer goes out now."""
    alerts = {alert.id: alert for alert in judged}
    for card in await _cards_of(connection, judged):
        if card.held_until is None or card.held_until <= micros(scene.now) or card.shown:
            continue
        told = _told_in(card.channel, route(alerts[card.alert_id], scene.routing, scene.now))
        if told is not None and told.held_until is None:
            await connection.execute(update(posts).where(posts.c.id == card.id).values(held_until=None))
            reason = "It would miss its target before its quiet hours end."
            made = Decision(card.alert_id, scene.now, Verdict.SPOKEN, reason, card.channel)
            await decisions.put(connection, [made])


async def due_now(connection: AsyncConnection, account: str, now: datetime) -> None:
    """The poll is through: what it wanted need not wait any longer. What Slack refused keeps its own pace."""
    owed = posts.c.wanted > posts.c.shown
    waiting = (owed, posts.c.state == PostState.WAITING, posts.c.shown == 0, posts.c.refusals == 0)
    await connection.execute(
        update(posts)
        .where(posts.c.account == account, *waiting, posts.c.due_at > micros(now))
        .values(due_at=micros(now))
    )


async def _cards_of(connection: AsyncConnection, stored: Sequence[Alert]) -> list[_Shown]:
    if not stored:
        return []
    rows = await _CARDS_OF.rows(connection, alert_ids=[alert.id for alert in stored])
    return [_Shown._make(row) for row in rows]


async def _withdraw(connection: AsyncConnection, unsent: Sequence[_Shown], now: datetime) -> None:
    if not unsent:
        return
    own = [card.id for card in unsent if card.kind == CardKind.ALERT]
    await connection.execute(update(posts).where(posts.c.id.in_(own)).values(state=PostState.WITHDRAWN))
    crowd = {card.id for card in unsent if card.is_crowd}
    if crowd:
        await crowds.leave_unsent(connection, crowd, [card.alert_id for card in unsent if card.is_crowd])
    made = [
        Decision(
            card.alert_id,
            now,
            Verdict.WITHDRAWN,
            _HEALED_HELD if (card.held_until or 0) > micros(now) else _SELF_HEALED,
            card.channel,
        )
        for card in unsent
    ]
    await decisions.put(connection, made)


async def _hush(connection: AsyncConnection, card_ids: Collection[int]) -> None:
    """What is still owed to say that an alert is critical is not said, and rings nobody, when the alert has ended."""
    unsaid = (posts.c.says != Says.ENDED.value, posts.c.shown == 0, posts.c.state == PostState.WAITING)
    mine = posts.c.parent_id.in_(card_ids)
    await connection.execute(update(posts).where(mine, *unsaid).values(state=PostState.WITHDRAWN))


def _told_in(channel: str, routed: Routed) -> Told | None:
    return next((told for told in routed.told if told.channel == channel), None)


async def _raise_own(connection: AsyncConnection, card: _Shown, alert: Alert, told: Told | None, scene: Scene) -> None:
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


async def _raise_in_crowd(connection: AsyncConnection, card: _Shown, told: Told | None, scene: Scene) -> None:
    if not told or not told.mention:
        return
    await connection.execute(
        update(posts).where(posts.c.id == card.id, posts.c.mention == "").values(mention=told.mention)
    )
    if crowds.is_out(card):
        await crowds.raise_crowd(connection, card, told.mention, told.held_until, scene)


def _is_news(alert: Alert, summary: _Shown) -> bool:
    """Whether an alert of a first start's summary became critical since, by time or by new failures; what was learnt of
    the past is no news."""
    reason, misses_at = alert.outlook.reason, alert.outlook.misses_at
    missed = reason is Reason.MISSED and misses_at is not None and misses_at > moment(summary.created_at)
    return missed or (reason is Reason.IN_A_ROW and alert.failed_at > moment(summary.created_at))


def _keeps(card: _Shown, alert: Alert) -> bool:
    """Whether a first start's summary goes on showing the alert."""
    return card.kind == CardKind.SUMMARY and not _is_news(alert, card)


async def _leave(connection: AsyncConnection, card: _Shown) -> None:
    """The alert gets a card of its own: one card shows it."""
    theirs = (card_alerts.c.card_id == card.id, card_alerts.c.alert_id == card.alert_id)
    await connection.execute(delete(card_alerts).where(*theirs))
