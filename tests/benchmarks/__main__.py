"""`python -m tests.benchmarks [name …]`: measures, and prints a line each. All of them where none is named.

Columns: ours, the other side's, their ratio, the bound. `--strict` ends with 1 where a bound does not hold; `--tiny`
runs each with next to nothing, to see that it runs. Other work on the machine shows in the figures.
"""

import argparse
import sys
from types import ModuleType

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
from tests.benchmarks.measure import say

BENCHMARKS: dict[str, ModuleType] = {
    "reading": reading,
    "polling": polling,
    "acking": acking,
    "flooding": flooding,
    "starting": starting,
    "parsing": parsing,
    "asking": asking,
    "explaining": explaining,
    "alerting": alerting,
    "pressing": pressing,
    "paging": paging,
}


def main() -> int:
    """0, or 1 with --strict where a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures, and prints ratios.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--strict", action="store_true", help="end with 1 where a bound does not hold")
    parser.add_argument("--tiny", action="store_true", help="only see that everything runs")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    all_hold = True
    for name in options.names or BENCHMARKS:
        module = BENCHMARKS[name]
        for line in module.run(module.TINY if options.tiny else module.FULL):
            say(line)
            all_hold = all_hold and line.holds
    return 0 if all_hold or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
