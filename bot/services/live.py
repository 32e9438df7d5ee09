"""Questions asked live of Acronis: of all accounts at once, in the order and number asked for. Keeps nothing."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, TypeVar

from bot.errors import NotFound
from bot.language import KEPT
from bot.model import Activity, Clock, Found, Page, Sort, Task, TaskQuery, length_of, time_of
from bot.services.fan_out import Budget, Source, first, gather

T = TypeVar("T", Task, Activity)

_BY_TIME: Final = frozenset({Sort.TIME, Sort.STARTED, Sort.COMPLETED})


class Live:
    """`clients` are by account. An answer reads at most `limit` items for at most `seconds` (design §4)."""

    def __init__(
        self, clients: Mapping[str, Source], clock: Clock, *, limit: int = 5_000, seconds: float = 10.0
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._limit = limit
        self._seconds = seconds

    def budget(self, *, items: int | None = None, seconds: float | None = None) -> Budget:
        """What one answer may read, made when its question comes; never more than the usual."""
        return Budget(min(items or self._limit, self._limit), min(seconds or self._seconds, self._seconds))

    async def find(self, query: TaskQuery, budget: Budget | None = None) -> Found[Task]:
        """The tasks asked for, of all accounts. Raises AcronisError where nothing could be read."""
        budget = budget or self.budget()
        return await self._gathered(self._clients, lambda each, asked: each.find(asked), query, budget, "tasks")

    async def activities(self, query: TaskQuery, task: Task | None, budget: Budget) -> Found[Activity]:
        """Those of one task, or of all. A task's number means something in its own account only. Raises as `find`."""
        clients = self._clients
        if task:
            clients = {name: client for name, client in clients.items() if name == task.account}
        number = task.id if task else ""
        return await self._gathered(
            clients, lambda each, asked: each.activities(asked, number), query, budget, "activities"
        )

    async def task(self, id: str, budget: Budget) -> Task:  # noqa: A002 - the API's own word
        """By number or UUID, from an account that knows it. Raises NotFound, or AcronisError where one is silent."""
        return await first(self._clients.values(), lambda each: each.task(id), f"There is no task {id}", budget)

    async def task_or_activity(self, id: str, budget: Budget) -> Task | Activity:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. Raises as `task`."""
        try:
            return await self.task(id, budget)
        except NotFound:
            missing = f"There is no task or activity {id}"
        return await first(self._clients.values(), lambda each: each.activity(id), missing, budget)

    async def _gathered(
        self,
        clients: Mapping[str, Source],
        ask: Callable[[Source, TaskQuery], AsyncIterator[Page[T]]],
        query: TaskQuery,
        budget: Budget,
        noun: str,
    ) -> Found[T]:
        """Read by time, since the API knows no other order; then put into the order asked for.

        The API has no upper bound. What lies before all that Acronis keeps is read oldest first: it ends at once.
        """
        now = self._clock.now()
        is_gone = query.before is not None and query.before < now - KEPT
        by_time = query.sort if query.sort in _BY_TIME else Sort.TIME
        asked = replace(query, sort=by_time, backwards=query.oldest_first or is_gone)
        found = await gather({name: ask(client, asked) for name, client in clients.items()}, asked, budget, now, noun)
        return replace(found, items=in_order(found.items, query, now))


def in_order(items: tuple[T, ...], query: TaskQuery, now: datetime) -> tuple[T, ...]:
    """As `query` sorts them. Of equals the newest is first, unless the oldest was asked for; no length comes last."""

    def moment(item: T) -> datetime:
        return time_of(item, query.order_field) or item.updated_at

    timed = sorted(items, key=moment, reverse=not query.oldest_first)
    if query.sort is Sort.DURATION:
        lengths = {id(item): length_of(item, now) for item in timed}
        known = [item for item in timed if lengths[id(item)] is not None]
        known.sort(key=lambda item: lengths[id(item)] or timedelta(), reverse=not query.backwards)
        timed = known + [item for item in timed if lengths[id(item)] is None]
    elif query.sort not in _BY_TIME:
        name = attrgetter("name" if query.sort is Sort.NAME else "tenant.name")
        timed.sort(key=lambda item: str(name(item)).casefold(), reverse=query.backwards)
    return tuple(timed)


def is_newest_first(query: TaskQuery) -> bool:
    return query.sort in _BY_TIME and not query.oldest_first


def limited(found: Found[T], query: TaskQuery) -> Found[T]:
    """Only the first so many. Where they are newer than all that was not read, nothing is missing among them."""
    if query.limit is None or len(found.items) < query.limit:
        return found
    items = found.items[: query.limit]
    cut = replace(found, items=items, is_cut=True)
    if not items or found.back_to is None or not is_newest_first(query):
        return cut
    last = time_of(items[-1], query.order_field)
    return replace(cut, partial="", back_to=None) if last and last > found.back_to else cut
