"""`python -m bot check` compares the names in the settings with the copy."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checks import name_warnings
from bot.errors import StoreUnavailable
from bot.model import Task
from bot.services.settings_names import NO_COPY
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.recording import Recorder
from tests.builders import ACME, NIGHTLY, settings, task

GAMMA = replace(ACME, id="91", uuid="0f8fad5b-d9cb-469f-a165-70867728950e", name="Gamma–Delta Ltd", locator="/1/66/91/")
COPY = (task(), task(tenant=GAMMA, name="SRV-DC01", plan="Hourly", policy=replace(NIGHTLY, id="2", name="Hourly")))


def settings_with(folder: Path, config: str) -> Settings:
    (folder / "nightshift.toml").write_text(config, encoding="utf-8")
    return settings(folder, ACRONIS_URL="http://127.0.0.1:9")


async def warned(folder: Path, config: str, copy: tuple[Task, ...] = COPY) -> list[str]:
    known = settings_with(folder, config)
    database = Database(known.database)
    try:
        await database.migrate()
        await Recorder(database, known.rules, "C0ALERTS").record_history(copy)
    finally:
        await database.close()
    return await name_warnings(known)


def route(match: str) -> str:
    return f"[[routes]]\nname = 'acme'\nchannel = 'C0ACME'\nmatch = '{match}'\n"


@pytest.mark.parametrize(
    ("match", "warning"),
    [
        (
            'tenant "Acme Crop"',
            "route acme names the tenant “Acme Crop”, and nobody bears that name. Did you mean “Acme Corp”?",
        ),
        (
            "tenant Acme Corp critical",
            "the tenant “Acme Corp critical”, and nobody bears that name. Did you mean “Acme Corp”?",
        ),
        ("failed not tenant Acme Crop", "the tenant “Acme Crop”, and nobody"),
        ("machine SRV-SQL1", "the machine “SRV-SQL1”, and nobody bears that name. Did you mean “SRV-SQL01”?"),
        ("plan Nigtly", "the plan “Nigtly”, and nobody bears that name. Did you mean “Nightly”?"),
        ("tenant gama-delta", "Did you mean “Gamma–Delta Ltd”?"),
        ("tenant qwertz", "the tenant “qwertz”, and nobody bears that name."),
        ('"no such"', "names the tenant, machine, plan or person “no such”"),
    ],
)
async def test_a_name_that_nobody_bears_is_warned_of_with_the_nearest(tmp_path: Path, match: str, warning: str) -> None:
    lines = await warned(tmp_path, route(match))
    assert len(lines) == 1
    assert lines[0].startswith("Warning: ")
    assert warning in lines[0]


@pytest.mark.parametrize(
    "match",
    [
        "tenant Acme",
        'tenant "ACME CORP"',
        "machine srv-*",
        "tenant 67",
        "tenant gamma-delta",
        "plan hourly",
        "m365",
        '"srv-dc01"',
    ],
)
async def test_a_name_that_somebody_bears_is_not(tmp_path: Path, match: str) -> None:
    assert await warned(tmp_path, route(match)) == []


async def test_targets_are_looked_at_too(tmp_path: Path) -> None:
    lines = await warned(tmp_path, "[[targets]]\nmatch = 'tenant Acme Crop'\nhours = 12\n")
    assert lines == [
        "Warning: the target of 12 h names the tenant “Acme Crop”, and nobody bears that name."
        " Did you mean “Acme Corp”?"
    ]


TWIN = replace(ACME, id="4711", uuid="", locator="/1/4711/")


@pytest.mark.parametrize(
    ("name", "copy", "line"),
    [
        ("Acme Corp", COPY, "Channel C0ACME names “Acme Corp”, and names change hands. Its id is sure: 67."),
        (
            "Acme",
            COPY,
            "Warning: channel C0ACME names the tenant “Acme”, and nobody bears that name. Did you mean “Acme Corp”?",
        ),
        (
            "acme corp",
            (*COPY, task(tenant=TWIN)),
            "Warning: channel C0ACME names “acme corp”, and 2 tenants bear that name: 4711, 67.",
        ),
        ("Acme*", COPY, "Warning: channel C0ACME shows every tenant that calls itself “Acme*”. Name their ids."),
        ("67", COPY, ""),
        (ACME.uuid, COPY, ""),
    ],
)
async def test_a_bound_channel_had_better_name_ids(
    tmp_path: Path, name: str, copy: tuple[Task, ...], line: str
) -> None:
    lines = await warned(tmp_path, route("tenant 67") + f"[channels.C0ACME]\ntenants = ['{name}']\n", copy)
    assert len(lines) == bool(line)
    assert not line or lines[0].startswith(line)


async def test_without_a_copy_nothing_is_compared_and_no_file_is_made(tmp_path: Path) -> None:
    known = settings_with(tmp_path, route('tenant "Acme Crop"'))
    assert await name_warnings(known) == [NO_COPY]
    assert not (tmp_path / "night.sqlite3").exists()


async def test_an_empty_file_is_no_copy(tmp_path: Path) -> None:
    known = settings_with(tmp_path, route('tenant "Acme Crop"'))
    (tmp_path / "night.sqlite3").touch()
    assert await name_warnings(known) == [NO_COPY]


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\x00 and then nothing"])
async def test_a_file_that_no_bot_could_start_on_is_a_fault(tmp_path: Path, content: bytes) -> None:
    known = settings_with(tmp_path, route('tenant "Acme Crop"'))
    (tmp_path / "night.sqlite3").write_bytes(content)
    with pytest.raises(StoreUnavailable, match=known.database.name):
        await name_warnings(known)


async def test_an_empty_copy_of_this_version_is_said(tmp_path: Path) -> None:
    assert await warned(tmp_path, route('tenant "Acme Crop"'), ()) == [NO_COPY]


async def test_a_copy_of_another_version_is_said(tmp_path: Path) -> None:
    known = settings_with(tmp_path, route('tenant "Acme Crop"'))
    with sqlite3.connect(tmp_path / "night.sqlite3") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    assert await name_warnings(known) == [NO_COPY]
