"""How long `python -m bot run` takes to be ready, and what it holds while nothing happens."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.measure import Line, resident
from tests.bot_process import Stage, stage

READY = 2.0
IDLE = 130.0


@dataclass(frozen=True, slots=True)
class Size:
    """`idle` is how many seconds nothing happens before memory is read."""

    rounds: int
    idle: float


FULL = Size(rounds=5, idle=5.0)
TINY = Size(rounds=1, idle=0.0)


def run(size: Size) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        first, again, idle = asyncio.run(_rounds(size, Path(folder)))
    yield Line("python -m bot run, ready, on a new database", median(first), READY, "s")
    yield Line("python -m bot run, ready, on one that is there", median(again), READY, "s")
    yield Line("  its memory while idle", median(idle), IDLE, "MiB")


async def _rounds(size: Size, folder: Path) -> tuple[list[float], list[float], list[float]]:
    first: list[float] = []
    again: list[float] = []
    idle: list[float] = []
    async with stage(folder) as here:
        for number in range(size.rounds):
            database = f"sqlite:///{folder / f'{number}.sqlite3'}"
            first.append((await _start(here, database, 0.0))[0])
            seconds, held = await _start(here, database, size.idle if number == 0 else 0.0)
            again.append(seconds)
            if number == 0:
                idle.append(held)
    return first, again, idle


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
