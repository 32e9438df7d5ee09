"""Whether one route takes everything that a later one asks for, so that the later one is never reached. Pure.

Says yes only where it is sure: names are compared as they are written, not by what they may fit.
"""

from collections.abc import Set as AbstractSet
from typing import TypeVar

from bot.model import OFFICE365_TYPES, Kind, LeftOut, Route, TaskQuery

T = TypeVar("T")

_OF_THE_GUIDE = frozenset(name.casefold() for name in OFFICE365_TYPES)


def takes_all_of(earlier: Route, later: Route) -> bool:
    return not earlier.goes_on and earlier.severities >= later.severities and _covers(earlier.match, later.match)


def _covers(wide: TaskQuery, narrow: TaskQuery) -> bool:
    """Each limit of `wide` is one of `narrow` too."""
    return (
        _within(wide.results, narrow.results)
        and _within(wide.workloads, narrow.workloads)
        and _within(_folded(wide.types), _folded(narrow.types))
        and _within(wide.kinds, _kinds(narrow))
        and set(wide.names) <= set(narrow.names)
        and wide.left_out in (LeftOut(), narrow.left_out)
    )


def _within(wide: AbstractSet[T], narrow: AbstractSet[T]) -> bool:
    """An empty set asks for all."""
    return not wide or (bool(narrow) and narrow <= wide)


def _kinds(query: TaskQuery) -> AbstractSet[Kind]:
    """The guide's types are backups and restores, though a question for them names no kind."""
    if query.types and _folded(query.types) <= _OF_THE_GUIDE and not query.kinds:
        return {Kind.BACKUP, Kind.RESTORE}
    return query.kinds


def _folded(types: AbstractSet[str]) -> AbstractSet[str]:
    return {name.casefold() for name in types}
