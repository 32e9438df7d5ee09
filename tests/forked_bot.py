"""The bot as a process of its own that does without half a second of imports: a server that has them forks it.

What it is, does and ends by is the same; `tests/acceptance/test_ways_to_start.py` and others start it as people do.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.loaded_bot"])


class ForkedProcess:
    """What is asked here of a process, as `asyncio.subprocess.Process` has it. Its words come by `stdout`."""

    stderr = None

    def __init__(self, process: multiprocessing.context.ForkServerProcess, words: asyncio.StreamReader) -> None:
        self.stdout = words
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()


def can_be_forked(environment: Mapping[str, str]) -> bool:
    """Not where a variable is for the interpreter or the loader: they read it when they start."""
    read_by_us = ("PYTHONPATH", "PYTHONUNBUFFERED")
    names = (name for name in environment if name not in read_by_us)
    return not any(name.startswith(("PYTHON", "LD_", "LC_", "LANG")) for name in names)


async def fork(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, *, keep_words: bool
) -> ForkedProcess:
    """Starts `python -m bot` with these arguments. Its `stdout` is what it says on stderr, `keep_words`: on both."""
    receiver, sender = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=_play, args=(arguments, dict(environment), folder, sender, keep_words))
    process.start()
    sender.close()
    words = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(receiver.fileno()), "rb", 0)
    receiver.close()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), pipe)
    return ForkedProcess(process, words)


def _play(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, sender: Connection, keep_words: bool
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sender.fileno() if keep_words else nowhere, 1)
    os.dup2(sender.fileno(), 2)
    os.close(nowhere)
    sender.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1 if "PYTHONUNBUFFERED" in environment else -1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace")
    from bot.__main__ import main  # noqa: PLC0415  this module is loaded where no bot is

    sys.exit(main(arguments))
