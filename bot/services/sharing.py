"""What people's questions may cost: one account is asked only so often, and questions that are alike are asked once.

Polls have connections and a pace of their own: however much people ask, alerts do not wait.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from cachetools import LRUCache

from bot.errors import AcronisUnavailable, AskedTooOften
from bot.model import Activity, Page, Task, TaskQuery
from bot.model.pace import Pace
from bot.services.fan_out import Source

T = TypeVar("T")
N = TypeVar("N", Task, Activity)

REQUESTS_A_SECOND: Final = 4.0
"""Of all questions together, to one account."""
BURST: Final = 20.0
"""Requests that may be made at once, before that: two whole answers."""
LONGEST_WAIT: Final = 10.0
"""Seconds that a request may wait for its turn. An answer has no longer either."""
AT_ONCE: Final = 1.0
"""Seconds for which an answer serves those who ask the same."""
SILENCE: Final = 5.0, 60.0
"""Seconds without questions, at least and at most, after Acronis asked for fewer; then half as many are asked."""
SLOWEST: Final = 0.2
"""Requests a second, however often it asks."""
RECOVERY: Final = 1.05
"""So much faster again with each answer."""
A_PERSON_A_MINUTE: Final = 60.0
"""Lists and single tasks that one person may have read live: a quarter of what one account is asked for in all."""
PERSON_BURST: Final = 30.0
_PEOPLE: Final = 1_000
_TOO_OFTEN: Final = "You ask Acronis very often. Ask again in a minute."
_TOO_MANY: Final = "Too many questions wait for Acronis at once. Ask again in a minute."
_ASKED_FOR_FEWER: Final = "Acronis asks for fewer questions. Ask again in a minute."


asker: ContextVar[str] = ContextVar("asker", default="")
"""Whose question is answered, by their Slack id; "" where nobody asked. It holds for the task that sets it."""


class Shares:
    """What each person may have read live. Who takes more is answered from the copy."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._paces: LRUCache[str, Pace] = LRUCache(_PEOPLE)

    def take(self) -> None:
        """Raises AskedTooOften where the asker has had theirs."""
        person = asker.get()
        if not person:
            return
        pace = self._paces.setdefault(person, Pace(A_PERSON_A_MINUTE, PERSON_BURST))
        if not pace.take(self._elapsed()):
            raise AskedTooOften(_TOO_OFTEN)


class Paced:
    """One account, asked at the questions' pace, and less where it asks for less: what it takes is the polls' first."""

    def __init__(
        self,
        source: Source,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._elapsed = elapsed
        self._sleep = sleep
        self._rate = REQUESTS_A_SECOND
        self._free_at = self._silent_until = float("-inf")

    def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
        return self._pages(self._source.find(query))

    def activities(self, query: TaskQuery, task_id: str) -> AsyncIterator[Page[Activity]]:
        return self._pages(self._source.activities(query, task_id))

    async def task(self, id: str) -> Task:  # noqa: A002 - the API's own word
        return await self._ask(lambda: self._source.task(id))

    async def activity(self, id: str) -> Activity:  # noqa: A002 - the API's own word
        return await self._ask(lambda: self._source.activity(id))

    async def _pages(self, pages: AsyncIterator[Page[N]]) -> AsyncIterator[Page[N]]:
        try:
            while (page := await self._ask(lambda: anext(pages, None))) is not None:
                yield page
        finally:
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """Makes one request."""
        await self._turn()
        try:
            answer = await request()
        except AcronisUnavailable as error:
            if error.is_busy:
                self._slow_down(error.retry_after or 0.0)
            raise
        self._rate = min(self._rate * RECOVERY, REQUESTS_A_SECOND)
        return answer

    def _slow_down(self, retry_after: float) -> None:
        least, most = SILENCE
        self._silent_until = self._free_at = self._elapsed() + min(max(retry_after, least), most)
        self._rate = max(self._rate / 2, SLOWEST)

    async def _turn(self) -> None:
        now = self._elapsed()
        if now < self._silent_until:
            raise AcronisUnavailable(_ASKED_FOR_FEWER)
        free_at = max(self._free_at, now - (BURST - 1) / REQUESTS_A_SECOND)
        if free_at - now > LONGEST_WAIT:
            raise AcronisUnavailable(_TOO_MANY)
        self._free_at = free_at + 1 / self._rate
        await self._sleep(max(free_at - now, 0.0))


class Alike:
    """Questions that are alike and asked within a second get one answer, which says as of when it is."""

    def __init__(self, seconds: float = AT_ONCE) -> None:
        self._seconds = seconds
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}

    def __contains__(self, key: Hashable) -> bool:
        """Whether it costs nothing to ask it now."""
        return key in self._asked

    async def ask(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """What the first of them was answered. One that stops waiting ends nothing for the others."""
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.ensure_future(ask())
            asked.add_done_callback(lambda done: self._end(key, done))
        answer: T = await asyncio.shield(asked)
        return answer

    def _end(self, key: Hashable, done: "asyncio.Task[Any]") -> None:
        if done.cancelled() or done.exception():  # somebody may have waited, or nobody any more
            del self._asked[key]
        else:
            done.get_loop().call_later(self._seconds, self._asked.pop, key)
