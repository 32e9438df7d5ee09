"""The day of a large fleet still runs, with a small one, and its bounds are judged."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Text, create_engine, insert

from bot.model.clock import SimulatedClock
from bot.store.schema import micros, posts
from tests.benchmarks.measure import ROOT
from tests.load import __main__ as load
from tests.load.looks import CardTime, Look, card_times, p50, p99

FIRST = Look(datetime(2026, 3, 2, tzinfo=UTC), memory=100.0, cpu=5.0, database=1.0, tasks=100)


def looks(*memory: float) -> list[Look]:
    return [
        replace(FIRST, at=FIRST.at + timedelta(hours=number), memory=held, cpu=5.0 + number, database=1.0 + number)
        for number, held in enumerate(memory)
    ]


@pytest.mark.parametrize("on", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def test_an_hour_of_a_small_fleet_runs_and_says_its_figures(on: str) -> None:
    small = ("--workloads", "40", "--rate", "1800", "--real-seconds", "1", "--on", on)
    command = [sys.executable, "-m", "tests.load", "1", *small]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    said = done.stdout.splitlines()
    wanted = ("40 workloads for 1 h", "hour  1", "a day adds", "", "at real speed")
    assert all(line.startswith(begins) for line, begins in zip(said, wanted, strict=False)), done.stdout


@pytest.mark.parametrize(
    ("memory", "cards", "percent", "complaint"),
    [
        ([100.0] * 25, [0.5] * 9, 3.0, ""),
        ([100.0] * 24 + [201.0], [0.5], 3.0, "memory came to 201.0 MiB"),
        ([100.0 + 2 * hour for hour in range(25)], [0.5], 3.0, "memory grew from 119.0 to 143.0 MiB after hour 6"),
        ([100.0 + 5 * min(hour, 6) for hour in range(25)], [0.5], 3.0, ""),  # it warms up
        ([100.0] * 25, [0.5], 15.5, "15.5 % of a core"),
        ([100.0] * 25, [0.5] * 50 + [9.0] * 50, 3.0, "cards' p99 is 9.0 s"),
    ],
)
def test_a_bound_that_does_not_hold_is_told(
    memory: list[float], cards: list[float], percent: float, complaint: str
) -> None:
    found = list(load.complaints(looks(*memory), [CardTime(late + 4.0, late) for late in cards], percent))
    assert len(found) == bool(complaint)
    assert all(each.startswith(complaint) for each in found)


def test_what_a_day_adds_is_counted_from_the_second_hour_on() -> None:
    assert load.growth(looks(1.0, 1.0, 1.0)) == "a day adds 0 tasks and 24.0 MiB; its work takes 24 s of a core"


def test_no_card_and_one_card_have_their_quantiles() -> None:
    assert [p50([]), p99([]), p99([3.0]), p50([1.0, 2.0, 3.0])] == [0.0, 0.0, 3.0, 2.0]


def test_a_card_is_late_by_what_slack_would_have_taken_earlier(file: Path) -> None:
    """Slack takes a post a second in a channel, and a reply is one."""
    clock = SimulatedClock(FIRST.at, FIRST.at + timedelta(days=200), rate=30.0)
    engine = create_engine(f"sqlite:///{file}")
    wanted = [("C1", None, 1.0), ("C1", 1, 2.0), ("C1", None, 3.5), ("C2", None, 0.5), ("C1", None, -1)]
    with engine.begin() as connection:
        for channel, parent, after in wanted:
            ts = "" if after < 0 else f"{clock.since.timestamp() + after:.6f}"
            row = {"kind": "alert", "state": "waiting", "channel": channel, "parent_id": parent, "ts": ts}
            blank = {
                column.name: "" if isinstance(column.type, Text) else 0 for column in posts.c if not column.nullable
            }
            connection.execute(
                insert(posts), {**blank, **row, "id": None, "key": f"{after}", "created_at": micros(FIRST.at)}
            )
    found = card_times(engine, clock, FIRST.at, FIRST.at + timedelta(hours=1))
    engine.dispose()
    assert [(round(each.seconds, 3), round(each.late, 3)) for each in found] == [(0.5, 0.5), (1.0, 1.0), (3.5, 1.5)]
