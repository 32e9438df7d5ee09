"""A corpus of what people type, and what it means: in words in the file beside, and field by field here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.language import DEFAULT_KINDS, TERMS, Term, describe, parse
from bot.model import (
    FAILED,
    Invocation,
    Kind,
    LeftOut,
    Mark,
    NameField,
    NameFilter,
    Sort,
    Takes,
    TaskQuery,
    TimeField,
    Verb,
    Workload,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 6, 1, 30, 22, tzinfo=UTC)
DAY_AGO = datetime(2026, 6, 5, 1, 30, tzinfo=UTC)
VERBS = (
    Verb("", "", Takes.FILTERS),
    Verb("help", "", Takes.WORD),
    Verb("show", "", Takes.ID, optional=False, examples=("/tasks show 12",)),
    Verb("activities", "", Takes.ID_OR_FILTERS),
    Verb("stats", "", Takes.FILTERS),
    Verb("history", "", Takes.NAME_AND_FILTERS, optional=False, names=NameField.MACHINE),
    Verb("protected?", "", Takes.NAME_AND_FILTERS, names=NameField.TENANT),
)

CORPUS = (Path(__file__).parent / "language_corpus.txt").read_text()
LINES = [(phrase, said) for phrase, arrow, said in (line.partition(" => ") for line in CORPUS.split("\n")) if arrow]
ENDED = frozenset({"completed"})


def query(text: str) -> TaskQuery:
    found = parse(text, NOW, BERLIN, VERBS).query
    assert found is not None
    return found


def of(**fields: Any) -> TaskQuery:
    """The last 24 hours' backups and restores, changed in what is named."""
    ordinary = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True, after=DAY_AGO, time_is_default=True)
    return replace(ordinary, **fields)


def test_the_corpus_is_a_corpus() -> None:
    assert len({phrase for phrase, _ in LINES}) == len(LINES) >= 150


@pytest.mark.parametrize(("phrase", "said"), LINES, ids=[phrase for phrase, _ in LINES])
def test_a_phrase_is_understood_as(phrase: str, said: str) -> None:
    asked = query(phrase)
    assert describe(asked, BERLIN, NOW) == said
    assert replace(query(said), time_is_default=asked.time_is_default) == asked


@pytest.mark.parametrize("term", TERMS, ids=[term.name for term in TERMS])
def test_every_example_of_the_table_is_in_the_corpus(term: Term) -> None:
    assert term.example.removeprefix("/tasks ") in {phrase for phrase, _ in LINES}


VALUES: list[tuple[str, TaskQuery]] = [
    ("mailbox", of(types=frozenset({"UserMailboxBackup", "UserMailboxRestore"}), kinds=frozenset(), roots_only=False)),
    ("sharepoint", of(types=frozenset({"SPBackup", "SPRestore"}), kinds=frozenset(), roots_only=False)),
    ("onedrive", of(types=frozenset({"ODBackup", "ODRestore"}), kinds=frozenset(), roots_only=False)),
    ("gmail", of(types=frozenset({"GSBackupGMail", "GSRestoreGMail"}), kinds=frozenset(), roots_only=False)),
    ("gdrive", of(types=frozenset({"GSBackupGDrive", "GSRestoreGDrive"}), kinds=frozenset(), roots_only=False)),
    ("tenant Acme, Beta", of(names=(NameFilter(NameField.TENANT, ("Acme", "Beta")),))),
    ("machine srv-*", of(names=(NameFilter(NameField.MACHINE, ("srv-*",)),))),
    ("machine", of(workloads=frozenset({Workload.MACHINE}))),
    ("plan Nightly", of(names=(NameFilter(NameField.PLAN, ("Nightly",)),))),
    ("by alice", of(names=(NameFilter(NameField.PERSON, ("alice",)),))),
    ("type SPBackup", of(names=(NameFilter(NameField.TYPE, ("SPBackup",)),), kinds=frozenset(), roots_only=False)),
    ('"SRV-SQL01"', of(names=(NameFilter(NameField.ANY, ("SRV-SQL01",)),))),
    ('"a" "b"', of(names=(NameFilter(NameField.ANY, ("a",)), NameFilter(NameField.ANY, ("b",))))),
    ("not tenant Acme", of(names=(NameFilter(NameField.TENANT, ("Acme",), leaves_out=True),))),
    ("-google", of(left_out=LeftOut(workloads=frozenset({Workload.GOOGLE})))),
    ("not backups", of(left_out=LeftOut(kinds=frozenset({Kind.BACKUP})))),
    ("not failed", of(left_out=LeftOut(results=FAILED), states=ENDED, time_field=TimeField.COMPLETED)),
    ("not running", of(left_out=LeftOut(states=frozenset({"started"})))),
    ("not completed", of(left_out=LeftOut(states=ENDED), after=None, time_is_default=False)),
    ("not gmail", of(left_out=LeftOut(types=frozenset({"GSBackupGMail", "GSRestoreGMail"})))),
    ("longer than 2h", of(longer_than=timedelta(hours=2))),
    ("shorter than 5m", of(shorter_than=timedelta(minutes=5))),
    ("longest 3", of(sort=Sort.DURATION, limit=3)),
    ("shortest", of(sort=Sort.DURATION, backwards=True)),
    ("oldest", of(backwards=True)),
    ("sort tenant", of(sort=Sort.TENANT)),
    ("sort ended backwards", of(sort=Sort.COMPLETED, backwards=True)),
    ("changed last 24h", of(time_field=TimeField.UPDATED, time_is_default=False)),
]


@pytest.mark.parametrize(("phrase", "meaning"), VALUES, ids=[phrase for phrase, _ in VALUES])
def test_a_phrase_asks_for(phrase: str, meaning: TaskQuery) -> None:
    assert query(phrase) == meaning


EVER: dict[str, Any] = {"after": None, "time_is_default": False}
NAMED = [
    ("history SRV-SQL01", "history", of(names=(NameFilter(NameField.MACHINE, ("SRV-SQL01",)),), **EVER)),
    ("history “SRV 1”, “SRV 2”", "history", of(names=(NameFilter(NameField.MACHINE, ("SRV 1", "SRV 2")),), **EVER)),
    ("history of srv 01", "history", of(names=(NameFilter(NameField.MACHINE, ("srv 01",)),), **EVER)),
    ("history machine srv", "history", of(names=(NameFilter(NameField.MACHINE, ("srv",)),), **EVER)),
    ("protected?", "protected?", of(**EVER)),
    ("protected", "protected?", of(**EVER)),
    ("Protected Acme Corp", "protected?", of(names=(NameFilter(NameField.TENANT, ("Acme Corp",)),), **EVER)),
    ("protected Acme?", "protected?", of(names=(NameFilter(NameField.TENANT, ("Acme",)),), **EVER)),
    ("protected m365", "protected?", of(workloads=frozenset({Workload.MICROSOFT365}), **EVER)),
    ("stats", "stats", of()),
    ("stats tenant Acme", "stats", of(names=(NameFilter(NameField.TENANT, ("Acme",)),))),
]


@pytest.mark.parametrize(("text", "verb", "meaning"), NAMED, ids=[text for text, _, _ in NAMED])
def test_a_verb_takes_a_name_and_filters(text: str, verb: str, meaning: TaskQuery) -> None:
    found = parse(text, NOW, BERLIN, VERBS)
    assert (found.verb, found.query) == (verb, meaning)
    again = parse(f"{verb} {describe(meaning, BERLIN)}", NOW, BERLIN, VERBS).query
    assert again
    assert replace(again, time_is_default=meaning.time_is_default) == meaning


def test_a_name_before_filters_ends_at_the_first_of_them() -> None:
    found = query("history SRV 01 failed last 7 days")
    assert found.names == (NameFilter(NameField.MACHINE, ("SRV 01",)),)
    assert (found.results, found.after) == (FAILED, datetime(2026, 5, 30, 1, 30, tzinfo=UTC))


def test_what_was_typed_and_where_its_names_stand_comes_with_the_question() -> None:
    text = "failed tenant “Acme\u00a0Corp”, Beta yesterday"
    found = parse(text, NOW, BERLIN, VERBS)
    assert found.text == text
    assert found.marks == (
        Mark(NameField.TENANT, "Acme Corp", 14, 11),
        Mark(NameField.TENANT, "Beta", 27, 4),
    )
    assert parse("help failed", NOW, BERLIN, VERBS) == Invocation("help", None, "failed", "help failed")
