"""Bytes of an answer → our nouns: tolerantly, so that one malformed item does not spoil its page.

Knows neither HTTP nor what was asked. Only loaded for the first page: its models take a while to build.
"""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import structlog
from cachetools import LRUCache
from pydantic import AfterValidator, ValidationError, ValidationInfo

from bot.acronis import convert, pieces
from bot.acronis.convert import Malformed
from bot.acronis.fields import Raw
from bot.acronis.kinds import Classifier
from bot.acronis.refusals import unreadable
from bot.acronis.schema import RawActivity, RawEnvelope, RawTask
from bot.errorbook.book import Book
from bot.model import Activity, Task
from bot.model.values import dataclass

R = TypeVar("R", bound=Raw)
N = TypeVar("N")
log = structlog.get_logger(__name__)

_MOST_LOGGED = 1000
_MOST_VALUES = 4_000_000
"""Of one page. 500 tasks with the longest chains of errors seen have 400,000."""
_NUL = b"\\u0000"
_MALFORMED = (ValueError, ArithmeticError, RecursionError)
"""What an item may raise whose values nobody foresaw."""


@dataclass(frozen=True, slots=True)
class RecordPage(Generic[N]):
    """One page as the server sent it. `malformed` counts the items that were set aside."""

    items: tuple[N, ...]
    after: str
    malformed: int


def make_noun(raw: Raw, info: ValidationInfo) -> Any:
    """Our noun, or why there is none. Made while the page is read: no more than one raw record is held at a time."""
    make: Any = info.context
    try:
        return make(raw)
    except _MALFORMED as error:
        return _set_aside(error)


def _set_aside(error: Exception) -> Malformed:
    """Without its traceback, which holds the item."""
    return Malformed(error.reason, error.item_id) if isinstance(error, Malformed) else Malformed(type(error).__name__)


class Reader(Generic[R, N]):
    """Reads one kind of record, for one account. `envelope` hands each record to `make_noun`.

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
        """Raises AcronisUnavailable where this is no list answer at all, or more than memory is there for."""
        if len(content) > _MOST_VALUES and content.count(b",") > _MOST_VALUES:
            raise unreadable()
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
            return self._make(self._raw.model_validate(pieces.read(content)))
        except _MALFORMED as error:
            raise unreadable() from error

    def _open(self, content: bytes) -> tuple[RawEnvelope[R], list[N | Malformed]]:
        if _NUL not in content:
            try:
                envelope: Any = self._envelope.model_validate_json(content, context=self._make)
            except ValueError:
                pass  # the slow way finds out which item it is
            else:
                return envelope, envelope.items or []
        try:
            page = pieces.page(content)
        except ValueError as error:
            raise unreadable() from error
        if not isinstance(page.get("items"), list | None):
            raise unreadable()
        items = [self._read(item) for item in page.pop("items", None) or ()]
        return self._envelope.model_validate({**page, "items": None}), items

    def _read(self, item: object) -> N | Malformed:
        try:
            return self._make(self._raw.model_validate(item))
        except ValidationError as error:
            return _malformed(item, error)
        except _MALFORMED as error:
            return _set_aside(error)

    def _log_once(self, error: Malformed) -> None:
        fault = (error.item_id, error.reason)
        if fault not in self._logged:
            self._logged[fault] = True
            log.warning(
                "item set aside", account=self._account, record=self._raw.__name__, id=fault[0], reason=fault[1]
            )


_TaskList = RawEnvelope[Annotated[RawTask, AfterValidator(make_noun)]]
_ActivityList = RawEnvelope[Annotated[RawActivity, AfterValidator(make_noun)]]


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
