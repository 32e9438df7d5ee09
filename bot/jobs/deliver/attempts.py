"""Makes one attempt to show one post, and decides what its outcome means (design §4, failure table).

`senders` chooses the post and the moment; the outbox writes the outcome down.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.alerting.dead_channels import MOST_REFUSALS
from bot.alerting.kinds import KINDS, is_over
from bot.blocks.cards import Drawings, card, plain_card, reply
from bot.blocks.phrase import SLACK
from bot.errors import BlocksRefused, ChannelDead, MessageGone, NotPosted, SlackError, SlackRefused, Uncertain
from bot.model import AlertView, Card, Clock, Message, Reply, StormView, View
from bot.slack.notifier import Notifier
from bot.slack.rate_limits import RateLimits
from bot.slack.web_api import CERTIFICATE, NO_CONNECTION, PASSING, RATE_LIMITED
from bot.store.cards.outbox import Outbox
from bot.store.cards.queue import Claim

log = structlog.get_logger(__name__)

LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
SECOND_REPEAT = timedelta(minutes=5)
LONGEST_WAIT = 60.0
"""Seconds: however often Slack refuses, it is asked again after this."""
LOOKS_END = timedelta(minutes=1)
"""Where Slack shows no history for so long after the post, it is made again without having been looked for."""
LOOK_BACK = timedelta(days=1)
"""A look starts this long before the post was wanted: clocks differ, and ours may be hours ahead."""

DELETED = "message_not_found"
NO_THREAD = frozenset({"cannot_reply_to_message", "restricted_action_non_threadable_channel"})
"""Refusals that are about a reply's thread: the channel is well."""


class Attempts:
    """`drawings` draw cards. `site` is the workspace's address with a slash at its end; `jitter` draws from 0 to 1."""

    def __init__(
        self,
        outbox: Outbox,
        notifier: Notifier,
        clock: Clock,
        zone: ZoneInfo,
        limits: RateLimits,
        drawings: Drawings,
        *,
        site: str = SLACK,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._notifier = notifier
        self._clock = clock
        self._zone = zone
        self._limits = limits
        self._drawings = drawings
        self._site = site
        self._jitter = jitter
        self._may_look = True

    async def make(self, claim: Claim) -> None:
        """Sends the post, or finds out whether an uncertain one arrived. Writes down the outcome."""
        await (self._settle(claim) if claim.uncertain else self._send(claim))

    async def _send(self, claim: Claim) -> None:
        post = claim.post
        try:
            message = self._message(claim)
        except Exception:  # the top of a job: one card that cannot be drawn must not hold up the others
            log.exception("card cannot be drawn", post=post.id, channel=post.channel)
            await self._try_later(claim, NotPosted("The card cannot be drawn.", code="not drawn"))
            return
        try:
            ts = await self._call(post, message)
        except SlackError as error:
            await self._fail(claim, error)
        else:
            await self._outbox.shown(post, ts, self._clock.now())
            log.info("shown", post=post.id, channel=post.channel, ts=ts, edited=claim.is_edit)

    async def _call(self, post: Card, message: Message) -> str:
        if isinstance(post, Reply):
            return await self._notifier.post(post.channel, message, post.key, post.thread_ts, broadcast=post.broadcast)
        if not post.ts:
            return await self._notifier.post(post.channel, message, post.key)
        await self._notifier.edit(post.channel, post.ts, message)
        return post.ts

    def _message(self, claim: Claim) -> Message:
        post, view = claim.post, claim.view
        if isinstance(post, Reply):
            return reply(view, post, self._zone)
        drawing = self._drawings[KINDS[post.kind].drawing]
        message = card(drawing, view, self._zone, repeated=post.repeated, earlier=post.earlier, site=self._site)
        return plain_card(message, _mention(view)) if post.plain else message

    async def _fail(self, claim: Claim, error: SlackError) -> None:
        post, now = claim.post, self._clock.now()
        log.warning("not shown", post=post.id, channel=post.channel, code=error.code, kind=type(error).__name__)
        match error:
            case Uncertain() if not post.ts:
                await self._outbox.uncertain(post, now)
            case BlocksRefused() if not post.plain:
                await self._outbox.plainly(post, now)
            case MessageGone() if post.ts:
                await self._replace(claim, error.code)
            case ChannelDead() if isinstance(post, Reply) and error.code in NO_THREAD:
                await self._give_up(post, error.code, for_good=True)
            case ChannelDead() | SlackRefused():
                await self._report_dead(claim, error.code)
            case BlocksRefused() | MessageGone():
                await self._give_up(post, error.code, for_good=True)
            case _:
                await self._try_later(claim, error)

    async def _replace(self, claim: Claim, code: str) -> None:
        """What a person deleted is posted anew while it is about something that is still so: somebody must hear of it.
        What is over by now is not: they were done with it, and a new message would call people for nothing. A message
        that stands there and can no longer be edited is always posted anew: it shows an old state."""
        if code == DELETED and is_over(claim.post.kind, claim.view):
            log.info("deleted by a person", post=claim.post.id, channel=claim.post.channel)
            await self._outbox.withdraw(claim.post)
        else:
            await self._outbox.gone(claim.post, self._clock.now())

    async def _report_dead(self, claim: Claim, code: str) -> None:
        tell = log.info if claim.is_probe else log.error
        tell("channel cannot be told", post=claim.post.id, channel=claim.post.channel, code=code)
        await self._outbox.channel_dead(claim.post, code, self._clock.now())

    async def _give_up(self, post: Card, code: str, *, for_good: bool) -> None:
        log.error("post is given up", post=post.id, channel=post.channel, code=code)
        await self._outbox.give_up(post, code, self._clock.now(), for_good=for_good)

    async def _try_later(self, claim: Claim, error: SlackError) -> None:
        """The same again later. A 429 limits all that it is about, not this post alone."""
        post, tries = claim.post, claim.tries(error.code)
        if tries >= MOST_REFUSALS and isinstance(error, NotPosted) and error.code not in PASSING:
            await self._give_up(post, error.code, for_good=False)
            return
        named = error.retry_after if isinstance(error, NotPosted) else None
        jitter = self._jitter()
        seconds = min(2.0 ** min(tries - 1, 9), LONGEST_WAIT) * (0.5 + jitter) if named is None else named
        if error.code == RATE_LIMITED and claim.is_edit:
            self._limits.edit_limited(post.channel, seconds)
        elif error.code == RATE_LIMITED:
            self._limits.post_limited(post.channel, seconds)
        elif error.code in (NO_CONNECTION, CERTIFICATE):
            self._limits.unreachable(seconds)
        wait = seconds if named is None else named + jitter * 0.5
        await self._outbox.refused(post, error.code, self._clock.now() + timedelta(seconds=wait), tries)
        if error.code == RATE_LIMITED and seconds > LONGEST_WAIT:
            await self._report_limit(claim, seconds)

    async def _report_limit(self, claim: Claim, seconds: float) -> None:
        """Slack asks for more than a minute: people must hear that this channel waits, and until when it is tried."""
        post, now = claim.post, self._clock.now()
        log.error("slack wants a long wait", post=post.id, channel=post.channel, seconds=seconds, edit=claim.is_edit)
        if claim.is_edit:
            await self._outbox.edits_limited(post, now)
        else:
            await self._outbox.channel_dead(post, RATE_LIMITED, now)

    async def _settle(self, claim: Claim) -> None:
        """An uncertain post: look for it twice, 3 s apart, else post it again, marked; at most twice."""
        post, now = claim.post, self._clock.now()
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
            return await self._cannot_look(post, error)
        if ts is not None:
            await self._outbox.shown(post, ts, now)
            log.info("found", post=post.id, channel=post.channel, ts=ts)
            return True
        await self._outbox.not_found(post, now + LOOK_AGAIN)
        return post.looks + 1 < LOOKS

    async def _cannot_look(self, post: Card, error: SlackError) -> bool:
        """As `_look`. A limit on reading history is none on posts."""
        now = self._clock.now()
        log.info("history cannot be read", channel=post.channel, code=error.code)
        if isinstance(error, SlackRefused) or error.code == "unknown_method":
            self._may_look = False
            return False
        if not isinstance(error, NotPosted) or now >= (post.uncertain_at or now) + LOOKS_END:
            return False
        wait = min(timedelta(seconds=error.retry_after or 0.0), LOOKS_END)
        await self._outbox.postpone(post, now + max(wait, LOOK_AGAIN))
        return True


def _mention(view: View) -> str:
    """Whom the card calls."""
    return view.mention if isinstance(view, AlertView | StormView) else ""
