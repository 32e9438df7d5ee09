"""The error book: what an error means in one plain sentence, what to do next, and where to read more.

This file finds the entry that fits an error. The format of the book's files is `entries`'. Pure but for `load`. Knows
nothing of Slack, of HTTP, or of the store.

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

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from bot.errorbook.entries import Entry, read
from bot.errorbook.explain import cleaned, one_line
from bot.errorbook.literals import Words, literals
from bot.errors import SettingsError
from bot.model import Cause, Fault
from bot.model.values import dataclass

SHIPPED = Path(__file__).with_name("errors.toml")
_READ = 1000  # characters of a text that are looked at
_REMEMBERED = 2048  # errors, and their texts: many runs fail for one cause
_HEAD = 3
"""Characters of a word by which it is looked up: of 400 words, few begin as something in a text does."""
_ANY_TEXT: Words = frozenset({""})
_WRAPPER = "tol: failed to execute the command"  # says which plan or step failed, never why


def load(*paths: Path) -> "Book":
    """The files of `paths`, and the shipped book after them. Raises SettingsError with every fault of `paths`."""
    return Book(*_read(paths), has_shipped=True)


@cache
def shipped() -> "Book":
    return load()


def _read(paths: Iterable[Path]) -> list[tuple[Entry, ...]]:
    faults: list[str] = []
    files = [read(path, faults) for path in paths]
    if faults:
        raise SettingsError(faults)
    return files


@dataclass(frozen=True, slots=True)
class _Ranked:
    """An entry with its line in the list at the top of this file and the number of its own file."""

    entry: Entry
    rank: int
    file: int


@dataclass(frozen=True, slots=True)
class _Plain:
    """An error as entries are compared with it: in small letters, but for its texts."""

    domain: str
    code: str
    ser_code: str
    texts: tuple[str, ...]


_Key = tuple[str, str]
"""The surest thing that an entry is known by, and its value: so few entries are tried."""


class _Group(NamedTuple):
    """Entries of one rank and file, the one that wins first. `keys` are those of the entries that look at the text."""

    entries: tuple[Entry, ...]
    keys: frozenset[str]
    is_of_text: bool  # all of them are


_Groups = tuple[_Group, ...]
"""The most specific group comes first."""


_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_SHORT: Final = re.compile("[b-df-hj-np-tv-z]{3}")
_SMALL_WORDS: Final = """
    that this with than then does cannot could there their when what which have been must will into them some
    from because before after again until were your more only longer other another while said says itself should
    through without where under during earlier inside outside once already same much many such next nothing
    something whole being back rest right side small large larger left long kind middle newer place first second
    gave given gone done down allow allows answer answered ask asked asks began bring calls differ ended exist
    find follow found holds keeps kept know lacks lets lies made make makes making moving need needs read ready
    reach reached selects start started state step stopped stored take takes took use used uses went work
    written open opened opens resolved wrong run runs running backed broke broken check list acronis backup
    backups customer data error failed file files group host item items machine management name names plan
    question restart restore restored room rule server target task team time user waiting waits
    sql
"""
_SMALL: Final = frozenset(_SMALL_WORDS.split())
"""Words that say nothing of a cause, or more often something else: `sql` is in the names of machines."""


class Book:
    """Entries, and what they make of an error. An earlier file goes before a later one.

    The shipped entries, if it has them, are read for the first error: a start needs none of them.
    """

    def __init__(self, *files: Sequence[Entry], has_shipped: bool = False) -> None:
        self._files = files
        self._has_shipped = has_shipped
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._explained)

    def explain(self, fault: Fault) -> Cause:
        """What the entry says that fits best; where none fits, the error's own text, cleaned, and no `entry`."""
        return self._remembered(fault)

    def by_text(self, sentence: str) -> Cause | None:
        """The cause whose sentence this is, without codes: the bot's copy keeps no more of it. None of no entry."""
        entry = self._index.by_sentence.get(sentence)
        return _cause(entry) if entry else None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.key for entry in self.entries)

    @property
    def words(self) -> frozenset[str]:
        """The words of the sentences by which a cause can be asked for, abbreviations in the entries' names such as
        `vss`, and the codes of entries, in small letters."""
        said = " ".join(entry.sentence for entry in self.entries).casefold()
        codes = (code for entry in self.entries for code in entry.codes)
        short = (word for entry in self.entries for word in entry.key.split("-") if _SHORT.fullmatch(word))
        return frozenset(word for word in (*_WORD.findall(said), *short) if word not in _SMALL).union(codes)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._index.entries

    @cached_property
    def _index(self) -> "_Index":
        return _Index(*self._files, *_read([SHIPPED] if self._has_shipped else []))

    def _explained(self, fault: Fault) -> Cause:
        error = _plain(fault)
        ser_code = _last(error.ser_code)
        for key in (("ser_code", ser_code), ("code", error.code), ("text", ""), ("domain", error.domain)):
            if entry := self._index.first_that_fits(key, error):
                return _cause(entry, one_line(fault.code), one_line(fault.ser_code))
        return cleaned(fault)


class _Index:
    """The entries of all files, in the order in which they are tried."""

    def __init__(self, *files: Sequence[Entry]) -> None:
        chosen: dict[str, tuple[int, Entry]] = {}
        for number, entries in enumerate(files):
            for entry in entries:
                chosen.setdefault(entry.key, (number, entry))
        index: dict[_Key, list[_Ranked]] = {}
        for number, entry in chosen.values():
            for key in _keys(entry):
                index.setdefault(key, []).append(_Ranked(entry, _rank(entry), number))
        self.entries = tuple(entry for _, entry in chosen.values())
        self.by_sentence = {entry.sentence: entry for entry in reversed(self.entries)}
        self._groups = {key: _grouped(found) for key, found in index.items()}
        self._by_head: dict[str, list[tuple[str, Entry]]] = {}
        for entry in self.entries:
            for word in literals(entry.text.pattern) or _ANY_TEXT if entry.text else ():
                head = word[:_HEAD] if len(word) >= _HEAD else ""
                self._by_head.setdefault(head, []).append((word, entry))
        self._found_in = lru_cache(maxsize=_REMEMBERED)(self._keys_in)

    def first_that_fits(self, key: _Key, error: _Plain) -> Entry | None:
        groups = self._groups.get(key, ())
        found_in = [self._found_in(text) for text in error.texts] if groups else ()
        for group in groups:
            for found in found_in:
                if group.is_of_text and group.keys.isdisjoint(found):
                    continue
                for entry in group.entries:
                    if (entry.key in found or entry.text is None) and _is_meant(entry, error):
                        return entry
        return None

    def _keys_in(self, text: str) -> frozenset[str]:
        """The entries whose expression is found in the text. Few are tried: of most, no word is in the text."""
        folded = text.casefold()
        heads = {"", *(folded[at : at + _HEAD] for at in range(len(folded)))} & self._by_head.keys()
        tried = [entry for head in heads for word, entry in self._by_head[head] if word in folded]
        return frozenset(entry.key for entry in tried if entry.text and entry.text.search(text))


def _keys(entry: Entry) -> Iterable[_Key]:
    if entry.ser_codes:
        return {("ser_code", _last(code)) for code in entry.ser_codes}
    if entry.codes:
        return [("code", code) for code in entry.codes]
    return [("text", "")] if entry.text else [("domain", domain) for domain in entry.domains]


def _rank(entry: Entry) -> int:
    """Its line in the list at the top of this file."""
    if entry.ser_codes:
        return 1
    if entry.codes:
        return 2 if entry.text else 3 if entry.domains else 4
    if entry.text:
        return 5 if entry.domains else 6
    return 7


def _grouped(found: Iterable[_Ranked]) -> _Groups:
    def group(ranked: _Ranked) -> tuple[int, int]:
        return ranked.rank, ranked.file

    def place(ranked: _Ranked) -> tuple[int, int, int]:
        return ranked.rank, ranked.file, -len(ranked.entry.text.pattern) if ranked.entry.text else 0

    return tuple(_group([ranked.entry for ranked in ranks]) for _, ranks in groupby(sorted(found, key=place), group))


def _group(entries: Sequence[Entry]) -> _Group:
    keys = [entry.key for entry in entries if entry.text]
    return _Group(tuple(entries), frozenset(keys), len(keys) == len(entries))


def _is_meant(entry: Entry, error: _Plain) -> bool:
    """Whether everything but the entry's text fits."""
    return (
        (not entry.domains or error.domain in entry.domains)
        and (not entry.codes or error.code in entry.codes)
        and (not entry.ser_codes or any(f"+{error.ser_code}".endswith(f"+{code}") for code in entry.ser_codes))
    )


def _plain(fault: Fault) -> _Plain:
    code = one_line(fault.code[:_READ])
    lines = (one_line(text[:_READ]) for text in (fault.leaf, fault.cause, fault.message, fault.effect))
    texts = dict.fromkeys(line for line in (*lines, code) if line and not line.casefold().startswith(_WRAPPER))
    ser_code = one_line(fault.ser_code[:_READ]).casefold()
    return _Plain(one_line(fault.domain[:_READ]).casefold(), code.casefold(), ser_code, tuple(texts) or ("",))


def _last(ser_code: str) -> str:
    return ser_code.rpartition("+")[2]


def _cause(entry: Entry, code: str = "", ser_code: str = "") -> Cause:
    return Cause(entry.sentence, code, ser_code, entry.key, entry.step, entry.link, entry.is_platform)
