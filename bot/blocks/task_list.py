"""Answers that list tasks. They say first what is missing, count only what was read, and name moment and source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.blocks import buttons
from bot.blocks.frame import BEHIND, SAID, Frame, open_words
from bot.blocks.last_runs import stuck
from bot.blocks.layout import Beside, Paragraph, Piece
from bot.blocks.paging import place, turn
from bot.blocks.phrase import At, Command, Foreign, Phrase, Strong
from bot.blocks.task_words import facts, task_name, waits_for, what
from bot.blocks.text import count, span
from bot.model import Found, Listing, Message, OpenAlerts, Origin, Task, TaskState

_NO_ALERTS: Final = OpenAlerts((), 0, 0)
_NONE_KNOWN: Final[Mapping[str, timedelta]] = MappingProxyType({})


def on_page(found: Found[Task], page: int) -> tuple[Task, ...]:
    return turn(found.items, page, found.size, offset=found.offset).items


def task_list(listing: Listing, frame: Frame, unusual: Mapping[str, timedelta] = _NONE_KNOWN) -> Message:
    """One page of tasks. `unusual`: how long runs of those usually take that run for unusually long, by id."""
    found, paused = listing.found, listing.paused
    shown = turn(found.items, frame.page, found.size, offset=found.offset)
    more: Phrase = (f"{paused:,} more {'is' if paused == 1 else 'are'} paused: ask ", Command("/tasks paused"))
    body = [frame.heading(place(shown, found), more if paused else ()), *_rows(shown.items, found.as_of, unusual)]
    counted = frame.headline(f"{_at_least(found)}{shown.total:,} found", found)
    return frame.message(counted, body, found, *_hidden(listing), shown=shown)


def nothing(listing: Listing, frame: Frame) -> Message:
    """Empty is an answer."""
    start = "Not all was read, nothing found so far" if listing.found.partial else "Nothing found"
    body = [Paragraph.of(f"{start}: ", Foreign(frame.question, SAID, strong=True)), Paragraph(_fine(listing))]
    return frame.message(frame.headline(start, listing.found), body, listing.found, *_hidden(listing))


def overview(listing: Listing, frame: Frame, alerts: OpenAlerts = _NO_ALERTS, behind: str = "") -> Message:
    """What is wrong now, what needs attention, and one line about what is fine. All is well only where all was read.

    `alerts` are the open ones that fit the question; `behind` says why they may be old, "" where they are not.
    """
    found = listing.found
    shown = turn(found.items, frame.page, found.size, offset=found.offset)
    now, attention = _wrong_now(listing, alerts), _attention(shown.total, found)
    if not now and not shown.total and alerts.every.size and not (found.stale or found.partial):
        attention = f"Nothing of this needs attention; {open_words(alerts.every)}"
    headline = f"{BEHIND}: {now}" if now and (found.stale or behind) else now or attention
    body: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        Paragraph(((Strong("Alerts: "), Foreign(behind, 300)),) if behind and not found.stale else ()),
        Paragraph(((attention,),) if now and shown.total else ()),
        frame.heading(place(shown, found)) if shown.items else Paragraph.of(Foreign(frame.question, SAID)),
        *_rows(shown.items, found.as_of),
        Paragraph((*_fine(listing), (f"{_at_least(found)}{listing.running:,} running now.",))),
    ]
    return frame.message(headline, body, found, shown=shown)


def _rows(tasks: Sequence[Task], now: datetime, unusual: Mapping[str, timedelta] = _NONE_KNOWN) -> Iterator[Piece]:
    """A line of foreign names, and one with a button. What waits or runs for unusually long gets another."""
    for task in tasks:
        yield Paragraph((what(task), waits_for(task), stuck(task, unusual.get(task.id), now)))
        yield Beside(facts(task, now), buttons.details(task.id, task_name(task)))


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
