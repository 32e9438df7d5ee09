"""Reads the entries of an error book's file. Every fault of the file is named at once, with what to do.

This file knows nothing of how an error is matched. The format, one table an entry:

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
from pathlib import Path
from typing import Any

from bot.model.values import dataclass

FIELDS = ("key", "domain", "code", "ser_code", "text", "sentence", "step", "link", "platform", "example")
LONGEST = 300  # characters of a sentence or a step
_WIDEST = 100  # the most a repeat may take
_MOST_REPEATS = 2
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINK = re.compile(r"(?:https://[^\s<>|]{3,400})?")
_ANY_LINE = re.compile(r".*")
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
    unknown = (name for name in content if name != "error")
    faults.extend(f"{path.name}: {name!r} is not known. Begin each entry with [[error]]." for name in unknown)
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
            fields.fault("the key is there twice. Give each entry its own")
        seen.add(entry.key)
        yield entry


class _Fields:
    def __init__(self, file: str, number: int, table: Mapping[str, Any], faults: list[str]) -> None:
        key = table.get("key")
        self._where = f"{file}: entry {key!r}" if isinstance(key, str) and key else f"{file}: entry {number}"
        self._table = table
        self._faults = faults

    def fault(self, told: str) -> None:
        self._faults.append(f"{self._where}: {told}.")

    def entry(self) -> Entry:
        from difflib import get_close_matches  # noqa: PLC0415  most books have no fault

        for name in (name for name in self._table if name not in FIELDS):
            near = get_close_matches(name, FIELDS, 1)
            self.fault(f"{name!r} is not a field. " + (f"Write {near[0]}" if near else "Take it out"))
        entry = Entry(
            key=self._line("key", _KEY, "a key is needed, of small letters, digits and hyphens, such as nas-asleep"),
            sentence=self._sentence(),
            step=self._line("step"),
            link=self._line("link", _LINK, "link must begin with https:// and hold no blanks"),
            is_platform=self._flag("platform"),
            domains=frozenset(self._words("domain")),
            codes=frozenset(self._words("code")),
            ser_codes=self._words("ser_code"),
            text=self._pattern(),
        )
        if not any(name in self._table for name in ("domain", "code", "ser_code", "text")):
            self.fault("it is known by nothing. Give it a domain, code, ser_code or text")
        return entry

    def _sentence(self) -> str:
        sentence = self._line("sentence")
        if not sentence and isinstance(self._table.get("sentence", ""), str):
            self.fault("the sentence is missing. Say what is wrong, for somebody woken by it")
        return sentence

    def _line(self, name: str, form: re.Pattern[str] = _ANY_LINE, told: str = "") -> str:
        """The text as one line. The fault `told` is added where the line has not the `form`."""
        value = self._table.get(name, "")
        if not isinstance(value, str):
            self.fault(f"{name} must be words in quotes")
            value = ""
        line = " ".join(value.split())
        if len(line) > LONGEST and name != "link":
            self.fault(f"{name} is longer than {LONGEST} characters. Make it shorter")
        if not form.fullmatch(line):
            self.fault(told)
        return line

    def _flag(self, name: str) -> bool:
        value = self._table.get(name, False)
        if not isinstance(value, bool):
            self.fault(f"{name} must be true or false")
        return value is True

    def _words(self, name: str) -> tuple[str, ...]:
        value = self._table.get(name, [])
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            self.fault(f"{name} must be a word in quotes, or a list of them")
            return ()
        return tuple(word.strip().casefold() for word in words)

    def _pattern(self) -> re.Pattern[str] | None:
        text = self._table.get("text")
        if text is None:
            return None
        if not isinstance(text, str) or not text.strip():
            self.fault("text must be a regular expression in quotes")
            return None
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            self.fault(f"text is no regular expression: {error}. Put a \\ before signs that stand for themselves")
            return None
        told = "fits everything. Leave out what may be empty" if pattern.search("") else slowness(text)
        if told:
            self.fault(f"text {told}")
        return None if told else pattern


def slowness(expression: str) -> str:
    """Why it might take too long on a long text, and what to write; "" where it cannot."""
    bare = _NOT_A_SIGN.sub("x", expression)
    if _ENDLESS.search(bare):
        why, advice = "has a repeat without end", "Write .{0,40} for .* and {1,20} for +"
    elif "){" in bare:
        why, advice = "repeats a group", "Write out what is in it"
    elif any(int(repeat[1]) > _WIDEST for repeat in _REPEAT.finditer(bare)):
        why, advice = f"has a repeat of more than {_WIDEST}", "Make it shorter"
    elif _repeats(bare) > _MOST_REPEATS:
        why, advice = f"has more than {_MOST_REPEATS} repeats in one alternative", "Make two entries of it"
    else:
        return ""
    return f"{why}, which may take too long. {advice}"


def _repeats(bare: str) -> int:
    """The most repeats that may follow on each other: a group counts as its longest alternative."""
    while group := _BRACKETED.search(bare):
        bare = bare[: group.start()] + "{1}" * _repeats(group[0][1:-1]) + bare[group.end() :]
    return max(len(_REPEAT.findall(alternative)) for alternative in bare.split("|"))
