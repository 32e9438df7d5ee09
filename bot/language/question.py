"""The rules that turn understood phrases into a question: defaults, what a time means, what cannot both be true.

no time                  the last 24 hours; but running, queued and paused are now
a time                   completed, with a result or `completed`; else started; `started` beats both
no kind, or both         backups, restores and what may be either; root runs only
all                      no kind is left out, nor are the parts of runs
o365                     the guide's types and nothing else: neither a kind nor a part may narrow them
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.language import spelling
from bot.language.sentence import Sentence
from bot.language.terms import Term
from bot.language.times import Present
from bot.language.windows import Window
from bot.model import Kind, TaskQuery, TaskState, TimeField

DEFAULT_KINDS: Final = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
"""What people mean by their tasks. Unknown is in it, since the types of most restores are unpublished."""

ENDED: Final = frozenset[str]({TaskState.COMPLETED})

_EITHER = frozenset({Kind.BACKUP, Kind.RESTORE})
_QUEUED = frozenset[str]({TaskState.ENQUEUED, TaskState.ASSIGNED})
_NOW = _QUEUED | {TaskState.STARTED, TaskState.PAUSED}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A term as it was used, with the time it was given. Its words stand from `first` up to, not including, `until`."""

    term: Term
    window: Window | None
    first: int
    until: int


def asked(sentence: Sentence, phrases: Sequence[Phrase], present: Present) -> TaskQuery:
    """What these phrases ask for. Raises UsageError where they contradict each other."""
    _refuse_now_and_over(sentence, phrases)
    sets = _scoped(_union(phrases), everything=any(phrase.term.everything for phrase in phrases))
    after, before = _bounds(sentence, phrases, present)
    timeless = after is None and before is None
    if not timeless:
        _refuse_time_of_queued(sentence, phrases)
    is_default = timeless and not (sets.states and sets.states <= _NOW)
    fields = [phrase.term.time_field for phrase in phrases if phrase.term.time_field]
    return replace(
        sets,
        time_field=fields[0] if fields else expected_field(sets),
        after=_day_ago(present.now) if is_default else after,
        before=before,
        time_is_default=is_default,
    )


def last_day(now: datetime) -> TaskQuery:
    """What the empty command asks: which backups and restores ended in the last 24 hours, well or not."""
    return TaskQuery(
        states=ENDED,
        kinds=DEFAULT_KINDS,
        roots_only=True,
        time_field=TimeField.COMPLETED,
        after=_day_ago(now),
        time_is_default=True,
    )


def renewed(query: TaskQuery, now: datetime) -> TaskQuery:
    """The same question asked anew: the last 24 hours move on, times that were named stay."""
    return replace(query, after=_day_ago(now)) if query.time_is_default else query


def expected_field(query: TaskQuery) -> TimeField:
    """Which time is meant where nobody says."""
    return TimeField.COMPLETED if query.results or query.states == ENDED else TimeField.STARTED


def _union(phrases: Sequence[Phrase]) -> TaskQuery:
    """Values of one field are alternatives. Only what is over has a result."""
    parts = [phrase.term.asks for phrase in phrases]
    results = frozenset[str]().union(*(part.results for part in parts))
    states = frozenset[str]().union(*(part.states for part in parts))
    return TaskQuery(
        states=states or (ENDED if results else states),
        results=results,
        types=frozenset[str]().union(*(part.types for part in parts)),
        workloads=frozenset.union(*(part.workloads for part in parts)) if parts else frozenset(),
        kinds=frozenset.union(*(part.kinds for part in parts)) if parts else frozenset(),
    )


def _scoped(query: TaskQuery, *, everything: bool) -> TaskQuery:
    kinds = query.kinds
    if kinds >= _EITHER or not (kinds or everything or query.types):
        kinds |= DEFAULT_KINDS
    return replace(query, kinds=kinds, roots_only=not (everything or query.types))


def _bounds(sentence: Sentence, phrases: Sequence[Phrase], present: Present) -> tuple[datetime | None, datetime | None]:
    after: datetime | None = None
    before: datetime | None = None
    for phrase in phrases:
        window = phrase.window
        if window is None:
            continue
        if (window.after and after) or (window.before and before):
            raise sentence.fault("Two times are named for one thing: leave one out.", phrase.first, phrase.until)
        after, before = window.after or after, window.before or before
        if after and after > present.now:
            told = f"{spelling.moment(after, present.zone)} lies ahead: nothing has happened since then."
            raise sentence.fault(told, phrase.first, phrase.until)
        if after and before and after >= before:
            start, end = (spelling.moment(at, present.zone) for at in (after, before))
            told = f"Nothing lies since {start} and before {end}."
            raise sentence.fault(told, phrase.first, phrase.until, "/tasks failed since 2022-06-01 before 2022-06-02")
    return after, before


def _refuse_now_and_over(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    asks_now = [phrase for phrase in phrases if phrase.term.asks.states & _NOW]
    over = [phrase for phrase in phrases if phrase.term.asks.results or phrase.term.asks.states == ENDED]
    if asks_now and over:
        told = f"“{asks_now[0].term.name}” is now and “{over[0].term.name}” is over: no task is both."
        later = max(asks_now[0], over[0], key=lambda phrase: phrase.first)
        raise sentence.fault(told, later.first, later.until, over[0].term.example)


def _refuse_time_of_queued(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    queued = next((phrase for phrase in phrases if phrase.term.asks.states & _QUEUED), None)
    timed = next((phrase for phrase in phrases if phrase.window), None)
    if queued and timed:
        told = "A queued task has not started, so no time can be asked of it."
        raise sentence.fault(told, timed.first, timed.until, queued.term.example)


def _day_ago(now: datetime) -> datetime:
    """24 hours ago, on the full minute."""
    return now.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(hours=24)
