"""What a list read live needs beside its items: what it leaves out, what is paused, what went well. No accounts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from bot.errors import AcronisError
from bot.language import DEFAULT_KINDS
from bot.model import Found, Kind, Listing, ResultCode, Task, TaskQuery, TaskState
from bot.services.fan_out import Budget
from bot.services.live import limited

Find = Callable[[TaskQuery, Budget], Awaitable[Found[Task]]]
Look = Callable[[Find, TaskQuery, Budget], Awaitable[Listing]]

_STARTED = frozenset[str]({TaskState.STARTED})
_PAUSED = frozenset[str]({TaskState.PAUSED})
_OK = frozenset[str]({ResultCode.OK})
_NOT_OK = frozenset[str](ResultCode) - _OK
_NOT_COUNTED = "what went well was not read"


async def listing(find: Find, query: TaskQuery, budget: Budget) -> Listing:
    """The tasks asked for. The API knows no kinds, so reading more kinds and parting them here costs nothing.

    Where nothing is found that went wrong, a second question counts what went well. Raises AcronisError.
    """
    widened = _widened(query)
    found = await find(widened, budget)
    shown = Listing(found) if widened == query else _parted(found, query)
    asks_for_wrong = bool(query.results) and not query.results & _OK
    is_empty = not (shown.found.items or found.partial)
    if asks_for_wrong and is_empty:
        return await _with_fine(find, query, budget, shown)
    return replace(shown, found=limited(shown.found, query))


async def overview(find: Find, query: TaskQuery, budget: Budget) -> Listing:
    """What ended other than well in the time that `query` names, and what is paused now. Raises AcronisError.

    What went wrong is read first: no failure is missed for good runs. Then all that ended, for the number of good runs
    and for results that nobody knows.
    """
    wrong, current = await asyncio.gather(
        find(replace(query, results=_NOT_OK), budget), find(current_of(query), budget)
    )
    ended = await _ended(find, query, budget, wrong.as_of)
    attention = [task for task in (*wrong.items, *ended.items) if task.code != ResultCode.OK]
    attention += [task for task in current.items if task.state == TaskState.PAUSED]
    once = {(task.account, task.id): task for task in attention}
    good = [task.ended_at for task in ended.items if task.code == ResultCode.OK]
    return Listing(
        Found(
            tuple(sorted(once.values(), key=lambda task: task.ended_at, reverse=True)),
            wrong.as_of,
            partial="; ".join(dict.fromkeys(found.partial for found in (wrong, ended, current) if found.partial)),
            back_to=None if current.partial else _back_to(wrong, ended),
            malformed=max(wrong.malformed, ended.malformed) + current.malformed,
        ),
        running=sum(task.state == TaskState.STARTED for task in current.items),
        fine=len(good),
        newest=max(good, default=None),
        is_least=bool(ended.partial),
    )


def current_of(query: TaskQuery) -> TaskQuery:
    """What runs and what is paused now, of the kinds that `query` is about."""
    return TaskQuery(states=_STARTED | _PAUSED, kinds=query.kinds, roots_only=query.roots_only)


def _widened(query: TaskQuery) -> TaskQuery:
    """The question with all that is counted beside its list."""
    states = query.states | _PAUSED if query.states == _STARTED else query.states
    if query.kinds == DEFAULT_KINDS:
        return replace(query, states=states, kinds=frozenset(), roots_only=False)
    return replace(query, states=states)


def _parted(found: Found[Task], query: TaskQuery) -> Listing:
    """What was asked for, and the numbers of what was found beside it."""
    wanted = tuple(task for task in found.items if query.admits(task, found.as_of))
    paused = replace(query, states=_PAUSED)
    return Listing(
        replace(found, items=wanted),
        hidden=sum(
            task.kind is Kind.MANAGEMENT and (not query.states or task.state in query.states) for task in found.items
        )
        if query.kinds == DEFAULT_KINDS
        else 0,
        paused=sum(paused.admits(task, found.as_of) for task in found.items) if query.states == _STARTED else 0,
    )


async def _ended(find: Find, query: TaskQuery, budget: Budget, as_of: datetime) -> Found[Task]:
    """All that ended, as far as what went wrong has left room; an error leaves that standing."""
    if budget.left <= 0:
        return Found((), as_of, partial=_NOT_COUNTED)
    try:
        return await find(query, budget)
    except AcronisError as error:
        return Found((), as_of, partial=error.told.rstrip("."))


def _back_to(*lists: Found[Task]) -> datetime | None:
    """From when on all lists are whole; None where that is not known."""
    reach = [found.back_to for found in lists if found.partial]
    known = [at for at in reach if at is not None]
    return max(known) if known and len(known) == len(reach) else None


async def _with_fine(find: Find, query: TaskQuery, budget: Budget, shown: Listing) -> Listing:
    """Counts within what the first question left. Nothing found is true without it."""
    if budget.left <= 0:
        return shown
    try:
        good = await find(replace(query, results=_OK), budget)
    except AcronisError:
        return shown
    newest = max((task.ended_at for task in good.items), default=None)
    return replace(shown, fine=len(good.items), newest=newest, is_least=bool(good.partial))
