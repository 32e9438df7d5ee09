"""How the neighbours of the Task Manager take filters and give pages (plans §1): `or(a,b)`, `gt(time)`, cursors.

A cursor counts items, and the filters come again beside it. Knows nothing of what the items are.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from bot.sandbox.acronis.errors import policy_error
from bot.sandbox.acronis.query import Pairs
from bot.sandbox.acronis.times import read_instant
from bot.sandbox.acronis.tokens import Grant

Raw = dict[str, Any]
Item = TypeVar("Item")

PRESET: Final = 250  # items on a page where no limit is asked for
_BOUNDS: Final[dict[str, Callable[[int, int], bool]]] = {
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "eq": lambda value, bound: value == bound,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to such an API. `key` is the id in its path."""

    params: Pairs
    grant: Grant
    body: Any = None
    key: str = ""
    values: dict[str, list[str]] = field(init=False)
    _names: dict[str, tuple[bool, set[str]]] = field(init=False, default_factory=dict[str, tuple[bool, set[str]]])

    def __post_init__(self) -> None:
        found = dict[str, list[str]]()
        for name, value in self.params:
            found.setdefault(name, []).append(value)
        object.__setattr__(self, "values", found)

    @property
    def locator(self) -> str:
        return self.grant.tenant.locator

    def one(self, key: str, preset: str = "") -> str:
        """The last value, as it is."""
        return self.values.get(key, [preset])[-1]

    def is_on(self, key: str) -> bool:
        return self.one(key) == "true"

    def takes(self, key: str, *found: str) -> bool:
        """Whether a filter lets an item through that has any of `found`, case-blind; always where it is not sent."""
        if key not in self.values:
            return True
        if key not in self._names:
            texts = self.values[key]
            self._names[key] = any(text.startswith("not(") for text in texts), _names(texts)
        is_not, names = self._names[key]
        return is_not == names.isdisjoint([each.casefold() for each in found])

    def bounds(self, key: str) -> Callable[[int], bool]:
        """The test of a time filter, for unix nanoseconds. Raises Refusal (400)."""
        tests = [_bound(key, text) for text in self.values.get(key, ())]
        return lambda at: all(test(at) for test in tests)


def _names(texts: Iterable[str]) -> set[str]:
    """One value, or those in `or(a,b)` and `not(a,b)`."""
    found = set[str]()
    for text in texts:
        operator, opened, rest = text.partition("(")
        is_list = opened and operator in ("or", "not") and rest.endswith(")")
        found |= set(rest[:-1].casefold().split(",")) if is_list else {text.casefold()}
    return found


def _bound(key: str, text: str) -> Callable[[int], bool]:
    try:
        return comparison(text, read_instant)
    except ValueError:
        raise policy_error(400, "BadRequest", f"{key}: {text!r} is not a time") from None


def comparison(text: str, read: Callable[[str], int]) -> Callable[[int], bool]:
    """The test that `gt(value)` or a bare value stands for. Raises ValueError."""
    operator, opened, rest = text.partition("(")
    if opened and (operator not in _BOUNDS or not rest.endswith(")")):
        raise ValueError(text)
    holds, bound = _BOUNDS[operator if opened else "eq"], read(rest[:-1] if opened else text)
    return lambda value: holds(value, bound)


def page(ask: Ask, items: Sequence[Item], write: Callable[[Item], Any], most: int, *, tells_total: bool = True) -> Raw:
    """`items` and `paging`; what is not on the page is not written. Raises Refusal (400)."""
    text = ask.one("limit")
    size = min(int(text), most) if text.isdecimal() and int(text) else min(PRESET, most)
    offset = _offset(ask.one("after") or ask.one("before"))
    cursors: Raw = {"total": len(items)} if tells_total else {}
    if offset:
        cursors["before"] = _cursor(max(offset - size, 0))
    if offset + size < len(items):
        cursors["after"] = _cursor(offset + size)
    return {"items": [write(each) for each in items[offset : offset + size]], "paging": {"cursors": cursors}}


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset={offset}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("offset=")) if cursor else 0
    except ValueError:
        raise policy_error(400, "BadRequest", "not a cursor") from None
