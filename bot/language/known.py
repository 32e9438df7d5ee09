"""The names that exist, found by what people type of them. Pure: it is handed them, and asks nobody.

A whole name is looked up, a part of one is searched for, and a slip in one is looked for last. Names are compared
`folded`. Where none has a part, names are compared by their letters and digits alone, without accents: `obrien`,
`buero`, `srv sql 01`. A guess has to be near: one slip in five letters, the same numbers, and no other name as near.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.model import NameField, folded

_LEAST_PART: Final = 2  # letters of a part at the beginning of a word
_LEAST_INSIDE: Final = 4  # letters of a part within a word
_LEAST_WORD: Final = 5  # letters of a slip in a word of a name
_MOST_WORDS: Final = 24
_LONGEST: Final = 256
_ALIKE: Final = 0.799  # one slip in five letters, as it is computed
_LIKE: Final = 20  # names that are looked at
_NUMBER: Final = re.compile("[0-9]+")
_PARTING: Final = re.compile(r"[\s,;—―]+")
_EDGES: Final = "\"'`.:!?…()[]{}<>*_~|"
OF_THINGS: Final = (NameField.MACHINE, NameField.TENANT, NameField.PLAN)
"""Whose names are known."""
_END: Final = "\n"
_SIGNS: Final = re.compile(r"[\W_]+")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_STROKES: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
_LOOK_ALIKE: Final = str.maketrans("lio", "110")


@dataclass(frozen=True, slots=True, order=True)
class KnownName:
    """A name as it is spelled, and what it is of. `ids` are those of the tenants that bear it."""

    field: NameField
    name: str
    ids: tuple[str, ...] = ()


class KnownNames:
    """An index. `ids` are the numeric ids of tenants by their names: all below them in the tree is theirs.

    `causes` are the words, in small letters, by which causes of failures can be asked for.
    """

    def __init__(
        self,
        names: Mapping[NameField, Iterable[str]],
        ids: Mapping[str, Iterable[str]] | None = None,
        causes: frozenset[str] = frozenset(),
    ) -> None:
        self.causes = causes
        self._whole: dict[str, tuple[KnownName, ...]] = {}
        self._most: dict[str, int] = {}
        self._fields = frozenset(field for field, given in names.items() if given)
        for field in OF_THINGS:
            for name in names.get(field, ()):
                known = KnownName(field, name, tuple((ids or {}).get(name, ())) if field is NameField.TENANT else ())
                self._add(known)

    def _add(self, known: KnownName) -> None:
        key = folded(known.name)
        words = [word for word in _PARTING.split(key) if word]
        if not words or len(words) > _MOST_WORDS:
            return
        self._whole[key] = (*self._whole.get(key, ()), known)
        head = words[0].strip(_EDGES)
        self._most[head] = max(self._most.get(head, 0), len(words))

    @cached_property
    def _text(self) -> str:
        """All names, one a line."""
        return _END + _END.join(self._whole) + _END

    def __bool__(self) -> bool:
        return bool(self._whole)

    def has(self, field: NameField) -> bool:
        """Whether any name of this field is known."""
        return field in self._fields

    def has_part(self, part: str, field: NameField) -> bool:
        """Whether any name of this field has the part anywhere."""
        return any(known.field is field for key in self._lines(folded(part)) for known in self._whole[key])

    def most_words(self, first: str) -> int:
        """How many words the longest name has whose first word this is; it is `folded`."""
        return self._most.get(first, 0)

    def called(self, name: str) -> tuple[KnownName, ...]:
        """What bears this whole name."""
        return self._whole.get(folded(name), ())

    def holding(self, part: str) -> tuple[KnownName, ...]:
        """What has this part in its name: at the beginning of a word, else anywhere, else by its letters alone."""
        wanted = folded(part)
        if len(wanted) < _LEAST_PART or _END in wanted:
            return ()
        found = self._lines(wanted)
        begins = [key for key in found if _begins_word(key, wanted)]
        inside = found if len(wanted) >= _LEAST_INSIDE else []
        keys = begins or inside or self._by_letters(wanted)
        return tuple(known for key in keys for known in self._whole[key])

    def by_letters(self, part: str, field: NameField) -> tuple[KnownName, ...]:
        """What of this field has the letters and digits of the part at the beginning of a word of its name."""
        return tuple(
            known for key in self._by_letters(folded(part)) for known in self._whole[key] if known.field is field
        )

    def _by_letters(self, wanted: str) -> list[str]:
        letters = _letters(wanted)
        if len(letters) < _LEAST_INSIDE or letters.isdigit():
            return []
        found, at = list[str](), 0
        lines, text = self._lettered
        while (at := text.find(letters, at)) >= 0:
            line = text.count(_END, 0, at) - 1
            found.append(lines[line])
            at = text.find(_END, at)
        keys = [key for key in dict.fromkeys(found) if _begins_by_letters(key, letters)]
        return [key for key in keys if letters in _spelled(key)] or keys

    @cached_property
    def _lettered(self) -> tuple[Sequence[str], str]:
        """All names by their letters, one a line, and the key of each line; those with umlauts have two."""
        lines = [(key, letters) for key in self._whole for letters in _spelled(key)]
        return [key for key, _ in lines], _END + _END.join(letters for _, letters in lines) + _END

    def longer(self, name: str, field: NameField) -> tuple[KnownName, ...]:
        """The other names of this field that have this whole name in them, at the beginning of a word."""
        own = folded(name)
        return tuple(each for each in self.holding(name) if each.field is field and folded(each.name) != own)

    def _lines(self, wanted: str) -> list[str]:
        text, found, at = self._text, list[str](), 0
        while (at := text.find(wanted, at)) >= 0:
            first, last = text.rfind(_END, 0, at) + 1, text.find(_END, at)
            found.append(text[first:last])
            at = last
        return found

    def like(self, typed: str, field: NameField = NameField.ANY) -> tuple[tuple[KnownName, ...], float]:
        """What was probably meant by a slip, and how like it is, of 1; nothing where two names are as near."""
        near = [
            (tuple(known), like)
            for key, like in near_names(typed, self._keys)
            if (known := [each for each in self._whole[key] if field in (each.field, NameField.ANY)])
        ]
        return near[0] if is_alone([like for _, like in near]) else ((), 0.0)

    def like_word(self, typed: str) -> tuple[str, float]:
        """The word of names of several that a slip was probably made in, and how like it is; ("", 0) where none is."""
        near = near_names(typed, self._words) if len(typed) >= _LEAST_WORD and typed.isalpha() else []
        return near[0] if is_alone([like for _, like in near]) else ("", 0.0)

    @cached_property
    def _words(self) -> list[str]:
        several = (parts for key in self._whole if len(parts := _PARTING.split(key)) > 1)
        words = (word.strip(_EDGES) for parts in several for word in parts)
        return list(dict.fromkeys(word for word in words if len(word) >= _LEAST_WORD - 1 and word.isalpha()))

    @cached_property
    def _keys(self) -> list[str]:
        return list(self._whole)


NOBODY: Final = KnownNames({})
"""Where no names are known."""


def near_names(typed: str, names: Sequence[str]) -> list[tuple[str, float]]:
    """The names that a slip makes of what was typed, the nearest first, each with how like it is, of 1."""
    from rapidfuzz import process  # noqa: PLC0415  only a name that is not known needs it
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    wanted = folded(typed)[:_LONGEST]
    found = process.extract(
        wanted, names, scorer=OSA.normalized_similarity, processor=folded, score_cutoff=_ALIKE, limit=_LIKE
    )
    return [(name, like) for name, like, _ in found if _is_slip(wanted, folded(name))]


def is_alone(likes: Sequence[float]) -> bool:
    """Whether the first is nearer than all others: where two are as near, either would be a wild guess."""
    return bool(likes) and (len(likes) == 1 or likes[0] > likes[1])


def _is_slip(typed: str, name: str) -> bool:
    """Another number is another machine, never a slip; noughts before it are none, and `1` may be meant by `l`."""
    return _numbers(typed) == _numbers(name) or typed.translate(_LOOK_ALIKE) == name.translate(_LOOK_ALIKE)


def _letters(key: str) -> str:
    """The letters and digits of a folded name, without accents."""
    if not key.isascii():
        apart = unicodedata.normalize("NFD", key).translate(_STROKES)
        key = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _SIGNS.sub("", key)


def _spelled(key: str) -> Iterable[str]:
    """The letters of a name, with and without an e for each umlaut."""
    return dict.fromkeys((_letters(key), _letters(key.translate(_UMLAUTS))))


def _begins_by_letters(key: str, letters: str) -> bool:
    """Whether they stand at the beginning of a word of the name."""
    starts = (at for at, sign in enumerate(key) if sign.isalnum() and (at == 0 or not key[at - 1].isalnum()))
    return any(spelled.startswith(letters) for at in starts for spelled in _spelled(key[at:]))


def _begins_word(key: str, wanted: str) -> bool:
    """Whether it stands at the beginning of a word; two letters have to be the whole word."""
    at = key.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        is_long = len(wanted) > _LEAST_PART or not key[end : end + 1].isalnum()
        if is_long and (at == 0 or not key[at - 1].isalnum()):
            return True
        at = key.find(wanted, at + 1)
    return False


def _numbers(key: str) -> list[int]:
    return [int(digits) for digits in _NUMBER.findall(key)]
