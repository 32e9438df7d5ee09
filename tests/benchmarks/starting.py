"""How long `python -m bot run` takes to be ready, against a Bolt app that does nothing else, and what it holds then.

The sides take turns. The bare app is ready when it says its address.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.acking import bare_app
from tests.benchmarks.measure import Line, resident
from tests.bot_process import Stage, stage

READY = 2.4  # it was 3.6 before imports that a start does not need were loaded later
IDLE = 90.0


@dataclass(frozen=True, slots=True)
class Size:
    """`idle` is how many seconds nothing happens before memory is read."""

    rounds: int
    idle: float


FULL = Size(rounds=5, idle=5.0)
TINY = Size(rounds=1, idle=0.0)


def run(size: Size) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        first, again, bare, idle = asyncio.run(_rounds(size, Path(folder)))
    yield Line("python -m bot run, ready, on a new database", median(first), READY, "s", median(bare))
    yield Line("python -m bot run, ready, on one that is there", median(again), READY, "s", median(bare))
    yield Line("  its memory while idle", idle, IDLE, "MiB")


async def _rounds(size: Size, folder: Path) -> tuple[list[float], list[float], list[float], float]:
    first: list[float] = []
    again: list[float] = []
    bare: list[float] = []
    idle = 0.0
    async with stage(folder) as here:
        for number in range(size.rounds):
            database = f"sqlite:///{folder / f'{number}.sqlite3'}"
            first.append((await _start(here, database, 0.0))[0])
            seconds, held = await _start(here, database, 0.0 if idle else size.idle)
            again.append(seconds)
            idle = idle or held
            bare.append(await asyncio.to_thread(_bare))
    return first, again, bare, idle


def _bare() -> float:
    started = time.perf_counter()
    with bare_app():
        return time.perf_counter() - started


async def _start(here: Stage, database: str, idle: float) -> tuple[float, float]:
    """Seconds to its `ready` line, and MiB after `idle` more seconds."""
    started = time.perf_counter()
    bot = await here.started("run", DATABASE_URL=database, POLL_SECONDS="60")
    seconds = time.perf_counter() - started
    await asyncio.sleep(idle)
    held = resident(bot.pid)
    bot.terminate()
    await bot.ended()
    return seconds, held
