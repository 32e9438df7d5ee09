"""The real bot is backed up while it runs, and put back: refused over a live bot, and told as an older copy."""

import pytest

from bot.store.address import Server
from tests.acceptance.test_alerts import cards
from tests.acceptance.test_kill import happens
from tests.acceptance.test_questions import begun
from tests.bot_process import BOT_ON_A_FILE, BotProcess, Stage
from tests.night import CHANNEL

MARK = "possibly repeated"
pytestmark = BOT_ON_A_FILE


async def said(here: Stage, *arguments: str) -> tuple[int, str]:
    """The exit code of a command, and what it says."""
    process: BotProcess = await here.start(*arguments, keep_words=True)
    code = await process.ended()
    return code, "\n".join(process.words)


async def test_a_bot_is_backed_up_while_it_runs_and_tells_what_it_may_repeat_after_a_restore(here: Stage) -> None:
    running = await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    code, words = await said(here, "backup", "kept.sqlite3")
    assert (code, words.startswith("bot.sqlite3 is backed up to kept.sqlite3, ")) == (0, True), words
    happens(here, "error")
    await here.seen(lambda: cards(here))
    code, words = await said(here, "restore", "kept.sqlite3")
    assert (code, "Another bot already runs on bot.sqlite3" in words) == (1, True), words
    running.terminate()
    assert await running.ended() == 0
    code, words = await said(here, "restore", "kept.sqlite3")
    assert (code, "marks as possibly repeated" in words, "bot.sqlite3.before-restore" in words) == (0, True, True), (
        words
    )
    await here.started("run")
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if "older copy" in each.text])
    await here.seen(lambda: [each for each in cards(here) if MARK in each.text.lower()])


@pytest.mark.needs("postgres")
async def test_a_bot_moves_to_a_server_and_goes_on_there(here: Stage, server: Server) -> None:
    running = await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error")
    await here.seen(lambda: cards(here))
    code, words = await said(here, "copy-database", "bot.sqlite3", server.url)
    assert (code, "Another bot already runs on bot.sqlite3" in words) == (1, True), words
    running.terminate()
    await running.ended()
    code, words = await said(here, "copy-database", "bot.sqlite3", server.url)
    assert (code, " rows of bot.sqlite3" in words) == (0, True), words
    code, words = await said(here, "copy-database", "sqlite:///bot.sqlite3", server.url)
    assert (code, "older copy" in words) == (1, True), words
    told = len(here.slack.posts(CHANNEL))
    await here.started("run", DATABASE_URL=server.url)
    happens(here, "error", name="SRV-NEW")
    await here.seen(lambda: len(here.slack.posts(CHANNEL)) > told)
    (new,) = here.slack.posts(CHANNEL)[told:]
    assert "SRV-NEW" in new.text
    code, words = await said(here, "copy-database", "bot.sqlite3", "bot.sqlite3")
    assert (code, "TO must look like sqlite" in words) == (2, True), words


async def test_what_cannot_be_backed_up_or_put_back_ends_with_a_sentence(here: Stage) -> None:
    assert await said(here, "backup", "kept.sqlite3") == (
        2,
        f"{here.folder}/bot.sqlite3 is not there. DATABASE_URL names the bot's file.",
    )
    assert await said(here, "restore", "kept.sqlite3") == (1, "kept.sqlite3 is not there.")
    await begun(here)
    code, words = await said(here, "backup", "no-folder/kept.sqlite3")
    assert (code, "No such file" in words) == (1, True), words
    code, words = await said(here, "backup", "bot.sqlite3")
    assert (code, words) == (1, "bot.sqlite3 is the database itself. Name another file.")
