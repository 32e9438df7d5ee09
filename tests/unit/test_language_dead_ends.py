"""What tired people type that is no question: each leads to an act, or to a sentence that says what to type."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from bot.errors import UsageError
from bot.language import parse, parse_act
from bot.language.dead_ends import other_words
from bot.model import Invocation, TriageState

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
VERBS = [each.verb for each in handlers.load().verbs.values()]
ACTS = ("take", "release", "snooze", "wake", "resolve", "note", "run", "undo")


def understood(text: str) -> Invocation:
    return parse(text, NOW, BERLIN, VERBS)


def refused(text: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        understood(text)
    return raised.value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((each, "note 14 disk ordered") for each in ("14: disk ordered", "#14: disk ordered", "14:disk ordered")),
        *(
            (each, "note 14 disk ordered")
            for each in ("14 - disk ordered", "alert 14: disk ordered", "14– disk ordered")
        ),
        ("14: disk <ordered>,\ncomes Friday", "note 14 disk <ordered>,\ncomes Friday"),
        *((each, "resolve") for each in ("fixed", "Fixed!", "all fixed", "mended", "solved", "fix", "repaired.")),
        *((each, "resolve 14") for each in ("14 ok", "14 is green", "14 works again", "14 is over")),
        *((each, "snooze") for each in ("quiet", "later", "not now", "remind me", "too loud", "please go away")),
        ("14 later", "snooze 14"),
        ("14 tomorrow", "snooze 14 tomorrow"),
        ("14 friday", "snooze 14 until friday"),
        *((each, "take 14") for each in ("looking at 14", "i'm looking into 14", "checking 14", "investigating #14")),
        *((each, "take") for each in ("looking", "I’ll look", "on my way", "working on it")),
        *((each, "note") for each in ("comment", "add note", "write a note", "leave a note")),
        ("14 again", "run 14"),
        *((each, "release 14") for each in ("not me 14", "give up on 14")),
    ],
)
def test_what_means_an_act_is_that_act(text: str, said: str) -> None:
    assert (understood(text).text, understood(text).verb) == (said, said.split(maxsplit=1)[0])
    assert parse_act(understood(text).text, NOW, BERLIN).act == said.split(maxsplit=1)[0]


@pytest.mark.parametrize("text", ["is fixed", "fixed?", "was ﬁxed?"])
def test_whether_all_is_fixed_the_open_alerts_say(text: str) -> None:
    assert understood(text).verb == "alerts"


@pytest.mark.parametrize(
    "text",
    [
        "status of 14",
        "link 14",
        "anyone on 14",
        "nobody has 14",
        "where is #14?",
    ],
)
def test_an_alerts_number_beside_such_words_asks_how_it_stands(text: str) -> None:
    assert (understood(text).verb, understood(text).argument) == ("why", "14")


@pytest.mark.parametrize(
    "text",
    ["14", "#14", "14?", "alert 14", "what is 14", "what about 14?", "details 14", "14 details", "tell me about 14"],
)
def test_an_alerts_number_alone_shows_the_alert(text: str) -> None:
    assert (understood(text).verb, understood(text).argument) == ("show", "14")


@pytest.mark.parametrize(
    "text",
    [
        "nobody has",
        "nobody has it",
        "Nobody took it",
        "no one has",
        "not taken",
        "unassigned",
        "who has nothing",
    ],
)
def test_what_nobody_has_may_have_a_note_or_be_snoozed(text: str) -> None:
    query = understood(text).query
    assert query is not None
    assert understood(text).verb == "alerts"
    assert query.left_out.triage == {TriageState.TAKEN}
    assert not query.triage


@pytest.mark.parametrize("text", ["up for grabs", "what's left", "what next", "anything left"])
def test_what_is_left_to_do_is_what_is_untouched(text: str) -> None:
    query = understood(text).query
    assert query is not None
    assert understood(text).verb == "alerts"
    assert query.triage == {TriageState.UNTOUCHED}


@pytest.mark.parametrize("text", ["who took", "who has", "is anyone on it?", "anyone"])
def test_who_has_something_is_what_is_taken(text: str) -> None:
    query = understood(text).query
    assert query is not None
    assert query.triage == {TriageState.TAKEN}


@pytest.mark.parametrize(
    ("text", "told", "example"),
    [
        *((each, "Nobody is called", "/tasks take 14 for @noah") for each in ("escalate 14", "escalate", "page noah")),
        ("page @mia about 31", "Nobody is called", "/tasks take 31 for @mia"),
        ("please call Mia about alert #31", "Nobody is called", "/tasks take 31 for @mia"),
        ("escalate SRV-SQL01 to the boss", "Nobody is called", "/tasks take SRV-SQL01 for @noah"),
        ("escalate 31 to @mia", "Nobody is called", "/tasks take 31 for @mia"),
        ("forward 31 to mia", "Nobody is called", "/tasks take 31 for @mia"),
        ("page on call", "Nobody is called", "/tasks take 14 for @noah"),
        ("who is on call?", "Nobody is called", "/tasks alerts taken"),
        ("on duty", "Nobody is called", "/tasks alerts taken"),
        *((each, "handed over", "/tasks take 31 for @noah") for each in ("assign 31", "give 31", "reassign #31")),
        *(
            (each, "handed over", "/tasks take 31 for @mia")
            for each in ("mia take 31", "let mia take 31", "Mia has 31")
        ),
        ("can someone take 31", "handed over", "/tasks take 31 for @noah"),
        ("handover to mia", "handed over", "/tasks take 14 for @mia"),
        ("mark 31 as urgent", "nobody sets it", "/tasks note 31 urgent: the boss waits for it"),
        ("bump 31", "nobody sets it", "/tasks note 31 urgent: the boss waits for it"),
        *(
            (each, "Notes stand with", "/tasks history SRV-SQL01")
            for each in ("notes", "my notes", "show notes", "notes 14")
        ),
        ("31 disk ordered", "Put a verb before it", "/tasks note 31 disk ordered"),
        ("31, disk ordered", "Put a verb before it", "/tasks note 31 disk ordered"),
        *((each, "nothing was done", "/tasks alerts") for each in ("thanks", "thank you", "nope")),
    ],
)
def test_what_cannot_be_done_says_what_to_type(text: str, told: str, example: str) -> None:
    error = refused(text)
    assert told in error.told
    assert error.example == example
    understood(example.removeprefix("/tasks "))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((each, "“5”") for each in ("5 failed", "5 backups")),
        ("call failed", "“call”"),
        ("14:00", "is one moment"),
        ("100000123 disk", "is a number alone"),
        ("failed on 14", "is no time"),
        ("tomorrow", "lies ahead"),
        ("critical foo", "“foo”"),
        ("2 hours ago", "is one moment"),
    ],
)
def test_what_is_a_question_keeps_its_own_error(text: str, told: str) -> None:
    assert told in refused(text).told


def test_without_acts_nothing_leads_to_them() -> None:
    few = [each for each in VERBS if each.name not in ACTS]
    for text in ("fixed", "14: disk"):
        with pytest.raises(UsageError, match="I do not know the word"):
            parse(text, NOW, BERLIN, few)


WORDS = st.sampled_from(
    (
        "14",
        "#14",
        "14:",
        "alert",
        "noah",
        "@noah",
        "escalate",
        "fixed",
        "notes",
        "nobody",
        "has",
        "-",
        "–",
        "please",
        "again",
        "thanks",
        "is",
        "mark",
        "to",
        "ok",
        "SRV-SQL01",
        "\n",
        "ﬁxed",
        "\u200b",
    )
)


@given(st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=40))
def test_whatever_is_typed_is_a_command_or_a_sentence_with_one(text: str) -> None:
    said = ""
    try:
        said = other_words(text, frozenset())
    except UsageError as error:
        said = error.example.removeprefix("/tasks ")
    if said:
        understood(said)
