"""`python -m tests.chaos.soak [MINUTES]`: an hour of polls at 60 times the rate leaves memory and descriptors flat.

The real bot polls once a second. Meanwhile machines fail and recover in turn, a person asks, and now and then Acronis
or Slack is out of order. Ends with 1 where the bot holds more at the end than after its beginning.

The day before has more runs than an answer reads live. So lists, the copy and the caches are as full at the beginning
as an hour would make them, and what grows after that is no warm-up.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from statistics import median

from tests.acceptance.test_kill import happens
from tests.benchmarks.measure import say
from tests.bot_process import MIA, BotProcess, Stage, stage
from tests.night import CHANNEL

MACHINES = 40
PAST = 20_000
"""Runs of the day before: more than the 5,000 that a live answer reads, and a file larger than the writer's cache. The
last of each machine went well."""
BEAT = 0.5
"""Seconds between two things that happen."""
DAY = timedelta(days=1)
QUESTIONS = ("running", "failed today", "alerts", "stats", "protected?", "last 24h", "show 12", "machine SRV-7")
SAMPLE = 5.0
"""Seconds between two looks at what the bot holds."""
MORE_MEMORY = 1.10
MORE_FILES = 3


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds: MiB of memory, open descriptors, threads."""

    memory: float
    files: int
    threads: int


def held(bot: BotProcess) -> Held:
    there = Path(f"/proc/{bot.pid}")
    status = dict(line.split(":", 1) for line in (there / "status").read_text().splitlines())
    files = len(list((there / "fd").iterdir()))
    return Held(int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]))


def complaints(samples: Sequence[Held]) -> Iterator[str]:
    """The last fifth against the second: the first one warms up."""
    fifth = len(samples) // 5
    early, late = samples[fifth : 2 * fifth], samples[-fifth:]
    before, after = (median(each.memory for each in part) for part in (early, late))
    if after > before * MORE_MEMORY:
        yield f"memory grew from {before:.1f} to {after:.1f} MiB"
    for name in ("files", "threads"):
        few, many = (max(getattr(each, name) for each in part) for part in (early, late))
        if many > few + MORE_FILES:
            yield f"{name} grew from {few} to {many}"


def run(number: int) -> tuple[str, str]:
    """How it ended and its machine: each fails and recovers in turn."""
    return "ok" if number // MACHINES % 2 else "error", f"SRV-{number % MACHINES}"


def past(here: Stage) -> None:
    for number in range(PAST):
        code, name = run(number)
        happens(here, code, name=name, seconds_ago=DAY.total_seconds() * (1 - number / PAST))


async def live(here: Stage) -> None:
    """Goes on until it is cancelled."""
    dice = Random("soak")
    for number in count():
        code, name = run(number)
        happens(here, code, name=name)
        if number % 4 == 0:
            await here.slack.command(MIA, CHANNEL, dice.choice(QUESTIONS))
        if number % 60 == 30:
            here.acronis.fault(dice.choice(("500", "429", "reset", "garbage")))
        if number % 60 == 0:
            here.slack.fault("http", "chat.postMessage", status=500)
        await asyncio.sleep(BEAT)


async def soak(minutes: float) -> list[str]:
    samples = list[Held]()
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder)) as here:
            past(here)
            bot = await here.started("run")
            living = asyncio.create_task(live(here))
            ends_at = time.monotonic() + minutes * 60
            while time.monotonic() < ends_at and not living.done():
                await asyncio.sleep(SAMPLE)
                samples.append(held(bot))
                if len(samples) % 12 == 0:
                    say(f"{len(samples) * SAMPLE / 60:5.0f} min  {samples[-1]}")
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            broken = [str(line["event"]) for line in bot.lines if line.get("level") in ("error", "critical")]
    found = [*complaints(samples), *(f"the log says {event!r}" for event in sorted(set(broken)))]
    say("\n".join(found) or f"flat: {samples[-1]}")
    return found


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(soak(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0))))
