"""Reads all accounts at once, within what one answer may read, and says what is missing. Knows no verb."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from bot.errors import AcronisError, AcronisUnavailable, NotFound
from bot.model import Activity, Found, Page, Sort, Task, TaskQuery, length_of, time_of

T = TypeVar("T", Task, Activity)


class Source(Protocol):
    """One account, newest first unless asked otherwise. Every method raises AcronisError, a list also after pages."""

    def find(self, query: TaskQuery, /) -> AsyncIterator[Page[Task]]: ...
    def activities(self, query: TaskQuery, task_id: str, /) -> AsyncIterator[Page[Activity]]: ...
    async def task(self, id: str, /) -> Task: ...  # noqa: A002 - the API's own word
    async def activity(self, id: str, /) -> Activity: ...  # noqa: A002 - the API's own word


class Budget:
    """What one answer may read: `left` items, wanted or not, until a moment (design §4). Made in the running loop."""

    def __init__(self, items: int = 5_000, seconds: float = 10.0) -> None:
        self.left = items
        self.seconds = seconds
        self.until = asyncio.get_running_loop().time() + seconds

    def too_slow(self) -> AcronisUnavailable:
        return AcronisUnavailable(
            f"Acronis has not answered within {self.seconds:g} seconds. Ask again in a minute, or for less."
        )


@dataclass(slots=True)
class _Part(Generic[T]):
    """What one account has given, back to `reached`. `is_full`, `partial`, `failure`: why it is not all."""

    account: str
    items: list[T] = field(default_factory=list[T])
    malformed: int = 0
    pages: int = 0
    read: int = 0
    reached: datetime | None = None
    is_full: bool = False
    partial: str = ""
    failure: AcronisError | None = None

    def take(self, page: Page[T]) -> None:
        self.items += page.items
        self.malformed += page.malformed
        self.pages += 1
        self.read += page.read
        self.reached = page.reached or self.reached
        self.partial = page.partial

    def end(self, error: AcronisError, partial: str) -> None:
        self.partial = partial
        self.failure = None if self.pages else error


async def gather(
    lists: Mapping[str, AsyncIterator[Page[T]]], query: TaskQuery, budget: Budget, as_of: datetime, noun: str = "tasks"
) -> Found[T]:
    """Each item of all accounts' lists once, in the order of `query`. Raises AcronisError where none gave a page.

    An error or the budget's end after the first page makes it partial. Each account has its own share of it.
    """
    parts = [_Part[T](account) for account in lists]
    share = budget.left // max(len(parts), 1)
    async with asyncio.TaskGroup() as readers:
        for part, pages in zip(parts, lists.values(), strict=True):
            readers.create_task(_read(pages, part, budget, share))
    failures = [part.failure for part in parts if part.failure]
    if failures and len(failures) == len(parts):
        raise failures[0]
    return _merge(parts, query, as_of, noun)


async def first(clients: Iterable[Source], ask: Callable[[Source], Awaitable[T]], missing: str, budget: Budget) -> T:
    """The answer of the first account that knows it. Raises NotFound with `missing`, or AcronisError."""
    asking = [asyncio.create_task(_answer(client, ask, budget)) for client in clients]
    silent: AcronisError | None = None
    try:
        for answer in asyncio.as_completed(asking):
            outcome = await answer
            if not isinstance(outcome, AcronisError):
                return outcome
            silent = silent or (None if isinstance(outcome, NotFound) else outcome)
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    raise silent or NotFound(f"{missing} in Acronis, or it is older than what Acronis keeps.")


async def _answer(client: Source, ask: Callable[[Source], Awaitable[T]], budget: Budget) -> T | AcronisError:
    try:
        async with asyncio.timeout_at(budget.until):
            return await ask(client)
    except TimeoutError:
        return budget.too_slow()
    except AcronisError as error:
        return error


async def _read(pages: AsyncIterator[Page[T]], part: _Part[T], budget: Budget, share: int) -> None:
    """Reads the first page always, and takes the next one to be as long as the last."""
    try:
        async with asyncio.timeout_at(budget.until):
            async for page in pages:
                part.take(page)
                budget.left -= page.read
                if not page.is_last and max(page.read, 1) > min(share - part.read, budget.left):
                    part.is_full = True
                    break
    except TimeoutError:
        slow = budget.too_slow()
        part.end(slow, f"what came within {budget.seconds:g} seconds" if part.pages else slow.told)
    except AcronisError as error:
        part.end(error, error.told)
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()


def _merge(parts: Sequence[_Part[T]], query: TaskQuery, as_of: datetime, noun: str) -> Found[T]:
    once = {(item.account, item.id): item for part in parts for item in part.items}
    reasons = [_most(parts, noun, oldest_first=query.oldest_first)] if any(part.is_full for part in parts) else []
    reasons += [_reason(part, several=len(parts) > 1) for part in parts if part.partial]
    reached = latest([part.reached for part in parts if part.is_full or part.partial])
    return Found(
        tuple(sorted(once.values(), key=lambda item: moment_of(item, query), reverse=not query.oldest_first)),
        as_of,
        partial="; ".join(dict.fromkeys(reasons)),
        back_to=None if query.oldest_first else reached,
        malformed=sum(part.malformed for part in parts),
    )


def _reason(part: _Part[T], *, several: bool) -> str:
    """Names the account where an error made its list short."""
    words = part.partial.rstrip(".")
    return f"{part.account}: {words}" if several and part.failure else words


def _most(parts: Sequence[_Part[T]], noun: str, *, oldest_first: bool) -> str:
    """`read the newest 5,000 tasks`."""
    end, read = "oldest" if oldest_first else "newest", sum(part.read for part in parts)
    return f"read the {end} {read:,} {noun}" if len(parts) == 1 else f"read {read:,} {noun}, the {end} of each account"


def moment_of(item: T, query: TaskQuery) -> datetime:
    """The time that the question is about, else that of the last change."""
    return time_of(item, query.order_field) or item.updated_at


def in_order(items: tuple[T, ...], query: TaskQuery, now: datetime) -> tuple[T, ...]:
    """Sorts as `query` says. Equals stand newest first, unless the oldest was asked for; no length comes last."""
    timed = sorted(items, key=lambda item: moment_of(item, query), reverse=not query.oldest_first)
    if query.sort is Sort.DURATION:
        lengths = {id(item): length_of(item, now) for item in timed}
        known = [item for item in timed if lengths[id(item)] is not None]
        known.sort(key=lambda item: lengths[id(item)] or timedelta(), reverse=not query.backwards)
        timed = known + [item for item in timed if lengths[id(item)] is None]
    elif not query.sort.is_by_time:
        name = attrgetter("name" if query.sort is Sort.NAME else "tenant.name")
        timed.sort(key=lambda item: str(name(item)).casefold(), reverse=query.backwards)
    return tuple(timed)


def latest(moments: Sequence[datetime | None]) -> datetime | None:
    """None where one of them is not known."""
    known = [at for at in moments if at is not None]
    return max(known) if known and len(known) == len(moments) else None
