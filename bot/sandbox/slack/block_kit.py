"""What Slack accepts in Block Kit: kinds of values, the rows of `block_kit.toml`, and rules that no row can say.

A kind is called with a value and its JSON pointer, and yields one sentence per fault, worded as Slack words them.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARKDOWN = 12_000  # characters of all markdown blocks of a message together
MOST = {"table": 1, "data_visualization": 2}  # at most so many blocks of a type in one message

Kind = Callable[[Any, str], Iterator[str]]


def fault(sentence: str, pointer: str) -> str:
    return f"[ERROR] {sentence} [json-pointer:{pointer}]"


def value(fits: Callable[[Any], bool], sentence: str) -> Kind:
    """A value that fits; `sentence` is said of any other."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not fits(value):
            yield fault(sentence, at)

    return check


def first(*kinds: Kind) -> Kind:
    """All of these kinds at once. The faults are those of the first kind that finds any."""

    def check(value: Any, at: str) -> Iterator[str]:
        yield from next((faults for kind in kinds if (faults := list(kind(value, at)))), ())

    return check


def text(most: int, least: int = 0) -> Kind:
    """Text of `least` to `most` characters."""
    return first(
        value(lambda each: isinstance(each, str), "must be a string"),
        value(lambda each: len(each) <= most, f"must be less than {most + 1} characters"),
        value(lambda each: len(each) >= least, f"must be more than {least - 1} characters"),
    )


def whole(low: int, high: int) -> Kind:
    return value(lambda each: type(each) is int and low <= each <= high, f"must be an integer from {low} to {high}")


def word(*words: str) -> Kind:
    return value(lambda each: each in words, f"must be a valid enum value of: {', '.join(words)}")


def _is_numeral(each: Any) -> bool:
    try:
        return isinstance(each, str) and float(each) is not None
    except ValueError:
        return False


def _is_link(each: Any) -> bool:
    return isinstance(each, str) and each.startswith(("http://", "https://", "slack://", "mailto:"))


ANY = value(lambda each: True, "")
FLAG = value(lambda each: isinstance(each, bool), "must be a boolean")
NUMBER = value(lambda each: type(each) in (int, float), "must be a number")
NUMERAL = value(_is_numeral, "must be a number written as a string")
LINK = first(value(_is_link, "must be a valid URL"), text(3000))
OBJECT = value(lambda each: isinstance(each, dict), "must be an object")
ARRAY = value(lambda each: isinstance(each, list), "must be an array")


def many(of: Kind, most: int, least: int = 1) -> Kind:
    """A list of `least` to `most` values of a kind."""

    def check(values: Any, at: str) -> Iterator[str]:
        if len(values) > most:
            yield fault(f"no more than {most} items allowed", at)
        if len(values) < least:
            yield fault(f"no less than {least} items allowed", at)
        for place, each in enumerate(values):
            yield from of(each, f"{at}/{place}")

    return first(ARRAY, check)


Fields = Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Row:
    """An object with these fields, and others where it `is_open`. `rule` is asked if they are right.

    `places` holds a letter for each place where an object of this type may stand.
    """

    places: str = ""
    required: Fields = field(default_factory=dict)
    optional: Fields = field(default_factory=dict)
    rule: Kind = ANY
    is_open: bool = False

    def __call__(self, value: Any, at: str) -> Iterator[str]:
        return first(OBJECT, self._fields, self.rule)(value, at)

    def _fields(self, value: Any, at: str) -> Iterator[str]:
        known = {**self.required, **self.optional}
        yield from (fault(f"missing required field: {key}", at) for key in self.required if key not in value)
        if not self.is_open:
            yield from (fault(f"invalid additional property: {key}", at) for key in value if key not in known)
        for key, kind in known.items():
            if key in value:
                yield from kind(value[key], f"{at}/{key}")


def typed(table: Mapping[str, Row], place: str = "") -> Kind:
    """An object whose `type` names its row, of those rows that may stand in `place`. The table may be filled later."""

    def check(value: Any, at: str) -> Iterator[str]:
        row = table.get(str(value.get("type", "")))
        if row is None or place not in row.places:
            yield fault(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            yield from row({key: each for key, each in value.items() if key != "type"}, at)

    return first(OBJECT, check)


def one_of(*keys: str) -> Kind:
    """Exactly one of these fields is there."""
    return value(lambda each: sum(key in each for key in keys) == 1, f"must have exactly one of: {', '.join(keys)}")


def some_of(*keys: str) -> Kind:
    """At least one of these fields is there."""
    return value(lambda each: any(key in each for key in keys), f"must have at least one of: {', '.join(keys)}")


def unique(key: str) -> Kind:
    """No two objects of a list have the same `key`."""

    def check(values: Any, at: str) -> Iterator[str]:
        seen: set[Any] = set()
        for place, each in enumerate(values):
            name = each.get(key)
            if name is not None and name in seen:
                yield fault(f"`{key}` {name} is already in use", f"{at}/{place}/{key}")
            seen.add(name)

    return check


# ── the rows of block_kit.toml ───────────────────────────────────────────────────────────────────────────────────────

_KIND = re.compile(r"(\w+)((?: \w+)*)((?:\[[\d_.]+\])*)(?: unique:(\w+))?")
_LENGTH = re.compile(r"\[(?:(\d+)\.\.)?([\d_]+)\]")


def _text_objects(most: int) -> dict[str, Row]:
    said = {"text": text(most, 1)}
    return {"plain_text": Row("C", said, {"emoji": FLAG}), "mrkdwn": Row("C", said, {"verbatim": FLAG})}


def plain(most: int) -> Kind:
    """A `plain_text` object."""
    return typed({"plain_text": _text_objects(most)["plain_text"]})


def words(most: int) -> Kind:
    """A text object of either type."""
    return typed(_text_objects(most))


def read_kind(written: str) -> Kind:
    """A kind as the file writes it; its grammar stands at the file's top."""
    found = _KIND.fullmatch(written)
    if found is None:
        raise ValueError(f"not a kind: {written!r}")
    name, arguments, lengths, key = found.groups()
    kind = _one(name, arguments.split())
    for least, most in _LENGTH.findall(lengths):
        kind = many(kind, int(most), int(least or 1))
    return first(kind, unique(key)) if key else kind


def _one(name: str, arguments: list[str]) -> Kind:
    if name in _named:
        return _named[name]
    if name in _tables:
        return typed(_tables[name], *arguments)
    if name == "word":
        return word(*arguments)
    return _SIZED[name](*map(int, arguments))


def _row(written: Mapping[str, Any]) -> Row:
    groups = [_FILE["groups"][name] for name in written.get("_with", "").split()]
    own = {key: kind for key, kind in written.items() if not key.startswith("_")}
    fields: dict[str, str] = {key: kind for group in (*groups, own) for key, kind in group.items()}
    required = {key: read_kind(kind[1:]) for key, kind in fields.items() if kind.startswith("!")}
    optional = {key: read_kind(kind) for key, kind in fields.items() if not kind.startswith("!")}
    name, *arguments = written.get("_rule", "none").split()
    rule = _RULES[name](*arguments)
    return Row(written.get("_places", ""), required, optional, rule, is_open=written.get("_open", False))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _even_rows(table: Any, at: str) -> Iterator[str]:
    if len({len(cells) for cells in table["rows"]}) > 1:
        yield fault("all rows must have the same number of cells", f"{at}/rows")


def _even_rows_and_plain_headings(table: Any, at: str) -> Iterator[str]:
    yield from _even_rows(table, at)
    for place, cell in enumerate(table["rows"][0]):
        yield from typed(_tables["raw_cells"])(cell, f"{at}/rows/0/{place}")


def _has_submit(view: Any, at: str) -> Iterator[str]:
    if "submit" not in view and any(each.get("type") == "input" for each in view["blocks"]):
        yield fault("missing required field: submit", at)


def _together(blocks: Any, at: str) -> Iterator[str]:
    """What single blocks may, and all blocks of a message together may not."""
    if sum(len(each["text"]) for each in blocks if each["type"] == "markdown") > MARKDOWN:
        yield fault(f"markdown blocks must be less than {MARKDOWN + 1} characters together", at)
    for kind, most in MOST.items():
        if sum(each["type"] == kind for each in blocks) > most:
            yield fault(f"no more than {most} {kind} blocks allowed", at)
    for place, each in enumerate(blocks):
        if each["type"] == "task_card" and each["status"] == "pending":
            yield fault("a task card on its own cannot be pending", f"{at}/{place}/status")


_RULES: dict[str, Callable[..., Kind]] = {
    "none": lambda: ANY,
    "one_of": one_of,
    "some_of": some_of,
    "even_rows": lambda: _even_rows,
    "even_rows_and_plain_headings": lambda: _even_rows_and_plain_headings,
    "has_submit": lambda: _has_submit,
}
_SIZED: dict[str, Callable[..., Kind]] = {"text": text, "plain": plain, "words": words, "whole": whole}
_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_named: dict[str, Kind] = {"any": ANY, "flag": FLAG, "link": LINK, "number": NUMBER, "numeral": NUMERAL}
_named |= {"name": text(255, 1)}
_tables: dict[str, dict[str, Row]] = {name: {} for name in _FILE if name not in ("groups", "objects")}
for _name, _written in _FILE["objects"].items():
    _named[_name] = _row(_written)
for _name, _table in _tables.items():
    _table |= {kind: _row(written) for kind, written in _FILE[_name].items()}
ELEMENTS = _tables["elements"]
_MESSAGE = first(read_kind("blocks M[0..50] unique:block_id"), _together)
_VIEW = typed(_tables["views"])


def message_faults(blocks: Any) -> list[str]:
    """One sentence per fault of a message's blocks; none where Slack would take them."""
    return list(_MESSAGE(blocks, "/blocks"))


def view_faults(view: Any) -> list[str]:
    return list(_VIEW(view, "/view"))
