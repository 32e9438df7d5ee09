"""Makes what channels show equal what they should show (design §4): claim, send, write down.

One sender per channel at a time; a channel that waits delays no other. A sender ends when nothing can be sent now, and
the next tick starts it again: nothing here sleeps through a rate limit.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from bot.blocks.cards import card, plain_card, reply
from bot.errors import (
    BlocksRefused,
    ChannelDead,
    MessageGone,
    NotPosted,
    SlackError,
    SlackRefused,
    Uncertain,
)
from bot.model import Card, Clock, Message, Reply
from bot.slack.notifier import Notifier
from bot.store.outbox import Outbox, Owed

log = structlog.get_logger(__name__)

POST_PACE = 1.0
"""Seconds between posts in one channel (slack-platform.md §4.1)."""
LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
SECOND_REPEAT = timedelta(minutes=5)
LONGEST_WAIT = 60.0
"""Seconds: however often Slack refuses, it is asked again after this."""
NOT_DRAWN = timedelta(minutes=1)
LOOKS_END = timedelta(minutes=1)
"""Where Slack shows no history for so long after the post, it is made again without having been looked for."""
SET_BACK = timedelta(minutes=1)
"""A clock that went back by more was mended by somebody; by less, it is kept right all the time."""
LOOK_BACK = timedelta(days=1)
"""A look starts this long before the post was wanted: clocks differ, and ours may be hours ahead."""


class Delivery:
    """Owns the senders. `tick` is the job; `finish` ends it within a time."""

    def __init__(
        self,
        outbox: Outbox,
        notifier: Notifier,
        clock: Clock,
        zone: ZoneInfo,
        *,
        pace: float = POST_PACE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._notifier = notifier
        self._clock = clock
        self._zone = zone
        self._pace = pace
        self._jitter = jitter
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._closed_until: dict[str, float] = {}
        self._stopping = asyncio.Event()
        self._may_look = True
        self._broken = False
        self._latest = clock.now()

    async def tick(self) -> None:
        """Starts a sender for each channel to which something can be sent now and that has none."""
        if self._stopping.is_set():
            return
        await self._notice_the_time()
        if self._broken and not self._senders:
            await self._outbox.unfinished(self._clock.now())
            self._broken = False
        for channel in await self._outbox.channels(self._clock.now()):
            if channel not in self._senders:
                sender = asyncio.create_task(self._send_all(channel), name=f"sender {channel}")
                self._senders[channel] = sender
                sender.add_done_callback(partial(self._ended, channel))

    async def _notice_the_time(self) -> None:
        """What was to come in a minute must not wait for hours because somebody mended the clock."""
        now = self._clock.now()
        if now < self._latest - SET_BACK:
            log.warning("the clock was set back", seconds=(self._latest - now).total_seconds())
            await self._outbox.set_back(now)
        self._latest = now

    async def idle(self) -> None:
        """Returns when no sender is at work."""
        while self._senders:
            await asyncio.wait(list(self._senders.values()))

    async def finish(self, seconds: float) -> None:
        """Begins nothing new and waits at most so long for what is in flight. What is cut off is uncertain at the next
        start."""
        self._stopping.set()
        if self._senders:
            _, late = await asyncio.wait(list(self._senders.values()), timeout=seconds)
            for sender in late:
                sender.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send_all(self, channel: str) -> None:
        while not self._stopping.is_set():
            posting, editing = self._is_open(f"post {channel}"), self._is_open("edit")
            if not (posting or editing):
                return
            owed = await self._outbox.claim(channel, self._clock.now(), posting=posting, editing=editing)
            if owed is None:
                return
            await (self._settle(owed) if owed.uncertain else self._send(owed))
            if not owed.post.ts:
                await self._pause(self._pace)

    def _ended(self, channel: str, sender: asyncio.Task[None]) -> None:
        """A sender that broke (no disk, a fault of ours) may have left a claim; the next tick settles it."""
        del self._senders[channel]
        if not sender.cancelled() and (error := sender.exception()) is not None:
            log.error("sender broke", channel=channel, exc_info=error)
            self._broken = True

    async def _send(self, owed: Owed) -> None:
        post = owed.post
        try:
            message = self._message(owed)
        except Exception:  # the top of a job: one card that cannot be drawn must not hold up the others
            log.exception("card cannot be drawn", post=post.id, channel=post.channel)
            await self._outbox.refused(post, "not drawn", self._clock.now() + NOT_DRAWN)
            return
        try:
            ts = await self._call(post, message)
        except SlackError as error:
            await self._failed(post, error)
        else:
            await self._outbox.shown(post, ts, self._clock.now())
            log.info("shown", post=post.id, channel=post.channel, ts=ts, edited=bool(post.ts))

    async def _call(self, post: Card, message: Message) -> str:
        if isinstance(post, Reply):
            return await self._notifier.post(post.channel, message, post.key, post.thread_ts)
        if not post.ts:
            return await self._notifier.post(post.channel, message, post.key)
        await self._notifier.edit(post.channel, post.ts, message)
        return post.ts

    def _message(self, owed: Owed) -> Message:
        post, view = owed.post, owed.view
        if isinstance(post, Reply):
            return reply(view, post, self._zone)
        message = card(view, self._zone, repeated=post.repeated, earlier=post.earlier)
        return plain_card(message) if post.plain else message

    async def _failed(self, post: Card, error: SlackError) -> None:
        """What a failed attempt means (design §4, failure table)."""
        now = self._clock.now()
        log.warning("not shown", post=post.id, channel=post.channel, code=error.code, kind=type(error).__name__)
        match error:
            case Uncertain() if not post.ts:
                await self._outbox.uncertain(post, now)
            case BlocksRefused() if not post.plain:
                await self._outbox.plainly(post, now)
            case MessageGone() if post.ts:
                await self._outbox.gone(post, now)
            case ChannelDead() | SlackRefused():
                await self._give_up(post, error.code, for_good=False)
            case BlocksRefused() | MessageGone():
                await self._give_up(post, error.code, for_good=True)
            case _:
                await self._outbox.refused(post, error.code, now + self._wait(post, error))

    async def _give_up(self, post: Card, code: str, *, for_good: bool) -> None:
        log.error("channel cannot be told", post=post.id, channel=post.channel, code=code)
        await self._outbox.give_up(post, code, self._clock.now(), for_good=for_good)

    async def _settle(self, owed: Owed) -> None:
        """An uncertain post: look for it twice, 3 s apart, else post it again, marked; at most twice."""
        post, now = owed.post, self._clock.now()
        if self._may_look and post.looks < LOOKS and await self._look(post):
            return
        if post.repeats == 0:
            await self._send(await self._outbox.again(post))
        elif post.repeats > 1:
            await self._give_up(post, "unconfirmed", for_good=True)
        elif now < (due := (post.uncertain_at or now) + SECOND_REPEAT):
            await self._outbox.postpone(post, due)
        else:
            await self._send(await self._outbox.again(post))

    async def _look(self, post: Card) -> bool:
        """True when this look decides, or another shall follow; False when nothing is left but to post again."""
        now = self._clock.now()
        thread_ts = post.thread_ts if isinstance(post, Reply) else ""
        try:
            ts = await self._notifier.find(post.channel, post.key, (post.created_at or now) - LOOK_BACK, thread_ts)
        except SlackError as error:
            return await self._look_failed(post, error)
        if ts is not None:
            await self._outbox.shown(post, ts, now)
            log.info("found", post=post.id, channel=post.channel, ts=ts)
            return True
        await self._outbox.not_found(post, now + LOOK_AGAIN)
        return post.looks + 1 < LOOKS

    async def _look_failed(self, post: Card, error: SlackError) -> bool:
        """As `_look`. A limit on reading history is none on posts: it closes no gate."""
        now = self._clock.now()
        log.info("history cannot be read", channel=post.channel, code=error.code)
        if isinstance(error, SlackRefused) or error.code == "unknown_method":
            self._may_look = False
            return False
        if not isinstance(error, NotPosted) or now >= (post.uncertain_at or now) + LOOKS_END:
            return False
        await self._outbox.postpone(post, now + max(timedelta(seconds=error.retry_after or 0.0), LOOK_AGAIN))
        return True

    def _wait(self, post: Card, error: SlackError) -> timedelta:
        """How long to leave it. A 429 closes the gate for all that it is about, not for this post alone."""
        named = error.retry_after if isinstance(error, NotPosted) else None
        if named is None:
            seconds = min(2.0 ** min(post.refusals, 9), LONGEST_WAIT)
            return timedelta(seconds=seconds * (0.5 + self._jitter()))
        gate = "edit" if post.ts else f"post {post.channel}"
        self._closed_until[gate] = asyncio.get_running_loop().time() + named
        return timedelta(seconds=named + self._jitter() * 0.5)

    def _is_open(self, gate: str) -> bool:
        return asyncio.get_running_loop().time() >= self._closed_until.get(gate, 0.0)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
