"""Questions about tasks and activities, and answers that can be turned page by page. All are asked live.

Owns where a question is asked. Knows Acronis's clients and the store by what they do only.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from bot.errors import AcronisError, AnswerExpired, NotFound
from bot.model import Activity, Answer, Clock, Found, Task, TaskQuery
from bot.services import listings
from bot.services.listings import Listing
from bot.services.reading import Bounds, Source, gather
from bot.services.shelf import Shelf, Shown

S = TypeVar("S")

_EXPIRED = "This answer is more than a day old and no longer kept. Ask again with /tasks."
_NOT_YOURS = "This answer was given to somebody else. Ask again with /tasks, and you get your own."


class Answers(Protocol):
    """Where answers are kept for 24 hours."""

    async def keep_answer(self, answer: Answer, /) -> None: ...
    async def answer(self, id: str, now: datetime, /) -> Answer | None: ...  # noqa: A002 - the noun's own word


class Tasks:
    """`clients` are by account. A list reads at most `limit` items for at most `seconds` (design §4)."""

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
        self._bounds = Bounds(limit, seconds)
        self._shelf = Shelf()

    async def find(self, query: TaskQuery) -> Found[Task]:
        """The tasks asked for, of all accounts. Raises AcronisError where nothing could be read."""
        lists = {account: client.find(query) for account, client in self._clients.items()}
        return await gather(lists, query, self._bounds, self._clock.now())

    async def activities(
        self, query: TaskQuery, task_id: str = "", *, account: str = "", kept: str = ""
    ) -> Found[Activity]:
        """The activities asked for; those of one task by its id (the number) and account. `kept` as in `listing`."""
        if shown := self._shelf.activities(kept):
            return shown
        clients = {name: client for name, client in self._clients.items() if account in ("", name)}
        lists = {name: client.activities(query, task_id) for name, client in clients.items()}
        found = await gather(lists, query, self._bounds, self._clock.now())
        if kept:
            self._shelf.put(kept, found)
        return found

    async def listing(self, query: TaskQuery, *, kept: str = "") -> Listing:
        """The tasks asked for and what is said beside them. For the answer id `kept` the list stays as shown."""
        return await self._listing(listings.listing, query, kept)

    async def overview(self, query: TaskQuery, *, kept: str = "") -> Listing:
        """What needs attention and how much went well in the time that `query` names. `kept` as in `listing`."""
        return await self._listing(listings.overview, query, kept)

    async def task(self, id: str) -> Task:  # noqa: A002 - the API's own word
        """By id, from the first account that knows it. Raises NotFound, or another AcronisError where one is silent."""
        return await self._first(lambda client: client.task(id), f"There is no task {id}")

    async def activity(self, id: str) -> Activity:  # noqa: A002 - the API's own word
        """The same for an activity."""
        return await self._first(lambda client: client.activity(id), f"There is no activity {id}")

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

    async def _listing(
        self, look: Callable[[listings.Find, TaskQuery], Awaitable[Listing]], query: TaskQuery, kept: str
    ) -> Listing:
        if shown := self._shelf.listing(kept):
            return shown
        listing = await look(self.find, query)
        if kept:
            self._shelf.put(kept, listing)
        return listing

    async def _first(self, ask: Callable[[Source], Awaitable[S]], missing: str) -> S:
        silent: AcronisError | None = None
        for client in self._clients.values():
            try:
                return await ask(client)
            except NotFound:
                continue
            except AcronisError as error:
                silent = silent or error
        raise silent or NotFound(f"{missing} in Acronis, or it is older than what Acronis keeps.")
