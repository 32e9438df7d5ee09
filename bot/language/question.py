"""The rules that turn understood phrases into a question: defaults, and what a time means.

no time                  the last 24 hours; but running, queued and paused are now
a time                   completed, with a result or `completed`; else started; `started` and `changed` beat both
no kind, or both         backups, restores and what may be either; root runs only
all, a type              no kind is left out, nor are the parts of runs
o365, a service          the guide's types and nothing else: neither a kind nor a part may narrow them
several of one group     alternatives; of different groups: all have to hold
not                      what comes after it is left out
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.language import contradictions, names
from bot.language.names import Names
from bot.language.phrase import ENDED, NOW, Phrase
from bot.language.sentence import Sentence
from bot.language.terms import Group
from bot.language.times import Present
from bot.model import Kind, LeftOut, NameField, Sort, TaskQuery, TimeField

DEFAULT_KINDS: Final = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
"""What people mean by their tasks. Unknown is in it, since the types of most restores are unpublished."""

_EITHER = frozenset({Kind.BACKUP, Kind.RESTORE})


def asked(
    sentence: Sentence,
    phrases: Sequence[Phrase],
    present: Present,
    *,
    ever: bool = False,
    time: TimeField | None = None,
) -> TaskQuery:
    """What these phrases ask for. Raises UsageError where they clash.

    `ever`: without a time there is no bound. `time` is which time is meant where nobody says; None: what is expected.
    """
    wanted = [phrase for phrase in phrases if not phrase.leaves_out]
    contradictions.refuse(sentence, phrases, present)
    out = _left_out([phrase for phrase in phrases if phrase.leaves_out])
    sets = _scoped(_union(wanted, out), everything=any(_is_everything(phrase) for phrase in wanted))
    contradictions.refuse_nothing_left(sentence, sets, phrases)
    after, before = contradictions.bounds(sentence, phrases, present)
    is_now = bool(sets.states and sets.states <= NOW) or out.states >= ENDED
    named = (phrase.term.time_field for phrase in wanted if phrase.term.time_field)
    is_default = after is None and before is None and not ever and not is_now
    return replace(
        _shaped(sets, wanted),
        left_out=out,
        names=names.filters((phrase.given, phrase.leaves_out) for phrase in phrases if isinstance(phrase.given, Names)),
        time_field=next(named, time or expected_field(sets)),
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


@dataclass(frozen=True, slots=True)
class _Values:
    """What several phrases ask for together, field by field."""

    states: frozenset[str]
    results: frozenset[str]
    types: frozenset[str]


def _values(phrases: Sequence[Phrase]) -> _Values:
    parts = [phrase.asks for phrase in phrases]
    return _Values(
        frozenset[str]().union(*(part.states for part in parts)),
        frozenset[str]().union(*(part.results for part in parts)),
        frozenset[str]().union(*(part.types for part in parts)),
    )


def _union(phrases: Sequence[Phrase], out: LeftOut) -> TaskQuery:
    """Values of one field are alternatives. Only what is over has a result, be it wanted or left out."""
    values, parts = _values(phrases), [phrase.asks for phrase in phrases]
    return TaskQuery(
        states=values.states or (ENDED if values.results or out.results else values.states),
        results=values.results,
        types=_types(phrases),
        workloads=frozenset.union(*(part.workloads for part in parts)) if parts else frozenset(),
        kinds=frozenset.union(*(part.kinds for part in parts)) if parts else frozenset(),
    )


def _types(phrases: Sequence[Phrase]) -> frozenset[str]:
    """`o365 mailbox` asks for mailboxes: a service narrows the guide's list."""
    groups = [_values([p for p in phrases if p.term.group is group]).types for group in (Group.WORKLOAD, Group.SERVICE)]
    named = [types for types in groups if types]
    return frozenset.intersection(*named) if named else frozenset()


def _left_out(phrases: Sequence[Phrase]) -> LeftOut:
    values, parts = _values(phrases), [phrase.asks for phrase in phrases]
    return LeftOut(
        states=values.states,
        results=values.results,
        types=values.types,
        workloads=frozenset.union(*(part.workloads for part in parts)) if parts else frozenset(),
        kinds=frozenset.union(*(part.kinds for part in parts)) if parts else frozenset(),
    )


def _is_everything(phrase: Phrase) -> bool:
    return phrase.term.everything or (isinstance(phrase.given, Names) and phrase.given.field is NameField.TYPE)


def _scoped(query: TaskQuery, *, everything: bool) -> TaskQuery:
    kinds = query.kinds
    if kinds >= _EITHER or not (kinds or everything or query.types):
        kinds |= DEFAULT_KINDS
    return replace(query, kinds=kinds, roots_only=not (everything or query.types))


def _shaped(query: TaskQuery, phrases: Sequence[Phrase]) -> TaskQuery:
    """With lengths, order and number. That none is named twice is made sure elsewhere."""
    bounds = [phrase.bound for phrase in phrases if phrase.bound]
    shapes = [phrase.shape for phrase in phrases if phrase.shape]
    return replace(
        query,
        longer_than=next((bound.longer_than for bound in bounds if bound.longer_than), None),
        shorter_than=next((bound.shorter_than for bound in bounds if bound.shorter_than), None),
        sort=next((shape.sort for shape in shapes if shape.sort), Sort.TIME),
        backwards=any(shape.backwards for shape in shapes),
        limit=next((shape.limit for shape in shapes if shape.limit), None),
    )


def _day_ago(now: datetime) -> datetime:
    """24 hours ago, on the full minute."""
    return now.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(hours=24)
