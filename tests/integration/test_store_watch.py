"""The watch over the database: what the channel is told without it, when, and how often; the mark beside the file."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.errors import StoreUnavailable
from bot.jobs.store_watch import A_RANK, CATCHING_UP, PATIENCE, StoreWatch
from bot.model import Answer, Rules, SystemClock, TaskQuery
from bot.sandbox import slack
from bot.services.coverage import UNREADABLE, Coverage
from bot.slack.notifier import Notifier
from bot.store import engine
from bot.store.address import Server
from bot.store.answers import Answers
from bot.store.copy.search import Questions
from bot.store.dialect import postgresql
from bot.store.engine import Database
from tests import postgres
from tests.builders import NOW
from tests.night import CHANNEL, FALLBACK, MINUTE, Night, machine, night
from tests.patience import PATIENCE as PATIENCE_OF_TESTS

MARK = "possibly repeated"
CALM = 100.0
"""Seconds without a failure after which it is over."""


class Watched:
    """A night and its watch, whose time goes on by `later`."""

    def __init__(self, running: Night) -> None:
        self.night = running
        self.shift = 0.0
        self.ends: list[StoreUnavailable] = []
        running.database.monotonic = lambda: time.monotonic() + self.shift
        self.rank = 0
        self.watch = StoreWatch(
            running.database,
            Notifier(running.web),
            running.reviewer,
            running.outbox,
            running.clock,
            channels=(CHANNEL, FALLBACK),
            accounts=[running.client.account],
            every=MINUTE,
            rank=lambda: self.rank,
            vitals=running.vitals,
            end=self.ends.append,
        )

    @property
    def path(self) -> Path:
        return self.night.database.path

    def told(self, channel: str = CHANNEL) -> list[str]:
        return [post.text for post in self.night.slack.posts(channel) if "database" in post.text.lower()]

    async def later(self, seconds: float) -> None:
        self.shift += seconds
        await self.watch.run()


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    """A database that is held and marked, as a start leaves it."""
    async with night(tmp_path) as running:
        running.database.lock()
        await running.database.beat()
        running.vitals.up()
        yield Watched(running)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another program writes."""
    with closing(sqlite3.connect(database.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(database: Database) -> Iterator[None]:
    """The mark cannot be written: it is what a full disk refuses first."""
    blocked = database.path.with_name(f"{database.path.name}.mark-new")
    (blocked / "in the way").mkdir(parents=True)
    yield
    shutil.rmtree(blocked)


@contextmanager
def deleted(database: Database) -> Iterator[None]:
    kept = database.path.rename(database.path.with_name("kept"))
    yield
    kept.rename(database.path)


def replace(path: Path) -> None:
    Path(shutil.copy(path, path.with_name("copy"))).replace(path)


@pytest.mark.parametrize(
    ("fails", "cause"),
    [(locked, "another program has locked it"), (full, "cannot be opened"), (deleted, "it was deleted or moved")],
)
async def test_what_lasts_is_told_once_and_told_once_when_it_is_over(
    watched: Watched, fails: Callable[[Database], AbstractContextManager[None]], cause: str
) -> None:
    with fails(watched.night.database):
        await watched.later(CALM)
        assert watched.told() == []
        for _ in range(4):
            await watched.later(PATIENCE)
        (told,) = watched.told()
        assert watched.path.name in told
        assert cause in told
        assert cause in watched.night.vitals.ready()
    await watched.later(1)
    await watched.later(CALM)
    await watched.later(CALM)
    assert [text.startswith("The database can be used again") for text in watched.told()] == [False, True]
    assert watched.night.vitals.ready() == ""


async def test_of_several_processes_one_tells_it(tmp_path: Path) -> None:
    """The second one sees in Slack's history that it was told."""
    async with night(tmp_path, scopes=(*slack.SCOPES, "channels:history")) as running:
        running.database.lock()
        await running.database.beat()
        first, second = Watched(running), Watched(running)
        second.rank = 1
        running.database.monotonic = lambda: time.monotonic() + first.shift
        with locked(running.database):
            for _ in range(5):
                await first.later(PATIENCE)
                await second.watch.run()
            assert len(first.told()) == 1
        for _ in range(3):
            await first.later(CALM)
            await second.watch.run()
        assert len(first.told()) == 2


@pytest.mark.parametrize(
    ("scopes", "rank", "told"),
    [
        ((), 1, [True, True]),
        ((), 2, []),
        (("channels:history",), 1, [False, False]),
        (("channels:history",), 2, [False, False]),
    ],
)
async def test_another_process_tells_it_where_it_does_not_see_that_the_first_does(
    tmp_path: Path, scopes: tuple[str, ...], rank: int, told: list[bool]
) -> None:
    """Where history may not be read the second one does, and marks it. Each that tells it tells its end."""
    async with night(tmp_path, scopes=(*slack.SCOPES, *scopes)) as running:
        running.database.lock()
        await running.database.beat()
        other = Watched(running)
        other.rank = rank
        with locked(running.database):
            await other.later(0)
            await other.later(PATIENCE + 1)
            assert other.told() == []  # the first one's turn
            for _ in range(2 + rank):
                await other.later(A_RANK)
        for _ in range(3):
            await other.later(CALM)
        assert ["another process" in text for text in other.told()] == told


@contextmanager
def turn_taken(server: Server) -> Iterator[None]:
    """Another process never ends its transaction."""
    with psycopg.connect(server.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [postgresql.TURN])
        yield


@contextmanager
def shut(server: Server) -> Iterator[None]:
    """The server ends every connection and takes no new one."""
    name = server.url.rpartition("/")[2]
    execute = postgres.shared().execute
    execute(f"UPDATE pg_database SET datallowconn = false WHERE datname = '{name}'")
    execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    yield
    execute(f"UPDATE pg_database SET datallowconn = true WHERE datname = '{name}'")


@pytest.mark.needs("postgres")
@pytest.mark.parametrize(
    ("fails", "cause"),
    [(turn_taken, "its server did not answer in time"), (shut, "its server cannot be reached")],
)
async def test_what_a_server_does_not_take_is_told_once_and_told_once_when_it_is_over(
    tmp_path: Path,
    server: Server,
    fails: Callable[[Server], AbstractContextManager[None]],
    cause: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 0.1)
    async with night(tmp_path, url=server.url) as running:
        running.vitals.up()
        watched = Watched(running)
        await running.fails()
        with fails(server):
            for _ in range(5):
                await watched.later(PATIENCE)
            (told,) = watched.told()
            assert cause in told
            assert "postgresql" not in told
        await watched.later(1)
        await watched.later(CALM)
        await watched.later(CALM)
        assert [text.startswith("The database can be used again") for text in watched.told()] == [False, True]
        await running.deliver()
        assert len([card for card in running.cards if "SRV-SQL01" in card.text]) == 1


async def test_what_passes_is_not_told(watched: Watched) -> None:
    """A backup program locks the file for a moment."""
    with locked(watched.night.database):
        await watched.later(CALM)
    for _ in range(20):
        await watched.later(PATIENCE / 3)
    assert watched.told() == []
    assert watched.night.database.trouble is None


async def test_the_fallback_channel_hears_where_the_alert_channel_cannot(watched: Watched) -> None:
    watched.night.slack.fault("error", "chat.postMessage", times=None, channel=CHANNEL, error="channel_not_found")
    with locked(watched.night.database):
        await watched.later(CALM)
        await watched.later(PATIENCE)
    assert len(watched.told(FALLBACK)) == 1


async def test_what_no_channel_took_is_told_later(watched: Watched) -> None:
    watched.night.slack.fault("http", "chat.postMessage", times=2, status=503)
    with locked(watched.night.database):
        for _ in range(4):
            await watched.later(CALM)
        assert len(watched.told()) == 1


async def test_another_file_in_its_place_is_told_and_ends_the_bot(watched: Watched) -> None:
    replace(watched.path)
    await watched.later(CALM)
    assert len(watched.told()) == 1
    assert [error.told for error in watched.ends] == watched.told()


# ── questions meanwhile ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_that_cannot_be_kept_is_given_and_has_its_pages(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for the lock."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 100 * PATIENCE_OF_TESTS)
    database = watched.night.database
    answers, kept = Answers(database), Answer("a1", "", TaskQuery(), "U0MIA", NOW, "")
    with locked(database):
        async with asyncio.timeout(PATIENCE_OF_TESTS):
            await answers.keep_answer(kept)
        assert await answers.answer("a1", NOW) == kept
    assert await answers.answer("a1", NOW + 25 * 60 * MINUTE) is None


async def test_a_copy_that_cannot_be_read_leaves_the_answer_to_acronis(tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.sqlite3"
    spoilt.write_bytes(b"\xff" * 8192)
    database = Database(spoilt)
    cover = await Coverage(Questions(database, Rules()), ["main"], SystemClock(), MINUTE).of(TaskQuery())
    assert (cover.stale, cover.answers, cover.has_nothing) == (UNREADABLE, False, True)
    await database.close()


# ── an older copy ────────────────────────────────────────────────────────────────────────────────────────────────────


async def put_back(watched: Watched, copied: Path) -> Database:
    """As after a stop, and a start on the older copy."""
    await watched.watch.finish()
    await watched.night.database.close()
    shutil.copy(copied, watched.path)
    database = Database(watched.path)
    database.lock()
    await database.beat()
    return database


def copy_of(watched: Watched) -> Path:
    """As a backup program takes it."""
    copied = watched.path.with_name("backup.sqlite3")
    with closing(sqlite3.connect(watched.path)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return copied


async def test_an_older_copy_is_known_and_what_it_repeats_is_marked(watched: Watched) -> None:
    running = watched.night
    await running.begins()
    copied = copy_of(watched)
    running.happens("error", ago=0.5)
    await running.poll()
    await running.deliver()
    running.database = await put_back(watched, copied)
    was_older = running.database.is_older
    running.follow(running.settings.routing)
    running.delivery = running.another_delivery()
    after = Watched(running)
    await running.poll()
    await running.deliver()
    first, again = [each.text for each in running.slack.posts(CHANNEL) if "SRV-SQL01" in each.text]
    assert MARK not in first.lower()
    assert MARK in again.lower()
    await after.later(1)
    assert [text for text in after.told() if "older copy" in text]
    await after.later(1)
    await after.later(CATCHING_UP)
    assert (was_older, running.database.is_older) == (True, False)
    running.happens("error", ago=0.1, **machine("SRV-NEW"))
    await running.poll()
    await running.deliver()
    (new,) = [each.text for each in running.slack.posts(CHANNEL) if "SRV-NEW" in each.text]
    assert MARK not in new.lower()
    await running.database.close()


async def test_an_older_copy_stays_known_until_it_has_caught_up(watched: Watched) -> None:
    copied = copy_of(watched)
    database = await put_back(watched, copied)
    await database.beat()
    await database.close()
    again = Database(watched.path)
    again.lock()
    await again.beat()
    was_older = again.is_older
    again.accept()
    await again.beat()
    await again.close()
    last = Database(watched.path)
    last.lock()
    await last.beat()
    assert (was_older, last.is_older) == (True, False)
    await last.close()


@pytest.mark.parametrize("spoilt", [None, b"", b"what", b"1 2 3 4", b"1 99999999999999999999999 1", b"\xff\xfe"])
async def test_a_file_without_a_readable_mark_is_no_older_copy(watched: Watched, spoilt: bytes | None) -> None:
    mark = watched.path.with_name(f"{watched.path.name}.mark")
    mark.unlink()
    if spoilt is not None:
        mark.write_bytes(spoilt)
    await watched.night.database.close()
    again = Database(watched.path)
    again.lock()
    await again.beat()
    assert not again.is_older
    await again.close()


async def test_a_new_database_beside_an_old_mark_is_no_older_copy(watched: Watched) -> None:
    await watched.night.database.close()
    watched.path.unlink()
    again = Database(watched.path)
    again.lock()
    await again.migrate()
    await again.beat()
    assert not again.is_older
    await again.close()


async def goes_on(database: Database, *, checkpoint: bool) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("INSERT INTO names (name) VALUES (hex(randomblob(20000)))")
    await database.beat()
    if checkpoint:
        with closing(sqlite3.connect(database.path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await database.beat()


def crashed(path: Path, copied: Path) -> Path:
    """What a process that was killed now would leave, with the copy in the database's place."""
    folder = path.parent / "crashed"
    folder.mkdir()
    for each in path.parent.glob(f"{path.name}*"):
        shutil.copy(each, folder)
    shutil.copy(copied, folder / path.name)
    return folder / path.name


@pytest.mark.parametrize("checkpoint", [True, False])
async def test_an_older_copy_is_not_mixed_with_the_log_that_a_killed_process_left(
    watched: Watched, *, checkpoint: bool
) -> None:
    """Where the log has all since the copy it is taken: then the copy is no older one."""
    database = watched.night.database
    await goes_on(database, checkpoint=checkpoint)
    copied = copy_of(watched)
    await goes_on(database, checkpoint=checkpoint)
    await goes_on(database, checkpoint=False)
    again = Database(crashed(watched.path, copied))
    again.lock()
    await again.migrate()
    await again.beat()
    assert again.is_older == checkpoint
    async with again.read() as connection:
        count = (await connection.exec_driver_sql("SELECT count(*) FROM names")).scalar()
        assert (await connection.exec_driver_sql("PRAGMA integrity_check")).scalar() == "ok"
    assert count == (1 if checkpoint else 3)
    await again.close()


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[Watched]:
    """As `watched`; the Slack token may read history."""
    async with night(tmp_path, scopes=(*slack.SCOPES, "channels:history")) as running:
        running.database.lock()
        await running.database.beat()
        yield Watched(running)


async def started_on(watched: Watched, copied: Path | None) -> Database:
    """As after a stop and a start, on the older copy with its own mark where one is named."""
    await watched.watch.finish()
    await watched.night.database.close()
    if copied is not None:
        shutil.copy(copied.with_name("old-mark"), f"{watched.path}.mark")
        shutil.copy(copied, watched.path)
    database = Database(watched.path)
    database.lock()
    await database.beat()
    watched.night.database = database
    watched.night.follow(watched.night.settings.routing)
    await Watched(watched.night).watch.compare_with_slack()
    return database


@pytest.mark.parametrize("is_older", [True, False])
async def test_an_older_copy_that_came_with_its_mark_is_known_by_what_slack_shows(
    reading: Watched, *, is_older: bool
) -> None:
    running = reading.night
    await running.begins()
    copied = copy_of(reading)
    shutil.copy(f"{reading.path}.mark", copied.with_name("old-mark"))
    running.happens("error", ago=0.5)
    await running.poll()
    await running.deliver()
    with locked(running.database):  # the watch's own messages are in no database
        await reading.later(CALM)
        await reading.later(PATIENCE)
    assert len(reading.told()) == 1
    database = await started_on(reading, copied if is_older else None)
    assert database.is_older == is_older
    await database.close()
    again = Database(reading.path)
    again.lock()
    await again.beat()
    assert again.is_older == is_older  # whatever Slack shows by now
    await again.close()
