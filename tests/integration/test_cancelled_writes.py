"""A task that is cancelled in the midst of a write leaves the database to others."""

import asyncio
import sqlite3
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.store.engine import Database
from bot.store.leases import Lease, Leases, renew
from tests.builders import NOW

LEASE = Lease("main", "main", "me", timedelta(minutes=2))


async def takes(database: Database) -> None:
    assert await Leases(database).take(LEASE, NOW)


async def gives_back(database: Database) -> None:
    await Leases(database).give_back(LEASE)


async def renews(database: Database) -> None:
    async with database.write() as connection:
        await renew(connection, LEASE, NOW)


async def reads_row_by_row(database: Database) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM leases WHERE name = 'nobody'")
        async with connection.stream(text("SELECT 1 UNION SELECT 2")) as found:
            assert [row[0] async for row in found] == [1, 2]


@types.coroutine
def cancelled_at(place: int, work: Coroutine[Any, Any, None], *, is_late: bool) -> Generator[Any, Any, bool]:
    """Runs `work` in the current task, which is cancelled at the `place`th thing that it waits for. `is_late`: once
    that has happened, and `work` does not know of it yet. Returns True where `work` waits for fewer."""
    error: BaseException | None = None
    for step in count(1):
        try:
            waited = work.send(None) if error is None else work.throw(error)
        except StopIteration:
            return step <= place
        error, is_here, task = None, step == place, asyncio.current_task()
        assert task is not None
        try:
            if is_here and not is_late:
                task.cancel()
            yield waited
        except BaseException as raised:  # noqa: BLE001  `work` is told
            error = raised
        if is_here and is_late:
            error = asyncio.CancelledError()
    raise AssertionError


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("is_connected", [False, True])
@pytest.mark.parametrize("work", [takes, gives_back, renews, reads_row_by_row])
async def test_a_write_that_is_cancelled_anywhere_leaves_no_lock(
    file: Path, work: Callable[[Database], Coroutine[Any, Any, None]], is_connected: bool, is_late: bool
) -> None:
    """Its exception is kept meanwhile, as by a `finally` that writes."""
    new = file.read_bytes()  # noqa: ASYNC240  nothing else runs
    for place in count(1):
        at = file.with_name(f"{place}.sqlite3")
        at.write_bytes(new)
        database = Database(at)
        if is_connected:
            await takes(database)
        else:
            with closing(sqlite3.connect(at)) as other, other:
                other.execute("INSERT INTO leases (name, holder, until) VALUES ('main', 'me', 0)")
        cutting = _as_task(cancelled_at(place, work(database), is_late=is_late))
        (ended,) = await asyncio.gather(cutting, return_exceptions=True)
        await gives_back(database)
        await takes(database)
        await database.close()
        if ended is True:
            break
        assert ended is False or isinstance(ended, asyncio.CancelledError)
    assert place > 3


async def _as_task(work: Awaitable[bool]) -> bool:
    return await work
