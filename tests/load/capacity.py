"""`python -m tests.load.capacity [WORKLOADS …]`: what a day of so many workloads costs one bot to read, a line each.

The real client reads recorded pages over a socket into a new SQLite file, as after a start; then one sweep reads them
all again, as each hour. Time is that of processors, so other work on the machine does not show. Plans are not read.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.telemetry import configure_logging
from tests.benchmarks import tape
from tests.benchmarks.measure import ROOT, peak, say
from tests.benchmarks.polling_work import History, Moment

WORKLOADS = (1_000, 10_000, 50_000)
TASKS = 1.94
"""A day's tasks of one workload, in the pretend fleet of `tests/detectors/fleet.py`: restores and chores too."""
PAGE = 500
_MIB = 1024 * 1024


async def main(folder: Path, workloads: int) -> dict[str, float]:
    count = -(-round(workloads * TASKS) // PAGE) * PAGE
    clock = Moment(tape.START + count * tape.APART)
    with tape.served(count, PAGE) as url:
        history = History(folder / "bot.sqlite3", url, clock)
        began = time.process_time()
        await history.fill(count)
        read = time.process_time()
        await history.sweep.run()
        swept = time.process_time()
        await history.close()
    return {"tasks": count, "read": read - began, "swept": swept - read, "peak": peak()}


def measured(workloads: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        said = asyncio.run(main(Path(name), workloads))
        return said | {"size": sum(each.stat().st_size for each in Path(name).iterdir()) / _MIB}


def line(workloads: int) -> str:
    """In a process of its own: its peak is nobody else's."""
    command = [sys.executable, "-m", "tests.load.capacity", "--one", str(workloads)]
    said = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    return (
        f"{workloads:>6,} workloads  {said['tasks']:>7,.0f} tasks a day  {said['size']:6.1f} MiB on disk"
        f"  read in {said['read']:5.1f} s of a core  a sweep {said['swept']:5.1f} s  peak {said['peak']:5.1f} MiB"
    )


if __name__ == "__main__":
    configure_logging(level="WARNING")
    if sys.argv[1:2] == ["--one"]:
        say(json.dumps(measured(int(sys.argv[2]))))
    else:
        for each in map(int, sys.argv[1:] or WORKLOADS):
            say(line(each))
