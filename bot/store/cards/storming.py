"""Which card shows a new alert: its own, the channel's storm, or a platform's banner. `watch.storm` decides.

Works on a connection inside the transaction that opened the alerts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.storms import Lately, Recent, fold, tenant_key
from bot.model import CardKind, Decision, Kind, Verdict
from bot.store.alerts import decisions
from bot.store.cards.crowds import CROWD, Wanted, is_out, join, lately, pull, show
from bot.store.cards.posting import Place, PostState, Scene, add_card, urgency_of
from bot.store.schema import alerts, card_alerts, posts, storms


async def place(connection: AsyncConnection, channel: str, wanted: Sequence[Wanted], scene: Scene) -> None:
    """Gives each of `wanted` its place in `channel`. The most urgent have cards of their own, linked by the storm."""
    most_urgent = sorted(wanted, key=lambda each: (urgency_of(each.alert), each.alert.id))
    by_id = {each.alert.id: each for each in most_urgent}
    folding = fold([each.alert for each in by_id.values()], await _lately(connection, channel, scene), scene.rules)
    for id_ in folding.own:
        await _give_card(connection, channel, by_id[id_], scene)
    for entry, ids in folding.banners.items():
        banner = await join(connection, CardKind.PLATFORM, channel, entry, [by_id[id_] for id_ in ids], scene)
        await pull(connection, banner, channel, folding.pulled.get(entry, ()), scene)
    if folding.storm:
        await join(connection, CardKind.STORM, channel, "", [by_id[id_] for id_ in folding.storm], scene)


async def _give_card(connection: AsyncConnection, channel: str, wanted: Wanted, scene: Scene) -> None:
    """A restore does not wait for the poll's end: somebody sits and waits for it."""
    alert, told = wanted.alert, wanted.told
    due_at = scene.now if alert.latest.kind is Kind.RESTORE else scene.due_at
    card_id = await add_card(
        connection,
        CardKind.ALERT,
        Place(alert.latest.account, channel, scene.now, due_at),
        urgency=urgency_of(alert),
        mention=told.mention,
        held_until=told.held_until,
    )
    await show(connection, card_id, [alert.id], scene.now)
    await decisions.put(connection, [_spoken(wanted, channel, scene.now)])


def _spoken(wanted: Wanted, channel: str, now: datetime) -> Decision:
    until = wanted.told.held_until
    if until is None:
        return Decision(wanted.alert.id, now, Verdict.SPOKEN, wanted.reason, channel)
    reason = f"{wanted.reason} It can wait until they end: {until:%a %d %b %H:%M} UTC."
    return Decision(wanted.alert.id, now, Verdict.HELD, reason, channel)


async def _lately(connection: AsyncConnection, channel: str, scene: Scene) -> Lately:
    shown = (
        select(alerts, posts.c.id.label("post"), posts.c.state, posts.c.shown, posts.c.ts)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .join(posts, posts.c.id == card_alerts.c.card_id)
        .where(
            lately(card_alerts.c.added_at, scene.now, scene.rules),
            posts.c.channel == channel,
            posts.c.state != PostState.WITHDRAWN,
        )
    )
    own = (await connection.execute(shown.where(posts.c.kind == CardKind.ALERT.value))).all()
    crowd = (
        shown.where(posts.c.kind.in_(CROWD), alerts.c.cause_is_platform)
        .with_only_columns(func.max(alerts.c.id).label("id"), alerts.c.account, alerts.c.tenant_id)
        .add_columns(alerts.c.tenant_uuid, alerts.c.tenant_name, alerts.c.cause_entry, alerts.c.kind)
        .add_columns(alerts.c.cause_is_platform)
        .group_by(alerts.c.account, alerts.c.tenant_id, alerts.c.tenant_uuid, alerts.c.tenant_name)
        .group_by(alerts.c.cause_entry, alerts.c.kind, alerts.c.cause_is_platform)
    )
    folded = (await connection.execute(crowd)).all()
    restores = shown.where(posts.c.kind.in_(CROWD), alerts.c.kind == Kind.RESTORE.value)
    folded_restores = await connection.scalar(restores.with_only_columns(func.count()))
    is_alive = lately(storms.c.last_at, scene.now, scene.rules)
    open_ones = select(storms.c.entry).where(storms.c.channel == channel, storms.c.is_open, is_alive)
    entries = set((await connection.execute(open_ones)).scalars())
    told = [_recent(row, row.post, is_sent=is_out(row)) for row in own] + [_recent(row, None) for row in folded]
    return Lately(tuple(told), "" in entries, frozenset(entries - {""}), folded_restores or 0)


def _recent(row: Any, card_id: int | None, *, is_sent: bool = True) -> Recent:
    is_restore = row.kind == Kind.RESTORE
    return Recent(
        row.id,
        tenant_key(row.account, row.tenant_id or row.tenant_uuid or row.tenant_name),
        row.cause_entry if row.cause_is_platform and not is_restore else "",
        is_restore,
        card_id,
        is_sent,
    )
