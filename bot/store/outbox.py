"""What is owed to Slack, and how far it got: due posts, claims, and what became of each attempt.

    waiting ──claim──▶ sending ──shown──▶ waiting (shown = wanted: nothing is owed)
       ▲                  │
       ├── refused, later ┤ uncertain: was it posted? look for the key, else post again, marked
       ├── gone, plain ───┤ stuck: nobody can be told there, until something is shown there again
       └──────────────────┴ lost: given up

A claim is a conditional update and is committed before Slack is called; `unfinished` finds what a crash left behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, false, or_, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.model import AlertStatus, Card, CardKind, Reply, Says, View
from bot.store.engine import Database
from bot.store.posting import PostState
from bot.store.schema import alerts, card_alerts, micros, moment, moment_or_none, posts
from bot.store.undelivered import want_undelivered
from bot.store.views import view_of

EDIT_PACE = timedelta(seconds=3)
"""Between two edits of one card (slack-platform.md §4.1: at most one per 3 s)."""

LONGEST_DUE = timedelta(minutes=10)
"""Nothing is due later than this, but replies in quiet hours."""

REVIVED = timedelta(days=1)
"""What is stuck on a dead channel is tried again at a start while it is not older than this, and longer where its
alert still fires or where people see an old state of it."""

_FIRING = (
    select(card_alerts.c.card_id)
    .join(alerts, alerts.c.id == card_alerts.c.alert_id)
    .where(alerts.c.status == AlertStatus.FIRING.value)
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One post with what it shall show; a reply's view is its card's. Claimed, unless it is `uncertain`."""

    post: Card
    view: View
    uncertain: bool = False

    @property
    def is_reply(self) -> bool:
        return isinstance(self.post, Reply)


class Outbox:
    """Delivery's way into the database."""

    def __init__(self, database: Database, fallback: str = "") -> None:
        self._database = database
        self._fallback = fallback

    async def unfinished(self, now: datetime) -> int:
        """After a start: edits in flight are repeated, posts in flight are uncertain. Returns how many of these."""
        sending = posts.c.state == PostState.SENDING
        async with self._database.write() as connection:
            await _set_back(connection, now)
            await connection.execute(
                update(posts).where(sending, posts.c.ts != "").values(state=PostState.WAITING, sending=None)
            )
            left = await connection.execute(
                update(posts)
                .where(sending)
                .values(state=PostState.UNCERTAIN, uncertain_at=micros(now), due_at=micros(now), looks=0)
            )
            await connection.execute(
                update(posts)
                .where(posts.c.state == PostState.STUCK)
                .where(or_(posts.c.created_at > micros(now - REVIVED), posts.c.ts != "", posts.c.id.in_(_FIRING)))
                .values(state=PostState.WAITING, due_at=micros(now), trouble="")
            )
        return left.rowcount

    async def set_back(self, now: datetime) -> None:
        """The clock went back: what waits for a time that only the old one would soon have reached is due now."""
        async with self._database.write() as connection:
            await _set_back(connection, now)

    async def channels(self, now: datetime) -> tuple[str, ...]:
        """The channels to which something can be sent now."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(posts.c.channel).where(_is_due(now)).distinct())
            return tuple(rows.scalars())

    async def claim(self, channel: str, now: datetime, *, posting: bool, editing: bool) -> Owed | None:
        """The most urgent post that is due in `channel`, claimed as *sending*; an uncertain one stays uncertain.

        `posting` and `editing` say which of the two Slack takes at this moment.
        """
        allowed = or_(posts.c.ts == "" if posting else false(), posts.c.ts != "" if editing else false())
        async with self._database.write() as connection:
            wanted = (
                select(posts)
                .where(_is_due(now), posts.c.channel == channel, allowed)
                .order_by(posts.c.urgency, posts.c.ts != "", posts.c.id)
                .limit(1)
            )
            row = (await connection.execute(wanted)).one_or_none()
            if row is None:
                return None
            try:
                owed = await _owed(connection, row)
            except NoResultFound:  # what it shows is forgotten already; it must not hold up the others
                await _set(connection, row.id, state=PostState.LOST, trouble="forgotten")
                return None
            if row.state == PostState.WAITING:
                await _set(connection, row.id, state=PostState.SENDING, sending=row.wanted)
            return owed

    async def again(self, post: Card) -> Owed:
        """An uncertain post is made again, marked as possibly repeated: claims it, with its newest state."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.SENDING,
                sending=posts.c.wanted,
                repeats=post.repeats + 1,
                repeated=True,
            )
            return await _owed(connection, (await connection.execute(select(posts).where(posts.c.id == post.id))).one())

    async def shown(self, post: Card, ts: str, now: datetime) -> None:
        """Slack shows the claimed version under `ts`: so what was stuck in this channel can be told, too."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.WAITING,
                shown=posts.c.sending,
                sending=None,
                ts=ts,
                due_at=micros(now + EDIT_PACE),
                refusals=0,
                trouble="",
                uncertain_at=None,
            )
            stuck = (posts.c.wanted > posts.c.shown, posts.c.state == PostState.STUCK, posts.c.channel == post.channel)
            await connection.execute(update(posts).where(*stuck).values(state=PostState.WAITING, due_at=micros(now)))

    async def refused(self, post: Card, code: str, until: datetime) -> None:
        """Slack took nothing: the same again, with the newest state, not before `until`."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.WAITING,
                sending=None,
                due_at=micros(until),
                refusals=post.refusals + 1,
                trouble=code,
            )

    async def uncertain(self, post: Card, now: datetime) -> None:
        """Slack may have taken it."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.UNCERTAIN,
                uncertain_at=micros(now),
                due_at=micros(now),
                looks=0,
            )

    async def not_found(self, post: Card, until: datetime) -> None:
        """Looked for in vain; look or decide again at `until`."""
        async with self._database.write() as connection:
            await _set(connection, post.id, looks=post.looks + 1, due_at=micros(until))

    async def postpone(self, post: Card, until: datetime) -> None:
        async with self._database.write() as connection:
            await _set(connection, post.id, due_at=micros(until))

    async def plainly(self, post: Card, now: datetime) -> None:
        """Slack refused the blocks: the same words again as plain text, from now on."""
        async with self._database.write() as connection:
            await _set(connection, post.id, state=PostState.WAITING, sending=None, plain=True, due_at=micros(now))

    async def gone(self, post: Card, now: datetime) -> None:
        """The message was deleted or can no longer be edited: post anew, with a key that finds no older one."""
        anew = {"state": PostState.WAITING, "sending": None, "ts": "", "shown": 0, "key": uuid4().hex}
        async with self._database.write() as connection:
            await _set(connection, post.id, due_at=micros(now), **anew)

    async def give_up(self, post: Card, code: str, now: datetime, *, for_good: bool) -> None:
        """Nobody can be told there. The row is kept, and the fallback channel is told, once for each card."""
        async with self._database.write() as connection:
            await _set(connection, post.id, state=PostState.LOST if for_good else PostState.STUCK, trouble=code)
            told = await connection.scalar(select(posts.c.id).where(posts.c.about_id == post.id).limit(1))
            if post.kind is not CardKind.UNDELIVERED and not isinstance(post, Reply) and told is None:
                await want_undelivered(connection, post.id, self._fallback, now)


async def _set_back(connection: AsyncConnection, now: datetime) -> None:
    """Replies that ring wait for the end of quiet hours; nothing else waits longer than `LONGEST_DUE`."""
    late = (posts.c.due_at > micros(now + LONGEST_DUE), posts.c.says == Says.ENDED.value)
    waiting = posts.c.state.in_((PostState.WAITING, PostState.UNCERTAIN))
    await connection.execute(update(posts).where(waiting, *late).values(due_at=micros(now)))
    ahead = (posts.c.state == PostState.UNCERTAIN, posts.c.uncertain_at > micros(now))
    await connection.execute(update(posts).where(*ahead).values(uncertain_at=micros(now)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Behind, and waiting or uncertain. A reply also waits until its card has a settled `ts` and says the same."""
    card = aliased(posts)
    settled = select(card.c.id).where(
        card.c.id == posts.c.parent_id,
        card.c.ts != "",
        card.c.state == PostState.WAITING,
        card.c.shown == card.c.wanted,
    )
    return and_(
        posts.c.wanted > posts.c.shown,
        posts.c.state.in_((PostState.WAITING, PostState.UNCERTAIN)),
        posts.c.due_at <= micros(now),
        or_(posts.c.parent_id.is_(None), settled.exists()),
    )


async def _owed(connection: AsyncConnection, row: Any) -> Owed:
    card = row
    if row.parent_id is not None:
        card = (await connection.execute(select(posts).where(posts.c.id == row.parent_id))).one()
    return Owed(_post(row, card), await view_of(connection, card), row.state == PostState.UNCERTAIN)


def _post(row: Any, card: Any) -> Card:
    known = {
        "id": row.id,
        "kind": CardKind(row.kind),
        "channel": row.channel,
        "key": row.key,
        "wanted": row.wanted,
        "shown": row.shown,
        "ts": row.ts,
        "repeats": row.repeats,
        "looks": row.looks,
        "refusals": row.refusals,
        "repeated": row.repeated,
        "plain": row.plain,
        "created_at": moment(row.created_at),
        "uncertain_at": moment_or_none(row.uncertain_at),
    }
    return Card(**known) if row.parent_id is None else Reply(**known, thread_ts=card.ts)


async def _set(connection: AsyncConnection, post_id: int, **values: Any) -> None:
    await connection.execute(update(posts).where(posts.c.id == post_id).values(values))
