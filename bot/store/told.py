"""What channels were told, read back from the tables: each card with the alerts it shows. Reads only.

The same is asked of a bot's own file and of one that a replay filled, so that the two can be held against each other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, CardKind, Says, Verdict
from bot.store.alerts.rows import ALERT
from bot.store.cards.posting import PostState
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, decisions, micros, moment, moment_or_none, posts


@dataclass(frozen=True, slots=True)
class ToldCard:
    """One card that a channel got, or is still to get: then `is_shown` is not so. `told_at` is when it was to go out.

    `mentions` are those whom it or a line below it mentioned. `held_from` is set where it waited for the end of quiet
    hours, `is_withdrawn` where it was never sent since all ended before.
    """

    id: int
    kind: CardKind
    channel: str
    told_at: datetime
    is_shown: bool
    is_withdrawn: bool
    mentions: frozenset[str]
    held_from: datetime | None
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """How many alerts nobody was told of, and why, in a sentence."""

    reason: str
    alerts: int


async def cards_of(database: Database) -> tuple[ToldCard, ...]:
    """Every card about alerts, in the order in which they were wanted."""
    async with database.read() as connection:
        cards = (await connection.execute(_CARDS)).all()
        shown = await _alerts_by_card(connection)
        mentions = await _mentions_below(connection)
        spoken = await _decided(connection, (Verdict.SPOKEN,))
        held = await _decided(connection, (Verdict.HELD,))
    return tuple(_card(row, shown.get(row.id, ()), mentions[row.id], spoken, held) for row in cards)


async def silences(database: Database, since: datetime) -> tuple[Silence, ...]:
    """The alerts since then that no channel was told of, by reason, the most first."""
    told = select(card_alerts.c.alert_id).join(posts, posts.c.id == card_alerts.c.card_id)
    silent = and_(
        decisions.c.verdict.in_((Verdict.SILENT.value, Verdict.WITHDRAWN.value)),
        decisions.c.at >= micros(since),
        decisions.c.alert_id.not_in(told.where(posts.c.state != PostState.WITHDRAWN)),
    )
    number = func.count(decisions.c.alert_id.distinct())
    wanted = select(decisions.c.reason, number).where(silent).group_by(decisions.c.reason).order_by(number.desc())
    async with database.read() as connection:
        return tuple(Silence(reason, size) for reason, size in await connection.execute(wanted))


_SHOWN = ("id", "kind", "channel", "state", "shown", "ts", "mention", "held_until", "created_at")
_CARDS = (
    select(*(posts.c[name] for name in _SHOWN))
    .where(posts.c.parent_id.is_(None))
    .where(
        posts.c.kind.in_((CardKind.ALERT.value, CardKind.STORM.value, CardKind.PLATFORM.value, CardKind.SUMMARY.value))
    )
    .order_by(posts.c.id)
)
_Times = dict[tuple[int, str], datetime]


async def _alerts_by_card(connection: AsyncConnection) -> dict[int, tuple[Alert, ...]]:
    rows = await connection.execute(
        select(alerts, card_alerts.c.card_id).join(alerts, alerts.c.id == card_alerts.c.alert_id).order_by(alerts.c.id)
    )
    found = defaultdict[int, list[Alert]](list)
    for row in rows:
        found[row.card_id].append(ALERT.decode(row))
    return {card: tuple(each) for card, each in found.items()}


async def _mentions_below(connection: AsyncConnection) -> defaultdict[int, set[str]]:
    rows = await connection.execute(
        select(posts.c.parent_id, posts.c.mention).where(
            posts.c.parent_id.is_not(None),
            posts.c.mention != "",
            posts.c.says != Says.ENDED.value,
            or_(posts.c.shown > 0, posts.c.ts != ""),
        )
    )
    found = defaultdict[int, set[str]](set)
    for card, mention in rows:
        found[card].add(mention)
    return found


async def _decided(connection: AsyncConnection, verdicts: Sequence[Verdict]) -> _Times:
    """When it was last decided so, by alert and channel."""
    rows = await connection.execute(
        select(decisions.c.alert_id, decisions.c.channel, func.max(decisions.c.at))
        .where(decisions.c.verdict.in_([each.value for each in verdicts]))
        .group_by(decisions.c.alert_id, decisions.c.channel)
    )
    return {(alert, channel): moment(at) for alert, channel, at in rows}


def _card(row: Any, theirs: tuple[Alert, ...], below: set[str], spoken: _Times, held: _Times) -> ToldCard:
    is_shown = bool(row.shown or row.ts)
    own = {row.mention} if row.mention and is_shown else set()
    key = (theirs[0].id, row.channel) if theirs else (0, row.channel)
    kept = held.get(key) if row.kind == CardKind.ALERT else None
    wanted = moment(row.created_at)
    released = spoken.get(key) if kept and row.held_until is None else moment_or_none(row.held_until)
    return ToldCard(
        id=row.id,
        kind=CardKind(row.kind),
        channel=row.channel,
        told_at=max(wanted, released or wanted),
        is_shown=is_shown,
        is_withdrawn=row.state == PostState.WITHDRAWN,
        mentions=frozenset(own | below),
        held_from=kept,
        alerts=theirs,
    )
