"""Acts in other people's order of words: each is the right act, or stays what it was."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import before_end, parse_act
from bot.language.act_phrases import in_order

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)  # a Thursday, 22:30 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = ("SRV-SQL01", "Files of dr.kim")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((each, "take") for each in ("i got it", "Got it.", "I’m on it", "on it", "it's mine", "that's mine")),
        *((each, "take 14") for each in ("14 is mine", "i got 14", "i'm on 14", "mine 14", "give me 14", "14 mine!")),
        *((each, "take 14 for @noah") for each in ("give 14 to @noah", "hand 14 over to @noah", "@noah takes 14")),
        *((each, "take 14 for @noah") for each in ("hand over 14 to @noah", "pass 14 on to @noah", "14 for @noah")),
        ("assign 14 to me", "take 14 for me"),
        ("reassign Files of dr.kim to @noah", "take Files of dr.kim for @noah"),
        *((each, "release 14") for each in ("let go of 14", "give 14 back", "unassign 14", "14 isn't mine")),
        *(
            (each, "snooze 14")
            for each in ("shut up 14", "hush 14", "ignore 14", "stop paging me about 14", "quiet 14")
        ),
        ("14 snooze 2h", "snooze 14 2h"),
        ("remind me about 14 in 2h", "snooze 14 in 2h"),
        *((each, "wake 14") for each in ("wake up 14", "stop snoozing 14", "cancel the snooze of 14")),
        *((each, "resolve 14") for each in ("14 is fixed", "fixed 14", "14 done", "mark 14 as done", "done 14")),
        ("fixed 14: disk replaced", "resolve 14 : disk replaced"),
        ("SRV-SQL01 is fixed", "resolve SRV-SQL01"),
        *((each, "undo 14") for each in ("reopen 14", "open 14 again", "undo the resolve of 14", "unresolve 14")),
        *((each, "note 14: disk") for each in ("add a note to 14: disk", "comment on 14: disk")),
        *((each, "why 14") for each in ("who has 14?", "who's on 14?", "whose is 14", "is anyone on 14?")),
        ("who has SRV-SQL01", 'alerts for "SRV-SQL01"'),
        ("what did i take", "mine"),
        *((each, "handover") for each in ("shift report", "hand over", "end of shift", "handoff")),
        ("notes of SRV-SQL01", "history SRV-SQL01"),
    ],
)
def test_an_act_in_other_words_is_said_with_its_verb_first(text: str, said: str) -> None:
    assert in_order(text) == said
    assert in_order(said) == said


@pytest.mark.parametrize(
    "text",
    [
        *("done", "done today", "mine", "is everything fixed?", "what is fixed", "give me failed backups", "quiet"),
        *("start", "started on 14 june", "failed on 14", "open", "open critical", "note 14 give 15 to @noah"),
        *(
            "resolve 14 because it is fixed",
            "not 14",
            "note 14 disk is fixed",
            "run today",
            "backups for tenant Acme",
            "everything is fixed",
        ),
        *("close 14 - the disk is mine", "snooze 14 until it is fixed", "take 14 for @noah", "undo 14", "wake 14"),
    ],
)
def test_what_is_no_such_phrase_stays_as_it_is(text: str) -> None:
    assert in_order(text) == text


@pytest.mark.parametrize(
    ("text", "end"),
    [
        *((each, "Fri 08:00") for each in ("tonight", "for tonight", "all night", "overnight", "until i'm up")),
        *((each, "Mon 08:00") for each in ("for the weekend", "over the weekend", "till after the weekend")),
    ],
)
def test_a_night_ends_at_eight_and_a_weekend_on_monday(text: str, end: str) -> None:
    found = parse_act(f"snooze 14 {text}", NOW, BERLIN).ending
    assert found is not None
    assert found.until is not None
    assert f"{found.until.astimezone(BERLIN):%a %H:%M}" == end


@pytest.mark.parametrize("text", ["snooze 14 for a while", "shut up 14 until whenever", "mute 14 a bit"])
def test_an_end_that_cannot_be_read_leaves_the_command_before_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_act(text, NOW, BERLIN, NAMES)
    left = parse_act(before_end(caught.value), NOW, BERLIN, NAMES)
    assert (left.number, left.ending) == (14, None)


@pytest.mark.parametrize(
    ("text", "thread", "number", "name", "said"),
    [
        ("note on SRV-SQL01: ordered", None, 0, "SRV-SQL01", "ordered"),
        ("note on 14: ordered", None, 14, "", "ordered"),
        ("note for files of dr.kim ordered", None, 0, "files of dr.kim", "ordered"),
        ("note on monday the disk comes", (14,), 0, "", "on monday the disk comes"),
    ],
)
def test_a_note_may_be_on_an_alert(
    text: str, thread: tuple[int, ...] | None, number: int, name: str, said: str
) -> None:
    words = parse_act(text, NOW, BERLIN, NAMES, thread)
    assert (words.number, words.name, words.text) == (number, name, said)


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(in_order(text), str)
