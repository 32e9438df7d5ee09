"""The pretend Acronis with thousands of workloads on a clock of its own, as a process.

    python -m tests.load.fleet_server WORKLOADS CLOCK       prints its address, serves until its input ends

CLOCK is as in NIGHTSHIFT_CLOCK; each line of its input is another one, to go on by. A day lies behind the world, and
plans go on starting by their schedules. What happens is seen every two minutes, how far a run is every five.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from bot.model.clock import VARIABLE, SimulatedClock, clock_from
from bot.sandbox import acronis
from bot.sandbox.acronis import World
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.times import MINUTE, SECOND
from tests.benchmarks.measure import ROOT, say
from tests.detectors.fleet import fleet

DAYS = 1
STEP, BEAT = 2 * MINUTE, 5 * MINUTE


class Hands:
    """A clock that can be made faster or slower."""

    def __init__(self, clock_text: str) -> None:
        self.set(clock_text)

    def set(self, clock_text: str) -> None:
        self._clock = clock_from({VARIABLE: clock_text})

    def nanoseconds(self) -> int:
        return round(self._clock.now().timestamp() * SECOND)


@dataclass(frozen=True, slots=True)
class FleetServer:
    """Such a process."""

    url: str
    _input: IO[str]

    def go_on_by(self, clock: SimulatedClock) -> None:
        self._input.write(f"{clock_text(clock)}\n")
        self._input.flush()


def clock_text(clock: SimulatedClock) -> str:
    """As NIGHTSHIFT_CLOCK has it."""
    return f"{clock.start.isoformat()} {clock.since.isoformat()} {clock.rate}"


class FleetWorld(World):
    """It moves every `STEP`, and a run says how far it is every `BEAT`, so that hours of thousands can be hurried."""

    _moved_at = 0

    def advance(self) -> None:
        if (now := self.now()) - self._moved_at >= STEP:
            self._moved_at = now
            super().advance()

    def show(self, runs: list[Run], now: int) -> None:
        super().show([run for run in runs if not self._has_said(run, now)], now)

    def _has_said(self, run: Run, now: int) -> bool:
        if run.state(now) != "started" or run.task.number not in self._live:
            return False
        _, (state, at) = self._live[run.task.number]
        return state == "started" and now - at < BEAT


async def serve(workloads: int, clock: str) -> None:
    hands, there = Hands(clock), fleet(workloads)
    world = FleetWorld(now=hands.nanoseconds, catalog=there.catalog, days=DAYS)
    world.fleet.made |= there.unreadable
    server = await acronis.serve(world=world)
    try:
        say(server.url)
        while line := await asyncio.to_thread(sys.stdin.readline):
            hands.set(line)
    finally:
        await server.close()


@contextmanager
def fleet_server(workloads: int, clock: SimulatedClock) -> Iterator[FleetServer]:
    """It ends with the block."""
    command = [sys.executable, "-m", "tests.load.fleet_server", str(workloads), clock_text(clock)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield FleetServer(process.stdout.readline().strip(), process.stdin)
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
