"""The shipped error book: its entries, and how many errors it knows (bot/errorbook/errors.toml)."""

import re
import tomllib
from typing import Any

import pytest

from bot.errorbook.book import SHIPPED, shipped
from bot.errorbook.entries import FIELDS, slowness
from bot.errorbook.explain import clean
from bot.errorbook.literals import literals
from bot.model import Fault
from tests.known_errors import chains, plain_texts, read, samples, texts

ENTRIES: list[dict[str, Any]] = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["error"]
NAMED = [pytest.param(entry, id=entry["key"]) for entry in ENTRIES]
WITH_TEXT = [pytest.param(entry, id=entry["key"]) for entry in ENTRIES if "text" in entry]
FAULTS = [*(fault for _, fault in samples()), *(fault for _, _, fault in chains())]
TEXTS = sorted(texts())
LEAST = 0.8
LONGEST = 140


def test_there_are_entries_enough() -> None:
    assert len(ENTRIES) >= 75


@pytest.mark.parametrize("entry", NAMED)
def test_each_entry_explains_its_own_example_and_no_other_does(entry: dict[str, Any]) -> None:
    error = read(entry["example"])
    told = shipped().explain(error)
    assert told.entry == entry["key"]
    assert (told.text, told.step, told.link) == (entry["sentence"], entry.get("step", ""), entry.get("link", ""))
    assert told.is_platform == entry.get("platform", False)
    assert (told.code, told.ser_code) == (error.code, error.ser_code)


@pytest.mark.parametrize("entry", NAMED)
def test_a_sentence_and_a_step_are_one_short_sentence_each_that_may_be_shown_anywhere(entry: dict[str, Any]) -> None:
    for said in (entry["sentence"], entry["step"]):
        assert len(said) <= LONGEST
        assert re.fullmatch(r"(?:[A-Z]|macOS )[^.!?]*\.", said), said
        assert clean(said) == said
        assert not re.search(r"https?:|www\.|[\\]|\b\d+\.\d+|\w/\w", said)
        assert "!" not in said


@pytest.mark.parametrize("entry", NAMED)
def test_an_entry_is_written_in_the_order_of_its_fields(entry: dict[str, Any]) -> None:
    said = [name for name in entry if name in ("key", "sentence", "step", "link", "platform", "example")]
    assert said == sorted(said, key=("key", "sentence", "step", "link", "platform", "example").index)
    assert set(entry) <= set(FIELDS)
    assert entry.get("link", "https://").startswith("https://")


@pytest.mark.parametrize("entry", NAMED)
def test_a_step_does_no_harm_when_somebody_half_asleep_follows_it(entry: dict[str, Any]) -> None:
    """No backup is deleted, nothing overwritten or let loose, and a machine restarts when that disturbs nobody."""
    step = entry["step"]
    assert not re.search(r"\bdelete old backups|\boverwrite|\brelease\b|\bdelete .*shadow copies", step, re.IGNORECASE)
    assert not re.search(r"\brestart (?:it|the machine|its service)\b", step, re.IGNORECASE) or re.search(
        "in a quiet hour|disturbs nobody", step
    )


def test_no_two_entries_say_the_same() -> None:
    sentences = [entry["sentence"] for entry in ENTRIES]
    assert len(set(sentences)) == len(sentences)


def test_a_full_quota_is_the_customers_and_no_failure_of_the_platform() -> None:
    for entry in ENTRIES:
        assert not (
            entry.get("platform") and re.search(r"quota|licen[cs]e|customer's (?:line|disk)", entry["sentence"])
        )
    assert sum(bool(entry.get("platform")) for entry in ENTRIES) >= 5


# ── coverage ──


def test_most_errors_of_the_samples_get_a_specific_cause() -> None:
    fit = [bool(shipped().explain(fault).entry) for _, fault in samples()]
    assert len(fit) >= 8
    assert sum(fit) >= LEAST * len(fit)


def test_most_of_a_hundred_realistic_chains_get_a_specific_cause() -> None:
    fit = [bool(shipped().explain(fault).entry) for _, _, fault in chains()]
    assert len(fit) == 100
    assert LEAST * len(fit) <= sum(fit) <= len(fit) - 15


@pytest.mark.parametrize(("entry", "fault"), [pytest.param(entry, fault, id=name) for name, entry, fault in chains()])
def test_a_chain_gets_the_entry_that_a_person_would_give_it(entry: str, fault: Fault) -> None:
    assert shipped().explain(fault).entry == entry


def test_most_texts_of_a_second_reader_get_a_specific_cause() -> None:
    known = [bool(entry) for _, entry in plain_texts()]
    assert len(known) >= 150
    assert LEAST * len(known) <= sum(known) < len(known)


@pytest.mark.parametrize(("text", "entry"), plain_texts())
def test_a_text_gets_the_entry_that_a_second_reader_would_give_it(text: str, entry: str) -> None:
    assert shipped().explain(Fault(cause=text, leaf=text)).entry == entry


# ── what no entry fits ──


def test_what_no_entry_fits_shows_its_own_words_without_noise_hosts_or_paths() -> None:
    for fault in FAULTS:
        told = shipped().explain(fault)
        if not told.entry:
            assert told.text == clean(told.text)
            assert not re.search(r"TOL:|Failed to execute the command\. |://|\\\\|[a-z]:\\", told.text)


def test_cleaning_leaves_no_wrapper_host_address_path_or_id_of_any_known_text() -> None:
    unfit = r"TOL: Failed|::\w|://|\\\\\w|\b[a-z]:[\\/]|\.(?:example|com|local|invalid)\b|\d+\.\d+\.\d+\.\d+|[0-9a-f]{8}-[0-9a-f]{4}-"
    assert len(TEXTS) > 150
    for text in TEXTS:
        assert not re.search(unfit, clean(text), re.IGNORECASE), (text, clean(text))


# ── hostile texts ──


@pytest.mark.parametrize("entry", WITH_TEXT)
def test_no_expression_takes_longer_on_a_hostile_text(entry: dict[str, Any]) -> None:
    assert slowness(entry["text"]) == ""


@pytest.mark.parametrize("entry", WITH_TEXT)
def test_a_text_that_is_passed_over_unread_would_not_have_fitted(entry: dict[str, Any]) -> None:
    pattern, words = re.compile(entry["text"], re.IGNORECASE), literals(entry["text"])
    assert words
    fitting = [text for text in TEXTS if pattern.search(text)]
    assert all(any(word in text.casefold() for word in words) for text in fitting)


@pytest.mark.parametrize(
    "piece", ["a", " ", "quota ", "archive was ", "site teams channel ", "{", "\n", "0x8004231", "'"]
)
def test_a_long_hostile_text_is_read_to_its_first_thousand_characters(piece: str) -> None:
    long = (piece * 200_000)[:200_000]
    told = shipped().explain(Fault(code=long, cause=long, leaf=long, message=long, effect=long, ser_code=long))
    assert len(told.text) <= 300
    buried = Fault(cause="x" * 1_001 + " The device is not ready.")
    assert shipped().explain(buried).entry == ""
