"""What is owed to Slack, and how far it got: due posts, claims, and what became of each attempt.

    waiting ──claim──▶ sending ──shown──▶ waiting (shown = wanted: nothing is owed)
       ▲                  │
       ├── refused, later ┤ uncertain: was it posted? look for the key, else post again, marked
       ├── gone, plain ───┤ stuck: the channel is dead; tried again now and then, until something is shown there again
       │                  ├ withdrawn: it is of no use any more
       └──────────────────┴ lost: given up

A claim is a conditional update and is committed before Slack is called; `unfinished` finds what a crash left behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import ColumnElement, CompoundSelect, and_, func, or_, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AlertStatus, Card, CardKind, Reply
from bot.store import owed as reading
from bot.store import undelivered
from bot.store.engine import Database
from bot.store.owed import WAKING, Owed, owed_by
from bot.store.schema import EPOCH, alerts, card_alerts, micros, outages, posts
from bot.store.wanting import PostState

log = structlog.get_logger(__name__)

EDIT_PACE = timedelta(seconds=3)
"""Between two edits of one card (slack-platform.md §4.1: at most one per 3 s)."""

MOST_REFUSALS = 10
"""After so many refusals in a row, for a reason nobody knows, a post is given up until the next start."""

PROBE = timedelta(minutes=5)
"""A dead channel is tried again with one post, so long after it was last found dead."""

REVIVED = timedelta(days=1)
"""What is stuck on a dead channel is tried again while it is not older than this, and longer where what it is about is
still so or where people see an old state of it. Anything else is withdrawn."""

UNREADABLE = "not readable"
"""Our own word for a card whose rows make no sense to this version."""

_NEVER = micros(datetime.max.replace(tzinfo=EPOCH.tzinfo))

_FIRING = (
    select(card_alerts.c.card_id)
    .join(alerts, alerts.c.id == card_alerts.c.alert_id)
    .where(card_alerts.c.card_id == posts.c.id, alerts.c.status != AlertStatus.RESOLVED.value)
)
_LASTING = select(outages.c.id).where(outages.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class QueueAge:
    """How many posts are owed and not held, and for how long the oldest message waits that nobody has seen yet."""

    oldest: timedelta = timedelta()
    posts: int = 0


class Outbox:
    """Delivery's way into the database."""

    def __init__(self, database: Database, fallback: str = "") -> None:
        self._database = database
        self._fallback = fallback

    async def unfinished(self, now: datetime) -> int:
        """After a start: edits in flight are repeated, posts in flight are uncertain. Returns how many of these.

        What is stuck is due: each dead channel is tried once.
        """
        sending = posts.c.state == PostState.SENDING
        async with self._database.write() as connection:
            await connection.execute(
                update(posts).where(sending, posts.c.ts != "").values(state=PostState.WAITING, sending=None)
            )
            left = await connection.execute(
                update(posts)
                .where(sending)
                .values(state=PostState.UNCERTAIN, uncertain_at=micros(now), due_at=micros(now), looks=0)
            )
            stuck = and_(posts.c.state == PostState.STUCK, posts.c.wanted > posts.c.shown)
            await connection.execute(update(posts).where(stuck).values(due_at=micros(now)))
            await _withdraw_old(connection, stuck, now)
        return left.rowcount

    async def channels(self, now: datetime) -> tuple[str, ...]:
        """The channels to which something can be sent now."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(posts.c.channel).where(reading.is_due(now)).distinct())
            return tuple(rows.scalars())

    async def age(self, now: datetime) -> QueueAge:
        """Cheap: one query along the index of what is owed. What is stuck counts, what was given up does not."""
        late = or_(posts.c.due_at <= micros(now), posts.c.refusals > 0, posts.c.state != PostState.WAITING)
        states = posts.c.state.in_((*reading.TRIED, PostState.SENDING))
        where = (posts.c.wanted > posts.c.shown, states, late, reading.is_free(now), posts.c.due_at != _NEVER)
        since = func.coalesce(posts.c.held_until, posts.c.created_at)
        unseen = func.min(since).filter(posts.c.ts == "", posts.c.parent_id.is_(None))
        async with self._database.read() as connection:
            size, oldest = (await connection.execute(select(func.count(), unseen).where(*where))).one()
        if oldest is None:
            return QueueAge(posts=size)
        return QueueAge(timedelta(microseconds=max(micros(now) - oldest, 0)), size)

    async def claim(
        self, channel: str, now: datetime, *, posting: bool = True, editing: bool = True, cosmetics: bool = True
    ) -> Owed | None:
        """The most urgent post that is due in `channel`, claimed as *sending*; an uncertain one stays uncertain.

        `posting`, `editing` and `cosmetics` say what Slack takes at this moment: new messages, edits, edits that change
        no words.
        """
        taken = reading.is_taken(posting=posting, editing=editing, cosmetics=cosmetics)
        next_one = select(posts).where(reading.is_due(now), posts.c.channel == channel, taken)
        next_one = next_one.order_by(*reading.in_order()).limit(1)
        async with self._database.write() as connection:
            while (row := (await connection.execute(next_one)).one_or_none()) is not None:
                owed = await self._claimed(connection, row, now)
                if owed is not None:
                    return owed
        return None

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
            return await owed_by(connection, (await connection.execute(_row_of(post))).one())

    async def shown(self, post: Card, ts: str, now: datetime) -> None:
        """Slack shows the claimed version under `ts`: so what was stuck in this channel can be told, too.

        An edit that is taken shows that edits are: a channel may take these and no new messages.
        """
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
            if await connection.scalar(_waits_for(post.channel)) is not None:
                await _revive(connection, post, now)

    async def refused(self, post: Card, code: str, until: datetime, tries: int) -> None:
        """Slack took nothing, so many times in a row: the same again, with the newest state, not before `until`."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.WAITING,
                sending=None,
                due_at=micros(until),
                refusals=tries,
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
        """The message was deleted or can no longer be edited: post anew, linked, with a key that finds no older one.

        The new message shows and mentions all that a reply to wake people would say: such replies are withdrawn.
        """
        anew = {"state": PostState.WAITING, "sending": None, "ts": "", "shown": 0, "key": uuid4().hex}
        async with self._database.write() as connection:
            await _set(connection, post.id, due_at=micros(now), earlier_ts=post.ts, **anew)
            await _withdraw(connection, _replies_to(post), posts.c.says.in_([says.value for says in WAKING]))

    async def withdraw(self, post: Card) -> None:
        """Nobody wants to see it any more, nor what is owed to its thread."""
        async with self._database.write() as connection:
            await _set(connection, post.id, state=PostState.WITHDRAWN, sending=None)
            await _withdraw(connection, _replies_to(post))

    async def channel_dead(self, post: Card, code: str, now: datetime) -> None:
        """Nothing can be shown in this channel: all that is due there is stuck, and the fallback channel is told once.

        The channel is tried again after `PROBE`, with what is most urgent then.
        """
        stuck = {"state": PostState.STUCK, "sending": None, "due_at": micros(now + PROBE), "trouble": code}
        due = (reading.is_due(now), posts.c.channel == post.channel, posts.c.state != PostState.UNCERTAIN)
        async with self._database.write() as connection:
            await _set(connection, post.id, refusals=0, **stuck)
            await connection.execute(update(posts).where(*due).values(refusals=0, **stuck))
            await _withdraw_old(connection, _stuck_in(post.channel), now)
            await undelivered.tell_dead(connection, post.channel, code, self._fallback, now)

    async def give_up(self, post: Card, code: str, now: datetime, *, for_good: bool) -> None:
        """This post cannot be shown, whatever its channel takes. Its row is kept, and the fallback channel is told.

        Where it is not `for_good`, it is tried once more at each start. A reply that wakes nobody is not told of.
        """
        state = PostState.LOST if for_good else PostState.STUCK
        is_told = not isinstance(post, Reply) or post.broadcast
        async with self._database.write() as connection:
            await self._give_up(connection, post.id, post.channel, code, now, state=state, is_told=is_told)

    async def _give_up(
        self,
        connection: AsyncConnection,
        post_id: int,
        channel: str,
        code: str,
        now: datetime,
        *,
        state: str,
        is_told: bool,
    ) -> None:
        given_up = {"state": state, "sending": None, "due_at": _NEVER, "refusals": MOST_REFUSALS, "trouble": code}
        await _set(connection, post_id, **given_up)
        if is_told:
            await undelivered.tell_given_up(connection, post_id, channel, code, self._fallback, now)

    async def _claimed(self, connection: AsyncConnection, row: Any, now: datetime) -> Owed | None:
        """None where it cannot be shown or is of no use any more: it must not hold up the others."""
        try:
            owed = await owed_by(connection, row)
        except NoResultFound:  # what it shows is forgotten already
            await _set(connection, row.id, state=PostState.LOST, trouble="forgotten")
            return None
        except (LookupError, TypeError, ValueError):  # written by another version, or by hand
            log.exception("card cannot be read", post=row.id, channel=row.channel)
            about = (row.id, row.channel, UNREADABLE, now)
            await self._give_up(connection, *about, state=PostState.STUCK, is_told=row.parent_id is None)
            return None
        if isinstance(owed.post, Reply) and owed.post.says in WAKING and not reading.fires(owed.view):
            await _set(connection, row.id, state=PostState.WITHDRAWN)
            return None
        if not owed.uncertain:
            await _set(connection, row.id, state=PostState.SENDING, sending=row.wanted)
        return owed


def _stuck_in(channel: str) -> ColumnElement[bool]:
    """What waits for this channel to be mended. What Slack refused in itself has another end: `give_up`."""
    return and_(
        posts.c.wanted > posts.c.shown,
        posts.c.state == PostState.STUCK,
        posts.c.channel == channel,
        posts.c.refusals < MOST_REFUSALS,
    )


async def _withdraw_old(connection: AsyncConnection, stuck: ColumnElement[bool], now: datetime) -> None:
    """Of what is stuck: what is old, was never seen, and is about nothing that is still so."""
    still_so = or_(_FIRING.exists(), posts.c.outage_id.in_(_LASTING), posts.c.kind == CardKind.UNDELIVERED.value)
    await _withdraw(connection, stuck, posts.c.created_at <= micros(now - REVIVED), posts.c.ts == "", ~still_so)


async def _withdraw(connection: AsyncConnection, *where: ColumnElement[bool]) -> None:
    await connection.execute(update(posts).where(*where).values(state=PostState.WITHDRAWN))


def _waits_for(channel: str) -> CompoundSelect[int]:
    """Whether anything waits for this channel to be mended: two looks into small indexes, since it is asked often."""
    return select(posts.c.id).where(_stuck_in(channel)).union_all(undelivered.lasting(channel)).limit(1)


async def _revive(connection: AsyncConnection, post: Card, now: datetime) -> None:
    """`post` is shown: what is stuck in its channel is due. After an edit these are the edits alone."""
    stuck = and_(_stuck_in(post.channel), posts.c.ts != "") if post.ts else _stuck_in(post.channel)
    await _withdraw_old(connection, stuck, now)
    await connection.execute(update(posts).where(stuck).values(state=PostState.WAITING, due_at=micros(now)))
    left = post.ts and await connection.scalar(select(posts.c.id).where(_stuck_in(post.channel)).limit(1))
    if not left:
        await undelivered.end(connection, post.channel, now)


def _replies_to(post: Card) -> ColumnElement[bool]:
    return and_(posts.c.parent_id == post.id, posts.c.wanted > posts.c.shown)


def _row_of(post: Card) -> Any:
    return select(posts).where(posts.c.id == post.id)


async def _set(connection: AsyncConnection, post_id: int, **values: Any) -> None:
    await connection.execute(update(posts).where(posts.c.id == post_id).values(values))
