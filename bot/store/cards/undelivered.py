"""Tells the fallback channel what another channel could not be told: one card for each episode, not one for each alert.

    a channel is dead      one card, open while it lasts; each further card that waits raises its number; it ends when
                           something new is shown there. What waits says with `about_id` which card tells of it
    a post is given up     one card for all of one channel within `TOGETHER`; it is settled from its beginning
                           (`ended_at` = `created_at`): nothing that happens later sends these posts

Works on a connection inside the transaction that found out. Whether Slack takes anything is not known here.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import CardKind
from bot.store.cards.posting import Due, Place, PostState, add_card, add_reply
from bot.store.schema import micros, posts

TOGETHER = timedelta(hours=1)
"""Posts of one channel that are given up within so long are told by one card."""

_NOT_SENT = (PostState.WAITING, PostState.STUCK)


async def tell_dead(connection: AsyncConnection, channel: str, code: str, fallback: str, now: datetime) -> None:
    """`channel` is dead; what is stuck there is told by the episode's card, which is made where there is none."""
    if not _can_tell(channel, fallback):
        return
    note_id = await connection.scalar(lasting(channel).where(posts.c.channel == fallback))
    if note_id is None:
        note_id = await _go_on(connection, channel, fallback)
    raises = note_id is not None
    if note_id is None:
        note_id = await _add(connection, channel, code, fallback, now)
    stuck = (posts.c.wanted > posts.c.shown, posts.c.state == PostState.STUCK, posts.c.channel == channel)
    await _join(connection, note_id, and_(*stuck), raises=raises)


async def tell_given_up(
    connection: AsyncConnection, post_id: int, channel: str, code: str, fallback: str, now: datetime
) -> None:
    """One post of a channel that may well be alive is given up. It is told of once, however often it is tried."""
    is_new = and_(posts.c.id == post_id, posts.c.about_id.is_(None), posts.c.kind != CardKind.UNDELIVERED.value)
    if not _can_tell(channel, fallback) or await connection.scalar(select(posts.c.id).where(is_new)) is None:
        return
    recent = (
        _is_about(channel),
        posts.c.about_code == code,
        posts.c.channel == fallback,
        posts.c.ended_at == posts.c.created_at,
        posts.c.created_at > micros(now - TOGETHER),
    )
    note_id = await connection.scalar(select(posts.c.id).where(*recent).limit(1))
    raises = note_id is not None
    if note_id is None:
        note_id = await _add(connection, channel, code, fallback, now, ended_at=micros(now))
    await _join(connection, note_id, posts.c.id == post_id, raises=raises)


async def end(connection: AsyncConnection, channel: str, now: datetime) -> None:
    """Something new is shown in `channel`: its episode is over. A card that nobody has seen yet need not be sent."""
    notes = lasting(channel).add_columns(posts.c.account, posts.c.channel, posts.c.state, posts.c.shown)
    for note in (await connection.execute(notes)).all():
        if note.shown == 0 and note.state in _NOT_SENT:
            await _set(connection, note.id, ended_at=micros(now), state=PostState.WITHDRAWN)
        else:
            await _set(connection, note.id, ended_at=micros(now), **_in_other_words())
            due = Due(note.id, CardKind.UNDELIVERED, f"reached:{note.id}:{micros(now)}")
            await add_reply(connection, Place(note.account, note.channel, now, now), due)


def lasting(channel: str) -> Select[int]:
    """The ids of the cards that tell of a channel that is dead now."""
    return select(posts.c.id).where(_is_about(channel), posts.c.ended_at.is_(None))


def _is_about(channel: str) -> ColumnElement[bool]:
    return and_(posts.c.about_channel == channel, posts.c.about_channel != "")  # the second one opens the index


def _can_tell(channel: str, fallback: str) -> bool:
    return bool(fallback) and fallback != channel


async def _go_on(connection: AsyncConnection, channel: str, fallback: str) -> int | None:
    """An episode whose end nobody has read yet goes on, with no new card: the channel flaps."""
    unsaid = (
        _is_about(channel),
        posts.c.channel == fallback,
        posts.c.ended_at > posts.c.created_at,
        posts.c.shown < posts.c.worded,
        posts.c.state != PostState.WITHDRAWN,
    )
    note_id = await connection.scalar(select(posts.c.id).where(*unsaid).order_by(posts.c.id.desc()).limit(1))
    if note_id is not None:
        await connection.execute(delete(posts).where(posts.c.parent_id == note_id, posts.c.shown == 0))
        await _set(connection, note_id, ended_at=None, **_in_other_words())
    return note_id


async def _join(connection: AsyncConnection, note_id: int, which: ColumnElement[bool], *, raises: bool) -> None:
    """These posts are told of by that card. Its number goes up where it did not count them."""
    others = or_(posts.c.about_id.is_(None), posts.c.about_id != note_id)
    told = (which, others, posts.c.kind != CardKind.UNDELIVERED.value)
    joined = await connection.execute(update(posts).where(*told).values(about_id=note_id))
    if joined.rowcount and raises:
        await _set(connection, note_id, **_in_other_words())


def _in_other_words() -> dict[str, Any]:
    return {"wanted": posts.c.wanted + 1, "worded": posts.c.wanted + 1}


async def _add(
    connection: AsyncConnection, channel: str, code: str, fallback: str, now: datetime, *, ended_at: int | None = None
) -> int:
    note_id = await add_card(connection, CardKind.UNDELIVERED, Place("", fallback, now, now))
    await _set(connection, note_id, about_channel=channel, about_code=code, ended_at=ended_at)
    return note_id


async def _set(connection: AsyncConnection, post_id: int, **values: Any) -> None:
    await connection.execute(update(posts).where(posts.c.id == post_id).values(values))
