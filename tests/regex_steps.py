"""A backtracking matcher that counts: how many steps a regular expression takes on a text.

It reads the tree of `re`'s own parser and tries what `re` tries, in the same order, without `re`'s short cuts. So a
test can say how much work an expression makes of a hostile text, and needs no clock.
"""

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_Match = Callable[[int], int]
"""From a place in the text to the end of the match, -1 where there is none."""

_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda sign: sign.isalnum() or sign == "_",
}
sys.setrecursionlimit(max(sys.getrecursionlimit(), 50_000))


class TooMany(AssertionError):
    """More steps than are allowed."""


class Stepper:
    """One search of `text` from its beginning to its end, match by match, as `finditer` does it."""

    def __init__(self, pattern: re.Pattern[str], text: str, most: int) -> None:
        self.steps = 0
        self.found: list[tuple[int, int]] = []
        self._text, self._most = text, most
        self._groups: dict[int, tuple[int, int]] = {}
        self._from = self._sequence(_tree(pattern), lambda at: at, pattern.flags)

    def search(self) -> "Stepper":
        at = 0
        while at <= len(self._text):
            end = self._from(at)
            if end >= 0:
                self.found.append((at, end))
            at = max(end, at + 1) if end != at else at + 1
        return self

    def match(self) -> "Stepper":
        self._from(0)
        return self

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._most:
            raise TooMany(f"more than {self._most:,} steps for {len(self._text):,} characters")

    def _sequence(self, items: Sequence[Any], then: _Match, flags: int) -> _Match:
        for op, value in reversed(list(items)):
            then = self._one(str(op), value, then, flags)
        return then

    def _one(self, op: str, value: Any, then: _Match, flags: int) -> _Match:
        single = self._single(op, value, flags)
        if single:
            return lambda at: then(at + 1) if single(at) else -1
        made = getattr(self, f"_{op.lower()}", None)
        assert made, op
        result: _Match = made(value, then, flags)
        return result

    def _single(self, op: str, value: Any, flags: int) -> Callable[[int], bool] | None:
        """What looks at one character."""
        if op not in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return None

        text, end, signs = self._text, len(self._text), _signs(op, value, flags)

        def fits(at: int) -> bool:
            self._step()
            return at < end and signs[text[at]]

        return fits

    def _branch(self, value: Any, then: _Match, flags: int) -> _Match:
        ways = [self._sequence(way, then, flags) for way in value[1]]

        def first(at: int) -> int:
            for way in ways:
                if (end := way(at)) >= 0:
                    return end
            return -1

        return first

    def _subpattern(self, value: Any, then: _Match, flags: int) -> _Match:
        group, more, fewer, items = value
        starts = [0]

        def end(at: int) -> int:
            self._groups[group] = (starts[-1], at)
            return then(at)

        inner = self._sequence(items, end, (flags | more) & ~fewer)

        def begin(at: int) -> int:
            starts.append(at)
            found = inner(at)
            starts.pop()
            return found

        return begin

    def _groupref(self, value: Any, then: _Match, flags: int) -> _Match:
        def same(at: int) -> int:
            self._step()
            start, end = self._groups.get(value, (0, -1))
            word = self._text[start:end]
            return then(at + len(word)) if end >= 0 and self._text.startswith(word, at) else -1

        return same

    def _max_repeat(self, value: Any, then: _Match, flags: int) -> _Match:
        least, most, items = int(value[0]), int(value[1]), value[2]
        single = self._single(str(items[0][0]), items[0][1], flags) if len(items) == 1 else None
        if single is None:
            return lambda at: self._again(items, then, flags, least, most, at, 0)

        def run(at: int) -> int:
            end = at
            while end - at < most and single(end):
                end += 1
            for last in range(end, at + least - 1, -1):
                if (found := self._tried(then, last)) >= 0:
                    return found
            return -1

        return run

    def _tried(self, then: _Match, at: int) -> int:
        self._step()
        return then(at)

    def _again(self, items: Any, then: _Match, flags: int, least: int, most: int, at: int, count: int) -> int:
        if count < most:

            def more(end: int) -> int:
                if end == at and count >= least:
                    return -1
                return self._again(items, then, flags, least, most, end, count + 1)

            if (found := self._sequence(items, more, flags)(at)) >= 0:
                return found
        return self._tried(then, at) if count >= least else -1

    def _min_repeat(self, value: Any, then: _Match, flags: int) -> _Match:
        least, most, items = value
        single = self._single(str(items[0][0]), items[0][1], flags)
        assert single

        def run(at: int) -> int:
            count = 0
            while True:
                if count >= int(least) and (found := self._tried(then, at + count)) >= 0:
                    return found
                if count >= int(most) or not single(at + count):
                    return -1
                count += 1

        return run

    def _possessive_repeat(self, value: Any, then: _Match, flags: int) -> _Match:
        least, most, items = value
        inner = self._sequence(items, lambda at: at, flags)

        def run(at: int) -> int:
            count = 0
            while count < int(most) and (end := inner(at)) > at:
                at, count = end, count + 1
            return then(at) if count >= int(least) else -1

        return run

    def _atomic_group(self, value: Any, then: _Match, flags: int) -> _Match:
        inner = self._sequence(value, lambda at: at, flags)
        return lambda at: then(end) if (end := inner(at)) >= 0 else -1

    def _assert(self, value: Any, then: _Match, flags: int) -> _Match:
        holds = self._looks(value, flags)
        return lambda at: then(at) if holds(at) else -1

    def _assert_not(self, value: Any, then: _Match, flags: int) -> _Match:
        holds = self._looks(value, flags)
        return lambda at: -1 if holds(at) else then(at)

    def _looks(self, value: Any, flags: int) -> Callable[[int], bool]:
        direction, items = value
        back = int(items.getwidth()[0]) if direction < 0 else 0
        inner = self._sequence(items, lambda at: at, flags)
        return lambda at: at >= back and inner(at - back) >= 0

    def _at(self, value: Any, then: _Match, _flags: int) -> _Match:
        name = str(value)

        def holds(at: int) -> bool:
            self._step()
            if "BOUNDARY" in name:
                word = _CATEGORIES["WORD"]
                inside = [0 <= place < len(self._text) and word(self._text[place]) for place in (at - 1, at)]
                return (inside[0] != inside[1]) is ("NON" not in name)
            if "BEGINNING" in name:
                return at == 0
            return at == len(self._text) or (name == "AT_END" and self._text[at:] == "\n")

        return lambda at: then(at) if holds(at) else -1


@cache
def _tree(pattern: re.Pattern[str]) -> Any:
    return _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)


_KNOWN: dict[tuple[str, int, int], "_Signs"] = {}


def _signs(op: str, value: Any, flags: int) -> "_Signs":
    """By its place in a tree that is kept: a set of signs cannot be hashed."""
    key = (op, value if isinstance(value, int) else id(value), flags)
    return _KNOWN.get(key) or _KNOWN.setdefault(key, _Signs(op, value, flags))


class _Signs(dict[str, bool]):
    """Whether each sign is one of those that are looked for; told once."""

    def __init__(self, op: str, value: Any, flags: int) -> None:
        super().__init__()
        self._looked_for = (op, value, flags)

    def __missing__(self, sign: str) -> bool:
        op, value, flags = self._looked_for
        self[sign] = found = _is_sign(op, value, sign, flags)
        return found


def _is_sign(op: str, value: Any, sign: str, flags: int) -> bool:
    if op == "ANY":
        return bool(flags & re.DOTALL) or sign != "\n"
    if op == "IN":
        negated = str(value[0][0]) == "NEGATE"
        signs = {sign, sign.lower(), sign.upper()} if flags & re.IGNORECASE else {sign}
        return any(_is_in(each, way) for each in value for way in signs if str(each[0]) != "NEGATE") is not negated
    same = sign == chr(value) or (bool(flags & re.IGNORECASE) and sign.lower() == chr(value).lower())
    return same is (op == "LITERAL")


def _is_in(entry: Any, sign: str) -> bool:
    op, value = str(entry[0]), entry[1]
    if op == "LITERAL":
        return sign == chr(value)
    if op == "RANGE":
        return len(sign) == 1 and value[0] <= ord(sign) <= value[1]
    name = str(value).removeprefix("CATEGORY_")
    return _CATEGORIES[name.removeprefix("NOT_")](sign) is not name.startswith("NOT_")
