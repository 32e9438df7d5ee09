"""The gallery shows all that the bot can say, and each of it is allowed and harmless."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers
from bot.model import Message
from bot.sandbox.gallery import Group, groups
from bot.sandbox.gallery.mistakes import ACTS, SENTENCES, TYPED
from tests.unit.blocks_payloads import builders
from tests.unit.test_blocks_hostile import assert_all_said, assert_allowed, assert_harmless

TOP = Path(__file__).parents[2]
GROUPS = groups([each.verb for each in handlers.load().verbs.values()])
ENTRIES = [entry for group in GROUPS for entry in group.entries]


def test_every_builder_is_shown() -> None:
    assert {entry.builder for entry in ENTRIES} == set(builders())


def test_every_verb_is_shown() -> None:
    titles = " ".join(entry.title for entry in ENTRIES)
    names = {verb.verb.name for verb in handlers.load().verbs.values()}
    assert {name for name in names if f"/tasks {name}".strip() not in titles} == {"about", "overview"}  # see below
    assert "/tasks SRV-SQL01" in titles
    assert any(entry.builder == "task_list.overview" for entry in ENTRIES)


def test_groups_and_their_entries_have_names_of_their_own() -> None:
    titles = [group.title for group in GROUPS]
    assert len(set(titles)) == len(titles)
    assert all(entry.title and entry.state for entry in ENTRIES)


def test_what_is_not_understood_is_not_understood() -> None:
    (group,) = [group for group in GROUPS if group.title == "Not understood"]
    assert len(group.entries) == len((*TYPED, *ACTS)) + 1


_SAID_IN_OTHER_WORDS = {("A direct message", "nobody touched it"), ("Backups that save nothing", "a warning")}
"""The first lines say that it is untouched, and that there is no restore point."""


@pytest.mark.parametrize("group", GROUPS, ids=[group.title for group in GROUPS])
def test_each_entry_is_allowed_harmless_and_said_in_full(group: Group) -> None:
    for entry in group.entries:
        assert_allowed(entry.shown)
        assert_harmless(entry.shown)
        if isinstance(entry.shown, Message) and (entry.title, entry.state) not in _SAID_IN_OTHER_WORDS:
            assert_all_said(entry.shown)


def test_a_direct_message_about_many_names_the_first_in_its_text_too() -> None:
    many = [entry.shown for entry in ENTRIES if entry.title == "A direct message about a storm"]
    assert len(many) == 7
    assert all(isinstance(shown, Message) and "SRV-SQL01, Acme Corp and " in shown.text for shown in many)


# ── sentences ──

_FILES = (
    *(
        f"bot/slack/{name}.py"
        for name in ["access", "answering", "dispatch", "failures", "forms", "groups", "listener", "presses", "respond"]
    ),
    *(f"bot/services/{name}.py" for name in ["access", "fan_out", "running", "sharing", "tasks"]),
    *(f"bot/acronis/{name}.py" for name in ("outcomes", "refusals")),
    "bot/alerting/roles.py",
    "bot/errors.py",
)
_PARTS = {
    "{} Did you mean “{}”?",
    "{} Acronis says: {}",
    "/tasks {} {} {}",
    "Activities of task {}",
    "These may: {} and {}.",
    "whoever asks in {}",
    "read the {} {} {}",
    "two handlers claim {}",
    "Slack's answer names no members.",
}
"""What is a part of a sentence, a question, or for the log alone."""
_BLANK = re.compile(r"\{[^}]*\}")


def sentences() -> Iterator[str]:
    """Every text in these files that ends as a sentence does, its blanks as `{}`."""
    for path in (*(TOP / name for name in _FILES), *sorted((TOP / "handlers").glob("*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) in docs | inner:
                continue
            text = _text(node)
            if re.search(r"[.?}] ?$", text) and text.count(" ") > 2 and text.strip() not in _PARTS:
                yield text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _BLANK.sub("{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def test_every_sentence_that_turns_down_is_shown_as_it_stands_in_the_code() -> None:
    shown = [told for some in SENTENCES.values() for told in some]
    known = {text: re.compile(".+?".join(map(re.escape, text.strip().split("{}")))) for text in sentences()}
    missing = [text for text, pattern in known.items() if not any(pattern.search(told) for told in shown)]
    unknown = [told for told in shown if not any(pattern.search(told) for pattern in known.values())]
    assert (missing, unknown) == ([], [])
