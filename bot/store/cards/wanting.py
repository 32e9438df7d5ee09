"""Which cards and replies are wanted about alerts: rows in `posts` that delivery then makes true.

State first, Slack second. Works on a connection inside the transaction that changes the alert.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import route
from bot.model import Alert, AlertStatus, CardKind, Decision, Ending, Says, Verdict
from bot.store.alerts import decisions
from bot.store.cards import crowds
from bot.store.cards.crowds import Wanted
from bot.store.cards.posting import Due, Place, PostState, Scene, add_reply
from bot.store.cards.showing import ShownBy, cards_of
from bot.store.cards.storming import place
from bot.store.schema import micros, posts

_SELF_HEALED = "It failed and recovered before anybody was told."
_HEALED_HELD = "It recovered before its quiet hours ended."


def closed(alert: Alert, ending: Ending, now: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, closed_at=now, ending=ending)


async def want_new(connection: AsyncConnection, firing: Sequence[Alert], scene: Scene) -> None:
    """Tells each channel that a route names of each alert it does not show yet; notes why, or why nobody is told."""
    shown = {(card.alert_id, card.channel) for card in await cards_of(connection, firing)}
    by_channel: defaultdict[str, list[Wanted]] = defaultdict(list)
    silent: list[Decision] = []
    for alert in firing:
        routed = route(alert, scene.routing, scene.now)
        for told in routed.recipients:
            if (alert.id, told.channel) not in shown:
                by_channel[told.channel].append(Wanted(alert, told, routed.reason))
        if not routed.recipients:
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
    cards = await cards_of(connection, stored)
    await show_anew(connection, {card.id for card in cards}, words=True)
    ended = {alert.id: alert for alert in stored if alert.status is AlertStatus.RESOLVED}
    theirs = [card for card in cards if card.alert_id in ended]
    if not theirs:
        return
    unsent = [card for card in theirs if card.waits(scene.now)]
    await _withdraw(connection, unsent, scene.now)
    await _hush(connection, {card.id for card in theirs if card.kind == CardKind.ALERT})
    for card in theirs:
        if card.kind == CardKind.ALERT and crowds.is_out(card):
            due = Due(card.id, CardKind.ALERT, f"closed:{card.alert_id}:{card.id}")
            await add_reply(connection, Place(card.account, card.channel, scene.now, scene.due_at), due)
    await crowds.close_if_over(connection, {card.id for card in theirs if card.is_crowd}, scene.now)
    said = {card.alert_id for card in theirs if card not in unsent}
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


async def due_now(connection: AsyncConnection, account: str, now: datetime) -> None:
    """The poll is through: what it wanted need not wait any longer. What Slack refused keeps its own pace."""
    owed = posts.c.wanted > posts.c.shown
    waiting = (owed, posts.c.state == PostState.WAITING, posts.c.shown == 0, posts.c.refusals == 0)
    await connection.execute(
        update(posts)
        .where(posts.c.account == account, *waiting, posts.c.due_at > micros(now))
        .values(due_at=micros(now))
    )


async def _withdraw(connection: AsyncConnection, unsent: Sequence[ShownBy], now: datetime) -> None:
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
