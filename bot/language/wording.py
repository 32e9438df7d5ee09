"""A question back into words that mean the same when typed: the inverse of `grammar`. Nothing is left unsaid."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.language.lengths import spelled_length
from bot.language.order import BACKWARDS
from bot.language.question import expected_field
from bot.language.sentence import NOT, in_quotes
from bot.language.table import ALERT_TERMS, NAME_TERMS, STANDING_TERMS, TERMS
from bot.language.terms import ENDED, SETS
from bot.language.times import spelled_window
from bot.model import DEFAULT_KINDS, Kind, Sort, TaskQuery, TimeField

V = TypeVar("V", bound=str)

KEPT: Final = timedelta(days=90)  # how long Acronis keeps tasks at most (user guide, "Activities dashboard")
_FIELDS = {TimeField.STARTED: "started", TimeField.COMPLETED: "completed", TimeField.UPDATED: "changed"}
_ORDERS = {Sort.TIME: ("", "oldest"), Sort.DURATION: ("longest", "shortest")}  # forwards, backwards


def describe(query: TaskQuery, zone: ZoneInfo, now: datetime | None = None, *, noun: str = "tasks") -> str:
    """*Failed Microsoft 365 backups completed since Mon 1 Jun*. A time never stands without which time it is.

    `now` lets this year's number go; `noun` is what a question for all kinds is about. In the same minute the words
    give the same question back.
    """
    what = " ".join(word for word in (*_before_noun(query), _nouns(query, noun), _tail(query)) if word)
    besides, time = (
        (*_words(query.due, "due"), *_left_out(query), *_names(query), *_lengths(query)),
        _time(query, zone, now),
    )
    said = ", ".join((what[:1].upper() + what[1:], *besides))
    said = f"{said}{',' if besides else ''} {time}" if time else said
    return ", ".join((said, *_order(query)))


def understood(query: TaskQuery, zone: ZoneInfo, now: datetime, *, noun: str = "tasks") -> str:
    """How the question was understood, and where it reaches further back than Acronis keeps anything."""
    words = describe(query, zone, now, noun=noun)
    endless = query.after is None and query.before is not None
    too_far = query.after is not None and query.after < now - KEPT
    return f"{words}. Acronis keeps {KEPT.days} days, older {noun} are missing" if endless or too_far else words


def describe_shift(query: TaskQuery, zone: ZoneInfo, now: datetime) -> str:
    """*Handover since Wed 25 Nov 18:00, tenant “Acme”*."""
    _, *names = describe(TaskQuery(names=query.names, roots_only=True), zone).split(", ", 1)
    return ", ".join([f"Handover {spelled_window(query.after, None, zone, now)}", *names])


def describe_names(query: TaskQuery) -> str:
    """*About machine “SRV-SQL01”*."""
    return f"About {', '.join(_names(query))}"


def _before_noun(query: TaskQuery) -> Iterator[str]:
    """The result says that a task is over, and so does the time when it completed: the state is then not said."""
    if not query.roots_only and not query.types:
        yield "all"
    if query.results:
        yield "" if _tail(query) else _joined(query.results, "results")
    elif query.states != ENDED or not _has_time(query, TimeField.COMPLETED):
        yield _joined(query.states, "states")
    yield _joined(query.paces, "paces")
    yield _joined(query.severities, "severities")
    yield _joined(query.triage, "triage")
    yield _joined(query.standings, "standings")
    yield _joined(query.types, "types")
    yield _joined(query.workloads, "workloads")


def _tail(query: TaskQuery) -> str:
    """What is said after the noun of a result that is asked for alone: `with warnings`."""
    return next((term.tail for term in TERMS if term.tail and term.asks.results == query.results), "")


def _nouns(query: TaskQuery, noun: str) -> str:
    if not query.kinds or (query.kinds == DEFAULT_KINDS and query.left_out.kinds and query.roots_only):
        return noun
    kinds = query.kinds - {Kind.UNKNOWN} if query.kinds >= DEFAULT_KINDS else query.kinds
    words = _joined(kinds, "kinds")
    return words if kinds <= DEFAULT_KINDS - {Kind.UNKNOWN} else f"{words} {noun}"


def _left_out(query: TaskQuery) -> Iterator[str]:
    out = query.left_out
    for field in SETS:
        yield from (f"{NOT} {words}" for words in _words(getattr(out, field), field))


def _names(query: TaskQuery) -> Iterator[str]:
    for each in query.names:
        words = f"{NAME_TERMS[each.field].name} {', '.join(map(in_quotes, (*each.patterns, *each.wholes)))}"
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
    words = _ORDERS[query.sort][query.backwards] if query.sort in _ORDERS else f"sort {query.sort}{backwards}"
    if words:
        yield words
    if query.limit is not None:
        yield f"first {query.limit}"


def _words(values: frozenset[V], field: str) -> list[str]:
    """The words of the fewest terms that together ask for just these values; then the values that have no term."""
    left, words = set(values), list[str]()
    for term in (*TERMS, *ALERT_TERMS, *STANDING_TERMS):
        asks: frozenset[V] = getattr(term.asks, field)
        if asks and asks <= left:
            words.append(term.said or term.name)
            left -= asks
    return [*words, *sorted(left)]


def _joined(values: frozenset[V], field: str) -> str:
    return " and ".join(_words(values, field))
