"""New rows of `posts`: the cards and replies that delivery then makes true. Knows nothing of who is to be told.

Works on a connection inside the transaction that changes the alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, CardKind, Kind, Routing, Rules, Says
from bot.store.dialect import upsert
from bot.store.schema import micros, micros_or_none, posts

URGENCY: Final[Mapping[CardKind, int]] = {
    CardKind.UNDELIVERED: 0,
    CardKind.OUTAGE: 1,
    CardKind.PLATFORM: 1,
    CardKind.ALERT: 2,
    CardKind.STORM: 2,
    CardKind.SUMMARY: 3,
}
"""What goes first in a channel: the lowest. A storm comes after the cards that it links to."""
RESTORE_URGENCY: Final = 0
CRITICAL_URGENCY: Final = 1
REPLY_URGENCY: Final[Mapping[Says, int]] = {Says.RAISED: 1, Says.STILL: 2, Says.ENDED: 4}


class PostState:
    """Where a post stands. `SENDING` is written before Slack is called: a crash leaves it, and it is then uncertain.

    `STUCK` waits for its channel or token to be mended; `LOST` waits for nothing more.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    STUCK = "stuck"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Scene:
    """What holds while posts are wanted: who hears of what, the numbers, the time, and when new cards are due."""

    routing: Routing
    rules: Rules
    now: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where and for which account a card or reply is wanted, and from when on."""

    account: str
    channel: str
    now: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A line owed to the thread of card `card_id`, not before the end of quiet hours, if any hold it. A second one of
    the same `key` is not added."""

    card_id: int
    kind: CardKind
    key: str
    says: Says = Says.ENDED
    broadcast: bool = False
    mention: str = ""
    held_until: datetime | None = None


def urgency_of(alert: Alert) -> int:
    if alert.latest.kind is Kind.RESTORE:
        return RESTORE_URGENCY
    return CRITICAL_URGENCY if alert.is_critical else URGENCY[CardKind.ALERT]


async def add_card(
    connection: AsyncConnection,
    kind: CardKind,
    place: Place,
    *,
    urgency: int | None = None,
    mention: str = "",
    held_until: datetime | None = None,
    outage_id: int | None = None,
) -> int:
    """A new card. Returns its id."""
    row = _row(kind, place, uuid4().hex) | {
        "urgency": URGENCY[kind] if urgency is None else urgency,
        "mention": mention,
        "held_until": micros_or_none(held_until),
        "outage_id": outage_id,
    }
    result = await connection.execute(insert(posts).values(row).returning(posts.c.id))
    return int(result.scalar_one())


async def add_reply(connection: AsyncConnection, place: Place, due: Due) -> None:
    row = _row(due.kind, place, due.key) | {
        "urgency": REPLY_URGENCY[due.says],
        "parent_id": due.card_id,
        "says": due.says.value,
        "broadcast": due.broadcast,
        "mention": due.mention,
        "held_until": micros_or_none(due.held_until),
    }
    await connection.execute(upsert(posts).values(row).on_conflict_do_nothing())


def _row(kind: CardKind, place: Place, key: str) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "account": place.account,
        "channel": place.channel,
        "key": key,
        "state": PostState.WAITING,
        "wanted": 1,
        "shown": 0,
        "ts": "",
        "due_at": micros(place.due_at),
        "created_at": micros(place.now),
        "repeats": 0,
        "looks": 0,
        "refusals": 0,
        "repeated": False,
        "plain": False,
        "trouble": "",
    }
