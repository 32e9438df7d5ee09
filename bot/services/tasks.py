"""Questions about tasks and activities, and answers that can be turned page by page. All are asked live.

Owns where a question is asked. Knows Acronis's clients and the store by what they do only.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from bot.errors import AnswerExpired, NotFound
from bot.language import KEPT
from bot.model import Activity, Answer, Clock, Found, Page, Task, TaskQuery
from bot.services import listings
from bot.services.listings import Listing, Steps
from bot.services.reading import Budget, Source, first, gather
from bot.services.shelf import Shelf, Shown

T = TypeVar("T", Task, Activity)
Look = Callable[[listings.Find, TaskQuery, Budget], Awaitable[Listing]]

_EXPIRED = "This answer is more than a day old and no longer kept. Ask again with /tasks."
_NOT_YOURS = "This answer was given to somebody else. Ask again with /tasks, and you get your own."


class Answers(Protocol):
    """Where answers are kept for 24 hours."""

    async def keep_answer(self, answer: Answer, /) -> None: ...
    async def answer(self, id: str, now: datetime, /) -> Answer | None: ...  # noqa: A002 - the noun's own word


class Tasks:
    """`clients` are by account. An answer reads at most `limit` items for at most `seconds` (design §4)."""

    def __init__(
        self,
        clients: Mapping[str, Source],
        answers: Answers,
        clock: Clock,
        *,
        limit: int = 5_000,
        seconds: float = 10.0,
    ) -> None:
        self._clients = clients
        self._answers = answers
        self._clock = clock
        self._limit = limit
        self._seconds = seconds
        self._shelf = Shelf()

    async def find(self, query: TaskQuery) -> Found[Task]:
        """The tasks asked for, of all accounts. Raises AcronisError where nothing could be read."""
        return await self._find(query, self._budget())

    async def activities(self, query: TaskQuery, task_id: str = "", *, kept: str = "") -> Steps:
        """The activities asked for, or those of one task with the task. Raises as `find` and `task`; `kept` as below.

        A task's number means something in its own account only.
        """
        if shown := self._shelf.steps(kept):
            return shown
        budget = self._budget()
        task = await self._task(task_id, budget) if task_id else None
        number = task.id if task else ""
        clients = {task.account: self._clients[task.account]} if task else self._clients
        steps = Steps(
            await self._gathered(
                clients, lambda each, asked: each.activities(asked, number), query, budget, "activities"
            ),
            task,
        )
        if kept:
            self._shelf.put(kept, steps)
        return steps

    async def listing(self, query: TaskQuery, *, kept: str = "") -> Listing:
        """The tasks asked for and what is said beside them. For the answer id `kept` the list stays as shown."""
        return await self._listing(listings.listing, query, kept)

    async def overview(self, query: TaskQuery, *, kept: str = "") -> Listing:
        """What needs attention and how much went well in the time that `query` names. `kept` as in `listing`."""
        return await self._listing(listings.overview, query, kept)

    async def task(self, id: str) -> Task:  # noqa: A002 - the API's own word
        """By number or UUID, from an account that knows it. Raises NotFound, or AcronisError where one is silent."""
        return await self._task(id, self._budget())

    async def task_or_activity(self, id: str) -> Task | Activity:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. Raises as `task`."""
        budget = self._budget()
        try:
            return await self._task(id, budget)
        except NotFound:
            missing = f"There is no task or activity {id}"
        return await first(self._clients.values(), lambda each: each.activity(id), missing, budget)

    async def keep(
        self,
        verb: str,
        query: TaskQuery,
        asker: str,
        as_of: datetime,
        argument: str = "",
        *,
        shown: Shown | None = None,
    ) -> Answer:
        """Keeps an answer for its buttons. `verb` draws its pages; `shown` is what they are drawn from for a while."""
        answer = Answer(secrets.token_urlsafe(9), verb, query, asker, as_of, argument)
        await self._answers.keep_answer(answer)
        if shown:
            self._shelf.put(answer.id, shown)
        return answer

    async def answer(self, id: str, asker: str) -> Answer:  # noqa: A002 - the noun's own word
        """The kept answer. Raises AnswerExpired, also for anybody but its asker."""
        answer = await self._answers.answer(id, self._clock.now())
        if answer is None:
            raise AnswerExpired(_EXPIRED)
        if answer.asker != asker:
            raise AnswerExpired(_NOT_YOURS)
        return answer

    def _budget(self) -> Budget:
        return Budget(self._limit, self._seconds)

    async def _listing(self, look: Look, query: TaskQuery, kept: str) -> Listing:
        if shown := self._shelf.listing(kept):
            return shown
        listing = await look(self._find, query, self._budget())
        if kept:
            self._shelf.put(kept, listing)
        return listing

    async def _find(self, query: TaskQuery, budget: Budget) -> Found[Task]:
        return await self._gathered(self._clients, lambda each, asked: each.find(asked), query, budget, "tasks")

    async def _task(self, id: str, budget: Budget) -> Task:  # noqa: A002 - the API's own word
        return await first(self._clients.values(), lambda each: each.task(id), f"There is no task {id}", budget)

    async def _gathered(
        self,
        clients: Mapping[str, Source],
        ask: Callable[[Source, TaskQuery], AsyncIterator[Page[T]]],
        query: TaskQuery,
        budget: Budget,
        noun: str,
    ) -> Found[T]:
        """The API has no upper bound. What lies before all that Acronis keeps is read oldest first: it ends at once."""
        now = self._clock.now()
        is_gone = query.before is not None and query.before < now - KEPT
        asked = replace(query, backwards=query.oldest_first or is_gone)
        found = await gather({name: ask(client, asked) for name, client in clients.items()}, asked, budget, now, noun)
        return found if asked.oldest_first == query.oldest_first else replace(found, items=found.items[::-1])
