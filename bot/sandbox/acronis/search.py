"""The search language of workloads, as the console writes it (plans §2.1). Pure; knows nothing of what is searched.

    search     = and { "OR" and }
    and        = not { "AND" not }
    not        = "NOT" not | "(" search ")" | comparison
    comparison = field ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) value
               | field ["NOT" | "NOT-"] "IN" "(" value { "," value } ")"  |  field ["NOT"] "LIKE" value
               | field "RANGE" "(" value "," value ")"                    |  field "IS" ["NOT"] "NULL"
    value      = quoted | number | word

Case is ignored. `*` and `%` stand for any characters in LIKE, `_` for one. A time is a date, a whole day, or a date
with a clock, a whole minute, in UTC; the reference leaves its zone open. Nothing but `is null` fits where there is no
value.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.sandbox.acronis.times import SECOND

Value = str | int | None
Facts = Callable[[str], Value | Sequence[str]]
"""A field of what is searched, by its name in small letters: a text, a number, nanoseconds, or several texts."""
Test = Callable[[Facts], bool]

_LONGEST: Final = 4_000  # characters
_DEEPEST: Final = 20  # groups in one another
_PIECE: Final = re.compile(r"\s*(?:'([^']*)'|(!=|<>|<=|>=|[=<>(),])|([^\s'=<>!(),]+)|(\S))")
_BEGINNING: Final = re.compile(
    r"[\s(]*(?:not[\s(]+)*\w+\s*(?:[=<>]|!=|(?:not[\s-]+)?(?:in\s*\(|like\s)|range\s*\(|is\s)", re.IGNORECASE
)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?")
_ORDERS: Final = ("=", "!=", "<>", "<", "<=", ">", ">=")
_TRUTHS: Final = {"true": 1, "false": 0}


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    is_quoted: bool = False

    @property
    def word(self) -> str:
        """In small letters; "" where it stood in quotes."""
        return "" if self.is_quoted else self.text.casefold()


@dataclass(frozen=True, slots=True)
class _Span:
    """What a value means: from the first that is equal to it up to, not including, the first that is greater."""

    low: int
    high: int


def is_search(text: str) -> bool:
    """Whether a text begins as one of this language does. One that does not is a part of a name."""
    return _BEGINNING.match(text) is not None


def search(text: str, fields: Mapping[str, str]) -> Test:
    """The test of a search. `fields` are the names that are known and whether each is "text", "number" or "time".

    Raises ValueError, with a sentence, for what cannot be read.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a search has at most {_LONGEST} characters")
    reading = _Reading(_pieces(text), {name.casefold(): kind for name, kind in fields.items()})
    test = reading.any_of(0)
    if reading.at < len(reading.pieces):
        raise ValueError(f"{reading.here.text!r} is one too many")
    return test


def _pieces(text: str) -> list[_Piece]:
    found = list[_Piece]()
    for quoted, sign, word, other in _PIECE.findall(text[: _LONGEST + 1]):
        if other:
            raise ValueError(f"{other!r} cannot be read")
        found.append(_Piece(sign or word) if sign or word else _Piece(quoted, is_quoted=True))
    return found


class _Reading:
    """Goes through the pieces. `at` is the place of the next one."""

    def __init__(self, pieces: Sequence[_Piece], kinds: Mapping[str, str]) -> None:
        self.pieces, self._kinds, self.at = pieces, kinds, 0

    @property
    def here(self) -> _Piece:
        return self.pieces[self.at] if self.at < len(self.pieces) else _Piece("")

    def any_of(self, depth: int) -> Test:
        tests = [self._all_of(depth)]
        while self._takes("or"):
            tests.append(self._all_of(depth))
        return tests[0] if len(tests) == 1 else lambda facts: any(test(facts) for test in tests)

    def _all_of(self, depth: int) -> Test:
        tests = [self._not(depth)]
        while self._takes("and"):
            tests.append(self._not(depth))
        return tests[0] if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)

    def _not(self, depth: int) -> Test:
        is_not = False
        while self._takes("not"):
            is_not = not is_not
        if self._takes("("):
            if depth >= _DEEPEST:
                raise ValueError(f"a search has at most {_DEEPEST} groups in one another")
            test = self.any_of(depth + 1)
            self._needs(")")
        else:
            test = self._comparison()
        return _opposite(test) if is_not else test

    def _comparison(self) -> Test:
        field = self._next().word
        kind = self._kinds.get(field)
        if kind is None:
            raise ValueError(f"there is no field {field!r}")
        if self._takes("is"):
            is_not = self._takes("not")
            self._needs("null")
            return lambda facts: (facts(field) in (None, ())) != is_not
        is_not = self._takes("not")
        operator = self._next().word
        if operator == "not-in":
            is_not, operator = not is_not, "in"
        test = self._compared(field, kind, operator)
        if not is_not:
            return test
        return lambda facts: facts(field) not in (None, ()) and not test(facts)

    def _compared(self, field: str, kind: str, operator: str) -> Test:
        if operator == "like":
            fits = _like(self._next().text)
            return lambda facts: any(map(fits, _texts(facts(field))))
        if operator == "in":
            tests = [_equal(field, kind, each) for each in self._list()]
            return lambda facts: any(test(facts) for test in tests)
        if operator == "range":
            values = self._list()
            if len(values) != 2:
                raise ValueError("RANGE takes two values")
            low, high = (_span(kind, each) for each in values)
            return _numbers(field, lambda value: low.low <= value < high.high)
        if operator not in _ORDERS:
            raise ValueError(f"{operator!r} compares nothing")
        value = self._next().text
        if operator == "=":
            return _equal(field, kind, value)
        if operator in ("!=", "<>"):
            equal = _equal(field, kind, value)
            return lambda facts: facts(field) not in (None, ()) and not equal(facts)
        return _ordered(field, _span(kind, value), operator)

    def _list(self) -> list[str]:
        self._needs("(")
        found = [self._next().text]
        while self._takes(","):
            found.append(self._next().text)
        self._needs(")")
        return found

    def _next(self) -> _Piece:
        if self.at >= len(self.pieces):
            raise ValueError("something is missing at the end")
        self.at += 1
        return self.pieces[self.at - 1]

    def _takes(self, word: str) -> bool:
        is_here = self.here.word == word
        self.at += is_here
        return is_here

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise ValueError(f"{word.upper()} is missing")


def _opposite(test: Test) -> Test:
    return lambda facts: not test(facts)


def _equal(field: str, kind: str, value: str) -> Test:
    if kind == "text":
        wanted = value.casefold()
        return lambda facts: wanted in _texts(facts(field))
    span = _span(kind, value)
    return _numbers(field, lambda found: span.low <= found < span.high)


def _ordered(field: str, span: _Span, operator: str) -> Test:
    tests: Mapping[str, Callable[[int], bool]] = {
        "<": lambda found: found < span.low,
        "<=": lambda found: found < span.high,
        ">": lambda found: found >= span.high,
        ">=": lambda found: found >= span.low,
    }
    return _numbers(field, tests[operator])


def _numbers(field: str, holds: Callable[[int], bool]) -> Test:
    def test(facts: Facts) -> bool:
        value = facts(field)
        return isinstance(value, int) and holds(value)

    return test


def _texts(value: Value | Sequence[str]) -> Collection[str]:
    """In small letters."""
    if value is None:
        return ()
    return [each.casefold() for each in ([str(value)] if isinstance(value, str | int) else value)]


def _span(kind: str, value: str) -> _Span:
    """Raises ValueError for what is no value of this kind."""
    if kind == "number":
        number = _TRUTHS.get(value.casefold())
        if number is None and not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise ValueError(f"{value!r} is no number")
        number = int(value) if number is None else number
        return _Span(number, number + 1)
    if kind == "text" or not _DAY.fullmatch(value):
        raise ValueError(f"{value!r} is no time: 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM'")
    start = datetime.fromisoformat(value).replace(tzinfo=UTC)
    length = timedelta(minutes=1) if ":" in value else timedelta(days=1)
    low = round(start.timestamp()) * SECOND
    return _Span(low, low + round(length.total_seconds()) * SECOND)


def _like(text: str) -> Callable[[str], bool]:
    """Each part between signs for any characters is looked for once, after the one before it."""
    parts = re.split(r"[*%]+", text.casefold())
    length = len(parts[-1])
    first, *rest = map(_part, parts)
    if not rest:
        return lambda found: first.fullmatch(found) is not None
    *middle, last = rest

    def test(found: str) -> bool:
        begun = first.match(found)
        at = begun.end() if begun else -1
        for part in middle if begun else ():
            place = part.search(found, at)
            if place is None:
                return False
            at = place.end()
        end = len(found) - length
        return begun is not None and end >= at and last.fullmatch(found, end) is not None

    return test


def _part(text: str) -> re.Pattern[str]:
    return re.compile("".join("." if sign == "_" else re.escape(sign) for sign in text), re.DOTALL)
