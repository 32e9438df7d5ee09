"""One side of one round of the reading benchmark, in a process of its own: says how long it took and its peak memory.

python -m tests.benchmarks.reading_work record|fetch|insert URL FOLDER SINCE PAGE_SIZE
"""

import asyncio
import gc
import json
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.acronis import AcronisClient
from bot.acronis.fields import stamp
from bot.acronis.kinds import Classifier
from bot.acronis.schema import RawEnvelope, RawTask
from bot.model import Rules
from bot.store.dialect.sqlite import WRITING
from bot.store.engine import Database, migrate
from bot.store.leases import Lease
from bot.store.recording import Recorder
from tests.benchmarks.measure import peak, say

LEASE = Lease("default", "default", "benchmark", timedelta(hours=1))
READ, FRESH = "read.sqlite3", "fresh.sqlite3"


async def record(url: str, folder: Path, since: datetime, size: int) -> float:
    """Ours: as `jobs.poll` reads a first start, into a new database."""
    _forget(folder / READ)
    database = Database(folder / READ)
    await database.migrate()
    recorder = Recorder(database, Rules(), "C0ALERTS")
    client = AcronisClient("default", url, "id", "secret", classifier=Classifier(), page_size=size, per_second=1000)
    started = time.perf_counter()
    try:
        await recorder.leases.take(LEASE, since)
        await recorder.begin_quietly("default", since, since)
        async with aclosing(client.changes(since)) as pages:
            async for page in pages:
                newest = max(task.updated_at for task in page.items)
                await recorder.record(LEASE, page.items, newest, since, since, go_on=pages.go_on)
        await recorder.finish(LEASE, since)
        return time.perf_counter() - started
    finally:
        await client.aclose()
        await database.close()


async def fetch(url: str, folder: Path, since: datetime, size: int) -> float:
    """The same pages by httpx alone, read by the same pydantic models."""
    envelope = RawEnvelope[RawTask]
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        started = time.perf_counter()
        params = {"updatedAt": f"gt({stamp(since)})", "order": "asc(updatedAt)", "limit": str(size)}
        while params:
            response = await client.get("/api/task_manager/v2/tasks", params=params)
            after = envelope.model_validate_json(response.content).after
            params = {"limit": str(size), "after": after} if after else {}
        return time.perf_counter() - started


async def insert(url: str, folder: Path, since: datetime, size: int) -> float:
    """The rows that `record` left, by `executemany` into the same table with the same indexes and pragmas.

    A page is a transaction here too: that is what the checkpoint asks of both.
    """
    with sqlite3.connect(folder / READ) as source:
        rows = source.execute("SELECT * FROM tasks ORDER BY updated_at, id").fetchall()
    source.close()
    _forget(folder / FRESH)
    migrate(folder / FRESH)
    target = sqlite3.connect(folder / FRESH, isolation_level=None)
    for pragma in ("foreign_keys=ON", *WRITING):
        target.execute(f"PRAGMA {pragma}")
    statement = f"INSERT INTO tasks VALUES ({', '.join('?' * len(rows[0]))})"
    started = time.perf_counter()
    for first in range(0, len(rows), size):
        target.execute("BEGIN IMMEDIATE")
        target.executemany(statement, rows[first : first + size])
        target.execute("COMMIT")
    took = time.perf_counter() - started
    target.close()
    return took


def _forget(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


Side = Callable[[str, Path, datetime, int], Awaitable[float]]
SIDES: dict[str, Side] = {"record": record, "fetch": fetch, "insert": insert}


async def main(side: str, url: str, folder: str, since: str, size: str) -> None:
    gc.collect()
    gc.freeze()  # as the bot does after its start; for each side alike
    seconds = await SIDES[side](url, Path(folder), datetime.fromisoformat(since), int(size))
    say(json.dumps({"seconds": seconds, "peak": peak()}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
