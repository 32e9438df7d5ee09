"""Reads lists live from all accounts at once, within bounds, and says what is missing. Knows no answer and no verb."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bot.errors import AcronisError, AcronisUnavailable
from bot.model import Activity, Found, Page, Task, TaskQuery, time_of

T = TypeVar("T", Task, Activity)


class Source(Protocol):
    """One account, as far as questions need it. Lists come newest first, unless the question says otherwise.

    Every method raises AcronisError; a list may do so after some of its pages.
    """

    def find(self, query: TaskQuery, /) -> AsyncIterator[Page[Task]]: ...
    def activities(self, query: TaskQuery, task_id: str, /) -> AsyncIterator[Page[Activity]]: ...
    async def task(self, id: str, /) -> Task: ...  # noqa: A002 - the API's own word
    async def activity(self, id: str, /) -> Activity: ...  # noqa: A002 - the API's own word


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many items are read, for at most so many seconds (design §4)."""

    items: int = 5_000
    seconds: float = 10.0


@dataclass(slots=True)
class _Part(Generic[T]):
    """What one account has given until now. `partial` says why it is not all, `failure` why it is nothing."""

    account: str
    items: list[T] = field(default_factory=list[T])
    malformed: int = 0
    pages: int = 0
    partial: str = ""
    failure: AcronisError | None = None

    def take(self, page: Page[T]) -> None:
        self.items += page.items
        self.malformed += page.malformed
        self.pages += 1
        self.partial = page.partial

    def end(self, error: AcronisError, partial: str) -> None:
        self.partial = partial
        self.failure = None if self.pages else error


async def gather(
    lists: Mapping[str, AsyncIterator[Page[T]]], query: TaskQuery, bounds: Bounds, as_of: datetime
) -> Found[T]:
    """What the lists of all accounts (by account) hold together, in the order that `query` asks for, each item once.

    Where something came before an error or a bound, it is partial. Raises AcronisError where no account gave a page.
    """
    parts = [_Part[T](account) for account in lists]
    async with asyncio.TaskGroup() as readers:
        for part, pages in zip(parts, lists.values(), strict=True):
            readers.create_task(_read(pages, part, bounds, oldest_first=query.oldest_first))
    failures = [part.failure for part in parts if part.failure]
    if failures and len(failures) == len(parts):
        raise failures[0]
    return _merged(parts, query, bounds, as_of)


async def _read(pages: AsyncIterator[Page[T]], part: _Part[T], bounds: Bounds, *, oldest_first: bool) -> None:
    try:
        async with asyncio.timeout(bounds.seconds):
            async for page in pages:
                part.take(page)
                if len(part.items) > bounds.items:
                    part.partial = _most(bounds, oldest_first=oldest_first)
                    break
    except TimeoutError:
        slow = f"Acronis has not answered within {bounds.seconds:g} seconds. Ask again in a minute, or for less."
        part.end(AcronisUnavailable(slow), f"what came within {bounds.seconds:g} seconds" if part.pages else slow)
    except AcronisError as error:
        part.end(error, error.told)
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()


def _merged(parts: Sequence[_Part[T]], query: TaskQuery, bounds: Bounds, as_of: datetime) -> Found[T]:
    newest_first = not query.oldest_first
    once = {(item.account, item.id): item for part in parts for item in part.items}
    items = sorted(once.values(), key=lambda item: _moment(item, query), reverse=newest_first)
    reasons = [_reason(part, several=len(parts) > 1) for part in parts if part.partial]
    reach = [_moment(part.items[-1], query) if part.items else None for part in parts if part.partial]
    if len(items) > bounds.items:
        items = items[: bounds.items]
        reasons.insert(0, _most(bounds, oldest_first=query.oldest_first))
        reach.append(_moment(items[-1], query))
    known = [at for at in reach if at is not None]
    return Found(
        tuple(items),
        as_of,
        partial="; ".join(dict.fromkeys(reasons)),
        back_to=max(known) if known and len(known) == len(reach) and newest_first else None,
        malformed=sum(part.malformed for part in parts),
    )


def _reason(part: _Part[T], *, several: bool) -> str:
    """Whose list is short is said where an error made it so."""
    words = part.partial.rstrip(".")
    return f"{part.account}: {words}" if several and part.failure else words


def _most(bounds: Bounds, *, oldest_first: bool) -> str:
    return f"the {'oldest' if oldest_first else 'newest'} {bounds.items:,}"


def _moment(item: T, query: TaskQuery) -> datetime:
    return time_of(item, query.order or query.time_field) or item.updated_at
