"""Cards that show many alerts: a channel's storm, a platform's banner. Who joins, whom they mention, how they end.

Works on a connection inside the transaction that changes the alerts.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, AlertStatus, CardKind, Decision, Kind, Recipient, Rules, Says, Verdict
from bot.store.alerts import decisions
from bot.store.cards.posting import RESTORE_URGENCY, URGENCY, Due, Place, PostState, Scene, add_card, add_reply
from bot.store.dialect import Prepared
from bot.store.schema import alerts, card_alerts, micros, moment_or_none, posts, storms

CROWD = (CardKind.STORM.value, CardKind.PLATFORM.value)
_SHOW = Prepared(insert(card_alerts), ["card_id", "alert_id", "added_at"])
_FOLDED = {
    CardKind.STORM: "Many alerts came at once: one card shows them together.",
    CardKind.PLATFORM: "The same fault of Acronis's own hits many tenants: one banner shows them together.",
}
_PULLED = "Its own card gave way to a banner before it was sent."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One alert that a channel shall be told of, and by which route, in a sentence."""

    alert: Alert
    told: Recipient
    reason: str


async def join(
    connection: AsyncConnection, kind: CardKind, channel: str, entry: str, joining: Sequence[Wanted], scene: Scene
) -> int:
    """Adds alerts to the channel's open storm or banner, or opens one. Returns its card's id."""
    open_one = await _open_one(connection, channel, entry, scene)
    if open_one is None:
        card_id = await _open(connection, kind, channel, entry, joining, scene)
    else:
        card_id = open_one.id
        await _grow(connection, open_one, [each.told for each in joining], scene)
    await show(connection, card_id, [each.alert.id for each in joining], scene.now)
    made = [Decision(each.alert.id, scene.now, Verdict.FOLDED, _FOLDED[kind], channel) for each in joining]
    await decisions.put(connection, made)
    return card_id


async def _open(
    connection: AsyncConnection,
    kind: CardKind,
    channel: str,
    entry: str,
    joining: Sequence[Wanted],
    scene: Scene,
) -> int:
    told = [each.told for each in joining]
    mention, held = _mention(told), _held(told)
    has_restore = any(each.alert.latest.kind is Kind.RESTORE for each in joining)
    where = Place(joining[0].alert.latest.account, channel, scene.now, scene.now if has_restore else scene.due_at)
    urgency = RESTORE_URGENCY if has_restore else URGENCY[kind]
    card_id = await add_card(connection, kind, where, urgency=urgency, mention=mention, held_until=held)
    now, since = micros(scene.now), micros(scene.now - scene.rules.storm_window)
    times = {"since": since, "opened_at": now, "last_at": now}
    row = {"card_id": card_id, "channel": channel, "entry": entry, "is_open": True, **times}
    await connection.execute(insert(storms).values(row))
    return card_id


async def _grow(connection: AsyncConnection, card: Any, told: Sequence[Recipient], scene: Scene) -> None:
    """Whom a storm mentions is mentioned once: in its card, or in a line below it where that was sent before."""
    mention = _mention(told)
    values: dict[str, Any] = {"wanted": posts.c.wanted + 1, "worded": posts.c.wanted + 1}
    if card.held_until is not None and _held(told) is None:
        values["held_until"] = None
    if mention and not card.mention:
        values["mention"] = mention
    if mention and is_out(card):
        await raise_crowd(connection, card, mention, _held([each for each in told if each.mention]), scene)
    await connection.execute(update(posts).where(posts.c.id == card.id).values(values))
    await connection.execute(update(storms).where(storms.c.card_id == card.id).values(last_at=micros(scene.now)))


def lately(at: ColumnElement[int], now: datetime, rules: Rules) -> ColumnElement[bool]:
    """Within the window. What a clock that was set back since put into the future is not."""
    return at.between(micros(now - rules.storm_window), micros(now + rules.storm_window))


def _mention(told: Sequence[Recipient]) -> str:
    return next((each.mention for each in told if each.mention), "")


def _held(told: Sequence[Recipient]) -> datetime | None:
    """The last end of their quiet hours; None where one of them does not wait."""
    ends = [each.held_until for each in told if each.held_until]
    return max(ends) if len(ends) == len(told) else None


async def _open_one(connection: AsyncConnection, channel: str, entry: str, scene: Scene) -> Any:
    """The row of `posts` of the storm or banner that still takes in alerts, or None."""
    wanted = (
        select(posts)
        .join(storms, storms.c.card_id == posts.c.id)
        .where(storms.c.channel == channel, storms.c.entry == entry, storms.c.is_open)
        .where(lately(storms.c.last_at, scene.now, scene.rules))
        .order_by(posts.c.id.desc())
        .limit(1)
    )
    return (await connection.execute(wanted)).one_or_none()


async def pull(connection: AsyncConnection, banner: int, channel: str, cards: Sequence[int], scene: Scene) -> None:
    """Cards that were not sent give way to the banner. It mentions whom they would have, and waits no longer."""
    if not cards:
        return
    gone = await connection.execute(select(posts.c.mention, posts.c.held_until).where(posts.c.id.in_(cards)))
    told = [Recipient(channel, "", row.mention, moment_or_none(row.held_until)) for row in gone]
    await _grow(connection, (await connection.execute(select(posts).where(posts.c.id == banner))).one(), told, scene)
    theirs = select(card_alerts.c.alert_id).where(card_alerts.c.card_id.in_(cards))
    ids = (await connection.execute(theirs)).scalars().all()
    await connection.execute(delete(card_alerts).where(card_alerts.c.card_id.in_(cards)))
    await connection.execute(update(posts).where(posts.c.id.in_(cards)).values(state=PostState.WITHDRAWN))
    await show(connection, banner, ids, scene.now)
    await decisions.put(connection, [Decision(id_, scene.now, Verdict.FOLDED, _PULLED, channel) for id_ in ids])


async def show(connection: AsyncConnection, card_id: int, alert_ids: Iterable[int], now: datetime) -> None:
    await _SHOW.many(connection, [(card_id, id_, micros(now)) for id_ in alert_ids])


async def raise_crowd(
    connection: AsyncConnection, card: Any, mention: str, held_until: datetime | None, scene: Scene
) -> None:
    """The first critical alert in a storm that was told without a mention: one line says so, once. Where quiet hours
    hold that line, one that cannot wait for their end takes it along."""
    key = f"raised:{card.id}"
    if not card.mention:
        due = Due(card.id, CardKind(card.kind), key, Says.RAISED, True, mention, held_until)
        await add_reply(connection, Place(card.account, card.channel, scene.now, scene.due_at), due)
    if held_until is None:
        await connection.execute(update(posts).where(posts.c.key == key, posts.c.shown == 0).values(held_until=None))


async def close_if_over(connection: AsyncConnection, card_ids: Collection[int], now: datetime) -> None:
    """A storm that takes in no more and of which nothing fires owes its thread the last line."""
    if not card_ids:
        return
    firing = (
        select(card_alerts.c.card_id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(alerts.c.status == AlertStatus.OPEN.value, card_alerts.c.card_id.in_(card_ids))
    )
    over = (
        select(posts.c.id, posts.c.kind, posts.c.account, posts.c.channel)
        .join(storms, storms.c.card_id == posts.c.id)
        .where(posts.c.id.in_(card_ids), ~storms.c.is_open, posts.c.id.not_in(firing))
        .where(posts.c.state != PostState.WITHDRAWN)
    )
    for row in (await connection.execute(over)).all():
        due = Due(row.id, CardKind(row.kind), f"over:{row.id}")
        await add_reply(connection, Place(row.account, row.channel, now, now), due)


async def leave_unsent(connection: AsyncConnection, card_ids: Collection[int], ended: Collection[int]) -> None:
    """What ended before its storm was sent is not told; a storm of which nothing is left is withdrawn."""
    await connection.execute(
        delete(card_alerts).where(card_alerts.c.card_id.in_(card_ids), card_alerts.c.alert_id.in_(ended))
    )
    left = select(card_alerts.c.card_id)
    empty = and_(posts.c.id.in_(card_ids), posts.c.id.not_in(left))
    gone = await connection.execute(update(posts).where(empty).values(state=PostState.WITHDRAWN).returning(posts.c.id))
    await connection.execute(update(storms).where(storms.c.card_id.in_(gone.scalars().all())).values(is_open=False))


def is_out(card: Any) -> bool:
    """Whether people may have seen the card."""
    return bool(card.shown > 0 or card.ts or card.state in (PostState.SENDING, PostState.UNCERTAIN))
