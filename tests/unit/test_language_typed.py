"""What tired people type means what the tables of phrases say, row by row."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errorbook.book import shipped
from bot.errors import UsageError
from bot.language import KnownName, KnownNames, describe, parse
from bot.language.table import CAUSES
from bot.model import Invocation, NameField, NameFilter, TaskQuery, words_fit
from tests.typed_phrases import BERLIN, KNOWN, NAMES, NOW, VERBS, Row, asked, rows, wrong

PHRASES = rows("phrases.tsv")
MORE = rows("phrases_more.tsv")


def test_the_table_is_whole() -> None:
    assert len(PHRASES) == 175
    assert len(MORE) >= 200


@pytest.mark.parametrize("row", [*PHRASES, *MORE], ids=[row.typed for row in (*PHRASES, *MORE)])
def test_a_phrase_means_what_the_table_says(row: Row) -> None:
    assert wrong(row) == ""


SMALL = (
    "failed",
    "on",
    "for",
    "at",
    "with",
    "of",
    "not",
    "since monday",
    "yesterday",
    "tenant",
    "machine",
    "plan",
    "is",
    "ok?",
)
PARTS = (
    "acme",
    "sql",
    "srv-",
    "corp",
    "berlin",
    "SVR-SQL01",
    "Acme Crop",
    "hamburg",
    "SRV-SQL03",
    "x",
    "O’Brien",
    "a",
    "sql01’s",
)
EVERY = [name for names in NAMES.values() for name in names]
TYPED = st.lists(st.sampled_from([*SMALL, *PARTS, *EVERY]) | st.text(max_size=5), max_size=6).map(" ".join)


@given(TYPED)
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_any_text_with_names_is_understood_or_refused_with_commands_that_work(typed: str) -> None:
    found = asked(typed)
    if isinstance(found, UsageError):
        assert found.told
        assert 0 <= found.offset <= len(found.text)
        for command in (*found.offers, found.example.removeprefix("/tasks ")):
            assert not isinstance(asked(command), UsageError), command


@given(TYPED)
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_a_question_with_names_said_back_is_the_same_question(typed: str) -> None:
    found = asked(typed)
    if isinstance(found, UsageError) or found.query is None or found.verb:
        return
    again = asked(describe(found.query, BERLIN, NOW))
    assert isinstance(again, Invocation)
    assert again.query is not None
    assert replace(again.query, time_is_default=False) == replace(found.query, time_is_default=False)


@pytest.mark.parametrize("name", EVERY)
def test_a_known_name_alone_and_after_a_small_word_is_that_one(name: str) -> None:
    alone, behind = asked(name), asked(f"failed on {name}")
    assert isinstance(alone, Invocation)
    assert isinstance(behind, Invocation)
    assert alone.query is not None
    assert behind.query is not None
    assert alone.verb == "about"
    assert [each.wholes for each in alone.query.names] == [(name,)]
    assert behind.query.names == alone.query.names


def test_a_name_that_the_table_has_too_needs_a_word_before_it_or_quotes() -> None:
    names = KnownNames({NameField.TENANT: ("Google", "failed", "Today GmbH"), NameField.MACHINE: ("running",)})

    def of(text: str) -> TaskQuery:
        found = parse(text, NOW, BERLIN, VERBS, names).query
        assert found is not None
        return found

    assert of("failed google").workloads
    assert of("running").states == {"started"}
    assert of("failed today gmbh").names[0].wholes == ("Today GmbH",)
    assert of("failed tenant google").names == () or of('failed tenant "google"').names[0].wholes == ("Google",)


def test_a_tenant_given_in_full_means_all_below_it_by_its_ids() -> None:
    names = KnownNames({NameField.TENANT: ("Acme Corp", "Acme Corp Berlin")}, {"Acme Corp": ("66",)})
    found = parse("failed at acme corp", NOW, BERLIN, VERBS, names).query
    assert found is not None
    assert found.names == (NameFilter(NameField.TENANT, (), wholes=("Acme Corp",), within=("66",)),)


def test_of_many_names_the_first_are_offered_and_all_of_them_together() -> None:
    names = KnownNames({NameField.MACHINE: [f"SRV-{number:03}" for number in range(40)]})
    with pytest.raises(UsageError, match="part of 40 names") as raised:
        parse("failed srv", NOW, BERLIN, VERBS, names)
    assert raised.value.offers[:2] == ("failed SRV-000", "failed SRV-001")
    assert raised.value.offers[-1] == "failed named “srv”"


def test_one_name_of_two_kinds_is_offered_with_its_kinds() -> None:
    names = KnownNames({NameField.MACHINE: ["Acme"], NameField.TENANT: ["Acme"]})
    with pytest.raises(UsageError, match="say which") as raised:
        parse("acme", NOW, BERLIN, VERBS, names)
    assert raised.value.offers == ("about machine “Acme”", "about tenant “Acme”")
    with pytest.raises(UsageError, match="say which") as raised:
        parse("failed acme", NOW, BERLIN, VERBS, names)
    assert raised.value.offers == ("failed machine “Acme”", "failed tenant “Acme”")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("failed gateway", "failed cause gateway"),
        ("gateway locked since monday", "cause gateway locked since monday"),
        ("error MemoNoSpace", "error cause memonospace"),
        ("tape", "cause tape"),
        ("alerts tape", "alerts cause tape"),
    ],
)
def test_a_word_of_a_cause_is_offered_as_one(typed: str, offered: str) -> None:
    names = KnownNames(NAMES, causes=frozenset(("gateway", "memonospace", "tape")))
    with pytest.raises(UsageError, match="cause of failures") as raised:
        parse(typed, NOW, BERLIN, VERBS, names)
    assert raised.value.offers == (offered,)
    assert parse(offered, NOW, BERLIN, VERBS, names).query == parse(offered, NOW, BERLIN, VERBS, KNOWN).query


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cause storge", "cause storage"),
        ("failed cause acess denied", "failed cause access denied"),
        ("failed because of the netwrok", "failed because of the network"),
        ("cause pasword expired", "cause password expired"),
    ],
)
def test_a_slip_in_a_cause_is_not_looked_for(typed: str, offered: str) -> None:
    names = KnownNames(NAMES, causes=shipped().words)
    with pytest.raises(UsageError, match="No cause that is known") as raised:
        parse(typed, NOW, BERLIN, VERBS, names)
    assert raised.value.offers == (offered,)
    word = raised.value.text[raised.value.offset :][: raised.value.length]
    assert parse(f"cause “{word}”", NOW, BERLIN, VERBS, names).query is not None


def test_words_of_a_sentence_that_name_no_cause_are_not_offered_as_one() -> None:
    names = KnownNames(NAMES, causes=shipped().words)
    for typed in ("failed user", "whatever is gone", "failed nothing here"):
        with pytest.raises(UsageError) as raised:
            parse(typed, NOW, BERLIN, VERBS, names)
        assert not [each for each in raised.value.offers if "cause" in each], typed


def test_words_that_are_always_a_cause_are_asked_about_where_a_known_name_has_them() -> None:
    names = KnownNames({NameField.PLAN: ["Storage nightly"]}, causes=frozenset(("storage",)))
    with pytest.raises(UsageError, match="or a cause of failures: say which") as raised:
        parse("failed storage", NOW, BERLIN, VERBS, names)
    assert raised.value.offers == ("failed Storage nightly", "failed cause “storage”")
    whole = parse("failed storage nightly", NOW, BERLIN, VERBS, names).query
    assert whole is not None
    assert [each.field for each in whole.names] == [NameField.PLAN]
    sure = parse("storage errors", NOW, BERLIN, VERBS, names).query
    assert sure is not None
    assert [each.field for each in sure.names] == [NameField.CAUSE]


def test_what_words_for_a_cause_mean_is_in_the_error_book() -> None:
    told = [(entry.key, entry.sentence) for entry in shipped().entries]
    meant = {each for means in CAUSES.values() for each in means}
    assert [each for each in meant if not any(words_fit(each, text) for texts in told for text in texts)] == []


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("failed full", ("failed Weekly full", "failed cause “full”")),
        ("servers full yesterday", ("servers Weekly full yesterday", "servers cause “full” yesterday")),
        ("failed täglich", ("failed Arbeitsplätze täglich", "failed cause “täglich”")),
    ],
)
def test_a_part_of_a_name_that_is_a_word_of_a_cause_too_is_asked_about(typed: str, offers: tuple[str, ...]) -> None:
    names = KnownNames(NAMES, causes=frozenset(("full", "täglich")))
    with pytest.raises(UsageError, match="or a cause of failures: say which") as raised:
        parse(typed, NOW, BERLIN, VERBS, names)
    assert raised.value.offers == offers
    whole = parse("failed Weekly full", NOW, BERLIN, VERBS, names).query
    assert whole == parse("failed Weekly full", NOW, BERLIN, VERBS, KNOWN).query


class Counted(KnownNames):
    """Counts how often a slip is looked for, which goes through all names."""

    searches = 0

    def like(self, typed: str, field: NameField = NameField.ANY) -> tuple[tuple[KnownName, ...], float]:
        self.searches += 1
        return super().like(typed, field)


def test_a_slip_in_a_long_run_of_unknown_words_is_looked_for_a_few_times_only() -> None:
    names = Counted(NAMES)
    with pytest.raises(UsageError):
        parse("xyzzy " * 500, NOW, BERLIN, VERBS, names)
    assert 0 < names.searches < 40


@pytest.mark.parametrize(
    "typed", ["late Alerts GmbH", "protected? late Alerts GmbH", 'late "Critical Care"', "late Critical Care"]
)
def test_words_of_alerts_in_a_known_name_are_its_own(typed: str) -> None:
    names = KnownNames({NameField.TENANT: ["Alerts GmbH", "Critical Care"]})
    found = parse(typed, NOW, BERLIN, VERBS, names)
    assert found.verb == "protected?"
    assert found.query is not None
    assert found.query.standings == {"late"}
    assert [name.field for name in found.query.names] == [NameField.TENANT]
