"""Short words to one person, and help."""

import textwrap
from typing import Any

import pytest

from bot.blocks import limits, notes
from bot.blocks.help import SCREEN, WIDE
from bot.errors import UsageError
from bot.language import terms
from bot.model import Message
from handlers import load

VERBS = tuple(handler.verb for handler in load().verbs.values())


def shown_lines(message: Message) -> list[str]:
    """The lines as a phone breaks them."""
    texts = [
        "".join(piece["text"] for piece in part["elements"]) for block in message.blocks for part in block["elements"]
    ]
    return [line for text in texts for hard in text.split("\n") for line in textwrap.wrap(hard, WIDE)]


def strong(message: Message) -> list[str]:
    pieces = [piece for block in message.blocks for part in block["elements"] for piece in part["elements"]]
    return [piece["text"] for piece in pieces if piece.get("style", {}).get("bold")]


def test_the_word_in_question_is_marked_and_a_phrase_that_works_is_offered() -> None:
    error = UsageError("I do not know “runing”.", text="failed runing today", offset=7, length=6, example="running")
    shown = notes.usage(error)
    assert shown.text.splitlines() == [
        "I do not know “runing”.",
        "You typed: failed »runing« today",
        "Try /tasks running",
    ]
    assert strong(shown) == ["runing"]


def test_a_missing_word_is_marked_by_its_place() -> None:
    shown = notes.usage(UsageError("A day is missing.", text="failed since", offset=12, example="/tasks since monday"))
    assert "You typed: failed since » «" in shown.text
    assert "Try /tasks since monday" in shown.text


@pytest.mark.parametrize("place", [{"offset": -5, "length": 900}, {"offset": 900, "length": -1}, {}])
def test_a_place_outside_the_text_does_no_harm(place: dict[str, Any]) -> None:
    assert limits.check(notes.usage(UsageError("No.", text="x" * 3_000, **place))) == []


def test_a_note_without_words_still_says_something() -> None:
    assert notes.refusal("").text == "This did not work."
    assert notes.usage(UsageError("", text="")).text == "This did not work."


def test_a_failure_gives_a_reference_that_is_in_the_log() -> None:
    shown = notes.failure("Acronis is silent. Ask again.", "a1b2")
    assert shown.text == "Acronis is silent. Ask again.\nReference a1b2, also in the bot's log"


def test_help_fits_a_phones_screen() -> None:
    page = notes.help_page(VERBS, terms())
    assert len(shown_lines(page)) <= SCREEN
    assert limits.check(page) == []


def test_help_names_every_term_and_an_example_of_every_verb() -> None:
    page = notes.help_page(VERBS, terms())
    assert all(term.words[0] in page.text for term in terms())
    assert all(any(example in page.text for example in verb.examples) for verb in VERBS)


def test_help_explains_a_term_by_any_of_its_words_and_a_verb() -> None:
    failed = notes.help_page(VERBS, terms(), " Failures? ").text
    assert failed.startswith("failed, explained\n")
    assert "ended in an error" in failed
    assert "/tasks show" in notes.help_page(VERBS, terms(), "show").text


def test_help_on_an_unknown_word_offers_the_nearest_and_the_page() -> None:
    page = notes.help_page(VERBS, terms(), "runing")
    assert "I do not know the word runing. Did you mean /tasks help running?" in page.text
    assert "Examples" in page.text
    assert "Did you mean" not in notes.help_page(VERBS, terms(), "§§§§§").text
