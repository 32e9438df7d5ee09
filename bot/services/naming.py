"""A name in a question that nobody has, and the nearest one that exists. Pure, but slow with ten thousand names.

Ids fit a name filter too, and types are no names: both are left alone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import JaroWinkler

from bot.errors import UsageError
from bot.model import Invocation, Mark, NameField, pattern_fits

_CALLED: Final = {
    NameField.TENANT: "No tenant is called",
    NameField.MACHINE: "No machine is called",
    NameField.PLAN: "No plan is called",
    NameField.PERSON: "Nobody is called",
    NameField.ANY: "Nothing is called",
}
_ID = re.compile(r"[0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_QUOTES = "\"'“”„‟‘’‚«»"
_UNTYPABLE = re.compile(r" *[^\w .,:;@#&+/()-]+ *|^ +| +$|  +")
_LONGEST_EXAMPLE = 160
_SHOWN = 80
_LIKE = 60.0  # of 100: less alike is another name
_BEST = 5


def marks_to_check(invocation: Invocation) -> Iterator[Mark]:
    """The names of a question that somebody has to have for it to find anything."""
    names = invocation.query.names if invocation.query else ()
    wanted = {(each.field, pattern) for each in names if not each.leaves_out for pattern in each.patterns}
    for mark in invocation.marks:
        if (mark.field, mark.pattern) in wanted and mark.field in _CALLED and not _ID.fullmatch(mark.pattern):
            yield mark


def nobody_has(pattern: str, names: Sequence[str]) -> bool:
    return not any(pattern_fits(pattern, name) for name in names)


def nearest(pattern: str, names: Sequence[str]) -> str:
    """The name most like the pattern, "" where none is like it."""
    typed = pattern.replace("*", " ")
    found = process.extract(
        typed, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_LIKE, limit=_BEST
    )
    folded = typed.casefold()
    return max(
        (name for name, _, _ in found), key=lambda each: JaroWinkler.similarity(folded, each.casefold()), default=""
    )


def unknown_name(invocation: Invocation, mark: Mark, near: str, *, are_all: bool = True) -> UsageError:
    """The error that points at the name, offers the nearest, and has the whole command with it."""
    so_far = "" if are_all else ", as far as the bot has read"
    offer = f" Did you mean “{_shown(near)}”?" if near else ""
    told = f"{_CALLED[mark.field]} “{_shown(mark.pattern)}”{so_far}.{offer}"
    example = _mended(invocation.text, mark, near) if near else ""
    return UsageError(told, text=invocation.text, offset=mark.offset, length=mark.length, example=example)


def _mended(text: str, mark: Mark, near: str) -> str:
    """What is not easily typed is written as `*`, which is any characters; no example where nothing is left."""
    before, after = text[: mark.offset], text[mark.offset + mark.length :]
    name = _UNTYPABLE.sub("*", near)
    if not re.search(r"\w", name):
        return ""
    is_quoted = bool(before and after) and before[-1] in _QUOTES and after[0] in _QUOTES
    quote = "" if is_quoted else '"'
    command = f"/tasks {before}{quote}{name}{quote}{after}".strip()
    return command if len(command) <= _LONGEST_EXAMPLE else ""


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"
