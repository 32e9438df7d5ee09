"""Words after `audit`: whose, what, when, of what; each error points where it was typed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import audit_words, packed, parse_audit, typed_people
from bot.model import Act, AuditQuery, NameField, NameFilter, TaskQuery
from bot.model.routing import UTC_ZONE
from tests.builders import NOW


def read(text: str) -> AuditQuery:
    return parse_audit(text, NOW, UTC_ZONE, "U0ME")


@pytest.mark.parametrize("start", ["audit ", "Audit ", ""])
@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("", AuditQuery()),
        ("take", AuditQuery(acts=frozenset({Act.TAKE}))),
        ("Take, resolve", AuditQuery(acts=frozenset({Act.TAKE, Act.RESOLVE}))),
        ("refused", AuditQuery(refused=True)),
        ("by me", AuditQuery(people=frozenset({"U0ME"}))),
        ("by U0MIA", AuditQuery(people=frozenset({"U0MIA"}))),
        ("by @U0MIA", AuditQuery(people=frozenset({"U0MIA"}))),
        ("by <@U0MIA> refused", AuditQuery(people=frozenset({"U0MIA"}), refused=True)),
        ("by U0MIA, W0NOAH7 run", AuditQuery(people=frozenset({"U0MIA", "W0NOAH7"}), acts=frozenset({Act.RUN}))),
        ("14", AuditQuery(alerts=frozenset({14}))),
        ("#14", AuditQuery(alerts=frozenset({14}))),
        ("alert 14", AuditQuery(alerts=frozenset({14}))),
        ("take 14", AuditQuery(acts=frozenset({Act.TAKE}), alerts=frozenset({14}))),
        ("resolve #14 refused", AuditQuery(acts=frozenset({Act.RESOLVE}), alerts=frozenset({14}), refused=True)),
    ],
)
def test_words_of_its_own(start: str, words: str, query: AuditQuery) -> None:
    assert read(start + words) == query
    assert parse_audit(packed(query), NOW, UTC_ZONE) == query


@pytest.mark.parametrize(
    ("text", "acts", "after", "names"),
    [
        ("audit last 7 days", (), timedelta(days=7), ()),
        ("audit take last 7 days", (Act.TAKE,), timedelta(days=7), ()),
        ("audit since yesterday refused", (), timedelta(hours=33), ()),
        ("audit take tenant Acme Corp since yesterday", (Act.TAKE,), timedelta(hours=33), ("Acme Corp",)),
        ('audit tenant "take" resolve', (Act.RESOLVE,), None, ("take",)),
    ],
)
def test_names_and_times_are_read_as_everywhere(
    text: str, acts: tuple[Act, ...], after: timedelta | None, names: tuple[str, ...]
) -> None:
    query = read(text)
    assert query.acts == set(acts)
    assert query.tasks.after == (NOW - after if after else None) or query.tasks.after is not None
    assert query.tasks.names == tuple(NameFilter(NameField.TENANT, (name,)) for name in names)
    assert query.alerts == frozenset()


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("audit by mia", "mia", "choose the person"),
        ("audit by", "by", "choose the person"),
        ("audit tke", "tke", "I do not know the word"),
        ("audit refused tke", "tke", "I do not know the word"),
        ("audit failed", "failed", "says nothing of the audit"),
        ("audit longer than 2h", "longer than 2h", "says nothing of the audit"),
        ("audit type X", "type X", "says nothing of the audit"),
        ("audit m365 take", "m365", "says nothing of the audit"),
    ],
)
def test_what_is_not_understood_is_pointed_at(text: str, at: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    error = caught.value
    assert told in error.told
    assert error.text[error.offset : error.offset + error.length] == at


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["audit", "by", "me", "take", "14", "#3", "alert", "last", "days", "tenant", "or"])).map(
        " ".join
    )
)
def test_any_text_is_a_query_or_a_usage_error(text: str) -> None:
    try:
        query = read(text)
    except UsageError:
        return
    assert parse_audit(packed(query), NOW, UTC_ZONE).acts == query.acts
    assert audit_words(query, UTC_ZONE, NOW)


def test_the_question_is_said_back() -> None:
    assert audit_words(AuditQuery(), UTC_ZONE, NOW) == "Attempts"
    query = read('audit resolve or take #14 refused tenant "Acme Corp" since yesterday')
    assert audit_words(query, UTC_ZONE, NOW) == (
        "Attempts to resolve or take, refused, alert 14, tenant “Acme Corp”, since Sun 1 Mar"
    )
    assert TaskQuery() != query.tasks


def test_people_chosen_from_slacks_list_are_known_by_their_names() -> None:
    chosen = {"@Mía": "U0MIA", "@noah": "U0NOAH"}
    found = parse_audit("audit take by @mía @noah since yesterday", NOW, UTC_ZONE, "U0ASHA", chosen)
    assert found.people == {"U0MIA", "U0NOAH"}
    assert found.acts == {Act.TAKE}
    assert found.tasks.after is not None


CALLED = {"mia": ["U0MIA"], "Noah Novak": ["U0NOAH"], "kim": ["U0KIM1", "U0KIM2"]}


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("audit by mia", {"U0MIA"}),
        ("audit by @Mia", {"U0MIA"}),
        ("audit by noah novak take", {"U0NOAH"}),
        ('audit by "Noah Novak" and refused', {"U0NOAH"}),
        ("audit by mia noah novak since yesterday", {"U0MIA", "U0NOAH"}),
        ("audit by mia by U0123456789", {"U0MIA", "U0123456789"}),
        ("audit by kim", {"U0KIM1", "U0KIM2"}),
        ("audit by kim me", {"U0KIM1", "U0KIM2", "U0ME"}),
    ],
)
def test_a_typed_name_means_everybody_who_bears_it(text: str, people: set[str]) -> None:
    found = parse_audit(text, NOW, UTC_ZONE, "U0ME", called=CALLED)
    assert found.people == people
    assert ("take" in text) is (found.acts == {Act.TAKE})


@pytest.mark.parametrize("text", ["audit by lea", "audit by noah", "audit by novak noah", "audit by mia lea"])
def test_a_name_that_nobody_bears_is_pointed_at(text: str) -> None:
    with pytest.raises(UsageError):
        parse_audit(text, NOW, UTC_ZONE, "U0ME", called=CALLED)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("audit", ()),
        ("audit by", ()),
        ("audit by mia", ("mia",)),
        ("audit by @mia take", ("mia", "mia take")),
        ('audit by "Noah Novak"', ("noah novak",)),
        ("audit by noah novak since yesterday", ("noah", "noah novak", "noah novak since", "novak", "novak since")),
        ("take since yesterday", ()),
        ("by " * 4_000, ()),
    ],
)
def test_what_may_be_a_name_follows_by(text: str, names: tuple[str, ...]) -> None:
    assert typed_people(text, NOW, UTC_ZONE)[: len(names) or None] == names
