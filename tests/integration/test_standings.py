"""What is known of a subject, its last run and its last good one, does not hang on the order in which runs arrive."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations

import pytest

from bot.model import Rules, Task
from bot.store.address import Address
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from tests.builders import NOW, task
from tests.records import Records

HOUR = timedelta(hours=1)
LEASE = Lease("main", "main", "me", HOUR)


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


def run(hours: float, code: str) -> Task:
    began = NOW + hours * HOUR
    return task(code=code, started_at=began, completed_at=began + HOUR / 6)


async def test_the_last_run_and_the_last_good_one_are_those_that_began_last(database: Database) -> None:
    """In one page or in many, by a poll or from history."""
    runs = [run(3, "ok"), run(5, "warning"), run(7, "error")]
    for number, order in enumerate(permutations(runs)):
        recorder = Recorder(database, Rules(), "")
        await recorder.leases.take(LEASE, NOW)
        pages = [order] if number % 2 else [(each,) for each in order]
        for page in pages:
            await recorder.record(LEASE, page, None, NOW, NOW)
            await recorder.record_history(page)
        (last,) = await Records(database).last_runs()
        await Records(database).forget_runs()
        assert (last.run_code, last.run_began_at) == ("error", NOW + 7 * HOUR)
        assert last.good_began_at == NOW + 5 * HOUR
        assert last.good_ended_at == NOW + 5 * HOUR + HOUR / 6


async def test_a_subject_that_never_went_well_has_no_good_run(database: Database) -> None:
    await Recorder(database, Rules(), "").record_history([run(1, "error"), run(2, "cancelled")])
    (last,) = await Records(database).last_runs()
    assert (last.run_code, last.good_began_at) == ("cancelled", None)
