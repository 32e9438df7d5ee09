"""What a benchmark says: one line each, ours beside the other side's, the bound of the issue, and whether it holds.

Knows nothing of what is measured.
"""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """Medians, both in `unit`. `bound` is of ours / other; where there is no other, of ours itself."""

    name: str
    ours: float
    bound: float
    unit: str
    other: float | None = None

    @property
    def measured(self) -> float:
        """What the bound is about."""
        return self.ours if self.other is None else self.ours / self.other

    @property
    def holds(self) -> bool:
        return self.measured <= self.bound

    def __str__(self) -> str:
        ours = f"{self.ours:.4g} {self.unit}"
        verdict = "ok" if self.holds else "over"
        if self.other is None:
            return f"{self.name:<52} {ours:>10}   {'':>12} {'':>6}   at most {self.bound:g} {self.unit:<4} {verdict}"
        other = f"{self.other:.4g} {self.unit}"
        return f"{self.name:<52} {ours:>10}   {other:>12} {self.measured:>6.2f}   at most {self.bound:g} ×    {verdict}"


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def child(module: str, *arguments: object) -> Any:
    """Runs a module of this package as a process of its own, and reads the JSON it says."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def peak() -> float:
    """The most memory this process has held, in MiB. Linux's own word first: its `ru_maxrss` counts the parent's."""
    own = _status("self", "VmHWM")
    return own if own is not None else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB  # bytes on macOS


def peak_of(pid: int) -> float:
    """The most memory a running process has held, in MiB; where the system does not say so, what it holds now."""
    held = _status(str(pid), "VmHWM")
    return held if held is not None else resident(pid)


def resident(pid: int) -> float:
    """The memory a process holds now, in MiB."""
    held = _status(str(pid), "VmRSS")
    if held is not None:
        return held
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], stdout=subprocess.PIPE, check=True, text=True)
    return int(said.stdout) / 1024


def _status(process: str, field: str) -> float | None:
    """A field of Linux's status of a process, in MiB; None on other systems."""
    path = Path("/proc") / process / "status"
    if not path.exists():
        return None
    line = next(line for line in path.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024
