"""Channels that cannot be told anything: when they are tried again, what is let go, and which card tells of it. Pure.

a channel is dead      one card in the fallback channel, open while it lasts; each further card that waits raises
                       its number; it ends when something new is shown there
a post is refused      one card for all of one channel within `TOGETHER`; it is settled from its beginning
                       (`ended_at` = `created_at`): these posts have times of their own, whatever the channel takes
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from bot.model import CardKind, PostState
from bot.model.values import dataclass

PROBE: Final = timedelta(minutes=5)
"""A dead channel is tried again with one post, so long after it was last found dead."""

REVIVED: Final = timedelta(days=1)
"""What is stuck on a dead channel is tried again while it is not older than this, and longer where what it is about is
still so or where people see an old state of it. Anything else is withdrawn."""

TOGETHER: Final = timedelta(hours=1)
"""Posts of one channel that are given up within so long are told of by one card."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A post that waits for its channel. `ts` is "" where nobody saw it; `holds`: what it is about is still so."""

    id: int
    kind: CardKind
    created_at: datetime
    ts: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A card that tells another channel of posts that could not be shown; `about_code` is Slack's word for why."""

    id: int
    channel: str
    about_code: str
    state: PostState
    shown: int
    words_version: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_unsent(self) -> bool:
        return self.shown == 0 and self.state in (PostState.WAITING, PostState.STUCK)

    @property
    def is_settled(self) -> bool:
        """It is about posts that were given up, and has no end to wait for."""
        return self.ended_at == self.created_at


def can_tell(channel: str, fallback: str) -> bool:
    return bool(fallback) and fallback != channel


def lasting(notes: Iterable[Note]) -> list[Note]:
    """Those that tell of a channel that is dead now."""
    return [note for note in notes if note.ended_at is None]


def note_of_dead(notes: Sequence[Note], fallback: str) -> Note | None:
    """The card of the episode. One whose end nobody has read yet goes on, with no new card: the channel flaps."""
    here = [note for note in notes if note.channel == fallback]
    unread = (
        note
        for note in here
        if not note.is_settled and note.shown < note.words_version and note.state is not PostState.WITHDRAWN
    )
    return next(iter(lasting(here)), None) or max(unread, key=attrgetter("id"), default=None)


def note_of_given_up(notes: Sequence[Note], fallback: str, code: str, now: datetime) -> Note | None:
    """The card that tells of what was given up in the channel for the same reason, not long ago."""
    since = now - TOGETHER
    return next(
        (
            note
            for note in notes
            if note.channel == fallback and note.is_settled and note.about_code == code and note.created_at > since
        ),
        None,
    )


def let_go(stuck: Iterable[Stuck], now: datetime) -> list[int]:
    """Of what is stuck: what is old, was never seen, and is about nothing that is still so."""
    return [
        post.id
        for post in stuck
        if post.created_at <= now - REVIVED and not post.ts and not post.holds and post.kind is not CardKind.UNDELIVERED
    ]
