"""Small checks that Block Kit's rules are put together from. Knows no block and no element.

A shape is called with a value and its JSON pointer, and yields one sentence per fault, worded as Slack words them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Shape = Callable[[Any, str], Iterator[str]]


def fault(sentence: str, pointer: str) -> str:
    return f"[ERROR] {sentence} [json-pointer:{pointer}]"


def string(high: int, low: int = 0) -> Shape:
    """Text of `low` to `high` characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must be a string", at)
        elif len(value) > high:
            yield fault(f"must be less than {high + 1} characters", at)
        elif len(value) < low:
            yield fault(f"must be more than {low - 1} characters", at)

    return check


def choice(*words: str) -> Shape:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield fault(f"must be a valid enum value of: {', '.join(words)}", at)

    return check


def flag(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield fault("must be a boolean", at)


def anything(value: Any, at: str) -> Iterator[str]:
    return iter(())


def number(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield fault("must be a number", at)


def integer(low: int, high: int) -> Shape:
    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield fault(f"must be an integer from {low} to {high}", at)

    return check


def numeral(value: Any, at: str) -> Iterator[str]:
    """A number written as text, as number inputs want it."""
    try:
        float(value) if isinstance(value, str) else float("not text")
    except ValueError:
        yield fault("must be a number written as a string", at)


def link(value: Any, at: str) -> Iterator[str]:
    """A web address of at most 3,000 characters."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://", "slack://", "mailto:")):
        yield fault("must be a valid URL", at)
    else:
        yield from string(3000)(value, at)


def array(item: Shape, low: int, high: int) -> Shape:
    """A list of `low` to `high` things."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must be an array", at)
            return
        if len(value) > high:
            yield fault(f"no more than {high} items allowed", at)
        if len(value) < low:
            yield fault(f"no less than {low} items allowed", at)
        for place, each in enumerate(value):
            yield from item(each, f"{at}/{place}")

    return check


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *also: Shape) -> Shape:
    """An object with these keys and no other. `also` are checks over the whole object, run where its keys are right."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must be an object", at)
            return
        faults = [fault(f"missing required field: {key}", at) for key in required if key not in value]
        faults += [fault(f"invalid additional property: {key}", at) for key in value if key not in known]
        for key, shape in known.items():
            if key in value:
                faults += shape(value[key], f"{at}/{key}")
        yield from faults
        if not faults:
            for each in also:
                yield from each(value, at)

    return check


def by_type(table: Mapping[str, Shape]) -> Shape:
    """An object whose `type` says which shape it has. The table may still grow after this call."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must be an object", at)
            return
        shape = table.get(str(value.get("type", "")))
        if shape is None:
            yield fault(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            yield from shape(value, at)

    return check


def one_of_keys(*keys: str) -> Shape:
    """Exactly one of these keys is there."""

    def check(value: Any, at: str) -> Iterator[str]:
        if sum(key in value for key in keys) != 1:
            yield fault(f"must have exactly one of: {', '.join(keys)}", at)

    return check


def some_of_keys(*keys: str) -> Shape:
    """At least one of these keys is there."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not any(key in value for key in keys):
            yield fault(f"must have at least one of: {', '.join(keys)}", at)

    return check


def no_twins(key: str) -> Shape:
    """No two members of a list carry the same `key`."""

    def check(value: Any, at: str) -> Iterator[str]:
        seen: set[Any] = set()
        for place, each in enumerate(value):
            name = each.get(key) if isinstance(each, dict) else None
            if name is not None and name in seen:
                yield fault(f"`{key}` {name} is already in use", f"{at}/{place}/{key}")
            seen.add(name)

    return check


def both(*shapes: Shape) -> Shape:
    """All of these; the later ones only where the earlier ones found nothing."""

    def check(value: Any, at: str) -> Iterator[str]:
        for shape in shapes:
            faults = list(shape(value, at))
            if faults:
                yield from faults
                return

    return check
