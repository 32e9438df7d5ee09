"""Cards: what channels show about problems. Owns which card a view gets; each card's words are in its own module."""

from typing import assert_never
from zoneinfo import ZoneInfo

from bot.blocks import replies
from bot.blocks.alert_card import REPEATED, alert_card
from bot.blocks.bulletins import outage_card, summary_card, undelivered_card
from bot.blocks.links import SLACK
from bot.blocks.phrase import is_wake
from bot.blocks.storm_card import storm_card
from bot.blocks.text import unescape
from bot.model import (
    AlertView,
    Block,
    Message,
    OutageView,
    Posted,
    Reply,
    StormView,
    SummaryView,
    UndeliveredView,
    View,
)

__all__ = ["SLACK", "card", "plain_card", "reply"]

_CHUNK = 2_900  # characters of one plain section; Slack takes 3,000


def card(
    view: View, zone: ZoneInfo, *, repeated: bool = False, earlier: Posted | None = None, site: str = SLACK
) -> Message:
    """`zone` is that of the plain text and of fallbacks. `repeated` marks what may stand in the channel twice.

    `earlier` is the message that this one takes the place of. `site` is the workspace's address, for links to messages.
    """
    match view:
        case AlertView():
            return alert_card(view, zone, repeated=repeated, earlier=earlier, site=site)
        case StormView():
            return storm_card(view, zone, repeated=repeated, earlier=earlier, site=site)
        case SummaryView():
            return summary_card(view, zone, repeated=repeated, earlier=earlier, site=site)
        case OutageView():
            return outage_card(view, zone, repeated=repeated, earlier=earlier, site=site)
        case UndeliveredView():
            return undelivered_card(view, zone, repeated=repeated, earlier=earlier, site=site)
        case _:
            assert_never(view)


def plain_card(message: Message, mention: str = "") -> Message:
    """The same words as few plain sections: what is sent when Slack refuses the blocks.

    Plain text calls nobody, so the line that calls `mention`, our own words only, gets a section in which it does.
    """
    lines = message.text.split("\n")
    calls = [line for line in lines if is_wake(mention) and mention in line]
    told = "\n".join(line for line in lines if line not in calls)
    blocks = (*map(_live, calls[:1]), *(_plain(unescape(chunk)) for chunk in _chunks(told)))
    return Message(message.text, blocks, message.place)


def reply(view: View, owed: Reply, zone: ZoneInfo) -> Message:
    """The line a card's thread gets, the zone named; whom it calls stands at its end. Text alone, no blocks."""
    told = [replies.line(view, owed, zone), replies.call(owed), REPEATED if owed.repeated else ""]
    return Message(" ".join(part for part in told if part))


def _live(line: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": line, "verbatim": True}}


def _plain(text: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _chunks(text: str) -> list[str]:
    chunks = [""]
    for line in text.split("\n"):
        if chunks[-1] and len(chunks[-1]) + len(line) >= _CHUNK:
            chunks.append("")
        chunks[-1] += f"\n{line}" if chunks[-1] else line
    return chunks
