"""What processes tell each other over PostgreSQL, and what they do without it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.jobs import notices as job
from bot.jobs.notices import Notices
from bot.store.address import Server
from bot.store.engine import Database
from tests import postgres
from tests.patience import PATIENCE

pytestmark = pytest.mark.needs("postgres")


class Process:
    """One of them. `heard` counts how often it looked at everything."""

    def __init__(self, server: Server, owner: str) -> None:
        self.database = Database(server)
        self.heard = 0
        self.notices = Notices(self.database, owner, self._hear)

    def _hear(self) -> None:
        self.heard += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Process"]:
        task = asyncio.create_task(self.notices.run())
        try:
            await until(lambda: self.heard)
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.database.close()


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_other_process_hears_what_one_tells(server: Server) -> None:
    async with Process(server, "a").running() as a, Process(server, "b").running() as b:
        a.notices.tell()
        await until(lambda: b.heard == 2)
        b.notices.tell()
        await until(lambda: a.heard == 2)
        assert b.heard == 2  # nobody hears itself


async def test_much_in_a_moment_is_told_in_one(server: Server) -> None:
    async with Process(server, "a").running() as a, Process(server, "b").running() as b:
        for _ in range(100):
            a.notices.tell()
            await asyncio.sleep(0)
        await until(lambda: b.heard > 1)
        await asyncio.sleep(2 * job.APART)
        assert b.heard <= 4


async def test_a_broken_connection_is_opened_again_and_everything_looked_at(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BACK_OFF", (0.01,))
    name = server.url.rpartition("/")[2]
    async with Process(server, "a").running() as a, Process(server, "b").running() as b:
        for times in (2, 3):
            listeners = f"datname = '{name}' AND query LIKE 'LISTEN%'"
            postgres.shared().execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listeners}")
            await until(lambda times=times: a.heard >= times and b.heard >= times)  # type: ignore[misc]
        before = b.heard
        a.notices.tell()
        await until(lambda: b.heard > before)
        assert a.database.trouble is None  # what reads and writes is well


async def test_a_database_that_goes_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BACK_OFF", (0.05,))
    running = postgres.start()
    try:
        url = running.make()
        async with Process(Server("night", url, url), "a").running() as a:
            running.stop()
            a.notices.tell()
            await asyncio.sleep(0.3)
            running = postgres.start(running.folder, running.port)
            await until(lambda: a.heard == 2)
    finally:
        running.end()
