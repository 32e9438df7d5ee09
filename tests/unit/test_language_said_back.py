"""Any question that the table has words for, said back in words and parsed again, is the same question."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.language import DEFAULT_KINDS, TERMS, Group, describe, parse
from bot.language.contradictions import workloads_of
from bot.model import FAILED, Kind, LeftOut, NameField, NameFilter, Sort, TaskQuery, TimeField, Workload, cleaned

V = TypeVar("V")

NOW = datetime(2026, 10, 26, 10, 30, 22, tzinfo=UTC)
ENDED = frozenset({"completed"})
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe"]).map(ZoneInfo)
ASKED = [term.asks for term in TERMS if not term.names]


def union(field: str, *, most: int = 3) -> st.SearchStrategy[frozenset[str]]:
    """What some of the table's terms ask for together in one field."""
    rows = [getattr(asks, field) for asks in ASKED if getattr(asks, field)]
    chosen = st.lists(st.sampled_from(rows), max_size=most)
    return chosen.map(lambda sets: frozenset[str]().union(*sets))


PATTERNS = st.one_of(
    st.sampled_from(
        ["failed", "and", "or", "SRV-SQL01", "srv-*", "Acme, Inc.", "24h", "not x", 'a"b', "O'Brien", "“x”"]
    ),
    st.text(max_size=20).map(cleaned).filter(lambda name: bool(name.strip("*"))),
)
LENGTHS = st.one_of(st.none(), st.integers(1, 300_000).map(lambda seconds: timedelta(seconds=seconds)))
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 10, 26), timezones=st.just(UTC)).map(  # noqa: DTZ001 - zone added
        lambda at: at.replace(microsecond=0)
    ),
)


@dataclass(frozen=True)
class Scope:
    kinds: frozenset[Kind]
    roots_only: bool
    types: frozenset[str] = frozenset()


KINDS = st.sampled_from(
    [DEFAULT_KINDS, frozenset(Kind), *(frozenset({kind}) for kind in Kind), frozenset({Kind.BACKUP, Kind.MANAGEMENT})]
)
SCOPES = st.one_of(
    KINDS.map(lambda kinds: Scope(kinds, roots_only=True)),
    st.one_of(KINDS, st.just(frozenset[Kind]())).map(lambda kinds: Scope(kinds, roots_only=False)),
    st.tuples(st.one_of(KINDS, st.just(frozenset[Kind]())), union("types").filter(bool)).map(
        lambda pair: Scope(pair[0], roots_only=False, types=pair[1])
    ),
)


@st.composite
def name_filters(draw: st.DrawFn) -> tuple[NameFilter, ...]:
    patterns = draw(st.lists(PATTERNS, max_size=6, unique_by=str.casefold))
    found = list[NameFilter]()
    for field in NameField:
        for leaves_out in (False, True):
            count = draw(st.integers(0, 2))
            mine, patterns = patterns[:count], patterns[count:]
            if mine:
                found.append(NameFilter(field, tuple(mine), leaves_out))
    return tuple(found)


@st.composite
def questions(draw: st.DrawFn) -> TaskQuery:
    """Anything that can be asked: what contradicts itself is drawn anew."""
    scope, names = draw(SCOPES), draw(name_filters())
    out = LeftOut(
        states=draw(union("states", most=2)),
        results=draw(union("results", most=2)),
        types=draw(union("types", most=1)),
        workloads=frozenset(Workload(value) for value in draw(union("workloads", most=1))),
        kinds=frozenset(Kind(value) for value in draw(union("kinds", most=1))),
    )
    of_failures = any(each.field in (NameField.CAUSE, NameField.CODE) and not each.leaves_out for each in names)
    results = draw(union("results")) or (FAILED if of_failures else frozenset())
    now_states = frozenset(draw(st.sampled_from([(), ("started",), ("paused",), ("started", "paused")])))
    is_over = bool(results) or (bool(out.results) and not now_states)
    states = ENDED if is_over else now_states
    query = TaskQuery(
        states=states,
        results=results,
        types=scope.types,
        workloads=frozenset(Workload(value) for value in draw(union("workloads"))),
        kinds=scope.kinds,
        roots_only=scope.roots_only and not any(_is_type(each) for each in names),
        left_out=out,
        names=names,
        sort=draw(st.sampled_from(Sort)),
        backwards=draw(st.booleans()),
        limit=draw(st.one_of(st.none(), st.integers(1, 10_000))),
        longer_than=draw(LENGTHS),
        shorter_than=draw(LENGTHS),
    )
    assume(_is_left(query))
    assume(not (query.types and query.workloads) or workloads_of(query.types) & query.workloads)
    assume(not (query.longer_than and query.shorter_than) or query.longer_than < query.shorter_than)
    return _timed(draw, query)


def _is_type(wanted: NameFilter) -> bool:
    return wanted.field is NameField.TYPE and not wanted.leaves_out


def _is_left(query: TaskQuery) -> bool:
    fields = ("states", "results", "types", "workloads", "kinds")
    return all(not getattr(query, field) or getattr(query, field) - getattr(query.left_out, field) for field in fields)


def _timed(draw: st.DrawFn, query: TaskQuery) -> TaskQuery:
    after, before = draw(MOMENTS), draw(MOMENTS)
    assume(not (after and before) or after < before)
    is_now = bool(query.states - ENDED) or query.left_out.states >= ENDED
    if after is None and before is None and not is_now:
        after = NOW.replace(second=0) - timedelta(hours=24)
    fields = [TimeField.STARTED, TimeField.UPDATED, *([TimeField.COMPLETED] if query.states == ENDED else [])]
    if after is None and before is None:
        return replace(query, time_field=TimeField.STARTED)
    return replace(query, time_field=draw(st.sampled_from(fields)), after=after, before=before)


@settings(deadline=None, max_examples=400)
@given(questions(), ZONES)
def test_any_question_said_back_is_the_same_question(query: TaskQuery, zone: ZoneInfo) -> None:
    for said in (describe(query, zone), describe(query, zone, NOW)):
        again = parse(said, NOW, zone, ()).query
        assert again
        assert replace(again, time_is_default=False) == query


@settings(deadline=None)
@given(
    st.text(min_size=1, max_size=40).map(cleaned).filter(lambda name: bool(name.strip("*"))), st.sampled_from(NameField)
)
def test_any_name_survives_being_said_back(name: str, field: NameField) -> None:
    query = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True, names=(NameFilter(field, (name, name + "2")),))
    again = parse(describe(query, ZoneInfo("UTC")), NOW, ZoneInfo("UTC"), ()).query
    assert again
    assert again.names == query.names


@pytest.mark.parametrize("group", Group)
def test_every_group_of_the_table_has_terms(group: Group) -> None:
    assert any(term.group is group for term in TERMS)
