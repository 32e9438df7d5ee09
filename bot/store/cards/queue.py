"""Which posts are due, in which order, read with what they shall show.

Reads only; the caller holds the transaction. What becomes of an attempt is the outbox's matter.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.kinds import GROUPS, WAKING
from bot.model import (
    AlertView,
    Attempt,
    Card,
    CardKind,
    Posted,
    PostState,
    Reply,
    Says,
    StormView,
    View,
)
from bot.model.values import dataclass
from bot.store import audit
from bot.store.cards.views import Views, called, view_of
from bot.store.schema import micros, moment, moment_or_none, posts, storms

TRIED = (PostState.WAITING, PostState.UNCERTAIN, PostState.STUCK)
"""What is stuck has its time as well: a dead channel is tried again now and then."""

NEVER = micros(datetime.max.replace(tzinfo=UTC))
"""The `due_at` of what waits for the next start, and of what was given up."""

IS_BEHIND = posts.c.version > posts.c.shown
"""The channel shows an older version than it should, or none."""

_card = posts.alias()
_settled = select(_card.c.id).where(
    _card.c.id == posts.c.parent_id,
    _card.c.ts != "",
    _card.c.state == PostState.WAITING,
    or_(_card.c.shown == _card.c.version, posts.c.says != Says.ENDED.value),
)
HAS_ITS_CARD = or_(posts.c.parent_id.is_(None), _settled.exists())
"""It is a card, or its card has a settled `ts`. That something ended is said below a card that says so itself."""

_is_edit, _changes_words = posts.c.ts != "", posts.c.shown < posts.c.words_version
IN_ORDER = (and_(_is_edit, ~_changes_words), posts.c.urgency, _is_edit, posts.c.id)
"""Cosmetic edits last; else by urgency, and there new messages before edits."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One post with what it shall show; a reply's view is its card's. Claimed, unless it is `uncertain`.

    `trouble` is why the last attempt failed, "" where it did not. `is_probe`: its channel was dead when last tried.
    """

    post: Card
    view: View
    uncertain: bool = False
    trouble: str = ""
    is_probe: bool = False

    @property
    def mention(self) -> str:
        """Whom its message calls."""
        if isinstance(self.post, Reply):
            return self.post.mention if self.post.says in WAKING else ""
        return self.view.mention if isinstance(self.view, AlertView | StormView) else ""

    @property
    def is_edit(self) -> bool:
        return bool(self.post.ts)

    def tries(self, code: str) -> int:
        """How often in a row, with this one, it failed for `code`."""
        return self.post.refusals + 1 if self.trouble == code else 1


def is_due(now: datetime) -> ColumnElement[bool]:
    """Behind, not held, and its time has come. A reply also waits for its card."""
    return and_(IS_BEHIND, posts.c.state.in_(TRIED), posts.c.due_at <= micros(now), is_free(now), HAS_ITS_CARD)


def is_free(now: datetime) -> ColumnElement[bool]:
    """No quiet hours hold it."""
    return or_(posts.c.held_until.is_(None), posts.c.held_until <= micros(now))


def is_taken(*, posting: bool, editing: bool, cosmetics: bool) -> ColumnElement[bool]:
    """What Slack takes at this moment: new messages, edits that change words, edits that do not."""
    return or_(
        ~_is_edit if posting else false(),
        and_(_is_edit, _changes_words) if editing else false(),
        and_(_is_edit, ~_changes_words) if editing and cosmetics else false(),
    )


async def is_called(connection: AsyncConnection, row: Any, window: timedelta, now: datetime) -> bool:
    """Whether another message of the channel called the same people within the window: one problem calls once. A storm
    and its first cards are one problem."""
    since = micros(now - window)
    if row.kind in GROUPS and row.says != Says.STILL:
        storm = await connection.scalar(select(storms.c.since).where(storms.c.card_id == (row.parent_id or row.id)))
        since = min(since, storm or since)
    is_out = or_(posts.c.ts != "", posts.c.state.in_((PostState.SENDING, PostState.UNCERTAIN)))
    others = (posts.c.id != row.id, posts.c.channel == row.channel, posts.c.mention == row.mention)
    lately = (*others, posts.c.called_at.between(since, micros(now + window)), is_out)
    return await connection.scalar(select(posts.c.id).where(*lately).limit(1)) is not None


async def claim_of(connection: AsyncConnection, row: Any, views: Views) -> Claim:
    """Raises NoResultFound where what it shows is forgotten already."""
    card = row
    if row.parent_id is not None:
        card = (await connection.execute(select(posts).where(posts.c.id == row.parent_id))).one()
    view = await view_of(connection, card, views)
    is_uncertain, is_probe = row.state == PostState.UNCERTAIN, row.state == PostState.STUCK
    act = None if row.act_id is None else (await audit.of_ids(connection, [row.act_id])).get(row.act_id)
    return Claim(post_of(row, card, act), view, is_uncertain, row.trouble, is_probe)


def post_of(row: Any, card: Any, act: Attempt | None = None) -> Card:
    """A row of `posts`, and that of the card that it is a reply to, else the same row. A line may tell of an `act`."""
    known = {
        "id": row.id,
        "kind": CardKind(row.kind),
        "channel": row.channel,
        "key": row.key,
        "version": row.version,
        "shown": row.shown,
        "ts": row.ts,
        "repeats": row.repeats,
        "looks": row.looks,
        "refusals": row.refusals,
        "repeated": row.repeated,
        "plain": row.plain,
        "created_at": moment(row.created_at),
        "uncertain_at": moment_or_none(row.uncertain_at),
        "words_version": row.words_version,
        "due_at": moment(row.due_at),
        "earlier": Posted(row.channel, row.earlier_ts) if row.earlier_ts else None,
    }
    if row.parent_id is None:
        return Card(**known)
    said = {
        "says": Says(row.says),
        "broadcast": bool(row.broadcast),
        "mention": called(row),
        "why": row.why,
        "act": act,
    }
    return Reply(**known, thread_ts=card.ts, **said)
