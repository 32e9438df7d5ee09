"""Kinds of values, and what is wrong with a value of a kind. The engine of `block_kit`; knows no block and no element.

A kind is called with a value and its JSON pointer, and yields one sentence per fault, worded as Slack words them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

Kind = Callable[[Any, str], Iterator[str]]


def fault(sentence: str, pointer: str) -> str:
    return f"[ERROR] {sentence} [json-pointer:{pointer}]"


def value(fits: Callable[[Any], bool], sentence: str) -> Kind:
    """A value that fits; `sentence` is said of any other."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not fits(value):
            yield fault(sentence, at)

    return check


def first(*kinds: Kind) -> Kind:
    """All of these kinds at once. The faults are those of the first kind that finds any."""

    def check(value: Any, at: str) -> Iterator[str]:
        yield from next((faults for kind in kinds if (faults := list(kind(value, at)))), ())

    return check


def every(*kinds: Kind) -> Kind:
    """All of these kinds at once, with the faults of each."""
    return lambda value, at: chain.from_iterable(kind(value, at) for kind in kinds)


def text(most: int, least: int = 0) -> Kind:
    """Text of `least` to `most` characters."""
    return first(
        value(lambda each: isinstance(each, str), "must be a string"),
        value(lambda each: len(each) <= most, f"must be less than {most + 1} characters"),
        value(lambda each: len(each) >= least, f"must be more than {least - 1} characters"),
    )


def whole(low: int, high: int) -> Kind:
    return value(lambda each: type(each) is int and low <= each <= high, f"must be an integer from {low} to {high}")


def word(*words: str) -> Kind:
    return value(lambda each: each in words, f"must be a valid enum value of: {', '.join(words)}")


def _is_numeral(each: Any) -> bool:
    try:
        return isinstance(each, str) and float(each) is not None
    except ValueError:
        return False


def _is_link(each: Any) -> bool:
    return isinstance(each, str) and each.startswith(("http://", "https://", "slack://", "mailto:"))


ANY = value(lambda each: True, "")
FLAG = value(lambda each: isinstance(each, bool), "must be a boolean")
NUMBER = value(lambda each: type(each) in (int, float), "must be a number")
NUMERAL = value(_is_numeral, "must be a number written as a string")
LINK = first(value(_is_link, "must be a valid URL"), text(3000))
OBJECT = value(lambda each: isinstance(each, dict), "must be an object")
ARRAY = value(lambda each: isinstance(each, list), "must be an array")


def many(of: Kind, most: int, least: int = 1) -> Kind:
    """A list of `least` to `most` values of a kind."""

    def check(values: Any, at: str) -> Iterator[str]:
        if len(values) > most:
            yield fault(f"no more than {most} items allowed", at)
        if len(values) < least:
            yield fault(f"no less than {least} items allowed", at)
        for place, each in enumerate(values):
            yield from of(each, f"{at}/{place}")

    return first(ARRAY, check)


Fields = Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Row:
    """An object with these fields and no other, or any other where it `is_open`. `rule` is asked if they are right.

    `places` holds a letter for each place where an object of this type may stand.
    """

    places: str = ""
    required: Fields = field(default_factory=dict)
    optional: Fields = field(default_factory=dict)
    rule: Kind = ANY
    is_open: bool = False

    def __call__(self, value: Any, at: str) -> Iterator[str]:
        return first(OBJECT, self._fields, self.rule)(value, at)

    def _fields(self, value: Any, at: str) -> Iterator[str]:
        known = {**self.required, **self.optional}
        yield from (fault(f"missing required field: {key}", at) for key in self.required if key not in value)
        if not self.is_open:
            yield from (fault(f"invalid additional property: {key}", at) for key in value if key not in known)
        for key, kind in known.items():
            if key in value:
                yield from kind(value[key], f"{at}/{key}")


def row(places: str, required: Fields, /, *shared: Fields, rule: Kind = ANY, **own: Kind) -> Row:
    """A row whose optional fields are those it shares with others, and its own."""
    optional = {key: kind for fields in (*shared, own) for key, kind in fields.items()}
    return Row(places, required, optional, rule)


def typed(table: Mapping[str, Row], place: str = "") -> Kind:
    """An object whose `type` names its row, of those rows that may stand in `place`. The table may grow later."""

    def check(value: Any, at: str) -> Iterator[str]:
        row = table.get(str(value.get("type", "")))
        if row is None or place not in row.places:
            yield fault(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            yield from row({key: each for key, each in value.items() if key != "type"}, at)

    return first(OBJECT, check)


def one_of(*keys: str) -> Kind:
    """Exactly one of these fields is there."""
    return value(lambda each: sum(key in each for key in keys) == 1, f"must have exactly one of: {', '.join(keys)}")


def some_of(*keys: str) -> Kind:
    """At least one of these fields is there."""
    return value(lambda each: any(key in each for key in keys), f"must have at least one of: {', '.join(keys)}")


def unique(key: str) -> Kind:
    """No two objects of a list have the same `key`."""

    def check(values: Any, at: str) -> Iterator[str]:
        seen: set[Any] = set()
        for place, each in enumerate(values):
            name = each.get(key)
            if name is not None and name in seen:
                yield fault(f"`{key}` {name} is already in use", f"{at}/{place}/{key}")
            seen.add(name)

    return check
