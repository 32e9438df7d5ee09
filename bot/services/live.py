"""Answers read live from Acronis: from all accounts, in the order and number asked for. Keeps nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from bot.errors import AcronisError, NotFound
from bot.language import DEFAULT_KINDS, KEPT
from bot.model import Activity, Clock, Found, Kind, Listing, Page, ResultCode, Sort, Task, TaskQuery, TaskState, time_of
from bot.services.fan_out import Budget, Source, first, gather, in_order, latest
from bot.services.sharing import Alike, Paced, Shares

S = TypeVar("S")
T = TypeVar("T", Task, Activity)

Find = Callable[[TaskQuery, Budget], Awaitable[Found[Task]]]
STARTED: Final = frozenset[str]({TaskState.STARTED})
PAUSED: Final = frozenset[str]({TaskState.PAUSED})
OK: Final = frozenset[str]({ResultCode.OK})
_NOT_OK: Final = frozenset[str](ResultCode) - OK
_NOT_COUNTED = "what went well was not read"


class Live:
    """`clients` are by account. An answer reads at most `limit` items for at most `seconds` (design §4)."""

    def __init__(
        self, clients: Mapping[str, Source], clock: Clock, *, limit: int = 5_000, seconds: float = 10.0
    ) -> None:
        self._clients = {account: Paced(client) for account, client in clients.items()}
        self._alike = Alike()
        self._shares = Shares()
        self._clock = clock
        self._limit = limit
        self._seconds = seconds

    def budget(self, *, items: int | None = None, seconds: float | None = None) -> Budget:
        """What one answer may read. Made when its question comes, never more than the usual."""
        return Budget(min(items or self._limit, self._limit), min(seconds or self._seconds, self._seconds))

    async def find(self, query: TaskQuery, budget: Budget | None = None) -> Found[Task]:
        """The tasks asked for, of all accounts. Raises AcronisError where nothing could be read."""
        usual = budget or self.budget()
        alike = replace(query, after=_second(query.after), before=_second(query.before))
        return await self._ask(
            ("tasks", alike, usual.left, usual.seconds),
            lambda: self._gather(self._clients, lambda each, asked: each.find(asked), query, usual, "tasks"),
        )

    async def activities(self, query: TaskQuery, task: Task | None, budget: Budget) -> Found[Activity]:
        """Those of one task, or of all. A task's number is known in its own account only. Raises as `find`."""
        clients = {name: each for name, each in self._clients.items() if not task or name == task.account}
        number = task.id if task else ""
        alike = replace(query, after=_second(query.after), before=_second(query.before))
        return await self._ask(
            ("activities", number, alike, budget.left, budget.seconds),
            lambda: self._gather(
                clients, lambda each, asked: each.activities(asked, number), query, budget, "activities"
            ),
        )

    async def task(self, id: str, budget: Budget) -> Task:  # noqa: A002 - the API's own word
        """By number or UUID, from an account that knows it. Raises NotFound, or AcronisError where one is silent."""
        missing = f"There is no task {id}"
        return await self._ask(
            ("task", id, budget.seconds),
            lambda: first(self._clients.values(), lambda each: each.task(id), missing, budget),
        )

    async def task_or_activity(self, id: str, budget: Budget) -> Task | Activity:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. Raises as `task`."""
        try:
            return await self.task(id, budget)
        except NotFound:
            missing = f"There is no task or activity {id}"
        return await first(self._clients.values(), lambda each: each.activity(id), missing, budget)

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[S]]) -> S:
        """Raises AskedTooOften where the asker has had their share; what was just asked costs nothing of it."""
        if key not in self._alike:
            self._shares.take()
        return await self._alike.ask(key, ask)

    async def _gather(
        self,
        clients: Mapping[str, Source],
        ask: Callable[[Source, TaskQuery], AsyncIterator[Page[T]]],
        query: TaskQuery,
        budget: Budget,
        noun: str,
    ) -> Found[T]:
        """The API orders by time alone: the rest is sorted here. What is gone is read oldest first: it ends at once."""
        now = self._clock.now()
        is_gone = query.before is not None and query.before < now - KEPT
        by_time = query.sort if query.sort.is_by_time else Sort.TIME
        asked = replace(query, sort=by_time, backwards=query.oldest_first or is_gone)
        found = await gather({name: ask(client, asked) for name, client in clients.items()}, asked, budget, now, noun)
        return replace(found, items=in_order(found.items, query, now))


async def listing(find: Find, query: TaskQuery, budget: Budget) -> Listing:
    """The tasks asked for, read with all kinds: the API knows none. Counts good runs where nothing went wrong."""
    widened = _wider(query)
    found = await find(widened, budget)
    shown = Listing(found) if widened == query else _split(found, query)
    asks_for_wrong = bool(query.results) and not query.results & OK
    is_empty = not (shown.found.items or found.partial)
    if asks_for_wrong and is_empty:
        return await _with_fine(find, query, budget, shown)
    return replace(shown, found=first_few(shown.found, query))


async def overview(find: Find, query: TaskQuery, budget: Budget) -> Listing:
    """What ended other than well in the time that `query` names, and what is paused now. Raises AcronisError.

    What went wrong is read first, so that good runs displace no failure; then all that ended.
    """
    wrong, current = await asyncio.gather(
        find(replace(query, results=_NOT_OK), budget), find(current_of(query), budget)
    )
    ended = await _ended_tasks(find, query, budget, wrong.as_of)
    attention = [task for task in (*wrong.items, *ended.items) if task.code != ResultCode.OK]
    attention += [task for task in current.items if task.state == TaskState.PAUSED]
    once = {(task.account, task.id): task for task in attention}
    good = [task.ended_at for task in ended.items if task.code == ResultCode.OK]
    return Listing(
        Found(
            tuple(sorted(once.values(), key=lambda task: task.ended_at, reverse=True)),
            wrong.as_of,
            partial="; ".join(dict.fromkeys(found.partial for found in (wrong, ended, current) if found.partial)),
            back_to=None if current.partial else latest([each.back_to for each in (wrong, ended) if each.partial]),
            malformed=max(wrong.malformed, ended.malformed) + current.malformed,
        ),
        current=current.items,
        fine=len(good),
        newest=max(good, default=None),
        is_least=bool(ended.partial),
    )


def current_of(query: TaskQuery) -> TaskQuery:
    """What runs and what is paused now, of the kinds that `query` is about."""
    return replace(
        TaskQuery(states=STARTED | PAUSED, kinds=query.kinds, roots_only=query.roots_only),
        types=query.types,
        workloads=query.workloads,
        left_out=replace(query.left_out, results=frozenset()),
        names=query.names,
    )


def _wider(query: TaskQuery) -> TaskQuery:
    wider = replace(query, states=query.states | PAUSED) if query.states == STARTED else query
    return replace(wider, kinds=frozenset(), roots_only=False) if query.kinds == DEFAULT_KINDS else wider


def _split(found: Found[Task], query: TaskQuery) -> Listing:
    """What was asked for, and how much else was found."""
    wanted = tuple(task for task in found.items if query.admits(task, found.as_of))
    paused = replace(query, states=PAUSED)
    states = query.states or frozenset(task.state for task in found.items)
    hidden = sum(task.kind is Kind.MANAGEMENT and task.state in states for task in found.items)
    return Listing(
        replace(found, items=wanted),
        hidden=hidden if query.kinds == DEFAULT_KINDS else 0,
        paused=sum(paused.admits(task, found.as_of) for task in found.items) if query.states == STARTED else 0,
    )


async def _ended_tasks(find: Find, query: TaskQuery, budget: Budget, as_of: datetime) -> Found[Task]:
    """All that ended, within what is left of the budget. After an error what went wrong still stands."""
    if budget.left <= 0:
        return Found((), as_of, partial=_NOT_COUNTED)
    try:
        return await find(query, budget)
    except AcronisError as error:
        return Found((), as_of, partial=error.told.rstrip("."))


async def _with_fine(find: Find, query: TaskQuery, budget: Budget, shown: Listing) -> Listing:
    """Counts what went well within what is left of the budget; that nothing was found is true without it."""
    if budget.left <= 0:
        return shown
    try:
        good = await find(replace(query, results=OK), budget)
    except AcronisError:
        return shown
    newest = max((task.ended_at for task in good.items), default=None)
    return replace(shown, fine=len(good.items), newest=newest, is_least=bool(good.partial))


def _second(at: datetime | None) -> datetime | None:
    """*Last 24 h*, asked twice within a second, is one question."""
    return at and at.replace(microsecond=0)


def is_newest_first(query: TaskQuery) -> bool:
    return query.sort.is_by_time and not query.oldest_first


def first_few(found: Found[T], query: TaskQuery) -> Found[T]:
    """Only the first so many. They lack nothing where they are newer than all that was not read."""
    if query.limit is None or len(found.items) < query.limit:
        return found
    items = found.items[: query.limit]
    cut = replace(found, items=items, is_cut=True)
    if not items or found.back_to is None or not is_newest_first(query):
        return cut
    last = time_of(items[-1], query.order_field)
    return replace(cut, partial="", back_to=None) if last and last > found.back_to else cut
