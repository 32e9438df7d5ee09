"""Entries of a list of tasks: one task, or failures that share their cause. Knows no page and no answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.alerting.fingerprint import cause_of
from bot.blocks import buttons
from bot.blocks.alert_words import SIGNS, why_so, with_stop
from bot.blocks.causes import article, step_of
from bot.blocks.last_runs import stuck
from bot.blocks.layout import Beside, Paragraph, Piece
from bot.blocks.paging import ListPage, turn
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import (
    OUTCOMES,
    facts,
    in_tenant,
    task_name,
    took,
    waits_for,
    what,
    when,
)
from bot.blocks.text import code_words, count, plain
from bot.model import FAILED, OF_FAILURES, Block, Found, Kind, ResultCode, RowFacts, Task, TaskQuery

CAUSE: Final = 120
_NAMED: Final = 3
_NAME: Final = 30
_MANY: Final[Mapping[Kind, str]] = {Kind.BACKUP: "backup", Kind.RESTORE: "restore"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Tasks that stand together in a list, in its order: one, or several failures with one cause."""

    tasks: tuple[Task, ...]

    @property
    def first(self) -> Task:
        return self.tasks[0]


def entries_of(tasks: Sequence[Task]) -> tuple[Entry, ...]:
    """Failures that share kind, result and cause are one entry, where the first of them stands."""
    alike: dict[tuple[str, ...], list[Task]] = {}
    for place, task in enumerate(tasks):
        alike.setdefault(_key(task) or (str(place),), []).append(task)
    return tuple(Entry(tuple(group)) for group in alike.values())


def page_of(found: Found[Task], page: int, *, together: bool = True) -> ListPage[Entry]:
    """The entries of a page. Where all that was found is here, pages are of entries, else of tasks.

    `together`: failures that share a cause are one entry.
    """
    if not together:
        shown = turn(found.items, page, found.size, offset=found.offset)
        return _with(shown, tuple(Entry((task,)) for task in shown.items))
    if found.is_whole:
        entries = entries_of(found.items)
        return turn(entries, page, len(entries))
    shown = turn(found.items, page, found.size, offset=found.offset)
    return _with(shown, entries_of(shown.items))


def _with(shown: ListPage[Task], entries: tuple[Entry, ...]) -> ListPage[Entry]:
    return ListPage(entries, shown.page, shown.pages, shown.first, shown.last, shown.total)


def are_together(query: TaskQuery) -> bool:
    """Not where an order was asked for that groups would break, nor where one cause is asked for."""
    is_of_cause = any(each.field in OF_FAILURES for each in query.names)
    return query.sort.is_by_time and not is_of_cause


def alike(found: Found[Task], page: int, task_id: str) -> tuple[Task, ...]:
    """The tasks of the page's entry that begins with this one; none where there is no such entry."""
    entries = page_of(found, page).items
    return next((entry.tasks for entry in entries if entry.first.id == task_id), ())


def entry_pieces(
    entry: Entry, now: datetime, known: RowFacts, group: Block | None = None, *, says_why: bool = True
) -> Iterator[Piece]:
    """What, where and why; then when and how long, with a button beside it. `group` is an entry's of several tasks."""
    if len(entry.tasks) > 1:
        yield Paragraph(((*_standing(entry.tasks, known), *_why(entry.first, strong=True)), _names(entry.tasks)))
        yield Beside(_facts(entry.tasks, known), group)
        return
    task = entry.first
    button = buttons.details(task.id, task_name(task))
    if not _has_failed(task):
        yield Paragraph((what(task), waits_for(task), _warned(task), stuck(task, known.unusual.get(task.id), now)))
        yield Beside(facts(task, now), button)
        return
    why = _why(task) if says_why else ()
    yield Paragraph(((*_standing(entry.tasks, known), *what(task)), why))
    recovered = known.recovered.get(task.id)
    later: Phrase = ("a later run ended well ", At(recovered)) if recovered else ()
    yield Beside(join([when(task), took(task, now), later]), button)


def cause_line(task: Task) -> Phrase:
    """The sentence of its cause, and what to do next, where the error book knows it."""
    cause = cause_of(task)
    return (*_why(task), *step_of(cause), *article(cause))


def _has_failed(task: Task) -> bool:
    """Only what is over has; a task may bear a result before."""
    return task.is_over and task.code in FAILED


def _key(task: Task) -> tuple[str, ...]:
    """() where nobody knows why it failed: what is unknown is nothing that two share."""
    text = plain(cause_of(task).text) if _has_failed(task) else ""
    return (task.kind, task.code, text.casefold()) if text else ()


def _standing(tasks: Sequence[Task], known: RowFacts) -> Phrase:
    """`🔴 CRITICAL · FAILED · `, `🟢 FAILED, THEN OK · `: the mark, and the words that say the same."""
    is_over = all(task.id in known.recovered for task in tasks)
    is_critical = any(task.id in known.critical for task in tasks)
    ended = OUTCOMES[tasks[0].code]
    if is_critical:
        return (SIGNS["critical"], Strong(f"CRITICAL · {ended}"), " · ")
    if is_over:
        return (SIGNS["recovered"], Strong(f"{ended}, THEN OK"), " · ")
    return (SIGNS["failed"], Strong(ended), " · ")


def _why(task: Task, *, strong: bool = False) -> Phrase:
    text = why_so(cause_of(task), task.code)
    return (Foreign(text, CAUSE, strong=True),) if strong else with_stop(text, CAUSE)


def _warned(task: Task) -> Phrase:
    """What a warning is about, where that is known."""
    text = code_words(cause_of(task).text) if task.code == ResultCode.WARNING else ""
    return with_stop(text, CAUSE) if text else ()


def _names(tasks: Sequence[Task]) -> Phrase:
    """`SRV-SQL01, SRV-DC01 and 4 more, Acme Corp`; several tenants are counted."""
    named = list({(task.account, task.tenant.id, task_name(task)): task for task in tasks}.values())
    shown = named if len(named) <= _NAMED else named[: _NAMED - 1]
    names = join([(Foreign(task_name(task), _NAME),) for task in shown], ", ")
    more = f" and {len(named) - len(shown):,} more" if len(named) > len(shown) else ""
    tenants = {(task.account, task.tenant.id, task.tenant.name): task.tenant for task in tasks}
    where = in_tenant(tasks[0].tenant, _NAME) if len(tenants) == 1 else (f", of {count(len(tenants), 'tenant')}",)
    return (*names, more, *where)


def _facts(tasks: Sequence[Task], known: RowFacts) -> Phrase:
    """`6 backups, the last Mon 09:00 · 2 ended well later`."""
    noun = _MANY.get(tasks[0].kind, "task")
    last = max(task.ended_at for task in tasks)
    well = sum(task.id in known.recovered for task in tasks)
    later: Phrase = (f"{'all' if well == len(tasks) else f'{well:,}'} ran well later",) if well else ()
    return join([(f"{count(len(tasks), noun)}, the last ", At(last)), later])
