"""A flood of 200 commands a second for ten seconds, by both ways in, from one person and from 200.

Each command is acknowledged soon, and answered once or told that it is too many; the bot's memory stays small. The bot
is a process of its own. The pretend Slack sends and takes the answers in this one: its own work is part of the times.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import quantiles

from bot.sandbox.slack import ALERTS, Delivery, Person
from bot.slack.listener import ONE_MOMENT
from tests.acceptance.test_kill import happens
from tests.benchmarks.measure import Line, peak_of, resident
from tests.bot_process import Stage, free_port, stage
from tests.patience import PATIENCE, patient_limits

ACK = 500.0
MEMORY = 2.0
TASKS = 2_000
QUESTIONS = (
    "running",
    "failed today",
    "alerts",
    "stats",
    "protected?",
    "last 24h",
    "show 12",
    "machine SRV-7",
    "runing",
)


@dataclass(frozen=True, slots=True)
class Size:
    """Commands a second, for so many seconds; from so many people."""

    per_second: int
    seconds: float
    people: Sequence[int]


FULL = Size(per_second=200, seconds=10.0, people=(1, 200))
TINY = Size(per_second=20, seconds=0.5, people=(2,))


@dataclass(frozen=True, slots=True)
class Flooded:
    """What came of one flood. Memory is in MiB."""

    acked: tuple[float, ...]
    unanswered: int
    idle: float
    peak: float


def run(size: Size) -> Iterator[Line]:
    for way_in, people in product(("socket", "http"), size.people):
        with tempfile.TemporaryDirectory() as folder:
            seen = asyncio.run(_flooded(size, Path(folder), way_in, people))
        name = f"{size.per_second} commands a second, {way_in}, {people} asking"
        yield Line(f"{name}, ack p99", quantiles(seen.acked, n=100, method="inclusive")[98] * 1000, ACK, "ms")
        yield Line("  commands without one answer", seen.unanswered, 0, "")
        yield Line("  its peak memory, and idle", seen.peak, MEMORY, "MiB", seen.idle)


async def _flooded(size: Size, folder: Path, way_in: str, people: int) -> Flooded:
    async with stage(folder, limits=patient_limits(metered=False)) as here:
        for number in range(TASKS):
            happens(here, "error" if number % 20 == 0 else "ok", name=f"SRV-{number % 100}", seconds_ago=TASKS - number)
        if way_in == "http":
            port = free_port()
            bot = await here.started("serve", PORT=str(port), POLL_SECONDS="60", SLACK_APP_TOKEN="")
            here.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
        else:
            bot = await here.started("run", POLL_SECONDS="60")
        names = _joined(here, people)
        await _ask(here, names[0], "running")  # the first one loads what is loaded late
        await asyncio.sleep(size.seconds / 2)
        idle = resident(bot.pid)
        deliveries = await _send(here, size, names)
        unanswered = await _unanswered(here, names, deliveries)
        return Flooded(tuple(each.seconds or PATIENCE for each in deliveries), unanswered, idle, peak_of(bot.pid))


def _joined(here: Stage, count: int) -> list[str]:
    """So many more members of the workspace."""
    names = [f"U0FLOOD{number:03d}" for number in range(count)]
    for name in names:
        here.slack.workspace.people[name] = Person(name, name.lower(), name)
    return names


async def _ask(here: Stage, person: str, text: str) -> None:
    await here.slack.command(person, ALERTS, text)
    await here.seen(lambda: here.slack.whispers(person))


async def _send(here: Stage, size: Size, people: Sequence[str]) -> list[Delivery]:
    """An open loop: each is sent when its time has come."""

    async def send(number: int) -> Delivery:
        await asyncio.sleep(number / size.per_second)
        return await here.slack.command(people[number % len(people)], ALERTS, QUESTIONS[number % len(QUESTIONS)])

    return await asyncio.gather(*map(send, range(round(size.per_second * size.seconds))))


async def _unanswered(here: Stage, people: Sequence[str], deliveries: Sequence[Delivery]) -> int:
    """Commands that were not acknowledged, or by how many the answers differ from them."""

    def answers() -> int:
        said = (each for person in people for each in here.slack.whispers(person))
        return sum(not each.text.startswith(ONE_MOMENT) for each in said) - 1  # the first question's

    await here.seen(lambda: answers() >= len(deliveries))
    return abs(answers() - len(deliveries)) + sum(not each.acked for each in deliveries)
