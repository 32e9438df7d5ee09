"""What a bot's process, its database and the pretend Acronis are seen to hold and to have done. Changes nothing.

Times are UTC by the simulated clock; what lasted is told in real seconds.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
from sqlalchemy import Engine, exists, select, text

from bot.model.clock import SimulatedClock
from bot.store.schema import accounts, micros, posts
from tests.benchmarks.measure import resident

A_POST = 1.0
"""Seconds between two posts in a channel (slack-platform.md §4.1)."""
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything. Memory and database in MiB, `cpu` in seconds since the process began."""

    at: datetime
    memory: float
    cpu: float
    database: float
    tasks: int


def cpu_seconds(pid: int) -> float:
    """What a process has used of processors so far, in user and system mode (proc(5))."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def look(pid: int, engine: Engine, at: datetime) -> Look:
    with engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM tasks")).scalar_one()
    return Look(at, resident(pid), cpu_seconds(pid), database_size(engine), int(count))


def has_begun(engine: Engine) -> bool:
    """Whether a first start is over: the last 24 hours are read, and summed up."""
    with engine.connect() as connection:
        return bool(connection.scalar(select(exists().where(accounts.c.quiet_since.is_(None)))))


def database_size(engine: Engine) -> float:
    """In MiB: a SQLite file with its log, or what PostgreSQL says of a database."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*")) / _MIB
    with engine.connect() as connection:
        return float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()) / _MIB


@dataclass(frozen=True, slots=True)
class CardTime:
    """Of one card, in seconds: from the reading of what it tells to its message in Slack; and `late`, how much of it
    was not Slack's limit of a post a second in a channel, which hurried hours meet more often than real ones."""

    seconds: float
    late: float


def card_times(engine: Engine, clock: SimulatedClock, since: datetime, until: datetime) -> list[CardTime]:
    """Of the cards that came up in that time. Replies are posts, too, and count in what a channel takes."""
    made = select(posts.c.channel, posts.c.parent_id, posts.c.created_at, posts.c.ts).where(posts.c.ts != "")
    with engine.connect() as connection:
        rows = connection.execute(made).all()
    found: list[CardTime] = []
    earliest: dict[str, float] = {}  # when the last post of a channel could have been there
    for row in sorted(rows, key=lambda row: float(row.ts)):
        created, posted = _real(clock, row.created_at), float(row.ts)
        earliest[row.channel] = max(created, earliest.get(row.channel, 0.0) + A_POST)
        if row.parent_id is None and micros(since) <= row.created_at < micros(until):
            found.append(CardTime(max(posted - created, 0.0), max(posted - earliest[row.channel], 0.0)))
    return found


def _real(clock: SimulatedClock, at: int) -> float:
    """When a moment of the simulated clock was, in unix seconds."""
    passed = (datetime.fromtimestamp(at / 1e6, UTC) - clock.start).total_seconds() / clock.rate
    return clock.since.timestamp() + passed


def p50(seconds: Sequence[float]) -> float:
    return _quantile(seconds, 49)


def p99(seconds: Sequence[float]) -> float:
    return _quantile(seconds, 98)


def _quantile(seconds: Sequence[float], place: int) -> float:
    if len(seconds) < 2:
        return seconds[0] if seconds else 0.0
    return quantiles(seconds, n=100, method="inclusive")[place]


async def requests(url: str, since: datetime, until: datetime) -> int:
    """How many requests the pretend Acronis had in that time, by its own clock."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/control/requests") as answer:
        found: list[dict[str, Any]] = await answer.json()
    return sum(since <= datetime.fromisoformat(each["at"]) < until for each in found)
