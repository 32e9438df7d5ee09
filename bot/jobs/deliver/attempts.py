"""Makes one attempt to show one post, and decides what its outcome means (design §4, failure table).

`senders` chooses the post and the moment; the outbox writes the outcome down.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.alerting import retries
from bot.alerting.kinds import KINDS, holds, is_over, is_personal
from bot.alerting.retries import LOOK_AGAIN, LOOKS, MOST_REFUSALS, PROBE
from bot.errors import BlocksRefused, ChannelDead, MessageGone, NotPosted, SlackError, SlackRefused, Uncertain
from bot.measures import FAILED, SENT, Measures
from bot.model import AlertView, Card, Clock, Message, Reply, StormView, View
from bot.slack.notifier import Notifier
from bot.slack.rate_limits import RateLimits
from bot.slack.web_api import CERTIFICATE, NO_CONNECTION, PASSING, RATE_LIMITED
from bot.store.cards.outbox import UNCONFIRMED, Outbox
from bot.store.cards.queue import Claim

if TYPE_CHECKING:
    from bot.blocks.cards import Drawings

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
"""A look starts this long before the post was wanted: clocks differ, and ours may be hours ahead."""

LONG_LIMIT = 60.0
"""Seconds of a `Retry-After` that people must hear of."""

DELETED = "message_not_found"
NOT_DRAWN = "not_drawn"
NO_THREAD = frozenset({"cannot_reply_to_message", "restricted_action_non_threadable_channel"})
"""Refusals that are about a reply's thread: the channel is well."""

NO_PERSON = frozenset({"account_inactive", "cannot_dm_bot", "user_disabled", "user_not_found", "user_not_visible"})
"""Refusals of a direct message that are about its person."""


class Attempts:
    """`drawings` gives what draws cards. `in_time` cuts off a call of Slack when another process may make it.

    `site` is the workspace's address with a slash at its end, "" where nobody knows it; `jitter` draws from 0 to 1.
    """

    def __init__(
        self,
        outbox: Outbox,
        notifier: Notifier,
        clock: Clock,
        zone: ZoneInfo,
        limits: RateLimits,
        drawings: "Callable[[], Drawings]",
        in_time: Callable[[], AbstractAsyncContextManager[None]],
        *,
        site: str = "",
        jitter: Callable[[], float] = random.random,
        measures: Measures | None = None,
    ) -> None:
        self._outbox = outbox
        self._notifier = notifier
        self._clock = clock
        self._zone = zone
        self._limits = limits
        self._measures = measures or Measures()
        self._drawings = drawings
        self._in_time = in_time
        self._site = site
        self._jitter = jitter
        self._blind: set[str] = set()
        self._looked_at: dict[tuple[str, str], datetime] = {}
        self._failing: defaultdict[str, set[int]] = defaultdict(set)
        self._is_down = False
        self._takes_charts = True
        self._probed_at = clock.now() - PROBE

    async def make(self, claim: Claim) -> bool:
        """Sends the post, or finds out whether an uncertain one arrived. Writes down the outcome. Returns whether Slack
        was asked to post a message."""
        if claim.uncertain:
            return await self._settle(claim)
        await self._send(claim)
        return not claim.is_edit

    async def _send(self, claim: Claim) -> None:
        post = claim.post
        try:
            message = self._message(claim)
        except Exception:  # the top of a job: one card that cannot be drawn must not hold up the others
            log.exception("card cannot be drawn", post=post.id, channel=post.channel)
            self._measures.count(FAILED, NOT_DRAWN)
            await self._try_later(claim, NotPosted("The card cannot be drawn.", code=NOT_DRAWN))
            return
        try:
            ts = await self._show(post, message)
        except SlackError as error:
            self._measures.count(FAILED, error.code)
            await (self._fail_person if is_personal(post) else self._fail)(claim, error)
        else:
            await self._outbox.shown(post, ts, self._clock.now())
            self._measures.count(SENT, "edit" if claim.is_edit else "message")
            log.info("shown", post=post.id, channel=post.channel, ts=ts, edited=claim.is_edit)
            if not claim.is_edit:
                await self._hasten(post)

    async def _hasten(self, post: Card) -> None:
        """A message gets through again: the others that Slack did not confirm meanwhile wait no longer. One alone says
        nothing of Slack: that is the message's own fault."""
        failed = self._failing.pop(post.channel, set()) - {post.id}
        if len(failed) > 1:
            await self._outbox.hasten(failed, self._clock.now())

    async def _show(self, post: Card, message: Message) -> str:
        """A workspace that knows no charts gets the message without them: the numbers stand in its text, too."""
        bare = _without_charts(message)
        if bare == message or not self._takes_charts:
            return await self._call(post, bare)
        try:
            return await self._call(post, message)
        except BlocksRefused:
            self._takes_charts = False
            log.info("slack takes no charts here", channel=post.channel)
            return await self._call(post, bare)

    async def _call(self, post: Card, message: Message) -> str:
        async with self._in_time():
            return await self._call_slack(post, message)

    async def _call_slack(self, post: Card, message: Message) -> str:
        if isinstance(post, Reply):
            return await self._notifier.post(post.channel, message, post.key, post.thread_ts, broadcast=post.broadcast)
        if not post.ts:
            return await self._notifier.post(post.channel, message, post.key)
        await self._notifier.edit(post.channel, post.ts, message)
        return post.ts

    def _message(self, claim: Claim) -> Message:
        from bot.blocks.cards import card, plain_card, reply  # noqa: PLC0415  a start draws nothing

        post, view = claim.post, claim.view
        if isinstance(post, Reply):
            return reply(view, post, self._zone)
        drawing = self._drawings()[KINDS[post.kind].drawing]
        message = card(drawing, view, self._zone, repeated=post.repeated, earlier=post.earlier, site=self._site)
        return plain_card(message, _mention(view)) if post.plain else message

    async def _fail(self, claim: Claim, error: SlackError) -> None:
        post, now = claim.post, self._clock.now()
        log.warning("not shown", post=post.id, channel=post.channel, code=error.code, kind=type(error).__name__)
        match error:
            case Uncertain() if not post.ts:
                self._failing[post.channel].add(post.id)
                await self._outbox.uncertain(post, now)
            case BlocksRefused() if not post.plain:
                await self._outbox.plainly(post, now)
            case MessageGone() if post.ts:
                await self._replace(claim, error.code)
            case ChannelDead() if isinstance(post, Reply) and error.code in NO_THREAD:
                await self._lose(post, error.code)
            case ChannelDead() | SlackRefused():
                await self._report_dead(claim, error.code)
            case MessageGone():
                await self._lose(post, error.code)
            case BlocksRefused():
                await self._put_off(claim, error.code)
            case _:
                await self._try_later(claim, error)

    async def _fail_person(self, claim: Claim, error: SlackError) -> None:
        """A direct message did not get through: a refused token will do again, a person who is gone will not."""
        if _is_nobody(claim, error):
            await self._lose(claim.post, error.code)
        elif isinstance(error, SlackRefused):
            await self._try_later(claim, error)
        else:
            await self._fail(claim, error)

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

    async def _lose(self, post: Card, code: str) -> None:
        if is_personal(post):
            log.error("person cannot be told", post=post.id, person=post.channel, code=code)
            await self._outbox.unreachable(post, code, self._clock.now())
            return
        log.error("post is given up", post=post.id, channel=post.channel, code=code)
        await self._outbox.give_up(post, code, self._clock.now())

    async def _put_off(self, claim: Claim, code: str) -> None:
        """Slack refuses this post whatever its channel takes. What is over waits for the next start."""
        post, tries = claim.post, max(claim.tries(code), MOST_REFUSALS)
        now = self._clock.now()
        again_at = now + retries.slowly(tries - MOST_REFUSALS) if holds(post.kind, claim.view) else None
        log.error("post is put off", post=post.id, channel=post.channel, code=code, until=again_at and str(again_at))
        await self._outbox.put_off(post, code, now, tries, again_at)

    async def _try_later(self, claim: Claim, error: SlackError) -> None:
        """The same again later. A 429 limits all that it is about, not this post alone."""
        post, tries = claim.post, claim.tries(error.code)
        if tries >= MOST_REFUSALS and isinstance(error, NotPosted) and error.code not in PASSING:
            await self._put_off(claim, error.code)
            return
        named = error.retry_after if isinstance(error, NotPosted) else None
        jitter = self._jitter()
        seconds = retries.seconds_until(tries, jitter) if named is None else named
        if error.code == RATE_LIMITED and claim.is_edit:
            self._limits.edit_limited(post.channel, seconds)
        elif error.code == RATE_LIMITED:
            self._limits.post_limited(post.channel, seconds)
        elif error.code in (NO_CONNECTION, CERTIFICATE):
            self._limits.unreachable(seconds)
        wait = seconds if named is None else named + jitter * 0.5
        await self._outbox.refused(post, error.code, self._clock.now() + timedelta(seconds=wait), tries)
        if error.code == RATE_LIMITED and seconds > LONG_LIMIT and not is_personal(post):
            await self._report_limit(claim, seconds)

    async def _report_limit(self, claim: Claim, seconds: float) -> None:
        """Slack asks for more than a minute: people must hear that this channel waits, and until when it is tried."""
        post, now = claim.post, self._clock.now()
        log.error("slack wants a long wait", post=post.id, channel=post.channel, seconds=seconds, edit=claim.is_edit)
        if claim.is_edit:
            await self._outbox.edits_limited(post, now)
        else:
            await self._outbox.channel_dead(post, RATE_LIMITED, now)

    # ── what Slack did not confirm ──

    async def _settle(self, claim: Claim) -> bool:
        """An uncertain post is looked for where history can be read, else made again, marked: then True."""
        post, now = claim.post, self._clock.now()
        due = retries.repeat_at(post.repeats, post.uncertain_at or now)
        if post.channel not in self._blind and await self._look(post, due):
            return False
        if post.repeats >= retries.TOLD_AFTER and not holds(post.kind, claim.view):
            await self._lose(post, UNCONFIRMED)
            return False
        if post.repeats == retries.TOLD_AFTER:
            await self._outbox.tell(post, UNCONFIRMED, now)
        if now < due:
            await self._outbox.postpone([post], due)
            await self._probe(post, due)
            return False
        await self._send(await self._outbox.again(post))
        return True

    async def _probe(self, post: Card, repeat_at: datetime) -> None:
        """Nothing need wait longer for its repeat than Slack's outage lasts. Asked while that lasts, and seldom."""
        now = self._clock.now()
        if not timedelta() <= now - self._probed_at < PROBE:
            self._probed_at = now
            was_down, self._is_down = self._is_down, not await self._notifier.answers()
            if was_down and not self._is_down:
                failed = {id_ for ids in self._failing.values() for id_ in ids}
                await self._outbox.hasten(failed | {post.id}, self._clock.now())
                return
        if self._is_down:
            await self._outbox.postpone([post], min(repeat_at, now + PROBE))

    async def _look(self, post: Card, repeat_at: datetime) -> bool:
        """Looks for all that is uncertain in the post's channel or thread. False when nothing is left but to post it
        again."""
        now = self._clock.now()
        place = post.channel, post.thread_ts if isinstance(post, Reply) else ""
        again_at = self._looked_at.get(place, now - LOOK_AGAIN) + LOOK_AGAIN
        if now < again_at <= now + LOOK_AGAIN:
            await self._outbox.postpone([post], again_at)
            return True
        self._looked_at[place] = now
        if not (sought := await self._outbox.uncertain_beside(post)):  # withdrawn meanwhile
            return True
        since = min(each.created_at or now for each in sought)
        try:
            found = await self._notifier.find(*place, {each.key for each in sought}, since - LOOK_BACK, since)
        except SlackError as error:
            return await self._cannot_look(sought, post, repeat_at, error)
        for each in sought:
            if each.key in found:
                await self._outbox.shown(each, found[each.key], now)
                log.info("found", post=each.id, channel=each.channel, ts=found[each.key])
            elif each.due_at is None or each.due_at <= now:
                await self._not_found(each, now)
        return True

    async def _not_found(self, post: Card, now: datetime) -> None:
        """What is not there at the last look was not posted."""
        if post.looks + 1 < LOOKS:
            await self._outbox.not_found(post, now + LOOK_AGAIN)
            return
        tries = post.refusals + 1
        wait = timedelta(seconds=retries.seconds_until(tries, self._jitter()))
        log.info("not posted", post=post.id, channel=post.channel, tries=tries)
        await self._outbox.not_posted(post, (post.uncertain_at or now) + wait, tries)

    async def _cannot_look(self, sought: Sequence[Card], post: Card, repeat_at: datetime, error: SlackError) -> bool:
        """As `_look`. A limit on reading history is none on posts."""
        now = self._clock.now()
        log.info("history cannot be read", channel=post.channel, code=error.code)
        if isinstance(error, SlackRefused) or error.code == "unknown_method":
            self._blind.add(post.channel)
        if not isinstance(error, NotPosted) or error.code == "unknown_method":
            return False
        looks_end = retries.looks_end(post.uncertain_at or now, limited=error.code == RATE_LIMITED)
        if now >= max(looks_end, repeat_at):
            return False
        wait = min(timedelta(seconds=error.retry_after or 0.0), retries.LOOKS_END)
        await self._outbox.postpone(sought, now + max(wait, LOOK_AGAIN))
        return True


def _without_charts(message: Message) -> Message:
    from bot.blocks.layout import CHART  # noqa: PLC0415  a start draws nothing

    return replace(message, blocks=tuple(block for block in message.blocks if block["type"] != CHART))


def _is_nobody(claim: Claim, error: SlackError) -> bool:
    """Whether the person of a direct message will not be reached later either."""
    if error.code in NO_PERSON or isinstance(error, ChannelDead | MessageGone):
        return True
    is_passing = isinstance(error, Uncertain) or error.code in PASSING
    return not is_passing and claim.tries(error.code) >= MOST_REFUSALS


def _mention(view: View) -> str:
    """Whom the card calls."""
    return view.mention if isinstance(view, AlertView | StormView) else ""
