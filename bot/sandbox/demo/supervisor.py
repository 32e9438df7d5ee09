"""`supervisor.py COMMAND…` runs it, and ends it when standard input ends. Imports nothing of the project."""

import os
import signal
import subprocess
import sys
import threading

PATIENCE = 10.0  # seconds the command has to end by itself; the bot takes 8 at most (design §4)


def main(command: list[str]) -> int:
    """Returns the command's exit code; 128 and the signal's number where a signal ended it."""
    held = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  the demo's own command
    signal.signal(signal.SIGTERM, lambda *_: held.terminate())
    threading.Thread(target=_end_with_input, args=(held,), daemon=True).start()
    code = held.wait()
    return code if code >= 0 else 128 - code


def _end_with_input(held: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    held.terminate()
    try:
        held.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        held.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
