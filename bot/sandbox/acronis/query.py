"""From the words of a list request to the rows it means: filters, order, level of detail, limit (§4 to §7).

filter  = value                 equality
        | "like(" text ")"      startedBy, policyName, resourceName: part of the text, case-blind
        | op "(" time ")"       time keys; op = gt ge lt le eq; a bare time means eq
one key several times           any of the values; for a time key all of the bounds

Knows nothing of HTTP, paging tokens or how the world makes its rows. Parameters that nobody documented are ignored.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.acronis.errors import bad_request
from bot.sandbox.acronis.table import TIME_FIELDS, Row, Table
from bot.sandbox.acronis.times import read_instant
from bot.sandbox.templates import Templates

Pairs = Sequence[tuple[str, str]]  # the decoded parameters of a request, in their order
Test = Callable[[Row], bool]

STATES: Final = ("enqueued", "assigned", "started", "paused", "completed")
RESULTS: Final = ("ok", "error", "warning", "cancelled", "abandoned", "timedout")
PRIORITIES: Final = ("low", "belowNormal", "normal", "aboveNormal", "high")
LEVELS: Final = ("tiny", "short", "long", "full", "debug", "count")
# What the reference takes each level to hold (§7.1); only the names of the levels are published.
_TINY: Final = frozenset({"id", "idString", "uuid", "state"})
_SHORT: Final = _TINY | frozenset(
    {"result", "issuer", "cancelRequested", "blockers", "executor", "assignCount", "taskId", "taskIdString"}
)
_LONG_LACKS: Final = frozenset({"context", "argument"})

_FOREVER: Final = 1 << 80
_OPERATOR: Final = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ORDER: Final = re.compile(r"(asc|desc)\((\w+)\)")
_ORDERS: Final = re.compile(rf"{_ORDER.pattern}(?:,?{_ORDER.pattern})*")

# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _enum(*values: str) -> Callable[[str, str], str]:
    def read(key: str, text: str) -> str:
        if text not in values:
            raise bad_request(f"{key}: {text!r} is none of {', '.join(values)}")
        return text

    return read


def _number(key: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,19}", text, re.ASCII):
        raise bad_request(f"{key}: {text!r} is not an integer")
    return int(text)


def _truth(key: str, text: str) -> bool:
    return _enum("true", "false")(key, text) == "true"


def _guid(key: str, text: str) -> str:
    if not _GUID.fullmatch(text):
        raise bad_request(f"{key}: {text!r} is not a GUID")
    return text.casefold()


def read_level(values: Sequence[str]) -> str:
    """The level of detail, `full` where none is asked for. Raises Refusal."""
    return _enum(*LEVELS)("lod", values[-1] if values else "full")


def read_limit(values: Sequence[str]) -> int | None:
    """Raises Refusal."""
    if not values:
        return None
    limit = _number("limit", values[-1])
    if limit < 1:
        raise bad_request(f"limit: {limit} is less than 1")
    return limit


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Column:
    """Where a filter looks, and how it reads the values that a client sends. A `single` one takes one value."""

    path: tuple[str, ...]
    read: Callable[[str, str], Any]
    like: bool = False
    fold: bool = False
    single: bool = False


_READERS: Final[dict[str, Callable[[str, str], Any]]] = {
    "text": lambda _key, text: text,
    "number": _number,
    "truth": _truth,
    "guid": _guid,
    "state": _enum(*STATES),
    "result": _enum(*RESULTS),
    "priority": _enum(*PRIORITIES),
}


def _column(key: str, path: str = "", reads: str = "text", **flags: bool) -> Column:
    return Column(tuple((path or key).split(".")), _READERS[reads], **flags)


_FILE: Final = Templates(__file__)
TIME_KEYS: Final[dict[str, list[str]]] = _FILE.fill("times")
_ORDER_KEYS: Final = {kind: {*keys, *TIME_KEYS[kind]} for kind, keys in _FILE.fill("orders").items()}
COLUMNS: Final = {
    kind: {key: _column(key, **entry) for key, entry in (_FILE.fill("shared") | _FILE.fill(kind)).items()}
    for kind in TIME_KEYS
}


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds on one time field in unix nanoseconds, both included. Whole nanoseconds make `gt` a `ge` of the next."""

    field: str
    low: int = -_FOREVER
    high: int = _FOREVER

    def holds(self, row: Row) -> bool:
        at = row.stamp(self.field)
        return at is not None and self.low <= at <= self.high


def _window(key: str, values: Sequence[str]) -> Window:
    """All bounds on one time key together. The spec says "single entry", yet gt and lt as a pair work in the field."""
    lows, highs = zip(*(_bounds(key, text) for text in values), strict=True)
    return Window(key, max(lows), min(highs))


def _bounds(key: str, text: str) -> tuple[int, int]:
    found = _OPERATOR.fullmatch(text)
    operator, value = found.groups() if found else ("eq", text)
    try:
        at = read_instant(value)
    except ValueError as error:
        raise bad_request(f"{key}: {error}") from error
    low = {"gt": at + 1, "ge": at, "eq": at}.get(operator, -_FOREVER)
    high = {"lt": at - 1, "le": at, "eq": at}.get(operator, _FOREVER)
    if (low, high) == (-_FOREVER, _FOREVER):
        raise bad_request(f"{key}: unknown operator {operator!r}")
    return low, high


def _test(key: str, column: Column, values: Sequence[str]) -> Test:
    """The test of one key: any of its values. Raises Refusal for values that the key does not take."""
    if column.single and len(values) > 1:
        raise bad_request(f"{key}: single entry is accepted")
    parts = tuple(_like(key, text) for text in values if column.like and text.startswith("like("))
    exact = {column.read(key, text) for text in values if not (column.like and text.startswith("like("))}

    def same(value: object) -> bool:
        if isinstance(value, str):
            folded = value.casefold()
            return (folded if column.fold else value) in exact or any(part in folded for part in parts)
        return isinstance(value, int) and value in exact

    def test(row: Row) -> bool:
        found = row.value(*column.path)
        return any(map(same, found if isinstance(found, list) else [found]))

    return test


def _like(key: str, text: str) -> str:
    """The text inside `like(…)`, folded."""
    if not text.endswith(")") or len(text) == len("like()"):
        raise bad_request(f"{key}: {text!r} is not like(text)")
    return text[5:-1].casefold()


# ── queries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Query:
    """A list request. `order` holds fields, each with whether it descends; without a `limit` all is one page."""

    windows: tuple[Window, ...]
    tests: tuple[Test, ...]
    ids: frozenset[int] | None
    order: tuple[tuple[str, bool], ...]
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
    return Query(
        ids=frozenset(_number("id", text) for text in values["id"]) if "id" in values else None,
        windows=tuple(_window(key, values[key]) for key in TIME_KEYS[kind] if key in values),
        tests=tuple(_test(key, column, values[key]) for key, column in COLUMNS[kind].items() if key in values),
        order=tuple(_orders(kind, values.get("order", ()))),
        lod=read_level(values.get("lod", ())),
        limit=read_limit(values.get("limit", ())),
        deleted=_truth("allow_deleted", values["allow_deleted"][-1]) if "allow_deleted" in values else False,
    )


def _orders(kind: str, values: Iterable[str]) -> Iterable[tuple[str, bool]]:
    for text in values:
        if not _ORDERS.fullmatch(text):
            raise bad_request(f"order: {text!r} is not asc(field) or desc(field)")
        for direction, field in _ORDER.findall(text):
            if field not in _ORDER_KEYS[kind]:
                raise bad_request(f"order: {field!r} cannot be ordered by")
            yield field, direction == "desc"


def find(query: Query, table: Table, locator: str = "/", blind: Sequence[str] = ()) -> list[Row]:
    """The rows that match, in order. The work is in proportion to what the first time window leaves over."""
    rows = [row for row in _candidates(query, table) if _matches(query, row, locator, blind)]
    for field, descending in reversed(query.order):
        rows.sort(key=_sort_key(field), reverse=descending)
    return rows


def _candidates(query: Query, table: Table) -> Iterable[Row]:
    if query.ids is not None:
        return filter(None, map(table.get, sorted(query.ids)))
    if query.windows:
        narrowest = max(query.windows, key=lambda window: window.low)
        rows = table.between(narrowest.field, narrowest.low, narrowest.high)
        # Without an order rows come in order of arrival, whichever index they were found by.
        return rows if query.order else sorted(rows, key=lambda row: row.number)
    return table


def _matches(query: Query, row: Row, locator: str, blind: Sequence[str]) -> bool:
    is_there = (query.deleted or not row.deleted) and all(window.holds(row) for window in query.windows)
    return is_there and visible(row, locator, blind) and all(test(row) for test in query.tests)


def visible(row: Row, locator: str, blind: Sequence[str] = ()) -> bool:
    """Whether a token bound to the tenant at `locator` sees this row. One without a tenant is seen by all.

    `blind` are the locators of tenants that let nobody in from above.
    """
    path = row.value("tenant", "locator") if locator != "/" else ""
    if locator == "/" or not isinstance(path, str):
        return True
    return path.startswith(locator) and not any(path.startswith(one) and not locator.startswith(one) for one in blind)


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
