"""A question as conditions on `tasks`: exactly what `TaskQuery.admits` says, over what the copy holds.

What has few values has become `shape`, names have become numbers (see `dimensions`). Times and lengths are compared in
microseconds, which is all that a datetime holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, or_

from bot.model import NameField, NameFilter, TaskQuery, TimeField
from bot.store.copy.dimensions import Dimensions
from bot.store.dialect import among, greatest
from bot.store.schema import micros, tasks

MICROSECOND = timedelta(microseconds=1)
_COLUMNS = {
    TimeField.STARTED: tasks.c.started_at,
    TimeField.COMPLETED: tasks.c.completed_at,
    TimeField.UPDATED: tasks.c.updated_at,
}


@dataclass(frozen=True, slots=True)
class Names:
    """A name filter as numbers: one of the columns has one of its numbers; none has where it `leaves_out`."""

    numbers: dict[str, list[int]]
    leaves_out: bool

    @property
    def holds_shapes(self) -> bool:
        """The indexes of tenants and of plans do, and times too."""
        return len(self.numbers) == 1 and not self.numbers.keys().isdisjoint(("tenant", "plan"))

    @property
    def is_vain(self) -> bool:
        """Nothing can fit it."""
        return not self.leaves_out and not any(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Matching:
    """What a question asks of `tasks`. Empty `shapes`: nothing can match."""

    query: TaskQuery
    as_of: datetime
    shapes: list[int]
    open_shapes: list[int]
    names: tuple[Names, ...]

    @property
    def is_vain(self) -> bool:
        return not self.shapes or any(each.is_vain for each in self.names)

    @property
    def is_timed(self) -> bool:
        return self.query.after is not None or self.query.before is not None

    @property
    def time(self) -> ColumnElement[Any]:
        """The column that the question's time is about; without a time that of the last change."""
        return _COLUMNS[self.query.time_field] if self.is_timed else tasks.c.updated_at

    def by_shape(self) -> list[ColumnElement[bool]]:
        """Conditions that lead by shape and time."""
        return [*self.window(), *self._lengths(), *self._named(led_by=None)]

    def by_time(self) -> list[ColumnElement[bool]]:
        """Conditions that lead by time alone, for a walk along it."""
        shapes = among(_plain(tasks.c.shape), self.shapes)
        return [shapes, *self._within(self.time), *self._lengths(), *self._named(led_by=None)]

    def by_name(self, leader: Names) -> list[ColumnElement[bool]]:
        """Conditions that lead by what `leader` names."""
        return [*self._beside(leader), *self._lengths(), *self._named(led_by=leader)]

    def led_by(self, leader: Names) -> list[ColumnElement[bool]]:
        """What has to be looked at where `leader` leads: all that its index does not leave out by itself."""
        return [named(leader, leads=True), *(self._beside(leader) if leader.holds_shapes else ())]

    def _beside(self, leader: Names) -> list[ColumnElement[bool]]:
        shapes = among(tasks.c.shape if leader.holds_shapes else _plain(tasks.c.shape), self.shapes)
        return [shapes, *self._within(_plain(self.time))]

    def without_time(self) -> list[ColumnElement[bool]]:
        return [among(tasks.c.shape, self.shapes), *self._lengths(), *self._named(led_by=None)]

    def filtered(self) -> list[ColumnElement[bool]]:
        """Conditions of which none leads."""
        shapes = among(_plain(tasks.c.shape), self.shapes)
        return [shapes, *self._within(_plain(self.time)), *self._lengths(), *self._named(led_by=None)]

    def window(self) -> list[ColumnElement[bool]]:
        """Shape and time alone."""
        return [among(tasks.c.shape, self.shapes), *self._within(self.time)]

    def _within(self, time: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        found = [time <= micros(self.as_of)]
        if (
            self.query.time_field is TimeField.STARTED
            and self.is_timed
            and not set(self.shapes) & set(self.open_shapes)
        ):
            found.append(func.coalesce(tasks.c.completed_at, 0) <= micros(self.as_of))  # it was not over then
        if self.query.after is not None:
            found.append(time > micros(self.query.after))
        if self.query.before is not None:
            found.append(time < micros(self.query.before))
        return found

    def _lengths(self) -> list[ColumnElement[bool]]:
        found = []
        if self.query.longer_than is not None:
            found.append(self.length() > self.query.longer_than // MICROSECOND)
        if self.query.shorter_than is not None:
            found.append(self.length() < self.query.shorter_than // MICROSECOND)
        return found

    def length(self) -> ColumnElement[Any]:
        """As `model.length_of`: of what still runs until `as_of`."""
        is_open = among(_plain(tasks.c.shape), self.open_shapes)
        ended = case((is_open, literal(micros(self.as_of), BigInteger)), else_=tasks.c.completed_at)
        return greatest(ended - tasks.c.started_at, 0)

    def order(self) -> ColumnElement[Any]:
        """The time a list is ordered by, as `model.time_of`; that of the last change where there is none."""
        field = self.query.order_field
        if self.is_timed and field is self.query.time_field:
            return self.time
        if field is TimeField.COMPLETED:
            is_open = among(_plain(tasks.c.shape), self.open_shapes)
            return case((is_open, tasks.c.updated_at), else_=func.coalesce(tasks.c.completed_at, tasks.c.updated_at))
        return func.coalesce(_COLUMNS[field], tasks.c.updated_at)

    def by_moment(self) -> list[ColumnElement[Any]]:
        """The newest first, or the oldest."""
        if self.query.oldest_first:
            return [self.order().asc(), tasks.c.number.asc()]
        return [self.order().desc(), tasks.c.number.desc()]

    def by_length(self) -> list[ColumnElement[Any]]:
        """The longest first, or the shortest; what has no length comes last."""
        length = self.length()
        return [length.is_(None), length.asc() if self.query.backwards else length.desc()]

    def _named(self, led_by: Names | None) -> list[ColumnElement[bool]]:
        return [named(each, leads=each is led_by) for each in self.names]


def matching(dimensions: Dimensions, query: TaskQuery, as_of: datetime, *, ended: bool = False) -> Matching:
    """`ended`: only what is over. A question about ends asks so too."""
    is_timed = query.after is not None or query.before is not None
    about_ends = is_timed and query.time_field is TimeField.COMPLETED
    return Matching(
        query,
        as_of,
        dimensions.shapes_of(query, ended=ended or about_ends),
        dimensions.open_shapes(),
        all_named(dimensions, query),
    )


def all_named(dimensions: Dimensions, query: TaskQuery) -> tuple[Names, ...]:
    """The question's name filters, and one that leaves out accounts which are no longer configured."""
    foreign = dimensions.foreign_tenants()
    own = [Names({"tenant": foreign}, leaves_out=True)] if foreign else []
    return (*(numbered(dimensions, each) for each in query.names if each.field is not NameField.TYPE), *own)


def numbered(dimensions: Dimensions, wanted: NameFilter) -> Names:
    """Which numbers a name filter means. A type is none: it is part of a shape."""
    patterns = wanted.patterns
    tenants, machines, plans = dimensions.tenants, dimensions.machines, dimensions.plans
    match wanted.field:
        case NameField.TENANT:
            found = {"tenant": tenants.fitting(patterns)}
        case NameField.MACHINE:
            found = {"machine": machines.fitting(patterns)}
        case NameField.PLAN:
            found = {"plan": plans.fitting(patterns)}
        case NameField.PERSON:
            found = {"started_by": dimensions.names.fitting(patterns)}
        case _:
            found = {
                "machine": machines.fitting(patterns, with_ids=False),
                "plan": plans.fitting(patterns, with_ids=False),
                "tenant": tenants.fitting(patterns, with_ids=False),
                "started_by": dimensions.names.fitting(patterns),
            }
    return Names({column: sorted(numbers) for column, numbers in found.items()}, wanted.leaves_out)


def named(wanted: Names, *, leads: bool = False) -> ColumnElement[bool]:
    """The condition of one name filter. Unless it leads, no index is looked for."""
    columns = [(tasks.c[name], numbers) for name, numbers in wanted.numbers.items()]
    if wanted.leaves_out:
        return and_(*(~among(_plain(column), numbers) for column, numbers in columns))
    return or_(*(among(column if leads else _plain(column), numbers) for column, numbers in columns if numbers))


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column in a form that no index leads to: which one leads is decided here, not by SQLite's guess."""
    return column + 0


def leaders(names: Sequence[Names]) -> list[Names]:
    """The filters that could lead."""
    return [each for each in names if not each.leaves_out]
