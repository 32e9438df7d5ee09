"""The shared API client: Acronis's four public endpoints as typed questions, for one account.

Owns what is asked, how lists are walked, and how an answer's bytes are read: tolerantly, so that one malformed item
does not spoil its page. HTTP is `http`'s, the token `auth`'s. Knows nothing of Slack, of the store, nor of who asks.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import structlog
from cachetools import LRUCache
from pydantic import AfterValidator, ValidationError, ValidationInfo

from bot.acronis import convert, filters
from bot.acronis.auth import TokenAuth
from bot.acronis.convert import Malformed
from bot.acronis.http import HttpClient, Params, Sleep, Timeouts, check_url
from bot.acronis.kinds import Classifier
from bot.acronis.refusals import not_found, unreadable
from bot.acronis.schema import RawActivity, RawEnvelope, RawRecord, RawTask
from bot.errorbook.book import Book, shipped
from bot.model import Activity, Page, Task, TaskQuery, TimeField

R = TypeVar("R", bound=RawRecord)
N = TypeVar("N", bound=Task | Activity)
log = structlog.get_logger(__name__)

_BASE = "/api/task_manager/v2"
_TASKS, _ACTIVITIES = f"{_BASE}/tasks", f"{_BASE}/activities"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_REPEATED = "Acronis repeated a page, so the list ends here unfinished"
_MOST_LOGGED = 1000
_NUL = b"\\u0000"


class AcronisClient:
    """One account's client. Every method raises AcronisError and nothing else.

    `url` is the data centre's (see `check_url`). `book` explains errors; the shipped one where none is handed in.
    `page_size` is asked for; a server may send less. `sleep` waits between tries and `elapsed` measures a token's age,
    both in seconds; tests hand in their own.
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
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        page_size: int = 500,
        sleep: Sleep = asyncio.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.account = account
        place = check_url(url)
        self._http = HttpClient(place, TokenAuth(place, client_id, client_secret, elapsed=elapsed), timeouts, sleep)
        self._page_size = page_size
        self._tasks = task_reader(account, classifier, book or shipped())
        self._activities = activity_reader(account, classifier, book or shipped())

    def __repr__(self) -> str:
        return f"AcronisClient({self.account!r})"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def check(self) -> None:
        """Gets a token and one task, to find out whether both are allowed."""
        await self._http.get(_TASKS, [("limit", "1")])

    def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
        """The tasks that `query` asks for, newest first unless it says otherwise, page by page as Acronis gives them.

        Only admitted items are in a page, so a page may be empty and not the last. Lists move while they are read: an
        item may come twice. An error may come after some pages: what was read until then is partial.
        """
        return self._walk(_TASKS, self._tasks, query)

    def changes(self, since: datetime) -> AsyncIterator[Page[Task]]:
        """What changed after `since`, oldest change first."""
        return self.find(TaskQuery(time_field=TimeField.UPDATED, after=since, backwards=True))

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
    ) -> AsyncIterator[Page[N]]:
        """Follows the page tokens to their end (reference §7): missing, empty or repeated, or a page without items."""
        params: Params = [*own, *filters.first_page(query, self._page_size)]
        tokens: set[str] = set()
        while True:
            body = await self._http.get(path, params)
            page = reader.page(body.content)
            read = len(page.items) + page.malformed
            repeated = page.after in tokens
            is_last = repeated or not page.after or not read or filters.is_past_the_end(query, page.items)
            yield Page(
                tuple(item for item in page.items if query.admits(item, body.served_at) and belongs(item)),
                body.served_at,
                page.malformed,
                _REPEATED if repeated else "",
                read=read,
                reached=filters.reached(query, page.items),
                is_last=is_last,
            )
            if is_last:
                return
            tokens.add(page.after)
            params = filters.later_page(page.after, self._page_size)

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


# ── bytes → nouns ──


@dataclass(frozen=True, slots=True)
class RecordPage(Generic[N]):
    """One page as the server sent it. `malformed` counts the items that were set aside."""

    items: tuple[N, ...]
    after: str
    malformed: int


def _make_noun(raw: RawRecord, info: ValidationInfo) -> Any:
    """Our noun, or why there is none. Made while the page is read: no more than one raw record is held at a time."""
    make: Any = info.context
    try:
        return make(raw)
    except Malformed as error:
        return error


class Reader(Generic[R, N]):
    """Reads one kind of record, for one account. `envelope` hands each record to `_make_noun`.

    There are two ways through a page: the quick one, all at once; and, where a page does not read as a whole, item by
    item, so that what is malformed is set aside, counted and logged once.
    """

    def __init__(self, account: str, raw: type[R], envelope: type[RawEnvelope[R]], make: Callable[[R], N]) -> None:
        self._account = account
        self._raw = raw
        self._envelope = envelope
        self._make = make
        self._logged: LRUCache[tuple[str, str], bool] = LRUCache(_MOST_LOGGED)

    def page(self, content: bytes) -> RecordPage[N]:
        """Raises AcronisUnavailable where this is no list answer at all."""
        envelope, items = self._open(content)
        if not envelope.model_fields_set and content.strip() != b"{}":
            raise unreadable()
        made = tuple(item for item in items if not isinstance(item, Malformed))
        for item in items:
            if isinstance(item, Malformed):
                self._log_once(item)
        return RecordPage(made, envelope.after, len(items) - len(made))

    def one(self, content: bytes) -> N:
        """Raises AcronisUnavailable where this is no such record."""
        try:
            return self._make(self._raw.model_validate(_parse(content)))
        except (ValidationError, Malformed) as error:
            raise unreadable() from error

    def _open(self, content: bytes) -> tuple[RawEnvelope[R], list[N | Malformed]]:
        if _NUL not in content:
            try:
                envelope: Any = self._envelope.model_validate_json(content, context=self._make)
            except ValidationError:
                pass  # the slow way finds out which item it is
            else:
                return envelope, envelope.items or []
        page = _parse(content)
        if not isinstance(page, dict) or not isinstance(page.get("items"), list | None):
            raise unreadable()
        items = [self._read(item) for item in page.pop("items", None) or ()]
        return self._envelope.model_validate({**page, "items": None}), items

    def _read(self, item: object) -> N | Malformed:
        try:
            return self._make(self._raw.model_validate(item))
        except ValidationError as error:
            return _malformed(item, error)
        except Malformed as error:
            return error

    def _log_once(self, error: Malformed) -> None:
        fault = (error.item_id, error.reason)
        if fault not in self._logged:
            self._logged[fault] = True
            log.warning(
                "item set aside", account=self._account, record=self._raw.__name__, id=fault[0], reason=fault[1]
            )


_TaskList = RawEnvelope[Annotated[RawTask, AfterValidator(_make_noun)]]
_ActivityList = RawEnvelope[Annotated[RawActivity, AfterValidator(_make_noun)]]


def task_reader(account: str, classifier: Classifier, book: Book | None = None) -> Reader[RawTask, Task]:
    return Reader(account, RawTask, _TaskList, lambda raw: convert.task(raw, account, classifier, book))


def activity_reader(account: str, classifier: Classifier, book: Book | None = None) -> Reader[RawActivity, Activity]:
    return Reader(account, RawActivity, _ActivityList, lambda raw: convert.activity(raw, account, classifier, book))


def _malformed(item: object, error: ValidationError) -> Malformed:
    """Says which field and what is wrong with it, never its value: values are customers'."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    item_id = item.get("idString") or item.get("id") if isinstance(item, dict) else None
    return Malformed(f"{place}: {first['type']}" if place else first["type"], str(item_id or "")[:64])


def _parse(content: bytes) -> Any:
    """As `json` reads it, which takes half surrogates and what is not UTF-8; raises AcronisUnavailable."""
    try:
        return _clean(json.loads(content.decode("utf-8", "replace")))
    except (ValueError, RecursionError) as error:
        raise unreadable() from error


def _clean(value: Any) -> Any:
    """The same without NUL and half surrogates, which no database takes."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return value
