"""Prints what happens, line by line, and keeps the line that is being typed below it. Knows no server and no order."""

import os
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.sandbox.demo.happenings import Button, Happening, Transcript, What

PROMPT = "> "
_AS_BEFORE = 5
"""So many lines of an edited message that stayed the same are not printed again."""
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CLEAR = "\r\x1b[K"


class Screen:
    """On a terminal it has a prompt, bold heads and wrapped lines; anywhere else it writes plain lines.

    `gone` is called when nobody reads any more, as after `| head`; what is printed then goes nowhere.
    """

    def __init__(self, out: TextIO, zone: str, gone: Callable[[], None]) -> None:
        self._out = out
        self._zone = ZoneInfo(zone)
        self._gone = gone
        self._fancy = out.isatty()
        self._draft: str | None = None
        self._is_blank = True
        self.echoes = True
        """Whether commands are printed when they reach Slack: not where the typed line stands there already."""

    async def follow(self, transcript: Transcript) -> None:
        """Prints every happening until there will be none."""
        async for happening in transcript.read():
            self.show(happening)

    def show(self, happening: Happening) -> None:
        """Prints one happening."""
        if self.echoes or happening.what is not What.TYPED:
            self._write("\n".join(self._lines(happening)))

    def say(self, sentence: str) -> None:
        """The demo's own words."""
        lines = [self._dim(line) for each in sentence.split("\n") for line in self._wrapped(each, "")]
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
        return PROMPT + (self._draft or "")[-max(1, self._width() - len(PROMPT) - 1) :]

    def _lines(self, happening: Happening) -> Iterator[str]:
        at = datetime.fromtimestamp(happening.at, self._zone)
        yield ""
        yield f"{at:%H:%M:%S}  {self._bold(_head(happening))}"
        if happening.shows:
            for line in _told(happening):
                yield from self._wrapped(line, "  ")
            for line in _choices(happening.buttons):
                yield from map(self._dim, self._wrapped(line, "  "))

    def _wrapped(self, line: str, indent: str) -> list[str]:
        if not self._fancy:
            return [indent + line]
        width = max(40, self._width() - 1)
        return textwrap.wrap(
            line, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
        )

    def _width(self) -> int:
        return shutil.get_terminal_size().columns

    def _bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self._fancy else text

    def _dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self._fancy else text


def _head(happening: Happening) -> str:
    if happening.what is What.TYPED:
        return f"you type {happening.text}"
    if happening.what is What.REFUSED:
        return f"Slack says {happening.text}: the bot did not answer in time"
    marks = [happening.place, "in thread" if happening.in_thread else "", happening.what.value]
    return " · ".join(mark for mark in marks if mark not in ("", What.POSTED))


def _told(happening: Happening) -> Iterator[str]:
    """All lines; of a long message that was edited, the first and what is new."""
    lines, known = happening.text.split("\n"), set(happening.before.split("\n"))
    same = [line for line in lines[1:] if line in known]
    if happening.what is not What.EDITED or len(same) < _AS_BEFORE:
        yield from lines
        return
    yield lines[0]
    yield from (line for line in lines[1:] if line not in known)
    yield f"({len(same)} lines as before)"


def _choices(buttons: Sequence[Button]) -> Iterator[str]:
    """`tap 1–10 Details · 11 Ask again`: neighbours with one label are told together."""
    told = []
    for label, group in groupby(enumerate(buttons, 1), key=lambda each: each[1].label):
        numbers = [number for number, _ in group]
        told.append(f"{numbers[0]}{f'–{numbers[-1]}' if numbers[1:] else ''} {label}")
    if told:
        yield f"tap {' · '.join(told)}"
