"""The two histories of the polling benchmark and the polls on them, in a process of its own.

python -m tests.benchmarks.polling_work SHORT LONG NEW ROUNDS      says the seconds of each poll on each side
"""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot import wiring
from bot.model import SystemClock
from bot.sandbox import acronis
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.schema import posts
from bot.telemetry import Vitals, configure_logging
from tests.benchmarks import tape
from tests.benchmarks.measure import say
from tests.builders import settings

CHANNEL = "C0ALERTS"
MINUTE = timedelta(minutes=1)
_PAGE = 500


class Moment(SystemClock):
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class History:
    """A store that has watched one account for `count` tasks. Every card of theirs is shown."""

    def __init__(self, path: Path, url: str, clock: Moment) -> None:
        self._settings = replace(settings(path.parent, ACRONIS_URL=url), clock=clock, database=path)
        self.database = Database(self._settings.database)
        self.recorder = wiring.alert_store(self._settings, self.database).recorder
        (self.client,) = wiring.acronis_clients(self._settings)
        vitals = Vitals(clock, MINUTE)
        jobs = wiring.account_jobs(self._settings, self.client, self.recorder, vitals, _nothing)
        self.poll, self.sweep = jobs.poll, jobs.sweep

    async def fill(self, count: int) -> None:
        await self.database.migrate()
        lease = Lease("default", "default", "benchmark", timedelta(days=1))
        await self.recorder.leases.take(lease, tape.START)
        await self.recorder.begin_quietly("default", tape.START, tape.START)
        await self.recorder.finish(lease, tape.START)
        await self._read(count, lease)
        await self.recorder.leases.give_back(lease)
        async with self.database.write() as connection:
            await connection.execute(update(posts).values(shown=posts.c.version, ts="1.1", due_at=0))

    async def close(self) -> None:
        await self.client.aclose()
        await self.database.close()

    async def _read(self, count: int, lease: Lease) -> None:
        size = min(_PAGE, count)
        with tape.served(count, size) as url:
            account = replace(self._settings.accounts[0], url=url)
            (reader,) = wiring.acronis_clients(replace(self._settings, accounts=(account,), page_size=size))
            try:
                async for page in reader.changes(tape.START - MINUTE):
                    now = page.items[-1].updated_at
                    await self.recorder.record(lease, page.items, now, now, now)
            finally:
                await reader.aclose()


async def main(folder: Path, short: int, long: int, new: int, rounds: int) -> None:
    clock = Moment(tape.START + long * tape.APART)
    async with AsyncExitStack() as stack:
        server = await acronis.serve(world="empty")
        stack.push_async_callback(server.close)
        took: dict[str, list[float]] = {"short": [], "long": []}
        histories = {name: History(folder / f"{name}.sqlite3", server.url, clock) for name in took}
        for name, count in (("short", short), ("long", long)):
            stack.push_async_callback(histories[name].close)
            await histories[name].fill(count)
        for number in range(rounds):
            clock.at += 10 * MINUTE  # past the overlap: each poll reads its own tasks only
            first = long + number * new
            server.control.reset()
            server.control.add(tasks=[tape.raw(first + place, at=clock.at - MINUTE / 2) for place in range(new)])
            for name, history in histories.items():
                started = time.perf_counter()
                await history.poll.run()
                took[name].append(time.perf_counter() - started)
    say(json.dumps(took))


def _nothing() -> None:
    """Nobody delivers here."""


if __name__ == "__main__":
    configure_logging(level="WARNING")
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name), *map(int, sys.argv[1:])))
