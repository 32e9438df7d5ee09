"""The shared API client: Acronis's four public endpoints of tasks as typed questions, for one account.

`plans` reads what it says beside its tasks. Owns what is asked and how lists of tasks are walked. HTTP is `http`'s, the
token `auth`'s, an answer's bytes are `reading`'s. Knows nothing of Slack, of the store, nor of who asks.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, Unpack

from bot.acronis import filters
from bot.acronis.http import Body, Connection, HttpClient, Params
from bot.acronis.kinds import Classifier
from bot.acronis.refusals import not_found
from bot.acronis.walks import MOST_PAGES, ReadAhead, Trail, give_up
from bot.errorbook.book import Book, shipped
from bot.model import Activity, Page, Task, TaskQuery, TimeField

if TYPE_CHECKING:
    from bot.acronis.plans import PlansReader
    from bot.acronis.reading import Reader
    from bot.acronis.schema import RawActivity, RawRecord, RawTask

R = TypeVar("R", bound="RawRecord")
N = TypeVar("N", bound=Task | Activity)

_BASE = "/api/task_manager/v2"
_TASKS, _ACTIVITIES = f"{_BASE}/tasks", f"{_BASE}/activities"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class AcronisClient:
    """One account's client. Every method raises AcronisError and nothing else.

    `url` is the data centre's (see `check_url`). `book` explains errors; the shipped one where none is handed in.
    `page_size` is asked for; a server may send less. A list of `most_pages` has no end.
    """

    def __init__(
        self,
        account: str,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        classifier: Classifier,
        book: Book | None = None,
        page_size: int = 500,
        most_pages: int = MOST_PAGES,
        **connection: Unpack[Connection],
    ) -> None:
        self.account = account
        self._http = HttpClient.of_client(url, client_id, client_secret, **connection)
        self._client_id = client_id
        self._page_size = page_size
        self._most_pages = most_pages
        self._classifier = classifier
        self._book = book or shipped()

    @cached_property
    def _tasks(self) -> "Reader[RawTask, Task]":
        from bot.acronis.reading import task_reader  # noqa: PLC0415  a start reads no page

        return task_reader(self.account, self._classifier, self._book)

    @cached_property
    def _activities(self) -> "Reader[RawActivity, Activity]":
        from bot.acronis.reading import activity_reader  # noqa: PLC0415

        return activity_reader(self.account, self._classifier, self._book)

    @cached_property
    def plans(self) -> "PlansReader":
        from bot.acronis.plans import PlansReader  # noqa: PLC0415

        return PlansReader(self.account, self._http, self._client_id, self._book, most_pages=self._most_pages)

    def __repr__(self) -> str:
        return f"AcronisClient({self.account!r})"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def check(self) -> None:
        """Gets a token and one task, to find out whether both are allowed."""
        await self.served_at()

    async def served_at(self) -> datetime | None:
        """What time it is at Acronis; None where its answers do not say."""
        return (await self._http.get(_TASKS, [("limit", "1")])).served_at

    def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
        """The tasks that `query` asks for, newest first unless it says otherwise, page by page as Acronis gives them.

        Only admitted items are in a page, so a page may be empty and not the last. Lists move while they are read: an
        item may come twice. An error may come after some pages: what was read until then is partial.
        """
        return self._walk(_TASKS, self._tasks, query)

    def changes(self, since: datetime) -> ReadAhead[Page[Task]]:
        """What changed after `since`, oldest change first. All of it is wanted: the answer with the next page is
        fetched while the caller is busy with one."""
        query = TaskQuery(time_field=TimeField.UPDATED, after=since, backwards=True)
        return ReadAhead(self._walk(_TASKS, self._tasks, query, fetches_ahead=True))

    def activities(self, query: TaskQuery, task_id: str = "") -> AsyncIterator[Page[Activity]]:
        """The same for activities; `task_id`, the number as text and not the UUID, narrows them to one task's."""
        own = (("taskId", task_id),) if task_id else ()
        return self._walk(
            _ACTIVITIES, self._activities, query, own, lambda item: not task_id or item.task_id == task_id
        )

    async def task(self, id: str) -> Task:  # noqa: A002 - the API's own word
        """By number or by UUID, in either case. Raises NotFound."""
        return await self._single(_TASKS, self._tasks, id, "task")

    async def activity(self, id: str) -> Activity:  # noqa: A002 - the API's own word
        return await self._single(_ACTIVITIES, self._activities, id, "activity")

    async def _walk(
        self,
        path: str,
        reader: "Reader[R, N]",
        query: TaskQuery,
        own: Params = (),
        belongs: Callable[[N], bool] = lambda item: True,
        *,
        fetches_ahead: bool = False,
    ) -> AsyncGenerator[Page[N], None]:
        """Follows the page tokens to where `Trail` sees the list's end."""
        params: Params = [*own, *filters.first_page(query, self._page_size)]
        trail, is_last = Trail(self._most_pages), False
        coming: asyncio.Task[Body] | None = None
        try:
            while not is_last:
                body = await (coming or self._http.get(path, params))
                page = reader.page(body.content)
                read = len(page.items) + page.malformed
                is_past = filters.is_past_the_end(query, page.items)
                is_last = trail.ends(page.after, read, [item.id for item in page.items], is_past=is_past)
                params = filters.later_page(page.after, self._page_size)
                coming = asyncio.create_task(self._http.get(path, params)) if fetches_ahead and not is_last else None
                yield Page(
                    tuple(item for item in page.items if query.admits(item, body.served_at) and belongs(item)),
                    body.served_at,
                    page.malformed,
                    trail.partial,
                    read=read,
                    reached=filters.reached(query, page.items),
                    is_last=is_last,
                )
        finally:
            if coming is not None:
                await give_up(coming)

    async def _single(self, path: str, reader: "Reader[R, N]", wanted: str, noun: str) -> N:
        if _UUID.fullmatch(wanted):
            body = await self._http.get(path, [("uuid", wanted), ("limit", "2")], f"{noun} {wanted}")
            same = [item for item in reader.page(body.content).items if item.uuid.casefold() == wanted.casefold()]
            if same:
                return same[0]
        elif _PLAIN_ID.fullmatch(wanted):
            body = await self._http.get(f"{path}/{wanted}", (), f"{noun} {wanted}")
            item = reader.one(body.content)
            if item.id == wanted:
                return item
        raise not_found(f"{noun} {wanted[:64]}")
