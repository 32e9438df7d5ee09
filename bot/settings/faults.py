"""Faults of nightshift.toml as sentences: where they stand, what is wrong, what was probably meant.

Owns the wording of places and of what pydantic finds. Knows no setting.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.settings.lines import Path

_ALIKE = 0.6
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
}
_BOUNDS: Final = {
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be {le:g} or less",
    "string_too_long": "must have {max_length} characters at most",
    "too_long": "must have {max_length} values at most",
    "enum": "must be {expected}",
}


class FileFaults:
    """Collects the faults of one file; told in the order of its lines."""

    def __init__(self, name: str, lines: Mapping[Path, int]) -> None:
        self._name = name
        self._lines = lines
        self._told: list[tuple[int, str]] = []

    @property
    def sentences(self) -> list[str]:
        return [sentence for _, sentence in sorted(self._told, key=lambda fault: fault[0])]

    def add(self, path: Path, told: str) -> None:
        """`told` goes on after the setting's name: `must be text`."""
        line = self.line(path)
        at = f" line {line}" if line else ""
        where, gap = _where(path)
        end = "" if told.endswith((".", "?")) else "."
        self._told.append((line, f"{self._name}{at}: {where}{gap} {told}{end}"))

    def add_all(self, path: Path, error: ValidationError, known: Collection[str]) -> None:
        """What pydantic found at `path`, whose settings are `known`."""
        for fault in error.errors():
            place = (*path, *fault["loc"])
            if fault["type"] == "too_short" and fault["input"]:
                continue  # each value of the list has a fault of its own
            if fault["type"] == "extra_forbidden":
                self.add(place, f"is not a setting.{or_nearest(str(fault['loc'][-1]), known)}")
            else:
                self.add(place, _sentence(fault, is_secret=any(_SECRET in str(part) for part in place)))

    def is_written(self, path: Path) -> bool:
        return path in self._lines

    def line(self, path: Path) -> int:
        """Where it stands; else where the first of what is in it does, or what it is part of; 0 where none is known."""
        if not path or path in self._lines:
            return self._lines.get(path, 0)
        inner = (line for each, line in self._lines.items() if each[: len(path)] == path)
        return min(inner, default=0) or self.line(path[:-1])


def or_nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean `channel`?`, else where to look."""
    near = nearest(word, known)
    return f" Did you mean `{near}`?" if near else " The README lists them."


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one; "" where none is alike."""
    scorer = OSA.normalized_similarity
    found = process.extractOne(word[:_SHOWN].casefold(), tuple(known), scorer=scorer, score_cutoff=_ALIKE)
    return found[0] if found else ""


def shown(value: object) -> str:
    """A value as it is told: in quotes where it is text, cut where it is long."""
    text = f"“{value}”" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…”" if isinstance(value, str) else "something long"


def _where(path: Path) -> tuple[str, str]:
    """The setting's place in words, and what stands between it and what is told."""
    section, rest = str(path[0]) if path else "", path[1:]
    if rest and isinstance(rest[0], int):
        place, rest = f"[[{section}]] {rest[0] + 1}", rest[1:]
    elif section == "channels" and rest:
        place, rest = f"[channels.{rest[0]}]", rest[1:]
    else:
        place = f"[{section}]"
    return (f"{place}: `{rest[0]}`", "") if rest else (place, ":")


def _sentence(fault: Mapping[str, Any], *, is_secret: bool) -> str:
    kind, value = fault["type"], fault["input"]
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    told = _WANTED.get(kind) or (_BOUNDS[kind].format(**fault["ctx"]) if kind in _BOUNDS else str(fault["msg"]))
    if told.endswith(".") or is_secret or not isinstance(value, str | int | float):
        return told
    return f"{told}, not {shown(value)}"
