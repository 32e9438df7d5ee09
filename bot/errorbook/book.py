"""The error book: what an error means in one plain sentence, what to do next, and where to read more.

Owns which entry fits an error. Pure but for `load`, which reads the book's own file and the teams' files it is told of;
what a file must look like is `entries`'. Knows nothing of Slack, of HTTP, or of the store.

An entry fits where all it is known by fits: one of its domains, one of its codes, one of its service codes as the end
of the error's (`0x0247000D` is where it began), its text somewhere in one of the error's texts. Of those that fit, the
most specific wins, in this order:

1. service code
2. code and text
3. code and domain
4. code
5. text and domain
6. text
7. domain

Among equals: a team's file before the shipped one; then what fits the deeper text (leaf, cause, message, effect, and
the code as a last one); then the longer expression; then the order of the file. An entry of a team's file takes the
place of the shipped one with the same key.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from bot.errorbook.entries import Entry, read
from bot.errorbook.explain import cleaned, one_line
from bot.errorbook.literals import Words, literals
from bot.errors import SettingsError
from bot.model import Cause, Fault

SHIPPED = Path(__file__).with_name("errors.toml")
_READ = 1000  # more of a text is not looked at
_REMEMBERED = 2048  # errors: many runs fail for one cause
_WRAPPER = "tol: failed to execute the command"  # says which plan or step failed, never why


def load(*paths: Path) -> "Book":
    """The shipped book behind the files of `paths`. Raises SettingsError with every fault of all of them."""
    faults: list[str] = []
    shelves = [read(path, faults) for path in (*paths, SHIPPED)]
    if faults:
        raise SettingsError(faults)
    return Book(*shelves)


@cache
def shipped() -> "Book":
    """The book as it comes with the bot, read once."""
    return load()


@dataclass(frozen=True, slots=True)
class _Ranked:
    """An entry and its place among those that fit."""

    entry: Entry
    rank: int
    shelf: int
    words: Words = frozenset()

    @property
    def group(self) -> tuple[int, int]:
        return (self.rank, self.shelf)

    @property
    def place(self) -> tuple[int, int, int]:
        width = len(self.entry.text.pattern) if self.entry.text else 0
        return (self.rank, self.shelf, -width)


_Groups = tuple[tuple[_Ranked, ...], ...]
"""Entries that may fit: in groups of the same rank and file, the most specific first; in a group, as they win."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What an error tells, as entries are compared with it: in small letters; each text as it is, too."""

    domain: str
    code: str
    ser_code: str
    texts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Index:
    """Entries by the surest thing they are known by, so that few are tried."""

    by_ser_code: dict[str, list[_Ranked]] = field(default_factory=dict)
    by_code: dict[str, list[_Ranked]] = field(default_factory=dict)
    by_text: list[_Ranked] = field(default_factory=list)
    by_domain: dict[str, list[_Ranked]] = field(default_factory=dict)

    def add(self, ranked: _Ranked) -> None:
        entry = ranked.entry
        if entry.ser_codes:
            _put(self.by_ser_code, {_last(code) for code in entry.ser_codes}, ranked)
        elif entry.codes:
            _put(self.by_code, entry.codes, ranked)
        elif entry.text:
            self.by_text.append(ranked)
        else:
            _put(self.by_domain, entry.domains, ranked)


class Book:
    """Entries, and what they make of an error. `shelves` are files' entries, the first before the next."""

    def __init__(self, *shelves: Sequence[Entry]) -> None:
        self.entries = tuple(entry for _, entry in _chosen(shelves))
        index = _Index()
        for shelf, entry in _chosen(shelves):
            index.add(_Ranked(entry, _rank(entry), shelf, literals(entry.text.pattern) if entry.text else frozenset()))
        self._by_ser_code = {key: _grouped(found) for key, found in index.by_ser_code.items()}
        self._by_code = {key: _grouped(found) for key, found in index.by_code.items()}
        self._by_text = _grouped(index.by_text)
        self._by_domain = {key: _grouped(found) for key, found in index.by_domain.items()}
        self._by_sentence = {entry.sentence: entry for entry in reversed(self.entries)}
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._explained)

    def explain(self, fault: Fault) -> Cause:
        """What the entry says that fits best; where none fits, the error's own text, cleaned, and no `entry`."""
        return self._remembered(fault)

    def by_text(self, sentence: str) -> Cause | None:
        """The cause whose sentence this is, without codes: the bot's copy keeps no more of it. None of no entry."""
        entry = self._by_sentence.get(sentence)
        return _cause(entry) if entry else None

    def _explained(self, fault: Fault) -> Cause:
        entry = self._find(_told(fault))
        return _cause(entry, one_line(fault.code), one_line(fault.ser_code)) if entry else cleaned(fault)

    def _find(self, told: _Told) -> Entry | None:
        for groups in (
            self._by_ser_code.get(_last(told.ser_code), ()),
            self._by_code.get(told.code, ()),
            self._by_text,
            self._by_domain.get(told.domain, ()),
        ):
            found = _first_that_fits(groups, told)
            if found:
                return found
        return None


def _chosen(shelves: Sequence[Sequence[Entry]]) -> Iterator[tuple[int, Entry]]:
    """Each entry with its file's number; of two with one key the first."""
    seen: set[str] = set()
    for shelf, entries in enumerate(shelves):
        for entry in entries:
            if entry.key not in seen:
                seen.add(entry.key)
                yield shelf, entry


def _rank(entry: Entry) -> int:
    """Its line in the list at the top of this file."""
    known = (bool(entry.codes), bool(entry.text), bool(entry.domains))
    if entry.ser_codes:
        return 1
    return {
        (True, True, True): 2,
        (True, True, False): 2,
        (True, False, True): 3,
        (True, False, False): 4,
        (False, True, True): 5,
        (False, True, False): 6,
    }.get(known, 7)


def _put(index: dict[str, list[_Ranked]], keys: Iterable[str], ranked: _Ranked) -> None:
    for key in keys:
        index.setdefault(key, []).append(ranked)


def _grouped(found: Iterable[_Ranked]) -> _Groups:
    ordered = sorted(found, key=attrgetter("place"))
    return tuple(tuple(group) for _, group in groupby(ordered, attrgetter("group")))


def _first_that_fits(groups: _Groups, told: _Told) -> Entry | None:
    for group in groups:
        meant = [ranked for ranked in group if _is_meant(ranked.entry, told)]
        for text, folded in told.texts if meant else ():
            for ranked in meant:
                if _is_in(ranked, text, folded):
                    return ranked.entry
    return None


def _is_in(ranked: _Ranked, text: str, folded: str) -> bool:
    """Whether the text fits. Few expressions are tried: of most, no word is in the text."""
    if ranked.entry.text is None:
        return True
    for word in ranked.words:
        if word in folded:
            break
    else:
        if ranked.words:
            return False
    return ranked.entry.text.search(text) is not None


def _is_meant(entry: Entry, told: _Told) -> bool:
    """Whether everything but its text fits."""
    return (
        (not entry.domains or told.domain in entry.domains)
        and (not entry.codes or told.code in entry.codes)
        and (not entry.ser_codes or any(f"+{told.ser_code}".endswith(f"+{code}") for code in entry.ser_codes))
    )


def _told(fault: Fault) -> _Told:
    code = one_line(fault.code[:_READ])
    lines = (one_line(text[:_READ]) for text in (fault.leaf, fault.cause, fault.message, fault.effect))
    texts = dict.fromkeys(line for line in (*lines, code) if line and not line.casefold().startswith(_WRAPPER))
    ser_code = one_line(fault.ser_code[:_READ]).casefold()
    pairs = tuple((text, text.casefold()) for text in texts) or (("", ""),)
    return _Told(one_line(fault.domain[:_READ]).casefold(), code.casefold(), ser_code, pairs)


def _last(ser_code: str) -> str:
    return ser_code.rpartition("+")[2]


def _cause(entry: Entry, code: str = "", ser_code: str = "") -> Cause:
    return Cause(entry.sentence, code, ser_code, entry.key, entry.step, entry.link, entry.is_platform)
