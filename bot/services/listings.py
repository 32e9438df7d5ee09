"""What a list needs besides its items: what it leaves out, what is paused, what went well. Knows no accounts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import AcronisError
from bot.language import DEFAULT_KINDS
from bot.model import Found, Kind, ResultCode, Task, TaskQuery, TaskState

Find = Callable[[TaskQuery], Awaitable[Found[Task]]]

_STARTED = frozenset[str]({TaskState.STARTED})
_PAUSED = frozenset[str]({TaskState.PAUSED})
_OK = frozenset[str]({ResultCode.OK})
_NOT_OK = frozenset[str](ResultCode) - _OK


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of tasks and what is said beside it.

    `hidden` counts management tasks that only `all` shows, `paused` paused ones beside running ones, `running` what
    runs now. `fine` counts what ended well in the time asked for, the last of it at `newest`; None: nobody counted.
    """

    found: Found[Task]
    hidden: int = 0
    paused: int = 0
    running: int = 0
    fine: int | None = None
    newest: datetime | None = None


async def listing(find: Find, query: TaskQuery) -> Listing:
    """The tasks asked for. The API knows no kinds, so reading more kinds and parting them here costs nothing.

    Where nothing is found that went wrong, a second question counts what went well. Raises AcronisError.
    """
    everything = query
    if query.kinds == DEFAULT_KINDS:
        everything = replace(query, kinds=frozenset(), roots_only=False)
    paused = replace(query, states=_PAUSED)
    states = query.states | _PAUSED if query.states == _STARTED else query.states
    found = await find(replace(everything, states=states))
    wanted = tuple(task for task in found.items if query.admits(task))
    shown = Listing(
        replace(found, items=wanted),
        hidden=sum(
            task.kind is Kind.MANAGEMENT and everything.admits(task) and not query.admits(task) for task in found.items
        ),
        paused=sum(paused.admits(task) for task in found.items) if query.states == _STARTED else 0,
    )
    asks_for_wrong = bool(query.results) and not query.results & _OK
    return await _with_fine(find, query, shown) if asks_for_wrong and not wanted and not found.partial else shown


async def overview(find: Find, query: TaskQuery) -> Listing:
    """What ended other than well in the time that `query` names, and what is paused now. Raises AcronisError.

    Where there is too much to read it all, what went wrong is asked for by itself: no failure is missed for good runs.
    """
    now = TaskQuery(states=_STARTED | _PAUSED, kinds=query.kinds, roots_only=query.roots_only)
    ended, current = await asyncio.gather(find(query), find(now))
    wrong = await find(replace(query, results=_NOT_OK)) if ended.partial else replace(ended, items=())
    attention = [task for task in (*ended.items, *wrong.items) if task.code != ResultCode.OK]
    attention += [task for task in current.items if task.state == TaskState.PAUSED]
    once = {(task.account, task.id): task for task in attention}
    good = [task.ended_at for task in ended.items if task.code == ResultCode.OK]
    reasons = dict.fromkeys(found.partial for found in (wrong, ended, current) if found.partial)
    return Listing(
        Found(
            tuple(sorted(once.values(), key=lambda task: task.ended_at, reverse=True)),
            ended.as_of,
            partial="; ".join(reasons),
            back_to=ended.back_to,
            malformed=ended.malformed + current.malformed,
        ),
        running=sum(task.state == TaskState.STARTED for task in current.items),
        fine=len(good),
        newest=max(good, default=None),
    )


async def _with_fine(find: Find, query: TaskQuery, shown: Listing) -> Listing:
    """A count that is not known for sure is not given: nothing found is true without it."""
    try:
        good = await find(replace(query, results=_OK))
    except AcronisError:
        return shown
    if good.partial:
        return shown
    return replace(shown, fine=len(good.items), newest=max((task.ended_at for task in good.items), default=None))
