"""What every list has around its rows: which page this is, what was not read, as of when, in whose time.

`said` is the question in plain words, not escaped; it may hold names the asker typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from bot.blocks.layout import HEADLINE, Paragraph, Small
from bot.blocks.phrase import At, Mention, Named, Phrase, Strong
from bot.blocks.text import count, foreign
from bot.model import Activity, Basis, Found, Origin, Person, Task

T = TypeVar("T")
Rests = Found[Task] | Found[Activity] | Basis
"""What an answer rests on: when and where it was read, and what is missing."""
ROWS = 10
SAID = 500  # characters of a question that are said back
BEHIND = "Not up to date"


@dataclass(frozen=True, slots=True)
class Turned(Generic[T]):
    """One page of `total` items: items `first` to `last`, counted from 1; 0 to 0 of nothing."""

    items: tuple[T, ...]
    page: int
    pages: int
    first: int
    last: int
    total: int


def turn(items: Iterable[T], page: int, total: int, *, offset: int = 0, rows: int = ROWS) -> Turned[T]:
    """Page `page` of `total` items, counted from 1; the nearest one where there is no such page.

    `items` may be that page alone: they begin at place `offset` of the whole, counted from 0. No item after the page is
    looked at.
    """
    pages = max(-(-total // rows), 1)
    start = max((min(max(page, 1), pages) - 1) * rows, offset)
    shown = tuple(islice(items, start - offset, start - offset + rows))
    return Turned(shown, min(start // rows + 1, pages), pages, start + 1 if shown else 0, start + len(shown), total)


def heading(
    said: str, turned: Turned[T], found: Found[Task] | Found[Activity], asked_by: str = "", *more: Phrase
) -> Paragraph:
    """The question and where we are in its answer. `of m` only when all was read."""
    return asked(said, place(turned, found), asked_by, *more)


def asked(said: str, where: str, asked_by: str = "", *more: Phrase) -> Paragraph:
    """The question, where we are in its answer, and who asked where others read it."""
    asker: Phrase = ("Asked by ", Mention(asked_by)) if asked_by else ()
    return Paragraph(((Named(said, SAID, strong=True),), (where,) if where else (), asker, *more))


def place(turned: Turned[T], rests: Rests) -> str:
    """`11–20 of 42, page 2 of 5`; `11–20, page 2, not all was read`."""
    here = str(turned.last) if turned.first == turned.last else f"{turned.first}–{turned.last}"
    if not turned.total:
        return "None found, not all was read" if rests.partial else "None found"
    if not turned.items:
        return f"Nothing on this page, {_of(turned.total, rests)}"
    if rests.partial and rests.origin is Origin.LIVE:
        return f"{here}, page {turned.page}, not all was read"
    if isinstance(rests, Found) and rests.is_cut and turned.pages == 1:
        return f"the first {turned.total:,} only"
    if turned.pages == 1:
        return _of(turned.total, rests)
    return f"{here} of {_least(rests)}{turned.total:,}, page {turned.page} of {turned.pages:,}"


def first_line(said: str, turned: Turned[T], rests: Rests) -> str:
    """The lock screen's line: whether it can be relied on, how many, of what."""
    return headed(f"{_least(rests)}{turned.total:,} found", said, rests)


def headed(told: str, said: str, rests: Rests) -> str:
    """A first line: that the copy is behind, what is told (our own words), and as much of the question as fits."""
    behind = f"{BEHIND}. " if rests.stale else ""
    start = f"{behind}{told[:1].upper()}{told[1:]}: "
    return start + foreign(said, HEADLINE - len(start))


def _least(rests: Rests) -> str:
    return "at least " if rests.partial else ""


def _of(total: int, rests: Rests) -> str:
    return f"{_least(rests)}{total:,} in all"


def gaps(rests: Rests) -> Paragraph:
    """What is missing from what was read, that the copy is behind before all else; no lines where nothing is."""
    lines: list[Phrase] = [(Strong(f"{BEHIND}:"), " ", Named(rests.stale, 300))] if rests.stale else []
    if rests.partial:
        back_to = None if isinstance(rests, Basis) else rests.back_to
        reach: Phrase = (", back to ", At(back_to)) if back_to else ()
        lines.append((Strong("Partial:"), " ", Named(rests.partial, 300), *reach))
    if not isinstance(rests, Basis) and rests.malformed:
        one = rests.malformed == 1
        lines.append(
            (f"{count(rests.malformed, 'entry', 'entries')} could not be read and {'is' if one else 'are'} missing.",)
        )
    return Paragraph(tuple(lines))


def source(rests: Rests, person: Person, *more: Phrase) -> Small:
    """Small print: as of when, from where, and in whose time the question was read where that is a guess."""
    as_of: Phrase = ("As of ", At(rests.as_of), f", {rests.origin.value}")
    guess: Phrase = () if person.zone_is_known else (f"Times read in {person.zone}: Slack did not tell yours",)
    return Small((*more, as_of, guess), spoken=(*more, as_of))
