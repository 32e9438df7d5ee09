"""The real process and its database: what ends a start, what is told and answered meanwhile, how it stops."""

import asyncio
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests import postgres
from tests.acceptance.test_kill import MARK, happens, told, watching, write_lock
from tests.bot_process import BOT_ON_A_FILE, Stage, stage
from tests.patience import PATIENCE


def is_text(path: Path) -> None:
    path.write_text("Dear diary,\n" * 500)


def is_a_folder(path: Path) -> None:
    path.mkdir()


def is_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def has_a_link_for_its_lock(path: Path) -> None:
    path.with_name(f"{path.name}.lock").symlink_to(path.with_name("precious"))


@BOT_ON_A_FILE
@pytest.mark.parametrize("spoil", [is_text, is_a_folder, is_a_pipe, has_a_link_for_its_lock])
async def test_a_database_that_cannot_be_used_is_exit_code_2_with_a_sentence(
    here: Stage, spoil: Callable[[Path], None]
) -> None:
    spoil(here.folder / "bot.sqlite3")
    bot = await here.start("run")
    assert await bot.ended() == 2
    said = "\n".join(bot.words)
    assert "bot.sqlite3" in said
    assert "Traceback" not in said


@BOT_ON_A_FILE
async def test_a_second_bot_by_a_hard_link_is_refused(here: Stage) -> None:
    await here.started("run")
    (here.folder / "other.sqlite3").hardlink_to(here.folder / "bot.sqlite3")
    other = f"sqlite:///{here.folder / 'other.sqlite3'}"
    second = await here.start("run", environment=here.environment(DATABASE_URL=other))
    assert await second.ended() == 1
    assert "Another bot already runs on other.sqlite3" in "\n".join(second.words)


async def test_while_another_program_has_locked_it_questions_are_answered_and_a_signal_ends_it(here: Stage) -> None:
    bot = await watching(here)
    with write_lock(here):
        assert "Nothing found" in (await here.answered("all")).text
        assert "open" in (await here.answered("alerts")).text
        bot.send(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await bot.ended() == 0


@pytest.mark.needs("postgres")
async def test_a_server_that_restarts_delays_and_loses_nothing(tmp_path: Path) -> None:
    """What failed meanwhile is told once, and unmarked."""
    running = postgres.start()
    try:
        async with stage(tmp_path, database_url=running.make(), forks=True) as here:
            bot = await watching(here)
            running.stop()
            happens(here, "error")
            await bot.until_logged("the database cannot be used")
            running = postgres.start(running.folder, running.port)
            await here.seen(lambda: told(here))
            (card,) = told(here)
            assert MARK not in card.text.lower()
            bot.terminate()
            assert await bot.ended() == 0
    finally:
        running.end()


def replace(path: Path) -> None:
    Path(shutil.copy(path, path.with_name("copy"))).replace(path)


@BOT_ON_A_FILE
async def test_a_database_that_is_replaced_while_the_bot_runs_ends_it(here: Stage) -> None:
    bot = await watching(here)
    replace(here.folder / "bot.sqlite3")
    assert await bot.ended() == 1
    assert "another file was put in its place" in bot.words[-1]
    await here.seen(lambda: any("another file" in each.text for each in here.slack.posts("C0ALERTS")))


@BOT_ON_A_FILE
async def test_what_an_older_copy_tells_again_is_marked(here: Stage) -> None:
    bot = await watching(here)
    path, copied = here.folder / "bot.sqlite3", here.folder / "backup"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    happens(here, "error")
    await here.seen(lambda: told(here))
    bot.terminate()
    await bot.ended()
    shutil.copy(copied, path)
    await here.started("run")
    await here.seen(lambda: len(told(here)) == 2)
    first, again = told(here)
    assert (MARK in first.text.lower(), MARK in again.text.lower()) == (False, True)
