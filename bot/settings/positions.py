"""Where in a TOML file each key stands. Total: of a text that is no TOML it says what it can.

key path   ("routes", 1, "channel")     as in what tomllib returns: names, and places in lists counted from 0
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Final

from bot.model.values import dataclass

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r'(?P<text>"""(?:\\[\s\S]|[^\\])*?"""(?!")|\'\'\'[\s\S]*?\'\'\'(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<gap>[ \t\r]+|#[^\n]*)"
    r"|(?P<sign>[\n\[\]{}=,.])"
    r"|(?P<bare>[^\s\[\]{}=,.#\"']+)"
    r"|(?P<stray>.)"
)
_CLOSING: Final = {"[": "]", "{": "}"}
_AFTER_VALUE: Final = ("\n", ",", "]", "}", "")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    is_key: bool


_END: Final = _Token("", 0, is_key=False)


def lines_of(text: str) -> dict[Path, int]:
    """The line of each key, of each table and of each value in a list, counted from 1."""
    return _Reader(_tokens(text)).read()


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "gap":
            yield _Token(found[0], line, found.lastgroup in ("text", "bare"))
        line += found[0].count("\n")


class _Reader:
    """Goes through the tokens once; `_token` is the next one, `_END` after the last."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self._tokens = tokens
        self._token = next(tokens, _END)
        self._lines: dict[Path, int] = {}
        self._newest: dict[Path, int] = {}  # of each list of tables, the place of its last one

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self._token is not _END:
            if self._token.text == "[":
                table = self._header()
            elif self._token.is_key:
                self._pair(table)
            else:
                self._take()
        return self._lines

    def _take(self) -> _Token:
        taken, self._token = self._token, next(self._tokens, _END)
        return taken

    def _header(self) -> Path:
        """`[a.b]`, `[[a.b]]`: the path of the table that begins."""
        line = self._take().line
        is_list = self._token.text == "["
        if is_list:
            self._take()
        path: Path = ()
        for name in self._names():
            path = (*self._in_newest(path), name)
        if is_list:
            self._newest[path] = self._newest.get(path, -1) + 1
            self._lines.setdefault(path, line)
        path = self._in_newest(path)
        self._lines.setdefault(path, line)
        while self._token.text not in ("\n", ""):
            self._take()
        return path

    def _in_newest(self, path: Path) -> Path:
        return (*path, self._newest[path]) if path in self._newest else path

    def _names(self) -> Iterator[str]:
        """A key and its parts: `a."b.c".d`."""
        while self._token.is_key:
            yield _unquoted(self._take().text)
            if self._token.text != ".":
                return
            self._take()

    def _pair(self, path: Path) -> None:
        """`key = value`."""
        line = self._token.line
        for name in self._names():
            path = (*path, name)
            self._lines.setdefault(path, line)
        if self._token.text == "=":
            self._take()
            self._value(path)

    def _value(self, path: Path) -> None:
        closing = _CLOSING.get(self._token.text)
        if closing is None:
            while self._token.text not in _AFTER_VALUE:
                self._take()
            return
        self._take()
        place = 0
        while self._token.text not in (closing, ""):
            if self._token.text in _AFTER_VALUE:
                self._take()
            elif closing == "]":
                self._lines.setdefault((*path, place), self._token.line)
                self._value((*path, place))
                place += 1
            elif self._token.is_key:
                self._pair(path)
            else:
                self._take()
        self._take()


def _unquoted(key: str) -> str:
    if key[0] not in ("'", '"'):
        return key
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError:
        return key
