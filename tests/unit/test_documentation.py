"""The documents say what the code says: what is not documented, or no longer so, fails here.

What the documents say of settings is held against them in `test_settings`, `test_settings_routes` and `test_book`.
"""

import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from pytest_mock import MockerFixture
from sqlalchemy import create_engine, inspect

import handlers
from bot.__main__ import _parser
from bot.blocks.help import help_page
from bot.errorbook.book import load, shipped
from bot.language import NOBODY, TERMS, Group, parse
from bot.model import (
    CardKind,
    Invocation,
    Kind,
    Person,
    ResultCode,
    Rules,
    Standing,
    SystemClock,
    TaskState,
    Verb,
    Verdict,
)
from bot.services import Acting, Alerts, Health, Running, Services, Tasks
from bot.store.schema import metadata
from bot.store.versions import newest_version
from bot.telemetry import Vitals
from tests.builders import NOW
from tests.known_errors import read

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
HOUSE = ROOT / "bot/README.md"
SETTINGS = ROOT / "bot/settings/README.md"
CONTRIBUTING = ROOT / ".github/CONTRIBUTING.md"
SECURITY = ROOT / ".github/SECURITY.md"
OPERATION = ROOT / "deploy/README.md"
DOCUMENTS = (README, HOUSE, SETTINGS, CONTRIBUTING, SECURITY, OPERATION)
TEXTS = {path: path.read_text() for path in DOCUMENTS}
PROSE = {path: re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.MULTILINE | re.DOTALL) for path, text in TEXTS.items()}
VERBS = tuple(handler.verb for handler in handlers.load().verbs.values())
UTC = ZoneInfo("UTC")
AN_ID = "944455285181775872"


def example(language: str, words: str, path: Path = CONTRIBUTING) -> str:
    """The code block that has these words in it."""
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```", TEXTS[path], re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if words in block)


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "example", "exec"), names)
    return names


COUNT = executed(example("python", "/tasks count"))


def asked(command: str, *more: Verb) -> Invocation:
    return parse(command.replace("ID", AN_ID), NOW, UTC, (*VERBS, *more))


def quoted(path: Path) -> list[str]:
    """What stands in backticks outside of code blocks."""
    return re.findall(r"`([^`\n]+)`", PROSE[path])


def rows(path: Path, heading: str) -> list[list[str]]:
    """The cells of the rows below the heading of a table."""
    lines = TEXTS[path].splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith(heading)) + 2
    after = next((place for place in range(first, len(lines)) if not lines[place].startswith("|")), len(lines))
    return [line.strip("| ").split(" | ") for line in lines[first:after]]


# ── the README ──


def test_the_readme_is_short() -> None:
    assert README.stat().st_size < 11_000


def test_the_first_screen_names_the_two_commands_first() -> None:
    assert re.findall(r"^make \w+$", TEXTS[README], re.MULTILINE)[:2] == ["make demo", "make test"]


def test_the_check_of_a_change_calls_the_readmes_test_command() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text().splitlines()


def test_the_readme_has_a_row_for_each_verb_with_its_line_of_help() -> None:
    found = {
        asked(command.strip("`").removeprefix("/tasks")).verb: line for command, line in rows(README, "| type this")
    }
    assert found == {verb.name: verb.summary for verb in VERBS}


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.name not in ("", "overview")])
def test_the_help_shows_each_verb(verb: str) -> None:
    named = re.search(r"^Verbs (.*)$", help_page(VERBS, TERMS).text, re.MULTILINE)
    assert named is not None
    assert verb in named[1].split()
    assert f"/tasks {verb}" in help_page(VERBS, TERMS, verb).text


def test_the_manifest_names_verbs_and_words_that_work() -> None:
    commands = yaml.safe_load((ROOT / "manifest.yml").read_text())["features"]["slash_commands"]
    for command in commands:
        verb = "" if command["command"] == "/tasks" else command["command"].removeprefix("/")
        assert verb in {each.name for each in VERBS}
        for hint in command["usage_hint"].replace("[task id]", AN_ID).split(" · "):
            asked(f"{verb} {hint}")


@pytest.mark.parametrize("group", list(Group))
def test_the_readme_has_every_word_in_the_order_of_the_table(group: Group) -> None:
    row = re.search(rf"^\| {group.value} \| (.*) \|$", TEXTS[README], re.MULTILINE)
    assert row is not None
    words = [term.words[0] for term in TERMS if term.group is group]
    assert re.findall(r"`([^`]+)`", row[1])[: len(words)] == words


# ── all documents ──


@pytest.mark.parametrize(
    "command", sorted({each for path in DOCUMENTS for each in quoted(path) if each.startswith("/tasks ")})
)
def test_every_command_in_the_documents_works_when_typed(command: str) -> None:
    asked(command.removeprefix("/tasks"), COUNT["VERB"])


def test_no_line_breaks_a_word_that_stands_in_backticks() -> None:
    """Else the tests here would take what stands between two words for one."""
    assert [line for text in PROSE.values() for line in text.splitlines() if line.count("`") % 2] == []


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_something(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" not in link:
            file, _, section = link.partition("#")
            target = path.parent / file if file else path
            assert target.exists(), link
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if section else ()
            assert not section or section in {
                re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings
            }


def test_every_target_of_make_is_explained_and_no_other_is_named() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == set(re.findall(r"^([\w-]+):.*## ", makefile, re.MULTILINE))
    named = {
        word for path in DOCUMENTS for each in quoted(path) if each.startswith("make ") for word in each.split()[1:]
    }
    assert {word for word in named if "=" not in word} <= phony
    assert {"lint", "types", "test", "chaos", "bench", "lock", "install", "demo"} <= named


# ── the house ──


@pytest.mark.parametrize(
    "name", sorted({each for each in quoted(HOUSE) if re.fullmatch(r"[\w./-]+(?:\.(?:py|toml|yml|md)|/)", each)})
)
def test_every_file_that_the_house_names_is_there(name: str) -> None:
    assert name == "nightshift.toml" or (HOUSE.parent / name).exists() or (ROOT / name).exists()


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    named = re.findall(r"\b(?:bot|handlers|tests)/[\w/.]*\w", " ".join(quoted(CONTRIBUTING)))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(("name", "file"), sorted(set(re.findall(r"`(\w+)` in\s+`([\w/]+\.py)`", PROSE[HOUSE]))))
def test_what_the_house_says_to_be_in_a_file_is_there(name: str, file: str) -> None:
    assert re.search(
        rf"^ *(?:async )?(?:def|class) {name}\b|^{name}\b.* = ", (HOUSE.parent / file).read_text(), re.MULTILINE
    )


def test_the_tree_names_all_that_lies_in_bot() -> None:
    tree = set(re.findall(r"^([\w.]+)/? +", example("", "__main__.py", HOUSE), re.MULTILINE))
    there = {path.name for path in HOUSE.parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__.py"} <= tree


def test_the_glossary_explains_each_word_once() -> None:
    words = [row[0] for row in glossary()]
    assert len(words) == len(set(words)) > 40


def glossary() -> list[list[str]]:
    return [*rows(HOUSE, "| word | in the console"), *rows(HOUSE, "| word | meaning")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("state", TaskState),
        ("result", ResultCode),
        ("kind", Kind),
        ("standing", Standing),
        ("card", CardKind),
        ("decision", Verdict),
        ("job", {path.stem for path in (ROOT / "bot/jobs").iterdir()} - {"__init__", "__pycache__"}),
    ],
)
def test_the_glossary_has_all_the_words_of(row: str, words: Any) -> None:
    cells = " ".join(next(each for each in glossary() if each[0] == row))
    assert [str(word) for word in words if not re.search(rf"\b{word}\b", cells)] == []


# ── the settings' document ──


def test_every_command_of_the_command_line_is_explained() -> None:
    commands = set(re.findall(r"^    ([\w-]+)(?: |$)", _parser().format_help(), re.MULTILINE))
    assert len(commands) > 6
    assert {cell.split()[3].strip("`") for cell, _ in rows(SETTINGS, "| command")} == commands


def test_every_metric_is_explained() -> None:
    vitals = Vitals(SystemClock(), Rules().due_after)
    vitals.way_in(None)
    vitals.canary(vitals.since)
    found = set(re.findall(r"^# HELP (\w+)", vitals.metrics().decode(), re.MULTILINE))
    cells = [cell for cell, _ in rows(SETTINGS, "| metric")]
    named = {name.strip("`").partition("{")[0] for cell in cells for name in cell.split(", ")}
    assert named == {name for name in found if not name.endswith("_created")}


# ── what contributors are shown ──


async def test_the_command_that_contributors_are_shown_works(mocker: MockerFixture) -> None:
    tasks = mocker.create_autospec(Tasks, instance=True)
    tasks.known_names.return_value = NOBODY
    tasks.listing.return_value.found.size = 1_204
    parts = {"alerts": Alerts, "health": Health, "acting": Acting, "running": Running}
    others = {name: mocker.create_autospec(part, instance=True) for name, part in parts.items()}
    services = Services(tasks, SystemClock(), VERBS, UTC, **others)
    (handler,) = COUNT["VERBS"]
    (typed,) = handler.verb.examples
    invocation = asked(typed.removeprefix("/tasks"), handler.verb)
    assert invocation.verb == "count"
    shown = await handler.handle(invocation, Person("U0MIA", "T1", UTC), services)
    assert shown.text == "1,204 tasks"
    tasks.check_names.assert_awaited_once_with(invocation)
    tasks.listing.assert_awaited_once_with(invocation.query)


def test_the_entry_that_contributors_are_shown_explains_its_example(tmp_path: Path) -> None:
    text = example("toml", "[[error]]")
    (entry,) = tomllib.loads(text)["error"]
    (tmp_path / "errors.toml").write_text(text)
    assert load(tmp_path / "errors.toml").explain(read(entry["example"])).entry == entry["key"]
    assert shipped().explain(read(entry["example"])).entry == ""


def test_the_migration_that_contributors_are_shown_runs() -> None:
    step = executed(example("python", "revision = "))
    engine = create_engine("sqlite://")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        metadata.create_all(connection)
        step["upgrade"]()
        assert "note" in {column["name"] for column in inspect(connection).get_columns("alerts")}
    engine.dispose()
    assert int(step["revision"]) == int(step["down_revision"]) + 1
    assert step["down_revision"] == newest_version()


# ── lock files ──


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
