"""The real-time clock of other processes, moved while they run. A C compiler makes what they preload (clock_shift.c).

Debian's libfaketime is not used: it also reaches into monotonic waits, and `time.sleep` in a thread then fails.
"""

import struct
import subprocess
from datetime import timedelta
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")


class ShiftedClock:
    """What a machine's clock says to the processes that are started with `environment`. Needs the program `cc`."""

    def __init__(self, folder: Path) -> None:
        self._file, library = folder / "clock-shift", folder / "clock-shift.so"
        self.set(timedelta())
        build = ("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(_SOURCE))
        subprocess.run(build, check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(self._file)}

    def set(self, ahead: timedelta) -> None:
        """The clock is so much ahead of the real time from now on. Those who read it never see half of the number."""
        moved = struct.pack("=q", round(ahead / timedelta(microseconds=1)) * 1000)
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(moved)
