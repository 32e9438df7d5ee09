"""A question back into words that mean the same when typed. The inverse of `grammar`, over the same table of terms.

What the language cannot say yet is named all the same: nothing of a question is left unsaid.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.language.order import BACKWARDS
from bot.language.question import DEFAULT_KINDS, expected_field
from bot.language.sentence import NOT, in_quotes
from bot.language.table import NAME_TERMS, TERMS
from bot.language.terms import ENDED, SETS, Term
from bot.language.times import spelled_length, spelled_window
from bot.model import Kind, Sort, TaskQuery, TimeField

V = TypeVar("V", bound=str)

KEPT: Final = timedelta(days=90)
"""How long Acronis keeps tasks at most (user guide, "Activities dashboard")."""

_FIELDS = {TimeField.STARTED: "started", TimeField.COMPLETED: "completed", TimeField.UPDATED: "changed"}
_ORDERS = {
    (Sort.TIME, False): "",
    (Sort.TIME, True): "oldest",
    (Sort.DURATION, False): "longest",
    (Sort.DURATION, True): "shortest",
}


def describe(query: TaskQuery, zone: ZoneInfo, now: datetime | None = None, *, noun: str = "tasks") -> str:
    """*Failed Microsoft 365 backups completed since Mon 1 Jun*. A time never stands without which time it is.

    Times are told in `zone`; `now` lets this year's number go. `noun` is what a question for all kinds is about. Typed
    in the same minute the words give the same question back; only that its time was nobody's choice is forgotten.
    """
    fronts = (*_scope_words(query), *_outcome_words(query), *_workload_words(query))
    what = " ".join([*fronts, _nouns(query, noun), *_tails(query)])
    besides, time = (*_left_out(query), *_names(query), *_lengths(query)), _time(query, zone, now)
    said = ", ".join((what[:1].upper() + what[1:], *besides))
    said = f"{said}{',' if besides else ''} {time}" if time else said
    return ", ".join((said, *_order(query)))


def understood(query: TaskQuery, zone: ZoneInfo, now: datetime, *, noun: str = "tasks") -> str:
    """How the question was understood, and where it reaches further back than Acronis keeps anything."""
    words = describe(query, zone, now, noun=noun)
    endless = query.after is None and query.before is not None
    too_far = query.after is not None and query.after < now - KEPT
    return f"{words}. Acronis keeps {KEPT.days} days, older {noun} are missing" if endless or too_far else words


def _scope_words(query: TaskQuery) -> Iterator[str]:
    if not query.roots_only and not query.types:
        yield "all"


def _outcome_words(query: TaskQuery) -> Iterator[str]:
    """The result says that a task is over, and so does the time when it completed: the state is then not said."""
    rows = _rows(query.results, "results") if query.results else _rows(query.states, "states")
    says_it_later = not query.results and query.states == ENDED and _has_time(query, TimeField.COMPLETED)
    if not _tail(rows) and not says_it_later:
        yield from _joined([_spoken(row) for row in rows])


def _tails(query: TaskQuery) -> Iterator[str]:
    if tail := _tail(_rows(query.results, "results")):
        yield tail


def _workload_words(query: TaskQuery) -> Iterator[str]:
    yield from _joined([_spoken(row) for row in _rows(query.types, "types")])
    yield from _joined([_spoken(row) for row in _rows(query.workloads, "workloads")])


def _nouns(query: TaskQuery, noun: str) -> str:
    if not query.kinds or (query.kinds == DEFAULT_KINDS and query.left_out.kinds and query.roots_only):
        return noun
    kinds = query.kinds - {Kind.UNKNOWN} if query.kinds >= DEFAULT_KINDS else query.kinds
    words = " ".join(_joined([_spoken(row) for row in _rows(kinds, "kinds")]))
    return words if kinds <= DEFAULT_KINDS - {Kind.UNKNOWN} else f"{words} {noun}"


def _left_out(query: TaskQuery) -> Iterator[str]:
    out = query.left_out
    for field in SETS:
        yield from (f"{NOT} {_spoken(row)}" for row in _rows(getattr(out, field), field))


def _names(query: TaskQuery) -> Iterator[str]:
    for each in query.names:
        words = f"{_spoken(NAME_TERMS[each.field])} {', '.join(map(in_quotes, each.patterns))}"
        yield f"{NOT} {words}" if each.leaves_out else words


def _lengths(query: TaskQuery) -> Iterator[str]:
    if query.longer_than is not None:
        yield f"longer than {spelled_length(query.longer_than)}"
    if query.shorter_than is not None:
        yield f"shorter than {spelled_length(query.shorter_than)}"


def _time(query: TaskQuery, zone: ZoneInfo, now: datetime | None) -> str:
    if not _has_time(query, query.time_field):
        return "" if query.time_field is expected_field(query) else _FIELDS[query.time_field]
    window = "in the last 24 h" if query.time_is_default else spelled_window(query.after, query.before, zone, now)
    return f"{_FIELDS[query.time_field]} {window}"


def _has_time(query: TaskQuery, which: TimeField) -> bool:
    return query.time_field is which and (query.after is not None or query.before is not None)


def _order(query: TaskQuery) -> Iterator[str]:
    backwards = f" {BACKWARDS}" if query.backwards else ""
    words = _ORDERS.get((query.sort, query.backwards), f"sort {query.sort}{backwards}")
    if words:
        yield words
    if query.limit is not None:
        yield f"first {query.limit}"


def _rows(values: frozenset[V], field: str) -> list[Term | str]:
    """The fewest terms that together ask for just these values, in the table's order; then what has no term."""
    left, rows = set(values), list[Term | str]()
    for term in TERMS:
        asks: frozenset[V] = getattr(term.asks, field)
        if asks and asks <= left:
            rows.append(term)
            left -= asks
    return [*rows, *sorted(left)]


def _spoken(row: Term | str) -> str:
    return (row.said or row.name) if isinstance(row, Term) else str(row)


def _tail(rows: list[Term | str]) -> str:
    return rows[0].tail if len(rows) == 1 and isinstance(rows[0], Term) else ""


def _joined(words: list[str]) -> list[str]:
    return [" and ".join(words)] if words else []
