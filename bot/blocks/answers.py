"""Answers to questions: lists of tasks, the overview, nothing found. Owns what such an answer says and in which order.

What is missing is said first, numbers are only given for what was really read, and each answer names its moment and
its source. Pages count from 1 and hold ten; a page that does not exist shows the nearest one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.blocks import buttons
from bot.blocks.activities import activity_list
from bot.blocks.details import failed_modal, in_full, loading_modal, task_modal
from bot.blocks.history import history_answer
from bot.blocks.last_runs import stuck
from bot.blocks.layout import Beside, Paragraph, Piece, Reader, message
from bot.blocks.notes import refusal
from bot.blocks.paging import BEHIND, SAID, first_line, gaps, headed, heading, source, turn
from bot.blocks.phrase import At, Named, Phrase, Strong, Typed
from bot.blocks.protected import protected_answer
from bot.blocks.stats import stats_answer
from bot.blocks.task_words import facts, waits_for, what
from bot.blocks.text import count, span
from bot.model import Answer, Found, Message, Origin, Person, Task

__all__ = [
    "activity_list",
    "expired",
    "failed_modal",
    "history_answer",
    "in_full",
    "loading_modal",
    "nothing",
    "on_page",
    "overview",
    "protected_answer",
    "stats_answer",
    "task_list",
    "task_modal",
]


_NONE_KNOWN: Final[Mapping[str, timedelta]] = MappingProxyType({})


def on_page(found: Found[Task], page: int) -> tuple[Task, ...]:
    """The tasks that this page of a list shows."""
    return turn(found.items, page, found.size, offset=found.offset).items


def task_list(
    found: Found[Task],
    *,
    said: str,
    page: int,
    answer: Answer | None,
    person: Person,
    hidden: int = 0,
    paused: int = 0,
    usual: Mapping[str, timedelta] = _NONE_KNOWN,
    replaces: bool = False,
    asked_by: str = "",
) -> Message:
    """One page of tasks. `said` is the question in plain words, not escaped.

    `hidden` counts management tasks left out, `paused` counts paused ones that were not asked for. Without an `answer`
    (a shared list) there are no buttons below. `asked_by` is the Slack id of whom a shared list names. `usual`:
    how long such runs usually take, by the task's id.
    """
    turned = turn(found.items, page, found.size, offset=found.offset)
    more: Phrase = (f"{paused:,} more {'is' if paused == 1 else 'are'} paused: ask ", Typed("/tasks paused"))
    pieces: list[Piece] = [
        gaps(found),
        heading(said, turned, found, asked_by, more if paused else ()),
        *_rows(turned.items, found.as_of, usual),
        source(found, person, *_hidden(hidden)),
    ]
    return message(
        first_line(said, turned, found),
        pieces,
        Reader.of(person, found.as_of),
        buttons=buttons.of_answer(answer, turned.page, turned.pages),
        replaces=replaces,
    )


def nothing(
    *,
    said: str,
    found: Found[Task],
    fine: int | None,
    newest: datetime | None,
    person: Person,
    hidden: int = 0,
    is_least: bool = False,
) -> Message:
    """Empty is an answer. `fine` counts runs that ended well in the time asked for, None where nobody counted.

    `is_least`: not all of them could be counted.
    """
    start = "Not all was read, nothing found so far" if found.partial else "Nothing found"
    pieces: list[Piece] = [
        gaps(found),
        Paragraph(((f"{start}: ", Named(said, SAID, strong=True)),)),
        Paragraph(_fine(fine, newest, found, is_least=is_least)),
        source(found, person, *_hidden(hidden)),
    ]
    return message(headed(start, said, found), pieces, Reader.of(person, found.as_of))


def overview(
    attention: Found[Task],
    *,
    fine: int,
    running: int,
    newest: datetime | None,
    said: str,
    page: int,
    answer: Answer | None,
    person: Person,
    asked_by: str = "",
    is_least: bool = False,
) -> Message:
    """What needs attention, one line of what is fine. Says that all is well only when all was read.

    `is_least`: not all that is `fine` could be counted.
    """
    turned = turn(attention.items, page, attention.size, offset=attention.offset)
    headline = _attention(turned.total, attention)
    ran = (f"{_least(bool(attention.partial))}{running:,} running now.",)
    well = (*_fine(fine, newest, attention, is_least=is_least), ran)
    pieces: list[Piece] = [
        gaps(attention),
        Paragraph(((Strong(headline),),), spoken=()),
        *([heading(said, turned, attention, asked_by)] if turned.items else [Paragraph(((Named(said, SAID),),))]),
        *_rows(turned.items, attention.as_of),
        Paragraph(well),
        source(attention, person),
    ]
    return message(
        headline,
        pieces,
        Reader.of(person, attention.as_of),
        buttons=buttons.of_answer(answer, turned.page, turned.pages),
    )


def expired(told: str) -> Message:
    """A button of an answer that is no longer kept. The old answer stays where it is."""
    return refusal(told)


def _rows(tasks: Sequence[Task], now: datetime, usual: Mapping[str, timedelta] = _NONE_KNOWN) -> Iterator[Piece]:
    """Two lines a task. The first is rich text, for its names are a customer's; the second has the button beside it.

    One that waits, or runs for unusually long, has a line more.
    """
    for task in tasks:
        yield Paragraph((what(task), waits_for(task), stuck(task, usual.get(task.id), now)))
        yield Beside(facts(task, now), buttons.details(task))


def _attention(total: int, found: Found[Task]) -> str:
    """That all is well is only said when all was read, and lately."""
    told = count(total, "task needs", "tasks need") + " attention"
    if found.stale:
        return f"{BEHIND}: {told} so far" if total else BEHIND
    if found.partial:
        return f"At least {told}" if total else "Not all was read"
    return told if total else "Nothing needs attention"


def _fine(fine: int | None, newest: datetime | None, found: Found[Task], *, is_least: bool) -> tuple[Phrase, ...]:
    """A number of what was read in part is a least number, and none at all is no news."""
    if fine is None or (not fine and (is_least or found.stale or found.partial)):
        return ()
    if fine == 0:
        knows = "Acronis shows" if found.origin is Origin.LIVE else "The bot knows of"
        return ((f"{knows} no run that ended well in that time.",),)
    ran = f"{_least(is_least)}{count(fine, 'run')} ended well"
    if newest is None:
        return ((f"{ran}.",),)
    return ((ran, ", the newest ", At(newest), f", {span(found.as_of - newest)} before this answer"),)


def _least(is_least: bool) -> str:
    return "At least " if is_least else ""


def _hidden(hidden: int) -> tuple[Phrase, ...]:
    return ((f"{count(hidden, 'management task')} not shown: add the word all",),) if hidden else ()
