"""A month of the pretend world under the bot's eyes, in a process of its own; what it said is held against the truth.

python -m tests.benchmarks.detectors_work WORKLOADS SINCE DAYS BEHIND SEED      says the figures of both halves
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.telemetry import configure_logging
from tests.benchmarks.measure import say
from tests.detectors.faults import Seeder
from tests.detectors.fleet import fleet
from tests.detectors.score import Judge, Score
from tests.detectors.watch import READING, utc, watch
from tests.detectors.world import RememberingWorld


async def main(folder: Path, count: int, since: str, days: int, behind: int, seed: int) -> dict[str, Any]:
    whole, at = fleet(count, seed), utc(since)
    until = at + timedelta(days=days)
    faults = Seeder(whole, at, until, seed).faults()
    async with watch(folder, whole, at, seed=seed, days=behind, tick=READING) as watching:
        await watching.begins()
        wall, cpu = time.perf_counter(), time.process_time()
        for day in range(1, days + 1):
            await watching.live(at + timedelta(days=day), faults)
            sys.stderr.write(f"{at + timedelta(days=day):%d %B}: {len(watching.told)} told\n")
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        world = watching.served.world
        assert isinstance(world, RememberingWorld)
        halves = Counter[bool]()
        for each in whole.customers:
            halves[each.is_learned] += len({one.workload.key for one in each.assignments})
        scores = Judge(whole, world, faults, watching.told, until).scores(days, halves)
    return took | {("learned" if is_learned else "known"): _figures(score) for is_learned, score in scores.items()}


def _figures(score: Score) -> dict[str, Any]:
    return {
        "days": score.days,
        "missed": score.missed,
        "told": score.told,
        "wrong": len(score.wrong),
        "after_outages": score.after_outages,
        "after_return": score.after_return,
        "others": score.others,
        "reasons": score.reasons,
        "lines": [str(each) for each in score.wrong],
        "late": [f"{start.one.workload.name}, {start.one.plan.name}, {start.at:%m-%d %H:%M}" for start in score.late],
        "latest": max((each.total_seconds() for each in score.lateness), default=0.0),
        "moved": len(score.moved),
        "moved_late": sum(each > 2 * READING for each in score.moved),
        "moved_latest": max((each.total_seconds() for each in score.moved), default=0.0),
    }


if __name__ == "__main__":
    configure_logging(level="CRITICAL")
    count_, since_, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        days_, behind_, seed_ = map(int, rest)
        say(json.dumps(asyncio.run(main(Path(name), int(count_), since_, days_, behind_, seed_))))
