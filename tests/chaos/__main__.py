"""`python -m tests.chaos [SEED …] [--processes N] [--jobs N] [--log]`: plays seeds, a line each.

All hundred where none is named. Ends with 1 where one fails. As many at a time as there are processors, and as many
again: a seed mostly waits. With several processes each seed has so many bots on one database of a real PostgreSQL,
which is started for it.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import say
from tests.chaos.play import Outcome, play

SEEDS = range(100)


WORDS = 25
"""Lines of the last bot's log that are printed of a seed that is not well."""


async def main(seeds: list[int], processes: int, jobs: int, *, log: bool) -> int:
    gate = asyncio.Semaphore(jobs)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = await asyncio.gather(*(_played(seed, processes, Path(folder), gate, log=log) for seed in seeds))
    failed = [outcome.script.seed for outcome in outcomes if outcome.complaints]
    say(f"{len(outcomes) - len(failed)} of {len(outcomes)} seeds are well" + (f", not {failed}" if failed else ""))
    return 1 if failed else 0


async def _played(seed: int, processes: int, folder: Path, gate: asyncio.Semaphore, *, log: bool) -> Outcome:
    async with gate:
        own = folder / str(seed)
        own.mkdir()
        outcome = await play(seed, own, processes)
    say(outcome)
    if log or outcome.complaints:
        say("\n".join(outcome.log if log else outcome.log[-WORDS:]))
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Faults at random, by seeds.")
    parser.add_argument("seeds", nargs="*", type=int, metavar="SEED")
    parser.add_argument("--processes", type=int, default=1, help="so many bots on one PostgreSQL")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="so many seeds at a time")
    parser.add_argument("--log", action="store_true", help="print each bot's last words")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.seeds or list(SEEDS), options.processes, options.jobs, log=options.log)))
