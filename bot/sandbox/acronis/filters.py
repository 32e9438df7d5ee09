"""The filters of the two lists: each parameter's name, the values it takes, and the test it puts to a row (§4, §5).

filter  = value                 equality
        | "like(" text ")"      startedBy, policyName, resourceName: part of the text, case-blind
        | op "(" time ")"       time keys; op = gt ge lt le eq; a bare time means eq
one key several times           any of the values; for a time key all of the bounds
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.acronis.instants import read_instant
from bot.sandbox.acronis.refusals import bad_request
from bot.sandbox.acronis.shelf import Row

Test = Callable[[Row], bool]

STATES: Final = ("enqueued", "assigned", "started", "paused", "completed")
RESULTS: Final = ("ok", "error", "warning", "cancelled", "abandoned", "timedout")
PRIORITIES: Final = ("low", "belowNormal", "normal", "aboveNormal", "high")

_FOREVER: Final = 1 << 80
_OPERATOR: Final = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds on one time field in unix nanoseconds, both included. Whole nanoseconds make `gt` a `ge` of the next."""

    field: str
    low: int = -_FOREVER
    high: int = _FOREVER

    def holds(self, row: Row) -> bool:
        at = row.stamp(self.field)
        return at is not None and self.low <= at <= self.high


@dataclass(frozen=True, slots=True)
class Column:
    """Where a filter looks, and how it reads the values that a client sends."""

    path: tuple[str, ...]
    read: Callable[[str, str], Any] = lambda _key, text: text
    like: bool = False
    fold: bool = False


def _enum(*values: str) -> Callable[[str, str], str]:
    def read(key: str, text: str) -> str:
        if text not in values:
            raise bad_request(f"{key}: {text!r} is none of {', '.join(values)}")
        return text

    return read


def read_number(key: str, text: str) -> int:
    """A decimal integer. Raises Refusal."""
    if not re.fullmatch(r"-?\d{1,19}", text, re.ASCII):
        raise bad_request(f"{key}: {text!r} is not an integer")
    return int(text)


def read_truth(key: str, text: str) -> bool:
    """`true` or `false`. Raises Refusal."""
    return _enum("true", "false")(key, text) == "true"


def _guid(key: str, text: str) -> str:
    if not _GUID.fullmatch(text):
        raise bad_request(f"{key}: {text!r} is not a GUID")
    return text.casefold()


_SHARED: Final = {
    "id": Column(("id",), read_number),
    "uuid": Column(("uuid",), _guid, fold=True),
    "type": Column(("type",)),
    "state": Column(("state",), _enum(*STATES)),
    "resultCode": Column(("result", "code"), _enum(*RESULTS)),
    "startedBy": Column(("startedByUser",), like=True),
    "policyId": Column(("policy", "id")),
    "policyType": Column(("policy", "type")),
    "policyName": Column(("policy", "name"), like=True),
    "resourceId": Column(("resource", "id")),
    "resourceType": Column(("resource", "type")),
    "resourceName": Column(("resource", "name"), like=True),
    "workflowId": Column(("workflowId",), read_number),
    "tag": Column(("tags",)),
}
_OF_TASKS: Final = {
    "executorId": Column(("executor", "id")),
    "queue": Column(("queue",)),
    "priority": Column(("priority",), _enum(*PRIORITIES)),
    "affinityAgentId": Column(("affinity", "agentId")),
    "affinityClusterId": Column(("affinity", "clusterId")),
}
_OF_ACTIVITIES: Final = {
    "taskId": Column(("taskId",), read_number),
    "parentActivityId": Column(("parentActivityId",), read_number),
    "sustainable": Column(("sustainable",), read_truth),
}
COLUMNS: Final = {"tasks": _SHARED | _OF_TASKS, "activities": _SHARED | _OF_ACTIVITIES}
TIME_KEYS: Final = {
    "tasks": ("startedAt", "updatedAt", "completedAt", "enqueuedAt", "assignedAt"),
    "activities": ("startedAt", "updatedAt", "completedAt", "createdAt"),
}
_SINGLE: Final = frozenset({"executorId", "affinityAgentId", "affinityClusterId", "sustainable"})


def read_window(key: str, values: Sequence[str]) -> Window:
    """All bounds on one time key together. The spec says "single entry", yet gt and lt as a pair work in the field."""
    window = Window(key)
    for text in values:
        low, high = _bounds(key, text)
        window = Window(key, max(window.low, low), min(window.high, high))
    return window


def _bounds(key: str, text: str) -> tuple[int, int]:
    found = _OPERATOR.fullmatch(text)
    operator, value = found.groups() if found else ("eq", text)
    try:
        at = read_instant(value)
    except ValueError as error:
        raise bad_request(f"{key}: {error}") from error
    bounds = {
        "gt": (at + 1, _FOREVER),
        "ge": (at, _FOREVER),
        "lt": (-_FOREVER, at - 1),
        "le": (-_FOREVER, at),
        "eq": (at, at),
    }
    if operator not in bounds:
        raise bad_request(f"{key}: unknown operator {operator!r}")
    return bounds[operator]


def read_test(kind: str, key: str, values: Sequence[str]) -> Test:
    """The test of one key: any of its values. Raises Refusal for values that the key does not take."""
    if key in _SINGLE and len(values) > 1:
        raise bad_request(f"{key}: single entry is accepted")
    column = COLUMNS[kind][key]
    parts = tuple(filter(None, (_like(key, text) if column.like else None for text in values)))
    exact = {column.read(key, text) for text in values if not (column.like and _like(key, text))}

    def test(row: Row) -> bool:
        found = row.value(*column.path)
        return any(_same(column, exact, parts, value) for value in (found if isinstance(found, list) else [found]))

    return test


def _same(column: Column, exact: set[Any], parts: tuple[str, ...], value: object) -> bool:
    if isinstance(value, str):
        folded = value.casefold()
        return (folded if column.fold else value) in exact or any(part in folded for part in parts)
    return isinstance(value, int) and value in exact


def _like(key: str, text: str) -> str | None:
    """The text inside `like(…)`, folded; None where the value has no operator."""
    if not text.startswith("like("):
        return None
    if not text.endswith(")") or len(text) == len("like()"):
        raise bad_request(f"{key}: {text!r} is not like(text)")
    return text[5:-1].casefold()
