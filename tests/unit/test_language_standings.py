"""Words for how restore points stand, and the way back: what is said of a question asks the same question."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UsageError
from bot.language import Term, describe, look_up, parse
from bot.language.table import STANDING_TERMS
from bot.model import Due, Kind, NameField, NameFilter, Standing, Takes, Verb, Workload

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
VERBS = (
    Verb("", "", Takes.FILTERS),
    Verb("overview", ""),
    Verb("alerts", "", Takes.FILTERS, also=("problems",), severities=True, ever=True),
    Verb("protected?", "", Takes.NAME_AND_FILTERS, names=NameField.ANY, standings=True),
)
MISSED, LATE, NEVER, FAILING = Standing.MISSED, Standing.LATE, Standing.NEVER, Standing.FAILING

TYPED = [
    ("protected? missed", {MISSED}, ()),
    ("protected? late", {LATE}, ()),
    ("protected? never", {NEVER}, ()),
    ("protected? failing", {FAILING}, ()),
    ("protected? paused", {Standing.PAUSED}, ()),
    ("protected? not expected", {Standing.NOT_EXPECTED}, ()),
    ("protected? unknown", {Standing.UNKNOWN}, ()),
    ("protected? green", {Standing.GOOD}, ()),
    ("Protected? GOOD", {Standing.GOOD}, ()),
    ("protected? without a plan", {Standing.NO_PLAN}, ()),
    ("protected? no plan", {Standing.NO_PLAN}, ()),
    ("protected late, never", {LATE, NEVER}, ()),
    ("protected? late or missed", {LATE, MISSED}, ()),
    ("protected? late berlin", {LATE}, ("berlin",)),
    ("protected? Acme Corp late", {LATE}, ("Acme Corp",)),
    ("protected? missed of Acme Corp", {MISSED}, ("Acme Corp",)),
    ("protected? for SRV-SQL01 missed", {MISSED}, ("SRV-SQL01",)),
    ("protected? nightly servers", set(), ("nightly",)),  # those of it that are machines
    ("no backup", set(), ()),
    ("unprotected", set(), ()),
    ("unprotected beta", set(), ("beta",)),
    ("missed", {MISSED}, ()),
    ("what is late?", {LATE}, ()),
    ("never", {NEVER}, ()),
    ("late or never", {LATE, NEVER}, ()),
    ("missed Acme", {MISSED}, ("Acme",)),
]


@pytest.mark.parametrize(("text", "standings", "names"), TYPED, ids=[text for text, _, _ in TYPED])
def test_words_for_standings_are_understood_and_said_back(
    text: str, standings: set[Standing], names: tuple[str, ...]
) -> None:
    found = parse(text, NOW, BERLIN, VERBS)
    query = found.query
    assert query is not None
    assert found.verb == "protected?"
    assert set(query.standings) == standings
    assert not query.states | query.results | query.left_out.standings
    assert query.names == ((NameFilter(NameField.ANY, names),) if names else ())
    asked = replace(query, kinds=frozenset({Kind.BACKUP}))
    again = parse(f"protected? {describe(asked, BERLIN, NOW, noun='workloads')}", NOW, BERLIN, VERBS).query
    assert again == asked


def test_tonight_lies_ahead_where_restore_points_are_asked_for() -> None:
    found = parse("protected? tonight machines tenant Acme", NOW, BERLIN, VERBS).query
    assert found is not None
    assert (set(found.due), set(found.workloads)) == ({Due.TONIGHT}, {Workload.MACHINE})
    asked = replace(found, kinds=frozenset({Kind.BACKUP}))
    assert describe(asked, BERLIN, NOW, noun="workloads") == "Machine backups, tonight, tenant “Acme”"
    with pytest.raises(UsageError, match="lies ahead"):
        parse("failed tonight", NOW.replace(hour=10), BERLIN, VERBS)


def test_the_same_words_mean_something_else_elsewhere() -> None:
    for text in ("failing", "paused", "unknown", "good"):
        found = parse(text, NOW, BERLIN, VERBS)
        assert found.verb == ""
        assert found.query is None or not found.query.standings
    named = parse("failed machine late", NOW, BERLIN, VERBS).query
    assert named is not None
    assert named.names == (NameFilter(NameField.MACHINE, ("late",)),)


def test_a_standing_can_be_left_out() -> None:
    found = parse("protected? not good", NOW, BERLIN, VERBS).query
    assert found is not None
    assert not found.standings
    assert set(found.left_out.standings) == {Standing.GOOD}


@pytest.mark.parametrize("term", STANDING_TERMS, ids=[term.name for term in STANDING_TERMS])
def test_each_word_has_help_and_an_example_that_works(term: Term) -> None:
    for typed in (*(f"protected? {words}" for words in term.words), term.example.removeprefix("/tasks ")):
        found = parse(typed, NOW, BERLIN, VERBS).query
        assert found is not None
        assert (found.standings, found.due) == (term.asks.standings, term.asks.due)
    assert look_up("missed", VERBS) in STANDING_TERMS
