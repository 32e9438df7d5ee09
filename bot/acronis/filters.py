"""TaskQuery → the API's filters, and where a list may end early (reference §4 to §6).

Pure. Only what cannot lose a wanted item is asked of the API: documented states and codes, types in Acronis's own
spelling, a lower time bound. The rest is `TaskQuery.admits`, which also checks what was asked here.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from bot.acronis.fields import stamp
from bot.acronis.kinds import KNOWN_TYPES
from bot.model import Activity, ResultCode, Task, TaskQuery, TaskState, time_of

Params = list[tuple[str, str]]

_STATES = frozenset(TaskState)
_CODES = frozenset(ResultCode)
_SPELLING = {name.casefold(): name for name in KNOWN_TYPES}


def first_page(query: TaskQuery, page_size: int) -> Params:
    """Filters, order, limit. Several values of a filter are the same key again."""
    params = [("state", state) for state in _all_known(query.states, _STATES)]
    params += [("resultCode", code) for code in _all_known(query.results, _CODES)]
    params += [("type", name) for name in _spelled(query.types)]
    if query.after is not None:
        params.append((query.time_field.value, f"gt({stamp(query.after)})"))
    direction = "asc" if query.oldest_first else "desc"
    params.append(("order", f"{direction}({query.order_field.value})"))
    params.append(("limit", str(page_size)))
    return params


def later_page(after: str, page_size: int) -> Params:
    """`limit` and `after`, nothing else: the token holds the rest (reference §7)."""
    return [("limit", str(page_size)), ("after", after)]


def is_past_the_end(query: TaskQuery, items: Sequence[Task | Activity]) -> bool:
    """Whether no later page can hold a wanted item: this one is in order and its last item lies beyond the bound.

    So a server that ignores a time filter does not make us read all of its history.
    """
    bound = query.before if query.oldest_first else query.after
    if bound is None or query.order_field is not query.time_field:
        return False
    times = [at for item in items if (at := time_of(item, query.time_field)) is not None]
    if not times:
        return False
    if query.oldest_first:
        return times[-1] >= bound and all(one <= other for one, other in pairwise(times))
    return times[-1] <= bound and all(one >= other for one, other in pairwise(times))


def reached(query: TaskQuery, items: Sequence[Task | Activity]) -> datetime | None:
    """How far a list has come with these items, in the field it is ordered by. None: no item has that time."""
    times = (time_of(item, query.order_field) for item in reversed(items))
    return next((at for at in times if at is not None), None)


def _all_known(wanted: frozenset[str], documented: frozenset[str]) -> list[str]:
    """Nothing where one is not documented: a wrong value may be refused, and leaving it out would lose items."""
    return sorted(wanted) if wanted <= documented else []


def _spelled(types: frozenset[str]) -> list[str]:
    """The API compares types exactly, we without case: they are only sent where Acronis's spelling of all is known."""
    names = {_SPELLING.get(name.casefold(), "") for name in types}
    return [] if "" in names else sorted(names)
