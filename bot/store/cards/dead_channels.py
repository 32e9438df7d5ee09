"""What waits for a dead channel, and the cards that tell the fallback channel of it (bot/alerting/dead_channels.py).

All that is due in a dead channel is stuck with the first post that is refused there. Each of them keeps a time for the
next try; the most urgent one is then the probe for all. What is told of elsewhere says with `about_id` by which card.
Works on a connection inside the outbox's transaction.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting import dead_channels as rules
from bot.alerting.dead_channels import PROBE, Note, Stuck
from bot.alerting.kinds import KINDS, REPLY_URGENCY
from bot.alerting.plan import Plan, Post, reply_key
from bot.alerting.retries import MOST_REFUSALS
from bot.model import Card, CardKind, PostState, Says
from bot.store.alerts.conditions import IS_OPEN
from bot.store.cards.apply import apply
from bot.store.cards.queue import IS_BEHIND, is_due
from bot.store.codec import Codec
from bot.store.schema import alerts, card_alerts, micros, moment, outages, posts

_NOTE = Codec(Note, posts)
_HOLDS = or_(
    select(card_alerts.c.card_id)
    .join(alerts, alerts.c.id == card_alerts.c.alert_id)
    .where(card_alerts.c.card_id == posts.c.id, IS_OPEN)
    .exists(),
    select(outages.c.id).where(outages.c.id == posts.c.outage_id, outages.c.ended_at.is_(None)).exists(),
)
_IS_STUCK = posts.c.state == PostState.STUCK.value


async def strand(connection: AsyncConnection, post: Card, code: str, fallback: str, now: datetime) -> None:
    """Nothing can be shown in the channel of `post`: that and all that is due there is stuck, and told of elsewhere."""
    stuck: dict[str, Any] = {
        "state": PostState.STUCK.value,
        "sending": None,
        "due_at": micros(now + PROBE),
        "trouble": code,
        "refusals": 0,
    }
    due = (is_due(now), posts.c.channel == post.channel, posts.c.state != PostState.UNCERTAIN.value)
    await connection.execute(update(posts).where(or_(posts.c.id == post.id, and_(*due))).values(stuck))
    await _let_go(connection, _stuck_in(post.channel), now)
    if rules.can_tell(post.channel, fallback):
        note = rules.note_of_dead(await _notes(connection, post.channel), fallback)
        if note is not None and note.ended_at is not None:
            await _resume(connection, note)
        note_id = note.id if note else await _add(connection, post.channel, code, fallback, now)
        waiting = and_(IS_BEHIND, _IS_STUCK, posts.c.channel == post.channel)
        await _join(connection, note_id, waiting, raises=note is not None)


async def give_up(
    connection: AsyncConnection, post_id: int, channel: str, code: str, fallback: str, now: datetime
) -> None:
    """One post of a channel that may well be alive is not taken. It is told of once, however often it is tried."""
    is_new = and_(posts.c.id == post_id, posts.c.about_id.is_(None), posts.c.kind != CardKind.UNDELIVERED.value)
    if rules.can_tell(channel, fallback) and await connection.scalar(select(posts.c.id).where(is_new)) is not None:
        note = rules.note_of_given_up(await _notes(connection, channel), fallback, code, now)
        note_id = note.id if note else await _add(connection, channel, code, fallback, now, ended_at=micros(now))
        await _join(connection, note_id, posts.c.id == post_id, raises=note is not None)


async def try_all(connection: AsyncConnection, now: datetime) -> None:
    """Each dead channel is tried now, and what Slack refused in itself as well."""
    stuck = and_(_IS_STUCK, IS_BEHIND)
    await connection.execute(update(posts).where(stuck).values(due_at=micros(now)))
    await _let_go(connection, stuck, now)


async def shown_there(connection: AsyncConnection, post: Card, now: datetime) -> None:
    """`post` is shown: what is stuck in its channel is due, and the episode is over.

    An edit that is taken shows that edits are: a channel may take these and no new messages. Asked after each post: two
    looks into small indexes where nothing waits.
    """
    waits = select(posts.c.id).where(_stuck_in(post.channel)).union_all(_lasting(post.channel)).limit(1)
    if await connection.scalar(waits) is None:
        return
    stuck = and_(_stuck_in(post.channel), posts.c.ts != "") if post.ts else _stuck_in(post.channel)
    await _let_go(connection, stuck, now)
    await connection.execute(update(posts).where(stuck).values(state=PostState.WAITING.value, due_at=micros(now)))
    left = post.ts and await connection.scalar(select(posts.c.id).where(_stuck_in(post.channel)).limit(1))
    if not left:
        await _end(connection, post.channel, now)


def _stuck_in(channel: str) -> ColumnElement[bool]:
    """What waits for this channel to be mended. What Slack refused in itself has a time of its own."""
    return and_(IS_BEHIND, _IS_STUCK, posts.c.channel == channel, posts.c.refusals < MOST_REFUSALS)


async def _let_go(connection: AsyncConnection, stuck: ColumnElement[bool], now: datetime) -> None:
    rows = await connection.execute(
        select(posts.c.id, posts.c.kind, posts.c.created_at, posts.c.ts, _HOLDS.label("holds")).where(stuck)
    )
    found = (Stuck(row.id, CardKind(row.kind), moment(row.created_at), row.ts, bool(row.holds)) for row in rows)
    gone = rules.let_go(found, now)
    if gone:
        await connection.execute(update(posts).where(posts.c.id.in_(gone)).values(state=PostState.WITHDRAWN.value))


# ── the cards that tell of it ──


async def _end(connection: AsyncConnection, channel: str, now: datetime) -> None:
    """Something new is shown in `channel`: its episode is over. A card that nobody has seen yet need not be sent."""
    for note in rules.lasting(await _notes(connection, channel)):
        if note.is_unsent:
            await _set(connection, note.id, ended_at=micros(now), state=PostState.WITHDRAWN.value)
        else:
            await _set(connection, note.id, ended_at=micros(now), **_in_other_words())
            await apply(connection, Plan((_line(note, now),)), now)


def _line(note: Note, now: datetime) -> Post:
    return Post(
        id=-1,
        kind=CardKind.UNDELIVERED,
        account="",
        channel=note.channel,
        created_at=now,
        due_at=now,
        urgency=REPLY_URGENCY[Says.ENDED],
        key=reply_key("reached", note.id, micros(now)),
        parent_id=note.id,
    )


async def _notes(connection: AsyncConnection, channel: str) -> list[Note]:
    is_about = (posts.c.about_channel == channel, posts.c.about_channel != "")  # the second one opens the index
    rows = await connection.execute(select(*_NOTE.columns).where(*is_about).order_by(posts.c.id))
    return [_NOTE.decode(row) for row in rows]


def _lasting(channel: str) -> Any:
    return select(posts.c.id).where(
        posts.c.about_channel == channel, posts.c.about_channel != "", posts.c.ended_at.is_(None)
    )


async def _resume(connection: AsyncConnection, note: Note) -> None:
    await connection.execute(delete(posts).where(posts.c.parent_id == note.id, posts.c.shown == 0))
    await _set(connection, note.id, ended_at=None, **_in_other_words())


async def _join(connection: AsyncConnection, note_id: int, which: ColumnElement[bool], *, raises: bool) -> None:
    """These posts are told of by that card. Its number goes up where it did not count them."""
    others = or_(posts.c.about_id.is_(None), posts.c.about_id != note_id)
    told_of = (which, others, posts.c.kind != CardKind.UNDELIVERED.value)
    joined = await connection.execute(update(posts).where(*told_of).values(about_id=note_id))
    if joined.rowcount and raises:
        await _set(connection, note_id, **_in_other_words())


def _in_other_words() -> dict[str, Any]:
    return {"version": posts.c.version + 1, "words_version": posts.c.version + 1}


async def _add(
    connection: AsyncConnection, channel: str, code: str, fallback: str, now: datetime, *, ended_at: int | None = None
) -> int:
    card = Post(-1, CardKind.UNDELIVERED, "", fallback, now, now, KINDS[CardKind.UNDELIVERED].urgency)
    ids = await apply(connection, Plan((card,)), now)
    await _set(connection, ids[-1], about_channel=channel, about_code=code, ended_at=ended_at)
    return ids[-1]


async def _set(connection: AsyncConnection, post_id: int, **values: Any) -> None:
    await connection.execute(update(posts).where(posts.c.id == post_id).values(values))
