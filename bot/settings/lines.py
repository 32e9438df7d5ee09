"""Where in a TOML file each key stands. Total: of a text that is no TOML it says what it can.

    key path   ("routes", 1, "channel")     as in what tomllib returns: names, and places in lists counted from 0

Finds places only: what the values are is tomllib's, which has read the text before.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<text>"""(?:\\[\s\S]|[^\\])*?"""(?!")|\'\'\'[\s\S]*?\'\'\'(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<gap>[ \t\r]+|#[^\n]*)"
    r"|(?P<end>\n)"
    r"|(?P<sign>\[\[|\]\]|[\[\]{}=,.])"
    r"|(?P<bare>[^\s\[\]{}=,.#\"']+)"
    r"|(?P<stray>.)"
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    is_key: bool


def lines_of(text: str) -> dict[Path, int]:
    """The line of each key, of each table and of each value in a list, counted from 1."""
    finder = _Finder(tuple(_tokens(text)))
    finder.read()
    return finder.lines


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "gap":
            yield _Token(found[0], line, found.lastgroup in ("text", "bare"))
        line += found[0].count("\n")


class _Finder:
    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self.lines: dict[Path, int] = {}
        self._tokens = tokens
        self._at = 0
        self._places: dict[Path, int] = {}  # of each list of tables, the place of its last one

    def read(self) -> None:
        table: Path = ()
        while self._at < len(self._tokens):
            if self._word in ("[", "[["):
                table = self._header()
            elif self._is_key:
                self._pair(table)
            else:
                self._at += 1

    @property
    def _word(self) -> str:
        """The token here; "" past the end."""
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    @property
    def _is_key(self) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].is_key

    def _header(self) -> Path:
        """`[a.b]`, `[[a.b]]`: the path of the table that begins."""
        line, is_list = self._tokens[self._at].line, self._word == "[["
        self._at += 1
        names = self._names()
        path: Path = ()
        for name in names[:-1]:
            path = self._latest((*path, name))
        path = (*path, *names[-1:])
        if is_list:
            self._places[path] = self._places.get(path, -1) + 1
            self.lines.setdefault(path, line)
        path = self._latest(path)
        self.lines.setdefault(path, line)
        while self._word not in ("\n", ""):
            self._at += 1
        return path

    def _latest(self, path: Path) -> Path:
        return (*path, self._places[path]) if path in self._places else path

    def _names(self) -> list[str]:
        """A key and its parts: `a."b.c".d`."""
        names = list[str]()
        while self._is_key:
            names.append(_plain(self._word))
            self._at += 1
            if self._word != ".":
                break
            self._at += 1
        return names

    def _pair(self, table: Path) -> None:
        """`key = value`."""
        line, path = self._tokens[self._at].line, table
        for name in self._names():
            path = (*path, name)
            self.lines.setdefault(path, line)
        if self._word == "=":
            self._at += 1
            self._value(path)

    def _value(self, path: Path) -> None:
        if self._word == "{":
            self._at += 1
            self._inside(path, "}")
        elif self._word in ("[", "[["):
            self._list(path)
        else:
            while self._word not in ("\n", ",", "]", "]]", "}", ""):
                self._at += 1

    def _inside(self, path: Path, end: str) -> None:
        """An inline table's pairs."""
        while self._word not in (end, ""):
            if self._is_key:
                self._pair(path)
            else:
                self._at += 1
        self._at += 1

    def _list(self, path: Path) -> None:
        """Brackets that touch are one token: each is opened and closed by itself."""
        self._split()
        self._at += 1
        place = 0
        while self._word not in ("]", "]]", ""):
            if self._word in ("\n", ","):
                self._at += 1
                continue
            self.lines.setdefault((*path, place), self._tokens[self._at].line)
            before = self._at
            self._value((*path, place))
            self._at += self._at == before
            place += 1
        self._split()
        self._at += 1

    def _split(self) -> None:
        """`[[` inside a value is two brackets."""
        if self._word in ("[[", "]]"):
            half = _Token(self._word[0], self._tokens[self._at].line, is_key=False)
            self._tokens = (*self._tokens[: self._at], half, half, *self._tokens[self._at + 1 :])


def _plain(word: str) -> str:
    """A key without its quotes."""
    if word[:1] not in ("'", '"'):
        return word
    try:
        return str(tomllib.loads(f"key = {word}")["key"])
    except tomllib.TOMLDecodeError:
        return word
