"""Which entry of an error book fits, and what a team's file must look like (bot/errorbook/book.py, entries.py)."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.acronis.kinds import Classifier
from bot.acronis.reading import activity_reader, task_reader
from bot.errorbook.book import Book, load, shipped
from bot.errorbook.entries import read, slowness
from bot.errorbook.explain import explain
from bot.errorbook.literals import literals
from bot.errors import SettingsError
from bot.model import Cause, Fault
from tests.builders import raw_activity, raw_task

DOCUMENT = (Path(__file__).parents[2] / "bot/settings/README.md").read_text()
DISK = Fault(domain="environment", code="DiskError", cause="The disk is odd.", ser_code="0x1+0x2+0x3")


def book(folder: Path, *entries: str) -> Book:
    """A book of these entries alone: `key: fields`, the sentence made of the key."""
    faults: list[str] = []
    file = folder / "own.toml"
    file.write_text("\n".join(_entry(*entry.split(": ", 1)) for entry in entries), encoding="utf-8")
    made = Book(read(file, faults))
    assert faults == []
    return made


def _entry(key: str, fields: str) -> str:
    return f"[[error]]\nkey = '{key}'\nsentence = 'It is {key}.'\n" + fields.replace("; ", "\n")


def team(folder: Path, text: str) -> Path:
    file = folder / "team.toml"
    file.write_text(text, encoding="utf-8")
    return file


SPECIFIC = (
    "ser: ser_code = '0x2+0x3'",
    "code-and-text: code = 'DiskError'; text = 'odd'",
    "code-and-domain: code = ['Other', 'diskerror']; domain = 'Environment'",
    "code: code = 'DiskError'",
    "text-and-domain: text = 'odd'; domain = 'environment'",
    "text: text = 'the disk'",
    "domain: domain = 'environment'",
)


@pytest.mark.parametrize("kept", range(len(SPECIFIC)))
def test_the_most_specific_entry_wins_whatever_the_order_of_the_file(kept: int, tmp_path: Path) -> None:
    wins = SPECIFIC[kept].partition(":")[0]
    assert book(tmp_path, *reversed(SPECIFIC[kept:])).explain(DISK).entry == wins


@pytest.mark.parametrize(
    ("ser_code", "fits"),
    [("0x3", True), ("0x2+0x3", True), ("0X2+0X3", True), ("0x2", False), ("x3", False), ("0x9+0x3", False)],
)
def test_a_service_code_fits_as_the_end_of_the_errors_link_by_link(ser_code: str, fits: bool, tmp_path: Path) -> None:
    assert bool(book(tmp_path, f"one: ser_code = '{ser_code}'").explain(DISK).entry) == fits


def test_everything_an_entry_is_known_by_must_fit(tmp_path: Path) -> None:
    made = book(tmp_path, "one: ser_code = '0x3'; code = 'Other'", "two: code = 'DiskError'; text = 'flat'")
    assert made.explain(DISK) == Cause("The disk is odd.", "DiskError", "0x1+0x2+0x3")


def test_among_equals_the_deeper_text_wins_then_the_longer_expression_then_the_order(tmp_path: Path) -> None:
    texts = Fault(cause="A snapshot failed.", leaf="The disk is full.", effect="No backup at all.")
    made = book(
        tmp_path, "effect: text = 'no backup at all'", "cause: text = 'a snapshot failed'", "leaf: text = 'full'"
    )
    assert made.explain(texts).entry == "leaf"
    assert book(tmp_path, "short: text = 'full'", "long: text = 'is full'").explain(texts).entry == "long"
    assert book(tmp_path, "one: text = 'disk'", "two: text = 'full'").explain(texts).entry == "one"


def test_a_text_is_searched_without_regard_to_case_and_blanks_and_the_code_is_the_last_of_them(tmp_path: Path) -> None:
    made = book(tmp_path, "full: text = 'DISK IS full'", "code: text = 'NoRoom'")
    assert made.explain(Fault(cause="the  disk\n is\u200b FULL")).entry == "full"
    assert made.explain(Fault(code="MemoNoRoomLeft")).entry == "code"


def test_the_wrapper_is_not_read_since_a_plans_name_stands_in_it(tmp_path: Path) -> None:
    made = book(tmp_path, "full: text = 'disk is full'")
    assert made.explain(Fault(effect="TOL: Failed to execute the command. Backup plan 'disk is full'")).entry == ""


def test_a_cause_is_found_by_its_sentence_without_its_codes() -> None:
    found = shipped().by_text("Backup storage is full.")
    assert found is not None
    assert (found.entry, found.code, found.ser_code) == ("backup-storage-full", "", "")
    assert found.step
    assert shipped().by_text("Nobody says this.") is None


@pytest.mark.parametrize("text", ["IO", "es war", "is", "disk is"])
def test_an_entry_is_found_by_a_word_of_any_length_wherever_it_stands(text: str, tmp_path: Path) -> None:
    made = book(tmp_path, f"ours: text = '{text}'", "other: text = 'zzz'")
    for cause in (text, f"{text} at its beginning", f"the end of it {text}", f"the middle {text} of it"):
        assert made.explain(Fault(cause=cause)).entry == "ours"
    assert made.explain(Fault(cause="Nobody knows why.")).entry == ""


# ── a team's own file ──


def test_a_teams_entry_goes_before_an_equal_one_and_after_a_more_specific_one(tmp_path: Path) -> None:
    own = team(tmp_path, "[[error]]\nkey = 'ours'\nsentence = 'Ours.'\ntext = 'not ready'")
    assert load(own).explain(Fault(cause="The device is not ready.")).entry == "ours"
    coded = Fault(cause="The device is not ready.", code="UnresolvedItems")
    assert load(own).explain(coded).entry == "items-partly-not-found"
    assert load(own).explain(Fault(cause="Access is denied")).entry == "access-denied"


def test_a_teams_entry_takes_the_place_of_the_shipped_one_with_its_key(tmp_path: Path) -> None:
    own = team(tmp_path, "[[error]]\nkey = 'disk-not-ready'\nsentence = 'Ask Jo.'\ncode = 'AskJo'")
    assert load(own).explain(Fault(cause="The device is not ready.")).entry == ""
    assert load(own).by_text("A disk, or the snapshot of it, was not ready.") is None


def test_every_fault_of_a_teams_file_is_told_at_once_with_its_key_and_what_to_do(tmp_path: Path) -> None:
    own = team(
        tmp_path,
        """
        [[error]]
        key = "Bad Key"
        sentnce = "Typed wrong."
        [[error]]
        key = "bad-text"
        sentence = "x"
        text = "(unclosed"
        [[error]]
        key = "slow-text"
        sentence = "x"
        text = "a.*b"
        [[error]]
        key = "twice"
        sentence = "x"
        code = 7
        platform = "yes"
        link = "javascript:alert(1)"
        [[error]]
        key = "twice"
        sentence = 5
        text = ""
        """,
    )
    with pytest.raises(SettingsError) as raised:
        load(own)
    told = "\n".join(raised.value.faults)
    for expected in (
        "team.toml: entry 'Bad Key': 'sentnce' is not a field. Write sentence.",
        "entry 'Bad Key': a key is needed, of small letters, digits and hyphens",
        "entry 'Bad Key': the sentence is missing.",
        "entry 'Bad Key': it is known by nothing. Give it a domain, code, ser_code or text.",
        "entry 'bad-text': text is no regular expression: missing ), unterminated subpattern",
        "entry 'slow-text': text has a repeat without end",
        "entry 'twice': code must be a word in quotes, or a list of them.",
        "entry 'twice': platform must be true or false.",
        "entry 'twice': link must begin with https://",
        "entry 'twice': the key is there twice. Give each entry its own.",
        "entry 'twice': sentence must be words in quotes.",
        "entry 'twice': text must be a regular expression in quotes.",
    ):
        assert expected in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[errors]]\nkey = 'x'", "'errors' is not known. Begin each entry with [[error]]."),
        ("[error]\nkey = 'x'", "begin each entry with [[error]], in two pairs of brackets."),
        ("key = ", "team.toml cannot be read: Invalid value (at end of document)."),
        ("[[error]]\nsentence = 'x'\ncode = 'x'", "team.toml: entry 1: a key is needed"),
        (f"[[error]]\nkey = 'x'\nsentence = '{'x' * 301}'\ncode = 'x'", "sentence is longer than 300 characters."),
        ("[[error]]\nkey = 'x'\nsentence = 'x'\ntext = 'a|'", "text fits everything. Leave out what may be empty."),
        ("[[error]]\nkey = 'x'\nsentence = 'x'\ncode = 'x'\nqqq = 1", "'qqq' is not a field. Take it out."),
    ],
)
def test_a_file_of_another_shape_is_refused_in_words(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        load(team(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml is not there\. Name the file of your error book"):
        load(tmp_path / "gone.toml")


def test_the_documented_example_is_a_file_that_loads_and_explains(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(\[\[error\]\]\n.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    told = load(team(tmp_path, example[1])).explain(Fault(cause="The network path was not found: NAS-Office-2"))
    assert told.entry == "office-nas-asleep"
    assert told.step


# ── expressions ──


@pytest.mark.parametrize(
    "expression",
    ["a*", "a+", "a{3,}", ".*", r"\d+", "(a|b){2}", "a{0,101}", "a{1,9}b{1,9}c{1,9}", "(a{1,9}|b)c{1,9}(d|e{1,9})"],
)
def test_an_expression_that_may_take_long_is_refused(expression: str) -> None:
    assert "take too long" in slowness(expression)


@pytest.mark.parametrize("expression", [r"a\+b\*", "[*+{,}]", "a{1,9}b{1,9}|c{1,9}d{1,9}", "(?:a|b)?c", "a.{0,100}b"])
def test_an_expression_with_ends_is_taken(expression: str) -> None:
    assert slowness(expression) == ""


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("disk is full", {"disk is full"}),
        ("Disk.{0,40}FULL|no room", {"disk", "no room"}),
        ("(?:disk|drive) full", {" full"}),
        ("(?:snapshot|checkpoint).{0,9}on", {"snapshot", "checkpoint"}),
        (r"0x1\.2\b", {"0x1.2"}),
        ("colou?r", {"colo"}),
        ("failed(?! again) twice", {"failed"}),
        ("(?:very )?full", {"full"}),
        ("licen[cs]e", {"licen"}),
        (r"\d\d|full", set()),
        (".", set()),
    ],
)
def test_the_words_that_an_expression_needs(expression: str, words: set[str]) -> None:
    assert literals(expression) == words


parts = st.recursive(
    st.sampled_from(["a", "b", "ab", "a?", "b{0,2}", "[ab]", ".", r"\.", r"\b"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda several: f"(?:{'|'.join(several)})")
        | inner.map(lambda one: f"(?:{one})?")
        | inner.map(lambda one: f"(?!{one})")
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(parts, st.text("abAB. ", max_size=8))
def test_whatever_an_expression_fits_holds_one_of_its_words(expression: str, text: str) -> None:
    words = literals(expression)
    if words and re.search(expression, text, re.IGNORECASE):
        assert any(word in text.casefold() for word in words)


# ── where records are read ──


def test_a_record_that_is_read_with_a_book_comes_explained_warnings_too() -> None:
    errors = {"code": "error", "error": {"context": {"cause_str": "The device is not ready."}}}
    warned = {"code": "warning", "warnings": [{"domain": "Common", "code": "UnresolvedItems"}]}
    task_page = f'{{"items": [{json.dumps(raw_task(result=errors))}, {json.dumps(raw_task(result=warned))}]}}'.encode()
    failed, warning = task_reader("main", Classifier(), shipped()).page(task_page).items
    assert failed.result is not None
    assert warning.result is not None
    assert explain(failed.result.error).entry == "disk-not-ready"
    assert explain(warning.result.warnings[0]).entry == "items-partly-not-found"
    page = f'{{"items": [{json.dumps(raw_activity(result=errors))}]}}'.encode()
    (step,) = activity_reader("main", Classifier(), shipped()).page(page).items
    assert step.result is not None
    assert explain(step.result.error).entry == "disk-not-ready"
    (unread, _) = task_reader("main", Classifier()).page(task_page).items
    assert unread.result is not None
    assert unread.result.error is not None
    assert unread.result.error.explained is None


def test_the_words_of_causes_are_those_that_say_something() -> None:
    words = shipped().words
    assert {"storage", "password", "network", "vss", "dns"} <= words
    assert words.isdisjoint(("that", "does", "the", "acronis", "sql"))
    assert words == frozenset(word.casefold() for word in words)
