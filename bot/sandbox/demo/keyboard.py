"""Lines from standard input, whatever it is: a terminal, a pipe, a file, nothing. Never blocks the loop.

A thread reads. On a terminal the line being typed is edited here, so that messages that arrive meanwhile do not tear
it apart; the terminal is given back as it was. Knows nothing of what the lines mean.
"""

import asyncio
import codecs
import os
import re
import termios
import threading
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from bot.sandbox.demo.screen import Screen

_STDIN = 0
_KEY = re.compile(r"\x1b(?:\[[0-9;?]*[@-~]|O.|)|.", re.DOTALL)
_UP, _ERASE, _ERASE_ALL, _ENTER, _END = ("\x1b[A", "\x1bOA"), "\x7f\x08", "\x15", "\r\n", "\x04"
_LONGEST = 1_000


class Typist:
    """The line being typed on a terminal. Enter sends, backspace and Ctrl-U take back, Up brings the last line."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._draft = ""
        self._previous = ""

    def press(self, text: str) -> Iterator[str | None]:
        """Yields each line that was sent; None for Ctrl-D on an empty line."""
        for key in _KEY.findall(text):
            if key == _END and not self._draft:
                yield None
            elif key in _ENTER:
                self._screen.end_draft()
                self._previous, sent, self._draft = self._draft or self._previous, self._draft, ""
                yield sent
            else:
                self._draft = self._edited(key)[:_LONGEST]
                self._screen.show_draft(self._draft)

    def _edited(self, key: str) -> str:
        if key in _ERASE:
            return self._draft[:-1]
        if key == _ERASE_ALL:
            return ""
        if key in _UP:
            return self._previous
        return self._draft + key if key.isprintable() else self._draft


class Piped:
    """Lines of a pipe or a file."""

    def __init__(self) -> None:
        self._rest = ""

    def press(self, text: str) -> Iterator[str | None]:
        *lines, self._rest = (self._rest + text).split("\n")
        yield from lines

    def end(self) -> str:
        """A last line without its line break."""
        return self._rest


async def read_lines(screen: Screen) -> AsyncIterator[str]:
    """Yields lines until the end of input."""
    loop, read = asyncio.get_running_loop(), asyncio.Queue[bytes]()
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    threading.Thread(target=_pump, args=(loop, read), name="keyboard", daemon=True).start()
    with _terminal(screen) as is_terminal:
        reader = Typist(screen) if is_terminal else Piped()
        while chunk := await read.get():
            for line in reader.press(decoder.decode(chunk)):
                if line is None:
                    return
                yield line
        if isinstance(reader, Piped) and reader.end():
            yield reader.end()


def _pump(loop: asyncio.AbstractEventLoop, read: asyncio.Queue[bytes]) -> None:
    """In a thread: a daemon, for nothing can wake it from its read at the end."""
    chunk = b"?"
    while chunk:
        try:
            chunk = os.read(_STDIN, 4096)
        except OSError:
            chunk = b""  # closed, or the terminal is gone: the end of input like any other
        with suppress(RuntimeError):  # the loop has ended before us
            loop.call_soon_threadsafe(read.put_nowait, chunk)


@contextmanager
def _terminal(screen: Screen) -> Iterator[bool]:
    """Hands us each key at once, without echo, and shows a prompt; Ctrl-C stays a signal."""
    try:
        before = termios.tcgetattr(_STDIN)
    except (termios.error, OSError):
        yield False
        return
    tty.setcbreak(_STDIN)
    screen.echoes = False
    screen.show_draft("")
    try:
        yield True
    finally:
        screen.leave()
        screen.echoes = True
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
