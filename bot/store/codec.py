"""Turns our frozen dataclasses into rows and back: a noun's fields are listed in the noun and in the table only.

A field is the column of its name. A field that is a dataclass itself is the columns of its fields, behind `field_`, or
without a prefix where the noun's own codec says so. Times are whole microseconds since 1970, lengths whole
microseconds, words their values. An optional dataclass is None where its first column is NULL.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Column, Table

from bot.store.schema import micros, moment

N = TypeVar("N")
MICROSECOND = timedelta(microseconds=1)


class Codec(Generic[N]):
    """`flat` names the fields whose own fields bear no prefix. `columns` are in the order of `encode`'s values."""

    def __init__(self, noun: type[N], table: Table, flat: Collection[str] = ()) -> None:
        names: list[str] = []
        self._parts = _Parts(noun, "", flat, names)
        self.names = tuple(names)
        self.columns: tuple[Column[Any], ...] = tuple(table.c[name] for name in names)

    def encode(self, item: N) -> tuple[Any, ...]:
        values: list[Any] = []
        self._parts.encode(item, values)
        return tuple(values)

    def decode(self, row: Sequence[Any]) -> N:
        """`row` begins with the values of `columns`."""
        noun: N = self._parts.decode(iter(row))
        return noun


class _Parts:
    """A dataclass as the values of its fields."""

    def __init__(self, noun: Any, prefix: str, flat: Collection[str], names: list[str]) -> None:
        self._noun = noun
        self._parts: list[tuple[str, _Parts | _Optional | _Value]] = []
        hints = get_type_hints(noun)
        for field in fields(noun):
            kind, is_optional = _unwrapped(hints[field.name])
            if is_dataclass(kind):
                inner = _Parts(kind, prefix if field.name in flat else f"{prefix}{field.name}_", flat, names)
                self._parts.append((field.name, _Optional(inner) if is_optional else inner))
            else:
                names.append(f"{prefix}{field.name}")
                self._parts.append((field.name, _Value(kind)))

    @property
    def size(self) -> int:
        return sum(part.size for _, part in self._parts)

    def encode(self, item: Any, values: list[Any]) -> None:
        for name, part in self._parts:
            part.encode(getattr(item, name), values)

    def decode(self, values: Iterator[Any]) -> Any:
        return self._noun(*[part.decode(values) for _, part in self._parts])


class _Optional:
    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self.size = parts.size

    def encode(self, item: Any, values: list[Any]) -> None:
        if item is None:
            values += [None] * self.size
        else:
            self._parts.encode(item, values)

    def decode(self, values: Iterator[Any]) -> Any:
        taken = [next(values) for _ in range(self.size)]
        return None if taken[0] is None else self._parts.decode(iter(taken))


class _Value:
    size = 1

    def __init__(self, kind: Any) -> None:
        self._write, self._read = _ways(kind)

    def encode(self, value: Any, values: list[Any]) -> None:
        values.append(None if value is None else self._write(value))

    def decode(self, values: Iterator[Any]) -> Any:
        value = next(values)
        return None if value is None else self._read(value)


def _ways(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How a value is written and read."""
    if kind is datetime:
        return micros, moment
    if kind is timedelta:
        return (lambda length: length // MICROSECOND), (lambda value: timedelta(microseconds=value))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return (lambda word: word.value), kind
    return (bool, bool) if kind is bool else (_same, _same)


def _same(value: Any) -> Any:
    return value


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    """The type itself, and whether None may stand in its place."""
    if get_origin(hint) in (UnionType, Union):
        (kind,) = (each for each in get_args(hint) if each is not NoneType)
        return kind, True
    return hint, False
