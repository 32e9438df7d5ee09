"""README, help and handlers name the same things: what is not documented fails here."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import handlers
from bot.language import Group, parse, terms
from tests.builders import NOW

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
VERBS = tuple(handler.verb for handler in handlers.load().verbs.values())


def test_the_first_screen_names_the_two_commands_first() -> None:
    assert re.findall(r"^make \w+$", README, re.MULTILINE)[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.name not in ("", "overview")])
def test_the_readme_has_every_verb(verb: str) -> None:
    assert re.search(rf"`/(tasks )?{re.escape(verb)}(?!\w)", README)


@pytest.mark.parametrize("group", list(Group))
def test_the_readme_has_every_word_in_the_order_of_the_table(group: Group) -> None:
    row = re.search(rf"^\| {group.value} \| (.*) \|$", README, re.MULTILINE)
    assert row is not None
    words = [term.words[0] for term in terms() if term.group is group]
    assert re.findall(r"`([^`]+)`", row[1])[: len(words)] == words


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`/tasks ([^`\[]+)`", README))))
def test_every_command_in_the_readme_works_when_typed(command: str) -> None:
    words = command.replace("ID", "944455285181775872")
    parse(words, NOW, ZoneInfo("UTC"), VERBS)


def test_every_job_is_in_the_glossary() -> None:
    jobs = {path.stem for path in (ROOT / "bot/jobs").glob("*.py")} - {"__init__"}
    line = next(line for line in README.splitlines() if line.startswith("| job |"))
    assert all(job in line for job in jobs)


def test_every_target_of_the_makefile_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == set(re.findall(r"^(\w+):.*## ", makefile, re.MULTILINE))


def test_lock_files_pin_with_hashes_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^([a-z0-9._\[\]-]+)==", text, re.MULTILINE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
        assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links)", text, re.MULTILINE)


def test_every_pin_of_the_runtime_is_the_same_in_development() -> None:
    pins = [set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in _LOCKS]
    assert pins[0] <= pins[1]


_LOCKS = ("requirements.txt", "requirements-dev.txt")
