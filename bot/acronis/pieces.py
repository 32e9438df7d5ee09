"""JSON of a page that does not read as a whole, piece by piece: what spoils one item leaves the others alone.

Knows nothing of what the items mean. Nothing here recurses over what was sent.
"""

import json
import re
from typing import Any, Final

DEEPEST: Final = 64
"""Levels of nesting of which more is read as null: nothing that we read stands so deep but error chains."""
MOST_ITEMS: Final = 50_000
"""Of one page; 500 are asked for."""
_MOST_DIGITS = 400
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
_BLANK = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(
    r"\\(?:u0000|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL
)
_HALF = 6  # characters of a half surrogate's escape; a whole one has twice as many
_decoder = json.JSONDecoder(strict=False, parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else None)


class Spoilt:
    """Stands for an item that is no JSON."""


def read(content: bytes) -> Any:
    """What stands there, without NUL and half surrogates, which no database takes. Raises ValueError."""
    text = _fit(content)
    value, end = _value(text, _blank(text, 0))
    if isinstance(value, Spoilt) or _blank(text, end) != len(text):
        raise ValueError("it is no JSON")
    return value


def page(content: bytes) -> dict[str, Any]:
    """An object whose `items` are read one by one. Those that are no JSON are `Spoilt`. Raises ValueError."""
    text, found = _fit(content), dict[str, Any]()
    at = _blank(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("it is no object")
    at = _blank(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _decoder.raw_decode(text, at)
        at = _blank(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("a name has no value")
        at = _blank(text, at + 1)
        found[key], at = _items(text, at) if key == "items" and text[at : at + 1] == "[" else _value(text, at)
        at = _next(text, at)
    if text[at : at + 1] != "}":
        raise ValueError("it has no end")
    return found


def _items(text: str, at: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    at = _blank(text, at + 1)
    while text[at : at + 1] != "]":
        item, at = _value(text, at)
        items.append(item)
        if len(items) > MOST_ITEMS:
            raise ValueError("it has too many items")
        at = _next(text, at)
    return items, at + 1


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends."""
    try:
        return _decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        shallow, end = _shallow(text, at)
    try:
        return _decoder.decode(shallow), end
    except ValueError:
        return Spoilt(), end


def _shallow(text: str, begin: int) -> tuple[str, int]:
    """The text of one value without what is nested too deep, and where it ends. Raises ValueError where it does not."""
    depth, kept, last = 0, list[str](), begin
    for sign in _STRUCTURE.finditer(text, begin):
        if sign[0] in "{[":
            depth += 1
            if depth == DEEPEST + 1:
                kept += (text[last : sign.start()], "null")
        elif sign[0] in "}]" and depth:
            last = sign.end() if depth == DEEPEST + 1 else last
            depth -= 1
            if not depth:
                return "".join((*kept, text[last : sign.end()])), sign.end()
        elif sign[0] in ",}]" and not depth:
            return text[begin : sign.start()], sign.start()
    raise ValueError("it has no end")


def _next(text: str, at: int) -> int:
    """Past the comma, or at what closes a list or an object. Raises ValueError where there is neither."""
    at = _blank(text, at)
    if text[at : at + 1] == ",":
        return _blank(text, at + 1)
    if text[at : at + 1] in ("]", "}"):
        return at
    raise ValueError("a value has no end")


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _fit(content: bytes) -> str:
    return _ESCAPE.sub(_fit_escape, content.decode("utf-8-sig", "replace").replace("\0", ""))


def _fit_escape(found: re.Match[str]) -> str:
    written = found[0]
    if written == "\\u0000":
        return ""
    return "\\ufffd" if len(written) == _HALF and written[2] in "dD" and written[1] == "u" else written
