"""What the detectors' benchmark measures, on a small scale: nights of a pretend world, one with a change of clocks."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.detectors.faults import Seeder
from tests.detectors.fleet import fleet
from tests.detectors.score import Judge
from tests.detectors.watch import utc, watch
from tests.detectors.world import RememberingWorld

WORKLOADS, DAYS, BEHIND = 48, 2, 12
SINCE, SEED = "2026-03-07", 4
READING = timedelta(minutes=30)
"""Twice the usual time between two readings, and between two polls: half as much work."""


async def test_what_was_missed_is_told_in_time_and_nothing_is_told_that_is_not_so(
    tmp_path: Path,
) -> None:
    """In New York clocks are changed on the second day. Half of the schedules are known, half are learned."""
    whole, at = fleet(WORKLOADS, SEED), utc(SINCE)
    until = at + timedelta(days=DAYS)
    faults = Seeder(whole, at, until, SEED).faults()
    async with watch(tmp_path, whole, at, seed=SEED, days=BEHIND, tick=READING, reading=READING) as watching:
        await watching.begins()
        await watching.live(until, faults)
        world = watching.served.world
        assert isinstance(world, RememberingWorld)
        count = Counter(each.is_learned for each in whole.customers for _ in {one.workload for one in each.assignments})
        scores = Judge(whole, world, faults, watching.told, until, READING).scores(DAYS, count)
    assert all(score.missed > 1 for score in scores.values())
    for score in scores.values():
        assert score.late == []
        assert [str(each) for each in score.wrong] == []
