"""Makes one attempt to send a post to a web hook, and decides what its outcome means.

A web hook knows by the key whether it has it already: what a crash left uncertain is sent again.
"""

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

import structlog

from bot.alerting import retries
from bot.errors import HookFailed
from bot.hooks import Hooks
from bot.measures import FAILED, SENT, Measures
from bot.model import Clock, PersonalView
from bot.store.cards.outbox import Outbox
from bot.store.cards.queue import Claim

log = structlog.get_logger(__name__)

TRIED_FOR: Final = timedelta(hours=1)
_SENT: Final = "sent"


class HookAttempts:
    def __init__(
        self,
        outbox: Outbox,
        hooks: Hooks,
        clock: Clock,
        in_time: Callable[[], AbstractAsyncContextManager[None]],
        site: str,
        jitter: Callable[[], float] = random.random,
        *,
        measures: Measures | None = None,
    ) -> None:
        """`in_time` as for `Attempts`."""
        self._measures = measures or Measures()
        self._outbox = outbox
        self._hooks = hooks
        self._clock = clock
        self._in_time = in_time
        self._site = site
        self._jitter = jitter

    async def make(self, claim: Claim) -> bool:
        """Sends it, and writes down the outcome. Returns whether anything was sent to Slack."""
        from bot.blocks.hook_document import hook_document  # noqa: PLC0415  a start draws nothing

        if claim.uncertain:
            claim = await self._outbox.again(claim.post)
        if not isinstance(claim.view, PersonalView):
            raise TypeError("a web hook is told what people are")
        post = claim.post
        try:
            async with self._in_time():
                await self._hooks.send(post.channel, hook_document(claim.view, self._site), post.key)
        except HookFailed as failure:
            self._measures.count(FAILED, f"hook_{failure.code}")
            await self._fail(claim, failure)
        else:
            self._measures.count(SENT, "hook")
            log.info("web hook told", post=post.id, hook=post.channel, host=self._hooks.host(post.channel))
            await self._outbox.shown(post, _SENT, self._clock.now())
        return False

    async def _fail(self, claim: Claim, failure: HookFailed) -> None:
        """The same again for an hour at most, as long as its alert is open and nobody touched it."""
        post, now, tries = claim.post, self._clock.now(), claim.post.refusals + 1
        about = {"post": post.id, "hook": post.channel, "host": self._hooks.host(post.channel), "code": failure.code}
        is_late = now - (post.created_at or now) >= TRIED_FOR
        if failure.is_passing and not is_late:
            log.warning("web hook not told", **about)
            wait = timedelta(seconds=retries.seconds_until(tries, self._jitter()) * 4)
            await self._outbox.refused(post, failure.code, now + wait, tries)
        else:
            log.error("web hook is given up", **about)
            await self._outbox.unreachable(post, failure.code, now)
