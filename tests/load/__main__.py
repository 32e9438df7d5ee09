"""`python -m tests.load [HOURS] [--workloads N] [--rate N] [--on DATABASE]`: a day of a large fleet, hurried.

The real bot polls a pretend Acronis whose plans run by their schedules, tells a pretend Slack, and is asked by a
person. All are processes of their own but Slack, which lives here. A first bot reads what was before, at real speed.
Then bot and Acronis have one clock that runs RATE times as fast as real time: a minute between two polls is a RATEth of
it, never less than a second. What takes real time, a request, a statement, a post, takes as long as ever, so hours are
RATE times as dense as they are: where the machine is full, cards are late, and a lower RATE is wanted.

A line for each hour; then the bot runs on the day's database for two minutes at real speed, which says what it costs.
DATABASE is `sqlite`, a new file, or `postgresql`, a server of its own. Ends with 1 where a bound does not hold.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import Engine, create_engine

from bot.model.clock import SimulatedClock
from tests import postgres
from tests.benchmarks.measure import say
from tests.bot_process import MIA, BotProcess, Stage, stage
from tests.load.fleet_server import clock_text, fleet_server
from tests.load.looks import CardTime, Look, card_times, has_begun, look, p50, p99, requests
from tests.night import CHANNEL

HOURS, WORKLOADS, RATE = 24.0, 10_000, 30.0
DATABASES = ("sqlite", "postgresql")
BEGINS = datetime(2026, 3, 2, 20, tzinfo=UTC)
"""A Monday evening: the last hour of a day lies in the first night's busiest."""
HOUR = timedelta(hours=1)
_STANDING = 1e-6
QUESTIONS = ("running", "failed today", "alerts", "stats", "protected?", "last 24h", "overview", "machine 1004-SRV-07")
REAL_SECONDS = 120.0

MEMORY = 200.0
MORE_MEMORY = 1.10
FLAT_FROM = 6
CPU = 15.0
LATENCY = 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """One bot between its servers, on one clock."""

    here: Stage
    bot: BotProcess
    engine: Engine
    clock: SimulatedClock
    acronis: str

    def look(self) -> Look:
        return look(self.bot.pid, self.engine, self.clock.now())

    async def until(self, at: datetime) -> None:
        """Waits for a moment of the simulated clock. Raises AssertionError where the bot has ended."""
        while (left := (at - self.clock.now()).total_seconds() / self.clock.rate) > 0:
            await self._wait(min(left, 1.0))

    async def until_begun(self) -> None:
        """Waits for the end of a first start. Raises as `until`."""
        while not has_begun(self.engine):
            await self._wait(0.2)

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.bot.has_ended:
            raise AssertionError("\n".join(self.bot.words[-20:]))


async def asking(here: Stage, rate: float) -> None:
    """People ask every ten minutes, or once a second where that is less, until it is cancelled."""
    dice = Random("load")
    while True:
        await here.slack.command(MIA, CHANNEL, dice.choice(QUESTIONS))
        await asyncio.sleep(max(600 / rate, 1.0))


@asynccontextmanager
async def running(here: Stage, url: str, acronis: str, clock: SimulatedClock) -> AsyncIterator[Run]:
    settings = {"DATABASE_URL": url, "ACRONIS_URL": acronis, "NIGHTSHIFT_CLOCK": clock_text(clock)}
    bot = await here.started("run", **settings, POLL_SECONDS=str(max(round(60 / clock.rate), 1)))
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    person = asyncio.create_task(asking(here, clock.rate))
    try:
        yield Run(here, bot, engine, clock, acronis)
    finally:
        person.cancel()
        await asyncio.gather(person, return_exceptions=True)
        engine.dispose()
        if not bot.has_ended:
            bot.terminate()
        await bot.ended()


async def day(run: Run, hours: float) -> list[Look]:
    """A look at the end of each hour, and one before the first; a line each."""
    looks = [run.look()]
    for number in range(1, round(hours) + 1):
        before = looks[-1]
        await run.until(run.clock.start + number * HOUR)
        now = run.look()
        asked = await requests(run.acronis, before.at, now.at)
        cards = card_times(run.engine, run.clock, before.at, now.at)
        say(
            f"hour {number:>2}  {now.memory:6.1f} MiB  {now.cpu - before.cpu:6.1f} s of a core  {asked:>6,} requests"
            f"  {now.tasks:>9,} tasks  {now.database:7.1f} MiB on disk"
            f"  {spoken(cards)}"
        )
        looks.append(now)
    return looks


async def real_speed(run: Run, seconds: float) -> float:
    """Percent of a core, at real speed."""
    await asyncio.sleep(10)  # the start is over
    before, began = run.look(), run.clock.now()
    await asyncio.sleep(seconds)
    now = run.look()
    percent = 100 * (now.cpu - before.cpu) / seconds
    asked = await requests(run.acronis, began, now.at) * 3600 / seconds
    say(f"at real speed  {now.memory:.1f} MiB  {percent:.1f} % of a core  {asked:,.0f} requests an hour")
    return percent


def spoken(cards: Sequence[CardTime]) -> str:
    seconds, late = [each.seconds for each in cards], [each.late for each in cards]
    return (
        f"{len(cards):>4} cards, p50 {p50(seconds):.2f} s, p99 {p99(seconds):.2f} s;"
        f" without what Slack's limit took p50 {p50(late):.2f} s, p99 {p99(late):.2f} s"
    )


def complaints(looks: Sequence[Look], cards: Sequence[CardTime], percent: float) -> Iterator[str]:
    if (most := max(each.memory for each in looks)) > MEMORY:
        yield f"memory came to {most:.1f} MiB, at most {MEMORY:g}"
    late = looks[FLAT_FROM + 1 :]
    if len(late) >= FLAT_FROM:
        third = len(late) // 3
        early, end = (median(each.memory for each in part) for part in (late[:third], late[-third:]))
        if end > early * MORE_MEMORY:
            yield f"memory grew from {early:.1f} to {end:.1f} MiB after hour {FLAT_FROM}"
    if percent > CPU:
        yield f"{percent:.1f} % of a core at real speed, at most {CPU:g}"
    if (slow := p99([each.late for each in cards])) > LATENCY:
        yield f"cards' p99 is {slow:.1f} s, at most {LATENCY:g}"


def growth(looks: Sequence[Look]) -> str:
    """What a day adds. The first hour still reads the rest of what was before it."""
    first, last = looks[min(1, len(looks) - 2)], looks[-1]
    days = (last.at - first.at) / timedelta(days=1)
    more, tasks, used = last.database - first.database, last.tasks - first.tasks, last.cpu - first.cpu
    return (
        f"a day adds {tasks / days:,.0f} tasks and {more / days:.1f} MiB; its work takes {used / days:.0f} s of a core"
    )


async def played(folder: Path, url: str, options: argparse.Namespace) -> list[str]:
    """What is wrong. SIGTERM ends it, and what it started."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    workloads, rate = options.workloads, options.rate
    with fleet_server(workloads, SimulatedClock(BEGINS, datetime.now(UTC), _STANDING)) as acronis:
        async with stage(folder) as here:
            clock = SimulatedClock(BEGINS, datetime.now(UTC))  # the world is made, and begins to move
            acronis.go_on_by(clock)
            async with running(here, url, acronis.url, clock) as run:
                await run.until_begun()
            clock = SimulatedClock(clock.now(), datetime.now(UTC), rate)
            acronis.go_on_by(clock)
            async with running(here, url, acronis.url, clock) as run:
                looks = await day(run, options.hours)
                broken = [str(line["event"]) for line in run.bot.lines if line.get("level") in ("error", "critical")]
                cards = card_times(run.engine, clock, looks[0].at, looks[-1].at)
            say(growth(looks))
            say(spoken(cards).strip())
            clock = SimulatedClock(clock.now(), datetime.now(UTC))
            acronis.go_on_by(clock)
            async with running(here, url, acronis.url, clock) as run:
                percent = await real_speed(run, options.real_seconds)
    found = complaints(looks, cards, percent)
    return [*found, *(f"the log says {event!r}" for event in sorted(set(broken)))]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new one. A server tends its tables, as everybody's does."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bot.sqlite3'}"
        return
    server = postgres.start(more=("-c", "autovacuum=on"))
    try:
        yield server.make()
    finally:
        server.end()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="A day of a large fleet, hurried.")
    parser.add_argument("hours", nargs="?", type=float, default=HOURS)
    parser.add_argument("--workloads", type=int, default=WORKLOADS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--real-seconds", type=float, default=REAL_SECONDS)
    parser.add_argument("--on", choices=DATABASES, default=DATABASES[0])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        hours = f"{options.hours:g} h, {options.rate:g} times as fast"
        say(f"{options.workloads:,} workloads for {hours}, on {options.on}")
        with database(options.on, Path(name)) as url:
            found = asyncio.run(played(Path(name), url, options))
    say("\n".join(found) or "all bounds hold")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
