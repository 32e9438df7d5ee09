"""Delivery that posts nothing: shows what is due at once, and writes down what would have been said, and to whom."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.alerting.kinds import KINDS, WAKING
from bot.blocks.cards import Drawings, card, reply
from bot.blocks.text import unescape
from bot.model import AlertView, Reply, StormView, View
from bot.model.values import dataclass
from bot.store.cards.outbox import Outbox
from bot.store.cards.queue import Claim
from bot.store.replay_source import CardRecord, Silence


class What(StrEnum):
    CARD = "card"
    EDIT = "edit"
    LINE = "line"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a channel would have got. `card_id` is the card it is or belongs to; `mention` in Slack's form."""

    at: datetime
    what: What
    channel: str
    card_id: int
    line: str
    mention: str = ""
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one simulation came to: all that was said, the cards it left, and what stayed unsaid."""

    said: tuple[Said, ...]
    cards: tuple[CardRecord, ...]
    silences: tuple[Silence, ...] = ()


class DryDelivery:
    def __init__(self, outbox: Outbox, zone: ZoneInfo, drawings: Drawings) -> None:
        self._outbox = outbox
        self._drawings = drawings
        self._zone = zone
        self.said: list[Said] = []

    async def show(self, now: datetime) -> None:
        """Everything that is due at `now`."""
        while channels := await self._outbox.channels(now):
            for channel in channels:
                while (claim := await self._outbox.claim(channel, now, posting=True, editing=True)) is not None:
                    self.said.append(self._said(claim, now))
                    await self._outbox.shown(claim.post, claim.post.ts or f"shown.{claim.post.id}", now)

    def _said(self, claim: Claim, now: datetime) -> Said:
        post, view = claim.post, claim.view
        if isinstance(post, Reply):
            message = reply(view, post, self._zone)
            calls = post.mention if post.says in WAKING else ""
            line = unescape(message.text).removesuffix(calls).rstrip()
            what = What.BROADCAST if post.broadcast else What.LINE
            card_id = int(post.thread_ts.partition(".")[2])  # our made-up ids of messages name the card
            return Said(now, what, post.channel, card_id, line, calls)
        line = unescape(card(self._drawings[KINDS[post.kind].drawing], view, self._zone).text.split("\n", 1)[0])
        if post.ts:
            return Said(now, What.EDIT, post.channel, post.id, line)
        mention = view.mention if isinstance(view, AlertView | StormView) else ""
        return Said(now, What.CARD, post.channel, post.id, line, mention, _is_critical(view))


def _is_critical(view: View) -> bool:
    if isinstance(view, AlertView):
        return view.alert.is_critical
    return isinstance(view, StormView) and view.critical > 0
