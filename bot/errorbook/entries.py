"""The error book's file → entries. Every fault is told at once, with the entry's key and what to do.

Owns the format and its checks. Reads the files it is handed the paths of, and nothing else; knows nothing of how an
error is matched. The format, one table an entry:

    [[error]]
    key = "backup-storage-full"          # small words and hyphens, once
    sentence = "Backup storage is full." # what is wrong
    step = "Delete old backups."         # optional: what to do next
    link = "https://…"                   # optional: an article
    platform = true                      # optional: Acronis's own services fail, not the customer's side
    domain, code, ser_code, text         # what it is known by, one of them at least; all that are there must fit
    example = { … }                      # optional: an error as in the API, for a test

`domain`, `code` and `ser_code` are one word or a list of them. `text` is a regular expression, without regard to case.
Its repeats have an end (`.{0,40}`, never `.*` or `+`), at most two in each alternative and none of a group: so it takes
no longer on a hostile text than on another.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

FIELDS = ("key", "domain", "code", "ser_code", "text", "sentence", "step", "link", "platform", "example")
LONGEST = 300  # characters of a sentence or a step
_WIDEST = 100  # the most a repeat may take
_MOST_REPEATS = 2
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINK = re.compile(r"https://[^\s<>|]{3,400}")
_NOT_A_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)  # what is escaped, and classes
_ENDLESS = re.compile(r"[*+]|\{\d*,\}")
_REPEAT = re.compile(r"\{(?:\d*,)?(\d+)\}")
_BRACKETED = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """`domains`, `codes` and `ser_codes` are in small letters; empty where it is not known by them."""

    key: str
    sentence: str
    step: str = ""
    link: str = ""
    is_platform: bool = False
    domains: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    ser_codes: tuple[str, ...] = ()
    text: re.Pattern[str] | None = None


def read(path: Path, faults: list[str]) -> tuple[Entry, ...]:
    """The entries of a file, in its order. What is wrong is added to `faults`, a sentence each, and reading goes on."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{path.name} is not there. Name the file of your error book, or take the setting out.")
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path.name} cannot be read: {error}.")
        return ()
    faults.extend(
        f"{path.name}: {name!r} is not known. Begin each entry with [[error]]." for name in content if name != "error"
    )
    tables = content.get("error", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        faults.append(f"{path.name}: begin each entry with [[error]], in two pairs of brackets.")
        return ()
    return tuple(_entries(path.name, tables, faults))


def _entries(file: str, tables: Sequence[Mapping[str, Any]], faults: list[str]) -> Iterator[Entry]:
    seen: set[str] = set()
    for number, table in enumerate(tables, 1):
        fields = _Fields(file, number, table, faults)
        entry = fields.entry()
        if entry.key and entry.key in seen:
            fields.tell("the key is there twice. Give each entry its own")
        seen.add(entry.key)
        yield entry


class _Fields:
    """One entry's table, read field by field."""

    def __init__(self, file: str, number: int, table: Mapping[str, Any], faults: list[str]) -> None:
        key = table.get("key")
        self._where = f"{file}: entry {key!r}" if isinstance(key, str) and key else f"{file}: entry {number}"
        self._table = table
        self._faults = faults

    def tell(self, what: str) -> None:
        self._faults.append(f"{self._where}: {what}.")

    def entry(self) -> Entry:
        self._tell_unknown()
        entry = Entry(
            key=self._key(),
            sentence=self._sentence(),
            step=self._line("step"),
            link=self._link(),
            is_platform=self._flag("platform"),
            domains=frozenset(self._words("domain")),
            codes=frozenset(self._words("code")),
            ser_codes=self._words("ser_code"),
            text=self._pattern(),
        )
        if not any(name in self._table for name in ("domain", "code", "ser_code", "text")):
            self.tell("it is known by nothing. Give it a domain, code, ser_code or text")
        return entry

    def _tell_unknown(self) -> None:
        for name in self._table:
            if name not in FIELDS:
                near = get_close_matches(name, FIELDS, 1)
                self.tell(f"{name!r} is not a field. " + (f"Write {near[0]}" if near else "Take it out"))

    def _key(self) -> str:
        key = self._line("key")
        if not _KEY.fullmatch(key):
            self.tell("a key is needed, of small letters, digits and hyphens, such as nas-asleep")
        return key

    def _sentence(self) -> str:
        sentence = self._line("sentence")
        if not sentence and isinstance(self._table.get("sentence", ""), str):
            self.tell("the sentence is missing. Say what is wrong, for somebody woken by it")
        return sentence

    def _link(self) -> str:
        link = self._line("link")
        if link and not _LINK.fullmatch(link):
            self.tell("link must begin with https:// and hold no blanks")
        return link

    def _line(self, name: str) -> str:
        value = self._table.get(name, "")
        if not isinstance(value, str):
            self.tell(f"{name} must be words in quotes")
            return ""
        line = " ".join(value.split())
        if len(line) > LONGEST and name != "link":
            self.tell(f"{name} is longer than {LONGEST} characters. Make it shorter")
        return line

    def _flag(self, name: str) -> bool:
        value = self._table.get(name, False)
        if not isinstance(value, bool):
            self.tell(f"{name} must be true or false")
        return value is True

    def _words(self, name: str) -> tuple[str, ...]:
        value = self._table.get(name, [])
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            self.tell(f"{name} must be a word in quotes, or a list of them")
            return ()
        return tuple(word.strip().casefold() for word in words)

    def _pattern(self) -> re.Pattern[str] | None:
        text = self._table.get("text")
        if text is None:
            return None
        if not isinstance(text, str) or not text.strip():
            self.tell("text must be a regular expression in quotes")
            return None
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            self.tell(f"text is no regular expression: {error}. Put a \\ before signs that stand for themselves")
            return None
        return pattern if self._is_swift(pattern) else None

    def _is_swift(self, pattern: re.Pattern[str]) -> bool:
        if pattern.search(""):
            self.tell("text fits everything. Leave out what may be empty")
            return False
        slow = slowness(pattern.pattern)
        if slow:
            self.tell(f"text {slow}")
        return not slow


def slowness(expression: str) -> str:
    """Why it might take too long on a long text, and what to write; "" where it cannot."""
    bare = _NOT_A_SIGN.sub("x", expression)
    if _ENDLESS.search(bare):
        return "has a repeat without end, which may take too long. Write .{0,40} for .* and {1,20} for +"
    if re.search(r"\)\{", bare):
        return "repeats a group, which may take too long. Write out what is in it"
    if any(int(repeat[1]) > _WIDEST for repeat in _REPEAT.finditer(bare)):
        return f"has a repeat of more than {_WIDEST}, which may take too long. Make it shorter"
    if _repeats(bare) > _MOST_REPEATS:
        return (
            f"has more than {_MOST_REPEATS} repeats in one alternative, which may take too long. Make two entries of it"
        )
    return ""


def _repeats(bare: str) -> int:
    """The most repeats that may follow on each other: a group counts as its longest alternative."""
    while group := _BRACKETED.search(bare):
        bare = bare[: group.start()] + "{1}" * _repeats(group[0][1:-1]) + bare[group.end() :]
    return max(len(_REPEAT.findall(alternative)) for alternative in bare.split("|"))
