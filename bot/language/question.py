"""The rules that turn phrases into a question: defaults, and what a time means.

no time                  the last 24 hours; but running, queued and paused are now
a time                   completed, with a result or `completed`; else started; `started` and `changed` beat both
no kind, or both         backups, restores and what may be either; root runs only
all, a type              no kind is left out, nor are the parts of runs
o365, a service          the guide's types and nothing else: neither a kind nor a part may narrow them
several of one group     alternatives; of different groups: all have to hold
a cause, a code          of what failed
not                      what comes after it is left out
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from bot.language import contradictions
from bot.language.sentence import Sentence
from bot.language.terms import ENDED, NOTHING, NOW, SETS, Group, Names, Parts, Phrase, parts_of
from bot.model import (
    DEFAULT_KINDS,
    FAILED,
    OF_FAILURES,
    Kind,
    LeftOut,
    Mark,
    NameField,
    NameFilter,
    Sort,
    TaskQuery,
    TaskState,
    TimeField,
    folded,
)

_SETS = attrgetter(*SETS)
_EMPTY: Final[frozenset[Any]] = frozenset()
_SEVERAL: Final = 2
_FIELDS: Final = tuple(NameField)
_PLACE: Final = {field: place for place, field in enumerate(_FIELDS)}
_STILL: Final = frozenset(("still", "noch"))
_RUNNING = frozenset[str]({TaskState.STARTED})
_EITHER = frozenset({Kind.BACKUP, Kind.RESTORE})


def asked(
    sentence: Sentence, phrases: Sequence[Phrase], *, ever: bool = False, time: TimeField | None = None
) -> TaskQuery:
    """What the phrases ask for; `time` is what a time means, and `ever`: none means ever. Raises UsageError."""
    parts = parts_of(phrases)
    contradictions.refuse(sentence, parts)
    out = LeftOut(**_values(parts.left_out)) if parts.left_out else NOTHING.left_out
    values = _wanted(parts, out)
    contradictions.refuse_nothing_left(sentence, values, parts)
    after, before = contradictions.bounds(sentence, parts)
    named = [phrase.term.time_field for phrase in parts.wanted if phrase.term.time_field]
    is_past = after and before and before <= sentence.now and not named
    if is_past and values["states"] == _RUNNING and not (values["paces"] or out.results or _is_still(sentence)):
        values["states"] = _EMPTY  # `running last night`: what ran then; what runs since then *started* then
    states = values["states"]
    is_now = bool(states and states <= NOW) or out.states >= ENDED
    is_default = after is None and before is None and not ever and not is_now
    return TaskQuery(
        **values,
        **_order(parts),
        left_out=out,
        names=_name_filters(parts.names),
        time_field=next(iter(named), time or _expected_field(states, values["results"])),
        after=_day_ago(sentence.now) if is_default else after,
        before=before,
        time_is_default=is_default,
    )


def _is_still(sentence: Sentence) -> bool:
    """`still running from last night`: what runs now, and started then."""
    return any(token.word in _STILL and not token.name for token in sentence.tokens)


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
    return _expected_field(query.states, query.results)


def _expected_field(states: frozenset[str], results: frozenset[str]) -> TimeField:
    return TimeField.COMPLETED if results or states == ENDED else TimeField.STARTED


def _values(phrases: Sequence[Phrase]) -> dict[str, Any]:
    """All that these phrases say of each set."""
    if len(phrases) < _SEVERAL:
        return dict(zip(SETS, _SETS(phrases[0].asks if phrases else NOTHING), strict=True))
    said = map(_SETS, [phrase.asks for phrase in phrases])
    return {field: _EMPTY.union(*values) for field, values in zip(SETS, zip(*said, strict=True), strict=True)}


def _wanted(parts: Parts, out: LeftOut) -> dict[str, Any]:
    """The wanted states, results, types, workloads and kinds. Only what is over has a result, be it left out."""
    values = _values(parts.wanted)
    if values["types"]:
        values["types"] = _types(parts.wanted)
    named = {names.field for phrase, names in parts.names if not phrase.leaves_out}
    if named and not values["results"] and not named.isdisjoint(OF_FAILURES):
        values["results"] = FAILED
    if not values["states"] and (values["results"] or out.results):
        values["states"] = ENDED
    everything = (
        bool(values["types"]) or NameField.TYPE in named or any(phrase.term.everything for phrase in parts.wanted)
    )
    kinds = values["kinds"]
    if kinds >= _EITHER or not (kinds or everything):
        values["kinds"] = kinds | DEFAULT_KINDS
    return values | {"roots_only": not everything}


def _types(phrases: Sequence[Phrase]) -> frozenset[str]:
    """`o365 mailbox` asks for mailboxes: a service narrows the guide's list."""
    guide, services = (
        frozenset[str]().union(*(phrase.asks.types for phrase in phrases if phrase.term.group is group))
        for group in (Group.WORKLOAD, Group.SERVICE)
    )
    return guide & services if guide and services else guide | services


def _name_filters(named: Sequence[tuple[Phrase, Names]]) -> tuple[NameFilter, ...]:
    """Names of one kind are alternatives, whether said at once or apart; but names of any kind each have to hold."""
    marks: dict[tuple[int, bool, int], dict[tuple[bool, str], Mark]] = {}
    for number, (phrase, names) in enumerate(named):
        key = (_PLACE[names.field], phrase.leaves_out, number if names.field is NameField.ANY else 0)
        known = marks.setdefault(key, {})
        for mark in names.marks:
            known.setdefault((mark.is_whole, folded(mark.pattern)), mark)
    return tuple(
        _name_filter(_FIELDS[field], marks[field, leaves_out, number].values(), leaves_out=leaves_out)
        for field, leaves_out, number in sorted(marks)
    )


def _name_filter(field: NameField, marks: Collection[Mark], *, leaves_out: bool) -> NameFilter:
    parts = tuple(mark.pattern for mark in marks if not mark.is_whole)
    wholes = tuple(mark.pattern for mark in marks if mark.is_whole)
    return NameFilter(field, parts, leaves_out, wholes, tuple(id_ for mark in marks for id_ in mark.ids))


def _order(parts: Parts) -> dict[str, Any]:
    """Lengths, order and number, where any is named. `contradictions` makes sure that none is named twice."""
    if not (parts.lengths or parts.orders):
        return {}
    bounds = [bound for _, bound in parts.lengths]
    orders = [order for _, order in parts.orders]
    return {
        "longer_than": next((bound.longer_than for bound in bounds if bound.longer_than), None),
        "shorter_than": next((bound.shorter_than for bound in bounds if bound.shorter_than), None),
        "sort": next((order.sort for order in orders if order.sort), Sort.TIME),
        "backwards": any(order.backwards for order in orders),
        "limit": next((order.limit for order in orders if order.limit), None),
    }


def _day_ago(now: datetime) -> datetime:
    """24 hours ago, on the full minute."""
    return now.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(hours=24)
