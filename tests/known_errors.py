"""Errors to try the error book on: the reference's samples, and a hundred chains written after them (§8.6).

The chains are realistic, not real, and by the book's own author: they show that the book fits the shapes and words that
are publicly known, not how much of a fleet's errors it knows.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.acronis import convert
from bot.acronis.schema import RawFault
from bot.errorbook.book import SHIPPED
from bot.model import Fault

_TEXTS = ("text", "cause", "effect", "cause_str", "effect_str", "msg", "message")
_SAMPLES = Path(__file__).parent / "samples"


def read(error: object) -> Fault:
    """A raw domainError as a fault that nobody asked the book about."""
    return convert.fault(RawFault.model_validate(error))


def samples() -> tuple[tuple[str, Fault], ...]:
    """Every error and warning in the reference's samples, with the place where it stands."""
    everything = json.loads((_SAMPLES / "acronis-samples.json").read_text(encoding="utf-8"))
    found = [pair for index, one in enumerate(everything) for pair in _errors(one["object"], f"sample {index}")]
    return tuple(
        (name, read(error)) for name, error in found if name != "sample 39"
    )  # what Acronis answered us, no run


def chains() -> tuple[tuple[str, str, Fault], ...]:
    """A name, the entry that should fit ("" where none is expected to), and the error."""
    everything = json.loads((_SAMPLES / "error_chains.json").read_text(encoding="utf-8"))
    return tuple((one["name"], one["entry"], read(one["error"])) for one in everything)


def plain_texts() -> tuple[tuple[str, str], ...]:
    """A text as Windows, Linux, VMware, Microsoft or Google write it, and the entry that should fit, or "".

    Written by somebody else than the book's author, from public error lists, before the entries for them were.
    """
    everything = json.loads((_SAMPLES / "error_texts.json").read_text(encoding="utf-8"))
    return tuple((text, entry) for text, entry in everything)


def texts() -> frozenset[str]:
    """Every human text of these errors and of the book's examples, from the middle of a chain too."""
    files = [
        json.loads((_SAMPLES / name).read_text(encoding="utf-8"))
        for name in ("acronis-samples.json", "error_chains.json")
    ]
    book = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["error"]
    return frozenset(_texts([*files, *(entry["example"] for entry in book)]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (value[key] for key in _TEXTS if isinstance(value.get(key), str) and value[key])
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _errors(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        if "kbLink" in value or "serCode" in value or ("domain" in value and "code" in value):
            yield name, value
            return
        for key, inner in value.items():
            yield from _errors(inner, name if key in ("object", "result", "error", "details") else f"{name} {key}")
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _errors(inner, f"{name} {index}")
