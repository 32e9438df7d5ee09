"""Faults of nightshift.toml as sentences: where they stand, what is wrong, what was probably meant."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from pydantic import ValidationError

from bot.settings.positions import Path, lines_of

_SHOWN = 40
_SECRET = "secret"  # noqa: S105  a part of settings' names
_WANTED: Final = {
    "missing": "is missing.",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a section of its own",
    "model_type": "must be a section of its own",
    "string_too_short": "must not be empty.",
    "too_short": "must not be empty.",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be {le:g} or less",
    "string_too_long": "must have {max_length} characters at most",
    "too_long": "must have {max_length} values at most",
    "enum": "must be {expected}",
}


class FileFaults:
    """Collects the faults of one file, whose text says on which line each stands."""

    def __init__(self, name: str, text: str = "") -> None:
        self._name = name
        self._text = text
        self._found: list[tuple[int, str]] = []

    @property
    def sentences(self) -> list[str]:
        """In the order of the file's lines."""
        return [sentence for _, sentence in sorted(self._found, key=lambda fault: fault[0])]

    def add(self, path: Path, told: str) -> None:
        """`told` goes on after the setting's name: `must be text`."""
        line = self.line(path)
        at = f" line {line}" if line else ""
        end = "" if told.endswith((".", "?")) else "."
        self._found.append((line, f"{self._name}{at}: {_place(path)} {told}{end}"))

    def add_all(self, error: ValidationError, known: Mapping[str, Collection[str]]) -> Iterator[Path]:
        """Adds what pydantic found in the file, whose sections and their settings are `known`. Yields where it is."""
        for fault in error.errors(include_url=False):
            path: Path = fault["loc"]
            if fault["type"] == "extra_forbidden":
                self.add(path, _unknown(path, known))
            elif fault["type"] != "too_short" or not fault["input"]:  # else each value of the list has its own fault
                self.add(path, _sentence(fault))
            yield path

    def line(self, path: Path) -> int:
        """Where it stands; else where the first of what is in it does, or what it is part of; 0 where none is known."""
        if not path or path in self.lines:
            return self.lines.get(path, 0)
        if (in_file := (*path[:-1], f"{path[-1]}_file")) in self.lines:
            return self.lines[in_file]
        inner = (line for each, line in self.lines.items() if each[: len(path)] == path)
        return min(inner, default=0) or self.line(path[:-1])

    @cached_property
    def lines(self) -> Mapping[Path, int]:
        return lines_of(self._text)


def shown(value: object) -> str:
    """A value as it is told: in quotes where it is text, cut where it is long."""
    text = f"“{value}”" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…”" if isinstance(value, str) else "something long"


def _place(path: Path) -> str:
    section, rest = str(path[0]) if path else "", path[1:]
    place = f"[{section}]"
    if rest and isinstance(rest[0], int):
        place, rest = f"[[{section}]] {rest[0] + 1}", rest[1:]
    elif section == "channels" and rest:
        place, rest = f"[channels.{rest[0]}]", rest[1:]
    return f"{place}: `{rest[0]}`" if rest else f"{place}:"


_ALIKE = 0.6  # settings are mended at a desk: a far guess helps more than none


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word most like this one; "" where none is alike."""
    from bot import language  # noqa: PLC0415  only a fault needs it

    return language.nearest(word, known, _ALIKE)


def _unknown(path: Path, known: Mapping[str, Collection[str]]) -> str:
    section, *inner = map(str, path)
    near = nearest(str(path[-1]).casefold(), tuple(known[section] if inner else known))
    what, meant = ("a setting", f"`{near}`") if inner else ("a section of settings", f"[{near}]")
    hint = f"Did you mean {meant}?" if near else "bot/settings/README.md lists them."
    return f"{'is' if inner else 'this is'} not {what}. {hint}"


def _sentence(fault: Mapping[str, Any]) -> str:
    kind, value, details = fault["type"], fault["input"], fault.get("ctx", {})
    if kind == "value_error":
        return str(details["error"])
    told = _WANTED[kind].format(**details) if kind in _WANTED else str(fault["msg"])
    is_secret = any(_SECRET in str(part) for part in fault["loc"])
    if told.endswith(".") or is_secret or not isinstance(value, str | int | float):
        return told
    return f"{told}, not {shown(value)}"
