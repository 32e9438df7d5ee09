"""Bytes of an answer → our nouns, tolerantly.

Owns the two ways through a page: the quick one, all at once; and, where a page does not read as a whole, item by item,
so that what is malformed is set aside, counted and logged once, and the rest goes on. Knows nothing of HTTP.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import structlog
from pydantic import AfterValidator, ValidationError, ValidationInfo

from bot.acronis import convert
from bot.acronis.convert import Malformed
from bot.acronis.kinds import Classifier
from bot.acronis.refusals import unreadable
from bot.acronis.schema import RawActivity, RawEnvelope, RawRecord, RawTask
from bot.errorbook.book import Book
from bot.model import Activity, Task

R = TypeVar("R", bound=RawRecord)
N = TypeVar("N", bound=Task | Activity)
log = structlog.get_logger(__name__)

_MOST_REMEMBERED = 1000
_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Sheet(Generic[N]):
    """One page as read. `is_empty` says that the server sent no items at all, malformed ones among them."""

    items: tuple[N, ...]
    after: str
    malformed: int
    is_empty: bool


def _made_at_once(raw: RawRecord, info: ValidationInfo) -> Any:
    """Our noun, or why there is none. Made while the page is read: no more than one raw record is held at a time."""
    make: Any = info.context
    try:
        return make(raw)
    except Malformed as error:
        return error


class Reader(Generic[R, N]):
    """Reads one kind of record, for one account. `envelope` hands each record to `_made_at_once`."""

    def __init__(self, account: str, raw: type[R], envelope: type[RawEnvelope[R]], make: Callable[[R], N]) -> None:
        self._account = account
        self._raw = raw
        self._envelope = envelope
        self._make = make
        self._logged: set[tuple[str, str]] = set()

    def page(self, content: bytes) -> Sheet[N]:
        """Raises AcronisUnavailable where this is no list answer at all."""
        envelope, items, spoilt = self._open(content)
        if not envelope.model_fields_set and content.strip() != b"{}":
            raise unreadable()
        made = tuple(item for item in items if not isinstance(item, Malformed))
        spoilt += [item for item in items if isinstance(item, Malformed)]
        for one in spoilt:
            self._log_once(one)
        return Sheet(made, envelope.after, len(spoilt), not made and not spoilt)

    def one(self, content: bytes) -> N:
        """Raises AcronisUnavailable where this is no such record."""
        try:
            return self._make(self._raw.model_validate(_clean(_parse(content))))
        except (ValidationError, Malformed) as error:
            raise unreadable() from error

    def _open(self, content: bytes) -> tuple[RawEnvelope[R], list[N | Malformed], list[Malformed]]:
        if _NUL not in content:
            try:
                envelope: Any = self._envelope.model_validate_json(content, context=self._make)
            except ValidationError:
                pass  # the slow way finds out which item it is
            else:
                return envelope, envelope.items or [], []
        return self._open_slowly(_clean(_parse(content)))

    def _open_slowly(self, page: Any) -> tuple[RawEnvelope[R], list[N | Malformed], list[Malformed]]:
        if not isinstance(page, dict) or not isinstance(page.get("items"), list | None):
            raise unreadable()
        good: list[N | Malformed] = []
        spoilt: list[Malformed] = []
        for item in page.pop("items", None) or ():
            try:
                good.append(self._make(self._raw.model_validate(item)))
            except ValidationError as error:
                spoilt.append(_malformed(item, error))
            except Malformed as error:
                spoilt.append(error)
        return self._envelope.model_validate({**page, "items": None}), good, spoilt

    def _log_once(self, error: Malformed) -> None:
        seen = (error.item_id, error.reason)
        if seen in self._logged:
            return
        if len(self._logged) >= _MOST_REMEMBERED:
            self._logged.clear()
        self._logged.add(seen)
        log.warning("item set aside", account=self._account, record=self._raw.__name__, id=seen[0], reason=seen[1])


_Tasks = RawEnvelope[Annotated[RawTask, AfterValidator(_made_at_once)]]
_Activities = RawEnvelope[Annotated[RawActivity, AfterValidator(_made_at_once)]]


def task_reader(account: str, classifier: Classifier, book: Book | None = None) -> Reader[RawTask, Task]:
    return Reader(account, RawTask, _Tasks, lambda raw: convert.task(raw, account, classifier, book))


def activity_reader(account: str, classifier: Classifier, book: Book | None = None) -> Reader[RawActivity, Activity]:
    return Reader(account, RawActivity, _Activities, lambda raw: convert.activity(raw, account, classifier, book))


def _malformed(item: object, error: ValidationError) -> Malformed:
    """Says which field and what is wrong with it, never its value: values are customers'."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    item_id = item.get("idString") or item.get("id") if isinstance(item, dict) else None
    return Malformed(f"{place}: {first['type']}" if place else first["type"], str(item_id or "")[:64])


def _parse(content: bytes) -> Any:
    """As `json` reads it, which takes half surrogates and what is not UTF-8; raises AcronisUnavailable."""
    try:
        return json.loads(content.decode("utf-8", "replace"))
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
