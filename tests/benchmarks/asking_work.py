"""The copy of the asking benchmark, made and asked in a process of its own.

python -m tests.benchmarks.asking_work TASKS ROUNDS LIVE      says p95 of each kind of question in ms, and its memory

`… asking_work fill PATH TASKS` makes the copy alone: in a process of its own, since what fills is not what asks.
"""

import asyncio
import gc
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.model import (
    OFFICE365_TYPES,
    Kind,
    LeftOut,
    NameField,
    NameFilter,
    Rules,
    Sort,
    TaskQuery,
    TimeField,
    Workload,
)
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from bot.store.copy.search import Questions
from bot.store.engine import Database, migrate
from bot.store.rhythms import rhythm_text
from bot.store.schema import DAY, micros, tasks
from tests.benchmarks import tape
from tests.benchmarks.measure import ROOT, peak, say

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SPAN = timedelta(days=100)
MACHINES, TENANTS, PLANS = 10_000, 200, 25
_MINUTE = 60_000_000
_BATCH = 20_000
_PEOPLE = ("BY_SCHEDULE", *(f"user{number}@example.com" for number in range(50)), "alice@example.com")
_CAUSES = ("", *(f"Backup storage number {number} is full." for number in range(40)))
_KINDS = (  # type, kind, workload, is_root, and how many of a hundred
    ("D332948D-A7A9-4E07-B76C-253DCF6E17FB", "backup", "machine", True, 45),
    ("UserMailboxBackup", "backup", "microsoft365", True, 15),
    ("SPBackup", "backup", "microsoft365", True, 5),
    ("GSBackupGMail", "backup", "google", True, 5),
    ("UserMailboxRestore", "restore", "microsoft365", True, 1),
    ("8F01AC13-F59E-4851-9204-DE1FD77E36B4", "backup", "machine", False, 20),
    ("4BDBE1F9-0000-4E07-B76C-253DCF6E17FB", "management", "other", True, 9),
)
_CODES = ("ok", "warning", "error", "cancelled", "abandoned", "timedout")
_CODE_WEIGHTS = (920, 40, 25, 10, 3, 2)
_FAILED = frozenset({"error", "abandoned", "timedout"})
_BOTH = frozenset({Kind.BACKUP, Kind.RESTORE})
_ROOTS = TaskQuery(kinds=_BOTH, roots_only=True)


def _shapes() -> list[tuple[Any, ...]]:
    found = []
    for own_type, kind, workload, is_root, _ in _KINDS:
        found += [(own_type, "completed", code, kind, workload, is_root) for code in _CODES]
        found.append((own_type, "started", "", kind, workload, is_root))
    return found


def fill(path: Path, count: int) -> None:
    """A hundred days of tasks, a thousandth of them still running."""
    migrate(path)
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-100000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    _fill_shared(connection)
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'ix_tasks%'").fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    rows, names = _rows(count), ", ".join(tasks.c.keys()[1:17])  # the rest is of runs under way
    while batch := list(islice(rows, _BATCH)):
        connection.executemany(f"INSERT INTO tasks ({names}) VALUES (?{', ?' * 15})", batch)
    for _, text in indexes:
        connection.execute(text)
    _fill_small(connection)
    connection.execute("COMMIT")
    connection.close()


def _fill_shared(connection: sqlite3.Connection) -> None:
    put = connection.executemany
    put("INSERT INTO shapes VALUES (NULL, ?, ?, ?, ?, ?, ?)", _shapes())
    tenants = [("a", str(number), f"c0-{number}", f"Customer {number}", f"/1/{number}/") for number in range(TENANTS)]
    put("INSERT INTO tenants VALUES (NULL, ?, ?, ?, ?, ?)", tenants)
    put("INSERT INTO machines VALUES (NULL, ?, ?)", [(f"m-{each}", f"SRV-{each:05d}") for each in range(MACHINES)])
    put("INSERT INTO plans VALUES (NULL, ?, ?)", [(f"p-{each}", f"Nightly {each}") for each in range(PLANS)])
    put("INSERT INTO names (name) VALUES (?)", [(name,) for name in dict.fromkeys((*_PEOPLE, *_CAUSES))])
    connection.execute(
        "INSERT INTO accounts (account, position, history_from, read_at) VALUES ('a', ?, ?, ?)",
        (micros(NOW), micros(NOW - SPAN), micros(NOW)),
    )


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    drawn = random.Random(7)
    first, apart = micros(NOW - SPAN), (SPAN // timedelta(microseconds=1)) // count
    kinds = drawn.choices(range(len(_KINDS)), [each[-1] for each in _KINDS], k=4096)
    codes = drawn.choices(range(len(_CODES)), _CODE_WEIGHTS, k=8191)
    for place in range(count):
        kind, code = kinds[place * 7 % 4096], codes[place % 8191]
        ended = first + (place + 1) * apart
        began = ended - (5 + place * 13 % 90) * _MINUTE
        machine = place * 7 % MACHINES
        is_open = place >= count - count // 1000
        shape = kind * (len(_CODES) + 1) + (len(_CODES) if is_open else code) + 1
        is_run = _KINDS[kind][3] and _KINDS[kind][1] != "management" and not is_open
        person = 1 if place % 10 else 2 + place // 10 % 51
        has_failed = not is_open and _CODES[code] in _FAILED
        cause = len(_PEOPLE) + 1 + (1 + machine % 40 if has_failed else 0)
        yield (
            "a",
            str(1683887115599998977 + 2 * place),
            f"175e371d-0000-4000-8000-{place:012x}",
            shape,
            f"{machine:016x}{machine % PLANS:016x}" if is_run else None,
            1 + machine % TENANTS,
            1 + machine,
            1 + machine % PLANS,
            person,
            cause,
            "",
            began,
            ended,
            began,
            began,
            None if is_open else ended,
        )


def _fill_small(connection: sqlite3.Connection) -> None:
    connection.execute(
        f"INSERT INTO counts SELECT t.tenant, t.shape, t.cause, t.completed_at / {DAY}, count(*) FROM tasks t"
        " JOIN shapes s ON s.number = t.shape WHERE s.is_root AND s.state = 'completed' GROUP BY 1, 2, 3, 4"
    )
    connection.execute(
        "INSERT INTO standings SELECT t.subject, t.shape, t.tenant, t.machine, t.plan, max(t.began_at), t.completed_at,"
        " s.code, t.began_at, t.completed_at FROM tasks t JOIN shapes s ON s.number = t.shape"
        " WHERE t.subject IS NOT NULL GROUP BY t.subject"
    )
    # each nightly; a fiftieth is paused, a hundredth has its agent away
    rhythm = rhythm_text(Rhythm(RhythmSource.PLAN, Schedule((StartTimes((21 * 60,)),))))
    connection.execute(
        "INSERT INTO rhythms (subject, account, source, rhythm, basis, due_at, next_due_at, target, learned_at, since,"
        " excuse, excuse_why) SELECT subject, 'a', 'plan', ?, '', ?, ?, ?, 0, 0, iif(rowid % 50, iif(rowid % 100 - 1,"
        " '', 'agent offline'), 'paused'), iif(rowid % 50, '', 'its plan is paused') FROM"
        " (SELECT subject, row_number() OVER (ORDER BY subject) AS rowid FROM standings)",
        (rhythm, micros(NOW + timedelta(hours=12)), micros(NOW + timedelta(hours=36)), 50 * 60 * _MINUTE),
    )


def _named(field: NameField, *patterns: str, leaves_out: bool = False) -> tuple[NameFilter, ...]:
    return (NameFilter(field, patterns, leaves_out),)


def lists() -> dict[str, TaskQuery]:
    """Each row of the table in experience.md §1, by what is typed."""
    day = replace(_ROOTS, after=NOW - timedelta(days=1))
    ended = replace(day, time_field=TimeField.COMPLETED)
    month = replace(_ROOTS, after=NOW - timedelta(days=30))
    all_ended = replace(ended, after=NOW - timedelta(days=90))
    office = frozenset(OFFICE365_TYPES)
    return {
        "running": replace(_ROOTS, states=frozenset({"started"})),
        "completed": replace(ended, states=frozenset({"completed"})),
        "failed": replace(ended, results=_FAILED),
        "failed last 90 days": replace(all_ended, results=_FAILED),
        "ok last 90 days": replace(all_ended, results=frozenset({"ok"})),
        "timedout last 90 days": replace(all_ended, results=frozenset({"timedout"})),
        "all": TaskQuery(after=NOW - timedelta(days=1)),
        "all last 90 days": TaskQuery(after=NOW - timedelta(days=90)),
        "o365 last 30 days": replace(month, types=office),
        "google": replace(day, workloads=frozenset({Workload.GOOGLE})),
        "restores last 30 days": replace(month, kinds=frozenset({Kind.RESTORE})),
        "between": replace(month, before=NOW - timedelta(days=20)),
        "tenant last 30 days": replace(month, names=_named(NameField.TENANT, "customer 17")),
        "tenant failed last 90 days": replace(all_ended, results=_FAILED, names=_named(NameField.TENANT, "customer 1")),
        "machine srv-*": replace(day, names=_named(NameField.MACHINE, "srv-*")),
        "machine, one, last 30 days": replace(month, names=_named(NameField.MACHINE, "srv-00123")),
        "machine, its id, last 30 days": replace(month, names=_named(NameField.MACHINE, "M-123")),
        "plan last 30 days": replace(month, names=_named(NameField.PLAN, "nightly 7")),
        "by alice last 30 days": replace(month, names=_named(NameField.PERSON, "alice")),
        "name last 30 days": replace(month, names=_named(NameField.ANY, "0012")),
        "not tenant": replace(day, names=_named(NameField.TENANT, "customer 1", leaves_out=True)),
        "-google": replace(day, left_out=LeftOut(workloads=frozenset({Workload.GOOGLE}))),
        "longer than 90m": replace(day, longer_than=timedelta(minutes=90)),
        "longer than 90m last 7 days": replace(day, after=NOW - timedelta(days=7), longer_than=timedelta(minutes=90)),
        "sort duration": replace(day, sort=Sort.DURATION),
        "sort tenant": replace(day, sort=Sort.TENANT),
        "first 5 oldest": replace(day, backwards=True, limit=5),
    }


Ask = Callable[[], Awaitable[object]]


async def measured(ask: Ask, rounds: int) -> list[float]:
    """Milliseconds of each time; the first is not counted: it reads what tasks share."""
    took = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - started) * 1000)
    return took[1:]


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


async def asked(path: Path, rounds: int) -> dict[str, Any]:
    database = Database(path)
    questions = Questions(database, Rules())
    target = Rules().target
    try:
        took = {
            name: await measured(lambda query=query: questions.find(query, NOW), rounds)  # type: ignore[misc]
            for name, query in lists().items()
        }
        protected = await measured(lambda: questions.protected(_ROOTS, NOW, target), rounds)
        protected += await measured(
            lambda: questions.protected(replace(_ROOTS, names=_named(NameField.TENANT, "customer 17")), NOW, target),
            rounds,
        )
        tonight = await measured(lambda: questions.due_soon(_ROOTS, NOW, target), rounds)
        stats: list[float] = []
        for days in (1, 7, 90):
            window = replace(_ROOTS, time_field=TimeField.COMPLETED, after=NOW - timedelta(days=days))
            stats += await measured(lambda window=window: questions.stats(window, NOW), rounds)  # type: ignore[misc]
    finally:
        await database.close()
    slowest = max(took, key=lambda name: p95(took[name]))
    return {
        "find": p95([each for times in took.values() for each in times]),
        "slowest": slowest,
        "slowest_p95": p95(took[slowest]),
        "each": {name: round(p95(times), 1) for name, times in took.items()},
        "protected": p95(protected),
        "tonight": p95(tonight),
        "stats": p95(stats),
        "copied": p95(took["failed"]),
        "peak": peak(),
    }


async def live(count: int, rounds: int) -> float:
    """Reading the same day of Acronis, as a live answer has to: the API knows no kinds and no names."""
    with tape.served(count, min(count, 500)) as url:
        client = AcronisClient("a", url, "id", "secret", classifier=Classifier(), page_size=min(count, 500))

        async def ask() -> None:
            async for _ in client.find(TaskQuery(results=_FAILED, time_field=TimeField.UPDATED, after=tape.START)):
                pass

        try:
            return p95(await measured(ask, rounds))
        finally:
            await client.aclose()


def main(count: int, rounds: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "asked.sqlite3"
        command = [sys.executable, "-m", "tests.benchmarks.asking_work", "fill", str(path), str(count)]
        subprocess.run(command, cwd=ROOT, check=True)
        gc.collect()
        gc.freeze()  # as the bot does after its start
        said = asyncio.run(asked(path, rounds))
        said["live"] = asyncio.run(live(size, rounds))
    say(json.dumps(said))


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
