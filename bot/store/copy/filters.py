"""A question as conditions on `tasks`: exactly what `TaskQuery.admits` says, over what the copy holds.

What has few values has become `shape`, names have become numbers (see `dimensions`). Times and lengths are compared in
microseconds, which is all that a datetime holds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, or_

from bot.model import OF_FAILURES, NameField, NameFilter, TaskQuery, TimeField, folded
from bot.model.values import dataclass
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
    """A name filter as numbers: one of the columns has one of its numbers; none has where it `leaves_out`.

    `codes` are those of a cause, folded: a run that failed with one fits, too.
    """

    numbers: dict[str, list[int]]
    leaves_out: bool
    codes: tuple[str, ...] = ()

    @property
    def holds_shapes(self) -> bool:
        """The indexes of tenants and of plans do, and times too."""
        return len(self.numbers) == 1 and not self.numbers.keys().isdisjoint(("tenant", "plan"))

    @property
    def is_vain(self) -> bool:
        """Nothing can fit it."""
        return not self.leaves_out and not self.codes and not any(self.numbers.values())


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
        return [*self.window(), *self._rest()]

    def window(self) -> list[ColumnElement[bool]]:
        """Shape and time alone."""
        return [among(tasks.c.shape, self.shapes), *self._within(self.time)]

    def by_time(self) -> list[ColumnElement[bool]]:
        """Conditions that lead by time alone, for a walk along it."""
        return [among(_plain(tasks.c.shape), self.shapes), *self._within(self.time), *self._rest()]

    def by_name(self, leader: Names) -> list[ColumnElement[bool]]:
        """Conditions that lead by what `leader` names."""
        return [*self._beside(leader), *self._rest(leader)]

    def led_by(self, leader: Names) -> list[ColumnElement[bool]]:
        """What has to be looked at where `leader` leads: all that its index does not leave out by itself."""
        return [_named(leader, leads=True), *(self._beside(leader) if leader.holds_shapes else ())]

    def filtered(self) -> list[ColumnElement[bool]]:
        """Conditions of which none leads."""
        return [among(_plain(tasks.c.shape), self.shapes), *self._within(_plain(self.time)), *self._rest()]

    def without_time(self) -> list[ColumnElement[bool]]:
        return [among(tasks.c.shape, self.shapes), *self._rest()]

    def _beside(self, leader: Names) -> list[ColumnElement[bool]]:
        shapes = among(tasks.c.shape if leader.holds_shapes else _plain(tasks.c.shape), self.shapes)
        return [shapes, *self._within(_plain(self.time))]

    def _rest(self, leader: Names | None = None) -> list[ColumnElement[bool]]:
        """Lengths and names."""
        longer, shorter = self.query.longer_than, self.query.shorter_than
        return [
            *([self.length() > longer // MICROSECOND] if longer is not None else []),
            *([self.length() < shorter // MICROSECOND] if shorter is not None else []),
            *(_named(each, leads=each is leader) for each in self.names),
        ]

    def _within(self, time: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        found = [time <= micros(self.as_of)]
        is_over = set(self.shapes).isdisjoint(self.open_shapes)
        if is_over and self.is_timed and self.query.time_field is TimeField.STARTED:
            found.append(func.coalesce(tasks.c.completed_at, 0) <= micros(self.as_of))  # it was not over then
        if self.query.after is not None:
            found.append(time > micros(self.query.after))
        if self.query.before is not None:
            found.append(time < micros(self.query.before))
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
        order = [self.order(), tasks.c.number]
        return [each.asc() if self.query.oldest_first else each.desc() for each in order]

    def by_length(self) -> list[ColumnElement[Any]]:
        """The longest first, or the shortest; what has no length comes last."""
        length = self.length()
        return [length.is_(None), length.asc() if self.query.backwards else length.desc(), *self.by_moment()]


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
    if wanted.field in OF_FAILURES:
        causes = dimensions.causes_fitting(wanted) if wanted.field is NameField.CAUSE else set[int]()
        codes = tuple(map(folded, wanted.patterns))
        return Names({"cause": sorted(causes)}, wanted.leaves_out, codes)
    with_ids = wanted.field is not NameField.ANY
    found = {
        column: sorted(dimension.fitting(wanted, with_ids=with_ids))
        for field, column, dimension in (
            (NameField.MACHINE, "machine", dimensions.machines),
            (NameField.PLAN, "plan", dimensions.plans),
            (NameField.TENANT, "tenant", dimensions.tenants),
            (NameField.PERSON, "started_by", dimensions.names),
        )
        if wanted.field in (field, NameField.ANY)
    }
    if wanted.within:
        found["tenant"] = sorted({*found["tenant"], *dimensions.tenants_below(wanted)})
    return Names(found, wanted.leaves_out)


def _named(wanted: Names, *, leads: bool = False) -> ColumnElement[bool]:
    """The condition of one name filter. Unless it leads, no index is looked for."""
    columns = [(tasks.c[name], numbers) for name, numbers in wanted.numbers.items()]
    of_code = [has_code(wanted.codes)] if wanted.codes else []
    if wanted.leaves_out:
        return and_(*(~among(_plain(column), numbers) for column, numbers in columns), *(~each for each in of_code))
    fits = [among(column if leads else _plain(column), numbers) for column, numbers in columns if numbers]
    return or_(*fits, *of_code)


def has_code(codes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a run failed with one of these codes, which are folded."""
    return func.lower(tasks.c.cause_code).in_(codes)


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column in a form that no index leads to: which one leads is decided here, not by SQLite's guess."""
    return column + 0
