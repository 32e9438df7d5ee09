"""Short words to one person, and help."""

import textwrap
from dataclasses import dataclass
from typing import Any

import pytest

from bot.blocks import notes
from bot.blocks.help import SCREEN, WIDE, help_page
from bot.errors import UsageError
from bot.language import TERMS
from bot.model import Message, Verb
from handlers import load
from tests.unit import block_limits

VERBS = tuple(handler.verb for handler in load().verbs.values())


def shown_lines(message: Message) -> list[str]:
    """The lines as a phone breaks them."""
    texts = [
        "".join(piece["text"] for piece in part["elements"])
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
    ]
    return [line for text in texts for hard in text.split("\n") for line in textwrap.wrap(hard, WIDE)]


def strong(message: Message) -> list[str]:
    drawn = [block for block in message.blocks if block["type"] == "rich_text"]
    pieces = [piece for block in drawn for part in block["elements"] for piece in part["elements"]]
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
    assert block_limits.check(notes.usage(UsageError("No.", text="x" * 3_000, **place))) == []


def test_a_note_without_words_still_says_something() -> None:
    assert notes.refusal("").text == "This did not work."
    assert notes.usage(UsageError("", text="")).text == "This did not work."


def test_a_failure_gives_a_reference_that_is_in_the_log() -> None:
    shown = notes.failure("Acronis is silent. Ask again.", "a1b2")
    assert shown.text == "Acronis is silent. Ask again.\nReference a1b2, also in the bot's log"


@pytest.mark.parametrize(
    "name",
    [
        "urn:acronis.com::policy_manager::admin",
        "urn:acronis.com:event_manager:cti.a.p.em.topic.v1.0~a.p.task.v1.0:subscriber",
        "ACRONIS_ACTING_CLIENT_SECRET_OF_THE_SECOND_ACCOUNT",
    ],
)
def test_the_name_of_what_is_missing_can_be_read_and_copied_whole(name: str) -> None:
    told = f"It lacks the scope {name}."
    for shown in (notes.refusal(told), notes.denied(told), notes.failure(told, "a1"), notes.failed_modal("Why", told)):
        assert name in str(shown.blocks)
    assert "…" not in notes.refusal(told).text


def test_help_fits_a_phones_screen() -> None:
    page = help_page(VERBS, TERMS)
    assert len(shown_lines(page)) <= SCREEN
    assert block_limits.check(page) == []


@dataclass(frozen=True)
class Row:
    """A row of a table that may be of any size."""

    words: tuple[str, ...]
    group: str
    meaning: str = "what it means"
    example: str = "/tasks failed"


@pytest.mark.parametrize("rows", [0, 1, 18, 45, 90, 400])
@pytest.mark.parametrize("groups", [1, 6, 10, 30])
@pytest.mark.parametrize("letters", [3, 60])
def test_help_fits_a_phones_screen_whatever_the_size_of_the_table(rows: int, groups: int, letters: int) -> None:
    table = [
        Row((f"{number}{'w' * letters}",), f"g{number % groups}", example=f"/tasks word{number} since monday")
        for number in range(rows)
    ]
    page = help_page(VERBS, table)
    assert len(shown_lines(page)) <= SCREEN
    assert block_limits.check(page) == []


def test_help_names_every_group_and_an_example_of_every_verb() -> None:
    page = help_page(VERBS, TERMS)
    assert all(term.group.capitalize() in page.text for term in TERMS)
    assert all(f"{verb.name}" in page.text for verb in VERBS)
    for verb in VERBS:
        if verb.name:
            assert all(example in help_page(VERBS, TERMS, verb.name).text for example in verb.examples)


def test_every_verb_is_named_where_there_is_little_room() -> None:
    """There are more verbs than a screen has lines: an example stands in each one's own explanation."""
    table = [Row((f"word{number}",), f"g{number}") for number in range(10)]
    plain = Verb("", "", examples=tuple(f"/tasks plain{n}" for n in range(6)))
    verbs = [Verb(f"verb{n}", "", examples=(f"/tasks verb{n} 14",)) for n in range(24)]
    page = help_page([plain, *verbs], table)
    assert f"Verbs {' '.join(f'verb{n}' for n in range(24))}\n" in page.text
    assert len(shown_lines(page)) <= SCREEN
    assert "/tasks plain1" in page.text
    assert "/tasks plain2" not in page.text
    assert all(f"/tasks verb{n} 14" in help_page([plain, *verbs], table, f"verb{n}").text for n in range(24))


def test_every_word_is_on_the_page_or_counted_and_named_by_its_group() -> None:
    table = [Row((f"word{number}",), "time") for number in range(20)]
    assert "Time word0, word1, word2, word3, 16 more\n" in help_page(VERBS, table).text
    group = help_page(VERBS, table, "time").text
    assert all(f"{row.words[0]}, {row.meaning}" in group for row in table)


def test_a_command_on_the_help_page_is_never_cut() -> None:
    table = [Row(("long",), "time", example=f"/tasks {'x' * 40}"), Row(("short",), "time", example="/tasks short")]
    page = help_page(VERBS, table)
    assert "/tasks short" in page.text
    assert "xxx" not in page.text


def test_help_explains_a_term_by_any_of_its_words_and_a_verb() -> None:
    failed = help_page(VERBS, TERMS, " Failures? ").text
    assert failed.startswith("failed, explained\n")
    assert "ended in an error" in failed
    assert "/tasks show" in help_page(VERBS, TERMS, "show").text


def asked(message: Message) -> list[tuple[str, str]]:
    """The buttons that ask, each with its label."""
    every = [each for block in message.blocks for each in (*block.get("elements", ()), block.get("accessory") or {})]
    return [(each["text"]["text"], each["value"]) for each in every if each.get("type") == "button"]


def test_what_may_have_been_meant_is_a_button_that_asks_it() -> None:
    offers = ("failed Acme Corp", "failed Acme Corp Berlin")
    shown = notes.usage(UsageError("Which?", text="failed acme", offers=offers))
    assert asked(shown) == [(each, each) for each in offers]
    assert block_limits.check(shown) == []


def test_a_long_command_stands_in_full_beside_its_button() -> None:
    command = "failed Acme Corp since 2026-11-20 before 2026-11-24"
    shown = notes.usage(UsageError("Which?", text="failed acme", offers=(command,)))
    assert asked(shown) == [("Ask it", command)]
    assert f"/tasks {command}" in shown.text


def test_an_example_is_asked_by_a_button_only_where_it_changes_nothing() -> None:
    question = UsageError("No.", text="x", example="/tasks help", is_question=True)
    act = UsageError("No.", text="x", example="/tasks take 14")
    assert asked(notes.usage(question)) == [("help", "help")]
    assert asked(notes.usage(act)) == []
