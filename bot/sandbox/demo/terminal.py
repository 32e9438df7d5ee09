"""Prints what happens and reads lines. On a terminal the line being typed stays below, and is edited here."""

import asyncio
import codecs
import os
import re
import shutil
import termios
import textwrap
import threading
import tty
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import groupby
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.sandbox.demo.transcript import Button, Entry, What

PROMPT = "> "
_AS_BEFORE = 5  # so many lines of an edited message that stayed the same are not printed again
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CLEAR = "\r\x1b[K"
_STDIN = 0
_KEY = re.compile(r"\x1b(?:\[[0-9;?]*[@-~]|O.|)|.", re.DOTALL)
_UP, _ERASE, _ERASE_ALL, _ENTER, _END = ("\x1b[A", "\x1bOA"), "\x7f\x08", "\x15", "\r\n", "\x04"
_LONGEST = 1_000


class Screen:
    """Prompt, bold heads and wrapped lines on a terminal, else plain lines. `gone`: nobody reads any more."""

    def __init__(self, out: TextIO, zone: str, gone: Callable[[], None]) -> None:
        self._out = out
        self._zone = ZoneInfo(zone)
        self._gone = gone
        self._fancy = out.isatty()
        self._draft: str | None = None
        self._is_blank = True
        self.echoes = True  # commands are printed when they reach Slack: the typed line does not stand there

    def show(self, entry: Entry) -> None:
        """Prints one entry."""
        if self.echoes or entry.what is not What.TYPED:
            self._write("\n".join(self._lines(entry)))

    def say(self, sentence: str) -> None:
        """The demo's own words."""
        lines = [self._styled(_DIM, line) for each in sentence.split("\n") for line in self._wrapped(each, "")]
        self._write("\n".join(lines if self._is_blank else ["", *lines]))

    def show_draft(self, text: str) -> None:
        """What has been typed of a line so far; from the first call on there is a prompt."""
        self._draft = text
        self._put(_CLEAR + self._prompt())

    def end_draft(self) -> None:
        """The line has been sent: it stays, and a new one begins below."""
        self._put("\n")
        self.show_draft("")

    def leave(self) -> None:
        """No prompt any more."""
        if self._draft is not None:
            self._draft = None
            self._put(_CLEAR)

    def _write(self, text: str) -> None:
        before, after = ("", "") if self._draft is None else (_CLEAR, self._prompt())
        self._is_blank = False
        self._put(f"{before}{text}\n{after}")

    def _put(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self._gone()

    def _prompt(self) -> str:
        """The end of a long line: a wrapped one could not be taken back."""
        return PROMPT + (self._draft or "")[-max(1, shutil.get_terminal_size().columns - len(PROMPT) - 1) :]

    def _lines(self, entry: Entry) -> Iterator[str]:
        at = datetime.fromtimestamp(entry.at, self._zone)
        yield ""
        yield f"{at:%H:%M:%S}  {self._styled(_BOLD, _head(entry))}"
        if entry.shows:
            for line in _news(entry):
                yield from self._wrapped(line, "  ")
            for line in _choices(entry.buttons):
                yield from (self._styled(_DIM, each) for each in self._wrapped(line, "  "))

    def _wrapped(self, line: str, indent: str) -> list[str]:
        if not self._fancy:
            return [indent + line]
        width = max(40, shutil.get_terminal_size().columns - 1)
        return textwrap.wrap(
            line, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
        )

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._fancy else text


def _head(entry: Entry) -> str:
    if entry.what is What.TYPED:
        return f"you type {entry.text}"
    if entry.what is What.REFUSED:
        return f"Slack says {entry.text}: the bot did not answer in time"
    marks = [entry.place, "in thread" if entry.in_thread else "", entry.what.value]
    return " · ".join(mark for mark in marks if mark not in ("", What.POSTED))


def _news(entry: Entry) -> Iterator[str]:
    """All lines; of a long message that was edited, the first and what is new."""
    lines, known = entry.text.split("\n"), set(entry.before.split("\n"))
    same = [line for line in lines[1:] if line in known]
    if entry.what is not What.EDITED or len(same) < _AS_BEFORE:
        yield from lines
        return
    yield lines[0]
    yield from (line for line in lines[1:] if line not in known)
    yield f"({len(same)} lines as before)"


def _choices(buttons: Sequence[Button]) -> Iterator[str]:
    """`tap 1–10 Details · 11 Ask again`: neighbours with one label are printed together."""
    ranges = []
    for label, group in groupby(enumerate(buttons, 1), key=lambda each: each[1].label):
        numbers = [number for number, _ in group]
        ranges.append(f"{numbers[0]}{f'–{numbers[-1]}' if numbers[1:] else ''} {label}")
    if ranges:
        yield f"tap {' · '.join(ranges)}"


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    """Lines of a pipe or a file; `rest` is a last line without its line break."""

    def __init__(self) -> None:
        self.rest = ""

    def press(self, text: str) -> Iterator[str | None]:
        *lines, self.rest = (self.rest + text).split("\n")
        yield from lines


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
        if isinstance(reader, Piped) and reader.rest:
            yield reader.rest


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
