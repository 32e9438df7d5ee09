"""Paragraphs → Message, Modal and Home. Owns the shapes of blocks, their lengths and the plain text beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks.phrase import At, Link, Part, Phrase, join, mrkdwn, rich, without_marks, words
from bot.blocks.text import cut, plain
from bot.model import Block, Home, Message, Modal, Person
from bot.model.values import dataclass

CHART = "data_visualization"
"""The type of the block that not every workspace has."""
HEADLINE = 120  # characters of the first line: what a lock screen shows (experience §3)
TEXT = 3_900  # characters of the whole text: an edit refuses 4,000 (experience §3)
TITLE = 24  # characters of a modal's title
WAS_CUT = "The rest is cut."
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that stand together, in a list where `inset` is 1 to 9. The plain text has `spoken` instead, if given."""

    lines: tuple[Phrase, ...]
    inset: int = 0
    spoken: tuple[Phrase, ...] | None = None

    @classmethod
    def of(cls, *parts: Part, inset: int = 0) -> "Paragraph":
        return cls((parts,), inset)


@dataclass(frozen=True, slots=True)
class Beside:
    line: Phrase
    button: Block | None


@dataclass(frozen=True, slots=True)
class Small:
    """Small print: facts, joined by dots. A fact with a time or a link in it holds no foreign words."""

    facts: tuple[Phrase, ...]
    spoken: tuple[Phrase, ...] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Buttons side by side, within a message. Nothing where it has none.

    `id` names the block. Slack keeps what was chosen in a menu until the block has another name.
    """

    buttons: tuple[Block, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A block as it is, such as a chart. What it shows stands in words beside it: the plain text has nothing of it."""

    block: Block


Piece = Paragraph | Beside | Small | Row | Whole


@dataclass(frozen=True, slots=True)
class CardBody:
    """A card without the marks of its message, as of `now`. `small` stands in one line with the marks."""

    headline: str
    pieces: Sequence[Piece]
    now: datetime
    small: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """The zone of the times in the plain text. `now` decides whether a weekday is enough."""

    zone: ZoneInfo = UTC_ZONE
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    zone_is_known: bool = True

    @classmethod
    def of(cls, person: Person, now: datetime) -> "Reader":
        return cls(person.zone, now, person.zone_is_known)


def message(headline: str, pieces: Sequence[Piece], reader: Reader, *, buttons: Sequence[Block] = ()) -> Message:
    """`headline` is the first line of the text, escaped already. The zone is named once, at the text's end."""
    blocks = (*_blocks(pieces, reader.zone), *_actions(buttons))
    return Message(_text(headline, pieces, reader), blocks)


def modal(title: str, pieces: Sequence[Piece], zone: ZoneInfo, *, buttons: Sequence[Block] = ()) -> Modal:
    return Modal(cut(plain(title), TITLE) or "Nightshift", (*_blocks(pieces, zone), *_actions(buttons)))


def home(pieces: Sequence[Piece], zone: ZoneInfo, digest: str = "") -> Home:
    return Home(tuple(_blocks(pieces, zone)), digest)


def fitting(lines: Iterable[str], length: int) -> list[str]:
    """As many whole lines as fit, and a note that the rest is cut. So no word or entity is cut in half."""
    fitting: list[str] = []
    room = length - len(WAS_CUT) - 1
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*fitting, WAS_CUT]
        fitting.append(line)
    return fitting


def _text(headline: str, pieces: Sequence[Piece], reader: Reader) -> str:
    """The whole text: the first line, then each line that it does not hold, then the zone."""
    phrases = [phrase for piece in pieces for phrase in _phrases(piece)]
    lines = [words(phrase, reader.zone, reader.now) for phrase in phrases]
    said = [headline, *(line for line in lines if line and not _holds(headline, line.rstrip(".")))]
    if not any(isinstance(part, At) for phrase in phrases for part in phrase):
        return "\n".join(fitting(said, TEXT))
    note = f"Times in {reader.zone}{'.' if reader.zone_is_known else ': Slack did not tell yours.'}"
    return "\n".join([*fitting(said, TEXT - len(note) - 1), note])


def _holds(headline: str, line: str) -> bool:
    """Whether the first line says it already, as whole words: a machine may be called `e`."""
    at = headline.find(line)
    while at >= 0:
        beside = headline[max(at - 1, 0) : at] + headline[at + len(line) :][:1]
        if not any(sign.isalnum() or sign == "_" for sign in beside):
            return True
        at = headline.find(line, at + 1)
    return False


def _phrases(piece: Piece) -> Sequence[Phrase]:
    match piece:
        case Paragraph():
            return piece.lines if piece.spoken is None else piece.spoken
        case Beside():
            return (piece.line,)
        case Small():
            return (join(list(piece.facts)),) if piece.spoken is None else piece.spoken
        case Row() | Whole():
            return ()


def _blocks(pieces: Sequence[Piece], zone: ZoneInfo) -> Iterator[Block]:
    """One block for each piece. Items of one list share a block, or each would stand apart."""
    for listed, group in groupby(pieces, key=lambda piece: isinstance(piece, Paragraph) and piece.inset > 0):
        if not listed:
            yield from (block for piece in group for block in _block(piece, zone))
        elif items := [_item(item, zone) for item in group if isinstance(item, Paragraph) and _pieces(item, zone)]:
            yield {"type": "rich_text", "elements": items}


def _actions(buttons: Sequence[Block], block_id: str = "") -> Iterator[Block]:
    if buttons:
        named = {"block_id": block_id} if block_id else {}
        yield {"type": "actions", **named, "elements": list(buttons)}


def _block(piece: Piece, zone: ZoneInfo) -> Iterator[Block]:
    match piece:
        case Paragraph() if _pieces(piece, zone):
            yield {"type": "rich_text", "elements": [_section(piece, zone)]}
        case Beside():
            block = {"type": "section", "text": mrkdwn(piece.line, zone)}
            yield block if piece.button is None else {**block, "accessory": piece.button}
        case Small() if any(piece.facts):
            yield {"type": "context", "elements": _small(piece.facts, zone)}
        case Row():
            yield from _actions(piece.buttons, piece.id)
        case Whole():
            yield piece.block
        case _:
            pass


def _item(item: Paragraph, zone: ZoneInfo) -> Mapping[str, Any]:
    indent = min(item.inset, 9) - 1
    return {"type": "rich_text_list", "style": "bullet", "indent": indent, "elements": [_section(item, zone)]}


def _section(paragraph: Paragraph, zone: ZoneInfo) -> Mapping[str, Any]:
    return {"type": "rich_text_section", "elements": _pieces(paragraph, zone)}


def _pieces(paragraph: Paragraph, zone: ZoneInfo) -> list[Mapping[str, Any]]:
    """The lines with breaks between them, empty ones left out."""
    pieces: list[Mapping[str, Any]] = []
    for line in filter(None, (rich(phrase, zone) for phrase in paragraph.lines)):
        pieces += ([{"type": "text", "text": "\n"}] if pieces else []) + line
    return pieces


def _small(facts: tuple[Phrase, ...], zone: ZoneInfo) -> list[Mapping[str, Any]]:
    """Facts with times and links need mrkdwn. The others may hold foreign words, so they are literal plain text."""
    elements: list[Mapping[str, Any]] = []
    for timed, group in groupby(
        filter(None, facts), key=lambda fact: any(isinstance(part, At | Link) for part in fact)
    ):
        line = join(list(group))
        elements.append(
            mrkdwn(line, zone) if timed else {"type": "plain_text", "text": without_marks(line), "emoji": False}
        )
    return elements
