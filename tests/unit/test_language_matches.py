"""What routes and targets are for, in the words of /tasks: a question without a time, or a fault in words."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import DEFAULT_KINDS, describe, parse_match, parse_target
from bot.model import FAILED, Kind, NameField, TaskQuery, Workload
from tests.unit.test_language_properties import PHRASES, QUICK

UTC = ZoneInfo("UTC")


def refused(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_match(text)
    return caught.value


@pytest.mark.parametrize("text", ["", "  ", "failed", "tasks", "failed completed", "FAILED."])
def test_a_match_without_a_result_or_kind_is_what_failed_of_backups_restores_and_unknown_kinds(text: str) -> None:
    query = parse_match(text)
    assert (query.results, query.kinds, query.roots_only) == (FAILED, DEFAULT_KINDS, True)


@pytest.mark.parametrize(
    ("text", "results", "kinds"),
    [
        ("warnings", {"warning"}, DEFAULT_KINDS),
        ("cancelled restores", {"cancelled"}, {Kind.RESTORE}),
        ("failed warnings", FAILED | {"warning"}, DEFAULT_KINDS),
        ("all", FAILED, set()),
        ("management", FAILED, {Kind.MANAGEMENT}),
        ("type WinScan", FAILED, set()),
        ("o365", FAILED, set()),
        ("timedout", {"timedout"}, DEFAULT_KINDS),
    ],
)
def test_what_is_named_is_asked_for(text: str, results: set[str], kinds: set[Kind]) -> None:
    query = parse_match(text)
    assert (set(query.results), set(query.kinds)) == (set(results), set(kinds))


@pytest.mark.parametrize(
    ("text", "marked", "word"),
    [
        ("failed since monday", "since monday", "a time"),
        ("backups 24h", "24h", "a time"),
        ("yesterday", "yesterday", "a time"),
        ("restores changed", "changed", "a time"),
        ("longer than 2h", "longer than 2h", "a length"),
        ("oldest", "oldest", "an order"),
        ("failed first 5", "first 5", "a number"),
        ("sort tenant", "sort tenant", "an order"),
        ("running", "running", "over"),
        ("not queued", "not queued", "over"),
        ("not completed", "not completed", "over"),
        ("ok", "ok", "never is an alert"),
        ("not ok", "not ok", "name what it asks for"),
        ("tenant Acme not failed", "tenant Acme not failed", "`warnings`"),
        ("stats failed", "stats", "do not know"),
        ("show 12", "12", "do not know"),
        ("runing", "runing", "Did you mean “running”?"),
        ("tennant Acme", "tennant", "Did you mean “tenant”?"),
        ("google mailbox", "mailbox", "no part of"),
        ("x" * 4_000, "", "4,000 characters"),
    ],
)
def test_what_a_route_cannot_hear_of_is_refused_at_its_word(text: str, marked: str, word: str) -> None:
    error = refused(text)
    assert error.text[error.offset : error.offset + error.length] == marked
    assert word in error.told


def test_an_example_works_in_the_same_place() -> None:
    assert refused("tennant Acme").example == "tenant Acme"
    assert refused("runing").example == ""  # what was meant is no word of routes either
    assert parse_match(refused("failed since monday").example).names


def outcome(reads: Callable[[str], TaskQuery], text: str) -> TaskQuery | UsageError:
    try:
        return reads(text)
    except UsageError as error:
        return error


@given(PHRASES)
@QUICK
def test_any_text_is_a_match_or_a_fault(text: str) -> None:
    found = outcome(parse_match, text)
    if isinstance(found, UsageError):
        assert found.told
        assert 0 <= found.offset <= found.offset + found.length <= len(found.text)
        assert not found.example or parse_match(found.example).results
    else:
        assert found.results - {"ok"} == found.results != frozenset()
        assert found.states == {"completed"}
        assert (found.after, found.before, found.limit, found.longer_than) == (None, None, None, None)


@given(PHRASES)
@QUICK
def test_a_match_said_back_is_the_same_match(text: str) -> None:
    found = outcome(parse_match, text)
    assert isinstance(found, UsageError) or parse_match(describe(found, UTC)) == found


def test_a_target_is_for_names_and_workloads_whatever_the_result() -> None:
    query = parse_target('tenant "Acme Corp" machines plan hourly not machine lab-*')
    assert not query.results | query.kinds | query.states
    assert not query.roots_only
    assert query.workloads == {Workload.MACHINE}
    assert [each.field for each in query.names] == [NameField.TENANT, NameField.MACHINE, NameField.PLAN]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "target_hours"),
        ("failed", "a result"),
        ("restores", "a kind"),
        ("all", "a scope"),
        ("completed", "a state"),
        ("by alice", "a person"),
        ("since monday", "a time"),
        ("not backups", "a kind"),
        ("Acme", "do not know"),
    ],
)
def test_a_target_is_for_nothing_else(text: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        parse_target(text)


@given(st.one_of(PHRASES, st.text()))
@QUICK
def test_any_text_is_a_target_or_a_fault(text: str) -> None:
    found = outcome(parse_target, text)
    assert found.told if isinstance(found, UsageError) else found != TaskQuery()
