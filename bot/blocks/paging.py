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
from bot.model import Activity, Found, Person, Task

T = TypeVar("T")
ROWS = 10
SAID = 500  # characters of a question that are said back


@dataclass(frozen=True, slots=True)
class Turned(Generic[T]):
    """One page of `total` items: items `first` to `last`, counted from 1; 0 to 0 of nothing."""

    items: tuple[T, ...]
    page: int
    pages: int
    first: int
    last: int
    total: int


def turn(items: Iterable[T], page: int, total: int) -> Turned[T]:
    """Page `page` of `total` items, counted from 1; the nearest one where there is no such page.

    No item after that page is looked at.
    """
    pages = max(-(-total // ROWS), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * ROWS
    shown = tuple(islice(items, start, start + ROWS))
    return Turned(shown, page, pages, start + 1 if shown else 0, start + len(shown), total)


def heading(
    said: str, turned: Turned[T], found: Found[Task] | Found[Activity], asked_by: str = "", *more: Phrase
) -> Paragraph:
    """The question and where we are in its answer. `of m` only when all was read."""
    where = place(turned, partial=bool(found.partial))
    asker: Phrase = ("Asked by ", Mention(asked_by)) if asked_by else ()
    return Paragraph(((Named(said, SAID, strong=True),), (where,), asker, *more))


def place(turned: Turned[T], *, partial: bool) -> str:
    """`11–20 of 42, page 2 of 5`; `11–20, page 2, not all was read`."""
    here = str(turned.last) if turned.first == turned.last else f"{turned.first}–{turned.last}"
    if not turned.total:
        return "None found, not all was read" if partial else "None found"
    if partial:
        return f"{here}, page {turned.page}, not all was read"
    if turned.pages == 1:
        return f"{turned.total:,} in all"
    return f"{here} of {turned.total:,}, page {turned.page} of {turned.pages}"


def first_line(said: str, turned: Turned[T], *, partial: bool) -> str:
    """The lock screen's line: how many, of what."""
    start = f"At least {turned.total:,}" if partial else f"{turned.total:,}"
    return f"{start} found: {foreign(said, HEADLINE - len(start) - 8)}"


def gaps(found: Found[Task] | Found[Activity]) -> Paragraph:
    """What is missing from what was read; no lines where nothing is."""
    lines: list[Phrase] = []
    if found.partial:
        reach: Phrase = (", back to ", At(found.back_to)) if found.back_to else ()
        lines.append((Strong("Partial:"), " ", Named(found.partial, 300), *reach))
    if found.malformed:
        one = found.malformed == 1
        lines.append(
            (f"{count(found.malformed, 'entry', 'entries')} could not be read and {'is' if one else 'are'} missing.",)
        )
    return Paragraph(tuple(lines))


def source(found: Found[Task] | Found[Activity], person: Person, *more: Phrase) -> Small:
    """Small print: as of when, from where, and in whose time the question was read where that is a guess."""
    as_of: Phrase = ("As of ", At(found.as_of), ", live from Acronis")
    guess: Phrase = () if person.zone_is_known else (f"Times read in {person.zone}: Slack did not tell yours",)
    return Small((*more, as_of, guess), spoken=(*more, as_of))
