"""What is owed to Slack, and how far it got: due posts, claims, and what became of each attempt.

    waiting ──claim──▶ sending ──shown──▶ waiting (shown = wanted: nothing is owed)
       ▲                  │
       ├── refused, later ┤ uncertain: was it posted? look for the key, else post again, marked
       ├── gone, plain ───┤ stuck: the channel is dead, or Slack refuses the post; tried again now and then
       │                  ├ withdrawn: it is of no use any more
       └──────────────────┴ lost: given up

A claim is a conditional update and is committed before Slack is called; `unfinished` finds what a crash left behind.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, union, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting import kinds, personal, reminders
from bot.alerting.kinds import WAKING
from bot.alerting.plan import Draft, Situation
from bot.alerting.retries import MOST_REFUSALS
from bot.model import EDITS_LIMITED, Card, CardKind, ClimbStep, PostState, Reply, Routing, Rules
from bot.model.values import dataclass
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN
from bot.store.alerts.rows import ALERT
from bot.store.cards import dead_channels, queue
from bot.store.cards.apply import CARD_KEY, apply, new_key
from bot.store.cards.queue import NEVER, Claim, claim_of, post_of
from bot.store.cards.situation import load
from bot.store.cards.unfinished import settle
from bot.store.cards.views import Views
from bot.store.clock_steps import set_back
from bot.store.dialect import among
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, micros, people, posts, storms

log = structlog.get_logger(__name__)

EDIT_PACE = timedelta(seconds=3)
"""Between two edits of one card (slack-platform.md §4.1: at most one per 3 s)."""

UNREADABLE = "not readable"
"""Our own word for a card whose rows make no sense to this version."""
UNCONFIRMED = "unconfirmed"
"""Our own word for a post that Slack did not confirm."""


@dataclass(frozen=True, slots=True)
class QueueAge:
    """How many posts are owed and not held, and for how long the oldest message waits that nobody has seen yet."""

    oldest: timedelta = timedelta()
    posts: int = 0


class Outbox:
    """Delivery's way into the database. `views` read what cards show, by the names in `alerting.kinds`."""

    def __init__(
        self, database: Database, views: Views, rules: Rules, fallback: str = "", climb: Sequence[ClimbStep] = ()
    ) -> None:
        self._database = database
        self._views = views
        self._rules = rules
        self._fallback = fallback
        self._climbs_after = min((step.after for step in climb), default=None)

    async def unfinished(self, now: datetime, channels: Collection[str] | None = None) -> int:
        """After a start: edits in flight are repeated, posts in flight are uncertain, where `channels` are given in
        these only. Returns how many of these.

        What is stuck is due: each dead channel is tried once.
        """
        where = () if channels is None else (among(posts.c.channel, channels),)
        async with self._database.write() as connection:
            await set_back(connection, self._rules, now, timedelta())
            left = await settle(connection, now, *where)
            await dead_channels.try_all(connection, now)
        return left

    async def set_back(self, now: datetime, by: timedelta) -> None:
        """The clock went back by so much: what waits is due as if it had not."""
        async with self._database.write() as connection:
            await set_back(connection, self._rules, now, by)

    async def channels(self, now: datetime) -> tuple[str, ...]:
        """The channels to which something can be sent now, and those to which something is being sent: that may be by a
        process that is no more."""
        due, in_flight = queue.is_due(now), (queue.IS_BEHIND, posts.c.state == PostState.SENDING)
        of_both = union(select(posts.c.channel).where(due), select(posts.c.channel).where(*in_flight))
        async with self._database.read() as connection:
            return tuple((await connection.execute(of_both)).scalars())

    async def age(self, now: datetime) -> QueueAge:
        """Cheap: one query along the index of what is owed. What is stuck counts, what was given up does not."""
        late = or_(posts.c.due_at <= micros(now), posts.c.refusals > 0, posts.c.state != PostState.WAITING)
        states = posts.c.state.in_((*queue.TRIED, PostState.SENDING))
        owed = (queue.IS_BEHIND, states, late, queue.is_free(now), queue.HAS_ITS_CARD)
        where = (*owed, posts.c.due_at != NEVER)
        since = func.coalesce(posts.c.held_until, posts.c.created_at)
        unseen = func.min(since).filter(posts.c.ts == "", posts.c.parent_id.is_(None))
        async with self._database.read() as connection:
            size, oldest = (await connection.execute(select(func.count(), unseen).where(*where))).one()
        if oldest is None:
            return QueueAge(posts=size)
        return QueueAge(timedelta(microseconds=max(micros(now) - oldest, 0)), size)

    async def claim(
        self, channel: str, now: datetime, *, posting: bool = True, editing: bool = True, cosmetics: bool = True
    ) -> Claim | None:
        """The most urgent post that is due in `channel`, claimed as *sending*; an uncertain one stays uncertain.

        `posting`, `editing` and `cosmetics` say what Slack takes at this moment: new messages, edits, edits that change
        no words.
        """
        taken = queue.is_taken(posting=posting, editing=editing, cosmetics=cosmetics)
        next_one = select(posts).where(queue.is_due(now), posts.c.channel == channel, taken)
        next_one = next_one.order_by(*queue.IN_ORDER).limit(1).with_for_update(of=posts, skip_locked=True)
        async with self._database.write() as connection:
            while (row := (await connection.execute(next_one)).one_or_none()) is not None:
                owed = await self._claimed(connection, row, now)
                if owed is not None:
                    return owed
        return None

    async def again(self, post: Card) -> Claim:
        """An uncertain post is made again, marked as possibly repeated: claims it, with its newest state."""
        async with self._database.write() as connection:
            await _set(
                connection,
                post.id,
                state=PostState.SENDING,
                sending=posts.c.version,
                repeats=post.repeats + 1,
                repeated=True,
            )
            return await claim_of(connection, (await connection.execute(_row_of(post))).one(), self._views)

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
            await dead_channels.shown_there(connection, post, now)
            if not post.shown and not isinstance(post, Reply):
                await _set(connection, post.id, seen_at=func.coalesce(posts.c.seen_at, micros(now)))
                await self._remind_later(connection, post, now)
                await self._climb_later(connection, post, now)

    async def _remind_later(self, connection: AsyncConnection, post: Card, now: datetime) -> None:
        """People can see a card for the first time: where it is critical, it is raised again some time after."""
        at = reminders.first_at(now, self._rules)
        if at is None or post.kind not in kinds.REMINDED:
            return
        critical = select(card_alerts.c.alert_id).join(alerts, alerts.c.id == card_alerts.c.alert_id)
        critical = critical.where(card_alerts.c.card_id == post.id, IS_OPEN, IS_CRITICAL)
        is_first = (posts.c.id == post.id, posts.c.remind_at.is_(None), critical.exists())
        begun = await connection.execute(update(posts).where(*is_first).values(remind_at=micros(at)))
        if begun.rowcount:
            await _look_by(connection, post, alerts.c.id.in_(critical), at)

    async def _climb_later(self, connection: AsyncConnection, post: Card, now: datetime) -> None:
        """People can see a card for the first time: what nobody touches climbs some time after."""
        if self._climbs_after is not None and post.kind in kinds.REMINDED:
            shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == post.id)
            await _look_by(connection, post, and_(IS_OPEN, alerts.c.id.in_(shown)), now + self._climbs_after)

    async def refused(self, post: Card, code: str, until: datetime, tries: int) -> None:
        """Slack took nothing, so many times in a row: the same again, with the newest state, not before `until`."""
        async with self._database.write() as connection:
            await _set(connection, post.id, **_waiting(until, tries, code))

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

    async def uncertain_beside(self, post: Card) -> list[Card]:
        """All that Slack did not confirm in the post's channel, or in its thread: one look serves them."""
        own = posts.alias()
        parent = select(own.c.parent_id).where(own.c.id == post.id).scalar_subquery()
        beside = (posts.c.channel == post.channel, posts.c.parent_id.is_not_distinct_from(parent))
        async with self._database.read() as connection:
            rows = (await connection.execute(select(posts).where(posts.c.state == PostState.UNCERTAIN, *beside))).all()
            card = (await connection.execute(select(posts).where(posts.c.id == parent))).one_or_none()
        return [post_of(each, card or each) for each in rows]

    async def not_found(self, post: Card, until: datetime) -> None:
        """Looked for in vain; look again at `until`."""
        async with self._database.write() as connection:
            await _set(connection, post.id, looks=post.looks + 1, due_at=micros(until))

    async def not_posted(self, post: Card, until: datetime, tries: int) -> None:
        """Looked for and not there: neither it nor any copy of it arrived. The same again, not before `until`."""
        unmarked = {"repeats": 0, "repeated": False, "uncertain_at": None}
        async with self._database.write() as connection:
            await _set(connection, post.id, **_waiting(until, tries, UNCONFIRMED), **unmarked)

    async def hasten(self, post_ids: Collection[int], now: datetime) -> None:
        """Slack takes messages again: these wait no longer, and how often they were repeated counts anew."""
        tried = posts.c.state.in_((PostState.WAITING, PostState.UNCERTAIN))
        unseen = (posts.c.id.in_(post_ids), tried, posts.c.shown == 0)
        async with self._database.write() as connection:
            await connection.execute(update(posts).where(*unseen).values(due_at=micros(now), repeats=0))

    async def postpone(self, put_off: Iterable[Card], until: datetime) -> None:
        async with self._database.write() as connection:
            for post in put_off:
                await _set(connection, post.id, due_at=micros(until))

    async def plainly(self, post: Card, now: datetime) -> None:
        """Slack refused the blocks: the same words again as plain text, from now on."""
        async with self._database.write() as connection:
            await _set(connection, post.id, state=PostState.WAITING, sending=None, plain=True, due_at=micros(now))

    async def gone(self, post: Card, now: datetime) -> None:
        """The message was deleted or can no longer be edited: post anew, linked, with a key that finds no older one.

        The new message shows and mentions all that a reply to wake people would say: such replies are withdrawn.
        """
        anew = {"state": PostState.WAITING, "sending": None, "ts": "", "shown": 0, "key": new_key()}
        untried = {"repeats": 0, "looks": 0, "refusals": 0, "repeated": False, "trouble": ""}
        async with self._database.write() as connection:
            await _set(connection, post.id, due_at=micros(now), earlier_ts=post.ts, **anew, **untried)
            await _withdraw(connection, _replies_to(post.id), posts.c.says.in_([says.value for says in WAKING]))

    async def withdraw(self, post: Card) -> None:
        """Nobody wants to see it any more, nor what is owed to its thread."""
        async with self._database.write() as connection:
            await _set(connection, post.id, state=PostState.WITHDRAWN, sending=None)
            await _withdraw(connection, _replies_to(post.id))

    async def channel_dead(self, post: Card, code: str, now: datetime) -> None:
        """Nothing can be shown in this channel: all that is due there is stuck, and the fallback channel is told once.

        The channel is tried again after `PROBE`, with what is most urgent then.
        """
        async with self._database.write() as connection:
            await dead_channels.strand(connection, post, code, self._fallback, now)

    async def edits_limited(self, post: Card, now: datetime) -> None:
        """The channel shows an old state for long: the fallback channel is told once."""
        async with self._database.write() as connection:
            about = (post.id, post.channel, EDITS_LIMITED)
            await dead_channels.give_up(connection, *about, self._fallback, now)

    async def give_up(self, post: Card, code: str, now: datetime) -> None:
        """It is tried no more. Its row is kept, and the fallback channel is told."""
        async with self._database.write() as connection:
            await _lose(connection, post, code)
            await self._tell(connection, post, code, now)

    async def put_off(self, post: Card, code: str, now: datetime, tries: int, again_at: datetime | None) -> None:
        """Slack refuses this post, whatever its channel takes: it is tried again then, None: at the next start."""
        async with self._database.write() as connection:
            await _set(connection, post.id, **_stuck(code, tries, NEVER if again_at is None else micros(again_at)))
            await self._tell(connection, post, code, now)

    async def unreachable(self, post: Card, code: str, now: datetime) -> None:
        """A person or a web hook cannot be told. It is tried no more, and the threads of the alert say so."""
        async with self._database.write() as connection:
            await _lose(connection, post, code)
            about = select(*ALERT.columns).join(posts, posts.c.alert_id == alerts.c.id).where(posts.c.id == post.id)
            row = (await connection.execute(about)).one_or_none()
            if row is None:
                return
            known = select(people.c.name).where(people.c.user_id == post.channel)
            name = "" if post.kind is CardKind.HOOK else await connection.scalar(known)
            alert = ALERT.decode(row)
            draft = Draft(await load(connection, Situation(Routing(), self._rules, now, now), [alert]))
            personal.tell_untold(draft, alert.id, post.channel, name or post.channel)
            await apply(connection, draft.plan(), now)

    async def tell(self, post: Card, code: str, now: datetime) -> None:
        """The fallback channel is told that this post does not get through, once."""
        async with self._database.write() as connection:
            await self._tell(connection, post, code, now)

    async def _tell(self, connection: AsyncConnection, post: Card, code: str, now: datetime) -> None:
        """A reply that wakes nobody is not told of, nor is a direct message."""
        if not kinds.is_personal(post) and (not isinstance(post, Reply) or post.broadcast):
            await dead_channels.give_up(connection, post.id, post.channel, code, self._fallback, now)

    async def _claimed(self, connection: AsyncConnection, row: Any, now: datetime) -> Claim | None:
        """None where it cannot be shown or is of no use any more: it must not hold up the others."""
        try:
            owed = await claim_of(connection, row, self._views)
        except NoResultFound:  # what it shows is forgotten already
            await _lose(connection, row, "forgotten")
            return None
        except (LookupError, TypeError, ValueError):  # written by another version, or by hand
            log.exception("card cannot be read", post=row.id, channel=row.channel)
            await _set(connection, row.id, **_stuck(UNREADABLE, MOST_REFUSALS, NEVER))
            if row.parent_id is None and row.kind not in kinds.PERSONAL:
                await dead_channels.give_up(connection, row.id, row.channel, UNREADABLE, self._fallback, now)
            return None
        if kinds.is_moot(owed.post, owed.view):
            await _set(connection, row.id, state=PostState.WITHDRAWN)
            return None
        if owed.uncertain:
            return owed
        may_repeat = self._database.is_older and not row.ts  # the newer copy may have told it
        repeated = row.repeated or may_repeat
        values = {"state": PostState.SENDING, "sending": row.version, "repeated": repeated}
        is_calling = bool(owed.mention) and not row.ts
        if is_calling:
            is_called = await queue.is_called(connection, row, self._rules.storm_window, now)
            values["called_at"] = 0 if is_called else micros(now)
        await _set(connection, row.id, **values)
        if is_calling and is_called:
            owed = await claim_of(connection, (await connection.execute(_row_of(owed.post))).one(), self._views)
        return replace(owed, post=replace(owed.post, repeated=repeated))

    async def lacks(self, keys: Collection[str]) -> bool:
        """Whether one of the messages with these keys was posted by a newer copy of this database."""
        cards = {key for key in keys if key.startswith(CARD_KEY)}
        async with self._database.read() as connection:
            known = await connection.scalar(select(func.count()).where(among(posts.c.key, cards)))
        return len(cards) > (known or 0)

    async def mark_repeated(self) -> None:
        """What an older copy brought, and is not posted yet, may be posted later: a newer copy may have told it."""
        async with self._database.write() as connection:
            await connection.execute(update(posts).where(posts.c.ts == "", queue.IS_BEHIND).values(repeated=True))


async def _look_by(connection: AsyncConnection, post: Card, which: ColumnElement[bool], at: datetime) -> None:
    """The storm, or these alerts of a card, are looked at by then."""
    table, mine = (storms, storms.c.card_id == post.id) if post.kind in kinds.GROUPS else (alerts, which)
    look_at = func.min(func.coalesce(table.c.next_look_at, micros(at)), micros(at))
    await connection.execute(update(table).where(mine).values(next_look_at=look_at))


async def _lose(connection: AsyncConnection, row: Any, code: str) -> None:
    """It is tried no more. Where no message of it is known, nothing more can be said in its thread."""
    await _set(connection, row.id, state=PostState.LOST, sending=None, due_at=NEVER, trouble=code)
    if not row.ts:
        await _withdraw(connection, _replies_to(row.id))


async def _withdraw(connection: AsyncConnection, *where: ColumnElement[bool]) -> None:
    await connection.execute(update(posts).where(*where).values(state=PostState.WITHDRAWN))


def _replies_to(card_id: int) -> ColumnElement[bool]:
    return and_(posts.c.parent_id == card_id, queue.IS_BEHIND)


def _waiting(until: datetime, tries: int, code: str) -> dict[str, Any]:
    state = {"state": PostState.WAITING, "sending": None}
    return {**state, "due_at": micros(until), "refusals": tries, "trouble": code}


def _stuck(code: str, tries: int, due_at: int) -> dict[str, Any]:
    return {"state": PostState.STUCK, "sending": None, "due_at": due_at, "refusals": tries, "trouble": code}


def _row_of(post: Card) -> Any:
    return select(posts).where(posts.c.id == post.id)


async def _set(connection: AsyncConnection, post_id: int, **values: Any) -> None:
    await connection.execute(update(posts).where(posts.c.id == post_id).values(values))
