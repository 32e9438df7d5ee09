"""What is not understood: which word is marked, what is said, and that the example works."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UsageError
from bot.language import TERMS, Term, look_up, parse
from bot.language.table import FILLERS, REFUSED
from bot.model import NameField, Takes, Verb

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 6, 1, 30, 22, tzinfo=UTC)
VERBS = (
    Verb("overview", ""),
    Verb("help", "", Takes.WORD, examples=("/tasks help since",)),
    Verb("show", "", Takes.ID, optional=False, examples=("/tasks show 12",)),
    Verb("activities", "", Takes.ID_OR_FILTERS),
    Verb(
        "history", "", Takes.NAME_AND_FILTERS, optional=False, examples=("/tasks history x",), names=NameField.MACHINE
    ),
    Verb("protected?", "", Takes.NAME_AND_FILTERS, names=NameField.TENANT),
)
DAYS = ("today", "yesterday")


def fault(text: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        parse(text, NOW, BERLIN, VERBS)
    return raised.value


def marked(error: UsageError) -> str:
    return error.text[error.offset : error.offset + error.length]


FAULTS = [
    ("runing", "runing", "Did you mean “running”?"),
    ("Failed Gogle\u00a0today", "Gogle", "Did you mean “google”?"),
    ("failed since yesterdya", "yesterdya", "is no time that I can read"),
    ("actvities", "actvities", "Did you mean “activities”?"),
    ("mondya", "mondya", "Did you mean “monday”?"),
    ("xyzzy failed", "xyzzy", "I do not know the word “xyzzy”."),
    ("failed help", "help", "only as the first word"),
    ("running completed", "completed", "“running” is now and “completed” is over"),
    ("google mailbox", "mailbox", "“mailbox” is no part of “google”"),
    ("o365 m365 gmail", "gmail", "“gmail” is no part of “m365”"),
    ("o365 failed machines", "machines", "“o365” is no part of “machines”"),
    ("failed running", "running", "“running” is now and “failed” is over"),
    ("queued since 18:00", "since 18:00", "has not started"),
    ("since yesterday before monday", "before monday", "Nothing lies since Fri 5 Jun 2026 and before Mon 1 Jun 2026"),
    ("since monday since tuesday", "since tuesday", "Two times are named"),
    ("today yesterday", "yesterday", "Two times are named"),
    ("since 2026-06-07", "since 2026-06-07", "lies ahead"),
    ("since", "since", "needs a time after it"),
    ("failed since 06/07/22", "06/07/22", "7 June 2022 (2022-06-07) or 6 July 2022 (2022-07-06)"),
    ("06.07", "06.07", "two ways"),
    ("since 31 feb", "31 feb", "no day of the calendar"),
    ("since 2022-13-40", "2022-13-40", "no day of the calendar"),
    ("since 40/40/22", "40/40/22", "no day of the calendar"),
    ("since 0001-01-01", "0001-01-01", "no day of the calendar"),
    ("since 25:00", "25:00", "no time of the day"),
    ("since 13pm", "13pm", "no time of the day"),
    ("since tue 1 june", "tue 1 june", "2026-06-01 is a Monday"),
    ("since 2022-06-01T10:00+24:00", "2022-06-01T10:00+24:00", "has an offset that no clock has"),
    ("18:00", "18:00", "one moment"),
    ("failed 2 hours ago", "2 hours ago", "one moment"),
    ("last 0h", "0h", "more than nothing"),
    ("last 999999 months", "999999 months", "at most ten years"),
    ("failed or google", "or", "stands only between names, or between words of one sort"),
    ("failed or since monday", "or", "stands only between names"),
    ("tenant", "tenant", "needs a name after it"),
    ("tenant failed", "tenant", "“failed” has a meaning of its own: put it in quotes"),
    ("not tenant google", "tenant", "“google” has a meaning of its own"),
    ('failed tenant "Acme', '"', "is opened here and not closed"),
    ("tenant “Acme Corp failed", "“", "is opened here and not closed"),
    ("tenant ''", "tenant", "needs a name after it"),
    ('tenant "*"', '"*"', "That fits every name"),
    ("tenant " + "x" * 257, "x" * 257, "at most 256 characters"),
    ("tenant Acme not tenant ACME", "not tenant ACME", "“ACME” is asked for and left out at once"),
    ("tenant Acme 06/07/22", "06/07/22", "two ways"),
    ("failed acme", "acme", "If it is a name, put it in quotes"),
    ("since “monday”", "“monday”", "is no time that I can read"),
    ("failed on SRV-SQL01", "SRV-SQL01", "If it is a name, say of what"),
    ("since contoso", "contoso", "“contoso” is no time that I can read. If"),
    ("failed 1683887115599998977", "1683887115599998977", "is a number alone"),
    ("since yesterdya", "yesterdya", "Did you mean “yesterday”?"),
    ("not", "not", "needs what to leave out"),
    ("not not failed", "not", "I do not know what to leave out by “not”"),
    ("not gogle", "gogle", "Did you mean “google”?"),
    ("failed not since monday", "not since monday", "“since monday” cannot be left out"),
    ("not longer than 2h", "not longer than 2h", "cannot be left out"),
    ("not all", "not all", "cannot be left out"),
    ("failed not failed", "not failed", "leaves nothing"),
    ("not failed failed", "not failed", "leaves nothing"),
    ("google -google", "-google", "leaves nothing"),
    ("mailbox not o365", "not o365", "leaves nothing"),
    ("completed not completed", "not completed", "leaves nothing"),
    ("restores not restores", "not restores", "leaves nothing"),
    ("longer than 2h shorter than 1h", "shorter than 1h", "Nothing is longer than 2h and shorter than 1h"),
    ("longer than 2h over 3h", "over 3h", "Two lengths"),
    ("longer than", "longer than", "needs a length such as 2h after it"),
    ("over the hills", "hills", "is no time that I can read"),
    ("queued longer than 2h", "longer than 2h", "no length is known of it"),
    ("sort", "sort", "needs time, started, ended, duration, name or tenant"),
    ("sort color", "color", "not “color”"),
    ("oldest newest", "newest", "Two orders"),
    ("sort name longest", "longest", "Two orders"),
    ("sort duration oldest", "oldest", "is an order by time"),
    ("first 5 top 3", "top 3", "Two orders or numbers"),
    ("first", "first", "needs a number"),
    ("first 0", "0", "from 1 to 10,000"),
    ("top 10001", "10001", "from 1 to 10,000"),
    ("first 5 days", "first 5 days", "a number or as a time"),
    ("last 5", "last 5", "Say “first 5”, or name hours or days"),
    ("between monday", "between monday", "needs two times"),
    ("between monday wednesday", "between monday", "needs two times"),
    ("between", "between", "needs two times after it"),
    ("between today and 1 june", "between today and 1 june", "Nothing lies since"),
    ("since tomorrow", "since tomorrow", "Sun 7 Jun 2026 lies ahead"),
    ("tomorrow", "tomorrow", "lies ahead"),
    ("started changed today", "changed", "only one of"),
    ("history", "history", "needs a name"),
    ("history failed", "history", "“failed” has a meaning of its own"),
    ("history tenant", "tenant", "needs a name after it"),
    ("protected Acme failed xyzzy", "xyzzy", "I do not know the word"),
    ("show", "show", "needs an id"),
    ("show SRV-SQL01", "SRV-SQL01", "is no task's id"),
    ("show ../../idp/token", "../../idp/token", "is no task's id"),
    ("show 1 2", "2", "takes one id"),
    ("overview failed google", "failed google", "takes nothing after it"),
    ("activities 12 failed", "12", "I do not know the word “12”."),
]


@pytest.mark.parametrize(("text", "word", "told"), FAULTS, ids=[text for text, _, _ in FAULTS])
def test_the_word_that_is_not_understood_is_marked_and_explained(text: str, word: str, told: str) -> None:
    error = fault(text)
    assert marked(error) == word
    assert told in error.told
    assert error.text == text


@pytest.mark.parametrize("text", [text for text, _, _ in FAULTS])
def test_the_example_of_an_error_works(text: str) -> None:
    example = fault(text).example
    assert example.startswith("/tasks")
    parse(example.removeprefix("/tasks"), NOW, BERLIN, VERBS)


def test_a_command_of_3000_characters_is_read_and_a_longer_one_is_refused() -> None:
    assert parse("failed ".ljust(3_000), NOW, BERLIN, VERBS).query
    assert "3,001 characters" in fault("failed ".ljust(3_001)).told


def test_a_question_has_at_most_50_names() -> None:
    assert parse("tenant " + ",".join(f"t{n}" for n in range(50)), NOW, BERLIN, VERBS).query
    assert "may have 50 names" in fault("tenant " + ",".join(f"t{n}" for n in range(51))).told


def test_a_text_that_is_too_long_is_not_repeated() -> None:
    assert fault("x" * 3_001).text == ""


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("faild yesterday", "/tasks failed yesterday"),
        ("Failed, gogle since Monday", "/tasks Failed, google since Monday"),
        ("activities faild today", "/tasks activities failed today"),
        ('faild tenant "Acme Corp", Beta', '/tasks failed tenant "Acme Corp", Beta'),
        ("failed acme yesterday", "/tasks failed “acme” yesterday"),
        ("tenant google", "/tasks tenant “google”"),
        ("failed #1683887115599998977", "/tasks show 1683887115599998977"),
        ("history failed", "/tasks history “failed”"),
        ("faild gogle", "/tasks failed google"),
        ("faild running", "/tasks failed"),
        ("actvities failed", "/tasks activities failed"),
        ("faild " + "failed " * 60, "/tasks failed"),
    ],
)
def test_the_word_that_was_meant_is_offered_with_the_others_where_that_works(text: str, example: str) -> None:
    assert fault(text).example == example


def test_a_long_unknown_word_is_cut_where_it_is_repeated() -> None:
    assert len(fault("x" * 3_000).told) < 120


def test_every_word_of_the_table_is_understood_by_itself_or_with_its_example() -> None:
    """What a row needs after its word is taken from its example; or nothing is needed."""
    for term in TERMS:
        example = term.example.removeprefix("/tasks ")
        parse(example, NOW, BERLIN, VERBS)
        shown = max((word for word in term.words if word in example), key=len)
        for word in term.words:
            if term.reads or term.names or term.leaves_out:
                parse(example.replace(shown, word, 1) if word not in DAYS else word, NOW, BERLIN, VERBS)
            else:
                parse(word, NOW, BERLIN, VERBS)


@pytest.mark.parametrize("word", REFUSED)
def test_every_refused_word_is_refused_with_its_reason(word: str) -> None:
    for text in (word, f"failed {word}", f"{word} failed"):
        assert REFUSED[word] in fault(text).told


def test_no_refused_word_and_no_filler_is_a_term() -> None:
    words = {word for term in TERMS for word in term.words}
    assert not words & (set(REFUSED) | FILLERS)


def test_every_term_is_shown_in_its_own_example() -> None:
    for term in TERMS:
        assert any(word in term.example for word in term.words), term.name


def test_no_word_belongs_to_two_terms() -> None:
    words = [word for term in TERMS for word in term.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(("word", "name"), [("failed", "failed"), ("Errors", "failed"), ("in progress", "running")])
def test_a_term_is_looked_up_by_any_of_its_words(word: str, name: str) -> None:
    found = look_up(word, VERBS)
    assert isinstance(found, Term)
    assert found.name == name


def test_a_verb_is_looked_up_by_its_name() -> None:
    assert look_up("show", VERBS) is VERBS[2]


@pytest.mark.parametrize("words", ["show something", "to show", "show running tasks", "how to show one " + "x " * 900])
def test_of_many_words_the_first_that_is_known_is_looked_up(words: str) -> None:
    assert look_up(words, VERBS) is VERBS[2]


@pytest.mark.parametrize(("word", "near"), [("sinse", "“since”"), ("shoow", "“show”")])
def test_an_unknown_word_is_looked_up_as_the_nearest(word: str, near: str) -> None:
    with pytest.raises(UsageError, match=near) as raised:
        look_up(word, VERBS)
    assert parse(raised.value.example.removeprefix("/tasks"), NOW, BERLIN, VERBS).verb == "help"


def test_a_slip_in_the_first_of_many_words_is_told_and_no_other_word_is_looked_up() -> None:
    with pytest.raises(UsageError, match="“show”"):
        look_up("shoow running tasks", VERBS)


def test_a_word_that_is_like_no_other_is_looked_up_in_vain() -> None:
    with pytest.raises(UsageError, match="There is no word “qqqqqq”"):
        look_up("qqqqqq", VERBS)
