"""Cards: what channels show about problems. Each kind has words of its own; what all cards bear is added here."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks import replies
from bot.blocks.layout import CardBody, Reader, Small, message
from bot.blocks.phrase import SLACK, Phrase, is_wake, message_link
from bot.blocks.text import unescape
from bot.model import Block, Message, Posted, Reply, View

REPEATED = "Possibly repeated: an earlier copy of this message may stand in the channel."
_CHUNK = 2_900  # characters of one plain section; Slack takes 3,000


Drawing = Callable[[Any, ZoneInfo, str], CardBody]  # of a view, the first line's zone and the workspace's address
Drawings = Mapping[str, Drawing]  # by the names in `alerting.kinds`


def card(
    drawing: Drawing,
    view: View,
    zone: ZoneInfo,
    *,
    repeated: bool = False,
    earlier: Posted | None = None,
    site: str = SLACK,
) -> Message:
    """Draws a view. `zone` is that of the plain text, `site` the workspace's address, for links to messages.

    `repeated` marks what may stand there twice; `earlier` is the message that this one takes the place of.
    """
    body = drawing(view, zone, site)
    continues: Phrase = ("continues ", *message_link(earlier, site, "an earlier message")) if earlier else ()
    marks = (Small((*body.small, continues)), Small(((REPEATED,),) if repeated else ()))
    return message(body.headline, [*body.pieces, *marks], Reader(zone, body.now))


def plain_card(message: Message, mention: str = "") -> Message:
    """For when Slack refuses the blocks: a few plain sections, and one that is live for the line with `mention`."""
    lines = message.text.split("\n")
    calls = [line for line in lines if is_wake(mention) and mention in line]
    rest = "\n".join(line for line in lines if line not in calls)
    texts: list[Block] = [{"type": "mrkdwn", "text": line, "verbatim": True} for line in calls[:1]]
    texts += [{"type": "plain_text", "text": unescape(chunk), "emoji": False} for chunk in _chunks(rest)]
    return Message(message.text, tuple({"type": "section", "text": text} for text in texts), message.place)


def reply(view: View, owed: Reply, zone: ZoneInfo) -> Message:
    """The line for a card's thread, with the zone's name, and whom it calls at its end. Text alone, no blocks."""
    parts = (replies.line(view, owed, zone), replies.call(owed), REPEATED if owed.repeated else "")
    return Message(" ".join(filter(None, parts)))


def _chunks(text: str) -> list[str]:
    chunks = [""]
    for line in text.split("\n"):
        if chunks[-1] and len(chunks[-1]) + len(line) >= _CHUNK:
            chunks.append("")
        chunks[-1] += f"\n{line}" if chunks[-1] else line
    return chunks
