"""What cannot both be true. Each rule points at the later of the words that clash."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from bot.errors import UsageError
from bot.language.bounds import LengthBound, Window
from bot.language.lengths import spelled_length
from bot.language.order import Order
from bot.language.sentence import ADVICE, Sentence, in_quotes
from bot.language.terms import ENDED, NOW, QUEUED, SETS, Names, Parts, Phrase
from bot.language.times import spelled_moment
from bot.model import OF_FAILURES, Workload, folded

_MOST_NAMES = 50
_DUE = "What is due in the next twelve hours is asked for so:"
_PLACE = attrgetter("first")


def refuse(sentence: Sentence, parts: Parts) -> None:
    """Raises UsageError where the phrases contradict each other; times and sets have rules of their own below."""
    if len(parts.wanted) > 1:  # one phrase contradicts no other
        _refuse_now_and_over(sentence, parts.wanted)
        _refuse_strangers(sentence, parts.wanted)
        _refuse_two_time_fields(sentence, parts.wanted)
    if parts.wanted and (parts.windows or parts.lengths):
        _refuse_times_of_queued(sentence, parts)
    if parts.names and parts.wanted:
        _refuse_cause_of_now(sentence, parts)
    if parts.lengths:
        _refuse_two_lengths(sentence, parts.lengths)
    if parts.orders:
        _refuse_two_orders(sentence, parts.orders)
    if len(parts.names) > 1 or (parts.names and len(parts.names[0][1].marks) > 1):
        _refuse_names(sentence, parts.names)


def _named_times(windows: Sequence[tuple[Phrase, Window]]) -> Sequence[tuple[Phrase, Window]]:
    """`ever` says nothing beside another time."""
    return [each for each in windows if each[0].term.name != "ever"]


def bounds(sentence: Sentence, parts: Parts) -> tuple[datetime | None, datetime | None]:
    """From when to when. Raises UsageError where the times clash, or where they begin ahead."""
    after: datetime | None = None
    before: datetime | None = None
    for phrase, window in _named_times(parts.windows) if parts.windows[1:] else parts.windows:
        if (window.after and after) or (window.before and before):
            raise _fault(sentence, "Two times are named for one thing: leave one out.", phrase, ADVICE)
        after, before = window.after or after, window.before or before
        if after and after > sentence.now:
            told = f"{spelled_moment(after, sentence.zone)} lies ahead: nothing has happened since then. {_DUE}"
            raise _fault(sentence, told, phrase, "/tasks protected? tonight")
        if after and before and after >= before:
            start, end = (spelled_moment(at, sentence.zone) for at in (after, before))
            told = f"Nothing lies since {start} and before {end}."
            raise _fault(sentence, told, phrase, "/tasks failed between 22:00 and 06:00")
    return after, before


def refuse_nothing_left(sentence: Sentence, values: Mapping[str, Any], parts: Parts) -> None:
    """Raises UsageError where all that is asked for is left out again. The values are those of the sets."""
    out = parts.left_out
    for field in SETS if out else ():
        wanted: frozenset[str] = values[field]
        if wanted and not wanted.difference(*(getattr(phrase.asks, field) for phrase in out)):
            last = next(phrase for phrase in reversed(out) if getattr(phrase.asks, field))
            told = f"{sentence.shown(last.first, last.until)} leaves nothing of what is asked for."
            raise _fault(sentence, told, last)


def _fault(sentence: Sentence, told: str, phrase: Phrase, example: str = "") -> UsageError:
    """An error that points at the phrase. Without an example it has the term's own."""
    return sentence.fault(told, phrase.first, phrase.until, example or phrase.term.example)


def _refuse_now_and_over(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    now = next((phrase for phrase in phrases if phrase.asks.states & NOW), None)
    over = next((phrase for phrase in phrases if phrase.asks.results or phrase.asks.states == ENDED), None)
    if now and over:
        told = f"“{now.term.name}” is now and “{over.term.name}” is over: no task is both."
        raise _fault(sentence, told, max(now, over, key=_PLACE), over.term.example)


def _refuse_cause_of_now(sentence: Sentence, parts: Parts) -> None:
    """`disk full running`: a cause is of what failed."""
    now = next((phrase for phrase in parts.wanted if phrase.asks.states & NOW), None)
    cause = next((each for each, names in parts.names if names.field in OF_FAILURES and not each.leaves_out), None)
    if now and cause:
        why = sentence.shown(cause.first, cause.until)
        told = f"“{now.term.name}” is now, and {why} is why runs failed: no task is both."
        raise _fault(sentence, told, max(now, cause, key=_PLACE), "/tasks cause storage")


def _refuse_strangers(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    """A service is of one workload: `google mailbox` never finds anything, and that would read as good news. A wider
    word beside it (`o365 gmail`) asks for no more than it does."""
    workloads = [phrase for phrase in phrases if phrase.asks.workloads]
    services = [phrase for phrase in phrases if phrase.asks.types]
    services = [each for each in services if not any(other.asks.types < each.asks.types for other in services)]
    asked = frozenset[Workload]().union(*(phrase.asks.workloads for phrase in workloads))
    if workloads and services and not any(workloads_of(phrase.asks.types) & asked for phrase in services):
        service, workload = services[0], workloads[0]
        told = f"“{service.term.name}” is no part of “{workload.term.name}”: no task is both."
        raise _fault(sentence, told, max(service, workload, key=_PLACE), service.term.example)


def workloads_of(types: Iterable[str]) -> frozenset[Workload]:
    """Of the guide's types, Google's begin with GS; all others are Microsoft 365's (reference §9.1)."""
    return frozenset(Workload.GOOGLE if name.startswith("GS") else Workload.MICROSOFT365 for name in types)


def _refuse_times_of_queued(sentence: Sentence, parts: Parts) -> None:
    queued = next((phrase for phrase in parts.wanted if phrase.asks.states & QUEUED), None)
    times = [phrase for phrase, _ in (*parts.windows, *parts.lengths)]
    if queued and times:
        timed = min(times, key=_PLACE)
        what = "time can be asked of it" if isinstance(timed.given, Window) else "length is known of it"
        told = f"A queued task has not started, so no {what}."
        raise _fault(sentence, told, timed, queued.term.example)


def _refuse_two_lengths(sentence: Sentence, lengths: Sequence[tuple[Phrase, LengthBound]]) -> None:
    longer: timedelta | None = None
    shorter: timedelta | None = None
    for phrase, bound in lengths:
        if (longer and bound.longer_than) or (shorter and bound.shorter_than):
            raise _fault(sentence, "Two lengths are named for one thing: leave one out.", phrase)
        longer, shorter = bound.longer_than or longer, bound.shorter_than or shorter
        if longer and shorter and longer >= shorter:
            told = f"Nothing is longer than {spelled_length(longer)} and shorter than {spelled_length(shorter)}."
            raise _fault(sentence, told, phrase)


def _refuse_two_orders(sentence: Sentence, orders: Sequence[tuple[Phrase, Order]]) -> None:
    named = set[str]()
    for phrase, order in orders:
        names = {name for name in ("sort", "backwards", "limit") if getattr(order, name) is not None}
        if names & named:
            raise _fault(sentence, "Two orders or numbers are named: leave one out.", phrase)
        named |= names
    sort = next((order.sort for _, order in orders if order.sort), None)
    for phrase, order in orders:
        if order.of_times and sort and not sort.is_by_time:
            told = f"“{phrase.term.name}” is an order by time, and “{sort}” is another one: leave one out."
            raise _fault(sentence, told, phrase)


def _refuse_names(sentence: Sentence, named: Sequence[tuple[Phrase, Names]]) -> None:
    """Too many names, or one that is asked for and left out at once."""
    if sum(len(names.marks) for _, names in named) > _MOST_NAMES:
        raise _fault(sentence, f"A question may have {_MOST_NAMES} names.", named[-1][0], ADVICE)
    seen: dict[tuple[str, str], bool] = {}
    for phrase, names in named:
        for mark in names.marks:
            key = (names.field, folded(mark.pattern))
            if seen.setdefault(key, phrase.leaves_out) is not phrase.leaves_out:
                told = f"{in_quotes(mark.pattern)} is asked for and left out at once."
                raise _fault(sentence, told, phrase, ADVICE)


def _refuse_two_time_fields(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    fields = [phrase for phrase in phrases if phrase.term.time_field]
    if len({phrase.term.time_field for phrase in fields}) > 1:
        told = "A time can mean only one of “started” and “changed”."
        raise _fault(sentence, told, fields[-1], fields[0].term.example)
