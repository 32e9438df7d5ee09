"""From the words of a list request to the rows it means: filters, order, level of detail, limit (§4 to §7).

Knows nothing of HTTP, paging tokens or how the world makes its rows. Parameters that nobody documented are ignored.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.acronis.filters import (
    COLUMNS,
    PRIORITIES,
    TIME_KEYS,
    Test,
    Window,
    read_number,
    read_test,
    read_truth,
    read_window,
)
from bot.sandbox.acronis.refusals import bad_request
from bot.sandbox.acronis.shelf import TIME_FIELDS, Row, Shelf

Pairs = Sequence[tuple[str, str]]
"""The decoded parameters of a request, in their order."""

LEVELS: Final = ("tiny", "short", "long", "full", "debug", "count")
_ORDER: Final = re.compile(r"(asc|desc)\((\w+)\)")
_ORDERS: Final = re.compile(rf"{_ORDER.pattern}(?:,?{_ORDER.pattern})*")
_ORDER_FIELDS: Final = {
    "tasks": frozenset({"id", "uuid", "type", "priority", "startedByUser", "state", *TIME_KEYS["tasks"]}),
    "activities": frozenset({"id", "uuid", "type", "startedByUser", "state", *TIME_KEYS["activities"]}),
}
# What the reference takes each level to hold (§7.1); only the names of the levels are published.
_TINY: Final = frozenset({"id", "idString", "uuid", "state"})
_SHORT: Final = _TINY | frozenset(
    {"result", "issuer", "cancelRequested", "blockers", "executor", "assignCount", "taskId", "taskIdString"}
)
_LONG_LACKS: Final = frozenset({"context", "argument"})


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What a list request asks for. `limit` is None where the client gave none: then everything is one page."""

    kind: str
    windows: tuple[Window, ...]
    tests: tuple[Test, ...]
    ids: frozenset[int] | None
    order: tuple[Order, ...]
    lod: str
    limit: int | None
    deleted: bool


def filter_keys(kind: str) -> frozenset[str]:
    """The parameters that may not be sent again beside a paging token."""
    return frozenset({*COLUMNS[kind], *TIME_KEYS[kind], "order", "allow_deleted"})


def read_query(kind: str, pairs: Pairs) -> Query:
    """`kind` is `tasks` or `activities`. Raises Refusal (400) at the first value that is wrong."""
    values: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    columns = [key for key in COLUMNS[kind] if key in values]
    ids = frozenset(read_number("id", text) for text in values["id"]) if "id" in values else None
    return Query(
        kind=kind,
        windows=tuple(read_window(key, values[key]) for key in TIME_KEYS[kind] if key in values),
        tests=tuple(read_test(kind, key, values[key]) for key in columns),
        ids=ids,
        order=tuple(_read_orders(kind, values.get("order", ()))),
        lod=read_level(values.get("lod", ())),
        limit=read_limit(values.get("limit", ())),
        deleted=read_truth("allow_deleted", values["allow_deleted"][-1]) if "allow_deleted" in values else False,
    )


def read_level(values: Sequence[str]) -> str:
    """The level of detail, `full` where none is asked for."""
    level = values[-1] if values else "full"
    if level not in LEVELS:
        raise bad_request(f"lod: {level!r} is none of {', '.join(LEVELS)}")
    return level


def read_limit(values: Sequence[str]) -> int | None:
    if not values:
        return None
    limit = read_number("limit", values[-1])
    if limit < 1:
        raise bad_request(f"limit: {limit} is less than 1")
    return limit


def _read_orders(kind: str, values: Iterable[str]) -> Iterable[Order]:
    for text in values:
        if not _ORDERS.fullmatch(text):
            raise bad_request(f"order: {text!r} is not asc(field) or desc(field)")
        for direction, field in _ORDER.findall(text):
            if field not in _ORDER_FIELDS[kind]:
                raise bad_request(f"order: {field!r} cannot be ordered by")
            yield Order(field, direction == "desc")


def find(query: Query, shelf: Shelf, locator: str = "/") -> list[Row]:
    """The rows that match, in order. `locator` is the path of the tenant that the token may see.

    Work is in proportion to what the first time window leaves over, not to the whole shelf.
    """
    rows = [row for row in _candidates(query, shelf) if _matches(query, row, locator)]
    for order in reversed(query.order):
        rows.sort(key=_sort_key(order.field), reverse=order.descending)
    return rows


def _candidates(query: Query, shelf: Shelf) -> Iterable[Row]:
    if query.ids is not None:
        found = (shelf.get(key) for key in sorted(query.ids))
        return [row for row in found if row]
    if query.windows:
        narrowest = max(query.windows, key=lambda window: window.low)
        rows = shelf.between(narrowest.field, narrowest.low, narrowest.high)
        # Without an order rows come in order of arrival, whichever index they were found by.
        return rows if query.order else sorted(rows, key=lambda row: row.number)
    return shelf


def _matches(query: Query, row: Row, locator: str) -> bool:
    if row.deleted and not query.deleted:
        return False
    if not all(window.holds(row) for window in query.windows):
        return False
    return visible(row, locator) and all(test(row) for test in query.tests)


def visible(row: Row, locator: str) -> bool:
    """Whether a token bound to the tenant at `locator` sees this row. One without a tenant is seen by all."""
    if locator == "/":
        return True
    path = row.value("tenant", "locator")
    return not isinstance(path, str) or path.startswith(locator)


def _sort_key(field: str) -> Any:
    if field in TIME_FIELDS:
        return lambda row: -1 if (at := row.stamp(field)) is None else at
    if field == "id":
        return lambda row: row.key or 0
    if field == "priority":
        return lambda row: PRIORITIES.index(found) if (found := row.value(field)) in PRIORITIES else -1
    return lambda row: str(row.value(field) or "")


def trim(raw: Any, level: str) -> Any:
    """An object at a level of detail. What is no object is handed through as it is."""
    if not isinstance(raw, dict) or level in ("full", "debug"):
        return raw
    if level == "long":
        return {key: value for key, value in raw.items() if key not in _LONG_LACKS}
    kept = _TINY if level == "tiny" else _SHORT | frozenset(TIME_FIELDS)
    return {key: value for key, value in raw.items() if key in kept}
