"""How soon a signed command is acknowledged over HTTP, against a Bolt app that does nothing else; and a burst of them.

Bot, bare app and load are processes of their own; the pretend servers live here. The sides take turns.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.measure import ROOT, Line, child
from tests.bot_process import Stage, free_port, stage
from tests.builders import raw_task, rfc3339

RATIO = 1.5
BURST_ACKED = 1.0
BURST_ANSWERED = 5.0
PER_SECOND = 20
_RUNNING = 30


@dataclass(frozen=True, slots=True)
class Size:
    """Commands of one side's round, and of the burst."""

    commands: int
    rounds: int
    burst: int


FULL = Size(commands=120, rounds=3, burst=50)
TINY = Size(commands=4, rounds=1, burst=3)


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds to each ack and to each answer."""

    acked: tuple[float, ...]
    answered: tuple[float, ...]


def run(size: Size) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, bare_app() as bare:
        ours, theirs, burst = asyncio.run(_rounds(size, Path(folder), bare))
    name = f"acks at {PER_SECOND} commands a second"
    yield Line(f"{name}, p99", _p99(ours) * 1000, RATIO, "ms", _p99(theirs) * 1000)
    yield Line(f"a burst of {size.burst}, the last ack", median(max(one.acked) for one in burst), BURST_ACKED, "s")
    last = median(max(one.answered) for one in burst)
    yield Line(f"a burst of {size.burst}, the last answer", last, BURST_ANSWERED, "s")


async def _rounds(size: Size, folder: Path, bare: str) -> tuple[list[Heard], list[Heard], list[Heard]]:
    ours: list[Heard] = []
    theirs: list[Heard] = []
    async with stage(folder) as here:
        url = await _serving(here)
        await _load(url, 3, PER_SECOND, answers=3)  # the first ones load what is loaded late
        await _load(bare, 3, PER_SECOND)
        for _ in range(size.rounds):
            ours.append(await _load(url, size.commands, PER_SECOND, answers=size.commands))
            theirs.append(await _load(bare, size.commands, PER_SECOND))
        burst = [await _load(url, size.burst, 0, answers=size.burst) for _ in range(size.rounds)]
    return ours, theirs, burst


async def _serving(here: Stage) -> str:
    """Starts `serve`, with tasks to tell of."""
    here.acronis.add(tasks=[_running(number) for number in range(_RUNNING)])
    port = free_port()
    await here.started("serve", PORT=str(port), POLL_SECONDS="60", SLACK_APP_TOKEN="")
    return f"http://127.0.0.1:{port}/slack/events"


def _running(number: int) -> dict[str, Any]:
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "updatedAt"), rfc3339(datetime.now(UTC) - timedelta(minutes=9)))
    name = f"SRV-{number:02d}"
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    return raw_task(**stamps, state="started", completedAt=None, result=None, resource=resource)


async def _load(url: str, count: int, per_second: int, *, answers: int = 0) -> Heard:
    """Raises CalledProcessError where answers stay away."""
    said = await asyncio.to_thread(child, "acking_load", url, count, per_second, answers)
    if said["refused"]:
        raise AssertionError(f"{said['refused']} commands were refused")
    return Heard(tuple(said["acked"]), tuple(said["answered"]))


def _p99(rounds: list[Heard]) -> float:
    """The median of the rounds' 99th percentiles, in seconds."""
    return median(quantiles(one.acked, n=100, method="inclusive")[98] for one in rounds)


@contextmanager
def bare_app() -> Iterator[str]:
    """The address of the bare app's process, which ends with the block."""
    command = [sys.executable, "-m", "tests.benchmarks.acking_bare"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()
