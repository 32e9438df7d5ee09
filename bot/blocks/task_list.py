"""Answers that list tasks. They say first what is missing, count only what was read, and name moment and source."""

from collections.abc import Iterator
from typing import Final

from bot.blocks import buttons
from bot.blocks.asks import ask_for_more
from bot.blocks.frame import BEHIND, SAID, Frame, open_words
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.paging import ListPage, place
from bot.blocks.phrase import At, Foreign, Phrase, Strong
from bot.blocks.task_entries import Entry, entry_pieces, page_of
from bot.blocks.text import count, span
from bot.model import Found, Listing, Message, OpenAlerts, Origin, RowFacts, Task, TaskState

_NO_ALERTS: Final = OpenAlerts((), 0, 0)
_NONE_KNOWN: Final = RowFacts()


def on_page(found: Found[Task], page: int, *, together: bool = True) -> tuple[Task, ...]:
    """All tasks of the page's entries."""
    return tuple(task for entry in page_of(found, page, together=together).items for task in entry.tasks)


def task_list(listing: Listing, frame: Frame, known: RowFacts = _NONE_KNOWN, *, together: bool = True) -> Message:
    """One page of tasks. `together`: failures that share a cause are one entry."""
    found, paused = listing.found, listing.paused
    shown = page_of(found, frame.page, together=together)
    more = f"{paused:,} more {'is' if paused == 1 else 'are'} paused: ask "
    counted = frame.headline(f"{_at_least(found)}{found.size:,} found", found)
    body = [
        frame.heading(_place(shown, found)),
        *_rows(shown, found, frame, known),
        *([ask_for_more(more, "paused")] if paused else []),
    ]
    return frame.message(counted, body, found, *_hidden(listing), shown=shown)


def nothing(listing: Listing, frame: Frame) -> Message:
    """Empty is an answer."""
    start = "Not all was read, nothing found so far" if listing.found.partial else "Nothing found"
    body = [Paragraph.of(f"{start}: ", Foreign(frame.question, SAID, strong=True)), Paragraph(_fine(listing))]
    return frame.message(frame.headline(start, listing.found), body, listing.found, *_hidden(listing))


def overview(
    listing: Listing,
    frame: Frame,
    alerts: OpenAlerts = _NO_ALERTS,
    behind: str = "",
    known: RowFacts = _NONE_KNOWN,
) -> Message:
    """What is wrong now, what needs attention, and one line about what is fine. All is well only where all was read.

    `alerts` are the open ones that fit the question; `behind` says why they may be old, "" where they are not.
    """
    found = listing.found
    shown = page_of(found, frame.page)
    now, attention = _wrong_now(listing, alerts), _attention(found.size, found)
    if not now and not found.size and alerts.every.size and not (found.stale or found.partial):
        attention = f"Nothing of this needs attention; {open_words(alerts.every)}"
    headline = f"{BEHIND}: {now}" if now and (found.stale or behind) else now or attention
    body: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        Paragraph(((Strong("Alerts: "), Foreign(behind, 300)),) if behind and not found.stale else ()),
        Paragraph(((attention,),) if now and found.size else ()),
        frame.heading(_place(shown, found)) if shown.items else Paragraph.of(Foreign(frame.question, SAID)),
        *_rows(shown, found, frame, known),
        Paragraph((*_fine(listing), (f"{_at_least(found)}{listing.running:,} running now.",))),
    ]
    return frame.message(headline, body, found, shown=shown)


def _rows(shown: ListPage[Entry], found: Found[Task], frame: Frame, known: RowFacts) -> Iterator[Piece]:
    for entry in shown.items:
        group = buttons.alike(frame.answer, shown.page, entry.first.id, len(entry.tasks))
        yield from entry_pieces(entry, found.as_of, known, group)


def _place(shown: ListPage[Entry], found: Found[Task]) -> str:
    """Of entries where several tasks stand in one."""
    if shown.total == found.size:
        return place(shown, found)
    if shown.pages == 1:
        return f"{_at_least(found)}{found.size:,} in all".lower()
    return f"entries {place(shown, found)}"


def _wrong_now(listing: Listing, alerts: OpenAlerts) -> str:
    """`13 alerts open, 6 critical · 1 stuck · 1 waits for a person · 2 missed`; "" where nothing is wrong now."""
    critical = f", {alerts.critical:,} critical" if alerts.critical else ""
    paused = sum(task.state == TaskState.PAUSED for task in listing.current)
    return " · ".join(
        words
        for number, words in (
            (alerts.size, f"{count(alerts.size, 'alert')} open{critical}"),
            (listing.stuck, f"{listing.stuck:,} stuck"),
            (paused, count(paused, "waits for a person", "wait for a person")),
            (alerts.missed, f"{alerts.missed:,} missed"),
        )
        if number
    )


def _attention(total: int, found: Found[Task]) -> str:
    """Nothing needs attention only where all was read, and lately."""
    needs = count(total, "task needs", "tasks need") + " attention"
    if found.stale:
        return f"{BEHIND}: {needs} so far" if total else BEHIND
    if found.partial:
        return f"At least {needs}" if total else "Not all was read"
    return needs if total else "Nothing needs attention"


def _fine(listing: Listing) -> tuple[Phrase, ...]:
    """Where not all was read, a number is a least number, and zero says nothing."""
    fine, found = listing.fine, listing.found
    if fine is None or (not fine and (listing.is_least or found.stale or found.partial)):
        return ()
    if fine == 0:
        knows = "Acronis shows" if found.origin is Origin.LIVE else "The bot knows of"
        return ((f"{knows} no run that ended well in that time.",),)
    ran = f"{'At least ' if listing.is_least else ''}{count(fine, 'run')} ended well"
    if listing.newest is None:
        return ((f"{ran}.",),)
    return ((ran, ", the newest ", At(listing.newest), f", {span(found.as_of - listing.newest)} before this answer"),)


def _at_least(found: Found[Task]) -> str:
    return "At least " if found.partial else ""


def _hidden(listing: Listing) -> tuple[Phrase, ...]:
    number = listing.hidden
    return ((f"{count(number, 'management task')} not shown: add the word all",),) if number else ()
