"""Each benchmark still runs: with next to nothing to do, whatever the figures are."""

import subprocess
import sys

import pytest

from tests.benchmarks import (
    acking,
    alerting,
    asking,
    explaining,
    flooding,
    paging,
    parsing,
    polling,
    pressing,
    reading,
    starting,
)
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.measure import ROOT, Line


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("reading", ["reading 200 tasks", "  its peak memory", "  its peak memory with twice"]),
        ("polling", ["a poll with 10 new tasks"]),
        (
            "acking",
            ["acks at 20 commands a second, p99", "a burst of 3, the last ack", "a burst of 3, the last answer"],
        ),
        (
            "flooding",
            [
                *("20 commands a second, socket, 2 asking, ack p99", "  commands without", "  its peak memory"),
                *("20 commands a second, http, 2 asking, ack p99", "  commands without", "  its peak memory"),
            ],
        ),
        (
            "parsing",
            [
                "an ordinary phrase",
                "  where 10,000 workloads are known",
                "  a slip in one of them",
                "  a phrase with a bit of everything",
                "  said back",
                "  3,000 characters",
            ],
        ),
        (
            "asking",
            [
                "a list from 2,000 tasks",
                "  the slowest of its questions",
                "  failed in the last day, and live",
                "  protected",
                "  due tonight",
                "  stats",
                "  its peak memory",
            ],
        ),
        (
            "alerting",
            [
                "from the poll's last byte to the card",
                "  beside a bare read and post",
                "12 failures of 6 tenants",
                "  in so many messages",
                "  a critical restore meanwhile",
                "  its peak memory",
            ],
        ),
        ("explaining", ["errors that no entry", "  an error seen", "  reading the book"]),
        ("pressing", ["a press on a card, its ack", "a press on a card, drawn", "3 people press one card"]),
        ("starting", ["python -m bot run, ready", "python -m bot run, ready", "  its memory while idle"]),
        pytest.param(
            "paging",
            ["python -m bot demo, people can type", "  a message stands on the page, median", "  the slowest"],
            marks=pytest.mark.needs("chromium"),
        ),
    ],
)
def test_a_benchmark_runs_and_says_its_lines(name: str, lines: list[str]) -> None:
    said = list(BENCHMARKS[name].run(BENCHMARKS[name].TINY))
    assert [line.name.startswith(wanted) for line, wanted in zip(said, lines, strict=True)] == [True] * len(lines)
    assert all(line.measured > 0 or line.bound == 0 for line in said)


def test_every_benchmark_has_a_test() -> None:
    every = [reading, polling, acking, flooding, starting, parsing, asking, explaining, alerting, pressing, paging]
    assert list(BENCHMARKS.values()) == every


@pytest.mark.parametrize(
    ("line", "said", "holds"),
    [
        (Line("a", 3.0, 2.0, "s", 2.0), "a 3 s 2 s 1.50 at most 2 × ok", True),
        (Line("a", 5.0, 2.0, "s", 2.0), "a 5 s 2 s 2.50 at most 2 × over", False),
        (Line("a", 129.5, 130.0, "MiB"), "a 129.5 MiB at most 130 MiB ok", True),
        (Line("a", 131.0, 130.0, "MiB"), "a 131 MiB at most 130 MiB over", False),
    ],
)
def test_a_line_says_both_medians_their_ratio_the_bound_and_whether_it_holds(
    line: Line, said: str, holds: bool
) -> None:
    assert (" ".join(str(line).split()), line.holds) == (said, holds)


def test_a_benchmark_that_is_not_there_is_told() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "flying"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    every = "reading, polling, acking, flooding, starting, parsing, asking, explaining, alerting, pressing, paging"
    assert f"no benchmark flying; there are {every}" in done.stderr
