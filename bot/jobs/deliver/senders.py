"""Makes what channels show equal what they should show (design §4): claim, send, write down.

One sender per channel at a time, in all processes together; a channel that waits delays no other. A sender ends when
nothing can be sent now, and the next tick starts it again: nothing here sleeps through a rate limit.
"""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.alerting.climb_steps import HOOK
from bot.errors import LeaseLost, StoreUnavailable
from bot.hooks import Hooks
from bot.jobs.deliver.attempts import Attempts
from bot.jobs.deliver.hook_attempts import HookAttempts
from bot.jobs.work import Work
from bot.measures import Measures
from bot.model import CardKind, Clock
from bot.slack.notifier import Notifier
from bot.slack.rate_limits import RateLimits
from bot.store.cards.outbox import Outbox
from bot.store.cards.queue import Claim
from bot.store.members import CHANNEL, piece

if TYPE_CHECKING:
    from bot.blocks.cards import Drawings

log = structlog.get_logger(__name__)

POST_PACE = 1.0
"""Seconds between posts in one channel (slack-platform.md §4.1)."""

SET_BACK = timedelta(seconds=2)
"""A clock that goes back by more was set by somebody; time synchronization takes smaller steps."""


class Delivery:
    """Owns the senders. `tick` is the job; `finish` ends it within a time.

    It delivers to the channels that are this process's by its `work`. `hooks` are the web hooks of steps. `site`
    is the workspace's address with a slash at its end, for links.
    """

    def __init__(
        self,
        outbox: Outbox,
        notifier: Notifier,
        clock: Clock,
        zone: ZoneInfo,
        drawings: "Callable[[], Drawings]",
        work: Work,
        *,
        site: str = "",
        pace: float = POST_PACE,
        limits: RateLimits | None = None,
        jitter: Callable[[], float] = random.random,
        hooks: Hooks | None = None,
        measures: Measures | None = None,
    ) -> None:
        measures = measures or Measures()
        self._outbox = outbox
        self._clock = clock
        self._pace = pace
        self._limits = limits or RateLimits()
        self._work = work
        self._attempts = Attempts(
            *(outbox, notifier, clock, zone, self._limits, drawings, work.in_time),
            site=site,
            jitter=jitter,
            measures=measures,
        )
        to_hooks = outbox, hooks or Hooks({}), clock, work.in_time, site, jitter
        self._to_hooks = HookAttempts(*to_hooks, measures=measures)
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._look_again: set[str] = set()
        self._stopping = asyncio.Event()
        self._broken: set[str] = set()
        self._latest, self._latest_at = clock.now(), time.monotonic()
        self._set_back = timedelta()  # and not made good yet

    async def tick(self) -> None:
        """Starts a sender for each channel to which something can be sent now and that has none."""
        if self._stopping.is_set():
            return
        await self._check_clock()
        await self._settle_broken()
        due = await self._outbox.channels(self._clock.now())
        await self._work.take(due)
        self._limits.share(self._work.size)
        for channel in filter(self._is_ours, due):
            if channel in self._senders:
                self._look_again.add(channel)  # it may just have looked, and seen nothing
            else:
                self._start(channel)

    async def _settle_broken(self) -> None:
        for channel in filter(self._is_ours, self._broken - self._senders.keys()):
            with self._work.at(piece(CHANNEL, channel)):
                await self._outbox.unfinished(self._clock.now(), [channel])
            self._broken.discard(channel)

    def _is_ours(self, channel: str) -> bool:
        return self._work.holds(piece(CHANNEL, channel))

    async def _check_clock(self) -> None:
        """A post that was due in a minute must not wait for hours because somebody set the clock back."""
        now, at = self._clock.now(), time.monotonic()
        by = self._latest - now + timedelta(seconds=at - self._latest_at)
        self._latest, self._latest_at = now, at
        if by > SET_BACK:
            log.warning("the clock was set back", seconds=by.total_seconds())
            self._set_back += by
        if self._set_back:
            await self._outbox.set_back(now, self._set_back)
            self._set_back = timedelta()

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

    def _start(self, channel: str) -> None:
        if self._stopping.is_set():
            return
        self._look_again.discard(channel)
        sender = asyncio.create_task(self._send_all(channel), name=f"sender {channel}")
        self._senders[channel] = sender
        sender.add_done_callback(partial(self._end, channel))

    async def _send_all(self, channel: str) -> None:
        if not self._is_ours(channel):  # it was given back before this task began
            return
        try:
            with self._work.at(piece(CHANNEL, channel)):
                await self._send_what_is_due(channel)
        except LeaseLost as error:
            log.warning("lease lost", channel=channel, reason=error.told)
            self._broken.add(channel)

    async def _send_what_is_due(self, channel: str) -> None:
        while not self._stopping.is_set() and self._is_ours(channel):
            claim = await self._claim(channel)
            if claim is None:
                return
            attempts = self._to_hooks if claim.post.kind is CardKind.HOOK else self._attempts
            if await attempts.make(claim):
                await self._pause(self._pace)

    async def _claim(self, channel: str) -> Claim | None:
        """What Slack takes now; the permit for the other of post and edit is given back. A web hook takes all."""
        if channel.startswith(HOOK):
            return await self._outbox.claim(channel, self._clock.now())
        posting, editing = self._limits.may_post(channel), self._limits.may_edit(channel)
        cosmetics = editing and self._limits.spares_cosmetics()
        claim = None
        try:
            if posting or editing:
                claim = await self._outbox.claim(
                    channel, self._clock.now(), posting=posting, editing=editing, cosmetics=cosmetics
                )
        finally:
            posts, edits = claim is not None and not claim.is_edit, claim is not None and claim.is_edit
            self._limits.unused(post=posting and not posts, edit=editing and not edits)
        return claim

    def _end(self, channel: str, sender: asyncio.Task[None]) -> None:
        """A sender that broke (no disk, a fault of ours) may have left a claim; the next tick settles it, where the
        channel is still ours."""
        del self._senders[channel]
        if sender.cancelled():
            return
        if (error := sender.exception()) is not None:
            told = {"reason": error.told} if isinstance(error, StoreUnavailable) else {"exc_info": error}
            log.error("sender broke", channel=channel, **told)
            self._broken.add(channel)
        elif channel in self._look_again:
            self._start(channel)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
