"""A question back into words that mean the same when typed. The inverse of `grammar`, over the same table of terms.

What the language cannot say yet is named all the same: nothing of a question is left unsaid.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.language import spelling
from bot.language.question import DEFAULT_KINDS, expected_field
from bot.language.table import TERMS
from bot.language.terms import Term
from bot.model import Kind, TaskQuery, TimeField

V = TypeVar("V", bound=str)

KEPT: Final = timedelta(days=90)
"""How long Acronis keeps tasks at most (user guide, "Activities dashboard")."""

_FIELDS = {TimeField.STARTED: "started ", TimeField.COMPLETED: "completed ", TimeField.UPDATED: "changed "}


def describe(query: TaskQuery, zone: ZoneInfo, now: datetime | None = None, *, noun: str = "tasks") -> str:
    """*Failed Microsoft 365 backups, since Mon 1 Jun*. Times are told in `zone`; `now` lets this year's number go.

    `noun` is what a question for all kinds is about. Typed in the same minute the words give the same question back;
    only that its time was nobody's choice is forgotten.
    """
    fronts = (*_scope_words(query), *_outcome_words(query), *_workload_words(query))
    tails = list(_tails(query))
    words = " ".join([*fronts, _nouns(query, noun), *tails])
    return ", ".join(part for part in (words[:1].upper() + words[1:], *_names(query), _time(query, zone, now)) if part)


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
    """The result says that a task is over: the state is then not said."""
    rows = _rows(query.results, "results") if query.results else _rows(query.states, "states")
    if not _tail(rows):
        yield from _joined([_spoken(row) for row in rows])


def _tails(query: TaskQuery) -> Iterator[str]:
    if tail := _tail(_rows(query.results, "results")):
        yield tail


def _workload_words(query: TaskQuery) -> Iterator[str]:
    yield from _joined([_spoken(row) for row in _rows(query.types, "types")])
    yield from _joined([_spoken(row) for row in _rows(query.workloads, "workloads")])


def _nouns(query: TaskQuery, noun: str) -> str:
    if not query.kinds:
        return noun
    kinds = query.kinds - {Kind.UNKNOWN} if query.kinds >= DEFAULT_KINDS else query.kinds
    words = " ".join(_joined([_spoken(row) for row in _rows(kinds, "kinds")]))
    return words if kinds <= DEFAULT_KINDS - {Kind.UNKNOWN} else f"{words} {noun}"


def _names(query: TaskQuery) -> Iterator[str]:
    yield from (f"tenant “{name}”" for name in query.tenants)
    if query.text:
        yield f"“{query.text}” in the name"


def _time(query: TaskQuery, zone: ZoneInfo, now: datetime | None) -> str:
    if query.after is None and query.before is None:
        return ""
    field = "" if query.time_field is expected_field(query) else _FIELDS[query.time_field]
    if query.time_is_default:
        return f"{field}last 24 h"
    return field + spelling.window(query.after, query.before, zone, now)


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
    return row.said if isinstance(row, Term) else str(row)


def _tail(rows: list[Term | str]) -> str:
    return rows[0].tail if len(rows) == 1 and isinstance(rows[0], Term) else ""


def _joined(words: list[str]) -> list[str]:
    return [" and ".join(words)] if words else []
